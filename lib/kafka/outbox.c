/* SPDX-License-Identifier: MIT */
/*
 * While a block is written to, it counts OPEN values more than it has, so that
 * it cannot become free, and adding needs no atomic step.
 */
#include "kafka/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define OPEN (1u << 30)

static void
open_block(struct outbox *o, size_t i)
{
	o->current = i;
	o->used = 0;
	o->added = 0;
	atomic_store_explicit(&o->left[i], OPEN, memory_order_relaxed);
}

int
outbox_init(struct outbox *o, size_t bytes, struct fail *f)
{
	size_t n = bytes / OUTBOX_BLOCK + 2;

	*o = (struct outbox){.block_n = n};
	o->mem = malloc(n * OUTBOX_BLOCK);
	o->left = calloc(n, sizeof(*o->left));
	if (o->mem == NULL || o->left == NULL)
		return fail_memory(f);
	open_block(o, 0);
	return 0;
}

void
outbox_release(struct outbox *o)
{
	free(o->mem);
	free(o->left);
}

bool
outbox_has_room(const struct outbox *o, size_t n)
{
	return n <= OUTBOX_BLOCK - o->used;
}

/* The lowest free one, so that no more memory is used than is needed. */
bool
outbox_turn(struct outbox *o)
{
	for (size_t i = 0; i < o->block_n; i++) {
		if (atomic_load_explicit(&o->left[i], memory_order_acquire) !=
		    0)
			continue;
		atomic_fetch_sub_explicit(&o->left[o->current], OPEN - o->added,
					  memory_order_relaxed);
		open_block(o, i);
		return true;
	}
	return false;
}

const char *
outbox_copy(struct outbox *o, const char *p, size_t n)
{
	char *to = o->mem + o->current * OUTBOX_BLOCK + o->used;

	memcpy(to, p, n);
	o->used += n;
	return to;
}

const char *
outbox_add(struct outbox *o, const char *p, size_t n)
{
	if (n == 0)
		return "";
	o->added++;
	return outbox_copy(o, p, n);
}

void
outbox_settle(struct outbox *o, const void *value)
{
	size_t at = (size_t)((uintptr_t)value - (uintptr_t)o->mem);

	if (at < o->block_n * OUTBOX_BLOCK)
		atomic_fetch_sub_explicit(&o->left[at / OUTBOX_BLOCK], 1,
					  memory_order_release);
}
