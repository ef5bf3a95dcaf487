/* SPDX-License-Identifier: MIT */
/* expr: parsing and its messages, three-valued logic, pruning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expr/expr.h"

static struct expr *
parse(const char *text)
{
	struct fail f = {0};
	struct expr *e = NULL;

	if (expr_parse(&e, str_of(text), &f) != 0)
		fail_msg("%s: %s", text, f.text);
	return e;
}

/* Bind every column to one type. */
static void
bind_all(struct expr *e, enum expr_type type)
{
	struct fail f = {0};

	for (size_t i = 0; i < expr_columns(e); i++)
		if (expr_bind(e, i, type, 0, "long", &f) != 0)
			fail_msg("%s", f.text);
}

static struct expr_cell
number(int64_t v)
{
	return (struct expr_cell){.i64 = v, .f64 = (double)v};
}

static struct expr_cell
text(const char *s)
{
	return (struct expr_cell){.str = str_of(s)};
}

static const struct expr_cell null = {.is_null = true};

/* ---- parsing ---- */

static void
refused_with_the_byte(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"", "byte 1: expected a column, found its end"},
		{"a", NULL},
		{"a =", "byte 4: expected a literal"},
		{"a = )", "byte 5: expected a literal"},
		{"a = 'x", "byte 5: the quote ' has no end"},
		{"(a = 1", "byte 7: expected )"},
		{"a = 1)", "byte 6: expected AND, OR or the end"},
		{"a = 1 b = 2", "byte 7: expected AND, OR or the end"},
		{"a IN 1", "byte 6: expected ("},
		{"a IN ()", "byte 7: expected a literal"},
		{"a BETWEEN 1 OR 2", "byte 13: expected AND"},
		{"a IS 1", "byte 6: expected NULL"},
		{"a NOT = 1", "byte 7: expected IN or BETWEEN"},
		{"a = NULL", "for null write IS NULL"},
		{"AND = 1", "byte 1: expected a column"},
		{"a = b", "expected a literal"},
		{"a ~ 1", "byte 3: expected a column, a literal or a sign"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fail f = {0};
		struct expr *e = NULL;
		int rc = expr_parse(&e, str_of(bad[i].text), &f);

		if (bad[i].says == NULL) {
			assert_int_equal(rc, 0);
			expr_close(e);
			continue;
		}
		assert_int_equal(rc, FAIL_USAGE);
		if (strstr(f.text, bad[i].says) == NULL)
			fail_msg("%s: %s", bad[i].text, f.text);
	}
}

static void
too_deep_is_refused(void **state)
{
	char deep[1001];
	struct fail f = {0};
	struct expr *e = NULL;

	(void)state;
	memset(deep, '(', 1000);
	deep[1000] = '\0';
	assert_int_equal(expr_parse(&e, str_of(deep), &f), FAIL_USAGE);
	assert_non_null(strstr(f.text, "nested deeper than"));
}

static void
names_and_quotes(void **state)
{
	struct expr *e = parse("\"a b\" = 'it''s' and `c` is not null "
			       "Or a.b IN (TIMESTAMP '2026-01-01')");

	(void)state;
	assert_int_equal(expr_columns(e), 3);
	assert_true(str_is(expr_column(e, 0), "a b"));
	assert_true(str_is(expr_column(e, 1), "c"));
	assert_true(str_is(expr_column(e, 2), "a.b"));
	bind_all(e, EXPR_STRING);
	assert_int_equal(expr_test(e, (struct expr_cell[]){text("it's"),
							   text(""), null}),
			 EXPR_TRUE);
	expr_close(e);
}

/* ---- binding ---- */

