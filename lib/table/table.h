/* SPDX-License-Identifier: MIT */
/*
 * table - a batch of rows in typed columns: what lake-put collects, Parquet
 * encodes and lake-cat prints. Values live in plain arrays, texts once each
 * while that pays (a code a row into the column's distinct texts), so that
 * sorting or choosing rows never moves a byte of text. Rows are put value by
 * value side by side, and become columns some at a time: a row that went to
 * dozens of columns at once would find none of them in the first-level cache.
 * Nothing is allocated for a row once a batch of that size has been seen.
 * Pure; one owner, no locks.
 *
 *	struct table_field field[] = {{STR_LIT("ts"), TABLE_TIMESTAMP}, ...};
 *	table_init(&t, field, 2, 256u << 20, &f);
 *	table_put_i64(&t, 0, us);		what is not put is null
 *	table_put_str(&t, 1, user, &f);
 *	table_end_row(&t, &f);
 *	table_settle(&t, &f);			before columns are read
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

enum table_type {
	TABLE_BOOLEAN,
	TABLE_INT8,
	TABLE_INT16,
	TABLE_INT32,
	TABLE_INT64,
	TABLE_FLOAT, /* held as the double of the same value */
	TABLE_DOUBLE,
	TABLE_DATE,	     /* days since 1970-01-01 */
	TABLE_TIMESTAMP,     /* microseconds UTC: an instant */
	TABLE_TIMESTAMP_NTZ, /* microseconds of a clock without a zone */
	TABLE_DECIMAL,	     /* unscaled value, precision up to 18 */
	TABLE_STRING,	     /* UTF-8, not checked here */
	TABLE_BINARY,
	TABLE_TYPES,
};

struct table_field {
	struct str name;
	enum table_type type;
	uint8_t precision; /* decimal: digits, 1 to 18 */
	uint8_t scale;	   /* decimal: digits behind the point */
};

/* Rows that wait to become columns, at most. */
#define TABLE_STAGED ((size_t)128)

/* What may be read, and is not relied on, behind a staged text. */
#define TABLE_PAD ((size_t)16)

/*
 * The texts of a column. Entry i is bytes[start[i]] to bytes[start[i + 1]].
 * Entries differ from each other until looking them up stops paying.
 */
struct table_texts {
	struct buf bytes;
	uint32_t *start; /* owned; entry_n + 1 offsets */
	size_t start_cap;
	size_t entry_n;
	uint64_t put_n;		 /* texts looked up */
	bool is_distinct;	 /* still looked up: all differ */
	struct table_slot *slot; /* owned; 2^slot_bits, the lookup */
	unsigned slot_bits;
};

/* A value of a staged row. */
union table_cell {
	int64_t i64;
	double f64;
	struct {
		uint32_t at, n; /* in staged texts */
	} text;
};

/* One column. The arrays have room for the table's row_cap rows. */
struct table_column {
	struct table_field field;
	uint64_t *valid; /* owned; a bit a row, set: not null */
	union {
		uint8_t *u8;	/* BOOLEAN */
		int32_t *i32;	/* INT8, INT16, INT32, DATE */
		int64_t *i64;	/* INT64, TIMESTAMP*, DECIMAL */
		double *f64;	/* FLOAT, DOUBLE */
		uint32_t *code; /* STRING, BINARY: entry of texts */
		void *any;
	} value; /* owned */
	struct table_texts texts;
};

/* Read its members; change it by the functions below only. */
struct table {
	struct table_column *column; /* owned */
	size_t column_n;
	size_t row_n;	/* ended rows, staged ones too */
	size_t row_cap; /* rows with room */
	size_t max_bytes;
	/* The rows that are no columns yet, and the open one. */
	size_t staged_n;
	union table_cell *cell; /* owned; of row i from i * column_n on */
	uint8_t *has;		/* owned; 1: the cell is set, 0: null; of
				 * column i from i * TABLE_STAGED on */
	struct buf text;	/* with room for TABLE_PAD more */
	struct arena names;
};

/* "string", "long", ...: Delta's names of the types; "decimal" bare. */
const char *table_type_name(enum table_type type);

