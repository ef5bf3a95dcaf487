/* SPDX-License-Identifier: MIT */
/*
 * The walk over an indexed line, from head to head. It accepts only what the
 * exact parser would accept, and gives the same values; at any doubt it
 * gives up.
 */
#ifndef NDJSON_WALK_H
#define NDJSON_WALK_H

#include "heads.h"
#include "scan.h"

struct walk {
	const char *text; /* borrowed, as all pointers here */
	struct heads *heads;
	size_t n_slots;
	unsigned max_depth;
	bool want_rest;
	struct ndjson_val *val; /* by slot */
	struct ndjson_member *rest;
	size_t rest_n; /* of this line */
	struct ndjson_val ignored;
};

/*
 * Walk the line whose positions begin at pos, which is its opening brace;
 * its LF is among them. Returns the number of its positions, or 0: ask the
 * exact parser.
 */
typedef size_t (*walk_kernel_fn)(struct walk *w, const uint32_t *pos);

/* Set the wanted values ABSENT that the path does not set. */
void walk_clear(const struct walk *w);

/* Turn to a known path that is the same up to member k, whose head is at p;
 * false if there is none. */
bool walk_turn(const struct walk *w, size_t k, const char *p);

/*
 * The same walk from member k on, whose head is due at pos[i], where no known
 * path goes on: by looking heads up, and minding doubles.
 */
size_t walk_on(struct walk *w, const uint32_t *pos, size_t i, size_t k);

/* ---- for kernels ---- */

/* What a kernel is made of. */
struct walk_steps {
	/* Is this head at p, its first HEADS_STEP bytes at least? */
	bool (*begins_at)(const struct head *h, const char *p);
	/* How many of the 64 bytes at p come before a quote or backslash. */
	size_t (*plain)(const char *p);
	/* Which of the 32 bytes at p are digits, a bit a byte. */
	uint32_t (*digits)(const char *p);
};

/* The kind of value that begins with this byte; numbers are NDJSON_INT, and
 * NDJSON_ABSENT is no value. */
extern const uint8_t walk_kind_of[256];

PORT_INLINE bool
walk_is_scalar(uint8_t kind)
{
	return kind > NDJSON_ABSENT && kind < NDJSON_OBJECT;
}

/* Zero for the kinds but objects and arrays: what can be passed over. No head
 * begins with such a byte. */
extern const uint8_t walk_is_odd[256];

/* Portable steps: see struct walk_steps. */
size_t walk_plain(const char *p);
uint32_t walk_digits(const char *p);

/* The bytes that make an escape with the backslash before them: all but u. */
extern const bool walk_is_escape[256];

/* The kind of the number p[0..n) by the exact parser, or NDJSON_ABSENT. */
uint8_t walk_any_number(const char *p, size_t n);

/* The place behind the escape at p[at] of p[0..n), or 0. */
size_t walk_escape(const char *p, size_t n, size_t at);

/* The value behind the head at pos[0]: the number of positions from there to
 * the one behind the value, or 0. */
size_t walk_value(struct walk *w, const struct head *h, const uint32_t *pos);

/* Does the string whose opening quote is at p[0] end with p[n - 1], and are
 * its escapes right? UTF-8 and control characters were seen to when it was
 * indexed. */
PORT_INLINE bool
walk_string(const char *p, size_t n, const struct walk_steps *k,
	    bool *has_escape)
{
	size_t at = 1 + k->plain(p + 1);

	*has_escape = false;
	if (PORT_LIKELY(at == n - 1 && p[at] == '"'))
		return true;
	while (at != 0 && at < n && p[at] != '"') {
		if (p[at] == '\\') {
			*has_escape = true;
			at = walk_is_escape[(unsigned char)p[at + 1]]
				     ? at + 2
				     : walk_escape(p, n, at);
		}
		if (at != 0)
			at += k->plain(p + at);
	}
	return at == n - 1;
}

/* The kind of the number p[0..n), or NDJSON_ABSENT: digits, perhaps with a
 * point among them, are known at a glance. */
