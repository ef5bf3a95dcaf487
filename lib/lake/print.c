/* SPDX-License-Identifier: MIT */
/*
 * From rows to lines. A line of all columns is the event as it was put in:
 * lake columns are left out, what was rescued is put back behind the other
 * keys, and a bad line comes back wrapped as it came. Named columns are just
 * printed, lake columns too.
 */
#include "lake/print.h"

#include <math.h>
#include <stdlib.h>

#include "csv/csv.h"

/* ---- opening ---- */

static enum event_wire
choose_wire(const struct lake_print *p, enum event_wire own)
{
	switch (p->o.times) {
	case LAKE_TIMES_RFC3339:
		return EVENT_WIRE_RFC3339;
	case LAKE_TIMES_EPOCH_MS:
		return EVENT_WIRE_EPOCH_MS;
	case LAKE_TIMES_WIRE:
		break;
	}
	return own;
}

static int
set_column(struct lake_print *p, struct print_column *out, int column,
	   struct fail *f)
{
	const struct delta_column *c = &p->o.meta->column[column];
	struct buf head;
	int rc;

	out->name = c->name;
	out->field = c->field;
	for (size_t i = 0; p->schema != NULL && i < p->schema->column_n; i++)
		if (str_equal(p->schema->column[i].name, c->name)) {
			out->event = p->schema->column[i];
			out->is_event = true;
		}
	if (out->is_event && out->event.type == EVENT_TIMESTAMP)
		out->event.wire = choose_wire(p, out->event.wire);
	buf_init(&head, LIMIT_LINE_MAX);
	rc = buf_add_char(&head, ',');
	if (rc == 0)
		rc = ndjson_put_string(&head, c->name);
	if (rc == 0)
		rc = buf_add_char(&head, ':');
	out->head.p = rc == 0 ? arena_copy(&p->mem, buf_str(&head)) : NULL;
	out->head.n = head.len;
	buf_release(&head);
	return out->head.p == NULL ? fail_memory(f) : 0;
}

static bool
is_chosen(const struct lake_print *p, int column)
{
	for (size_t i = 0; i < p->scan_n; i++)
		if (p->scan[i] == column)
			return true;
	return false;
}

static int
add_column(struct lake_print *p, int column, struct fail *f)
{
	p->scan[p->scan_n++] = column;
	return set_column(p, &p->column[p->column_n++], column, f);
}

static int
add_named_column(struct lake_print *p, struct str name, struct fail *f)
{
	int at = delta_column_find(p->o.meta, name);

	if (at < 0)
		return delta_column_absent(p->o.meta, p->o.url, name, f);
	if (is_chosen(p, at)) /* a key may be in an object once */
		return fail_set(f, FAIL_USAGE,
				"the column '%.*s' is wanted twice",
				(int)name.n, name.p);
	return add_column(p, at, f);
}

static int
choose_columns(struct lake_print *p, struct fail *f)
{
	const struct delta_meta *m = p->o.meta;
	bool is_all = p->o.column_n == 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->o.column_n; i++)
		rc = add_named_column(p, p->o.column[i], f);
	for (size_t i = 0; rc == 0 && is_all && i < m->column_n; i++)
		if (p->o.is_csv ||
		    delta_lake_column(&m->column[i]) == DELTA_LAKE_NONE)
			rc = add_column(p, (int)i, f);
	for (size_t i = 0; rc == 0 && is_all && !p->o.is_csv && i < m->column_n;
	     i++) {
		enum delta_lake_column lake = delta_lake_column(&m->column[i]);

		if (lake < DELTA_LAKE_RESCUED)
			continue;
		p->lake[lake] = (int)p->scan_n;
		p->scan[p->scan_n++] = (int)i;
	}
	return rc;
}

int
lake_print_open(struct lake_print **out, const struct lake_print_options *o,
		struct fail *f)
{
	struct lake_print *p = calloc(1, sizeof(*p));
	size_t most = o->meta->column_n + o->column_n + 1;
	int rc;

