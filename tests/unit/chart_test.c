/* SPDX-License-Identifier: MIT */
/* chart: round ticks, honest figures, and nothing from data as markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "chart/board.h"
#include "chart/figure.h"
#include "chart/scale.h"
#include "chart/sheet.h"
#include "chart/view.h"

#define MONDAY INT64_C(1793577600000) /* 2026-11-02T00:00:00Z, ms */
#define HOUR   INT64_C(3600000)

/* ---- help ---- */

static int
read_text(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct str *left = ctx;
	size_t n = left->n < cap ? left->n : cap;

	(void)f;
	memcpy(dst, left->p, n);
	left->p += n;
	left->n -= n;
	*got = n;
	return 0;
}

/* Add all lines of a text; returns the lines refused, the last sentence in
 * f. */
static int
add_lines(struct chart_board *b, struct str text, struct fail *f)
{
	struct ndjson_options o = {.want_rest = true};
	struct ndjson_line line;
	struct ndjson *r;
	size_t n;
	const struct str *keys = chart_keys(&n);
	int refused = 0;

	assert_int_equal(ndjson_open(&r, keys, NULL, n, &o, NULL), 0);
	ndjson_start(r, read_text, &text);
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

static struct chart_board *
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
static char *
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

static void
assert_has(const char *page, const char *text)
{
	if (strstr(page, text) == NULL)
		fail_msg("'%s' is not on the page", text);
}

static void
assert_lacks(const char *page, const char *text)
{
	if (strstr(page, text) != NULL)
		fail_msg("'%s' is on the page", text);
}

/* ---- scales ---- */

static void
ticks_are_round(void **state)
{
	static const struct {
		double max;
		bool is_whole;
		double step;
		unsigned n;
	} row[] = {
		{0, true, 1, 1},	{1, true, 1, 1},
		{3, true, 1, 3},	{4, true, 1, 4},
		{5, true, 2, 3},	{99, true, 50, 2},
		{100, true, 50, 2},	{2678, true, 1000, 3},
		{1e12, true, 5e11, 2},	{0.6, false, 0.2, 3},
		{0.05, false, 0.02, 3}, {1, false, 0.5, 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct scale s = scale_of(row[i].max, 4, row[i].is_whole);

		assert_true(s.step > row[i].step * (1 - 1e-9));
		assert_true(s.step < row[i].step * (1 + 1e-9));
		assert_int_equal(s.n, row[i].n);
		assert_true(s.top >= row[i].max * (1 - 1e-9));
	}
}

static void
time_ticks_stand_at_calendar_marks(void **state)
{
	struct scale_tick tick[SCALE_TICKS];
	int64_t start = MONDAY * 1000;

	(void)state;
	assert_int_equal(scale_times(start, start + 7 * UTC_DAY, 8, tick), 7);
	assert_string_equal(tick[0].label, "Mon 2");
	assert_string_equal(tick[6].label, "Sun 8");

	assert_int_equal(scale_times(start, start + 6 * UTC_HOUR, 8, tick), 6);
	assert_string_equal(tick[0].label, "Mon 2");
	assert_string_equal(tick[1].label, "01:00");

	/* Weeks begin on Monday. */
	assert_int_equal(
		scale_times(start - UTC_DAY, start + 29 * UTC_DAY, 8, tick), 5);
	assert_int_equal(tick[0].at, start);
	assert_string_equal(tick[1].label, "9 Nov");

	/* Months begin on the first. */
	assert_int_equal(scale_times(start, start + 200 * UTC_DAY, 8, tick), 6);
	assert_string_equal(tick[0].label, "Dec 2026");
	assert_int_equal(tick[0].at - start, 29 * UTC_DAY);
}

static void
time_ticks_are_few_for_any_span(void **state)
{
	struct scale_tick tick[SCALE_TICKS];

	(void)state;
	for (int64_t span = UTC_SECOND; span < 9000 * 365 * UTC_DAY;
	     span += span / 3 + 1) {
		size_t n = scale_times(UTC_MIN + UTC_DAY,
				       UTC_MIN + UTC_DAY + span, 8, tick);

		assert_true(n <= SCALE_TICKS);
		for (size_t i = 1; i < n; i++)
			assert_true(tick[i].at > tick[i - 1].at);
	}
}

/* ---- texts ---- */

static void
figures_read_as_people_write_them(void **state)
{
	struct buf out;
	struct sheet s = {&out, false};

	(void)state;
	buf_init(&out, 4096);
#define EXPECT(call, text)                                                     \
	do {                                                                   \
		buf_reset(&out);                                               \
		call;                                                          \
		assert_int_equal(out.len, strlen(text));                       \
		assert_memory_equal(out.p, text, out.len);                     \
	} while (0)
	EXPECT(figure_count(&s, 0), "0");
	EXPECT(figure_count(&s, 999), "999");
	EXPECT(figure_count(&s, 1000), "1,000");
	EXPECT(figure_count(&s, 1234567), "1,234,567");
	EXPECT(figure_count(&s, INT64_MIN), "-9,223,372,036,854,775,808");
	EXPECT(figure_short(&s, 0), "0");
	EXPECT(figure_short(&s, 999), "999");
	EXPECT(figure_short(&s, 1500), "1.5k");
	EXPECT(figure_short(&s, 999999), "1M");
	EXPECT(figure_percent(&s, 0.12345), "12.3%");
	EXPECT(figure_percent(&s, 0.0001), "under 0.1%");
	EXPECT(figure_percent(&s, 0), "0.0%");
	EXPECT(figure_hours(&s, 5400000), "1.5");
	EXPECT(figure_duration(&s, UTC_MINUTE), "1 minute");
	EXPECT(figure_duration(&s, 90 * UTC_MINUTE), "1.5 hours");
	EXPECT(figure_duration(&s, 36 * UTC_HOUR), "1.5 days");
	EXPECT(figure_per(&s, UTC_HOUR), "hour");
	EXPECT(figure_per(&s, 2 * UTC_MINUTE), "2 minutes");
	EXPECT(figure_window(&s, MONDAY * 1000, UTC_DAY), "Mon 2 Nov 2026");
	EXPECT(figure_window(&s, MONDAY * 1000, UTC_HOUR),
	       "Mon 2 Nov 2026 00:00");
	EXPECT(sheet_text(&s, STR_LIT("<a href=\"x\">'&'</a>")),
	       "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
	EXPECT(sheet_text(&s, STR_LIT("a\x1b[2J\0z\xC2\x85")),
	       "a\xEF\xBF\xBD[2J\xEF\xBF\xBDz\xEF\xBF\xBD");
	EXPECT(sheet_text(&s, STR_LIT("\xC3\xA9\xFF\xE2\x82")),
	       "\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	/* Right-to-left override, and width: two columns a CJK character. */
	EXPECT(sheet_plain(&s, STR_LIT("a\xE2\x80\xAEz"), 9), "a\xEF\xBF\xBDz");
	EXPECT(sheet_plain(&s, STR_LIT("abcdef"), 6), "abcdef");
	EXPECT(sheet_plain(&s, STR_LIT("abcdefg"), 6), "abcde\xE2\x80\xA6");
	EXPECT(assert_int_equal(
		       sheet_plain(&s, STR_LIT("\xE5\x88\x9D\xE9\x9F\xB3x"), 4),
		       3),
	       "\xE5\x88\x9D\xE2\x80\xA6");
#undef EXPECT
	buf_release(&out);
}

static void
a_full_sheet_is_told_at_the_end(void **state)
{
	struct buf out;
	struct sheet s = {&out, false};
	struct fail f = {0};

	(void)state;
	buf_init(&out, 4);
	sheet_raw(&s, "abc");
	assert_int_equal(sheet_end(&s, &f), 0);
	sheet_raw(&s, "defgh");
	assert_int_equal(sheet_end(&s, &f), FAIL_MEMORY);
	buf_release(&out);
}

/* ---- boards ---- */

static void
what_no_line_carries_is_not_measured(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":7}\n"
		"{\"windowStart\":1793581200000,\"plays\":5,\"skips\":null}\n");
	struct view v;
	char *page;

	(void)state;
	assert_int_equal(view_open(&v, b, &plain, NULL), 0);
	assert_int_equal(v.total.sum[TALLY_PLAYS], 12);
	assert_true(tally_skip_rate(&v.total) < 0);
	assert_true(tally_streams(&v.total) < 0);
	view_release(&v);
	page = page_of(b, &plain, false);
	assert_has(page, "<dt>Skip rate <span>share of plays skipped</span>"
			 "</dt><dd class=\"unmeasured\">not measured</dd>");
	free(page);
	page = page_of(b, &plain, true);
	assert_has(page, "Skip rate       not measured\n");
	assert_has(page, "Plays           12 ");
	free(page);
	chart_board_close(b);
}

/* Rates are shares of those plays that carry the measure. */
static void
rates_leave_out_what_does_not_tell(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"level\":\"a\","
		"\"plays\":10,\"skips\":5}\n"
		"{\"windowStart\":1793577600000,\"plays\":90}\n");
	struct view v;

	(void)state;
	assert_int_equal(view_open(&v, b, &plain, NULL), 0);
	assert_float_equal(tally_skip_rate(&v.total), 0.5, 1e-12);
	assert_float_equal(tally_plays(&v.total), 100, 0);
	view_release(&v);
	chart_board_close(b);
}

static void
listeners_do_not_add_up_over_windows(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"level\":\"free\","
		"\"plays\":1,\"listeners\":10}\n"
		"{\"windowStart\":1793577600000,\"level\":\"paid\","
		"\"plays\":1,\"listeners\":20}\n"
		"{\"windowStart\":1793581200000,\"plays\":1,"
		"\"listeners\":4}\n");
	struct view v;

	(void)state;
	assert_int_equal(view_open(&v, b, &plain, NULL), 0);
	assert_int_equal(v.windows, 2);
	assert_float_equal(tally_peak_listeners(&v.total), 30, 0);
	assert_float_equal(tally_mean_listeners(&v.total), 17, 1e-12);
	view_release(&v);
	chart_board_close(b);
}

static void
gaps_stay_gaps(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":4}\n"
		"{\"windowStart\":1793581200000,\"plays\":2}\n"
		"{\"windowStart\":1793588400000,\"plays\":0}\n"
		"{\"windowStart\":1793595600000,\"plays\":1}\n"
		"{\"windowStart\":1793599200000,\"plays\":1}\n");
	char *page = page_of(b, &plain, false);

	(void)state;
	/* Two runs of two, and a dot at 0 between two gaps. */
	assert_has(page, "<path class=\"line s1\" d=\"M0.5 0l1 500"
			 "M3.5 1000h0M5.5 750l1 0\"/>");
	assert_has(page, "<th scope=\"row\">2026-11-02 02:00</th>"
			 "<td>no data</td>");
	assert_has(page, "<th scope=\"row\">2026-11-02 03:00</th><td>0</td>");
	free(page);
	chart_board_close(b);
}

