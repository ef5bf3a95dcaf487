/* SPDX-License-Identifier: MIT */
/*
 * The options of sessionize, as parsed.
 */
#ifndef SESSIONIZE_OPTS_H
#define SESSIONIZE_OPTS_H

#include "lines/lines.h"

struct opts {
	struct lines_options lines;
	const char *schema;
	int64_t gap_us;
	int64_t lateness_us;
	const char *late;  /* or NULL */
	const char *state; /* or NULL */
	/* Sessions of plain input that are written; INT64_MIN, INT64_MAX: no
	 * bound. */
	int64_t watermark_us;
	int64_t from_us;
	int64_t to_us;
	char *written; /* or NULL */
};

extern const struct cli_tool opts_tool;

#endif
