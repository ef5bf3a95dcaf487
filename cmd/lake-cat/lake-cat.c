/* SPDX-License-Identifier: MIT */
/*
 * lake-cat - reads a Delta Lake table, a part of it, or what is new since a
 * version, as NDJSON or CSV. This file wires the engine (lib/lake) to stdout:
 * batches of files become lines, with barriers between under --job.
 */
#include "about.h"
#include "lake/lake.h"
#include "opts.h"

#include <stdlib.h>

#define LIST_LONG 120 /* bytes of a list of versions in a message */

struct run {
	const struct opts *o;
	struct cli *cli;
	struct str *column; /* owned; of --columns */
	struct lake_source *source;
	struct expr *where;
	struct lake_print *print; /* NULL with --count */
	struct delta_scan *scan;
	struct io_out *out;
	struct buf line;
	char nonce[BARRIER_NONCE_MAX]; /* of this run's barriers */
	uint64_t rows;		       /* matched */
	uint64_t batch_lines;	       /* written since the last barrier */
	uint64_t counted_files;	       /* whose rows the log itself told */
};

/* ---- set up ---- */

/* What chooses or forms rows has nothing to do where the log is told. */
static int
check_print(const struct opts *o, struct fail *f)
{
	const char *name = o->columns.n > 0	   ? "columns"
			   : o->where != NULL	   ? "where"
			   : o->limit >= 0	   ? "limit"
			   : o->want_count	   ? "count"
			   : o->format != 0	   ? "format csv"
			   : o->since_version >= 0 ? "since-version"
			   : o->job != NULL	   ? "job"
						   : NULL;

	if (name == NULL)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"--print tells what the log says: --%s does not go "
			"with it",
			name);
}

static int
check_options(const struct opts *o, struct fail *f)
{
	int ways = (o->at_version >= 0) + (o->as_of_us != INT64_MIN) +
		   (o->since_version >= 0);

	if (ways > 1)
		return fail_set(f, FAIL_USAGE,
				"--at-version, --as-of and --since-version "
				"exclude each other");
	if (o->job == NULL &&
	    (o->resume != NULL || o->touched != NULL || o->is_final))
		return fail_set(f, FAIL_USAGE,
				"--resume, --touched and --final need --job "
				"NAME");
	if (o->job != NULL &&
	    (ways > 0 || o->limit >= 0 || o->want_count || o->format != 0))
		return fail_set(f, FAIL_USAGE,
				"--job reads all that is new, as NDJSON: it "
				"does not go with --at-version, --as-of, "
				"--since-version, --limit, --count or "
				"--format csv");
	return o->print >= 0 ? check_print(o, f) : 0;
}

static int
open_source(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	struct lake_source_options options = {
		.url = r->cli->operand[0],
		.at_version = o->at_version,
		.as_of_us = o->as_of_us,
		.since_version = o->since_version,
		.job = str_of(o->job),
		.resume = o->resume,
		.touched = str_of(o->touched),
		.is_gap_accepted = o->is_gap_accepted,
		.is_final = o->is_final,
		.may_be_none = o->is_skip_empty,
		.batch_versions = o->batch_versions,
		.batch_rows = o->batch_rows,
	};
	const struct fail *damage;
	int rc = lake_source_open(&r->source, &options, f);

	if (rc != 0)
		return rc;
	damage = &lake_source_snapshot(r->source)->damage;
	if (damage->code != 0)
		cli_warn(r->cli, "a checkpoint is passed over: %s",
			 damage->text);
	return lake_source_where(r->source, str_of(o->where), &r->where, f);
}

