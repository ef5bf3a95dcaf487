/* SPDX-License-Identifier: MIT */
/*
 * What a file says of itself, as wants: for a reader that has no schema of
 * its own. Lists and maps are as parquet-format's LogicalTypes.md has them,
 * a repeated field outside of those is a list, and what has no type of ours
 * is read as what JSON can say of it.
 */
#include "parquet/reader.h"

struct describer {
	const struct pq_schema *schema;
	struct arena *mem;
};

static int describe(const struct describer *d, size_t node, bool is_item,
		    struct parquet_want *out, struct fail *f);

static int
open_children(const struct describer *d, struct parquet_want *out, size_t n,
	      struct parquet_want **child, struct fail *f)
{
	*child = arena_zalloc(d->mem, n + 1, sizeof(**child));
	out->child = *child;
	out->child_n = n;
	if (*child != NULL)
		return 0;
	(void)fail_memory(f);
	return FAIL_MEMORY; /* a checker does not see into fail_memory */
}

static void
describe_leaf(const struct pq_node *n, struct parquet_want *out)
{
	out->kind = PARQUET_LEAF;
	out->type = n->type;
	out->precision = n->precision;
	out->scale = n->scale;
	if (n->is_null)
		out->type = TABLE_TYPES;
	else if (n->is_wide)
		out->type = TABLE_DECIMAL;
	else if (n->type == TABLE_TYPES) /* to be refused when it is read */
		out->type = TABLE_BINARY;
	if (n->is_unsigned && n->physical == PQ_INT64) {
		out->type = TABLE_DECIMAL;
		out->precision = 20;
	}
}

static int
describe_list(const struct describer *d, size_t element, bool is_item,
	      struct parquet_want *out, struct fail *f)
{
	struct parquet_want *child;
	int rc = open_children(d, out, 1, &child, f);

	out->kind = PARQUET_LIST;
	return rc != 0 ? rc : describe(d, element, is_item, child, f);
}

static int
describe_map(const struct describer *d, size_t middle, struct parquet_want *out,
	     struct fail *f)
{
	const struct pq_schema *s = d->schema;
	size_t key = middle + 1;
	struct parquet_want *child;
	int rc = open_children(d, out, 2, &child, f);

	out->kind = PARQUET_MAP;
	child[1] = (struct parquet_want){.type = TABLE_TYPES};
	if (rc == 0)
		rc = describe(d, key, false, &child[0], f);
	if (rc == 0 && s->node[middle].child_n == 2)
		rc = describe(d, s->node[key].end, false, &child[1], f);
	return rc;
}

static int
describe_struct(const struct describer *d, size_t node,
		struct parquet_want *out, struct fail *f)
{
	const struct pq_schema *s = d->schema;
	struct parquet_want *child;
	int rc = open_children(d, out, s->node[node].child_n, &child, f);

	out->kind = PARQUET_GROUP;
	for (size_t i = node + 1; rc == 0 && i < s->node[node].end;
	     i = s->node[i].end)
		rc = describe(d, i, false, child++, f);
	return rc;
}

static int
describe(const struct describer *d, size_t node, bool is_item,
	 struct parquet_want *out, struct fail *f)
{
	const struct pq_schema *s = d->schema;
	const struct pq_node *n = &s->node[node];
	size_t middle = node + 1;
	bool has_middle = n->kind != PARQUET_LEAF && n->child_n == 1 &&
			  s->node[middle].repetition == PARQUET_REPEATED;

	out->name = n->name;
	out->label = n->name;
	out->field_id = PARQUET_NO_ID;
	if (n->repetition == PARQUET_REPEATED && !is_item)
		return describe_list(d, node, true, out, f);
	if (n->kind == PARQUET_LEAF) {
		describe_leaf(n, out);
		return 0;
	}
	if (n->kind == PARQUET_LIST && has_middle) {
		size_t element = pq_list_element(s, node);

		return describe_list(d, element, element == middle, out, f);
	}
	if (n->kind == PARQUET_MAP && has_middle &&
	    s->node[middle].kind != PARQUET_LEAF &&
	    (s->node[middle].child_n == 1 || s->node[middle].child_n == 2))
		return describe_map(d, middle, out, f);
	return describe_struct(d, node, out, f);
}

int
parquet_describe(const struct parquet_reader *r, struct arena *a,
		 const struct parquet_want **want, size_t *n, struct fail *f)
{
	struct describer d = {&r->file.schema, a};
	struct parquet_want root;
	int rc = describe_struct(&d, 0, &root, f);

	*want = root.child;
	*n = root.child_n;
	return rc;
}
