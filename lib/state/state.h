/* SPDX-License-Identifier: MIT */
/*
 * state - what a filter remembers from one batch to the next: immutable
 * snapshots in a folder (or a place in the lake), each under an id that is
 * the hash of its content, so that the id a sink has committed always names
 * exactly the bytes that belong to it. Never overwritten, always whole,
 * durable before the id is given out. playpipe(7), BARRIERS, rule 3.
 */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "mem/mem.h"

struct state;

/*
 * place: PLACE of --state. job and filter name the owner. meaning: a text of
 * the options that change what the state means ("gap=1800000000"); a state
 * of the same job and filter saved under another meaning is FAIL_USAGE at
 * load. Texts are borrowed during the call.
 */
int state_open(struct state **out, const char *place, struct str job,
	       const char *filter, struct str meaning,
	       struct fail *f) PORT_MUST_CHECK;
void state_close(struct state *s);

/* Append the snapshot's bytes to out. Absent: FAIL_DATA, saying which and
 * how to rebuild it. */
int state_load(struct state *s, int64_t id, struct buf *out,
	       struct fail *f) PORT_MUST_CHECK;

/* Save a snapshot; *id (positive) names it once this returned 0. */
int state_save(struct state *s, struct str data, int64_t *id,
	       struct fail *f) PORT_MUST_CHECK;

#endif
