/* SPDX-License-Identifier: MIT */
/* Batches: what is put is there, what is not is null; order and figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "table/table.h"

#include "base/banned.h"

enum { FLAG, SMALL, LONG, REAL, TEXT, COLUMNS };

static const struct table_field field[COLUMNS] = {
	{STR_INIT("flag"), TABLE_BOOLEAN, 0, 0},
	{STR_INIT("small"), TABLE_INT32, 0, 0},
	{STR_INIT("long"), TABLE_INT64, 0, 0},
	{STR_INIT("real"), TABLE_DOUBLE, 0, 0},
	{STR_INIT("text"), TABLE_STRING, 0, 0},
};

static void
open_table(struct table *t)
{
	assert_int_equal(table_init(t, field, COLUMNS, 64u << 20, NULL), 0);
}

static void
put_text(struct table *t, const char *text)
{
	assert_int_equal(table_put_str(t, TEXT, str_of(text), NULL), 0);
}

static void
end_row(struct table *t)
{
	assert_int_equal(table_end_row(t, NULL), 0);
}

static void
settle(struct table *t)
{
	assert_int_equal(table_settle(t, NULL), 0);
}

/* Row i of the fill below: null where i % (column + 2) is 0. */
static bool
is_null_at(size_t col, int64_t i)
{
	return i % (int64_t)(col + 2) == 0;
}

static void
fill(struct table *t, int64_t n)
{
	char text[32];

	for (int64_t i = 0; i < n; i++) {
		if (!is_null_at(FLAG, i))
			table_put_i64(t, FLAG, i % 4 == 1);
		if (!is_null_at(SMALL, i))
			table_put_i64(t, SMALL, -i);
		if (!is_null_at(LONG, i))
			table_put_i64(t, LONG, INT64_MIN + i);
		if (!is_null_at(REAL, i))
			table_put_f64(t, REAL, (double)i / 2);
		snprintf(text, sizeof(text), "text %d", (int)(i % 1000));
		if (!is_null_at(TEXT, i))
			put_text(t, text);
		end_row(t);
	}
	settle(t);
}

static void
check_row(const struct table *t, size_t row, int64_t i)
{
	char text[32];

	for (size_t c = 0; c < COLUMNS; c++)
		if (table_is_null(&t->column[c], row) != is_null_at(c, i))
			fail_msg("column %zu of row %zu", c, row);
	if (!is_null_at(FLAG, i))
		assert_int_equal(table_i64(&t->column[FLAG], row), i % 4 == 1);
	if (!is_null_at(SMALL, i))
		assert_int_equal(table_i64(&t->column[SMALL], row), -i);
	if (!is_null_at(LONG, i))
		assert_int_equal(table_i64(&t->column[LONG], row),
				 INT64_MIN + i);
	if (!is_null_at(REAL, i))
		assert_true(table_f64(&t->column[REAL], row) == (double)i / 2);
	snprintf(text, sizeof(text), "text %d", (int)(i % 1000));
	if (!is_null_at(TEXT, i))
		assert_true(str_is(table_str(&t->column[TEXT], row), text));
}

static void
what_is_put_is_there(void **state)
{
	struct table t;

	(void)state;
	open_table(&t);
	assert_int_equal(table_find(&t, STR_LIT("real")), REAL);
	assert_int_equal(table_find(&t, STR_LIT("Real")), -1);
	fill(&t, 10000);
	assert_int_equal(t.row_n, 10000);
	for (size_t i = 0; i < 10000; i++)
		check_row(&t, i, (int64_t)i);
	assert_true(table_bytes(&t) > 10000 * (1 + 4 + 8 + 8 + 4));
	table_release(&t);
}

