/* SPDX-License-Identifier: MIT */
/*
 * Writing. librdkafka takes a copy of each record and tells only of those
 * that it could not deliver: what it took, less what it told of, less what is
 * still with it, is delivered. Reports of all would cost a sixth of the CPU
 * time for nothing (docs/performance.md).
 */
#include "kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/banned.h"

/* Records between two looks at what happened. */
#define SERVE_EVERY 256

/* A topic that a broker makes because it is asked for is there a moment
 * later. */
#define APPEAR_MS      1500
#define APPEAR_STEP_MS 50

/* Never reached while brokers answer: what is purged is told at once. */
#define DROP_MS 5000

/* ---- failures ---- */

void
kafka_on_failed(struct kafka *k, kafka_failed_fn fn, void *ctx)
{
	k->failed = fn;
	k->failed_ctx = ctx;
}

/* What is the record's own fault will not go away by sending it again. */
static int
record_code(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
	case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
	case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
		return FAIL_DATA;
	default:
		return kafka_code(err);
	}
}

/* A record that was never taken. */
static void
tell_failed(struct kafka *k, const struct kafka_out *record, uint64_t number,
	    int code, const char *name, const char *text)
{
	struct kafka_failure failure = {
		.record = record,
		.number = number,
		.code = code,
		.name = name,
		.text = text,
	};

	if (k->failed != NULL)
		k->failed(k->failed_ctx, &failure);
}

/* The headers of a message, in the arena; none where memory is short. */
static const struct kafka_header *
copy_headers(const rd_kafka_message_t *m, struct arena *a, size_t *n)
{
	struct kafka_header *header;
	rd_kafka_headers_t *list;

	*n = 0;
	if (rd_kafka_message_headers(m, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return NULL;
	header = arena_zalloc(a, rd_kafka_header_cnt(list) + 1,
			      sizeof(*header));
	while (header != NULL) {
		struct kafka_header *h = &header[*n];
		const void *value;

		if (rd_kafka_header_get_all(list, *n, &h->name, &value,
					    &h->value_n) != 0)
			break;
		h->name_n = strlen(h->name);
		h->value = value;
		(*n)++;
	}
	return header;
}

void
kafka_on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;
	struct arena mem = {0};
	struct kafka_out record = {
		.topic = str_of(rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.key = m->key,
		.key_n = m->key_len,
		.value = m->payload,
		.value_n = m->len,
		.time_ms = rd_kafka_message_timestamp(m, NULL),
	};
	struct kafka_failure failure = {
		.record = &record,
		.number = (uint64_t)(uintptr_t)m->_private,
		.code = record_code(m->err),
		.name = rd_kafka_err2name(m->err),
		.text = rd_kafka_err2str(m->err),
		.is_late = true,
	};

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	k->late_n++;
	if (k->failed == NULL)
		return;
	/* What made it late says more. */
	if (m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && k->trouble.code != 0)
		failure.text = k->trouble.text;
	record.header = copy_headers(m, &mem, &record.header_n);
	k->failed(k->failed_ctx, &failure);
	arena_release(&mem);
}

/* ---- topics ---- */

void
kafka_create_missing(struct kafka *k, int partitions, int replicas)
{
	k->create_partitions = partitions;
	k->create_replicas = replicas;
}

/* Kafka's own rule, so that no question is put that has no answer. */
static bool
is_topic_name(struct str s)
{
	if (s.n == 0 || s.n > 249 || str_is(s, ".") || str_is(s, ".."))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '-'))
			return false;
	}
	return true;
}

static int
wait_for_topic(struct kafka *k, const char *name, struct fail *f)
{
	struct timespec step = {0, APPEAR_STEP_MS * 1000000L};
	int64_t end = utc_monotonic() / UTC_MS + APPEAR_MS;

	for (;;) {
		struct kafka_part *part = NULL;
		struct fail why = {0};
		size_t n = 0;
		int rc = kafka_partitions(k, &name, 1, &part, &n, NULL, &why);

		free(part);
		if (rc == 0)
			return 0;
		if (rc != FAIL_USAGE || utc_monotonic() / UTC_MS >= end)
			return fail_set(f, rc, "%s", why.text);
		nanosleep(&step, NULL);
	}
}

