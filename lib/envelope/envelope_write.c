/* SPDX-License-Identifier: MIT */
/*
 * Records out. Nearly all time would go into finding out whether a value is
 * JSON, so that is left to the reader of lines, which knows the heads of the
 * values before: a value is given to it as if it were a whole input. What it
 * will not take may still be JSON (an array, a double key, an object over
 * lines); then the exact parser decides.
 */
#include "envelope/envelope.h"

#include <stdlib.h>

/* A value is one level down in its line. */
#define DEPTH (LIMIT_DEPTH - 1)

/* All of a line but names and contents: member names, punctuation, numbers. */
#define FRAME_MAX 256

struct envelope_writer {
	struct ndjson *reader;
	const struct envelope *e; /* records whose values it reads */
	size_t n;
	size_t next;	/* the record whose value is given next */
	size_t next_at; /* bytes of it that were given */
};

/* ---- is it JSON? ---- */

static bool
is_object_like(struct str v)
{
	return v.n >= 2 && v.p[0] == '{' && v.p[v.n - 1] == '}';
}

/* The values that look like objects, each with a LF behind it. */
static int
read_values(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct envelope_writer *w = ctx;
	char *p = dst;
	size_t left = cap;

	(void)f;
	while (w->next < w->n && left > 0) {
		struct str v = w->e[w->next].value;
		size_t n = v.n - w->next_at;

		if (!is_object_like(v)) {
			w->next++;
			continue;
		}
		if (n > left)
			n = left;
		memcpy(p, v.p + w->next_at, n);
		w->next_at += n;
		p += n;
		left -= n;
		if (w->next_at < v.n || left == 0)
			break;
		*p++ = '\n';
		left--;
		w->next++;
		w->next_at = 0;
	}
	*got = cap - left;
	return 0;
}

/* Does the reader take the next value for a line? False is no verdict. A
 * value with line feeds is several lines, which are all passed here. */
static bool
is_known_line(struct envelope_writer *w, struct str value)
{
	struct ndjson_line line;
	bool is = false;
	size_t seen = 0;

	while (seen < value.n + 1) {
		if (ndjson_next(w->reader, &line, NULL) <= 0)
			return false;
		seen += line.raw_n;
		is = line.reason == NDJSON_OK && line.n == value.n;
	}
	return is;
}

