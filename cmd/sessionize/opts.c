/* SPDX-License-Identifier: MIT */
/*
 * The option rows of sessionize.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define SESSIONS   "Sessions"
#define OUTPUT	   "Output"
#define INPUT	   "Input"
/* Longer would overflow no number, but means nothing either. */
#define LONGEST (400 * (int64_t)86400 * 1000000)

static const struct cli_option option[] = {
	{'s', "schema", CLI_PATH, "SCHEMA", "playpipe", "PLAYPIPE_SCHEMA",
	 SESSIONS, "read events by this schema: a shipped name or a file", NULL,
	 0, 0, AT(schema)},
	{'g', "gap", CLI_DURATION, "D", "30m", NULL, SESSIONS,
	 "events of a user at most D apart are of one session", NULL, 1,
	 LONGEST, AT(gap_us)},
	{0, "lateness", CLI_DURATION, "D", "0s", NULL, SESSIONS,
	 "wait for events up to D behind the watermark", NULL, 0, LONGEST,
	 AT(lateness_us)},
	{0, "state", CLI_PATH, "PLACE", NULL, NULL, SESSIONS,
	 "keep open sessions from batch to batch in PLACE", NULL, 0, 0,
	 AT(state)},
	{0, "watermark", CLI_TIME, "TIME", NULL, NULL, SESSIONS,
	 "leave open what a job whose watermark is TIME has not closed", NULL,
	 0, 0, AT(watermark_us)},
	{0, "from", CLI_TIME, "TIME", NULL, NULL, SESSIONS,
	 "write only sessions that start at TIME or later", NULL, 0, 0,
	 AT(from_us)},
	{0, "to", CLI_TIME, "TIME", NULL, NULL, SESSIONS,
	 "write only sessions that start before TIME", NULL, 0, 0, AT(to_us)},
	{0, "written", CLI_PATH, "FILE", NULL, NULL, SESSIONS,
	 "write those rows of FILE again whose sessions are not written", NULL,
	 0, 0, AT(written)},
	{0, "late", CLI_PATH, "FILE", NULL, NULL, OUTPUT,
	 "also append events that came too late to FILE", NULL, 0, 0, AT(late)},
	LINES_LINE_BUFFERED(OUTPUT),
	LINES_PRINT_COLUMNS(OUTPUT),
	LINES_VALIDATE(INPUT),
	LINES_MAX_BAD(INPUT, LINES_LEFT_OUT),
	LINES_MAX_LINE(INPUT),
	LINES_ALLOW_DROP(INPUT),
};

static const struct cli_example example[] = {
	{"Sessions of a file of events", "sessionize events.ndjson"},
	{"How long are sessions? Minutes, most frequent first",
	 "sessionize events.ndjson | jq '(.endTs - .startTs) / 60000 | floor' "
	 "| sort -n | uniq -c | sort -rn | head"},
	{"A stage of the flow: read what is new, commit what closed",
	 "lake-cat --job silver --resume LAKE/silver/sessions "
	 "LAKE/bronze/events | sessionize --lateness 6h --state LAKE/_state | "
	 "lake-put --job silver LAKE/silver/sessions"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "sessionize",
	.summary = "groups each user's events into listening sessions by "
		   "event time",
	.operands = "[FILE...]",
	.max_operands = -1,
	.is_reading_stdin = true,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77",
};