static void
refused_lines_leave_nothing_behind(void **state)
{
	static const struct {
		const char *line, *why;
	} row[] = {
		{"{\"plays\":3}", "windowStart is missing"},
		{"{\"windowStart\":\"soon\"}", "windowStart: expected a time"},
		{"{\"windowStart\":1793577600000,\"plays\":-3}",
		 "plays: expected a count"},
		{"{\"windowStart\":1793577600000,\"plays\":1.5}",
		 "plays: expected a count"},
		{"{\"windowStart\":1793577600000,\"skips\":\"3\"}",
		 "skips: expected a count"},
		{"{\"windowStart\":1793577600000,\"topTracks\":7}",
		 "topTracks: expected an array"},
		{"{\"windowStart\":1793577600000,\"topTracks\":[7]}",
		 "topTracks: expected objects"},
		{"{\"windowStart\":1793577600000,\"topTracks\":\"[\"}",
		 "topTracks: the text is not JSON"},
		{"{\"windowStart\":1793577600000,\"plays\":1,\"level\":\"x\","
		 "\"topArtists\":[{\"artist\":\"A\",\"count\":1},{}]}",
		 "topArtists: an item needs"},
		{"{\"windowStart\":9e18}", "windowStart: expected a time"},
		{"{\"windowStart\":1793577600000,\"plays\":8}",
		 "its window and group came before"},
	};
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":7}\n");
	char *before = page_of(b, &plain, false);
	char *after;
	struct fail f = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		assert_int_equal(add_lines(b, str_of(row[i].line), &f), 1);
		assert_has(f.text, row[i].why);
	}
	after = page_of(b, &plain, false);
	assert_string_equal(before, after);
	free(before);
	free(after);
	chart_board_close(b);
}

