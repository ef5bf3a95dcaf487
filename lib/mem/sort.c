/* SPDX-License-Identifier: MIT */
/*
 * A merge sort from the bottom up. Two neighbours that are in order already
 * cost one comparison; else only the left one is moved aside.
 */
#include <stdlib.h>

#include "mem/mem.h"

/* Merge item[0..left) and item[left..n), both in order. */
static void
merge(uint32_t *item, size_t left, size_t n, uint32_t *aside,
      mem_compare_fn compare, const void *ctx)
{
	size_t i = 0, j = left, to = 0;

	memcpy(aside, item, left * sizeof(*item));
	while (i < left && j < n) {
		if (compare(ctx, item[j], aside[i]) < 0)
			item[to++] = item[j++];
		else
			item[to++] = aside[i++];
	}
	/* what is left of the right part is in its place */
	memcpy(item + to, aside + i, (left - i) * sizeof(*item));
}

int
mem_sort(uint32_t *item, size_t n, mem_compare_fn compare, const void *ctx)
{
	uint32_t *aside = malloc((n + 1) * sizeof(*aside));

	if (aside == NULL)
		return FAIL_MEMORY;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t at = 0; at + width < n; at += 2 * width) {
			size_t len = n - at < 2 * width ? n - at : 2 * width;
			uint32_t *run = item + at;

			if (compare(ctx, run[width], run[width - 1]) < 0)
				merge(run, width, len, aside, compare, ctx);
		}
	}
	free(aside);
	return 0;
}
