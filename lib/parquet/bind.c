/* SPDX-License-Identifier: MIT */
/*
 * Which column of the file is which of the table, and whether its values can
 * be had as the table's type: found by field id or by name, read as itself or
 * as a type that it may widen to.
 */
#include <stdlib.h>

#include "parquet/reader.h"

bool
parquet_is_json(const struct parquet_want *w)
{
	return w->kind != PARQUET_LEAF ||
	       (w->type == TABLE_DECIMAL && w->precision > 18);
}

static int
refuse_column(const struct parquet_reader *r, const struct pq_node *from,
	      const struct parquet_want *to, struct fail *f)
{
	const char *what = from->unread;

	if (from->kind == PARQUET_LEAF && from->max_rep > 0)
		what = "an array";
	if (what == NULL)
		what = table_type_name(from->type);
	return fail_set(f, FAIL_DATA,
			"'%s': column '%.*s' is %s in the file (%s), which "
			"cannot be read as %s",
			r->src.name, STR_ARG(from->name), what,
			from->kind == PARQUET_LEAF
				? pq_physical_name(from->physical)
				: "a group",
			table_type_name(to->type));
}

void
pq_slots_release(struct parquet_reader *r)
{
	for (size_t i = 0; i < r->slot_n; i++) {
		struct pq_slot *slot = &r->slot[i];

		if (slot->cursor != NULL)
			pq_cursor_release(slot->cursor);
		free(slot->cursor);
		pq_tree_close(slot->tree);
		free(slot->entry);
		free(slot->stamp);
	}
	free(r->slot);
	arena_reset(&r->shapes);
	r->slot = NULL;
	r->slot_n = 0;
}

static int
bind_slot(struct parquet_reader *r, struct pq_slot *slot,
	  const struct parquet_want *want, struct fail *f)
{
	const struct pq_schema *s = &r->file.schema;
	size_t node = pq_find_child(s, 0, want);
	const struct pq_node *from = &s->node[node];

	bool is_void = want->kind == PARQUET_LEAF && want->type == TABLE_TYPES;

	if (node == 0 || is_void || from->is_null)
		return 0;
	if (parquet_is_json(want)) {
		struct pq_tree_in in = {&r->src, r->codec, s, &r->held,
					&r->shapes};

		return pq_tree_open(&slot->tree, &in, node, want, f);
	}
	if (from->kind != PARQUET_LEAF || from->max_rep > 0 ||
	    !pq_cast_find(from, want, &slot->cast))
		return refuse_column(r, from, want, f);
	slot->cursor = calloc(1, sizeof(*slot->cursor));
	if (slot->cursor == NULL)
		return fail_memory(f);
	slot->leaf = from->leaf;
	pq_cursor_init(slot->cursor, &r->src, r->codec, from, &r->held);
	return 0;
}

static struct parquet_want
want_of(const struct table_field *field)
{
	return (struct parquet_want){
		.name = field->name,
		.field_id = PARQUET_NO_ID,
		.kind = PARQUET_LEAF,
		.type = field->type,
		.precision = field->precision,
		.scale = field->scale,
	};
}

int
parquet_select(struct parquet_reader *r, const struct table *t,
	       const struct parquet_want *want, struct fail *f)
{
	int rc = 0;

	pq_slots_release(r);
	r->slot = calloc(t->column_n + 1, sizeof(*r->slot));
	if (r->slot == NULL)
		return fail_memory(f);
	r->slot_n = t->column_n;
	for (size_t i = 0; i < t->column_n && rc == 0; i++) {
		struct parquet_want own = want_of(&t->column[i].field);

		rc = bind_slot(r, &r->slot[i], want == NULL ? &own : &want[i],
			       f);
	}
	r->group = 0;
	r->group_end = r->file.group_n;
	r->row_left = 0;
	return rc;
}
