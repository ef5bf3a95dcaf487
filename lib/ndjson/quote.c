/* SPDX-License-Identifier: MIT */
/*
 * Strings out. Only what JSON demands is escaped; all other bytes stay as
 * they are.
 */
#include "ndjson/ndjson.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* Must any of eight bytes be escaped? */
static bool
has_escaped(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"';
	uint64_t slash = w ^ ONES * '\\';

	/* (v - n) & ~v has the high bit of the first byte below n set; a
	 * borrow may add hits behind it. */
	return ((((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
		 ((w - ONES * 0x20) & ~w)) &
		HIGHS) != 0;
}

/* The letter behind the backslash of a byte to escape; 'u' for \u00XX. */
static char
escape_letter(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 'u';
	}
}

size_t
ndjson_format_string(char *dst, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *out = dst;

	*out++ = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c;
		char letter;

		for (; n - i >= 8 && !has_escaped(load_u64(p + i)); i += 8) {
			memcpy(out, p + i, 8);
			out += 8;
		}
		if (i == n)
			break;
		c = (unsigned char)p[i];
		if (c >= 0x20 && c != '"' && c != '\\') {
			*out++ = (char)c;
			continue;
		}
		letter = escape_letter(c);
		*out++ = '\\';
		*out++ = letter;
		if (letter == 'u') {
			memcpy(out, "00", 2);
			out[2] = hex[c >> 4];
			out[3] = hex[c & 15];
			out += 4;
		}
	}
	*out++ = '"';
	return (size_t)(out - dst);
}

int
ndjson_put_string(struct buf *out, struct str s)
{
	size_t most;
	int rc;

	if (!size_mul(s.n, 6, &most) || !size_add(most, 2, &most))
		return FAIL_MEMORY;
	rc = buf_reserve(out, most);
	if (rc != 0)
		return rc;
	out->len += ndjson_format_string(out->p + out->len, s.p, s.n);
	return 0;
}

size_t
ndjson_format_base64(char *dst, const char *p, size_t n)
{
	size_t len = base64_encode(dst + 1, p, n);

	dst[0] = dst[len + 1] = '"';
	return len + 2;
}

int
ndjson_put_base64(struct buf *out, struct str s)
{
	int rc = buf_reserve(out, BASE64_LEN(s.n) + 2);

	if (rc != 0)
		return rc;
	out->len += ndjson_format_base64(out->p + out->len, s.p, s.n);
	return 0;
}

int
ndjson_put_raw(struct buf *out, struct str s)
{
	size_t at;
	int rc;

	if (ndjson_is_utf8(s.p, s.n, &at)) {
		rc = buf_add_cstr(out, "\"raw\":");
		return rc != 0 ? rc : ndjson_put_string(out, s);
	}
	rc = buf_add_cstr(out, "\"rawBase64\":");
	return rc != 0 ? rc : ndjson_put_base64(out, s);
}
