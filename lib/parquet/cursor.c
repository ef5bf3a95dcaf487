/* SPDX-License-Identifier: MIT */
/*
 * Pages of a chunk. The file is read in large pieces into a window, since a
 * page may be small and a remote read dear. A page's levels and values are
 * decoders over its decompressed body; nothing of a page is ever decoded
 * whole, so a page that claims 2^31 rows costs nothing until they are asked
 * for.
 */
#include "parquet/cursor.h"

#include "parquet/thrift.h"

#define READ_AHEAD ((size_t)1 << 20)
#define HEADER_MIN ((size_t)1 << 10) /* bytes tried first for a header */
#define HEADER_MAX ((size_t)1 << 20)

struct page_in {
	int32_t type;
	int32_t plain_size, packed_size;
	bool has_crc;
	uint32_t crc;
	int32_t count; /* levels, or entries */
	int32_t encoding;
	int32_t def_encoding, rep_encoding;
	/* V2 */
	int32_t def_size, rep_size;
	bool is_compressed;
};

void
pq_cursor_init(struct pq_cursor *c, const struct parquet_source *src,
	       struct codec_scratch *codec, const struct pq_node *node,
	       struct pq_held *held)
{
	c->src = src;
	c->codec = codec;
	c->node = node;
	c->held = held;
	buf_init(&c->window, PQ_PAGE_MAX + HEADER_MAX);
	buf_init(&c->plain, PQ_PAGE_MAX);
	buf_init(&c->dict.bytes, PQ_PAGE_MAX);
	buf_init(&c->dict.made, PQ_PAGE_MAX * 3);
}

void
pq_cursor_release(struct pq_cursor *c)
{
	c->held->bytes -= c->window.cap + c->plain.cap + c->dict.bytes.cap;
	buf_release(&c->window);
	buf_release(&c->plain);
	pq_entries_release(&c->dict);
	pq_values_release(&c->values);
}

void
pq_cursor_start(struct pq_cursor *c, const struct pq_chunk_in_file *chunk)
{
	c->codec_kind = chunk->codec;
	c->pos = chunk->offset;
	c->end = chunk->offset + chunk->size;
	c->level_left = chunk->level_n;
	c->page_left = 0;
	c->used = 0;
	c->dict.n = 0;
	buf_reset(&c->window);
}

/* Room for n more bytes of a page; all pages at once have a limit, so that
 * a small file cannot ask for all memory. */
static int
reserve(struct pq_cursor *c, struct buf *b, size_t n, struct fail *f)
{
	size_t before = b->cap;

	if (n > READ_AHEAD && b->len + n > b->cap &&
	    c->held->bytes + n > PQ_HELD_MAX)
		return fail_set(f, FAIL_DATA,
				"its pages take over %zu MiB of memory at once",
				PQ_HELD_MAX >> 20);
	if (buf_reserve(b, n) != 0)
		return fail_memory(f);
	c->held->bytes += b->cap - before;
	return 0;
}

static size_t
window_left(const struct pq_cursor *c)
{
	return c->window.len - c->used;
}

/* Make n bytes available at window.p + used, or what the chunk has. */
static int
look(struct pq_cursor *c, size_t n, struct fail *f)
{
	size_t want;
	int rc;

	if (window_left(c) >= n || c->pos == c->end)
		return 0;
	if (window_left(c) > 0)
		memmove(c->window.p, c->window.p + c->used, window_left(c));
	c->window.len = window_left(c);
	c->used = 0;
	want = n - c->window.len;
	if (want < READ_AHEAD)
		want = READ_AHEAD;
	if (want > c->end - c->pos)
		want = (size_t)(c->end - c->pos);
	rc = reserve(c, &c->window, want, f);
	if (rc == 0)
		rc = c->src->read(c->src->arg, c->pos,
				  c->window.p + c->window.len, want, f);
	if (rc != 0)
		return rc;
	c->window.len += want;
	c->pos += want;
	return 0;
}

