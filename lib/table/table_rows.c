/* SPDX-License-Identifier: MIT */
/*
 * Rows as a list of numbers: sorting and statistics. Sorting works on pairs
 * of (64-bit key, row): the key orders numbers wholly and texts by their
 * first 8 bytes, so bytes are compared only on ties. Events come nearly in
 * order of time, so the merge sort copies two halves that already follow
 * each other instead of merging them.
 */
#include <math.h>
#include <stdlib.h>

#include "table/table.h"

#define RUN_SHORT 16 /* sorted by insertion */

struct pair {
	uint64_t key;
	uint32_t row;
};

struct sorter {
	const struct table_column *texts; /* NULL: the key is all */
	struct pair *pair;
	struct pair *spare;
};

/* The bits of v such that unsigned order is IEEE 754 totalOrder. */
static uint64_t
key_f64(double v)
{
	uint64_t bits = load_u64(&v);

	return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static uint64_t
key_str(struct str s)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
	return key;
}

static uint64_t
key_of(const struct table_column *c, size_t row)
{
	if (table_type_is_text(c->field.type))
		return key_str(table_str(c, row));
	if (table_type_is_float(c->field.type))
		return key_f64(table_f64(c, row));
	return (uint64_t)table_i64(c, row) ^ (uint64_t)1 << 63;
}

static bool
is_after(const struct sorter *s, const struct pair *a, const struct pair *b)
{
	if (a->key != b->key || s->texts == NULL)
		return a->key > b->key;
	return str_compare(table_str(s->texts, a->row),
			   table_str(s->texts, b->row)) > 0;
}

static void
sort_short(struct sorter *s, size_t from, size_t to)
{
	for (size_t i = from + 1; i < to; i++) {
		struct pair x = s->pair[i];
		size_t k = i;

		for (; k > from && is_after(s, &s->pair[k - 1], &x); k--)
			s->pair[k] = s->pair[k - 1];
		s->pair[k] = x;
	}
}

/* Sort pair[from..to); depth is log2(n). */
static void
sort_range(struct sorter *s, size_t from, size_t to)
{
	size_t mid = from + (to - from) / 2;
	size_t a, b = mid, out = from;

	if (to - from <= RUN_SHORT) {
		sort_short(s, from, to);
		return;
	}
	sort_range(s, from, mid);
	sort_range(s, mid, to);
	if (!is_after(s, &s->pair[mid - 1], &s->pair[mid]))
		return;
	/* the left half moves away; the right one is merged in place */
	memcpy(s->spare, s->pair + from, (mid - from) * sizeof(*s->pair));
	for (a = 0; a < mid - from;) {
		if (b < to && is_after(s, &s->spare[a], &s->pair[b]))
			s->pair[out++] = s->pair[b++];
		else
			s->pair[out++] = s->spare[a++];
	}
}

static bool
is_sorted(const struct table_column *c, const uint32_t *row, size_t n)
{
	uint64_t last = 0;

	if (table_type_is_text(c->field.type))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t key;

		if (table_is_null(c, row[i])) {
			if (i > 0 && !table_is_null(c, row[i - 1]))
				return false;
			continue;
		}
		key = key_of(c, row[i]);
		if (key < last)
			return false;
		last = key;
	}
	return true;
}

int
table_sort(const struct table *t, size_t col, uint32_t *row, size_t n,
	   struct fail *f)
{
	const struct table_column *c = &t->column[col];
	struct sorter s = {0};
	size_t null_n = 0, pair_n = 0;
	int rc = 0;

	if (is_sorted(c, row, n))
		return 0;
	s.texts = table_type_is_text(c->field.type) ? c : NULL;
	s.pair = malloc(n * sizeof(*s.pair));
	s.spare = malloc((n / 2 + 1) * sizeof(*s.spare));
	if (s.pair == NULL || s.spare == NULL) {
		rc = fail_memory(f);
		goto out;
	}
	for (size_t i = 0; i < n; i++) {
		if (table_is_null(c, row[i]))
			row[null_n++] = row[i];
		else
			s.pair[pair_n++] = (struct pair){key_of(c, row[i]),
							 row[i]};
	}
	sort_range(&s, 0, pair_n);
	for (size_t i = 0; i < pair_n; i++)
		row[null_n + i] = s.pair[i].row;
out:
	free(s.spare);
	free(s.pair);
	return rc;
}

static void
add_i64(struct table_stats *s, int64_t v)
{
	if (!s->has_range || v < s->min_i64)
		s->min_i64 = v;
	if (!s->has_range || v > s->max_i64)
		s->max_i64 = v;
	s->has_range = true;
}

static void
add_f64(struct table_stats *s, double v)
{
	if (isnan(v)) {
		s->has_nan = true;
		return;
	}
	if (!s->has_range || v < s->min_f64)
		s->min_f64 = v;
	if (!s->has_range || v > s->max_f64)
		s->max_f64 = v;
	s->has_range = true;
}

static void
add_str(struct table_stats *s, struct str v)
{
	if (!s->has_range || str_compare(v, s->min_str) < 0)
		s->min_str = v;
	if (!s->has_range || str_compare(v, s->max_str) > 0)
		s->max_str = v;
	s->has_range = true;
}

void
table_stats(const struct table *t, size_t col, const uint32_t *row, size_t n,
	    struct table_stats *out)
{
	const struct table_column *c = &t->column[col];

	*out = (struct table_stats){.row_n = n};
	for (size_t i = 0; i < n; i++) {
		size_t r = row == NULL ? i : row[i];

		if (table_is_null(c, r))
			out->null_n++;
		else if (table_type_is_text(c->field.type))
			add_str(out, table_str(c, r));
		else if (table_type_is_float(c->field.type))
			add_f64(out, table_f64(c, r));
		else
			add_i64(out, table_i64(c, r));
	}
}