/* Bytes of a value in memory (texts: of their code). */
PORT_INLINE size_t
table_type_size(enum table_type type)
{
	switch (type) {
	case TABLE_BOOLEAN:
		return 1;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_DATE:
	case TABLE_STRING:
	case TABLE_BINARY:
		return 4;
	default:
		return 8;
	}
}

PORT_INLINE bool
table_type_is_text(enum table_type type)
{
	return type == TABLE_STRING || type == TABLE_BINARY;
}

PORT_INLINE bool
table_type_is_float(enum table_type type)
{
	return type == TABLE_FLOAT || type == TABLE_DOUBLE;
}

/*
 * An empty batch. Copies fields and names. max_bytes bounds the texts of one
 * column; at most 4 GiB. On failure t is released.
 */
int table_init(struct table *t, const struct table_field *field, size_t n,
	       size_t max_bytes, struct fail *f) PORT_MUST_CHECK;
void table_release(struct table *t);

/* No rows and no texts; capacity is kept. */
void table_reset(struct table *t);

/* Memory held by rows and texts, for batch limits. */
size_t table_bytes(const struct table *t);

/* Column index by exact name, or -1. */
int table_find(const struct table *t, struct str name);

/* ---- writing: the row behind the last ended one ---- */

/* The open row's cells, one a column, and their marks. Of a text use
 * table_put_str. */
PORT_INLINE union table_cell *
table_open_cells(const struct table *t)
{
	return t->cell + t->staged_n * t->column_n;
}

PORT_INLINE uint8_t *
table_open_mark(const struct table *t, size_t col)
{
	return t->has + col * TABLE_STAGED + t->staged_n;
}

/* A value into the open row; it must fit the type (only asserted). */
PORT_INLINE void
table_put_i64(struct table *t, size_t col, int64_t v)
{
	table_open_cells(t)[col].i64 = v;
	*table_open_mark(t, col) = 1;
}

PORT_INLINE void
table_put_f64(struct table *t, size_t col, double v)
{
	table_open_cells(t)[col].f64 = v;
	*table_open_mark(t, col) = 1;
}

/* n bytes, mostly few. */
PORT_INLINE void
table_copy(char *dst, const char *src, size_t n)
{
	if (n > 16) {
		memcpy(dst, src, n);
	} else if (n >= 8) {
		uint64_t last = load_u64(src + n - 8);

		store_u64(dst, load_u64(src));
		store_u64(dst + n - 8, last);
	} else if (n >= 4) {
		uint32_t last = load_u32(src + n - 4);

		store_u32(dst, load_u32(src));
		store_u32(dst + n - 4, last);
	} else if (n > 0) {
		dst[0] = src[0];
		dst[n / 2] = src[n / 2];
		dst[n - 1] = src[n - 1];
	}
}

/* Room for a text of n bytes in the open row. */
int table_text_room(struct table *t, size_t n, struct fail *f) PORT_MUST_CHECK;

/* Copies s. After FAIL_MEMORY the value is null. */
PORT_INLINE int
table_put_str(struct table *t, size_t col, struct str s, struct fail *f)
{
	union table_cell *cell = &table_open_cells(t)[col];

	if (PORT_UNLIKELY(t->text.cap - t->text.len < s.n + TABLE_PAD)) {
		int rc = table_text_room(t, s.n, f);

		if (rc != 0)
			return rc;
	}
	table_copy(t->text.p + t->text.len, s.p, s.n);
	cell->text.at = (uint32_t)t->text.len; /* max: under 4 GiB */
	cell->text.n = (uint32_t)s.n;
	t->text.len += s.n;
	*table_open_mark(t, col) = 1;
	return 0;
}

/* What is put into the open row; the text is borrowed until the next put. */
PORT_INLINE bool
table_open_is_null(const struct table *t, size_t col)
{
	return *table_open_mark(t, col) == 0;
}

PORT_INLINE struct str
table_open_str(const struct table *t, size_t col)
{
	const union table_cell *cell = &table_open_cells(t)[col];

	return (struct str){t->text.p + cell->text.at, cell->text.n};
}

/* The open row is done. */
int table_end_row(struct table *t, struct fail *f) PORT_MUST_CHECK;

