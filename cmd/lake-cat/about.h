/* SPDX-License-Identifier: MIT */
/*
 * lake-cat --print: what a table's log says.
 */
#ifndef LAKE_CAT_ABOUT_H
#define LAKE_CAT_ABOUT_H

#include "delta/delta.h"
#include "io/io.h"
#include "opts.h"

int about_print(struct delta *d, const struct delta_snapshot *s,
		enum print what, struct io_out *out,
		struct fail *f) PORT_MUST_CHECK;

#endif
