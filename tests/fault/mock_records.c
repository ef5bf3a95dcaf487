/* SPDX-License-Identifier: MIT */
/*
 * Records for the topics of the mock cluster: the lines of a file, or a file
 * as one value, with all that a record can have.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "io/io.h"
#include "mock_kafka.h"

#define MAX_FILE ((size_t)64 << 20)
#define WAIT_MS	 10000 /* for records to be taken */

/* One is to be sent. */
struct record {
	const char *topic;
	int32_t partition;
	const char *value; /* NULL: none */
	size_t value_n;
	const char *key; /* NUL ended, or NULL */
	int64_t time_ms; /* 0: now */
	rd_kafka_headers_t *headers;
};

static void
on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *r, void *opaque)
{
	struct mock *m = opaque;

	(void)rk;
	(void)mock_told(m, r->err);
	m->failed += r->err != 0;
}

/* One a command, so that no other client's requests meet the errors that are
 * pushed for the tool under test. */
static rd_kafka_t *
open_producer(struct mock *m)
{
	static const char *const setting[][2] = {
		{"log_level", "3"},
		{"linger.ms", "5"},
		{"message.max.bytes", "100000000"},
		{"message.timeout.ms", "8000"},
		{"topic.metadata.refresh.interval.ms", "-1"},
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *rk;

	for (size_t i = 0; i < COUNT(setting); i++)
		rd_kafka_conf_set(conf, setting[i][0], setting[i][1], m->why,
				  sizeof(m->why));
	rd_kafka_conf_set(conf, "bootstrap.servers",
			  rd_kafka_mock_cluster_bootstraps(m->cluster), m->why,
			  sizeof(m->why));
	rd_kafka_conf_set_opaque(conf, m);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	m->failed = 0;
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, m->why, sizeof(m->why));
	if (rk == NULL)
		rd_kafka_conf_destroy(conf);
	return rk;
}

static int
close_producer(struct mock *m, rd_kafka_t *rk, int rc)
{
	if (rk == NULL)
		return -1;
	if (rc == 0)
		rc = mock_told(m, rd_kafka_flush(rk, WAIT_MS));
	rd_kafka_destroy(rk);
	return m->failed > 0 ? -1 : rc;
}

static int
send_record(struct mock *m, rd_kafka_t *rk, const struct record *r)
{
	rd_kafka_headers_t *headers =
		r->headers == NULL ? NULL : rd_kafka_headers_copy(r->headers);
	rd_kafka_vu_t v[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = r->topic},
		{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = r->partition},
		{.vtype = RD_KAFKA_VTYPE_VALUE,
		 .u.mem = {(void *)(uintptr_t)r->value, r->value_n}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = r->time_ms},
		{.vtype = RD_KAFKA_VTYPE_KEY,
		 .u.mem = {(void *)(uintptr_t)r->key,
			   r->key == NULL ? 0 : strlen(r->key)}},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(
		rk, v, COUNT(v) - (headers == NULL));
	int rc = 0;

	if (error == NULL)
		return 0;
	rc = mock_told(m, rd_kafka_error_code(error));
	rd_kafka_error_destroy(error);
	if (headers != NULL)
		rd_kafka_headers_destroy(headers);
	return rc;
}

static int
read_file(struct mock *m, const char *path, struct buf *text)
{
	struct fail f = {0};

	buf_init(text, MAX_FILE);
	if (io_read_file(path, MAX_FILE, text, &f) == 0)
		return 0;
	snprintf(m->why, sizeof(m->why), "%.255s", f.text);
	return -1;
}

static int
begin_record(struct mock *m, char **words, struct record *r)
{
	int64_t partition;

	if (mock_number(m, words[2], 0, INT32_MAX, &partition) != 0)
		return -1;
	*r = (struct record){.topic = words[1],
			     .partition = (int32_t)partition};
	return 0;
}

int
mock_send_lines(struct mock *m, char **words, size_t n)
{
	struct record r;
	struct buf text;
	rd_kafka_t *rk;
	int rc;

	if (begin_record(m, words, &r) != 0 ||
	    (n > 4 && mock_number(m, words[4], 0, INT64_MAX, &r.time_ms) != 0))
		return -1;
	rc = read_file(m, words[3], &text);
	rk = open_producer(m);
	for (size_t at = 0; rc == 0 && rk != NULL && at < text.len;) {
		const char *lf = memchr(text.p + at, '\n', text.len - at);

		r.value = text.p + at;
		r.value_n = lf == NULL ? text.len - at : (size_t)(lf - r.value);
		at += r.value_n + 1;
		rc = send_record(m, rk, &r);
	}
	buf_release(&text);
	return close_producer(m, rk, rc);
}

/* key=TEXT, time=MS or NAME:TEXT */
static int
parse_member(struct mock *m, char *word, struct record *r)
{
	char *colon = strchr(word, ':');

	if (strncmp(word, "key=", 4) == 0) {
		r->key = word + 4;
		return 0;
	}
	if (strncmp(word, "time=", 5) == 0)
		return mock_number(m, word + 5, 0, INT64_MAX, &r->time_ms);
	if (colon == NULL) {
		snprintf(m->why, sizeof(m->why), "'%s' is no header", word);
		return -1;
	}
	if (r->headers == NULL)
		r->headers = rd_kafka_headers_new(8);
	return mock_told(m, rd_kafka_header_add(r->headers, word, colon - word,
						colon + 1, -1));
}

int
mock_send_value(struct mock *m, char **words, size_t n)
{
	struct buf text = {0};
	struct record r;
	rd_kafka_t *rk;
	int rc = begin_record(m, words, &r);

	if (rc != 0)
		return -1;
	for (size_t i = 4; rc == 0 && i < n; i++)
		rc = parse_member(m, words[i], &r);
	if (rc == 0 && strcmp(words[3], "-") != 0) {
		rc = read_file(m, words[3], &text);
		r.value = text.p == NULL ? "" : text.p;
		r.value_n = text.len;
	}
	rk = open_producer(m);
	if (rc == 0 && rk != NULL)
		rc = send_record(m, rk, &r);
	if (r.headers != NULL)
		rd_kafka_headers_destroy(r.headers);
	buf_release(&text);
	return close_producer(m, rk, rc);
}
