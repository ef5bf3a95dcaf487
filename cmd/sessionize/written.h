/* SPDX-License-Identifier: MIT */
/*
 * sessionize --written: rows of sessions that were written before, by a job
 * that met some events too late. A row is replaced if the session that its
 * events belong to is written now, and kept if that session is left to the
 * job or to another range; a row that no event stands behind goes.
 */
#ifndef SESSIONIZE_WRITTEN_H
#define SESSIONIZE_WRITTEN_H

#include "io/io.h"
#include "session/session.h"

struct written {
	const struct sessions *sessions; /* none of them closed yet */
	/* Written now are those that start in [from_ms, to_ms) and end before
	 * horizon_us. */
	int64_t from_ms, to_ms, horizon_us;
	struct io_out *out; /* rows that are kept, as they are */
	uint64_t kept, replaced;
	int64_t replaced_last_ms; /* start of the latest of them; INT64_MIN */
};

int written_sort_out(struct written *w, char *path,
		     struct fail *f) PORT_MUST_CHECK;

#endif
