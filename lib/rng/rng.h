/* SPDX-License-Identifier: MIT */
/*
 * rng - random numbers that are the same on every machine. A generator is a
 * key and a counter (SplitMix64; Steele, Lea, Flood: "Fast splittable
 * pseudorandom number generators", OOPSLA 2014), so that anything can have a
 * stream of its own, derived from what it is and not from what was drawn
 * before. Draws are integers. The few real functions that tables are made
 * with use nothing but correctly rounded + - * /, never libm, and are never
 * contracted to fused operations. Pure; any number of threads.
 */
#ifndef RNG_RNG_H
#define RNG_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

#define RNG_GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* A key for something that belongs to parent: its number i of a purpose. */
PORT_INLINE uint64_t
rng_key(uint64_t parent, uint32_t purpose, uint64_t i)
{
	uint64_t x = hash_mix(parent + RNG_GOLDEN * (purpose + UINT64_C(1)));

	return hash_mix(x ^ (i + RNG_GOLDEN));
}

struct rng {
	uint64_t state;
};

PORT_INLINE struct rng
rng_of(uint64_t key)
{
	return (struct rng){key};
}

PORT_INLINE uint64_t
rng_next(struct rng *r)
{
	r->state += RNG_GOLDEN;
	return hash_mix(r->state);
}

/* 0 to n-1; the bias, at most n / 2^32, is far below what a test can see. */
PORT_INLINE uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

/* A probability as the 32-bit threshold that rng_chance compares with. */
#define RNG_P(p) ((uint32_t)((p)*4294967295.0))

PORT_INLINE bool
rng_chance(struct rng *r, uint32_t p)
{
	return (uint32_t)(rng_next(r) >> 32) < p;
}

/* ---- real functions for tables ---- */

/* e^x for x in [-700, 700]; error below 1e-15 relative. */
double rng_exp(double x) PORT_PURE;

/* Natural logarithm of x > 0, normal; error below 1e-15. */
double rng_log(double x) PORT_PURE;

/* The standard normal's quantile at p in (1e-10, 1 - 1e-10): Wichura,
 * "Algorithm AS 241", Applied Statistics 37 (1988), PPND16. */
double rng_normal_quantile(double p) PORT_PURE;

/* ---- the exponential distribution ---- */

#define RNG_EXP_CELLS 256

/* Quantiles of the unit exponential, 1.0 = 2^20; fill once, then share. */
struct rng_exponential {
	uint32_t q[RNG_EXP_CELLS];
};

void rng_exponential_init(struct rng_exponential *t);

/*
 * One draw with mean 2^20: linear inside a cell; past the last cell's start
 * the tail is a shifted copy of the whole (the exponential forgets).
 */
PORT_INLINE uint64_t
rng_exponential(const struct rng_exponential *t, struct rng *r)
{
	uint64_t base = 0;

	for (;;) {
		uint64_t x = rng_next(r);
		unsigned cell = (unsigned)(x >> 56);
		uint32_t part = (uint32_t)(x >> 24);
		uint64_t q = t->q[cell];

		if (PORT_LIKELY(cell < RNG_EXP_CELLS - 1))
			return base + q + (((t->q[cell + 1] - q) * part) >> 32);
		base += q;
	}
}

/* ---- choice by weight ---- */

/* Vose's alias table: a draw costs one random number and one look. */
struct rng_alias {
	struct rng_alias_cell {
		uint32_t keep;	/* stay when the low half is below */
		uint32_t other; /* else this one */
	} * cell;		/* owned */
	uint32_t n;
};

/* n weights, none negative, sum positive; n below 2^31. */
int rng_alias_init(struct rng_alias *a, const double *weight, uint32_t n,
		   struct fail *f) PORT_MUST_CHECK;
void rng_alias_release(struct rng_alias *a);

/* The choice that 64 random bits make. */
PORT_INLINE uint32_t
rng_alias_at(const struct rng_alias *a, uint64_t bits)
{
	uint32_t i = (uint32_t)(((bits >> 32) * a->n) >> 32);

	return (uint32_t)bits < a->cell[i].keep ? i : a->cell[i].other;
}

#endif
