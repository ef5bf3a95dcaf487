/* SPDX-License-Identifier: MIT */
/*
 * Counts by id in an open-addressing table, and the greatest of them by a
 * bounded heap whose root is the least kept. Ids are dense small numbers, so
 * a bijective mix is hash enough.
 */
#include <stdlib.h>

#include "sketch/sketch.h"

#define SLOT_BITS_MIN 3

void
topk_release(struct topk *t)
{
	free(t->slot);
	*t = (struct topk){0};
}

static struct topk_count *
slot_of(const struct topk *t, uint32_t id)
{
	size_t mask = ((size_t)1 << t->slot_bits) - 1;
	size_t i = (size_t)hash_mix(id) & mask;

	while (t->slot[i].count != 0 && t->slot[i].id != id)
		i = (i + 1) & mask;
	return &t->slot[i];
}

static int
grow(struct topk *t)
{
	struct topk grown = *t;

	grown.slot_bits = t->slot == NULL ? SLOT_BITS_MIN : t->slot_bits + 1;
	grown.slot = calloc((size_t)1 << grown.slot_bits, sizeof(*grown.slot));
	if (grown.slot == NULL)
		return FAIL_MEMORY;
	for (size_t i = 0; t->slot != NULL && i < (size_t)1 << t->slot_bits;
	     i++)
		if (t->slot[i].count != 0)
			*slot_of(&grown, t->slot[i].id) = t->slot[i];
	free(t->slot);
	*t = grown;
	return 0;
}

int
topk_add(struct topk *t, uint32_t id, uint64_t count)
{
	struct topk_count *slot;

	if (t->slot == NULL && grow(t) != 0)
		return FAIL_MEMORY;
	slot = slot_of(t, id);
	if (slot->count == 0) {
		if ((t->n + 1) * 2 > (uint32_t)1 << t->slot_bits) {
			if (grow(t) != 0)
				return FAIL_MEMORY;
			slot = slot_of(t, id);
		}
		slot->id = id;
		t->n++;
	}
	slot->count += count;
	return 0;
}

/* Does a stand before b in the list? Names differ, so the order is total. */
static bool
is_before(const struct topk_count *a, const struct topk_count *b,
	  const struct str *name)
{
	if (a->count != b->count)
		return a->count > b->count;
	return str_compare(name[a->id], name[b->id]) < 0;
}

/* Restore the heap below i: no item stands before its parent's place, that
 * is every parent comes after its children in the list. */
static void
sift_down(struct topk_count *heap, size_t n, size_t i, const struct str *name)
{
	struct topk_count item = heap[i];

	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n &&
		    is_before(&heap[child], &heap[child + 1], name))
			child++;
		if (!is_before(&item, &heap[child], name))
			break;
		heap[i] = heap[child];
	}
	heap[i] = item;
}

size_t
topk_list(const struct topk *t, const struct str *name, size_t k,
	  struct topk_count *out, uint64_t *dropped)
{
	size_t slots = t->slot == NULL ? 0 : (size_t)1 << t->slot_bits;
	size_t n = 0;

	*dropped = 0;
	for (size_t i = 0; i < slots; i++) {
		struct topk_count item = t->slot[i];

		if (item.count == 0)
			continue;
		if (n < k) {
			out[n++] = item;
			for (size_t j = n / 2; n == k && j-- > 0;)
				sift_down(out, n, j, name);
			continue;
		}
		if (k > 0 && is_before(&item, &out[0], name)) {
			struct topk_count least = out[0];

			out[0] = item;
			sift_down(out, n, 0, name);
			item = least;
		}
		if (item.count > *dropped)
			*dropped = item.count;
	}
	/* Heap sort; where k was not reached the heap is yet to be made. */
	for (size_t j = n / 2; n < k && j-- > 0;)
		sift_down(out, n, j, name);
	for (size_t left = n; left > 1; left--) {
		struct topk_count last = out[0];

		out[0] = out[left - 1];
		out[left - 1] = last;
		sift_down(out, left - 1, 0, name);
	}
	return n;
}
