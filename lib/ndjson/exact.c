/* SPDX-License-Identifier: MIT */
/*
 * The exact parser. A small machine that knows what may come next (enum
 * want) and a stack of one bit a level (object or array), so that nesting
 * costs no recursion. It never looks beyond its text and stops at the first
 * fault, which is what makes its reasons and offsets exact.
 */
#include "exact.h"

#include "utf8.h"

#define ONES  0x0101010101010101u
#define HIGHS 0x8080808080808080u

/* One bit a level: set for an object. */
struct nest {
	uint64_t bit[EXACT_DEPTH_MAX / 64];
	unsigned depth; /* levels in use here */
};

static void
nest_push(struct nest *s, bool is_object)
{
	uint64_t *word = &s->bit[s->depth >> 6];
	unsigned at = s->depth & 63;
	/* A word's first level finds it as no one has ever set it. */
	uint64_t below = at == 0 ? 0 : *word & (((uint64_t)1 << at) - 1);

	*word = below | (uint64_t)is_object << at;
	s->depth++;
}

static bool
nest_is_object(const struct nest *s)
{
	return s->bit[(s->depth - 1) >> 6] >> ((s->depth - 1) & 63) & 1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20;
}

void
exact_blanks(struct exact *x)
{
	while (x->at < x->n && is_blank(x->p[x->at]))
		x->at++;
}

