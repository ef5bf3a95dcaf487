/* SPDX-License-Identifier: MIT */
/*
 * scale - ticks at round values: 1, 2 or 5 times a power of ten for figures,
 * the steps of clocks and calendars for times. Pure.
 */
#ifndef CHART_SCALE_H
#define CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCALE_TICKS 16 /* most ticks of an axis */

/* An axis from 0 to top = step * n. */
struct scale {
	double step;
	unsigned n;
	double top;
};

/*
 * The axis for figures up to max, in about `want` steps; whole steps where
 * the figures are counts. max 0 gives an axis up to 1.
 */
struct scale scale_of(double max, unsigned want, bool is_whole);

struct scale_tick {
	int64_t at; /* us */
	char label[16];
};

/* Ticks in [start, end), oldest first; at most `most` (and SCALE_TICKS). */
size_t scale_times(int64_t start, int64_t end, unsigned most,
		   struct scale_tick *tick);

#endif
