/* SPDX-License-Identifier: MIT */
/*
 * Least and greatest values, and their stored form. Readers skip pages and
 * files by these, so a bound may be too wide but never too narrow: NaN
 * makes no bound, a zero takes the sign that is wider, and a long text is
 * cut to a prefix (least) or to a prefix with its last character raised
 * (greatest).
 */
#include <math.h>

#include "parquet/chunk.h"

#define BOUND_TEXT 64 /* bytes of a text kept as a bound */

static double
f64_of(int64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void
add_doubles(struct pq_range *r, const int64_t *bits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double v = f64_of(bits[i]);

		if (isnan(v)) {
			r->has_nan = true;
			continue;
		}
		if (!r->is_set || v < r->min_f64)
			r->min_f64 = v;
		if (!r->is_set || v > r->max_f64)
			r->max_f64 = v;
		r->is_set = true;
	}
}

void
pq_range_add_numbers(struct pq_range *r, const int64_t *v, size_t n,
		     enum table_type type)
{
	int64_t min, max;

	if (n == 0)
		return;
	if (table_type_is_float(type)) {
		add_doubles(r, v, n);
		return;
	}
	min = r->is_set ? r->min_i64 : v[0];
	max = r->is_set ? r->max_i64 : v[0];
	for (size_t i = 0; i < n; i++) {
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
	}
	r->min_i64 = min;
	r->max_i64 = max;
	r->is_set = true;
}

/* The first 8 bytes as a number that orders as they do; zeros behind the
 * end. */
static uint64_t
head_key(struct str s)
{
	unsigned char head[8] = {0};

	if (s.n >= 8)
		return port_bswap64(load_u64(s.p));
	table_copy((char *)head, s.p, s.n);
	return port_bswap64(load_u64(head));
}

void
pq_range_add_str(struct pq_range *r, struct str v)
{
	uint64_t key = head_key(v);

	if (r->is_set && key > r->min_key && key < r->max_key)
		return;
	if (!r->is_set || str_compare(v, r->min_str) < 0) {
		r->min_str = v;
		r->min_key = key;
	}
	if (!r->is_set || str_compare(v, r->max_str) > 0) {
		r->max_str = v;
		r->max_key = key;
	}
	r->is_set = true;
}

void
pq_range_merge(struct pq_range *r, const struct pq_range *other,
	       enum table_type type)
{
	r->has_nan = r->has_nan || other->has_nan;
	if (!other->is_set)
		return;
	if (table_type_is_text(type)) {
		pq_range_add_str(r, other->min_str);
		pq_range_add_str(r, other->max_str);
	} else if (table_type_is_float(type)) {
		r->min_f64 = !r->is_set || other->min_f64 < r->min_f64
				     ? other->min_f64
				     : r->min_f64;
		r->max_f64 = !r->is_set || other->max_f64 > r->max_f64
				     ? other->max_f64
				     : r->max_f64;
	} else {
		int64_t ends[2] = {other->min_i64, other->max_i64};

		pq_range_add_numbers(r, ends, 2, type);
	}
	r->is_set = true;
}

/* Is the byte inside a UTF-8 character? */
static bool
is_inside(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * The least text of whole characters over all that begin with s[0..n):
 * raises the last ASCII character below DEL, drops what follows. 0: none.
 * (A character beyond ASCII could be raised too; bounds of such texts are
 * wider for it, not wrong.)
 */
static size_t
raise(char *s, size_t n, bool is_utf8)
{
	while (n > 0) {
		unsigned char c = (unsigned char)s[n - 1];

		if (is_utf8 ? c < 0x7e : c < 0xff) {
			s[n - 1] = (char)(c + 1);
			return n;
		}
		n--;
	}
	return 0;
}

/* What is kept of a text, and one byte more, to see where a character ends. */
static struct str
head_of(struct str s)
{
	return (struct str){s.p, s.n > BOUND_TEXT ? BOUND_TEXT + 1 : s.n};
}

static int
bounds_of_text(const struct pq_range *r, enum table_type type, struct arena *a,
	       struct pq_bounds *out, struct fail *f)
{
	bool is_utf8 = type == TABLE_STRING;
	char *min = arena_copy(a, head_of(r->min_str));
	char *max = arena_copy(a, head_of(r->max_str));

	if (min == NULL || max == NULL)
		return fail_memory(f);
	out->min = (struct str){min, r->min_str.n};
	out->max = (struct str){max, r->max_str.n};
	if (out->min.n > BOUND_TEXT) {
		out->min.n = BOUND_TEXT;
		while (is_utf8 && out->min.n > 0 && is_inside(min[out->min.n]))
			out->min.n--;
		out->is_min_exact = false;
	}
	if (out->max.n > BOUND_TEXT) {
		out->max.n = raise(max, BOUND_TEXT, is_utf8);
		out->is_max_exact = false;
		/* nothing to raise: no upper bound, hence no bounds */
		out->is_set = out->max.n > 0;
	}
	return 0;
}

/* Numbers as PLAIN stores them: 1, 4 or 8 bytes, little-endian. */
static size_t
store_number(char *dst, const struct pq_node *node, int64_t i64, double f64)
{
	float f32;

	switch (node->physical) {
	case PQ_BOOLEAN:
		dst[0] = (char)i64;
		return 1;
	case PQ_INT32:
		store_u32(dst, (uint32_t)i64);
		return 4;
	case PQ_FLOAT:
		f32 = (float)f64; /* a FLOAT column's doubles are floats */
		memcpy(dst, &f32, sizeof(f32));
		return 4;
	case PQ_DOUBLE:
		memcpy(dst, &f64, sizeof(f64));
		return 8;
	default:
		store_u64(dst, (uint64_t)i64);
		return 8;
	}
}

int
pq_bounds_of(const struct pq_range *r, const struct pq_node *node,
	     struct arena *a, struct pq_bounds *out, struct fail *f)
{
	double min_f64 = r->min_f64 == 0 ? -0.0 : r->min_f64;
	double max_f64 = r->max_f64 == 0 ? 0.0 : r->max_f64;
	char *bytes;
	size_t n;

	*out = (struct pq_bounds){.is_set = r->is_set,
				  .is_min_exact = true,
				  .is_max_exact = true};
	if (!r->is_set)
		return 0;
	if (table_type_is_text(node->type))
		return bounds_of_text(r, node->type, a, out, f);
	bytes = arena_alloc(a, 16);
	if (bytes == NULL)
		return fail_memory(f);
	n = store_number(bytes, node, r->min_i64, min_f64);
	out->min = (struct str){bytes, n};
	store_number(bytes + 8, node, r->max_i64, max_f64);
	out->max = (struct str){bytes + 8, n};
	return 0;
}
