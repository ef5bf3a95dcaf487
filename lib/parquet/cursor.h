/* SPDX-License-Identifier: MIT */
/*
 * cursor - private to parquet: reads the levels and values of one column
 * chunk from front to back, a block at a time.
 */
#ifndef PARQUET_CURSOR_H
#define PARQUET_CURSOR_H

#include "parquet/footer.h"
#include "parquet/values.h"

/* What the cursors of one reader hold of pages, together. */
struct pq_held {
	size_t bytes;
};

struct pq_cursor {
	const struct parquet_source *src; /* borrowed */
	struct codec_scratch *codec;	  /* borrowed */
	struct pq_held *held;		  /* borrowed */
	const struct pq_node *node;	  /* borrowed */
	int32_t codec_kind;
	/* the chunk */
	uint64_t pos, end;   /* file range that is not in the window yet */
	uint64_t level_left; /* levels not handed out */
	struct buf window;   /* file bytes read ahead */
	size_t used;	     /* of the window */
	uint64_t page_pos;   /* of the current page's header: messages */
	struct pq_entries dict;
	/* the page */
	struct buf plain; /* its decompressed body */
	uint64_t page_left;
	struct rle_in rep, def;
	struct pq_values_in values;
	/* the block */
	size_t level_n, value_n;
	uint32_t rep_level[PQ_BLOCK];
	uint32_t def_level[PQ_BLOCK];
	struct pq_block block;
};

/* All zero before. src, codec, node and held outlive the cursor. */
void pq_cursor_init(struct pq_cursor *c, const struct parquet_source *src,
		    struct codec_scratch *codec, const struct pq_node *node,
		    struct pq_held *held);
void pq_cursor_release(struct pq_cursor *c);

/* Go to the beginning of a chunk. */
void pq_cursor_start(struct pq_cursor *c, const struct pq_chunk_in_file *chunk);

/*
 * Decode up to n levels with their values into the block; level_n is 0 only
 * at the end of the chunk.
 */
int pq_cursor_next(struct pq_cursor *c, size_t n,
		   struct fail *f) PORT_MUST_CHECK;

#endif
