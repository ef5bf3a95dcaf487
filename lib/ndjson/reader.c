/* SPDX-License-Identifier: MIT */
/*
 * The reader: blocks in, lines out, in three steps.
 *
 * 1. A block of text is indexed, 64 bytes at a time, by vector instructions
 *    (scan.c, kernel_*.c): where commas, brackets and LFs stand outside
 *    strings, where quotes and backslashes stand, and which places are odd.
 * 2. A line is walked from comma to comma (walk.c). What stands between a
 *    comma and a value, the head, is compared whole with the head that stood
 *    there in the line before (heads.c). Where it is the same, the key is
 *    known, and known to be well-formed and no double, without being looked
 *    at; values that nobody wants are passed over.
 * 3. At any doubt the exact parser (exact.c, object.c) reads the line byte
 *    by byte and decides: it alone refuses lines, and it alone teaches the
 *    walk new heads. So the walk only has to be right where it accepts.
 *
 * A LF always ends a line, also inside a string, so a bad line costs no
 * other. Nothing is copied but the begun line at a block's end.
 */
#include "ndjson/ndjson.h"

#include <stdlib.h>

#include "kernel.h"
#include "object.h"

/* Behind the text: a LF of our own at the end of the input, the blanks that
 * fill its last block, and what kernels and callers may read. */
#define PAD	  (1 + SCAN_BLOCK + NDJSON_PAD)
#define FIRST_CAP (LIMIT_READ_BLOCK + LIMIT_READ_BLOCK / 4)

struct ndjson {
	size_t max_line;
	unsigned max_depth;

	const struct kernel *kernel;
	bool is_lines; /* NDJSON_LINES */
	struct object object;
	struct heads heads;
	struct scan scan;
	struct walk walk;

	/* The input. */
	ndjson_read_fn read;
	void *ctx;
	struct str text; /* what is left of a text */
	bool is_begun;	 /* a byte order mark was looked for */
	bool is_at_end;	 /* read said so */
	bool has_own_lf; /* the last line got a LF from us */
	uint64_t offset; /* of text[line] in the input */
	uint64_t number; /* of the last line returned */

	/*
	 * text = mem + base is what is indexed. text[0..line) was returned,
	 * text[line..end) is left. Before mem[SCAN_FRONT] stand zeros.
	 */
	char *mem; /* owned; SCAN_FRONT + cap + PAD bytes */
	size_t cap;
	size_t base;
	size_t line;
	size_t end;
	size_t next_pos; /* into scan.pos: text[line..]'s first */
	size_t next_odd; /* into scan.odd: likewise */
};

static int
init(struct ndjson *r, const struct str *keys, const int *slot, size_t n_keys,
     const struct ndjson_options *o, struct fail *f)
{
	int rc;

	r->max_line = o->max_line == 0 ? LIMIT_LINE : o->max_line;
	r->max_depth = o->max_depth == 0 ? LIMIT_DEPTH : o->max_depth;
	if (r->max_line > LIMIT_LINE_MAX)
		return fail_set(f, FAIL_USAGE,
				"lines of %zu bytes are over the limit of %zu",
				r->max_line, LIMIT_LINE_MAX);
	if (r->max_depth > EXACT_DEPTH_MAX)
		return fail_set(f, FAIL_USAGE,
				"a depth of %u is over the limit of %d",
				r->max_depth, EXACT_DEPTH_MAX);
	r->kernel = kernel_choose();
	if (r->kernel == NULL)
		return fail_set(f, FAIL_USAGE,
				"PLAYPIPE_KERNEL is not one of this machine's: "
				"avx512, avx2, scalar");
	r->is_lines = o->mode == NDJSON_LINES;
	rc = object_init(&r->object, keys, slot, n_keys, f);
	if (rc != 0)
		return rc;
	r->object.want_all = o->mode == NDJSON_FULL || o->want_rest;
	rc = heads_init(&r->heads, r->object.n_slots, r->object.want_all, f);
	if (rc != 0)
		return rc;
	r->walk = (struct walk){.heads = &r->heads,
				.n_slots = r->object.n_slots,
				.max_depth = r->max_depth,
				.want_rest = o->want_rest};
	r->walk.val = calloc(r->object.n_slots + 1, sizeof(*r->walk.val));
	if (o->want_rest)
		r->walk.rest = calloc(LIMIT_KEYS, sizeof(*r->walk.rest));
	if (r->walk.val == NULL || (o->want_rest && r->walk.rest == NULL))
		return fail_memory(f);
	return 0;
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
	rc = init(r, keys, slot, n_keys, o, f);
	if (rc != 0)
		ndjson_close(r);
	else
		*out = r;
	return rc;
}

