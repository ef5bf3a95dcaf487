/* SPDX-License-Identifier: MIT */
/*
 * A batch in columns. A row is put into cells that lie side by side, so that
 * a number is two stores; when TABLE_STAGED rows wait there, or their texts
 * have grown long, they are turned: column after column takes its cells, and
 * looks its texts up together. Validity bits are zero behind the last column
 * entry, which makes "not put" the same as null.
 */
#include "table/table.h"

#include <assert.h>
#include <stdlib.h>

#include "table/texts.h"

#define ROWS_MIN ((size_t)1024) /* a multiple of 64: whole validity words */
#define ROWS_MAX ((size_t)1 << 31)
#define TEXT_MAX ((size_t)256 << 10) /* bytes staged before rows are turned */

static const char *const type_name[TABLE_TYPES] = {
	[TABLE_BOOLEAN] = "boolean",
	[TABLE_INT8] = "byte",
	[TABLE_INT16] = "short",
	[TABLE_INT32] = "integer",
	[TABLE_INT64] = "long",
	[TABLE_FLOAT] = "float",
	[TABLE_DOUBLE] = "double",
	[TABLE_DATE] = "date",
	[TABLE_TIMESTAMP] = "timestamp",
	[TABLE_TIMESTAMP_NTZ] = "timestamp_ntz",
	[TABLE_DECIMAL] = "decimal",
	[TABLE_STRING] = "string",
	[TABLE_BINARY] = "binary",
};

const char *
table_type_name(enum table_type type)
{
	return type_name[type];
}

int
table_reserve(struct table *t, size_t n, struct fail *f)
{
	size_t cap = t->row_cap < ROWS_MIN ? ROWS_MIN : t->row_cap;

	if (n <= t->row_cap)
		return 0;
	while (cap < n)
		cap *= 2;
	if (cap > ROWS_MAX)
		return fail_set(f, FAIL_MEMORY, "a batch of over 2^31 rows");
	for (size_t i = 0; i < t->column_n; i++) {
		struct table_column *c = &t->column[i];
		size_t size = table_type_size(c->field.type);
		uint64_t *valid = realloc(c->valid, cap / 8);
		void *value;

		if (valid == NULL)
			return fail_memory(f);
		c->valid = valid;
		value = realloc(c->value.any, cap * size);
		if (value == NULL)
			return fail_memory(f);
		c->value.any = value;
		memset(c->valid + t->row_cap / 64, 0, (cap - t->row_cap) / 8);
	}
	t->row_cap = cap;
	return 0;
}

static int
init_column(struct table *t, struct table_column *c,
	    const struct table_field *field, struct fail *f)
{
	char *name = arena_copy(&t->names, field->name);

	if (name == NULL)
		return fail_memory(f);
	c->field = *field;
	c->field.name.p = name;
	return table_type_is_text(field->type)
		       ? table_texts_init(&c->texts, t->max_bytes, f)
		       : 0;
}

int
table_init(struct table *t, const struct table_field *field, size_t n,
	   size_t max_bytes, struct fail *f)
{
	int rc = 0;

	*t = (struct table){.max_bytes = max_bytes < UINT32_MAX ? max_bytes
								: UINT32_MAX};
	buf_init(&t->text, UINT32_MAX);
	t->column = calloc(n + 1, sizeof(*t->column));
	t->cell = calloc((n + 1) * TABLE_STAGED, sizeof(*t->cell));
	t->has = calloc((n + 1) * TABLE_STAGED, sizeof(*t->has));
	t->column_n = t->column == NULL ? 0 : n;
	if (t->column == NULL || t->cell == NULL || t->has == NULL) {
		table_release(t);
		return fail_memory(f);
	}
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = init_column(t, &t->column[i], &field[i], f);
	if (rc != 0)
		table_release(t);
	return rc;
}

void
table_release(struct table *t)
{
	for (size_t i = 0; i < t->column_n; i++) {
		free(t->column[i].valid);
		free(t->column[i].value.any);
		table_texts_release(&t->column[i].texts);
	}
	free(t->column);
	free(t->cell);
	free(t->has);
	buf_release(&t->text);
	arena_release(&t->names);
	*t = (struct table){0};
}

/* Staged rows and the open one are gone. */
static void
forget_staged(struct table *t)
{
	memset(t->has, 0, TABLE_STAGED * t->column_n);
	buf_reset(&t->text);
	t->staged_n = 0;
}

void
table_reset(struct table *t)
{
	size_t words = (t->row_n - t->staged_n + 63) / 64;

	for (size_t i = 0; i < t->column_n; i++) {
		struct table_column *c = &t->column[i];

		if (words > 0)
			memset(c->valid, 0, words * sizeof(*c->valid));
		if (table_type_is_text(c->field.type))
			table_texts_reset(&c->texts);
	}
	t->row_n = 0;
	forget_staged(t);
}

size_t
table_bytes(const struct table *t)
{
	size_t sum = 0;

	for (size_t i = 0; i < t->column_n; i++) {
		const struct table_column *c = &t->column[i];

		sum += t->row_n * table_type_size(c->field.type) + t->row_n / 8;
		if (table_type_is_text(c->field.type))
			sum += table_texts_bytes(&c->texts);
	}
	return sum;
}

int
table_find(const struct table *t, struct str name)
{
	for (size_t i = 0; i < t->column_n; i++)
		if (str_equal(t->column[i].field.name, name))
			return (int)i; /* columns are few */
	return -1;
}

