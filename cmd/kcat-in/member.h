/* SPDX-License-Identifier: MIT */
/*
 * member - kcat-in as a member of a group: partitions come and go, and a
 * group waits for no member that does not ask for records. So while the pipe
 * is full, reading is paused and asking goes on. At least once: offsets are
 * committed when lines are written, and what becomes of lines in a pipe
 * nobody knows. For exactly once there is --job.
 */
#ifndef KCAT_IN_MEMBER_H
#define KCAT_IN_MEMBER_H

#include "bounds.h"
#include "form.h"

/* Read until the bounds, or a signal. */
int member_read(struct kafka *k, const struct bounds *b, struct cli *c,
		struct form *form, struct io_out *out,
		struct fail *f) PORT_MUST_CHECK;

#endif
