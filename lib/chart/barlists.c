/* SPDX-License-Identifier: MIT */
/*
 * Rankings as tables with a bar in each row: top tracks and artists, and the
 * values of each dimension. A window's list is cut at its top k, so a sum
 * over windows is a lower bound, and the page says so.
 */
#include <stdlib.h>

#include "chart/figure.h"
#include "chart/htmlpage.h"

#include "base/banned.h"

#define TOP_ROWS       15
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

static bool
put_top(struct sheet *s, const struct view *v, const struct board_ranking *r,
	const char *title, const char *column)
{
	size_t i, n = TOP_ROWS;
	const struct board_entry **top = view_top(r, &n);

	if (top == NULL && r->index.len > 0)
		return false;
	sheet_rawf(s, "<figure class=\"card\"><figcaption><h3>%s</h3>", title);
	if (!r->is_measured) {
		sheet_raw(s, "</figcaption><p class=\"unmeasured\">Not "
			     "measured: the measures carry no such list.</p>"
			     "</figure>\n");
		return true;
	}
	if (v->windows > 1)
		sheet_rawf(s,
			   "<p class=\"note\">Summed from the top %zu of each "
			   "window: at least so many plays.</p>",
			   r->longest);
	sheet_rawf(s,
		   "</figcaption>\n<table class=\"bars\"><thead><tr>"
		   "<th scope=\"col\">#</th><th scope=\"col\" "
		   "class=\"words\">%s</th>"
		   "<th scope=\"col\">Plays</th></tr></thead>\n<tbody>\n",
		   column);
	for (i = 0; i < n; i++) {
		sheet_rawf(s, "<tr><td>%zu</td><th scope=\"row\">", i + 1);
		put_name(s, top[i]);
		put_bar(s, top[i]->tally.sum[TALLY_PLAYS],
			top[0]->tally.sum[TALLY_PLAYS]);
		sheet_raw(s, "</th><td>");
		figure_count(s, top[i]->tally.sum[TALLY_PLAYS]);
		sheet_raw(s, "</td></tr>\n");
	}
	sheet_raw(s, "</tbody></table></figure>\n");
	free(top);
	return true;
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

static bool
put_dimension(struct sheet *s, const struct view *v,
	      const struct board_dimension *d)
{
	size_t i, n = DIMENSION_ROWS;
	const struct board_entry **top = view_top(&d->values, &n);
	struct tally shown = {0};
	int64_t most;

	if (top == NULL)
		return false; /* a dimension has at least one value */
	most = top[0]->tally.sum[TALLY_PLAYS];
	put_dimension_head(s, v, d);
	for (i = 0; i < n; i++) {
		sheet_raw(s, "<tr><th scope=\"row\">");
		put_name(s, top[i]);
		put_bar(s, top[i]->tally.sum[TALLY_PLAYS], most);
		put_dimension_figures(s, v, &top[i]->tally);
		if (!tally_add_window(&shown, &top[i]->tally))
			break;
	}
	put_rest(s, v, &shown);
	sheet_raw(s, "</tbody></table></figure>\n");
	free(top);
	return true;
}

bool
barlists_draw(struct sheet *s, const struct view *v)
{
	const struct chart_board *b = v->board;
	bool is_done;
	size_t i;

	sheet_raw(s, "<section aria-labelledby=\"top\">\n"
		     "<h2 id=\"top\">Most played</h2>\n<div class=\"pair\">\n");
	is_done = put_top(s, v, &b->tracks, "Top tracks", "Track") &&
		  put_top(s, v, &b->artists, "Top artists", "Artist");
	sheet_raw(s, "</div></section>\n");
	if (b->dimension_n == 0)
		return is_done;
	sheet_raw(s, "<section aria-labelledby=\"groups\">\n"
		     "<h2 id=\"groups\">Who and where</h2>\n"
		     "<div class=\"pair\">\n");
	for (i = 0; i < b->dimension_n && is_done; i++)
		is_done = put_dimension(s, v, &b->dimension[i]);
	sheet_raw(s, "</div></section>\n");
	return is_done;
}