static int
open_rows(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	const struct delta_snapshot *s = lake_source_snapshot(r->source);
	struct lake_print_options print = {
		.meta = &s->meta,
		.url = r->cli->operand[0],
		.column_n = o->columns.n,
		.is_csv = o->format == 1,
		.times = (enum lake_times)o->times,
	};
	struct delta_scan_options scan = {.meta = &s->meta, .where = r->where};
	int rc = 0;

	r->column = calloc(o->columns.n + 1, sizeof(*r->column));
	if (r->column == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < o->columns.n; i++)
		r->column[i] = str_of(o->columns.item[i]);
	print.column = r->column;
	if (!o->want_count) {
		rc = lake_print_open(&r->print, &print, f);
		if (rc != 0)
			return rc;
		scan.column = lake_print_columns(r->print, &scan.column_n);
	}
	return delta_scan_open(&r->scan, lake_source_table(r->source), &scan,
			       f);
}

static void
tear_down(struct run *r)
{
	delta_scan_close(r->scan);
	lake_print_close(r->print);
	expr_close(r->where);
	lake_source_close(r->source);
	io_out_close(r->out);
	buf_release(&r->line);
	free(r->column);
}

/* ---- rows ---- */

static bool
is_enough(const struct run *r)
{
	return r->o->limit >= 0 && r->rows >= (uint64_t)r->o->limit;
}

static int
write_batch(struct run *r, const struct delta_batch *batch, struct fail *f)
{
	size_t at = 0, end = batch->row_n;
	int rc = 0;

	if (r->o->limit >= 0 && end > (uint64_t)r->o->limit - r->rows)
		end = (size_t)((uint64_t)r->o->limit - r->rows);
	r->rows += end;
	if (r->print == NULL)
		return 0;
	r->batch_lines += end;
	while (rc == 0 && at < end) {
		rc = lake_print_rows(r->print, batch, &at, end, &r->line, f);
		if (rc == 0 && r->line.len >= LIMIT_WRITE_BLOCK / 2) {
			rc = io_out_write(r->out, r->line.p, r->line.len, f);
			buf_reset(&r->line);
		}
	}
	return rc;
}

static int
write_file(struct run *r, const struct delta_file *file, struct fail *f)
{
	struct delta_batch batch;
	bool is_skipped;
	uint64_t rows;
	int rc;

	/* Without a predicate the log itself knows how many rows there are. */
	if (r->o->want_count && r->where == NULL && r->o->limit < 0 &&
	    delta_file_rows(file, &rows)) {
		r->rows += rows;
		r->counted_files++;
		return 0;
	}
	rc = delta_scan_file(r->scan, file, &is_skipped, f);
	while (rc == 0 && !is_skipped && !is_enough(r)) {
		rc = delta_scan_next(r->scan, &batch, f);
		if (rc <= 0)
			break;
		rc = write_batch(r, &batch, f);
	}
	return rc;
}

/* What is in r->line, and everything before it. */
static int
flush_lines(struct run *r, struct fail *f)
{
	int rc = 0;

	if (r->line.len > 0) /* else there may be no buffer yet */
		rc = io_out_write(r->out, r->line.p, r->line.len, f);
	buf_reset(&r->line);
	return rc;
}

static int
write_barrier(struct run *r, const struct barrier *from, struct fail *f)
{
	struct barrier b = *from;
	int rc = flush_lines(r, f);

	b.run = str_of(r->nonce);
	b.lines = r->batch_lines;
	r->batch_lines = 0;
	return rc == 0 ? barrier_write(&b, r->out, f) : rc;
}

static int
write_rows(struct run *r, struct fail *f)
{
	const struct barrier *start = lake_source_start(r->source);
	struct lake_batch batch;
	int rc = 0;

	if (start != NULL)
		rc = write_barrier(r, start, f);
	if (rc == 0 && r->print != NULL)
		rc = lake_print_header(r->print, &r->line, f);
	while (rc == 0 && (rc = lake_source_next(r->source, &batch, f)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < batch.file_n && !is_enough(r);
		     i++) {
			rc = write_file(r, batch.file[i], f);
			cli_progress(r->cli, i + 1, (int64_t)batch.file_n,
				     r->rows);
		}
		if (rc == 0 && batch.barrier != NULL)
			rc = write_barrier(r, batch.barrier, f);
	}
	if (rc == 0 && r->o->want_count)
		rc = buf_addf(&r->line, "%llu\n", (unsigned long long)r->rows);
	if (rc == 0)
		rc = flush_lines(r, f);
	return rc != 0 ? rc : io_out_flush(r->out, f);
}

