/* SPDX-License-Identifier: MIT */
/*
 * Reading ranges of partitions. Records come in batches from librdkafka's
 * queue and are handed out as they lie in its fetch buffers. A partition is
 * read to its end when a record there, or behind there, was seen, or when
 * librdkafka says that the log ends there: the last offsets before the end
 * may be a transaction's marker or compacted away, so waiting for a record
 * would be waiting for ever.
 */
#include "kafka/client.h"

#include <stdlib.h>

#include "base/banned.h"

/* So many times as long as an answer may take no position may stand still. */
#define STALL_TIMES 4

/* ---- records ---- */

int64_t
kafka_record_time(const struct kafka_record *r, bool *is_append)
{
	rd_kafka_timestamp_type_t type;
	int64_t ms = rd_kafka_message_timestamp(r->message, &type);

	if (is_append != NULL)
		*is_append = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
	return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : ms;
}

/*
 * Has the record surely no headers? To ask librdkafka costs a tenth of all
 * that an envelope takes, as it allocates to answer. But a value lies where it
 * was fetched: behind its length and before the number of headers, both as
 * varints (Kafka's record format 2). That is believed only where the bytes
 * before the value spell its length so; in older formats, which have no
 * headers, they are its 4 bytes and never do.
 */
static bool
is_headless(const struct kafka_record *r)
{
	uint64_t length = (uint64_t)r->value_n << 1; /* zigzag */
	const char *p = r->value;

	if (r->value_n == 0)
		return false;
	for (uint64_t left = length; left > 0; left >>= 7)
		p--;
	for (; length > 127; length >>= 7)
		if ((unsigned char)*p++ != (length & 127) + 128)
			return false;
	return (unsigned char)*p == length && r->value[r->value_n] == 0;
}

bool
kafka_record_header(const struct kafka_record *r, size_t i, const char **name,
		    const char **value, size_t *n)
{
	rd_kafka_headers_t *headers;
	const void *p;

	if ((i == 0 && is_headless(r)) ||
	    rd_kafka_message_headers(r->message, &headers) != 0 ||
	    rd_kafka_header_get_all(headers, i, name, &p, n) != 0)
		return false;
	*value = p;
	return true;
}

static void
drop_batch(struct kafka *k)
{
	for (size_t i = 0; i < k->message_n; i++)
		rd_kafka_message_destroy(k->message[i]);
	k->message_n = 0;
}

/* ---- partitions ---- */

static int
compare_topic(const struct kafka_part *p, const char *topic, int32_t number)
{
	int order = strcmp(p->topic, topic);

	return order != 0 ? order : (p->number > number) - (p->number < number);
}

/* The assigned partition, or part_n. They are sorted. */
static size_t
find_part(const struct kafka *k, const char *topic, int32_t number)
{
	size_t low = 0, high = k->part_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_topic(&k->part[middle], topic, number);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return k->part_n;
}

/* Neighbours in a batch are mostly of one partition. */
static size_t
part_of(struct kafka *k, const rd_kafka_message_t *m)
{
	if (m->rkt != k->last_topic || m->partition != k->last_number ||
	    k->last_part >= k->part_n) {
		k->last_topic = m->rkt;
		k->last_number = m->partition;
		k->last_part = find_part(k, rd_kafka_topic_name(m->rkt),
					 m->partition);
	}
	return k->last_part;
}

/*
 * Nothing more of this partition is wanted: let the broker not send it. (To
 * pause it, and to resume it when it is assigned again, would be orders of this
 * thread beside those of librdkafka's own: in the wrong order, once in some
 * hundred times, all that comes is held to be outdated, for ever.)
 */
static void
finish_part(struct kafka *k, size_t i)
{
	rd_kafka_topic_partition_list_t *list;

	if (k->is_done[i])
		return;
	k->is_done[i] = true;
	if (++k->done_n == k->part_n)
		return;
	list = kafka_list(&k->part[i], 1);
	rd_kafka_error_destroy(rd_kafka_incremental_unassign(k->rk, list));
	rd_kafka_topic_partition_list_destroy(list);
}

