/* SPDX-License-Identifier: MIT */
/*
 * view - a board made ready to be drawn: windows in order, few enough points
 * for a chart, totals, and the latest period beside the one before.
 */
#ifndef CHART_VIEW_H
#define CHART_VIEW_H

#include "chart/board.h"

#define VIEW_POINTS 800 /* most points of a chart: a wide screen's pixels */

struct view {
	const struct chart_board *board;    /* borrowed */
	const struct chart_options *option; /* borrowed */

	/* The span of all windows, [start, end); step is a window's length.
	 * windows 0: the board is empty and all else is 0. */
	int64_t start, end, step;
	size_t windows; /* that had a line */

	/* The chart's points, without a hole: a gap has windows 0. */
	struct tally *point; /* owned */
	size_t point_n;
	int64_t point_step; /* a multiple of step */
	/* A point with fewer plays has no rate: 1 % of the median point; 0: no
	 * point has so few. One late event alone in its window would else be a
	 * rate of 100 %. */
	int64_t least_plays;

	struct tally total;
	/* The latest period, and the one before it. period_us 0: the data
	 * does not hold two, and nothing is compared. */
	int64_t period_us;
	struct tally latest, before;

	int64_t lag_us; /* now - end; below 0: the last window is still open */
	bool is_stale;

	/* By weekday (Monday first) and hour, UTC. */
	struct tally hour_of_week[7][24];
	bool has_hours_of_week; /* windows of an hour or less over two days */
};

int view_open(struct view *v, const struct chart_board *b,
	      const struct chart_options *o, struct fail *f) PORT_MUST_CHECK;
void view_release(struct view *v);

/* A point's value, TALLY_UNKNOWN for a gap; as a rate, also for a point of
 * few plays. */
double view_point(const struct view *v, size_t i, tally_value_fn value,
		  bool is_rate);

#define VIEW_TOP 15 /* rows of a list, at most */

struct view_top {
	const struct board_entry *entry[VIEW_TOP]; /* borrowed */
	size_t n;
};

/* The busiest entries of a ranking, at most `most`: by plays, then by name. */
struct view_top view_top(const struct board_ranking *r, size_t most);

#endif
