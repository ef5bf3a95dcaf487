/* SPDX-License-Identifier: MIT */
/*
 * session - groups each user's events into listening sessions by event time.
 * Two events of a user belong together when they are at most the gap apart;
 * a session is what hangs together so. Events may come in any order: a
 * session is a union of intervals, counts and sets, and what it says of its
 * first and last event is decided by time and then by value, so the result
 * depends on the set of events alone, never on order or on how the stream
 * was cut. sessionize(1) describes the rows.
 *
 * Sessions close when the watermark says that nothing on time can touch them
 * any more, or all at once at the end. Pure; one thread.
 *
 *	sessions_open(&s, &options, f);
 *	sessions_add(s, line.val, f);		for each line
 *	sessions_close_until(s, watermark, &rows, f);
 *	sessions_format(s, i, &text);		for each closed row
 *	sessions_forget(s, f);
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "event/event.h"
#include "mem/mem.h"

struct sessions_options {
	const struct event_schema *schema; /* borrowed until release */
	int64_t gap_us;			   /* above 0 */
	int64_t lateness_us; /* how long behind the watermark is on time */
};

struct sessions;

/* FAIL_USAGE when the schema has no time or no user. */
int sessions_open(struct sessions **out, const struct sessions_options *o,
		  struct fail *f) PORT_MUST_CHECK;
void sessions_close(struct sessions *s);

/* The keys for ndjson_open; borrowed until sessions_close. */
void sessions_keys(const struct sessions *s, const struct str **keys,
		   const int **slot, size_t *n);

enum sessions_verdict {
	SESSIONS_COUNTED = 1,
	SESSIONS_LATE,	  /* counted, but its session may have closed */
	SESSIONS_NO_USER, /* belongs to nobody */
	SESSIONS_MISFIT,  /* no time, or a user that does not fit */
};

/* Add an event: enum sessions_verdict, or a failure. */
int sessions_add(struct sessions *s, const struct ndjson_val *val,
		 struct fail *f) PORT_MUST_CHECK;

/* Why the last event was a misfit; borrowed until the next. */
const char *sessions_why(const struct sessions *s);

/* Values, other than time and user, that did not fit and count as null. */
uint64_t sessions_misfit_values(const struct sessions *s);

/*
 * Close what nothing on time can touch any more: sessions that end more than
 * gap and lateness before the watermark. INT64_MAX closes all, INT64_MIN is
 * no watermark. The rows are ordered by start, then user. Events from before
 * the watermark less the lateness are late from now on; a watermark never
 * falls.
 */
int sessions_close_until(struct sessions *s, int64_t watermark_us, size_t *rows,
			 struct fail *f) PORT_MUST_CHECK;

/* Sessions that end before this time are closed by such a watermark. */
int64_t sessions_horizon_us(const struct sessions *s, int64_t watermark_us);

/* What a session is of, in whole milliseconds, as its row says. */
struct sessions_span {
	int64_t start_ms;
	int64_t end_ms;
};

/* The open session of a user that a time falls into; false: none. */
bool sessions_find(const struct sessions *s, struct str user, int64_t t_ms,
		   struct sessions_span *out);

/* The span of closed row i. */
struct sessions_span sessions_row_span(const struct sessions *s, size_t i);

/* Append closed row i as a line of share/schemas/sessions.json. */
int sessions_format(const struct sessions *s, size_t i,
		    struct buf *out) PORT_MUST_CHECK;

/* Events in closed row i. */
uint64_t sessions_row_events(const struct sessions *s, size_t i);

/* Drop the closed rows, and texts that nothing needs any more. */
int sessions_forget(struct sessions *s, struct fail *f) PORT_MUST_CHECK;

/* The start of the oldest open session; INT64_MAX when none is open. */
int64_t sessions_oldest_us(const struct sessions *s);

/* Open sessions, and the events in them. */
size_t sessions_open_n(const struct sessions *s);
size_t sessions_open_from(const struct sessions *s, int64_t from_ms,
			  int64_t to_ms); /* that start in [from, to) */
uint64_t sessions_open_events(const struct sessions *s);

/*
 * Append what a snapshot depends on: the gap, and the schema by its name and
 * by a number for the columns that are read and for which events are plays.
 */
int sessions_put_meaning(const struct sessions *s, struct buf *out,
			 struct fail *f) PORT_MUST_CHECK;

/*
 * Append a snapshot of what is open: the same bytes for the same state. And
 * back, into an empty book of the same schema and gap: FAIL_DATA when it is
 * none, with nothing added.
 */
int sessions_save(const struct sessions *s, struct buf *out) PORT_MUST_CHECK;
int sessions_load(struct sessions *s, struct str snapshot,
		  struct fail *f) PORT_MUST_CHECK;

#endif
