/* SPDX-License-Identifier: MIT */
/* parquet: files come back as they were written. */
#include "parquet_fixture.h"

#include "base/banned.h"

static void
same_value(const struct table_column *a, size_t i, const struct table_column *b,
	   size_t k)
{
	bool is_same = table_is_null(a, i) == table_is_null(b, k);

	if (is_same && !table_is_null(a, i)) {
		if (table_type_is_text(a->field.type))
			is_same = str_equal(table_str(a, i), table_str(b, k));
		else if (table_type_is_float(a->field.type))
			is_same = memcmp(&a->value.f64[i], &b->value.f64[k],
					 sizeof(double)) == 0;
		else
			is_same = table_i64(a, i) == table_i64(b, k);
	}
	if (!is_same)
		fail_msg("column '%s': row %zu is not row %zu", a->field.name.p,
			 i, k);
}

static struct parquet_reader *
open_file(struct str *bytes)
{
	struct parquet_reader *r = NULL;
	struct fail f = {0};

	if (parquet_reader_open(&r, parquet_source_mem(bytes, "file"), &f) != 0)
		fail_msg("%s", f.text);
	return r;
}

/* The file holds these rows of t, read by `step` rows at a time. */
static void
check_file(struct buf *file, const struct table *t, const uint32_t *row,
	   size_t n, size_t step)
{
	struct str bytes = buf_str(file);
	struct parquet_reader *r = open_file(&bytes);
	struct table_field fields[COLUMNS];
	struct table back;
	size_t at = 0;
	struct fail f = {0};

	for (size_t i = 0; i < t->column_n; i++)
		fields[i] = t->column[i].field;
	open_batch(&back, fields, t->column_n);
	assert_int_equal(parquet_reader_rows(r), n);
	assert_int_equal(parquet_select(r, &back, NULL, NULL), 0);
	for (;;) {
		if (parquet_next(r, &back, step, &f) != 0)
			fail_msg("%s", f.text);
		if (back.row_n == 0)
			break;
		for (size_t i = 0; i < back.row_n; i++, at++)
			for (size_t c = 0; c < t->column_n; c++)
				same_value(&t->column[c],
					   row == NULL ? at : row[at],
					   &back.column[c], i);
	}
	assert_int_equal(at, n);
	table_release(&back);
	parquet_reader_close(r);
}

static void
round_trip(const struct table *t, const struct parquet_options *o)
{
	struct buf file;

	write_file(t, NULL, t->row_n, o, &file);
	check_file(&file, t, NULL, t->row_n, 7777);
	buf_release(&file);
}

/* ---- what is written comes back ---- */

static void
every_type_comes_back_with_every_pattern_of_nulls(void **state)
{
	static const enum codec_kind codec[] = {CODEC_NONE, CODEC_SNAPPY,
						CODEC_GZIP, CODEC_ZSTD};
	struct table t;

	(void)state;
	open_batch(&t, field, COLUMNS);
	for (int i = 0; i <= RARE_NULLS; i++) {
		for (int k = 0; k < 4; k++) {
			struct parquet_options o = {codec[k], 1, k == 0};

			table_reset(&t);
			/* several pages; few and many distinct values */
			fill(&t, 45000, (enum nulls)i, k < 2 ? 300 : 1u << 30);
			round_trip(&t, &o);
		}
	}
	table_release(&t);
}

static void
small_batches_come_back(void **state)
{
	struct table t;

	(void)state;
	open_batch(&t, field, COLUMNS);
	for (size_t n = 0; n < 40; n++) {
		table_reset(&t);
		fill(&t, n, ODD_NULLS, 5);
		round_trip(&t, &coded);
		round_trip(&t, &plain);
	}
	table_release(&t);
}

static void
a_table_without_columns_has_rows(void **state)
{
	struct table t;

	(void)state;
	open_batch(&t, field, 0);
	fill(&t, 10, NO_NULLS, 1);
	round_trip(&t, &coded);
	table_release(&t);
}

static void
rows_are_written_in_the_given_order(void **state)
{
	static uint32_t row[30000];
	struct table t;
	struct buf file;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 30000, RARE_NULLS, 2000);
	for (uint32_t i = 0; i < 30000; i++)
		row[i] = i * 7919 % 30000;
	write_file(&t, row, 25000, &coded, &file);
	check_file(&file, &t, row, 25000, 1000);
	buf_release(&file);
	table_release(&t);
}

static void
one_row_at_a_time_is_the_same(void **state)
{
	struct table t;
	struct buf file;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 3000, RARE_NULLS, 40);
	write_file(&t, NULL, 3000, &coded, &file);
	check_file(&file, &t, NULL, 3000, 1);
	buf_release(&file);
	table_release(&t);
}

