/* SPDX-License-Identifier: MIT */
/*
 * The encoder of a column chunk: [dictionary page] data pages, DataPage V1.
 * A page's body is repetition levels, definition levels, values, compressed
 * as one. Pages end on row boundaries, so that the page index can name the
 * first row of each.
 */
#include "parquet/chunk.h"

#include <stdlib.h>

#include "parquet/rle.h"
#include "parquet/thrift.h"

#define PAGE_LEVELS 20000 /* what parquet-mr and Arrow take, too */
#define PAGE_BYTES  ((size_t)1 << 20)

/* A page being cut from a chunk. */
struct span {
	size_t level, level_end;
	size_t value, value_end;
	uint64_t row, row_end;
	size_t text_bytes; /* of its values, if they are plain texts */
};

int
pq_chunker_init(struct pq_chunker *c, const struct parquet_options *o,
		struct parquet_sink sink, struct arena *mem, struct fail *f)
{
	*c = (struct pq_chunker){.options = *o, .sink = sink, .mem = mem};
	buf_init(&c->body, SIZE_MAX);
	buf_init(&c->packed, SIZE_MAX);
	buf_init(&c->header, SIZE_MAX);
	c->codec = codec_scratch_open();
	return c->codec == NULL ? fail_memory(f) : 0;
}

void
pq_chunker_release(struct pq_chunker *c)
{
	buf_release(&c->body);
	buf_release(&c->packed);
	buf_release(&c->header);
	codec_scratch_close(c->codec);
	pq_dict_release(&c->dict);
	free(c->number);
	free(c->level);
	free(c->seen);
}

int
pq_emit(struct pq_chunker *c, struct str bytes, struct fail *f)
{
	int rc = c->sink.write(c->sink.arg, bytes.p, bytes.n, f);

	if (rc == 0)
		c->offset += bytes.n;
	return rc;
}

/* ---- pages ---- */

struct page_head {
	enum pq_page type;
	size_t count; /* levels, or entries of the dictionary */
	enum pq_encoding encoding;
};

static void
put_page_header(struct pq_chunker *c, struct thrift_out *o,
		const struct page_head *h)
{
	uint32_t crc = codec_crc32(c->packed.p, c->packed.len);

	thrift_put_i32(o, 1, (int32_t)h->type);
	thrift_put_i32(o, 2, (int32_t)c->body.len); /* checked: INT32_MAX */
	thrift_put_i32(o, 3, (int32_t)c->packed.len);
	thrift_put_i32(o, 4, (int32_t)crc); /* the bits, as signed */
	thrift_open(o, h->type == PQ_PAGE_DICTIONARY ? 7 : 5);
	thrift_put_i32(o, 1, (int32_t)h->count);
	thrift_put_i32(o, 2, (int32_t)h->encoding);
	if (h->type == PQ_PAGE_DATA) {
		thrift_put_i32(o, 3, PQ_RLE);
		thrift_put_i32(o, 4, PQ_RLE);
	}
	thrift_close(o);
	thrift_out_end(o);
}

/* Compress c->body and emit it as a page. */
static int
emit_page(struct pq_chunker *c, const struct page_head *h,
	  struct pq_chunk_meta *m, struct fail *f)
{
	struct thrift_out o;
	int rc;

	buf_reset(&c->packed);
	rc = codec_compress(c->codec, c->options.codec, c->options.level,
			    buf_str(&c->body), &c->packed, f);
	if (rc != 0)
		return rc;
	if (c->body.len > INT32_MAX || c->packed.len > INT32_MAX)
		return fail_set(f, FAIL_MEMORY, "a Parquet page of over 2 GiB");
	buf_reset(&c->header);
	thrift_out_init(&o, &c->header);
	put_page_header(c, &o, h);
	if (o.has_failed)
		return fail_memory(f);
	m->packed_size += c->header.len + c->packed.len;
	m->plain_size += c->header.len + c->body.len;
	rc = pq_emit(c, buf_str(&c->header), f);
	return rc == 0 ? pq_emit(c, buf_str(&c->packed), f) : rc;
}

