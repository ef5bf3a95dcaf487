/* SPDX-License-Identifier: MIT */
/*
 * dict - private to parquet: the dictionary of one column chunk, if one
 * pays.
 */
#ifndef PARQUET_DICT_H
#define PARQUET_DICT_H

#include "table/table.h"

struct pq_dict {
	uint32_t *code; /* owned; the entry of each value of the chunk */
	size_t code_cap;
	size_t entry_n;
	int64_t *number; /* owned; entries that are numbers, as bits */
	size_t number_cap;
	uint32_t *text; /* owned; entries of the column's texts */
	size_t text_cap;
	size_t text_bytes; /* of those entries, as PLAIN stores them */
	uint32_t *remap;   /* owned; text entry to dictionary entry */
	size_t remap_cap;
	struct pq_dict_slot *slot; /* owned; 2^slot_bits */
	unsigned slot_bits;
};

void pq_dict_release(struct pq_dict *d);

/*
 * Number the values of a column (the given rows, or 0 to n - 1) in order of
 * first appearance. *pays is false when plain values take less room; the
 * codes are then undefined.
 */
int pq_dict_build(struct pq_dict *d, const struct table_column *c,
		  const uint32_t *row, size_t n, size_t value_size, bool *pays,
		  struct fail *f) PORT_MUST_CHECK;

/* Gather numbers of a column as 64 bits: doubles as their bits. */
void pq_gather(const struct table_column *c, const uint32_t *row, size_t from,
	       size_t n, int64_t *out);

#endif
