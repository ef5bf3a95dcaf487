/* SPDX-License-Identifier: MIT */
/*
 * The same figures for a terminal: plain UTF-8 without colour or cursor
 * movement, so that it can be piped, mailed and looked at by watch(1). Lines
 * over time are rows of block characters, eight heights each.
 */
#include "chart/figure.h"
#include "chart/keyfigure.h"

#include "base/banned.h"

#define LABEL_COLUMNS	 18
#define LIST_ROWS	 10
#define LINE_COLUMNS_MAX 120

static void
put_heading(struct sheet *s, const char *title)
{
	sheet_rawf(s, "\n%s\n", title);
}

/* ---- lines ---- */

/* One of eight heights; a gap is a blank, a 0 the lowest block. */
static void
put_block(struct sheet *s, double value, double top)
{
	static const char *const block[] = {
		"\xE2\x96\x81", "\xE2\x96\x82", "\xE2\x96\x83", "\xE2\x96\x84",
		"\xE2\x96\x85", "\xE2\x96\x86", "\xE2\x96\x87", "\xE2\x96\x88"};
	int height;

	if (value < 0) {
		sheet_raw(s, " ");
		return;
	}
	height = top > 0 ? (int)(value / top * 7 + 0.5) : 0;
	sheet_raw(s, block[height > 7 ? 7 : height]);
}

struct line {
	const char *title;
	tally_value_fn value;
	bool is_rate;
};

/* The highest of the points that fall into column i of n. */
static double
column_value(const struct view *v, unsigned i, unsigned n,
	     const struct line *line)
{
	size_t first = v->point_n * i / n;
	size_t end = v->point_n * (i + 1) / n;
	double max = TALLY_UNKNOWN;
	size_t k;

	for (k = first; k < end || k == first; k++)
		if (view_point(v, k, line->value, line->is_rate) > max)
			max = view_point(v, k, line->value, line->is_rate);
	return max;
}

static void
put_line(struct sheet *s, const struct view *v, const struct line *line)
{
	unsigned columns = v->option->columns;
	unsigned i, n = columns > LABEL_COLUMNS + 20 ? columns - 2 : 36;
	double top = 0;

	if (n > LINE_COLUMNS_MAX)
		n = LINE_COLUMNS_MAX;
	if (n > v->point_n)
		n = (unsigned)v->point_n;
	for (i = 0; i < n; i++)
		if (column_value(v, i, n, line) > top)
			top = column_value(v, i, n, line);
	sheet_raw(s, "  ");
	for (i = 0; i < n; i++)
		put_block(s, column_value(v, i, n, line), top);
	sheet_raw(s, "\n");
}

/* ---- figures ---- */

/* The label, then blanks up to the column of the figures. */
static void
put_label(struct sheet *s, const char *label)
{
	sheet_rawf(s, "  %-16s", label);
}

static void
put_figures(struct sheet *s, const struct view *v)
{
	size_t i;

	for (i = 0; i < KEYFIGURES; i++) {
		const struct keyfigure *k = &keyfigures[i];

		put_label(s, k->label);
		keyfigure_put(s, k, k->value(&v->total));
		if (k->unit == KEYFIGURE_MEAN && k->value(&v->total) >= 0) {
			sheet_raw(s, " per ");
			figure_per(s, v->step);
			sheet_raw(s, ", busiest ");
			figure_count(s, v->total.peak_listeners);
		}
		if (keyfigure_has_change(v, k)) {
			sheet_raw(s, "   ");
			keyfigure_put_change(s, v, k);
		}
		sheet_raw(s, "\n");
	}
	if (v->period_us > 0) {
		sheet_raw(s, "  (change: the last ");
		figure_per(s, v->period_us);
		sheet_raw(s, " against the ");
		figure_per(s, v->period_us);
		sheet_raw(s, " before)\n");
	}
}

static void
put_lines(struct sheet *s, const struct view *v)
{
	static const struct line line[] = {
		{"Plays", tally_plays, false},
		{"Listeners", tally_peak_listeners, false},
		{"Skip rate", tally_skip_rate, true},
		{"Completion rate", tally_completion_rate, true},
	};
	size_t i;

	for (i = 0; i < sizeof(line) / sizeof(*line); i++) {
		if (line[i].value(&v->total) < 0)
			continue;
		put_heading(s, line[i].title);
		put_line(s, v, &line[i]);
	}
}

/* ---- lists ---- */

/* A bar of eighths of a block. */
static void
put_bar(struct sheet *s, int64_t value, int64_t most, unsigned columns)
{
	static const char *const part[] = {"",
					   "\xE2\x96\x8F",
					   "\xE2\x96\x8E",
					   "\xE2\x96\x8D",
					   "\xE2\x96\x8C",
					   "\xE2\x96\x8B",
					   "\xE2\x96\x8A",
					   "\xE2\x96\x89"};
	unsigned eighths = most > 0 ? (unsigned)((double)value / (double)most *
						 columns * 8)
				    : 0;

	sheet_repeat(s, "\xE2\x96\x88", eighths / 8);
	sheet_raw(s, part[eighths % 8]);
}

