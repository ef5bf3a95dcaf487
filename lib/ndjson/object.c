/* SPDX-License-Identifier: MIT */
/*
 * A line's object by the exact parser. Keys are looked up unescaped in a
 * dictionary that lives over lines; a stamp per id, one higher each line,
 * tells doubles without clearing anything.
 */
#include "object.h"

#include <stdlib.h>

/* Names kept at most: the wanted ones and a few lines full of others. */
#define NAMES_MAX (8 * LIMIT_KEYS)

static int
add_wanted(struct object *o, const struct str *keys, size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		bool is_new;

		if (map_add(&o->names, keys[i], &is_new) < 0)
			return fail_memory(f);
		if (!is_new)
			return fail_set(f, FAIL_USAGE,
					"the key '%.*s' is wanted twice",
					STR_ARG(keys[i]));
	}
	return 0;
}

int
object_init(struct object *o, const struct str *keys, const int *slot,
	    size_t n_keys, struct fail *f)
{
	*o = (struct object){.n_wanted = n_keys};
	map_init(&o->names, NAMES_MAX);
	if (n_keys > LIMIT_KEYS)
		return fail_set(f, FAIL_USAGE, "more than %d keys wanted",
				LIMIT_KEYS);
	o->slot = calloc(n_keys + 1, sizeof(*o->slot));
	o->seen = calloc(NAMES_MAX, sizeof(*o->seen));
	o->member = malloc(LIMIT_KEYS * sizeof(*o->member));
	if (o->slot == NULL || o->seen == NULL || o->member == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n_keys; i++) {
		o->slot[i] = slot == NULL ? (uint32_t)i : (uint32_t)slot[i];
		if (o->slot[i] >= n_keys)
			return fail_set(f, FAIL_BUG, "bug: slot %d of %zu keys",
					slot[i], n_keys);
		if (o->slot[i] >= o->n_slots)
			o->n_slots = (size_t)o->slot[i] + 1;
	}
	return add_wanted(o, keys, n_keys, f);
}

void
object_release(struct object *o)
{
	map_release(&o->names);
	free(o->slot);
	free(o->seen);
	free(o->member);
	free(o->scratch);
}

bool
object_is_full(const struct object *o)
{
	return o->names.len + LIMIT_KEYS > NAMES_MAX;
}

int
object_forget(struct object *o, struct fail *f)
{
	struct map old = o->names;
	int rc;

	map_init(&o->names, NAMES_MAX);
	rc = add_wanted(o, old.key, o->n_wanted, f);
	map_release(&old);
	return rc;
}

/* The id of a key as it stands in the line, or -1: out of memory. */
static int64_t
id_of(struct object *o, const struct ndjson_val *key)
{
	struct str name = {key->p, key->n};
	int64_t i;

	if (key->has_escape) {
		if (key->n > o->scratch_cap) {
			char *p = realloc(o->scratch, key->n);

			if (p == NULL)
				return -1;
			o->scratch = p;
			o->scratch_cap = key->n;
		}
		name.n = ndjson_unescape(key->p, key->n, o->scratch);
		name.p = o->scratch;
	}
	i = map_add(&o->names, name, NULL);
	if (i < 0 || (size_t)i >= o->n_wanted)
		return i < 0 ? -1 : i - (int64_t)(o->n_wanted - o->n_slots);
	return (int64_t)o->slot[i];
}

/* A key with its colon and the blanks behind it; cursor where a key must
 * begin. */
static enum ndjson_reason
key_part(struct exact *x, struct ndjson_val *key)
{
	enum ndjson_reason reason = exact_key(x, key);

	if (reason == NDJSON_OK)
		exact_blanks(x);
	return reason;
}

/* One member into o->member[o->n]; head is the offset of what came before. */
static int
member(struct object *o, struct exact *x, size_t head,
       enum ndjson_reason *reason, struct fail *f)
{
	struct object_member *m = &o->member[o->n];
	struct ndjson_val key;
	size_t key_at = x->at;
	int64_t id;

	if (o->n == LIMIT_KEYS) {
		*reason = NDJSON_TOO_MANY_KEYS;
		return 0;
	}
	*reason = key_part(x, &key);
	if (*reason != NDJSON_OK)
		return 0;
	id = id_of(o, &key);
	if (id < 0)
		return fail_memory(f);
	if (o->seen[id] == o->stamp) {
		x->at = key_at;
		*reason = NDJSON_DUP_KEY;
		return 0;
	}
	o->seen[id] = o->stamp;
	*m = (struct object_member){.head = (uint32_t)head,
				    .value = (uint32_t)x->at,
				    .id = (uint32_t)id,
				    .key = {key.p, key.n}};
	if (o->want_all || m->id < o->n_slots)
		*reason = exact_value(x, &m->val);
	else
		*reason = exact_skip(x);
	o->n++;
	return 0;
}

/* The members, cursor on the opening brace. */
static int
members(struct object *o, struct exact *x, enum ndjson_reason *reason,
	struct fail *f)
{
	size_t head = x->at++;

	exact_blanks(x);
	if (x->at < x->n && x->p[x->at] == '}') {
		o->end = (uint32_t)x->at++;
		return 0;
	}
	for (;;) {
		int rc = member(o, x, head, reason, f);

		if (rc != 0 || *reason != NDJSON_OK)
			return rc;
		exact_blanks(x);
		head = x->at;
		*reason = exact_comma(x, '}');
		if (*reason != NDJSON_OK)
			return 0;
		if (x->p[head] == '}') {
			o->end = (uint32_t)head;
			return 0;
		}
	}
}

/* A line that is no object: which value, or what is wrong. */
static enum ndjson_reason
no_object(struct exact *x)
{
	size_t begin = x->at;
	enum ndjson_reason reason;

	if (x->at < x->n && x->p[x->at] == '[')
		return NDJSON_NOT_OBJECT; /* perhaps an array over lines */
	reason = exact_value(x, NULL);
	if (reason != NDJSON_OK)
		return reason;
	x->at = begin;
	return NDJSON_NOT_OBJECT;
}

int
object_parse(struct object *o, struct exact *x, enum ndjson_reason *reason,
	     struct fail *f)
{
	int rc;

	o->n = 0;
	*reason = NDJSON_OK;
	if (++o->stamp == 0) { /* every 2^32 lines */
		memset(o->seen, 0, NAMES_MAX * sizeof(*o->seen));
		o->stamp = 1;
	}
	exact_blanks(x);
	if (x->at == x->n) {
		*reason = NDJSON_BLANK;
		return 0;
	}
	if (x->p[x->at] != '{') {
		*reason = no_object(x);
		return 0;
	}
	x->depth = 1;
	rc = members(o, x, reason, f);
	if (rc != 0 || *reason != NDJSON_OK)
		return rc;
	exact_blanks(x);
	if (x->at < x->n)
		*reason = exact_blame(x, NDJSON_TRAILING);
	return 0;
}
