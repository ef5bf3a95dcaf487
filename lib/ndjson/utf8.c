/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 by RFC 3629. The second byte of a sequence is what tells overlong
 * forms, surrogates and values over U+10FFFF from good ones, so its range
 * depends on the first byte; all later ones are 80..BF.
 */
#include "utf8.h"

#include "ndjson/ndjson.h"

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t
utf8_sequence(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	unsigned char c = s[0];
	unsigned char lo = 0x80;
	unsigned char hi = 0xbf;
	size_t len;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (c == 0xe0)
		lo = 0xa0; /* below: overlong */
	else if (c == 0xed)
		hi = 0x9f; /* above: surrogates */
	else if (c == 0xf0)
		lo = 0x90; /* below: overlong */
	else if (c == 0xf4)
		hi = 0x8f; /* above: over U+10FFFF */
	if (s[1] < lo || s[1] > hi)
		return 0;
	if (len > 2 && !is_tail(s[2]))
		return 0;
	if (len > 3 && !is_tail(s[3]))
		return 0;
	return len;
}

size_t
utf8_encode(uint32_t rune, char *dst)
{
	if (rune < 0x80) {
		dst[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		dst[0] = (char)(0xc0 | rune >> 6);
		dst[1] = (char)(0x80 | (rune & 0x3f));
		return 2;
	}
	if (rune < 0x10000) {
		dst[0] = (char)(0xe0 | rune >> 12);
		dst[1] = (char)(0x80 | (rune >> 6 & 0x3f));
		dst[2] = (char)(0x80 | (rune & 0x3f));
		return 3;
	}
	dst[0] = (char)(0xf0 | rune >> 18);
	dst[1] = (char)(0x80 | (rune >> 12 & 0x3f));
	dst[2] = (char)(0x80 | (rune >> 6 & 0x3f));
	dst[3] = (char)(0x80 | (rune & 0x3f));
	return 4;
}

bool
ndjson_is_utf8(const char *p, size_t n, size_t *at)
{
	size_t i = 0;

	while (i < n) {
		size_t len;

		if (n - i >= 8 &&
		    (load_u64(p + i) & 0x8080808080808080u) == 0) {
			i += 8;
			continue;
		}
		len = utf8_sequence(p + i, n - i);
		if (len == 0) {
			*at = i;
			return false;
		}
		i += len;
	}
	return true;
}
