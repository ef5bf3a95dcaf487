/* SPDX-License-Identifier: MIT */
/*
 * Hashing by libxxhash, and the two things that are random on purpose: the
 * seed of hash tables and nonces. No result of a tool may depend on either.
 */
#include "base/hash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/num.h"

uint64_t
hash_bytes(const void *p, size_t n, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, n, seed);
}

void
hash_bytes128(const void *p, size_t n, uint64_t seed, uint64_t out[2])
{
	XXH128_hash_t h = XXH3_128bits_withSeed(p, n, seed);

	out[0] = h.low64;
	out[1] = h.high64;
}

static uint64_t
random_bits(void)
{
	uint64_t v = 0;
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &v, sizeof(v)) != (ssize_t)sizeof(v))
			v = 0;
		close(fd);
	}
	if (v == 0) {
		struct timespec ts;

		clock_gettime(CLOCK_REALTIME, &ts);
		v = hash_mix((uint64_t)ts.tv_nsec ^ (uint64_t)ts.tv_sec << 30 ^
			     (uint64_t)getpid() << 20);
	}
	return v;
}

uint64_t
hash_seed(void)
{
	static uint64_t seed;
	const char *fixed;
	int64_t v;

	if (seed != 0)
		return seed;
	fixed = getenv("PLAYPIPE_HASH_SEED");
	if (fixed != NULL && num_parse_i64(fixed, strlen(fixed), &v) == 0)
		seed = (uint64_t)v | 1;
	else
		seed = random_bits() | 1;
	return seed;
}

int64_t
hash_nonce(void)
{
	return (int64_t)(random_bits() >> 1) | 1;
}
