/* SPDX-License-Identifier: MIT */
/*
 * chart - measures as pictures. A board collects lines of agg-hourly (and
 * what is known about quality); it is then drawn as one HTML page with
 * inline SVG, or as text for a terminal. A measure that no line carries is
 * "not measured", never 0, and a window without a line is a gap.
 *
 * Pure: no files, no clock. One thread a board.
 */
#ifndef CHART_CHART_H
#define CHART_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"
#include "ndjson/ndjson.h"

struct chart_board;

/* An empty board. */
int chart_board_open(struct chart_board **out, struct fail *f) PORT_MUST_CHECK;
void chart_board_close(struct chart_board *b);

/*
 * The keys that a reader of measures must ask for, for ndjson_open or
 * stream_open; static. Set want_rest too: members with a text, other than
 * these, are dimensions (agg-hourly --by).
 */
const struct str *chart_keys(size_t *n);

/* From now on take only windows that begin in [from_us, to_us). */
void chart_board_span(struct chart_board *b, int64_t from_us, int64_t to_us);

/*
 * Take one line of measures, read with chart_keys: 0, or 1 when it is
 * outside the span. Everything kept is copied. FAIL_DATA, and the board as it
 * was, for a line that is none (the sentence says which member is wrong), or
 * whose window and group another line had. FAIL_MEMORY also when sums pass
 * 2^53; the board is then only good for closing.
 */
int chart_board_add(struct chart_board *b, const struct ndjson_line *line,
		    struct fail *f) PORT_MUST_CHECK;

/*
 * Behind the last line: FAIL_DATA when two windows overlap, as far as lines
 * tell where theirs ends. The sentence begins with the number of the line.
 */
int chart_board_check(const struct chart_board *b,
		      struct fail *f) PORT_MUST_CHECK;

/*
 * The lists of top tracks and artists come from lines of their own, of longer
 * windows, each cut off only once: call chart_board_top_apart before the
 * first line, then chart_board_add_top, which is like chart_board_add but
 * takes only the lists, whatever the span.
 */
void chart_board_top_apart(struct chart_board *b);
int chart_board_add_top(struct chart_board *b, const struct ndjson_line *line,
			struct fail *f) PORT_MUST_CHECK;

/*
 * Add a validation result as dq-check --result (or Great Expectations)
 * writes it. Results of several files add up. Copies what it keeps.
 */
int chart_board_add_quality(struct chart_board *b, struct str json,
			    struct fail *f) PORT_MUST_CHECK;

struct chart_options {
	const char *title;
	const char *css; /* the style sheet, put into the page; HTML only */
	int64_t now_us;	 /* the clock that the lag is measured against */
	int64_t stale_after_us; /* 0: three windows, at least 10 minutes */
	int64_t period_us;	/* for the change on the period before; 0: the
				 * longest of 28, 7 and 1 days and 1 hour that is
				 * there twice */
	int64_t refresh_s;	/* the page loads itself again; 0: never */
	unsigned columns;	/* width of the text form */
};

/* Append the page, or the text, to out. The board may be drawn again, and
 * added to. */
int chart_draw_html(const struct chart_board *b, const struct chart_options *o,
		    struct buf *out, struct fail *f) PORT_MUST_CHECK;
int chart_draw_term(const struct chart_board *b, const struct chart_options *o,
		    struct buf *out, struct fail *f) PORT_MUST_CHECK;

#endif
