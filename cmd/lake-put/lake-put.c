/* SPDX-License-Identifier: MIT */
/*
 * lake-put - writes lines into a Delta Lake table, one atomic commit a batch.
 * This file wires the engine (lib/lake) to the inputs, keeps account of lines
 * that are no rows, and decides when a batch without barriers ends.
 */
#include "event/event.h"
#include "lake/lake.h"
#include "opts.h"
#include "store/store.h"
#include "stream/stream.h"

#include <stdlib.h>

/* A bad line that was wrapped: each of its bytes may have been escaped, and
 * the rules stand behind it. */
#define WRAPPED 16

/* About what the stage before us makes while a row group is encoded. */
#define READ_AHEAD ((size_t)32 << 20)

struct run {
	const struct opts *o;
	struct cli *cli;
	const char *table;
	struct event_schema *schema; /* NULL without --schema */
	struct str *partition;	     /* owned */
	struct lake_put *put;
	struct stream *stream;
	struct io_out *reject; /* NULL without --reject */
	uint64_t refused;
	struct fail worst;   /* the first line refused over the limit */
	uint64_t batch_rows; /* taken since the last commit */
};

/* ---- --check ---- */

/* A line a right, and the worst of what came out. */
static int
check_table(struct run *r, struct fail *f)
{
	static const char *const name[STORE_RIGHTS] = {
		[STORE_MAY_LIST] = "list",
		[STORE_MAY_CREATE] = "create if absent",
		[STORE_MAY_READ] = "read",
		[STORE_MAY_WRITE] = "write",
		[STORE_MAY_DELETE] = "delete",
	};
	struct fail result[STORE_RIGHTS] = {0};
	struct store *s;
	int rc = store_open(&s, r->table, f), worst = 0;

	if (rc != 0)
		return rc;
	store_check(s, "_delta_log/", result);
	for (int i = 0; i < STORE_RIGHTS; i++) {
		if (result[i].code == 0)
			printf("%s: yes\n", name[i]);
		else
			printf("%s: no: %s\n", name[i], result[i].text);
		if (result[i].code < worst)
			worst = result[i].code;
	}
	if (worst != 0)
		fail_set(f, worst, "'%s': not all may be done there",
			 store_url(s));
	store_close(s);
	return worst;
}

static int refuse_sampled(void *ctx, struct str line, uint64_t number,
			  struct str why, struct fail *f);

/* ---- set up ---- */

static int
check_options(const struct run *r, struct fail *f)
{
	const struct opts *o = r->o;

	if (o->job != NULL && o->reject != NULL)
		return fail_set(f, FAIL_USAGE,
				"--reject keeps lines in a local file, which "
				"--job may not: a run again would not find "
				"them; use a table partitioned by "
				"arrivalDate,verdict");
	if (o->job != NULL && o->mode == LAKE_OVERWRITE)
		return fail_set(f, FAIL_USAGE,
				"--mode overwrite and --job do not go "
				"together: each batch would replace the one "
				"before");
	if (o->replace_where != NULL && o->mode != LAKE_APPEND)
		return fail_set(f, FAIL_USAGE,
				"--replace-where says what is replaced, leave "
				"out --mode");
	if (o->job != NULL && o->replace_where != NULL)
		return fail_set(f, FAIL_USAGE,
				"--replace-where and --job do not go together: "
				"each batch would replace the one before");
	if (o->base_version >= 0 &&
	    (o->job != NULL ||
	     (o->mode == LAKE_APPEND && o->replace_where == NULL)))
		return fail_set(f, FAIL_USAGE,
				"--base-version says whose rows are replaced: "
				"it goes with --replace-where or --mode, "
				"without --job");
	if (o->batch_rows > 0 &&
	    (o->mode != LAKE_APPEND || o->replace_where != NULL))
		return fail_set(f, FAIL_USAGE,
				"--batch-rows and replacing do not go "
				"together: each batch would replace the one "
				"before");
	return 0;
}

static int
open_put(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	struct lake_put_options options = {
		.url = r->table,
		.schema = r->schema,
		.sort = str_of(o->sort),
		.mode = (enum lake_mode)o->mode,
		.replace_where = str_of(o->replace_where),
		.base_version = o->base_version,
		.job = str_of(o->job),
		.want_evolve = o->want_evolve,
		.now_ms = o->now_us == INT64_MIN ? -1 : o->now_us / UTC_MS,
		.on_refused = refuse_sampled,
		.on_refused_ctx = r,
	};

	r->partition = calloc(o->partition_by.n + 1, sizeof(*r->partition));
	if (r->partition == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < o->partition_by.n; i++) {
		r->partition[i] = str_of(o->partition_by.item[i]);
		for (size_t k = 0; k < i; k++)
			if (str_equal(r->partition[k], r->partition[i]))
				return fail_set(f, FAIL_USAGE,
						"--partition-by names '%s' "
						"twice",
						o->partition_by.item[i]);
	}
	options.partition = r->partition;
	options.partition_n = o->partition_by.n;
	return lake_put_open(&r->put, &options, f);
}

