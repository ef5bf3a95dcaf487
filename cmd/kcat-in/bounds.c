/* SPDX-License-Identifier: MIT */
#include "bounds.h"

#include "base/banned.h"

void
bounds_begin(struct bounds *b, const struct opts *o)
{
	b->o = o;
	b->stop_us = o->max_time_us > 0 ? utc_monotonic() + o->max_time_us : 0;
}

bool
bounds_are_reached(const struct bounds *b, uint64_t records, uint64_t bytes)
{
	const struct opts *o = b->o;

	return (o->limit >= 0 && records >= (uint64_t)o->limit) ||
	       (o->max_bytes >= 0 && bytes >= (uint64_t)o->max_bytes) ||
	       (b->stop_us > 0 && utc_monotonic() >= b->stop_us);
}

uint64_t
bounds_left(const struct bounds *b, uint64_t records, uint64_t bytes)
{
	const struct opts *o = b->o;
	uint64_t most = UINT64_MAX, left;

	if (o->limit >= 0)
		most = (uint64_t)o->limit - records;
	if (o->max_bytes < 0)
		return most;
	left = (uint64_t)o->max_bytes - bytes;
	left = bytes == 0 ? 1 : left / (bytes / records + 1);
	if (left == 0)
		left = 1;
	return left < most ? left : most;
}