void
ndjson_close(struct ndjson *r)
{
	if (r == NULL)
		return;
	object_release(&r->object);
	heads_release(&r->heads);
	scan_release(&r->scan);
	free(r->walk.val);
	free(r->walk.rest);
	free(r->mem);
	free(r);
}

/* The text begins anew, outside strings, at mem[base]. */
static void
restart(struct ndjson *r, size_t base, size_t n)
{
	r->base = base;
	r->line = 0;
	r->end = n;
	r->next_pos = r->next_odd = 0;
	scan_reset(&r->scan);
}

void
ndjson_start(struct ndjson *r, ndjson_read_fn read, void *ctx)
{
	r->read = read;
	r->ctx = ctx;
	r->is_begun = false;
	r->is_at_end = false;
	r->has_own_lf = false;
	r->offset = 0;
	r->number = 0;
	restart(r, SCAN_FRONT, 0);
}

static int
read_text(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct str *left = ctx;
	size_t n = left->n < cap ? left->n : cap;

	(void)f;
	if (n > 0) {
		memcpy(dst, left->p, n);
		left->p += n;
		left->n -= n;
	}
	*got = n;
	return 0;
}

void
ndjson_start_text(struct ndjson *r, struct str text)
{
	r->text = text;
	ndjson_start(r, read_text, &r->text);
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

static int
grow(struct ndjson *r, struct fail *f)
{
	size_t cap = r->cap == 0 ? FIRST_CAP : 2 * r->cap;
	/* Zeroed pages cost nothing before they are used. */
	char *mem = calloc(1, SCAN_FRONT + cap + PAD);

	if (mem == NULL)
		return fail_memory(f);
	if (r->mem != NULL)
		memcpy(mem + r->base, text(r), r->end);
	free(r->mem);
	r->mem = mem;
	r->cap = cap;
	return 0;
}

/*
 * Room for the next read. The line that is begun moves to the front, and is
 * indexed anew there, only where the bytes returned since the last move pay
 * for it; where memory is full it doubles. So a byte is moved and indexed
 * twice or so, however long its line and however short the reads.
 */
static int
make_room(struct ndjson *r, struct fail *f)
{
	size_t left = r->end - r->line;
	size_t returned = r->base + r->line - SCAN_FRONT;

	if (left <= returned && r->mem != NULL) {
		memcpy(r->mem + SCAN_FRONT, text(r) + r->line, left);
		restart(r, SCAN_FRONT, left);
	}
	if (SCAN_FRONT + r->cap - r->base - r->end < LIMIT_READ_BLOCK / 4)
		return grow(r, f);
	return 0;
}

/* Read once, behind the text. */
static int
fill(struct ndjson *r, struct fail *f)
{
	size_t room, got;
	int rc = make_room(r, f);

	if (rc != 0)
		return rc;
	room = SCAN_FRONT + r->cap - r->base - r->end;
	if (room > LIMIT_READ_BLOCK)
		room = LIMIT_READ_BLOCK;
	rc = r->read(r->ctx, text(r) + r->end, room, &got, f);
	if (rc != 0)
		return rc;
	r->end += got;
	r->is_at_end = got == 0;
	return 0;
}

PORT_NOINLINE static int
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
		restart(r, r->base + 3, r->end - 3);
		r->offset = 3;
	}
	r->is_begun = true;
	return 0;
}

/* ---- lines ---- */

/* The next line as read, which stands at p; CR and LF not counted in n. */
static inline void
begin_line(struct ndjson *r, struct ndjson_line *line, const char *p, size_t n,
	   size_t raw_n)
{
	/* One by one: gcc clears a whole structure by a slow "rep stos". */
	line->p = p;
	line->n = n;
	line->number = ++r->number;
	line->offset = r->offset;
	line->raw_n = raw_n;
	line->reason = NDJSON_OK;
	line->bad_at = 0;
	line->val = r->walk.val;
	line->rest = r->walk.rest;
	line->rest_n = 0;
	line->is_special = memcmp(p, "{\"@", 3) == 0;
	r->offset += raw_n;
}

static void
refuse_long(const struct ndjson *r, struct ndjson_line *line)
{
	line->n = r->max_line;
	line->reason = NDJSON_TOO_LONG;
	line->bad_at = r->max_line;
}

/*
 * A line over the limit whose end is not here yet: keep its first max_line
 * bytes, and read over what follows them until its end is found.
 */
