/* SPDX-License-Identifier: MIT */
/*
 * shard - makes the lines of some of the listeners, a slice of time after
 * the other. Once a day of event time it plans when sessions start; when a
 * session's slice comes it is played to its end at once, and its records
 * wait in a ring of slices until theirs. Memory follows the sessions that
 * are going on, not the listeners. One thread each.
 */
#ifndef GEN_SHARD_H
#define GEN_SHARD_H

#include "gen/gen.h"
#include "gen/model.h"

struct shard;

/* Listener slots first, first + step, ...; the model is borrowed. */
int shard_open(struct shard **out, const struct gen_model *m, uint32_t first,
	       uint32_t step, struct fail *f) PORT_MUST_CHECK;
void shard_close(struct shard *s);

/* Lines and their texts, in memory of their own. */
struct shard_lines {
	struct gen_line *line;
	size_t n, cap;
	struct buf text, truth;
};
void shard_lines_init(struct shard_lines *l);
void shard_lines_release(struct shard_lines *l);

/*
 * The next slice: replaces what l holds. Slices follow one another without a
 * gap, are the same for all shards of a model, and begin before the window
 * (with no lines). *until_ms is the slice's end.
 */
int shard_next(struct shard *s, struct shard_lines *l, int64_t *until_ms,
	       struct fail *f) PORT_MUST_CHECK;

#endif
