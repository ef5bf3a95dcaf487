/* SPDX-License-Identifier: MIT */
/* Private to delta: which rows a deletion vector deletes. */
#ifndef DELTA_ROARING_H
#define DELTA_ROARING_H

#include "mem/mem.h"

enum roaring_form {
	ROARING_ARRAY, /* n rows, 2 bytes each */
	ROARING_BITS,  /* a bit a row */
	ROARING_RUNS,  /* n runs: first row and how many more, 2 bytes each */
};

/* 65,536 rows of a file of which some are deleted. */
struct roaring_block {
	uint64_t first;	  /* its first row */
	const char *data; /* in the parsed bytes */
	uint32_t n;
	uint32_t last; /* deleted row, from the first */
	enum roaring_form form;
};

struct roaring {
	struct roaring_block *block; /* rising */
	size_t n;
	size_t cap;
	uint64_t row_n; /* deleted in all */
};

/* Borrows bytes and keeps what it makes in a. FAIL_DATA saying what is wrong
 * with them. */
int roaring_parse(struct roaring *out, struct str bytes, struct arena *a,
		  struct fail *f) PORT_MUST_CHECK;

/* The last deleted row of the file; false: none is. */
bool roaring_last(const struct roaring *r, uint64_t *row);

/* Of n rising rows, counted from row `first` of the file, keep those that are
 * not deleted; returns how many. */
size_t roaring_drop(const struct roaring *r, uint64_t first, uint32_t *row,
		    size_t n);

#endif
