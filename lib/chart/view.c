/* SPDX-License-Identifier: MIT */
/*
 * From a board to what is drawn. A window's length is the smallest distance
 * between two windows (or what windowEnd says); more windows than a chart
 * has room for are drawn together, in points of a round length that is a
 * whole number of windows.
 */
#include "chart/view.h"

#include <stdlib.h>

#include "base/banned.h"

static int
by_start(const void *a, const void *b)
{
	int64_t x = ((const struct tally *)a)->start;
	int64_t y = ((const struct tally *)b)->start;

	return (x > y) - (x < y);
}

/* All windows, oldest first; gives the array. */
static struct tally *
sorted_windows(const struct chart_board *b)
{
	size_t n = b->window_index.len;
	struct tally *w = malloc(n * sizeof(*w));

	if (w != NULL) {
		memcpy(w, b->window, n * sizeof(*w));
		qsort(w, n, sizeof(*w), by_start);
	}
	return w;
}

static int64_t
step_of(const struct chart_board *b, const struct tally *window, size_t n)
{
	int64_t step = b->step;
	size_t i;

	for (i = 1; i < n; i++) {
		int64_t distance = window[i].start - window[i - 1].start;

		if (step == 0 || distance < step)
			step = distance;
	}
	return step == 0 ? UTC_HOUR : step;
}

/* The length of a point: round, and few enough of them. */
static int64_t
point_step_of(int64_t span, int64_t step)
{
	static const int64_t round[] = {
		UTC_MINUTE,	 2 * UTC_MINUTE,  5 * UTC_MINUTE,
		10 * UTC_MINUTE, 15 * UTC_MINUTE, 20 * UTC_MINUTE,
		30 * UTC_MINUTE, UTC_HOUR,	  2 * UTC_HOUR,
		3 * UTC_HOUR,	 6 * UTC_HOUR,	  12 * UTC_HOUR,
		UTC_DAY,	 7 * UTC_DAY,
	};
	/* Two to spare: a point may begin before the first window and end
	 * behind the last. */
	int64_t least = span / (VIEW_POINTS - 2) + 1;
	size_t i;

	if (step >= least)
		return step;
	for (i = 0; i < sizeof(round) / sizeof(*round); i++)
		if (round[i] >= least && round[i] % step == 0)
			return round[i];
	return (least + step - 1) / step * step;
}

static int
build_points(struct view *v, const struct tally *window, struct fail *f)
{
	int64_t first;
	size_t i;

	v->point_step = point_step_of(v->end - v->start, v->step);
	first = utc_floor(v->start, v->point_step);
	/* Points begin where windows do: of step alone they keep its phase. */
	if (v->point_step == v->step)
		first = v->start;
	v->point_n = (size_t)((v->end - 1 - first) / v->point_step) + 1;
	v->point = calloc(v->point_n, sizeof(*v->point));
	if (v->point == NULL)
		return fail_memory(f);
	for (i = 0; i < v->windows; i++) {
		int64_t at = (window[i].start - first) / v->point_step;

		if (!tally_add_window(&v->point[at], &window[i]))
			return fail_set(f, FAIL_MEMORY,
					"the sums are larger than 2^53");
	}
	for (i = 0; i < v->point_n; i++)
		v->point[i].start = first + (int64_t)i * v->point_step;
	return 0;
}

