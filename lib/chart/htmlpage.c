/* SPDX-License-Identifier: MIT */
/*
 * The page: head, sections, foot. It needs no network and no script, and its
 * policy (the meta element) says so to the browser; it works from a file, in
 * a mail, and printed. The style sheet comes from the caller
 * (share/dashboard/page.css), so that its looks can be changed without a
 * compiler.
 */
#include "chart/htmlpage.h"

#include "chart/figure.h"
#include "chart/linechart.h"

#include "base/banned.h"

static void
put_head(struct sheet *s, const struct view *v)
{
	const struct chart_options *o = v->option;

	sheet_raw(s, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		     "<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" "
		     "content=\"default-src 'none'; style-src "
		     "'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
		     "\n<meta name=\"viewport\" content=\"width=device-width, "
		     "initial-scale=1\">\n"
		     "<meta name=\"color-scheme\" content=\"light dark\">\n"
		     "<meta name=\"generator\" content=\"dash-html\">\n");
	if (o->refresh_s > 0)
		sheet_rawf(s,
			   "<meta http-equiv=\"refresh\" content=\"%lld\">\n",
			   (long long)o->refresh_s);
	sheet_raw(s, "<title>");
	sheet_text(s, str_of(o->title));
	sheet_raw(s, "</title>\n<style>\n");
	sheet_raw(s, o->css);
	sheet_raw(s, "</style>\n</head>\n<body>\n"
		     "<a class=\"skip\" href=\"#main\">Skip to the figures"
		     "</a>\n");
}

static void
put_header(struct sheet *s, const struct view *v)
{
	sheet_raw(s, "<header>\n<div><h1>");
	sheet_text(s, str_of(v->option->title));
	sheet_raw(s, "</h1>\n<p>");
	if (v->windows > 0) {
		figure_window(s, v->start, v->step);
		sheet_raw(s, " to ");
		figure_window(s, v->end, v->step);
		sheet_raw(s, " \xC2\xB7 a window is ");
		figure_duration(s, v->step);
		sheet_raw(s, " \xC2\xB7 all times are UTC");
	} else {
		sheet_raw(s, "No data");
	}
	sheet_raw(s, "</p></div>\n");
	health_draw_marks(s, v);
	sheet_raw(s, "</header>\n");
}

/* ---- lines over time ---- */

struct line_of {
	const char *name;
	tally_value_fn value;
};

/* Draw a chart of one or two lines. */
static void
put_chart(struct sheet *s, const struct view *v, struct linechart chart,
	  const struct line_of *line)
{
	double value[LINECHART_SERIES][VIEW_POINTS];
	size_t i, k;

	for (k = 0; k < chart.n; k++) {
		for (i = 0; i < v->point_n; i++)
			value[k][i] = view_point(v, i, line[k].value,
						 chart.unit == LINECHART_SHARE);
		chart.series[k].name = line[k].name;
		chart.series[k].value = value[k];
		chart.series[k].is_area = k == 0 &&
					  chart.unit == LINECHART_COUNT;
	}
	linechart_draw(s, v, &chart);
}

static void
put_charts(struct sheet *s, const struct view *v)
{
	static const struct line_of plays[] = {{"Plays", tally_plays},
					       {"Streams", tally_streams}};
	static const struct line_of listeners[] = {
		{"Listeners", tally_peak_listeners}};
	static const struct line_of rates[] = {
		{"Skip rate", tally_skip_rate},
		{"Completion rate", tally_completion_rate}};
	const struct linechart plays_chart = {
		.id = "plays", .title = "Plays and streams", .n = 2};
	const struct linechart listeners_chart = {
		.id = "listeners",
		.title = "Listeners",
		.note = v->point_step > v->step ? ", the busiest window of each"
						: "",
		.n = 1};
	const struct linechart rates_chart = {
		.id = "rates",
		.title = "Skip and completion rate",
		.note = v->least_plays > 0 ? ", where there are plays enough: "
					     "1% of the median or more"
					   : "",
		.unit = LINECHART_SHARE,
		.n = 2};

	sheet_raw(s, "<section aria-labelledby=\"time\">\n"
		     "<h2 id=\"time\">Over time</h2>\n");
	put_chart(s, v, plays_chart, plays);
	put_chart(s, v, listeners_chart, listeners);
	put_chart(s, v, rates_chart, rates);
	heatmap_draw(s, v);
	sheet_raw(s, "</section>\n");
}

/* ---- the whole ---- */

static void
put_empty(struct sheet *s)
{
	sheet_raw(s, "<section class=\"card empty\"><h2>No measures yet</h2>"
		     "<p>The input had no line. Once <code>agg-hourly</code> "
		     "has written a window, draw this page again.</p>"
		     "</section>\n");
}

static void
put_foot(struct sheet *s, const struct view *v)
{
	sheet_raw(s, "<footer><p>A play is a track started; a stream a play "
		     "of 30 seconds or longer. Listeners are different users "
		     "in a window: they do not add up over windows. A figure "
		     "that the events do not carry is not measured, which is "
		     "not 0.</p>\n<p>Drawn by dash-html from ");
	figure_count(s, (int64_t)v->board->lines);
	sheet_raw(s, " lines of measures at ");
	figure_time(s, v->option->now_us);
	sheet_raw(s, " UTC.</p></footer>\n</body>\n</html>\n");
}

int
chart_draw_html(const struct chart_board *b, const struct chart_options *o,
		struct buf *out, struct fail *f)
{
	struct sheet s = {out, false};
	struct view v;
	int rc = view_open(&v, b, o, f);

	if (rc != 0)
		return rc;
	put_head(&s, &v);
	put_header(&s, &v);
	sheet_raw(&s, "<main id=\"main\">\n");
	if (v.windows == 0) {
		put_empty(&s);
	} else {
		figurecards_draw(&s, &v);
		put_charts(&s, &v);
		barlists_draw(&s, &v);
	}
	health_draw(&s, &v);
	sheet_raw(&s, "</main>\n");
	put_foot(&s, &v);
	view_release(&v);
	return sheet_end(&s, f);
}
