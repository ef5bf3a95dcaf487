/* SPDX-License-Identifier: MIT */
/*
 * Schemas. A node's definition level counts the optional and repeated nodes
 * on its path, its repetition level the repeated ones; the whole of the
 * Dremel encoding follows from these two numbers.
 */
#include "parquet/format.h"

const char *
pq_physical_name(enum pq_physical physical)
{
	static const char *const name[] = {
		"BOOLEAN", "INT32",  "INT64",	   "INT96",
		"FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};

	return name[physical];
}

size_t
pq_physical_size(enum pq_physical physical)
{
	switch (physical) {
	case PQ_INT32:
	case PQ_FLOAT:
		return 4;
	case PQ_INT64:
	case PQ_DOUBLE:
		return 8;
	default:
		return 0;
	}
}

enum pq_physical
pq_physical_of(enum table_type type, unsigned precision)
{
	switch (type) {
	case TABLE_BOOLEAN:
		return PQ_BOOLEAN;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_DATE:
		return PQ_INT32;
	case TABLE_FLOAT:
		return PQ_FLOAT;
	case TABLE_DOUBLE:
		return PQ_DOUBLE;
	case TABLE_STRING:
	case TABLE_BINARY:
		return PQ_BYTE_ARRAY;
	case TABLE_DECIMAL:
		/* Spark reads decimals of up to 9 digits from INT32 only */
		return precision <= 9 ? PQ_INT32 : PQ_INT64;
	default:
		return PQ_INT64;
	}
}

static int
bad_schema(struct fail *f)
{
	return fail_set(f, FAIL_DATA, "the schema's tree does not fit");
}

/* Levels of node i from its parent's; false when too deep. */
static bool
link_node(struct pq_schema *s, size_t i, size_t parent)
{
	struct pq_node *n = &s->node[i];
	const struct pq_node *up = &s->node[parent];

	n->parent = parent;
	n->max_def = up->max_def + (n->repetition != PARQUET_REQUIRED);
	n->max_rep = up->max_rep + (n->repetition == PARQUET_REPEATED);
	if (i == 0)
		n->max_def = n->max_rep = 0;
	return n->max_def < PQ_LEVEL_MAX;
}

int
pq_schema_link(struct pq_schema *s, struct arena *a, struct fail *f)
{
	size_t open[PQ_DEPTH_MAX];	 /* groups whose children come */
	size_t left[PQ_DEPTH_MAX] = {0}; /* how many still */
	size_t depth = 0;

	s->leaf = arena_zalloc(a, s->node_n, sizeof(*s->leaf));
	if (s->leaf == NULL)
		return fail_memory(f);
	s->leaf_n = 0;
	for (size_t i = 0; i < s->node_n; i++) {
		struct pq_node *n = &s->node[i];

		if ((i > 0 && depth == 0) || depth == PQ_DEPTH_MAX ||
		    !link_node(s, i, depth == 0 ? 0 : open[depth - 1]))
			return bad_schema(f);
		if (depth > 0)
			left[depth - 1]--;
		if (n->kind == PARQUET_LEAF) {
			if (i == 0)
				return bad_schema(f);
			n->leaf = s->leaf_n;
			s->leaf[s->leaf_n++] = i;
		} else {
			open[depth] = i;
			left[depth++] = n->child_n;
		}
		n->end = i + 1;
		for (; depth > 0 && left[depth - 1] == 0; depth--)
			s->node[open[depth - 1]].end = i + 1;
	}
	return depth == 0 && s->node_n > 0 ? 0 : bad_schema(f);
}
