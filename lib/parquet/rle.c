/* SPDX-License-Identifier: MIT */
/*
 * The RLE/bit-packing hybrid. The encoder looks at aligned groups of 8: a
 * group of equal values becomes a run, if it goes on long enough to pay for
 * the headers around it, the others are packed together. Packing is written
 * once for any width and specialised by the compiler for each, so that its
 * shifts are constants.
 */
#include "parquet/rle.h"

#define RUN_MIN 16 /* shorter runs cost more in headers than they save */

unsigned
rle_width(uint32_t max)
{
	return max == 0 ? 0 : 64 - port_clz64(max);
}

static int
put_varint(struct buf *out, uint64_t v)
{
	char text[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		text[n++] = (char)(unsigned char)((v & 0x7f) | 0x80);
	text[n++] = (char)v;
	return buf_add(out, text, n);
}

/* Pack 8 values into width bytes, lowest bit first. */
PORT_INLINE void
pack8(const uint32_t *v, unsigned width, char *dst)
{
	uint64_t acc = 0;
	unsigned bits = 0;

	for (unsigned i = 0; i < 8; i++) {
		acc |= (uint64_t)v[i] << bits;
		bits += width;
		if (bits >= 32) {
			store_u32(dst, (uint32_t)acc);
			dst += 4;
			acc >>= 32;
			bits -= 32;
		}
	}
	for (; bits > 0; bits -= 8) { /* 8 * width: whole bytes */
		*dst++ = (char)acc;
		acc >>= 8;
	}
}

#define PACK_CASE(w)                                                           \
	case w:                                                                \
		for (size_t i = 0; i < groups; i++)                            \
			pack8(v + i * 8, (w), dst + i * (w));                  \
		break
#define PACK_CASE8(w)                                                          \
	PACK_CASE(w);                                                          \
	PACK_CASE(w + 1);                                                      \
	PACK_CASE(w + 2);                                                      \
	PACK_CASE(w + 3);                                                      \
	PACK_CASE(w + 4);                                                      \
	PACK_CASE(w + 5);                                                      \
	PACK_CASE(w + 6);                                                      \
	PACK_CASE(w + 7)

static void
pack_groups(const uint32_t *v, size_t groups, unsigned width, char *dst)
{
	switch (width) {
		PACK_CASE8(1);
		PACK_CASE8(9);
		PACK_CASE8(17);
		PACK_CASE8(25);
	default:
		break;
	}
}

/* n values bit-packed; only the last call may have n % 8 != 0. */
static int
put_packed(const uint32_t *v, size_t n, unsigned width, struct buf *out)
{
	size_t groups = n / 8;
	uint32_t last[8] = {0};

	if (n == 0)
		return 0;
	if (put_varint(out, (uint64_t)((n + 7) / 8) << 1 | 1) != 0 ||
	    buf_reserve(out, (groups + 1) * width) != 0)
		return FAIL_MEMORY;
	pack_groups(v, groups, width, out->p + out->len);
	out->len += groups * width;
	if (n % 8 != 0) {
		memcpy(last, v + groups * 8, n % 8 * sizeof(*v));
		pack_groups(last, 1, width, out->p + out->len);
		out->len += width;
	}
	return 0;
}

int
rle_encode_run(uint32_t v, size_t n, unsigned width, struct buf *out)
{
	char bytes[4];

	store_u32(bytes, v);
	if (put_varint(out, (uint64_t)n << 1) != 0)
		return FAIL_MEMORY;
	return buf_add(out, bytes, (width + 7) / 8);
}

static size_t
run_length(const uint32_t *v, size_t n)
{
	size_t i = 1;

	while (i < n && v[i] == v[0])
		i++;
	return i;
}

int
rle_encode(const uint32_t *v, size_t n, unsigned width, struct buf *out)
{
	size_t packed = 0; /* v[packed..i) waits to be packed */
	size_t i = 0;

	while (i < n) {
		size_t run = run_length(v + i, n - i);

		/* a run may end the values however short it is, as long as
		 * nothing waits that would have to be padded */
		if (run < RUN_MIN && !(run == n - i && packed == i)) {
			i += run < 8 ? 8 : run / 8 * 8;
			continue;
		}
		if (put_packed(v + packed, i - packed, width, out) != 0 ||
		    rle_encode_run(v[i], run, width, out) != 0)
			return FAIL_MEMORY;
		i += run;
		packed = i;
	}
	return put_packed(v + packed, n - packed, width, out);
}

/* ---- bits ---- */

/* How many of the n bytes, 0 or 1 each, are as the first. */
static size_t
bit_run_length(const uint8_t *v, size_t n)
{
	uint64_t same = v[0] * (uint64_t)0x0101010101010101;
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		uint64_t differ = load_u64(v + i) ^ same;

		if (differ != 0)
			return i + port_ctz64(differ) / 8;
	}
	while (i < n && v[i] == v[0])
		i++;
	return i;
}

