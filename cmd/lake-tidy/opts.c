/* SPDX-License-Identifier: MIT */
/*
 * The option rows of lake-tidy.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define CARE	   "Care"
#define GUARDS	   "Guards"
#define OUTPUT	   "Output"

static const struct cli_option option[] = {
	{0, "delete-where", CLI_TEXT, "EXPR", NULL, NULL, CARE,
	 "erase the rows for which EXPR is true, bad lines of them too", NULL,
	 1, 0, AT(delete_where)},
	{0, "compact", CLI_FLAG, NULL, NULL, NULL, CARE,
	 "put the small files of each partition together", NULL, 0, 0,
	 AT(want_compact)},
	{0, "target-size", CLI_SIZE, "SIZE", NULL, NULL, CARE,
	 "of files that were put together; else what the table says, or 128M",
	 NULL, 1024, (int64_t)1 << 40, AT(target_bytes)},
	{0, "split-by", CLI_TEXT, "COLUMN", NULL, NULL, CARE,
	 "put together so that a file holds one value of COLUMN", NULL, 0, 0,
	 AT(split)},
	{0, "checkpoint", CLI_FLAG, NULL, NULL, NULL, CARE,
	 "write a checkpoint, so that readers begin there", NULL, 0, 0,
	 AT(want_checkpoint)},
	{0, "vacuum", CLI_FLAG, NULL, NULL, NULL, CARE,
	 "delete files that nobody refers to any more", NULL, 0, 0,
	 AT(want_vacuum)},
	{0, "clean-log", CLI_FLAG, NULL, NULL, NULL, CARE,
	 "delete the part of the log before an old checkpoint", NULL, 0, 0,
	 AT(want_clean_log)},
	{0, "consumers", CLI_COLUMNS, "TABLE,...", NULL, NULL, GUARDS,
	 "touch nothing that the jobs of these tables have not read yet", NULL,
	 0, 0, AT(consumers)},
	{0, "retain", CLI_DURATION, "D", NULL, NULL, GUARDS,
	 "keep what went younger than D ago, not what the table says", NULL, 0,
	 0, AT(retain_us)},
	{0, "allow-short-retain", CLI_FLAG, NULL, NULL, NULL, GUARDS,
	 "--retain may be below one hour: readers at work may fail", NULL, 0, 0,
	 AT(is_short_allowed)},
	{0, "dry-run", CLI_FLAG, NULL, NULL, NULL, GUARDS,
	 "tell what would be done, and write nothing", NULL, 0, 0, AT(is_dry)},
	{0, "now", CLI_TIME, "TIME", NULL, "PLAYPIPE_NOW", GUARDS,
	 "take this for the store's clock", NULL, 0, 0, AT(now_us)},
	{0, "report", CLI_CHOICE, "FORMAT", NULL, NULL, OUTPUT,
	 "print how each table is, for people or as one object a line",
	 "text|json", 0, 0, AT(report)},
};

static const struct cli_example example[] = {
	{"How a table is, and what to run next", "lake-tidy LAKE/events"},
	{"By night: what consumers have read, and nobody can see any more",
	 "lake-tidy --compact --checkpoint --vacuum --clean-log --consumers "
	 "LAKE/silver/sessions,LAKE/gold/partials LAKE/bronze/events"},
	{"Erase a user, with all that older versions hold",
	 "lake-tidy --delete-where \"userId = 42\" --vacuum --retain 0s "
	 "--consumers LAKE/silver/sessions,LAKE/gold/partials "
	 "LAKE/bronze/events"},
	{"What a vacuum would delete",
	 "lake-tidy --vacuum --dry-run LAKE/events"},
	{"The health of all tables, for a monitor",
	 "lake-tidy --report json LAKE/bronze/events LAKE/gold/hourly"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "lake-tidy",
	.summary = "keeps tables healthy: compaction, checkpoints, vacuum, log "
		   "clean-up, health report",
	.operands = "TABLE...",
	.min_operands = 1,
	.max_operands = -1,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77",
};