int
kafka_set_parts(struct kafka *k, struct kafka_part *part, size_t n,
		struct fail *f)
{
	bool *is_done = calloc(n + 1, sizeof(*is_done));

	if (is_done == NULL)
		return fail_memory(f);
	free(k->is_done);
	k->is_done = is_done;
	k->part = part;
	k->part_n = n;
	k->done_n = 0;
	k->last_topic = NULL;
	for (size_t i = 0; i < n; i++) {
		part[i].next = part[i].start;
		if (part[i].start >= part[i].end) {
			is_done[i] = true;
			k->done_n++;
		}
	}
	return 0;
}

int
kafka_assign(struct kafka *k, struct kafka_part *part, size_t n, struct fail *f)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_resp_err_t err;
	int rc = kafka_set_parts(k, part, n, f);

	if (rc != 0 || k->done_n == n)
		return rc;
	list = rd_kafka_topic_partition_list_new((int)n);
	for (size_t i = 0; i < n; i++)
		if (!k->is_done[i])
			rd_kafka_topic_partition_list_add(list, part[i].topic,
							  part[i].number)
				->offset = part[i].start;
	if (k->queue == NULL)
		k->queue = rd_kafka_queue_get_consumer(k->rk);
	err = rd_kafka_assign(k->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return err == 0 ? 0 : kafka_fail(k, err, f, "cannot assign partitions");
}

const struct kafka_part *
kafka_assigned(const struct kafka *k)
{
	return k->part;
}

uint64_t
kafka_repeated(const struct kafka *k)
{
	return k->repeated;
}

bool
kafka_is_done(const struct kafka *k)
{
	return k->done_n == k->part_n && !k->is_group;
}

/* ---- the next batch ---- */

/* The log ends at this offset, now. */
static void
take_end(struct kafka *k, const rd_kafka_message_t *m)
{
	size_t i = part_of(k, m);

	if (i == k->part_n)
		return;
	if (m->offset > k->part[i].next) {
		k->part[i].next = m->offset < k->part[i].end ? m->offset
							     : k->part[i].end;
		k->stalled_ms = 0;
	}
	if (m->offset >= k->part[i].end)
		finish_part(k, i);
}

static int
take_error(struct kafka *k, const rd_kafka_message_t *m, struct fail *f)
{
	const char *topic = m->rkt == NULL ? NULL : rd_kafka_topic_name(m->rkt);
	size_t i;

	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		take_end(k, m);
		return 0;
	}
	if (kafka_code(m->err) == FAIL_RETRY)
		return 0; /* librdkafka goes on trying, and has told it */
	if (topic == NULL)
		return kafka_fail(k, m->err, f, "cannot read");
	i = part_of(k, m);
	return fail_set(
		f, kafka_code(m->err), "'%s/%d', offset %lld: %s", topic,
		(int)m->partition,
		(long long)(i < k->part_n ? k->part[i].next : m->offset),
		rd_kafka_message_errstr(m));
}

/* Does the record belong to what is read? Then it is handed out. */
static bool
take_record(struct kafka *k, const rd_kafka_message_t *m,
	    struct kafka_record *r)
{
	size_t i = part_of(k, m);
	struct kafka_part *part;

	if (i == k->part_n || k->is_done[i])
		return false;
	part = &k->part[i];
	if (m->offset >= part->end) {
		part->next = part->end;
		finish_part(k, i);
		return false;
	}
	if (m->offset < part->next) {
		k->repeated++;
		return false;
	}
	part->next = m->offset + 1;
	k->stalled_ms = 0;
	*r = (struct kafka_record){
		.part = i,
		.offset = m->offset,
		.key = m->key,
		.key_n = m->key_len,
		.value = m->payload,
		.value_n = m->len,
		.message = m,
	};
	if (part->next == part->end)
		finish_part(k, i);
	return true;
}

/*
 * With its queue full librdkafka before 2.2 stops fetching, and looks again
 * only when something else happens, or a second is over (its issue 2879);
 * then our queue has long been empty. Any question to a broker makes it look.
 */
