/* SPDX-License-Identifier: MIT */
/* Private to tidy: the state of a table under care, shared by its files. */
#ifndef TIDY_CARE_H
#define TIDY_CARE_H

#include "tidy/tidy.h"

#define CARE_FILES ((size_t)1 << 24) /* files of a table */

struct tidy {
	struct tidy_options o;
	struct delta *d;
	struct delta_snapshot *s;
	bool has_consumer;
	struct tidy_consumer slowest;
	/* Keys of the files that consumers have still to read. */
	struct map needed;
	int64_t needed_from; /* commits that needed knows, up to the version */
	int64_t needed_to;
	bool is_all_needed; /* their commits are gone: every file may be */
	struct buf notice;
	struct arena mem; /* until close */
};

/* Take in what others have committed. */
int care_catch_up(struct tidy *t, struct fail *f) PORT_MUST_CHECK;

/* Now, by the clock by which the store dates its files. */
int care_now(struct tidy *t, int64_t *now_ms, struct fail *f) PORT_MUST_CHECK;

/* What --retain says, else the other. */
int64_t care_retain_ms(const struct tidy *t, int64_t otherwise);

/* Target of compacted files. */
uint64_t care_target(const struct tidy *t);

/* Delete a file, or only tell of it. */
int care_delete(struct tidy *t, struct str key, uint64_t bytes,
		struct tidy_files *deleted, struct fail *f) PORT_MUST_CHECK;

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
	struct arena mem;
};

/* Look at all files; the snapshot is then newer than the list. */
int survey_make(struct tidy *t, struct survey *out,
		struct fail *f) PORT_MUST_CHECK;
void survey_release(struct survey *s);

/* ---- the log ---- */

/* Which files of the log may go: one bool a file. */
int log_plan(struct tidy *t, const struct delta_log *log, struct arena *a,
	     bool **gone, struct fail *f) PORT_MUST_CHECK;

#endif
