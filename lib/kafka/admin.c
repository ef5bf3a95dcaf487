/* SPDX-License-Identifier: MIT */
/* Topics that are made. */
#include "kafka/client.h"

#include "base/banned.h"

static int
judge(struct kafka *k, rd_kafka_event_t *event, const char *topic,
      struct fail *f)
{
	const rd_kafka_topic_result_t **result;
	rd_kafka_resp_err_t err = rd_kafka_event_error(event);
	const char *text = rd_kafka_event_error_string(event);
	size_t n = 0;

	if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		result = rd_kafka_CreateTopics_result_topics(
			rd_kafka_event_CreateTopics_result(event), &n);
		if (n > 0) {
			err = rd_kafka_topic_result_error(result[0]);
			text = rd_kafka_topic_result_error_string(result[0]);
		}
	}
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR ||
	    err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return 0;
	if (kafka_code(err) == FAIL_RETRY)
		return kafka_fail(k, err, f, "cannot create topic '%s'", topic);
	return fail_set(f, kafka_code(err), "cannot create topic '%s': %s",
			topic, text != NULL ? text : rd_kafka_err2str(err));
}

/* Ask, and wait for the answer. */
static int
request(struct kafka *k, rd_kafka_NewTopic_t *new_topic, const char *topic,
	struct fail *f)
{
	int timeout_ms = (int)(k->o->timeout_us / UTC_MS);
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(
		k->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(k->rk);
	rd_kafka_event_t *event = NULL;
	char text[256];
	int rc = 0;

	/* The broker answers when it is done, or its time is over. */
	rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, text,
						    sizeof(text));
	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text,
						  sizeof(text));
	rd_kafka_CreateTopics(k->rk, &new_topic, 1, options, queue);
	while (rc == 0 && event == NULL) {
		event = rd_kafka_queue_poll(queue, KAFKA_SLICE_MS);
		rc = kafka_poll(k, f);
	}
	if (rc == 0)
		rc = judge(k, event, topic, f);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	return rc;
}

int
kafka_create_topic(struct kafka *k, const char *topic, int partitions,
		   int replicas, struct fail *f)
{
	char text[256];
	rd_kafka_NewTopic_t *new_topic = rd_kafka_NewTopic_new(
		topic, partitions, replicas, text, sizeof(text));
	int rc;

	if (new_topic == NULL)
		return fail_set(f, FAIL_USAGE, "cannot create topic '%s': %s",
				topic, text);
	rc = request(k, new_topic, topic, f);
	rd_kafka_NewTopic_destroy(new_topic);
	return rc;
}
