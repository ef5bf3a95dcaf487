/* SPDX-License-Identifier: MIT */
/*
 * Nested records, field by field. Each leaf collects its levels and values;
 * a stamp on each group says whether it is present in the open row. At the
 * end of the row a leaf that got nothing gets one level: as deep as its
 * groups are present. With one level of repetition at most, the repetition
 * level is 0 for the first item of a row and 1 for the others.
 */
#include <stdlib.h>

#include "parquet/writer.h"

/* Levels and values of a leaf since the last group. */
struct leaf {
	struct table values; /* one column, a row a value */
	struct buf def, rep;
	uint64_t last_row; /* stamp of the row that last put something */
};

struct pq_nested {
	struct leaf *leaf; /* owned; one a leaf */
	uint64_t *present; /* owned; stamp a node */
	uint64_t stamp;	   /* of the open row, from 1 */
	uint64_t row_n;	   /* rows buffered */
	size_t bytes;	   /* of values buffered, about */
};

void
pq_nested_release(struct parquet_writer *w)
{
	struct pq_nested *n = w->nested;

	if (n == NULL)
		return;
	for (size_t i = 0; n->leaf != NULL && i < w->file.schema.leaf_n; i++) {
		table_release(&n->leaf[i].values);
		buf_release(&n->leaf[i].def);
		buf_release(&n->leaf[i].rep);
	}
	free(n->leaf);
	free(n->present);
	free(n);
	w->nested = NULL;
}

static int
nested_open(struct parquet_writer *w, struct fail *f)
{
	const struct pq_schema *s = &w->file.schema;
	struct pq_nested *n = calloc(1, sizeof(*n));
	int rc = 0;

	if (n == NULL)
		return fail_memory(f);
	w->nested = n;
	n->stamp = 1;
	n->leaf = calloc(s->leaf_n + 1, sizeof(*n->leaf));
	n->present = calloc(s->node_n, sizeof(*n->present));
	if (n->leaf == NULL || n->present == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < s->leaf_n && rc == 0; i++) {
		const struct pq_node *node = &s->node[s->leaf[i]];
		struct table_field field = {node->name, node->type,
					    node->precision, node->scale};

		if (node->max_rep > 1)
			return fail_set(f, FAIL_BUG,
					"bug: a list inside a list");
		buf_init(&n->leaf[i].def, SIZE_MAX);
		buf_init(&n->leaf[i].rep, SIZE_MAX);
		rc = table_init(&n->leaf[i].values, &field, 1, SIZE_MAX, f);
	}
	return rc;
}

int
parquet_open_nested(struct parquet_writer **out,
		    const struct parquet_node *node, size_t n,
		    const struct parquet_options *o, struct parquet_sink sink,
		    struct fail *f)
{
	struct parquet_writer *w;
	int rc = pq_writer_open(&w, n, o, sink, f);

	*out = NULL;
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct pq_node *to = &w->file.schema.node[i];
		char *name = arena_copy(&w->mem, str_of(node[i].name));

		if (name == NULL) {
			parquet_writer_close(w);
			return fail_memory(f);
		}
		*to = (struct pq_node){
			.name = str_of(name),
			.repetition = node[i].repetition,
			.kind = node[i].kind,
			.child_n = node[i].child_n,
			.type = node[i].type,
			.physical = pq_physical_of(node[i].type, 0),
		};
	}
	rc = pq_writer_begin(w, f);
	if (rc == 0)
		rc = nested_open(w, f);
	if (rc != 0) {
		parquet_writer_close(w);
		return rc;
	}
	*out = w;
	return 0;
}

void
parquet_put_present(struct parquet_writer *w, size_t node)
{
	struct pq_nested *n = w->nested;

	while (node != 0 && n->present[node] != n->stamp) {
		n->present[node] = n->stamp;
		node = w->file.schema.node[node].parent;
	}
}

static int
put_level(struct pq_nested *n, struct leaf *leaf, unsigned def, struct fail *f)
{
	bool is_first = leaf->last_row != n->stamp;

	leaf->last_row = n->stamp;
	/* levels are under PQ_LEVEL_MAX */
	if (buf_add_char(&leaf->def, (char)def) != 0 ||
	    buf_add_char(&leaf->rep, is_first ? 0 : 1) != 0)
		return fail_memory(f);
	n->bytes += 2;
	return 0;
}

