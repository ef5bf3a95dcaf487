/* SPDX-License-Identifier: MIT */
/*
 * Nested records, leaf by leaf. A row of a leaf is one level with repetition
 * 0 and all that follow with a higher one; the items of a row are gathered
 * per leaf, their texts copied to an arena of the row, since a row may
 * straddle pages.
 */
#include <stdlib.h>

#include "parquet/reader.h"

#define ITEMS_MAX ((size_t)4 << 20) /* of a leaf in one row */

/* One selected leaf. */
struct pq_record {
	struct pq_cursor cursor;
	size_t used;		   /* levels of the cursor's block */
	size_t value_used;	   /* values of it */
	unsigned item_def;	   /* level from which there is an item */
	unsigned first_level;	   /* of the row's first level */
	struct parquet_item *item; /* owned */
	size_t item_n, item_cap;
};

void
pq_records_release(struct parquet_reader *r)
{
	for (size_t i = 0; i < r->record_n; i++) {
		pq_cursor_release(&r->record[i].cursor);
		free(r->record[i].item);
	}
	free(r->record);
	free(r->record_of);
	r->record = NULL;
	r->record_of = NULL;
	r->record_n = 0;
}

/* ---- finding nodes ---- */

static size_t
child_named(const struct pq_schema *s, size_t node, struct str name)
{
	for (size_t i = node + 1; i < s->node[node].end; i = s->node[i].end)
		if (str_equal(s->node[i].name, name))
			return i;
	return 0;
}

/* The node that one component of a path names below `node`; 0: none. */
static size_t
step(const struct pq_schema *s, size_t node, struct str name)
{
	const struct pq_node *n = &s->node[node];
	size_t middle = node + 1;
	bool has_middle = (n->kind == PARQUET_MAP || n->kind == PARQUET_LIST) &&
			  n->child_n == 1 &&
			  s->node[middle].repetition == PARQUET_REPEATED;

	if (has_middle && n->kind == PARQUET_LIST && str_is(name, "element"))
		return pq_list_element(s, node);
	if (has_middle && n->kind == PARQUET_MAP &&
	    s->node[middle].child_n == 2) {
		if (str_is(name, "key"))
			return middle + 1;
		if (str_is(name, "value"))
			return s->node[middle + 1].end;
	}
	return child_named(s, node, name);
}

int
parquet_find(const struct parquet_reader *r, const char *path)
{
	const struct pq_schema *s = &r->file.schema;
	size_t node = 0;

	for (;;) {
		size_t n = 0;

		while (path[n] != '\0' && path[n] != '.')
			n++;
		node = step(s, node, (struct str){path, n});
		if (node == 0)
			return -1;
		if (path[n] == '\0')
			return (int)node; /* a footer has far fewer nodes */
		path += n + 1;
	}
}

bool
parquet_is_node(const struct parquet_reader *r, int node)
{
	return node >= 0 && (size_t)node < r->file.schema.node_n;
}

bool
parquet_is_leaf(const struct parquet_reader *r, int node)
{
	const struct pq_node *n;

	if (node < 0)
		return false;
	n = &r->file.schema.node[node];
	return n->kind == PARQUET_LEAF && n->type != TABLE_TYPES;
}

/* ---- selecting ---- */

/* Level of the innermost repeated group above the node (or of the node). */
static unsigned
repeated_level(const struct pq_schema *s, size_t node)
{
	while (node != 0 && s->node[node].repetition != PARQUET_REPEATED)
		node = s->node[node].parent;
	return s->node[node].max_def;
}

static int
select_leaf(struct parquet_reader *r, size_t node, struct fail *f)
{
	const struct pq_schema *s = &r->file.schema;
	const struct pq_node *n = &s->node[node];
	struct pq_record *rec = &r->record[r->record_n];

	if (n->kind != PARQUET_LEAF || n->type == TABLE_TYPES)
		return fail_set(f, FAIL_DATA,
				"'%s': field '%.*s' is %s, which cannot be "
				"read",
				r->src.name, STR_ARG(n->name), n->unread);
	if (r->record_of[node] != 0)
		return 0;
	pq_cursor_init(&rec->cursor, &r->src, r->codec, n, &r->held);
	rec->item_def = repeated_level(s, node);
	r->record_of[node] = ++r->record_n;
	return 0;
}

int
parquet_select_leaves(struct parquet_reader *r, const int *node, size_t n,
		      struct fail *f)
{
	int rc = 0;

