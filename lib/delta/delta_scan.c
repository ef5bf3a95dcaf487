/* SPDX-License-Identifier: MIT */
/*
 * Rows out of data files. A file is opened only if its partition values and
 * statistics leave room for a match; of an opened one only the columns that
 * are wanted or asked about are read. Where the statistics already say that
 * every row matches (a predicate over partition columns) no row is looked at.
 */
#include "delta/log.h"

#include <stdlib.h>

#include "delta/roaring.h"

#define BATCH_ROWS 8192

/* Where a wanted or asked column is: of the batch's table, or constant. */
struct source {
	int meta;  /* column of meta */
	int table; /* column of the table, -1: constant */
};

struct delta_scan {
	struct delta *d;
	struct delta_scan_options o;
	struct table table;
	struct parquet_want *want; /* one a column of the table */
	struct source *source;	   /* wanted ones first, then the predicate's */
	size_t source_n;
	struct delta_scan_column *column; /* one a source */
	struct delta_filter filter;
	uint32_t row[BATCH_ROWS];
	bool is_all; /* every row of the file matches */
	struct store_reader *file;
	struct parquet_reader *parquet; /* NULL: no file is open */
	struct roaring deleted;		/* rows of the file */
	struct delta_scan_counts counts;
	struct arena mem;      /* until close */
	struct arena file_mem; /* until the next file */
};

enum expr_type
delta_expr_type(const struct table_field *field)
{
	switch (field->type) {
	case TABLE_BOOLEAN:
		return EXPR_BOOLEAN;
	case TABLE_INT8:
	case TABLE_INT16:
	case TABLE_INT32:
	case TABLE_INT64:
		return EXPR_INTEGER;
	case TABLE_FLOAT:
	case TABLE_DOUBLE:
		return EXPR_DOUBLE;
	case TABLE_DATE:
		return EXPR_DATE;
	case TABLE_TIMESTAMP:
	case TABLE_TIMESTAMP_NTZ:
		return EXPR_TIMESTAMP;
	case TABLE_DECIMAL:
		return EXPR_DECIMAL;
	case TABLE_STRING:
		return EXPR_STRING;
	case TABLE_BINARY:
	case TABLE_TYPES:
		break;
	}
	return EXPR_OTHER;
}

struct str
delta_type_text(const struct delta_column *c)
{
	if (c->type.n < 2 || c->type.p[0] != '"')
		return STR_LIT("an array, map or struct");
	return (struct str){c->type.p + 1, c->type.n - 2};
}

const char *
delta_type_name(const struct table_field *field)
{
	if (field->type != TABLE_TYPES)
		return table_type_name(field->type);
	return field->precision > 0 ? "decimal of over 18 digits"
				    : "array, map or struct";
}

/* ---- opening ---- */

/* Give every source that files hold a column of the table, once each. */
static int
place_sources(struct delta_scan *s, struct fail *f)
{
	const struct delta_meta *m = s->o.meta;
	struct table_field *field = arena_zalloc(&s->mem, s->source_n + 1,
						 sizeof(*field));
	int *placed = arena_zalloc(&s->mem, m->column_n + 1, sizeof(*placed));
	size_t n = 0;
	int rc = 0;

	s->want = arena_zalloc(&s->mem, s->source_n + 1, sizeof(*s->want));
	if (field == NULL || placed == NULL || s->want == NULL)
		return fail_memory(f);
	for (size_t i = 0; rc == 0 && i < s->source_n; i++) {
		struct source *source = &s->source[i];
		const struct delta_column *c = &m->column[source->meta];

		source->table = -1;
		if (c->is_partition)
			continue;
		if (placed[source->meta] == 0) {
			rc = log_want(m, c, delta_url(s->d), &s->mem,
				      &s->want[n], f);
			field[n] = c->field;
			if (c->field.type == TABLE_TYPES)
				field[n].type = TABLE_STRING;
			placed[source->meta] = (int)++n;
		}
		source->table = placed[source->meta] - 1;
	}
	if (rc != 0)
		return rc;
	return table_init(&s->table, field, n, SIZE_MAX >> 32, f);
}

int
delta_scan_open(struct delta_scan **out, struct delta *d,
		const struct delta_scan_options *o, struct fail *f)
{
	struct delta_scan *s = calloc(1, sizeof(*s));
	size_t where_n = o->where == NULL ? 0 : expr_columns(o->where);
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->d = d;
	s->o = *o;
	s->source_n = o->column_n + where_n;
	s->source = arena_zalloc(&s->mem, s->source_n + 1, sizeof(*s->source));
	s->column = arena_zalloc(&s->mem, s->source_n + 1, sizeof(*s->column));
	if (s->source == NULL || s->column == NULL) {
		rc = fail_memory(f);
		goto out;
	}
	for (size_t i = 0; i < o->column_n; i++)
		s->source[i].meta = o->column[i];
	rc = delta_filter_init(&s->filter, o->where, o->meta, delta_url(d),
			       &s->mem, f);
	for (size_t i = 0; rc == 0 && i < where_n; i++)
		s->source[o->column_n + i].meta = s->filter.column[i];
	if (rc == 0)
		rc = place_sources(s, f);
	if (rc != 0)
		goto out;
	for (size_t i = 0; i < s->source_n; i++)
		if (s->source[i].table >= 0)
			s->column[i].column =
				&s->table.column[s->source[i].table];
	*out = s;
	return 0;
out:
	delta_scan_close(s);
	return rc;
}

