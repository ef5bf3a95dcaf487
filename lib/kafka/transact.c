/* SPDX-License-Identifier: MIT */
/*
 * Transactions, and notes in them. librdkafka's calls are resumed when their
 * time is over, so each is made in slices, between which signals and errors
 * are looked at; only the end of a transaction is not left half way by a
 * signal. A note is an offset's metadata: what the brokers commit with the
 * records, and keep by group, topic and partition.
 */
#include "kafka/client.h"

#include "io/io.h"

#include <stdlib.h>

#include "base/banned.h"

#define SLICE_MS 1000
#define STOP_MS	 4000 /* behind a signal; 10 s are allowed in all */

static int64_t
deadline_ms(const struct kafka *k)
{
	int64_t limit = k->o->timeout_us / UTC_MS;

	if (io_stop_signal() != 0 && limit > STOP_MS)
		limit = STOP_MS;
	return utc_monotonic() / UTC_MS + limit;
}

/* Is it worth the same call again? */
static bool
may_resume(rd_kafka_error_t *error, int64_t end_ms)
{
	return rd_kafka_error_is_retriable(error) &&
	       utc_monotonic() / UTC_MS < end_ms;
}

int
kafka_transactions(struct kafka *k, struct fail *f)
{
	static const char what[] = "cannot begin transactions";
	int64_t end = deadline_ms(k);

	k->has_transactions = true;
	for (;;) {
		rd_kafka_error_t *error = rd_kafka_init_transactions(k->rk,
								     SLICE_MS);
		int rc = kafka_poll(k, f);

		if (error == NULL)
			return rc;
		if (rc == 0 && !may_resume(error, end))
			return kafka_fail_error(error, f, what);
		rd_kafka_error_destroy(error);
		if (rc != 0) {
			fail_prefix(f, "%s: ", what);
			return rc;
		}
	}
}

int
kafka_begin(struct kafka *k, struct fail *f)
{
	return kafka_fail_error(rd_kafka_begin_transaction(k->rk), f,
				"cannot begin a transaction");
}

static rd_kafka_error_t *
end_once(struct kafka *k, bool is_commit)
{
	return is_commit ? rd_kafka_commit_transaction(k->rk, SLICE_MS)
			 : rd_kafka_abort_transaction(k->rk, SLICE_MS);
}

/* Commit or abort, with as many calls as it takes. */
static rd_kafka_error_t *
end_transaction(struct kafka *k, bool is_commit)
{
	int64_t end = deadline_ms(k);

	for (;;) {
		rd_kafka_error_t *error = end_once(k, is_commit);

		rd_kafka_poll(k->rk, 0);
		if (error == NULL || !may_resume(error, end))
			return error;
		rd_kafka_error_destroy(error);
	}
}

int
kafka_end(struct kafka *k, bool is_commit, struct fail *f)
{
	rd_kafka_error_t *error = end_transaction(k, is_commit);
	rd_kafka_error_t *second;
	bool has_to_abort;

	if (error == NULL)
		return 0;
	has_to_abort = is_commit && rd_kafka_error_txn_requires_abort(error);
	if (kafka_poll(k, f) == 0 || (f != NULL && f->code == FAIL_SIGNAL)) {
		if (f != NULL)
			*f = (struct fail){0};
		kafka_fail_error(error, f, "cannot end the transaction");
	} else {
		rd_kafka_error_destroy(error);
	}
	if (has_to_abort) {
		second = end_transaction(k, false);
		if (second != NULL)
			rd_kafka_error_destroy(second);
	}
	return f == NULL ? FAIL_RETRY : f->code;
}

/* ---- notes ---- */

int
kafka_note(struct kafka *k, const char *group, const char *topic,
	   int64_t number, struct str text, struct fail *f)
{
	rd_kafka_consumer_group_metadata_t *member =
		rd_kafka_consumer_group_metadata_new(group);
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *place = rd_kafka_topic_partition_list_add(
		list, topic, 0);
	int64_t end = deadline_ms(k);
	rd_kafka_error_t *error;

	place->offset = number;
	place->metadata = malloc(text.n + 1); /* librdkafka frees it */
	if (place->metadata == NULL || text.n > KAFKA_NOTE_MAX) {
		rd_kafka_topic_partition_list_destroy(list);
		rd_kafka_consumer_group_metadata_destroy(member);
		return text.n <= KAFKA_NOTE_MAX
			       ? fail_memory(f)
			       : fail_set(f, FAIL_USAGE,
					  "a position of %zu bytes: brokers "
					  "keep %d at most",
					  text.n, KAFKA_NOTE_MAX);
	}
	memcpy(place->metadata, text.p, text.n);
	place->metadata_size = text.n;
	while ((error = rd_kafka_send_offsets_to_transaction(
			k->rk, list, member, SLICE_MS)) != NULL &&
	       may_resume(error, end))
		rd_kafka_error_destroy(error);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_consumer_group_metadata_destroy(member);
	return kafka_fail_error(error, f, "cannot keep the position");
}

int
kafka_note_read(struct kafka *k, const char *topic, struct arena *a,
		struct str *text, struct fail *f)
{
	int64_t end = deadline_ms(k);
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(1);
	const rd_kafka_topic_partition_t *place =
		rd_kafka_topic_partition_list_add(list, topic, 0);
	rd_kafka_resp_err_t err;
	int rc;

	*text = (struct str){0};
	do {
		err = rd_kafka_committed(k->rk, list, SLICE_MS);
		if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
			err = place->err;
		rc = kafka_poll(k, f);
	} while (rc == 0 && err != RD_KAFKA_RESP_ERR_NO_ERROR &&
		 kafka_code(err) == FAIL_RETRY &&
		 utc_monotonic() / UTC_MS < end);
	if (rc == 0 && err != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = kafka_fail(k, err, f, "cannot read the position");
	if (rc == 0 && place->metadata_size > 0) {
		struct str kept = {place->metadata, place->metadata_size};

		text->p = arena_copy(a, kept);
		text->n = kept.n;
		if (text->p == NULL)
			rc = fail_memory(f);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}
