/* SPDX-License-Identifier: MIT */
/*
 * The option rows of lake-cat.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define ROWS_OF	   "Rows"
#define VERSIONS   "Versions"
#define OUTPUT	   "Output"

static const struct cli_option option[] = {
	{0, "columns", CLI_COLUMNS, "COLUMN,...", NULL, NULL, ROWS_OF,
	 "print only these columns, in this order", NULL, 0, 0, AT(columns)},
	{0, "where", CLI_TEXT, "EXPR", NULL, NULL, ROWS_OF,
	 "print only rows for which EXPR is true", NULL, 1, 0, AT(where)},
	{0, "limit", CLI_INTEGER, "N", NULL, NULL, ROWS_OF,
	 "stop behind N rows", NULL, 0, 0, AT(limit)},
	{0, "count", CLI_FLAG, NULL, NULL, NULL, ROWS_OF,
	 "print how many rows there are instead", NULL, 0, 0, AT(want_count)},
	{0, "at-version", CLI_INTEGER, "N", NULL, NULL, VERSIONS,
	 "read the table as it was at version N", NULL, 0, 0, AT(at_version)},
	{0, "as-of", CLI_TIME, "TIME", NULL, NULL, VERSIONS,
	 "read the table as it was at TIME", NULL, 0, 0, AT(as_of_us)},
	{0, "since-version", CLI_INTEGER, "N", NULL, NULL, VERSIONS,
	 "read the rows that were added after version N", NULL, 0, 0,
	 AT(since_version)},
	{0, "job", CLI_TEXT, "NAME", NULL, NULL, VERSIONS,
	 "write barriers of this job, for lake-put --job", NULL, 1, 0, AT(job)},
	{0, "resume", CLI_PATH, "TABLE", NULL, NULL, VERSIONS,
	 "go on from the position that the job's sink TABLE has recorded", NULL,
	 0, 0, AT(resume)},
	{0, "touched", CLI_TEXT, "COLUMN", NULL, NULL, VERSIONS,
	 "read all rows of those values of COLUMN that new rows have", NULL, 0,
	 0, AT(touched)},
	{0, "accept-gap", CLI_FLAG, NULL, NULL, NULL, VERSIONS,
	 "pass over versions that are gone, or that removed rows", NULL, 0, 0,
	 AT(is_gap_accepted)},
	{0, "final", CLI_FLAG, NULL, NULL, NULL, VERSIONS,
	 "say that nothing will follow, so that filters close what is open",
	 NULL, 0, 0, AT(is_final)},
	{0, "skip-empty", CLI_FLAG, NULL, NULL, NULL, VERSIONS,
	 "exit 99 when the table is not there yet", NULL, 0, 0,
	 AT(is_skip_empty)},
	{0, "batch-versions", CLI_INTEGER, "N", "100", NULL, VERSIONS,
	 "a batch between barriers has at most N versions", NULL, 1, 1000000000,
	 AT(batch_versions)},
	{0, "batch-rows", CLI_INTEGER, "N", "1000000", NULL, VERSIONS,
	 "a batch between barriers ends with the version that makes N rows",
	 NULL, 1, (int64_t)1 << 53, AT(batch_rows)},
	{0, "format", CLI_CHOICE, "FORMAT", "ndjson", NULL, OUTPUT,
	 "print a JSON object a line, or CSV with a header", "ndjson|csv", 0, 0,
	 AT(format)},
	{0, "times", CLI_CHOICE, "FORM", "wire", NULL, OUTPUT,
	 "print times as they were put in, or all in one form",
	 "wire|rfc3339|epoch_ms", 0, 0, AT(times)},
	{0, "print", CLI_CHOICE, "WHAT", NULL, NULL, OUTPUT,
	 "print what the log says instead of rows",
	 "schema|history|files|version|positions", 0, 0, AT(print)},
};

static const struct cli_example example[] = {
	{"All rows, as they were put in", "lake-cat LAKE/events"},
	{"Some of them, for a spreadsheet",
	 "lake-cat --columns windowStart,plays --where \"windowStart >= "
	 "'2026-11-22'\" --format csv LAKE/gold/hourly"},
	{"What is new for a job, exactly once",
	 "lake-cat --job silver --resume LAKE/sessions LAKE/bronze/events | "
	 "sessionize --state LAKE/_state | lake-put --job silver --schema "
	 "sessions LAKE/sessions"},
	{"How far each job has come",
	 "lake-cat --print positions LAKE/sessions"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "lake-cat",
	.summary = "reads a Delta Lake table, a part of it, or what is new "
		   "since a version, as NDJSON or CSV",
	.operands = "TABLE",
	.min_operands = 1,
	.max_operands = 1,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77 99",
};
