/* SPDX-License-Identifier: MIT */
/* Numbers and times as text, both ways; hashes, views, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- numbers ---- */

static const char *const no_number[] = {
	"",	"-",  "+1",  "01",   "-01",   "00",    ".5",   "1.",  "1e",
	"1e+",	"1E", "1.e", " 1",   "1 ",    "0x1",   "1a",   "--1", "1.2.3",
	"1e1.", "e1", "NaN", "inf",  "-.5",   "1_000", "1,5",  "0-",  "-a",
	"1e-",	"1-", "\t1", "1e 5", "-00.1", "00.1",  "12e5e"};

static void
no_parser_takes_what_is_no_json_number(void **state)
{
	int64_t i64;
	double f64;

	(void)state;
	for (size_t i = 0; i < COUNT(no_number); i++) {
		struct str s = str_of(no_number[i]);

		if (num_parse_i64(s.p, s.n, &i64) != NUM_SYNTAX ||
		    num_parse_whole(s.p, s.n, &i64) != NUM_SYNTAX ||
		    num_parse_scaled(s.p, s.n, 3, &i64) != NUM_SYNTAX ||
		    num_parse_f64(s.p, s.n, &f64) != NUM_SYNTAX)
			fail_msg("'%s' was taken", s.p);
	}
	assert_int_equal(num_parse_i64("1\0", 2, &i64), NUM_SYNTAX);
	assert_int_equal(num_parse_i64("123", 2, &i64), 0);
	assert_int_equal(i64, 12);
}

static void
integers_parse_to_the_last_value(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t want;
	} row[] = {
		{"0", 0, 0},
		{"-0", 0, 0},
		{"7", 0, 7},
		{"-7", 0, -7},
		{"999999999999999999", 0, 999999999999999999},
		{"1000000000000000000", 0, 1000000000000000000},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", NUM_RANGE, 0},
		{"-9223372036854775809", NUM_RANGE, 0},
		{"18446744073709551616", NUM_RANGE, 0},
		{"99999999999999999999999999", NUM_RANGE, 0},
		{"9223372036854775810", NUM_RANGE, 0},
		{"1.0", NUM_SYNTAX, 0},
		{"1e3", NUM_SYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		int64_t got = 0;
		int rc = num_parse_i64(row[i].text, strlen(row[i].text), &got);

		if (rc != row[i].rc || (rc == 0 && got != row[i].want))
			fail_msg("'%s': %d, %lld", row[i].text, rc,
				 (long long)got);
	}
}

