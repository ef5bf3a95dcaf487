/* SPDX-License-Identifier: MIT */
/*
 * Heads: what stands before a member's value, `,"artist":` with its blanks,
 * remembered byte for byte from lines that the exact parser accepted. To
 * find the same bytes again, where one may stand, is to know the key and
 * where its value begins without parsing anything. Lines of one writer are
 * much alike, so the heads of the last line, its path, are expected again;
 * and where optional keys make a line turn off it, those of lines before.
 */
#ifndef NDJSON_HEADS_H
#define NDJSON_HEADS_H

#include "object.h"

#define HEADS_TEXT 64	/* longer heads are not remembered */
#define HEADS_IDS  1024 /* nor are keys with higher ids */
#define HEADS_STEP 32	/* what a kernel compares at once */
#define PATHS	   8	/* remembered */

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
	/*
	 * Where the byte stands that tells whether the walk may go on to the
	 * next head without another look. That is the value's first, but for
	 * heads that are not HEAD_SKIP or over HEADS_STEP bytes their own
	 * first, which never allows it.
	 */
	uint32_t probe;
	uint8_t use;			 /* enum head_use */
	char pad[128 - HEADS_TEXT - 33]; /* two cache lines */
};

/*
 * The heads of a line, from an opening brace to HEAD_END: a line took it to
 * its end, so no key comes twice in it.
 */
struct path {
	struct head *head[HEADS_IDS + 1];
	size_t n;			 /* members; head[n] is the end */
	uint64_t has_id[HEADS_IDS / 64]; /* ids of its members, a bit each */
};

struct heads {
	struct head *head; /* owned; head[0] stands nowhere */
	uint16_t *slot;	   /* owned; index into head by hash; 0 is free */
	uint32_t n;
	uint64_t seed;
	size_t n_slots;	 /* ids below it are kept */
	uint8_t use;	 /* of all other members */
	uint32_t missed; /* lines that could not be learnt for want of room */

	/*
	 * No two of these are the same, and path, that of the last line, is
	 * one of them. spare is where a new one is written; it takes the
	 * place of the one at `oldest` when it is done.
	 */
	struct path *paths; /* owned; PATHS + 1 */
	struct path *known[PATHS];
	struct path *path;
	struct path *spare;
	size_t oldest;

	/* Wanted values that path does not set are ABSENT. */
	bool is_clear;
};

int heads_init(struct heads *h, size_t n_slots, bool want_all,
	       struct fail *f) PORT_MUST_CHECK;
void heads_release(struct heads *h);
void heads_reset(struct heads *h);

/* Remember the heads of the accepted line that o was parsed from, lf being
 * the offset of its LF. */
void heads_learn(struct heads *h, const struct object *o, const char *line,
		 size_t lf);

/* spare is whole and no known path: make it the last line's. */
void heads_keep(struct heads *h);

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