/* "1, 4-6", and "..." for what would be too long to read. Returns how many
 * versions. */
static uint64_t
list_passed(const struct run *r, bool is_gone, struct buf *out)
{
	size_t n;
	const struct lake_passed *p = lake_source_passed(r->source, &n);
	uint64_t versions = 0;
	bool is_cut = false;
	int rc = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].is_gone != is_gone)
			continue;
		if (out->len >= LIST_LONG && !is_cut) {
			is_cut = true;
			rc = buf_add_cstr(out, ", ...");
		}
		if (rc == 0 && !is_cut)
			rc = buf_addf(out, versions > 0 ? ", %lld" : "%lld",
				      (long long)p[i].first);
		if (rc == 0 && !is_cut && p[i].last > p[i].first)
			rc = buf_addf(out, "-%lld", (long long)p[i].last);
		versions += (uint64_t)(p[i].last - p[i].first) + 1;
	}
	return versions;
}

/* What --accept-gap cost. */
static void
tell_passed(struct run *r)
{
	uint64_t rows = lake_source_passed_rows(r->source), gone, removing;
	const char *table = r->cli->operand[0];
	struct buf list;

	if (!r->o->is_gap_accepted)
		return;
	buf_init(&list, FAIL_TEXT_MAX);
	gone = list_passed(r, true, &list);
	if (gone > 0)
		cli_warn(r->cli,
			 "'%s': versions passed over, because they are gone: "
			 "%.*s",
			 table, (int)list.len, list.p);
	buf_reset(&list);
	removing = list_passed(r, false, &list);
	if (removing > 0)
		cli_warn(r->cli,
			 "'%s': versions passed over, because they removed or "
			 "replaced rows: %.*s; rows added there and not read: "
			 "%llu",
			 table, (int)list.len, list.p,
			 (unsigned long long)rows);
	buf_release(&list);
	cli_stat(r->cli, "versions_passed", gone + removing);
	cli_stat(r->cli, "rows_passed", rows);
}

static void
tell_counts(struct run *r)
{
	const struct delta_scan_counts *c = delta_scan_counts(r->scan);

	cli_stat(r->cli, "rows", r->rows);
	cli_stat(r->cli, "rows_read", c->rows);
	cli_stat(r->cli, "files", c->files + r->counted_files);
	cli_stat(r->cli, "files_skipped", c->skipped);
	cli_stat(r->cli, "file_bytes", c->bytes);
	cli_stat(r->cli, "table_version",
		 (uint64_t)lake_source_snapshot(r->source)->version);
}

static int
run(struct run *r, struct fail *f)
{
	int rc;

	buf_init(&r->line, LIMIT_LINE_MAX * 8);
	barrier_nonce(r->nonce);
	rc = io_out_open_fd(&r->out, 1, "stdout", f);
	if (rc == 0)
		rc = check_options(r->o, f);
	if (rc == 0)
		rc = open_source(r, f);
	if (rc != 0)
		return rc;
	if (r->o->print >= 0)
		return about_print(lake_source_table(r->source),
				   lake_source_snapshot(r->source),
				   (enum print)r->o->print, r->out, f);
	rc = open_rows(r, f);
	if (rc == 0)
		rc = write_rows(r, f);
	/* Also of a run that failed: its sink may have committed batches. */
	tell_passed(r);
	if (rc == 0)
		tell_counts(r);
	return rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {.at_version = -1,
			 .as_of_us = INT64_MIN,
			 .since_version = -1,
			 .limit = -1,
			 .print = -1};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
