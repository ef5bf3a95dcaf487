/* SPDX-License-Identifier: MIT */
/*
 * The options of agg-hourly, as parsed.
 */
#ifndef AGG_HOURLY_OPTS_H
#define AGG_HOURLY_OPTS_H

#include "lines/lines.h"

enum output_format { FORMAT_NDJSON, FORMAT_CSV };

struct opts {
	struct lines_options lines;
	const char *schema;
	int64_t window_us;
	struct cli_list by;
	unsigned measures; /* bits 1 << enum agg_measure; 0: not given */
	int64_t top;
	const char *zone;
	bool is_partial;
	bool is_merge;
	int format; /* enum output_format */
	int64_t jobs;
};

extern const struct cli_tool opts_tool;

#endif
