/* SPDX-License-Identifier: MIT */
/*
 * crew - shards at work side by side: one thread a shard, each up to two
 * slices ahead. The only place in gen with threads.
 */
#ifndef GEN_CREW_H
#define GEN_CREW_H

#include "gen/shard.h"

struct crew;

/* Start a thread a shard; the model is borrowed. */
int crew_open(struct crew **out, const struct gen_model *m,
	      struct fail *f) PORT_MUST_CHECK;
void crew_close(struct crew *c); /* stops and joins them */

/* Worker i's next slice, borrowed until crew_done(c, i). */
int crew_next(struct crew *c, unsigned i, const struct shard_lines **l,
	      int64_t *until_ms, struct fail *f) PORT_MUST_CHECK;
void crew_done(struct crew *c, unsigned i);

#endif
