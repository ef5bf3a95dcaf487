/* SPDX-License-Identifier: MIT */
/*
 * An arena is a list of chunks. Small requests bump a pointer in the newest;
 * one that does not fit gets a new chunk, twice the last, at most 1 MiB (or
 * its own size). Reset moves the chunks to a spare list, so that a batch
 * costs no malloc once the first has run.
 */
#include <stdalign.h>
#include <stdlib.h>

#include "mem/mem.h"

#define CHUNK_MIN ((size_t)4 << 10)
#define CHUNK_MAX ((size_t)1 << 20)
#define ALIGN	  (alignof(max_align_t))

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes of data */
	size_t used;
	alignas(max_align_t) char data[];
};

static struct arena_chunk *
chunk_for(struct arena *a, size_t n)
{
	size_t size = a->first == NULL ? CHUNK_MIN : a->first->size * 2;
	struct arena_chunk **spare = &a->spare;
	struct arena_chunk *c;

	for (; *spare != NULL; spare = &(*spare)->next) {
		if ((*spare)->size >= n) {
			c = *spare;
			*spare = c->next;
			c->used = 0;
			return c;
		}
	}
	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < n)
		size = n;
	if (!size_add(size, sizeof(*c), &n))
		return NULL;
	c = malloc(n);
	if (c == NULL)
		return NULL;
	c->size = size;
	c->used = 0;
	return c;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c = a->first;
	void *p;

	if (n > SIZE_MAX - ALIGN)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if (c == NULL || c->size - c->used < n) {
		c = chunk_for(a, n);
		if (c == NULL)
			return NULL;
		c->next = a->first;
		a->first = c;
	}
	p = c->data + c->used;
	c->used += n;
	a->used += n;
	return p;
}

void *
arena_zalloc(struct arena *a, size_t count, size_t size)
{
	size_t n;
	void *p;

	if (!size_mul(count, size, &n))
		return NULL;
	p = arena_alloc(a, n);
	if (p != NULL)
		memset(p, 0, n);
	return p;
}

char *
arena_copy(struct arena *a, struct str s)
{
	char *p = s.n == SIZE_MAX ? NULL : arena_alloc(a, s.n + 1);

	if (p == NULL)
		return NULL;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

void
arena_reset(struct arena *a)
{
	while (a->first != NULL) {
		struct arena_chunk *c = a->first;

		a->first = c->next;
		c->next = a->spare;
		a->spare = c;
	}
	a->used = 0;
}

static void
free_chunks(struct arena_chunk *c)
{
	while (c != NULL) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
}

void
arena_release(struct arena *a)
{
	free_chunks(a->first);
	free_chunks(a->spare);
	*a = (struct arena){0};
}
