/* SPDX-License-Identifier: MIT */
/* Private to lake: lines out of rows, one by one or many at once. */
#ifndef LAKE_PRINT_H
#define LAKE_PRINT_H

#include "lake/lake.h"

/* How the values of a column become text. */
enum print_way {
	PRINT_ANY, /* by print_value, row by row */
	PRINT_TEXT,
	PRINT_JSON, /* a text that is JSON already */
	PRINT_INTEGER,
	PRINT_BOOLEAN,
	PRINT_DOUBLE,
	PRINT_EPOCH_MS,
	PRINT_TIME, /* RFC 3339 */
};

struct print_column {
	struct str name;
	struct str head; /* ,"name": */
	struct table_field field;
	struct event_column event; /* how an event's value is written */
	bool is_event;
};

struct lake_print {
	struct lake_print_options o;
	struct print_column *column;
	int *scan; /* columns of meta, those of lake behind the others */
	size_t column_n;
	size_t scan_n;
	int lake[DELTA_LAKE_COLUMNS]; /* index in scan, -1: not read */
	struct event_schema *schema;
	struct print_block *block; /* owned */
	struct buf text;
	struct arena mem;
};

/* JSON text of a value that is not null. */
int print_value(const struct print_column *c, const struct expr_cell *v,
		struct buf *out) PORT_MUST_CHECK;

/* A wrapped bad line: its row's raw bytes. */
int print_bad(const struct lake_print *p, const struct delta_batch *batch,
	      uint32_t row, struct str raw, struct buf *out) PORT_MUST_CHECK;

/* What is between the braces of the rescued object, behind a comma. */
int print_rescued(const struct lake_print *p, const struct delta_batch *batch,
		  uint32_t row, struct buf *out) PORT_MUST_CHECK;

/* ---- many rows at once ---- */

#define PRINT_ROWS ((size_t)64)

struct print_block;
int print_block_open(struct print_block **out, const struct lake_print *p,
		     struct fail *f) PORT_MUST_CHECK;
void print_block_close(struct print_block *b);

/*
 * Append the lines of row[0..n), at most PRINT_ROWS. is_new: they are the
 * first of the batch that are printed.
 */
int print_block_rows(const struct lake_print *p,
		     const struct delta_batch *batch, bool is_new,
		     const uint32_t *row, size_t n,
		     struct buf *out) PORT_MUST_CHECK;

#endif
