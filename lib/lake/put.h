/* SPDX-License-Identifier: MIT */
/* Private to lake: the state of lake_put, shared by its two files. */
#ifndef LAKE_PUT_H
#define LAKE_PUT_H

#include "lake/row.h"

struct lake_put {
	struct lake_put_options o;
	struct delta *d;
	struct delta_snapshot *s;
	struct delta_meta meta; /* of the table, or to be */
	bool is_meta_new;	/* the next commit must carry it */
	bool has_meta;
	const struct event_schema *schema; /* NULL: not known yet */
	struct event_schema *own_schema;   /* if it is ours to close */
	bool has_keys;
	struct str *key;
	int *slot;
	size_t key_n;
	struct expr *replace_where;
	/* The first lines, while the schema is inferred from them. */
	struct infer *infer;
	struct buf sample;
	size_t sample_n;
	struct delta_writer *writer; /* NULL: no row yet */
	struct row_maker rows;
	bool has_rows;
	uint64_t batch_rows;
	/* Barriers. */
	bool is_first_seen;
	struct barrier from; /* the batch at hand stands behind it */
	struct arena from_mem;
	struct lake_put_counts counts;
	struct buf notice;
	struct buf refusal; /* of a line of the sample */
	struct arena mem;
};

int64_t put_now_ms(const struct lake_put *p);

/* Enough was seen: fix the schema, and put the lines kept so far. Nothing to
 * do when the schema is known or no line came. */
int put_end_sample(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

#endif