/* ---- rows ---- */

int
table_text_room(struct table *t, size_t n, struct fail *f)
{
	return n <= t->max_bytes && buf_reserve(&t->text, n + TABLE_PAD) == 0
		       ? 0
		       : fail_set(f, FAIL_MEMORY,
				  "a row of too long texts, or out of memory");
}

static int
text_failed(const struct table *t, const struct table_column *c, struct fail *f)
{
	return fail_set(f, FAIL_MEMORY,
			"column '%.*s': its texts pass %zu bytes, or out of "
			"memory",
			STR_ARG(c->field.name), t->max_bytes);
}

/* The marks of a column's staged cells as bits behind its settled rows;
 * false: all of them are null. */
static bool
settle_marks(const struct table *t, size_t col, size_t from)
{
	const uint8_t *has = t->has + col * TABLE_STAGED;
	uint64_t any = 0;

	for (size_t i = 0; i < t->staged_n; i += 64) {
		uint64_t *valid = t->column[col].valid + (from + i) / 64;
		unsigned shift = (from + i) % 64;
		uint64_t bits = 0;

		for (unsigned k = 0; k < 64; k += 8)
			bits |= (uint64_t)bits_of_bytes(has + i + k) << k;
		valid[0] |= bits << shift;
		/* of rows that there are, so valid[1] is there too */
		if (shift > 0 && bits >> (64 - shift) != 0)
			valid[1] |= bits >> (64 - shift);
		any |= bits;
	}
	return any != 0;
}

/* Numbers of null cells are copied too: whatever they are. */
static void
settle_numbers(const struct table *t, size_t col, size_t from)
{
	const union table_cell *cell = t->cell + col;
	const struct table_column *c = &t->column[col];
	size_t n = t->staged_n, step = t->column_n;

	switch (table_type_size(c->field.type)) {
	case 8:
		for (size_t i = 0; i < n; i++)
			c->value.i64[from + i] = cell[i * step].i64;
		break;
	case 4: /* it fits: the promise of who has put it */
		for (size_t i = 0; i < n; i++)
			c->value.i32[from + i] = (int32_t)cell[i * step].i64;
		break;
	default:
		for (size_t i = 0; i < n; i++)
			c->value.u8[from + i] = cell[i * step].i64 != 0;
		break;
	}
}

static int
settle_texts(const struct table *t, size_t col, size_t from, struct fail *f)
{
	const union table_cell *cell = t->cell + col;
	const uint8_t *has = t->has + col * TABLE_STAGED;
	struct table_column *c = &t->column[col];
	struct table_asked asked;
	size_t n = 0;

	for (size_t i = 0; i < t->staged_n; i++) {
		const union table_cell *at = &cell[i * t->column_n];

		asked.p[n] = t->text.p + at->text.at;
		asked.len[n] = at->text.n;
		asked.code[n] = &c->value.code[from + i];
		n += has[i];
	}
	asked.n = n;
	return table_texts_put(&c->texts, &asked) == 0 ? 0
						       : text_failed(t, c, f);
}

int
table_settle(struct table *t, struct fail *f)
{
	size_t from = t->row_n - t->staged_n;
	int rc = 0;

	if (t->staged_n == 0)
		return 0;
	rc = table_reserve(t, t->row_n, f);
	for (size_t i = 0; rc == 0 && i < t->column_n; i++) {
		if (!settle_marks(t, i, from))
			continue;
		if (table_type_is_text(t->column[i].field.type))
			rc = settle_texts(t, i, from, f);
		else
			settle_numbers(t, i, from);
	}
	forget_staged(t);
	return rc;
}

int
table_end_row(struct table *t, struct fail *f)
{
	t->row_n++;
	t->staged_n++;
	return t->staged_n == TABLE_STAGED || t->text.len >= TEXT_MAX
		       ? table_settle(t, f)
		       : 0;
}

void
table_drop_row(struct table *t)
{
	for (size_t i = 0; i < t->column_n; i++)
		*table_open_mark(t, i) = 0;
}

/* ---- for decoders ---- */

int
table_add_entry(struct table *t, size_t col, struct str s, uint32_t *code,
		struct fail *f)
{
	struct table_column *c = &t->column[col];

	return table_texts_add(&c->texts, s, code) == 0 ? 0
							: text_failed(t, c, f);
}

void
table_end_rows(struct table *t, size_t n)
{
	t->row_n += n;
}

/* ---- rows of another table ---- */

static int
append_value(struct table *t, size_t col, const struct table_column *from,
	     size_t row, struct fail *f)
{
	if (table_is_null(from, row))
		return 0;
	if (table_type_is_text(from->field.type))
		return table_put_str(t, col, table_str(from, row), f);
	if (table_type_is_float(from->field.type))
		table_put_f64(t, col, table_f64(from, row));
	else
		table_put_i64(t, col, table_i64(from, row));
	return 0;
}

int
table_append(struct table *t, const struct table *src, const uint32_t *row,
	     size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		size_t r = row == NULL ? i : row[i];
		int rc = 0;

		for (size_t k = 0; k < t->column_n && rc == 0; k++)
			rc = append_value(t, k, &src->column[k], r, f);
		if (rc == 0)
			rc = table_end_row(t, f);
		if (rc != 0)
			return rc;
	}
	return table_settle(t, f);
}