/* A cut list of artists may tell less of one than that of the tracks. */
static void
artists_have_at_least_the_plays_of_their_tracks(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":9,\"topTracks\":["
		"{\"track\":\"s\",\"artist\":\"A\",\"count\":2},"
		"{\"track\":\"t\",\"artist\":\"A\",\"count\":1},"
		"{\"track\":\"u\",\"artist\":\"B\",\"count\":1},"
		"{\"track\":\"v\",\"count\":1}],"
		"\"topArtists\":[{\"artist\":\"B\",\"count\":2}]}\n"
		"{\"windowStart\":1793581200000,\"plays\":1,"
		"\"topArtists\":[{\"artist\":\"B\",\"count\":5}]}\n");
	struct view_top top = view_top(&b->artists, 9);

	(void)state;
	assert_int_equal(top.n, 2);
	assert_true(str_is(top.entry[0]->name, "B"));
	assert_int_equal(top.entry[0]->tally.sum[TALLY_PLAYS], 7);
	assert_true(str_is(top.entry[1]->name, "A"));
	assert_int_equal(top.entry[1]->tally.sum[TALLY_PLAYS], 3);
	top = view_top(&b->tracks, 2);
	assert_int_equal(top.n, 2);
	assert_true(str_is(top.entry[0]->name, "s"));
	assert_true(str_is(top.entry[1]->name, "t"));
	chart_board_close(b);
}