static int
open_stream(struct run *r, struct fail *f)
{
	struct stream_options options = lines_stream(&r->o->lines, r->cli,
						     NULL);
	const struct str *keys;
	const int *slot;
	size_t n;

	options.ndjson.max_line *= WRAPPED;
	options.ndjson.want_rest = true;
	options.read_ahead = READ_AHEAD;
	lake_put_keys(r->put, &keys, &slot, &n);
	return stream_open(&r->stream, r->cli->operand + 1,
			   r->cli->operand_n - 1, keys, slot, n, &options, f);
}

static int
set_up(struct run *r, struct fail *f)
{
	int rc = check_options(r, f);

	if (rc == 0 && r->cli->operand_n == 1 && io_stdin_is_terminal())
		rc = fail_set(f, FAIL_USAGE,
			      "no input: name files, or pipe lines in");
	if (rc == 0 && r->o->schema != NULL)
		rc = event_schema_load(&r->schema, r->o->schema, cli_share(),
				       f);
	if (rc == 0)
		rc = open_put(r, f);
	if (rc == 0)
		rc = lines_check_output(r->cli, 1, "reject", r->o->reject, f);
	if (rc == 0 && r->o->reject != NULL)
		rc = io_out_append(&r->reject, r->o->reject, f);
	return rc != 0 ? rc : open_stream(r, f);
}

static void
tear_down(struct run *r)
{
	stream_close(r->stream);
	io_out_close(r->reject);
	lake_put_close(r->put);
	event_schema_close(r->schema);
	free(r->partition);
}

/* ---- lines ---- */

static void
tell_notice(struct run *r)
{
	struct str s = lake_put_notice(r->put);

	if (s.n > 0)
		cli_warn(r->cli, "%.*s", (int)s.n, s.p);
}

/* Where refused lines are kept in a file there is no limit unless one is
 * asked for. */
static bool
is_over_limit(const struct run *r)
{
	return r->refused >
	       lines_max_bad(&r->o->lines, r->reject != NULL ? UINT64_MAX : 0);
}

/* Asked before each commit. */
static int
check_max_bad(const struct run *r, struct fail *f)
{
	if (!is_over_limit(r))
		return 0;
	return fail_set(f, FAIL_DATA, "the batch is not committed%s: %s%s",
			lake_put_counts(r->put)->commits > 0
				? " (those before it are)"
				: "",
			r->worst.text,
			r->o->job == NULL && r->reject == NULL &&
					r->o->lines.max_bad < 0
				? "; --reject FILE keeps such lines, "
				  "--max-bad N allows them"
				: "");
}

/* Count, keep and tell a line that is no row. */
static int
account(struct run *r, struct str line, const struct fail *told, struct fail *f)
{
	int rc = 0;

	r->refused++;
	if (r->reject != NULL) {
		rc = io_out_write(r->reject, line.p, line.n, f);
		if (rc == 0 && line.p[line.n - 1] != '\n')
			rc = io_out_write(r->reject, "\n", 1, f);
	}
	if (rc != 0)
		return rc;
	if (!is_over_limit(r))
		cli_complain(r->cli, "%s", told->text);
	else if (r->worst.code == 0)
		r->worst = *told;
	return 0;
}

static int
refuse(struct run *r, const struct stream_record *rec, struct str why,
       struct fail *f)
{
	const struct ndjson_line *line = &rec->line;
	struct fail told = {0};
	int rc;

	fail_set(&told, FAIL_DATA, "'%s': line %llu, byte %zu: %.*s", rec->file,
		 (unsigned long long)line->number, line->bad_at + 1, (int)why.n,
		 why.p);
	rc = account(r, (struct str){line->p, line->raw_n}, &told, f);
	/* Under barriers the line may be the torso that a stage which was
	 * killed has left: the next barrier, or its absence, tells. */
	return rc != 0 || stream_has_barriers(r->stream) ? rc
							 : check_max_bad(r, f);
}

/* A line that the schema was inferred from, and that is no row by it. */
static int
refuse_sampled(void *ctx, struct str line, uint64_t number, struct str why,
	       struct fail *f)
{
	struct run *r = ctx;
	struct fail told = {0};
	int rc;

