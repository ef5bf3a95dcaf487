/* SPDX-License-Identifier: MIT */
/* delta: names and values, statistics, rows there and back. */
#include "delta_fixture.h"

/* ---- names and values ---- */

static void
names_are_escaped_twice(void **state)
{
	struct buf folder, path, back;

	(void)state;
	buf_init(&folder, 100);
	buf_init(&path, 100);
	buf_init(&back, 100);
	assert_int_equal(log_escape_folder(STR_LIT("bar+%21"), &folder), 0);
	assert_true(str_is(buf_str(&folder), "bar+%2521"));
	assert_int_equal(log_encode_path(buf_str(&folder), &path), 0);
	assert_true(str_is(buf_str(&path), "bar+%252521"));
	assert_int_equal(buf_add_decoded(&back, buf_str(&path)), 0);
	assert_true(str_equal(buf_str(&back), buf_str(&folder)));
	buf_reset(&back);
	assert_int_equal(buf_add_decoded(&back, STR_LIT("a%zz%4")), 0);
	assert_true(str_is(buf_str(&back), "a%zz%4"));
	buf_release(&folder);
	buf_release(&path);
	buf_release(&back);
}

static void
partition_values_there_and_back(void **state)
{
	static const struct {
		enum table_type type;
		const char *text;
	} c[] = {
		{TABLE_STRING, "a b"},
		{TABLE_INT64, "-7"},
		{TABLE_BOOLEAN, "true"},
		{TABLE_DATE, "2026-11-22"},
		{TABLE_DOUBLE, "0.1"},
		{TABLE_TIMESTAMP, "2026-11-22T01:02:03.456789Z"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct table_field field = {STR_LIT("c"), c[i].type, 0, 0};
		struct expr_cell cell;

		buf_reset(&out);
		assert_int_equal(delta_partition_parse(&field,
						       str_of(c[i].text), &cell,
						       NULL),
				 0);
		assert_int_equal(
			delta_partition_format(&field, &cell, &out, NULL), 0);
		assert_true(str_is(buf_str(&out), c[i].text));
		assert_int_equal(
			delta_partition_parse(&field, str_of(""), &cell, NULL),
			0);
		assert_true(cell.is_null);
		if (c[i].type != TABLE_STRING)
			assert_int_equal(delta_partition_parse(&field,
							       str_of("?"),
							       &cell, NULL),
					 FAIL_DATA);
	}
	buf_release(&out);
}

/* What older types of a column left in the log, and what only prints. */
static void
partition_values_of_others(void **state)
{
	struct table_field field = {STR_LIT("c"), TABLE_TIMESTAMP_NTZ, 0, 0};
	struct table_field wide = {STR_LIT("c"), TABLE_TYPES, 38, 18};
	struct table_field list = {STR_LIT("c"), TABLE_TYPES, 0, 0};
	struct expr_cell cell;

	(void)state;
	assert_int_equal(delta_partition_parse(&field, str_of("1970-01-02"),
					       &cell, NULL),
			 0);
	assert_true(cell.i64 == UTC_DAY);
	assert_int_equal(
		delta_partition_parse(&wide, str_of("-0E-18"), &cell, NULL), 0);
	assert_true(str_is(cell.str, "-0E-18"));
	assert_int_equal(
		delta_partition_parse(&wide, str_of("1,5"), &cell, NULL),
		FAIL_DATA);
	assert_int_equal(delta_partition_parse(&list, str_of("1"), &cell, NULL),
			 FAIL_DATA);
}

/* ---- statistics ---- */

static void
bounds_of_long_texts_are_bounds(void **state)
{
	static const char *const texts[] = {
		"short",
		"12345678901234567890123456789012",
		"123456789012345678901234567890123",
		"1234567890123456789012345678901\xf0\x9f\x98\x80 and more",
		"12345678901234567890123456789012\xf4\x8f\xbf\xbf more",
	};
	struct table_field field = {STR_LIT("c"), TABLE_STRING, 0, 0};
	struct delta_column column = {
		.name = STR_LIT("c"), .physical = STR_LIT("c"), .field = field};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct str s = str_of(texts[i]);
		struct table_stats one = {.row_n = 1,
					  .has_range = true,
					  .min_str = s,
					  .max_str = s};
		const bool is_wanted = true;
		struct log_stats stats = {.is_wanted = &is_wanted,
					  .rows = 1,
					  .field = &field,
					  .column = &one,
					  .n = 1};
		struct delta_file file = {0};
		struct expr_range r;
		struct doc *doc;
		struct buf out;
		struct fail f = {0};

		buf_init(&out, 1000);
		assert_int_equal(log_format_stats(&stats, &out, &f), 0);
		assert_int_equal(doc_parse(&doc, buf_str(&out), "stats",
					   FAIL_DATA, 0, &f),
				 0);
		assert_int_equal(
			log_file_range(&column, &file, doc_root(doc), &r, &f),
			0);
		assert_true(r.has_min);
		assert_true(str_compare(r.min.str, s) <= 0);
		assert_true(!r.has_max || str_compare(r.max.str, s) >= 0);
		assert_int_equal(r.has_max, i != 4);
		assert_false(r.may_be_null);
		doc_close(doc);
		buf_release(&out);
	}
}

