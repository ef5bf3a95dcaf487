/* SPDX-License-Identifier: MIT */
/*
 * What lake-tidy says of a table: its health and what was done to it, for
 * people or as one JSON object.
 */
#ifndef LAKE_TIDY_REPORT_H
#define LAKE_TIDY_REPORT_H

#include "io/io.h"
#include "opts.h"
#include "tidy/tidy.h"

/* What was done to a table, or would be. */
struct report_done {
	bool has_erasure;
	struct tidy_erasure erasure;
	bool has_compaction; /* was asked for, as others below */
	struct tidy_compaction compaction;
	bool has_checkpoint;
	bool is_checkpoint_new;
	int64_t checkpoint;
	bool has_vacuum;
	struct tidy_files vacuumed;
	struct tidy_files needed;
	bool has_clean_log;
	struct tidy_files log;
};

struct report {
	const struct opts *o;
	const char *url;
	bool is_one;			  /* of one table */
	const struct tidy_health *health; /* NULL: not asked for */
	const struct tidy_consumer *slowest;
	const struct report_done *done;
};

int report_print(const struct report *r, struct io_out *out,
		 struct fail *f) PORT_MUST_CHECK;

#endif
