/* SPDX-License-Identifier: MIT */
/* Private to lake: from a line to a row. */
#ifndef LAKE_ROW_H
#define LAKE_ROW_H

#include "lake/lake.h"

/* How the common form of a value goes into its column at once; whatever is
 * not of that form takes the long way, by event_decode. */
enum row_way {
	ROW_WAY_LONG,
	ROW_WAY_TEXT,	 /* a string without escapes */
	ROW_WAY_INTEGER, /* digits within 32 bits */
	ROW_WAY_LONG_INTEGER,
	ROW_WAY_DECIMAL, /* digits, a point, digits */
	ROW_WAY_BOOLEAN,
	ROW_WAY_EPOCH_MS, /* 13 digits */
	ROW_WAY_TIME,	  /* quick_time's form */
};

/* Where a value goes. */
struct row_target {
	enum row_way way;
	bool is_there;
	bool is_partition;
	size_t index; /* of delta_writer_place */
	struct table_field field;
};

/* Makes rows for one table by one schema. Everything is borrowed. */
struct row_maker {
	const struct event_schema *schema;
	bool has_keys; /* lines come with val[] in schema order; else all
			* members are in rest */
	struct delta_writer *writer;
	struct row_target *target; /* one a schema column */
	struct row_target lake[DELTA_LAKE_COLUMNS];
	struct map names;   /* of schema columns and aliases, if !has_keys */
	int *name_column;   /* schema column of a name */
	bool *is_set;	    /* of a row, if !has_keys */
	bool has_partition; /* a target is a partition column */
	struct quick_day day;
	const struct delta_filter *inside; /* rows must match; NULL: any may */
	const struct delta_rules *rules;   /* every row must meet; or NULL */
	const struct delta_meta *meta;
	int *required; /* columns of meta that may not be null */
	size_t required_n;
	struct buf rescue;  /* the JSON text under construction */
	struct buf misfit;  /* why the first of it fits no column */
	struct buf refusal; /* why the line is no row */
	struct arena line;  /* reset for every line */
	struct arena mem;
	uint64_t row_rescued; /* values of the row at hand */
	uint64_t rescued;
	struct buf first_rescued; /* its key */
	uint64_t bad_rows;
};

int row_maker_open(struct row_maker *m, const struct event_schema *schema,
		   bool has_keys, const struct delta_meta *meta,
		   struct delta_writer *w, struct fail *f) PORT_MUST_CHECK;
void row_maker_close(struct row_maker *m);

/* May values of this type stand in such a column, if they fit? */
bool row_goes_into(enum event_type from, const struct table_field *to);

/* The date that rows are filed under from now on. */
void row_maker_set_arrival(struct row_maker *m, int64_t days);

/* Put the line as a row; m->refusal says why not, if it is not empty. */
int row_maker_put(struct row_maker *m, const struct ndjson_line *line,
		  struct fail *f) PORT_MUST_CHECK;

/* ---- inference ---- */

struct infer;
int infer_open(struct infer **out, struct fail *f) PORT_MUST_CHECK;
void infer_close(struct infer *i);

/* Learn from a line whose members are all in rest. */
int infer_line(struct infer *i, const struct ndjson_line *line,
	       struct fail *f) PORT_MUST_CHECK;

/* A schema of what was seen; base (may be NULL) comes first. *added is how
 * many columns base does not have. */
int infer_schema(const struct infer *i, const struct event_schema *base,
		 struct event_schema **out, size_t *added,
		 struct fail *f) PORT_MUST_CHECK;

#endif
