/* SPDX-License-Identifier: MIT */
/*
 * From a line to a row. A value goes into its column; a key without a column,
 * or a value that does not fit, goes into _rescued as JSON. A bad line, one
 * that comes wrapped ("@bad") or that is no event at all, becomes a row of
 * its raw bytes where the table has room for such rows, else it is refused
 * and the caller must account for it. So every line is in one place.
 */
#include "lake/row.h"

#include <stdlib.h>

#include "lake/row_common.h"

#define NAMES_MAX   ((size_t)LIMIT_COLUMNS * 8)
#define KEY_SHOWN   ((size_t)200) /* bytes of a key in a message */
#define VALUE_SHOWN ((size_t)100) /* the same of a value */

/* ---- opening ---- */

static void
set_target(struct row_target *t, const struct delta_meta *meta, int column,
	   const struct delta_writer *w)
{
	t->is_there = true;
	t->field = meta->column[column].field;
	t->index = delta_writer_place(w, (size_t)column, &t->is_partition);
}

static int
add_name(struct row_maker *m, struct str name, size_t column, struct fail *f)
{
	int64_t i = map_add(&m->names, name, NULL);

	if (i < 0)
		return fail_memory(f);
	m->name_column[i] = (int)column;
	return 0;
}

bool
row_goes_into(enum event_type from, const struct table_field *to)
{
	switch (to->type) {
	case TABLE_BOOLEAN:
		return from == EVENT_BOOLEAN;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		return from == EVENT_INTEGER || from == EVENT_LONG;
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		return from == EVENT_DOUBLE;
	case TABLE_STRING:
		return from == EVENT_STRING;
	case TABLE_TIMESTAMP:
		return from == EVENT_TIMESTAMP;
	case TABLE_DATE:
		return from == EVENT_DATE;
	case TABLE_BINARY:
		return from == EVENT_BINARY;
	default:
		return false;
	}
}

static int
add_names(struct row_maker *m, struct fail *f)
{
	const struct event_schema *s = m->schema;
	size_t n = s->column_n;
	int rc = 0;

	for (size_t i = 0; i < s->column_n; i++)
		n += s->column[i].alias_n;
	m->name_column = arena_zalloc(&m->mem, n + 1, sizeof(*m->name_column));
	m->is_set = arena_zalloc(&m->mem, s->column_n + 1, sizeof(*m->is_set));
	if (m->name_column == NULL || m->is_set == NULL)
		return fail_memory(f);
	for (size_t i = 0; rc == 0 && i < s->column_n; i++) {
		rc = add_name(m, s->column[i].name, i, f);
		for (size_t k = 0; rc == 0 && k < s->column[i].alias_n; k++)
			rc = add_name(m, s->column[i].alias[k], i, f);
	}
	return rc;
}

int
row_maker_open(struct row_maker *m, const struct event_schema *schema,
	       bool has_keys, const struct delta_meta *meta,
	       struct delta_writer *w, struct fail *f)
{
	*m = (struct row_maker){.schema = schema,
				.has_keys = has_keys,
				.writer = w,
				.meta = meta};
	map_init(&m->names, NAMES_MAX);
	buf_init(&m->rescue, LIMIT_LINE_MAX);
	buf_init(&m->misfit, FAIL_TEXT_MAX);
	buf_init(&m->refusal, FAIL_TEXT_MAX * 2);
	buf_init(&m->first_rescued, KEY_SHOWN);
	m->target = arena_zalloc(&m->mem, schema->column_n + 1,
				 sizeof(*m->target));
	m->required = arena_zalloc(&m->mem, meta->column_n + 1,
				   sizeof(*m->required));
	if (m->target == NULL || m->required == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < schema->column_n; i++) {
		int at = delta_column_find(meta, schema->column[i].name);
		struct row_target *t = &m->target[i];

		if (at < 0 || !row_goes_into(schema->column[i].type,
					     &meta->column[at].field))
			continue;
		set_target(t, meta, at, w);
		t->way = row_choose_way(&schema->column[i], t);
		m->has_partition = m->has_partition || t->is_partition;
	}
	for (size_t i = 0; i < meta->column_n; i++) {
		enum delta_lake_column lake = delta_lake_column(
			&meta->column[i]);

		if (lake != DELTA_LAKE_NONE)
			set_target(&m->lake[lake], meta, (int)i, w);
		if (!meta->column[i].is_nullable)
			m->required[m->required_n++] = (int)i;
	}
	return has_keys ? 0 : add_names(m, f);
}

