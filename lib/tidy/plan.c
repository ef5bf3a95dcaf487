/* SPDX-License-Identifier: MIT */
/*
 * Which small files become one. Neighbours in the log are put together, for
 * their rows came together and will be read together. What was put together
 * before comes in again only while it is small itself, and only if what joins
 * it is worth writing it again: without that rule every new little file would
 * have all of its partition rewritten each night.
 */
#include "tidy/plan.h"

#include <stdlib.h>

/* So many files at once are worth it whatever their sizes. */
#define PLAN_MANY 5

static int
by_group(const void *a, const void *b)
{
	const struct plan_file *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* The largest of few is not written again for less than a quarter more. */
static int
is_worth_it(const struct plan_file *file, size_t n)
{
	uint64_t sum = 0, largest = 0;

	for (size_t i = 0; i < n; i++) {
		sum += file[i].bytes;
		if (file[i].bytes > largest)
			largest = file[i].bytes;
	}
	return n >= PLAN_MANY || (n > 1 && sum - largest >= largest / 4);
}

void
plan_bins(struct plan_file *file, size_t n, uint64_t target)
{
	size_t bin = 0, end;

	if (n > 1)
		qsort(file, n, sizeof(*file), by_group);
	for (size_t i = 0; i < n; i = end) {
		uint64_t bytes = file[i].bytes;
		int is_worth;

		for (end = i + 1; end < n && file[end].group == file[i].group &&
				  bytes + file[end].bytes <= target;
		     end++)
			bytes += file[end].bytes;
		is_worth = is_worth_it(&file[i], end - i);
		for (size_t k = i; k < end; k++)
			file[k].bin = is_worth ? bin : PLAN_LEFT;
		bin += is_worth != 0;
	}
}
