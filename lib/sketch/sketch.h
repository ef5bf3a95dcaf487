/* SPDX-License-Identifier: MIT */
/*
 * sketch - summaries that merge: how many distinct (HyperLogLog) and which
 * most often (exact counts, cut to the greatest). Merging is associative and
 * commutative, for distinct counts also idempotent, and the state depends on
 * the set of what was added alone: never on order or on how it was split. So
 * partial results of any cut of the data merge to the same bytes. Pure; one
 * owner each.
 */
#ifndef SKETCH_SKETCH_H
#define SKETCH_SKETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* ---- how many distinct ---- */

/*
 * 2^14 registers: standard error 1.04 / sqrt(2^14) = 0.81 %. Up to
 * HLL_SPARSE_MAX distinct values it is a set of 25-bit hashes instead, whose
 * estimate is its size: short by n^2 / 2^26 on average, that is exact but
 * for one count in four thousand at the very end. At most 32 KiB.
 */
#define HLL_BITS       14
#define HLL_SPARSE_MAX 4096
#define HLL_TEXT_MAX   BASE64_LEN((size_t)2 + HLL_SPARSE_MAX * 5)

/* Initialise with {0}, which is the empty set. */
struct hll {
	uint32_t *sparse; /* owned; 2^slot_bits slots, 0 is free; or NULL */
	uint8_t *dense;	  /* owned; 2^HLL_BITS registers; or NULL */
	uint32_t n;	  /* entries of sparse */
	uint32_t slot_bits;
};

void hll_release(struct hll *h);

/* The hash that sketches are made of: the same on every machine. */
PORT_INLINE uint64_t
hll_hash(const void *p, size_t n)
{
	return hash_bytes(p, n, 0);
}

/* Both return 0 or FAIL_MEMORY, and then leave a valid sketch that may lack
 * what was to be added. */
int hll_add(struct hll *h, uint64_t hash) PORT_MUST_CHECK;
int hll_merge(struct hll *into, const struct hll *from) PORT_MUST_CHECK;

uint64_t hll_estimate(const struct hll *h) PORT_PURE;

/* Append the sketch in base64, at most HLL_TEXT_MAX bytes: the same bytes
 * for the same set. */
int hll_format(const struct hll *h, struct buf *out) PORT_MUST_CHECK;

/* Read it back into an empty sketch. FAIL_DATA when it is none. */
int hll_parse(struct hll *h, struct str base64, struct fail *f) PORT_MUST_CHECK;

/* ---- which most often ---- */

/*
 * Exact counts by id, an index into a dictionary that the caller keeps (one
 * for many sketches). Initialise with {0}.
 */
struct topk {
	struct topk_count *slot; /* owned; 2^slot_bits slots */
	uint32_t n;		 /* ids with a count */
	uint32_t slot_bits;
	uint64_t cut; /* what any count may be short of, by earlier cuts */
};

struct topk_count {
	uint64_t count; /* 0: a free slot */
	uint32_t id;
};

void topk_release(struct topk *t);

/* Add to the count of id; count > 0. */
int topk_add(struct topk *t, uint32_t id, uint64_t count) PORT_MUST_CHECK;

/*
 * The k greatest counts, greatest first, equal ones by name (an array of the
 * dictionary's texts by id), into out, which has room for k. Returns how
 * many; *dropped is the greatest count left out, 0 if none was.
 */
size_t topk_list(const struct topk *t, const struct str *name, size_t k,
		 struct topk_count *out, uint64_t *dropped);

#endif