void
row_maker_close(struct row_maker *m)
{
	map_release(&m->names);
	buf_release(&m->rescue);
	buf_release(&m->misfit);
	buf_release(&m->refusal);
	buf_release(&m->first_rescued);
	arena_release(&m->line);
	arena_release(&m->mem);
}

void
row_maker_set_arrival(struct row_maker *m, int64_t days)
{
	const struct row_target *t = &m->lake[DELTA_LAKE_ARRIVAL];

	if (t->is_there && t->is_partition)
		delta_writer_set(m->writer, t->index,
				 (struct expr_cell){.i64 = days});
}

/* ---- values ---- */

static int
put_i64(struct row_maker *m, const struct row_target *t, int64_t v)
{
	if (t->is_partition)
		delta_writer_set(m->writer, t->index,
				 (struct expr_cell){.i64 = v});
	else
		table_put_i64(delta_writer_row(m->writer), t->index, v);
	return 0;
}

static int
put_str(struct row_maker *m, const struct row_target *t, struct str s,
	struct fail *f)
{
	if (!t->is_partition)
		return table_put_str(delta_writer_row(m->writer), t->index, s,
				     f);
	delta_writer_set(m->writer, t->index, (struct expr_cell){.str = s});
	return 0;
}

/* No value of a line goes into such a column, ever. */
static bool
is_never_filled(const struct table_field *to)
{
	for (int i = 0; i < EVENT_TYPES; i++)
		if (row_goes_into((enum event_type)i, to))
			return false;
	return true;
}

/* "the value 1.5 of 'x' does not fit its column, of type integer" */
static int
say_misfit(struct row_maker *m, struct str key, struct str raw,
	   const struct row_target *t)
{
	struct buf *b = &m->misfit;
	const char *cut = raw.n > VALUE_SHOWN ? "..." : "";
	int at = delta_column_find(m->meta, key);

	if (key.n > KEY_SHOWN)
		key.n = KEY_SHOWN;
	if (raw.n > VALUE_SHOWN)
		raw.n = VALUE_SHOWN;
	if (at >= 0 && is_never_filled(&m->meta->column[at].field))
		return buf_addf(b,
				"the column '%.*s' is of type %.*s, which "
				"lake-put does not fill",
				STR_ARG(key),
				STR_ARG(delta_type_text(&m->meta->column[at])));
	if (t == NULL || !t->is_there)
		return buf_addf(b, "no column takes the key '%.*s'",
				STR_ARG(key));
	return buf_addf(b,
			"the value %.*s%s of '%.*s' does not fit its column, "
			"of type %s",
			STR_ARG(raw), cut, STR_ARG(key),
			delta_type_name(&t->field));
}

/* Append "key":value to what is rescued of this line; key as it stands
 * between its quotes; t: its column, or NULL. */
static int
rescue(struct row_maker *m, struct str key, struct str raw,
       const struct row_target *t, struct fail *f)
{
	struct buf *b = &m->rescue;

	m->row_rescued++;
	if (b->len == 0 && say_misfit(m, key, raw, t) != 0)
		return fail_memory(f);
	if (m->first_rescued.len == 0 &&
	    buf_add(&m->first_rescued, key.p,
		    key.n < KEY_SHOWN ? key.n : KEY_SHOWN) != 0)
		return fail_memory(f);
	if (buf_add_char(b, b->len == 0 ? '{' : ',') != 0 ||
	    buf_add_char(b, '"') != 0 || buf_add_str(b, key) != 0 ||
	    buf_add_cstr(b, "\":") != 0 || buf_add_str(b, raw) != 0)
		return fail_memory(f);
	return 0;
}

/* Does a decoded value fit the table's column, which may be narrower than the
 * event's, or of another type? */
