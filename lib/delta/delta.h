/* SPDX-License-Identifier: MIT */
/*
 * delta - Delta Lake tables: the transaction log (replay, snapshots, commit,
 * conflicts, checkpoints) and the positions of jobs that stand in it. Written
 * tables are protocol (1,2). One thread per table.
 */
#ifndef DELTA_DELTA_H
#define DELTA_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "barrier/barrier.h"
#include "mem/mem.h"

/* ---- positions: playpipe(7), BARRIERS, rules 1 and 2 ---- */

/* What a table has recorded of a job. */
struct delta_position {
	bool is_recorded;	      /* false: all else is empty */
	struct barrier_entries at;    /* by source partition */
	struct barrier_entries state; /* by filter */
	bool has_watermark;
	int64_t watermark_ms; /* the lowest over the partitions */
	bool is_final;	      /* the batch recorded was its source's last */
	int64_t version;      /* of the table that was read, -1: none */
};

/*
 * Read the position of a job from the newest version of the table at url. No
 * table there: nothing is recorded. Lists and texts live in the arena.
 */
int delta_position_read(const char *url, struct str job, struct arena *a,
			struct delta_position *out,
			struct fail *f) PORT_MUST_CHECK;

#endif
