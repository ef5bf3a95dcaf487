/* SPDX-License-Identifier: MIT */
/*
 * The key figures. A change is stated, not judged: whether more skips are
 * bad is the reader's to say.
 */
#include "chart/keyfigure.h"

#include "chart/figure.h"

#include "base/banned.h"

#define UP   "\xE2\x96\xB2" /* U+25B2 */
#define DOWN "\xE2\x96\xBC" /* U+25BC */

const struct keyfigure keyfigures[KEYFIGURES] = {
	{"Plays", "tracks started", KEYFIGURE_COUNT, tally_plays},
	{"Streams", "played 30 s or longer", KEYFIGURE_COUNT, tally_streams},
	{"Listeners", "mean per", KEYFIGURE_MEAN, tally_mean_listeners},
	{"Hours listened", "sum of time played", KEYFIGURE_HOURS,
	 tally_ms_played},
	{"Skip rate", "share of plays skipped", KEYFIGURE_SHARE,
	 tally_skip_rate},
	{"Completion rate", "share of plays heard to the end", KEYFIGURE_SHARE,
	 tally_completion_rate},
};

void
keyfigure_put(struct sheet *s, const struct keyfigure *k, double value)
{
	if (value < 0) {
		sheet_raw(s, "not measured");
		return;
	}
	switch (k->unit) {
	case KEYFIGURE_COUNT:
		figure_count(s, (int64_t)value);
		break;
	case KEYFIGURE_HOURS:
		figure_hours(s, (int64_t)value);
		break;
	case KEYFIGURE_SHARE:
		figure_percent(s, value);
		break;
	case KEYFIGURE_MEAN:
		figure_decimal(s, value);
		break;
	}
}

bool
keyfigure_has_change(const struct view *v, const struct keyfigure *k)
{
	return v->period_us > 0 && k->value(&v->latest) >= 0 &&
	       k->value(&v->before) >= 0;
}

void
keyfigure_put_change(struct sheet *s, const struct view *v,
		     const struct keyfigure *k)
{
	double latest = k->value(&v->latest);
	double before = k->value(&v->before);
	double change = latest > before ? latest - before : before - latest;
	bool is_share = k->unit == KEYFIGURE_SHARE;

	if (!is_share && before > 0)
		change /= before;
	if (change < 0.0005) { /* would be shown as 0.0 */
		sheet_raw(s, "= unchanged");
		return;
	}
	sheet_rawf(s, "%s ", latest > before ? UP : DOWN);
	if (is_share)
		sheet_rawf(s, "%.1f points", change * 100);
	else if (before > 0)
		figure_percent(s, change);
	else
		sheet_raw(s, "from 0");
}