/* ---- page headers ---- */

static void
parse_data_head(struct thrift_in *in, struct page_in *p)
{
	struct thrift_field f = {0};

	while (thrift_next(in, &f)) {
		if (f.id == 1)
			p->count = thrift_i32(in, &f);
		else if (f.id == 2)
			p->encoding = thrift_i32(in, &f);
		else if (f.id == 3 && p->type == PQ_PAGE_DATA)
			p->def_encoding = thrift_i32(in, &f);
		else if (f.id == 4 && p->type == PQ_PAGE_DATA)
			p->rep_encoding = thrift_i32(in, &f);
		else
			thrift_skip(in, &f);
	}
}

static void
parse_v2_head(struct thrift_in *in, struct page_in *p)
{
	struct thrift_field f = {0};

	while (thrift_next(in, &f)) {
		if (f.id == 1)
			p->count = thrift_i32(in, &f);
		else if (f.id == 4)
			p->encoding = thrift_i32(in, &f);
		else if (f.id == 5)
			p->def_size = thrift_i32(in, &f);
		else if (f.id == 6)
			p->rep_size = thrift_i32(in, &f);
		else if (f.id == 7)
			p->is_compressed = thrift_bool(in, &f);
		else
			thrift_skip(in, &f);
	}
}

static void
parse_page_head(struct thrift_in *in, struct page_in *p)
{
	struct thrift_field f = {0};

	*p = (struct page_in){.type = -1,
			      .count = -1,
			      .encoding = -1,
			      .def_encoding = PQ_RLE,
			      .rep_encoding = PQ_RLE,
			      .is_compressed = true};
	while (thrift_next(in, &f)) {
		if (f.id == 1) {
			p->type = thrift_i32(in, &f);
		} else if (f.id == 2) {
			p->plain_size = thrift_i32(in, &f);
		} else if (f.id == 3) {
			p->packed_size = thrift_i32(in, &f);
		} else if (f.id == 4) {
			p->crc = (uint32_t)thrift_i32(in, &f);
			p->has_crc = true;
		} else if ((f.id == 5 || f.id == 7) && thrift_enter(in, &f)) {
			parse_data_head(in, p);
		} else if (f.id == 8 && thrift_enter(in, &f)) {
			parse_v2_head(in, p);
		} else {
			thrift_skip(in, &f);
		}
	}
}

static bool
is_sound(const struct page_in *p)
{
	if (p->plain_size < 0 || (size_t)p->plain_size > PQ_PAGE_MAX ||
	    p->packed_size < 0 || (size_t)p->packed_size > PQ_PAGE_MAX)
		return false;
	if (p->type == PQ_PAGE_INDEX)
		return true;
	if (p->type == PQ_PAGE_DATA_V2 &&
	    (p->def_size < 0 || p->rep_size < 0 ||
	     p->def_size > p->packed_size - p->rep_size ||
	     p->def_size > p->plain_size - p->rep_size))
		return false;
	return p->count >= 0 && p->type >= PQ_PAGE_DATA &&
	       p->type <= PQ_PAGE_DATA_V2;
}

static int
read_head(struct pq_cursor *c, struct page_in *p, struct fail *f)
{
	struct thrift_in in;
	size_t want = HEADER_MIN;

	c->page_pos = c->pos - window_left(c);
	for (;;) {
		int rc = look(c, want, f);
		bool is_all = window_left(c) < want || want >= HEADER_MAX;

		if (rc != 0)
			return rc;
		thrift_in_init(&in, (struct str){c->window.p + c->used,
						 window_left(c)});
		parse_page_head(&in, p);
		if (!in.has_failed || is_all)
			break;
		want *= 4;
	}
	if (in.has_failed || !is_sound(p))
		return fail_set(f, FAIL_DATA, "a damaged page header");
	c->used = (size_t)((const char *)in.p - c->window.p);
	return 0;
}

