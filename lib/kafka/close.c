/* SPDX-License-Identifier: MIT */
/*
 * The end of a client. librdkafka's threads can lock each other out for ever
 * while they end (its issues 4514, 4519 and 5476, all open): an offset out of
 * range or a leader that goes away just then is enough. Nothing that we have
 * read or sent depends on how it ends, so it gets some seconds and no more.
 */
#define _GNU_SOURCE /* pthread_clockjoin_np */

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#undef alloca /* GNU's <stdlib.h> has a macro, and banned.h forbids it */

#include "kafka/client.h"

#include "base/banned.h"

#define CLOSE_SECONDS 5 /* it takes milliseconds */

/* All that is librdkafka's. A thread's main. */
static void *
close_client(void *arg)
{
	struct kafka *k = arg;

	for (size_t i = 0; i < k->message_n; i++)
		rd_kafka_message_destroy(k->message[i]);
	if (k->queue != NULL)
		rd_kafka_queue_destroy(k->queue);
	if (k->rk != NULL && k->is_group)
		rd_kafka_consumer_close(k->rk);
	kafka_release_topics(k);
	if (k->cluster != NULL)
		rd_kafka_mem_free(k->rk, k->cluster);
	if (k->rk != NULL)
		rd_kafka_destroy_flags(k->rk,
				       RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	return NULL;
}

/* False: it still runs, and what it uses must stay. */
static bool
has_closed(struct kafka *k)
{
	pthread_t thread;
	struct timespec until;

	if (k->rk == NULL || pthread_create(&thread, NULL, close_client, k)) {
		close_client(k);
		return true;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_SECONDS;
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		return true;
	pthread_detach(thread);
	return false;
}

void
kafka_close(struct kafka *k)
{
	if (k == NULL || !has_closed(k))
		return;
	outbox_release(&k->outbox);
	map_release(&k->topics);
	arena_release(&k->mem);
	free(k->own_part);
	free(k->is_done);
	free(k);
}
