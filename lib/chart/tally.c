/* SPDX-License-Identifier: MIT */
/*
 * Sums of measures that remember what was measured. Unknown plus known is
 * known: a window without skips does not hide those of the others, and the
 * rates are taken over the plays that do carry them.
 */
#include "chart/tally.h"

#include "base/banned.h"

/* Both are at most TALLY_MAX, so the sum itself cannot overflow. */
static bool
add(int64_t *sum, int64_t v)
{
	*sum += v;
	return *sum <= TALLY_MAX;
}

static bool
add_sums(struct tally *t, const struct tally *other)
{
	int m;

	for (m = 0; m < TALLY_MEASURES; m++) {
		if (!add(&t->sum[m], other->sum[m]))
			return false;
		t->is_known[m] = t->is_known[m] || other->is_known[m];
	}
	return add(&t->skip_plays, other->skip_plays) &&
	       add(&t->completed_plays, other->completed_plays);
}

bool
tally_add_group(struct tally *t, const struct tally *group)
{
	t->windows = 1;
	if (!add_sums(t, group))
		return false;
	t->peak_listeners = t->sum[TALLY_LISTENERS];
	return true;
}

bool
tally_add_window(struct tally *t, const struct tally *window)
{
	if (t->windows == 0)
		t->start = window->start;
	t->windows += window->windows;
	if (window->peak_listeners > t->peak_listeners)
		t->peak_listeners = window->peak_listeners;
	return add_sums(t, window);
}

static double
value(const struct tally *t, enum tally_measure m)
{
	return t->is_known[m] ? (double)t->sum[m] : TALLY_UNKNOWN;
}

double
tally_plays(const struct tally *t)
{
	return value(t, TALLY_PLAYS);
}

double
tally_streams(const struct tally *t)
{
	return value(t, TALLY_STREAMS);
}

double
tally_ms_played(const struct tally *t)
{
	return value(t, TALLY_MS_PLAYED);
}

double
tally_peak_listeners(const struct tally *t)
{
	return t->is_known[TALLY_LISTENERS] ? (double)t->peak_listeners
					    : TALLY_UNKNOWN;
}

static double
share(bool is_known, int64_t part, int64_t whole)
{
	if (!is_known || whole <= 0)
		return TALLY_UNKNOWN;
	return (double)part / (double)whole;
}

double
tally_skip_rate(const struct tally *t)
{
	return share(t->is_known[TALLY_SKIPS], t->sum[TALLY_SKIPS],
		     t->skip_plays);
}

double
tally_completion_rate(const struct tally *t)
{
	return share(t->is_known[TALLY_COMPLETED], t->sum[TALLY_COMPLETED],
		     t->completed_plays);
}

double
tally_mean_listeners(const struct tally *t)
{
	return share(t->is_known[TALLY_LISTENERS], t->sum[TALLY_LISTENERS],
		     t->windows);
}
