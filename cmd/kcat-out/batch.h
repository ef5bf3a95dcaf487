/* SPDX-License-Identifier: MIT */
/*
 * batch - transactions: what stands between two barriers is one, and the
 * barrier's line goes into it as the position to go on from; without barriers
 * one ends after so many lines or so long, and its lines are kept until then,
 * so that they can be told as failed if it is aborted. playpipe(7), BARRIERS.
 */
#ifndef KCAT_OUT_BATCH_H
#define KCAT_OUT_BATCH_H

#include "barrier/barrier.h"
#include "opts.h"

/* Told of each line of a transaction that was aborted. */
typedef void (*batch_lost_fn)(void *ctx, uint64_t number, struct str raw,
			      const struct fail *why);

struct batch {
	const struct opts *o;
	struct cli *cli;
	struct kafka *k;
	const char *topic;  /* of the position; NULL: none was named */
	uint64_t max_lines; /* without barriers */
	int64_t max_time_us;
	bool has_barriers;
	bool is_open;
	int64_t begun_us;
	uint64_t lines;		     /* of the open transaction */
	uint64_t committed, aborted; /* lines */
	uint64_t batches;	     /* transactions committed */
	struct fail cause;	     /* why it cannot be committed */
	struct buf kept;	     /* its lines */
	struct buf text;
	batch_lost_fn lost;
	void *lost_ctx;
};

int batch_open(struct batch *b, const struct opts *o, struct kafka *k,
	       const char *topic, struct cli *c,
	       struct fail *f) PORT_MUST_CHECK;
void batch_close(struct batch *b);

/* The first barrier: is it where the id committed last? */
int batch_check(struct batch *b, const struct barrier *barrier,
		struct fail *f) PORT_MUST_CHECK;

/* Before a record is put: a transaction is open. */
int batch_begin(struct batch *b, struct fail *f) PORT_MUST_CHECK;

/* A record was taken. */
int batch_add(struct batch *b, uint64_t number, struct str raw,
	      struct fail *f) PORT_MUST_CHECK;

/* Is it time to commit? By lines and bytes; by the clock only if asked. */
bool batch_is_full(const struct batch *b, bool want_clock);

/* Commit, with the barrier (or NULL). When that fails, all its lines are
 * told as lost, or, under barriers, counted as aborted. */
int batch_commit(struct batch *b, const struct barrier *barrier,
		 struct fail *f) PORT_MUST_CHECK;

/* Nothing of the open transaction shall be seen. */
void batch_abort(struct batch *b, const struct fail *why);

/* The last position that was committed, as a line of its own; n 0: none. */
int batch_position(const struct opts *o, const char *topic, struct cli *c,
		   struct arena *a, struct str *line,
		   struct fail *f) PORT_MUST_CHECK;

#endif