	if (p == NULL)
		return fail_memory(f);
	p->o = *o;
	buf_init(&p->text, LIMIT_LINE_MAX);
	for (int i = 0; i < DELTA_LAKE_COLUMNS; i++)
		p->lake[i] = -1;
	p->column = arena_zalloc(&p->mem, most, sizeof(*p->column));
	p->scan = arena_zalloc(&p->mem, most, sizeof(*p->scan));
	rc = p->column == NULL || p->scan == NULL ? fail_memory(f) : 0;
	if (rc == 0)
		rc = delta_event_schema(o->meta, &p->schema, f);
	if (rc == 0)
		rc = choose_columns(p, f);
	if (rc == 0)
		rc = print_block_open(&p->block, p, f);
	if (rc != 0) {
		lake_print_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

void
lake_print_close(struct lake_print *p)
{
	if (p == NULL)
		return;
	event_schema_close(p->schema);
	print_block_close(p->block);
	buf_release(&p->text);
	arena_release(&p->mem);
	free(p);
}

const int *
lake_print_columns(const struct lake_print *p, size_t *n)
{
	*n = p->scan_n;
	return p->scan;
}

/* ---- values ---- */

/* Is it one that its event column would not write as it should? */
static bool
is_odd(const struct print_column *c, const struct expr_cell *v)
{
	switch (c->field.type) {
	case TABLE_FLOAT:
		return true;
	case TABLE_DOUBLE:
		return !isfinite(v->f64);
	case TABLE_TIMESTAMP:
		return !table_has_year(v->i64, 1);
	case TABLE_DATE:
		return !table_has_year(v->i64, UTC_DAY);
	default:
		return false;
	}
}

int
print_value(const struct print_column *c, const struct expr_cell *v,
	    struct buf *out)
{
	struct table_value value = {v->i64, v->f64, v->str};
	struct event_cell cell = {.i64 = v->i64, .f64 = v->f64, .str = v->str};

	if (!c->is_event || is_odd(c, v))
		return table_put_json(out, &c->field, &value);
	cell.kind = table_type_is_text(c->field.type)	 ? EVENT_CELL_STR
		    : table_type_is_float(c->field.type) ? EVENT_CELL_F64
							 : EVENT_CELL_I64;
	return event_encode(&c->event, &cell, out);
}

/* ---- NDJSON ---- */

static struct expr_cell
lake_cell(const struct lake_print *p, const struct delta_batch *batch,
	  uint32_t row, enum delta_lake_column lake)
{
	if (p->lake[lake] < 0)
		return (struct expr_cell){.is_null = true};
	return delta_batch_cell(batch, (size_t)p->lake[lake], row);
}

int
print_rescued(const struct lake_print *p, const struct delta_batch *batch,
	      uint32_t row, struct buf *out)
{
	struct expr_cell v = lake_cell(p, batch, row, DELTA_LAKE_RESCUED);
	int rc;

	if (v.is_null || v.str.n < 2)
		return 0;
	rc = buf_add_char(out, ',');
	return rc != 0 ? rc : buf_add(out, v.str.p + 1, v.str.n - 2);
}

static int
put_number(const struct lake_print *p, const struct delta_batch *batch,
	   uint32_t row, enum delta_lake_column lake, const char *key,
	   struct buf *out)
{
	struct expr_cell v = lake_cell(p, batch, row, lake);
	int rc;

	if (v.is_null)
		return 0;
	rc = buf_add_cstr(out, key);
	return rc != 0 ? rc : buf_add_i64(out, v.i64);
}

/* {"@bad":{"raw":"...","line":17,"offset":4711,"rules":[...]}} */
int
print_bad(const struct lake_print *p, const struct delta_batch *batch,
	  uint32_t row, struct str raw, struct buf *out)
{
	struct expr_cell rules = lake_cell(p, batch, row, DELTA_LAKE_RULES);
	int rc = buf_add_cstr(out, NDJSON_BAD_PREFIX "{");

	if (rc == 0)
		rc = ndjson_put_raw(out, raw);
	if (rc == 0)
		rc = put_number(p, batch, row, DELTA_LAKE_LINE,
				",\"line\":", out);
	if (rc == 0)
		rc = put_number(p, batch, row, DELTA_LAKE_OFFSET,
				",\"offset\":", out);
	if (rc == 0 && !rules.is_null) {
		rc = buf_add_cstr(out, ",\"rules\":");
		if (rc == 0)
			rc = buf_add_str(out, rules.str);
	}
	if (rc == 0)
		rc = print_rescued(p, batch, row, out);
	return rc != 0 ? rc : buf_add_cstr(out, "}}\n");
}

/* ---- CSV ---- */

/* Strings bare, everything else as its JSON text, which needs no quotes. */
static int
put_field(struct lake_print *p, const struct print_column *c,
	  const struct expr_cell *v, struct csvrow *row)
{
	struct str text;
	int rc;

	if (v->is_null)
		return csvrow_null(row);
	if (c->field.type == TABLE_STRING)
		return csvrow_text(row, v->str);
	buf_reset(&p->text);
	rc = print_value(c, v, &p->text);
	if (rc != 0)
		return rc;
	text = buf_str(&p->text);
	if (text.n >= 2 && text.p[0] == '"') {
		text.p++;
		text.n -= 2;
	}
	return csvrow_text(row, text);
}

static int
put_csv(struct lake_print *p, const struct delta_batch *batch, uint32_t row,
	struct buf *out)
{
	struct csvrow csv = csvrow_begin(out);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->column_n; i++) {
		struct expr_cell v = delta_batch_cell(batch, i, row);

		rc = put_field(p, &p->column[i], &v, &csv);
	}
	return rc != 0 ? rc : csvrow_end(&csv);
}

int
lake_print_header(const struct lake_print *p, struct buf *out, struct fail *f)
{
	struct csvrow csv = csvrow_begin(out);
	int rc = 0;

	if (!p->o.is_csv)
		return 0;
	for (size_t i = 0; rc == 0 && i < p->column_n; i++)
		rc = csvrow_text(&csv, p->column[i].name);
	if (rc == 0)
		rc = csvrow_end(&csv);
	return rc != 0 ? fail_memory(f) : 0;
}

/* Do no more than fits a block of output, and what is long by itself. */
#define ENOUGH LIMIT_WRITE_BLOCK

int
lake_print_rows(struct lake_print *p, const struct delta_batch *batch,
		size_t *at, size_t end, struct buf *out, struct fail *f)
{
	int rc = 0;

	while (rc == 0 && *at < end && out->len < ENOUGH) {
		size_t n = end - *at;

		if (p->o.is_csv) {
			rc = put_csv(p, batch, batch->row[(*at)++], out);
			continue;
		}
		if (n > PRINT_ROWS)
			n = PRINT_ROWS;
		rc = print_block_rows(p, batch, *at == 0, batch->row + *at, n,
				      out);
		*at += n;
	}
	return rc != 0 ? fail_memory(f) : 0;
}
