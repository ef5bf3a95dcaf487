/* SPDX-License-Identifier: MIT */
#include "pace/pace.h"

#include <errno.h>
#include <time.h>

#include "base/banned.h"

#define TICK_US	 (10 * UTC_MS)	/* a line is this much late at most */
#define SLEEP_US (100 * UTC_MS) /* then signals are looked at */

void
pace_init(struct pace *p, double speedup, double rate, int64_t from_ms)
{
	*p = (struct pace){
		.speedup = speedup,
		.rate = rate,
		.from_ms = from_ms,
		.start_us = utc_monotonic(),
	};
}

/* Microseconds after the start. */
static int64_t
due_us(const struct pace *p, int64_t place_ms, uint64_t number)
{
	if (p->speedup > 0)
		return (int64_t)((double)(place_ms - p->from_ms) * 1e3 /
				 p->speedup);
	if (p->rate > 0)
		return (int64_t)((double)number * 1e6 / p->rate);
	return 0;
}

bool
pace_is_due(const struct pace *p, int64_t place_ms, uint64_t number)
{
	return due_us(p, place_ms, number) <= p->tick_us;
}

static int
sleep_until(int64_t us, struct fail *f)
{
	struct timespec t = {
		.tv_sec = (time_t)(us / UTC_SECOND),
		.tv_nsec = (long)(us % UTC_SECOND * 1000),
	};
	int rc = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);

	if (rc != 0 && rc != EINTR)
		return fail_errno(f, FAIL_IO, rc, "cannot wait");
	if (io_stop_signal() != 0)
		return fail_set(f, FAIL_SIGNAL, "stopped by a signal");
	return 0;
}

int
pace_wait(struct pace *p, int64_t place_ms, uint64_t number, struct io_out *out,
	  struct fail *f)
{
	int64_t due = due_us(p, place_ms, number);
	int64_t now = utc_monotonic() - p->start_us;
	int rc = 0;

	if (due <= p->tick_us)
		return 0;
	if (due <= now) {
		if (now - due > p->max_lag_us)
			p->max_lag_us = now - due;
		p->tick_us = now;
		return 0;
	}
	if (out != NULL)
		rc = io_out_flush(out, f);
	/* To the end of the tick that holds it. */
	due += TICK_US - due % TICK_US;
	while (rc == 0 && now < due) {
		int64_t next = due - now > SLEEP_US ? now + SLEEP_US : due;

		rc = sleep_until(p->start_us + next, f);
		now = utc_monotonic() - p->start_us;
	}
	p->tick_us = due;
	return rc;
}