static void
whole_and_scaled_numbers_are_exact(void **state)
{
	static const struct {
		const char *text;
		unsigned scale;
		int rc;
		int64_t want;
	} row[] = {
		{"1540006905796.0", 0, 0, 1540006905796},
		{"12", 0, 0, 12},
		{"1.5e3", 0, 0, 1500},
		{"-1.5e1", 0, 0, -15},
		{"1e18", 0, 0, 1000000000000000000},
		{"1e19", 0, NUM_RANGE, 0},
		{"1e1000000000000", 0, NUM_RANGE, 0},
		{"0e1000000000000", 0, 0, 0},
		{"0.000", 0, 0, 0},
		{"1.5", 0, NUM_SYNTAX, 0},
		{"1e-1", 0, NUM_SYNTAX, 0},
		{"1e-99999999", 0, NUM_SYNTAX, 0},
		{"100e-2", 0, 0, 1},
		{"9223372036854775807.000", 0, 0, INT64_MAX},
		{"-9223372036854775808e0", 0, 0, INT64_MIN},
		{"9.99", 6, 0, 9990000},
		{"-0.000001", 6, 0, -1},
		{"0.0000001", 6, NUM_SYNTAX, 0},
		{"0.0000010", 6, 0, 1},
		{"218.93179", 5, 0, 21893179},
		{"9223372036854.775807", 6, 0, INT64_MAX},
		{"9223372036854.775808", 6, NUM_RANGE, 0},
		{"1", 18, 0, 1000000000000000000},
		{"10", 18, NUM_RANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(row); i++) {
		int64_t got = 0;
		int rc = num_parse_scaled(row[i].text, strlen(row[i].text),
					  row[i].scale, &got);

		if (rc != row[i].rc || (rc == 0 && got != row[i].want))
			fail_msg("'%s' at scale %u: %d, %lld", row[i].text,
				 row[i].scale, rc, (long long)got);
	}
}

static void
whole_numbers_may_be_long_when_they_end_in_zeros(void **state)
{
	int64_t v;
	const char *zeros = "12.00000000000000000000000000000000";

	(void)state;
	assert_int_equal(num_parse_whole(zeros, strlen(zeros), &v), 0);
	assert_int_equal(v, 12);
	zeros = "1200000000000000000000000000000e-28";
	assert_int_equal(num_parse_whole(zeros, strlen(zeros), &v), 0);
	assert_int_equal(v, 120);
}

/* strtod is correctly rounded, in the C locale of a test. */
static void
doubles_parse_as_strtod_does(void **state)
{
	static const char *const text[] = {
		"0",
		"-0",
		"-0.0",
		"0.1",
		"218.93179",
		"1e22",
		"1e23",
		"9007199254740993",
		"9007199254740992",
		"123456789012345678",
		"1.7976931348623157e308",
		"2.2250738585072014e-308",
		"4.9e-324",
		"2e-324",
		"1e-400",
		"0e999999999",
		"179769313486231580793728971405301e276",
		"0.30000000000000004",
		"3.14159265358979323846264338327950288419716939937510582",
		"1e-22",
		"8.5e-23",
		"100000000000000000000000000000000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000000000000001",
	};
	uint64_t x = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(text); i++) {
		double want = strtod(text[i], NULL), got = 1;

		assert_int_equal(num_parse_f64(text[i], strlen(text[i]), &got),
				 0);
		if (memcmp(&want, &got, sizeof(got)) != 0)
			fail_msg("'%s': %.17g, not %.17g", text[i], got, want);
	}
	for (int i = 0; i < 200000; i++) {
		char buf[64];
		double want, got;
		int n, exponent;

		x = hash_mix(x + 1);
		exponent = (int)(x % 60) - 30;
		n = snprintf(buf, sizeof(buf), "%lld.%llue%d",
			     (long long)(x >> 40),
			     (unsigned long long)(x % 1000003), exponent);
		want = strtod(buf, NULL);
		assert_int_equal(num_parse_f64(buf, (size_t)n, &got), 0);
		if (memcmp(&want, &got, sizeof(got)) != 0)
			fail_msg("'%s': %.17g, not %.17g", buf, got, want);
	}
}

static void
a_double_too_large_is_out_of_range(void **state)
{
	double v = 1;
	char digits[401];

	(void)state;
	assert_int_equal(num_parse_f64("1e309", 5, &v), NUM_RANGE);
	assert_int_equal(num_parse_f64("-1e309", 6, &v), NUM_RANGE);
	assert_int_equal(num_parse_f64("1e999999999999", 14, &v), NUM_RANGE);
	memset(digits, '9', 400);
	assert_int_equal(num_parse_f64(digits, 400, &v), NUM_RANGE);
	assert_true(v == 1);
}

static void
expect_f64(double v, const char *want)
{
	char text[NUM_F64_MAX];
	size_t n = num_format_f64(text, v);

	if (!str_is((struct str){text, n}, want))
		fail_msg("%.17g: '%.*s', not '%s'", v, (int)n, text, want);
}

static void
doubles_format_as_their_shortest_text(void **state)
{
	(void)state;
	expect_f64(0, "0");
	expect_f64(-0.0, "-0.0");
	expect_f64(1, "1");
	expect_f64(-1.5, "-1.5");
	expect_f64(0.1, "0.1");
	expect_f64(0.05, "0.05");
	expect_f64(218.93179, "218.93179");
	expect_f64(1540006905796, "1540006905796");
	expect_f64(9007199254740991, "9007199254740991");
	expect_f64(0.30000000000000004, "0.30000000000000004");
	expect_f64(1e300, "1e300");
	expect_f64(-2.5e-300, "-2.5e-300");
	expect_f64(DBL_MAX, "1.7976931348623157e308");
	expect_f64(0.000000001, "0.000000001");
	expect_f64(123456.789, "123456.789");
	expect_f64(2.0 / 3, "0.6666666666666666");
}