PORT_NOINLINE static int
next_long(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	size_t raw_n = r->end - r->line;
	const char *lf;
	size_t keep, behind;

	do {
		int rc;

		r->end = r->line + r->max_line;
		rc = fill(r, f);
		if (rc != 0)
			return rc;
		keep = r->line + r->max_line;
		lf = memchr(text(r) + keep, '\n', r->end - keep);
		behind = lf == NULL ? r->end : (size_t)(lf + 1 - text(r));
		raw_n += behind - keep;
	} while (lf == NULL && !r->is_at_end);
	begin_line(r, line, text(r) + r->line, r->max_line, raw_n);
	refuse_long(r, line);
	restart(r, r->base + behind, r->end - behind);
	return 1;
}

static void
store(struct walk *w, const struct object *o)
{
	memset(w->val, 0, w->n_slots * sizeof(*w->val));
	w->rest_n = 0;
	for (size_t i = 0; i < o->n; i++) {
		const struct object_member *m = &o->member[i];

		if (m->id < w->n_slots)
			w->val[m->id] = m->val;
		else if (w->want_rest)
			w->rest[w->rest_n++] = (struct ndjson_member){m->key,
								      m->val};
	}
}

/* The line by the exact parser; what it accepts the walk will know. */
PORT_NOINLINE static int
parse_exactly(struct ndjson *r, struct ndjson_line *line, size_t lf,
	      struct fail *f)
{
	struct exact x = {
		.p = line->p, .n = line->n, .max_depth = r->max_depth};
	int rc = 0;

	r->heads.is_clear = false;
	if (object_is_full(&r->object)) {
		heads_reset(&r->heads);
		rc = object_forget(&r->object, f);
	}
	if (rc == 0)
		rc = object_parse(&r->object, &x, &line->reason, f);
	if (rc != 0)
		return rc;
	if (line->reason != NDJSON_OK) {
		line->bad_at = x.at;
		return 0;
	}
	store(&r->walk, &r->object);
	heads_learn(&r->heads, &r->object, line->p, lf);
	return 0;
}

/* May the line at p pass unread? */
static bool
is_plain(const char *p)
{
	return *p != ' ' && *p != '\t' && *p != '\r' && *p != '\n' &&
	       memcmp(p, "{\"@", 3) != 0;
}

/* A line whose LF is indexed: 1, or a failure. */
static int
next_indexed(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	const uint32_t *pos = r->scan.pos + r->next_pos;
	const char *t = r->walk.text;
	const char *p = t + r->line;
	bool is_known;
	size_t n_pos = 0;
	size_t lf, n;
	int rc = 0;

	if (*p == '{' && !r->is_lines)
		n_pos = r->kernel->walk(&r->walk, pos);
	is_known = n_pos > 0 || (r->is_lines && is_plain(p));
	if (n_pos == 0) {
		while (t[pos[n_pos++]] != '\n')
			continue;
	}
	lf = pos[n_pos - 1];
	r->next_pos += n_pos;
	while (PORT_UNLIKELY(r->scan.odd[r->next_odd] <= lf)) {
		r->next_odd++;
		is_known = false;
	}
	n = lf - r->line;
	/* Before an empty line stands no CR. */
	begin_line(r, line, p, n - ((p + n)[-1] == '\r'),
		   n + 1 - r->has_own_lf);
	if (PORT_UNLIKELY(line->n > r->max_line))
		refuse_long(r, line);
	else if (PORT_UNLIKELY(!is_known))
		rc = parse_exactly(r, line, n, f);
	line->rest_n = r->walk.rest_n;
	r->line = lf + 1;
	return rc == 0 ? 1 : rc;
}

/* Index on; where all is indexed, read on. */
PORT_NOINLINE static int
index_more(struct ndjson *r, struct fail *f)
{
	int rc;

	if (r->scan.end == r->end) {
		if (r->is_at_end) {
			text(r)[r->end++] = '\n';
			r->has_own_lf = true;
		} else {
			rc = fill(r, f);
			if (rc != 0)
				return rc;
		}
	}
	rc = scan_more(&r->scan, r->is_lines ? scan_lines : r->kernel->scan,
		       text(r), r->end, f);
	r->walk.text = text(r);
	return rc;
}

int
ndjson_next(struct ndjson *r, struct ndjson_line *line, struct fail *f)
{
	int rc;

	if (PORT_UNLIKELY(!r->is_begun)) {
		rc = skip_byte_order_mark(r, f);
		if (rc != 0)
			return rc;
	}
	while (r->next_pos == r->scan.n_lines) {
		bool is_indexed = r->scan.end == r->end;

		if (is_indexed && r->is_at_end && r->line == r->end)
			return 0;
		if (is_indexed && !r->is_at_end &&
		    r->end - r->line > r->max_line + 1)
			return next_long(r, line, f);
		rc = index_more(r, f);
		if (rc != 0)
			return rc;
	}
	return next_indexed(r, line, f);
}