/* ---- values ---- */

/* There is room for it. */
static void
put_text(struct buf *b, struct str s)
{
	store_u32(b->p + b->len, (uint32_t)s.n); /* a text is under 4 GiB */
	table_copy(b->p + b->len + 4, s.p, s.n);
	b->len += s.n + 4;
}

static int
put_booleans(struct buf *b, const int64_t *v, size_t n)
{
	if (buf_reserve(b, n / 8 + 1) != 0)
		return FAIL_MEMORY;
	memset(b->p + b->len, 0, n / 8 + 1);
	for (size_t i = 0; i < n; i++)
		b->p[b->len + i / 8] |= (char)((v[i] & 1) << (i % 8));
	b->len += (n + 7) / 8;
	return 0;
}

/* PLAIN numbers from 64 bits each. */
static int
put_numbers(struct buf *b, const int64_t *v, size_t n,
	    enum pq_physical physical)
{
	size_t size = pq_physical_size(physical);
	char *dst;

	if (physical == PQ_BOOLEAN)
		return put_booleans(b, v, n);
	if (buf_reserve(b, n * size) != 0)
		return FAIL_MEMORY;
	dst = b->p + b->len;
	b->len += n * size;
	if (size == 8) {
		memcpy(dst, v, n * size);
	} else if (physical == PQ_INT32) {
		for (size_t i = 0; i < n; i++)
			store_u32(dst + i * 4, (uint32_t)v[i]);
	} else {
		for (size_t i = 0; i < n; i++) {
			double f64;
			float f32;

			memcpy(&f64, &v[i], sizeof(f64));
			f32 = (float)f64; /* is one: see table.h */
			memcpy(dst + i * 4, &f32, sizeof(f32));
		}
	}
	return 0;
}

static size_t
row_of(const struct pq_chunk_in *in, size_t value)
{
	return in->row == NULL ? value : in->row[value];
}

/* p, or a new array in its place if n items need more than its *cap; its
 * content may be lost. NULL when out of memory, *cap then 0. */
static void *
fit(void *p, size_t *cap, size_t n, size_t size, struct fail *f)
{
	if (n <= *cap)
		return p;
	free(p);
	p = malloc(n * size);
	*cap = p == NULL ? 0 : n;
	if (p == NULL)
		fail_memory(f);
	return p;
}

static int
put_plain(struct pq_chunker *c, const struct pq_chunk_in *in,
	  const struct span *s, struct pq_range *range, struct fail *f)
{
	size_t n = s->value_end - s->value;

	if (n == 0)
		return 0;
	if (table_type_is_text(in->node->type)) {
		if (buf_reserve(&c->body, s->text_bytes) != 0)
			return fail_memory(f);
		for (size_t i = s->value; i < s->value_end; i++) {
			struct str v = table_str(in->column, row_of(in, i));

			pq_range_add_str(range, v);
			put_text(&c->body, v);
		}
		return 0;
	}
	c->number = fit(c->number, &c->number_cap, n, sizeof(*c->number), f);
	if (c->number == NULL)
		return FAIL_MEMORY;
	pq_gather(in->column, in->row, s->value, n, c->number);
	pq_range_add_numbers(range, c->number, n, in->node->type);
	return put_numbers(&c->body, c->number, n, in->node->physical) == 0
		       ? 0
		       : fail_memory(f);
}

/* Codes of the page; its range from the entries that are new to it. */
static int
put_codes(struct pq_chunker *c, const struct pq_chunk_in *in,
	  const struct span *s, uint32_t page, struct pq_range *range,
	  struct fail *f)
{
	const struct pq_dict *d = &c->dict;
	unsigned width = rle_width((uint32_t)d->entry_n - 1);
	bool is_text = table_type_is_text(in->node->type);

