/* SPDX-License-Identifier: MIT */
/*
 * Documents on top of jansson, its only user. A value is a pointer into
 * jansson's tree; where it stands in the document is worked out only when a
 * message needs it, by looking for the pointer from the root on, so reading
 * costs nothing for messages that are never written.
 */
#include "doc/doc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#define PATH_MAX_BYTES ((size_t)300) /* of a path in a message */

struct doc {
	json_t *root;  /* owned */
	int code;      /* of every failure of this document */
	char source[]; /* NUL ended */
};

/* jansson takes pointers to non-const even where it only reads. */
static json_t *
node_of(struct doc_val v)
{
	return (json_t *)(uintptr_t)v.node;
}

static struct doc_val
val_of(struct doc_val in, const json_t *node)
{
	if (node == NULL)
		return (struct doc_val){.doc = in.doc};
	return (struct doc_val){in.doc, node, in.node};
}

/* ---- parsing ---- */

/*
 * Short of memory, jansson's parser speaks of a syntax error, leaves a member
 * out, or even aborts (in the middle of an escaped string). So its allocations
 * are watched, and one that fails is served from a reserve, until the parser
 * is back and its work is thrown away.
 */
static bool is_memory_out;
static _Alignas(16) char reserve[64 * 1024];
static size_t reserve_used;

static void *
watched_malloc(size_t n)
{
	void *p = malloc(n);

	if (p != NULL)
		return p;
	is_memory_out = true;
	n = (n + 15) & ~(size_t)15;
	if (n > sizeof(reserve) - reserve_used)
		return NULL;
	p = reserve + reserve_used;
	reserve_used += n;
	return p;
}

static void
watched_free(void *p)
{
	uintptr_t at = (uintptr_t)p, from = (uintptr_t)reserve;

	if (at < from || at >= from + sizeof(reserve))
		free(p);
}

int
doc_parse(struct doc **out, struct str text, const char *source, int code,
	  unsigned flags, struct fail *f)
{
	size_t source_n = strlen(source) + 1;
	size_t jansson_flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	struct doc *d = malloc(sizeof(*d) + source_n);
	json_error_t error;

	*out = NULL;
	if (d == NULL)
		return fail_memory(f);
	if ((flags & DOC_UNIQUE_KEYS) != 0)
		jansson_flags |= JSON_REJECT_DUPLICATES;
	d->code = code;
	memcpy(d->source, source, source_n);
	is_memory_out = false;
	reserve_used = 0;
	json_set_alloc_funcs(watched_malloc, watched_free);
	d->root = json_loadb(text.n == 0 ? "" : text.p, text.n, jansson_flags,
			     &error);
	if (is_memory_out) {
		doc_close(d);
		return fail_memory(f);
	}
	if (d->root == NULL) {
		free(d);
		if ((flags & DOC_ONE_LINE) != 0)
			return fail_set(f, code, "'%s': column %d: %s", source,
					error.column, error.text);
		return fail_set(f, code, "'%s': line %d, column %d: %s", source,
				error.line, error.column, error.text);
	}
	*out = d;
	return 0;
}

void
doc_close(struct doc *d)
{
	if (d == NULL)
		return;
	json_decref(d->root);
	free(d);
}

/* ---- walking ---- */

struct doc_val
doc_root(const struct doc *d)
{
	return (struct doc_val){d, d->root, NULL};
}

enum doc_kind
doc_kind(struct doc_val v)
{
	if (v.node == NULL)
		return DOC_ABSENT;
	switch (json_typeof(node_of(v))) {
	case JSON_OBJECT:
		return DOC_OBJECT;
	case JSON_ARRAY:
		return DOC_ARRAY;
	case JSON_STRING:
		return DOC_STRING;
	case JSON_INTEGER:
		return DOC_INTEGER;
	case JSON_REAL:
		return DOC_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return DOC_BOOLEAN;
	case JSON_NULL:
	default:
		return DOC_NULL;
	}
}

