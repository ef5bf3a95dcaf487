/* SPDX-License-Identifier: MIT */
/*
 * bounds - when enough was read: --limit, --max-bytes, --max-time.
 */
#ifndef KCAT_IN_BOUNDS_H
#define KCAT_IN_BOUNDS_H

#include "opts.h"

struct bounds {
	const struct opts *o;
	int64_t stop_us; /* monotonic; 0: never */
};

/* Time runs from now on. The options are borrowed. */
void bounds_begin(struct bounds *b, const struct opts *o);

/* Of what was read so far. */
bool bounds_are_reached(const struct bounds *b, uint64_t records,
			uint64_t bytes);

/* How many records more may be taken at once, UINT64_MAX: any number. What
 * one has is guessed by those before it. */
uint64_t bounds_left(const struct bounds *b, uint64_t records, uint64_t bytes);

#endif
