/* SPDX-License-Identifier: MIT */
/*
 * tidy - the engines of lake-tidy: what a table looks like, and its upkeep:
 * small files into large ones, checkpoints, files nobody refers to any more,
 * the old part of the log, and the erasure of rows for good. All of it goes on
 * beside writers and readers: what changes the table is a commit that any
 * conflict undoes, and what is deleted is older than a guard and behind every
 * consumer that was named.
 *
 * A run that is killed at any instant leaves a table that is as before or as
 * after, and at worst files that a later vacuum removes.
 */
#ifndef TIDY_TIDY_H
#define TIDY_TIDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta/delta.h"

/* Younger files that nobody refers to may be a writer's that has not committed
 * yet, and younger commits be what it has still to read: they stay, whatever
 * else was asked for. */
#define TIDY_GUARD_MS DELTA_HOUR_MS

/* ---- consumers: tables whose jobs read this one ---- */

struct tidy_consumer {
	const char *url; /* of the sink */
	struct str job;	 /* empty: the table has recorded no position at all */
	struct str source; /* id of the table that the job reads */
	int64_t next;	   /* the version that it will read next */
};

struct tidy_consumers {
	struct tidy_consumer *item;
	size_t n;
	struct arena mem;
};

/* Read what each of these tables has recorded; one that is not there has
 * recorded nothing. urls are borrowed until release. */
int tidy_consumers_read(struct tidy_consumers *out, const char *const *url,
			size_t n, struct fail *f) PORT_MUST_CHECK;
void tidy_consumers_release(struct tidy_consumers *c);

/* ---- a table under care ---- */

struct tidy_options {
	const char *url;
	const struct tidy_consumers *consumers; /* or NULL */
	bool is_one;	   /* no other table is cared for: a consumer that has
			    * recorded nothing of this one has not begun */
	int64_t now_ms;	   /* -1: the store's clock */
	int64_t retain_ms; /* -1: as the table says */
	uint64_t target_bytes; /* of a compacted file; 0: as the table says */
	struct str split; /* a column of which compacted files hold one value
			   * each; empty: none */
	bool is_dry;	  /* write nothing, delete nothing */
	bool is_look;	  /* only the health is asked: where the store's clock
			   * may not be, the machine's will do */
	/* Asked between two steps of long work: not 0 ends it. May be NULL. */
	int (*check)(void *ctx, struct fail *f);
	/* Told of each file that is deleted, or would be. May be NULL. */
	int (*tell)(void *ctx, const char *verb, struct str key, uint64_t bytes,
		    struct fail *f);
	void *ctx;
};

struct tidy;

/* All pointers of o are borrowed until close. */
int tidy_open(struct tidy **out, const struct tidy_options *o,
	      struct fail *f) PORT_MUST_CHECK;
void tidy_close(struct tidy *t);

const struct delta_snapshot *tidy_snapshot(const struct tidy *t);

/* The consumer of this table that is furthest behind; NULL: none. */
const struct tidy_consumer *tidy_slowest(const struct tidy *t);

/* The next thing that is worth a word and no failure, each once; empty when
 * none is left. Valid until close. */
struct str tidy_notice(struct tidy *t);

struct tidy_files {
	uint64_t n;
	uint64_t bytes;
};

/* ---- how it is ---- */

struct tidy_health {
	int64_t version;
	struct tidy_files live;
	uint64_t missing; /* of them and their vectors, files not there */
	struct tidy_files small; /* of them, below three quarters of target */
	uint64_t target_bytes;
	struct tidy_files compactable; /* that a compaction would join */
	uint64_t partitions;
	uint64_t rows;	       /* as far as statistics tell */
	uint64_t unknown_rows; /* files whose statistics do not */
	int64_t checkpoint;    /* version, -1: there is none */
	int64_t oldest;	       /* version that can be read */
	struct tidy_files log;
	struct tidy_files log_old;    /* of it, what a clean-up would delete */
	struct tidy_files tombstones; /* that are still there */
	struct tidy_files orphans;    /* no readable version names them */
	struct tidy_files waste;      /* of both, what a vacuum would delete */
	struct tidy_files needed;     /* old enough, but consumers need them */
	uint64_t txns;
	struct str oldest_txn; /* the one that was updated longest ago */
	int64_t oldest_txn_ms; /* -1: none says when */
	int64_t behind;	       /* versions that the slowest has not read */
};

int tidy_health(struct tidy *t, struct tidy_health *out,
		struct fail *f) PORT_MUST_CHECK;

/* ---- care ---- */

struct tidy_compaction {
	uint64_t commits;
	uint64_t conflicts; /* with rivals: done again */
	uint64_t rows;	    /* in new files */
	struct tidy_files removed;
	struct tidy_files added;
	struct tidy_files needed; /* small, and left for consumers */
};

/* Put small files together. Of a dry run out->added is a guess. */
int tidy_compact(struct tidy *t, struct tidy_compaction *out,
		 struct fail *f) PORT_MUST_CHECK;

/* Write a checkpoint of the newest version, unless there is one; *version is
 * whose, *is_new whether it was written now. */
int tidy_checkpoint(struct tidy *t, int64_t *version, bool *is_new,
		    struct fail *f) PORT_MUST_CHECK;

struct tidy_erasure {
	uint64_t rows; /* erased */
	uint64_t kept; /* other rows of their files */
	struct tidy_files removed;
	struct tidy_files added;
	uint64_t conflicts; /* with rivals: done again */
};

/*
 * Erase the rows for which the predicate is true, in one commit that readers
 * of what is new pass over. FAIL_RETRY naming the consumer when one has not
 * read a file that holds such a row.
 */
int tidy_erase(struct tidy *t, struct str where, struct tidy_erasure *out,
	       struct fail *f) PORT_MUST_CHECK;

/* Is nothing left of what was erased: no file that the vacuum before kept, and
 * no commit or checkpoint of before? Else FAIL_RETRY saying what is, and for
 * whom. */
int tidy_check_erased(struct tidy *t, const struct tidy_files *needed,
		      struct fail *f) PORT_MUST_CHECK;

/* Delete the files that nobody refers to any more. */
int tidy_vacuum(struct tidy *t, struct tidy_files *deleted,
		struct tidy_files *needed, struct fail *f) PORT_MUST_CHECK;

/* Delete the part of the log that is older than a checkpoint old enough. */
int tidy_clean_log(struct tidy *t, struct tidy_files *deleted,
		   struct fail *f) PORT_MUST_CHECK;

#endif
