/* SPDX-License-Identifier: MIT */
/*
 * Byte views and checked sizes. A struct str borrows: it never owns and
 * never ends in NUL. All functions here are pure.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/port.h"

struct str {
	const char *p; /* borrowed; may be NULL only when n is 0 */
	size_t n;
};

/* For printf: "%.*s", STR_ARG(s). Data may be long: cap it yourself. */
#define STR_ARG(s)   (int)((s).n > 200 ? 200 : (s).n), (s).p
#define STR_LIT(lit) ((struct str){(lit), sizeof(lit) - 1})
/* The same in a static initialiser. */
#define STR_INIT(lit)                                                          \
	{                                                                      \
		(lit), sizeof(lit) - 1                                         \
	}

PORT_INLINE struct str
str_of(const char *cstr)
{
	return (struct str){cstr, cstr == NULL ? 0 : strlen(cstr)};
}

PORT_INLINE bool
str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

PORT_INLINE bool
str_is(struct str a, const char *cstr)
{
	return str_equal(a, str_of(cstr));
}

PORT_INLINE bool
str_starts(struct str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && memcmp(a.p, prefix, n) == 0;
}

PORT_INLINE bool
str_ends(struct str a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.n >= n && memcmp(a.p + a.n - n, suffix, n) == 0;
}

/* Unsigned byte order, shorter first on a tie: the order of LC_ALL=C sort. */
PORT_INLINE int
str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* Without the blanks in front, and the blanks and line ends behind. */
PORT_INLINE struct str
str_trim(struct str s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' ||
			   s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

/* Take the next line off a text, without its \n; false at the text's end. */
PORT_INLINE bool
str_line(struct str *rest, struct str *line)
{
	const char *lf;

	if (rest->n == 0)
		return false;
	lf = (const char *)memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = lf == NULL ? rest->n : (size_t)(lf - rest->p);
	rest->p += line->n + (lf != NULL);
	rest->n -= line->n + (lf != NULL);
	return true;
}

/* Checked arithmetic: false when the result does not fit; *out is then
 * untouched. */
PORT_INLINE bool
size_add(size_t a, size_t b, size_t *out)
{
	if (a > SIZE_MAX - b)
		return false;
	*out = a + b;
	return true;
}

PORT_INLINE bool
size_mul(size_t a, size_t b, size_t *out)
{
	if (b != 0 && a > SIZE_MAX / b)
		return false;
	*out = a * b;
	return true;
}

PORT_INLINE bool
i64_add(int64_t a, int64_t b, int64_t *out)
{
	if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
		return false;
	*out = a + b;
	return true;
}

/* Unaligned little-endian loads and stores. */
PORT_INLINE uint64_t
load_u64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

PORT_INLINE uint32_t
load_u32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

PORT_INLINE void
store_u64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

PORT_INLINE void
store_u32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* Eight bytes, each 0 or 1, as eight bits, the first the lowest. */
PORT_INLINE uint8_t
bits_of_bytes(const uint8_t *p)
{
	/* brings bit 0 of byte i to bit 56 + i, and nothing else there */
	return (uint8_t)(load_u64(p) * 0x0102040810204080u >> 56);
}

#endif
