/* SPDX-License-Identifier: MIT */
/* The uncommon turns of the walk. */
#include "walk.h"

/* A number's first byte is not among these when it is an odd one: then it is
 * the exact parser's. */
const uint8_t walk_kind_of[256] = {
	['"'] = NDJSON_STRING, ['-'] = NDJSON_INT,   ['0'] = NDJSON_INT,
	['1'] = NDJSON_INT,    ['2'] = NDJSON_INT,   ['3'] = NDJSON_INT,
	['4'] = NDJSON_INT,    ['5'] = NDJSON_INT,   ['6'] = NDJSON_INT,
	['7'] = NDJSON_INT,    ['8'] = NDJSON_INT,   ['9'] = NDJSON_INT,
	['t'] = NDJSON_TRUE,   ['f'] = NDJSON_FALSE, ['n'] = NDJSON_NULL,
	['{'] = NDJSON_OBJECT, ['['] = NDJSON_ARRAY,
};

/* clang-format off */
#define ODD16 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
const uint8_t walk_is_odd[256] = {
	ODD16, ODD16,
	1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, /* " - */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, /* 0 to 9 */
	ODD16, ODD16,
	1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, /* f n */
	1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* t */
	ODD16, ODD16, ODD16, ODD16, ODD16, ODD16, ODD16, ODD16,
};
/* clang-format on */

