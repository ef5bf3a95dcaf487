/* SPDX-License-Identifier: MIT */
/*
 * The option rows of agg-hourly.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define MEASURING  "Measuring"
#define OUTPUT	   "Output"
#define INPUT	   "Input"

static const struct cli_option option[] = {
	{'s', "schema", CLI_PATH, "SCHEMA", "playpipe", "PLAYPIPE_SCHEMA",
	 MEASURING, "read events by this schema: a shipped name or a file",
	 NULL, 0, 0, AT(schema)},
	{'w', "window", CLI_DURATION, "D", "1h", NULL, MEASURING,
	 "length of a window", NULL, 0, 0, AT(window_us)},
	{'b', "by", CLI_COLUMNS, "COLUMN,...", NULL, NULL, MEASURING,
	 "a row for each combination of these columns' values", NULL, 0, 0,
	 AT(by)},
	{'m', "measures", CLI_CHOICES, "LIST", NULL, NULL, MEASURING,
	 "what to measure, all by default",
	 "events|plays|streams|skips|completed|msPlayed|duration|listeners|"
	 "topTracks|topArtists",
	 0, 0, AT(measures)},
	{'k', "top", CLI_INTEGER, "K", "10", NULL, MEASURING,
	 "length of the lists of top tracks and artists", NULL, 1, 10000,
	 AT(top)},
	{0, "tz", CLI_TEXT, "ZONE", "UTC", NULL, MEASURING,
	 "clock of windows and dates: UTC, or an offset such as +05:30", NULL,
	 0, 0, AT(zone)},
	{0, "partial", CLI_FLAG, NULL, NULL, NULL, OUTPUT,
	 "write partial rows, to be merged", NULL, 0, 0, AT(is_partial)},
	{0, "merge", CLI_FLAG, NULL, NULL, NULL, INPUT,
	 "read partial rows and merge them", NULL, 0, 0, AT(is_merge)},
	{0, "format", CLI_CHOICE, "FORMAT", "ndjson", NULL, OUTPUT,
	 "form of the rows", "ndjson|csv", 0, 0, AT(format)},
	LINES_LINE_BUFFERED(OUTPUT),
	LINES_PRINT_COLUMNS(OUTPUT),
	{'j', "jobs", CLI_INTEGER, "N", "1", NULL, INPUT,
	 "read each regular file in N parts at once", NULL, 1, 256, AT(jobs)},
	LINES_VALIDATE(INPUT),
	LINES_MAX_BAD(INPUT, LINES_LEFT_OUT),
	LINES_MAX_LINE(INPUT),
	LINES_ALLOW_DROP(INPUT),
};

static const struct cli_example example[] = {
	{"All measures, hour by hour", "agg-hourly events.ndjson"},
	{"Plays and listeners a day and level, as CSV",
	 "agg-hourly --window 1d --by level --measures plays,listeners "
	 "--format csv events.ndjson"},
	{"Count in two places, merge in a third",
	 "agg-hourly --partial --window 2m a.ndjson > a.part; "
	 "agg-hourly --partial --window 2m b.ndjson > b.part; "
	 "agg-hourly --merge a.part b.part"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "agg-hourly",
	.summary = "rolls events up into windowed measures",
	.operands = "[FILE...]",
	.max_operands = -1,
	.is_reading_stdin = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75",
};