	pq_records_release(r);
	r->record = calloc(n + 1, sizeof(*r->record));
	r->record_of = calloc(r->file.schema.node_n, sizeof(*r->record_of));
	if (r->record == NULL || r->record_of == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (node[i] >= 0)
			rc = select_leaf(r, (size_t)node[i], f);
	r->group = 0;
	r->group_end = r->file.group_n;
	r->row_left = 0;
	return rc;
}

/* ---- rows ---- */

static int
add_item(struct parquet_reader *r, struct pq_record *rec, unsigned level,
	 struct fail *f)
{
	struct pq_cursor *c = &rec->cursor;
	struct parquet_item *item;
	size_t v = rec->value_used;

	if (rec->item_n == ITEMS_MAX)
		return fail_set(f, FAIL_DATA,
				"'%s': column '%.*s' has over %zu items in a "
				"row",
				r->src.name, STR_ARG(c->node->name), ITEMS_MAX);
	if (!MEM_GROW(&rec->item, rec->item_n, &rec->item_cap))
		return fail_memory(f);
	item = &rec->item[rec->item_n++];
	*item = (struct parquet_item){.level = level,
				      .is_null = level < c->node->max_def};
	if (item->is_null)
		return 0;
	rec->value_used++;
	if (table_type_is_text(c->node->type)) {
		item->str = c->block.is_coded ? c->dict.text[c->block.code[v]]
					      : c->block.text[v];
		item->str.p = arena_copy(&r->row, item->str);
		return item->str.p == NULL ? fail_memory(f) : 0;
	}
	item->i64 = c->block.number[v];
	if (table_type_is_float(c->node->type))
		memcpy(&item->f64, &item->i64, sizeof(item->f64));
	return 0;
}

/* Have a level to look at; *has_level is false at the end of the chunk. */
static int
peek(struct pq_record *rec, bool *has_level, struct fail *f)
{
	int rc = 0;

	if (rec->used == rec->cursor.level_n) {
		rc = pq_cursor_next(&rec->cursor, PQ_BLOCK, f);
		rec->used = 0;
		rec->value_used = 0;
	}
	*has_level = rec->used < rec->cursor.level_n;
	return rc;
}

static int
next_items(struct parquet_reader *r, struct pq_record *rec, struct fail *f)
{
	const struct pq_cursor *c = &rec->cursor;
	bool has_level;

	rec->item_n = 0;
	for (bool is_first = true;; is_first = false) {
		unsigned level, rep;
		int rc = peek(rec, &has_level, f);

		if (rc != 0)
			return rc;
		rep = has_level && c->node->max_rep > 0
			      ? c->rep_level[rec->used]
			      : 0;
		if (is_first && (!has_level || rep != 0))
			return fail_set(f, FAIL_DATA,
					"'%s': column '%.*s' has fewer rows "
					"than its row group",
					r->src.name, STR_ARG(c->node->name));
		if (!is_first && (!has_level || rep == 0))
			return 0;
		level = c->node->max_def > 0 ? c->def_level[rec->used] : 0;
		rec->used++;
		if (is_first)
			rec->first_level = level;
		if (level >= rec->item_def)
			rc = add_item(r, rec, level, f);
		if (rc != 0)
			return rc;
	}
}

static void
start_records(struct parquet_reader *r)
{
	const struct pq_group_in *g = &r->file.group[r->group - 1];

	for (size_t i = 0; i < r->record_n; i++) {
		struct pq_record *rec = &r->record[i];

		pq_cursor_start(&rec->cursor,
				&g->chunk[rec->cursor.node->leaf]);
		rec->cursor.level_n = 0;
		rec->used = 0;
	}
}

int
parquet_next_row(struct parquet_reader *r, bool *has_row, struct fail *f)
{
	int rc = 0;

	arena_reset(&r->row);
	if (r->row_left == 0) {
		pq_reader_open_group(r);
		if (r->row_left > 0)
			start_records(r);
	}
	*has_row = r->row_left > 0;
	if (!*has_row)
		return 0;
	r->row_left--;
	for (size_t i = 0; i < r->record_n && rc == 0; i++)
		rc = next_items(r, &r->record[i], f);
	return rc;
}

const struct parquet_item *
parquet_items(const struct parquet_reader *r, int node, size_t *n)
{
	const struct pq_record *rec;

	*n = 0;
	if (node < 0 || r->record_of == NULL || r->record_of[node] == 0)
		return NULL;
	rec = &r->record[r->record_of[node] - 1];
	*n = rec->item_n;
	return rec->item;
}

bool
parquet_is_present(const struct parquet_reader *r, int node)
{
	const struct pq_node *n;

	if (node < 0 || r->record_of == NULL)
		return false;
	n = &r->file.schema.node[node];
	for (size_t i = (size_t)node; i < n->end; i++)
		if (r->record_of[i] != 0)
			return r->record[r->record_of[i] - 1].first_level >=
			       n->max_def;
	return false;
}
