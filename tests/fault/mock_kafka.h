/* SPDX-License-Identifier: MIT */
/*
 * What the files of mock_kafka share.
 */
#ifndef FAULT_MOCK_KAFKA_H
#define FAULT_MOCK_KAFKA_H

#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct mock {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *cluster;
	int brokers;
	char why[256]; /* of the last command that failed */
	size_t failed; /* records not taken by this command */
};

/* 0, or -1 and why. */
int mock_number(struct mock *m, const char *word, int64_t low, int64_t high,
		int64_t *out);
int mock_told(struct mock *m, rd_kafka_resp_err_t code);

/* The commands "lines" and "value". */
int mock_send_lines(struct mock *m, char **words, size_t n);
int mock_send_value(struct mock *m, char **words, size_t n);

#endif
