/* SPDX-License-Identifier: MIT */
/*
 * Lines over time. A figure must fit a phone and a wall screen without a
 * script, so the axis labels stand in SVG elements that do not scale (places
 * across are in per cent), and only the lines are in an inner one that is
 * stretched: a point is one unit wide there and the axis TALL units high.
 * Missing points interrupt a line; a point alone between two gaps is a dot.
 */
#include "chart/linechart.h"

#include "chart/figure.h"
#include "chart/scale.h"

#include "base/banned.h"

#define TALL	     1000 /* units from the axis to its top */
#define PLOT_TOP     10	  /* pixels; the label of the top tick needs them */
#define PLOT_HEIGHT  180
#define TICKS_UP     4
#define TICKS_ACROSS 8
#define HOVER_POINTS 400 /* more points are too narrow to point at */

static bool
is_known(double value)
{
	return value >= 0;
}

static bool
is_measured(const struct linechart_series *series, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_known(series->value[i]))
			return true;
	return false;
}

static double
highest(const double *value, size_t n)
{
	double max = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (value[i] > max)
			max = value[i];
	return max;
}

static void
put_value(struct sheet *s, enum linechart_unit unit, double value)
{
	if (!is_known(value))
		sheet_raw(s, unit == LINECHART_SHARE ? "no rate" : "no data");
	else if (unit == LINECHART_SHARE)
		figure_percent(s, value);
	else
		figure_count(s, (int64_t)(value + 0.5));
}

/* ---- paths ---- */

static int
height_of(double value, double top)
{
	return TALL - (int)(value / top * TALL + 0.5);
}

/* One run of known values from first to before end. */
static void
put_run(struct sheet *s, const double *value, size_t first, size_t end,
	double top)
{
	int last = height_of(value[first], top);
	size_t i;

	sheet_rawf(s, "M%zu.5 %d", first, last);
	if (end - first == 1)
		sheet_raw(s, "h0"); /* a round cap makes it a dot */
	else
		sheet_raw(s, "l");
	for (i = first + 1; i < end; i++) {
		int y = height_of(value[i], top);

		sheet_rawf(s, "%s1 %d", i > first + 1 ? " " : "", y - last);
		last = y;
	}
}

/* All runs; as an area, each closed along the axis. */
static void
put_runs(struct sheet *s, const double *value, size_t n, double top,
	 bool is_closed)
{
	size_t i = 0, end;

	while (i < n) {
		if (!is_known(value[i])) {
			i++;
			continue;
		}
		for (end = i + 1; end < n && is_known(value[end]); end++)
			;
		put_run(s, value, i, end, top);
		if (is_closed)
			sheet_rawf(s, "V%dH%zu.5z", TALL, i);
		i = end;
	}
}

static void
put_series(struct sheet *s, const struct linechart_series *series, size_t n,
	   double top, size_t number)
{
	if (series->is_area) {
		sheet_raw(s, "<path class=\"area\" d=\"");
		put_runs(s, series->value, n, top, true);
		sheet_raw(s, "\"/>");
	}
	sheet_rawf(s, "<path class=\"line s%zu\" d=\"", number + 1);
	put_runs(s, series->value, n, top, false);
	sheet_raw(s, "\"/>\n");
}

/* ---- axes ---- */

static void
put_up_axis(struct sheet *s, const struct scale *up, enum linechart_unit unit)
{
	unsigned i;

	sheet_rawf(s, "<svg class=\"up\" width=\"44\" height=\"%d\">",
		   PLOT_TOP + PLOT_HEIGHT + 26);
	for (i = 0; i <= up->n; i++) {
		sheet_rawf(s, "<text x=\"38\" y=\"%u\">",
			   PLOT_TOP + PLOT_HEIGHT - PLOT_HEIGHT * i / up->n +
				   4);
		if (unit == LINECHART_SHARE)
			sheet_rawf(s, "%.4g%%", up->step * i * 100);
		else
			figure_short(s, up->step * i);
		sheet_raw(s, "</text>");
	}
	sheet_raw(s, "</svg>\n");
}

