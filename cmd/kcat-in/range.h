/* SPDX-License-Identifier: MIT */
/*
 * range - which offsets of which partitions are to be read. All of it is
 * fixed before the first record is read, so that a run reads exactly that
 * and no busy topic keeps it from ending.
 */
#ifndef KCAT_IN_RANGE_H
#define KCAT_IN_RANGE_H

#include "opts.h"

struct range {
	const struct opts *o;
	struct kafka *k;
	struct kafka_part *part; /* owned */
	size_t n;
	int64_t *until;	     /* owned: end of each partition before --limit */
	const char *missing; /* borrowed: the topic that is not there */
	bool is_forever;
};

void range_release(struct range *r);

/* The partitions of the topics (0: of all) that --partitions and --shard
 * leave, with their watermarks. */
int range_list(struct range *r, char *const *topic, size_t topic_n,
	       struct fail *f) PORT_MUST_CHECK;

/* Set each start by --start, and check it. */
int range_start(struct range *r, struct fail *f) PORT_MUST_CHECK;

/* Is what is to be read still there? What is gone by retention is FAIL_DATA,
 * or passed over with --accept-gap. */
int range_check(struct range *r, struct fail *f) PORT_MUST_CHECK;

/* Set each end by --until. */
int range_end(struct range *r, struct fail *f) PORT_MUST_CHECK;

/* By the file of --manifest, if it is there: then *is_found. */
int range_manifest_read(struct range *r, bool *is_found,
			struct fail *f) PORT_MUST_CHECK;
int range_manifest_write(struct range *r, struct fail *f) PORT_MUST_CHECK;

#endif
