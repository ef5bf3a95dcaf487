/* SPDX-License-Identifier: MIT */
/*
 * pace - when a line is due on the wall clock: after its place in event time
 * (--speedup) or its number (--rate). Lines that are due within a tick go
 * out together; one behind its time goes out at once, and how far behind it
 * was is kept. Never skips, never runs ahead.
 */
#ifndef PACE_PACE_H
#define PACE_PACE_H

#include "io/io.h"

struct pace {
	double speedup, rate; /* both 0: everything is due */
	int64_t from_ms;      /* event time of the start */
	int64_t start_us;     /* monotonic */
	int64_t tick_us;      /* what is due by this, since the start, goes */
	int64_t max_lag_us;
};

void pace_init(struct pace *p, double speedup, double rate, int64_t from_ms);

/* Is the line due in this tick? */
bool pace_is_due(const struct pace *p, int64_t place_ms, uint64_t number);

/* Wait until it is, if it is not; out (may be NULL) is flushed before, so
 * that nothing waits in a buffer. */
int pace_wait(struct pace *p, int64_t place_ms, uint64_t number,
	      struct io_out *out, struct fail *f) PORT_MUST_CHECK;

#endif