static void
put_grid(struct sheet *s, const struct scale *up)
{
	unsigned i;

	for (i = 0; i <= up->n; i++) {
		unsigned y = PLOT_TOP + PLOT_HEIGHT - PLOT_HEIGHT * i / up->n;

		sheet_rawf(s,
			   "<line class=\"%s\" x1=\"0\" x2=\"100%%\" "
			   "y1=\"%u.5\" y2=\"%u.5\"/>",
			   i == 0 ? "base" : "grid", y, y);
	}
	sheet_raw(s, "\n");
}

static void
put_time_axis(struct sheet *s, const struct view *v)
{
	struct scale_tick tick[SCALE_TICKS];
	int64_t start = v->point[0].start;
	int64_t end = start + (int64_t)v->point_n * v->point_step;
	size_t n = scale_times(start, end, TICKS_ACROSS, tick);
	size_t i;

	for (i = 0; i < n; i++) {
		double at = (double)(tick[i].at - start) /
			    (double)(end - start) * 100;

		sheet_rawf(s,
			   "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" "
			   "y1=\"%d\" y2=\"%d\"/>",
			   at, at, PLOT_TOP + PLOT_HEIGHT,
			   PLOT_TOP + PLOT_HEIGHT + 5);
		if (at < 96)
			sheet_rawf(s,
				   "<text class=\"%s\" x=\"%.2f%%\" dx=\"3\" "
				   "y=\"%d\">%s</text>",
				   i % 2 == 0 ? "even" : "odd", at,
				   PLOT_TOP + PLOT_HEIGHT + 18, tick[i].label);
	}
	sheet_raw(s, "\n");
}

/* ---- what is under the pointer ---- */

static void
put_hover(struct sheet *s, const struct view *v, const struct linechart *c)
{
	size_t i, k;

	if (v->point_n > HOVER_POINTS)
		return;
	for (i = 0; i < v->point_n; i++) {
		sheet_rawf(s,
			   "<rect class=\"hover\" x=\"%zu\" width=\"1\" "
			   "height=\"%d\"><title>",
			   i, TALL);
		figure_window(s, v->point[i].start, v->point_step);
		for (k = 0; k < c->n; k++) {
			sheet_rawf(s, "\n%s: ", c->series[k].name);
			put_value(s, c->unit, c->series[k].value[i]);
		}
		sheet_raw(s, "</title></rect>");
	}
	sheet_raw(s, "\n");
}

/* ---- the parts of the figure ---- */

static void
put_legend(struct sheet *s, const struct linechart *c, size_t points)
{
	size_t k;

	sheet_raw(s, "<ul class=\"legend\">");
	for (k = 0; k < c->n; k++) {
		sheet_rawf(s,
			   "<li><svg width=\"26\" height=\"10\" "
			   "aria-hidden=\"true\"><path class=\"line s%zu\" "
			   "d=\"M2 5h22\"/></svg> %s",
			   k + 1, c->series[k].name);
		if (!is_measured(&c->series[k], points))
			sheet_raw(s, " <em>not measured</em>");
		sheet_raw(s, "</li>");
	}
	sheet_raw(s, "</ul>\n");
}

/* What somebody hears who does not see the lines. */
static void
put_spoken(struct sheet *s, const struct view *v, const struct linechart *c)
{
	size_t i, k;

	sheet_rawf(s, "%s, ", c->title);
	figure_window(s, v->start, v->step);
	sheet_raw(s, " to ");
	figure_window(s, v->end, v->step);
	sheet_raw(s, " UTC.");
	for (k = 0; k < c->n; k++) {
		const struct linechart_series *series = &c->series[k];
		size_t best = 0;

		sheet_rawf(s, " %s: ", series->name);
		if (!is_measured(series, v->point_n)) {
			sheet_raw(s, "not measured.");
			continue;
		}
		for (i = 0; i < v->point_n; i++)
			if (series->value[i] > series->value[best])
				best = i;
		sheet_raw(s, "highest ");
		put_value(s, c->unit, series->value[best]);
		sheet_raw(s, ", ");
		figure_window(s, v->point[best].start, v->point_step);
		sheet_raw(s, ".");
	}
}