static void
put_row(struct sheet *s, const struct board_entry *e, int64_t most,
	unsigned names, unsigned bars)
{
	unsigned used;

	sheet_raw(s, "  ");
	used = sheet_plain(s, e->name, names);
	if (e->artist.n > 0 && used + 6 < names) {
		sheet_raw(s, " \xC2\xB7 ");
		used += 3 + sheet_plain(s, e->artist, names - used - 3);
	}
	sheet_repeat(s, " ", names + 2 - used);
	put_bar(s, e->tally.sum[TALLY_PLAYS], most, bars);
	sheet_raw(s, " ");
	figure_count(s, e->tally.sum[TALLY_PLAYS]);
	sheet_raw(s, "\n");
}

static void
put_list(struct sheet *s, const struct view *v, const struct board_ranking *r)
{
	unsigned columns = v->option->columns;
	unsigned names = columns > 60 ? columns / 2 : 30;
	unsigned bars = columns > names + 30 ? columns - names - 16 : 14;
	struct view_top top = view_top(r, LIST_ROWS);
	size_t i;

	for (i = 0; i < top.n; i++)
		put_row(s, top.entry[i], top.entry[0]->tally.sum[TALLY_PLAYS],
			names, bars);
}

static void
put_top(struct sheet *s, const struct view *v, const struct board_ranking *r,
	const char *title)
{
	sheet_rawf(s, "\n%s by %s\n", title,
		   v->board->is_of_streams ? "streams" : "plays");
	if (!r->is_measured) {
		sheet_raw(s, "  not measured\n");
		return;
	}
	if (v->board->lists > 1)
		sheet_rawf(s,
			   "  (summed from %zu lists of the first %zu: "
			   "at least so many)\n",
			   v->board->lists, v->board->longest_list);
	put_list(s, v, r);
}

static void
put_lists(struct sheet *s, const struct view *v)
{
	const struct chart_board *b = v->board;
	size_t i;

	put_top(s, v, &b->tracks, "Top tracks");
	put_top(s, v, &b->artists, "Top artists");
	for (i = 0; i < b->dimension_n; i++) {
		sheet_raw(s, "\nPlays by ");
		sheet_plain(s, b->dimension[i].name, LABEL_COLUMNS * 2);
		sheet_raw(s, "\n");
		put_list(s, v, &b->dimension[i].values);
	}
}

/* ---- quality and freshness ---- */

static void
put_rule(struct sheet *s, const struct board_rule *r)
{
	sheet_plain(s, r->type, 60);
	if (r->column.n > 0) {
		sheet_raw(s, " (");
		sheet_plain(s, r->column, 30);
		sheet_raw(s, ")");
	}
	if (r->unexpected >= 0) {
		sheet_raw(s, ": ");
		figure_count(s, r->unexpected);
		sheet_raw(s, r->unexpected == 1 ? " row" : " rows");
	}
	sheet_raw(s, "\n");
}

static void
put_quality(struct sheet *s, const struct view *v)
{
	const struct board_quality *q = &v->board->quality;
	size_t i;

	put_label(s, "Quality");
	if (!q->is_known) {
		sheet_raw(s, "not measured\n");
		return;
	}
	sheet_rawf(s, "%lld of %lld rules hold",
		   (long long)(q->rules - q->failed), (long long)q->rules);
	if (q->has_rows) {
		sheet_raw(s, "; ");
		figure_count(s, q->good);
		sheet_raw(s, " rows good, ");
		figure_count(s, q->bad);
		sheet_raw(s, " bad");
	}
	sheet_raw(s, "\n");
	for (i = 0; i < q->rule_n && i < LIST_ROWS; i++) {
		put_label(s, "  fails");
		put_rule(s, &q->rule[i]);
	}
	if (i < (size_t)q->failed)
		sheet_rawf(s, "  and %lld more\n",
			   (long long)q->failed - (long long)i);
}

static void
put_freshness(struct sheet *s, const struct view *v)
{
	put_label(s, "Data until");
	figure_time(s, v->end);
	sheet_raw(s, " UTC, ");
	if (v->lag_us > 0) {
		figure_duration(s, v->lag_us);
		sheet_rawf(s, " behind%s\n", v->is_stale ? ": stale" : "");
	} else {
		sheet_raw(s, "up to date\n");
	}
}

/* ---- the whole ---- */

static void
put_title(struct sheet *s, const struct view *v)
{
	sheet_plain(s, str_of(v->option->title), v->option->columns);
	sheet_raw(s, "\n");
	if (v->windows == 0) {
		sheet_raw(s, "No measures yet: the input had no line.\n");
		return;
	}
	figure_window(s, v->start, v->step);
	sheet_raw(s, " to ");
	figure_window(s, v->end, v->step);
	sheet_raw(s, " UTC\nWindows of ");
	figure_duration(s, v->step);
	sheet_raw(s, "\n\n");
}

int
chart_draw_term(const struct chart_board *b, const struct chart_options *o,
		struct buf *out, struct fail *f)
{
	struct sheet s = {out, false};
	struct view v;
	int rc = view_open(&v, b, o, f);

	if (rc != 0)
		return rc;
	put_title(&s, &v);
	if (v.windows > 0) {
		put_figures(&s, &v);
		put_lines(&s, &v);
		put_lists(&s, &v);
	}
	put_heading(&s, "Quality and freshness");
	put_quality(&s, &v);
	if (v.windows > 0)
		put_freshness(&s, &v);
	view_release(&v);
	return sheet_end(&s, f);
}
