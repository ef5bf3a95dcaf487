/* SPDX-License-Identifier: MIT */
/*
 * When people listen: the mean plays of an hour for each hour of the week,
 * darker for more. Hours without a window are left open.
 */
#include "chart/figure.h"
#include "chart/htmlpage.h"

#include "base/banned.h"

#define ROW_HEIGHT 22

/* Mean plays of that hour of the week, or TALLY_UNKNOWN. */
static double
mean_plays(const struct view *v, unsigned day, unsigned hour)
{
	const struct tally *t = &v->hour_of_week[day][hour];
	double plays = tally_plays(t);

	if (t->windows == 0 || plays < 0)
		return TALLY_UNKNOWN;
	/* Windows shorter than an hour: so many make up one. */
	return plays / (double)t->windows *
	       ((double)UTC_HOUR / (double)v->step);
}

static double
highest_mean(const struct view *v)
{
	double max = 0;
	unsigned day, hour;

	for (day = 0; day < 7; day++)
		for (hour = 0; hour < 24; hour++)
			if (mean_plays(v, day, hour) > max)
				max = mean_plays(v, day, hour);
	return max;
}

static void
put_cell(struct sheet *s, unsigned day, unsigned hour, double mean, double max)
{
	if (mean < 0)
		return;
	sheet_rawf(s,
		   "<rect x=\"%u.04\" y=\"%u.06\" width=\".92\" "
		   "height=\".88\" fill-opacity=\"%.2f\"><title>%s %02u:00\n",
		   hour, day, 0.06 + 0.94 * mean / max, figure_weekday(day),
		   hour);
	figure_decimal(s, mean);
	sheet_raw(s, " plays</title></rect>");
}

static void
put_grid(struct sheet *s, const struct view *v, double max)
{
	unsigned day, hour;

	sheet_rawf(s, "<svg class=\"up\" width=\"44\" height=\"%d\">",
		   7 * ROW_HEIGHT + 22);
	for (day = 0; day < 7; day++)
		sheet_rawf(s, "<text x=\"38\" y=\"%u\">%s</text>",
			   day * ROW_HEIGHT + ROW_HEIGHT / 2 + 4,
			   figure_weekday(day));
	sheet_rawf(s,
		   "</svg>\n<svg class=\"across\" width=\"100%%\" "
		   "height=\"%d\">\n",
		   7 * ROW_HEIGHT + 22);
	for (hour = 0; hour < 24; hour += 3)
		sheet_rawf(s,
			   "<text class=\"%s\" x=\"%.2f%%\" y=\"%d\">"
			   "%02u:00</text>",
			   hour % 6 == 0 ? "even" : "odd", hour / 24.0 * 100,
			   7 * ROW_HEIGHT + 16, hour);
	sheet_rawf(s,
		   "<svg class=\"cells\" width=\"100%%\" height=\"%d\" "
		   "viewBox=\"0 0 24 7\" preserveAspectRatio=\"none\">\n",
		   7 * ROW_HEIGHT);
	for (day = 0; day < 7; day++)
		for (hour = 0; hour < 24; hour++)
			put_cell(s, day, hour, mean_plays(v, day, hour), max);
	sheet_raw(s, "</svg></svg>");
}

static void
put_table(struct sheet *s, const struct view *v)
{
	unsigned day, hour;

	sheet_raw(s, "<details><summary>Plays by hour of the week as a table"
		     "</summary>\n<div class=\"scroll\" tabindex=\"0\" "
		     "role=\"region\" aria-label=\"Plays by hour of the week, "
		     "table\"><table>\n<thead><tr><th scope=\"col\">Hour "
		     "(UTC)</th>");
	for (day = 0; day < 7; day++)
		sheet_rawf(s, "<th scope=\"col\">%s</th>", figure_weekday(day));
	sheet_raw(s, "</tr></thead>\n<tbody>\n");
	for (hour = 0; hour < 24; hour++) {
		sheet_rawf(s, "<tr><th scope=\"row\">%02u:00</th>", hour);
		for (day = 0; day < 7; day++) {
			double mean = mean_plays(v, day, hour);

			sheet_raw(s, "<td>");
			if (mean < 0)
				sheet_raw(s, "no data");
			else
				figure_decimal(s, mean);
			sheet_raw(s, "</td>");
		}
		sheet_raw(s, "</tr>\n");
	}
	sheet_raw(s, "</tbody></table></div></details>\n");
}

void
heatmap_draw(struct sheet *s, const struct view *v)
{
	double max;

	if (!v->has_hours_of_week)
		return;
	max = highest_mean(v);
	if (max <= 0)
		return;
	sheet_raw(s, "<figure class=\"card wide\" id=\"week\">\n"
		     "<figcaption><h3>Plays by hour of the week</h3>"
		     "<p class=\"note\">Mean plays of an hour, UTC; darkest: ");
	figure_decimal(s, max);
	sheet_raw(s, ". Hours without data are left open.</p></figcaption>\n"
		     "<div class=\"plot heat\" role=\"img\" aria-label=\"Mean "
		     "plays by weekday and hour; the highest is ");
	figure_decimal(s, max);
	sheet_raw(s, " plays an hour.\">\n");
	put_grid(s, v, max);
	sheet_raw(s, "</div>\n");
	put_table(s, v);
	sheet_raw(s, "</figure>\n");
}
