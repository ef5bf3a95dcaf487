/* SPDX-License-Identifier: MIT */
/*
 * Writing. Values wait in the outbox, and records that need no more than a
 * key and a value are given to librdkafka many at once: with a copy of its
 * own, and a call, for each it takes twice the CPU time (docs/performance.md).
 * It tells only of records that it could not deliver: what was taken, less
 * what it told of, less what is still with it, is delivered.
 */
#include "kafka/client.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

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

/* One that was taken, with what the message itself does not say. */
static void
tell_late(struct kafka *k, const rd_kafka_message_t *m, int64_t time_ms,
	  const struct kafka_header *header, size_t header_n)
{
	struct kafka_out record = {
		.topic = str_of(rd_kafka_topic_name(m->rkt)),
		.partition = m->partition,
		.key = m->key,
		.key_n = m->key_len,
		.value = m->payload,
		.value_n = m->len,
		.time_ms = time_ms,
		.header = header,
		.header_n = header_n,
	};
	struct kafka_failure failure = {
		.record = &record,
		.number = (uint64_t)(uintptr_t)m->_private,
		.code = record_code(m->err),
		.name = rd_kafka_err2name(m->err),
		.text = rd_kafka_err2str(m->err),
		.is_late = true,
	};

	k->late_n++;
	/* What made it late says more. */
	if (m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT && k->trouble.code != 0)
		failure.text = k->trouble.text;
	if (k->failed != NULL)
		k->failed(k->failed_ctx, &failure);
	outbox_settle(&k->outbox, m->payload);
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

static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;
	const struct kafka_header *header;
	struct arena mem = {0};
	size_t n;

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	header = copy_headers(m, &mem, &n);
	tell_late(k, m, rd_kafka_message_timestamp(m, NULL), header, n);
	arena_release(&mem);
}

/* In any thread: the value is delivered. What failed is settled when it is
 * told. */
static rd_kafka_resp_err_t
on_acknowledged(rd_kafka_t *rk, rd_kafka_message_t *m, void *opaque)
{
	struct kafka *k = opaque;

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		outbox_settle(&k->outbox, m->payload);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t
on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *text,
       size_t text_n)
{
	(void)conf;
	(void)text;
	(void)text_n;
	return rd_kafka_interceptor_add_on_acknowledgement(
		rk, "outbox", on_acknowledged, opaque);
}

int
kafka_prepare_out(struct kafka *k, rd_kafka_conf_t *conf, struct fail *f)
{
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_interceptor_add_on_new(conf, "outbox", on_new, k);
	/* A block is free when the last of its values is, so some are held
	 * longer than their bytes are. */
	return outbox_init(&k->outbox,
			   (size_t)(k->out_bytes + k->out_bytes / 4), f);
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
	  uint64_t number, int flags, rd_kafka_headers_t *list)
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
			RD_KAFKA_VTYPE_MSGFLAGS, flags, RD_KAFKA_VTYPE_KEY, key,
			r->key_n, RD_KAFKA_VTYPE_VALUE, value, r->value_n,
			RD_KAFKA_VTYPE_TIMESTAMP, time_ms,
			RD_KAFKA_VTYPE_OPAQUE, opaque, RD_KAFKA_VTYPE_END);
	return rd_kafka_producev(
		k->rk, RD_KAFKA_VTYPE_RKT, rkt, RD_KAFKA_VTYPE_PARTITION,
		r->partition, RD_KAFKA_VTYPE_MSGFLAGS, flags,
		RD_KAFKA_VTYPE_KEY, key, r->key_n, RD_KAFKA_VTYPE_VALUE, value,
		r->value_n, RD_KAFKA_VTYPE_TIMESTAMP, time_ms,
		RD_KAFKA_VTYPE_HEADERS, list, RD_KAFKA_VTYPE_OPAQUE, opaque,
		RD_KAFKA_VTYPE_END);
}

static rd_kafka_resp_err_t
send_record(struct kafka *k, rd_kafka_topic_t *rkt, const struct kafka_out *r,
	    uint64_t number, int flags)
{
	rd_kafka_headers_t *list = r->header_n == 0 ? NULL : make_headers(r);
	rd_kafka_resp_err_t err = send_with(k, rkt, r, number, flags, list);

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

/* ---- many at once ---- */

/* Give on what waits, as far as librdkafka has room. */
static int
offer_waiting(struct kafka *k, struct fail *f)
{
	size_t n = k->waiting_n;
	int rc = 0;

	if (n == 0)
		return 0;
	k->waiting_n = 0;
	if (rd_kafka_produce_batch(k->waiting[0].rkt, RD_KAFKA_PARTITION_UA, 0,
				   k->waiting, (int)n) == (int)n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const rd_kafka_message_t *m = &k->waiting[i];

		if (m->err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
			k->waiting[k->waiting_n++] = *m;
		} else if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
			if (is_of_the_client(m->err) && rc == 0)
				rc = kafka_fail(k, m->err, f, "cannot send");
			tell_late(k, m, -1, NULL, 0);
		}
	}
	return rc;
}

