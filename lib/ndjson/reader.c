/* SPDX-License-Identifier: MIT */
/*
 * The reader: bytes in blocks, lines out.
 */
#include "ndjson/ndjson.h"

#include <stdlib.h>

#include "object.h"

/*
 * Memory: text = mem + base; text[0..line) was returned, text[line..end) is
 * what is left. Behind end there is always room for a LF and NDJSON_PAD.
 */
struct ndjson {
	struct object object;
	struct ndjson_val *val;	    /* owned; one a slot */
	struct ndjson_member *rest; /* owned; LIMIT_KEYS, with want_rest */
	enum ndjson_mode mode;
	size_t max_line;
	unsigned max_depth;
	bool want_rest;

	ndjson_read_fn read;
	void *ctx;
	bool is_begun;	 /* the start was looked at for a byte order mark */
	bool is_at_end;	 /* read said so */
	uint64_t offset; /* of text[line] in the input */
	uint64_t number; /* of the last line returned */

	char *mem; /* owned; cap + PAD bytes */
	size_t cap;
	size_t base;
	size_t line;
	size_t end;
	size_t searched; /* text[line..searched) has no LF */
};

#define PAD	  (2 * NDJSON_PAD)
#define FIRST_CAP (LIMIT_READ_BLOCK + LIMIT_READ_BLOCK / 4)

const char *
ndjson_kernel(void)
{
	return "scalar";
}

int
ndjson_open(struct ndjson **out, const struct str *keys, const int *slot,
	    size_t n_keys, const struct ndjson_options *o, struct fail *f)
{
	struct ndjson *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (r == NULL)
		return fail_memory(f);
	r->mode = o->mode;
	r->max_line = o->max_line == 0 ? LIMIT_LINE : o->max_line;
	r->max_depth = o->max_depth == 0 ? LIMIT_DEPTH : o->max_depth;
	r->want_rest = o->want_rest;
	rc = object_init(&r->object, keys, slot, n_keys, f);
	if (rc != 0)
		goto out;
	rc = FAIL_USAGE;
	if (r->max_line > LIMIT_LINE_MAX) {
		fail_set(f, rc, "a line of %zu bytes is over the limit of %zu",
			 r->max_line, LIMIT_LINE_MAX);
		goto out;
	}
	if (r->max_depth > EXACT_DEPTH_MAX) {
		fail_set(f, rc, "a depth of %u is over the limit of %d",
			 r->max_depth, EXACT_DEPTH_MAX);
		goto out;
	}
	r->object.want_all = r->mode == NDJSON_FULL || r->want_rest;
	r->val = calloc(r->object.n_slots + 1, sizeof(*r->val));
	r->rest = r->want_rest ? calloc(LIMIT_KEYS, sizeof(*r->rest)) : NULL;
	if (r->val == NULL || (r->want_rest && r->rest == NULL)) {
		rc = fail_memory(f);
		goto out;
	}
	*out = r;
	return 0;
out:
	ndjson_close(r);
	return rc;
}

void
ndjson_close(struct ndjson *r)
{
	if (r == NULL)
		return;
	object_release(&r->object);
	free(r->val);
	free(r->rest);
	free(r->mem);
	free(r);
}

void
ndjson_start(struct ndjson *r, ndjson_read_fn read, void *ctx)
{
	r->read = read;
	r->ctx = ctx;
	r->is_begun = false;
	r->is_at_end = false;
	r->offset = 0;
	r->number = 0;
	r->base = r->line = r->end = r->searched = 0;
}

bool
ndjson_is_drained(const struct ndjson *r)
{
	return r->line == r->end;
}

/* ---- blocks ---- */

static char *
text(const struct ndjson *r)
{
	return r->mem + r->base;
}

/*
 * Room for the next read. The begun line is moved to the front only where
 * the bytes returned since the last move pay for it, and the memory doubles
 * where it is full; so a byte is moved once or twice, however long its line
 * and however short the reads are.
 */
static int
make_room(struct ndjson *r, struct fail *f)
{
	size_t left = r->end - r->line;

	if (left <= r->base + r->line) {
		if (left > 0)
			memmove(r->mem, text(r) + r->line, left);
		r->searched -= r->line;
		r->base = r->line = 0;
		r->end = left;
	}
	if (r->cap - r->base - r->end < LIMIT_READ_BLOCK / 4) {
		size_t cap = r->cap == 0 ? FIRST_CAP : 2 * r->cap;
		char *p = realloc(r->mem, cap + PAD);

		if (p == NULL)
			return fail_memory(f);
		r->mem = p;
		r->cap = cap;
	}
	return 0;
}

