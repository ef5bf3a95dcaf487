/* SPDX-License-Identifier: MIT */
/* Waiting that a signal can end: private to io. */
#ifndef IO_SIGNALS_H
#define IO_SIGNALS_H

#include "base/base.h"

/* Wait until fd is ready for events (or its peer is gone). FAIL_SIGNAL when
 * a signal asked to stop. */
int io_wait(int fd, short events, struct fail *f) PORT_MUST_CHECK;

/* FAIL_SIGNAL, with its sentence. */
int io_stopped(struct fail *f);

#endif
