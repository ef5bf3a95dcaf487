/* SPDX-License-Identifier: MIT */
/*
 * Lines of many rows at once. Column after column, each value becomes a piece
 * of text, with its key before it: numbers and times are formatted, a text of
 * the column's dictionary is escaped when it is first met and serves the rest
 * of the batch. Then row after row the pieces are copied together. What is
 * long or rare makes no piece and is formatted in its place.
 */
#include "lake/print.h"

#include <math.h>
#include <stdlib.h>

#define TEXT_LONG  ((size_t)512)     /* bytes of a text that is no piece */
#define CACHE_MAX  ((size_t)8 << 20) /* bytes of escaped texts */
#define NUMBER_MAX ((size_t)32)	     /* bytes of a number or time in quotes */
#define PIECE_STEP ((size_t)32)	     /* bytes copied at once */
#define PIECE_NONE UINT32_MAX	     /* as a length: format it in its place */

/* Where in the column's buffer a piece is, key and all; n 0: null. */
struct piece {
	uint32_t at, n;
};

struct cached {
	struct piece *entry; /* owned; one an entry, n 0: not met yet */
	size_t cap;
};

struct print_block {
	enum print_way *way;	 /* one a column */
	struct cached *cached;	 /* likewise */
	const struct buf **from; /* likewise: texts or numbers */
	struct piece *piece;	 /* of row i from i * column_n on */
	size_t row_bytes[PRINT_ROWS];
	struct buf texts;   /* of this batch */
	struct buf numbers; /* of these rows */
	struct quick_day day;
	struct arena mem;
	size_t column_n;
};

/* ---- opening ---- */

static enum print_way
way_of_time(const struct print_column *c)
{
	if (!c->is_event)
		return PRINT_TIME;
	if (c->event.wire == EVENT_WIRE_EPOCH_MS)
		return PRINT_EPOCH_MS;
	return c->event.wire == EVENT_WIRE_RFC3339 ? PRINT_TIME : PRINT_ANY;
}

static enum print_way
choose_way(const struct print_column *c)
{
	switch (c->field.type) {
	case TABLE_STRING:
		return c->is_event && c->event.wire == EVENT_WIRE_JSON
			       ? PRINT_JSON
			       : PRINT_TEXT;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		return PRINT_INTEGER;
	case TABLE_BOOLEAN:
		return PRINT_BOOLEAN;
	case TABLE_DOUBLE:
		return PRINT_DOUBLE;
	case TABLE_TIMESTAMP:
		return way_of_time(c);
	default:
		return PRINT_ANY;
	}
}

int
print_block_open(struct print_block **out, const struct lake_print *p,
		 struct fail *f)
{
	struct print_block *b = calloc(1, sizeof(*b));
	size_t n = p->column_n;

	if (b == NULL)
		return fail_memory(f);
	buf_init(&b->texts, CACHE_MAX);
	buf_init(&b->numbers, SIZE_MAX);
	b->column_n = n;
	b->way = arena_zalloc(&b->mem, n + 1, sizeof(*b->way));
	b->cached = arena_zalloc(&b->mem, n + 1, sizeof(*b->cached));
	b->from = arena_zalloc(&b->mem, n + 1, sizeof(*b->from));
	b->piece = arena_zalloc(&b->mem, (n + 1) * PRINT_ROWS,
				sizeof(*b->piece));
	if (b->way == NULL || b->cached == NULL || b->from == NULL ||
	    b->piece == NULL) {
		b->column_n = 0;
		print_block_close(b);
		return fail_memory(f);
	}
	for (size_t i = 0; i < n; i++) {
		b->way[i] = choose_way(&p->column[i]);
		b->from[i] = b->way[i] == PRINT_TEXT || b->way[i] == PRINT_JSON
				     ? &b->texts
				     : &b->numbers;
	}
	*out = b;
	return 0;
}

void
print_block_close(struct print_block *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->column_n; i++)
		free(b->cached[i].entry);
	buf_release(&b->texts);
	buf_release(&b->numbers);
	arena_release(&b->mem);
	free(b);
}

/* ---- pieces of a column ---- */

/* The rows at hand. */
struct rows {
	const uint32_t *row;
	size_t n;
};

static size_t
put_double(char *dst, double v)
{
	return isfinite(v) ? num_format_f64(dst, v) : 0;
}

static size_t
put_epoch_ms(char *dst, int64_t us)
{
	return us % UTC_MS == 0 ? num_format_i64(dst, us / UTC_MS) : 0;
}

