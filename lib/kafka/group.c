/* SPDX-License-Identifier: MIT */
/*
 * Reading as a member of a group. Partitions come and go inside kafka_next;
 * what was read and not committed then is read again by whoever gets them,
 * so this is at least once. A member must come back to kafka_next within
 * max.poll.interval.ms; while its output is stuck it does so with all
 * partitions paused.
 */
#include "kafka/client.h"

#include <stdlib.h>

#include "base/banned.h"

/* What librdkafka now reads becomes the assignment; places in partitions
 * that stay are kept. */
static int
take_assignment(struct kafka *k, struct fail *f)
{
	rd_kafka_topic_partition_list_t *list = NULL;
	struct kafka_part *part;
	int rc;

	if (rd_kafka_assignment(k->rk, &list) != 0)
		return fail_memory(f);
	part = calloc((size_t)list->cnt + 1, sizeof(*part));
	if (part == NULL) {
		rd_kafka_topic_partition_list_destroy(list);
		return fail_memory(f);
	}
	for (int i = 0; i < list->cnt; i++) {
		const char *name = kafka_topic_name(k, list->elems[i].topic);

		part[i].topic = name == NULL ? "" : name;
		part[i].number = list->elems[i].partition;
		part[i].end = KAFKA_FOREVER;
		for (size_t j = 0; j < k->part_n; j++)
			if (k->part[j].topic == name &&
			    k->part[j].number == part[i].number)
				part[i].start = k->part[j].next;
	}
	kafka_sort(part, (size_t)list->cnt);
	rc = kafka_set_parts(k, part, (size_t)list->cnt, f);
	free(k->own_part);
	k->own_part = part;
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

/*
 * Where the group stands is asked for here and not left to librdkafka, which
 * cannot tell a partition that was never read from one whose offsets are
 * gone: the first may begin anew, the other is a gap.
 */
static void
set_offsets(struct kafka *k, rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_resp_err_t err = rd_kafka_committed(
		k->rk, list, (int)(k->o->timeout_us / UTC_MS));

	for (int i = 0; err == 0 && i < list->cnt; i++) {
		err = list->elems[i].err;
		if (list->elems[i].offset < 0)
			list->elems[i].offset =
				k->is_latest ? RD_KAFKA_OFFSET_END
					     : RD_KAFKA_OFFSET_BEGINNING;
	}
	if (err != 0 && k->trouble.code == 0)
		fail_set(&k->trouble, kafka_code(err),
			 "cannot ask for the group's offsets: %s",
			 rd_kafka_err2str(err));
}

/* With a cooperative protocol the list is what is added or taken away, else
 * all there is. */
static void
change(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, bool is_coming)
{
	rd_kafka_error_t *error = NULL;

	if (strcmp(rd_kafka_rebalance_protocol(rk), "COOPERATIVE") != 0)
		rd_kafka_assign(rk, is_coming ? list : NULL);
	else if (is_coming)
		error = rd_kafka_incremental_assign(rk, list);
	else
		error = rd_kafka_incremental_unassign(rk, list);
	if (error != NULL)
		rd_kafka_error_destroy(error);
}

static rd_kafka_resp_err_t
pause_all(struct kafka *k, bool is_paused)
{
	rd_kafka_topic_partition_list_t *list = kafka_list(k->part, k->part_n);
	rd_kafka_resp_err_t err;

	err = is_paused ? rd_kafka_pause_partitions(k->rk, list)
			: rd_kafka_resume_partitions(k->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return err;
}

/* What was stored is committed before the partitions go to another member,
 * unless they are lost already. */
void
kafka_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
		rd_kafka_topic_partition_list_t *list, void *opaque)
{
	bool is_coming = err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
	struct kafka *k = opaque;

	if (is_coming)
		set_offsets(k, list);
	else if (!rd_kafka_assignment_lost(rk))
		rd_kafka_commit(rk, NULL, 0);
	change(rk, list, is_coming);
	cli_info(k->cli, "group: %d partitions %s", list->cnt,
		 is_coming ? "came" : "went");
	(void)take_assignment(k, &k->trouble);
	if (k->is_paused)
		pause_all(k, true);
}

int
kafka_subscribe(struct kafka *k, const char *const *topic, size_t topic_n,
		bool is_latest, struct fail *f)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)topic_n);
	rd_kafka_resp_err_t err;

	for (size_t i = 0; i < topic_n; i++)
		rd_kafka_topic_partition_list_add(list, topic[i],
						  RD_KAFKA_PARTITION_UA);
	k->is_group = true;
	k->is_latest = is_latest;
	rd_kafka_poll_set_consumer(k->rk);
	err = rd_kafka_subscribe(k->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	return err == 0 ? 0 : kafka_fail(k, err, f, "cannot join the group");
}

void
kafka_store(struct kafka *k)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new((int)k->part_n);

	for (size_t i = 0; i < k->part_n; i++)
		if (k->part[i].next > 0)
			rd_kafka_topic_partition_list_add(
				list, k->part[i].topic, k->part[i].number)
				->offset = k->part[i].next;
	/* Of a partition that went meanwhile the other member will tell. */
	rd_kafka_offsets_store(k->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
}

int
kafka_pause(struct kafka *k, bool is_paused, struct fail *f)
{
	rd_kafka_resp_err_t err = pause_all(k, is_paused);

	k->is_paused = is_paused;
	return err == 0 ? 0
			: kafka_fail(k, err, f, "cannot %s partitions",
				     is_paused ? "pause" : "resume");
}