/* n bytes as bits; only the last call may have n % 8 != 0. */
static int
put_packed_bits(const uint8_t *v, size_t n, struct buf *out)
{
	uint8_t last[8] = {0};
	size_t groups = n / 8;

	if (n == 0)
		return 0;
	if (put_varint(out, (uint64_t)((n + 7) / 8) << 1 | 1) != 0 ||
	    buf_reserve(out, groups + 1) != 0)
		return FAIL_MEMORY;
	for (size_t i = 0; i < groups; i++)
		out->p[out->len++] = (char)bits_of_bytes(v + i * 8);
	if (n % 8 != 0) {
		memcpy(last, v + groups * 8, n % 8);
		out->p[out->len++] = (char)bits_of_bytes(last);
	}
	return 0;
}

int
rle_encode_bits(const uint8_t *v, size_t n, struct buf *out)
{
	size_t packed = 0, i = 0; /* as in rle_encode */

	while (i < n) {
		size_t run = bit_run_length(v + i, n - i);

		if (run < RUN_MIN && !(run == n - i && packed == i)) {
			i += run < 8 ? 8 : run / 8 * 8;
			continue;
		}
		if (put_packed_bits(v + packed, i - packed, out) != 0 ||
		    rle_encode_run(v[i], run, 1, out) != 0)
			return FAIL_MEMORY;
		i += run;
		packed = i;
	}
	return put_packed_bits(v + packed, n - packed, out);
}

/* ---- decoding ---- */

void
rle_in_init(struct rle_in *in, struct str bytes, unsigned width)
{
	*in = (struct rle_in){.width = width, .held_used = 8};
	in->p = (const unsigned char *)bytes.p;
	in->end = in->p + bytes.n;
}

void
rle_in_init_packed(struct rle_in *in, struct str bytes, unsigned width,
		   size_t n)
{
	rle_in_init(in, bytes, width);
	in->is_msb_first = true;
	in->left = n;
}

/* Read the header of the next run; false at the end or when damaged. */
static bool
next_run(struct rle_in *in)
{
	uint64_t head = 0;
	unsigned shift = 0;

	for (;; shift += 7) {
		if (in->p == in->end || shift > 35)
			return false;
		head |= (uint64_t)(*in->p & 0x7f) << shift;
		if ((*in->p++ & 0x80) == 0)
			break;
	}
	in->is_run = (head & 1) == 0;
	in->held_used = 8;
	if (!in->is_run) {
		in->left = (head >> 1) * 8;
		return true;
	}
	in->left = head >> 1;
	in->value = 0;
	for (unsigned i = 0; i < (in->width + 7) / 8; i++) {
		if (in->p == in->end)
			return false;
		in->value |= (uint32_t)*in->p++ << (8 * i);
	}
	return true;
}

/* 8 values from width bytes at p; 8 bytes behind them must be readable. */
static void
unpack8(const unsigned char *p, unsigned width, uint32_t *out)
{
	uint64_t mask = ((uint64_t)1 << width) - 1;

	for (unsigned i = 0; i < 8; i++) {
		unsigned bit = i * width;

		out[i] = (uint32_t)(load_u64(p + bit / 8) >> bit % 8 & mask);
	}
}

static void
unpack8_msb(const unsigned char *p, unsigned width, uint32_t *out)
{
	unsigned bit = 0;

	for (unsigned i = 0; i < 8; i++) {
		out[i] = 0;
		for (unsigned k = 0; k < width; k++, bit++)
			out[i] = out[i] << 1 |
				 ((uint32_t)p[bit / 8] >> (7 - bit % 8) & 1);
	}
}

/* The last group of a stream may be cut short by some writers: what is not
 * there reads as 0, and rle_get never hands it out past in->left. */
static bool
unpack_group(struct rle_in *in, uint32_t *out)
{
	unsigned char group[32 + 8] = {0};
	size_t have = (size_t)(in->end - in->p);
	const unsigned char *p = in->p;

	if (have < in->width + 8) {
		if (have == 0 && in->width > 0)
			return false;
		if (have > in->width)
			have = in->width;
		memcpy(group, p, have);
		p = group;
	} else {
		have = in->width;
	}
	if (in->is_msb_first)
		unpack8_msb(p, in->width, out);
	else
		unpack8(p, in->width, out);
	in->p += have;
	return true;
}

static bool
get_packed(struct rle_in *in, uint32_t *out, size_t n)
{
	while (n > 0) {
		if (in->held_used == 8 && n >= 8) {
			if (!unpack_group(in, out))
				return false;
			out += 8;
			n -= 8;
			continue;
		}
		if (in->held_used == 8) {
			if (!unpack_group(in, in->held))
				return false;
			in->held_used = 0;
		}
		for (; in->held_used < 8 && n > 0; n--)
			*out++ = in->held[in->held_used++];
	}
	return true;
}

bool
rle_get(struct rle_in *in, uint32_t *out, size_t n)
{
	while (n > 0) {
		size_t take;

		if (in->left == 0 && !next_run(in))
			return false;
		take = in->left < n ? (size_t)in->left : n;
		if (in->is_run) {
			for (size_t i = 0; i < take; i++)
				out[i] = in->value;
		} else if (!get_packed(in, out, take)) {
			return false;
		}
		in->left -= take;
		out += take;
		n -= take;
	}
	return true;
}