	for (size_t i = s->value; i < s->value_end; i++) {
		uint32_t code = d->code[i];

		if (c->seen[code] == page)
			continue;
		c->seen[code] = page;
		if (is_text)
			pq_range_add_str(
				range, table_entry(in->column, d->text[code]));
		else
			pq_range_add_numbers(range, &d->number[code], 1,
					     in->node->type);
	}
	width += width == 0; /* 0 is legal, and not read by all */
	if (buf_add_char(&c->body, (char)width) != 0 ||
	    rle_encode(d->code + s->value, s->value_end - s->value, width,
		       &c->body) != 0)
		return fail_memory(f);
	return 0;
}

static int
put_levels(struct pq_chunker *c, const uint8_t *level, size_t n, uint32_t max,
	   struct fail *f)
{
	size_t at = c->body.len;
	int rc = buf_add(&c->body, "\0\0\0\0", 4);

	if (rc == 0 && level == NULL) {
		rc = rle_encode_run(max, n, rle_width(max), &c->body);
	} else if (rc == 0 && max == 1) {
		rc = rle_encode_bits(level, n, &c->body);
	} else if (rc == 0) {
		c->level = fit(c->level, &c->level_cap, n, sizeof(*c->level),
			       f);
		if (c->level == NULL)
			return FAIL_MEMORY;
		for (size_t i = 0; i < n; i++)
			c->level[i] = level[i];
		rc = rle_encode(c->level, n, rle_width(max), &c->body);
	}
	if (rc != 0)
		return fail_memory(f);
	/* the length in front: levels of one page, far under 4 GiB */
	store_u32(c->body.p + at, (uint32_t)(c->body.len - at - 4));
	return 0;
}

/* Repetition levels where none are stated are all 0. */
static int
put_all_levels(struct pq_chunker *c, const struct pq_chunk_in *in,
	       const struct span *s, struct fail *f)
{
	size_t n = s->level_end - s->level;
	int rc = 0;

	if (in->node->max_rep > 0)
		rc = put_levels(c, in->rep + s->level, n, in->node->max_rep, f);
	if (rc == 0 && in->node->max_def > 0)
		rc = put_levels(c, in->def == NULL ? NULL : in->def + s->level,
				n, in->node->max_def, f);
	return rc;
}

static int
write_dictionary(struct pq_chunker *c, const struct pq_chunk_in *in,
		 struct pq_chunk_meta *m, struct fail *f)
{
	const struct pq_dict *d = &c->dict;
	struct page_head head = {PQ_PAGE_DICTIONARY, d->entry_n, PQ_PLAIN};
	int rc = 0;

	buf_reset(&c->body);
	if (!table_type_is_text(in->node->type)) {
		rc = put_numbers(&c->body, d->number, d->entry_n,
				 in->node->physical);
	} else {
		rc = buf_reserve(&c->body, d->text_bytes);
		for (size_t i = 0; i < d->entry_n && rc == 0; i++)
			put_text(&c->body, table_entry(in->column, d->text[i]));
	}
	if (rc != 0)
		return fail_memory(f);
	c->seen = fit(c->seen, &c->seen_cap, d->entry_n, sizeof(*c->seen), f);
	if (c->seen == NULL)
		return FAIL_MEMORY;
	memset(c->seen, 0xff, d->entry_n * sizeof(*c->seen));
	m->dictionary_offset = c->offset;
	return emit_page(c, &head, m, f);
}

