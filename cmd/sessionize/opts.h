/* SPDX-License-Identifier: MIT */
/*
 * The options of sessionize, as parsed.
 */
#ifndef SESSIONIZE_OPTS_H
#define SESSIONIZE_OPTS_H

#include "cli/cli.h"

struct opts {
	const char *schema;
	int64_t gap_us;
	int64_t lateness_us;
	const char *late;  /* or NULL */
	const char *state; /* or NULL */
	int validate;	   /* 0: full, 1: structural */
	int64_t max_bad;   /* -1: not given */
	int64_t max_line;
	bool is_drop_allowed;
	bool is_line_buffered;
};

extern const struct cli_tool opts_tool;

#endif