static bool
is_edge(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * Can the value stand in the line as it is, and be cut out of it again? It
 * is JSON, of one line, has no blanks around it that a reader would pass
 * over, and is not the null that means a tombstone.
 */
static bool
is_verbatim(struct envelope_writer *w, struct str v)
{
	size_t at;

	if (is_object_like(v) && is_known_line(w, v))
		return true;
	return v.n > 0 && !is_edge(v.p[0]) && !is_edge(v.p[v.n - 1]) &&
	       v.n <= LIMIT_LINE_MAX && memchr(v.p, '\n', v.n) == NULL &&
	       !str_is(v, "null") &&
	       ndjson_validate(v.p, v.n, DEPTH, 0, &at) == NDJSON_OK;
}

/* ---- the line ---- */

int
envelope_writer_open(struct envelope_writer **out, struct fail *f)
{
	struct ndjson_options o = {.mode = NDJSON_FULL,
				   .max_line = LIMIT_LINE_MAX,
				   .max_depth = DEPTH};
	struct envelope_writer *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (w == NULL)
		return fail_memory(f);
	rc = ndjson_open(&w->reader, NULL, NULL, 0, &o, f);
	if (rc != 0)
		envelope_writer_close(w);
	else
		*out = w;
	return rc;
}

void
envelope_writer_close(struct envelope_writer *w)
{
	if (w == NULL)
		return;
	ndjson_close(w->reader);
	free(w);
}

/* Copy what there is room for. */
static void
put(struct buf *out, const char *p, size_t n)
{
	memcpy(out->p + out->len, p, n);
	out->len += n;
}

#define PUT(out, literal) put((out), (literal), sizeof(literal) - 1)

static void
put_i64(struct buf *out, int64_t v)
{
	out->len += num_format_i64(out->p + out->len, v);
}

/* The quoted bytes; there is room for six times as many. */
static void
put_quoted(struct buf *out, struct str s)
{
	out->len += ndjson_format_string(out->p + out->len, s.p, s.n);
}

static void
put_base64(struct buf *out, struct str s)
{
	out->len += ndjson_format_base64(out->p + out->len, s.p, s.n);
}

static bool
is_text(struct str s)
{
	size_t at;

	return ndjson_is_utf8(s.p, s.n, &at);
}

/* Room for a string or base64 of s, and n bytes more. */
static int
reserve(struct buf *out, struct str s, size_t n)
{
	size_t most;

	if (!size_mul(s.n, 6, &most) || !size_add(most, n, &most))
		return FAIL_MEMORY;
	return buf_reserve(out, most);
}

/* What most records have: topic, place and time. */
static int
put_place(const struct envelope *e, struct buf *out)
{
	int rc = reserve(out, e->topic, FRAME_MAX);

	if (rc != 0)
		return rc;
	PUT(out, "{");
	if (e->topic.p != NULL) {
		PUT(out, "\"topic\":");
		put_quoted(out, e->topic);
		PUT(out, ",");
	}
	if (e->partition >= 0) {
		PUT(out, "\"partition\":");
		put_i64(out, e->partition);
		PUT(out, ",");
	}
	if (e->offset >= 0) {
		PUT(out, "\"offset\":");
		put_i64(out, e->offset);
		PUT(out, ",");
	}
	if (e->time_ms < 0)
		return 0;
	PUT(out, "\"ts\":");
	put_i64(out, e->time_ms);
	if (e->is_append)
		PUT(out, ",\"tsType\":\"append\",");
	else
		PUT(out, ",\"tsType\":\"create\",");
	return 0;
}

static int
put_key(struct str key, struct buf *out)
{
	int rc = reserve(out, key, FRAME_MAX);

	if (rc != 0)
		return rc;
	if (key.p == NULL) {
		PUT(out, "\"key\":null");
	} else if (is_text(key)) {
		PUT(out, "\"key\":");
		put_quoted(out, key);
	} else {
		PUT(out, "\"keyBase64\":");
		put_base64(out, key);
	}
	return 0;
}

/* A header's name or value: a string, null, or {"base64":"..."}. */
static int
put_part(struct str s, struct buf *out)
{
	int rc = reserve(out, s, FRAME_MAX);

	if (rc != 0)
		return rc;
	if (s.p == NULL) {
		PUT(out, "null");
	} else if (is_text(s)) {
		put_quoted(out, s);
	} else {
		PUT(out, "{\"base64\":");
		put_base64(out, s);
		PUT(out, "}");
	}
	return 0;
}

static int
put_headers(const struct envelope *e, struct buf *out)
{
	int rc = buf_add_cstr(out, ",\"headers\":");

	for (size_t i = 0; rc == 0 && i < e->header_n; i++) {
		const struct envelope_header *h = &e->header[i];
		struct str name = h->name.p == NULL ? STR_LIT("") : h->name;

		rc = buf_add_cstr(out, i == 0 ? "[[" : ",[");
		if (rc == 0)
			rc = put_part(name, out);
		if (rc == 0)
			rc = buf_add_char(out, ',');
		if (rc == 0)
			rc = put_part(h->value, out);
		if (rc == 0)
			rc = buf_add_char(out, ']');
	}
	return rc == 0 ? buf_add_char(out, ']') : rc;
}

static int
put_value(struct envelope_writer *w, struct str v, struct buf *out)
{
	int rc;

	if (v.p != NULL && is_verbatim(w, v)) {
		size_t n;

		if (!size_add(v.n, FRAME_MAX, &n))
			return FAIL_MEMORY;
		rc = buf_reserve(out, n);
		if (rc != 0)
			return rc;
		PUT(out, ",\"value\":");
		put(out, v.p, v.n);
		PUT(out, "}\n");
		return 0;
	}
	rc = reserve(out, v, FRAME_MAX);
	if (rc != 0)
		return rc;
	if (v.p == NULL) {
		PUT(out, ",\"value\":null");
	} else if (is_text(v)) {
		PUT(out, ",\"valueText\":");
		put_quoted(out, v);
	} else {
		PUT(out, ",\"valueBase64\":");
		put_base64(out, v);
	}
	PUT(out, "}\n");
	return 0;
}

static int
put_record(struct envelope_writer *w, const struct envelope *e, struct buf *out)
{
	int rc = put_place(e, out);

	if (rc == 0)
		rc = put_key(e->key, out);
	if (rc == 0 && e->header_n > 0)
		rc = put_headers(e, out);
	return rc == 0 ? put_value(w, e->value, out) : rc;
}

int
envelope_format(struct envelope_writer *w, const struct envelope *e, size_t n,
		struct buf *out)
{
	size_t begin = out->len;
	int rc = 0;

	w->e = e;
	w->n = n;
	w->next = w->next_at = 0;
	ndjson_start(w->reader, read_values, w);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = put_record(w, &e[i], out);
	if (rc != 0)
		out->len = begin;
	return rc;
}
