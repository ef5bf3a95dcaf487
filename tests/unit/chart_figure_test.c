/* SPDX-License-Identifier: MIT */
/* chart: round ticks, figures as people write them, texts that are no markup.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chart/figure.h"
#include "chart/scale.h"
#include "chart/sheet.h"

#define MONDAY INT64_C(1793577600000) /* 2026-11-02T00:00:00Z, ms */

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ticks_are_round),
		cmocka_unit_test(time_ticks_stand_at_calendar_marks),
		cmocka_unit_test(time_ticks_are_few_for_any_span),
		cmocka_unit_test(figures_read_as_people_write_them),
		cmocka_unit_test(a_full_sheet_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
