/* SPDX-License-Identifier: MIT */
/*
 * Strings out. Only what JSON demands is escaped; all other bytes stay as
 * they are.
 */
#include "ndjson/ndjson.h"

/* The letter behind the backslash; 'u' for \u00XX; 0 for none. */
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
		return c < 0x20 ? 'u' : '\0';
	}
}

size_t
ndjson_format_string(char *dst, const char *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *out = dst;

	*out++ = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		char letter = escape_letter(c);

		if (letter == '\0') {
			*out++ = (char)c;
			continue;
		}
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
