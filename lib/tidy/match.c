/* SPDX-License-Identifier: MIT */
/*
 * Which rows a predicate is true of, for an erasure: it must find a person's
 * rows also where no column says whose they are. A bad line is read by the
 * table's own schema; what of it cannot be known (a line that is no JSON, a
 * value that fits no column, a key that is not there) is looked for in its
 * bytes, as a word and with its escapes undone. That takes away a bad line too
 * many rather than one too few.
 */
#include "tidy/care.h"

#include <stdlib.h>

#include "event/event.h"
#include "ndjson/ndjson.h"

struct match {
	struct expr *where;
	struct delta_filter filter;
	struct expr *texts; /* has the row a text? NULL: no row can have one */
	struct delta_filter texts_filter;
	int raw; /* columns of the table, -1: there is none */
	int rescued;
	size_t n;    /* columns of the predicate */
	int *column; /* they, then raw and rescued where there are */
	size_t column_n;
	struct event_schema *schema;
	int *event; /* of the schema, one a column; -1: no line can fill it */
	size_t event_n;
	int *slot; /* of the reader's values, one a column */
	struct ndjson *reader;
	struct expr_cell *cell; /* of the row, one a column */
	enum expr_origin *origin;
	struct buf plain; /* a text without its escapes */
	struct arena line;
	struct arena mem;
};

/* ---- opening ---- */

static int
find_lake_column(const struct delta_meta *m, enum delta_lake_column lake)
{
	for (size_t i = 0; i < m->column_n; i++)
		if (delta_lake_column(&m->column[i]) == lake)
			return (int)i;
	return -1;
}

/* "_raw" IS NOT NULL OR "_rescued" IS NOT NULL, for statistics to answer. */
static int
open_texts(struct match *m, const struct delta_meta *meta, const char *url,
	   struct fail *f)
{
	const int column[] = {m->raw, m->rescued};
	struct buf text;
	int rc = 0;

	buf_init(&text, LIMIT_PATH);
	for (int i = 0; rc == 0 && i < 2; i++)
		if (column[i] >= 0)
			rc = buf_addf(&text, "%s\"%.*s\" IS NOT NULL",
				      text.len > 0 ? " OR " : "",
				      STR_ARG(meta->column[column[i]].name));
	if (rc != 0)
		rc = fail_memory(f);
	if (rc == 0 && text.len > 0)
		rc = expr_parse(&m->texts, buf_str(&text), f);
	if (rc == 0 && m->texts != NULL)
		rc = delta_filter_init(&m->texts_filter, m->texts, meta, url,
				       &m->mem, f);
	buf_release(&text);
	return rc;
}

/* Which value of a line is which column's, and a reader for just those. */
static int
open_reader(struct match *m, const struct delta_meta *meta, struct fail *f)
{
	struct ndjson_options o = {.mode = NDJSON_STRUCTURAL,
				   .max_line = LIMIT_LINE_MAX};
	struct str *keys;
	int *slot;
	size_t n;
	int rc = delta_event_schema(meta, &m->schema, f);

	for (size_t i = 0; rc == 0 && i < m->n; i++) {
		const struct delta_column *c = &meta->column[m->column[i]];
		int at = m->schema == NULL ||
					 delta_lake_column(c) != DELTA_LAKE_NONE
				 ? -1
				 : event_column_find(m->schema, c->name);

		m->slot[i] = -1;
		if (at < 0)
			continue;
		m->slot[i] = (int)m->event_n;
		m->event[m->event_n++] = at;
	}
	if (rc != 0 || m->event_n == 0)
		return rc;
	rc = event_keys(m->schema, m->event, m->event_n, &m->mem, &keys, &slot,
			&n, f);
	return rc != 0 ? rc : ndjson_open(&m->reader, keys, slot, n, &o, f);
}

