/* SPDX-License-Identifier: MIT */
/*
 * What a batch replaces: whole files, by their partition values; or the rows
 * that a predicate is true of. For these, files of which only some rows match
 * are rewritten: the other rows are carried over into the batch's own files,
 * value by value, and so appear in the commit that removes them. A file is
 * rewritten only if a row of it matches, so that as few writers as possible
 * are in our way, and we in theirs.
 */
#include "lake/put.h"

#include <stdlib.h>

void
put_change_release(struct put_change *c)
{
	delta_scan_close(c->matching);
	delta_scan_close(c->all);
	free(c->gone);
}

/* ---- whole files ---- */

static bool
is_touched(const struct lake_put *p, const struct delta_file *file)
{
	struct str value = delta_pairs_get(&file->partition,
					   p->from.touched_column);

	for (size_t i = 0; i < p->from.touched_n; i++)
		if (value.p != NULL && str_equal(value, p->from.touched[i]))
			return true;
	return false;
}

static bool
is_same_partition(const struct delta_file *a, const struct delta_file *b)
{
	for (size_t i = 0; i < a->partition.n; i++) {
		struct str mine = a->partition.item[i].value;
		struct str other = delta_pairs_get(&b->partition,
						   a->partition.item[i].key);

		if (mine.n != other.n || !str_equal(mine, other))
			return false;
	}
	return true;
}

static bool
is_file_replaced(void *ctx, const struct delta_file *file)
{
	const struct put_change *c = ctx;

	if (c->p->o.mode == LAKE_OVERWRITE)
		return true;
	if (c->p->from.touched_column.n > 0)
		return is_touched(c->p, file);
	for (size_t i = 0; i < c->add_n; i++)
		if (is_same_partition(&c->add[i], file))
			return true;
	return false;
}

/* "level=paid, day=2026-11-22" */
static int
refuse_outside(const struct lake_put *p, const struct delta_file *file,
	       struct fail *f)
{
	const struct delta_pairs *part = &file->partition;
	struct buf name;
	int rc = 0;

	buf_init(&name, FAIL_TEXT_MAX);
	for (size_t i = 0; rc == 0 && i < part->n; i++) {
		struct str value = part->item[i].value;

		rc = buf_addf(&name, "%s%.*s=%.*s", i > 0 ? ", " : "",
			      STR_ARG(part->item[i].key),
			      STR_ARG(value.n > 0 ? value : STR_LIT("null")));
	}
	rc = fail_set(f, FAIL_DATA,
		      "'%s': rows of the partition %.*s do not belong to what "
		      "is replaced",
		      p->o.url, STR_ARG(buf_str(&name)));
	buf_release(&name);
	return rc;
}

/* Rows outside of what is replaced would come again with the next run. */
static int
check_inside(struct put_change *c, struct fail *f)
{
	if (c->p->o.mode == LAKE_REPLACE_PARTITIONS &&
	    c->p->meta.partition_n == 0)
		return fail_set(f, FAIL_USAGE,
				"'%s' has no partitions that could be "
				"replaced: see --mode overwrite",
				c->p->o.url);
	for (size_t i = 0; i < c->add_n; i++)
		if (!is_file_replaced(c, &c->add[i]))
			return refuse_outside(c->p, &c->add[i], f);
	return 0;
}

/* Room for as many removes as there are files. */
static int
begin_removes(struct put_change *c, struct delta_change *out, struct fail *f)
{
	const struct delta_snapshot *s = c->p->s;

	c->gone = calloc(s->file_n + 1, sizeof(*c->gone));
	if (c->gone == NULL)
		return fail_memory(f);
	out->kind = DELTA_REPLACE;
	out->remove = c->gone;
	out->mode = "Overwrite";
	return 0;
}

int
put_replace_files(struct put_change *c, struct delta_change *out,
		  struct fail *f)
{
	const struct delta_snapshot *s = c->p->s;
	int rc;

	c->add = out->add;
	c->add_n = out->add_n;
	rc = check_inside(c, f);
	if (rc != 0 || s->version < 0)
		return rc;
	rc = begin_removes(c, out, f);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		uint64_t rows;

		if (!s->is_live[i] || !is_file_replaced(c, &s->file[i]))
			continue;
		if (delta_file_rows(&s->file[i], &rows))
			c->rows += rows;
		c->gone[out->remove_n++] = s->file[i];
	}
	out->is_read = is_file_replaced;
	out->is_read_ctx = c;
	return rc;
}

