/* SPDX-License-Identifier: MIT */
/*
 * The key figures: a card each with the figure over the whole page, the
 * latest period beside the one before it, and a small line.
 */
#include "chart/figure.h"
#include "chart/htmlpage.h"
#include "chart/keyfigure.h"
#include "chart/linechart.h"

#include "base/banned.h"

#define SPARK_POINTS 60

static void
put_period(struct sheet *s, const struct view *v, const struct keyfigure *card)
{
	if (!keyfigure_has_change(v, card))
		return;
	sheet_raw(s, "<dd class=\"change\"><b>");
	keyfigure_put_change(s, v, card);
	sheet_raw(s, "</b> last ");
	figure_per(s, v->period_us);
	sheet_raw(s, ": ");
	keyfigure_put(s, card, card->value(&v->latest));
	sheet_raw(s, "</dd>");
}

static void
put_spark(struct sheet *s, const struct view *v, const struct keyfigure *card)
{
	struct tally sum;
	double value[SPARK_POINTS];
	size_t each = v->point_n / SPARK_POINTS + 1;
	size_t i, n = 0;

	/* Whole sums only: what is left over is at the old end. */
	for (i = v->point_n % each; i < v->point_n; i += each) {
		size_t k;

		sum = (struct tally){0};
		for (k = i; k < i + each; k++)
			if (!tally_add_window(&sum, &v->point[k]))
				return;
		value[n++] = sum.windows == 0 ? TALLY_UNKNOWN
					      : card->value(&sum);
	}
	sheet_raw(s, "<dd class=\"line-only\">");
	linechart_spark(s, value, n);
	sheet_raw(s, "</dd>");
}

static void
put_card(struct sheet *s, const struct view *v, const struct keyfigure *card)
{
	double value = card->value(&v->total);

	sheet_rawf(s, "<div class=\"card\"><dt>%s <span>%s", card->label,
		   card->what);
	if (card->unit == KEYFIGURE_MEAN) {
		sheet_raw(s, " ");
		figure_per(s, v->step);
	}
	sheet_raw(s, "</span></dt>");
	if (value < 0) {
		sheet_raw(s, "<dd class=\"unmeasured\">not measured</dd>"
			     "</div>\n");
		return;
	}
	sheet_raw(s, "<dd class=\"big\">");
	keyfigure_put(s, card, value);
	sheet_raw(s, "</dd>");
	if (card->unit == KEYFIGURE_MEAN) {
		sheet_raw(s, "<dd class=\"more\">busiest ");
		figure_per(s, v->step);
		sheet_raw(s, ": ");
		figure_count(s, v->total.peak_listeners);
		sheet_raw(s, "</dd>");
	}
	put_period(s, v, card);
	put_spark(s, v, card);
	sheet_raw(s, "</div>\n");
}

void
figurecards_draw(struct sheet *s, const struct view *v)
{
	size_t i;

	sheet_raw(s, "<section aria-labelledby=\"figures\">\n"
		     "<h2 id=\"figures\">Key figures</h2>\n");
	if (v->period_us > 0) {
		sheet_raw(s, "<p class=\"note\">Over the whole page; the "
			     "change compares the last ");
		figure_per(s, v->period_us);
		sheet_raw(s, " of data with the ");
		figure_per(s, v->period_us);
		sheet_raw(s, " before.</p>\n");
	}
	sheet_raw(s, "<dl class=\"cards\">\n");
	for (i = 0; i < KEYFIGURES; i++)
		put_card(s, v, &keyfigures[i]);
	sheet_raw(s, "</dl></section>\n");
}
