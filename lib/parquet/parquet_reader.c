/* SPDX-License-Identifier: MIT */
/*
 * The reader of flat columns. A batch never spans row groups, so all columns
 * move on together; each fills its array of the batch block by block. Texts
 * of a dictionary enter the batch once each: the slot remembers which entry
 * a code became in this batch.
 */
#include "parquet/reader.h"

#include <stdlib.h>

#define FOOTER_GUESS ((size_t)64 << 10) /* read at once from the end */
#define TAIL	     8			/* length of the footer, magic */
#define FIRST_STEP   64 /* rows of a file whose size we do not know yet */
#define BATCH_BYTES  ((size_t)64 << 20) /* of a batch, about */

static int
read_mem(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	const struct str *mem = arg;

	if (offset > mem->n || n > mem->n - offset)
		return fail_set(f, FAIL_BUG, "bug: a read past the end");
	memcpy(dst, mem->p + offset, n);
	return 0;
}

struct parquet_source
parquet_source_mem(const struct str *mem, const char *name)
{
	return (struct parquet_source){read_mem, (void *)(uintptr_t)mem, mem->n,
				       name};
}

/* Read the last n bytes into b. */
static int
read_tail(struct parquet_reader *r, struct buf *b, size_t n, struct fail *f)
{
	buf_reset(b);
	if (buf_reserve(b, n) != 0)
		return fail_memory(f);
	b->len = n;
	return r->src.read(r->src.arg, r->src.size - n, b->p, n, f);
}

static int
read_footer(struct parquet_reader *r, struct fail *f)
{
	size_t n = FOOTER_GUESS;
	size_t footer;
	struct buf b;
	int rc;

	buf_init(&b, PQ_FOOTER_MAX + TAIL);
	if (r->src.size < n)
		n = (size_t)r->src.size;
	if (n < PQ_MAGIC_N + TAIL)
		return fail_set(f, FAIL_DATA, "too short for a Parquet file");
	rc = read_tail(r, &b, n, f);
	if (rc != 0)
		goto out;
	if (memcmp(b.p + n - PQ_MAGIC_N, PQ_MAGIC_SECRET, PQ_MAGIC_N) == 0) {
		rc = fail_set(
			f, FAIL_DATA,
			"an encrypted Parquet file, which we cannot read");
		goto out;
	}
	if (memcmp(b.p + n - PQ_MAGIC_N, PQ_MAGIC, PQ_MAGIC_N) != 0) {
		rc = fail_set(f, FAIL_DATA,
			      "not a Parquet file, or cut short: it does not "
			      "end in '" PQ_MAGIC "'");
		goto out;
	}
	footer = load_u32(b.p + n - TAIL);
	if (footer > PQ_FOOTER_MAX || footer > r->src.size - TAIL) {
		rc = fail_set(f, FAIL_DATA, "a footer of %zu bytes", footer);
		goto out;
	}
	if (footer + TAIL > n) {
		n = footer + TAIL;
		rc = read_tail(r, &b, n, f);
	}
	if (rc == 0)
		rc = pq_parse_footer(
			(struct str){b.p + n - TAIL - footer, footer},
			r->src.size, &r->file, &r->mem, f);
out:
	buf_release(&b);
	return rc;
}

int
parquet_reader_open(struct parquet_reader **out, struct parquet_source src,
		    struct fail *f)
{
	struct parquet_reader *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (r == NULL)
		return fail_memory(f);
	r->src = src;
	r->codec = codec_scratch_open();
	rc = r->codec == NULL ? fail_memory(f) : read_footer(r, f);
	if (rc != 0) {
		fail_prefix(f, "'%s': ", src.name);
		parquet_reader_close(r);
		return rc;
	}
	r->group_end = r->file.group_n;
	*out = r;
	return 0;
}