static void
literals_must_fit_the_column(void **state)
{
	static const struct {
		const char *text;
		enum expr_type type;
		bool is_fit;
	} c[] = {
		{"a = 1", EXPR_INTEGER, true},
		{"a = 1.5", EXPR_INTEGER, true},
		{"a = '1'", EXPR_INTEGER, false},
		{"a = 1", EXPR_STRING, false},
		{"a = 'x'", EXPR_DOUBLE, false},
		{"a = true", EXPR_BOOLEAN, true},
		{"a = 1", EXPR_BOOLEAN, false},
		{"a = '2026-11-22'", EXPR_DATE, true},
		{"a = '2026-13-22'", EXPR_DATE, false},
		{"a = 20261122", EXPR_DATE, false},
		{"a = '2026-11-22T10:00:00Z'", EXPR_TIMESTAMP, true},
		{"a = 1795338000000", EXPR_TIMESTAMP, true},
		{"a = 'noon'", EXPR_TIMESTAMP, false},
		{"a = 1", EXPR_OTHER, false},
		{"a IS NULL", EXPR_OTHER, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct expr *e = parse(c[i].text);
		struct fail f = {0};
		int rc = expr_bind(e, 0, c[i].type, 0, "kind", &f);

		if ((rc == 0) != c[i].is_fit)
			fail_msg("%s: %d %s", c[i].text, rc, f.text);
		if (rc != 0 && strstr(f.text, "is of type kind, and") == NULL)
			fail_msg("%s: %s", c[i].text, f.text);
		expr_close(e);
	}
}

/* ---- rows ---- */

static void
three_valued_logic(void **state)
{
	/* a is 1, b is null */
	static const struct {
		const char *text;
		enum expr_truth truth;
	} c[] = {
		{"a = 1", EXPR_TRUE},
		{"a != 1", EXPR_FALSE},
		{"a <> 2", EXPR_TRUE},
		{"a < 1.5", EXPR_TRUE},
		{"a <= 0", EXPR_FALSE},
		{"a > 0", EXPR_TRUE},
		{"a >= 2", EXPR_FALSE},
		{"a IN (3, 2, 1)", EXPR_TRUE},
		{"a NOT IN (3, 2)", EXPR_TRUE},
		{"a BETWEEN 1 AND 1", EXPR_TRUE},
		{"a NOT BETWEEN 1 AND 2", EXPR_FALSE},
		{"b = 1", EXPR_UNKNOWN},
		{"NOT b = 1", EXPR_UNKNOWN},
		{"b IS NULL", EXPR_TRUE},
		{"a IS NOT NULL", EXPR_TRUE},
		{"a = 1 AND b = 1", EXPR_UNKNOWN},
		{"a = 2 AND b = 1", EXPR_FALSE},
		{"b = 1 AND a = 2", EXPR_FALSE},
		{"a = 1 OR b = 1", EXPR_TRUE},
		{"b = 1 OR a = 2", EXPR_UNKNOWN},
		{"NOT (a = 2 OR b IS NOT NULL)", EXPR_TRUE},
		{"a = 2 AND a = 2 OR a = 1", EXPR_TRUE},
		{"NOT a = 1 AND a = 2", EXPR_FALSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct expr *e = parse(c[i].text);
		struct expr_cell cell[2];

		bind_all(e, EXPR_INTEGER);
		for (size_t k = 0; k < expr_columns(e); k++)
			cell[k] = str_is(expr_column(e, k), "a") ? number(1)
								 : null;
		if (expr_test(e, cell) != c[i].truth)
			fail_msg("%s", c[i].text);
		expr_close(e);
	}
}

static void
times_compare_with_dates_and_epochs(void **state)
{
	struct expr *e = parse("t >= '2026-11-22' AND t < 1795392000000");
	struct expr_cell in, before;

	(void)state;
	bind_all(e, EXPR_TIMESTAMP);
	assert_int_equal(utc_parse("2026-11-22T00:00:00Z", 20, &in.i64), 0);
	in.is_null = false;
	before = in;
	before.i64--;
	assert_int_equal(expr_test(e, &in), EXPR_TRUE);
	assert_int_equal(expr_test(e, &before), EXPR_FALSE);
	expr_close(e);
}

/* ---- ranges ---- */

/* Pruning may never contradict a row: for small domains, every set of rows
 * is tried against every predicate. */
static void
pruning_is_sound(void **state)
{
	static const char *const texts[] = {
		"a = 1",
		"a != 1",
		"a < 1",
		"a <= 1",
		"a > 1",
		"a >= 1",
		"a IN (0, 2)",
		"a NOT IN (0, 2)",
		"a BETWEEN 1 AND 2",
		"a IS NULL",
		"a IS NOT NULL",
		"NOT (a = 1 OR a IS NULL)",
		"a < 1 AND a > 1",
		"a < 1 OR a >= 1",
		"a = 1 OR a IS NULL",
		"a < 0.5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct expr *e = parse(texts[i]);

		bind_all(e, EXPR_INTEGER);
		/* bits 0 to 3: the values 0 to 3 are there; bit 4: a null */
		for (unsigned set = 1; set < 32; set++) {
			struct expr_range r = {.may_be_null = set & 16,
					       .is_all_null = set == 16};
			bool some = false, all = true;

			for (int v = 0; v < 5; v++) {
				struct expr_cell cell = v == 4 ? null
							       : number(v);
				bool is;

				if ((set >> v & 1) == 0)
					continue;
				is = expr_test(e, &cell) == EXPR_TRUE;
				some = some || is;
				all = all && is;
				if (v < 4 && !r.has_min) {
					r.has_min = true;
					r.min = cell;
				}
				if (v < 4) {
					r.has_max = true;
					r.max = cell;
				}
			}
			if (some && !expr_may_match(e, &r))
				fail_msg("%s: set %u may match", texts[i], set);
			if (!all && expr_must_match(e, &r))
				fail_msg("%s: set %u need not", texts[i], set);
			r.has_min = r.has_max = false;
			r.may_be_null = true;
			if (some && !expr_may_match(e, &r))
				fail_msg("%s: nothing known", texts[i]);
		}
		expr_close(e);
	}
}

static void
pruning_prunes(void **state)
{
	struct expr *e = parse("a = 7");
	struct expr_range r = {.has_min = true,
			       .has_max = true,
			       .min = {.i64 = 8},
			       .max = {.i64 = 9}};

	(void)state;
	bind_all(e, EXPR_INTEGER);
	assert_false(expr_may_match(e, &r));
	r.min.i64 = r.max.i64 = 7;
	assert_true(expr_must_match(e, &r));
	r.may_be_null = true;
	assert_false(expr_must_match(e, &r));
	expr_close(e);
}

/* However far apart two characters are, and 2 is no NaN. */
static void
texts_are_in_order_by_any_distance(void **state)
{
	struct expr *e = parse("a >= 'f'");

	(void)state;
	bind_all(e, EXPR_STRING);
	for (char c = 'a'; c <= 'z'; c++) {
		char s[] = {c, 0};
		struct expr_cell cell = text(s);
		struct expr_range r = {.has_min = true,
				       .has_max = true,
				       .min = cell,
				       .max = cell};

		assert_int_equal(expr_test(e, &cell),
				 c >= 'f' ? EXPR_TRUE : EXPR_FALSE);
		assert_int_equal(expr_may_match(e, &r), c >= 'f');
		assert_int_equal(expr_must_match(e, &r), c >= 'f');
	}
	expr_close(e);
}

static void
nan_is_outside_all_bounds(void **state)
{
	struct expr *e = parse("a >= 0");
	struct expr_range r = {.has_min = true,
			       .has_max = true,
			       .min = {.f64 = 1},
			       .max = {.f64 = 2}};

	(void)state;
	bind_all(e, EXPR_DOUBLE);
	assert_true(expr_may_match(e, &r));
	assert_false(expr_must_match(e, &r));
	expr_close(e);
}

/* ---- texts ---- */

/* Columns a and b are longs; each is lost, or of the text with this value. */
static bool
is_in(const char *predicate, const int64_t *a, const int64_t *b,
      const char *line)
{
	struct expr *e = parse(predicate);
	struct expr_cell cell[2] = {null, null};
	enum expr_origin origin[2] = {EXPR_LOST, EXPR_LOST};
	bool is_match;

	bind_all(e, EXPR_INTEGER);
	for (size_t i = 0; i < expr_columns(e); i++) {
		const int64_t *v = str_is(expr_column(e, i), "a") ? a : b;

		if (v == NULL)
			continue;
		cell[i] = number(*v);
		origin[i] = EXPR_OF_TEXT;
	}
	is_match = expr_is_in_text(e, cell, origin, str_of(line));
	expr_close(e);
	return is_match;
}

static void
a_lost_value_is_looked_for(void **state)
{
	(void)state;
	assert_true(is_in("a = 42", NULL, NULL, "{\"a\":42,"));
	assert_true(is_in("a = 42", NULL, NULL, "42"));
	assert_true(is_in("a = 42", NULL, NULL, "x-42"));
	assert_true(is_in("a = 42", NULL, NULL, "142 421 42"));
	assert_false(is_in("a = 42", NULL, NULL,
			   "142 421 a42 42_ \xc3\xa9"
			   "42"));
	assert_false(is_in("a = 42", NULL, NULL, ""));
	assert_false(is_in("a = 42", NULL, NULL, "4"));
	assert_true(is_in("a IN (1, 42)", NULL, NULL, "is 42"));
	assert_false(is_in("a != 42", NULL, NULL, "is 42"));
	assert_false(is_in("NOT a = 42", NULL, NULL, "is 41"));
}

static void
a_sign_is_wanted_and_the_rest_may_be(void **state)
{
	const int64_t seven = 7, nine = 9;

	(void)state;
	assert_true(is_in("a = 42 AND b < 5", NULL, NULL, "42"));
	assert_false(is_in("a = 42 AND b < 5", NULL, NULL, "41"));
	assert_false(is_in("b < 5", NULL, NULL, "1"));
	assert_false(is_in("b IS NULL OR b BETWEEN 1 AND 3", NULL, NULL, "1"));
	/* what the text says plainly is no guess */
	assert_false(is_in("a = 42 AND b < 5", NULL, &seven, "42"));
	assert_true(is_in("a = 7 AND b < 5", &seven, NULL, "seven"));
	assert_false(is_in("a = 42", &seven, NULL, "42"));
	assert_true(is_in("a = 42 OR b = 9", NULL, &nine, "9"));
	assert_true(is_in("a = 42 OR b > 8", NULL, &nine, "true by itself"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_the_byte),
		cmocka_unit_test(too_deep_is_refused),
		cmocka_unit_test(names_and_quotes),
		cmocka_unit_test(literals_must_fit_the_column),
		cmocka_unit_test(three_valued_logic),
		cmocka_unit_test(times_compare_with_dates_and_epochs),
		cmocka_unit_test(pruning_is_sound),
		cmocka_unit_test(pruning_prunes),
		cmocka_unit_test(texts_are_in_order_by_any_distance),
		cmocka_unit_test(nan_is_outside_all_bounds),
		cmocka_unit_test(a_lost_value_is_looked_for),
		cmocka_unit_test(a_sign_is_wanted_and_the_rest_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
