/* SPDX-License-Identifier: MIT */
/*
 * form - a record as a line: its value alone, its value with a member _k
 * that tells where it came from, or an envelope with all of it.
 */
#ifndef KCAT_IN_FORM_H
#define KCAT_IN_FORM_H

#include "envelope/envelope.h"
#include "opts.h"

#define FORM_CHUNK 16 /* envelopes made at once: more leave the cache */

struct form {
	enum format format;
	const struct kafka_part *part; /* borrowed */
	struct envelope_writer *envelope;
	struct envelope record[FORM_CHUNK];
	struct envelope_header *header; /* owned; of these records */
	size_t header_n, header_cap;
	struct buf text;
	bool has_job; /* lines that look like ours are wrapped */

	/* records by what became of them */
	uint64_t lines;
	uint64_t tombstones; /* raw: have no line */
	uint64_t blank;	     /* raw: would be no line to any reader */
	uint64_t wrapped;    /* raw: values no line can hold, of lines */
};

int form_open(struct form *w, const struct opts *o,
	      struct fail *f) PORT_MUST_CHECK;
void form_close(struct form *w);

/* Append the lines of n records, of those that have one. */
int form_put(struct form *w, const struct kafka_record *r, size_t n,
	     struct buf *out, struct fail *f) PORT_MUST_CHECK;

#endif