static void
a_reset_leaves_nothing_behind(void **state)
{
	struct table t;
	size_t cap;

	(void)state;
	open_table(&t);
	fill(&t, 5000);
	cap = t.row_cap;
	table_put_i64(&t, LONG, 1); /* into a row that never ends */
	table_reset(&t);
	assert_int_equal(t.row_n, 0);
	for (size_t i = 0; i < 3000; i++)
		end_row(&t);
	settle(&t);
	for (size_t i = 0; i < 3000; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			assert_true(table_is_null(&t.column[c], i));
	table_reset(&t);
	fill(&t, 5000);
	assert_int_equal(t.row_cap, cap);
	check_row(&t, 4999, 4999);
	table_release(&t);
}

static void
a_dropped_row_is_forgotten(void **state)
{
	struct table t;

	(void)state;
	open_table(&t);
	for (int i = 0; i < 200; i++) {
		table_put_i64(&t, SMALL, 7);
		put_text(&t, "dropped");
		table_drop_row(&t);
		if (i % 2 == 0)
			table_put_i64(&t, LONG, i);
		end_row(&t);
	}
	settle(&t);
	for (size_t i = 0; i < 200; i++) {
		assert_true(table_is_null(&t.column[SMALL], i));
		assert_true(table_is_null(&t.column[TEXT], i));
		assert_int_equal(table_is_null(&t.column[LONG], i), i % 2);
	}
	table_release(&t);
}

static void
equal_texts_are_held_once(void **state)
{
	struct table t;
	const struct table_texts *x;

	(void)state;
	open_table(&t);
	x = &t.column[TEXT].texts;
	for (int i = 0; i < 10000; i++) {
		put_text(&t, i % 2 == 0 ? "even" : "");
		end_row(&t);
	}
	settle(&t);
	assert_int_equal(x->entry_n, 2);
	assert_int_equal(x->bytes.len, 4);
	assert_true(str_is(table_str(&t.column[TEXT], 0), "even"));
	assert_int_equal(table_str(&t.column[TEXT], 9999).n, 0);
	table_release(&t);
}

static void
looking_up_ends_when_it_does_not_pay(void **state)
{
	struct table t;
	const struct table_texts *x;
	char text[32];

	(void)state;
	open_table(&t);
	x = &t.column[TEXT].texts;
	for (int i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "unique %d", i);
		put_text(&t, text);
		end_row(&t);
	}
	settle(&t);
	assert_false(x->is_distinct);
	put_text(&t, "unique 0");
	end_row(&t);
	settle(&t);
	assert_int_equal(x->entry_n, 20001);
	for (int i = 0; i < 20001; i++) {
		snprintf(text, sizeof(text), "unique %d", i % 20000);
		assert_true(
			str_is(table_str(&t.column[TEXT], (size_t)i), text));
	}
	table_reset(&t);
	assert_true(x->is_distinct);
	table_release(&t);
}

static void
texts_stop_at_the_maximum(void **state)
{
	struct table t;
	struct fail f = {0};

	(void)state;
	assert_int_equal(table_init(&t, &field[TEXT], 1, 10, NULL), 0);
	assert_int_equal(table_put_str(&t, 0, STR_LIT("1234567890"), &f), 0);
	end_row(&t);
	assert_int_equal(table_put_str(&t, 0, STR_LIT("1234567890"), NULL), 0);
	end_row(&t);
	settle(&t);
	assert_true(str_is(table_str(&t.column[0], 1), "1234567890"));
	assert_int_equal(table_put_str(&t, 0, STR_LIT("x"), &f), 0);
	end_row(&t);
	assert_int_equal(table_settle(&t, &f), FAIL_MEMORY);
	assert_non_null(strstr(f.text, "'text'"));
	table_release(&t);
}

static void
a_text_over_the_maximum_is_null(void **state)
{
	char text[600];
	struct table t;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(table_init(&t, &field[TEXT], 1, 500, NULL), 0);
	assert_int_equal(
		table_put_str(&t, 0, (struct str){text, sizeof(text)}, NULL),
		FAIL_MEMORY);
	assert_true(table_open_is_null(&t, 0));
	end_row(&t);
	settle(&t);
	assert_true(table_is_null(&t.column[0], 0));
	table_release(&t);
}

/* Rows that become columns one by one give what many at once give: over
 * repeats, texts without any, long and empty ones, growth, dropped rows. */