/* The page's stored bytes; they stay in the window until the next look. */
static int
read_stored(struct pq_cursor *c, const struct page_in *p, struct str *out,
	    struct fail *f)
{
	size_t n = (size_t)p->packed_size;
	int rc = look(c, n, f);

	if (rc != 0)
		return rc;
	if (window_left(c) < n)
		return fail_set(f, FAIL_DATA,
				"a page reaches past the end of its chunk");
	*out = (struct str){c->window.p + c->used, n};
	c->used += n;
	if (p->has_crc && codec_crc32(out->p, n) != p->crc)
		return fail_set(f, FAIL_DATA, "a page's checksum is wrong");
	return 0;
}

static int
decompress(struct pq_cursor *c, struct str stored, size_t n, struct buf *to,
	   struct fail *f)
{
	int rc;

	buf_reset(to);
	/* + 1: never NULL, even when empty */
	rc = reserve(c, to, n + 1, f);
	if (rc != 0)
		return rc;
	to->len = n;
	return codec_decompress(c->codec, c->codec_kind, stored, to->p, n, f);
}

/* ---- pages ---- */

static int
read_dictionary(struct pq_cursor *c, const struct page_in *p, struct fail *f)
{
	struct str stored = {0};
	int rc = read_stored(c, p, &stored, f);

	if (c->dict.n > 0) /* its codes may be remembered already */
		return fail_set(f, FAIL_DATA, "a second dictionary");
	if (rc == 0)
		rc = decompress(c, stored, (size_t)p->plain_size,
				&c->dict.bytes, f);
	if (rc != 0)
		return rc;
	if (p->encoding != PQ_PLAIN && p->encoding != PQ_PLAIN_DICTIONARY)
		return fail_set(f, FAIL_DATA,
				"dictionary encoding %d is not supported",
				p->encoding);
	return pq_entries_fill(&c->dict, c->node, (size_t)p->count, f);
}

/* The levels in front of a V1 page's values; body moves past them. */
static bool
begin_levels(struct rle_in *in, struct str *body, unsigned max,
	     int32_t encoding, size_t count)
{
	unsigned width = rle_width(max);
	struct str levels;
	size_t n;

	if (max == 0)
		return true;
	if (encoding == PQ_BIT_PACKED) {
		n = (count * width + 7) / 8;
		if (n > body->n)
			return false;
		levels = (struct str){body->p, n};
		rle_in_init_packed(in, levels, width, count);
	} else {
		if (encoding != PQ_RLE || body->n < 4)
			return false;
		n = load_u32(body->p);
		if (n > body->n - 4)
			return false;
		levels = (struct str){body->p + 4, n};
		rle_in_init(in, levels, width);
		n += 4;
	}
	body->p += n;
	body->n -= n;
	return true;
}

static int
begin_v1(struct pq_cursor *c, const struct page_in *p, struct str *body,
	 struct fail *f)
{
	struct str stored = {0};
	int rc = read_stored(c, p, &stored, f);

	if (rc == 0)
		rc = decompress(c, stored, (size_t)p->plain_size, &c->plain, f);
	if (rc != 0)
		return rc;
	*body = buf_str(&c->plain);
	if (!begin_levels(&c->rep, body, c->node->max_rep, p->rep_encoding,
			  (size_t)p->count) ||
	    !begin_levels(&c->def, body, c->node->max_def, p->def_encoding,
			  (size_t)p->count))
		return fail_set(f, FAIL_DATA, "damaged levels");
	return 0;
}

/* V2: levels are neither compressed nor prefixed by a length. */
static int
begin_v2(struct pq_cursor *c, const struct page_in *p, struct str *body,
	 struct fail *f)
{
	size_t rep_n = (size_t)p->rep_size, def_n = (size_t)p->def_size;
	size_t plain_n = (size_t)p->plain_size - rep_n - def_n;
	struct str stored = {0};
	int rc = read_stored(c, p, &stored, f);

