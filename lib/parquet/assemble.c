/* SPDX-License-Identifier: MIT */
/*
 * A row's value out of its leaves. Each leaf is a stream of (repetition
 * level, definition level, value); whatever stands at one place in the tree
 * takes at least one entry from each leaf beneath it, all with the same
 * repetition level, and a list goes on as long as the next entry repeats it.
 * Leaves that contradict each other are damage. Members that are null are
 * left out of their object, items that are null are null.
 */
#include "ndjson/ndjson.h"
#include "parquet/shape.h"

struct maker {
	struct pq_tree *tree;
	struct buf *out;
	struct fail *f;
};

static int put(struct maker *m, const struct pq_shape *s, unsigned rep,
	       bool *is_null);

static int
damaged(struct maker *m, const struct pq_stream *s, const char *what)
{
	return fail_set(m->f, FAIL_DATA,
			"'%s': column '%.*s', page at byte %llu: %s",
			s->cursor.src->name, STR_ARG(s->cursor.node->name),
			(unsigned long long)s->cursor.page_pos, what);
}

void
pq_tree_start(struct pq_tree *t, const struct pq_chunk_in_file *chunk)
{
	for (size_t i = 0; i < t->stream_n; i++) {
		struct pq_stream *s = t->stream[i];

		pq_cursor_start(&s->cursor, &chunk[s->leaf_i]);
		s->cursor.level_n = 0;
		s->used = 0;
	}
}

/* ---- entries of a stream ---- */

/* Have a level to look at; *has_level false: the chunk is at its end. */
static int
peek(struct maker *m, struct pq_stream *s, bool *has_level)
{
	struct pq_cursor *c = &s->cursor;

	if (s->used == c->level_n) {
		int rc = pq_cursor_next(c, PQ_BLOCK, m->f);

		if (rc != 0)
			return rc;
		s->used = 0;
		s->value_used = 0;
		if (s->leaf != NULL &&
		    !pq_cast(&s->leaf->cast, c->block.number, c->value_n))
			return damaged(m, s, "a value does not fit its type");
	}
	*has_level = s->used < c->level_n;
	return 0;
}

static unsigned
rep_of(const struct pq_stream *s)
{
	return s->cursor.node->max_rep > 0 ? s->cursor.rep_level[s->used] : 0;
}

static unsigned
def_of(const struct pq_stream *s)
{
	return s->cursor.node->max_def > 0 ? s->cursor.def_level[s->used] : 0;
}

/* The entry that must be there next, and its definition level. */
static int
expect(struct maker *m, struct pq_stream *s, unsigned rep, unsigned *def)
{
	bool has_level = false;
	int rc = peek(m, s, &has_level);

	*def = 0;
	if (rc != 0)
		return rc;
	if (!has_level)
		return damaged(m, s, "fewer rows than its row group");
	if (rep_of(s) != rep)
		return damaged(m, s, "its levels contradict its neighbours'");
	*def = def_of(s);
	return 0;
}

static void
step(struct pq_stream *s)
{
	s->value_used += def_of(s) == s->cursor.node->max_def;
	s->used++;
}

/* Pass over what one stream has at a place that takes one entry at level
 * rep, and deeper ones, as far as they repeat below `within`. */
static int
skip_deep(struct maker *m, struct pq_stream *s, unsigned rep, unsigned within)
{
	bool has_level = true;
	unsigned def;
	int rc = expect(m, s, rep, &def);

	while (rc == 0) {
		step(s);
		rc = peek(m, s, &has_level);
		if (rc != 0 || !has_level || rep_of(s) <= within)
			break;
	}
	return rc;
}

/* One entry from each leaf of a group that is null or empty. */
static int
skip(struct maker *m, const struct pq_shape *s, unsigned rep, unsigned below)
{
	int rc = 0;

	for (size_t i = 0; i < s->stream_n && rc == 0; i++) {
		struct pq_stream *in = m->tree->stream[s->first_stream + i];
		unsigned def;

		rc = expect(m, in, rep, &def);
		if (rc != 0)
			return rc;
		if (def >= below)
			return damaged(m, in,
				       "its levels contradict its neighbours'");
		step(in);
	}
	return rc;
}

/* ---- values ---- */

static int
put_text(struct maker *m, const struct pq_shape *s, struct str text)
{
	struct table_value v = {.str = text};

	if (s->node->is_wide)
		return pq_put_wide(m->out, text, s->node->scale,
				   s->field.scale);
	return table_put_json(m->out, &s->field, &v);
}

static int
put_number(struct maker *m, const struct pq_shape *s, int64_t bits)
{
	struct table_value v = {.i64 = bits};

	if (s->field.type == TABLE_DECIMAL && s->field.precision > 18)
		return pq_put_grown(m->out, bits, s->node, s->field.scale);
	memcpy(&v.f64, &bits, sizeof(v.f64));
	return table_put_json(m->out, &s->field, &v);
}

static int
put_leaf(struct maker *m, const struct pq_shape *s, unsigned rep, bool *is_null)
{
	struct pq_stream *in = m->tree->stream[s->first_stream];
	const struct pq_cursor *c = &in->cursor;
	size_t at;
	unsigned def;
	int rc = expect(m, in, rep, &def);

	if (rc != 0)
		return rc;
	*is_null = def < s->def;
	at = in->value_used;
	step(in);
	if (*is_null)
		return 0;
	if (!table_type_is_text(c->node->type))
		rc = put_number(m, s, c->block.number[at]);
	else if (c->block.is_coded)
		rc = put_text(m, s, c->dict.text[c->block.code[at]]);
	else
		rc = put_text(m, s, c->block.text[at]);
	if (rc == FAIL_DATA)
		return damaged(m, in, "a decimal of over 38 digits");
	return rc;
}

