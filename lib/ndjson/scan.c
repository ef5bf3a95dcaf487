/* SPDX-License-Identifier: MIT */
/*
 * The index around the kernels: room, chunks, and the last block that is not
 * whole yet. That one is indexed with blanks behind it, because its lines
 * may be complete; when more text has come it is done again.
 */
#include "scan.h"

#include <stdlib.h>

void
scan_reset(struct scan *s)
{
	s->n_pos = s->n_odd = 0;
	s->end = s->n_lines = 0;
	s->whole = s->whole_pos = s->whole_odd = 0;
	s->in_string = s->escape = 0;
}

void
scan_release(struct scan *s)
{
	free(s->pos);
	free(s->odd);
	*s = (struct scan){0};
}

/* Zeroed, so that nobody can meet memory that was never written. */
static bool
grow(void *ptr, size_t *cap, size_t want, size_t used, size_t item)
{
	void **p = ptr;
	size_t n = 2 * *cap > want ? 2 * *cap : want;
	void *new;

	if (want <= *cap)
		return true;
	new = calloc(n, item);
	if (new == NULL)
		return false;
	if (used > 0)
		memcpy(new, *p, used * item);
	free(*p);
	*p = new;
	*cap = n;
	return true;
}

static bool
make_room(struct scan *s, size_t end)
{
	/* Every byte may be a position; kernels store them 16 at a time. */
	size_t most = end - s->whole + 2 * SCAN_BLOCK;

	return grow(&s->pos, &s->pos_cap, s->n_pos + most, s->n_pos,
		    sizeof(*s->pos)) &&
	       grow(&s->odd, &s->odd_cap, s->n_odd + most, s->n_odd,
		    sizeof(*s->odd));
}

/* Count the positions up to the last LF; those before `from` are known. */
static void
find_last_line(struct scan *s, const char *text, size_t from)
{
	for (size_t i = s->n_pos; i > from; i--) {
		if (text[s->pos[i - 1]] == '\n') {
			s->n_lines = i;
			return;
		}
	}
}

int
scan_more(struct scan *s, scan_kernel_fn kernel, char *text, size_t end,
	  struct fail *f)
{
	size_t whole, tail;

	if (end - s->whole > SCAN_CHUNK)
		end = s->whole + SCAN_CHUNK;
	s->n_pos = s->whole_pos;
	s->n_odd = s->whole_odd;
	if (!make_room(s, end))
		return fail_memory(f);
	tail = (end - s->whole) % SCAN_BLOCK;
	whole = end - tail;
	kernel(s, text, s->whole, whole);
	s->whole = whole;
	s->whole_pos = s->n_pos;
	s->whole_odd = s->n_odd;
	if (tail > 0) {
		uint64_t in_string = s->in_string;
		uint64_t escape = s->escape;

		memset(text + end, ' ', SCAN_BLOCK - tail);
		kernel(s, text, whole, whole + SCAN_BLOCK);
		s->in_string = in_string;
		s->escape = escape;
	}
	s->odd[s->n_odd] = UINT32_MAX;
	s->end = end;
	find_last_line(s, text, s->n_lines);
	return 0;
}

void
scan_lines(struct scan *s, const char *text, size_t begin, size_t end)
{
	const char *p = text + begin;

	while ((p = memchr(p, '\n', (size_t)(text + end - p))) != NULL)
		s->pos[s->n_pos++] = (uint32_t)(p++ - text);
}

void
scan_odd_block(struct scan *s, const char *text, size_t at,
	       const struct scan_steps *k)
{
	const char *p = text + at;
	uint64_t odd_lf = 0;
	uint64_t in_string, lf;
	struct scan_masks m;

	k->classify(p, &m);
	in_string = k->prefix_xor(scan_quotes(&m, &s->escape)) ^ s->in_string;
	while ((lf = m.lf & in_string) != 0) {
		lf &= (uint64_t)0 - lf; /* the first one */
		odd_lf |= lf;
		in_string ^= (uint64_t)0 - lf; /* from it on */
	}
	scan_enter_odd(s, at, odd_lf | scan_odd_places(p, in_string, k));
	s->in_string = (uint64_t)0 - (in_string >> 63);
	s->n_pos = (size_t)(k->enter(s->pos + s->n_pos, (uint32_t)at,
				     (m.bracket & ~in_string) | m.lf) -
			    s->pos);
}
