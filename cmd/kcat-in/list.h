/* SPDX-License-Identifier: MIT */
/*
 * list - the topics, their offsets, and how far behind a job or a group is.
 */
#ifndef KCAT_IN_LIST_H
#define KCAT_IN_LIST_H

#include "range.h"

/* A line a partition, its watermarks being set. */
int list_print(struct range *r, struct cli *c, struct io_out *out,
	       struct fail *f) PORT_MUST_CHECK;

#endif
