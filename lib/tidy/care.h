/* SPDX-License-Identifier: MIT */
/* Private to tidy: the state of a table under care, shared by its files. */
#ifndef TIDY_CARE_H
#define TIDY_CARE_H

#include "tidy/tidy.h"

#define CARE_BATCH 256		     /* deletions of a request */
#define CARE_FILES ((size_t)1 << 24) /* files of a table */

struct tidy {
	struct tidy_options o;
	struct delta *d;
	struct delta_snapshot *s;
	/* Of the snapshot when we last caught up: work in progress stands on
	 * it while a commit lets the snapshot go on. */
	struct delta_meta meta;
	bool has_consumer;
	struct tidy_consumer slowest;
	/* Keys of the files that consumers have still to read. */
	struct map needed;
	int64_t needed_from; /* commits that needed knows, up to the version */
	int64_t needed_to;
	struct str gone[CARE_BATCH]; /* to be deleted; keys are borrowed */
	size_t gone_n;
	bool is_all_needed; /* their commits are gone: every file may be */
	uint64_t young;	    /* removed files that the last vacuum kept */
	struct map notices; /* in their order */
	size_t told;	    /* of them */
	int64_t sound;	   /* a checkpoint that was read wholly, -1: none was */
	int64_t opened_us; /* on the monotonic clock */
	struct arena mem;  /* until close */
};

/* Take in what others have committed. */
int care_catch_up(struct tidy *t, struct fail *f) PORT_MUST_CHECK;

/* Have a sentence told that is worth a word and no failure. */
int care_note(struct tidy *t, struct fail *f, const char *fmt, ...)
	PORT_PRINTF(3, 4) PORT_MUST_CHECK;

/* The same of a checkpoint that cannot be read, and why. */
int care_note_damage(struct tidy *t, const struct fail *damage,
		     struct fail *f) PORT_MUST_CHECK;

/* Now: the machine's clock, or the one that was given, which goes on. */
int64_t care_clock(const struct tidy *t);

/* Now, by the clock by which the store dates its files. */
int care_now(struct tidy *t, int64_t *now_ms, struct fail *f) PORT_MUST_CHECK;

/* What --retain says, else the other. */
int64_t care_retain_ms(const struct tidy *t, int64_t otherwise);

/* Target of compacted files. */
uint64_t care_target(const struct tidy *t);

/* The key of a file; empty for one outside of the table. */
int care_key(struct tidy *t, const struct delta_file *file, struct arena *a,
	     struct str *out, struct fail *f) PORT_MUST_CHECK;

/* Delete a file, at the latest with care_flush, or only tell of it. The key is
 * borrowed until then. */
int care_delete(struct tidy *t, struct str key, uint64_t bytes,
		struct tidy_files *deleted, struct fail *f) PORT_MUST_CHECK;

int care_flush(struct tidy *t, struct fail *f) PORT_MUST_CHECK;

/* A file's partition values as one text; different values differ. */
int care_partition(const struct delta_file *file, struct buf *out,
		   struct fail *f) PORT_MUST_CHECK;

int care_check(struct tidy *t, struct fail *f) PORT_MUST_CHECK;

PORT_INLINE void
care_count(struct tidy_files *files, uint64_t bytes)
{
	files->n++;
	files->bytes += bytes;
}

/* ---- what consumers need ---- */

/* Learn which files consumers have not read yet, up to the snapshot. */
int care_find_needed(struct tidy *t, struct fail *f) PORT_MUST_CHECK;

/* Does a consumer need the file of this key? */
bool care_is_needed(const struct tidy *t, struct str key);

/* ---- what lies below the root ---- */

enum survey_class {
	SURVEY_OTHER, /* not ours to judge */
	SURVEY_LIVE,
	SURVEY_TOMBSTONE, /* removed, and young */
	SURVEY_ORPHAN,	  /* nobody refers to it, and young */
	SURVEY_OLD_TOMBSTONE,
	SURVEY_OLD_ORPHAN,
	SURVEY_NEEDED, /* old, but a consumer has not read it */
};

