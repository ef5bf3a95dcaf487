/* SPDX-License-Identifier: MIT */
/*
 * Where values lie that are on their way out: in blocks of our own, one behind
 * the other, so that librdkafka need not copy each into memory that one thread
 * takes and another gives back. A block is written to again when all values in
 * it are settled. One thread adds, any thread settles.
 */
#ifndef KAFKA_OUTBOX_H
#define KAFKA_OUTBOX_H

#include <stdatomic.h>

#include "base/base.h"

#define OUTBOX_BLOCK ((size_t)256 << 10)

struct outbox {
	char *mem;	   /* own; block_n blocks */
	atomic_uint *left; /* own; values of a block that are not settled */
	size_t block_n;
	size_t current; /* the block that is written to */
	size_t used;	/* bytes of it */
	unsigned added; /* values in it */
};

/* At least so many bytes, which cost nothing before they are written to. */
int outbox_init(struct outbox *o, size_t bytes, struct fail *f) PORT_MUST_CHECK;
void outbox_release(struct outbox *o);

/* Has the current block room for n bytes? */
bool outbox_has_room(const struct outbox *o, size_t n);

/* Go on to a block that is free; false if there is none by now. */
bool outbox_turn(struct outbox *o);

/* Copy bytes, for which there is room, into the current block: they stay until
 * outbox_turn. */
const char *outbox_copy(struct outbox *o, const char *p, size_t n);

/* The same of a value, which also stays until it is settled. (An empty one is
 * not of the outbox.) */
const char *outbox_add(struct outbox *o, const char *p, size_t n);

/* The value that is here is not needed any more; what is not of the outbox is
 * ignored. */
void outbox_settle(struct outbox *o, const void *value);

#endif
