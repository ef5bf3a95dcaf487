/* SPDX-License-Identifier: MIT */
/* Numbers as text, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
