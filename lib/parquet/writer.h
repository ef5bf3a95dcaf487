/* SPDX-License-Identifier: MIT */
/*
 * writer - private to parquet: the state of a file being written, shared by
 * the flat (parquet_writer.c) and the nested (nested.c) way in.
 */
#ifndef PARQUET_WRITER_H
#define PARQUET_WRITER_H

#include "parquet/footer.h"

/* What a column holds over all groups; texts are kept. */
struct pq_total {
	struct pq_range range;
	struct table_stats stats; /* the same, for the caller */
	struct buf min, max;
};

struct parquet_writer {
	struct pq_file_out file;
	struct pq_chunker chunker;
	struct arena mem;
	struct pq_total *total; /* owned; one a leaf */
	/* flat: rows that have a value, and levels */
	uint32_t *row;
	uint8_t *def;
	size_t row_cap;
	/* nested: NULL in a flat file */
	struct pq_nested *nested;
};

int pq_sink_buf_write(void *arg, const void *p, size_t n, struct fail *f);

/* A writer with room for node_n nodes, to be filled in. */
int pq_writer_open(struct parquet_writer **out, size_t node_n,
		   const struct parquet_options *o, struct parquet_sink sink,
		   struct fail *f) PORT_MUST_CHECK;

/* The nodes are filled in: link them and emit the first magic. */
int pq_writer_begin(struct parquet_writer *w, struct fail *f) PORT_MUST_CHECK;

/* A new row group; NULL when out of memory. */
struct pq_group_out *pq_group_open(struct parquet_writer *w,
				   struct fail *f) PORT_MUST_CHECK;

int pq_total_add(struct pq_total *t, const struct pq_chunk_meta *m,
		 const struct pq_range *range, enum table_type type,
		 struct fail *f) PORT_MUST_CHECK;
void pq_total_release(struct pq_total *t);

/* Write what is buffered of nested rows as a group; nothing in a flat file. */
int pq_nested_flush(struct parquet_writer *w, struct fail *f) PORT_MUST_CHECK;
void pq_nested_release(struct parquet_writer *w);

#endif