/* ---- rows by a predicate ---- */

int
put_bind_where(struct lake_put *p, struct fail *f)
{
	if (p->replace_where == NULL || p->where.e != NULL)
		return 0;
	return delta_filter_init(&p->where, p->replace_where, &p->meta,
				 p->o.url, &p->mem, f);
}

static int
open_scans(struct put_change *c, struct fail *f)
{
	struct lake_put *p = c->p;
	struct delta_scan_options o = {.meta = &p->meta,
				       .where = p->replace_where};
	int *column = arena_zalloc(&p->mem, p->meta.column_n + 1,
				   sizeof(*column));
	int rc;

	if (column == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < p->meta.column_n; i++)
		column[i] = (int)i;
	rc = delta_scan_open(&c->matching, p->d, &o, f);
	o.where = NULL;
	o.column = column;
	o.column_n = p->meta.column_n;
	if (rc == 0)
		rc = delta_scan_open(&c->all, p->d, &o, f);
	return rc;
}

/* How many rows of a file match. */
static int
count_matches(struct put_change *c, const struct delta_file *file,
	      uint64_t *rows, struct fail *f)
{
	struct delta_batch batch;
	bool is_skipped;
	int rc = delta_scan_file(c->matching, file, &is_skipped, f);

	*rows = 0;
	while (rc == 0 && !is_skipped &&
	       (rc = delta_scan_next(c->matching, &batch, f)) > 0) {
		*rows += batch.row_n;
		rc = 0;
	}
	return rc;
}

static bool
is_match(const struct delta_filter *where, const struct delta_batch *batch,
	 size_t row)
{
	for (size_t i = 0; i < where->n; i++)
		where->cell[i] = delta_batch_cell(
			batch, (size_t)where->column[i], row);
	return expr_test(where->e, where->cell) == EXPR_TRUE;
}

/* The rows of a file that do not match. */
static int
carry_file(struct put_change *c, const struct delta_file *file, struct fail *f)
{
	struct lake_put *p = c->p;
	struct delta_batch batch;
	bool is_skipped;
	int rc = delta_scan_file(c->all, file, &is_skipped, f);

	if (rc == 0)
		rc = put_open_writer(p, f);
	while (rc == 0 && (rc = delta_scan_next(c->all, &batch, f)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < batch.row_n; i++) {
			if (is_match(&p->where, &batch, batch.row[i]))
				continue;
			rc = delta_writer_copy(p->writer, &p->meta, &batch,
					       batch.row[i], f);
			c->carried++;
		}
	}
	return rc;
}

/* *is_gone: rows of this file are replaced; the others are carried over. */
static int
replace_in_file(struct put_change *c, const struct delta_file *file,
		bool *is_gone, struct fail *f)
{
	uint64_t rows = 0;
	bool may, must;
	int rc = delta_filter_judge(&c->p->where, file, &may, &must, f);

	*is_gone = false;
	if (rc != 0 || !may)
		return rc;
	if (!must || !delta_file_rows(file, &rows))
		rc = count_matches(c, file, &rows, f);
	*is_gone = must || rows > 0;
	c->rows += rows;
	if (rc == 0 && *is_gone && !must)
		rc = carry_file(c, file, f);
	return rc;
}

/* Has a rival added a row that matches? What cannot be read may have. */
static bool
is_rival_read(void *ctx, const struct delta_file *file)
{
	struct put_change *c = ctx;
	uint64_t rows;

	return count_matches(c, file, &rows, NULL) != 0 || rows > 0;
}

int
put_replace_rows(struct put_change *c, struct delta_change *out, struct fail *f)
{
	const struct delta_snapshot *s = c->p->s;
	int rc = put_bind_where(c->p, f);

	if (rc != 0 || s->version < 0)
		return rc;
	rc = begin_removes(c, out, f);
	if (rc == 0)
		rc = open_scans(c, f);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		bool is_gone;

		if (!s->is_live[i])
			continue;
		rc = replace_in_file(c, &s->file[i], &is_gone, f);
		if (rc == 0 && is_gone)
			c->gone[out->remove_n++] = s->file[i];
	}
	out->predicate = c->p->o.replace_where;
	out->is_read = is_rival_read;
	out->is_read_ctx = c;
	return rc;
}