/* Forget what was put into the open row. */
void table_drop_row(struct table *t);

/* All ended rows become columns; nothing may be put into the open row yet.
 * FAIL_MEMORY, also when texts pass their maximum, leaves t of use only to
 * be reset or released. */
int table_settle(struct table *t, struct fail *f) PORT_MUST_CHECK;

/*
 * Append the given rows of src, whose columns have the same types in the
 * same order, and settle. row may be NULL: rows 0 to n - 1.
 */
int table_append(struct table *t, const struct table *src, const uint32_t *row,
		 size_t n, struct fail *f) PORT_MUST_CHECK;

/* ---- reading, once the rows are settled ---- */

PORT_INLINE bool
table_is_null(const struct table_column *c, size_t row)
{
	return (c->valid[row / 64] >> (row % 64) & 1) == 0;
}

/* All but floats and texts; the value must not be null. */
PORT_INLINE int64_t
table_i64(const struct table_column *c, size_t row)
{
	if (table_type_size(c->field.type) == 8)
		return c->value.i64[row];
	if (c->field.type == TABLE_BOOLEAN)
		return c->value.u8[row];
	return c->value.i32[row];
}

PORT_INLINE double
table_f64(const struct table_column *c, size_t row)
{
	return c->value.f64[row];
}

/* Borrowed until the table changes. */
PORT_INLINE struct str
table_entry(const struct table_column *c, size_t entry)
{
	uint32_t start = c->texts.start[entry];

	return (struct str){c->texts.bytes.p + start,
			    c->texts.start[entry + 1] - start};
}

PORT_INLINE struct str
table_str(const struct table_column *c, size_t row)
{
	return table_entry(c, c->value.code[row]);
}

/* ---- values as text ---- */

/* A value that is not null; the field's type tells which member it is. */
struct table_value {
	int64_t i64;
	double f64;
	struct str str;
};

/* Does a time have a year of four digits? unit_us: microseconds of its unit,
 * 1 or UTC_DAY. */
PORT_INLINE bool
table_has_year(int64_t v, int64_t unit_us)
{
	return v >= UTC_MIN / unit_us && v <= UTC_MAX / unit_us;
}

/*
 * Append a value as JSON: lake-cat(1), Types. A text of TABLE_TYPES is JSON
 * already. Times outside the years 1 to 9999, which RFC 3339 cannot say, are
 * numbers of microseconds or days.
 */
int table_put_json(struct buf *out, const struct table_field *field,
		   const struct table_value *v) PORT_MUST_CHECK;

/* ---- rows as a list of numbers ---- */

/*
 * Sort row[0..n) by the column, nulls first, stably. FLOAT and DOUBLE in
 * IEEE 754 totalOrder, texts in byte order. Fast when nearly sorted.
 */
int table_sort(const struct table *t, size_t col, uint32_t *row, size_t n,
	       struct fail *f) PORT_MUST_CHECK;

/* What a column holds over some rows. */
struct table_stats {
	uint64_t row_n;
	uint64_t null_n;
	bool has_range; /* min and max are set: a value that is no NaN */
	bool has_nan;
	int64_t min_i64, max_i64; /* all but floats and texts */
	double min_f64, max_f64;
	struct str min_str, max_str; /* borrowed from the table */
};

/* Over the given rows; row may be NULL: rows 0 to n - 1. */
void table_stats(const struct table *t, size_t col, const uint32_t *row,
		 size_t n, struct table_stats *out);

/*
 * ---- for decoders ----
 * These fill columns at once; they do not go together with rows put, before a
 * reset. Room for rows up to n in all; then fill value and valid arrays at
 * row_n and behind, and add to row_n by table_end_rows. Bits of valid behind
 * row_n are 0 beforehand.
 */
int table_reserve(struct table *t, size_t n, struct fail *f) PORT_MUST_CHECK;
void table_end_rows(struct table *t, size_t n);

/* A new entry for s in the texts, not looked up; *code names it. */
int table_add_entry(struct table *t, size_t col, struct str s, uint32_t *code,
		    struct fail *f) PORT_MUST_CHECK;

#endif
