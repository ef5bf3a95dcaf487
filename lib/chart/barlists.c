/* SPDX-License-Identifier: MIT */
/*
 * Rankings as tables with a bar in each row: top tracks and artists, and the
 * values of each dimension. A window's list is cut at its top k, so a sum
 * over windows is a lower bound, and the page says so.
 */
#include "chart/figure.h"
#include "chart/htmlpage.h"

#include "base/banned.h"

#define DIMENSION_ROWS 12

static void
put_bar(struct sheet *s, int64_t value, int64_t most)
{
	double share = most > 0 ? (double)value / (double)most * 100 : 0;

	sheet_rawf(s,
		   "<svg class=\"bar\" width=\"100%%\" height=\"6\" "
		   "aria-hidden=\"true\"><rect width=\"%.1f%%\" height=\"6\" "
		   "rx=\"3\"/></svg>",
		   share);
}

static void
put_name(struct sheet *s, const struct board_entry *e)
{
	if (e->name.n == 0) {
		sheet_raw(s, "<em>no name</em>");
	} else {
		sheet_raw(s, "<bdi>");
		sheet_text(s, e->name);
		sheet_raw(s, "</bdi>");
	}
	if (e->artist.n > 0) {
		sheet_raw(s, " <span class=\"by\">\xC2\xB7 <bdi>");
		sheet_text(s, e->artist);
		sheet_raw(s, "</bdi></span>");
	}
}

static void
put_top(struct sheet *s, const struct view *v, const struct board_ranking *r,
	const char *title, const char *column)
{
	struct view_top top = view_top(r, VIEW_TOP);
	size_t i;

	sheet_rawf(s, "<figure class=\"card\"><figcaption><h3>%s</h3>", title);
	if (!r->is_measured) {
		sheet_raw(s, "</figcaption><p class=\"unmeasured\">Not "
			     "measured: the measures carry no such list.</p>"
			     "</figure>\n");
		return;
	}
	if (v->board->lists > 1)
		sheet_rawf(s,
			   "<p class=\"note\">Summed from %zu lists of the "
			   "first %zu: at least so many.</p>",
			   v->board->lists, v->board->longest_list);
	sheet_rawf(s,
		   "</figcaption>\n<table class=\"bars\"><thead><tr>"
		   "<th scope=\"col\">#</th><th scope=\"col\" "
		   "class=\"words\">%s</th>"
		   "<th scope=\"col\">%s</th></tr></thead>\n<tbody>\n",
		   column, v->board->is_of_streams ? "Streams" : "Plays");
	for (i = 0; i < top.n; i++) {
		int64_t plays = top.entry[i]->tally.sum[TALLY_PLAYS];

		sheet_rawf(s, "<tr><td>%zu</td><th scope=\"row\">", i + 1);
		put_name(s, top.entry[i]);
		put_bar(s, plays, top.entry[0]->tally.sum[TALLY_PLAYS]);
		sheet_raw(s, "</th><td>");
		figure_count(s, plays);
		sheet_raw(s, "</td></tr>\n");
	}
	sheet_raw(s, "</tbody></table></figure>\n");
}

/* ---- dimensions ---- */

/* The columns of rates are there when any line carries them. */
static bool
has_skips(const struct view *v)
{
	return tally_skip_rate(&v->total) >= 0;
}

static bool
has_completed(const struct view *v)
{
	return tally_completion_rate(&v->total) >= 0;
}

static void
put_rate(struct sheet *s, double rate)
{
	sheet_raw(s, "<td>");
	if (rate < 0)
		sheet_raw(s, "<em>not measured</em>");
	else
		figure_percent(s, rate);
	sheet_raw(s, "</td>");
}

/* The figures of a row, behind its name. */
static void
put_dimension_figures(struct sheet *s, const struct view *v,
		      const struct tally *t)
{
	double all = tally_plays(&v->total);

	sheet_raw(s, "</th><td>");
	figure_count(s, t->sum[TALLY_PLAYS]);
	sheet_raw(s, "</td>");
	put_rate(s,
		 all > 0 ? (double)t->sum[TALLY_PLAYS] / all : TALLY_UNKNOWN);
	if (has_skips(v))
		put_rate(s, tally_skip_rate(t));
	if (has_completed(v))
		put_rate(s, tally_completion_rate(t));
	sheet_raw(s, "</tr>\n");
}

/* What the rows shown leave over: other values, and lines without one. */
static void
put_rest(struct sheet *s, const struct view *v, const struct tally *shown)
{
	struct tally rest = v->total;
	int m;

	for (m = 0; m < TALLY_MEASURES; m++)
		rest.sum[m] -= shown->sum[m];
	rest.skip_plays -= shown->skip_plays;
	rest.completed_plays -= shown->completed_plays;
	if (rest.sum[TALLY_PLAYS] <= 0)
		return;
	sheet_raw(s, "<tr><th scope=\"row\"><em>all others</em>");
	put_dimension_figures(s, v, &rest);
}

static void
put_dimension_head(struct sheet *s, const struct view *v,
		   const struct board_dimension *d)
{
	sheet_raw(s, "<figure class=\"card\"><figcaption><h3>By ");
	sheet_text(s, d->name);
	sheet_raw(s, "</h3></figcaption>\n<table class=\"bars\"><thead><tr>"
		     "<th scope=\"col\">");
	sheet_text(s, d->name);
	sheet_raw(s, "</th><th scope=\"col\">Plays</th>"
		     "<th scope=\"col\">Share</th>");
	if (has_skips(v))
		sheet_raw(s, "<th scope=\"col\">Skipped</th>");
	if (has_completed(v))
		sheet_raw(s, "<th scope=\"col\">Completed</th>");
	sheet_raw(s, "</tr></thead>\n<tbody>\n");
}

static void
put_dimension(struct sheet *s, const struct view *v,
	      const struct board_dimension *d)
{
	struct view_top top = view_top(&d->values, DIMENSION_ROWS);
	struct tally shown = {0};
	size_t i;

	put_dimension_head(s, v, d);
	for (i = 0; i < top.n; i++) {
		const struct tally *t = &top.entry[i]->tally;

		sheet_raw(s, "<tr><th scope=\"row\">");
		put_name(s, top.entry[i]);
		put_bar(s, t->sum[TALLY_PLAYS],
			top.entry[0]->tally.sum[TALLY_PLAYS]);
		put_dimension_figures(s, v, t);
		if (!tally_add_window(&shown, t))
			break;
	}
	put_rest(s, v, &shown);
	sheet_raw(s, "</tbody></table></figure>\n");
}

void
barlists_draw(struct sheet *s, const struct view *v)
{
	const struct chart_board *b = v->board;
	size_t i;

	sheet_raw(s, "<section aria-labelledby=\"top\">\n"
		     "<h2 id=\"top\">Most played</h2>\n<div class=\"pair\">\n");
	put_top(s, v, &b->tracks, "Top tracks", "Track");
	put_top(s, v, &b->artists, "Top artists", "Artist");
	sheet_raw(s, "</div></section>\n");
	if (b->dimension_n == 0)
		return;
	sheet_raw(s, "<section aria-labelledby=\"groups\">\n"
		     "<h2 id=\"groups\">Who and where</h2>\n"
		     "<div class=\"pair\">\n");
	for (i = 0; i < b->dimension_n; i++)
		put_dimension(s, v, &b->dimension[i]);
	sheet_raw(s, "</div></section>\n");
}