static bool
is_fit(const struct row_target *t, const struct event_cell *c)
{
	switch (t->field.type) {
	case TABLE_BOOLEAN:
	case TABLE_INT32:
		return c->kind == EVENT_CELL_I64 && c->i64 >= INT32_MIN &&
		       c->i64 <= INT32_MAX;
	case TABLE_INT8:
		return c->kind == EVENT_CELL_I64 && c->i64 >= INT8_MIN &&
		       c->i64 <= INT8_MAX;
	case TABLE_INT16:
		return c->kind == EVENT_CELL_I64 && c->i64 >= INT16_MIN &&
		       c->i64 <= INT16_MAX;
	case TABLE_FLOAT:
		return c->kind == EVENT_CELL_F64 &&
		       (double)(float)c->f64 == c->f64;
	case TABLE_DOUBLE:
		return c->kind == EVENT_CELL_F64;
	case TABLE_STRING:
		/* an empty partition value would read back as null */
		return c->kind == EVENT_CELL_STR &&
		       !(t->is_partition && c->str.n == 0);
	case TABLE_BINARY:
		return c->kind == EVENT_CELL_STR;
	default:
		return c->kind == EVENT_CELL_I64;
	}
}

/* Put one value of the schema's column i. */
static int
put_value(struct row_maker *m, size_t i, const struct ndjson_val *v,
	  struct fail *f)
{
	const struct row_target *t = &m->target[i];
	struct event_cell c;

	event_decode(&m->schema->column[i], v, &m->line, &c);
	if (c.kind == EVENT_CELL_NULL)
		return 0;
	if (PORT_UNLIKELY(!t->is_there || c.kind == EVENT_CELL_MISFIT ||
			  !is_fit(t, &c)))
		return rescue(m, m->schema->column[i].name, ndjson_raw(v), t,
			      f);
	if (c.kind == EVENT_CELL_I64)
		return put_i64(m, t, c.i64);
	if (c.kind == EVENT_CELL_STR)
		return put_str(m, t, c.str, f);
	if (t->is_partition)
		delta_writer_set(m->writer, t->index,
				 (struct expr_cell){.f64 = c.f64});
	else
		table_put_f64(delta_writer_row(m->writer), t->index, c.f64);
	return 0;
}

