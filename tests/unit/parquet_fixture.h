/* SPDX-License-Identifier: MIT */
/* Tables of every type, and files of them, for tests. */
#ifndef TESTS_PARQUET_FIXTURE_H
#define TESTS_PARQUET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

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

static inline void
open_batch(struct table *t, const struct table_field *fields, size_t n)
{
	assert_int_equal(table_init(t, fields, n, SIZE_MAX, NULL), 0);
}

static inline void
end_row(struct table *t)
{
	assert_int_equal(table_end_row(t, NULL), 0);
	assert_int_equal(table_settle(t, NULL), 0);
}

static inline void
put_str(struct table *t, size_t col, const void *p, size_t n)
{
	assert_int_equal(table_put_str(t, col, (struct str){p, n}, NULL), 0);
}

/* Which rows are null. */
enum nulls { NO_NULLS, ALL_NULLS, ODD_NULLS, FIRST_HALF, RARE_NULLS };

static inline bool
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
static inline void
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

static inline void
fill(struct table *t, size_t n, enum nulls nulls, uint64_t variety)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c < t->column_n; c++)
			if (!is_null_row(nulls, i + c, n))
				put_value(t, c, i * 31 + c, variety);
		end_row(t);
	}
}

/* Write rows of t to a new file. */
static inline void
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

#endif
