/* SPDX-License-Identifier: MIT */
/* Private to lake: the state of lake_source, shared by its files. */
#ifndef LAKE_SOURCE_H
#define LAKE_SOURCE_H

#include "lake/lake.h"

#define SOURCE_TOUCHED_MAX ((size_t)1 << 20)

struct lake_source {
	struct lake_source_options o;
	struct delta *d;
	struct delta_snapshot *pinned;
	struct delta_snapshot *walk; /* with a job: as far as we have read */
	int64_t from;		     /* version to read first */
	bool is_snapshot_first;	     /* walk's live files are the first batch */
	bool is_done;
	struct delta_position recorded;
	struct barrier start;
	struct barrier end; /* of the batch at hand */
	struct map touched; /* values */
	struct buf text;    /* of one of them */
	const struct delta_file **file;
	size_t file_n;
	size_t file_cap;
	uint64_t rows; /* of the batch, as far as known */
	struct lake_passed *passed;
	size_t passed_n;
	size_t passed_cap;
	uint64_t passed_rows;
	struct arena mem;
};

/* One step of the walk; the log cannot end before the pinned version. */
int source_step(struct lake_source *s, struct delta_actions *a,
		struct fail *f) PORT_MUST_CHECK;

/* Rows went away by this commit: overwrite, delete, update, erasure. */
bool source_has_removes(const struct delta_actions *a);

/*
 * Where a job begins that has read nothing: before the first commit, if all
 * that was ever added can still be read; else with a snapshot as one batch, the
 * earliest behind which nothing is missing and no row went away.
 */
int source_begin(struct lake_source *s, struct fail *f) PORT_MUST_CHECK;

/* Read the commits behind the position for the values they touch, up to the
 * pinned version, into the first barrier. */
int source_find_touched(struct lake_source *s, struct fail *f) PORT_MUST_CHECK;

#endif
