/* SPDX-License-Identifier: MIT */
/*
 * Can these figures be trusted? Quality: rows judged good and bad and the
 * rules that failed. Freshness: how far the data lags behind the clock. A
 * state is always said in words beside its colour.
 */
#include "chart/figure.h"
#include "chart/htmlpage.h"

#include "base/banned.h"

static double
bad_share(const struct board_quality *q)
{
	int64_t rows = q->good + q->bad;

	return rows > 0 ? (double)q->bad / (double)rows : 0;
}

/* ---- marks ---- */

static void
put_mark(struct sheet *s, bool is_good, const char *sign)
{
	sheet_rawf(s,
		   "<li class=\"mark %s\"><span aria-hidden=\"true\">%s"
		   "</span> ",
		   is_good ? "good" : "poor", sign);
}

void
health_draw_marks(struct sheet *s, const struct view *v)
{
	const struct board_quality *q = &v->board->quality;

	sheet_raw(s, "<ul class=\"marks\">");
	if (v->windows > 0) {
		put_mark(s, !v->is_stale, v->is_stale ? "!" : "\xE2\x9C\x93");
		sheet_raw(s, v->is_stale ? "Stale: " : "Fresh: ");
		if (v->lag_us > 0) {
			figure_duration(s, v->lag_us);
			sheet_raw(s, " behind</li>");
		} else {
			sheet_raw(s, "up to date</li>");
		}
	}
	if (q->is_known) {
		put_mark(s, q->failed == 0,
			 q->failed == 0 ? "\xE2\x9C\x93" : "!");
		if (q->failed == 0)
			sheet_raw(s, "Quality: all rules hold</li>");
		else
			sheet_rawf(s, "Quality: %lld of %lld rules fail</li>",
				   (long long)q->failed, (long long)q->rules);
	} else {
		sheet_raw(s, "<li class=\"mark\">Quality: not measured</li>");
	}
	sheet_raw(s, "</ul>\n");
}

/* ---- quality ---- */

static void
put_rows(struct sheet *s, const struct board_quality *q)
{
	if (!q->has_rows) {
		sheet_raw(s, "<p class=\"unmeasured\">Rows: not measured."
			     "</p>\n");
		return;
	}
	sheet_raw(s, "<p><b>");
	figure_percent(s, 1 - bad_share(q));
	sheet_raw(s, "</b> of ");
	figure_count(s, q->good + q->bad);
	sheet_raw(s, " rows are good; <b>");
	figure_count(s, q->bad);
	sheet_raw(s, "</b> are bad and kept apart.</p>\n");
	sheet_rawf(s,
		   "<svg class=\"split\" width=\"100%%\" height=\"10\" "
		   "aria-hidden=\"true\"><rect class=\"poor\" width=\"100%%\" "
		   "height=\"10\" rx=\"3\"/><rect width=\"%.2f%%\" "
		   "height=\"10\" rx=\"3\"/></svg>\n",
		   (1 - bad_share(q)) * 100);
}

/* May be broken behind each underscore. */
static void
put_rule_name(struct sheet *s, struct str name)
{
	size_t i, from = 0;

	if (name.n == 0) {
		sheet_raw(s, "<em>no name</em>");
		return;
	}
	for (i = 0; i < name.n; i++) {
		if (name.p[i] != '_')
			continue;
		sheet_text(s, (struct str){name.p + from, i + 1 - from});
		sheet_raw(s, "<wbr>");
		from = i + 1;
	}
	sheet_text(s, (struct str){name.p + from, name.n - from});
}

static void
put_rules(struct sheet *s, const struct board_quality *q)
{
	size_t i;

	if (q->rule_n == 0) {
		sheet_rawf(s, "<p>All %lld rules hold.</p>\n",
			   (long long)q->rules);
		return;
	}
	sheet_raw(s, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
		     "aria-label=\"Rules that fail\"><table><thead><tr>"
		     "<th scope=\"col\">Rule that fails</th>"
		     "<th scope=\"col\" class=\"words\">Column</th>"
		     "<th scope=\"col\" class=\"words\">Severity</th>"
		     "<th scope=\"col\">Rows</th>"
		     "<th scope=\"col\">Share</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < q->rule_n; i++) {
		const struct board_rule *r = &q->rule[i];

		sheet_raw(s, "<tr><th scope=\"row\">");
		put_rule_name(s, r->type);
		sheet_raw(s, "</th><td class=\"words\"><bdi>");
		sheet_text(s, r->column);
		sheet_raw(s, "</bdi></td><td class=\"words\">");
		sheet_text(s, r->severity);
		sheet_raw(s, "</td><td>");
		if (r->unexpected >= 0)
			figure_count(s, r->unexpected);
		sheet_raw(s, "</td><td>");
		if (r->share >= 0)
			figure_percent(s, r->share);
		sheet_raw(s, "</td></tr>\n");
	}
	sheet_raw(s, "</tbody></table></div>\n");
	if ((int64_t)q->rule_n < q->failed)
		sheet_rawf(s, "<p class=\"note\">The first %zu of %lld.</p>\n",
			   q->rule_n, (long long)q->failed);
}

static void
put_quality(struct sheet *s, const struct board_quality *q)
{
	sheet_raw(s, "<div class=\"card\"><h3>Quality</h3>\n");
	if (q->is_known) {
		put_rows(s, q);
		put_rules(s, q);
	} else {
		sheet_raw(s, "<p class=\"unmeasured\">Not measured: no "
			     "validation result was given.</p>\n");
	}
	sheet_raw(s, "</div>\n");
}

/* ---- freshness ---- */

static void
put_freshness(struct sheet *s, const struct view *v)
{
	sheet_raw(s, "<div class=\"card\"><h3>Freshness</h3>\n"
		     "<dl class=\"facts\">\n<dt>Last window begins</dt><dd>");
	figure_time(s, v->end - v->step);
	sheet_raw(s, " UTC</dd>\n<dt>Last window ends</dt><dd>");
	figure_time(s, v->end);
	sheet_raw(s, " UTC</dd>\n<dt>Page drawn</dt><dd>");
	figure_time(s, v->option->now_us);
	sheet_raw(s, " UTC</dd>\n<dt>Lag</dt><dd>");
	if (v->lag_us > 0)
		figure_duration(s, v->lag_us);
	else
		sheet_raw(s, "none: the last window is still open");
	sheet_raw(s, "</dd>\n<dt>Windows with data</dt><dd>");
	figure_count(s, (int64_t)v->windows);
	sheet_raw(s, " of ");
	figure_count(s, (v->end - v->start) / v->step);
	sheet_raw(s, "</dd>\n</dl></div>\n");
}

void
health_draw(struct sheet *s, const struct view *v)
{
	sheet_raw(s, "<section aria-labelledby=\"health\">\n"
		     "<h2 id=\"health\">Quality and freshness</h2>\n"
		     "<div class=\"pair\">\n");
	put_quality(s, &v->board->quality);
	if (v->windows > 0)
		put_freshness(s, v);
	sheet_raw(s, "</div></section>\n");
}