static void
put_plot(struct sheet *s, const struct view *v, const struct linechart *c)
{
	struct scale up;
	double max = 0;
	size_t k;

	for (k = 0; k < c->n; k++) {
		double top = highest(c->series[k].value, v->point_n);

		if (top > max)
			max = top;
	}
	up = scale_of(max, TICKS_UP, c->unit == LINECHART_COUNT);
	sheet_raw(s, "<div class=\"plot\" role=\"img\" aria-label=\"");
	put_spoken(s, v, c);
	sheet_raw(s, "\">\n");
	put_up_axis(s, &up, c->unit);
	sheet_rawf(s, "<svg class=\"across\" width=\"100%%\" height=\"%d\">\n",
		   PLOT_TOP + PLOT_HEIGHT + 26);
	put_grid(s, &up);
	put_time_axis(s, v);
	sheet_rawf(s,
		   "<svg class=\"lines\" y=\"%d\" width=\"100%%\" "
		   "height=\"%d\" viewBox=\"0 0 %zu %d\" "
		   "preserveAspectRatio=\"none\">\n",
		   PLOT_TOP, PLOT_HEIGHT, v->point_n, TALL);
	for (k = 0; k < c->n; k++)
		put_series(s, &c->series[k], v->point_n, up.top, k);
	put_hover(s, v, c);
	sheet_raw(s, "</svg></svg></div>\n");
}

static void
put_table(struct sheet *s, const struct view *v, const struct linechart *c)
{
	size_t i, k;

	sheet_rawf(s,
		   "<details><summary>%s as a table</summary>\n"
		   "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		   "aria-label=\"%s, table\"><table>\n<thead><tr>"
		   "<th scope=\"col\">Time (UTC)</th>",
		   c->title, c->title);
	for (k = 0; k < c->n; k++)
		sheet_rawf(s, "<th scope=\"col\">%s</th>", c->series[k].name);
	sheet_raw(s, "</tr></thead>\n<tbody>\n");
	for (i = 0; i < v->point_n; i++) {
		sheet_raw(s, "<tr><th scope=\"row\">");
		figure_time(s, v->point[i].start);
		sheet_raw(s, "</th>");
		for (k = 0; k < c->n; k++) {
			sheet_raw(s, "<td>");
			put_value(s, c->unit, c->series[k].value[i]);
			sheet_raw(s, "</td>");
		}
		sheet_raw(s, "</tr>\n");
	}
	sheet_raw(s, "</tbody></table></div></details>\n");
}

void
linechart_draw(struct sheet *s, const struct view *v, const struct linechart *c)
{
	bool has_values = false;
	size_t k;

	for (k = 0; k < c->n; k++)
		if (is_measured(&c->series[k], v->point_n))
			has_values = true;
	sheet_rawf(s,
		   "<figure class=\"card wide\" id=\"%s\">\n"
		   "<figcaption><h3>%s</h3><p class=\"note\">Per ",
		   c->id, c->title);
	figure_per(s, v->point_step);
	sheet_rawf(s, "%s, UTC</p>\n", c->note == NULL ? "" : c->note);
	put_legend(s, c, v->point_n);
	sheet_raw(s, "</figcaption>\n");
	if (has_values) {
		put_plot(s, v, c);
		put_table(s, v, c);
	} else {
		sheet_raw(s, "<p class=\"unmeasured\">Not measured: the "
			     "events carry nothing to tell it from.</p>\n");
	}
	sheet_raw(s, "</figure>\n");
}

void
linechart_spark(struct sheet *s, const double *value, size_t n)
{
	double top = highest(value, n);

	if (n < 2 || top <= 0)
		return;
	sheet_rawf(s,
		   "<svg class=\"spark\" width=\"100%%\" height=\"32\" "
		   "viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
		   "aria-hidden=\"true\"><path class=\"area\" d=\"",
		   n, TALL);
	put_runs(s, value, n, top, true);
	sheet_raw(s, "\"/><path class=\"line\" d=\"");
	put_runs(s, value, n, top, false);
	sheet_raw(s, "\"/></svg>");
}
