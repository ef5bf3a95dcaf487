/* SPDX-License-Identifier: MIT */
/* Times as text, both ways, and the calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
quick_times_agree_with_exact_ones(void **state)
{
	static const char some[] = "0123456789:-.TZ 6/";
	struct quick_day day = {{0}, 0};
	char text[64] = {0};
	uint64_t x = 7;
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < 300000; i++) {
		int64_t want, got;

		x = hash_mix(x + 1);
		utc_format_places(text,
				  (int64_t)(x % 4000000) * UTC_MINUTE * 9 -
					  UTC_DAY * 9000 +
					  (int64_t)(x >> 40) * UTC_MS,
				  3);
		if (i % 2 == 0) /* one byte is another */
			text[x >> 8 & 31] =
				some[(x >> 16) % (sizeof(some) - 1)];
		if (!quick_time(&day, text, 24, &got))
			continue;
		taken++;
		assert_int_equal(utc_parse_loose(text, 24, &want), 0);
		assert_int_equal(got, want);
	}
	assert_true(taken > 150000);
}

static void
days_and_dates_agree_over_the_whole_calendar(void **state)
{
	struct utc_date d = {1, 1, 1};
	static const unsigned length[] = {31, 28, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31};
	int64_t day = utc_days_of(d);

	(void)state;
	assert_int_equal(day * UTC_DAY, UTC_MIN);
	for (; d.year < 10000; day++) {
		struct utc_date got = utc_date_of(day);
		unsigned last = length[d.month - 1];
		bool is_leap = d.year % 4 == 0 &&
			       (d.year % 100 != 0 || d.year % 400 == 0);

		if (got.year != d.year || got.month != d.month ||
		    got.day != d.day || utc_days_of(d) != day)
			fail_msg("day %lld is %d-%u-%u", (long long)day,
				 got.year, got.month, got.day);
		last += d.month == 2 && is_leap;
		if (d.day++ < last)
			continue;
		d.day = 1;
		if (d.month++ < 12)
			continue;
		d.month = 1;
		d.year++;
	}
	assert_int_equal(day * UTC_DAY - 1, UTC_MAX);
}

static void
weekdays_run_from_monday(void **state)
{
	(void)state;
	assert_int_equal(utc_weekday(0), 3);	 /* Thursday */
	assert_int_equal(utc_weekday(-1), 2);	 /* Wednesday */
	assert_int_equal(utc_weekday(-3), 0);	 /* Monday */
	assert_int_equal(utc_weekday(-4), 6);	 /* Sunday */
	assert_int_equal(utc_weekday(20780), 0); /* 2026-11-23 */
}

static void
floors_hold_before_1970(void **state)
{
	(void)state;
	assert_int_equal(utc_floor(7, 5), 5);
	assert_int_equal(utc_floor(5, 5), 5);
	assert_int_equal(utc_floor(-1, 5), -5);
	assert_int_equal(utc_floor(-5, 5), -5);
	assert_int_equal(utc_floor(-6, 5), -10);
	assert_int_equal(utc_floor(0, 5), 0);
}

