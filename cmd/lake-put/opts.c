/* SPDX-License-Identifier: MIT */
/*
 * The option rows of lake-put.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define TABLE	   "Table"
#define BATCHES	   "Batches"
#define INPUT	   "Input"

static const struct cli_option option[] = {
	{0, "schema", CLI_PATH, "SCHEMA", NULL, "PLAYPIPE_SCHEMA", TABLE,
	 "read lines by this schema; else the table's own, else inferred", NULL,
	 0, 0, AT(schema)},
	{0, "partition-by", CLI_COLUMNS, "COLUMN,...", NULL, NULL, TABLE,
	 "partition a new table; arrivalDate,verdict keeps bad lines too", NULL,
	 0, 0, AT(partition_by)},
	{0, "sort", CLI_TEXT, "COLUMN", NULL, NULL, TABLE,
	 "sort rows inside row groups; a new table remembers it", NULL, 1, 0,
	 AT(sort)},
	{0, "evolve", CLI_FLAG, NULL, NULL, NULL, TABLE,
	 "add columns that the table lacks", NULL, 0, 0, AT(want_evolve)},
	{0, "check", CLI_FLAG, NULL, NULL, NULL, TABLE,
	 "write nothing, but say what may be done at TABLE", NULL, 0, 0,
	 AT(want_check)},
	{0, "mode", CLI_CHOICE, "MODE", "append", NULL, BATCHES,
	 "add rows, replace the whole table, or replace the partitions that "
	 "come",
	 "append|overwrite|replace-partitions", 0, 0, AT(mode)},
	{0, "replace-where", CLI_TEXT, "EXPR", NULL, NULL, BATCHES,
	 "replace the rows for which EXPR is true", NULL, 1, 0,
	 AT(replace_where)},
	{0, "base-version", CLI_INTEGER, "N", NULL, NULL, BATCHES,
	 "replace what version N holds; exit 75 if that has changed since",
	 NULL, 0, 0, AT(base_version)},
	{0, "job", CLI_TEXT, "NAME", NULL, NULL, BATCHES,
	 "commit each batch with its position; the input must have barriers",
	 NULL, 1, 0, AT(job)},
	{0, "batch-rows", CLI_INTEGER, "N", "0", NULL, BATCHES,
	 "without barriers: commit every N rows, not only at the end", NULL, 0,
	 0, AT(batch_rows)},
	{0, "now", CLI_TIME, "TIME", NULL, "PLAYPIPE_NOW", BATCHES,
	 "take this for the time of arrival", NULL, 0, 0, AT(now_us)},
	{0, "reject", CLI_PATH, "FILE", NULL, NULL, INPUT,
	 "append lines that are no rows to FILE", NULL, 0, 0, AT(reject)},
	LINES_MAX_BAD(
		INPUT,
		"exit 65 and commit no more when over N lines are no rows"),
	{0, "max-line", CLI_SIZE, "SIZE", "1M", NULL, INPUT,
	 "a longer line is malformed; wrapped as bad it may be 16 times longer",
	 NULL, 1024, (int64_t)(LIMIT_LINE_MAX / 16), AT(lines.max_line)},
	LINES_ALLOW_DROP(INPUT),
};

static const struct cli_example example[] = {
	{"Events into a table, one commit",
	 "lake-put --schema playpipe LAKE/events events.ndjson"},
	{"A bronze table: every line once, good or bad",
	 "dq-check -s playpipe --quarantine inline --fail-on never "
	 "events.ndjson | lake-put --schema playpipe --sort ts --partition-by "
	 "arrivalDate,verdict LAKE/bronze/events"},
	{"Exactly once, whatever is killed: run it again",
	 "lake-cat --job silver --resume LAKE/sessions LAKE/bronze/events | "
	 "sessionize --state LAKE/_state | lake-put --job silver --schema "
	 "sessions LAKE/sessions"},
	{"Replace one day, if nobody has changed it since version 17",
	 "lake-put --replace-where \"date = '2026-11-22'\" --base-version 17 "
	 "LAKE/hourly day.ndjson"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "lake-put",
	.summary = "writes lines into a Delta Lake table, one atomic commit "
		   "a batch",
	.operands = "TABLE [FILE...]",
	.min_operands = 1,
	.max_operands = -1,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77",
};