/* ---- groups ---- */

/* A group none of whose children takes entries: its witness does. */
static int
pass_witness(struct maker *m, const struct pq_shape *s, unsigned rep)
{
	for (size_t i = 0; i < s->child_n; i++)
		if (s->child[i].stream_n > 0)
			return 0;
	return skip_deep(m, m->tree->stream[s->first_stream], rep, s->item_rep);
}

static int
put_struct(struct maker *m, const struct pq_shape *s, unsigned rep)
{
	struct buf *out = m->out;
	size_t start = out->len;
	int rc = buf_add_char(out, '{');

	for (size_t i = 0; i < s->child_n && rc == 0; i++) {
		const struct pq_shape *child = &s->child[i];
		size_t before = out->len;
		bool is_null = true;

		if (before > start + 1)
			rc = buf_add_char(out, ',');
		if (rc == 0)
			rc = buf_add_str(out, child->head);
		if (rc == 0)
			rc = put(m, child, rep, &is_null);
		if (is_null)
			out->len = before;
	}
	if (rc == 0)
		rc = pass_witness(m, s, rep);
	return rc != 0 ? rc : buf_add_char(out, '}');
}

static int
put_element(struct maker *m, const struct pq_shape *s, unsigned rep)
{
	bool is_null = false;
	int rc = put(m, s->child, rep, &is_null);

	return rc == 0 && is_null ? buf_add_cstr(m->out, "null") : rc;
}

static int
put_entry(struct maker *m, const struct pq_shape *s, unsigned rep)
{
	const struct pq_shape *key = &s->child[0], *value = &s->child[1];
	bool is_object = key->field.type == TABLE_STRING;
	bool is_null = false;
	size_t before;
	int rc = is_object ? 0 : buf_add_cstr(m->out, "{\"key\":");

	if (rc == 0)
		rc = put(m, key, rep, &is_null);
	if (rc == 0 && is_null)
		return damaged(m, m->tree->stream[s->first_stream],
			       "a map has a null as key");
	before = m->out->len;
	if (rc == 0)
		rc = buf_add_cstr(m->out, is_object ? ":" : ",\"value\":");
	is_null = true;
	if (rc == 0)
		rc = put(m, value, rep, &is_null);
	if (rc == 0 && is_null && is_object)
		return buf_add_cstr(m->out, "null");
	if (is_null)
		m->out->len = before;
	return rc == 0 && !is_object ? buf_add_char(m->out, '}') : rc;
}

static int
put_items(struct maker *m, const struct pq_shape *s, unsigned rep)
{
	bool is_list = s->kind == PQ_SHAPE_LIST;
	bool is_object = !is_list && s->child[0].field.type == TABLE_STRING;
	struct pq_stream *first = m->tree->stream[s->first_stream];
	unsigned def;
	int rc = expect(m, first, rep, &def);

	if (rc == 0)
		rc = buf_add_char(m->out, is_object ? '{' : '[');
	if (rc == 0 && def < s->item_def) {
		rc = skip(m, s, rep, s->item_def);
	} else {
		bool has_level = true;

		while (rc == 0) {
			rc = is_list ? put_element(m, s, rep)
				     : put_entry(m, s, rep);
			if (rc == 0)
				rc = pass_witness(m, s, rep);
			if (rc == 0)
				rc = peek(m, first, &has_level);
			if (rc != 0 || !has_level ||
			    rep_of(first) != s->item_rep)
				break;
			rep = s->item_rep;
			rc = buf_add_char(m->out, ',');
		}
	}
	return rc != 0 ? rc : buf_add_char(m->out, is_object ? '}' : ']');
}

/* What stands at a place of the tree, whose entries begin at level rep;
 * nothing is put for a null. */
static int
put(struct maker *m, const struct pq_shape *s, unsigned rep, bool *is_null)
{
	unsigned def;
	int rc;

	*is_null = true;
	if (s->kind == PQ_SHAPE_ABSENT)
		return 0;
	if (m->out->len > PQ_JSON_MAX)
		return damaged(m, m->tree->stream[s->first_stream],
			       "a value takes over 64 MiB as JSON");
	if (s->kind == PQ_SHAPE_LEAF)
		return put_leaf(m, s, rep, is_null);
	rc = expect(m, m->tree->stream[s->first_stream], rep, &def);
	if (rc != 0)
		return rc;
	*is_null = def < s->def;
	if (*is_null)
		return skip(m, s, rep, s->def);
	return s->kind == PQ_SHAPE_STRUCT ? put_struct(m, s, rep)
					  : put_items(m, s, rep);
}

int
pq_tree_next(struct pq_tree *t, struct str *out, bool *is_null, struct fail *f)
{
	struct maker m = {t, &t->text, f};
	int rc;

	buf_reset(&t->text);
	rc = put(&m, &t->root, 0, is_null);
	*out = buf_str(&t->text);
	return rc == FAIL_MEMORY ? fail_memory(f) : rc;
}
