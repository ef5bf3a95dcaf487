/* SPDX-License-Identifier: MIT */
/* Files that come back as they were written, and files that must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

#include "base/banned.h"

#define COLUMNS 13

static const struct table_field field[COLUMNS] = {
	{STR_INIT("boolean"), TABLE_BOOLEAN, 0, 0},
	{STR_INIT("int8"), TABLE_INT8, 0, 0},
	{STR_INIT("int16"), TABLE_INT16, 0, 0},
	{STR_INIT("int32"), TABLE_INT32, 0, 0},
	{STR_INIT("int64"), TABLE_INT64, 0, 0},
	{STR_INIT("float"), TABLE_FLOAT, 0, 0},
	{STR_INIT("double"), TABLE_DOUBLE, 0, 0},
	{STR_INIT("date"), TABLE_DATE, 0, 0},
	{STR_INIT("timestamp"), TABLE_TIMESTAMP, 0, 0},
	{STR_INIT("ntz"), TABLE_TIMESTAMP_NTZ, 0, 0},
	{STR_INIT("decimal"), TABLE_DECIMAL, 7, 2},
	{STR_INIT("string"), TABLE_STRING, 0, 0},
	{STR_INIT("binary"), TABLE_BINARY, 0, 0},
};

static const struct parquet_options plain = {CODEC_NONE, 0, true};
static const struct parquet_options coded = {CODEC_ZSTD, 1, false};

static void
open_batch(struct table *t, const struct table_field *fields, size_t n)
{
	assert_int_equal(table_init(t, fields, n, SIZE_MAX, NULL), 0);
}

static void
end_row(struct table *t)
{
	assert_int_equal(table_end_row(t, NULL), 0);
	assert_int_equal(table_settle(t, NULL), 0);
}

static void
put_str(struct table *t, size_t col, const void *p, size_t n)
{
	assert_int_equal(table_put_str(t, col, (struct str){p, n}, NULL), 0);
}

/* Which rows are null. */
enum nulls { NO_NULLS, ALL_NULLS, ODD_NULLS, FIRST_HALF, RARE_NULLS };

static bool
is_null_row(enum nulls nulls, size_t i, size_t n)
{
	switch (nulls) {
	case NO_NULLS:
		return false;
	case ALL_NULLS:
		return true;
	case ODD_NULLS:
		return i % 2 == 1;
	case FIRST_HALF:
		return i < n / 2;
	default:
		return hash_mix(i) % 1000 == 0;
	}
}

/* A value of any type out of x. variety bounds the distinct ones. */
static void
put_value(struct table *t, size_t col, uint64_t x, uint64_t variety)
{
	enum table_type type = t->column[col].field.type;
	char text[24];
	int n;

	x = hash_mix(hash_mix(x) % variety);
	switch (type) {
	case TABLE_BOOLEAN:
		table_put_i64(t, col, (int64_t)(x & 1));
		break;
	case TABLE_INT8:
		table_put_i64(t, col, (int8_t)(x & 0xff));
		break;
	case TABLE_INT16:
		table_put_i64(t, col, (int16_t)(x & 0xffff));
		break;
	case TABLE_DATE:
		table_put_i64(t, col, (int64_t)(x & 0xffffff) - 0x7fffff);
		break;
	case TABLE_INT32:
	case TABLE_DECIMAL:
		table_put_i64(t, col, (int32_t)(x & 0xffffffff));
		break;
	case TABLE_FLOAT:
		table_put_f64(t, col, (double)(float)(int64_t)x);
		break;
	case TABLE_DOUBLE:
		table_put_f64(t, col, (double)(int64_t)x / 3);
		break;
	case TABLE_STRING:
		n = snprintf(text, sizeof(text), "%llx", (unsigned long long)x);
		put_str(t, col, text, (size_t)n % (x % 16 + 1));
		break;
	case TABLE_BINARY:
		put_str(t, col, &x, x % 9);
		break;
	default:
		table_put_i64(t, col, (int64_t)x);
	}
}

static void
fill(struct table *t, size_t n, enum nulls nulls, uint64_t variety)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c < t->column_n; c++)
			if (!is_null_row(nulls, i + c, n))
				put_value(t, c, i * 31 + c, variety);
		end_row(t);
	}
}

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