void
parquet_reader_close(struct parquet_reader *r)
{
	if (r == NULL)
		return;
	pq_slots_release(r);
	pq_records_release(r);
	codec_scratch_close(r->codec);
	arena_release(&r->row);
	arena_release(&r->shapes);
	arena_release(&r->mem);
	free(r);
}

uint64_t
parquet_reader_rows(const struct parquet_reader *r)
{
	return r->file.row_n;
}

size_t
parquet_reader_groups(const struct parquet_reader *r)
{
	return r->file.group_n;
}

const char *
parquet_reader_created_by(const struct parquet_reader *r)
{
	return r->file.created_by;
}

/* ---- columns ---- */

static struct table_field
field_of(const struct pq_node *n)
{
	bool is_flat = n->repetition != PARQUET_REPEATED && n->precision <= 18;

	return (struct table_field){
		.name = n->name,
		.type = is_flat ? n->type : TABLE_TYPES,
		.precision = n->precision,
		.scale = n->scale,
	};
}

int
parquet_reader_fields(struct parquet_reader *r,
		      const struct table_field **field, size_t *n,
		      struct fail *f)
{
	const struct pq_schema *s = &r->file.schema;

	*n = 0;
	if (r->field == NULL)
		r->field = arena_zalloc(&r->mem, s->node[0].child_n + 1,
					sizeof(*r->field));
	if (r->field == NULL)
		return fail_memory(f);
	for (size_t i = 1; i < s->node_n; i = s->node[i].end)
		r->field[(*n)++] = field_of(&s->node[i]);
	*field = r->field;
	return 0;
}

int
parquet_seek_group(struct parquet_reader *r, size_t group, struct fail *f)
{
	if (group >= r->file.group_n)
		return fail_set(f, FAIL_BUG, "bug: no row group %zu", group);
	r->group = group;
	r->group_end = group + 1;
	r->row_left = 0;
	return 0;
}

static void
start_slot(struct pq_slot *slot, const struct pq_group_in *g)
{
	if (slot->cursor != NULL)
		pq_cursor_start(slot->cursor, &g->chunk[slot->leaf]);
	if (slot->tree != NULL)
		pq_tree_start(slot->tree, g->chunk);
}

void
pq_reader_open_group(struct parquet_reader *r)
{
	while (r->row_left == 0 && r->group < r->group_end) {
		const struct pq_group_in *g = &r->file.group[r->group++];

		r->row_left = g->row_n;
		for (size_t i = 0; i < r->slot_n; i++)
			start_slot(&r->slot[i], g);
	}
}

/* ---- values ---- */

static void
set_valid(struct table_column *c, size_t row)
{
	c->valid[row / 64] |= (uint64_t)1 << (row % 64);
}

/* The bits of rows `row` to `row` + n - 1. */
static void
set_all_valid(struct table_column *c, size_t row, size_t n)
{
	for (; n > 0 && (row % 64 != 0 || n < 64); row++, n--)
		set_valid(c, row);
	for (; n >= 64; row += 64, n -= 64)
		c->valid[row / 64] = UINT64_MAX;
	for (; n > 0; row++, n--)
		set_valid(c, row);
}

/* Where a block's values belong: at[i] is the row of value i, from the
 * block's first on; NULL: every row has one. */
struct places {
	const uint32_t *at;
	size_t n; /* values */
	uint32_t row[PQ_BLOCK];
};

static void
find_values(const struct pq_cursor *c, struct table_column *col, size_t row,
	    struct places *out)
{
	out->n = c->value_n;
	out->at = NULL;
	if (c->value_n == c->level_n) {
		set_all_valid(col, row, c->level_n);
		return;
	}
	out->n = 0;
	out->at = out->row;
	for (size_t i = 0; out->n < c->value_n; i++)
		if (c->def_level[i] == c->node->max_def) {
			set_valid(col, row + i);
			out->row[out->n++] = (uint32_t)i; /* < PQ_BLOCK */
		}
}