static int
by_plays(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Rounded up, so that a point of one play needs a median of at most 100. */
static int
find_least_plays(struct view *v, struct fail *f)
{
	int64_t *plays = malloc(v->point_n * sizeof(*plays));
	size_t i, n = 0;

	if (plays == NULL)
		return fail_memory(f);
	for (i = 0; i < v->point_n; i++)
		if (v->point[i].windows > 0)
			plays[n++] = v->point[i].sum[TALLY_PLAYS];
	qsort(plays, n, sizeof(*plays), by_plays);
	v->least_plays = (plays[n / 2] + 99) / 100;
	if (plays[0] >= v->least_plays)
		v->least_plays = 0;
	free(plays);
	return 0;
}

double
view_point(const struct view *v, size_t i, tally_value_fn value, bool is_rate)
{
	const struct tally *t = &v->point[i];

	if (t->windows == 0 ||
	    (is_rate && t->sum[TALLY_PLAYS] < v->least_plays))
		return TALLY_UNKNOWN;
	return value(t);
}

static int64_t
period_of(const struct view *v)
{
	static const int64_t period[] = {28 * UTC_DAY, 7 * UTC_DAY, UTC_DAY,
					 UTC_HOUR};
	int64_t span = v->end - v->start;
	size_t i;

	if (v->option->period_us > 0)
		return v->option->period_us <= span / 2 ? v->option->period_us
							: 0;
	for (i = 0; i < sizeof(period) / sizeof(*period); i++)
		if (period[i] <= span / 2 && period[i] % v->step == 0)
			return period[i];
	return 0;
}

/* Sums cannot overflow here: those of all windows together did not. */
static void
compare_periods(struct view *v, const struct tally *window)
{
	size_t i;

	v->period_us = period_of(v);
	if (v->period_us == 0)
		return;
	for (i = 0; i < v->windows; i++) {
		int64_t age = v->end - window[i].start;
		struct tally *t = age <= v->period_us	    ? &v->latest
				  : age <= 2 * v->period_us ? &v->before
							    : NULL;

		if (t != NULL && !tally_add_window(t, &window[i]))
			v->period_us = 0;
	}
	if (v->before.windows == 0)
		v->period_us = 0;
}

static void
fold_week(struct view *v, const struct tally *window)
{
	size_t i;

	v->has_hours_of_week = v->step <= UTC_HOUR &&
			       v->end - v->start > 2 * UTC_DAY;
	if (!v->has_hours_of_week)
		return;
	for (i = 0; i < v->windows; i++) {
		int64_t hour = utc_floor(window[i].start, UTC_HOUR) / UTC_HOUR;
		int64_t day = utc_floor(hour, 24) / 24;
		struct tally *t =
			&v->hour_of_week[utc_weekday(day)][hour - day * 24];

		if (!tally_add_window(t, &window[i]))
			v->has_hours_of_week = false;
	}
}

static void
look_at_clock(struct view *v)
{
	int64_t limit = v->option->stale_after_us;

	if (limit == 0)
		limit = 3 * v->step > 10 * UTC_MINUTE ? 3 * v->step
						      : 10 * UTC_MINUTE;
	v->lag_us = v->option->now_us - v->end;
	v->is_stale = v->lag_us > limit;
}

int
view_open(struct view *v, const struct chart_board *b,
	  const struct chart_options *o, struct fail *f)
{
	struct tally *window;
	size_t i;
	int rc = 0;

	*v = (struct view){.board = b, .option = o};
	v->windows = b->window_index.len;
	if (v->windows == 0)
		return 0;
	window = sorted_windows(b);
	if (window == NULL)
		return fail_memory(f);
	v->step = step_of(b, window, v->windows);
	v->start = window[0].start;
	v->end = window[v->windows - 1].start + v->step;
	for (i = 0; i < v->windows && rc == 0; i++)
		if (!tally_add_window(&v->total, &window[i]))
			rc = fail_set(f, FAIL_MEMORY,
				      "the sums are larger than 2^53");
	if (rc == 0)
		rc = build_points(v, window, f);
	if (rc == 0)
		rc = find_least_plays(v, f);
	if (rc == 0) {
		compare_periods(v, window);
		fold_week(v, window);
		look_at_clock(v);
	}
	free(window);
	if (rc != 0)
		view_release(v);
	return rc;
}

void
view_release(struct view *v)
{
	free(v->point);
	v->point = NULL;
	v->point_n = 0;
}

/* ---- rankings ---- */

static bool
is_before(const struct board_entry *x, const struct board_entry *y)
{
	int64_t p = x->tally.sum[TALLY_PLAYS], q = y->tally.sum[TALLY_PLAYS];
	int c;

	if (p != q)
		return p > q;
	c = str_compare(x->name, y->name);
	return c != 0 ? c < 0 : str_compare(x->artist, y->artist) < 0;
}

/* By insertion: the list is short, and most entries are not in it. */
struct view_top
view_top(const struct board_ranking *r, size_t most)
{
	struct view_top top = {.n = 0};
	size_t i, at;

	if (most > VIEW_TOP)
		most = VIEW_TOP;
	for (i = 0; i < r->index.len; i++) {
		const struct board_entry *e = &r->entry[i];

		if (top.n < most)
			at = top.n++;
		else if (most > 0 && is_before(e, top.entry[most - 1]))
			at = most - 1;
		else
			continue;
		for (; at > 0 && is_before(e, top.entry[at - 1]); at--)
			top.entry[at] = top.entry[at - 1];
		top.entry[at] = e;
	}
	return top;
}
