/* SPDX-License-Identifier: MIT */
/*
 * job - kcat-in as a source under barriers: where the sink stands, whether
 * that is a place in these topics, and the barrier lines. playpipe(7),
 * BARRIERS, rules 1 and 5.
 */
#ifndef KCAT_IN_JOB_H
#define KCAT_IN_JOB_H

#include "barrier/barrier.h"
#include "delta/delta.h"
#include "opts.h"
#include "range.h"

/*
 * The last record that was read of a partition. By its print we know whether
 * the topic still is the one we have read from: offsets begin again when a
 * topic is made again, and may have come past our position meanwhile.
 */
struct mark {
	bool is_set;
	int64_t offset;
	uint32_t print; /* of its time, key and value */
};

/* What the job knows of a partition. */
struct place {
	struct str name;  /* in barriers */
	int64_t position; /* recorded, or where the job begins */
	struct mark mark;
	bool is_read;	/* something, since the last barrier */
	int64_t max_ms; /* the latest record time seen, or INT64_MIN */
};

struct job {
	const struct opts *o;
	struct range *range;
	struct cli *cli;
	struct place *place; /* one a partition */
	struct delta_position recorded;
	struct barrier barrier;
	char nonce[BARRIER_NONCE_MAX];
	bool has_watermark;
	bool is_owed; /* the beginning must be told, nothing else knows it */
	int64_t watermark_ms;
	uint64_t lines;	 /* since the last barrier; the caller counts */
	uint64_t passed; /* offsets that are gone, with --accept-gap */
	struct arena mem;
};

/*
 * Read the position from --resume's table and begin each partition there; the
 * range has its watermarks. FAIL_DATA when it is the position of other topics
 * or another cluster, or no place in these any more.
 */
int job_open(struct job *j, const struct opts *o, struct range *r,
	     struct cli *c, struct fail *f) PORT_MUST_CHECK;
void job_close(struct job *j);

/* Append a partition's name in barriers: "CLUSTER/topic/3". */
int job_put_name(struct buf *out, struct str cluster,
		 const struct kafka_part *p) PORT_MUST_CHECK;

/* A topic is not there, which *f says. FAIL_DATA when the job has read of it,
 * else what it was. */
int job_miss_topic(const struct opts *o, struct range *r,
		   struct fail *f) PORT_MUST_CHECK;

/* Once the ends are known: read the marked records again, to compare. */
void job_look_back(struct job *j);

/* The barrier before the first line. */
int job_begin(struct job *j, struct io_out *out,
	      struct fail *f) PORT_MUST_CHECK;

/* Take note of some records in the order they came. FAIL_DATA: it is another
 * topic of the same name. */
int job_take(struct job *j, const struct kafka_record *r, size_t n,
	     struct fail *f) PORT_MUST_CHECK;

/* Does the record lie before the position, so that it was only looked at? */
bool job_is_old(const struct job *j, const struct kafka_record *r);

/* The barrier behind a batch; none when it would say nothing new. */
int job_pass(struct job *j, struct io_out *out, struct fail *f) PORT_MUST_CHECK;

#endif