static void
records_are_counted_wherever_the_count_stands(void **state)
{
	static const struct {
		const char *stats;
		int64_t rows; /* -1: unknown */
	} c[] = {
		{"{\"numRecords\":7,\"minValues\":{}}", 7},
		{"{\"numRecords\":0}", 0},
		{"{\"minValues\":{\"numRecords\":1},\"numRecords\":8}", 8},
		{"{ \"numRecords\" : 9 }", 9},
		{"{\"numRecords\":10 }", 10},
		{"{\"numRecords\":-1}", -1},
		{"{\"numRecords\":1.5}", -1},
		{"{\"numRecords\":", -1},
		{"{\"numRecords\":null}", -1},
		{"{}", -1},
		{"no json", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct delta_file file = {.stats = str_of(c[i].stats)};
		uint64_t rows = 0;

		assert_int_equal(delta_file_rows(&file, &rows), c[i].rows >= 0);
		if (c[i].rows >= 0)
			assert_int_equal(rows, c[i].rows);
	}
}

/* ---- rows ---- */

/* 1,000 rows in 4 partitions, some without a day, sorted by id backwards. */
static void
put_rows(struct fixture *x)
{
	struct delta_writer_options o = {
		.meta = &x->meta, .sort_column = 1, .group_rows = 300};
	struct delta_change c = {.operation = "WRITE", .mode = "Append"};
	struct delta_writer *w;
	struct fail f = {0};
	bool is_partition;
	size_t day, id, text;

	assert_int_equal(delta_writer_open(&w, x->d, &o, &f), 0);
	day = delta_writer_place(w, 0, &is_partition);
	assert_true(is_partition);
	id = delta_writer_place(w, 1, &is_partition);
	assert_false(is_partition);
	text = delta_writer_place(w, 4, &is_partition);
	for (int64_t i = 0; i < 1000; i++) {
		struct expr_cell cell = {.is_null = i % 4 == 3,
					 .i64 = 20000 + i % 4};

		delta_writer_set(w, day, cell);
		table_put_i64(delta_writer_row(w), id, 999 - i);
		if (i % 2 == 0)
			assert_int_equal(table_put_str(delta_writer_row(w),
						       text, STR_LIT("even"),
						       &f),
					 0);
		assert_int_equal(delta_writer_end_row(w, &f), 0);
	}
	assert_int_equal(delta_writer_files(w, &c.add, &c.add_n, &f), 0);
	assert_int_equal(c.add_n, 4);
	c.meta = &x->meta;
	assert_int_equal(delta_commit(x->d, x->s, &c, NULL, &f), 0);
	delta_writer_done(w);
	delta_writer_close(w);
}

static int64_t
sum_where(struct fixture *x, const char *where,
	  struct delta_scan_counts *counts)
{
	int column[] = {1};
	struct delta_scan_options o = {
		.meta = &x->s->meta, .column = column, .column_n = 1};
	struct delta_scan *scan;
	struct delta_batch b;
	struct fail f = {0};
	int64_t sum = 0;
	int rc;

	if (expr_parse(&o.where, str_of(where), &f) != 0 ||
	    delta_scan_open(&scan, x->d, &o, &f) != 0)
		fail_msg("%s", f.text);
	for (size_t i = 0; i < x->s->file_n; i++) {
		bool is_skipped;

		assert_int_equal(
			delta_scan_file(scan, &x->s->file[i], &is_skipped, &f),
			0);
		while (!is_skipped && (rc = delta_scan_next(scan, &b, &f)) > 0)
			for (size_t k = 0; k < b.row_n; k++)
				sum += delta_batch_cell(&b, 0, b.row[k]).i64;
	}
	*counts = *delta_scan_counts(scan);
	delta_scan_close(scan);
	expr_close(o.where);
	return sum;
}

static void
rows_there_and_back(void **state)
{
	struct delta_scan_counts c;
	struct fixture x;
	uint64_t rows;

	(void)state;
	begin(&x, "rows");
	put_rows(&x);
	assert_true(delta_file_rows(&x.s->file[0], &rows));
	assert_int_equal(rows, 250);
	assert_int_equal(sum_where(&x, "id >= 0", &c), 499500);
	assert_int_equal(c.matched, 1000);
	/* by statistics and partitions */
	assert_int_equal(sum_where(&x, "id > 5000", &c), 0);
	assert_int_equal(c.skipped, 4);
	assert_int_equal(sum_where(&x, "day IS NULL", &c), 499500 / 4 - 375);
	assert_int_equal(c.skipped, 3);
	assert_int_equal(c.matched, 250);
	assert_int_equal(sum_where(&x, "s = 'even' AND id < 10", &c),
			 1 + 3 + 5 + 7 + 9);
	assert_int_equal(c.matched, 5);
	end(&x);
}

static void
files_that_are_not_taken_vanish(void **state)
{
	struct delta_writer_options o = {.sort_column = -1};
	const struct delta_file *file;
	struct store_list l;
	struct arena mem = {0};
	struct delta_writer *w;
	struct fixture x;
	struct fail f = {0};
	size_t n;

	(void)state;
	begin(&x, "vanish");
	o.meta = &x.meta;
	assert_int_equal(delta_writer_open(&w, x.d, &o, &f), 0);
	table_put_i64(delta_writer_row(w), 0, 1);
	assert_int_equal(delta_writer_end_row(w, &f), 0);
	assert_int_equal(delta_writer_files(w, &file, &n, &f), 0);
	assert_int_equal(n, 1);
	assert_true(str_starts(file->path,
			       "day=__HIVE_DEFAULT_PARTITION__/part-00000-"));
	delta_writer_close(w);
	assert_int_equal(store_list(delta_store(x.d), "", STR_LIT(""), true,
				    &mem, &l, &f),
			 0);
	assert_int_equal(l.n, 0);
	arena_release(&mem);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_escaped_twice),
		cmocka_unit_test(partition_values_there_and_back),
		cmocka_unit_test(partition_values_of_others),
		cmocka_unit_test(bounds_of_long_texts_are_bounds),
		cmocka_unit_test(records_are_counted_wherever_the_count_stands),
		cmocka_unit_test(rows_there_and_back),
		cmocka_unit_test(files_that_are_not_taken_vanish),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