static void
hostile_names_are_text(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":7,"
		"\"<i>\":\"</table><script>\",\"topTracks\":[{\"track\":"
		"\"</title><script>x\\u001b[2J\",\"artist\":\"\\\"onload=&\","
		"\"count\":3}],\"topArtists\":\"[{\\\"artist\\\":\\\"<img "
		"src=x>\\\",\\\"count\\\":2}]\"}\n");
	struct chart_options o = plain;
	char *page;

	(void)state;
	o.title = "<b>'\"";
	page = page_of(b, &o, false);
	assert_lacks(page, "<script");
	assert_lacks(page, "<img");
	assert_lacks(page, "<i>");
	assert_lacks(page, "\x1b");
	assert_lacks(page, "\"onload");
	assert_has(page, "<title>&lt;b&gt;&#39;&quot;</title>");
	assert_has(page, "&lt;img src=x&gt;");
	free(page);
	page = page_of(b, &o, true);
	assert_lacks(page, "\x1b");
	assert_has(page, "<img src=x>");
	free(page);
	chart_board_close(b);
}

static void
order_of_lines_does_not_matter(void **state)
{
	static const char *const line[] = {
		"{\"windowStart\":1793577600000,\"plays\":4,\"level\":\"a\","
		"\"topTracks\":[{\"track\":\"X\",\"count\":2}]}\n",
		"{\"windowStart\":1793577600000,\"plays\":2,\"level\":\"b\","
		"\"topTracks\":[{\"track\":\"Y\",\"count\":2}]}\n",
		"{\"windowStart\":\"2026-11-02T01:00:00Z\",\"plays\":9,"
		"\"level\":\"b\"}\n",
	};
	static const int order[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
	char *first = NULL;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char text[600];
		struct chart_board *b;
		char *page;

		snprintf(text, sizeof(text), "%s%s%s", line[order[i][0]],
			 line[order[i][1]], line[order[i][2]]);
		b = board_of(text);
		page = page_of(b, &plain, false);
		chart_board_close(b);
		if (first == NULL) {
			first = page;
			continue;
		}
		assert_string_equal(first, page);
		free(page);
	}
	free(first);
}

/* n windows of so many minutes, with i % 10 plays each. */
static struct chart_board *
long_board(int n, int64_t minutes)
{
	struct chart_board *b;
	struct buf text;
	struct fail f = {0};

	buf_init(&text, (size_t)1 << 24);
	for (int i = 0; i < n; i++)
		assert_int_equal(
			buf_addf(&text,
				 "{\"windowStart\":%lld,\"plays\":%d,"
				 "\"listeners\":%d}\n",
				 (long long)(MONDAY + i * minutes * 60000),
				 i % 10, i % 7),
			0);
	assert_int_equal(chart_board_open(&b, NULL), 0);
	assert_int_equal(add_lines(b, buf_str(&text), &f), 0);
	buf_release(&text);
	return b;
}

