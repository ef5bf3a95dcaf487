/* SPDX-License-Identifier: MIT */
/*
 * Barrier lines. A line that begins like a barrier is validated whole before
 * its members are walked, so that what a barrier says is never half read.
 * Entries are kept sorted by name: then two positions compare in one pass
 * and the same position always has the same bytes.
 */
#include "barrier/barrier.h"

#include <stdio.h>
#include <stdlib.h>

#include "ndjson/ndjson.h"

bool
barrier_is_line(const char *p, size_t n)
{
	size_t prefix = sizeof(BARRIER_PREFIX) - 1;

	return n > prefix && memcmp(p, BARRIER_PREFIX, prefix) == 0;
}

static int
not_a_barrier(struct fail *f, const char *what)
{
	return fail_set(f, FAIL_DATA, "a damaged barrier line: %s", what);
}

static bool
take_i64(const struct ndjson_val *v, int64_t *out)
{
	return v->kind == NDJSON_INT && num_parse_i64(v->p, v->n, out) == 0;
}

static int
take_entries(const struct ndjson_val *v, struct arena *a,
	     struct barrier_entries *e, struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val item;
	struct str key;

	if (v->kind != NDJSON_OBJECT)
		return not_a_barrier(f, "an object was expected");
	it = ndjson_members(ndjson_raw(v));
	while (ndjson_iter_next(&it, &key, &item)) {
		struct ndjson_val k = {key.p, (uint32_t)key.n, NDJSON_STRING,
				       true};
		struct str name = ndjson_string(&k, a);
		int64_t value;
		int rc;

		if (name.p == NULL)
			return fail_memory(f);
		if (!take_i64(&item, &value))
			return not_a_barrier(f, "a position is no integer");
		rc = barrier_set(e, name, value, a, f);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* {"column":["value",...]} */
static int
take_touched(const struct ndjson_val *v, struct arena *a, struct barrier *out,
	     struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val list, item;
	struct str key;
	size_t n = 0;

	if (v->kind != NDJSON_OBJECT)
		return not_a_barrier(f, "'touched' is no object");
	it = ndjson_members(ndjson_raw(v));
	if (!ndjson_iter_next(&it, &out->touched_column, &list) ||
	    list.kind != NDJSON_ARRAY)
		return not_a_barrier(f, "'touched' has no list");
	it = ndjson_members(ndjson_raw(&list));
	while (ndjson_iter_next(&it, &key, &item))
		n++;
	out->touched = arena_zalloc(a, n + 1, sizeof(*out->touched));
	if (out->touched == NULL)
		return fail_memory(f);
	it = ndjson_members(ndjson_raw(&list));
	while (ndjson_iter_next(&it, &key, &item)) {
		if (item.kind != NDJSON_STRING)
			return not_a_barrier(f, "a touched value is no string");
		out->touched[out->touched_n] = ndjson_string(&item, a);
		if (out->touched[out->touched_n++].p == NULL)
			return fail_memory(f);
	}
	qsort(out->touched, out->touched_n, sizeof(*out->touched), compare_str);
	return 0;
}

static int
take_member(struct str key, const struct ndjson_val *v, struct arena *a,
	    struct barrier *out, struct fail *f)
{
	int64_t i;

	if (str_is(key, "job") || str_is(key, "run")) {
		struct str s = ndjson_string(v, a);

		if (v->kind != NDJSON_STRING || s.n == 0)
			return not_a_barrier(f, "'job' or 'run' is no name");
		*(key.p[0] == 'j' ? &out->job : &out->run) = s;
	} else if (str_is(key, "start")) {
		out->is_start = v->kind == NDJSON_TRUE;
	} else if (str_is(key, "final")) {
		out->is_final = v->kind == NDJSON_TRUE;
	} else if (str_is(key, "at")) {
		return take_entries(v, a, &out->at, f);
	} else if (str_is(key, "state")) {
		return take_entries(v, a, &out->state, f);
	} else if (str_is(key, "mark")) {
		return take_entries(v, a, &out->mark, f);
	} else if (str_is(key, "watermark")) {
		out->has_watermark = take_i64(v, &out->watermark_ms);
		if (!out->has_watermark)
			return not_a_barrier(f, "'watermark' is no integer");
	} else if (str_is(key, "lines")) {
		if (!take_i64(v, &i) || i < 0)
			return not_a_barrier(f, "'lines' is no count");
		out->lines = (uint64_t)i;
	} else if (str_is(key, "touched")) {
		return take_touched(v, a, out, f);
	}
	return 0;
}

int
barrier_parse(const char *p, size_t n, struct arena *a, struct barrier *out,
	      struct fail *f)
{
	struct ndjson_iter it;
	struct ndjson_val v;
	struct str key;
	size_t at;

	*out = (struct barrier){0};
	if (!barrier_is_line(p, n) ||
	    ndjson_validate(p, n, LIMIT_DEPTH, 0, &at) != NDJSON_OK)
		return not_a_barrier(f, "not JSON");
	it = ndjson_members((struct str){p, n});
	if (!ndjson_iter_next(&it, &key, &v) || v.kind != NDJSON_OBJECT)
		return not_a_barrier(f, "no object");
	it = ndjson_members(ndjson_raw(&v));
	while (ndjson_iter_next(&it, &key, &v)) {
		int rc = take_member(key, &v, a, out, f);

		if (rc != 0)
			return rc;
	}
	if (out->job.n == 0 || out->run.n == 0)
		return not_a_barrier(f, "'job' or 'run' is missing");
	return 0;
}

static bool
copy_str(struct str *s, struct arena *a)
{
	char *p = arena_copy(a, *s);

	if (p == NULL)
		return false;
	s->p = p;
	return true;
}

/* An array of entries holds the power of two at or above n: see barrier_set. */
static bool
copy_entries(struct barrier_entries *e, struct arena *a)
{
	struct barrier_entry *item;
	size_t cap = 1;

	while (cap < e->n)
		cap *= 2;
	item = arena_zalloc(a, cap, sizeof(*item));
	if (item == NULL)
		return false;
	for (size_t i = 0; i < e->n; i++) {
		item[i] = e->item[i];
		if (!copy_str(&item[i].name, a))
			return false;
	}
	e->item = item;
	return true;
}

int
barrier_copy(const struct barrier *b, struct arena *a, struct barrier *out,
	     struct fail *f)
{
	struct str *touched;

	*out = *b;
	touched = arena_zalloc(a, b->touched_n + 1, sizeof(*touched));
	if (touched == NULL || !copy_str(&out->job, a) ||
	    !copy_str(&out->run, a) || !copy_str(&out->touched_column, a) ||
	    !copy_entries(&out->at, a) || !copy_entries(&out->state, a) ||
	    !copy_entries(&out->mark, a))
		return fail_memory(f);
	for (size_t i = 0; i < b->touched_n; i++) {
		touched[i] = b->touched[i];
		if (!copy_str(&touched[i], a))
			return fail_memory(f);
	}
	out->touched = touched;
	return 0;
}

static bool
put_key(struct buf *out, const char *key)
{
	return buf_add_cstr(out, ",\"") == 0 && buf_add_cstr(out, key) == 0 &&
	       buf_add_cstr(out, "\":") == 0;
}

static bool
put_entries(struct buf *out, const char *key, const struct barrier_entries *e)
{
	bool ok = put_key(out, key) && buf_add_char(out, '{') == 0;

	for (size_t i = 0; i < e->n; i++) {
		ok = ok && (i == 0 || buf_add_char(out, ',') == 0) &&
		     ndjson_put_string(out, e->item[i].name) == 0 &&
		     buf_add_char(out, ':') == 0 &&
		     buf_add_i64(out, e->item[i].value) == 0;
	}
	return ok && buf_add_char(out, '}') == 0;
}

static bool
put_touched(struct buf *out, const struct barrier *b)
{
	bool ok = put_key(out, "touched") && buf_add_char(out, '{') == 0 &&
		  ndjson_put_string(out, b->touched_column) == 0 &&
		  buf_add_cstr(out, ":[") == 0;

	for (size_t i = 0; i < b->touched_n; i++)
		ok = ok && (i == 0 || buf_add_char(out, ',') == 0) &&
		     ndjson_put_string(out, b->touched[i]) == 0;
	return ok && buf_add_cstr(out, "]}") == 0;
}

int
barrier_format(const struct barrier *b, struct buf *out)
{
	size_t start = out->len;
	bool ok = buf_add_cstr(out, BARRIER_PREFIX "{\"job\":") == 0 &&
		  ndjson_put_string(out, b->job) == 0 && put_key(out, "run") &&
		  ndjson_put_string(out, b->run) == 0;

	if (b->is_start)
		ok = ok && put_key(out, "start") &&
		     buf_add_cstr(out, "true") == 0;
	ok = ok && put_entries(out, "at", &b->at);
	if (b->has_watermark)
		ok = ok && put_key(out, "watermark") &&
		     buf_add_i64(out, b->watermark_ms) == 0;
	if (b->state.n > 0)
		ok = ok && put_entries(out, "state", &b->state);
	if (b->mark.n > 0)
		ok = ok && put_entries(out, "mark", &b->mark);
	if (b->touched_column.n > 0)
		ok = ok && put_touched(out, b);
	ok = ok && put_key(out, "lines") &&
	     buf_add_i64(out, (int64_t)b->lines) == 0;
	if (b->is_final)
		ok = ok && put_key(out, "final") &&
		     buf_add_cstr(out, "true") == 0;
	ok = ok && buf_add_cstr(out, "}}\n") == 0;
	if (!ok)
		out->len = start;
	return ok ? 0 : FAIL_MEMORY;
}

int
barrier_write(const struct barrier *b, struct io_out *out, struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_LINE_MAX);
	rc = barrier_format(b, &text) != 0
		     ? fail_memory(f)
		     : io_out_write(out, text.p, text.len, f);
	buf_release(&text);
	return rc == 0 ? io_out_flush(out, f) : rc;
}

void
barrier_nonce(char dst[BARRIER_NONCE_MAX])
{
	snprintf(dst, BARRIER_NONCE_MAX, "%016llx",
		 (unsigned long long)hash_nonce());
}

/* Where the name is, or belongs. */
static size_t
lower_bound(const struct barrier_entries *e, struct str name)
{
	size_t lo = 0, hi = e->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_compare(e->item[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int
barrier_set(struct barrier_entries *e, struct str name, int64_t value,
	    struct arena *a, struct fail *f)
{
	size_t i = lower_bound(e, name);
	struct barrier_entry *item;

	if (i < e->n && str_equal(e->item[i].name, name)) {
		e->item[i].value = value;
		return 0;
	}
	if (e->n >= LIMIT_PARTITIONS)
		return fail_set(f, FAIL_DATA,
				"a position of more than %d partitions",
				LIMIT_PARTITIONS);
	/* Capacity is the power of two at or above n: full at each of them. */
	item = e->item;
	if ((e->n & (e->n - 1)) == 0) {
		size_t cap = e->n == 0 ? 1 : e->n * 2;

		item = arena_zalloc(a, cap, sizeof(*item));
		if (item == NULL)
			return fail_memory(f);
		if (e->n > 0)
			memcpy(item, e->item, e->n * sizeof(*item));
	}
	memmove(item + i + 1, item + i, (e->n - i) * sizeof(*item));
	item[i] = (struct barrier_entry){name, value};
	e->item = item;
	e->n++;
	return 0;
}

bool
barrier_get(const struct barrier_entries *e, struct str name, int64_t *value)
{
	size_t i = lower_bound(e, name);

	if (i == e->n || !str_equal(e->item[i].name, name))
		return false;
	*value = e->item[i].value;
	return true;
}

enum barrier_order
barrier_compare(const struct barrier_entries *a,
		const struct barrier_entries *b)
{
	bool is_behind = false, is_ahead = false;

	if (a->n != b->n)
		return BARRIER_OTHER;
	for (size_t i = 0; i < a->n; i++) {
		if (!str_equal(a->item[i].name, b->item[i].name))
			return BARRIER_OTHER;
		is_behind |= a->item[i].value < b->item[i].value;
		is_ahead |= a->item[i].value > b->item[i].value;
	}
	if (is_behind && is_ahead)
		return BARRIER_OTHER;
	if (is_behind)
		return BARRIER_BEHIND;
	return is_ahead ? BARRIER_AHEAD : BARRIER_SAME;
}
