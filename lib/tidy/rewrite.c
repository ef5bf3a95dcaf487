/* SPDX-License-Identifier: MIT */
/*
 * Rows of some files into new files, and one commit that puts these in the
 * place of those. Rows go value by value through the scan and the writer that
 * every reader and writer goes through, so that what comes out is what went
 * in; the text of a partition's values, which others may have written in
 * another form, is carried over as it stands. Until the commit nothing of it
 * counts, and when it fails the new files are deleted.
 */
#include "tidy/care.h"

#define SORT_KEY "playpipe.sort"

int
rewrite_check(const struct tidy *t, enum delta_kind kind, struct fail *f)
{
	const struct delta_meta *m = &t->meta;

	if (m->mapping != DELTA_MAPPING_NONE)
		return fail_set(f, FAIL_USAGE,
				"'%s' maps its columns to other names in data "
				"files (columnMapping), which we do not write",
				t->o.url);
	for (size_t i = 0; i < m->column_n; i++)
		if (m->column[i].field.type == TABLE_TYPES)
			return fail_set(f, FAIL_USAGE,
					"cannot write the files of '%s' anew: "
					"its column '%.*s' is of type %.*s",
					t->o.url, STR_ARG(m->column[i].name),
					STR_ARG(m->column[i].type));
	return delta_check_write(t->s, kind, t->o.url, f);
}

static int
open_writer(struct rewrite *r, uint64_t file_bytes, struct fail *f)
{
	const struct delta_meta *m = &r->t->meta;
	struct str sort = delta_pairs_get(&m->config, STR_LIT(SORT_KEY));
	struct delta_writer_options o = {
		.meta = m, .sort_column = -1, .file_bytes = file_bytes};

	if (sort.n > 0)
		o.sort_column = delta_column_find(m, sort);
	return delta_writer_open(&r->writer, r->t->d, &o, f);
}

int
rewrite_open(struct rewrite *r, struct tidy *t, size_t max, uint64_t file_bytes,
	     struct fail *f)
{
	const struct delta_meta *m = &t->meta;
	struct delta_scan_options o = {.meta = m, .column_n = m->column_n};
	int *column;
	int rc;

	*r = (struct rewrite){.t = t};
	column = arena_zalloc(&r->mem, m->column_n + 1, sizeof(*column));
	r->gone = arena_zalloc(&r->mem, max + 1, sizeof(*r->gone));
	if (column == NULL || r->gone == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < m->column_n; i++)
		column[i] = (int)i;
	o.column = column;
	rc = delta_scan_open(&r->scan, t->d, &o, f);
	return rc != 0 ? rc : open_writer(r, file_bytes, f);
}

void
rewrite_close(struct rewrite *r)
{
	delta_scan_close(r->scan);
	delta_writer_close(r->writer);
	arena_release(&r->mem);
}

void
rewrite_drop(struct rewrite *r, const struct delta_file *file)
{
	r->gone[r->gone_n++] = *file;
	care_count(&r->removed, file->bytes);
}

int
rewrite_file(struct rewrite *r, const struct delta_file *file,
	     int (*is_kept)(void *ctx, const struct delta_batch *batch,
			    size_t row, bool *kept, struct fail *f),
	     void *ctx, struct fail *f)
{
	const struct delta_meta *m = &r->t->meta;
	uint64_t told, rows = 0;
	struct delta_batch batch;
	bool is_skipped, kept = true;
	int rc = delta_scan_file(r->scan, file, &is_skipped, f);

	while (rc == 0 && (rc = delta_scan_next(r->scan, &batch, f)) > 0) {
		rc = care_check(r->t, f);
		for (size_t i = 0; rc == 0 && i < batch.row_n; i++) {
			if (is_kept != NULL)
				rc = is_kept(ctx, &batch, batch.row[i], &kept,
					     f);
			if (rc != 0 || !kept)
				continue;
			rc = delta_writer_copy(r->writer, m, &batch,
					       batch.row[i], f);
			rows++;
		}
	}
	if (rc == 0 && is_kept == NULL && delta_file_rows(file, &told) &&
	    told != rows)
		return fail_set(f, FAIL_DATA,
				"'%s': '%.*s' holds %llu rows, and the log "
				"says %llu: left as it is",
				r->t->o.url, STR_ARG(file->path),
				(unsigned long long)rows,
				(unsigned long long)told);
	if (rc == 0)
		rewrite_drop(r, file);
	r->rows += rows;
	return rc;
}

/* ---- partitions ---- */

/* Does a removed file's partition have the values of a new one's? */
static int
is_of_partition(const struct rewrite *r, const struct delta_file *gone,
		const struct delta_file *add, struct buf *text, bool *is_same,
		struct fail *f)
{
	const struct delta_meta *m = &r->t->meta;
	int rc = 0;

	*is_same = true;
	for (size_t i = 0; rc == 0 && *is_same && i < m->partition_n; i++) {
		const struct table_field *field =
			&m->column[delta_column_find(m, m->partition[i])].field;
		struct str value = delta_pairs_get(&add->partition,
						   m->partition[i]);
		struct expr_cell cell;

		buf_reset(text);
		rc = delta_partition_parse(
			field,
			delta_pairs_get(&gone->partition, m->partition[i]),
			&cell, f);
		if (rc == 0)
			rc = delta_partition_format(field, &cell, text, f);
		*is_same = value.n == text->len &&
			   (value.n == 0 || str_equal(value, buf_str(text)));
	}
	return rc;
}

/* The new files' partition values, in the words of the files that they come
 * from. */
static int
keep_partitions(struct rewrite *r, struct delta_file *add, size_t n,
		struct fail *f)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, LIMIT_LINE_MAX);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		bool is_same = false;

		for (size_t k = 0; rc == 0 && !is_same && k < r->gone_n; k++) {
			rc = is_of_partition(r, &r->gone[k], &add[i], &text,
					     &is_same, f);
			if (is_same)
				add[i].partition = r->gone[k].partition;
		}
	}
	buf_release(&text);
	return rc;
}

/* ---- the commit ---- */

static int
commit(struct rewrite *r, struct delta_change *c, bool *is_conflict,
       struct fail *f)
{
	struct tidy *t = r->t;
	struct delta_outcome outcome;
	int rc = delta_commit(t->d, t->s, c, &outcome, f);

	*is_conflict = outcome.is_conflict;
	if (rc == 0 || outcome.is_in_doubt)
		delta_writer_done(r->writer); /* the files may be needed */
	if (rc == 0 && outcome.warning.code != 0)
		rc = care_note(t, f, "'%s': %s", t->o.url,
			       outcome.warning.text);
	return rc;
}

int
rewrite_commit(struct rewrite *r, struct delta_change *c, bool *is_conflict,
	       struct fail *f)
{
	const struct delta_file *file;
	struct delta_file *add;
	size_t n;
	int rc = delta_writer_files(r->writer, &file, &n, f);

	*is_conflict = false;
	if (rc != 0)
		return rc;
	add = arena_zalloc(&r->mem, n + 1, sizeof(*add));
	if (add == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < n; i++) {
		add[i] = file[i];
		care_count(&r->added, add[i].bytes);
	}
	rc = keep_partitions(r, add, n, f);
	c->add = add;
	c->add_n = n;
	c->remove = r->gone;
	c->remove_n = r->gone_n;
	c->rows = r->rows;
	c->now_ms = care_clock(r->t);
	return rc != 0 ? rc : commit(r, c, is_conflict, f);
}
