/* SPDX-License-Identifier: MIT */
/*
 * Reading ahead: a ring that one thread fills by read(2) and the user empties.
 * One byte stands in a pipe while there is something to take, so that the user
 * waits for that by poll(2), as for any descriptor, and signals end the wait.
 * An empty ring is filled from its beginning, so who keeps pace with the writer
 * uses a small part of it only.
 */
#include "io/ahead.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/limits.h"

struct io_ahead {
	int fd;
	int ready[2]; /* a pipe; whose reading end is closed to stop */
	char *ring;
	size_t max;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t has_room;
	/* Under the lock. Bytes [head, head + fill) of the ring, and around its
	 * end, are there; the thread writes behind them without the lock. */
	size_t head;
	size_t fill;
	bool is_ended;
	int error; /* errno of the end, or 0 */
	bool is_stopped;
};

int
io_ahead_fd(const struct io_ahead *a)
{
	return a->ready[0];
}

static bool
has_something(const struct io_ahead *a)
{
	return a->fill > 0 || a->is_ended;
}

/* A place in the ring, from one up to its length behind the end. */
static size_t
wrap(const struct io_ahead *a, size_t at)
{
	return at < a->max ? at : at - a->max;
}

/* ---- the thread ---- */

/* The next free bytes that lie in one piece, at most a block; 0 to stop. */
static size_t
wait_room(struct io_ahead *a, char **at)
{
	size_t tail, n;

	pthread_mutex_lock(&a->lock);
	while (a->fill == a->max && !a->is_stopped)
		pthread_cond_wait(&a->has_room, &a->lock);
	if (a->fill == 0)
		a->head = 0;
	tail = wrap(a, a->head + a->fill);
	n = tail < a->head ? a->head - tail : a->max - tail;
	if (a->fill == a->max || a->is_stopped)
		n = 0;
	pthread_mutex_unlock(&a->lock);
	*at = a->ring + tail;
	return n < LIMIT_READ_BLOCK ? n : LIMIT_READ_BLOCK;
}

/* As read(2), but 0 as well when it is to stop. */
static ssize_t
wait_read(const struct io_ahead *a, char *at, size_t n)
{
	struct pollfd p[2] = {{a->fd, POLLIN, 0}, {a->ready[1], 0, 0}};
	ssize_t got;

	do {
		p[0].revents = p[1].revents = 0;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (p[1].revents != 0)
			return 0;
		got = read(a->fd, at, n);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	return got;
}

static void *
run(void *arg)
{
	struct io_ahead *a = arg;
	ssize_t got = 1;

	while (got > 0) {
		char *at;
		size_t n = wait_room(a, &at);
		bool had;

		if (n == 0)
			break;
		got = wait_read(a, at, n);
		pthread_mutex_lock(&a->lock);
		had = has_something(a);
		if (got > 0)
			a->fill += (size_t)got;
		else
			a->is_ended = true;
		a->error = got < 0 ? errno : 0;
		/* Its reader may be gone, to stop us: seen at the next poll. */
		if (!had && write(a->ready[1], "", 1) < 0)
			a->is_ended = true;
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* ---- its user ---- */

ssize_t
io_ahead_take(struct io_ahead *a, void *dst, size_t cap)
{
	size_t n, first;
	int error;
	char byte;

	pthread_mutex_lock(&a->lock);
	n = a->fill < cap ? a->fill : cap;
	error = a->is_ended ? a->error : EAGAIN;
	pthread_mutex_unlock(&a->lock);
	if (n == 0) {
		errno = error;
		return error == 0 ? 0 : -1;
	}
	/* Nobody else touches what is there. */
	first = n < a->max - a->head ? n : a->max - a->head;
	memcpy(dst, a->ring + a->head, first);
	memcpy((char *)dst + first, a->ring, n - first);
	pthread_mutex_lock(&a->lock);
	a->head = wrap(a, a->head + n);
	a->fill -= n;
	if (!has_something(a) && read(a->ready[0], &byte, 1) < 0)
		a->error = errno; /* cannot be: it was written */
	pthread_cond_signal(&a->has_room);
	pthread_mutex_unlock(&a->lock);
	return (ssize_t)n;
}

static void
release(struct io_ahead *a)
{
	for (int i = 0; i < 2; i++)
		if (a->ready[i] >= 0)
			close(a->ready[i]);
	free(a->ring);
	free(a);
}

/* Signals are for the thread that began. */
static int
start_thread(struct io_ahead *a)
{
	sigset_t all, before;
	int rc;

	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->has_room, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&a->thread, NULL, run, a);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

struct io_ahead *
io_ahead_start(int fd, size_t max)
{
	struct io_ahead *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->fd = fd;
	a->max = max;
	a->ready[0] = a->ready[1] = -1;
	a->ring = malloc(max);
	if (a->ring == NULL || pipe(a->ready) != 0 || start_thread(a) != 0) {
		release(a);
		return NULL;
	}
	for (int i = 0; i < 2; i++)
		fcntl(a->ready[i], F_SETFD, FD_CLOEXEC);
	return a;
}

void
io_ahead_stop(struct io_ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	a->is_stopped = true;
	pthread_cond_signal(&a->has_room);
	pthread_mutex_unlock(&a->lock);
	close(a->ready[0]);
	a->ready[0] = -1;
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->has_room);
	pthread_mutex_destroy(&a->lock);
	release(a);
}
