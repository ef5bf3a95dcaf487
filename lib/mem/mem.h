/* SPDX-License-Identifier: MIT */
/*
 * mem - memory with owners and limits: an arena for a batch's worth of small
 * things, a growing buffer with a compulsory maximum, and a hash map from
 * bytes to a number. Not thread-safe; one owner each.
 */
#ifndef MEM_MEM_H
#define MEM_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/*
 * An arena: allocations live until reset or release. Initialise with {0}.
 */
struct arena {
	struct arena_chunk *first; /* chunks in use, newest first */
	struct arena_chunk *spare; /* kept by arena_reset */
	size_t used;		   /* bytes handed out since the reset */
};

/* n bytes, aligned for any type, not zeroed; NULL when out of memory. */
void *arena_alloc(struct arena *a, size_t n) PORT_MUST_CHECK;

/* count * size bytes, zeroed; NULL when out of memory or too large. */
void *arena_zalloc(struct arena *a, size_t count, size_t size) PORT_MUST_CHECK;

/* A copy of s in the arena, with a NUL behind it; NULL when out of memory. */
char *arena_copy(struct arena *a, struct str s) PORT_MUST_CHECK;

/* Everything handed out is gone; capacity is kept. */
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

/*
 * A growing byte buffer. After buf_init, len <= cap <= max always. All
 * adders return 0, or FAIL_MEMORY when max or memory is reached, and then
 * leave the content as it was.
 */
struct buf {
	char *p; /* owned; NULL while cap is 0 */
	size_t len;
	size_t cap;
	size_t max;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
PORT_INLINE void
buf_reset(struct buf *b)
{
	b->len = 0;
}

/* Room for n more bytes; write at b->p + b->len, then add to b->len. */
int buf_reserve(struct buf *b, size_t n) PORT_MUST_CHECK;
int buf_add(struct buf *b, const void *p, size_t n) PORT_MUST_CHECK;
int buf_add_str(struct buf *b, struct str s) PORT_MUST_CHECK;
int buf_add_cstr(struct buf *b, const char *s) PORT_MUST_CHECK;
int buf_add_char(struct buf *b, char c) PORT_MUST_CHECK;
int buf_add_i64(struct buf *b, int64_t v) PORT_MUST_CHECK;
int buf_add_f64(struct buf *b, double v) PORT_MUST_CHECK;
/* Percent code (RFC 3986 section 2.1): a byte as %XX; a text of which letters,
 * digits and the bytes of plain stay; and back, "%" without two digits behind
 * it being itself. */
int buf_add_percent(struct buf *b, char c) PORT_MUST_CHECK;
int buf_add_encoded(struct buf *b, struct str s,
		    const char *plain) PORT_MUST_CHECK;
int buf_add_decoded(struct buf *b, struct str s) PORT_MUST_CHECK;
/* printf; for cold paths only. */
int buf_addf(struct buf *b, const char *fmt, ...)
	PORT_PRINTF(2, 3) PORT_MUST_CHECK;
PORT_INLINE struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p, b->len};
}

/*
 * A growing array of fixed-size items: GROW(&ptr, len, &cap) makes room for
 * one more behind len. Returns false when out of memory; ptr stays valid.
 */
bool mem_grow(void *ptr_to_ptr, size_t len, size_t *cap,
	      size_t item_size) PORT_MUST_CHECK;
#define MEM_GROW(ptr, len, cap) mem_grow((ptr), (len), (cap), sizeof(**(ptr)))

/* Zeros over what was secret, which no compiler leaves out. */
PORT_INLINE void
mem_wipe(void *p, size_t n)
{
	for (volatile char *at = p; n > 0; n--)
		*at++ = 0;
}

/*
 * A hash map from bytes to a dense index 0, 1, 2, ... in order of first
 * insertion: a dictionary. Keys are copied and stay where they are until
 * reset. Seeded per process (hash_seed), open addressing, linear probe, load
 * at most 1/2. Initialise with map_init.
 */
struct map {
	struct map_slot *slot; /* owned; 2^bits slots */
	struct str *key;       /* owned array; key[i] lives in the arena */
	size_t len;	       /* keys */
	size_t key_cap;
	unsigned bits;
	struct arena bytes;
	size_t max; /* keys at most */
};

void map_init(struct map *m, size_t max_keys);
void map_release(struct map *m);
void map_reset(struct map *m);

/* The key's index, or -1. */
int64_t map_find(const struct map *m, struct str key) PORT_PURE;

/*
 * The key's index; added if absent (then *is_new, which may be NULL, is
 * true). -1 when out of memory or when max_keys is reached.
 */
int64_t map_add(struct map *m, struct str key, bool *is_new) PORT_MUST_CHECK;

/* Where many keys are known ahead: their hashes, first for a look ahead at
 * their slots, then at what is likely to be them, then for map_add. */
uint32_t map_hash(struct str key) PORT_PURE;
void map_expect(const struct map *m, uint32_t hash);
void map_expect_key(const struct map *m, uint32_t hash);
int64_t map_add_hashed(struct map *m, struct str key, uint32_t hash,
		       bool *is_new) PORT_MUST_CHECK;

/*
 * Sort indexes by an order that needs a context: <0, 0, >0 as for qsort.
 * Stable, and linear for what is in order already, since what we sort mostly
 * is. FAIL_MEMORY leaves item as it was.
 */
typedef int (*mem_compare_fn)(const void *ctx, uint32_t a, uint32_t b);
int mem_sort(uint32_t *item, size_t n, mem_compare_fn compare,
	     const void *ctx) PORT_MUST_CHECK;

#endif