/* Ask the brokers for the topic, which is in the map for the first time. */
static int
open_topic(struct kafka *k, struct kafka_topic *t, struct fail *f)
{
	const char *name = arena_copy(&k->mem, t->name);
	int rc = 0;

	if (name == NULL)
		return fail_memory(f);
	if (!is_topic_name(t->name))
		return fail_set(f, FAIL_USAGE,
				"'%.*s' cannot be a topic's name: 1 to 249 of "
				"a-z A-Z 0-9 . _ -",
				STR_ARG(t->name));
	if (k->create_partitions > 0)
		rc = kafka_create_topic(k, name, k->create_partitions,
					k->create_replicas, f);
	if (rc == 0)
		rc = wait_for_topic(k, name, f);
	if (rc != 0)
		return rc;
	t->rkt = rd_kafka_topic_new(k->rk, name, NULL);
	return t->rkt != NULL ? 0
			      : kafka_fail(k, rd_kafka_last_error(), f,
					   "topic '%s'", name);
}

/* The topic by its name. One that does not exist is remembered as such. */
static int
find_topic(struct kafka *k, struct str name, struct kafka_topic **out,
	   struct fail *f)
{
	struct kafka_topic *t;
	bool is_new;
	int64_t i;
	int rc;

	if (k->topic_names.max == 0)
		map_init(&k->topic_names, LIMIT_PARTITIONS);
	i = map_add(&k->topic_names, name, &is_new);
	if (i < 0 || (is_new && !MEM_GROW(&k->topic, (size_t)i, &k->topic_cap)))
		return fail_memory(f);
	k->last = NULL; /* the array may have moved */
	t = &k->topic[i];
	if (is_new)
		*t = (struct kafka_topic){.name = k->topic_names.key[i]};
	/* What brokers did not answer is asked again. */
	if (t->rkt == NULL && t->why.code != FAIL_USAGE) {
		t->why = (struct fail){0};
		rc = open_topic(k, t, &t->why);
		if (rc != 0 && rc != FAIL_USAGE)
			return fail_set(f, rc, "%s", t->why.text);
	}
	*out = t;
	return 0;
}

int
kafka_want_topic(struct kafka *k, struct str topic, struct fail *f)
{
	struct kafka_topic *t = NULL;
	int rc = find_topic(k, topic, &t, f);

	if (t == NULL || t->rkt != NULL)
		return rc;
	return fail_set(f, FAIL_USAGE, "%s", t->why.text);
}

void
kafka_release_topics(struct kafka *k)
{
	for (size_t i = 0; i < k->topic_names.len; i++)
		if (k->topic[i].rkt != NULL)
			rd_kafka_topic_destroy(k->topic[i].rkt);
	free(k->topic);
	map_release(&k->topic_names);
}

/* ---- records ---- */

static rd_kafka_headers_t *
make_headers(const struct kafka_out *r)
{
	rd_kafka_headers_t *list = rd_kafka_headers_new(r->header_n);

	for (size_t i = 0; i < r->header_n; i++) {
		const struct kafka_header *h = &r->header[i];

		rd_kafka_header_add(list, h->name, (ssize_t)h->name_n, h->value,
				    (ssize_t)h->value_n);
	}
	return list;
}

/* Without the macros of rdkafka.h, which are not C11: names and arguments are
 * what they stand for. */
static rd_kafka_resp_err_t
send_with(struct kafka *k, rd_kafka_topic_t *rkt, const struct kafka_out *r,
	  uint64_t number, rd_kafka_headers_t *list)
{
	/* librdkafka takes 0 for now. */
	int64_t time_ms = r->time_ms < 0 ? 0 : r->time_ms;
	void *key = (void *)(uintptr_t)r->key;
	void *value = (void *)(uintptr_t)r->value;
	void *opaque = (void *)(uintptr_t)number;

	if (list == NULL)
		return rd_kafka_producev(
			k->rk, RD_KAFKA_VTYPE_RKT, rkt,
			RD_KAFKA_VTYPE_PARTITION, r->partition,
			RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY,
			RD_KAFKA_VTYPE_KEY, key, r->key_n, RD_KAFKA_VTYPE_VALUE,
			value, r->value_n, RD_KAFKA_VTYPE_TIMESTAMP, time_ms,
			RD_KAFKA_VTYPE_OPAQUE, opaque, RD_KAFKA_VTYPE_END);
	return rd_kafka_producev(
		k->rk, RD_KAFKA_VTYPE_RKT, rkt, RD_KAFKA_VTYPE_PARTITION,
		r->partition, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY,
		RD_KAFKA_VTYPE_KEY, key, r->key_n, RD_KAFKA_VTYPE_VALUE, value,
		r->value_n, RD_KAFKA_VTYPE_TIMESTAMP, time_ms,
		RD_KAFKA_VTYPE_HEADERS, list, RD_KAFKA_VTYPE_OPAQUE, opaque,
		RD_KAFKA_VTYPE_END);
}