static void
close_file(struct delta_scan *s)
{
	parquet_reader_close(s->parquet);
	store_reader_close(s->file);
	s->parquet = NULL;
	s->file = NULL;
}

void
delta_scan_close(struct delta_scan *s)
{
	if (s == NULL)
		return;
	close_file(s);
	if (s->table.column != NULL)
		table_release(&s->table);
	arena_release(&s->file_mem);
	arena_release(&s->mem);
	free(s);
}

/* ---- files ---- */

static int
set_constants(struct delta_scan *s, const struct delta_file *file,
	      struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->source_n; i++) {
		const struct delta_column *c =
			&s->o.meta->column[s->source[i].meta];

		if (s->source[i].table < 0)
			rc = delta_partition_parse(
				&c->field,
				delta_pairs_get(&file->partition, c->physical),
				&s->column[i].constant, f);
	}
	return rc;
}

static int
source_read(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	return store_reader_get(arg, offset, dst, n, f);
}

/* Which rows are deleted; the file is open. */
static int
read_deleted(struct delta_scan *s, const struct delta_file *file,
	     const char *name, struct fail *f)
{
	uint64_t row_n = parquet_reader_rows(s->parquet), last;
	int rc;

	s->deleted = (struct roaring){0};
	if (file->dv == NULL)
		return 0;
	rc = log_dv_read(s->d, file->dv, &s->file_mem, &s->deleted, f);
	if (rc == 0 && roaring_last(&s->deleted, &last) && last >= row_n)
		rc = fail_set(f, FAIL_DATA,
			      "the deletion vector deletes row %llu of %llu",
			      (unsigned long long)last + 1,
			      (unsigned long long)row_n);
	if (rc != 0)
		fail_prefix(f, "'%s': ", name);
	return rc;
}

int
delta_scan_file(struct delta_scan *s, const struct delta_file *file,
		bool *is_skipped, struct fail *f)
{
	struct parquet_source source = {.read = source_read};
	struct log_place place = {0};
	bool may;
	int rc;

	close_file(s);
	arena_reset(&s->file_mem);
	rc = delta_filter_judge(&s->filter, file, &may, &s->is_all, f);
	*is_skipped = !may;
	s->counts.files++;
	s->counts.skipped += rc == 0 && !may;
	if (rc != 0 || !may)
		return rc;
	rc = set_constants(s, file, f);
	if (rc == 0)
		rc = log_place_open(s->d, file->path, &s->file_mem, &place, f);
	s->file = place.file;
	if (rc == STORE_ABSENT)
		return fail_set(f, FAIL_DATA,
				"'%s': the data file '%s' is not there: it was "
				"removed, by a vacuum perhaps",
				delta_url(s->d), place.name);
	if (rc != 0)
		return rc;
	s->counts.bytes += store_reader_bytes(s->file);
	source.arg = s->file;
	source.size = store_reader_bytes(s->file);
	source.name = place.url;
	rc = parquet_reader_open(&s->parquet, source, f);
	if (rc == 0)
		rc = parquet_select(s->parquet, &s->table, s->want, f);
	return rc != 0 ? rc : read_deleted(s, file, place.name, f);
}

/* ---- rows ---- */

static struct expr_cell
cell_of(const struct delta_scan_column *c, size_t row)
{
	return c->column == NULL ? c->constant : log_cell(c->column, row);
}

static size_t
choose_rows(struct delta_scan *s)
{
	size_t n = s->source_n - s->o.column_n, chosen = 0;

	for (size_t r = 0; r < s->table.row_n; r++) {
		bool is_match = s->is_all;

		if (!is_match) {
			for (size_t i = 0; i < n; i++)
				s->filter.cell[i] = cell_of(
					&s->column[s->o.column_n + i], r);
			is_match = expr_test(s->o.where, s->filter.cell) ==
				   EXPR_TRUE;
		}
		if (is_match)
			s->row[chosen++] = (uint32_t)r; /* < BATCH_ROWS */
	}
	return chosen;
}

struct expr_cell
delta_batch_cell(const struct delta_batch *b, size_t i, size_t row)
{
	return cell_of(&b->column[i], row);
}

int
delta_scan_next(struct delta_scan *s, struct delta_batch *out, struct fail *f)
{
	int rc;

	if (s->parquet == NULL)
		return 0;
	rc = parquet_next(s->parquet, &s->table, BATCH_ROWS, f);
	if (rc != 0)
		return rc;
	if (s->table.row_n == 0) {
		close_file(s);
		return 0;
	}
	out->column = s->column;
	out->row = s->row;
	out->row_n = choose_rows(s);
	if (s->deleted.n > 0)
		out->row_n = roaring_drop(&s->deleted,
					  parquet_first_row(s->parquet), s->row,
					  out->row_n);
	s->counts.rows += s->table.row_n;
	s->counts.matched += out->row_n;
	return 1;
}

const struct delta_scan_counts *
delta_scan_counts(const struct delta_scan *s)
{
	return &s->counts;
}
