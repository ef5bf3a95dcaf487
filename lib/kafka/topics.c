/* SPDX-License-Identifier: MIT */
/*
 * Topics, their partitions, and offsets of them. One request a broker asks
 * for the offsets of all its partitions: as "offsets for times" with the two
 * times the protocol gives another meaning (ListOffsets: -1 the end, which is
 * the last stable offset for a reader of what is committed; -2 the start).
 */
#include "kafka/client.h"

#include <stdlib.h>
#include <time.h>

#include "base/banned.h"

#define TIME_END   (-1)
#define TIME_START (-2)
#define RETRY_MS   50

static bool
is_passing(rd_kafka_resp_err_t err)
{
	return kafka_code(err) == FAIL_RETRY;
}

/* Wait a little before the next try; false when the time is over. */
static bool
may_retry(struct kafka_tries *t, rd_kafka_resp_err_t err)
{
	struct timespec pause = {0, RETRY_MS * 1000000L};

	if (!is_passing(err))
		return false;
	nanosleep(&pause, NULL);
	return kafka_try_again(t);
}

/* org.apache.kafka.common.internals.Topic.validate; of its length brokers
 * judge, as not all have the same limit. */
bool
kafka_is_topic_name(const char *name)
{
	return name[0] != '\0' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0 &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789._-")] == '\0';
}

/* ---- metadata ---- */

/* Of one topic, or of all (rkt NULL). */
static int
get_metadata(struct kafka *k, rd_kafka_topic_t *rkt,
	     const struct rd_kafka_metadata **out, struct fail *f)
{
	struct kafka_tries tries = kafka_try(k->o->timeout_us);
	const struct rd_kafka_metadata *m;
	rd_kafka_resp_err_t err;
	int rc;

	for (;;) {
		err = rd_kafka_metadata(k->rk, rkt == NULL, rkt, &m,
					tries.wait_ms);
		rc = kafka_poll(k, f);
		if (err == 0 && rkt != NULL && m->topic_cnt == 1 &&
		    is_passing(m->topics[0].err)) {
			err = m->topics[0].err;
			rd_kafka_metadata_destroy(m);
		}
		if (err == 0 && rc == 0)
			*out = m;
		else if (err == 0)
			rd_kafka_metadata_destroy(m);
		if (err == 0 || rc != 0)
			return rc;
		if (!may_retry(&tries, err))
			return kafka_fail(k, err, f,
					  "no broker answers at '%s'",
					  k->o->brokers);
	}
}

static int
compare_parts(const void *a, const void *b)
{
	const struct kafka_part *p = a, *q = b;
	int order = strcmp(p->topic, q->topic);

	return order != 0 ? order
			  : (p->number > q->number) - (p->number < q->number);
}

void
kafka_sort(struct kafka_part *part, size_t n)
{
	qsort(part, n, sizeof(*part), compare_parts);
}

static int
add_topic(struct kafka *k, const struct rd_kafka_metadata_topic *t,
	  struct kafka_part **part, size_t *part_n, struct fail *f)
{
	const char *name = kafka_topic_name(k, t->topic);
	size_t n = *part_n + (size_t)t->partition_cnt;
	struct kafka_part *grown;

	if (n > LIMIT_PARTITIONS)
		return fail_set(f, FAIL_USAGE, "more than %d partitions",
				LIMIT_PARTITIONS);
	grown = name == NULL ? NULL : realloc(*part, (n + 1) * sizeof(**part));
	if (grown == NULL)
		return fail_memory(f);
	*part = grown;
	for (int i = 0; i < t->partition_cnt; i++)
		grown[(*part_n)++] = (struct kafka_part){
			.topic = name,
			.number = t->partitions[i].id,
			.leader = t->partitions[i].leader,
			.all = t->partition_cnt,
		};
	return 0;
}

static int
take_answer(struct kafka *k, const char *topic,
	    const struct rd_kafka_metadata *m, struct kafka_part **part,
	    size_t *part_n, struct fail *f)
{
	if (m == NULL || m->topic_cnt != 1)
		return fail_set(f, FAIL_RETRY,
				"the brokers tell nothing of topic '%s'",
				topic);
	if (m->topics[0].err != 0)
		return kafka_fail(k, m->topics[0].err, f, "topic '%s'", topic);
	if (m->topics[0].partition_cnt == 0)
		return fail_set(f, FAIL_USAGE, "topic '%s': there is none",
				topic);
	return add_topic(k, &m->topics[0], part, part_n, f);
}

static int
add_named(struct kafka *k, const char *topic, struct kafka_part **part,
	  size_t *part_n, struct fail *f)
{
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(k->rk, topic, NULL);
	const struct rd_kafka_metadata *m = NULL;
	int rc;

	if (rkt == NULL)
		return fail_set(f, FAIL_USAGE, "topic '%s': %s", topic,
				rd_kafka_err2str(rd_kafka_last_error()));
	rc = get_metadata(k, rkt, &m, f);
	if (rc == 0)
		rc = take_answer(k, topic, m, part, part_n, f);
	if (m != NULL)
		rd_kafka_metadata_destroy(m);
	rd_kafka_topic_destroy(rkt);
	return rc;
}

static bool
is_internal(const char *topic)
{
	return topic[0] == '_' && topic[1] == '_';
}

static int
add_every(struct kafka *k, struct kafka_part **part, size_t *part_n,
	  struct fail *f)
{
	const struct rd_kafka_metadata *m = NULL;
	int rc = get_metadata(k, NULL, &m, f);