/* The values of wanted keys. */
static int
put_known(struct row_maker *m, const struct ndjson_val *val, struct fail *f)
{
	struct table *t = delta_writer_row(m->writer);

	for (size_t i = 0; i < m->schema->column_n; i++) {
		int rc;

		if (val[i].kind == NDJSON_ABSENT ||
		    PORT_LIKELY(row_put_common(m, t, &m->target[i], &val[i])))
			continue;
		rc = put_value(m, i, &val[i], f);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* A member that no wanted key names. */
static int
put_rest(struct row_maker *m, const struct ndjson_member *member,
	 struct fail *f)
{
	struct str key = member->key;
	int64_t i = -1;

	if (!m->has_keys) {
		if (memchr(key.p, '\\', key.n) != NULL) {
			char *text = arena_alloc(&m->line, key.n);

			if (text == NULL)
				return fail_memory(f);
			key.n = ndjson_unescape(key.p, key.n, text);
			key.p = text;
		}
		i = map_find(&m->names, key);
	}
	if (i < 0)
		return rescue(m, member->key, ndjson_raw(&member->val), NULL,
			      f);
	i = m->name_column[i];
	if (m->is_set[i]) /* two aliases of one column */
		return rescue(m, member->key, ndjson_raw(&member->val), NULL,
			      f);
	m->is_set[i] = true;
	return put_value(m, (size_t)i, &member->val, f);
}

/* ---- rows ---- */

static int
refuse(struct row_maker *m, const char *why, struct fail *f)
{
	table_drop_row(delta_writer_row(m->writer));
	return buf_add_cstr(&m->refusal, why) != 0 ? fail_memory(f) : 0;
}

/* What of the partition columns and the verdict must be said anew. */
static int
begin_row(struct row_maker *m, bool is_bad, struct fail *f)
{
	const struct row_target *verdict = &m->lake[DELTA_LAKE_VERDICT];
	const struct expr_cell null = {.is_null = true};

	arena_reset(&m->line);
	buf_reset(&m->rescue);
	buf_reset(&m->misfit);
	m->row_rescued = 0;
	for (size_t i = 0; m->has_partition && i < m->schema->column_n; i++)
		if (m->target[i].is_there && m->target[i].is_partition)
			delta_writer_set(m->writer, m->target[i].index, null);
	if (!verdict->is_there)
		return 0;
	return put_str(m, verdict, is_bad ? STR_LIT("bad") : STR_LIT("good"),
		       f);
}

static int
refuse_misfit(struct row_maker *m, struct fail *f)
{
	if (buf_add_str(&m->refusal, buf_str(&m->misfit)) != 0)
		return fail_memory(f);
	return refuse(m, ", and the table has no column _rescued", f);
}

/* Is a condition true of the open row? */
static bool
is_true_of_row(const struct row_maker *m, const struct delta_filter *of)
{
	for (size_t i = 0; i < of->n; i++)
		of->cell[i] = delta_writer_cell(m->writer,
						(size_t)of->column[i]);
	return expr_test(of->e, of->cell) == EXPR_TRUE;
}

/* What the table, or --replace-where, demands of each row. */
static int
check_row(struct row_maker *m, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->required_n; i++) {
		size_t at = (size_t)m->required[i];

		if (!delta_writer_cell(m->writer, at).is_null)
			continue;
		rc = buf_addf(&m->refusal,
			      "the column '%.*s' of the table may not be null, "
			      "and the line has no value for it",
			      STR_ARG(m->meta->column[at].name));
		return rc != 0 ? fail_memory(f) : refuse(m, "", f);
	}
	for (size_t i = 0; rc == 0 && i < m->rules->n; i++) {
		const struct delta_rule *r = &m->rules->item[i];

		if (is_true_of_row(m, &r->filter))
			continue;
		rc = buf_addf(&m->refusal, "violates the %s '%.*s' (%.*s)",
			      r->what, STR_ARG(r->name), STR_ARG(r->text));
		return rc != 0 ? fail_memory(f) : refuse(m, "", f);
	}
	/* Rows outside of what is replaced would come again with the next
	 * run. */
	if (rc == 0 && m->inside != NULL && !is_true_of_row(m, m->inside))
		return refuse(m,
			      "does not belong to what --replace-where "
			      "replaces",
			      f);
	return rc;
}

static int
end_row(struct row_maker *m, struct fail *f)
{
	const struct row_target *t = &m->lake[DELTA_LAKE_RESCUED];
	int rc = 0;

	if (m->rescue.len > 0) {
		if (!t->is_there)
			return refuse_misfit(m, f);
		rc = buf_add_char(&m->rescue, '}');
		rc = rc != 0 ? fail_memory(f)
			     : put_str(m, t, buf_str(&m->rescue), f);
	}
	if (rc == 0 &&
	    (m->inside != NULL || m->required_n > 0 || m->rules->n > 0))
		rc = check_row(m, f);
	if (rc != 0 || m->refusal.len > 0)
		return rc;
	m->rescued += m->row_rescued;
	return delta_writer_end_row(m->writer, f);
}

static int
put_event(struct row_maker *m, const struct ndjson_line *line, struct fail *f)
{
	int rc = begin_row(m, false, f);

	if (m->has_keys) {
		if (rc == 0)
			rc = put_known(m, line->val, f);
	} else {
		memset(m->is_set, 0, m->schema->column_n);
	}
	for (size_t i = 0; rc == 0 && i < line->rest_n; i++)
		rc = put_rest(m, &line->rest[i], f);
	return rc != 0 ? rc : end_row(m, f);
}

/* ---- bad lines ---- */

static bool
has_room_for_bad(const struct row_maker *m)
{
	return m->lake[DELTA_LAKE_RAW].is_there &&
	       m->lake[DELTA_LAKE_RULES].is_there &&
	       m->lake[DELTA_LAKE_LINE].is_there &&
	       m->lake[DELTA_LAKE_OFFSET].is_there;
}

static int
end_bad_row(struct row_maker *m, struct fail *f)
{
	int rc = end_row(m, f);

	m->bad_rows += rc == 0 && m->refusal.len == 0;
	return rc;
}

/* A line that is no event: its bytes, and the reason as its only rule. */
static int
put_malformed(struct row_maker *m, const struct ndjson_line *line,
	      struct fail *f)
{
	const char *reason = ndjson_reason_name(line->reason);
	char rules[128];
	int n, rc;

	if (!has_room_for_bad(m)) {
		rc = buf_addf(&m->refusal, "%s: %s", reason,
			      ndjson_reason_hint(line->reason));
		return rc != 0 ? fail_memory(f) : 0;
	}
	rc = begin_row(m, true, f);
	n = snprintf(
		rules, sizeof(rules),
		"[{\"type\":\"malformed\",\"reason\":\"%s\",\"byte\":%zu}]",
		reason, line->bad_at + 1); /* from 1, as in messages */
	if (rc == 0)
		rc = put_str(m, &m->lake[DELTA_LAKE_RAW],
			     (struct str){line->p, line->n}, f);
	if (rc == 0)
		rc = put_i64(m, &m->lake[DELTA_LAKE_LINE],
			     (int64_t)line->number);
	if (rc == 0)
		rc = put_i64(m, &m->lake[DELTA_LAKE_OFFSET],
			     (int64_t)line->offset);
	if (rc == 0)
		rc = put_str(m, &m->lake[DELTA_LAKE_RULES],
			     (struct str){rules, (size_t)n}, f);
	return rc != 0 ? rc : end_bad_row(m, f);
}

/* The bytes of raw, or of rawBase64, into the row; false: neither. */
static bool
decode_raw(struct row_maker *m, bool is_base64, const struct ndjson_val *v,
	   struct str *out)
{
	char *bytes;
	size_t n;

	if (v->kind != NDJSON_STRING)
		return false;
	*out = ndjson_string(v, &m->line);
	if (out->p == NULL || !is_base64)
		return out->p != NULL;
	bytes = arena_alloc(&m->line, out->n + 1);
	if (bytes == NULL || base64_decode(bytes, out->p, out->n, &n) != 0)
		return false;
	*out = (struct str){bytes, n};
	return true;
}

static int
put_bad_member(struct row_maker *m, struct str key, const struct ndjson_val *v,
	       bool *has_raw, struct fail *f)
{
	bool is_base64 = str_is(key, "rawBase64");
	int64_t number;
	struct str raw;

	if ((is_base64 || str_is(key, "raw")) && !*has_raw &&
	    decode_raw(m, is_base64, v, &raw)) {
		*has_raw = true;
		return put_str(m, &m->lake[DELTA_LAKE_RAW], raw, f);
	}
	if (v->kind == NDJSON_INT && num_parse_i64(v->p, v->n, &number) == 0) {
		if (str_is(key, "line"))
			return put_i64(m, &m->lake[DELTA_LAKE_LINE], number);
		if (str_is(key, "offset"))
			return put_i64(m, &m->lake[DELTA_LAKE_OFFSET], number);
	}
	if (str_is(key, "rules"))
		return put_str(m, &m->lake[DELTA_LAKE_RULES], ndjson_raw(v), f);
	return rescue(m, key, ndjson_raw(v), NULL, f);
}

/* {"@bad":{"raw":"...","line":17,"offset":4711,"rules":[...]}} */
static int
put_wrapped(struct row_maker *m, const struct ndjson_line *line, struct fail *f)
{
	struct ndjson_iter it = ndjson_members((struct str){line->p, line->n});
	struct ndjson_val bad, v;
	bool has_raw = false;
	struct str key;
	int rc = 0;

	if (!has_room_for_bad(m))
		return refuse(m,
			      "a bad line, wrapped by a stage before, and the "
			      "table has no room for such: partition a new one "
			      "by arrivalDate,verdict",
			      f);
	rc = begin_row(m, true, f);
	if (!ndjson_iter_next(&it, &key, &bad) || bad.kind != NDJSON_OBJECT ||
	    ndjson_iter_next(&it, &key, &v))
		return refuse(m, "\"@bad\" is no object, or not alone", f);
	it = ndjson_members(ndjson_raw(&bad));
	while (rc == 0 && ndjson_iter_next(&it, &key, &v))
		rc = put_bad_member(m, key, &v, &has_raw, f);
	if (rc != 0)
		return rc;
	if (!has_raw)
		return refuse(m, "\"@bad\" has neither raw nor rawBase64", f);
	return end_bad_row(m, f);
}

int
row_maker_put(struct row_maker *m, const struct ndjson_line *line,
	      struct fail *f)
{
	buf_reset(&m->refusal);
	if (PORT_UNLIKELY(line->reason != NDJSON_OK))
		return put_malformed(m, line, f);
	if (ndjson_is_wrapped(line))
		return put_wrapped(m, line, f);
	return put_event(m, line, f);
}
