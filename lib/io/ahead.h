/* SPDX-License-Identifier: MIT */
/*
 * A thread that reads a pipe ahead of its user, so that who writes to it need
 * not wait while the user is busy with what it has. Private to io.
 */
#ifndef IO_AHEAD_H
#define IO_AHEAD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/base.h"

struct io_ahead;

/* Up to max bytes ahead; fd is borrowed and nobody else may read it. NULL: no
 * memory, descriptor or thread was to be had; nothing was read. */
struct io_ahead *io_ahead_start(int fd, size_t max);
void io_ahead_stop(struct io_ahead *a);

/* What to poll: readable when there are bytes, an end or an error. */
int io_ahead_fd(const struct io_ahead *a);

/* As read(2) of a descriptor that does not block. */
ssize_t io_ahead_take(struct io_ahead *a, void *dst, size_t cap);

#endif
