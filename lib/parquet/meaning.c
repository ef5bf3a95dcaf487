/* SPDX-License-Identifier: MIT */
/*
 * What the schema makes of stored values: units of time, decimals, INT96,
 * half floats, unsigned integers, UUIDs. parquet-format's LogicalTypes.md.
 */
#include "parquet/values.h"

#define INT96_EPOCH_DAY 2440588 /* Julian day number of 1970-01-01 */

static bool
to_micros(int64_t *v, size_t n, enum pq_unit unit)
{
	for (size_t i = 0; i < n; i++) {
		if (unit == PQ_NANOS) {
			v[i] = v[i] / 1000 - (v[i] % 1000 < 0);
		} else if (unit == PQ_MILLIS) {
			if (v[i] > INT64_MAX / 1000 || v[i] < INT64_MIN / 1000)
				return false;
			v[i] *= 1000;
		}
	}
	return true;
}

/* 8 bytes of nanoseconds in the day, 4 of the Julian day. */
static bool
int96_to_micros(struct str s, int64_t *out)
{
	int64_t nanos = (int64_t)load_u64(s.p);
	int64_t day = (int64_t)load_u32(s.p + 8) - INT96_EPOCH_DAY;
	int64_t most = INT64_MAX / UTC_DAY - 1;

	if (day > most || day < -most || nanos < 0 || nanos >= 1000 * UTC_DAY)
		return false;
	*out = day * UTC_DAY + nanos / 1000;
	return true;
}

/* Big-endian two's complement of any length that fits 64 bits. */
static bool
bytes_to_decimal(struct str s, int64_t *out)
{
	uint64_t v;
	size_t i = 0;
	unsigned char sign;

	if (s.n == 0)
		return false;
	sign = (unsigned char)s.p[0] & 0x80 ? 0xff : 0;
	v = sign != 0 ? UINT64_MAX : 0;
	for (; i + 8 < s.n; i++)
		if ((unsigned char)s.p[i] != sign)
			return false;
	if (s.n > 8 && ((unsigned char)s.p[i] & 0x80) != (sign & 0x80))
		return false;
	for (; i < s.n; i++)
		v = v << 8 | (unsigned char)s.p[i];
	*out = (int64_t)v;
	return true;
}

/* IEEE 754 binary16, little-endian, as the bits of a double. */
static int64_t
half_bits(struct str s)
{
	unsigned low = (unsigned char)s.p[0], high = (unsigned char)s.p[1];
	unsigned half = low | high << 8;
	uint64_t sign = (uint64_t)(half >> 15) << 63;
	uint64_t exponent = half >> 10 & 31, fraction = half & 1023;

	if (exponent == 0) { /* zero or subnormal: fraction x 2^-24 */
		double v = (double)fraction / (1 << 24);
		uint64_t bits;

		memcpy(&bits, &v, sizeof(bits));
		return (int64_t)(bits | sign);
	}
	exponent = exponent == 31 ? 2047 : exponent - 15 + 1023;
	return (int64_t)(sign | exponent << 52 | fraction << 42);
}

bool
pq_make_uuids(struct buf *made, struct str *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	buf_reset(made);
	if (buf_reserve(made, n * PQ_UUID_TEXT + 1) != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		char *start = made->p + i * PQ_UUID_TEXT, *p = start;

		for (size_t k = 0; k < 16; k++) {
			unsigned char c = (unsigned char)text[i].p[k];

			if (k == 4 || k == 6 || k == 8 || k == 10)
				*p++ = '-';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
		text[i] = (struct str){start, PQ_UUID_TEXT};
	}
	return true;
}

/* Texts that are numbers, into numbers. */
static bool
texts_to_numbers(const struct pq_node *node, const struct str *text, size_t n,
		 int64_t *out)
{
	bool is_ok = true;

	for (size_t i = 0; i < n && is_ok; i++) {
		if (node->physical == PQ_INT96)
			is_ok = int96_to_micros(text[i], &out[i]);
		else if (node->type == TABLE_FLOAT)
			out[i] = half_bits(text[i]);
		else
			is_ok = bytes_to_decimal(text[i], &out[i]);
	}
	return is_ok;
}

bool
pq_make_numbers(const struct pq_node *node, const struct str *text, size_t n,
		int64_t *number)
{
	if (pq_is_bytes(node))
		return text != NULL && texts_to_numbers(node, text, n, number);
	if (node->unit != PQ_MICROS)
		return to_micros(number, n, node->unit);
	if (node->is_unsigned && node->physical == PQ_INT32)
		for (size_t i = 0; i < n; i++)
			number[i] = (uint32_t)number[i];
	return true;
}