static rd_kafka_resp_err_t
send_record(struct kafka *k, rd_kafka_topic_t *rkt, const struct kafka_out *r,
	    uint64_t number)
{
	rd_kafka_headers_t *list = r->header_n == 0 ? NULL : make_headers(r);
	rd_kafka_resp_err_t err = send_with(k, rkt, r, number, list);

	if (list != NULL && err != RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_headers_destroy(list);
	return err;
}

/* Room in the queue comes with what is delivered or fails; each record does
 * one of the two within message.timeout.ms. */
static int
wait_for_room(struct kafka *k, struct fail *f)
{
	rd_kafka_poll(k->rk, 20);
	return kafka_poll(k, f);
}

/* The run's failure, not the record's? */
static bool
is_of_the_client(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__FATAL ||
	       err == RD_KAFKA_RESP_ERR__STATE ||
	       err == RD_KAFKA_RESP_ERR__DESTROY;
}

/* librdkafka would not take the record. */
static void
refuse(struct kafka *k, const struct kafka_out *r, uint64_t number,
       rd_kafka_resp_err_t err)
{
	char text[64 + 250];

	if (err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
		snprintf(text, sizeof(text), "topic '%.*s' has no partition %d",
			 STR_ARG(r->topic), (int)r->partition);
	else
		snprintf(text, sizeof(text), "%s", rd_kafka_err2str(err));
	tell_failed(k, r, number, record_code(err), rd_kafka_err2name(err),
		    text);
}

static int
put_to(struct kafka *k, struct kafka_topic *t, const struct kafka_out *r,
       uint64_t number, struct fail *f)
{
	rd_kafka_resp_err_t err;
	int rc = 0;

	while ((err = send_record(k, t->rkt, r, number)) ==
		       RD_KAFKA_RESP_ERR__QUEUE_FULL &&
	       rc == 0)
		rc = wait_for_room(k, f);
	if (rc != 0 && err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return rc;
	if (is_of_the_client(err))
		return kafka_fail(k, err, f, "cannot send");
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		refuse(k, r, number, err);
	else if (++k->taken_n % SERVE_EVERY == 0)
		return kafka_poll(k, f);
	return 0;
}

int
kafka_put(struct kafka *k, const struct kafka_out *record, uint64_t number,
	  struct fail *f)
{
	if (k->last == NULL || !str_equal(k->last->name, record->topic)) {
		int rc = find_topic(k, record->topic, &k->last, f);

		if (rc != 0) {
			k->last = NULL;
			return rc;
		}
	}
	if (PORT_LIKELY(k->last->rkt != NULL && record->time_ms != 0))
		return put_to(k, k->last, record, number, f);
	if (k->last->rkt == NULL)
		tell_failed(k, record, number, FAIL_USAGE,
			    "UNKNOWN_TOPIC_OR_PART", k->last->why.text);
	else
		tell_failed(k, record, number, FAIL_DATA, "INVALID_TIMESTAMP",
			    "librdkafka cannot send the time 0");
	return 0;
}

int
kafka_serve(struct kafka *k, struct fail *f)
{
	return kafka_poll(k, f);
}

int
kafka_flush(struct kafka *k, int64_t limit_ms, struct fail *f)
{
	int64_t end = utc_monotonic() / UTC_MS + limit_ms;

	while (rd_kafka_outq_len(k->rk) > 0) {
		int rc;

		rd_kafka_flush(k->rk, KAFKA_SLICE_MS);
		rc = kafka_poll(k, NULL);
		if (rc != 0 && rc != FAIL_SIGNAL)
			return kafka_poll(k, f);
		if (rd_kafka_outq_len(k->rk) > 0 &&
		    utc_monotonic() / UTC_MS >= end)
			return kafka_fail(k, RD_KAFKA_RESP_ERR__TIMED_OUT, f,
					  "%d records are not delivered",
					  rd_kafka_outq_len(k->rk));
	}
	return 0;
}

void
kafka_drop(struct kafka *k)
{
	int64_t end = utc_monotonic() / UTC_MS + DROP_MS;

	rd_kafka_purge(k->rk,
		       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	while (rd_kafka_outq_len(k->rk) > 0 && utc_monotonic() / UTC_MS < end)
		rd_kafka_poll(k->rk, 20);
}

void
kafka_put_counts(const struct kafka *k, uint64_t *taken, uint64_t *failed)
{
	*taken = k->taken_n;
	*failed = k->late_n;
}
