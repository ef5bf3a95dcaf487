/* SPDX-License-Identifier: MIT */
/*
 * fault - what goes wrong on purpose. Each kind has draws of its own, made
 * from the event's number, so that switching one on changes no other event.
 * A line has at most one fault in its text (malformed before wrong type
 * before missing before out of range); late and duplicate go with any.
 */
#ifndef GEN_FAULT_H
#define GEN_FAULT_H

#include "gen/write.h"

#define FAULT_TRUTH_MAX 1024 /* bytes of a truth line at most */

/*
 * Decide what happens to an event: sets r->place_ms and r->fault. Returns
 * true when a copy of it arrives as well, then *copy is that record.
 */
bool fault_draw(const struct gen_model *m, const struct session *s,
		struct record *r, struct record *copy);

/*
 * Make the record's text fault in its line of n bytes at dst (room for
 * WRITE_LINE_MAX); returns the new length. Writes the truth lines of the
 * record's faults at truth (room for 2 * FAULT_TRUTH_MAX) and their bytes to
 * *truth_n.
 */
size_t fault_apply(const struct gen_model *m, const struct session *s,
		   const struct record *r, char *dst, size_t n, char *truth,
		   size_t *truth_n);

/* The record's faults that it is the truth of, as bits 1 << enum gen_fault. */
unsigned fault_bits(const struct record *r);

#endif
