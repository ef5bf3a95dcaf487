/* SPDX-License-Identifier: MIT */
/*
 * The options of lake-tidy, as parsed.
 */
#ifndef LAKE_TIDY_OPTS_H
#define LAKE_TIDY_OPTS_H

#include "cli/cli.h"

struct opts {
	const char *delete_where; /* or NULL */
	bool want_compact;
	bool want_checkpoint;
	bool want_vacuum;
	bool want_clean_log;
	struct cli_list consumers;
	int64_t target_bytes; /* 0: as the table says */
	const char *split;    /* or NULL */
	int64_t retain_us;    /* -1: as the table says */
	bool is_short_allowed;
	int report; /* 0: text, 1: json, -1: not asked for */
	bool is_dry;
	int64_t now_us; /* INT64_MIN: the store's clock */
};

extern const struct cli_tool opts_tool;

#endif
