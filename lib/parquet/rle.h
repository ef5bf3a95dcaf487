/* SPDX-License-Identifier: MIT */
/*
 * rle - private to parquet: the hybrid of runs and bit packing that levels
 * and dictionary codes are stored in, and the old BIT_PACKED levels.
 */
#ifndef PARQUET_RLE_H
#define PARQUET_RLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* Bits that the values 0 to max need. */
unsigned rle_width(uint32_t max);

/* Append n values of at most width bits (0 to 32); 0 or FAIL_MEMORY. */
int rle_encode(const uint32_t *v, size_t n, unsigned width,
	       struct buf *out) PORT_MUST_CHECK;

/* The same of n equal values, and of values that are 0 or 1, a byte each. */
int rle_encode_run(uint32_t v, size_t n, unsigned width,
		   struct buf *out) PORT_MUST_CHECK;
int rle_encode_bits(const uint8_t *v, size_t n,
		    struct buf *out) PORT_MUST_CHECK;

/* A decoder; its members are its own. */
struct rle_in {
	const unsigned char *p; /* borrowed */
	const unsigned char *end;
	unsigned width;
	bool is_msb_first; /* BIT_PACKED */
	uint64_t left;	   /* values left of the run */
	bool is_run;
	uint32_t value;	    /* of the run */
	uint32_t held[8];   /* an unpacked group of which some are used */
	unsigned held_used; /* 8: none held */
};

void rle_in_init(struct rle_in *in, struct str bytes, unsigned width);

/* Levels in the deprecated BIT_PACKED encoding: n values, no runs. */
void rle_in_init_packed(struct rle_in *in, struct str bytes, unsigned width,
			size_t n);

/* The next n values; false when the bytes end before. */
bool rle_get(struct rle_in *in, uint32_t *out, size_t n) PORT_MUST_CHECK;

#endif
