/* SPDX-License-Identifier: MIT */
/*
 * The options of lake-cat, as parsed.
 */
#ifndef LAKE_CAT_OPTS_H
#define LAKE_CAT_OPTS_H

#include "cli/cli.h"

enum print {
	PRINT_SCHEMA,
	PRINT_HISTORY,
	PRINT_FILES,
	PRINT_VERSION,
	PRINT_POSITIONS,
};

struct opts {
	struct cli_list columns;
	const char *where;     /* or NULL */
	int64_t at_version;    /* -1: the newest */
	int64_t as_of_us;      /* INT64_MIN: not said */
	int64_t since_version; /* -1: not said */
	const char *job;       /* or NULL */
	const char *resume;    /* or NULL */
	const char *touched;   /* or NULL */
	int64_t batch_versions;
	int64_t batch_rows;
	bool is_gap_accepted;
	bool is_final;
	bool is_skip_empty;
	int64_t limit; /* -1: none */
	bool want_count;
	int format; /* 0: ndjson, 1: csv */
	int times;  /* enum lake_times */
	int print;  /* enum print, -1: rows */
};

extern const struct cli_tool opts_tool;

#endif
