/* SPDX-License-Identifier: MIT */
/*
 * figure - numbers and times as people read them. English grouping, one
 * decimal at most; the same in HTML and on a terminal.
 */
#ifndef CHART_FIGURE_H
#define CHART_FIGURE_H

#include "chart/sheet.h"

void figure_count(struct sheet *s, int64_t v);	    /* 1,234,567 */
void figure_decimal(struct sheet *s, double v);	    /* 12.3, from 100 on 123 */
void figure_short(struct sheet *s, double v);	    /* 1.5k, for axes */
void figure_percent(struct sheet *s, double share); /* 0.123 as 12.3% */
void figure_hours(struct sheet *s, int64_t ms);	    /* hours of so many ms */

/* The length of a window or a lag: "2 minutes", "1 hour", "3.5 days". */
void figure_duration(struct sheet *s, int64_t us);
/* For "per hour": the word for a window of that length, "2 minutes". */
void figure_per(struct sheet *s, int64_t us);

void figure_time(struct sheet *s, int64_t t); /* "2026-11-22 10:00" */
void figure_date(struct sheet *s, int64_t t); /* "Sun 22 Nov 2026" */

/* The window that begins at t: only as much of the time as it needs. */
void figure_window(struct sheet *s, int64_t t, int64_t step);

/* "Mon" for 0 to "Sun" for 6; "Jan" for 1 to "Dec" for 12. */
const char *figure_weekday(unsigned weekday);
const char *figure_month(unsigned month);

#endif
