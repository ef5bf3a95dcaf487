/* SPDX-License-Identifier: MIT */
/*
 * How large a zstd frame is when unpacked. Producers write frames as streams,
 * whose header does not say so (RFC 8878, 3.1.1.1). librdkafka then tries twice
 * the packed size, six times it, and so on, unpacking from the start each time:
 * a third of the CPU time of reading a topic of JSON. It asks zstd for the size
 * first, so we answer in zstd's place, from the count of the frame's blocks.
 * A program has this with -Wl,-u,ZSTD_getFrameContentSize (see the Makefile); a
 * librdkafka with a zstd of its own does not ask us, and works as ever.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_decompressBound */
#include <zstd.h>

#include "base/banned.h"

/* Blocks may be far from full. The bound is what is allocated, so a larger one
 * is left to librdkafka's growing. */
#define BOUND_MAX (16u << 20)

unsigned long long
ZSTD_getFrameContentSize(const void *frame, size_t n)
{
	unsigned long long bound = ZSTD_decompressBound(frame, n);

	if (bound == ZSTD_CONTENTSIZE_ERROR || bound <= BOUND_MAX)
		return bound;
	return ZSTD_CONTENTSIZE_UNKNOWN;
}
