/* SPDX-License-Identifier: MIT */
/*
 * unpack - private to parquet: the DELTA_BINARY_PACKED integers, on which
 * the other two DELTA encodings stand.
 */
#ifndef PARQUET_UNPACK_H
#define PARQUET_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

#define UNPACK_MINIBLOCKS 256

/* A decoder; its members are its own. */
struct unpack_in {
	const unsigned char *p; /* borrowed */
	const unsigned char *end;
	uint64_t total;	    /* values of the stream */
	uint64_t left;	    /* values not handed out */
	uint32_t mini_n;    /* miniblocks of a block */
	uint32_t mini_size; /* values of a miniblock */
	uint32_t mini;	    /* the current one; mini_n: read a block first */
	uint32_t mini_used; /* its values that are used */
	bool has_first;	    /* the first value is handed out */
	uint64_t last;
	uint64_t min_delta;
	unsigned char width[UNPACK_MINIBLOCKS];
};

/* Read the header; false when damaged. */
bool unpack_init(struct unpack_in *in, struct str bytes) PORT_MUST_CHECK;

/* The next n values; false when damaged or there are fewer. */
bool unpack_get(struct unpack_in *in, int64_t *out, size_t n) PORT_MUST_CHECK;

/* Where the bytes behind the stream begin, found without decoding; NULL when
 * damaged. */
const unsigned char *unpack_end(const struct unpack_in *in);

#endif