/* A dictionary that stops paying halfway, in texts and in numbers. */
static void
dictionaries_give_up(void **state)
{
	static const struct table_field two[] = {
		{STR_INIT("text"), TABLE_STRING, 0, 0},
		{STR_INIT("number"), TABLE_INT64, 0, 0}};
	struct table t;
	char text[32];

	(void)state;
	open_batch(&t, two, 2);
	for (int i = 0; i < 200000; i++) {
		int v = i < 5000 ? i % 10 : i;
		int n = snprintf(text, sizeof(text), "value %d", v);

		put_str(&t, 0, text, (size_t)n);
		table_put_i64(&t, 1, v);
		end_row(&t);
	}
	round_trip(&t, &coded);
	table_release(&t);
}

static void
long_texts_come_back(void **state)
{
	static char text[3 << 20];
	struct table t;

	(void)state;
	memset(text, 'x', sizeof(text));
	open_batch(&t, &field[11], 1);
	for (size_t i = 0; i < 12; i++) {
		text[i] = (char)i;
		put_str(&t, 0, text, i % 3 == 0 ? sizeof(text) : i);
		end_row(&t);
	}
	round_trip(&t, &coded);
	round_trip(&t, &plain);
	table_release(&t);
}

static void
each_call_is_a_row_group(void **state)
{
	struct parquet_writer *w;
	struct parquet_reader *r;
	struct table t, back;
	struct buf file;
	struct str bytes;

	(void)state;
	open_batch(&t, field, COLUMNS);
	open_batch(&back, field, COLUMNS);
	buf_init(&file, SIZE_MAX);
	assert_int_equal(parquet_open_table(&w, field, COLUMNS, &coded,
					    parquet_sink_buf(&file), NULL),
			 0);
	for (int i = 0; i < 3; i++) {
		table_reset(&t);
		fill(&t, 1000 + (size_t)i, NO_NULLS, 50);
		assert_int_equal(
			parquet_write_table(w, &t, NULL, t.row_n, NULL), 0);
	}
	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	parquet_writer_close(w);
	bytes = buf_str(&file);
	r = open_file(&bytes);
	assert_int_equal(parquet_reader_groups(r), 3);
	assert_string_equal(parquet_reader_created_by(r),
			    "playpipe version 0.1.0");
	assert_int_equal(parquet_select(r, &back, NULL, NULL), 0);
	for (size_t i = 0; i < 3; i++) { /* a batch never spans two */
		assert_int_equal(parquet_next(r, &back, 1 << 20, NULL), 0);
		assert_int_equal(back.row_n, 1000 + i);
	}
	assert_int_equal(parquet_seek_group(r, 2, NULL), 0);
	assert_int_equal(parquet_next(r, &back, 600, NULL), 0);
	assert_int_equal(parquet_next(r, &back, 600, NULL), 0);
	assert_int_equal(back.row_n, 402);
	same_value(&t.column[11], 1001, &back.column[11], 401);
	assert_int_equal(parquet_next(r, &back, 600, NULL), 0);
	assert_int_equal(back.row_n, 0);
	assert_int_equal(parquet_seek_group(r, 3, NULL), FAIL_BUG);
	parquet_reader_close(r);
	buf_release(&file);
	table_release(&t);
	table_release(&back);
}

static void
the_writer_knows_what_it_wrote(void **state)
{
	static const uint32_t row[] = {5, 1, 3};
	struct parquet_writer *w;
	const struct table_stats *s;
	struct table t;
	struct buf file;

	(void)state;
	open_batch(&t, field, COLUMNS);
	buf_init(&file, SIZE_MAX);
	assert_int_equal(parquet_open_table(&w, field, COLUMNS, &coded,
					    parquet_sink_buf(&file), NULL),
			 0);
	for (int group = 0; group < 2; group++) {
		table_reset(&t);
		for (int i = 0; i < 6; i++) {
			char text[2] = {(char)('a' + i), (char)('0' + group)};

			if (i != 3)
				table_put_i64(&t, 4, i * 10 + group);
			table_put_f64(&t, 6,
				      i == 3 ? (double)NAN
					     : (double)(i + group));
			put_str(&t, 11, text, 2);
			end_row(&t);
		}
		assert_int_equal(parquet_write_table(w, &t, row, 3, NULL), 0);
	}
	table_release(&t); /* the figures are the writer's own */
	s = parquet_writer_stats(w, 4);
	assert_int_equal(s->row_n, 6);
	assert_int_equal(s->null_n, 2);
	assert_int_equal(s->min_i64, 10);
	assert_int_equal(s->max_i64, 51);
	s = parquet_writer_stats(w, 6);
	assert_true(s->has_nan && s->has_range);
	assert_true(s->min_f64 == 1 && s->max_f64 == 6);
	s = parquet_writer_stats(w, 11);
	assert_true(str_is(s->min_str, "b0"));
	assert_true(str_is(s->max_str, "f1"));
	s = parquet_writer_stats(w, 0);
	assert_int_equal(s->null_n, 6);
	assert_false(s->has_range);
	parquet_writer_close(w);
	buf_release(&file);
}

