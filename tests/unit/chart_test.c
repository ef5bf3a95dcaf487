/* SPDX-License-Identifier: MIT */
/* chart: honest boards whatever lines come, and nothing from data as markup. */
#include "chart_fixture.h"

#include "chart/view.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