/* Each text: strict result, loose result; INT64_MIN where it is refused. */
static const struct {
	const char *text;
	int64_t strict, loose;
} times[] = {
	{"1970-01-01T00:00:00Z", 0, 0},
	{"1970-01-01T00:00:00.000001Z", 1, 1},
	{"1970-01-01t00:00:01z", 1000000, 1000000},
	{"1970-01-01 00:01:00Z", 60000000, 60000000},
	{"1969-12-31T23:59:59.999999Z", -1, -1},
	{"1970-01-01T01:00:00+01:00", 0, 0},
	{"1969-12-31T18:30:00-05:30", 0, 0},
	{"1970-01-01T00:00:00.5Z", 500000, 500000},
	{"1970-01-01T00:00:00.123456000Z", 123456, 123456},
	{"1970-01-01T00:00:00.1234567Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:00.0000000000Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:00.Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T23:59:60Z", 86400000000, 86400000000},
	{"1970-01-01T24:00:00Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:60:00Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:61Z", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:00", INT64_MIN, 0},
	{"1970-01-01T00:00", INT64_MIN, 0},
	{"1970-01-01 00:01", INT64_MIN, 60000000},
	{"1970-01-01T00:00Z", INT64_MIN, 0},
	{"1970-01-01T01:00:00+0100", INT64_MIN, 0},
	{"1970-01-01T00:00:00+24:00", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:00+01", INT64_MIN, INT64_MIN},
	{"1970-01-01T00:00:00Zx", INT64_MIN, INT64_MIN},
	{"1970-01-01", INT64_MIN, INT64_MIN},
	{"1970-13-01T00:00:00Z", INT64_MIN, INT64_MIN},
	{"1970-00-01T00:00:00Z", INT64_MIN, INT64_MIN},
	{"1970-04-31T00:00:00Z", INT64_MIN, INT64_MIN},
	{"1970-01-00T00:00:00Z", INT64_MIN, INT64_MIN},
	{"1900-02-29T00:00:00Z", INT64_MIN, INT64_MIN},
	{"2000-02-29T00:00:00Z", 951782400000000, 951782400000000},
	{"0000-01-01T00:00:00Z", INT64_MIN, INT64_MIN},
	{"0001-01-01T00:00:00Z", UTC_MIN, UTC_MIN},
	{"0001-01-01T00:00:00+00:01", INT64_MIN, INT64_MIN},
	{"9999-12-31T23:59:59.999999Z", UTC_MAX, UTC_MAX},
	{"9999-12-31T23:59:60Z", INT64_MIN, INT64_MIN},
	{"+970-01-01T00:00:00Z", INT64_MIN, INT64_MIN},
	{"1970-1-01T00:00:00Z", INT64_MIN, INT64_MIN},
	{"", INT64_MIN, INT64_MIN},
};

static void
times_parse_strictly_or_loosely(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		size_t n = strlen(times[i].text);
		int64_t strict = INT64_MIN, loose = INT64_MIN;
		int rc = utc_parse(times[i].text, n, &strict);
		int rc_loose = utc_parse_loose(times[i].text, n, &loose);

		if (strict != times[i].strict || loose != times[i].loose ||
		    (rc == 0) != (strict != INT64_MIN) ||
		    (rc_loose == 0) != (loose != INT64_MIN))
			fail_msg("'%s': %lld, %lld", times[i].text,
				 (long long)strict, (long long)loose);
	}
}

static void
expect_time(int64_t t, const char *want)
{
	char text[UTC_TEXT_MAX];
	size_t n = utc_format(text, t);

	if (!str_is((struct str){text, n}, want))
		fail_msg("%lld: '%.*s', not '%s'", (long long)t, (int)n, text,
			 want);
}

static void
times_format_with_the_fewest_digits(void **state)
{
	char text[UTC_TEXT_MAX];

	(void)state;
	expect_time(0, "1970-01-01T00:00:00Z");
	expect_time(-1, "1969-12-31T23:59:59.999999Z");
	expect_time(1000, "1970-01-01T00:00:00.001Z");
	expect_time(-UTC_MS, "1969-12-31T23:59:59.999Z");
	expect_time(UTC_MIN, "0001-01-01T00:00:00Z");
	expect_time(UTC_MAX, "9999-12-31T23:59:59.999999Z");
	assert_int_equal(utc_format_places(text, 1999, 3), 24);
	assert_memory_equal(text, "1970-01-01T00:00:00.001Z", 24);
	assert_int_equal(utc_format_places(text, 1999, 0), 20);
	assert_memory_equal(text, "1970-01-01T00:00:00Z", 20);
	assert_int_equal(utc_format_places(text, -1, 6), 27);
}

static void
times_survive_a_round_trip(void **state)
{
	uint64_t x = 5;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[UTC_TEXT_MAX];
		int64_t t, back = 0;
		size_t n;

		x = hash_mix(x + 1);
		t = UTC_MIN + (int64_t)(x % (uint64_t)(UTC_MAX - UTC_MIN));
		if (i % 2 == 0)
			t = utc_floor(t, UTC_MS);
		n = utc_format(text, t);
		assert_int_equal(utc_parse(text, n, &back), 0);
		assert_int_equal(back, t);
	}
}

static void
dates_parse_and_format(void **state)
{
	int64_t days;
	char text[10];

	(void)state;
	assert_int_equal(utc_parse_date("2026-11-22", 10, &days), 0);
	utc_format_date(text, days);
	assert_memory_equal(text, "2026-11-22", 10);
	assert_int_equal(utc_parse_date("2026-11-2", 9, &days), -1);
	assert_int_equal(utc_parse_date("2026-11-22 ", 11, &days), -1);
	assert_int_equal(utc_parse_date("2026-02-29", 10, &days), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quick_times_agree_with_exact_ones),
		cmocka_unit_test(days_and_dates_agree_over_the_whole_calendar),
		cmocka_unit_test(weekdays_run_from_monday),
		cmocka_unit_test(floors_hold_before_1970),
		cmocka_unit_test(times_parse_strictly_or_loosely),
		cmocka_unit_test(times_format_with_the_fewest_digits),
		cmocka_unit_test(times_survive_a_round_trip),
		cmocka_unit_test(dates_parse_and_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
