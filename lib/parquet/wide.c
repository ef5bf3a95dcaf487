/* SPDX-License-Identifier: MIT */
/*
 * Decimals of more digits than 64 bits hold, as text: 128 bits are divided by
 * 10^9 until nothing is left.
 */
#include "parquet/shape.h"

#define LIMBS	    4 /* of 32 bits, the least significant first */
#define DIGITS_MAX  40
#define NINE_DIGITS 1000000000u

/* The magnitude of a two's complement number; false: over 128 bits. */
static bool
load_wide(struct str s, uint32_t *limb, bool *is_negative)
{
	unsigned char sign;
	uint64_t carry;

	if (s.n == 0)
		return false;
	*is_negative = ((unsigned char)s.p[0] & 0x80) != 0;
	sign = *is_negative ? 0xff : 0;
	for (; s.n > LIMBS * 4; s.p++, s.n--)
		if ((unsigned char)s.p[0] != sign ||
		    (((unsigned char)s.p[1] ^ sign) & 0x80) != 0)
			return false;
	for (size_t i = 0; i < LIMBS; i++)
		limb[i] = *is_negative ? UINT32_MAX : 0;
	for (size_t i = 0; i < s.n; i++) {
		size_t bit = (s.n - 1 - i) * 8;

		limb[bit / 32] &= ~((uint32_t)0xff << bit % 32);
		limb[bit / 32] |= (uint32_t)(unsigned char)s.p[i] << bit % 32;
	}
	carry = *is_negative;
	for (size_t i = 0; *is_negative && i < LIMBS; i++) {
		carry += (uint32_t)~limb[i];
		limb[i] = (uint32_t)carry; /* the low half */
		carry >>= 32;
	}
	return true;
}

/* Its decimal digits at the end of dst; returns how many, 0 for zero. */
static size_t
wide_digits(uint32_t *limb, char dst[DIGITS_MAX])
{
	size_t at = DIGITS_MAX;

	for (;;) {
		uint64_t rest = 0;
		bool is_zero = true;

		for (size_t i = LIMBS; i-- > 0;) {
			rest = rest << 32 | limb[i];
			limb[i] = (uint32_t)(rest / NINE_DIGITS); /* fits */
			rest %= NINE_DIGITS;
			is_zero = is_zero && limb[i] == 0;
		}
		for (int k = 0; k < 9 && at > 0; k++) {
			dst[--at] = (char)('0' + rest % 10);
			rest /= 10;
		}
		if (is_zero || at == 0)
			break;
	}
	while (at < DIGITS_MAX && dst[at] == '0')
		at++;
	return DIGITS_MAX - at;
}

/* digits x 10^-from_scale with `scale` digits behind the point. */
static int
put_digits(struct buf *out, bool is_negative, struct str digits,
	   unsigned from_scale, unsigned scale)
{
	char text[DIGITS_MAX + 2 * 38 + 4];
	char padded[DIGITS_MAX + 2 * 38];
	size_t n = 0, len = 0, whole;

	/* at least one digit before the point */
	for (size_t i = digits.n; i <= from_scale; i++)
		padded[n++] = '0';
	memcpy(padded + n, digits.p, digits.n);
	n += digits.n;
	whole = n - from_scale;
	for (unsigned i = from_scale; i < scale; i++)
		padded[n++] = '0';
	if (is_negative)
		text[len++] = '-';
	memcpy(text + len, padded, whole);
	len += whole;
	if (scale > 0) {
		text[len++] = '.';
		memcpy(text + len, padded + whole, scale);
		len += scale;
	}
	return buf_add(out, text, len);
}

int
pq_put_wide(struct buf *out, struct str bytes, unsigned from_scale,
	    unsigned scale)
{
	char digits[DIGITS_MAX];
	uint32_t limb[LIMBS];
	bool is_negative;
	size_t n;

	if (!load_wide(bytes, limb, &is_negative))
		return FAIL_DATA;
	n = wide_digits(limb, digits);
	if (n > 38)
		return FAIL_DATA;
	return put_digits(out, is_negative,
			  (struct str){digits + DIGITS_MAX - n, n}, from_scale,
			  scale);
}

int
pq_put_grown(struct buf *out, int64_t v, const struct pq_node *node,
	     unsigned scale)
{
	char bytes[9];

	bytes[0] = v < 0 && !node->is_unsigned ? (char)-1 : 0;
	for (unsigned i = 0; i < 8; i++)
		bytes[1 + i] = (char)((uint64_t)v >> (56 - 8 * i));
	return pq_put_wide(out, (struct str){bytes, sizeof(bytes)}, node->scale,
			   scale);
}
