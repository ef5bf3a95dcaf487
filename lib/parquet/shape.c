/* SPDX-License-Identifier: MIT */
/*
 * Binding what is wanted of a nested column to the leaves of a file. How a
 * list or map is written has changed over the years, so the wanted type is
 * the guide: a group that can be read as it is, is read so.
 */
#include "parquet/shape.h"

#include <stdlib.h>

#include "ndjson/ndjson.h"

struct binder {
	const struct pq_tree_in *in;
	struct pq_tree *tree;
	const struct pq_schema *schema;
	unsigned depth;
};

size_t
pq_find_child(const struct pq_schema *s, size_t group,
	      const struct parquet_want *want)
{
	for (size_t i = group + 1; i < s->node[group].end; i = s->node[i].end)
		if (want->field_id != PARQUET_NO_ID
			    ? s->node[i].field_id == want->field_id
			    : str_equal(s->node[i].name, want->name))
			return i;
	return 0;
}

/* "array", or the list's name and "_tuple". */
static bool
is_element_name(struct str name, struct str list)
{
	size_t tail = strlen("_tuple");

	return str_is(name, "array") ||
	       (name.n == list.n + tail && str_ends(name, "_tuple") &&
		str_equal((struct str){name.p, list.n}, list));
}

size_t
pq_list_element(const struct pq_schema *s, size_t list)
{
	size_t middle = list + 1;
	const struct pq_node *m = &s->node[middle];

	if (m->kind == PARQUET_LEAF || m->child_n != 1 ||
	    s->node[middle + 1].repetition == PARQUET_REPEATED ||
	    is_element_name(m->name, s->node[list].name))
		return middle;
	return middle + 1;
}

/* Has the group one child, which is repeated? */
static bool
has_middle(const struct pq_schema *s, size_t group)
{
	return s->node[group].kind != PARQUET_LEAF &&
	       s->node[group].child_n == 1 &&
	       s->node[group + 1].repetition == PARQUET_REPEATED;
}

static int
refuse(const struct binder *b, size_t node, const struct parquet_want *want,
       struct fail *f)
{
	static const char *const kind[] = {"a value", "a struct", "an array",
					   "a map"};
	const struct pq_node *from = &b->schema->node[node];

	return fail_set(f, FAIL_DATA,
			"'%s': field '%.*s' is %s in the file, which cannot "
			"be read as %s",
			b->in->src->name, STR_ARG(from->name),
			from->kind == PARQUET_LEAF
				? pq_physical_name(from->physical)
				: kind[from->kind],
			want->kind == PARQUET_LEAF ? table_type_name(want->type)
						   : kind[want->kind]);
}

static int
add_stream(struct binder *b, size_t node, const struct pq_shape *leaf,
	   struct fail *f)
{
	struct pq_tree *t = b->tree;
	const struct pq_node *n = &b->schema->node[node];
	struct pq_stream *s;

	if (!MEM_GROW(&t->stream, t->stream_n, &t->stream_cap))
		return fail_memory(f);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return fail_memory(f);
	s->leaf = leaf;
	s->leaf_i = n->leaf;
	pq_cursor_init(&s->cursor, b->in->src, b->in->codec, n, b->in->held);
	t->stream[t->stream_n++] = s;
	return 0;
}

static bool
is_wide(const struct parquet_want *want)
{
	return want->type == TABLE_DECIMAL && want->precision > 18;
}

/* Can the file's leaf be had as a wide decimal? */
static bool
grows_wide(const struct pq_node *n, const struct parquet_want *want)
{
	return (n->is_wide || n->type == TABLE_DECIMAL ||
		pq_is_integer(n->type)) &&
	       n->scale <= want->scale &&
	       n->precision - n->scale <= want->precision - want->scale;
}

static int
bind_leaf(struct binder *b, size_t node, const struct parquet_want *want,
	  struct pq_shape *out, struct fail *f)
{
	const struct pq_node *n = &b->schema->node[node];
	bool is_fit;

	if (want->type == TABLE_TYPES || n->is_null) {
		out->kind = PQ_SHAPE_ABSENT;
		return 0;
	}
	if (n->kind != PARQUET_LEAF)
		return refuse(b, node, want, f);
	is_fit = is_wide(want) ? grows_wide(n, want)
			       : pq_cast_find(n, want, &out->cast);
	if (!is_fit)
		return refuse(b, node, want, f);
	out->kind = PQ_SHAPE_LEAF;
	out->node = n;
	out->def = n->max_def;
	out->field = (struct table_field){.name = n->name,
					  .type = want->type,
					  .precision = want->precision,
					  .scale = want->scale};
	return add_stream(b, node, out, f);
}

static int bind(struct binder *b, size_t node, bool is_item,
		const struct parquet_want *want, struct pq_shape *out,
		struct fail *f);

/* The key of a member as it is printed: "name": */
static int
set_head(struct binder *b, struct str label, struct str *out, struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, PQ_JSON_MAX);
	rc = ndjson_put_string(&text, label);
	if (rc == 0)
		rc = buf_add_char(&text, ':');
	out->n = text.len;
	out->p = rc == 0 ? arena_copy(b->in->mem, buf_str(&text)) : NULL;
	buf_release(&text);
	return out->p == NULL ? fail_memory(f) : 0;
}