PORT_INLINE uint8_t
walk_number(const char *p, size_t n, const struct walk_steps *k)
{
	uint64_t others;
	size_t point;

	if (PORT_UNLIKELY(n > 32))
		return walk_any_number(p, n);
	others = ~(uint64_t)k->digits(p) & (((uint64_t)1 << n) - 1);
	if (others == 0)
		return *p != '0' || n == 1 ? NDJSON_INT : NDJSON_ABSENT;
	point = port_ctz64(others);
	if (PORT_UNLIKELY((others & (others - 1)) != 0 || p[point] != '.' ||
			  point == 0 || point + 1 == n ||
			  (*p == '0' && point > 1)))
		return walk_any_number(p, n);
	return NDJSON_FLOAT;
}

/* All of p[0..n) has to be one value, of the kind that its first byte tells,
 * no object and no array; store it. */
PORT_INLINE bool
walk_scalar(const char *p, size_t n, uint8_t kind, const struct walk_steps *k,
	    struct ndjson_val *v)
{
	bool has_escape = false;

	v->p = p;
	v->n = (uint32_t)n;
	if (kind == NDJSON_STRING) {
		if (!walk_string(p, n, k, &has_escape))
			return false;
		v->p++;
		v->n -= 2;
	} else if (kind == NDJSON_INT) {
		kind = walk_number(p, n, k);
	} else if (kind == NDJSON_FALSE) {
		if (n != 5 || memcmp(p + 1, "alse", 4) != 0)
			return false;
	} else if (n != 4 ||
		   memcmp(p, kind == NDJSON_TRUE ? "true" : "null", 4) != 0) {
		return false;
	}
	v->kind = kind;
	v->has_escape = has_escape;
	return kind != NDJSON_ABSENT;
}

/* Where to store a value; an entry of the rest gets its key. */
PORT_INLINE struct ndjson_val *
walk_place(struct walk *w, const struct head *h, const char *p)
{
	if (h->use == HEAD_KEEP)
		return &w->val[h->id];
	if (!w->want_rest)
		return &w->ignored;
	w->rest[w->rest_n].key = (struct str){p + h->key, h->key_n};
	return &w->rest[w->rest_n++].val;
}

/*
 * The path of the last line once more: no look-up, nothing to remember, and
 * no step waits for the one before.
 */
PORT_INLINE size_t
walk_path(struct walk *w, const uint32_t *pos, const struct walk_steps *k)
{
	struct head *const *path = w->heads->path->head;
	const char *text = w->text;
	const uint32_t *begin = pos;

	w->rest_n = 0;
	if (PORT_UNLIKELY(!w->heads->is_clear))
		walk_clear(w);
	for (;; path++) {
		const char *p = text + *pos;
		const struct head *h = *path;
		bool is_at = k->begins_at(h, p);
		const char *value;
		uint8_t kind;

		if (PORT_LIKELY(is_at &&
				!walk_is_odd[(unsigned char)p[h->probe]])) {
			pos++;
			continue;
		}
		if (PORT_UNLIKELY(!is_at ||
				  (h->n > HEADS_STEP && !head_is_at(h, p)))) {
			size_t n = (size_t)(path - w->heads->path->head);

			if (!walk_turn(w, n, p))
				return walk_on(w, begin, (size_t)(pos - begin),
					       n);
			path = w->heads->path->head + n;
			h = *path;
		}
		if (h->use == HEAD_END)
			return (size_t)(pos + 2 - begin);
		value = p + h->n;
		kind = walk_kind_of[(unsigned char)*value];
		if (PORT_LIKELY(h->use != HEAD_SKIP && walk_is_scalar(kind))) {
			if (!walk_scalar(value, (size_t)(text + pos[1] - value),
					 kind, k, walk_place(w, h, p)))
				return 0;
			pos++;
		} else {
			size_t n = walk_value(w, h, pos);

			if (n == 0)
				return 0;
			pos += n;
		}
	}
}

#endif
