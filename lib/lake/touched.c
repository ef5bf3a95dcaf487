/* SPDX-License-Identifier: MIT */
/*
 * lake-cat --touched: the values of a column that commits have touched, by
 * rows that they added as by rows that they removed. Whatever became of a
 * value's rows, all that are left at the pinned snapshot replace what a view
 * has of it; so a commit that takes rows back is no gap to such a reader.
 */
#include "lake/source.h"

#include <stdlib.h>

static int
touch(struct lake_source *s, struct str value, struct fail *f)
{
	if (value.n == 0)
		return fail_set(f, FAIL_DATA,
				"'%s': a row's '%.*s' is null, so it belongs "
				"to no partition that could be replaced",
				s->o.url, STR_ARG(s->o.touched));
	return map_add(&s->touched, value, NULL) < 0 ? fail_memory(f) : 0;
}

static int
touch_cell(struct lake_source *s, const struct table_field *field,
	   const struct expr_cell *cell, struct fail *f)
{
	int rc;

	buf_reset(&s->text);
	rc = delta_partition_format(field, cell, &s->text, f);
	return rc != 0 ? rc : touch(s, buf_str(&s->text), f);
}

/* All values of the column in one file. */
static int
touch_rows(struct lake_source *s, struct delta_scan *scan,
	   const struct table_field *field, const struct delta_file *file,
	   struct fail *f)
{
	struct delta_batch batch;
	bool is_skipped;
	int rc = delta_scan_file(scan, file, &is_skipped, f);

	while (rc == 0 && (rc = delta_scan_next(scan, &batch, f)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < batch.row_n; i++) {
			struct expr_cell cell = delta_batch_cell(&batch, 0,
								 batch.row[i]);

			rc = touch_cell(s, field, &cell, f);
		}
	}
	return rc;
}

static int
touch_file(struct lake_source *s, struct delta_scan *scan,
	   const struct delta_column *c, const struct delta_file *file,
	   struct fail *f)
{
	struct expr_cell cell;

	if (!file->is_data_change)
		return 0;
	if (c->is_partition)
		return touch(s, delta_pairs_get(&file->partition, c->physical),
			     f);
	/* A file that is gone may be vacuumed away. */
	if (delta_file_value(file, c, &cell))
		return touch_cell(s, &c->field, &cell, f);
	return touch_rows(s, scan, &c->field, file, f);
}

static int
touch_commits(struct lake_source *s, struct delta_scan *scan,
	      const struct delta_column *c, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0;
	     s->is_snapshot_first && rc == 0 && i < s->walk->file_n; i++)
		if (s->walk->is_live[i]) {
			struct delta_file file = s->walk->file[i];

			file.is_data_change = true;
			rc = touch_file(s, scan, c, &file, f);
		}
	while (rc == 0 && s->walk->version < s->pinned->version) {
		struct delta_actions a;

		rc = source_step(s, &a, f);
		for (size_t i = 0; rc == 0 && i < a.add_n; i++)
			rc = touch_file(s, scan, c, &a.add[i], f);
		for (size_t i = 0; rc == 0 && i < a.remove_n; i++)
			rc = touch_file(s, scan, c, &a.remove[i], f);
	}
	return rc;
}

static int
compare_str(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

int
source_find_touched(struct lake_source *s, struct fail *f)
{
	int column = delta_column_find(&s->pinned->meta, s->o.touched);
	struct delta_scan_options o = {
		.meta = &s->pinned->meta, .column = &column, .column_n = 1};
	struct delta_scan *scan = NULL;
	int rc;

	if (column < 0)
		return delta_column_absent(&s->pinned->meta, s->o.url,
					   s->o.touched, f);
	rc = delta_scan_open(&scan, s->d, &o, f);
	if (rc == 0)
		rc = touch_commits(s, scan, &o.meta->column[column], f);
	delta_scan_close(scan);
	if (rc != 0)
		return rc;
	s->start.touched_column = s->o.touched;
	s->start.touched_n = s->touched.len;
	s->start.touched = arena_zalloc(&s->mem, s->touched.len + 1,
					sizeof(*s->start.touched));
	if (s->start.touched == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < s->touched.len; i++)
		s->start.touched[i] = s->touched.key[i];
	qsort(s->start.touched, s->touched.len, sizeof(*s->start.touched),
	      compare_str);
	return 0;
}

static int
add_quoted(struct buf *text, struct str v)
{
	int rc = buf_add_char(text, '\'');

	for (size_t k = 0; rc == 0 && k < v.n; k++) {
		if (v.p[k] == '\'')
			rc = buf_add_char(text, '\'');
		if (rc == 0)
			rc = buf_add_char(text, v.p[k]);
	}
	return rc != 0 ? rc : buf_add_char(text, '\'');
}

/* Numbers and booleans stand in a predicate without quotes. */
static bool
is_quoted(enum table_type type)
{
	return type >= TABLE_DATE && type != TABLE_DECIMAL;
}

/* Append "AND column IN ('a','b')" to what stands in text. */
static int
add_touched(const struct lake_source *s, struct buf *text)
{
	const struct delta_meta *meta = &s->pinned->meta;
	int column = delta_column_find(meta, s->o.touched);
	int rc = buf_addf(text, "%s\"%.*s\" IN (", text->len > 0 ? " AND " : "",
			  STR_ARG(s->o.touched));

	for (size_t i = 0; rc == 0 && i < s->start.touched_n; i++) {
		struct str v = s->start.touched[i];

		if (i > 0)
			rc = buf_add_char(text, ',');
		if (rc == 0)
			rc = is_quoted(meta->column[column].field.type)
				     ? add_quoted(text, v)
				     : buf_add_str(text, v);
	}
	return rc != 0 ? rc : buf_add_char(text, ')');
}

int
lake_source_where(const struct lake_source *s, struct str where,
		  struct expr **out, struct fail *f)
{
	struct buf text;
	int rc = 0;

	*out = NULL;
	/* First by itself, so that messages are about what the user wrote. */
	if (where.n > 0)
		rc = expr_parse(out, where, f);
	if (rc != 0 || s->start.touched_n == 0)
		return rc;
	buf_init(&text, LIMIT_LINE_MAX);
	if ((where.n > 0 &&
	     (buf_add_char(&text, '(') != 0 || buf_add_str(&text, where) != 0 ||
	      buf_add_char(&text, ')') != 0)) ||
	    add_touched(s, &text) != 0)
		rc = fail_memory(f);
	expr_close(*out);
	*out = NULL;
	if (rc == 0)
		rc = expr_parse(out, buf_str(&text), f);
	buf_release(&text);
	return rc;
}
