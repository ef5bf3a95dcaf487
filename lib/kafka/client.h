/* SPDX-License-Identifier: MIT */
/*
 * What the files of kafka share: the client itself, and how librdkafka's
 * errors become ours.
 */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include "kafka/kafka.h"

#include <librdkafka/rdkafka.h>
#include <string.h>

#include "base/base.h"
#include "kafka/outbox.h"

#define KAFKA_BATCH    1024 /* records handed out at once */
#define KAFKA_TOGETHER 128  /* records given to librdkafka at once */
#define KAFKA_SLICE_MS 250  /* then signals and errors are looked at */
#define KAFKA_WAIT_MS  4000 /* the same, when brokers are slow */

struct kafka {
	rd_kafka_t *rk;
	const struct kafka_options *o;
	struct cli *cli;
	enum kafka_kind kind;
	struct fail trouble; /* the worst told by librdkafka's threads */
	char *cluster;	     /* librdkafka's memory */
	struct map topics;   /* names, NUL ended */
	struct arena mem;

	/* reading */
	rd_kafka_queue_t *queue;
	struct kafka_part *part; /* borrowed, or own_part */
	struct kafka_part *own_part;
	size_t part_n;
	bool *is_done;
	size_t done_n;
	bool is_group;
	bool is_latest; /* a partition nobody has committed begins at its end */
	bool is_paused;
	size_t batch; /* how many records are wanted at most */
	rd_kafka_message_t *message[KAFKA_BATCH];
	size_t message_n;
	struct kafka_record record[KAFKA_BATCH];
	const rd_kafka_topic_t *last_topic; /* of the partition found last */
	int32_t last_number;
	size_t last_part;
	uint64_t repeated;
	int64_t silent_ms;   /* waited since something came */
	int64_t stalled_ms;  /* waited since a position moved */
	int64_t queue_n;     /* librdkafka stops fetching at so many records, */
	int64_t queue_bytes; /* or so many bytes of them */
	int64_t drained_n;   /* since it was woken, see consume.c */
	int64_t drained_bytes;

	/* writing */
	kafka_failed_fn failed;
	void *failed_ctx;
	uint64_t taken_n, late_n; /* put, and of these failed */
	int create_partitions;	  /* 0: topics are not created */
	int create_replicas;
	struct kafka_topic *topic; /* own; one a name of topic_names */
	size_t topic_cap;
	struct map topic_names;
	struct kafka_topic *last; /* put to last */
	bool has_transactions;
	int64_t out_bytes; /* that librdkafka takes; the size of the outbox */
	struct outbox outbox;
	rd_kafka_message_t
		waiting[KAFKA_TOGETHER]; /* taken, all to one topic, */
	size_t waiting_n;		 /* and not given on yet */
};

/* A topic that is written to. */
struct kafka_topic {
	rd_kafka_topic_t *rkt; /* NULL: not there */
	struct str name;
	struct fail why; /* it is not there */
};

/*
 * A question that is asked again until its time is over: waiting shortly at
 * first, so that signals are seen soon, then for longer, as an answer that
 * comes behind its wait is lost, and brokers may be far away.
 */
struct kafka_tries {
	int64_t end_ms;
	int wait_ms; /* for the answer, this time */
};

struct kafka_tries kafka_try(int64_t time_us);
bool kafka_try_again(struct kafka_tries *t);

/* Our code for an error of librdkafka. */
int kafka_code(rd_kafka_resp_err_t err);

/* Record a failure with librdkafka's text behind ours; looks at what its
 * threads have told meanwhile, which is mostly nearer to the cause. */
int kafka_fail(struct kafka *k, rd_kafka_resp_err_t err, struct fail *f,
	       const char *fmt, ...) PORT_PRINTF(4, 5);

/* Record the failure of an error object, and free it; 0 of NULL. */
int kafka_fail_error(rd_kafka_error_t *error, struct fail *f, const char *what);

/* Serve callbacks; FAIL_SIGNAL when asked to stop, or what they have told
 * if nothing can mend it. */
int kafka_poll(struct kafka *k, struct fail *f) PORT_MUST_CHECK;

/* A topic's name that lives as long as the client; NULL: no memory. */
const char *kafka_topic_name(struct kafka *k, const char *name);

/* The options, and then the settings, as librdkafka's configuration. */
int kafka_configure(struct kafka *k, const struct kafka_setting *setting,
		    rd_kafka_conf_t **out, struct fail *f) PORT_MUST_CHECK;

/* librdkafka asks for a token. */
void kafka_refresh_token(rd_kafka_t *rk, const char *config, void *opaque);

/* A list of the partitions for librdkafka; NULL: no memory. */
rd_kafka_topic_partition_list_t *kafka_list(const struct kafka_part *part,
					    size_t n);

/* Does the partition's leader answer within this time? */
int kafka_check_leader(struct kafka *k, const struct kafka_part *part,
		       int64_t time_us, struct fail *f) PORT_MUST_CHECK;

/* Ask the leaders of these something, and do not wait for the answer. */
void kafka_ask_leaders(struct kafka *k, const struct kafka_part *part,
		       const bool *is_done, size_t n);

/* By topic and number. */
void kafka_sort(struct kafka_part *part, size_t n);

/* These are the partitions read from now on. */
int kafka_set_parts(struct kafka *k, struct kafka_part *part, size_t n,
		    struct fail *f) PORT_MUST_CHECK;

/* A group's partitions come or go. */
void kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
		     rd_kafka_topic_partition_list_t *list, void *opaque);

/* The topic by its name; its rkt is NULL where there is none, and why says so.
 * A pointer into k->topic. */
int kafka_find_topic(struct kafka *k, struct str name, struct kafka_topic **out,
		     struct fail *f) PORT_MUST_CHECK;

/* What comes with writing is let go; before the client is. */
void kafka_release_topics(struct kafka *k);

/* Make ready for records that are put. Before the client is created. */
int kafka_prepare_out(struct kafka *k, rd_kafka_conf_t *conf,
		      struct fail *f) PORT_MUST_CHECK;

/* Create the topic unless it is there. */
int kafka_create_topic(struct kafka *k, const char *topic, int partitions,
		       int replicas, struct fail *f) PORT_MUST_CHECK;

#endif
