/* SPDX-License-Identifier: MIT */
/*
 * stream - the spine of every tool that reads lines: opens FILE operands one
 * after the other, hands out lines with their place, tells barriers from
 * data, checks their line counts, and counts everything that went by, so
 * that a tool is what it does with a line and with a barrier:
 *
 *   rc = stream_run(s, take_line, take_barrier, ctx, f);
 *
 * One thread.
 */
#ifndef STREAM_STREAM_H
#define STREAM_STREAM_H

#include "barrier/barrier.h"
#include "io/io.h"
#include "ndjson/ndjson.h"

struct stream;

enum stream_kind {
	STREAM_LINE,	/* rec.line; its reason may be other than OK */
	STREAM_BARRIER, /* rec.barrier, borrowed until the next call */
};

struct stream_record {
	enum stream_kind kind;
	struct ndjson_line line;
	struct barrier barrier;
	const char *file; /* name of the input, for messages */
	/* The line's number and offset in its batch, so counted from the last
	 * barrier, so that they are the same however often a pipe is started
	 * again; without barriers those in its input. */
	uint64_t batch_line;
	uint64_t batch_offset;
};

struct stream_options {
	struct ndjson_options ndjson;
	bool want_line_buffered; /* flush before every read */
	bool is_drop_allowed;	 /* --allow-drop: do not check line counts */
	size_t read_ahead;	 /* as by io_in_read_ahead; 0: not at all */
	struct io_out *flush;	 /* flushed when the input goes idle; may be
				  * NULL; borrowed */
	/* Called before a read that would have to wait; may wait itself, by
	 * io_in_wait. May be NULL. */
	int (*idle)(void *ctx, const struct io_in *in, struct fail *f);
	void *idle_ctx;
	void (*progress)(void *ctx, const struct stream *s); /* may be NULL */
	void *progress_ctx;
};

struct stream_counts {
	uint64_t lines; /* data lines handed out, bad ones included; blank
			 * lines and barriers are not among them */
	uint64_t bytes; /* of input, after decompression */
	uint64_t blank;
	uint64_t crlf; /* lines that ended in CR LF */
	uint64_t barriers;
	uint64_t bad[NDJSON_REASONS]; /* data lines refused, by reason */
};

/*
 * paths: FILE operands, "-" or none at all is stdin; borrowed until close.
 * keys as for ndjson_open.
 */
int stream_open(struct stream **out, char *const *paths, size_t n_paths,
		const struct str *keys, const int *slot, size_t n_keys,
		const struct stream_options *o, struct fail *f) PORT_MUST_CHECK;
void stream_close(struct stream *s);

/*
 * 1 and a record; 0 at the end of all inputs; else a failure. Under barriers
 * (the stream's first line was one) the end of input is only clean right
 * behind a barrier: lines after the last one end in FAIL_RETRY, "the stage
 * before died". A barrier whose count of lines differs from what was seen is
 * FAIL_DATA. Blank lines are counted and skipped.
 */
int stream_next(struct stream *s, struct stream_record *rec,
		struct fail *f) PORT_MUST_CHECK;

/* One data line, whatever its reason; or a failure, which ends the run. */
typedef int (*stream_line_fn)(void *ctx, const struct stream_record *rec,
			      struct fail *f);
/* One barrier, its count of lines checked; or a failure, likewise. */
typedef int (*stream_barrier_fn)(void *ctx, const struct barrier *b,
				 struct fail *f);

/*
 * Hand out everything to the end of all inputs, each record to its callback;
 * take_barrier may be NULL, barriers then only pass. 0 at a clean end, else
 * the first failure, a callback's or stream_next's.
 */
int stream_run(struct stream *s, stream_line_fn take_line,
	       stream_barrier_fn take_barrier, void *ctx,
	       struct fail *f) PORT_MUST_CHECK;

/* The stream's first line was a barrier. Known after the first record. */
bool stream_has_barriers(const struct stream *s);

const struct stream_counts *stream_counts(const struct stream *s);

/* Bytes read and bytes expected (-1: unknown), for progress. */
void stream_progress(const struct stream *s, uint64_t *done, int64_t *total);

/*
 * Pass a barrier on with this filter's own count of lines written since the
 * last one; state_name NULL: the filter keeps none. hold_ms: the oldest time
 * still held back, INT64_MAX for nothing; lowers the watermark. Flushes out,
 * so that what stands before a barrier is on its way.
 */
int stream_forward(const struct barrier *b, struct io_out *out, uint64_t lines,
		   const char *state_name, int64_t state_id, int64_t hold_ms,
		   struct fail *f) PORT_MUST_CHECK;

/* What is wrong with a bad line, and what mends it; a constant text. Looks
 * at the line's bytes, so ask while they are there. */
const char *stream_bad_hint(const struct stream_record *rec);

/*
 * FAIL_DATA, with one sentence for a bad line: "'x.json': line 17, byte 42:
 * dup_key: ...". Lines and bytes of a line count from 1.
 */
int stream_fail_bad(const struct stream_record *rec, struct fail *f);

/* ---- a file by several threads ---- */

/* One thread's part of a file: its lines in order, between two line ends. */
struct stream_part {
	void *ctx;		     /* handed to the callback */
	struct stream_counts counts; /* added to */
	uint64_t line_n; /* lines of this part, blank ones too: what to add to
			  * the numbers of the parts behind it */
};

/* Can all these files be split: regular, not compressed, and without
 * barriers? */
bool stream_can_split(char *const *paths, size_t n_paths);

/*
 * Read one such file in n parts at once. Each line is seen once, so the
 * parts together see what one reader would. fn is called by the part's
 * thread alone, a line's number counted from the part's start. path, keys
 * and options as for stream_open.
 */
int stream_split(const char *path, const struct str *keys, const int *slot,
		 size_t n_keys, const struct ndjson_options *o,
		 stream_line_fn fn, struct stream_part *part, size_t n,
		 struct fail *f) PORT_MUST_CHECK;

#endif
