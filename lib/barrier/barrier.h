/* SPDX-License-Identifier: MIT */
/*
 * barrier - the lines that make a pipe exactly once. A barrier says where in
 * the source the stream now is; design and rules stand in playpipe(7),
 * BARRIERS. The wire form is one NDJSON line:
 *
 *   {"@barrier":{"job":"ingest","run":"9f1c","start":true,"at":{"id/0":12},
 *    "watermark":1795338000000,"state":{"dq-check":81},"lines":17}}
 *
 * Pure but for barrier_write and barrier_nonce: text in, struct out, and back.
 * Memory comes from the caller's arena.
 */
#ifndef BARRIER_BARRIER_H
#define BARRIER_BARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/io.h"
#include "mem/mem.h"

#define BARRIER_PREFIX "{\"@barrier\":"

/* A named number: a source partition and the next position in it, or a
 * filter and the id of its saved state. */
struct barrier_entry {
	struct str name;
	int64_t value;
};

struct barrier_entries {
	struct barrier_entry *item; /* sorted by name, names unique */
	size_t n;
};

struct barrier {
	struct str job;
	struct str run; /* the nonce that marks this run's barriers */
	bool is_start;	/* the first, and nothing was read before */
	bool is_final;	/* nothing will follow, ever: close what is open */
	struct barrier_entries at;
	struct barrier_entries state;
	/* Of a partition, by its name in at: a number by which the source
	 * knows the last record before the position again. */
	struct barrier_entries mark;
	bool has_watermark;
	int64_t watermark_ms; /* epoch ms: nothing earlier is expected */
	uint64_t lines;	      /* lines since the barrier before */
	/* lake-cat --touched: the column, and its values whose partitions the
	 * batch behind this barrier replaces, sorted. */
	struct str touched_column;
	struct str *touched;
	size_t touched_n;
};

/*
 * Does the line look like a barrier (by its first bytes)?
 */
bool barrier_is_line(const char *p, size_t n);

/*
 * Parse a whole line. Texts borrow from the line, lists from the arena; copy
 * with barrier_copy to keep. FAIL_DATA when it is none: unknown members are
 * ignored, missing ones refused.
 */
int barrier_parse(const char *p, size_t n, struct arena *a, struct barrier *out,
		  struct fail *f) PORT_MUST_CHECK;

/* A deep copy into the arena. */
int barrier_copy(const struct barrier *b, struct arena *a, struct barrier *out,
		 struct fail *f) PORT_MUST_CHECK;

/* Append the line, with its LF. */
int barrier_format(const struct barrier *b, struct buf *out) PORT_MUST_CHECK;

/* Write the line and flush, so that what stands before it is on its way. */
int barrier_write(const struct barrier *b, struct io_out *out,
		  struct fail *f) PORT_MUST_CHECK;

/* A nonce for a new run, ended by NUL. */
#define BARRIER_NONCE_MAX 17
void barrier_nonce(char dst[BARRIER_NONCE_MAX]);

/* Set an entry, keeping order; the name is borrowed. */
int barrier_set(struct barrier_entries *e, struct str name, int64_t value,
		struct arena *a, struct fail *f) PORT_MUST_CHECK;

/* The entry's value; false when there is none. */
bool barrier_get(const struct barrier_entries *e, struct str name,
		 int64_t *value);

/*
 * Compare two positions: BARRIER_BEHIND when a is behind b in some partition
 * and ahead in none, BARRIER_OTHER when neither, or when the partitions
 * differ (another source, or one that has grown: the caller decides).
 */
enum barrier_order {
	BARRIER_SAME,
	BARRIER_BEHIND,
	BARRIER_AHEAD,
	BARRIER_OTHER,
};
enum barrier_order barrier_compare(const struct barrier_entries *a,
				   const struct barrier_entries *b);

#endif