/* Write rows of t to a new file. */
static void
write_file(const struct table *t, const uint32_t *row, size_t n,
	   const struct parquet_options *o, struct buf *file)
{
	struct parquet_writer *w;
	struct table_field fields[COLUMNS];

	for (size_t i = 0; i < t->column_n; i++)
		fields[i] = t->column[i].field;
	buf_init(file, SIZE_MAX);
	assert_int_equal(parquet_open_table(&w, fields, t->column_n, o,
					    parquet_sink_buf(file), NULL),
			 0);
	assert_int_equal(parquet_write_table(w, t, row, n, NULL), 0);
	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	assert_int_equal(parquet_writer_bytes(w), file->len);
	assert_int_equal(parquet_writer_rows(w), n);
	parquet_writer_close(w);
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

/* ---- damaged files ---- */

/* Read all of it; 0, or the failure's code. */
static int
try_file(struct str bytes, struct fail *f)
{
	struct parquet_reader *r;
	struct table t;
	int rc = parquet_reader_open(&r, parquet_source_mem(&bytes, "file"), f);

	if (rc != 0)
		return rc;
	open_batch(&t, field, COLUMNS);
	rc = parquet_select(r, &t, NULL, f);
	do {
		if (rc == 0)
			rc = parquet_next(r, &t, 100, f);
	} while (rc == 0 && t.row_n > 0);
	table_release(&t);
	parquet_reader_close(r);
	return rc;
}

static void
a_cut_file_is_refused(void **state)
{
	struct table t;
	struct buf file;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 20, ODD_NULLS, 5);
	write_file(&t, NULL, 20, &plain, &file);
	for (size_t n = 0; n < file.len; n++) {
		struct fail f = {0};

		assert_int_equal(try_file((struct str){file.p, n}, &f),
				 FAIL_DATA);
		assert_non_null(strstr(f.text, "'file'"));
	}
	/* the tail alone has a footer that points in front of it */
	for (size_t n = 1; n < file.len; n++)
		assert_int_equal(
			try_file((struct str){file.p + n, file.len - n}, NULL),
			FAIL_DATA);
	buf_release(&file);
	table_release(&t);
}

static void
a_flipped_bit_of_a_page_is_found(void **state)
{
	struct table t;
	struct buf file;
	size_t pages;

	(void)state;
	open_batch(&t, field, COLUMNS);
	fill(&t, 300, RARE_NULLS, 30);
	write_file(&t, NULL, 300, &coded, &file);
	pages = file.len - load_u32(file.p + file.len - 8) - 8;
	for (size_t i = 0; i < file.len; i++) {
		struct fail f = {0};
		int rc;

		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
		rc = try_file(buf_str(&file), &f);
		assert_true(rc == 0 || rc == FAIL_DATA || rc == FAIL_MEMORY);
		if (rc == FAIL_DATA && i > 4 && i < pages)
			assert_non_null(strstr(f.text, "byte"));
		file.p[i] = (char)(file.p[i] ^ 1 << i % 8);
	}
	assert_int_equal(try_file(buf_str(&file), NULL), 0);
	/* the body of the first page: right behind its header */
	file.p[60] = (char)~file.p[60];
	assert_int_equal(try_file(buf_str(&file), NULL), FAIL_DATA);
	buf_release(&file);
	table_release(&t);
}

static int
read_fails(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	(void)arg;
	(void)offset;
	(void)dst;
	(void)n;
	return fail_set(f, FAIL_RETRY, "the store is away");
}

static int
write_fails(void *arg, const void *p, size_t n, struct fail *f)
{
	size_t *left = arg;

	(void)p;
	if (n > *left)
		return fail_set(f, FAIL_IO, "full");
	*left -= n;
	return 0;
}

static void
a_failing_store_is_passed_on(void **state)
{
	struct parquet_source src = {read_fails, NULL, 1000, "file"};
	struct parquet_reader *r;
	struct fail f = {0};
	struct table t;

	(void)state;
	assert_int_equal(parquet_reader_open(&r, src, &f), FAIL_RETRY);
	assert_null(r);
	open_batch(&t, field, COLUMNS);
	fill(&t, 100, ODD_NULLS, 10);
	for (size_t room = 0; room < 5000; room += 37) {
		size_t left = room;
		struct parquet_sink sink = {write_fails, &left};
		struct parquet_writer *w;
		int rc = parquet_open_table(&w, field, COLUMNS, &coded, sink,
					    NULL);

		if (rc == 0)
			rc = parquet_write_table(w, &t, NULL, 100, NULL);
		if (rc == 0)
			rc = parquet_writer_finish(w, NULL);
		assert_true(rc == FAIL_IO || room > 3000);
		parquet_writer_close(w);
	}
	table_release(&t);
}

static void
what_is_no_parquet_file_is_said_so(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(try_file(STR_LIT("{\"ts\":1}\n{\"ts\":2}\n"), &f),
			 FAIL_DATA);
	assert_non_null(strstr(f.text, "not a Parquet file"));
	assert_int_equal(try_file(STR_LIT("PAR1PAR1"), NULL), FAIL_DATA);
	assert_int_equal(try_file(STR_LIT("PAR1\xff\xff\xff\xffPAR1"), NULL),
			 FAIL_DATA);
	assert_int_equal(try_file(STR_LIT(""), NULL), FAIL_DATA);
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
		cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_flipped_bit_of_a_page_is_found),
		cmocka_unit_test(a_failing_store_is_passed_on),
		cmocka_unit_test(what_is_no_parquet_file_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