	if (rc != 0)
		return rc;
	rle_in_init(&c->rep, (struct str){stored.p, rep_n},
		    rle_width(c->node->max_rep));
	rle_in_init(&c->def, (struct str){stored.p + rep_n, def_n},
		    rle_width(c->node->max_def));
	stored.p += rep_n + def_n;
	stored.n -= rep_n + def_n;
	/* values of no bytes may come without a frame of the codec */
	if (p->is_compressed && plain_n > 0) {
		rc = decompress(c, stored, plain_n, &c->plain, f);
		stored = buf_str(&c->plain);
	}
	*body = stored;
	return rc;
}

static int
begin_page(struct pq_cursor *c, const struct page_in *p, struct fail *f)
{
	struct str body = {0};
	int rc = p->type == PQ_PAGE_DATA ? begin_v1(c, p, &body, f)
					 : begin_v2(c, p, &body, f);

	if (rc == 0)
		rc = pq_values_begin(&c->values, c->node, &c->dict, p->encoding,
				     body, f);
	if (rc != 0)
		return rc;
	if ((uint64_t)p->count > c->level_left)
		return fail_set(f, FAIL_DATA,
				"more values than the chunk states");
	c->page_left = (uint64_t)p->count;
	return 0;
}

/* The next page of any kind. */
static int
next_page(struct pq_cursor *c, struct fail *f)
{
	struct page_in p;
	struct str stored = {0};
	int rc;

	if (c->pos == c->end && window_left(c) == 0)
		return fail_set(f, FAIL_DATA,
				"%llu values fewer than the chunk states",
				(unsigned long long)c->level_left);
	rc = read_head(c, &p, f);
	if (rc != 0)
		return rc;
	switch (p.type) {
	case PQ_PAGE_DICTIONARY:
		return read_dictionary(c, &p, f);
	case PQ_PAGE_INDEX:
		return read_stored(c, &p, &stored, f);
	default:
		return begin_page(c, &p, f);
	}
}

static bool
read_levels(struct pq_cursor *c, size_t n)
{
	unsigned max_def = c->node->max_def, max_rep = c->node->max_rep;

	if (max_rep > 0 && !rle_get(&c->rep, c->rep_level, n))
		return false;
	if (max_def > 0 && !rle_get(&c->def, c->def_level, n))
		return false;
	c->level_n = n;
	c->value_n = n;
	for (size_t i = 0; max_rep > 0 && i < n; i++)
		if (c->rep_level[i] > max_rep)
			return false;
	for (size_t i = 0; max_def > 0 && i < n; i++) {
		if (c->def_level[i] > max_def)
			return false;
		c->value_n -= c->def_level[i] < max_def;
	}
	return true;
}

static int
next_block(struct pq_cursor *c, size_t n, struct fail *f)
{
	while (c->page_left == 0) {
		int rc = next_page(c, f);

		if (rc != 0)
			return rc;
	}
	if (n > PQ_BLOCK)
		n = PQ_BLOCK;
	if (n > c->page_left)
		n = (size_t)c->page_left;
	if (!read_levels(c, n))
		return fail_set(f, FAIL_DATA, "damaged levels");
	c->page_left -= n;
	c->level_left -= n;
	return pq_values_get(&c->values, c->value_n, &c->block, f);
}

int
pq_cursor_next(struct pq_cursor *c, size_t n, struct fail *f)
{
	int rc;

	c->level_n = c->value_n = 0;
	if (c->level_left == 0 || n == 0)
		return 0;
	rc = next_block(c, n, f);
	if (rc != 0)
		fail_prefix(f, "'%s': column '%.*s', page at byte %llu: ",
			    c->src->name, STR_ARG(c->node->name),
			    (unsigned long long)c->page_pos);
	return rc;
}
