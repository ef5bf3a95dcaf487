/* SPDX-License-Identifier: MIT */
/* The options of dash-html: rows in opts.c, values here. */
#ifndef DASH_HTML_OPTS_H
#define DASH_HTML_OPTS_H

#include "lines/lines.h"

enum opts_format {
	OPTS_HTML,
	OPTS_TERM,
};

struct opts {
	struct lines_options lines;
	const char *title;
	int format; /* enum opts_format */
	int64_t refresh_s;
	const char *output;
	const char *top; /* file of measures; NULL: lists as they come */
	struct cli_list quality; /* files */
	int64_t now_us;
	int64_t period_us;	/* 0: chosen by the data */
	int64_t stale_after_us; /* 0: three windows */
	int64_t width;
	const char *style; /* NULL: the shipped sheet */
	int64_t from_us;   /* INT64_MIN: all */
	int64_t to_us;	   /* INT64_MAX: all */
};

extern const struct cli_tool opts_tool;

#endif
