/* SPDX-License-Identifier: MIT */
/*
 * tally - the measures of one window, or of several together. Sums add up;
 * listeners do not (the same person listens in many windows), so of them the
 * busiest window and the mean are kept. Pure.
 */
#ifndef CHART_TALLY_H
#define CHART_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

enum tally_measure {
	TALLY_PLAYS,
	TALLY_STREAMS,
	TALLY_SKIPS,
	TALLY_COMPLETED,
	TALLY_MS_PLAYED,
	TALLY_LISTENERS, /* the sum over windows: for the mean only */
	TALLY_MEASURES,
};

/* Largest sum, and value of a line: a double holds it exactly. */
#define TALLY_MAX (INT64_C(1) << 53)

/* Sums with their known-flag: initialise with {0}. */
struct tally {
	int64_t start;	 /* us: of the first window */
	int64_t windows; /* 0: nothing is known, a gap */
	int64_t sum[TALLY_MEASURES];
	bool is_known[TALLY_MEASURES]; /* false: not measured */
	/* The plays of those lines that carry skips, and completed: what the
	 * rates are shares of. */
	int64_t skip_plays;
	int64_t completed_plays;
	int64_t peak_listeners; /* of the busiest window */
};

/* Another group of the same window (agg-hourly --by). False: over TALLY_MAX. */
bool tally_add_group(struct tally *t, const struct tally *group);

/* Another window. False: over TALLY_MAX. */
bool tally_add_window(struct tally *t, const struct tally *window);

/* A figure, or TALLY_UNKNOWN where it was not measured. */
#define TALLY_UNKNOWN (-1.0)
double tally_plays(const struct tally *t);
double tally_streams(const struct tally *t);
double tally_ms_played(const struct tally *t);
double tally_skip_rate(const struct tally *t);
double tally_completion_rate(const struct tally *t);
double tally_mean_listeners(const struct tally *t); /* per window */
double tally_peak_listeners(const struct tally *t);

/* Any of these. */
typedef double (*tally_value_fn)(const struct tally *t);

#endif
