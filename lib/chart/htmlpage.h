/* SPDX-License-Identifier: MIT */
/*
 * The sections of the HTML page that are not line charts; private to the
 * page.
 */
#ifndef CHART_HTMLPAGE_H
#define CHART_HTMLPAGE_H

#include "chart/sheet.h"
#include "chart/view.h"

/* The key figures with their change. */
void figurecards_draw(struct sheet *s, const struct view *v);

/* Top tracks, top artists, and a list a dimension. */
void barlists_draw(struct sheet *s, const struct view *v);

/* Mean plays by weekday and hour. */
void heatmap_draw(struct sheet *s, const struct view *v);

/* The marks at the top of the page, and the section at its end. */
void health_draw_marks(struct sheet *s, const struct view *v);
void health_draw(struct sheet *s, const struct view *v);

#endif
