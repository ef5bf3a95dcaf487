/* SPDX-License-Identifier: MIT */
/*
 * HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) over 64-bit hashes,
 * with the sparse form of HyperLogLog++ (Heule, Nunkesser, Hall 2013) and
 * the estimator of Ertl ("New cardinality estimation algorithms for
 * HyperLogLog sketches", 2017), which needs no tables of bias.
 *
 * The top 14 bits of a hash choose a register, which keeps the greatest rank
 * (position of the first 1 among the other 50 bits). A sparse entry keeps
 * the top 25 bits, and the rank of the remaining 39 only where the 11 bits
 * between do not decide the register's rank:
 *
 *	entry = index25 << 6 | (low 11 bits of index25 == 0 ? rank39 : 0)
 *
 * No entry is 0, so 0 marks a free slot. A set is sparse if and only if it
 * has at most HLL_SPARSE_MAX entries; so the form, too, depends on the set
 * alone.
 *
 * Serialised: version 1, form (0 sparse, 1 dense), then either the entries'
 * indexes in ascending order as differences in LEB128, each followed by its
 * rank if it has one; or the registers, 6 bits each, four in three bytes.
 */
#include <math.h>
#include <stdlib.h>

#include "sketch/sketch.h"

#define REGISTERS     ((size_t)1 << HLL_BITS)
#define INDEX_BITS    25
#define GAP_BITS      (INDEX_BITS - HLL_BITS) /* 11: decide most ranks */
#define GAP_MASK      ((1u << GAP_BITS) - 1)
#define REST_BITS     (64 - INDEX_BITS)	  /* 39 */
#define RANK_MAX      (64 - HLL_BITS + 1) /* 51 */
#define SLOT_BITS_MIN 3

enum { VERSION = 1, FORM_SPARSE = 0, FORM_DENSE = 1 };

void
hll_release(struct hll *h)
{
	free(h->sparse);
	free(h->dense);
	*h = (struct hll){0};
}

/* Position of the first 1 among the low n bits of x, from 1; n + 1: none. */
static uint32_t
rank_of(uint64_t x, unsigned n)
{
	x <<= 64 - n;
	return x == 0 ? n + 1 : port_clz64(x) + 1;
}

static uint32_t
entry_of(uint64_t hash)
{
	uint32_t index = (uint32_t)(hash >> REST_BITS);
	uint32_t rank = (index & GAP_MASK) != 0 ? 0 : rank_of(hash, REST_BITS);

	return index << 6 | rank;
}

/* ---- dense ---- */

static void
dense_put(uint8_t *reg, size_t i, uint32_t rank)
{
	if (reg[i] < rank)
		reg[i] = (uint8_t)rank; /* at most RANK_MAX */
}

static void
dense_put_entry(uint8_t *reg, uint32_t entry)
{
	uint32_t index = entry >> 6, gap = index & GAP_MASK;

	dense_put(reg, index >> GAP_BITS,
		  gap != 0 ? rank_of(gap, GAP_BITS) : GAP_BITS + (entry & 63));
}

static int
make_dense(struct hll *h)
{
	uint8_t *reg = calloc(REGISTERS, 1);

	if (reg == NULL)
		return FAIL_MEMORY;
	for (size_t i = 0; h->sparse != NULL && i < (size_t)1 << h->slot_bits;
	     i++)
		if (h->sparse[i] != 0)
			dense_put_entry(reg, h->sparse[i]);
	hll_release(h);
	h->dense = reg;
	return 0;
}

/* ---- sparse ---- */

/* The slot of the entry's index, or the free one where it belongs. The
 * process's seed keeps anybody from choosing users that share a chain. */
static uint32_t *
slot_of(const struct hll *h, uint32_t entry)
{
	size_t mask = ((size_t)1 << h->slot_bits) - 1;
	size_t i = (size_t)hash_mix((entry >> 6) ^ hash_seed()) & mask;

	while (h->sparse[i] != 0 && h->sparse[i] >> 6 != entry >> 6)
		i = (i + 1) & mask;
	return &h->sparse[i];
}