static void
rows_settle_alike_alone_and_together(void **state)
{
	struct table one, many;
	char text[64];

	(void)state;
	open_table(&one);
	open_table(&many);
	for (int64_t i = 0; i < 40000; i++) {
		int64_t v = i % 3 == 0 ? i : i % 700;
		int width = (int)(v % 7) * 8;
		struct str s = {text, (size_t)snprintf(text, sizeof(text),
						       "%0*d", width, (int)v)};

		if (i % 11 == 0)
			s.n = 0;
		if (i % 5 == 0) {
			put_text(&many, "dropped");
			table_drop_row(&many);
		}
		assert_int_equal(table_put_str(&one, TEXT, s, NULL), 0);
		assert_int_equal(table_put_str(&many, TEXT, s, NULL), 0);
		assert_true(str_equal(table_open_str(&many, TEXT), s));
		table_put_i64(&one, SMALL, i);
		table_put_i64(&many, SMALL, i);
		end_row(&one);
		end_row(&many);
		settle(&one);
		if (i % 997 == 0)
			settle(&many);
		memset(text, 'x', sizeof(text));
	}
	settle(&many);
	assert_int_equal(one.row_n, many.row_n);
	for (size_t i = 0; i < COLUMNS; i++)
		assert_memory_equal(one.column[i].valid, many.column[i].valid,
				    one.row_n / 8);
	assert_memory_equal(one.column[SMALL].value.i32,
			    many.column[SMALL].value.i32, one.row_n * 4);
	assert_memory_equal(one.column[TEXT].value.code,
			    many.column[TEXT].value.code, one.row_n * 4);
	assert_int_equal(one.column[TEXT].texts.bytes.len,
			 many.column[TEXT].texts.bytes.len);
	table_release(&one);
	table_release(&many);
}

static void
chosen_rows_append_in_their_order(void **state)
{
	static const uint32_t row[] = {99, 0, 50, 50, 7};
	struct table from, to;

	(void)state;
	open_table(&from);
	open_table(&to);
	fill(&from, 100);
	fill(&to, 3);
	assert_int_equal(table_append(&to, &from, row, 5, NULL), 0);
	assert_int_equal(table_append(&to, &from, NULL, 2, NULL), 0);
	assert_int_equal(to.row_n, 10);
	for (size_t i = 0; i < 5; i++)
		check_row(&to, 3 + i, row[i]);
	check_row(&to, 2, 2);
	check_row(&to, 8, 0);
	check_row(&to, 9, 1);
	table_release(&from);
	table_release(&to);
}

/* ---- order ---- */

static void
sort_all(const struct table *t, size_t col, uint32_t *row)
{
	for (uint32_t i = 0; i < t->row_n; i++)
		row[i] = i;
	assert_int_equal(table_sort(t, col, row, t->row_n, NULL), 0);
}

/* Is a before b, ties by row number? Nulls come first. */
static bool
follows(const struct table_column *c, uint32_t a, uint32_t b)
{
	if (table_is_null(c, a) || table_is_null(c, b))
		return table_is_null(c, a) && (!table_is_null(c, b) || a < b);
	if (c->field.type == TABLE_STRING) {
		int order = str_compare(table_str(c, a), table_str(c, b));

		return order < 0 || (order == 0 && a < b);
	}
	if (c->field.type == TABLE_DOUBLE) {
		double x = table_f64(c, a), y = table_f64(c, b);

		return x < y || (!(x > y) && a < b);
	}
	return table_i64(c, a) < table_i64(c, b) ||
	       (table_i64(c, a) == table_i64(c, b) && a < b);
}

static void
rows_sort_stably_by_any_column(void **state)
{
	static uint32_t row[5000];
	struct table t;
	uint64_t x = 1;
	char text[32];

	(void)state;
	open_table(&t);
	for (int i = 0; i < 5000; i++) {
		x = hash_mix(x + 1);
		if (x % 11 != 0)
			table_put_i64(&t, FLAG, x >> 8 & 1);
		if (x % 13 != 0)
			table_put_i64(&t, SMALL, (int64_t)(x % 1000) - 500);
		table_put_i64(&t, LONG, (int64_t)x);
		if (x % 17 != 0)
			table_put_f64(&t, REAL, (double)(int64_t)x / 1e15);
		snprintf(text, sizeof(text), "common %d",
			 (int)(x % 2000) - 900);
		put_text(&t, text + x % 3 * 4);
		end_row(&t);
	}
	settle(&t);
	for (size_t c = 0; c < COLUMNS; c++) {
		static bool is_seen[5000];

		memset(is_seen, 0, sizeof(is_seen));
		sort_all(&t, c, row);
		for (size_t i = 0; i < 5000; i++) {
			assert_false(is_seen[row[i]]);
			is_seen[row[i]] = true;
			if (i > 0 && !follows(&t.column[c], row[i - 1], row[i]))
				fail_msg("column %zu at %zu", c, i);
		}
	}
	table_release(&t);
}

