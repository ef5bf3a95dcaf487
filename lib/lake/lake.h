/* SPDX-License-Identifier: MIT */
/*
 * lake - lines into Delta tables and back: the engines of lake-put and
 * lake-cat. Putting makes rows of lines, keeps what fits no column, and
 * commits a batch together with its position (playpipe(7), BARRIERS, rule 2).
 * Reading finds the files that are wanted (rules 1 and 6) and makes lines of
 * rows, byte for byte as they went in where those were canonical.
 *
 * One thread. The clock is the caller's.
 */
#ifndef LAKE_LAKE_H
#define LAKE_LAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "barrier/barrier.h"
#include "delta/delta.h"
#include "event/event.h"
#include "ndjson/ndjson.h"

/* ---- putting ---- */

enum lake_mode {
	LAKE_APPEND,
	LAKE_OVERWRITE,		 /* the whole table */
	LAKE_REPLACE_PARTITIONS, /* those touched, or those that come */
};

/* All pointers are borrowed until lake_put_close. */
struct lake_put_options {
	const char *url;
	const struct event_schema *schema; /* NULL: the table's, or inferred */
	const struct str *partition;	   /* columns; n 0: the table's */
	size_t partition_n;
	struct str sort; /* column, empty: the table's */
	enum lake_mode mode;
	struct str replace_where; /* predicate, empty: none; the rows must all
				   * match it */
	int64_t base_version;	  /* whose rows are replaced; -1: the newest */
	struct str job;		  /* empty: none */
	bool want_evolve;	  /* add columns that the table lacks */
	int64_t now_ms;		  /* -1: the machine's clock, at each commit */
	/*
	 * Told of a line that was kept to infer the schema from, the number'th
	 * of those, and then is no row of the table; it is the caller's to
	 * account for. A failure ends the batch. NULL: such a line is one.
	 */
	int (*on_refused)(void *ctx, struct str line, uint64_t number,
			  struct str why, struct fail *f);
	void *on_refused_ctx;
};

struct lake_put_counts {
	uint64_t rows;	   /* into the table, bad ones included */
	uint64_t bad_rows; /* of them, with verdict "bad" */
	uint64_t rescued;  /* values that went to _rescued */
	uint64_t files;	   /* written and committed */
	uint64_t bytes;	   /* of them */
	uint64_t removed;  /* files replaced */
	uint64_t replaced; /* rows of them that went, as far as known */
	uint64_t carried;  /* rows of them that stayed */
	uint64_t commits;
	uint64_t committed_rows;
	int64_t version;	  /* of the table, -1: none */
	struct str first_rescued; /* key of the first such value; borrowed */
};

struct lake_put;

/* Opens the table, or learns that there is none. */
int lake_put_open(struct lake_put **out, const struct lake_put_options *o,
		  struct fail *f) PORT_MUST_CHECK;
void lake_put_close(struct lake_put *p);

/* The keys for stream_open; n 0: not known yet, the schema is inferred from
 * the first lines. The lines must come with want_rest. */
void lake_put_keys(const struct lake_put *p, const struct str **keys,
		   const int **slot, size_t *n);

/*
 * One line. *refusal: empty, or why the line is no row of this table (then
 * nothing of it was taken, and it is the caller's to account for). Borrowed
 * until the next call.
 */
int lake_put_line(struct lake_put *p, const struct ndjson_line *line,
		  struct str *refusal, struct fail *f) PORT_MUST_CHECK;

/* A barrier: the first is held against what the table has recorded, each
 * later one commits the batch before it. */
int lake_put_barrier(struct lake_put *p, const struct barrier *b,
		     struct fail *f) PORT_MUST_CHECK;

/* Make rows of the lines that were kept to infer the schema from, if they are
 * kept still; a commit does so too. */
