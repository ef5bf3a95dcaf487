/* SPDX-License-Identifier: MIT */
#include "base/base64.h"

#include <stdint.h>

static const char digit_of[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghij"
			       "klmnopqrstuvwxyz0123456789+/";

size_t
base64_encode(char *dst, const void *p, size_t n)
{
	const unsigned char *s = p;
	char *q = dst;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t b = (uint32_t)s[i] << 16;

		if (left > 1)
			b |= (uint32_t)s[i + 1] << 8;
		if (left > 2)
			b |= s[i + 2];
		*q++ = digit_of[b >> 18];
		*q++ = digit_of[b >> 12 & 63];
		*q++ = left > 1 ? digit_of[b >> 6 & 63] : '=';
		*q++ = left > 2 ? digit_of[b & 63] : '=';
	}
	return (size_t)(q - dst);
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int
base64_decode(void *dst, const char *p, size_t n, size_t *out_n)
{
	unsigned char *out = dst;
	size_t digits = n; /* without padding */

	if (n % 4 != 0)
		return -1;
	while (digits > 0 && n - digits < 2 && p[digits - 1] == '=')
		digits--;
	for (size_t i = 0; i < n; i += 4) {
		uint32_t bits = 0;

		for (size_t j = i; j < i + 4; j++) {
			int d = j < digits ? value_of(p[j]) : 0;

			if (d < 0)
				return -1;
			bits = bits << 6 | (uint32_t)d;
		}
		*out++ = (unsigned char)(bits >> 16);
		*out++ = (unsigned char)(bits >> 8);
		*out++ = (unsigned char)bits;
	}
	*out_n = n / 4 * 3 - (n - digits);
	return 0;
}
