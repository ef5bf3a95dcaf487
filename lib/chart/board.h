/* SPDX-License-Identifier: MIT */
/*
 * board - what the lines said, collected: a tally a window, rankings of
 * tracks, artists and dimension values, and the state of quality.
 */
#ifndef CHART_BOARD_H
#define CHART_BOARD_H

#include "chart/chart.h"
#include "chart/tally.h"

/* A ranked thing: a track with its artist, an artist, a dimension's value. */
struct board_entry {
	struct str name;   /* empty: lines without a value */
	struct str artist; /* of a track; empty where unknown */
	struct tally tally;
};

/* Entries in order of first mention. */
struct board_ranking {
	struct map index; /* by name, or name 0x1F artist */
	struct board_entry *entry;
	size_t cap;
	bool is_measured; /* some line carried this list, even empty */
};

/* Where a window ends, and the line that named it first. */
struct board_span {
	int64_t start, end; /* us; end 0: unsaid */
	uint64_t line;
};

struct board_dimension {
	struct str name;
	struct board_ranking values;
};

#define BOARD_DIMENSIONS 16 /* more --by columns than anyone has */
#define BOARD_RULES	 64 /* failing rules that are kept by name */

struct board_rule {
	struct str type, column, severity;
	int64_t unexpected; /* rows; -1: the result does not say */
	double share;	    /* of the rows; -1: the result does not say */
};

/* What validation results said, added up. */
struct board_quality {
	bool is_known;
	bool has_rows;	   /* good and bad are known */
	int64_t good, bad; /* rows; bad with malformed lines */
	int64_t rules, failed;
	struct board_rule rule[BOARD_RULES]; /* that failed, most rows first */
	size_t rule_n;
};

struct chart_board {
	int64_t from, to;	 /* us: windows that begin in [from, to) */
	struct map window_index; /* by the 8 bytes of the start */
	struct tally *window;	 /* in order of first mention */
	size_t window_cap;
	struct board_span *span; /* one a window */
	size_t span_cap;
	struct map seen; /* window and group of each line, and its kind */
	int64_t step;	 /* us: the least windowEnd - windowStart; 0: unsaid */
	struct board_ranking tracks, artists;
	bool is_top_apart;   /* lists come by chart_board_add_top alone */
	size_t lists;	     /* lines that carry top lists */
	size_t longest_list; /* of those */
	bool is_of_streams;  /* those count streams, not plays */
	struct board_dimension dimension[BOARD_DIMENSIONS];
	size_t dimension_n;
	struct board_quality quality;
	uint64_t lines;
	struct arena texts; /* kept names */
	struct arena line;  /* reset a line */
	struct map scratch; /* likewise */
};

#endif
