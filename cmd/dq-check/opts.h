/* SPDX-License-Identifier: MIT */
/*
 * The options of dq-check, as parsed.
 */
#ifndef DQ_CHECK_OPTS_H
#define DQ_CHECK_OPTS_H

#include "lines/lines.h"

enum fail_on { FAIL_ON_CRITICAL, FAIL_ON_WARNING, FAIL_ON_INFO, FAIL_ON_NEVER };

/* In the order of enum dq_format. */
enum result_format {
	RESULT_BOOLEAN_ONLY,
	RESULT_BASIC,
	RESULT_SUMMARY,
	RESULT_COMPLETE,
};

struct opts {
	struct lines_options lines;
	const char *suite;
	const char *schema;	/* or NULL */
	const char *quarantine; /* NULL, "inline", or a file */
	const char *result;	/* or NULL */
	int result_format;	/* enum result_format */
	const char *run_name;	/* or NULL */
	int fail_on;		/* enum fail_on */
	int tolerated;		/* 0: keep, 1: quarantine */
	int64_t unique_mem;
	const char *state; /* or NULL */
};

extern const struct cli_tool opts_tool;

#endif