int lake_put_settle(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

/* The end of the input, or of a part of it, without barriers: commit. */
int lake_put_commit(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

const struct lake_put_counts *lake_put_counts(const struct lake_put *p);

/* What is worth a word to the user and no failure (an inferred schema, a
 * checkpoint that could not be written); empty when nothing is. Forgets it. */
struct str lake_put_notice(struct lake_put *p);

/* ---- reading: which files ---- */

/* All pointers are borrowed until lake_source_close. */
struct lake_source_options {
	const char *url;
	int64_t at_version;    /* -1: the newest */
	int64_t as_of_us;      /* INT64_MIN: not asked */
	int64_t since_version; /* -1: not asked */
	struct str job;	       /* empty: none */
	const char *resume;    /* the sink's table, or NULL */
	struct str touched;    /* column, empty: none */
	bool is_gap_accepted;  /* pass over versions that are gone, and whole
				* commits that remove rows */
	bool is_final;	  /* nothing will follow: the last barrier says so */
	bool may_be_none; /* no table yet is FAIL_NOTHING, not FAIL_DATA */
	int64_t batch_versions; /* of a barrier's batch at most */
	int64_t batch_rows;	/* after so many a batch ends */
};

struct lake_source;

int lake_source_open(struct lake_source **out,
		     const struct lake_source_options *o,
		     struct fail *f) PORT_MUST_CHECK;
void lake_source_close(struct lake_source *s);

/* The table and its pinned snapshot. */
struct delta *lake_source_table(struct lake_source *s);
const struct delta_snapshot *lake_source_snapshot(const struct lake_source *s);

/* The barrier before the first line, without `run`; only with a job. */
const struct barrier *lake_source_start(const struct lake_source *s);

struct lake_batch {
	const struct delta_file **file;
	size_t file_n;
	const struct barrier *barrier; /* behind it; NULL without a job */
};

/* The next batch: 1, or 0 when there is no more. */
int lake_source_next(struct lake_source *s, struct lake_batch *out,
		     struct fail *f) PORT_MUST_CHECK;

/* Versions that is_gap_accepted had us pass over, so far. */
struct lake_passed {
	int64_t first;
	int64_t last;
	bool is_gone; /* else they removed or replaced rows */
};
const struct lake_passed *lake_source_passed(const struct lake_source *s,
					     size_t *n);

/* How many rows were added in those that are not gone, as far as known. */
uint64_t lake_source_passed_rows(const struct lake_source *s);

/* The user's predicate, and that of the touched values, as one; *out NULL
 * when there is neither. */
int lake_source_where(const struct lake_source *s, struct str where,
		      struct expr **out, struct fail *f) PORT_MUST_CHECK;

/* ---- reading: lines ---- */

enum lake_times {
	LAKE_TIMES_WIRE, /* as the table remembers them */
	LAKE_TIMES_RFC3339,
	LAKE_TIMES_EPOCH_MS,
};

struct lake_print_options {
	const struct delta_meta *meta; /* borrowed until close */
	const char *url;	       /* for messages; borrowed until close */
	const struct str *column;      /* n 0: all of the line */
	size_t column_n;
	bool is_csv;
	enum lake_times times;
};

struct lake_print;

int lake_print_open(struct lake_print **out, const struct lake_print_options *o,
		    struct fail *f) PORT_MUST_CHECK;
void lake_print_close(struct lake_print *p);

/* The columns that a scan must deliver, in its order. */
const int *lake_print_columns(const struct lake_print *p, size_t *n);

/* The header of CSV; nothing for NDJSON. */
int lake_print_header(const struct lake_print *p, struct buf *out,
		      struct fail *f) PORT_MUST_CHECK;

/*
 * Append rows *at to end - 1 of a batch, each with its LF, or the first of
 * them if that is much; *at is then the next one. Of each batch row 0 comes
 * first, and its rows before those of another.
 */
int lake_print_rows(struct lake_print *p, const struct delta_batch *batch,
		    size_t *at, size_t end, struct buf *out,
		    struct fail *f) PORT_MUST_CHECK;

#endif