/* Extend the span by levels and values up to where the page should end. */
static void
cut_page(const struct pq_chunk_in *in, bool is_coded, struct span *s)
{
	const struct table_column *col = in->column;
	bool is_text = table_type_is_text(in->node->type) && !is_coded;
	size_t bytes = 0;

	for (; s->level_end < in->level_n; s->level_end++) {
		size_t i = s->level_end;
		bool is_row = in->rep == NULL || in->rep[i] == 0;

		if (is_row &&
		    (i - s->level >= PAGE_LEVELS || bytes >= PAGE_BYTES))
			break;
		s->row_end += is_row;
		if (in->def != NULL && in->def[i] < in->node->max_def)
			continue;
		if (is_text)
			bytes += table_str(col, row_of(in, s->value_end)).n + 4;
		s->value_end++;
	}
	s->text_bytes = bytes;
}

/* The same of a column without repetition and nested groups, whose values
 * are of one size: its levels are rows, and 1 for a value. */
static void
cut_flat_page(const struct pq_chunk_in *in, struct span *s)
{
	size_t left = in->level_n - s->level_end;
	size_t n = left < PAGE_LEVELS ? left : PAGE_LEVELS, values = n;

	if (in->def != NULL) {
		values = 0;
		for (size_t i = 0; i < n; i++)
			values += in->def[s->level_end + i];
	}
	s->level_end += n;
	s->row_end += n;
	s->value_end += values;
}

static int
write_data_page(struct pq_chunker *c, const struct pq_chunk_in *in,
		const struct span *s, bool is_coded, struct pq_chunk_meta *m,
		struct pq_range *range, struct fail *f)
{
	struct pq_page_meta *p;
	struct page_head head = {PQ_PAGE_DATA, s->level_end - s->level,
				 is_coded ? PQ_RLE_DICTIONARY : PQ_PLAIN};
	struct pq_range own = {0};
	int rc;

	if (!MEM_GROW(&m->page, m->page_n, &m->page_cap))
		return fail_memory(f);
	p = &m->page[m->page_n];
	buf_reset(&c->body);
	rc = put_all_levels(c, in, s, f);
	if (rc == 0 && is_coded)
		rc = put_codes(c, in, s, (uint32_t)m->page_n, &own, f);
	else if (rc == 0)
		rc = put_plain(c, in, s, &own, f);
	if (rc == 0)
		rc = pq_bounds_of(&own, in->node, c->mem, &p->bounds, f);
	p->offset = c->offset;
	if (rc == 0)
		rc = emit_page(c, &head, m, f);
	if (rc != 0)
		return rc;
	p->size = (uint32_t)(c->offset - p->offset); /* under 2 * 2 GiB */
	p->first_row = s->row;
	p->is_all_null = s->value == s->value_end;
	p->null_n = s->level_end - s->level - (s->value_end - s->value);
	m->page_n++;
	pq_range_merge(range, &own, in->node->type);
	return 0;
}

int
pq_chunk_write(struct pq_chunker *c, const struct pq_chunk_in *in,
	       struct pq_chunk_meta *m, struct pq_range *range, struct fail *f)
{
	bool is_flat = in->rep == NULL && in->node->max_def <= 1;
	struct span s = {0};
	bool is_coded = false;
	int rc = 0;

	*m = (struct pq_chunk_meta){
		.level_n = in->level_n,
		.null_n = in->level_n - in->value_n,
	};
	*range = (struct pq_range){0};
	if (!c->options.is_plain)
		rc = pq_dict_build(&c->dict, in->column, in->row, in->value_n,
				   pq_physical_size(in->node->physical),
				   &is_coded, f);
	if (rc == 0 && is_coded)
		rc = write_dictionary(c, in, m, f);
	m->data_offset = c->offset;
	while (rc == 0 && s.level_end < in->level_n) {
		s.level = s.level_end;
		s.value = s.value_end;
		s.row = s.row_end;
		if (is_flat &&
		    (is_coded || !table_type_is_text(in->node->type)))
			cut_flat_page(in, &s);
		else
			cut_page(in, is_coded, &s);
		rc = write_data_page(c, in, &s, is_coded, m, range, f);
	}
	if (rc == 0)
		rc = pq_bounds_of(range, in->node, c->mem, &m->bounds, f);
	return rc;
}
