/* SPDX-License-Identifier: MIT */
/*
 * lines - what the command lines of all tools that read lines share: how a
 * stream is set up from their options, its progress, and the account of its
 * lines at the end.
 */
#ifndef LINES_LINES_H
#define LINES_LINES_H

#include "cli/cli.h"
#include "stream/stream.h"

/* Options that mean the same everywhere; a tool without one leaves it 0. */
struct lines_options {
	int validate;	  /* enum ndjson_mode: full|structural */
	int64_t max_line; /* bytes */
	bool is_line_buffered;
	bool is_drop_allowed;
};

/* For stream_open: these options, progress told through c, flush flushed
 * when the input goes idle (may be NULL). All is borrowed. */
struct stream_options lines_stream(const struct lines_options *o, struct cli *c,
				   struct io_out *flush);

/*
 * The statistics "lines" and "bytes", then the n parts that all data lines
 * fell into, then bad_by_reason, "blank", "crlf" and "barriers"; and every
 * line is in exactly one part, or FAIL_BUG.
 */
int lines_account(struct cli *c, const struct stream_counts *in,
		  const uint64_t *part, const char *const *name, size_t n,
		  struct fail *f) PORT_MUST_CHECK;

#endif
