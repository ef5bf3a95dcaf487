/* SPDX-License-Identifier: MIT */
/*
 * Inference: a schema from the first lines. A key becomes a column of the
 * narrowest type that took every value seen: boolean, long, double, date,
 * timestamp (RFC 3339 that would be written back the same), string; anything
 * mixed or nested is kept as JSON text. Columns stand in the order in which
 * their keys first came.
 */
#include "lake/row.h"

#include <stdlib.h>

#include "doc/doc.h"

/* What a key's values were: a set. */
enum {
	SEEN_BOOLEAN = 1,
	SEEN_LONG = 2,
	SEEN_DOUBLE = 4,
	SEEN_DATE = 8,
	SEEN_TIME = 16,
	SEEN_TEXT = 32,
	SEEN_OTHER = 64,
};

struct infer {
	struct map keys; /* unescaped */
	unsigned seen[LIMIT_COLUMNS];
	struct arena line;
};

int
infer_open(struct infer **out, struct fail *f)
{
	*out = calloc(1, sizeof(**out));
	if (*out == NULL)
		return fail_memory(f);
	map_init(&(*out)->keys, LIMIT_COLUMNS);
	return 0;
}

void
infer_close(struct infer *i)
{
	if (i == NULL)
		return;
	map_release(&i->keys);
	arena_release(&i->line);
	free(i);
}

static unsigned
look_at_text(struct str s)
{
	char again[UTC_TEXT_MAX];
	int64_t v;
	size_t n;

	if (utc_parse_date(s.p, s.n, &v) == 0)
		return SEEN_DATE;
	if (utc_parse(s.p, s.n, &v) != 0)
		return SEEN_TEXT;
	n = utc_format(again, v);
	if (str_equal(s, (struct str){again, n}))
		return SEEN_TIME;
	return SEEN_TEXT;
}

static unsigned
look_at(const struct ndjson_val *v)
{
	int64_t whole;

	switch (v->kind) {
	case NDJSON_FALSE:
	case NDJSON_TRUE:
		return SEEN_BOOLEAN;
	case NDJSON_INT:
		return num_parse_i64(v->p, v->n, &whole) == 0 ? SEEN_LONG
							      : SEEN_OTHER;
	case NDJSON_FLOAT:
		return SEEN_DOUBLE;
	case NDJSON_STRING:
		return v->has_escape ? SEEN_TEXT : look_at_text(ndjson_text(v));
	case NDJSON_NULL:
		return 0;
	default:
		return SEEN_OTHER;
	}
}

/* Names that a Delta table may have; other keys are left to _rescued. */
static bool
is_name(struct str name)
{
	if (name.n == 0 || name.n > LIMIT_NAME || name.p[0] == '_')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20 ||
		    memchr(" ,;{}()=", name.p[i], 8) != NULL)
			return false;
	return true;
}

int
infer_line(struct infer *i, const struct ndjson_line *line, struct fail *f)
{
	arena_reset(&i->line);
	for (size_t k = 0; k < line->rest_n; k++) {
		struct str key = line->rest[k].key;
		char *text = arena_alloc(&i->line, key.n + 1);
		int64_t at;

		if (text == NULL)
			return fail_memory(f);
		key.n = ndjson_unescape(key.p, key.n, text);
		key.p = text;
		if (!is_name(key) || (i->keys.len == LIMIT_COLUMNS &&
				      map_find(&i->keys, key) < 0))
			continue;
		at = map_add(&i->keys, key, NULL);
		if (at < 0)
			return fail_memory(f);
		i->seen[at] |= look_at(&line->rest[k].val);
	}
	return 0;
}

static void
put_column(struct doc_writer *w, struct str name, unsigned seen)
{
	const char *type = "string", *wire = NULL;

	if (seen == SEEN_BOOLEAN)
		type = "boolean";
	else if (seen == SEEN_LONG)
		type = "long";
	else if ((seen & ~(unsigned)(SEEN_LONG | SEEN_DOUBLE)) == 0)
		type = "double";
	else if (seen == SEEN_DATE)
		type = "date";
	else if (seen == SEEN_TIME)
		type = "timestamp", wire = "rfc3339";
	else if ((seen & ~(unsigned)(SEEN_DATE | SEEN_TIME | SEEN_TEXT)) != 0)
		wire = "json";
	doc_begin_object(w, NULL);
	doc_put_str(w, "name", name);
	doc_put_cstr(w, "type", type);
	if (wire != NULL)
		doc_put_cstr(w, "wire", wire);
	doc_end_object(w);
}

static bool
is_in(const struct event_schema *s, struct str name)
{
	return s != NULL && event_column_find(s, name) >= 0;
}

/* A known column as it stands. */
static int
put_known(struct doc_writer *w, const struct event_schema *base, size_t i,
	  struct fail *f)
{
	struct buf column;
	int rc;

	buf_init(&column, LIMIT_CONFIG);
	rc = event_column_format(base, i, &column, f);
	doc_put_raw(w, NULL, buf_str(&column));
	buf_release(&column);
	return rc;
}

int
infer_schema(const struct infer *i, const struct event_schema *base,
	     struct event_schema **out, size_t *added, struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	int rc = 0;

	*added = 0;
	buf_init(&text, LIMIT_CONFIG);
	doc_writer_init(&w, &text, 0);
	doc_begin_object(&w, NULL);
	doc_put_cstr(&w, "name", "inferred");
	doc_begin_array(&w, "columns");
	for (size_t k = 0; rc == 0 && base != NULL && k < base->column_n; k++)
		rc = put_known(&w, base, k, f);
	for (size_t k = 0; k < i->keys.len; k++) {
		/* a key that was always null has no type yet */
		if (i->seen[k] == 0 || is_in(base, i->keys.key[k]))
			continue;
		put_column(&w, i->keys.key[k], i->seen[k]);
		++*added;
	}
	doc_end_array(&w);
	doc_end_object(&w);
	if (rc == 0)
		rc = doc_writer_end(&w, f);
	if (rc == 0)
		rc = event_schema_parse(out, buf_str(&text), "inference", f);
	buf_release(&text);
	return rc;
}
