/* SPDX-License-Identifier: MIT */
/*
 * The options of lake-put, as parsed.
 */
#ifndef LAKE_PUT_OPTS_H
#define LAKE_PUT_OPTS_H

#include "lines/lines.h"

struct opts {
	struct lines_options lines;
	const char *schema; /* or NULL */
	struct cli_list partition_by;
	const char *sort;	   /* or NULL */
	int mode;		   /* enum lake_mode */
	const char *replace_where; /* or NULL */
	int64_t base_version;	   /* -1: the newest */
	const char *job;	   /* or NULL */
	const char *reject;	   /* or NULL */
	int64_t batch_rows;	   /* 0: the whole input is one commit */
	int64_t now_us;		   /* INT64_MIN: the machine's clock */
	bool want_evolve;
	bool want_check;
};

extern const struct cli_tool opts_tool;

#endif
