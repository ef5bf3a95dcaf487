/* SPDX-License-Identifier: MIT */
/*
 * The options of agg-hourly, as parsed.
 */
#ifndef AGG_HOURLY_OPTS_H
#define AGG_HOURLY_OPTS_H

#include "cli/cli.h"

enum output_format { FORMAT_NDJSON, FORMAT_CSV };

struct opts {
	const char *schema;
	int64_t window_us;
	struct cli_list by;
	struct cli_list measures; /* empty: all */
	int64_t top;
	const char *zone;
	bool is_partial;
	bool is_merge;
	int format; /* enum output_format */
	int64_t jobs;
	int validate;	 /* 0: full, 1: structural */
	int64_t max_bad; /* -1: not given */
	int64_t max_line;
	bool is_drop_allowed;
	bool is_line_buffered;
};

extern const struct cli_tool opts_tool;

#endif
