/* SPDX-License-Identifier: MIT */
/*
 * Heads: what stands before a member's value, `,"artist":` with its blanks,
 * remembered byte for byte from lines that the exact parser accepted. To
 * find the same bytes again, where one may stand, is to know the key and
 * where its value begins without parsing anything. Lines of one writer are
 * much alike, so the heads of the last line, its path, are expected again.
 */
#ifndef NDJSON_HEADS_H
#define NDJSON_HEADS_H

#include "object.h"

#define HEADS_TEXT 64	/* longer heads are not remembered */
#define HEADS_IDS  1024 /* nor are keys with higher ids */

/* What is to be done with the value behind a head. */
enum head_use {
	HEAD_SKIP,  /* only see that there is one */
	HEAD_KEEP,  /* check it, store it in slot id */
	HEAD_CHECK, /* check it, list it with the rest if that is wanted */
	HEAD_END,   /* none: closing brace, blanks, LF */
};

struct head {
	char text[HEADS_TEXT]; /* zero behind n */
	uint64_t mask;	       /* a bit a byte of text: the lowest n */
	struct head *next;     /* the head that followed last time */
	uint32_t n;	       /* bytes of text */
	uint32_t id;	       /* of the key: see struct object */
	uint16_t key;	       /* where the key stands in text */
	uint16_t key_n;
	uint8_t use;			 /* enum head_use */
	char pad[128 - HEADS_TEXT - 29]; /* two cache lines */
};

struct heads {
	struct head *head;  /* owned; head[0] stands nowhere */
	struct head **path; /* owned; HEADS_IDS + 1 */
	uint16_t *slot;	    /* owned; index into head by hash; 0 is free */
	uint32_t n;
	uint64_t seed;
	size_t n_slots;	 /* ids below it are kept */
	uint8_t use;	 /* of all other members */
	uint32_t missed; /* lines that could not be learnt for want of room */

	/* The last line took this path, from an opening brace to HEAD_END:
	 * so no key comes twice in it, and wanted values that it does not
	 * set are ABSENT. Otherwise it is a mere guess. */
	bool is_proven;
};

int heads_init(struct heads *h, size_t n_slots, bool want_all,
	       struct fail *f) PORT_MUST_CHECK;
void heads_release(struct heads *h);
void heads_reset(struct heads *h);

/* Remember the heads of the accepted line that o was parsed from, lf being
 * the offset of its LF. */
void heads_learn(struct heads *h, const struct object *o, const char *line,
		 size_t lf);

/* Is this head at p, where HEADS_TEXT bytes may be read? */
PORT_INLINE bool
head_is_at(const struct head *h, const char *p)
{
	size_t i = 0;

	for (; i + 8 < h->n; i += 8) {
		if (load_u64(p + i) != load_u64(h->text + i))
			return false;
	}
	/* Of the last 1 to 8 bytes, shift out what lies behind. */
	return (load_u64(p + i) ^ load_u64(h->text + i))
		       << 8 * (i + 8 - h->n) ==
	       0;
}

/* The head that is exactly the n bytes at p, where HEADS_TEXT may be read;
 * or NULL. */
struct head *heads_find(const struct heads *h, const char *p,
			size_t n) PORT_PURE;

#endif