static int
grow_sparse(struct hll *h)
{
	struct hll grown = *h;

	grown.slot_bits = h->sparse == NULL ? SLOT_BITS_MIN : h->slot_bits + 1;
	grown.sparse = calloc((size_t)1 << grown.slot_bits,
			      sizeof(*grown.sparse));
	if (grown.sparse == NULL)
		return FAIL_MEMORY;
	for (size_t i = 0; h->sparse != NULL && i < (size_t)1 << h->slot_bits;
	     i++)
		if (h->sparse[i] != 0)
			*slot_of(&grown, h->sparse[i]) = h->sparse[i];
	free(h->sparse);
	*h = grown;
	return 0;
}

static int
add_entry(struct hll *h, uint32_t entry)
{
	uint32_t *slot;

	if (h->dense != NULL) {
		dense_put_entry(h->dense, entry);
		return 0;
	}
	if (h->sparse == NULL && grow_sparse(h) != 0)
		return FAIL_MEMORY;
	slot = slot_of(h, entry);
	if (*slot != 0) {
		if (*slot < entry) /* the same index, a greater rank */
			*slot = entry;
		return 0;
	}
	if (h->n == HLL_SPARSE_MAX) {
		if (make_dense(h) != 0)
			return FAIL_MEMORY;
		dense_put_entry(h->dense, entry);
		return 0;
	}
	if ((h->n + 1) * 2 > (uint32_t)1 << h->slot_bits) {
		if (grow_sparse(h) != 0)
			return FAIL_MEMORY;
		slot = slot_of(h, entry);
	}
	*slot = entry;
	h->n++;
	return 0;
}

int
hll_add(struct hll *h, uint64_t hash)
{
	if (h->dense == NULL)
		return add_entry(h, entry_of(hash));
	dense_put(h->dense, (size_t)(hash >> (64 - HLL_BITS)),
		  rank_of(hash, 64 - HLL_BITS));
	return 0;
}

int
hll_merge(struct hll *into, const struct hll *from)
{
	if (from->dense != NULL) {
		if (into->dense == NULL && make_dense(into) != 0)
			return FAIL_MEMORY;
		for (size_t i = 0; i < REGISTERS; i++)
			dense_put(into->dense, i, from->dense[i]);
		return 0;
	}
	for (size_t i = 0;
	     from->sparse != NULL && i < (size_t)1 << from->slot_bits; i++)
		if (from->sparse[i] != 0 &&
		    add_entry(into, from->sparse[i]) != 0)
			return FAIL_MEMORY;
	return 0;
}

/* ---- the estimate ---- */

/* Ertl's sigma and tau: the sums for registers at 0 and at their maximum.
 * Only + * and sqrt, which IEEE 754 fixes to the last bit. */
static double
sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z > before);
	return z;
}

static double
tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z < before);
	return z / 3;
}

uint64_t
hll_estimate(const struct hll *h)
{
	const double m = (double)REGISTERS;
	const double alpha = 0.721347520444481703680; /* 1 / (2 ln 2) */
	uint32_t with_rank[RANK_MAX + 1] = {0};
	double z;

	if (h->dense == NULL)
		return h->n;
	for (size_t i = 0; i < REGISTERS; i++)
		with_rank[h->dense[i]]++;
	z = m * tau(1 - with_rank[RANK_MAX] / m);
	for (unsigned k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + with_rank[k]);
	z += m * sigma(with_rank[0] / m);
	return (uint64_t)(alpha * m * m / z + 0.5);
}

/* ---- text ---- */

static int
compare_entries(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Bytes of the sparse form: at most 5 an entry. */
static size_t
write_sparse(const struct hll *h, uint8_t *dst)
{
	uint32_t entry[HLL_SPARSE_MAX];
	uint32_t n = 0, before = 0;
	uint8_t *q = dst;

	for (size_t i = 0; h->sparse != NULL && i < (size_t)1 << h->slot_bits;
	     i++)
		if (h->sparse[i] != 0)
			entry[n++] = h->sparse[i];
	if (n > 1)
		qsort(entry, n, sizeof(*entry), compare_entries);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t index = entry[i] >> 6, delta = index - before;

		for (; delta >= 128; delta >>= 7)
			*q++ = (uint8_t)(delta | 128);
		*q++ = (uint8_t)delta;
		if ((index & GAP_MASK) == 0)
			*q++ = (uint8_t)(entry[i] & 63);
		before = index;
	}
	return (size_t)(q - dst);
}

