/* SPDX-License-Identifier: MIT */
/*
 * parquet from untrusted bytes: any file is read, flat, nested and as JSON, or
 * refused with a sentence. What could be read as a batch is written again,
 * and that file must read back to the same batch.
 */
#include "parquet/parquet.h"

#include "check.h"

#include "base/banned.h"

#define ROWS_MAX 20000 /* a few bytes may claim 2^31 rows */
#define NODES	 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
same_value(const struct table_column *a, const struct table_column *b,
	   size_t row)
{
	check(table_is_null(a, row) == table_is_null(b, row));
	if (table_is_null(a, row))
		return;
	if (table_type_is_text(a->field.type))
		check(str_equal(table_str(a, row), table_str(b, row)));
	else if (table_type_is_float(a->field.type))
		check(memcmp(&a->value.f64[row], &b->value.f64[row], 8) == 0 ||
		      a->value.f64[row] != a->value.f64[row]); /* NaN */
	else
		check(table_i64(a, row) == table_i64(b, row));
}

/* Write the batch, read it back, compare. */
static void
round_trip(const struct table *t, const struct table_field *field, bool plain)
{
	struct parquet_options o = {CODEC_SNAPPY, 0, plain};
	struct parquet_writer *w;
	struct parquet_reader *r;
	struct table back;
	struct buf file;
	struct str bytes;

	buf_init(&file, SIZE_MAX);
	check(parquet_open_table(&w, field, t->column_n, &o,
				 parquet_sink_buf(&file), NULL) == 0);
	check(parquet_write_table(w, t, NULL, t->row_n, NULL) == 0);
	check(parquet_writer_finish(w, NULL) == 0);
	parquet_writer_close(w);
	bytes = buf_str(&file);
	check(parquet_reader_open(&r, parquet_source_mem(&bytes, "own"),
				  NULL) == 0);
	check(table_init(&back, field, t->column_n, SIZE_MAX, NULL) == 0);
	check(parquet_select(r, &back, NULL, NULL) == 0);
	check(parquet_next(r, &back, t->row_n, NULL) == 0);
	check(back.row_n == t->row_n);
	for (size_t i = 0; i < t->column_n; i++)
		for (size_t row = 0; row < t->row_n; row++)
			same_value(&t->column[i], &back.column[i], row);
	table_release(&back);
	parquet_reader_close(r);
	buf_release(&file);
}

/* Column names may repeat in a damaged schema: then by name is not by
 * column, and nothing can be compared. */
static bool
are_distinct(const struct table_field *field, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_equal(field[i].name, field[k].name))
				return false;
	return true;
}

static void
read_flat(struct parquet_reader *r)
{
	struct table_field field[NODES];
	const struct table_field *all;
	size_t all_n, n = 0, rows = 0;
	struct fail f = {0};
	struct table t;

	check(parquet_reader_fields(r, &all, &all_n, &f) == 0);
	for (size_t i = 0; i < all_n && n < NODES; i++)
		if (all[i].type != TABLE_TYPES)
			field[n++] = all[i];
	check(table_init(&t, field, n, SIZE_MAX, &f) == 0);
	if (parquet_select(r, &t, NULL, &f) == 0) {
		while (rows < ROWS_MAX && parquet_next(r, &t, 3001, &f) == 0 &&
		       t.row_n > 0) {
			rows += t.row_n;
			if (are_distinct(field, n))
				round_trip(&t, field, rows % 2 == 0);
		}
	}
	check(f.code == 0 || (f.text[0] != '\0' && f.code != FAIL_BUG));
	table_release(&t);
}

static void
check_json(const struct table_column *c, size_t row,
	   const struct parquet_want *want)
{
	struct str s;

	if (!parquet_is_json(want) || table_is_null(c, row))
		return;
	s = table_str(c, row);
	check(s.n > 0);
	if (want->kind == PARQUET_LEAF) {
		check(memchr("-0123456789", s.p[0], 11) != NULL);
		return;
	}
	check((s.p[0] == '{' && s.p[s.n - 1] == '}') ||
	      (s.p[0] == '[' && s.p[s.n - 1] == ']'));
}

/* Every column as the file describes it, nested ones as JSON; what is text
 * must be JSON that some braces open and close. */
static void
read_json(struct parquet_reader *r)
{
	struct table_field field[NODES];
	const struct parquet_want *want;
	struct arena mem = {0};
	struct fail f = {0};
	size_t n, rows = 0;
	struct table t;

	check(parquet_describe(r, &mem, &want, &n, &f) == 0);
	n = n < NODES ? n : NODES;
	for (size_t i = 0; i < n; i++)
		field[i] = (struct table_field){
			want[i].name,
			parquet_is_json(&want[i]) ? TABLE_STRING : want[i].type,
			want[i].precision, want[i].scale};
	for (size_t i = 0; i < n; i++)
		if (field[i].type == TABLE_TYPES)
			field[i].type = TABLE_BOOLEAN; /* all null */
	check(table_init(&t, field, n, (size_t)1 << 30, &f) == 0);
	if (parquet_select(r, &t, want, &f) == 0)
		while (rows < ROWS_MAX && parquet_next(r, &t, 1009, &f) == 0 &&
		       t.row_n > 0) {
			rows += t.row_n;
			for (size_t i = 0; i < n; i++)
				for (size_t row = 0; row < t.row_n; row++)
					check_json(&t.column[i], row, &want[i]);
		}
	check(f.code == 0 || (f.text[0] != '\0' && f.code != FAIL_BUG));
	table_release(&t);
	arena_release(&mem);
}

static void
read_nested(struct parquet_reader *r)
{
	int node[NODES];
	size_t n = 0;
	struct fail f = {0};
	bool has_row = true;

	for (int i = 0; n < NODES && parquet_is_node(r, i); i++)
		if (parquet_is_leaf(r, i))
			node[n++] = i;
	if (parquet_select_leaves(r, node, n, &f) != 0)
		return;
	for (size_t rows = 0; rows < ROWS_MAX && has_row; rows++) {
		size_t sum = 0, items;

		if (parquet_next_row(r, &has_row, &f) != 0)
			break;
		for (size_t i = 0; i < n; i++) {
			const struct parquet_item *item = parquet_items(
				r, node[i], &items);

			for (size_t k = 0; k < items; k++)
				sum += item[k].str.n;
			sum += parquet_is_present(r, node[i]);
		}
		check(sum < SIZE_MAX);
	}
	check(f.code == 0 || (f.text[0] != '\0' && f.code != FAIL_BUG));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str bytes = {(const char *)data, n};
	struct parquet_reader *r;
	struct fail f = {0};

	if (parquet_reader_open(&r, parquet_source_mem(&bytes, "fuzz"), &f) !=
	    0) {
		check(f.code == FAIL_DATA || f.code == FAIL_MEMORY);
		return 0;
	}
	read_flat(r);
	read_json(r);
	read_nested(r);
	parquet_find(r, "add.partitionValues.key");
	parquet_find(r, "a.element.element");
	parquet_reader_close(r);
	return 0;
}
