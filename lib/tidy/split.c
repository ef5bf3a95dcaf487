/* SPDX-License-Identifier: MIT */
/*
 * Files split by the values of a column, such as the date of events that came
 * in any order: a reader of one date then opens the files of that date alone.
 * First the values are found, then the files are read once a value; those that
 * the statistics rule out are not opened, so what is nearly in order costs
 * little more than one reading.
 */
#include "tidy/care.h"

#include <stdlib.h>

#define SPLIT_VALUES 4096

struct split {
	struct rewrite *r;
	const struct delta_file *const *file;
	size_t n;
	int column;
	struct map values; /* as literals of a predicate */
	struct buf text;
	bool has_null;
	uint64_t rows;
};

/* ---- values ---- */

static int
add_value(struct split *s, const struct expr_cell *cell, struct fail *f)
{
	const struct delta_column *c = &s->r->t->meta.column[s->column];
	bool is_quoted = c->field.type == TABLE_DATE;
	int rc = 0;

	s->has_null = s->has_null || cell->is_null;
	if (cell->is_null)
		return 0;
	buf_reset(&s->text);
	if (is_quoted)
		rc = buf_add_char(&s->text, '\'');
	if (rc == 0)
		rc = delta_partition_format(&c->field, cell, &s->text, f);
	if (rc == 0 && is_quoted)
		rc = buf_add_char(&s->text, '\'');
	if (rc == 0 && map_add(&s->values, buf_str(&s->text), NULL) < 0)
		return fail_set(f, FAIL_USAGE,
				"'%s': '%.*s' has over %d values: files cannot "
				"be split by it",
				s->r->t->o.url, STR_ARG(c->name), SPLIT_VALUES);
	return rc;
}

static int
find_values(struct split *s, struct fail *f)
{
	struct delta_scan_options o = {
		.meta = &s->r->t->meta, .column = &s->column, .column_n = 1};
	struct delta_scan *scan = NULL;
	int rc = delta_scan_open(&scan, s->r->t->d, &o, f);

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		struct delta_batch batch;
		bool is_skipped;

		rc = delta_scan_file(scan, s->file[i], &is_skipped, f);
		while (rc == 0 && (rc = delta_scan_next(scan, &batch, f)) > 0) {
			rc = care_check(s->r->t, f);
			for (size_t k = 0; rc == 0 && k < batch.row_n; k++) {
				struct expr_cell cell = delta_batch_cell(
					&batch, 0, batch.row[k]);

				rc = add_value(s, &cell, f);
			}
		}
	}
	delta_scan_close(scan);
	return rc;
}

/* ---- rows ---- */

static int
copy_rows(struct split *s, struct expr *where, struct fail *f)
{
	const struct delta_meta *m = &s->r->t->meta;
	struct delta_scan_options o = {
		.meta = m, .column_n = m->column_n, .where = where};
	int *column = arena_zalloc(&s->r->mem, m->column_n + 1,
				   sizeof(*column));
	struct delta_scan *scan = NULL;
	int rc;

	if (column == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < m->column_n; i++)
		column[i] = (int)i;
	o.column = column;
	rc = delta_scan_open(&scan, s->r->t->d, &o, f);
	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		struct delta_batch batch;
		bool is_skipped;

		rc = delta_scan_file(scan, s->file[i], &is_skipped, f);
		while (rc == 0 && !is_skipped &&
		       (rc = delta_scan_next(scan, &batch, f)) > 0) {
			rc = care_check(s->r->t, f);
			for (size_t k = 0; rc == 0 && k < batch.row_n; k++)
				rc = delta_writer_copy(s->r->writer, m, &batch,
						       batch.row[k], f);
			s->rows += batch.row_n;
		}
	}
	delta_scan_close(scan);
	return rc;
}

/* The rows of which the column is as said, into files of their own. */
static int
split_off(struct split *s, const char *is, struct str value, struct fail *f)
{
	const struct delta_column *c = &s->r->t->meta.column[s->column];
	const struct delta_file *ignored;
	struct expr *where = NULL;
	struct buf text;
	size_t n;
	int rc = 0;

	buf_init(&text, LIMIT_PATH);
	if (buf_addf(&text, "\"%.*s\" %s%.*s", STR_ARG(c->name), is,
		     STR_ARG(value)) != 0)
		rc = fail_memory(f);
	if (rc == 0)
		rc = expr_parse(&where, buf_str(&text), f);
	if (rc == 0)
		rc = copy_rows(s, where, f);
	if (rc == 0)
		rc = delta_writer_files(s->r->writer, &ignored, &n, f);
	expr_close(where);
	buf_release(&text);
	return rc;
}

/* Not a row less, as far as statistics tell. */
static int
check_rows(const struct split *s, struct fail *f)
{
	uint64_t told = 0, rows;

	for (size_t i = 0; i < s->n; i++) {
		if (!delta_file_rows(s->file[i], &rows))
			return 0;
		told += rows;
	}
	if (told == s->rows)
		return 0;
	return fail_set(f, FAIL_DATA,
			"'%s': %zu files hold %llu rows, and the log says "
			"%llu: left as they are",
			s->r->t->o.url, s->n, (unsigned long long)s->rows,
			(unsigned long long)told);
}

int
rewrite_split(struct rewrite *r, const struct delta_file *const *file, size_t n,
	      int column, struct fail *f)
{
	struct split s = {.r = r, .file = file, .n = n, .column = column};
	int rc;

	map_init(&s.values, SPLIT_VALUES);
	buf_init(&s.text, LIMIT_PATH);
	rc = find_values(&s, f);
	for (size_t i = 0; rc == 0 && i < s.values.len; i++)
		rc = split_off(&s, "= ", s.values.key[i], f);
	if (rc == 0 && s.has_null)
		rc = split_off(&s, "IS NULL", (struct str){"", 0}, f);
	if (rc == 0)
		rc = check_rows(&s, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rewrite_drop(r, file[i]);
	r->rows += s.rows;
	map_release(&s.values);
	buf_release(&s.text);
	return rc;
}
