/* SPDX-License-Identifier: MIT */
/*
 * Tables for drawing: exponential quantiles and Vose's alias method (Vose,
 * "A linear algorithm for generating random numbers with a given
 * distribution", IEEE TSE 1991).
 */
#include "rng/rng.h"

#include <stdlib.h>

#include "base/banned.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

void
rng_exponential_init(struct rng_exponential *t)
{
	for (unsigned i = 0; i < RNG_EXP_CELLS; i++) {
		double rest = (double)(RNG_EXP_CELLS - i) / RNG_EXP_CELLS;

		t->q[i] = (uint32_t)(-rng_log(rest) * 1048576.0 + 0.5);
	}
}

/* Pair each cell that has too little with one that has too much. */
static void
alias_pair(struct rng_alias *a, double *share, uint32_t *stack)
{
	uint32_t n = a->n, small = 0, large = n;

	/* Small ones grow from the front of the stack, large from the back. */
	for (uint32_t i = n; i-- > 0;) {
		if (share[i] < 1.0)
			stack[small++] = i;
		else
			stack[--large] = i;
	}
	while (small > 0 && large < n) {
		uint32_t s = stack[--small], l = stack[large];

		a->cell[s].keep = (uint32_t)(share[s] * 4294967295.0);
		a->cell[s].other = l;
		share[l] -= 1.0 - share[s];
		if (share[l] < 1.0) {
			large++;
			stack[small++] = l;
		}
	}
	/* Rounding leaves a few: they are whole. */
	while (small > 0) {
		uint32_t s = stack[--small];

		a->cell[s] = (struct rng_alias_cell){UINT32_MAX, s};
	}
	for (; large < n; large++)
		a->cell[stack[large]] = (struct rng_alias_cell){UINT32_MAX,
								stack[large]};
}

int
rng_alias_init(struct rng_alias *a, const double *weight, uint32_t n,
	       struct fail *f)
{
	double *share = malloc(n * sizeof(*share));
	uint32_t *stack = malloc(n * sizeof(*stack));
	double sum = 0;
	int rc = 0;

	a->n = n;
	a->cell = malloc(n * sizeof(*a->cell));
	if (share == NULL || stack == NULL || a->cell == NULL) {
		rc = fail_memory(f);
		goto out;
	}
	for (uint32_t i = 0; i < n; i++)
		sum += weight[i];
	for (uint32_t i = 0; i < n; i++)
		share[i] = weight[i] / sum * n;
	alias_pair(a, share, stack);
out:
	free(stack);
	free(share);
	if (rc < 0)
		rng_alias_release(a);
	return rc;
}

void
rng_alias_release(struct rng_alias *a)
{
	free(a->cell);
	*a = (struct rng_alias){0};
}
