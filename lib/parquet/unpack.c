/* SPDX-License-Identifier: MIT */
/*
 * DELTA_BINARY_PACKED: header (block size, miniblocks, count, first value),
 * then blocks of (least delta, a width a miniblock, the miniblocks). The
 * last block has its widths in full, but no miniblocks behind the last
 * value. Arithmetic wraps round, as the format asks.
 */
#include "parquet/unpack.h"

#define MINI_MAX 65536 /* values of a miniblock: writers take 32 or 64 */

static bool
get_varint(struct unpack_in *in, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (in->p == in->end)
			return false;
		*out |= (uint64_t)(*in->p & 0x7f) << shift;
		if ((*in->p++ & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
get_zigzag(struct unpack_in *in, uint64_t *out)
{
	uint64_t v;

	if (!get_varint(in, &v))
		return false;
	*out = v >> 1 ^ (0 - (v & 1));
	return true;
}

bool
unpack_init(struct unpack_in *in, struct str bytes)
{
	uint64_t block, minis;

	*in = (struct unpack_in){0};
	in->p = (const unsigned char *)bytes.p;
	in->end = in->p + bytes.n;
	if (!get_varint(in, &block) || !get_varint(in, &minis) ||
	    !get_varint(in, &in->total) || !get_zigzag(in, &in->last))
		return false;
	if (minis == 0 || minis > UNPACK_MINIBLOCKS || block % minis != 0 ||
	    block / minis % 8 != 0 || block / minis == 0 ||
	    block / minis > MINI_MAX)
		return false;
	in->left = in->total;
	in->mini_n = (uint32_t)minis;
	in->mini_size = (uint32_t)(block / minis);
	in->mini = in->mini_n;
	return true;
}

static bool
next_block(struct unpack_in *in)
{
	if (!get_zigzag(in, &in->min_delta) ||
	    (size_t)(in->end - in->p) < in->mini_n)
		return false;
	memcpy(in->width, in->p, in->mini_n);
	in->p += in->mini_n;
	in->mini = 0;
	in->mini_used = 0;
	return true;
}

/* Value i of a bit-packed run whose bytes end at end. */
static uint64_t
packed_value(const unsigned char *p, const unsigned char *end, uint32_t i,
	     unsigned width)
{
	uint64_t bit = (uint64_t)i * width;
	unsigned char bytes[16] = {0};
	uint64_t low, high;

	p += bit / 8;
	if (end - p < 9) {
		memcpy(bytes, p, (size_t)(end - p));
		p = bytes;
	}
	bit %= 8;
	low = load_u64(p) >> bit;
	high = bit == 0 ? 0 : (uint64_t)p[8] << (64 - bit);
	low |= high;
	return width == 64 ? low : low & (((uint64_t)1 << width) - 1);
}

/* Values from the current miniblock, n at most; 0 when damaged. */
static size_t
get_mini(struct unpack_in *in, int64_t *out, size_t n)
{
	unsigned width = in->width[in->mini];
	size_t bytes = (size_t)in->mini_size / 8 * width;
	uint32_t take = in->mini_size - in->mini_used;

	if (width > 64 || (size_t)(in->end - in->p) < bytes)
		return 0;
	if (take > n)
		take = (uint32_t)n;
	for (uint32_t i = 0; i < take; i++) {
		in->last += in->min_delta + packed_value(in->p, in->p + bytes,
							 in->mini_used + i,
							 width);
		out[i] = (int64_t)in->last;
	}
	in->mini_used += take;
	if (in->mini_used == in->mini_size) {
		in->p += bytes;
		in->mini++;
		in->mini_used = 0;
	}
	return take;
}

bool
unpack_get(struct unpack_in *in, int64_t *out, size_t n)
{
	if (n > in->left)
		return false;
	in->left -= n;
	if (n > 0 && !in->has_first) {
		*out++ = (int64_t)in->last;
		in->has_first = true;
		n--;
	}
	while (n > 0) {
		size_t got;

		if (in->mini == in->mini_n && !next_block(in))
			return false;
		got = get_mini(in, out, n);
		if (got == 0)
			return false;
		out += got;
		n -= got;
	}
	return true;
}

const unsigned char *
unpack_end(const struct unpack_in *in)
{
	struct unpack_in at = *in;
	uint64_t deltas = at.total == 0 ? 0 : at.total - 1;

	while (deltas > 0) {
		if (!next_block(&at))
			return NULL;
		for (uint32_t i = 0; i < at.mini_n && deltas > 0; i++) {
			size_t bytes = (size_t)at.mini_size / 8 * at.width[i];

			if (at.width[i] > 64 || (size_t)(at.end - at.p) < bytes)
				return NULL;
			at.p += bytes;
			deltas -= deltas < at.mini_size ? deltas : at.mini_size;
		}
	}
	return at.p;
}
