/* SPDX-License-Identifier: MIT */
/*
 * sheet - what is being written: a buffer and whether it overflowed. Drawing
 * code writes without looking at each call; sheet_end tells once at the end.
 */
#ifndef CHART_SHEET_H
#define CHART_SHEET_H

#include "mem/mem.h"

struct sheet {
	struct buf *out; /* borrowed */
	bool is_full;	 /* something did not fit: the rest was dropped */
};

/* Markup or text of our own, as it stands. */
void sheet_raw(struct sheet *s, const char *text);
void sheet_rawf(struct sheet *s, const char *fmt, ...) PORT_PRINTF(2, 3);

/*
 * Text from data, for HTML content and quoted attributes: markup is escaped,
 * and what HTML forbids (controls) becomes U+FFFD.
 */
void sheet_text(struct sheet *s, struct str text);

/*
 * Text from data for a terminal: controls and marks that change the
 * direction of writing become U+FFFD. Cut to at most `columns` columns, with
 * an ellipsis; returns the columns written.
 */
unsigned sheet_plain(struct sheet *s, struct str text, unsigned columns);

/* The same character n times. */
void sheet_repeat(struct sheet *s, const char *character, unsigned n);

/* 0, or FAIL_MEMORY when something was dropped. */
int sheet_end(const struct sheet *s, struct fail *f) PORT_MUST_CHECK;

#endif