	fail_set(&told, FAIL_DATA,
		 "'%s': line %llu of those that the schema is inferred from: "
		 "%.*s",
		 r->table, (unsigned long long)number, (int)why.n, why.p);
	rc = account(r, line, &told, f);
	return rc != 0 ? rc : check_max_bad(r, f);
}

static int
put_line(struct run *r, const struct stream_record *rec, struct fail *f)
{
	struct str refusal;
	int rc;

	if (PORT_UNLIKELY(r->o->job != NULL && !stream_has_barriers(r->stream)))
		return fail_set(f, FAIL_DATA,
				"the stream does not begin with a barrier, so "
				"nobody knows its position: say --job to the "
				"source too, or leave it out here");
	rc = lake_put_line(r->put, &rec->line, &refusal, f);
	if (PORT_UNLIKELY(rc == 0 && refusal.n > 0))
		return refuse(r, rec, refusal, f);
	r->batch_rows++;
	if (PORT_UNLIKELY(rc == 0 && r->o->batch_rows > 0 &&
			  r->batch_rows >= (uint64_t)r->o->batch_rows)) {
		r->batch_rows = 0;
		rc = lake_put_commit(r->put, f);
		tell_notice(r);
	}
	return rc;
}

/* The reader lets pass what is too long unless it was wrapped as bad. */
static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct run *r = ctx;
	struct stream_record too_long;

	if (PORT_LIKELY(rec->line.n <= (size_t)r->o->lines.max_line ||
			rec->line.is_special || rec->line.reason != NDJSON_OK))
		return put_line(r, rec, f);
	too_long = *rec;
	too_long.line.reason = NDJSON_TOO_LONG;
	return put_line(r, &too_long, f);
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	struct run *r = ctx;
	int rc = check_max_bad(r, f);

	if (rc == 0)
		rc = lake_put_barrier(r->put, b, f);
	tell_notice(r);
	return rc;
}

/* ---- the end ---- */

/* The figures, also of a run that failed: earlier batches are committed. */
static void
set_stats(struct run *r)
{
	const struct lake_put_counts *c = lake_put_counts(r->put);

	cli_stat(r->cli, "rows", c->committed_rows);
	cli_stat(r->cli, "refused", r->refused);
	cli_stat(r->cli, "bad_rows", c->bad_rows);
	cli_stat(r->cli, "rescued", c->rescued);
	cli_stat(r->cli, "commits", c->commits);
	cli_stat(r->cli, "files", c->files);
	cli_stat(r->cli, "files_removed", c->removed);
	cli_stat(r->cli, "file_bytes", c->bytes);
	cli_stat(r->cli, "rows_replaced", c->replaced);
	cli_stat(r->cli, "rows_carried", c->carried);
	if (c->version >= 0)
		cli_stat(r->cli, "table_version", (uint64_t)c->version);
}

static int
tell_counts(struct run *r, struct fail *f)
{
	const struct lake_put_counts *c = lake_put_counts(r->put);
	const uint64_t part[] = {c->committed_rows, r->refused};
	static const char *const name[] = {"rows", "refused"};

	if (c->rescued > 0)
		cli_warn(r->cli,
			 "'%s': values that fit no column, kept in _rescued: "
			 "%llu; the first is of the key '%.*s'",
			 r->table, (unsigned long long)c->rescued,
			 STR_ARG(c->first_rescued));
	return lines_account(r->cli, stream_counts(r->stream), part, name, 2,
			     f);
}

static int
finish(struct run *r, struct fail *f)
{
	int rc = 0;

	if (r->o->job != NULL && !stream_has_barriers(r->stream))
		return fail_set(f, FAIL_RETRY,
				"the input ended before its first barrier: a "
				"stage before died");
	/* Refused lines are safe before anything is committed. */
	if (r->o->job == NULL)
		rc = lake_put_settle(r->put, f);
	if (rc == 0 && r->reject != NULL)
		rc = io_out_commit(r->reject, f);
	if (rc == 0 && r->o->job == NULL)
		rc = lake_put_commit(r->put, f);
	tell_notice(r);
	return rc != 0 ? rc : tell_counts(r, f);
}

static int
run(struct run *r, struct fail *f)
{
	int rc;

	if (r->o->want_check)
		return check_table(r, f);
	rc = set_up(r, f);
	if (rc == 0)
		rc = stream_run(r->stream, take_line, take_barrier, r, f);
	if (rc == 0)
		rc = finish(r, f);
	if (r->put != NULL)
		set_stats(r);
	return rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {
		.lines.max_bad = -1, .base_version = -1, .now_us = INT64_MIN};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	r.table = c.operand[0];
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
