/* SPDX-License-Identifier: MIT */
/*
 * The option rows of dq-check.
 */
#include "dq/dq.h"
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define JUDGING	   "Judging"
#define OUTPUTS	   "Outputs"
#define INPUT	   "Input"

static const struct cli_option option[] = {
	{'s', "suite", CLI_PATH, "FILE", NULL, "PLAYPIPE_SUITE", JUDGING,
	 "judge by the expectation suite in FILE, or a shipped one's name",
	 NULL, 0, 0, AT(suite)},
	{0, "schema", CLI_PATH, "SCHEMA", NULL, "PLAYPIPE_SCHEMA", JUDGING,
	 "know columns by the schema's names, aliases and empty values", NULL,
	 0, 0, AT(schema)},
	{0, "fail-on", CLI_CHOICE, "SEVERITY", "critical", NULL, JUDGING,
	 "exit 1 if a rule of this severity or above failed",
	 "critical|warning|info|never", 0, 0, AT(fail_on)},
	LINES_MAX_BAD(JUDGING, "exit 65 when more than N lines are malformed"),
	{0, "tolerated", CLI_CHOICE, "WHAT", "keep", NULL, JUDGING,
	 "rows that fail a rule with mostly below 1: keep or quarantine them",
	 "keep|quarantine", 0, 0, AT(tolerated)},
	{0, "unique-mem", CLI_SIZE, "SIZE", "128M", NULL, JUDGING,
	 "memory for the values that uniqueness rules remember", NULL, 65536,
	 (int64_t)1 << 40, AT(unique_mem)},
	{0, "state", CLI_PATH, "PLACE", NULL, NULL, JUDGING,
	 "remember those values from batch to batch, in PLACE", NULL, 0, 0,
	 AT(state)},
	{0, "quarantine", CLI_PATH, "FILE", NULL, NULL, OUTPUTS,
	 "append bad lines, with reasons, to FILE; inline: leave them in the "
	 "stream, wrapped",
	 NULL, 0, 0, AT(quarantine)},
	{0, "result", CLI_PATH, "FILE", NULL, NULL, OUTPUTS,
	 "write a Great Expectations validation result to FILE", NULL, 0, 0,
	 AT(result)},
	{0, "result-format", CLI_CHOICE, "FORMAT", "SUMMARY", NULL, OUTPUTS,
	 "how much the result tells", "BOOLEAN_ONLY|BASIC|SUMMARY|COMPLETE", 0,
	 0, AT(result_format)},
	{0, "run-name", CLI_TEXT, "TEXT", NULL, "PLAYPIPE_RUN_NAME", OUTPUTS,
	 "name of the run in the result", NULL, 0, 0, AT(run_name)},
	LINES_LINE_BUFFERED(OUTPUTS),
	LINES_VALIDATE(INPUT),
	LINES_MAX_LINE(INPUT),
	LINES_ALLOW_DROP(INPUT),
};

static const struct cli_example example[] = {
	{"Good lines go on, bad ones to a file with their reasons",
	 "dq-check --suite playpipe --quarantine bad.ndjson events.ndjson "
	 "> good.ndjson"},
	{"Leave bad lines in the stream, wrapped, and never fail",
	 "evgen | dq-check -s playpipe --quarantine inline --fail-on never | "
	 "lake-put LAKE/bronze/events"},
	{"Only the verdict, as Great Expectations writes it",
	 "dq-check -s suite.json --result result.json events.ndjson "
	 "> /dev/null || echo failed"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "dq-check",
	.summary = "judges every line against an expectation suite; good "
		   "lines go on, bad ones are quarantined with reasons",
	.operands = "[FILE...]",
	.max_operands = -1,
	.is_reading_stdin = true,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 1 2 65 70 71 74 75 77",
	.libraries = dq_libraries,
};