/* What is written fits NUM_F64_MAX and reads back to the same bits. */
static void
doubles_survive_a_round_trip(void **state)
{
	uint64_t x = 7;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char text[NUM_F64_MAX];
		double v, back = 0;
		size_t n;

		x = hash_mix(x + 1);
		memcpy(&v, &x, sizeof(v));
		if (i % 3 == 0)
			v = (double)(x >> 30) / 1000;
		if (i % 3 == 1)
			v = (double)(int64_t)x / 4096;
		if (isnan(v) || isinf(v))
			continue;
		n = num_format_f64(text, v);
		assert_true(n <= NUM_F64_MAX);
		assert_int_equal(num_parse_f64(text, n, &back), 0);
		if (memcmp(&v, &back, sizeof(v)) != 0)
			fail_msg("%.17g became '%.*s'", v, (int)n, text);
	}
}

static void
integers_survive_a_round_trip(void **state)
{
	uint64_t x = 3;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char text[NUM_I64_MAX], want[32];
		int64_t v, back;
		size_t n;

		x = hash_mix(x + 1);
		v = (int64_t)x >> (x % 64);
		if (i == 0)
			v = INT64_MIN;
		n = num_format_i64(text, v);
		snprintf(want, sizeof(want), "%lld", (long long)v);
		assert_true(str_is((struct str){text, n}, want));
		assert_int_equal(num_parse_i64(text, n, &back), 0);
		assert_int_equal(back, v);
	}
}

static void
padded_numbers_have_their_width(void **state)
{
	char text[20];

	(void)state;
	num_format_padded(text, 7, 1);
	assert_memory_equal(text, "7", 1);
	num_format_padded(text, 42, 5);
	assert_memory_equal(text, "00042", 5);
	num_format_padded(text, 0, 20);
	assert_memory_equal(text, "00000000000000000000", 20);
	num_format_padded(text, 99, 2);
	assert_memory_equal(text, "99", 2);
}

/* ---- times ---- */

/* What the quick readers accept they read as the exact ones do, and they
 * accept what events mostly hold. */
static void
quick_readers_agree_with_exact_ones(void **state)
{
	static const char *const odd[] = {"",
					  "-",
					  ".",
					  "0",
					  "00",
					  "01",
					  "1a",
					  "1.",
					  ".1",
					  "0.5",
					  "00.5",
					  "-0.0",
					  "1e5",
					  "1.5e3",
					  "1..2",
					  "1.2.3",
					  "9007199254740993.0",
					  "12345678.12345678",
					  "99999999.99999999",
					  "123456789.1",
					  "1.123456789",
					  "-1.25",
					  "12345678901234567",
					  "1234567890123456",
					  "9999999999999999",
					  "-5",
					  "1-2",
					  "1:2",
					  "1/2",
					  "12:45.6"};
	char text[64] = {0};
	uint64_t x = 1;
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		int64_t want_i64, got_i64;
		double want_f64, got_f64;
		size_t n;

		x = hash_mix(x + 1);
		if (i < sizeof(odd) / sizeof(*odd))
			n = (size_t)snprintf(text, sizeof(text), "%s", odd[i]);
		else if (i % 2 == 0)
			n = (size_t)snprintf(text, sizeof(text), "%llu",
					     (unsigned long long)(x >> x % 64));
		else
			n = (size_t)snprintf(
				text, sizeof(text), "%s%llu.%0*llu",
				x % 5 == 0 ? "-" : "",
				(unsigned long long)(x >> 40), (int)(x % 9) + 1,
				(unsigned long long)(x % 10));
		if (quick_integer(text, n, &got_i64)) {
			taken++;
			assert_int_equal(num_parse_i64(text, n, &want_i64), 0);
			assert_int_equal(got_i64, want_i64);
		}
		if (quick_decimal(text, n, &got_f64)) {
			taken++;
			assert_int_equal(num_parse_f64(text, n, &want_f64), 0);
			assert_memory_equal(&got_f64, &want_f64, 8);
		}
	}
	assert_true(taken > 100000);
}

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

/* ---- hashes ---- */

