/* SPDX-License-Identifier: MIT */
/*
 * cast - private to parquet: a file's numbers as another type of number, as
 * Delta's type widening has it.
 */
#ifndef PARQUET_CAST_H
#define PARQUET_CAST_H

#include "parquet/format.h"

enum pq_cast_kind {
	PQ_CAST_NONE,
	PQ_CAST_RANGE,	/* must lie between min and max */
	PQ_CAST_SCALE,	/* times factor, then between min and max */
	PQ_CAST_DOUBLE, /* an integer as a double */
};

struct pq_cast {
	enum pq_cast_kind kind;
	int64_t factor;
	int64_t min, max;
};

bool pq_is_integer(enum table_type type);

/* 10 to the n, n up to 18. */
int64_t pq_ten_to(unsigned n);

/* How values of the file's leaf become those of a leaf that is wanted;
 * false: not at all. Texts and wide decimals need no cast of numbers. */
bool pq_cast_find(const struct pq_node *from, const struct parquet_want *to,
		  struct pq_cast *out);

/* In place; false when a value does not fit. */
bool pq_cast(const struct pq_cast *c, int64_t *v, size_t n) PORT_MUST_CHECK;

#endif