static void
many_windows_become_few_points(void **state)
{
	struct chart_board *b = long_board(10000, 2);
	struct view v;
	int64_t plays = 0;
	size_t windows = 0;

	(void)state;
	assert_int_equal(view_open(&v, b, &plain, NULL), 0);
	assert_int_equal(v.windows, 10000);
	assert_int_equal(v.point_step, 30 * UTC_MINUTE);
	assert_true(v.point_n <= VIEW_POINTS);
	for (size_t i = 0; i < v.point_n; i++) {
		plays += v.point[i].sum[TALLY_PLAYS];
		windows += (size_t)v.point[i].windows;
		assert_true(v.point[i].peak_listeners <= 6);
	}
	assert_int_equal(plays, 45000);
	assert_int_equal(windows, 10000);
	view_release(&v);
	chart_board_close(b);
}

/* One late event, alone in its window, is no rate of 100 %. */
static void
few_plays_make_no_rate(void **state)
{
	struct chart_board *b = board_of(
		"{\"windowStart\":1793577600000,\"plays\":1,\"skips\":1}\n"
		"{\"windowStart\":1793581200000,\"plays\":2,\"skips\":1}\n"
		"{\"windowStart\":1793584800000,\"plays\":200,\"skips\":10}\n"
		"{\"windowStart\":1793588400000,\"plays\":200,\"skips\":10}\n"
		"{\"windowStart\":1793592000000,\"plays\":300,\"skips\":9}\n");
	struct view v;

	(void)state;
	assert_int_equal(view_open(&v, b, &plain, NULL), 0);
	assert_int_equal(v.least_plays, 2);
	assert_true(view_point(&v, 0, tally_skip_rate, true) < 0);
	assert_float_equal(view_point(&v, 0, tally_plays, false), 1, 0);
	assert_float_equal(view_point(&v, 1, tally_skip_rate, true), 0.5, 0);
	view_release(&v);
	chart_board_close(b);
}

