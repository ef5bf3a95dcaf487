/* SPDX-License-Identifier: MIT */
#include "gen/crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"

#define AHEAD 2 /* slices a worker holds ready */

/* Slice number k is in lines[k % AHEAD]. made and taken are guarded. */
struct worker {
	pthread_t thread;
	bool has_thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct shard *shard;
	struct shard_lines lines[AHEAD];
	int64_t until_ms[AHEAD];
	uint64_t made, taken;
	bool is_stopping;
	int rc; /* of the worker; then it has ended */
	struct fail fail;
};

struct crew {
	unsigned n;
	struct worker worker[]; /* n of them */
};

/* Wait for room; false: time to end. */
static bool
wait_for_room(struct worker *w)
{
	bool is_stopping;

	pthread_mutex_lock(&w->lock);
	while (w->made - w->taken == AHEAD && !w->is_stopping)
		pthread_cond_wait(&w->changed, &w->lock);
	is_stopping = w->is_stopping;
	pthread_mutex_unlock(&w->lock);
	return !is_stopping;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	int rc = 0;

	while (rc == 0 && wait_for_room(w)) {
		unsigned at = (unsigned)(w->made % AHEAD);
		struct fail f = {0};

		rc = shard_next(w->shard, &w->lines[at], &w->until_ms[at], &f);
		pthread_mutex_lock(&w->lock);
		w->made += rc == 0;
		w->rc = rc;
		w->fail = f;
		pthread_cond_signal(&w->changed);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

static int
start(struct worker *w, const struct gen_model *m, uint32_t first,
      uint32_t step, struct fail *f)
{
	int rc;

	for (int i = 0; i < AHEAD; i++)
		shard_lines_init(&w->lines[i]);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, NULL);
	rc = shard_open(&w->shard, m, first, step, f);
	if (rc < 0)
		return rc;
	rc = pthread_create(&w->thread, NULL, work, w);
	if (rc != 0)
		return fail_errno(f, FAIL_MEMORY, rc, "cannot start a thread");
	w->has_thread = true;
	return 0;
}

int
crew_open(struct crew **out, const struct gen_model *m, struct fail *f)
{
	unsigned n = m->o.threads;
	struct crew *c = calloc(1, sizeof(*c) + n * sizeof(c->worker[0]));
	int rc = 0;

	if (c == NULL)
		return fail_memory(f);
	for (unsigned i = 0; rc == 0 && i < n; i++) {
		c->n++;
		rc = start(&c->worker[i], m, m->o.shard + i * m->o.shards,
			   n * m->o.shards, f);
	}
	if (rc < 0)
		crew_close(c);
	else
		*out = c;
	return rc;
}

void
crew_close(struct crew *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->n; i++) {
		struct worker *w = &c->worker[i];

		if (w->has_thread) {
			pthread_mutex_lock(&w->lock);
			w->is_stopping = true;
			pthread_cond_signal(&w->changed);
			pthread_mutex_unlock(&w->lock);
			pthread_join(w->thread, NULL);
		}
		pthread_cond_destroy(&w->changed);
		pthread_mutex_destroy(&w->lock);
		for (int k = 0; k < AHEAD; k++)
			shard_lines_release(&w->lines[k]);
		shard_close(w->shard);
	}
	free(c);
}

int
crew_next(struct crew *c, unsigned i, const struct shard_lines **l,
	  int64_t *until_ms, struct fail *f)
{
	struct worker *w = &c->worker[i];
	bool has_failed;

	pthread_mutex_lock(&w->lock);
	while (w->made == w->taken && w->rc == 0)
		pthread_cond_wait(&w->changed, &w->lock);
	has_failed = w->made == w->taken;
	pthread_mutex_unlock(&w->lock);
	if (has_failed)
		return fail_set(f, w->rc, "%s", w->fail.text);
	*l = &w->lines[w->taken % AHEAD];
	*until_ms = w->until_ms[w->taken % AHEAD];
	return 0;
}

void
crew_done(struct crew *c, unsigned i)
{
	struct worker *w = &c->worker[i];

	pthread_mutex_lock(&w->lock);
	w->taken++;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}
