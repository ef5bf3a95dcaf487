/* SPDX-License-Identifier: MIT */
/*
 * chunk - private to parquet: encodes one column of one row group, page by
 * page, and remembers what the footer and the page index must say of it.
 */
#ifndef PARQUET_CHUNK_H
#define PARQUET_CHUNK_H

#include "parquet/dict.h"
#include "parquet/format.h"

/* The least and greatest of some values. */
struct pq_range {
	bool is_set;
	bool has_nan;
	int64_t min_i64, max_i64; /* integers */
	double min_f64, max_f64;
	struct str min_str, max_str; /* borrowed */
	uint64_t min_key, max_key;   /* of their first bytes */
};

/* The same as Parquet stores it. */
struct pq_bounds {
	bool is_set;
	bool is_min_exact, is_max_exact;
	struct str min, max; /* in the writer's arena */
};

/* One data page. */
struct pq_page_meta {
	uint64_t offset;
	uint32_t size; /* with its header */
	uint64_t first_row;
	uint64_t null_n;
	bool is_all_null;
	struct pq_bounds bounds;
};

/* One column chunk. */
struct pq_chunk_meta {
	uint64_t level_n;
	uint64_t null_n;
	uint64_t dictionary_offset; /* 0: none */
	uint64_t data_offset;
	uint64_t packed_size;
	uint64_t plain_size;
	struct pq_bounds bounds;
	struct pq_page_meta *page; /* owned */
	size_t page_n, page_cap;
	uint64_t column_index_offset, column_index_size;
	uint64_t offset_index_offset, offset_index_size;
};

/* What to encode. */
struct pq_chunk_in {
	const struct pq_node *node;
	const struct table_column *column;
	const uint32_t *row; /* rows of its values in order; NULL: 0 .. */
	size_t value_n;	     /* values, without nulls */
	const uint8_t *def;  /* a byte a level; NULL: all are values */
	const uint8_t *rep;  /* a byte a level; NULL: all 0 */
	size_t level_n;
};

/* Working memory of the encoder, kept from chunk to chunk. */
struct pq_chunker {
	struct parquet_options options;
	struct parquet_sink sink;
	uint64_t offset;   /* bytes given to the sink */
	struct arena *mem; /* borrowed: bounds and page metas */
	struct codec_scratch *codec;
	struct buf body, packed, header;
	struct pq_dict dict;
	int64_t *number; /* a page's numbers; doubles as their bits */
	size_t number_cap;
	uint32_t *level; /* a page's levels */
	size_t level_cap;
	uint32_t *seen; /* per dictionary entry: the page it was last in */
	size_t seen_cap;
};

int pq_chunker_init(struct pq_chunker *c, const struct parquet_options *o,
		    struct parquet_sink sink, struct arena *mem,
		    struct fail *f) PORT_MUST_CHECK;
void pq_chunker_release(struct pq_chunker *c);

/* Give bytes to the sink and count them. */
int pq_emit(struct pq_chunker *c, struct str bytes,
	    struct fail *f) PORT_MUST_CHECK;

/* Encode and emit one chunk. *range is over all its values. m->page is the
 * caller's to free, also after a failure. */
int pq_chunk_write(struct pq_chunker *c, const struct pq_chunk_in *in,
		   struct pq_chunk_meta *m, struct pq_range *range,
		   struct fail *f) PORT_MUST_CHECK;

/* range |= other, of one type. */
void pq_range_merge(struct pq_range *range, const struct pq_range *other,
		    enum table_type type);

/* Ranges as stored; long texts are cut to bounds that still hold. */
int pq_bounds_of(const struct pq_range *range, const struct pq_node *node,
		 struct arena *a, struct pq_bounds *out,
		 struct fail *f) PORT_MUST_CHECK;

void pq_range_add_numbers(struct pq_range *range, const int64_t *v, size_t n,
			  enum table_type type);
void pq_range_add_str(struct pq_range *range, struct str v);

#endif