/* Any order, any gaps: only what two windows share is an overlap. */
static void
overlaps_are_found(void **state)
{
	static const struct {
		const char *text, *why;
	} row[] = {
		{"{\"windowStart\":20000,\"windowEnd\":30000}\n"
		 "{\"windowStart\":10000,\"windowEnd\":20000}\n"
		 "{\"windowStart\":30000}\n{\"windowStart\":30001}\n",
		 NULL},
		{"{\"windowStart\":20000,\"windowEnd\":30000}\n"
		 "{\"windowStart\":40000,\"windowEnd\":50000}\n"
		 "{\"windowStart\":10000,\"windowEnd\":20001}\n",
		 "line 3: its window, which begins 1970-01-01T00:00:10Z, "
		 "overlaps that of line 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct chart_board *b = board_of(row[i].text);
		struct fail f = {0};
		int rc = chart_board_check(b, &f);

		assert_int_equal(rc, row[i].why == NULL ? 0 : FAIL_DATA);
		if (rc != 0)
			assert_has(f.text, row[i].why);
		chart_board_close(b);
	}
}

static void
the_last_period_is_compared_with_the_one_before(void **state)
{
	struct chart_board *b = long_board(72, 60);
	struct chart_options o = plain;
	struct view v;

	(void)state;
	assert_int_equal(view_open(&v, b, &o, NULL), 0);
	assert_int_equal(v.period_us, UTC_DAY);
	assert_int_equal(v.latest.windows, 24);
	assert_int_equal(v.before.windows, 24);
	assert_int_equal(v.before.start, (MONDAY + 24 * HOUR) * 1000);
	view_release(&v);

	o.period_us = 2 * UTC_DAY; /* is not there twice */
	assert_int_equal(view_open(&v, b, &o, NULL), 0);
	assert_int_equal(v.period_us, 0);
	view_release(&v);
	chart_board_close(b);
}

static void
lag_is_measured_against_the_clock_given(void **state)
{
	struct chart_board *b = long_board(24, 60);
	struct chart_options o = plain;
	char *page;

	(void)state;
	o.now_us = (MONDAY + 26 * HOUR) * 1000;
	page = page_of(b, &o, true);
	assert_has(page, "2026-11-03 00:00 UTC, 2 hours behind\n");
	free(page);
	o.now_us = (MONDAY + 28 * HOUR) * 1000;
	page = page_of(b, &o, true);
	assert_has(page, "4 hours behind: stale\n");
	free(page);
	o.now_us = (MONDAY + 23 * HOUR) * 1000;
	page = page_of(b, &o, true);
	assert_has(page, "2026-11-03 00:00 UTC, up to date\n");
	free(page);
	chart_board_close(b);
}

static void
an_empty_board_says_so(void **state)
{
	struct chart_board *b = board_of("");
	struct chart_options o = plain;
	char *page;

	(void)state;
	o.refresh_s = 120;
	page = page_of(b, &o, false);
	assert_has(page, "No measures yet");
	assert_has(page, "<meta http-equiv=\"refresh\" content=\"120\">");
	free(page);
	page = page_of(b, &o, true);
	assert_has(page, "No measures yet");
	free(page);
	chart_board_close(b);
}

/* ---- quality ---- */

static void
results_are_read_and_added(void **state)
{
	static const char ours[] =
		"{\"success\":false,\"results\":[{\"success\":true},"
		"{\"success\":false,\"expectation_config\":{\"type\":\"t<\","
		"\"kwargs\":{\"column\":\"c\"},\"severity\":\"critical\"},"
		"\"result\":{\"unexpected_count\":3,"
		"\"unexpected_percent\":1.5}}],"
		"\"meta\":{\"playpipe\":{\"good\":97,\"bad\":2,"
		"\"malformed\":1}}}\n";
	static const char older[] =
		"{\"results\":[{\"success\":false,\"expectation_config\":"
		"{\"expectation_type\":\"old\",\"kwargs\":{}},"
		"\"result\":{}}]}";
	struct chart_board *b = board_of("");
	const struct board_quality *q = &b->quality;
	struct fail f = {0};
	char *page;

	(void)state;
	page = page_of(b, &plain, false);
	assert_has(page, "Quality: not measured");
	free(page);
	assert_int_equal(chart_board_add_quality(b, str_of(ours), &f), 0);
	assert_int_equal(chart_board_add_quality(b, str_of(older), &f), 0);
	assert_int_equal(q->rules, 3);
	assert_int_equal(q->failed, 2);
	assert_int_equal(q->good, 97);
	assert_int_equal(q->bad, 3);
	assert_true(str_is(q->rule[1].type, "old"));
	assert_int_equal(q->rule[1].unexpected, -1);
	page = page_of(b, &plain, false);
	assert_has(page, "Quality: 2 of 3 rules fail");
	assert_has(page, "t&lt;");
	assert_has(page, "<b>97.0%</b> of 100 rows");
	free(page);
	assert_int_equal(chart_board_add_quality(b, STR_LIT("{}"), &f),
			 FAIL_DATA);
	chart_board_close(b);
}

static void
what_is_no_result_is_refused(void **state)
{
	static const char *const text[] = {
		"",
		"{",
		"[]",
		"{\"results\":7}",
		"{\"results\":[7]}",
		"{\"results\":[{\"success\":1}]}",
		"{\"results\":[]} x",
	};
	struct chart_board *b = board_of("");

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct fail f = {0};

		assert_int_equal(
			chart_board_add_quality(b, str_of(text[i]), &f),
			FAIL_DATA);
		assert_true(f.text[0] != '\0');
	}
	chart_board_close(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(time_ticks_stand_at_calendar_marks),
		cmocka_unit_test(time_ticks_are_few_for_any_span),
		cmocka_unit_test(figures_read_as_people_write_them),
		cmocka_unit_test(a_full_sheet_is_told_at_the_end),
		cmocka_unit_test(what_no_line_carries_is_not_measured),
		cmocka_unit_test(rates_leave_out_what_does_not_tell),
		cmocka_unit_test(listeners_do_not_add_up_over_windows),
		cmocka_unit_test(gaps_stay_gaps),
		cmocka_unit_test(refused_lines_leave_nothing_behind),
		cmocka_unit_test(
			artists_have_at_least_the_plays_of_their_tracks),
		cmocka_unit_test(hostile_names_are_text),
		cmocka_unit_test(order_of_lines_does_not_matter),
		cmocka_unit_test(many_windows_become_few_points),
		cmocka_unit_test(few_plays_make_no_rate),
		cmocka_unit_test(overlaps_are_found),
		cmocka_unit_test(
			the_last_period_is_compared_with_the_one_before),
		cmocka_unit_test(lag_is_measured_against_the_clock_given),
		cmocka_unit_test(an_empty_board_says_so),
		cmocka_unit_test(results_are_read_and_added),
		cmocka_unit_test(what_is_no_result_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