static void
wake_fetchers(struct kafka *k)
{
	if (k->drained_n < k->queue_n / 2 &&
	    k->drained_bytes < k->queue_bytes / 2)
		return; /* it was not full since */
	k->drained_n = 0;
	k->drained_bytes = 0;
	kafka_ask_leaders(k, k->part, k->is_done, k->part_n);
}

/* One record at a time: librdkafka before 2.1 may lose or repeat records
 * when partitions are paused or move while batches are read. */
static ssize_t
read_one(struct kafka *k, int wait_ms)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(k->rk, 0);

	if (m == NULL) {
		if (!k->is_paused)
			wake_fetchers(k);
		m = rd_kafka_consumer_poll(k->rk, wait_ms);
	}
	if (m == NULL)
		return 0;
	k->message[0] = m;
	k->drained_bytes += (int64_t)m->len;
	k->drained_n++;
	return 1;
}

static ssize_t
read_batch(struct kafka *k, int wait_ms)
{
	size_t n = k->batch > 0 && k->batch < KAFKA_BATCH ? k->batch
							  : KAFKA_BATCH;
	ssize_t got;

	if (rd_kafka_queue_length(k->queue) == 0)
		wake_fetchers(k);
	got = rd_kafka_consume_batch_queue(k->queue, wait_ms, k->message, n);
	for (ssize_t i = 0; i < got; i++)
		k->drained_bytes += (int64_t)k->message[i]->len;
	k->drained_n += got;
	return got;
}

void
kafka_limit(struct kafka *k, uint64_t n)
{
	k->batch = n < KAFKA_BATCH ? (size_t)n : KAFKA_BATCH;
}

/* The first partition that is still read, or NULL. */
static const struct kafka_part *
first_open(const struct kafka *k)
{
	size_t i = 0;

	while (i < k->part_n && k->is_done[i])
		i++;
	return i == k->part_n ? NULL : &k->part[i];
}

/*
 * Nothing came: there may be nothing, or the brokers are gone, of which
 * librdkafka says nothing certain. After half of the time that an answer may
 * take the leader of a partition is asked, and has the other half. Where
 * records are known to be there and none comes all the same, a client made
 * anew may do better than one that waits for ever.
 */
static int
check_silence(struct kafka *k, int wait_ms, struct fail *f)
{
	int64_t half_us = k->o->timeout_us / 2;
	const struct kafka_part *part = first_open(k);

	k->silent_ms += wait_ms;
	k->stalled_ms += wait_ms;
	if (part == NULL)
		return 0;
	if (part->end != KAFKA_FOREVER &&
	    k->stalled_ms > STALL_TIMES * k->o->timeout_us / UTC_MS)
		return fail_set(f, FAIL_RETRY,
				"'%s/%d': nothing has come from offset %lld on "
				"for %lld s, though there are records up to "
				"offset %lld",
				part->topic, (int)part->number,
				(long long)part->next,
				(long long)k->stalled_ms / 1000,
				(long long)part->end - 1);
	if (k->silent_ms < half_us / UTC_MS)
		return 0;
	k->silent_ms = 0;
	return kafka_check_leader(k, part, half_us, f);
}

int
kafka_next(struct kafka *k, int wait_ms, const struct kafka_record **record,
	   size_t *n, struct fail *f)
{
	ssize_t got = 0;
	int rc;

	drop_batch(k);
	*record = k->record;
	*n = 0;
	rc = kafka_poll(k, f);
	if (rc != 0 || kafka_is_done(k))
		return rc;
	got = k->is_group ? read_one(k, wait_ms) : read_batch(k, wait_ms);
	if (got < 0)
		return kafka_fail(k, rd_kafka_last_error(), f, "cannot read");
	if (got == 0)
		return check_silence(k, wait_ms, f);
	k->silent_ms = 0;
	k->message_n = (size_t)got;
	for (size_t i = 0; rc == 0 && i < k->message_n; i++) {
		const rd_kafka_message_t *m = k->message[i];

		if (m->err != 0)
			rc = take_error(k, m, f);
		else if (take_record(k, m, &k->record[*n]))
			(*n)++;
	}
	return rc;
}