/* Stored hashes must mean the same for ever: XXH3's published vectors of the
 * empty input, and our own value frozen. */
static void
stored_hashes_never_change(void **state)
{
	uint64_t out[2];

	(void)state;
	assert_true(hash_bytes("", 0, 0) == 0x2d06800538d394c2u);
	hash_bytes128("", 0, 0, out);
	assert_true(out[0] == 0x6001c324468d497fu);
	assert_true(out[1] == 0x99aa06d3014798d8u);
	assert_true(hash_bytes("playpipe", 8, 42) ==
		    hash_bytes("playpipe", 8, 42));
	assert_true(hash_bytes("playpipe", 8, 42) !=
		    hash_bytes("playpipe", 8, 43));
	assert_true(hash_mix(0) == 0);
	assert_true(hash_mix(1) == 0x5692161d100b05e5u);
}

static void
the_seed_stays_and_nonces_differ(void **state)
{
	(void)state;
	assert_true(hash_seed() != 0);
	assert_true(hash_seed() == hash_seed());
	assert_true(hash_nonce() > 0);
	assert_true(hash_nonce() != hash_nonce());
}

/* ---- views and sizes ---- */

static void
views_compare_as_bytes(void **state)
{
	(void)state;
	assert_true(str_compare(STR_LIT("a"), STR_LIT("b")) < 0);
	assert_true(str_compare(STR_LIT("a"), STR_LIT("ab")) < 0);
	assert_true(str_compare(STR_LIT("\xff"), STR_LIT("a")) > 0);
	assert_true(str_compare(STR_LIT(""), (struct str){NULL, 0}) == 0);
	assert_true(str_equal((struct str){NULL, 0}, STR_LIT("")));
	assert_false(str_equal(STR_LIT("a"), STR_LIT("b")));
	assert_true(str_starts(STR_LIT("abc"), "ab"));
	assert_false(str_starts(STR_LIT("a"), "ab"));
	assert_true(str_ends(STR_LIT("abc"), "bc"));
	assert_false(str_ends(STR_LIT("c"), "bc"));
	assert_int_equal(str_of(NULL).n, 0);
}

static void
a_view_is_trimmed(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR_LIT(" \ta b \t\r\n")), "a b"));
	assert_true(str_is(str_trim(STR_LIT("\na")), "\na"));
	assert_int_equal(str_trim(STR_LIT(" \r\n")).n, 0);
	assert_int_equal(str_trim((struct str){NULL, 0}).n, 0);
}

static void
a_text_is_taken_line_by_line(void **state)
{
	struct str rest = STR_LIT("a\n\nb"), line;

	(void)state;
	assert_true(str_line(&rest, &line));
	assert_true(str_is(line, "a"));
	assert_true(str_line(&rest, &line));
	assert_int_equal(line.n, 0);
	assert_true(str_line(&rest, &line));
	assert_true(str_is(line, "b"));
	assert_false(str_line(&rest, &line));
	rest = STR_LIT("a\n");
	assert_true(str_line(&rest, &line));
	assert_false(str_line(&rest, &line));
	rest = (struct str){NULL, 0};
	assert_false(str_line(&rest, &line));
}

static void
sizes_do_not_wrap(void **state)
{
	size_t n = 1;
	int64_t v = 1;

	(void)state;
	assert_false(size_add(SIZE_MAX, 1, &n));
	assert_false(size_mul(SIZE_MAX / 2 + 1, 2, &n));
	assert_int_equal(n, 1);
	assert_true(size_mul(0, SIZE_MAX, &n));
	assert_int_equal(n, 0);
	assert_true(size_add(SIZE_MAX - 1, 1, &n));
	assert_false(i64_add(INT64_MAX, 1, &v));
	assert_false(i64_add(INT64_MIN, -1, &v));
	assert_int_equal(v, 1);
	assert_true(i64_add(INT64_MAX, INT64_MIN, &v));
	assert_int_equal(v, -1);
}

/* ---- failures ---- */

