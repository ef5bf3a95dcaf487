/* SPDX-License-Identifier: MIT */
/*
 * Hashing. hash_bytes() is XXH3 (libxxhash): stable over machines and
 * releases, so a hash with a fixed seed may be stored. Hash tables over
 * outside keys use hash_seed(), which differs from process to process, so
 * that nobody can choose keys that collide.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/port.h"

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed) PORT_PURE;

/* 128 bits, as two words, for fingerprints. */
void hash_bytes128(const void *p, size_t n, uint64_t seed, uint64_t out[2]);

/* The process's seed. PLAYPIPE_HASH_SEED (a decimal) fixes it for tests. */
uint64_t hash_seed(void);

/* A bijective mix of 64 bits: SplitMix64's finaliser (Steele, Lea, Flood:
 * "Fast splittable pseudorandom number generators", OOPSLA 2014). */
PORT_INLINE uint64_t
hash_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	x ^= x >> 31;
	return x;
}

/* 63 random bits from the kernel, never 0: nonces and state ids. */
int64_t hash_nonce(void);

#endif