/* Numbers from the block into rows from `row` on. */
static int
fill_numbers(const struct parquet_reader *r, const struct pq_slot *slot,
	     struct table_column *col, size_t row, struct fail *f)
{
	struct pq_cursor *c = slot->cursor;
	int64_t *v = c->block.number;
	size_t size = table_type_size(col->field.type), n;
	struct places places;
	const uint32_t *at;

	if (!pq_cast(&slot->cast, v, c->value_n))
		return fail_set(f, FAIL_DATA,
				"'%s': column '%.*s' has a value beyond %s",
				r->src.name, STR_ARG(c->node->name),
				table_type_name(col->field.type));
	find_values(c, col, row, &places);
	at = places.at;
	n = places.n;
	if (size == 8 && at == NULL)
		memcpy(col->value.i64 + row, v, n * sizeof(*v));
	else if (size == 8)
		for (size_t i = 0; i < n; i++)
			col->value.i64[row + at[i]] = v[i];
	else if (size == 4)
		for (size_t i = 0; i < n; i++) /* checked */
			col->value.i32[row + (at == NULL ? i : at[i])] =
				(int32_t)v[i];
	else
		for (size_t i = 0; i < n; i++)
			col->value.u8[row + (at == NULL ? i : at[i])] = v[i] !=
									0;
	return 0;
}

/* Room to remember every code of the chunk's dictionary. */
static int
fit_entries(struct pq_slot *slot, size_t n, struct fail *f)
{
	if (n <= slot->entry_cap)
		return 0;
	free(slot->entry);
	free(slot->stamp);
	slot->entry_cap = 0;
	slot->entry = malloc(n * sizeof(*slot->entry));
	slot->stamp = calloc(n, sizeof(*slot->stamp));
	if (slot->entry == NULL || slot->stamp == NULL)
		return fail_memory(f);
	slot->entry_cap = n;
	return 0;
}

/* The entry of a code that the batch has not seen yet. */
static int
enter_code(struct pq_slot *slot, uint32_t code, uint32_t batch, struct table *t,
	   size_t col, struct fail *f)
{
	slot->stamp[code] = batch;
	return table_add_entry(t, col, slot->cursor->dict.text[code],
			       &slot->entry[code], f);
}

static int
fill_coded(struct pq_slot *slot, uint32_t batch, struct table *t, size_t col,
	   size_t row, struct fail *f)
{
	struct pq_cursor *c = slot->cursor;
	uint32_t *code = c->block.code, *out = t->column[col].value.code + row;
	struct places places;
	int rc = fit_entries(slot, c->dict.n, f);

	find_values(c, &t->column[col], row, &places);
	for (size_t i = 0; i < places.n && rc == 0; i++) {
		if (slot->stamp[code[i]] != batch)
			rc = enter_code(slot, code[i], batch, t, col, f);
		code[i] = slot->entry[code[i]];
	}
	if (places.at == NULL)
		memcpy(out, code, places.n * sizeof(*out));
	else
		for (size_t i = 0; i < places.n; i++)
			out[places.at[i]] = code[i];
	return rc;
}

static int
fill_texts(struct pq_slot *slot, struct table *t, size_t col, size_t row,
	   struct fail *f)
{
	struct pq_cursor *c = slot->cursor;
	uint32_t *out = t->column[col].value.code + row;
	struct places places;
	int rc = 0;

	find_values(c, &t->column[col], row, &places);
	for (size_t i = 0; i < places.n && rc == 0; i++) {
		size_t at = places.at == NULL ? i : places.at[i];

		rc = table_add_entry(t, col, c->block.text[i], &out[at], f);
	}
	return rc;
}

/* Fill n rows of a column, from the table's open row on. */
static int
fill_column(struct parquet_reader *r, struct table *t, size_t col, size_t n,
	    struct fail *f)
{
	struct pq_slot *slot = &r->slot[col];
	struct pq_cursor *c = slot->cursor;
	size_t end = t->row_n + n;
	int rc = 0;