static void
sorted_rows_stay_as_they_are(void **state)
{
	uint32_t row[100];
	struct table t;

	(void)state;
	open_table(&t);
	for (int i = 0; i < 100; i++) {
		if (i >= 10)
			table_put_i64(&t, LONG, i / 3);
		end_row(&t);
	}
	settle(&t);
	sort_all(&t, LONG, row);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(row[i], i);
	assert_int_equal(table_sort(&t, LONG, row, 0, NULL), 0);
	table_release(&t);
}

static void
doubles_sort_in_total_order(void **state)
{
	static const double value[] = {1,   -0.0, NAN,	    -1,
				       0.0, -NAN, INFINITY, -INFINITY};
	static const uint32_t want[] = {5, 7, 3, 1, 4, 0, 6, 2};
	uint32_t row[8];
	struct table t;

	(void)state;
	open_table(&t);
	for (size_t i = 0; i < 8; i++) {
		table_put_f64(&t, REAL, value[i]);
		end_row(&t);
	}
	settle(&t);
	sort_all(&t, REAL, row);
	assert_memory_equal(row, want, sizeof(row));
	table_release(&t);
}

/* ---- figures ---- */

static void
figures_are_of_the_given_rows(void **state)
{
	static const uint32_t row[] = {3, 5, 7, 12};
	struct table t;
	struct table_stats s;

	(void)state;
	open_table(&t);
	fill(&t, 100);
	table_stats(&t, SMALL, NULL, 100, &s);
	assert_int_equal(s.row_n, 100);
	assert_int_equal(s.null_n, 34);
	assert_int_equal(s.min_i64, -98);
	assert_int_equal(s.max_i64, -1);
	table_stats(&t, SMALL, row, 4, &s);
	assert_int_equal(s.null_n, 2);
	assert_int_equal(s.min_i64, -7);
	assert_int_equal(s.max_i64, -5);
	table_stats(&t, TEXT, row, 4, &s);
	assert_int_equal(s.null_n, 1);
	assert_true(str_is(s.min_str, "text 3"));
	assert_true(str_is(s.max_str, "text 7"));
	table_stats(&t, TEXT, row, 0, &s);
	assert_false(s.has_range);
	table_release(&t);
}

static void
nan_is_no_bound(void **state)
{
	struct table t;
	struct table_stats s;

	(void)state;
	open_table(&t);
	table_put_f64(&t, REAL, NAN);
	end_row(&t);
	settle(&t);
	table_stats(&t, REAL, NULL, 1, &s);
	assert_true(s.has_nan);
	assert_false(s.has_range);
	table_put_f64(&t, REAL, 2);
	end_row(&t);
	table_put_f64(&t, REAL, -3);
	end_row(&t);
	settle(&t);
	table_stats(&t, REAL, NULL, 3, &s);
	assert_true(s.has_nan);
	assert_true(s.min_f64 == -3 && s.max_f64 == 2);
	table_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_there),
		cmocka_unit_test(a_reset_leaves_nothing_behind),
		cmocka_unit_test(a_dropped_row_is_forgotten),
		cmocka_unit_test(equal_texts_are_held_once),
		cmocka_unit_test(looking_up_ends_when_it_does_not_pay),
		cmocka_unit_test(texts_stop_at_the_maximum),
		cmocka_unit_test(a_text_over_the_maximum_is_null),
		cmocka_unit_test(rows_settle_alike_alone_and_together),
		cmocka_unit_test(chosen_rows_append_in_their_order),
		cmocka_unit_test(rows_sort_stably_by_any_column),
		cmocka_unit_test(sorted_rows_stay_as_they_are),
		cmocka_unit_test(doubles_sort_in_total_order),
		cmocka_unit_test(figures_are_of_the_given_rows),
		cmocka_unit_test(nan_is_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
