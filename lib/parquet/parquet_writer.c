/* SPDX-License-Identifier: MIT */
/*
 * The writer of flat files: each call of parquet_write_table is a row group
 * (or several), encoded column by column straight from the batch into the
 * sink. What stays in memory is one chunk's codes, one page, and the metas
 * that the footer needs.
 */
#include "parquet/writer.h"

#include <stdlib.h>

struct parquet_sink
parquet_sink_buf(struct buf *b)
{
	return (struct parquet_sink){pq_sink_buf_write, b};
}

int
pq_sink_buf_write(void *arg, const void *p, size_t n, struct fail *f)
{
	return buf_add(arg, p, n) == 0 ? 0 : fail_memory(f);
}

int
pq_writer_open(struct parquet_writer **out, size_t node_n,
	       const struct parquet_options *o, struct parquet_sink sink,
	       struct fail *f)
{
	struct parquet_writer *w = calloc(1, sizeof(*w));

	*out = NULL;
	if (w == NULL) {
		fail_memory(f);
		return FAIL_MEMORY;
	}
	w->file.options = *o;
	w->file.schema.node_n = node_n;
	w->file.schema.node = arena_zalloc(&w->mem, node_n,
					   sizeof(*w->file.schema.node));
	if (pq_chunker_init(&w->chunker, o, sink, &w->mem, f) != 0 ||
	    w->file.schema.node == NULL) {
		parquet_writer_close(w);
		fail_memory(f);
		return FAIL_MEMORY;
	}
	*out = w;
	return 0;
}

int
pq_writer_begin(struct parquet_writer *w, struct fail *f)
{
	int rc = pq_schema_link(&w->file.schema, &w->mem, f);

	if (rc != 0)
		return rc;
	w->total = calloc(w->file.schema.leaf_n + 1, sizeof(*w->total));
	if (w->total == NULL)
		return fail_memory(f);
	return pq_emit(&w->chunker, STR_LIT(PQ_MAGIC), f);
}

static int
flat_node(struct parquet_writer *w, struct pq_node *n,
	  const struct table_field *field, struct fail *f)
{
	n->name.p = arena_copy(&w->mem, field->name);
	if (n->name.p == NULL)
		return fail_memory(f);
	n->name.n = field->name.n;
	n->repetition = PARQUET_OPTIONAL;
	n->kind = PARQUET_LEAF;
	n->type = field->type;
	n->precision = field->precision;
	n->scale = field->scale;
	n->physical = pq_physical_of(field->type, field->precision);
	return 0;
}

int
parquet_open_table(struct parquet_writer **out, const struct table_field *field,
		   size_t n, const struct parquet_options *o,
		   struct parquet_sink sink, struct fail *f)
{
	struct parquet_writer *w;
	struct pq_node *node;
	int rc = pq_writer_open(&w, n + 1, o, sink, f);

