/* SPDX-License-Identifier: MIT */
/*
 * footer - private to parquet: FileMetaData, written and read, and the page
 * index.
 */
#ifndef PARQUET_FOOTER_H
#define PARQUET_FOOTER_H

#include "parquet/chunk.h"
#include "parquet/format.h"

/* A row group that was written: a chunk a leaf. */
struct pq_group_out {
	struct pq_chunk_meta *chunk; /* owned by the writer */
	uint64_t row_n;
	uint64_t offset; /* of its first page */
};

struct pq_file_out {
	struct pq_schema schema;
	struct parquet_options options;
	struct pq_group_out *group;
	size_t group_n, group_cap;
	uint64_t row_n;
};

/* Emit column and offset indexes; their places go into the chunk metas. */
int pq_write_indexes(struct pq_chunker *c, struct pq_file_out *file,
		     struct fail *f) PORT_MUST_CHECK;

/* Emit FileMetaData, its length, and the magic. */
int pq_write_footer(struct pq_chunker *c, const struct pq_file_out *file,
		    struct fail *f) PORT_MUST_CHECK;

/* A chunk as a reader knows it. */
struct pq_chunk_in_file {
	enum pq_physical physical;
	int32_t codec;
	uint64_t level_n;
	uint64_t offset; /* of its first page */
	uint64_t size;	 /* of all its pages, compressed */
};

struct pq_group_in {
	struct pq_chunk_in_file *chunk; /* one a leaf */
	uint64_t row_n;
};

struct pq_file_in {
	struct pq_schema schema;
	struct pq_group_in *group;
	size_t group_n;
	uint64_t row_n;
	const char *created_by; /* "" where the file does not say */
};

/*
 * Parse FileMetaData. Everything is allocated in a; names are copied there.
 * Chunks are checked to lie inside file_size.
 */
int pq_parse_footer(struct str bytes, uint64_t file_size,
		    struct pq_file_in *out, struct arena *a,
		    struct fail *f) PORT_MUST_CHECK;

#endif