static size_t
write_dense(const struct hll *h, uint8_t *dst)
{
	uint8_t *q = dst;

	for (size_t i = 0; i < REGISTERS; i += 4) {
		uint32_t bits = (uint32_t)h->dense[i] << 18 |
				(uint32_t)h->dense[i + 1] << 12 |
				(uint32_t)h->dense[i + 2] << 6 |
				h->dense[i + 3];

		*q++ = (uint8_t)(bits >> 16);
		*q++ = (uint8_t)(bits >> 8);
		*q++ = (uint8_t)bits;
	}
	return (size_t)(q - dst);
}

int
hll_format(const struct hll *h, struct buf *out)
{
	uint8_t bytes[2 + HLL_SPARSE_MAX * 5];
	size_t n;

	bytes[0] = VERSION;
	bytes[1] = h->dense != NULL ? FORM_DENSE : FORM_SPARSE;
	n = 2 + (h->dense != NULL ? write_dense(h, bytes + 2)
				  : write_sparse(h, bytes + 2));
	if (buf_reserve(out, BASE64_LEN(n)) != 0)
		return FAIL_MEMORY;
	out->len += base64_encode(out->p + out->len, bytes, n);
	return 0;
}

static int
bad_sketch(struct fail *f, const char *why)
{
	return fail_set(f, FAIL_DATA, "not a sketch of distinct values: %s",
			why);
}

static int
read_sparse(struct hll *h, const uint8_t *p, size_t n, struct fail *f)
{
	const uint8_t *end = p + n;
	uint64_t index = 0;

	while (p < end) {
		uint64_t delta = 0;
		uint32_t rank = 0;
		unsigned shift = 0;

		for (; p < end && (*p & 128) != 0 && shift < 28; shift += 7)
			delta |= (uint64_t)(*p++ & 127) << shift;
		if (p == end || (*p & 128) != 0)
			return bad_sketch(f, "an entry is cut");
		delta |= (uint64_t)*p++ << shift;
		index += delta;
		if (index >> INDEX_BITS != 0 || (delta == 0 && h->n > 0))
			return bad_sketch(f, "an entry is out of order");
		if ((index & GAP_MASK) == 0) {
			if (p == end || *p == 0 || *p > REST_BITS + 1)
				return bad_sketch(f, "a rank is out of range");
			rank = *p++;
		}
		if (h->n == HLL_SPARSE_MAX)
			return bad_sketch(f, "too many entries");
		if (add_entry(h, (uint32_t)index << 6 | rank) != 0)
			return fail_memory(f);
	}
	return 0;
}

static int
read_dense(struct hll *h, const uint8_t *p, size_t n, struct fail *f)
{
	if (n != REGISTERS / 4 * 3)
		return bad_sketch(f, "its length is wrong");
	if (make_dense(h) != 0)
		return fail_memory(f);
	for (size_t i = 0; i < REGISTERS; i += 4, p += 3) {
		uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 |
				p[2];

		for (size_t j = 0; j < 4; j++) {
			uint32_t rank = bits >> (18 - 6 * j) & 63;

			if (rank > RANK_MAX)
				return bad_sketch(f, "a rank is out of range");
			h->dense[i + j] = (uint8_t)rank;
		}
	}
	return 0;
}

int
hll_parse(struct hll *h, struct str base64, struct fail *f)
{
	uint8_t bytes[2 + HLL_SPARSE_MAX * 5 + 3];
	size_t n = 0;
	int rc;

	if (base64.n > BASE64_LEN(sizeof(bytes) - 3) ||
	    base64_decode(bytes, base64.p, base64.n, &n) != 0)
		return bad_sketch(f, "it is not base64");
	if (n < 2 || bytes[0] != VERSION || bytes[1] > FORM_DENSE)
		return bad_sketch(f, "its version is unknown");
	rc = bytes[1] == FORM_DENSE ? read_dense(h, bytes + 2, n - 2, f)
				    : read_sparse(h, bytes + 2, n - 2, f);
	if (rc != 0)
		hll_release(h);
	return rc;
}
