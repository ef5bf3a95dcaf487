/* SPDX-License-Identifier: MIT */
/*
 * values - private to parquet: the values of one page, in any encoding, a
 * block at a time. Numbers come out as the type that the schema names
 * (timestamps as microseconds, decimals unscaled, doubles as their bits).
 */
#ifndef PARQUET_VALUES_H
#define PARQUET_VALUES_H

#include "parquet/format.h"
#include "parquet/rle.h"
#include "parquet/unpack.h"

#define PQ_BLOCK     2048 /* levels decoded at once */
#define PQ_UUID_TEXT 36

/* A chunk's dictionary, decoded. */
struct pq_entries {
	size_t n;
	int64_t *number;  /* owned; numbers */
	struct str *text; /* owned; texts, in bytes */
	struct buf bytes; /* the page */
	struct buf made;  /* texts that stand in no page: UUIDs */
};

struct pq_values_in {
	const struct pq_node *node;    /* borrowed */
	const struct pq_entries *dict; /* borrowed */
	enum pq_encoding encoding;
	const unsigned char *p; /* borrowed: the page's values */
	const unsigned char *end;
	unsigned bit;	       /* PLAIN booleans: used bits of *p */
	struct rle_in codes;   /* dictionaries, RLE booleans */
	struct unpack_in ints; /* DELTA_*: values, or lengths of prefixes */
	struct unpack_in lengths;
	size_t split_n; /* BYTE_STREAM_SPLIT: values of the page */
	size_t split_i;
	struct buf last;  /* DELTA_BYTE_ARRAY: the value before */
	struct buf built; /* and the values of the block */
	struct buf made;  /* UUIDs' texts */
};

/* The values of a block. */
struct pq_block {
	int64_t number[PQ_BLOCK];
	struct str text[PQ_BLOCK]; /* until the next block or page */
	uint32_t code[PQ_BLOCK];   /* texts of a dictionary */
	bool is_coded;		   /* code is set, text is not */
};

/* Initialise with {0}, then for each page. */
int pq_values_begin(struct pq_values_in *v, const struct pq_node *node,
		    const struct pq_entries *dict, int32_t encoding,
		    struct str bytes, struct fail *f) PORT_MUST_CHECK;
void pq_values_release(struct pq_values_in *v);

/* Decode the next n <= PQ_BLOCK values. */
int pq_values_get(struct pq_values_in *v, size_t n, struct pq_block *out,
		  struct fail *f) PORT_MUST_CHECK;

/* Are the stored values byte strings, whatever they become? */
bool pq_is_bytes(const struct pq_node *node);

/* Numbers as the schema means them, out of texts where those are stored;
 * false when one is none. */
bool pq_make_numbers(const struct pq_node *node, const struct str *text,
		     size_t n, int64_t *number) PORT_MUST_CHECK;

/* Texts of 16 bytes, into UUIDs as text in `made`. */
bool pq_make_uuids(struct buf *made, struct str *text,
		   size_t n) PORT_MUST_CHECK;

/* Decode a dictionary page of n entries, which moves into d->bytes. */
int pq_entries_fill(struct pq_entries *d, const struct pq_node *node, size_t n,
		    struct fail *f) PORT_MUST_CHECK;
void pq_entries_release(struct pq_entries *d);

#endif