const char *
doc_kind_name(struct doc_val v)
{
	static const char *const names[] = {
		"nothing",  "null",	"true or false", "an integer",
		"a number", "a string", "an array",	 "an object",
	};

	return names[doc_kind(v)];
}

size_t
doc_len(struct doc_val v)
{
	switch (doc_kind(v)) {
	case DOC_ARRAY:
		return json_array_size(node_of(v));
	case DOC_OBJECT:
		return json_object_size(node_of(v));
	default:
		return 0;
	}
}

struct doc_val
doc_find(struct doc_val object, const char *key)
{
	if (object.node == NULL)
		return object;
	return val_of(object, json_object_get(node_of(object), key));
}

struct doc_val
doc_item(struct doc_val array, size_t i)
{
	if (array.node == NULL)
		return array;
	return val_of(array, json_array_get(node_of(array), i));
}

struct doc_iter
doc_each(struct doc_val v)
{
	struct doc_iter it = {.in = v};

	if (doc_kind(v) == DOC_OBJECT)
		it.at = json_object_iter(node_of(v));
	return it;
}

bool
doc_next(struct doc_iter *it, struct str *key, struct doc_val *val)
{
	if (doc_kind(it->in) == DOC_ARRAY) {
		*key = (struct str){NULL, 0};
		*val = doc_item(it->in, it->index++);
		return val->node != NULL;
	}
	if (it->at == NULL)
		return false;
	*key = (struct str){json_object_iter_key(it->at),
			    json_object_iter_key_len(it->at)};
	*val = val_of(it->in, json_object_iter_value(it->at));
	it->at = json_object_iter_next(node_of(it->in), it->at);
	return true;
}

/* ---- messages ---- */

struct path {
	char text[PATH_MAX_BYTES];
	size_t n;
};

static void path_add(struct path *path, const char *fmt, ...) PORT_PRINTF(2, 3);

static void
path_add(struct path *path, const char *fmt, ...)
{
	size_t room = sizeof(path->text) - path->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path->text + path->n, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		path->n += (size_t)n < room ? (size_t)n : room - 1;
}

/* The path from v to the node; false (and path as it was) if it is not in v.
 * Recursion is bounded by jansson's own limit on depth. */
static bool
find_path(struct doc_val v, const void *node, const void *in, struct path *path)
{
	struct doc_iter it = doc_each(v);
	size_t before = path->n;
	struct doc_val child;
	struct str key;

	while (doc_next(&it, &key, &child)) {
		if (doc_kind(v) == DOC_ARRAY)
			path_add(path, "[%zu]", it.index - 1);
		else
			path_add(path, "%s%.*s", before == 0 ? "" : ".",
				 STR_ARG(key));
		/* true, false and null are one node each in all documents */
		if (child.node == node && child.in == in)
			return true;
		if (find_path(child, node, in, path))
			return true;
		path->n = before;
		path->text[before] = '\0';
	}
	return false;
}

/* Fail at the member `key` of v, or at v itself when key is NULL. */
static int
fail_at(struct doc_val v, const char *key, struct fail *f, const char *text)
{
	struct path path = {.n = 0};
	struct doc_val root;

	if (v.doc == NULL)
		return fail_set(f, FAIL_BUG, "bug: %s", text);
	root = doc_root(v.doc);
	if (v.node != NULL && v.node != root.node)
		find_path(root, v.node, v.in, &path);
	if (key != NULL)
		path_add(&path, "%s%s", path.n == 0 ? "" : ".", key);
	return fail_set(f, v.doc->code, "'%s': %s%s%s", v.doc->source,
			path.text, path.n == 0 ? "" : ": ", text);
}

