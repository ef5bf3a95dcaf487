/* SPDX-License-Identifier: MIT */
/*
 * shape - private to parquet: a nested column's values as JSON. A tree of
 * what is wanted, bound to the leaves of the file that it is made of, and
 * the assembly of a row from their levels (Dremel: Melnik et al., VLDB 2010,
 * section 4; parquet-format's LogicalTypes.md for lists and maps).
 */
#ifndef PARQUET_SHAPE_H
#define PARQUET_SHAPE_H

#include "parquet/cast.h"
#include "parquet/cursor.h"

#define PQ_JSON_MAX ((size_t)64 << 20) /* bytes of one value, about */
#define PQ_TEXT_MAX ((size_t)2 << 30)  /* with a last long text */

enum pq_shape_kind {
	PQ_SHAPE_ABSENT, /* not in the file: always null */
	PQ_SHAPE_LEAF,
	PQ_SHAPE_STRUCT,
	PQ_SHAPE_LIST,
	PQ_SHAPE_MAP,
};

/* Its leaves are streams first_stream to first_stream + stream_n - 1: those
 * of its children in order, and a witness where no child has one. */
struct pq_shape {
	enum pq_shape_kind kind;
	struct str head; /* of a struct's member: its key and a colon */
	unsigned def;	 /* from this definition level on it is not null */
	/* levels of a list's or map's item; a struct's repetition level */
	unsigned item_def, item_rep;
	struct pq_shape *child;
	size_t child_n;
	size_t first_stream, stream_n;
	/* leaves */
	const struct pq_node *node;
	struct table_field field;
	struct pq_cast cast;
};

/* The levels and values of one leaf, one after the other. */
struct pq_stream {
	struct pq_cursor cursor;
	const struct pq_shape *leaf; /* NULL: only a witness of its group */
	size_t leaf_i;
	size_t used;	   /* levels of the cursor's block */
	size_t value_used; /* values of it */
};

struct pq_tree {
	struct pq_shape root;
	struct pq_stream **stream; /* owned */
	size_t stream_n, stream_cap;
	struct buf text; /* the last row's value */
};

/* What a tree is made from. Shapes live in mem. */
struct pq_tree_in {
	const struct parquet_source *src;
	struct codec_scratch *codec;
	const struct pq_schema *schema;
	struct pq_held *held;
	struct arena *mem;
};

/* The child of a group that is wanted; 0: the file lacks it. */
size_t pq_find_child(const struct pq_schema *s, size_t group,
		     const struct parquet_want *want);

/* The element of a LIST, by the backward rules; `middle` itself where its
 * repeated group is the element. */
size_t pq_list_element(const struct pq_schema *s, size_t list);

/* *out is the caller's to close, also after a failure. */
int pq_tree_open(struct pq_tree **out, const struct pq_tree_in *in, size_t node,
		 const struct parquet_want *want,
		 struct fail *f) PORT_MUST_CHECK;
void pq_tree_close(struct pq_tree *t);

/* Go to the beginning of a row group. */
void pq_tree_start(struct pq_tree *t, const struct pq_chunk_in_file *chunk);

/* The next row's value, or *is_null; borrowed until the next call. */
int pq_tree_next(struct pq_tree *t, struct str *out, bool *is_null,
		 struct fail *f) PORT_MUST_CHECK;

/* An unscaled decimal in big-endian two's complement (at most 16 bytes that
 * count), or a number of the node's, with its digits behind the point made
 * `scale`. FAIL_DATA: it has over 38 digits. */
int pq_put_wide(struct buf *out, struct str bytes, unsigned from_scale,
		unsigned scale) PORT_MUST_CHECK;
int pq_put_grown(struct buf *out, int64_t v, const struct pq_node *node,
		 unsigned scale) PORT_MUST_CHECK;

#endif