const bool walk_is_escape[256] = {
	['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
	['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true,
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Is any of eight bytes c? */
static bool
has_byte(uint64_t w, char c)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t v = w ^ ones * (unsigned char)c;

	/* A byte that is 0 borrows; what it borrows from does not matter. */
	return ((v - ones) & ~v & ones << 7) != 0;
}

size_t
walk_plain(const char *p)
{
	size_t i = 0;

	while (i < 64 && !has_byte(load_u64(p + i), '"') &&
	       !has_byte(load_u64(p + i), '\\'))
		i += 8;
	while (i < 64 && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

/* The high bit of each byte of eight that is no digit. */
static uint64_t
no_digits(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t v = w ^ ones * '0'; /* digits are 0 to 9 now */

	return (((v & ones * 0x7f) + ones * 0x76) | v) & ones * 0x80;
}

uint32_t
walk_digits(const char *p)
{
	uint64_t others = 0;

	/* The product brings the bits of eight bytes together, the first one
	 * lowest. */
	for (size_t i = 0; i < 32; i += 8)
		others |= (no_digits(load_u64(p + i)) >> 7) *
				  0x0102040810204080u >>
			  56 << i;
	return ~(uint32_t)others;
}

static const struct walk_steps steps = {head_is_at, walk_plain, walk_digits};

size_t
walk_escape(const char *p, size_t n, size_t at)
{
	struct exact x = {.p = p, .n = n, .at = at};

	return exact_escape(&x) == NDJSON_OK ? x.at : 0;
}

/* The head that stands at pos[0], or NULL. */
static struct head *
find(const struct walk *w, const uint32_t *pos, char first)
{
	const char *p = w->text + pos[0];
	size_t n = 1;

	if (*p == '}') {
		/* The end, if nothing but blanks comes before the LF. */
		n = pos[1] - pos[0] + 1;
	} else if (*p == first) {
		while (is_blank(p[n]))
			n++;
		if (p[n] != '"')
			return NULL;
		n += 1 + walk_plain(p + n + 1) + 1;
		if (n > HEADS_TEXT)
			return NULL;
		while (is_blank(p[n]))
			n++;
		if (p[n++] != ':')
			return NULL;
		while (is_blank(p[n]))
			n++;
	}
	return n > HEADS_TEXT ? NULL : heads_find(w->heads, p, n);
}

/* ---- values ---- */

uint8_t
walk_any_number(const char *p, size_t n)
{
	struct exact x = {.p = p, .n = n};
	struct ndjson_val v;

	if (exact_value(&x, &v) != NDJSON_OK || x.at != x.n)
		return NDJSON_ABSENT;
	return v.kind;
}

/*
 * The nested value whose opening bracket is at pos[0]: the number of its
 * positions, or 0. With v it is of full grammar.
 */
static size_t
nested(const struct walk *w, const uint32_t *pos, struct ndjson_val *v)
{
	uint64_t is_object = 0; /* a bit a level, the innermost lowest */
	unsigned depth = 0;
	size_t i = 0;
	struct exact x;

	do {
		char c = w->text[pos[i]];

		if (c == '{' || c == '[') {
			if (1 + depth >= w->max_depth || depth == 64)
				return 0;
			is_object = is_object << 1 | (c == '{');
			depth++;
		} else if (c == '}' || c == ']') {
			if ((is_object & 1) != (c == '}'))
				return 0;
			is_object >>= 1;
			depth--;
		} else if (c != ',') {
			return 0; /* LF */
		}
		i++;
	} while (depth > 0);
	if (v == NULL)
		return i;
	x = (struct exact){.p = w->text,
			   .n = pos[i - 1] + 1,
			   .at = pos[0],
			   .depth = 1,
			   .max_depth = w->max_depth};
	if (exact_value(&x, v) != NDJSON_OK || x.at != x.n || pos[i] != x.n)
		return 0;
	return i;
}

size_t
walk_value(struct walk *w, const struct head *h, const uint32_t *pos)
{
	const char *p = w->text + *pos;
	uint8_t kind = walk_kind_of[(unsigned char)p[h->n]];
	struct ndjson_val *v = NULL;

	if (kind == NDJSON_ABSENT)
		return 0;
	if (h->use != HEAD_SKIP)
		v = walk_place(w, h, p);
	if (kind >= NDJSON_OBJECT) {
		size_t n = nested(w, pos + 1, v);

		return n == 0 ? 0 : n + 1;
	}
	return v == NULL ||
	       walk_scalar(p + h->n, pos[1] - pos[0] - h->n, kind, &steps, v);
}

/* ---- off the path ---- */

/* Note an id of the path; false if it has it already. */
static bool
note(struct path *path, uint32_t id)
{
	uint64_t bit = (uint64_t)1 << id % 64;

	if ((path->has_id[id / 64] & bit) != 0)
		return false;
	path->has_id[id / 64] |= bit;
	return true;
}

void
walk_clear(const struct walk *w)
{
	const uint64_t *has_id = w->heads->path->has_id;

	for (size_t i = 0; i < w->n_slots; i++) {
		if (!(has_id[i / 64] >> i % 64 & 1))
			w->val[i] = (struct ndjson_val){0};
	}
	w->heads->is_clear = true;
}

bool
walk_turn(const struct walk *w, size_t k, const char *p)
{
	struct heads *h = w->heads;

	for (size_t i = 0; i < PATHS; i++) {
		struct path *other = h->known[i];

		if (k <= other->n && head_is_at(other->head[k], p) &&
		    memcmp(other->head, h->path->head,
			   k * sizeof(other->head[0])) == 0) {
			h->path = other;
			walk_clear(w);
			return true;
		}
	}
	return false;
}

size_t
walk_on(struct walk *w, const uint32_t *pos, size_t i, size_t k)
{
	struct heads *h = w->heads;
	struct path *path = h->spare;
	struct head *last = k == 0 ? h->head : h->path->head[k - 1];
	size_t n;

	memset(path->has_id, 0, sizeof(path->has_id));
	for (size_t j = 0; j < k; j++) {
		path->head[j] = h->path->head[j];
		note(path, path->head[j]->id);
	}
	h->is_clear = false;
	for (;; k++, i += n) {
		/* What followed last time is worth a look; head[0] is
		 * followed by what began a line. */
		if (!head_is_at(last->next, w->text + pos[i])) {
			struct head *found = find(w, pos + i,
						  k == 0 ? '{' : ',');

			if (found == NULL)
				return 0;
			last->next = found;
		}
		last = path->head[k] = last->next;
		if (last->use == HEAD_END)
			break;
		if (!note(path, last->id))
			return 0;
		n = walk_value(w, last, pos + i);
		if (n == 0)
			return 0;
	}
	path->n = k;
	heads_keep(h); /* were it known, the line had turned to it */
	walk_clear(w);
	return i + 2;
}