static int
send_waiting(struct kafka *k, struct fail *f)
{
	int rc = offer_waiting(k, f);

	while (rc == 0 && k->waiting_n > 0) {
		rc = wait_for_room(k, f);
		if (rc == 0)
			rc = offer_waiting(k, f);
	}
	return rc == 0 ? kafka_poll(k, f) : rc;
}

/* Copy key and value into the outbox. What waits points into its current
 * block. */
static int
keep(struct kafka *k, struct kafka_out *r, struct fail *f)
{
	while (!outbox_has_room(&k->outbox, r->key_n + r->value_n)) {
		int rc = send_waiting(k, f);

		if (rc == 0 && !outbox_turn(&k->outbox))
			rc = wait_for_room(k, f);
		if (rc != 0)
			return rc;
	}
	if (r->key != NULL)
		r->key = outbox_copy(&k->outbox, r->key, r->key_n);
	if (r->value != NULL)
		r->value = outbox_add(&k->outbox, r->value, r->value_n);
	return 0;
}

static int
put_alone(struct kafka *k, rd_kafka_topic_t *rkt, const struct kafka_out *r,
	  uint64_t number, int flags, struct fail *f)
{
	rd_kafka_resp_err_t err;
	int rc = 0;

	while ((err = send_record(k, rkt, r, number, flags)) ==
		       RD_KAFKA_RESP_ERR__QUEUE_FULL &&
	       rc == 0)
		rc = wait_for_room(k, f);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (++k->taken_n % KAFKA_TOGETHER == 0)
			return kafka_poll(k, f);
		return 0;
	}
	if (err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
		if (is_of_the_client(err))
			rc = kafka_fail(k, err, f, "cannot send");
		else
			refuse(k, r, number, err);
	}
	outbox_settle(&k->outbox, r->value);
	return rc;
}

/* Needs the record no more than librdkafka takes of many at once? And none
 * of a transaction is refused behind its back. */
static bool
may_wait(const struct kafka *k, const struct kafka_out *r)
{
	return r->header_n == 0 && r->time_ms < 0 &&
	       r->partition == KAFKA_ANY_PARTITION && !k->has_transactions;
}

static int
put_to(struct kafka *k, rd_kafka_topic_t *rkt, const struct kafka_out *r,
       uint64_t number, struct fail *f)
{
	bool is_large = r->key_n + r->value_n > OUTBOX_BLOCK / 4;
	bool is_alone = is_large || !may_wait(k, r);
	struct kafka_out kept = *r;
	int rc = 0;

	if (k->waiting_n == KAFKA_TOGETHER ||
	    (k->waiting_n > 0 && (is_alone || k->waiting[0].rkt != rkt)))
		rc = send_waiting(k, f);
	if (rc == 0 && !is_large)
		rc = keep(k, &kept, f);
	if (rc != 0)
		return rc;
	if (is_alone)
		return put_alone(k, rkt, &kept, number,
				 is_large ? RD_KAFKA_MSG_F_COPY : 0, f);
	k->waiting[k->waiting_n++] = (rd_kafka_message_t){
		.rkt = rkt,
		.partition = KAFKA_ANY_PARTITION,
		.payload = (void *)(uintptr_t)kept.value,
		.len = kept.value_n,
		.key = (void *)(uintptr_t)kept.key,
		.key_len = kept.key_n,
		._private = (void *)(uintptr_t)number,
	};
	k->taken_n++;
	return 0;
}

int
kafka_put(struct kafka *k, const struct kafka_out *record, uint64_t number,
	  struct fail *f)
{
	if (k->last == NULL || !str_equal(k->last->name, record->topic)) {
		int rc = kafka_find_topic(k, record->topic, &k->last, f);

		if (rc != 0) {
			k->last = NULL;
			return rc;
		}
	}
	if (PORT_LIKELY(k->last->rkt != NULL && record->time_ms != 0))
		return put_to(k, k->last->rkt, record, number, f);
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
	int rc = offer_waiting(k, f);

	return rc == 0 ? kafka_poll(k, f) : rc;
}

/* Records that are neither delivered nor told as failed. */
static int
left(const struct kafka *k)
{
	return rd_kafka_outq_len(k->rk) + (int)k->waiting_n;
}

int
kafka_flush(struct kafka *k, int64_t limit_ms, struct fail *f)
{
	int64_t end = utc_monotonic() / UTC_MS + limit_ms;

	while (left(k) > 0) {
		int rc = offer_waiting(k, f);

		if (rc != 0)
			return rc;
		rd_kafka_flush(k->rk, KAFKA_SLICE_MS);
		rc = kafka_poll(k, NULL);
		if (rc != 0 && rc != FAIL_SIGNAL)
			return kafka_poll(k, f);
		if (left(k) > 0 && utc_monotonic() / UTC_MS >= end)
			return kafka_fail(k, RD_KAFKA_RESP_ERR__TIMED_OUT, f,
					  "%d records are not delivered",
					  left(k));
	}
	return 0;
}

void
kafka_drop(struct kafka *k)
{
	int64_t end = utc_monotonic() / UTC_MS + DROP_MS;

	for (size_t i = 0; i < k->waiting_n; i++) {
		k->waiting[i].err = RD_KAFKA_RESP_ERR__PURGE_QUEUE;
		tell_late(k, &k->waiting[i], -1, NULL, 0);
	}
	k->waiting_n = 0;
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
