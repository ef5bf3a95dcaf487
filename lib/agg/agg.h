/* SPDX-License-Identifier: MIT */
/*
 * agg - windowed measures of plays. Values of events go in, one row a window
 * and group comes out: as final measures, or as a partial that merges with
 * others to the same final measures, however the events were divided. Every
 * state is a sum, a set or a table of counts, and durations are summed as
 * whole microseconds, so the result never depends on order. agg-hourly(1)
 * defines the measures.
 *
 * Pure: no input or output of its own. One thread an aggregator.
 *
 *	agg_open(&a, &options, f);
 *	agg_keys(a, &keys, &slot, &n);		what the reader shall find
 *	agg_add(a, line.val, f);		for each line
 *	agg_finish(a, &rows, f);
 *	agg_format(a, i, AGG_NDJSON, &text);	for each row
 */
#ifndef AGG_AGG_H
#define AGG_AGG_H

#include "event/event.h"
#include "mem/mem.h"

/* In the order of a row. */
enum agg_measure {
	AGG_EVENTS,    /* events of any kind */
	AGG_PLAYS,     /* events that the schema calls plays */
	AGG_STREAMS,   /* plays of 30 s and more */
	AGG_SKIPS,     /* plays that the listener skipped */
	AGG_COMPLETED, /* plays of 95 % of the track and more */
	AGG_MS_PLAYED, /* sum */
	AGG_DURATION,  /* sum of the tracks' durations, s */
	AGG_LISTENERS, /* distinct users with a play */
	AGG_TOP_TRACKS,
	AGG_TOP_ARTISTS,
	AGG_MEASURES,
};

#define AGG_ALL ((1u << AGG_MEASURES) - 1)

/* "events", "msPlayed", ... */
const char *agg_measure_name(enum agg_measure m);

/* Entries of a top list that a partial keeps, so that the merged list is
 * exact unless more are in use. */
#define AGG_PARTIAL_TOP 1000

struct agg_options {
	/* Events are read by it; NULL: lines are partials, to be merged. */
	const struct event_schema *schema;
	bool is_partial;   /* rows are to be partials */
	int64_t window_us; /* whole milliseconds, above 0 */
	int64_t zone_us;   /* windows and dates are of a clock so far ahead of
			    * UTC; less than a day either way */
	const struct str *by; /* columns (or roles) that make the groups */
	size_t by_n;
	unsigned measures; /* 1u << enum agg_measure, ... */
	size_t top;	   /* entries of a final top list */
};

struct agg;

/* Everything of options is copied but the schema, which is borrowed until
 * close. FAIL_USAGE for a group the schema does not have. */
int agg_open(struct agg **out, const struct agg_options *o,
	     struct fail *f) PORT_MUST_CHECK;
void agg_close(struct agg *a);

/* The measures that the schema has no columns for: always null. */
unsigned agg_unavailable(const struct agg *a);

/* The keys for ndjson_open; borrowed until close. */
void agg_keys(const struct agg *a, const struct str **keys, const int **slot,
	      size_t *n);

/*
 * What no line so far had: the schema's time or play column, whose absence
 * says that it is the wrong schema; and a column of by. NULL: all were there.
 */
const struct str *agg_missing_column(const struct agg *a);
const struct str *agg_missing_by(const struct agg *a);

/* Merging: from now on a partial's date must be that of its window on this
 * clock, since rows will replace those of whole dates. */
void agg_check_dates(struct agg *a);

enum agg_verdict {
	AGG_COUNTED = 1,
	AGG_NO_PLAY, /* not a play, and only plays are measured */
	AGG_MISFIT,  /* no time, or (merging) not a partial: see agg_why */
};

/*
 * Add the values of a line: enum agg_verdict, or a failure. A value other
 * than the time that does not fit its column counts as null, and is counted
 * in agg_misfit_values.
 */
int agg_add(struct agg *a, const struct ndjson_val *val,
	    struct fail *f) PORT_MUST_CHECK;

/* Why the last line was a misfit, one clause; borrowed until the next. */
const char *agg_why(const struct agg *a);

uint64_t agg_misfit_values(const struct agg *a);

/* Add all that `from` holds; both opened with the same options. */
int agg_absorb(struct agg *into, struct agg *from,
	       struct fail *f) PORT_MUST_CHECK;

/* Put the rows in order: by window, then by group. */
int agg_finish(struct agg *a, size_t *rows, struct fail *f) PORT_MUST_CHECK;

enum agg_form { AGG_NDJSON, AGG_CSV };

/* Append row i, with its LF. CSV is for final measures. */
int agg_format(const struct agg *a, size_t i, enum agg_form form,
	       struct buf *out) PORT_MUST_CHECK;

/* Append CSV's header row. */
int agg_header(const struct agg *a, struct buf *out) PORT_MUST_CHECK;

/* Forget all rows (and counts of misfits are kept): the next batch. */
void agg_reset(struct agg *a);

#endif