struct survey {
	struct store_list list;
	enum survey_class *item; /* one a file of the list */
	uint64_t missing;	 /* live files that are not there */
	bool has_outside;	 /* the log names files by absolute paths */
	struct arena mem;
};

/* Look at all files; the snapshot is then newer than the list. */
int survey_make(struct tidy *t, struct survey *out,
		struct fail *f) PORT_MUST_CHECK;
void survey_release(struct survey *s);

/* ---- files anew ---- */

/* Puts rows of files into new files, and both into one commit. */
struct rewrite {
	struct tidy *t;
	struct delta_scan *scan;
	struct delta_writer *writer;
	struct delta_file *gone; /* removed, in mem */
	size_t gone_n;
	uint64_t rows; /* that stay */
	struct tidy_files added;
	struct tidy_files removed;
	struct arena mem;
};

/* At most max files; a new one ends at file_bytes. */
int rewrite_open(struct rewrite *r, struct tidy *t, size_t max,
		 uint64_t file_bytes, struct fail *f) PORT_MUST_CHECK;
void rewrite_close(struct rewrite *r);

/* Remove a file, and keep those of its rows that is_kept wants (NULL: all, and
 * it is an error when they are not as many as its statistics say). A row is of
 * a scan of all columns. */
int rewrite_file(struct rewrite *r, const struct delta_file *file,
		 int (*is_kept)(void *ctx, const struct delta_batch *batch,
				size_t row, bool *kept, struct fail *f),
		 void *ctx, struct fail *f) PORT_MUST_CHECK;

/* Remove n files, and keep their rows in files that hold one value of the
 * column each. */
int rewrite_split(struct rewrite *r, const struct delta_file *const *file,
		  size_t n, int column, struct fail *f) PORT_MUST_CHECK;

/* Remove a file of which no row stays. */
void rewrite_drop(struct rewrite *r, const struct delta_file *file);

/* Commit: of c what is removed and added is set here. *is_conflict: nothing was
 * committed, what others did is in the snapshot. */
int rewrite_commit(struct rewrite *r, struct delta_change *c, bool *is_conflict,
		   struct fail *f) PORT_MUST_CHECK;

/* May files of the table be written anew? */
int rewrite_check(const struct tidy *t, enum delta_kind kind,
		  struct fail *f) PORT_MUST_CHECK;

/* ---- rows to erase ---- */

/*
 * Finds the rows for which a predicate is true. Of a bad line, whose columns
 * are null, its bytes are asked: read as an event where they can be, else by
 * expr_is_in_text. So is what was rescued of a value that fits no column.
 */
struct match;
int match_open(struct match **out, struct tidy *t, struct str where,
	       struct fail *f) PORT_MUST_CHECK;
void match_close(struct match *m);

/* By what the log says of a file: may a row match, and do all? */
int match_judge(const struct match *m, const struct delta_file *file, bool *may,
		bool *must, struct fail *f) PORT_MUST_CHECK;

/* Does a row? The batch is of a scan of all columns if is_wide, else of
 * match_columns. */
int match_row(struct match *m, const struct delta_batch *batch, size_t row,
	      bool is_wide, bool *is_match, struct fail *f) PORT_MUST_CHECK;

/* The columns that a narrow scan must deliver. */
const int *match_columns(const struct match *m, size_t *n);

/* How many files a compaction would put together now. */
int compact_count(struct tidy *t, struct tidy_files *out,
		  struct fail *f) PORT_MUST_CHECK;

/* ---- the log ---- */

/* Can readers begin at the checkpoint of this version? If not, that is noted.
 */
int log_is_sound(struct tidy *t, int64_t version, bool *is_sound,
		 struct fail *f) PORT_MUST_CHECK;

/* Which files of the log may go: one bool a file. */
int log_plan(struct tidy *t, const struct delta_log *log, struct arena *a,
	     bool **gone, struct fail *f) PORT_MUST_CHECK;

#endif
