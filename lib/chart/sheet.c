/* SPDX-License-Identifier: MIT */
/*
 * Text on its way out. Everything that comes from data passes through
 * sheet_text (HTML) or sheet_plain (terminal), which is what keeps a hostile
 * artist name from being markup or an escape sequence.
 */
#include "chart/sheet.h"

#include <stdarg.h>

#include "base/banned.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS    "\xE2\x80\xA6" /* U+2026 */

static void
sheet_bytes(struct sheet *s, const char *p, size_t n)
{
	if (!s->is_full && buf_add(s->out, p, n) != 0)
		s->is_full = true;
}

void
sheet_raw(struct sheet *s, const char *text)
{
	sheet_bytes(s, text, strlen(text));
}

void
sheet_rawf(struct sheet *s, const char *fmt, ...)
{
	char text[512]; /* our own formats only; none comes near */
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		s->is_full = true;
	else
		sheet_bytes(s, text, (size_t)n);
}

/*
 * The code point at p and its bytes in *n. Lines were validated, so a
 * malformed sequence is rare; it is taken as one byte of U+FFFD.
 */
static uint32_t
code_point(const char *p, size_t left, size_t *n)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t c = u[0];
	size_t want = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	size_t i;

	*n = 1;
	if (want == 1)
		return c;
	if (c < 0xC2 || c > 0xF4 || want > left)
		return 0xFFFD;
	c &= 0xFFU >> (want + 1);
	for (i = 1; i < want; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0xFFFD;
		c = c << 6 | (u[i] & 0x3F);
	}
	*n = want;
	return c;
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) ||
	       (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* Marks that turn the direction of writing around (Unicode TR 9). */
static bool
is_direction_mark(uint32_t c)
{
	return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* Columns of a character: East Asian wide and emoji blocks take two. */
static unsigned
columns_of(uint32_t c)
{
	if ((c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0xFE00 && c <= 0xFE0F))
		return 0;
	if ((c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
	    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
	    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
	    (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD))
		return 2;
	return 1;
}

void
sheet_text(struct sheet *s, struct str text)
{
	size_t i, n;

	for (i = 0; i < text.n; i += n) {
		uint32_t c = code_point(text.p + i, text.n - i, &n);

		if (c == '&')
			sheet_raw(s, "&amp;");
		else if (c == '<')
			sheet_raw(s, "&lt;");
		else if (c == '>')
			sheet_raw(s, "&gt;");
		else if (c == '"')
			sheet_raw(s, "&quot;");
		else if (c == '\'')
			sheet_raw(s, "&#39;");
		else if (is_control(c) || c == 0xFFFD)
			sheet_raw(s, REPLACEMENT);
		else
			sheet_bytes(s, text.p + i, n);
	}
}

/* Does the text fit into so many columns? */
static bool
fits(struct str text, unsigned columns)
{
	unsigned used = 0;
	size_t i, n;

	for (i = 0; i < text.n && used <= columns; i += n)
		used += columns_of(code_point(text.p + i, text.n - i, &n));
	return used <= columns;
}

unsigned
sheet_plain(struct sheet *s, struct str text, unsigned columns)
{
	unsigned room = fits(text, columns) ? columns : columns - 1;
	unsigned used = 0;
	size_t i, n;

	if (columns == 0)
		return 0;
	for (i = 0; i < text.n; i += n) {
		uint32_t c = code_point(text.p + i, text.n - i, &n);
		unsigned width = columns_of(c);

		if (used + width > room) {
			sheet_raw(s, ELLIPSIS);
			return used + 1;
		}
		if (is_control(c) || is_direction_mark(c) || c == 0xFFFD)
			sheet_raw(s, REPLACEMENT);
		else
			sheet_bytes(s, text.p + i, n);
		used += width;
	}
	return used;
}

void
sheet_repeat(struct sheet *s, const char *character, unsigned n)
{
	while (n-- > 0)
		sheet_raw(s, character);
}

int
sheet_end(const struct sheet *s, struct fail *f)
{
	if (s->is_full)
		return fail_set(f, FAIL_MEMORY,
				"the page is larger than %zu bytes",
				s->out->max);
	return 0;
}
