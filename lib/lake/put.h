/* SPDX-License-Identifier: MIT */
/* Private to lake: the state of lake_put, shared by its files. */
#ifndef LAKE_PUT_H
#define LAKE_PUT_H

#include "lake/row.h"

struct lake_put {
	struct lake_put_options o;
	struct delta *d;
	struct delta_snapshot *s;
	struct delta_meta meta; /* of the table, or to be */
	bool is_meta_new;	/* the next commit must carry it */
	size_t columns_added;	/* by it, to a table that is there */
	bool has_meta;
	const struct event_schema *schema; /* NULL: not known yet */
	struct event_schema *own_schema;   /* if it is ours to close */
	bool has_keys;
	struct str *key;
	int *slot;
	size_t key_n;
	struct expr *replace_where; /* NULL: none */
	struct delta_filter where;  /* it, once the columns are known */
	/* The first lines, while the schema is inferred from them. */
	struct infer *infer;
	struct buf sample;
	size_t sample_n;
	struct delta_writer *writer; /* NULL: no row yet */
	struct row_maker rows;
	bool has_rows;
	struct delta_rules rules; /* of the table, for its rows */
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

/* Of its changes to a table that is there. */
enum delta_kind put_kind(const struct lake_put *p);

/* What may help where a rival was in the way. */
const char *put_advice(const struct lake_put *p);

/* A writer for the batch's files, if there is none yet. */
int put_open_writer(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

/*
 * A rival altered the table, as p->s now has it: do the rows written so far go
 * into it all the same? *now: the metadata that it is to have, with our new
 * columns if *is_longer. FAIL_RETRY says why they do not.
 */
int put_adapt(struct lake_put *p, struct delta_meta *now, bool *is_longer,
	      struct fail *f) PORT_MUST_CHECK;

/* What a change replaces. */
struct put_change {
	struct lake_put *p;
	const struct delta_file *add; /* files of the batch */
	size_t add_n;
	uint64_t rows;	  /* that are replaced, as far as known */
	uint64_t carried; /* rows of their files that stay */
	struct delta_file *gone;
	struct delta_scan *matching; /* rows that match, no columns */
	struct delta_scan *all;	     /* all rows, all columns */
};
void put_change_release(struct put_change *c);

/* Bind the predicate of --replace-where, if it is not yet; the columns must
 * be known. */
int put_bind_where(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

/*
 * Set what the commit removes, and who would be in its way; c must live until
 * it is made. The first, by mode,
 * wants the batch's files in out->add; the second, by predicate, puts the rows
 * that stay into the writer, before its files are finished.
 */
int put_replace_files(struct put_change *c, struct delta_change *out,
		      struct fail *f) PORT_MUST_CHECK;
int put_replace_rows(struct put_change *c, struct delta_change *out,
		     struct fail *f) PORT_MUST_CHECK;

/* Enough was seen: fix the schema, and put the lines kept so far. Nothing to
 * do when the schema is known or no line came. */
int put_end_sample(struct lake_put *p, struct fail *f) PORT_MUST_CHECK;

#endif
