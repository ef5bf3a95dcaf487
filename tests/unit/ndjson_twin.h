/* SPDX-License-Identifier: MIT */
/*
 * The reader against a twin that is too simple to be wrong in the same way:
 * lines split by memchr, each given to the exact parser alone. What they
 * say about every line must agree, byte for byte.
 */
#ifndef TESTS_NDJSON_TWIN_H
#define TESTS_NDJSON_TWIN_H

#include <stdio.h>
#include <stdlib.h>

#include "ndjson/ndjson.h"
#include "ndjson/object.h"

struct twin {
	/* How to read. */
	const char *kernel;
	struct ndjson_options options; /* max_line must be given */
	size_t first_read; /* bytes of the first read; 0: as many as fit */
	size_t each_read;  /* of all others; 0: as many as fit */

	/* The text. */
	const char *p;
	size_t n;
	size_t at;

	struct object object;
	char why[512]; /* the first disagreement */
};

static const struct str twin_keys[] = {
	{"a", 1}, {"b", 1}, {"alias", 5}, {"long\xc3\xa4key", 9}};
static const int twin_slots[] = {0, 1, 1, 2};
#define TWIN_KEYS  4
#define TWIN_SLOTS 3

static int
twin_read(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct twin *t = ctx;
	size_t want = t->at == 0 ? t->first_read : t->each_read;
	size_t n = t->n - t->at;

	(void)f;
	n = want > 0 && want < n ? want : n;
	n = n < cap ? n : cap;
	memcpy(dst, t->p + t->at, n);
	t->at += n;
	*got = n;
	return 0;
}

static bool
twin_differ(struct twin *t, const struct ndjson_line *line, const char *what)
{
	snprintf(t->why, sizeof(t->why),
		 "%s, %s, reads of %zu and %zu: line %llu: %s: %s at %zu: "
		 "%.*s",
		 t->kernel,
		 t->options.mode == NDJSON_FULL ? "full" : "structural",
		 t->first_read, t->each_read, (unsigned long long)line->number,
		 what, ndjson_reason_name(line->reason), line->bad_at,
		 line->n > 200 ? 200 : (int)line->n, line->p);
	return false;
}

static bool
twin_same_value(const struct ndjson_val *v, const struct ndjson_line *line,
		const struct ndjson_val *e, const char *text)
{
	if (v->kind != e->kind || v->has_escape != e->has_escape)
		return false;
	return v->kind == NDJSON_ABSENT ||
	       (v->n == e->n && v->p - line->p == e->p - text);
}

/* Values and rest against what the exact parser found in text. */
static bool
twin_same_members(struct twin *t, const struct ndjson_line *line,
		  const char *text)
{
	struct ndjson_val expected[TWIN_SLOTS] = {{0}};
	size_t rest_n = 0;

	for (size_t i = 0; i < t->object.n; i++) {
		const struct object_member *m = &t->object.member[i];
		const struct ndjson_member *r;

		if (m->id < TWIN_SLOTS) {
			expected[m->id] = m->val;
			continue;
		}
		if (!t->options.want_rest)
			continue;
		r = &line->rest[rest_n];
		if (++rest_n > line->rest_n || r->key.n != m->key.n ||
		    r->key.p - line->p != m->key.p - text ||
		    !twin_same_value(&r->val, line, &m->val, text))
			return twin_differ(t, line, "rest");
	}
	if (rest_n != line->rest_n)
		return twin_differ(t, line, "more rest");
	for (size_t i = 0; i < TWIN_SLOTS; i++) {
		if (!twin_same_value(&line->val[i], line, &expected[i], text))
			return twin_differ(t, line, "value");
	}
	return true;
}

/* One line against text[0..n), CR and LF not in it. */
static bool
twin_same_line(struct twin *t, const struct ndjson_line *line, const char *text,
	       size_t n)
{
	struct exact x = {.p = text,
			  .n = n,
			  .max_depth = t->options.max_depth == 0
					       ? LIMIT_DEPTH
					       : t->options.max_depth};
	enum ndjson_reason reason = NDJSON_TOO_LONG;
	bool is_long = n > t->options.max_line;

	if (line->is_special != (n >= 3 && memcmp(text, "{\"@", 3) == 0))
		return twin_differ(t, line, "is_special");
	if (is_long)
		n = x.at = t->options.max_line;
	if (line->n != n || memcmp(line->p, text, n) != 0)
		return twin_differ(t, line, "text");
	if (object_is_full(&t->object) && object_forget(&t->object, NULL) != 0)
		return twin_differ(t, line, "memory");
	if (!is_long && object_parse(&t->object, &x, &reason, NULL) != 0)
		return twin_differ(t, line, "memory");
	if (line->reason != reason)
		return twin_differ(t, line, ndjson_reason_name(reason));
	if (reason == NDJSON_OK)
		return twin_same_members(t, line, text);
	if (line->bad_at != x.at)
		return twin_differ(t, line, "bad_at");
	return true;
}

static bool
twin_same_lines(struct twin *t, struct ndjson *r)
{
	struct ndjson_line line = {0};
	uint64_t number = 0;
	size_t at = t->n >= 3 && memcmp(t->p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	ndjson_start(r, twin_read, t);
	while (at < t->n) {
		const char *lf = memchr(t->p + at, '\n', t->n - at);
		size_t end = lf == NULL ? t->n : (size_t)(lf - t->p);
		size_t raw_n = end - at + (lf != NULL);

		if (ndjson_next(r, &line, NULL) != 1)
			return twin_differ(t, &line, "no line behind it");
		if (line.number != ++number)
			return twin_differ(t, &line, "number");
		if (line.offset != at || line.raw_n != raw_n)
			return twin_differ(t, &line, "offset");
		if (end > at && t->p[end - 1] == '\r')
			end--;
		if (!twin_same_line(t, &line, t->p + at, end - at))
			return false;
		at += raw_n;
	}
	if (ndjson_next(r, &line, NULL) != 0 || !ndjson_is_drained(r))
		return twin_differ(t, &line, "no end behind it");
	return true;
}

/* False, and t->why, when reader and twin disagree. */
static bool
twin_agrees(struct twin *t)
{
	struct ndjson *r = NULL;
	struct fail f = {0};
	bool ok;

	t->at = 0;
	setenv("PLAYPIPE_KERNEL", t->kernel, 1);
	ok = ndjson_open(&r, twin_keys, twin_slots, TWIN_KEYS, &t->options,
			 &f) == 0 &&
	     object_init(&t->object, twin_keys, twin_slots, TWIN_KEYS, &f) == 0;
	t->object.want_all = t->options.mode == NDJSON_FULL ||
			     t->options.want_rest;
	if (ok)
		ok = twin_same_lines(t, r);
	else
		snprintf(t->why, sizeof(t->why), "%.200s", f.text);
	ndjson_close(r);
	object_release(&t->object);
	unsetenv("PLAYPIPE_KERNEL");
	return ok;
}

/* The kernels that this machine has; NULL ends them. */
static const char *const *
twin_kernels(void)
{
	static const char *found[4];
	static const char *const all[] = {"scalar", "avx2", "avx512"};
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		setenv("PLAYPIPE_KERNEL", all[i], 1);
		if (strcmp(ndjson_kernel(), all[i]) == 0)
			found[n++] = all[i];
	}
	unsetenv("PLAYPIPE_KERNEL");
	return found;
}

#endif