/* Before a value: its groups are present, its level is full. */
static int
put_value(struct parquet_writer *w, size_t node, struct leaf **out,
	  struct fail *f)
{
	const struct pq_node *n = &w->file.schema.node[node];

	*out = &w->nested->leaf[n->leaf];
	parquet_put_present(w, node);
	w->nested->bytes += 8;
	return put_level(w->nested, *out, n->max_def, f);
}

int
parquet_put_i64(struct parquet_writer *w, size_t node, int64_t v,
		struct fail *f)
{
	struct leaf *leaf;
	int rc = put_value(w, node, &leaf, f);

	if (rc != 0)
		return rc;
	table_put_i64(&leaf->values, 0, v);
	return table_end_row(&leaf->values, f);
}

int
parquet_put_f64(struct parquet_writer *w, size_t node, double v, struct fail *f)
{
	struct leaf *leaf;
	int rc = put_value(w, node, &leaf, f);

	if (rc != 0)
		return rc;
	table_put_f64(&leaf->values, 0, v);
	return table_end_row(&leaf->values, f);
}

int
parquet_put_str(struct parquet_writer *w, size_t node, struct str s,
		struct fail *f)
{
	struct leaf *leaf;
	int rc = put_value(w, node, &leaf, f);

	if (rc == 0)
		rc = table_put_str(&leaf->values, 0, s, f);
	if (rc != 0)
		return rc;
	w->nested->bytes += s.n;
	return table_end_row(&leaf->values, f);
}

int
parquet_put_null(struct parquet_writer *w, size_t node, struct fail *f)
{
	const struct pq_node *n = &w->file.schema.node[node];

	parquet_put_present(w, n->parent);
	return put_level(w->nested, &w->nested->leaf[n->leaf], n->max_def - 1,
			 f);
}

/* The definition level of the deepest group above the leaf that is there.
 * A repeated group without items is not. */
static unsigned
present_level(const struct parquet_writer *w, size_t node)
{
	const struct pq_node *all = w->file.schema.node;
	size_t i = all[node].parent;

	while (i != 0 && w->nested->present[i] != w->nested->stamp)
		i = all[i].parent;
	return all[i].max_def;
}

int
parquet_end_row(struct parquet_writer *w, struct fail *f)
{
	const struct pq_schema *s = &w->file.schema;
	struct pq_nested *n = w->nested;
	int rc = 0;

	for (size_t i = 0; i < s->leaf_n && rc == 0; i++)
		if (n->leaf[i].last_row != n->stamp)
			rc = put_level(n, &n->leaf[i],
				       present_level(w, s->leaf[i]), f);
	n->stamp++;
	n->row_n++;
	if (rc == 0 &&
	    (n->bytes >= PQ_GROUP_BYTES || n->row_n >= PQ_GROUP_ROWS))
		rc = pq_nested_flush(w, f);
	return rc;
}

static int
write_leaf(struct parquet_writer *w, size_t i, struct pq_chunk_meta *m,
	   struct fail *f)
{
	struct leaf *leaf = &w->nested->leaf[i];
	struct pq_chunk_in in = {
		.node = &w->file.schema.node[w->file.schema.leaf[i]],
		.column = &leaf->values.column[0],
		.value_n = leaf->values.row_n,
		.def = (const uint8_t *)leaf->def.p,
		.rep = (const uint8_t *)leaf->rep.p,
		.level_n = leaf->def.len,
	};
	struct pq_range range;
	int rc = table_settle(&leaf->values, f);

	if (rc == 0)
		rc = pq_chunk_write(&w->chunker, &in, m, &range, f);
	if (rc == 0)
		rc = pq_total_add(&w->total[i], m, &range, in.node->type, f);
	table_reset(&leaf->values);
	buf_reset(&leaf->def);
	buf_reset(&leaf->rep);
	return rc;
}

int
pq_nested_flush(struct parquet_writer *w, struct fail *f)
{
	struct pq_nested *n = w->nested;
	struct pq_group_out *g;
	int rc;

	if (n == NULL || n->row_n == 0)
		return 0;
	g = pq_group_open(w, f);
	rc = g == NULL ? FAIL_MEMORY : 0;
	for (size_t i = 0; i < w->file.schema.leaf_n && rc == 0; i++)
		rc = write_leaf(w, i, &g->chunk[i], f);
	if (rc != 0)
		return rc;
	g->row_n = n->row_n;
	w->file.row_n += n->row_n;
	n->row_n = 0;
	n->bytes = 0;
	return 0;
}
