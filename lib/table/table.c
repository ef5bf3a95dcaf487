/* SPDX-License-Identifier: MIT */
/*
 * A batch in columns. Rows have room before they are opened, so putting a
 * number is two stores; only texts and the end of a row can fail. Validity
 * bits are zero behind the open row, which makes "not put" the same as null.
 */
#include "table/table.h"

#include <assert.h>
#include <stdlib.h>

#include "table/texts.h"

#define ROWS_MIN ((size_t)1024) /* a multiple of 64: whole validity words */
#define ROWS_MAX ((size_t)1 << 31)

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

	/* row_cap stays over row_n: the open row has room */
	if (n < t->row_cap)
		return 0;
	while (cap <= n)
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
	t->column = calloc(n + (n == 0), sizeof(*t->column));
	t->lent = calloc(n + (n == 0), sizeof(*t->lent));
	if (t->column == NULL || t->lent == NULL) {
		free(t->column);
		free(t->lent);
		*t = (struct table){0};
		return fail_memory(f);
	}
	t->column_n = n;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = init_column(t, &t->column[i], &field[i], f);
	if (rc == 0)
		rc = table_reserve(t, 0, f);
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
	free(t->lent);
	arena_release(&t->names);
	*t = (struct table){0};
}

void
table_reset(struct table *t)
{
	/* the open row may have bits, hence + 1 */
	size_t words = t->row_n / 64 + 1;

	for (size_t i = 0; i < t->column_n; i++) {
		struct table_column *c = &t->column[i];

		memset(c->valid, 0, words * sizeof(*c->valid));
		if (table_type_is_text(c->field.type))
			table_texts_reset(&c->texts);
	}
	t->row_n = 0;
	t->lent_n = 0;
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

static void
set_code(struct table *t, struct table_column *c, uint32_t code)
{
	c->value.code[t->row_n] = code;
	c->valid[t->row_n / 64] |= (uint64_t)1 << (t->row_n % 64);
}

static int
text_failed(const struct table *t, const struct table_column *c, struct fail *f)
{
	return fail_set(f, FAIL_MEMORY,
			"column '%.*s': its texts pass %zu bytes, or out of "
			"memory",
			STR_ARG(c->field.name), t->max_bytes);
}

int
table_put_str(struct table *t, size_t col, struct str s, struct fail *f)
{
	struct table_column *c = &t->column[col];
	uint32_t code;

	if (table_texts_put(&c->texts, s, table_texts_hash(s), t->row_n,
			    &code) != 0)
		return text_failed(t, c, f);
	set_code(t, c, code);
	return 0;
}

int
table_lend_str(struct table *t, size_t col, struct str s, struct fail *f)
{
	struct table_column *c = &t->column[col];
	uint32_t hash;

	if (!c->texts.is_distinct)
		return table_put_str(t, col, s, f);
	assert(t->lent_n < t->column_n);
	hash = table_texts_hash(s);
	table_texts_fetch_slot(&c->texts, hash);
	t->lent[t->lent_n++] = (struct table_lent){(uint32_t)col, hash, s};
	c->valid[t->row_n / 64] |= (uint64_t)1 << (t->row_n % 64);
	return 0;
}

/* What was lent from the ith on is not there. */
static void
take_back(struct table *t, size_t i, size_t n)
{
	uint64_t bit = (uint64_t)1 << (t->row_n % 64);

	for (; i < n; i++)
		t->column[t->lent[i].column].valid[t->row_n / 64] &= ~bit;
}

int
table_settle(struct table *t, struct fail *f)
{
	size_t n = t->lent_n;

	t->lent_n = 0;
	for (size_t i = 0; i < n; i++)
		table_texts_fetch_entry(&t->column[t->lent[i].column].texts,
					t->lent[i].hash);
	for (size_t i = 0; i < n; i++)
		table_texts_fetch_text(&t->column[t->lent[i].column].texts,
				       t->lent[i].hash);
	for (size_t i = 0; i < n; i++) {
		const struct table_lent *l = &t->lent[i];
		struct table_column *c = &t->column[l->column];

		if (table_texts_put(&c->texts, l->text, l->hash, t->row_n,
				    &c->value.code[t->row_n]) != 0) {
			take_back(t, i, n);
			return text_failed(t, c, f);
		}
	}
	return 0;
}

int
table_add_entry(struct table *t, size_t col, struct str s, uint32_t *code,
		struct fail *f)
{
	struct table_column *c = &t->column[col];

	return table_texts_add(&c->texts, s, code) == 0 ? 0
							: text_failed(t, c, f);
}

int
table_end_row(struct table *t, struct fail *f)
{
	/* room for the row behind first, so that a failure changes nothing */
	int rc = table_reserve(t, t->row_n + 1, f);

	if (rc == 0 && t->lent_n > 0)
		rc = table_settle(t, f);
	if (rc == 0)
		t->row_n++;
	return rc;
}

void
table_end_rows(struct table *t, size_t n)
{
	t->row_n += n;
}

void
table_drop_row(struct table *t)
{
	uint64_t bit = (uint64_t)1 << (t->row_n % 64);

	for (size_t i = 0; i < t->column_n; i++)
		t->column[i].valid[t->row_n / 64] &= ~bit;
	t->lent_n = 0;
}

static int
append_value(struct table *t, size_t col, const struct table_column *from,
	     size_t row, struct fail *f)
{
	if (table_is_null(from, row))
		return 0;
	if (table_type_is_text(from->field.type))
		return table_lend_str(t, col, table_str(from, row), f);
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
	return 0;
}