enum ndjson_reason
exact_blame(const struct exact *x, enum ndjson_reason otherwise)
{
	const char *p = x->p + x->at;
	size_t left = x->n - x->at;

	if (left == 0)
		return NDJSON_CUT;
	if (*p == '\0')
		return NDJSON_NUL;
	if (is_control(*p))
		return NDJSON_CONTROL_CHAR;
	if (left >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		return NDJSON_BOM;
	if (utf8_sequence(p, left) == 0)
		return NDJSON_BAD_UTF8;
	return otherwise;
}

/* ---- strings ---- */

/* Does any of eight bytes need a look: quote, backslash, below U+0020, or
 * not ASCII? */
static bool
has_notable(uint64_t w)
{
	uint64_t quote = w ^ ONES * '"';
	uint64_t slash = w ^ ONES * '\\';

	/* (v - 1) & ~v has a byte's high bit set where v is 0; a borrow may
	 * add hits but loses none. */
	return ((((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) |
		 (w - ONES * 0x20) | w) &
		HIGHS) != 0;
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits of \u at p[at]; at stays on the first bad one. */
static enum ndjson_reason
hex4(struct exact *x, uint32_t *out)
{
	uint32_t v = 0;

	for (int i = 0; i < 4; i++, x->at++) {
		int d = x->at < x->n ? hex_value(x->p[x->at]) : -1;

		if (d < 0)
			return exact_blame(x, NDJSON_BAD_ESCAPE);
		v = v << 4 | (uint32_t)d;
	}
	*out = v;
	return NDJSON_OK;
}

static bool
begins_unicode_escape(const struct exact *x)
{
	return x->n - x->at >= 2 && x->p[x->at] == '\\' &&
	       x->p[x->at + 1] == 'u';
}

/* A \u escape or a pair of them, cursor behind the u of the first, whose
 * backslash is at begin. */
static enum ndjson_reason
unicode_escape(struct exact *x, size_t begin)
{
	enum ndjson_reason reason;
	uint32_t unit = 0, low = 0;

	reason = hex4(x, &unit);
	if (reason != NDJSON_OK || unit < 0xd800 || unit > 0xdfff)
		return reason;
	if (unit < 0xdc00 && begins_unicode_escape(x)) {
		size_t second = x->at;

		x->at += 2;
		reason = hex4(x, &low);
		if (reason != NDJSON_OK)
			return reason;
		if (low >= 0xdc00 && low <= 0xdfff)
			return NDJSON_OK;
		x->at = second;
	} else if (unit < 0xdc00 && x->at == x->n) {
		return NDJSON_CUT;
	}
	if (x->allow_lone_surrogates)
		return NDJSON_OK;
	x->at = begin;
	return NDJSON_LONE_SURROGATE;
}

enum ndjson_reason
exact_escape(struct exact *x)
{
	size_t begin = x->at;

	x->at++;
	if (x->at == x->n)
		return NDJSON_CUT;
	switch (x->p[x->at]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		x->at++;
		return NDJSON_OK;
	case 'u':
		x->at++;
		return unicode_escape(x, begin);
	default:
		return exact_blame(x, NDJSON_BAD_ESCAPE);
	}
}

enum ndjson_reason
exact_string(struct exact *x, struct ndjson_val *v)
{
	enum ndjson_reason reason;
	size_t begin = ++x->at;
	bool has_escape = false;

	for (;;) {
		size_t len;

		while (x->n - x->at >= 8 &&
		       !has_notable(load_u64(x->p + x->at)))
			x->at += 8;
		if (x->at == x->n)
			return NDJSON_CUT;
		if (x->p[x->at] == '"')
			break;
		if (x->p[x->at] == '\\') {
			has_escape = true;
			reason = exact_escape(x);
			if (reason != NDJSON_OK)
				return reason;
			continue;
		}
		if (is_control(x->p[x->at]))
			return exact_blame(x, NDJSON_CONTROL_CHAR);
		len = utf8_sequence(x->p + x->at, x->n - x->at);
		if (len == 0)
			return NDJSON_BAD_UTF8;
		x->at += len;
	}
	if (v != NULL)
		*v = (struct ndjson_val){.p = x->p + begin,
					 .n = (uint32_t)(x->at - begin),
					 .kind = NDJSON_STRING,
					 .has_escape = has_escape};
	x->at++;
	return NDJSON_OK;
}

/* ---- numbers and words ---- */

static size_t
digits(struct exact *x)
{
	size_t begin = x->at;

	while (x->at < x->n && is_digit(x->p[x->at]))
		x->at++;
	return x->at - begin;
}

static char
peek(const struct exact *x)
{
	return x->at < x->n ? x->p[x->at] : '\0';
}

static enum ndjson_reason
number(struct exact *x, uint8_t *kind)
{
	*kind = NDJSON_INT;
	if (peek(x) == '-')
		x->at++;
	if (peek(x) == '0')
		x->at++;
	else if (digits(x) == 0)
		return exact_blame(x, NDJSON_BAD_NUMBER);
	if (peek(x) == '.') {
		x->at++;
		*kind = NDJSON_FLOAT;
		if (digits(x) == 0)
			return exact_blame(x, NDJSON_BAD_NUMBER);
	}
	if (peek(x) == 'e' || peek(x) == 'E') {
		x->at++;
		*kind = NDJSON_FLOAT;
		if (peek(x) == '+' || peek(x) == '-')
			x->at++;
		if (digits(x) == 0)
			return exact_blame(x, NDJSON_BAD_NUMBER);
	}
	/* "012", "1.2.3", "0x1f", "1abc": say number, not missing comma. */
	if (is_digit(peek(x)) || is_letter(peek(x)) || peek(x) == '.' ||
	    peek(x) == '+' || peek(x) == '-')
		return NDJSON_BAD_NUMBER;
	return NDJSON_OK;
}

static enum ndjson_reason
literal(struct exact *x, uint8_t *kind)
{
	static const struct {
		const char *word;
		uint8_t kind;
	} words[] = {
		{"true", NDJSON_TRUE},
		{"false", NDJSON_FALSE},
		{"null", NDJSON_NULL},
	};
	size_t begin = x->at;
	size_t n;

	while (is_letter(peek(x)) || is_digit(peek(x)) || peek(x) == '_')
		x->at++;
	n = x->at - begin;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);
		bool is_prefix = n <= len &&
				 memcmp(x->p + begin, words[i].word, n) == 0;

		if (is_prefix && n == len) {
			*kind = words[i].kind;
			return NDJSON_OK;
		}
		if (is_prefix && x->at == x->n)
			return NDJSON_CUT;
	}
	x->at = begin;
	return NDJSON_BAD_LITERAL;
}

/* ---- values ---- */

enum want {
	WANT_VALUE,
	WANT_ITEM_OR_CLOSE,
	WANT_KEY,
	WANT_KEY_OR_CLOSE,
	WANT_COMMA_OR_CLOSE,
};

/* Open a container, or read a scalar; tells what comes next. */
static enum ndjson_reason
value_begin(struct exact *x, struct nest *s, enum want *next)
{
	char c = peek(x);
	uint8_t kind;

	*next = WANT_COMMA_OR_CLOSE;
	if (c == '"')
		return exact_string(x, NULL);
	if (c == '{' || c == '[') {
		if (x->depth + s->depth >= x->max_depth)
			return NDJSON_TOO_DEEP;
		nest_push(s, c == '{');
		*next = c == '{' ? WANT_KEY_OR_CLOSE : WANT_ITEM_OR_CLOSE;
		x->at++;
		return NDJSON_OK;
	}
	if (is_digit(c) || c == '-')
		return number(x, &kind);
	if (is_letter(c))
		return literal(x, &kind);
	if (c == '+' || c == '.')
		return NDJSON_BAD_NUMBER;
	return exact_blame(x, NDJSON_BAD_TOKEN);
}

enum ndjson_reason
exact_key(struct exact *x, struct ndjson_val *key)
{
	enum ndjson_reason reason;
	char c = peek(x);

	if (c == ',' || c == ':' || c == ']' || c == '}')
		return NDJSON_BAD_TOKEN;
	if (c != '"')
		return exact_blame(x, NDJSON_BAD_KEY);
	reason = exact_string(x, key);
	if (reason != NDJSON_OK)
		return reason;
	exact_blanks(x);
	if (peek(x) != ':')
		return exact_blame(x, NDJSON_MISSING_COLON);
	x->at++;
	return NDJSON_OK;
}

enum ndjson_reason
exact_comma(struct exact *x, char close)
{
	char c = peek(x);

	if (c == close) {
		x->at++;
		return NDJSON_OK;
	}
	if (c == ',') {
		x->at++;
		exact_blanks(x);
		if (peek(x) == '}' || peek(x) == ']')
			return NDJSON_TRAILING_COMMA;
		return NDJSON_OK;
	}
	if (c == '}' || c == ']' || c == ':')
		return NDJSON_BAD_TOKEN;
	return exact_blame(x, NDJSON_MISSING_COMMA);
}

static enum ndjson_reason
comma_or_close(struct exact *x, struct nest *s, enum want *next)
{
	bool is_object = nest_is_object(s);

	*next = WANT_COMMA_OR_CLOSE;
	if (peek(x) == ',')
		*next = is_object ? WANT_KEY : WANT_VALUE;
	else if (peek(x) == (is_object ? '}' : ']'))
		s->depth--;
	return exact_comma(x, is_object ? '}' : ']');
}

static enum ndjson_reason
step(struct exact *x, struct nest *s, enum want *want)
{
	char c = peek(x);

	if ((*want == WANT_ITEM_OR_CLOSE && c == ']') ||
	    (*want == WANT_KEY_OR_CLOSE && c == '}'))
		*want = WANT_COMMA_OR_CLOSE;
	switch (*want) {
	case WANT_KEY:
	case WANT_KEY_OR_CLOSE:
		*want = WANT_VALUE;
		return exact_key(x, NULL);
	case WANT_COMMA_OR_CLOSE:
		return comma_or_close(x, s, want);
	case WANT_VALUE:
	case WANT_ITEM_OR_CLOSE:
		break;
	}
	return value_begin(x, s, want);
}

/* A container, cursor on its opening bracket. */
static enum ndjson_reason
container(struct exact *x, struct ndjson_val *v)
{
	struct nest s;
	enum want want = WANT_VALUE;
	size_t begin = x->at;

	s.depth = 0;
	do {
		enum ndjson_reason reason;

		exact_blanks(x);
		reason = step(x, &s, &want);
		if (reason != NDJSON_OK)
			return reason;
	} while (s.depth > 0);
	if (v != NULL)
		*v = (struct ndjson_val){.p = x->p + begin,
					 .n = (uint32_t)(x->at - begin),
					 .kind = x->p[begin] == '{'
							 ? NDJSON_OBJECT
							 : NDJSON_ARRAY};
	return NDJSON_OK;
}

enum ndjson_reason
exact_value(struct exact *x, struct ndjson_val *v)
{
	enum ndjson_reason reason;
	size_t begin = x->at;
	char c = peek(x);
	uint8_t kind;

	if (c == '"')
		return exact_string(x, v);
	if (c == '{' || c == '[')
		return container(x, v);
	if (is_digit(c) || c == '-')
		reason = number(x, &kind);
	else if (is_letter(c))
		reason = literal(x, &kind);
	else if (c == '+' || c == '.')
		return NDJSON_BAD_NUMBER;
	else
		return exact_blame(x, NDJSON_BAD_TOKEN);
	if (reason == NDJSON_OK && v != NULL)
		*v = (struct ndjson_val){.p = x->p + begin,
					 .n = (uint32_t)(x->at - begin),
					 .kind = kind};
	return reason;
}

/* ---- the structural mode ---- */

/* Does p[at] take the next byte's meaning? */
static bool
hides_next(const struct exact *x)
{
	return x->n - x->at >= 2 && x->p[x->at] == '\\' &&
	       (x->p[x->at + 1] == '"' || x->p[x->at + 1] == '\\');
}

/* A string whose escapes nobody looks at, cursor on its opening quote. */
static enum ndjson_reason
skip_string(struct exact *x)
{
	x->at++;
	for (;;) {
		size_t len;

		while (x->n - x->at >= 8 &&
		       !has_notable(load_u64(x->p + x->at)))
			x->at += 8;
		if (x->at == x->n)
			return NDJSON_CUT;
		if (x->p[x->at] == '"') {
			x->at++;
			return NDJSON_OK;
		}
		if (is_control(x->p[x->at]))
			return exact_blame(x, NDJSON_CONTROL_CHAR);
		if (hides_next(x))
			x->at++;
		len = utf8_sequence(x->p + x->at, x->n - x->at);
		if (len == 0)
			return NDJSON_BAD_UTF8;
		x->at += len;
	}
}

/* One character outside strings that means nothing there. */
static enum ndjson_reason
skip_plain(struct exact *x)
{
	char c = peek(x);
	size_t len;

	if (hides_next(x))
		x->at++;
	if (is_control(c) && !is_blank(c))
		return exact_blame(x, NDJSON_CONTROL_CHAR);
	len = utf8_sequence(x->p + x->at, x->n - x->at);
	if (len == 0)
		return NDJSON_BAD_UTF8;
	x->at += len;
	return NDJSON_OK;
}

enum ndjson_reason
exact_skip(struct exact *x)
{
	struct nest s;
	size_t begin = x->at;

	s.depth = 0;
	for (;;) {
		enum ndjson_reason reason = NDJSON_OK;
		char c = peek(x);

		if (s.depth == 0 && (c == ',' || c == '}'))
			return x->at > begin ? NDJSON_OK : NDJSON_BAD_TOKEN;
		switch (c) {
		case '"':
			reason = skip_string(x);
			break;
		case '{':
		case '[':
			if (x->depth + s.depth >= x->max_depth)
				return NDJSON_TOO_DEEP;
			nest_push(&s, c == '{');
			x->at++;
			break;
		case '}':
		case ']':
			if (s.depth == 0 || nest_is_object(&s) != (c == '}'))
				return NDJSON_BAD_TOKEN;
			s.depth--;
			x->at++;
			break;
		default:
			reason = skip_plain(x);
			break;
		}
		if (reason != NDJSON_OK)
			return reason;
	}
}
