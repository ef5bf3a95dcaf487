/* SPDX-License-Identifier: MIT */
/*
 * The options of kcat-out, as parsed.
 */
#ifndef KCAT_OUT_OPTS_H
#define KCAT_OUT_OPTS_H

#include "kafka/kafka.h"
#include "lines/lines.h"

struct opts {
	struct kafka_options kafka;
	struct lines_options lines;
	/* Records */
	const char *topic_field, *key_field, *time_field, *partition_field;
	const char *schema;
	struct cli_list header; /* NAME=VALUE */
	bool is_keyless_allowed;
	bool is_envelope;
	bool is_repartition;
	/* Delivery */
	int compression; /* -1: by the profile */
	int64_t linger_us;
	int partitioner;
	const char *create_topic; /* P[,R] */
	double rate;		  /* lines a second; 0: no limit */
	/* Exactly once */
	const char *transactional_id;
	struct cli_list txn_every; /* N, D */
	const char *position_topic;
	bool want_position;
	/* Failures */
	const char *failed;
};

extern const struct cli_tool opts_tool;

#endif