/* ---- columns by name and type ---- */

static void
columns_are_bound_by_name(void **state)
{
	static const struct table_field some[] = {
		{STR_INIT("string"), TABLE_BINARY, 0, 0},
		{STR_INIT("new"), TABLE_INT64, 0, 0},
		{STR_INIT("int8"), TABLE_INT64, 0, 0},
		{STR_INIT("date"), TABLE_TIMESTAMP_NTZ, 0, 0},
		{STR_INIT("float"), TABLE_DOUBLE, 0, 0},
		{STR_INIT("int32"), TABLE_DOUBLE, 0, 0}};
	struct table t, back;
	struct buf file;
	struct str bytes;
	struct parquet_reader *r;

	(void)state;
	open_batch(&t, field, COLUMNS);
	open_batch(&back, some, 6);
	fill(&t, 500, NO_NULLS, 100);
	write_file(&t, NULL, 500, &coded, &file);
	bytes = buf_str(&file);
	r = open_file(&bytes);
	assert_int_equal(parquet_select(r, &back, NULL, NULL), 0);
	assert_int_equal(parquet_next(r, &back, 1000, NULL), 0);
	assert_int_equal(back.row_n, 500);
	for (size_t i = 0; i < 500; i++) {
		assert_true(str_equal(table_str(&t.column[11], i),
				      table_str(&back.column[0], i)));
		assert_true(table_is_null(&back.column[1], i));
		assert_int_equal(table_i64(&t.column[1], i),
				 table_i64(&back.column[2], i));
		assert_true(table_i64(&t.column[7], i) * UTC_DAY ==
			    table_i64(&back.column[3], i));
		assert_true(table_f64(&t.column[5], i) ==
			    table_f64(&back.column[4], i));
		assert_true((double)table_i64(&t.column[3], i) ==
			    table_f64(&back.column[5], i));
	}
	parquet_reader_close(r);
	buf_release(&file);
	table_release(&t);
	table_release(&back);
}

static void
a_type_that_does_not_fit_is_named(void **state)
{
	static const struct table_field wrong = {STR_INIT("string"),
						 TABLE_INT64, 0, 0};
	static const struct table_field narrow = {STR_INIT("int64"), TABLE_INT8,
						  0, 0};
	struct table t, back;
	struct buf file;
	struct str bytes;
	struct parquet_reader *r;
	struct fail f = {0};

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 10, NO_NULLS, 100);
	write_file(&t, NULL, 10, &coded, &file);
	bytes = buf_str(&file);
	r = open_file(&bytes);
	open_batch(&back, &wrong, 1);
	assert_int_equal(parquet_select(r, &back, NULL, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "'string'"));
	assert_non_null(strstr(f.text, "long"));
	table_release(&back);
	open_batch(&back, &narrow, 1);
	f = (struct fail){0};
	assert_int_equal(parquet_select(r, &back, NULL, &f), 0);
	assert_int_equal(parquet_next(r, &back, 10, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "'int64'"));
	table_release(&back);
	parquet_reader_close(r);
	buf_release(&file);
	table_release(&t);
}

static void
the_files_columns_can_be_asked_for(void **state)
{
	struct table t;
	struct buf file;
	struct str bytes;
	struct parquet_reader *r;
	const struct table_field *got;
	size_t n;

	(void)state;
	open_batch(&t, field, COLUMNS);
	write_file(&t, NULL, 0, &coded, &file);
	bytes = buf_str(&file);
	r = open_file(&bytes);
	assert_int_equal(parquet_reader_fields(r, &got, &n, NULL), 0);
	assert_int_equal(n, COLUMNS);
	for (size_t i = 0; i < n; i++) {
		assert_true(str_equal(got[i].name, field[i].name));
		assert_int_equal(got[i].type, field[i].type);
		assert_int_equal(got[i].precision, field[i].precision);
		assert_int_equal(got[i].scale, field[i].scale);
	}
	parquet_reader_close(r);
	buf_release(&file);
	table_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_type_comes_back_with_every_pattern_of_nulls),
		cmocka_unit_test(small_batches_come_back),
		cmocka_unit_test(a_table_without_columns_has_rows),
		cmocka_unit_test(rows_are_written_in_the_given_order),
		cmocka_unit_test(one_row_at_a_time_is_the_same),
		cmocka_unit_test(dictionaries_give_up),
		cmocka_unit_test(long_texts_come_back),
		cmocka_unit_test(each_call_is_a_row_group),
		cmocka_unit_test(the_writer_knows_what_it_wrote),
		cmocka_unit_test(columns_are_bound_by_name),
		cmocka_unit_test(a_type_that_does_not_fit_is_named),
		cmocka_unit_test(the_files_columns_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