static int
bind_struct(struct binder *b, size_t node, const struct parquet_want *want,
	    struct pq_shape *out, struct fail *f)
{
	const struct pq_schema *s = b->schema;
	int rc = 0;

	if (s->node[node].kind == PARQUET_LEAF)
		return refuse(b, node, want, f);
	out->kind = PQ_SHAPE_STRUCT;
	out->def = s->node[node].max_def;
	out->item_rep = s->node[node].max_rep;
	for (size_t i = 0; rc == 0 && i < want->child_n; i++) {
		size_t child = pq_find_child(s, node, &want->child[i]);

		rc = set_head(b, want->child[i].label, &out->child[i].head, f);
		if (rc == 0 && child != 0)
			rc = bind(b, child, false, &want->child[i],
				  &out->child[i], f);
	}
	return rc;
}

static int
bind_list(struct binder *b, size_t node, bool is_bare,
	  const struct parquet_want *want, struct pq_shape *out, struct fail *f)
{
	const struct pq_schema *s = b->schema;
	size_t middle = is_bare ? node : node + 1;
	size_t element = middle;

	if (!is_bare &&
	    (!has_middle(s, node) || s->node[node].kind == PARQUET_MAP))
		return refuse(b, node, want, f);
	if (!is_bare) {
		element = pq_list_element(s, node);
		if (want->child->kind == PARQUET_GROUP &&
		    s->node[element].kind != PARQUET_GROUP &&
		    s->node[middle].kind != PARQUET_LEAF)
			element = middle;
	}
	out->kind = PQ_SHAPE_LIST;
	out->def = s->node[is_bare ? s->node[node].parent : node].max_def;
	out->item_def = s->node[middle].max_def;
	out->item_rep = s->node[middle].max_rep;
	return bind(b, element, element == middle, want->child, out->child, f);
}

static int
bind_map(struct binder *b, size_t node, const struct parquet_want *want,
	 struct pq_shape *out, struct fail *f)
{
	const struct pq_schema *s = b->schema;
	size_t middle = node + 1, key = middle + 1;
	int rc;

	if (!has_middle(s, node) || s->node[node].kind == PARQUET_LIST ||
	    s->node[middle].kind == PARQUET_LEAF ||
	    s->node[middle].child_n < 1 || s->node[middle].child_n > 2)
		return refuse(b, node, want, f);
	out->kind = PQ_SHAPE_MAP;
	out->def = s->node[node].max_def;
	out->item_def = s->node[middle].max_def;
	out->item_rep = s->node[middle].max_rep;
	rc = bind(b, key, false, &want->child[0], &out->child[0], f);
	if (rc == 0 && s->node[middle].child_n == 2)
		rc = bind(b, s->node[key].end, false, &want->child[1],
			  &out->child[1], f);
	return rc;
}

/* is_item: the node is repeated, and one of its repetitions is meant. */
static int
bind(struct binder *b, size_t node, bool is_item,
     const struct parquet_want *want, struct pq_shape *out, struct fail *f)
{
	const struct pq_schema *s = b->schema;
	bool is_bare = !is_item && s->node[node].repetition == PARQUET_REPEATED;
	int rc;

	out->first_stream = b->tree->stream_n;
	out->child_n = want->child_n;
	out->child = arena_zalloc(b->in->mem, want->child_n + 1,
				  sizeof(*out->child));
	if (out->child == NULL)
		return fail_memory(f);
	if (is_bare && want->kind != PARQUET_LIST)
		return refuse(b, node, want, f);
	if (++b->depth > LIMIT_DEPTH + 1)
		return fail_set(f, FAIL_DATA, "'%s': nested over %d deep",
				b->in->src->name, LIMIT_DEPTH);
	switch (want->kind) {
	case PARQUET_GROUP:
		rc = bind_struct(b, node, want, out, f);
		break;
	case PARQUET_LIST:
		rc = bind_list(b, node, is_bare, want, out, f);
		break;
	case PARQUET_MAP:
		rc = bind_map(b, node, want, out, f);
		break;
	default:
		rc = bind_leaf(b, node, want, out, f);
	}
	b->depth--;
	/* of a group without a leaf that is wanted, any leaf tells whether it
	 * is there */
	if (rc == 0 && b->tree->stream_n == out->first_stream &&
	    out->kind != PQ_SHAPE_ABSENT) {
		size_t leaf = node;

		while (leaf < s->node[node].end &&
		       s->node[leaf].kind != PARQUET_LEAF)
			leaf++;
		if (leaf == s->node[node].end)
			return refuse(b, node, want, f);
		rc = add_stream(b, leaf, NULL, f);
	}
	out->stream_n = b->tree->stream_n - out->first_stream;
	return rc;
}

int
pq_tree_open(struct pq_tree **out, const struct pq_tree_in *in, size_t node,
	     const struct parquet_want *want, struct fail *f)
{
	struct binder b = {.in = in, .schema = in->schema};
	struct pq_tree *t = calloc(1, sizeof(*t));

	*out = t;
	if (t == NULL)
		return fail_memory(f);
	buf_init(&t->text, PQ_TEXT_MAX);
	b.tree = t;
	return bind(&b, node, false, want, &t->root, f);
}

void
pq_tree_close(struct pq_tree *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->stream_n; i++) {
		pq_cursor_release(&t->stream[i]->cursor);
		free(t->stream[i]);
	}
	free(t->stream);
	buf_release(&t->text);
	free(t);
}
