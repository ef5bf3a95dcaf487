/* SPDX-License-Identifier: MIT */
/*
 * Values and small nested objects, for text that was found grammatical: so
 * there is nothing to refuse here, only ends to find. Ungrammatical text
 * gives nonsense, but never a byte outside it.
 */
#include "ndjson/ndjson.h"

#include "utf8.h"

struct str
ndjson_raw(const struct ndjson_val *v)
{
	if (v->kind == NDJSON_STRING)
		return (struct str){v->p - 1, (size_t)v->n + 2};
	return (struct str){v->p, v->n};
}

/* ---- unescaping ---- */

static uint32_t
hex_digit(char c)
{
	if (c <= '9')
		return (uint32_t)(c - '0');
	return (uint32_t)((c | 0x20) - 'a' + 10);
}

/* The code unit of \uXXXX at p, or UINT32_MAX if there is none. */
static uint32_t
unicode_escape(const char *p, size_t n)
{
	if (n < 6 || p[0] != '\\' || p[1] != 'u')
		return UINT32_MAX;
	return hex_digit(p[2]) << 12 | hex_digit(p[3]) << 8 |
	       hex_digit(p[4]) << 4 | hex_digit(p[5]);
}

/* Decode one \u escape, or a pair of them, n >= 6; returns the bytes taken. */
static size_t
unescape_unicode(const char *p, size_t n, uint32_t *rune)
{
	uint32_t high = unicode_escape(p, n);
	uint32_t low;

	*rune = 0xfffd;
	if ((high & 0xf800) != 0xd800) {
		*rune = high & 0xffff;
		return 6;
	}
	low = unicode_escape(p + 6, n - 6);
	if ((high & 0xfc00) != 0xd800 || (low & 0xfffffc00) != 0xdc00)
		return 6;
	*rune = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
	return 12;
}

static char
short_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c; /* quote, backslash, slash */
	}
}

size_t
ndjson_unescape(const char *p, size_t n, char *dst)
{
	size_t i = 0;
	size_t len = 0;

	while (i < n) {
		const char *slash = memchr(p + i, '\\', n - i);
		size_t plain = slash == NULL ? n - i
					     : (size_t)(slash - (p + i));
		uint32_t rune;

		memmove(dst + len, p + i, plain);
		len += plain;
		i += plain;
		if (n - i < 2)
			break;
		if (p[i + 1] == 'u') {
			if (n - i < 6)
				break;
			i += unescape_unicode(p + i, n - i, &rune);
			len += utf8_encode(rune, dst + len);
		} else {
			dst[len++] = short_escape(p[i + 1]);
			i += 2;
		}
	}
	return len;
}

struct str
ndjson_string(const struct ndjson_val *v, struct arena *a)
{
	char *dst;

	if (!v->has_escape)
		return (struct str){v->p, v->n};
	dst = arena_alloc(a, v->n);
	if (dst == NULL)
		return (struct str){NULL, v->n};
	return (struct str){dst, ndjson_unescape(v->p, v->n, dst)};
}

/* ---- walking ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* Behind the string whose opening quote is at p. */
static const char *
string_end(const char *p, const char *end, bool *has_escape)
{
	*has_escape = false;
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\') {
			*has_escape = true;
			p++;
		}
	}
	return p < end ? p + 1 : end;
}

/* Behind the bracket that closes the one at p. */
static const char *
container_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool has_escape;

	while (p < end) {
		if (*p == '"') {
			p = string_end(p, end, &has_escape);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return end;
}

static bool
ends_scalar(char c)
{
	return is_blank(c) || c == ',' || c == '}' || c == ']';
}

/* The value that begins at p; *behind is where it ends. */
static struct ndjson_val
value_at(const char *p, const char *end, const char **behind)
{
	struct ndjson_val v = {.p = p};
	const char *q = p;

	if (p == end) {
		*behind = end;
		return v;
	}
	switch (*p) {
	case '"':
		q = string_end(p, end, &v.has_escape);
		*behind = q;
		v.kind = NDJSON_STRING;
		v.p = p + 1;
		v.n = q - p < 2 ? 0 : (uint32_t)(q - p - 2);
		return v;
	case '{':
	case '[':
		v.kind = *p == '{' ? NDJSON_OBJECT : NDJSON_ARRAY;
		q = container_end(p, end);
		break;
	default:
		v.kind = *p == 't'   ? NDJSON_TRUE
			 : *p == 'f' ? NDJSON_FALSE
			 : *p == 'n' ? NDJSON_NULL
				     : NDJSON_INT;
		for (; q < end && !ends_scalar(*q); q++) {
			if (v.kind == NDJSON_INT &&
			    (*q == '.' || *q == 'e' || *q == 'E'))
				v.kind = NDJSON_FLOAT;
		}
		break;
	}
	*behind = q;
	v.n = (uint32_t)(q - p);
	return v;
}

struct ndjson_val
ndjson_value_of(struct str text)
{
	const char *behind;

	if (text.n == 0)
		return (struct ndjson_val){0};
	return value_at(skip_blanks(text.p, text.p + text.n), text.p + text.n,
			&behind);
}

struct ndjson_iter
ndjson_members(struct str object_or_array)
{
	const char *end = object_or_array.p + object_or_array.n;
	const char *p = skip_blanks(object_or_array.p, end);

	return (struct ndjson_iter){p < end ? p + 1 : end, end};
}

bool
ndjson_iter_next(struct ndjson_iter *it, struct str *key,
		 struct ndjson_val *val)
{
	const char *p = skip_blanks(it->p, it->end);
	const char *behind;
	bool has_escape;

	if (p < it->end && *p == ',')
		p = skip_blanks(p + 1, it->end);
	if (p == it->end || *p == '}' || *p == ']')
		return false;
	*key = (struct str){p, 0};
	if (*p == '"') {
		/* A key, or an array's item that is a string. */
		behind = string_end(p, it->end, &has_escape);
		*key = (struct str){p + 1, (size_t)(behind - p) - 2};
		behind = skip_blanks(behind, it->end);
		if (behind < it->end && *behind == ':')
			p = skip_blanks(behind + 1, it->end);
		else
			*key = (struct str){p, 0};
	}
	*val = value_at(p, it->end, &it->p);
	return true;
}
