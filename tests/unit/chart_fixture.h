/* SPDX-License-Identifier: MIT */
/* Boards of lines, and what their pages say, for tests. */
#ifndef TESTS_CHART_FIXTURE_H
#define TESTS_CHART_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart/board.h"

#define MONDAY INT64_C(1793577600000) /* 2026-11-02T00:00:00Z, ms */
#define HOUR   INT64_C(3600000)

/* Add all lines of a text; returns the lines refused, the last sentence in
 * f. */
static inline int
add_lines(struct chart_board *b, struct str text, struct fail *f)
{
	struct ndjson_options o = {.want_rest = true};
	struct ndjson_line line;
	struct ndjson *r;
	size_t n;
	const struct str *keys = chart_keys(&n);
	int refused = 0;

	assert_int_equal(ndjson_open(&r, keys, NULL, n, &o, NULL), 0);
	ndjson_start_text(r, text);
	while (ndjson_next(r, &line, NULL) > 0) {
		assert_int_equal(line.reason, NDJSON_OK);
		*f = (struct fail){0};
		if (chart_board_add(b, &line, f) != 0) {
			assert_int_equal(f->code, FAIL_DATA);
			refused++;
		}
	}
	ndjson_close(r);
	return refused;
}

static inline struct chart_board *
board_of(const char *text)
{
	struct chart_board *b;
	struct fail f = {0};

	assert_int_equal(chart_board_open(&b, NULL), 0);
	assert_int_equal(add_lines(b, str_of(text), &f), 0);
	return b;
}

static const struct chart_options plain = {
	.title = "T",
	.css = "",
	.now_us = MONDAY * 1000,
	.columns = 80,
};

/* The page as a C string; free it. */
static inline char *
page_of(const struct chart_board *b, const struct chart_options *o,
	bool is_term)
{
	struct buf out;

	buf_init(&out, LIMIT_CHART_PAGE);
	if (is_term)
		assert_int_equal(chart_draw_term(b, o, &out, NULL), 0);
	else
		assert_int_equal(chart_draw_html(b, o, &out, NULL), 0);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	return out.p;
}

static inline void
assert_has(const char *page, const char *text)
{
	if (strstr(page, text) == NULL)
		fail_msg("'%s' is not on the page", text);
}

static inline void
assert_lacks(const char *page, const char *text)
{
	if (strstr(page, text) != NULL)
		fail_msg("'%s' is on the page", text);
}

#endif