	*out = NULL;
	if (rc != 0)
		return rc;
	node = w->file.schema.node;
	node[0] = (struct pq_node){
		.name = STR_LIT("schema"), .kind = PARQUET_GROUP, .child_n = n};
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = flat_node(w, &node[i + 1], &field[i], f);
	if (rc == 0)
		rc = pq_writer_begin(w, f);
	if (rc != 0) {
		parquet_writer_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

void
parquet_writer_close(struct parquet_writer *w)
{
	if (w == NULL)
		return;
	pq_nested_release(w);
	for (size_t g = 0; g < w->file.group_n; g++) {
		struct pq_chunk_meta *chunk = w->file.group[g].chunk;

		for (size_t i = 0; i < w->file.schema.leaf_n; i++)
			free(chunk[i].page);
		free(chunk);
	}
	for (size_t i = 0; w->total != NULL && i < w->file.schema.leaf_n; i++)
		pq_total_release(&w->total[i]);
	free(w->total);
	free(w->file.group);
	free(w->row);
	free(w->def);
	pq_chunker_release(&w->chunker);
	arena_release(&w->mem);
	free(w);
}

struct pq_group_out *
pq_group_open(struct parquet_writer *w, struct fail *f)
{
	struct pq_file_out *file = &w->file;
	struct pq_group_out *g;

	if (!MEM_GROW(&file->group, file->group_n, &file->group_cap)) {
		fail_memory(f);
		return NULL;
	}
	g = &file->group[file->group_n];
	*g = (struct pq_group_out){.offset = w->chunker.offset};
	g->chunk = calloc(file->schema.leaf_n + 1, sizeof(*g->chunk));
	if (g->chunk == NULL) {
		fail_memory(f);
		return NULL;
	}
	file->group_n++;
	return g;
}

/* ---- totals ---- */

void
pq_total_release(struct pq_total *t)
{
	buf_release(&t->min);
	buf_release(&t->max);
}

static int
keep(struct buf *b, struct str *s, struct fail *f)
{
	if (s->p == b->p)
		return 0;
	buf_reset(b);
	b->max = SIZE_MAX;
	if (buf_add_str(b, *s) != 0)
		return fail_memory(f);
	*s = buf_str(b);
	return 0;
}

int
pq_total_add(struct pq_total *t, const struct pq_chunk_meta *m,
	     const struct pq_range *range, enum table_type type, struct fail *f)
{
	struct table_stats *s = &t->stats;
	int rc = 0;

	pq_range_merge(&t->range, range, type);
	/* texts of the batch go; keep our own */
	if (table_type_is_text(type) && t->range.is_set) {
		rc = keep(&t->min, &t->range.min_str, f);
		if (rc == 0)
			rc = keep(&t->max, &t->range.max_str, f);
	}
	s->row_n += m->level_n;
	s->null_n += m->null_n;
	s->has_range = t->range.is_set;
	s->has_nan = t->range.has_nan;
	s->min_i64 = t->range.min_i64;
	s->max_i64 = t->range.max_i64;
	s->min_f64 = t->range.min_f64;
	s->max_f64 = t->range.max_f64;
	s->min_str = t->range.min_str;
	s->max_str = t->range.max_str;
	return rc;
}

const struct table_stats *
parquet_writer_stats(const struct parquet_writer *w, size_t column)
{
	return &w->total[column].stats;
}

/* ---- batches ---- */

static int
fit_rows(struct parquet_writer *w, size_t n, struct fail *f)
{
	if (n <= w->row_cap)
		return 0;
	free(w->row);
	free(w->def);
	w->row_cap = 0;
	w->row = malloc(n * sizeof(*w->row));
	w->def = malloc(n);
	if (w->row == NULL || w->def == NULL)
		return fail_memory(f);
	w->row_cap = n;
	return 0;
}

/* Levels and rows of values of rows from .. from + n. */
static size_t
split_range(struct parquet_writer *w, const struct table_column *c, size_t from,
	    size_t n)
{
	size_t value_n = 0;

	for (size_t i = 0; i < n;) {
		size_t r = from + i, most = 64 - r % 64;
		uint64_t bits = c->valid[r / 64] >> (r % 64);

		if (most > n - i)
			most = n - i;
		for (size_t k = 0; k < most; k++, i++) {
			w->def[i] = bits >> k & 1;
			/* row numbers fit: a batch has at most 2^31 rows */
			w->row[value_n] = (uint32_t)(r + k);
			value_n += bits >> k & 1;
		}
	}
	return value_n;
}

/* The same of rows in a list. */
static size_t
split_list(struct parquet_writer *w, const struct table_column *c,
	   const uint32_t *row, size_t n)
{
	size_t value_n = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_value = !table_is_null(c, row[i]);

		w->def[i] = is_value;
		w->row[value_n] = row[i];
		value_n += is_value;
	}
	return value_n;
}

/* Has the column a value in each of the rows 0 to n - 1? */
static bool
is_full(const struct table_column *c, size_t n)
{
	for (size_t i = 0; i < n / 64; i++)
		if (c->valid[i] != UINT64_MAX)
			return false;
	return n % 64 == 0 ||
	       c->valid[n / 64] << (64 - n % 64) == UINT64_MAX << (64 - n % 64);
}

/* Levels of an optional column, and the rows that have a value. */
static void
split_nulls(struct parquet_writer *w, const struct table_column *c,
	    const uint32_t *row, size_t from, size_t n, struct pq_chunk_in *in)
{
	if (row == NULL && from == 0 && is_full(c, n)) {
		in->value_n = n;
		return;
	}
	in->value_n = row == NULL ? split_range(w, c, from, n)
				  : split_list(w, c, row + from, n);
	in->row = w->row;
	in->def = in->value_n == n ? NULL : w->def;
}

static int
write_group(struct parquet_writer *w, const struct table *t,
	    const uint32_t *row, size_t from, size_t n, struct fail *f)
{
	struct pq_group_out *g = pq_group_open(w, f);
	int rc = g == NULL ? FAIL_MEMORY : 0;

	for (size_t i = 0; i < t->column_n && rc == 0; i++) {
		struct pq_chunk_in in = {
			.node = &w->file.schema.node[i + 1],
			.column = &t->column[i],
			.level_n = n,
		};
		struct pq_range range;

		split_nulls(w, in.column, row, from, n, &in);
		rc = pq_chunk_write(&w->chunker, &in, &g->chunk[i], &range, f);
		if (rc == 0)
			rc = pq_total_add(&w->total[i], &g->chunk[i], &range,
					  in.node->type, f);
	}
	if (rc == 0) {
		g->row_n = n;
		w->file.row_n += n;
	}
	return rc;
}

int
parquet_write_table(struct parquet_writer *w, const struct table *t,
		    const uint32_t *row, size_t n, struct fail *f)
{
	int rc;

	if (t->column_n != w->file.schema.leaf_n)
		return fail_set(f, FAIL_BUG,
				"bug: a batch of %zu columns into a file of "
				"%zu",
				t->column_n, w->file.schema.leaf_n);
	if (t->staged_n > 0)
		return fail_set(f, FAIL_BUG, "bug: a batch is not settled");
	rc = fit_rows(w, n < PQ_GROUP_ROWS ? n : PQ_GROUP_ROWS, f);
	for (size_t from = 0; from < n && rc == 0; from += PQ_GROUP_ROWS) {
		size_t take = n - from;

		if (take > PQ_GROUP_ROWS)
			take = PQ_GROUP_ROWS;
		rc = write_group(w, t, row, from, take, f);
	}
	return rc;
}

int
parquet_writer_finish(struct parquet_writer *w, struct fail *f)
{
	int rc = pq_nested_flush(w, f);

	if (rc == 0 && !w->file.options.is_plain)
		rc = pq_write_indexes(&w->chunker, &w->file, f);
	return rc == 0 ? pq_write_footer(&w->chunker, &w->file, f) : rc;
}

uint64_t
parquet_writer_bytes(const struct parquet_writer *w)
{
	return w->chunker.offset;
}

uint64_t
parquet_writer_rows(const struct parquet_writer *w)
{
	return w->file.row_n;
}
