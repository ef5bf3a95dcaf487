/* SPDX-License-Identifier: MIT */
/*
 * Where the ticks go. Times step by what clocks and calendars step by; days
 * count from Monday where a step is a week, and months begin on the first.
 */
#include "chart/scale.h"

#include "chart/figure.h"

#include "base/banned.h"

struct scale
scale_of(double max, unsigned want, bool is_whole)
{
	static const double nice[] = {1, 2, 5, 10};
	struct scale s = {.step = 1, .n = 1, .top = 1};
	double rough = max / want, power = 1;
	size_t i = 0;

	if (max <= 0)
		return s;
	while (power * 10 <= rough)
		power *= 10;
	while (power > rough)
		power /= 10;
	while (i < 3 && nice[i] * power < rough)
		i++;
	s.step = nice[i] * power;
	if (is_whole && s.step < 1)
		s.step = 1;
	while (s.step * s.n < max && s.n < SCALE_TICKS)
		s.n++;
	s.top = s.step * s.n;
	return s;
}

/* ---- times ---- */

static const int64_t clock_steps[] = {
	UTC_MINUTE,	 2 * UTC_MINUTE,  5 * UTC_MINUTE, 10 * UTC_MINUTE,
	15 * UTC_MINUTE, 30 * UTC_MINUTE, UTC_HOUR,	  2 * UTC_HOUR,
	3 * UTC_HOUR,	 6 * UTC_HOUR,	  12 * UTC_HOUR,  UTC_DAY,
	2 * UTC_DAY,	 7 * UTC_DAY,	  14 * UTC_DAY,
};

static const unsigned month_steps[] = {1, 2, 3, 6, 12, 24, 60, 120, 600};

static int64_t
day_of(int64_t t)
{
	return utc_floor(t, UTC_DAY) / UTC_DAY;
}

static void
label_clock(struct scale_tick *t, int64_t step)
{
	struct utc_date d = utc_date_of(day_of(t->at));
	unsigned minute = (unsigned)((t->at - utc_floor(t->at, UTC_DAY)) /
				     UTC_MINUTE);

	if (minute != 0)
		snprintf(t->label, sizeof(t->label), "%02u:%02u",
			 minute / 60 % 24, minute % 60);
	else if (step <= UTC_DAY)
		snprintf(t->label, sizeof(t->label), "%s %u",
			 figure_weekday(utc_weekday(day_of(t->at))),
			 d.day % 100);
	else
		snprintf(t->label, sizeof(t->label), "%u %s", d.day % 100,
			 figure_month(d.month));
}

static size_t
clock_ticks(int64_t start, int64_t end, int64_t step, struct scale_tick *tick)
{
	/* 1970-01-05 was a Monday. */
	int64_t origin = step % (7 * UTC_DAY) == 0 ? 4 * UTC_DAY : 0;
	int64_t at = utc_floor(start - origin, step) + origin;
	size_t n = 0;

	if (at < start)
		at += step;
	for (; at < end && n < SCALE_TICKS; at += step) {
		tick[n].at = at;
		label_clock(&tick[n], step);
		n++;
	}
	return n;
}

/* Months since year 0, and the first day of one. */
static int64_t
month_of(int64_t t)
{
	struct utc_date d = utc_date_of(day_of(t));

	return (int64_t)d.year * 12 + d.month - 1;
}

static size_t
month_ticks(int64_t start, int64_t end, unsigned step, struct scale_tick *tick)
{
	int64_t month = month_of(start) / step * step;
	size_t n = 0;

	for (; n < SCALE_TICKS; month += step) {
		struct utc_date d = {.year = (int)(month / 12),
				     .month = (unsigned)(month % 12) + 1,
				     .day = 1};
		int64_t at = utc_days_of(d) * UTC_DAY;

		if (at < start)
			continue;
		if (at >= end)
			break;
		tick[n].at = at;
		if (step % 12 == 0)
			snprintf(tick[n].label, sizeof(tick[n].label), "%d",
				 d.year % 10000);
		else
			snprintf(tick[n].label, sizeof(tick[n].label), "%s %d",
				 figure_month(d.month), d.year % 10000);
		n++;
	}
	return n;
}

size_t
scale_times(int64_t start, int64_t end, unsigned most, struct scale_tick *tick)
{
	int64_t span = end - start;
	size_t i;

	if (span <= 0 || most == 0)
		return 0;
	for (i = 0; i < sizeof(clock_steps) / sizeof(*clock_steps); i++)
		if (span / clock_steps[i] < most)
			return clock_ticks(start, end, clock_steps[i], tick);
	for (i = 0; i + 1 < sizeof(month_steps) / sizeof(*month_steps); i++)
		if (span / (month_steps[i] * 30 * UTC_DAY) < most)
			break;
	return month_ticks(start, end, month_steps[i], tick);
}