int
doc_fail(struct doc_val v, struct fail *f, const char *fmt, ...)
{
	char text[FAIL_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fail_at(v, NULL, f, text);
}

/* at: the object and the key, or the value itself and NULL. */
static int
fail_kind(struct doc_val at, const char *key, struct doc_val found,
	  const char *expected, struct fail *f)
{
	char text[128];

	if (doc_kind(found) == DOC_ABSENT)
		snprintf(text, sizeof(text), "missing, expected %s", expected);
	else
		snprintf(text, sizeof(text), "expected %s, found %s", expected,
			 doc_kind_name(found));
	return fail_at(at, key, f, text);
}

/* ---- typed values ---- */

static bool
read_str(struct doc_val v, struct str *out)
{
	if (doc_kind(v) != DOC_STRING)
		return false;
	*out = (struct str){json_string_value(node_of(v)),
			    json_string_length(node_of(v))};
	return true;
}

static bool
read_i64(struct doc_val v, int64_t *out)
{
	double real;

	if (doc_kind(v) == DOC_INTEGER) {
		*out = json_integer_value(node_of(v));
		return true;
	}
	if (doc_kind(v) != DOC_REAL)
		return false;
	real = json_real_value(node_of(v));
	/* 2^53: below it every whole double is one integer only */
	if (!(real > -9007199254740992.0 && real < 9007199254740992.0) ||
	    real != (double)(int64_t)real)
		return false;
	*out = (int64_t)real;
	return true;
}

static bool
read_f64(struct doc_val v, double *out)
{
	if (doc_kind(v) != DOC_INTEGER && doc_kind(v) != DOC_REAL)
		return false;
	*out = json_number_value(node_of(v));
	return true;
}

static bool
read_bool(struct doc_val v, bool *out)
{
	if (doc_kind(v) != DOC_BOOLEAN)
		return false;
	*out = json_is_true(node_of(v));
	return true;
}

static bool
read_object(struct doc_val v, struct doc_val *out)
{
	if (doc_kind(v) != DOC_OBJECT)
		return false;
	*out = v;
	return true;
}

static bool
read_array(struct doc_val v, struct doc_val *out)
{
	if (doc_kind(v) != DOC_ARRAY)
		return false;
	*out = v;
	return true;
}

int
doc_as_str(struct doc_val v, struct str *out, struct fail *f)
{
	return read_str(v, out) ? 0 : fail_kind(v, NULL, v, "a string", f);
}

int
doc_as_i64(struct doc_val v, int64_t *out, struct fail *f)
{
	return read_i64(v, out) ? 0 : fail_kind(v, NULL, v, "an integer", f);
}

int
doc_as_f64(struct doc_val v, double *out, struct fail *f)
{
	return read_f64(v, out) ? 0 : fail_kind(v, NULL, v, "a number", f);
}

int
doc_as_bool(struct doc_val v, bool *out, struct fail *f)
{
	return read_bool(v, out) ? 0
				 : fail_kind(v, NULL, v, "true or false", f);
}

/* The two getters of a type differ only in what absence means. */
#define GETTERS(name, ctype, expected)                                         \
	int doc_get_##name(struct doc_val object, const char *key, ctype *out, \
			   struct fail *f)                                     \
	{                                                                      \
		struct doc_val v = doc_find(object, key);                      \
                                                                               \
		if (read_##name(v, out))                                       \
			return 0;                                              \
		return fail_kind(object, key, v, expected, f);                 \
	}                                                                      \
                                                                               \
	int doc_opt_##name(struct doc_val object, const char *key, ctype *out, \
			   struct fail *f)                                     \
	{                                                                      \
		if (doc_kind(doc_find(object, key)) <= DOC_NULL)               \
			return 0;                                              \
		return doc_get_##name(object, key, out, f);                    \
	}

GETTERS(str, struct str, "a string")
GETTERS(i64, int64_t, "an integer")
GETTERS(f64, double, "a number")
GETTERS(bool, bool, "true or false")
GETTERS(object, struct doc_val, "an object")
GETTERS(array, struct doc_val, "an array")

int
doc_only_keys(struct doc_val object, const char *const *keys, size_t n,
	      struct fail *f)
{
	struct doc_iter it = doc_each(object);
	struct doc_val val;
	struct str key;

	while (doc_next(&it, &key, &val)) {
		size_t i = 0;

		while (i < n && !str_is(key, keys[i]))
			i++;
		if (i == n)
			return doc_fail(object, f, "unknown key '%.*s'",
					STR_ARG(key));
	}
	return 0;
}
