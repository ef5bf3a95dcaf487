/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON: every put is a comma if one is due, the key, the value. The
 * first failure (the buf's maximum, or memory) makes every later put a no-op.
 */
#include "doc/doc.h"

#include <assert.h>
#include <math.h>

void
doc_writer_init(struct doc_writer *w, struct buf *buf, unsigned indent)
{
	*w = (struct doc_writer){.buf = buf, .indent = indent};
}

int
doc_writer_end(struct doc_writer *w, struct fail *f)
{
	assert(w->code != 0 || w->depth == 0);
	if (w->code == 0)
		return 0;
	return fail_set(f, w->code, "a document would pass %zu bytes",
			w->buf->max);
}

static void
add(struct doc_writer *w, const void *p, size_t n)
{
	if (w->code == 0)
		w->code = buf_add(w->buf, p, n);
}

static void
add_char(struct doc_writer *w, char c)
{
	add(w, &c, 1);
}

static void
new_line(struct doc_writer *w)
{
	if (w->indent == 0)
		return;
	add_char(w, '\n');
	for (unsigned i = 0; i < w->depth * w->indent; i++)
		add_char(w, ' ');
}

static void
add_escape(struct doc_writer *w, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char short_forms[] = "btn\0fr"; /* from 0x08 on */
	char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	if (c == '"' || c == '\\')
		text[1] = (char)c;
	else if (c >= 0x08 && c <= 0x0d && c != 0x0b)
		text[1] = short_forms[c - 0x08];
	add(w, text, text[1] == 'u' ? 6 : 2);
}

static void
add_string(struct doc_writer *w, struct str s)
{
	size_t from = 0;

	add_char(w, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		add(w, s.p + from, i - from);
		add_escape(w, c);
		from = i + 1;
	}
	if (s.n > from)
		add(w, s.p + from, s.n - from);
	add_char(w, '"');
}

static void
begin_value(struct doc_writer *w, struct str key)
{
	if (w->want_comma)
		add_char(w, ',');
	if (w->depth > 0)
		new_line(w);
	w->want_comma = true;
	if (key.p == NULL)
		return;
	add_string(w, key);
	add_char(w, ':');
	if (w->indent > 0)
		add_char(w, ' ');
}

static void
begin_container(struct doc_writer *w, struct str key, char open)
{
	begin_value(w, key);
	add_char(w, open);
	w->depth++;
	w->want_comma = false;
}

static void
end_container(struct doc_writer *w, char close)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->want_comma)
		new_line(w);
	add_char(w, close);
	w->want_comma = true;
}

void
doc_begin_object(struct doc_writer *w, const char *key)
{
	begin_container(w, str_of(key), '{');
}

void
doc_end_object(struct doc_writer *w)
{
	end_container(w, '}');
}

void
doc_begin_array(struct doc_writer *w, const char *key)
{
	begin_container(w, str_of(key), '[');
}

void
doc_end_array(struct doc_writer *w)
{
	end_container(w, ']');
}

void
doc_put_str(struct doc_writer *w, const char *key, struct str v)
{
	begin_value(w, str_of(key));
	add_string(w, v);
}

void
doc_put_cstr(struct doc_writer *w, const char *key, const char *v)
{
	doc_put_str(w, key, str_of(v));
}

void
doc_put_strs(struct doc_writer *w, const char *key, const struct str *v,
	     size_t n)
{
	doc_begin_array(w, key);
	for (size_t i = 0; i < n; i++)
		doc_put_str(w, NULL, v[i]);
	doc_end_array(w);
}

void
doc_put_time(struct doc_writer *w, const char *key, int64_t ms)
{
	char text[UTC_TEXT_MAX];

	if (ms >= 0 && ms <= UTC_MAX / UTC_MS)
		doc_put_str(w, key,
			    (struct str){text, utc_format(text, ms * UTC_MS)});
}

static void
add_i64(struct doc_writer *w, int64_t v)
{
	char text[NUM_I64_MAX];

	add(w, text, num_format_i64(text, v));
}

void
doc_put_i64(struct doc_writer *w, const char *key, int64_t v)
{
	begin_value(w, str_of(key));
	add_i64(w, v);
}

void
doc_put_u64(struct doc_writer *w, const char *key, uint64_t v)
{
	char text[20]; /* digits of 2^64 */
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	begin_value(w, str_of(key));
	add(w, text + at, sizeof(text) - at);
}

static void
add_f64(struct doc_writer *w, double v)
{
	char text[NUM_F64_MAX];
	size_t n;

	if (!isfinite(v)) {
		add(w, "null", 4);
		return;
	}
	n = num_format_f64(text, v);
	add(w, text, n);
	if (memchr(text, '.', n) == NULL && memchr(text, 'e', n) == NULL)
		add(w, ".0", 2);
}

void
doc_put_f64(struct doc_writer *w, const char *key, double v)
{
	begin_value(w, str_of(key));
	add_f64(w, v);
}

void
doc_put_bool(struct doc_writer *w, const char *key, bool v)
{
	doc_put_raw(w, key, v ? STR_LIT("true") : STR_LIT("false"));
}

void
doc_put_null(struct doc_writer *w, const char *key)
{
	doc_put_raw(w, key, STR_LIT("null"));
}

void
doc_put_raw(struct doc_writer *w, const char *key, struct str json)
{
	begin_value(w, str_of(key));
	add(w, json.p, json.n);
}

static void
put_scalar(struct doc_writer *w, struct doc_val v)
{
	struct str text;
	int64_t whole;
	double real;
	bool is_true;

	if (doc_as_str(v, &text, NULL) == 0)
		add_string(w, text);
	else if (doc_kind(v) == DOC_INTEGER && doc_as_i64(v, &whole, NULL) == 0)
		add_i64(w, whole);
	else if (doc_as_f64(v, &real, NULL) == 0)
		add_f64(w, real);
	else if (doc_as_bool(v, &is_true, NULL) == 0)
		add(w, is_true ? "true" : "false", is_true ? 4 : 5);
	else
		add(w, "null", 4);
}

/* Recursion is as deep as the document, which the parser has bounded. */
static void
put_tree(struct doc_writer *w, struct str key, struct doc_val v)
{
	bool is_object = doc_kind(v) == DOC_OBJECT;
	struct doc_iter it = doc_each(v);
	struct doc_val child;
	struct str name;

	if (!is_object && doc_kind(v) != DOC_ARRAY) {
		begin_value(w, key);
		put_scalar(w, v);
		return;
	}
	begin_container(w, key, is_object ? '{' : '[');
	while (doc_next(&it, &name, &child))
		put_tree(w, name, child);
	end_container(w, is_object ? '}' : ']');
}

void
doc_put_val(struct doc_writer *w, const char *key, struct doc_val v)
{
	put_tree(w, str_of(key), v);
}
