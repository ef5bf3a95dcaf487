/* SPDX-License-Identifier: MIT */
/* Private to tidy: which files become one. Pure. */
#ifndef TIDY_PLAN_H
#define TIDY_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/* A file that may be put together with others, in the order of the log. */
struct plan_file {
	size_t index; /* the caller's */
	size_t group; /* only files of one group become one */
	uint64_t bytes;
	size_t bin; /* out: those with the same number become one file */
};

#define PLAN_LEFT SIZE_MAX /* bin: stays as it is */

/* A file below this size is small. */
PORT_INLINE uint64_t
plan_small(uint64_t target)
{
	return target / 4 * 3;
}

/*
 * Put small files together into files of the target size: sorts by group, and
 * gives bins rising numbers, neighbours in the order of the log sharing one.
 * A file is left where rewriting it would gain too little.
 */
void plan_bins(struct plan_file *file, size_t n, uint64_t target);

#endif