	if (rc != 0 || m == NULL)
		return rc;
	for (int i = 0; rc == 0 && i < m->topic_cnt; i++)
		if (!is_internal(m->topics[i].topic))
			rc = add_topic(k, &m->topics[i], part, part_n, f);
	rd_kafka_metadata_destroy(m);
	return rc;
}

int
kafka_partitions(struct kafka *k, const char *const *topic, size_t topic_n,
		 struct kafka_part **part, size_t *part_n, size_t *unknown,
		 struct fail *f)
{
	int rc = topic_n == 0 ? add_every(k, part, part_n, f) : 0;

	for (size_t i = 0; rc == 0 && i < topic_n; i++) {
		rc = add_named(k, topic[i], part, part_n, f);
		if (rc != 0 && unknown != NULL)
			*unknown = i;
	}
	if (rc == 0 && *part_n > 0)
		kafka_sort(*part, *part_n);
	return rc;
}

/* ---- offsets ---- */

rd_kafka_topic_partition_list_t *
kafka_list(const struct kafka_part *part, size_t n)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)n);

	for (size_t i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, part[i].topic,
						  part[i].number);
	return list;
}

/* The offsets for a time, as ListOffsets has it; -1 where there is none. */
static int
list_offsets(struct kafka *k, const struct kafka_part *part, size_t n,
	     int64_t time, struct kafka_tries tries, int64_t *at,
	     struct fail *f)
{
	rd_kafka_topic_partition_list_t *list = kafka_list(part, n);
	rd_kafka_resp_err_t err = 0;
	size_t bad = 0;
	int rc;

	do {
		for (size_t i = 0; i < n; i++)
			list->elems[i].offset = time;
		err = rd_kafka_offsets_for_times(k->rk, list, tries.wait_ms);
		for (size_t i = 0; err == 0 && i < n; i++) {
			err = list->elems[i].err;
			bad = i;
		}
		rc = kafka_poll(k, f);
	} while (rc == 0 && err != 0 && may_retry(&tries, err));
	for (size_t i = 0; rc == 0 && err == 0 && i < n; i++)
		at[i] = list->elems[i].offset;
	if (rc == 0 && err != 0)
		rc = kafka_fail(k, err, f,
				"cannot ask for the offsets of '%s/%d'",
				part[bad].topic, (int)part[bad].number);
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_watermarks(struct kafka *k, struct kafka_part *part, size_t n,
		 struct fail *f)
{
	int64_t *at = calloc(n + 1, sizeof(*at));
	int rc = 0;

	if (at == NULL)
		return fail_memory(f);
	if (n > 0)
		rc = list_offsets(k, part, n, TIME_END,
				  kafka_try(k->o->timeout_us), at, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		part[i].high = at[i];
	if (rc == 0 && n > 0)
		rc = list_offsets(k, part, n, TIME_START,
				  kafka_try(k->o->timeout_us), at, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		part[i].low = at[i];
	free(at);
	return rc;
}

int
kafka_offsets_at(struct kafka *k, const struct kafka_part *part, size_t n,
		 int64_t time_ms, int64_t *at, struct fail *f)
{
	int rc = 0;

	if (n > 0)
		rc = list_offsets(k, part, n, time_ms,
				  kafka_try(k->o->timeout_us), at, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (at[i] < 0 || at[i] > part[i].high)
			at[i] = part[i].high;
	return rc;
}

int
kafka_check_leader(struct kafka *k, const struct kafka_part *part,
		   int64_t time_us, struct fail *f)
{
	int64_t at;

	return list_offsets(k, part, 1, TIME_END, kafka_try(time_us), &at, f);
}

void
kafka_ask_leaders(struct kafka *k, const struct kafka_part *part,
		  const bool *is_done, size_t n)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)n);

	for (size_t i = 0; i < n; i++)
		if (!is_done[i])
			rd_kafka_topic_partition_list_add(list, part[i].topic,
							  part[i].number)
				->offset = TIME_END;
	if (list->cnt > 0)
		rd_kafka_offsets_for_times(k->rk, list, 0);
	rd_kafka_topic_partition_list_destroy(list);
}

/* ---- a group's offsets ---- */

int
kafka_committed(struct kafka *k, const struct kafka_part *part, size_t n,
		int64_t *at, struct fail *f)
{
	rd_kafka_topic_partition_list_t *list = kafka_list(part, n);
	struct kafka_tries tries = kafka_try(k->o->timeout_us);
	rd_kafka_resp_err_t err;
	int rc;

	do {
		err = rd_kafka_committed(k->rk, list, tries.wait_ms);
		rc = kafka_poll(k, f);
	} while (rc == 0 && err != 0 && may_retry(&tries, err));
	for (size_t i = 0; rc == 0 && err == 0 && i < n; i++) {
		at[i] = list->elems[i].offset < 0 ? -1 : list->elems[i].offset;
		err = list->elems[i].err;
	}
	if (rc == 0 && err != 0)
		rc = kafka_fail(k, err, f,
				"cannot ask for the group's offsets");
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_commit(struct kafka *k, const struct kafka_part *part, size_t n,
	     const int64_t *at, struct fail *f)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)n);
	rd_kafka_resp_err_t err = 0;

	for (size_t i = 0; i < n; i++)
		if (at[i] >= 0)
			rd_kafka_topic_partition_list_add(list, part[i].topic,
							  part[i].number)
				->offset = at[i];
	if (list->cnt > 0)
		err = rd_kafka_commit(k->rk, list, 0);
	for (int i = 0; err == 0 && i < list->cnt; i++)
		err = list->elems[i].err;
	rd_kafka_topic_partition_list_destroy(list);
	return err == 0 ? 0
			: kafka_fail(k, err, f,
				     "cannot commit the group's offsets");
}
