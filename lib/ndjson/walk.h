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
	const char *text;	 /* borrowed, as all pointers here */
	const uint64_t *special; /* see struct scan */
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

/*
 * The same from member k on, whose head is due at pos[i], where the path
 * ends or is not proven: by looking heads up, and minding doubles. Proves
 * the path that it finds.
 */
size_t walk_on(struct walk *w, const uint32_t *pos, size_t i, size_t k);

/* ---- for kernels ---- */

/* The kind of value that begins with this byte; numbers are NDJSON_INT, and
 * NDJSON_ABSENT is no value. */
extern const uint8_t walk_kind_of[256];

PORT_INLINE bool
walk_is_scalar(uint8_t kind)
{
	return kind - 1u < NDJSON_OBJECT - 1u;
}

/* A string with a backslash in it, or a long one. */
bool walk_string(const struct walk *w, size_t at, size_t end,
		 struct ndjson_val *v);

/* The kind of the number p[0..n), or NDJSON_ABSENT. */
uint8_t walk_number(const char *p, size_t n);

/* All of text[at..end) has to be one value, of the kind that its first byte
 * tells; store it. */
PORT_INLINE bool
walk_scalar(const struct walk *w, uint8_t kind, size_t at, size_t end,
	    struct ndjson_val *v)
{
	const char *p = w->text + at;
	size_t n = end - at;

	if (kind == NDJSON_STRING) {
		/* The next quote or backslash should be its last byte. */
		const char *bits = (const char *)w->special;
		uint64_t next = load_u64(bits + (at + 1) / 8) >> (at + 1) % 8;

		if (next == 0 || port_ctz64(next) != n - 2 || p[n - 1] != '"')
			return walk_string(w, at, end, v);
		*v = (struct ndjson_val){.p = p + 1,
					 .n = (uint32_t)n - 2,
					 .kind = NDJSON_STRING};
		return true;
	}
	if (kind == NDJSON_INT) {
		kind = walk_number(p, n);
	} else if (kind == NDJSON_FALSE) {
		if (n != 5 || memcmp(p + 1, "alse", 4) != 0)
			return false;
	} else if (n != 4 ||
		   memcmp(p, kind == NDJSON_TRUE ? "true" : "null", 4) != 0) {
		return false;
	}
	*v = (struct ndjson_val){.p = p, .n = (uint32_t)n, .kind = kind};
	return kind != NDJSON_ABSENT;
}

/* The value behind the head at pos[0]: the number of positions from there to
 * the one behind the value, or 0. */
size_t walk_value(struct walk *w, const struct head *h, const uint32_t *pos);

/* Is this head at p? */
typedef bool (*walk_match_fn)(const struct head *h, const char *p);

/* The path of the last line once more: no look-up, nothing to remember, and
 * no step waits for the one before. */
PORT_INLINE size_t
walk_path(struct walk *w, const uint32_t *pos, walk_match_fn is_at)
{
	struct head *const *path = w->heads->path;
	const char *text = w->text;
	const uint32_t *begin = pos;

	w->rest_n = 0;
	for (; is_at(*path, text + *pos); path++) {
		const struct head *h = *path;
		const char *p = text + *pos;
		uint8_t kind = walk_kind_of[(unsigned char)p[h->n]];
		size_t n;

		if (PORT_LIKELY(h->use == HEAD_SKIP && walk_is_scalar(kind))) {
			pos++;
			continue;
		}
		if (h->use == HEAD_END)
			return (size_t)(pos + 2 - begin);
		if (PORT_LIKELY(h->use == HEAD_KEEP && walk_is_scalar(kind)))
			n = walk_scalar(w, kind, *pos + h->n, pos[1],
					&w->val[h->id]);
		else
			n = walk_value(w, h, pos);
		if (PORT_UNLIKELY(n == 0))
			return 0;
		pos += n;
	}
	return walk_on(w, begin, (size_t)(pos - begin),
		       (size_t)(path - w->heads->path));
}

#endif