static size_t
put_time(char *dst, int64_t us)
{
	size_t n;

	if (!table_has_year(us, 1))
		return 0;
	n = utc_format(dst + 1, us);
	dst[0] = dst[n + 1] = '"';
	return n + 2;
}

static size_t
put_boolean(char *dst, int64_t v)
{
	memcpy(dst, v != 0 ? "true\0" : "false", 5);
	return v != 0 ? 4 : 5;
}

/* A number's text, at most NUMBER_MAX bytes; 0: format it in its place. */
PORT_INLINE size_t
put_number(enum print_way way, const struct table_column *c, size_t row,
	   char *dst)
{
	switch (way) {
	case PRINT_INTEGER:
		return num_format_i64(dst, table_i64(c, row));
	case PRINT_BOOLEAN:
		return put_boolean(dst, table_i64(c, row));
	case PRINT_DOUBLE:
		return put_double(dst, table_f64(c, row));
	case PRINT_EPOCH_MS:
		return put_epoch_ms(dst, table_i64(c, row));
	default:
		return put_time(dst, table_i64(c, row));
	}
}

static int
number_pieces(struct print_block *b, size_t col, struct str head,
	      const struct table_column *c, const struct rows *rows)
{
	enum print_way way = b->way[col];
	struct piece *piece = b->piece + col;
	struct buf *out = &b->numbers;

	if (buf_reserve(out, rows->n * (head.n + NUMBER_MAX) + PIECE_STEP) != 0)
		return FAIL_MEMORY;
	for (size_t i = 0; i < rows->n; i++, piece += b->column_n) {
		char *dst = out->p + out->len;
		size_t n;

		if (table_is_null(c, rows->row[i])) {
			*piece = (struct piece){0, 0};
			continue;
		}
		memcpy(dst, head.p, head.n);
		n = put_number(way, c, rows->row[i], dst + head.n);
		*piece = (struct piece){(uint32_t)out->len, PIECE_NONE};
		if (n == 0)
			continue;
		piece->n = (uint32_t)(head.n + n); /* both are short */
		out->len += piece->n;
		b->row_bytes[i] += piece->n;
	}
	return 0;
}

