/* SPDX-License-Identifier: MIT */
/*
 * Percent code of paths and names. Texts are short, so bytes go one by one.
 */
#include "mem/mem.h"

int
buf_add_percent(struct buf *b, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	unsigned char u = (unsigned char)c;
	char code[3] = {'%', hex[u >> 4], hex[u & 15]};

	return buf_add(b, code, sizeof(code));
}

int
buf_add_encoded(struct buf *b, struct str s, const char *plain)
{
	size_t start = b->len;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s.n; i++) {
		char c = s.p[i];
		bool is_plain = (c >= 'a' && c <= 'z') ||
				(c >= 'A' && c <= 'Z') ||
				(c >= '0' && c <= '9') ||
				memchr(plain, c, strlen(plain)) != NULL;

		rc = is_plain ? buf_add_char(b, c) : buf_add_percent(b, c);
	}
	if (rc != 0)
		b->len = start;
	return rc;
}

static int
digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

int
buf_add_decoded(struct buf *b, struct str s)
{
	size_t start = b->len;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s.n; i++) {
		char c = s.p[i];

		if (c == '%' && i + 2 < s.n && digit_of(s.p[i + 1]) >= 0 &&
		    digit_of(s.p[i + 2]) >= 0) {
			c = (char)(digit_of(s.p[i + 1]) * 16 +
				   digit_of(s.p[i + 2]));
			i += 2;
		}
		rc = buf_add_char(b, c);
	}
	if (rc != 0)
		b->len = start;
	return rc;
}
