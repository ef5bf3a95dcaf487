/* SPDX-License-Identifier: MIT */
/*
 * linechart - lines over time as SVG in HTML, with a table behind them.
 */
#ifndef CHART_LINECHART_H
#define CHART_LINECHART_H

#include "chart/sheet.h"
#include "chart/view.h"

#define LINECHART_SERIES 2

enum linechart_unit {
	LINECHART_COUNT,
	LINECHART_SHARE, /* 0 to 1, shown in per cent */
};

struct linechart_series {
	const char *name;
	const double *value; /* one a point, TALLY_UNKNOWN for a gap */
	bool is_area;	     /* filled down to the axis */
};

struct linechart {
	const char *id; /* of the figure; letters and hyphens */
	const char *title;
	const char *note; /* behind "per hour" under the title; or NULL */
	enum linechart_unit unit;
	struct linechart_series series[LINECHART_SERIES];
	size_t n;
};

/*
 * The figure with axes, legend and table. A series without a known value is
 * named as not measured; with none known, no axes are drawn.
 */
void linechart_draw(struct sheet *s, const struct view *v,
		    const struct linechart *c);

/* A small line without axes, for beside a figure; n values. */
void linechart_spark(struct sheet *s, const double *value, size_t n);

#endif
