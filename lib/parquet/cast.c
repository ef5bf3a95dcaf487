/* SPDX-License-Identifier: MIT */
/*
 * Casts. What a column was when a file was written may be narrower than what
 * it is now: Delta's PROTOCOL.md, Type Widening, lists the pairs. Integers
 * also go the other way as long as they fit, for writers differ in how they
 * store small ones.
 */
#include "parquet/cast.h"

int64_t
pq_ten_to(unsigned n)
{
	int64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

bool
pq_is_integer(enum table_type type)
{
	return type == TABLE_INT8 || type == TABLE_INT16 ||
	       type == TABLE_INT32 || type == TABLE_INT64;
}

static bool
is_timestamp(enum table_type type)
{
	return type == TABLE_TIMESTAMP || type == TABLE_TIMESTAMP_NTZ;
}

static struct pq_cast
range_of(enum table_type type)
{
	int64_t max = type == TABLE_INT8    ? INT8_MAX
		      : type == TABLE_INT16 ? INT16_MAX
		      : type == TABLE_INT32 ? INT32_MAX
					    : INT64_MAX;

	return (struct pq_cast){PQ_CAST_RANGE, 1, -max - 1, max};
}

static bool
cast_integer(const struct pq_node *from, enum table_type to,
	     struct pq_cast *out)
{
	if (to == TABLE_DOUBLE) {
		out->kind = PQ_CAST_DOUBLE;
		return from->type != TABLE_INT64;
	}
	if (!pq_is_integer(to))
		return false;
	if (to < from->type || from->is_unsigned)
		*out = range_of(to);
	if (from->is_unsigned) /* of 64 bits: the upper half is negative */
		out->min = 0;
	return true;
}

/* A number with a scale: more digits behind the point, and in all. */
static bool
cast_decimal(const struct pq_node *from, const struct parquet_want *to,
	     struct pq_cast *out)
{
	int64_t max;

	if (from->is_wide || to->precision > 18 || to->scale < from->scale)
		return false;
	if (from->type == TABLE_DECIMAL && to->scale == from->scale &&
	    to->precision >= from->precision)
		return true;
	max = pq_ten_to(to->precision) - 1;
	*out = (struct pq_cast){PQ_CAST_SCALE,
				pq_ten_to((unsigned)(to->scale - from->scale)),
				-max, max};
	return true;
}

bool
pq_cast_find(const struct pq_node *from, const struct parquet_want *to,
	     struct pq_cast *out)
{
	*out = (struct pq_cast){.kind = PQ_CAST_NONE};
	if (from->type == TABLE_TYPES)
		return false;
	if (to->type == TABLE_DECIMAL &&
	    (from->type == TABLE_DECIMAL || pq_is_integer(from->type)))
		return cast_decimal(from, to, out);
	if (from->type == TABLE_DECIMAL)
		return false;
	if (pq_is_integer(from->type))
		return cast_integer(from, to->type, out);
	if (from->type == to->type)
		return true;
	if (from->type == TABLE_DATE && is_timestamp(to->type)) {
		*out = (struct pq_cast){PQ_CAST_SCALE, UTC_DAY, INT64_MIN,
					INT64_MAX};
		return true;
	}
	return (from->type == TABLE_FLOAT && to->type == TABLE_DOUBLE) ||
	       (is_timestamp(from->type) && is_timestamp(to->type)) ||
	       (table_type_is_text(from->type) && !from->is_uuid &&
		table_type_is_text(to->type));
}

bool
pq_cast(const struct pq_cast *c, int64_t *v, size_t n)
{
	switch (c->kind) {
	case PQ_CAST_NONE:
		break;
	case PQ_CAST_RANGE:
		for (size_t i = 0; i < n; i++)
			if (v[i] < c->min || v[i] > c->max)
				return false;
		break;
	case PQ_CAST_SCALE:
		for (size_t i = 0; i < n; i++) {
			if (v[i] < c->min / c->factor ||
			    v[i] > c->max / c->factor)
				return false;
			v[i] *= c->factor;
		}
		break;
	case PQ_CAST_DOUBLE:
		for (size_t i = 0; i < n; i++) {
			double f64 = (double)v[i];

			memcpy(&v[i], &f64, sizeof(f64));
		}
		break;
	}
	return true;
}
