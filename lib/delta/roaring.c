/* SPDX-License-Identifier: MIT */
/*
 * The rows that a deletion vector deletes: PROTOCOL.md's RoaringBitmapArray,
 * which is a magic number and the portable 64-bit form of RoaringFormatSpec.
 * Nothing is unpacked: what is kept is where each block of 65,536 rows stands
 * in the bytes, checked once so that looking rows up cannot go wrong. Memory
 * is thus bounded by the vector's own size, whatever its numbers claim.
 */
#include "delta/roaring.h"

#include "delta/log.h"

#define MAGIC	     1681511377u
#define COOKIE	     12346u /* no runs */
#define COOKIE_RUNS  12347u /* in the low 16 bits */
#define OFFSETS_FROM 4	    /* with runs: offsets only of so many blocks */
#define ARRAY_MAX    4096   /* values of an array; over that: bits */
#define BITS_BYTES   8192
#define BUCKETS_MAX  ((uint64_t)1 << 31) /* keys have a top bit of 0 */

/* What is left of the bytes. */
struct input {
	const char *p;
	size_t n;
};

static unsigned
load_u16(const char *p)
{
	return (unsigned char)p[0] | (unsigned)(unsigned char)p[1] << 8;
}

static const char *
take(struct input *in, size_t n)
{
	const char *p = in->p;

	if (n > in->n)
		return NULL;
	in->p += n;
	in->n -= n;
	return p;
}

static int
damaged(const char *what, struct fail *f)
{
	return fail_set(f, FAIL_DATA, "the deletion vector is damaged: %s",
			what);
}

static int
cut(struct fail *f)
{
	return damaged("it is cut short", f);
}

/* ---- blocks ---- */

static int
add_array(struct roaring_block *b, struct input *in, size_t n, struct fail *f)
{
	b->form = ROARING_ARRAY;
	b->n = (uint32_t)n; /* <= ARRAY_MAX */
	b->data = take(in, 2 * n);
	if (b->data == NULL)
		return cut(f);
	for (size_t i = 1; i < n; i++)
		if (load_u16(b->data + 2 * i) <= load_u16(b->data + 2 * i - 2))
			return damaged("its rows do not rise", f);
	b->last = load_u16(b->data + 2 * n - 2);
	return 0;
}

static int
add_bits(struct roaring_block *b, struct input *in, size_t n, struct fail *f)
{
	size_t found = 0;

	b->form = ROARING_BITS;
	b->data = take(in, BITS_BYTES);
	if (b->data == NULL)
		return cut(f);
	for (unsigned i = 0; i < BITS_BYTES / 8; i++) {
		uint64_t word = load_u64(b->data + (size_t)i * 8);

		for (unsigned k = 0; word != 0; k++, word >>= 1)
			if (word & 1) {
				b->last = i * 64 + k;
				found++;
			}
	}
	return found == n ? 0 : damaged("its blocks do not count right", f);
}

static int
add_runs(struct roaring_block *b, struct input *in, size_t n, struct fail *f)
{
	const char *count = take(in, 2);
	size_t found = 0;
	unsigned next = 0; /* the first row that a run may begin with */

	b->form = ROARING_RUNS;
	if (count == NULL)
		return cut(f);
	b->n = load_u16(count);
	b->data = take(in, (size_t)b->n * 4);
	if (b->data == NULL)
		return cut(f);
	for (size_t i = 0; i < b->n; i++) {
		unsigned first = load_u16(b->data + 4 * i);
		unsigned more = load_u16(b->data + 4 * i + 2);

		if (first < next || first + more > 65535)
			return damaged("its runs do not rise", f);
		next = first + more + 1;
		found += more + 1;
	}
	b->last = next - 1;
	return found == n ? 0 : damaged("its blocks do not count right", f);
}

/* ---- bitmaps of 32 bits ---- */

static int
add_block(struct roaring *out, struct arena *a, uint64_t first, bool is_runs,
	  size_t n, struct input *in, struct fail *f)
{
	struct roaring_block *b;
	int rc = LOG_GROW(a, &out->block, out->n, &out->cap, f);

	if (rc != 0)
		return rc;
	b = &out->block[out->n];
	b->first = first;
	if (out->n > 0 && b[-1].first >= first)
		return damaged("its blocks do not rise", f);
	rc = is_runs	      ? add_runs(b, in, n, f)
	     : n <= ARRAY_MAX ? add_array(b, in, n, f)
			      : add_bits(b, in, n, f);
	out->n++;
	out->row_n += n;
	return rc;
}

