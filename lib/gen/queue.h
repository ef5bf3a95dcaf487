/* SPDX-License-Identifier: MIT */
/*
 * queue - small items waiting for their slice of time: a ring of slots, each
 * a list of fixed chunks that come from and go back to one free list. After
 * warm-up nothing is allocated. Holds no more than one turn of the ring.
 */
#ifndef GEN_QUEUE_H
#define GEN_QUEUE_H

#include "base/base.h"

#define QUEUE_CHUNK_BYTES 1008

struct queue_chunk {
	struct queue_chunk *next;
	size_t n; /* items */
	_Alignas(8) unsigned char item[QUEUE_CHUNK_BYTES];
};

struct queue {
	struct queue_chunk **slot; /* owned ring; newest chunk first */
	size_t slots;
	size_t item_bytes, chunk_items;
	struct queue_chunk *spare;
};

int queue_init(struct queue *q, size_t slots, size_t item_bytes,
	       struct fail *f) PORT_MUST_CHECK;
void queue_release(struct queue *q);

/* Copy an item behind the others of slot i (of the endless time line);
 * FAIL_MEMORY when there is no room. */
int queue_add(struct queue *q, uint64_t i, const void *item) PORT_MUST_CHECK;

/* The chunks of slot i, in no order; give them back with queue_clear. */
PORT_INLINE const struct queue_chunk *
queue_at(const struct queue *q, uint64_t i)
{
	return q->slot[i % q->slots];
}
void queue_clear(struct queue *q, uint64_t i);

#endif
