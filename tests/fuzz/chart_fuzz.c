/* SPDX-License-Identifier: MIT */
/*
 * chart from untrusted bytes: the first line is a validation result, the rest
 * are measures. Whatever comes in, the page has no element but our own, and
 * neither form has a control character.
 */
#include <stdlib.h>

#include "chart/chart.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
add_lines(struct chart_board *b, struct str text)
{
	struct ndjson_options o = {.want_rest = true};
	struct ndjson_line line;
	struct ndjson *r;
	size_t n;
	const struct str *keys = chart_keys(&n);
	int rc;

	if (ndjson_open(&r, keys, NULL, n, &o, NULL) != 0)
		abort();
	ndjson_start_text(r, text);
	while (ndjson_next(r, &line, NULL) > 0) {
		rc = 0;
		if (line.reason == NDJSON_OK)
			rc = chart_board_add(b, &line, NULL);
		if (rc == FAIL_MEMORY)
			break; /* sums over 2^53 */
		if (rc != 0 && rc != FAIL_DATA)
			abort();
	}
	ndjson_close(r);
	rc = chart_board_check(b, NULL);
	if (rc != 0 && rc != FAIL_DATA)
		abort();
}

static void
check_no_control(struct str page)
{
	size_t i;

	for (i = 0; i < page.n; i++)
		if ((unsigned char)page.p[i] < 0x20 && page.p[i] != '\n')
			abort();
}

/* An element begins with "<" and a letter; names never bring one in, so the
 * page has no element that the drawing code does not write. */
static void
check_elements(struct str page)
{
	static const char *const alien[] = {"<script", "<img", "<x", "<b>x"};
	size_t i, k;

	for (i = 0; i < page.n; i++)
		for (k = 0; k < sizeof(alien) / sizeof(*alien); k++)
			if (str_starts((struct str){page.p + i, page.n - i},
				       alien[k]))
				abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;
	const char *lf = n == 0 ? NULL : memchr(data, '\n', n);
	size_t first = lf == NULL ? n : (size_t)(lf - text);
	struct chart_options o = {.title = "<x>",
				  .css = "",
				  .now_us = 1793577600 * UTC_SECOND,
				  .columns = 80};
	struct chart_board *b;
	struct buf page;

	if (chart_board_open(&b, NULL) != 0)
		abort();
	if (first > 0 &&
	    chart_board_add_quality(b, (struct str){text, first}, NULL) != 0) {
		/* Refused: the lines are drawn without it. */
	}
	if (lf != NULL)
		add_lines(b, (struct str){lf + 1, n - first - 1});
	buf_init(&page, LIMIT_CHART_PAGE);
	if (chart_draw_html(b, &o, &page, NULL) == 0) {
		check_no_control(buf_str(&page));
		check_elements(buf_str(&page));
	}
	buf_reset(&page);
	if (chart_draw_term(b, &o, &page, NULL) == 0)
		check_no_control(buf_str(&page));
	buf_release(&page);
	chart_board_close(b);
	return 0;
}