static int
add_bitmap(struct roaring *out, struct arena *a, uint64_t high,
	   struct input *in, struct fail *f)
{
	const char *cookie = take(in, 4), *runs = NULL, *heads, *size;
	size_t n;
	int rc = 0;

	if (cookie == NULL)
		return cut(f);
	if ((load_u32(cookie) & 0xffff) == COOKIE_RUNS) {
		n = (load_u32(cookie) >> 16) + 1;
		runs = take(in, (n + 7) / 8);
		if (runs == NULL)
			return cut(f);
	} else if (load_u32(cookie) == COOKIE) {
		size = take(in, 4);
		if (size == NULL)
			return cut(f);
		n = load_u32(size);
		if (n > 65536)
			return damaged("it has too many blocks", f);
	} else {
		return damaged("a bitmap does not begin as one", f);
	}
	heads = take(in, 4 * n);
	/* The offsets say again what follows from the lengths. */
	if (heads == NULL ||
	    ((runs == NULL || n >= OFFSETS_FROM) && take(in, 4 * n) == NULL))
		return cut(f);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool is_runs = runs != NULL &&
			       ((unsigned char)runs[i / 8] >> (i % 8) & 1) != 0;

		rc = add_block(out, a,
			       high << 32 | (uint64_t)load_u16(heads + 4 * i)
						    << 16,
			       is_runs, (size_t)load_u16(heads + 4 * i + 2) + 1,
			       in, f);
	}
	return rc;
}

int
roaring_parse(struct roaring *out, struct str bytes, struct arena *a,
	      struct fail *f)
{
	struct input in = {bytes.p, bytes.n};
	const char *head = take(&in, 12);
	uint64_t buckets;
	int rc = 0;

	*out = (struct roaring){0};
	if (head == NULL)
		return cut(f);
	if (load_u32(head) != MAGIC)
		return fail_set(f, FAIL_DATA,
				"the deletion vector is of a format that we do "
				"not know: it begins with %lu",
				(unsigned long)load_u32(head));
	buckets = load_u64(head + 4);
	if (buckets > BUCKETS_MAX)
		return damaged("it has too many bitmaps", f);
	for (uint64_t i = 0; rc == 0 && i < buckets; i++) {
		const char *key = take(&in, 4);

		if (key == NULL)
			return cut(f);
		if (load_u32(key) >= BUCKETS_MAX)
			return damaged("a key is too large", f);
		rc = add_bitmap(out, a, load_u32(key), &in, f);
	}
	if (rc == 0 && in.n > 0)
		rc = damaged("there are bytes behind its end", f);
	return rc;
}

bool
roaring_last(const struct roaring *r, uint64_t *row)
{
	if (r->n == 0)
		return false;
	*row = r->block[r->n - 1].first + r->block[r->n - 1].last;
	return true;
}

/* ---- looking rows up ---- */

/* The first block that may hold a row from `row` on. */
static size_t
find_block(const struct roaring *r, uint64_t row)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->block[mid].first + 65535 < row)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Is the row, which belongs to the block, in it? */
static bool
block_has(const struct roaring_block *b, unsigned row)
{
	size_t size = b->form == ROARING_RUNS ? 4 : 2;
	size_t low = 0, high = b->n; /* the first entry behind row */

	if (b->form == ROARING_BITS)
		return ((unsigned char)b->data[row / 8] >> (row % 8) & 1) != 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (load_u16(b->data + size * mid) <= row)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return false;
	if (b->form == ROARING_ARRAY)
		return load_u16(b->data + 2 * (low - 1)) == row;
	return row - load_u16(b->data + 4 * (low - 1)) <=
	       load_u16(b->data + 4 * (low - 1) + 2);
}

size_t
roaring_drop(const struct roaring *r, uint64_t first, uint32_t *row, size_t n)
{
	size_t kept = 0, at = find_block(r, first);

	for (size_t i = 0; i < n; i++) {
		uint64_t in_file = first + row[i];

		while (at < r->n && r->block[at].first + 65535 < in_file)
			at++;
		if (at == r->n || r->block[at].first > in_file ||
		    !block_has(&r->block[at],
			       (unsigned)(in_file - r->block[at].first)))
			row[kept++] = row[i];
	}
	return kept;
}
