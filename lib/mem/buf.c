/* SPDX-License-Identifier: MIT */
/*
 * Growing buffers and arrays: capacity doubles, so that adding is constant
 * time on average, and never passes the maximum given at init.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"

#define BUF_MIN ((size_t)256)

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){.max = b->max};
}

int
buf_reserve(struct buf *b, size_t n)
{
	size_t need, cap;
	char *p;

	if (b->cap - b->len >= n)
		return 0;
	if (!size_add(b->len, n, &need) || need > b->max)
		return FAIL_MEMORY;
	cap = b->cap < BUF_MIN ? BUF_MIN : b->cap;
	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	if (cap > b->max)
		cap = b->max;
	p = realloc(b->p, cap);
	if (p == NULL)
		return FAIL_MEMORY;
	b->p = p;
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	int rc = buf_reserve(b, n);

	if (rc != 0)
		return rc;
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	return 0;
}

int
buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.p, s.n);
}

int
buf_add_cstr(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_add_i64(struct buf *b, int64_t v)
{
	char text[NUM_I64_MAX];

	return buf_add(b, text, num_format_i64(text, v));
}

int
buf_add_f64(struct buf *b, double v)
{
	char text[NUM_F64_MAX];

	return buf_add(b, text, num_format_f64(text, v));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return FAIL_MEMORY;
	rc = buf_reserve(b, (size_t)n + 1);
	if (rc != 0)
		return rc;
	va_start(ap, fmt);
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

bool
mem_grow(void *ptr_to_ptr, size_t len, size_t *cap, size_t item_size)
{
	struct {
		void *p; /* of a type that only the caller knows */
	} array;
	size_t want = *cap < 16 ? 16 : *cap * 2;
	size_t n;
	void *grown;

	if (len < *cap)
		return true;
	memcpy(&array, ptr_to_ptr, sizeof(array));
	if (*cap > SIZE_MAX / 2 || !size_mul(want, item_size, &n))
		return false;
	grown = realloc(array.p, n);
	if (grown == NULL)
		return false;
	array.p = grown;
	memcpy(ptr_to_ptr, &array, sizeof(array));
	*cap = want;
	return true;
}
