/* SPDX-License-Identifier: MIT */
/*
 * job - evgen as a source under barriers: where the sink stands, and the
 * barrier lines. playpipe(7), BARRIERS.
 */
#ifndef EVGEN_JOB_H
#define EVGEN_JOB_H

#include "barrier/barrier.h"
#include "gen/gen.h"
#include "opts.h"

struct job {
	const struct opts *o;
	int64_t from_ms, to_ms, every_ms, delay_max_ms;
	int64_t next_ms;      /* of the next barrier; INT64_MAX: none */
	uint64_t lines;	      /* since the barrier before; the caller counts */
	int64_t watermark_ms; /* never falls */
	struct barrier barrier;
	struct barrier_entry at;
	char at_name[32], nonce[BARRIER_NONCE_MAX];
	bool is_done; /* the sink has the window's final barrier */
	struct arena mem;
};

/*
 * Read the position from --resume's table, if there is one, and move the
 * window's begin to it. FAIL_DATA when the table's position is of another
 * stream, or behind the window's end.
 */
int job_open(struct job *j, const struct opts *o, struct gen_options *g,
	     struct fail *f) PORT_MUST_CHECK;
void job_close(struct job *j);

/* The barrier before the first line. */
int job_begin(struct job *j, struct io_out *out,
	      struct fail *f) PORT_MUST_CHECK;

/* The barrier at next_ms; moves next_ms on. */
int job_pass(struct job *j, struct io_out *out, struct fail *f) PORT_MUST_CHECK;

#endif