static int
make_columns(struct match *m, struct fail *f)
{
	m->n = m->column_n = m->filter.n;
	m->column = arena_zalloc(&m->mem, m->n + 2, sizeof(*m->column));
	m->event = arena_zalloc(&m->mem, m->n + 1, sizeof(*m->event));
	m->slot = arena_zalloc(&m->mem, m->n + 1, sizeof(*m->slot));
	m->cell = arena_zalloc(&m->mem, m->n + 1, sizeof(*m->cell));
	m->origin = arena_zalloc(&m->mem, m->n + 1, sizeof(*m->origin));
	if (m->column == NULL || m->event == NULL || m->slot == NULL ||
	    m->cell == NULL || m->origin == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < m->n; i++)
		m->column[i] = m->filter.column[i];
	if (m->raw >= 0)
		m->column[m->column_n++] = m->raw;
	if (m->rescued >= 0)
		m->column[m->column_n++] = m->rescued;
	return 0;
}

int
match_open(struct match **out, struct tidy *t, struct str where, struct fail *f)
{
	const struct delta_meta *meta = &t->meta;
	struct match *m = calloc(1, sizeof(*m));
	int rc;

	if (m == NULL)
		return fail_memory(f);
	buf_init(&m->plain, LIMIT_LINE_MAX);
	m->raw = find_lake_column(meta, DELTA_LAKE_RAW);
	m->rescued = find_lake_column(meta, DELTA_LAKE_RESCUED);
	rc = expr_parse(&m->where, where, f);
	if (rc == 0)
		rc = delta_filter_init(&m->filter, m->where, meta, t->o.url,
				       &m->mem, f);
	if (rc == 0)
		rc = make_columns(m, f);
	if (rc == 0)
		rc = open_texts(m, meta, t->o.url, f);
	if (rc == 0)
		rc = open_reader(m, meta, f);
	if (rc != 0) {
		match_close(m);
		return rc;
	}
	*out = m;
	return 0;
}

void
match_close(struct match *m)
{
	if (m == NULL)
		return;
	ndjson_close(m->reader);
	event_schema_close(m->schema);
	expr_close(m->where);
	expr_close(m->texts);
	buf_release(&m->plain);
	arena_release(&m->line);
	arena_release(&m->mem);
	free(m);
}

const int *
match_columns(const struct match *m, size_t *n)
{
	*n = m->column_n;
	return m->column;
}

int
match_judge(const struct match *m, const struct delta_file *file, bool *may,
	    bool *must, struct fail *f)
{
	bool has_texts = false, all;
	int rc = delta_filter_judge(&m->filter, file, may, must, f);

	if (rc == 0 && m->texts != NULL)
		rc = delta_filter_judge(&m->texts_filter, file, &has_texts,
					&all, f);
	if (has_texts) {
		*may = true;
		*must = false;
	}
	return rc;
}

/* ---- texts ---- */

/* The values of a text that is one JSON object, else NULL. */
static int
read_values(struct match *m, struct str text, const struct ndjson_val **val,
	    struct fail *f)
{
	struct ndjson_line line;
	int rc;

	*val = NULL;
	if (m->reader == NULL || memchr(text.p, '\n', text.n) != NULL)
		return 0;
	ndjson_start_text(m->reader, text);
	rc = ndjson_next(m->reader, &line, f);
	if (rc > 0 && line.reason == NDJSON_OK)
		*val = line.val;
	return rc < 0 ? rc : 0;
}

static int
hex(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static int
add_utf8(struct buf *out, int c)
{
	char u[3] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
		     (char)(0x80 | (c & 0x3f))};

	if (c < 0x80)
		return buf_add_char(out, (char)c);
	if (c < 0x800) {
		u[1] = (char)(0xc0 | c >> 6);
		return buf_add(out, u + 1, 2);
	}
	return buf_add(out, u, 3);
}

/* The text with its JSON escapes undone wherever they are some; characters
 * above U+FFFF stay escaped. */
static int
make_plain(struct match *m, struct str text, struct fail *f)
{
	int rc = 0;

	buf_reset(&m->plain);
	for (size_t i = 0; rc == 0 && i < text.n; i++) {
		bool has_next = text.p[i] == '\\' && i + 1 < text.n;
		int c = has_next && text.p[i + 1] == 'u' && i + 5 < text.n
				? hex(text.p + i + 2)
				: -1;

		if (c >= 0 && (c < 0xd800 || c > 0xdfff)) {
			rc = add_utf8(&m->plain, c);
			i += 5;
		} else if (has_next && strchr("\"\\/", text.p[i + 1]) != NULL &&
			   text.p[i + 1] != '\0') {
			rc = buf_add_char(&m->plain, text.p[++i]);
		} else {
			rc = buf_add_char(&m->plain, text.p[i]);
		}
	}
	return rc != 0 ? fail_memory(f) : 0;
}

