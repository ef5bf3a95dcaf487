/* SPDX-License-Identifier: MIT */
#include "gen/queue.h"

#include <stdlib.h>

#include "base/banned.h"

int
queue_init(struct queue *q, size_t slots, size_t item_bytes, struct fail *f)
{
	*q = (struct queue){
		.slots = slots,
		.item_bytes = item_bytes,
		.chunk_items = QUEUE_CHUNK_BYTES / item_bytes,
	};
	q->slot = calloc(slots, sizeof(struct queue_chunk *));
	return q->slot == NULL ? fail_memory(f) : 0;
}

static void
free_chunks(struct queue_chunk *c)
{
	while (c != NULL) {
		struct queue_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
queue_release(struct queue *q)
{
	for (size_t i = 0; q->slot != NULL && i < q->slots; i++)
		free_chunks(q->slot[i]);
	free_chunks(q->spare);
	free(q->slot);
	*q = (struct queue){0};
}

static struct queue_chunk *
take_chunk(struct queue *q)
{
	struct queue_chunk *c = q->spare;

	if (c == NULL)
		return malloc(sizeof(*c));
	q->spare = c->next;
	return c;
}

int
queue_add(struct queue *q, uint64_t i, const void *item)
{
	struct queue_chunk **slot = &q->slot[i % q->slots];
	struct queue_chunk *c = *slot;

	if (c == NULL || c->n == q->chunk_items) {
		c = take_chunk(q);
		if (c == NULL)
			return FAIL_MEMORY;
		c->n = 0;
		c->next = *slot;
		*slot = c;
	}
	memcpy(c->item + c->n * q->item_bytes, item, q->item_bytes);
	c->n++;
	return 0;
}

void
queue_clear(struct queue *q, uint64_t i)
{
	struct queue_chunk **slot = &q->slot[i % q->slots];

	while (*slot != NULL) {
		struct queue_chunk *c = *slot;

		*slot = c->next;
		c->next = q->spare;
		q->spare = c;
	}
}