static int
fit_entries(struct cached *c, size_t n)
{
	size_t cap = c->cap < 256 ? 256 : c->cap;
	struct piece *entry;

	if (n <= c->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	entry = realloc(c->entry, cap * sizeof(*entry));
	if (entry == NULL)
		return FAIL_MEMORY;
	memset(entry + c->cap, 0, (cap - c->cap) * sizeof(*entry));
	c->entry = entry;
	c->cap = cap;
	return 0;
}

/* The piece of a text that is met for the first time. */
static struct piece
new_text(struct print_block *b, enum print_way way, struct str head,
	 struct str s)
{
	struct piece none = {0, PIECE_NONE}, piece;
	struct buf *out = &b->texts;

	if (s.n > TEXT_LONG ||
	    buf_reserve(out, head.n + s.n * 6 + 2 + PIECE_STEP) != 0)
		return none;
	piece.at = (uint32_t)out->len; /* < CACHE_MAX */
	memcpy(out->p + out->len, head.p, head.n);
	out->len += head.n;
	if (way == PRINT_TEXT) {
		out->len += ndjson_format_string(out->p + out->len, s.p, s.n);
	} else {
		memcpy(out->p + out->len, s.p, s.n);
		out->len += s.n;
	}
	piece.n = (uint32_t)(out->len - piece.at);
	return piece;
}

static int
text_pieces(struct print_block *b, size_t col, struct str head,
	    const struct table_column *c, const struct rows *rows)
{
	struct cached *cached = &b->cached[col];
	struct piece *piece = b->piece + col;

	if (fit_entries(cached, c->texts.entry_n) != 0)
		return FAIL_MEMORY;
	for (size_t i = 0; i < rows->n; i++, piece += b->column_n) {
		uint32_t code;

		if (table_is_null(c, rows->row[i])) {
			*piece = (struct piece){0, 0};
			continue;
		}
		code = c->value.code[rows->row[i]];
		if (cached->entry[code].n == 0)
			cached->entry[code] = new_text(b, b->way[col], head,
						       table_entry(c, code));
		*piece = cached->entry[code];
		if (piece->n != PIECE_NONE)
			b->row_bytes[i] += piece->n;
	}
	return 0;
}

/* A column that makes no pieces. */
static void
no_pieces(struct print_block *b, size_t col, const struct delta_batch *batch,
	  const struct rows *rows)
{
	const struct delta_scan_column *c = &batch->column[col];

	for (size_t i = 0; i < rows->n; i++) {
		bool is_null = c->column == NULL
				       ? c->constant.is_null
				       : table_is_null(c->column, rows->row[i]);

		b->piece[i * b->column_n + col] = (struct piece){
			0, is_null ? 0 : PIECE_NONE};
	}
}

/* The texts that were met are of the batch before. */
static void
forget(struct print_block *b)
{
	for (size_t i = 0; i < b->column_n; i++)
		if (b->cached[i].cap > 0)
			memset(b->cached[i].entry, 0,
			       b->cached[i].cap * sizeof(struct piece));
	buf_reset(&b->texts);
}

static int
make_pieces(const struct lake_print *p, const struct delta_batch *batch,
	    const struct rows *rows)
{
	struct print_block *b = p->block;
	int rc = 0;

	buf_reset(&b->numbers);
	memset(b->row_bytes, 0, sizeof(b->row_bytes));
	for (size_t i = 0; rc == 0 && i < p->column_n; i++) {
		const struct table_column *c = batch->column[i].column;
		struct str head = p->column[i].head;

		if (c == NULL || b->way[i] == PRINT_ANY)
			no_pieces(b, i, batch, rows);
		else if (b->from[i] == &b->texts)
			rc = text_pieces(b, i, head, c, rows);
		else
			rc = number_pieces(b, i, head, c, rows);
	}
	return rc;
}

/* ---- lines ---- */

/* In steps: pieces are short, and behind each there is room to read. */
PORT_INLINE char *
copy_piece(char *dst, const char *src, size_t n)
{
	memcpy(dst, src, PIECE_STEP);
	if (PORT_UNLIKELY(n > PIECE_STEP))
		memcpy(dst + PIECE_STEP, src + PIECE_STEP, n - PIECE_STEP);
	return dst + n;
}

/* A value that made no piece. */
static int
put_value(const struct lake_print *p, const struct delta_batch *batch,
	  size_t col, uint32_t row, size_t room, struct buf *out)
{
	struct expr_cell v = delta_batch_cell(batch, col, row);
	int rc = buf_add_str(out, p->column[col].head);

	if (rc == 0)
		rc = print_value(&p->column[col], &v, out);
	return rc != 0 ? rc : buf_reserve(out, room);
}

/* The ith of the rows, whose pieces are made. */
static int
put_row(const struct lake_print *p, const struct delta_batch *batch, size_t i,
	uint32_t row, struct buf *out)
{
	const struct print_block *b = p->block;
	const struct piece *piece = b->piece + i * b->column_n;
	size_t start = out->len, room = b->row_bytes[i] + PIECE_STEP + 3;
	char *dst;
	int rc = buf_reserve(out, room);

	if (rc != 0)
		return rc;
	dst = out->p + out->len;
	for (size_t k = 0; k < b->column_n; k++) {
		if (piece[k].n == 0)
			continue;
		if (PORT_LIKELY(piece[k].n != PIECE_NONE)) {
			dst = copy_piece(dst, b->from[k]->p + piece[k].at,
					 piece[k].n);
			continue;
		}
		out->len = (size_t)(dst - out->p);
		rc = put_value(p, batch, k, row, room, out);
		if (rc != 0)
			return rc;
		dst = out->p + out->len;
	}
	out->len = (size_t)(dst - out->p);
	rc = print_rescued(p, batch, row, out);
	if (rc == 0 && out->len == start)
		return buf_add_cstr(out, "{}\n");
	if (rc == 0)
		out->p[start] = '{'; /* in the place of the first comma */
	return rc != 0 ? rc : buf_add_cstr(out, "}\n");
}

int
print_block_rows(const struct lake_print *p, const struct delta_batch *batch,
		 bool is_new, const uint32_t *row, size_t n, struct buf *out)
{
	const struct delta_scan_column *raw = NULL;
	struct rows rows = {row, n};
	int rc;

	if (is_new)
		forget(p->block);
	if (p->lake[DELTA_LAKE_RAW] >= 0)
		raw = &batch->column[p->lake[DELTA_LAKE_RAW]];
	rc = make_pieces(p, batch, &rows);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (raw != NULL && raw->column != NULL &&
		    !table_is_null(raw->column, row[i]))
			rc = print_bad(p, batch, row[i],
				       table_str(raw->column, row[i]), out);
		else
			rc = put_row(p, batch, i, row[i], out);
	}
	return rc;
}
