/* SPDX-License-Identifier: MIT */
/*
 * Topics that are written to. Each is asked for once, when the first record
 * for it comes: one that does not exist is remembered as such.
 */
#include "kafka/client.h"

#include <stdlib.h>
#include <time.h>

#include "base/banned.h"

/* A topic that a broker makes because it is asked for is there a moment
 * later. */
#define APPEAR_MS      1500
#define APPEAR_STEP_MS 50

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

int
kafka_find_topic(struct kafka *k, struct str name, struct kafka_topic **out,
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
	int rc = kafka_find_topic(k, topic, &t, f);

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