	for (size_t row = t->row_n; row < end && rc == 0; row += c->level_n) {
		rc = pq_cursor_next(c, end - row, f);
		if (rc != 0)
			return rc;
		if (c->level_n == 0)
			return fail_set(f, FAIL_DATA,
					"'%s': column '%.*s' has fewer values "
					"than its row group has rows",
					r->src.name, STR_ARG(c->node->name));
		if (c->block.is_coded)
			rc = fill_coded(slot, r->batch, t, col, row, f);
		else if (table_type_is_text(c->node->type))
			rc = fill_texts(slot, t, col, row, f);
		else
			rc = fill_numbers(r, slot, &t->column[col], row, f);
	}
	return rc;
}

/* The columns that come as JSON, row by row: at most *n, and fewer when their
 * texts grow long. */
static int
fill_json(struct parquet_reader *r, struct table *t, size_t *n, struct fail *f)
{
	size_t bytes = 0, row = 0;

	for (; row < *n && bytes < BATCH_BYTES; row++)
		for (size_t i = 0; i < r->slot_n; i++) {
			struct table_column *to = &t->column[i];
			size_t at = t->row_n + row;
			struct str text;
			bool is_null = true;
			int rc = 0;

			if (r->slot[i].tree == NULL)
				continue;
			rc = pq_tree_next(r->slot[i].tree, &text, &is_null, f);
			if (rc == 0 && !is_null) {
				set_valid(to, at);
				bytes += text.n;
				rc = table_add_entry(t, i, text,
						     &to->value.code[at], f);
			}
			if (rc != 0)
				return rc;
		}
	*n = row;
	return 0;
}

/* A new stamp makes all remembered entries stale; 0 is never one. */
static void
next_batch(struct parquet_reader *r)
{
	if (++r->batch != 0)
		return;
	for (size_t i = 0; i < r->slot_n; i++)
		if (r->slot[i].stamp != NULL)
			memset(r->slot[i].stamp, 0,
			       r->slot[i].entry_cap *
				       sizeof(*r->slot[i].stamp));
	r->batch = 1;
}

static uint64_t
rows_before(const struct parquet_reader *r, size_t group)
{
	uint64_t n = 0;

	for (size_t i = 0; i < group; i++)
		n += r->file.group[i].row_n;
	return n;
}

uint64_t
parquet_first_row(const struct parquet_reader *r)
{
	return r->first_row;
}

/* How many rows to fill before the batch's size is looked at again: by what
 * rows have taken so far, of which nothing is known at first. */
static size_t
next_step(const struct parquet_reader *r, const struct table *t, size_t left)
{
	size_t bytes = table_bytes(t), step = FIRST_STEP;

	if (bytes >= BATCH_BYTES && t->row_n > 0)
		return 0;
	if (r->row_bytes > 0)
		step = (BATCH_BYTES - bytes) / r->row_bytes + 1;
	if (step > PQ_BLOCK)
		step = PQ_BLOCK;
	return step < left ? step : left;
}

int
parquet_next(struct parquet_reader *r, struct table *t, size_t max_rows,
	     struct fail *f)
{
	size_t n = max_rows;
	int rc;

	table_reset(t);
	next_batch(r);
	pq_reader_open_group(r);
	if (n > r->row_left)
		n = (size_t)r->row_left;
	r->first_row = rows_before(r, r->group) - r->row_left;
	rc = table_reserve(t, n, f);
	while (rc == 0 && t->row_n < n) {
		size_t step = next_step(r, t, n - t->row_n);

		if (step == 0)
			break;
		rc = fill_json(r, t, &step, f);
		for (size_t i = 0; i < r->slot_n && rc == 0; i++)
			if (r->slot[i].cursor != NULL)
				rc = fill_column(r, t, i, step, f);
		if (rc == 0) {
			r->row_left -= step;
			table_end_rows(t, step);
			r->row_bytes = table_bytes(t) / t->row_n + 1;
		}
	}
	return rc;
}