/* m->cell and m->origin are set; the rest may stand in the text. */
static int
look_in_text(struct match *m, struct str text, bool *is_match, struct fail *f)
{
	int rc = 0;

	*is_match = expr_is_in_text(m->where, m->cell, m->origin, text);
	if (!*is_match && memchr(text.p, '\\', text.n) != NULL) {
		rc = make_plain(m, text, f);
		if (rc == 0)
			*is_match = expr_is_in_text(m->where, m->cell,
						    m->origin,
						    buf_str(&m->plain));
	}
	return rc;
}

/* A bad line: what its columns say stands in its bytes alone. */
static int
match_raw(struct match *m, struct str raw, bool *is_match, struct fail *f)
{
	const struct ndjson_val *val;
	int rc = read_values(m, raw, &val, f);

	arena_reset(&m->line);
	for (size_t i = 0; rc == 0 && i < m->n; i++) {
		struct event_cell c = {.kind = EVENT_CELL_NULL};
		bool is_lost;

		m->origin[i] = EXPR_OF_ROW;
		if (m->slot[i] < 0)
			continue;
		if (val != NULL)
			event_decode(&m->schema->column[m->event[m->slot[i]]],
				     &val[m->slot[i]], &m->line, &c);
		is_lost = c.kind == EVENT_CELL_NULL ||
			  c.kind == EVENT_CELL_MISFIT;
		m->origin[i] = is_lost ? EXPR_LOST : EXPR_OF_TEXT;
		m->cell[i] = (struct expr_cell){.is_null = is_lost,
						.i64 = c.i64,
						.f64 = c.f64,
						.str = c.str};
	}
	return rc != 0 ? rc : look_in_text(m, raw, is_match, f);
}

/* A row that kept a value apart which did not fit its column. */
static int
match_rescued(struct match *m, struct str rescued, bool *is_match,
	      struct fail *f)
{
	const struct ndjson_val *val;
	bool has_lost = false;
	int rc = read_values(m, rescued, &val, f);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < m->n; i++) {
		bool is_lost = m->slot[i] >= 0 && m->cell[i].is_null &&
			       val != NULL &&
			       val[m->slot[i]].kind != NDJSON_ABSENT;

		m->origin[i] = is_lost		 ? EXPR_LOST
			       : m->slot[i] >= 0 ? EXPR_OF_TEXT
						 : EXPR_OF_ROW;
		has_lost = has_lost || is_lost;
	}
	return has_lost ? look_in_text(m, rescued, is_match, f) : 0;
}

/* ---- rows ---- */

static struct expr_cell
text_cell(const struct match *m, const struct delta_batch *batch, size_t row,
	  bool is_wide, int column)
{
	for (size_t i = m->n; i < m->column_n; i++)
		if (m->column[i] == column)
			return delta_batch_cell(
				batch, is_wide ? (size_t)column : i, row);
	return (struct expr_cell){.is_null = true};
}

int
match_row(struct match *m, const struct delta_batch *batch, size_t row,
	  bool is_wide, bool *is_match, struct fail *f)
{
	struct expr_cell text;

	for (size_t i = 0; i < m->n; i++)
		m->cell[i] = delta_batch_cell(
			batch, is_wide ? (size_t)m->column[i] : i, row);
	text = text_cell(m, batch, row, is_wide, m->raw);
	if (!text.is_null)
		return match_raw(m, text.str, is_match, f);
	*is_match = expr_test(m->where, m->cell) == EXPR_TRUE;
	if (*is_match)
		return 0;
	text = text_cell(m, batch, row, is_wide, m->rescued);
	return text.is_null ? 0 : match_rescued(m, text.str, is_match, f);
}