/* Read once, behind end. */
static int
fill(struct ndjson *r, struct fail *f)
{
	size_t room, got;
	int rc = make_room(r, f);

	if (rc != 0)
		return rc;
	room = r->cap - r->base - r->end;
	if (room > LIMIT_READ_BLOCK)
		room = LIMIT_READ_BLOCK;
	rc = r->read(r->ctx, text(r) + r->end, room, &got, f);
	if (rc != 0)
		return rc;
	r->end += got;
	r->is_at_end = got == 0;
	return 0;
}

static int
skip_byte_order_mark(struct ndjson *r, struct fail *f)
{
	static const char mark[] = "\xef\xbb\xbf";

	while (!r->is_at_end && r->end < 3 &&
	       (r->end == 0 || memcmp(text(r), mark, r->end) == 0)) {
		int rc = fill(r, f);

		if (rc != 0)
			return rc;
	}
	if (r->end >= 3 && memcmp(text(r), mark, 3) == 0) {
		r->base = 3;
		r->end -= 3;
		r->offset = 3;
	}
	r->is_begun = true;
	return 0;
}

/* ---- lines ---- */

static void
take_line(struct ndjson *r, struct ndjson_line *line, size_t n, size_t raw_n)
{
	*line = (struct ndjson_line){.p = text(r) + r->line,
				     .n = n,
				     .number = ++r->number,
				     .offset = r->offset,
				     .raw_n = raw_n,
				     .val = r->val,
				     .rest = r->rest};
	if (n > 0 && line->p[n - 1] == '\r')
		line->n--;
	line->is_special = line->n >= 3 && memcmp(line->p, "{\"@", 3) == 0;
	r->offset += raw_n;
}

static void
refuse_long(struct ndjson *r, struct ndjson_line *line)
{
	line->n = r->max_line;
	line->reason = NDJSON_TOO_LONG;
	line->bad_at = r->max_line;
}

/*
 * A line over the limit whose end is not here yet: keep its first max_line
 * bytes, read on over what follows until its end is found.
 */
static int
next_long(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	uint64_t skipped = 0;
	char *lf = NULL;
	size_t keep = r->line + r->max_line;
	size_t behind;

	while (lf == NULL && !r->is_at_end) {
		size_t old;
		int rc;

		skipped += r->end - keep;
		r->end = keep;
		old = r->line;
		rc = fill(r, f);
		if (rc != 0)
			return rc;
		keep -= old - r->line;
		lf = memchr(text(r) + keep, '\n', r->end - keep);
	}
	take_line(r, line, 0, 0);
	refuse_long(r, line);
	behind = lf == NULL ? r->end : (size_t)(lf + 1 - text(r));
	line->raw_n = r->max_line + (size_t)skipped + (behind - keep);
	r->offset += line->raw_n;
	r->base += behind;
	r->end -= behind;
	r->line = r->searched = 0;
	return 1;
}

static void
store(struct ndjson *r, struct ndjson_line *line)
{
	memset(r->val, 0, r->object.n_slots * sizeof(*r->val));
	for (size_t i = 0; i < r->object.n; i++) {
		const struct object_member *m = &r->object.member[i];

		if (m->id < r->object.n_slots)
			r->val[m->id] = m->val;
		else if (r->want_rest)
			r->rest[line->rest_n++] = (struct ndjson_member){
				m->key, m->val};
	}
}

static int
parse_exactly(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	struct exact x = {
		.p = line->p, .n = line->n, .max_depth = r->max_depth};
	int rc = 0;

	if (line->n > r->max_line) {
		refuse_long(r, line);
		return 0;
	}
	if (object_is_full(&r->object))
		rc = object_forget(&r->object, f);
	if (rc == 0)
		rc = object_parse(&r->object, &x, &line->reason, f);
	if (rc != 0)
		return rc;
	if (line->reason == NDJSON_OK)
		store(r, line);
	else
		line->bad_at = x.at;
	return 0;
}

int
ndjson_next(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	char *lf;
	size_t n;
	int rc;

	if (!r->is_begun) {
		rc = skip_byte_order_mark(r, f);
		if (rc != 0)
			return rc;
	}
	while ((lf = memchr(text(r) + r->searched, '\n',
			    r->end - r->searched)) == NULL) {
		r->searched = r->end;
		if (r->is_at_end)
			break;
		if (r->end - r->line > r->max_line + 1)
			return next_long(r, line, f);
		rc = fill(r, f);
		if (rc != 0)
			return rc;
	}
	if (lf == NULL && r->line == r->end)
		return 0;
	n = lf == NULL ? r->end - r->line : (size_t)(lf - text(r)) - r->line;
	take_line(r, line, n, n + (lf != NULL));
	r->line += line->raw_n;
	r->searched = r->line;
	rc = parse_exactly(r, line, f);
	return rc == 0 ? 1 : rc;
}