static void
the_first_failure_stays_and_takes_context(void **state)
{
	struct fail f = {0};

	(void)state;
	fail_prefix(&f, "nothing yet: ");
	assert_string_equal(f.text, "");
	assert_int_equal(fail_set(&f, FAIL_DATA, "bad %d", 1), FAIL_DATA);
	assert_int_equal(fail_set(&f, FAIL_IO, "worse"), FAIL_IO);
	assert_int_equal(f.code, FAIL_DATA);
	fail_prefix(&f, "'%s': ", "file");
	assert_string_equal(f.text, "'file': bad 1");
	assert_int_equal(fail_set(NULL, FAIL_USAGE, "no place"), FAIL_USAGE);
	assert_int_equal(fail_memory(NULL), FAIL_MEMORY);
}

static void
a_wrong_name_is_a_wrong_use(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(fail_named(fail_set(&f, FAIL_IO, "no file"), &f),
			 FAIL_USAGE);
	assert_int_equal(f.code, FAIL_USAGE);
	assert_string_equal(f.text, "no file");
	assert_int_equal(fail_named(FAIL_IO, NULL), FAIL_USAGE);
	assert_int_equal(fail_named(0, &f), 0);
	assert_int_equal(fail_named(FAIL_DATA, &f), FAIL_DATA);
}

static void
control_characters_are_masked(void **state)
{
	struct fail f = {0};

	(void)state;
	fail_set(&f, FAIL_DATA, "a\x1b[2Jb\x7f\n");
	assert_string_equal(f.text, "a?[2Jb??");
	fail_prefix(&f, "\r");
	assert_string_equal(f.text, "?a?[2Jb??");
}

static void
system_errors_have_their_text(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(
		fail_errno(&f, FAIL_IO, ENOENT, "cannot open '%s'", "x"),
		FAIL_IO);
	assert_string_equal(f.text,
			    "cannot open 'x': No such file or directory");
}

static void
long_failures_are_cut(void **state)
{
	struct fail f = {0};
	static char text[3 * FAIL_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	fail_set(&f, FAIL_DATA, "%s", text);
	assert_int_equal(strlen(f.text), FAIL_TEXT_MAX - 1);
	for (int i = 0; i < 5; i++)
		fail_prefix(&f, "%s: ", text);
	assert_true(strlen(f.text) < FAIL_TEXT_MAX);
	f = (struct fail){0};
	fail_errno(&f, FAIL_IO, ENOENT, "%s", text);
	assert_true(strlen(f.text) < FAIL_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_parser_takes_what_is_no_json_number),
		cmocka_unit_test(integers_parse_to_the_last_value),
		cmocka_unit_test(whole_and_scaled_numbers_are_exact),
		cmocka_unit_test(
			whole_numbers_may_be_long_when_they_end_in_zeros),
		cmocka_unit_test(doubles_parse_as_strtod_does),
		cmocka_unit_test(a_double_too_large_is_out_of_range),
		cmocka_unit_test(doubles_format_as_their_shortest_text),
		cmocka_unit_test(doubles_survive_a_round_trip),
		cmocka_unit_test(integers_survive_a_round_trip),
		cmocka_unit_test(padded_numbers_have_their_width),
		cmocka_unit_test(quick_readers_agree_with_exact_ones),
		cmocka_unit_test(quick_times_agree_with_exact_ones),
		cmocka_unit_test(days_and_dates_agree_over_the_whole_calendar),
		cmocka_unit_test(weekdays_run_from_monday),
		cmocka_unit_test(floors_hold_before_1970),
		cmocka_unit_test(times_parse_strictly_or_loosely),
		cmocka_unit_test(times_format_with_the_fewest_digits),
		cmocka_unit_test(times_survive_a_round_trip),
		cmocka_unit_test(dates_parse_and_format),
		cmocka_unit_test(stored_hashes_never_change),
		cmocka_unit_test(the_seed_stays_and_nonces_differ),
		cmocka_unit_test(views_compare_as_bytes),
		cmocka_unit_test(a_view_is_trimmed),
		cmocka_unit_test(a_text_is_taken_line_by_line),
		cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(a_wrong_name_is_a_wrong_use),
		cmocka_unit_test(the_first_failure_stays_and_takes_context),
		cmocka_unit_test(control_characters_are_masked),
		cmocka_unit_test(system_errors_have_their_text),
		cmocka_unit_test(long_failures_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
