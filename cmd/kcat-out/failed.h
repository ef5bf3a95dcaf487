/* SPDX-License-Identifier: MIT */
/*
 * failed - the account of lines that were not delivered: counted by error,
 * told, and kept in the file of --failed, one object a line:
 *
 *   {"line":17,"error":"MSG_SIZE_TOO_LARGE","message":"...","raw":"..."}
 */
#ifndef KCAT_OUT_FAILED_H
#define KCAT_OUT_FAILED_H

#include "opts.h"

#define FAILED_ERRORS 64 /* kinds that are counted apart */

struct failed {
	struct cli *cli;
	struct io_out *out; /* or NULL */
	struct buf text;
	struct {
		const char *name; /* static */
		uint64_t n;
	} error[FAILED_ERRORS];
	size_t error_n;
	uint64_t n;
	/* of these, by who is to mend it */
	uint64_t own, usage, denied, retry;
	struct fail first; /* of those that are not the line's own fault */
	struct fail why;   /* the file could not be written */
};

/* A line that was not delivered; all is borrowed. */
struct failed_line {
	const char *file; /* NULL: stdin */
	uint64_t line;
	int code;	  /* as of struct kafka_failure */
	const char *name; /* static: "MSG_SIZE_TOO_LARGE" */
	const char *text;
	struct str raw;
	bool is_cut; /* raw is not all of the line */
};

int failed_open(struct failed *x, const char *path, struct cli *c,
		struct fail *f) PORT_MUST_CHECK;
void failed_close(struct failed *x);

/* Count, tell and keep it. Called where nothing can be returned: why keeps a
 * failure. */
void failed_add(struct failed *x, const struct failed_line *line);

/* What is kept so far to the file, and then durable. */
int failed_flush(struct failed *x, struct fail *f) PORT_MUST_CHECK;
int failed_commit(struct failed *x, struct fail *f) PORT_MUST_CHECK;

/* "failed_by_error". */
void failed_tell(const struct failed *x);

/* What the run is worth by them: 77, 75, 2, or 65 by --max-bad. */
int failed_judge(const struct failed *x, const struct lines_options *o,
		 struct fail *f) PORT_MUST_CHECK;

#endif
