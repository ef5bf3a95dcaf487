/* SPDX-License-Identifier: MIT */
/*
 * keyfigure - the figures that a page leads with: the same six, in the same
 * words, in HTML and on a terminal.
 */
#ifndef CHART_KEYFIGURE_H
#define CHART_KEYFIGURE_H

#include "chart/sheet.h"
#include "chart/view.h"

enum keyfigure_unit {
	KEYFIGURE_COUNT,
	KEYFIGURE_HOURS, /* of a value in ms */
	KEYFIGURE_SHARE, /* 0 to 1, shown in per cent */
	KEYFIGURE_MEAN,	 /* per window */
};

struct keyfigure {
	const char *label;
	const char *what; /* in a few words; of a mean, the window follows */
	enum keyfigure_unit unit;
	tally_value_fn value;
};

#define KEYFIGURES 6
extern const struct keyfigure keyfigures[KEYFIGURES];

/* The value as text; "not measured" for TALLY_UNKNOWN. */
void keyfigure_put(struct sheet *s, const struct keyfigure *k, double value);

/*
 * Can the latest period be compared with the one before? Then
 * keyfigure_put_change says by how much: a share in points, all else in
 * per cent, with an arrow in front.
 */
bool keyfigure_has_change(const struct view *v, const struct keyfigure *k);
void keyfigure_put_change(struct sheet *s, const struct view *v,
			  const struct keyfigure *k);

#endif
