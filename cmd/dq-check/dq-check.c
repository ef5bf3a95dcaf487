/* SPDX-License-Identifier: MIT */
/*
 * dq-check - judges every line against an expectation suite. This file wires
 * the engine (lib/dq) to the inputs and the three outputs: good lines to
 * stdout as they came, bad ones to quarantine, the verdict to a result file.
 */
#include "dq/dq.h"
#include "event/event.h"
#include "opts.h"
#include "state/state.h"
#include "stream/stream.h"

#include <stdlib.h>

#define STATE_NAME "dq-check"

struct run {
	const struct opts *o;
	struct cli *cli;
	struct event_schema *schema; /* NULL without --schema */
	struct dq_suite *suite;
	/* One a column of the suite; NULL without --schema. */
	bool *is_empty_null;
	uint64_t *column_hash;
	struct dq_judge *judge;
	struct arena mem; /* keys of the reader */
	struct stream *stream;
	struct io_out *out;
	struct io_out *quarantine; /* NULL: inline or none */
	bool is_inline;
	struct state *state;  /* opened at the first barrier */
	struct buf text;      /* of the bad line at hand */
	uint64_t wrapped;     /* lines that came as bad from a stage before */
	uint64_t batch_lines; /* written since the last barrier */
};

/* ---- set up ---- */

static int
load_suite(struct run *r, struct fail *f)
{
	char path[LIMIT_PATH];
	struct buf text;
	int rc;

	if (r->o->suite == NULL)
		return fail_set(f, FAIL_USAGE,
				"no suite: say --suite FILE, or --suite "
				"playpipe for the shipped one");
	buf_init(&text, LIMIT_CONFIG + 1);
	rc = io_read_named(cli_share(), "suite", r->o->suite, path, &text, f);
	if (rc == 0)
		rc = dq_suite_parse(&r->suite, buf_str(&text), path, f);
	buf_release(&text);
	return rc;
}

/* The suite's columns as the schema's, with their aliases. */
static int
schema_keys(struct run *r, struct str **keys, int **slots, size_t *n_keys,
	    struct fail *f)
{
	const struct str *name;
	size_t n, i;
	int *column;

	name = dq_suite_columns(r->suite, &n);
	column = arena_zalloc(&r->mem, n + 1, sizeof(*column));
	r->is_empty_null = arena_zalloc(&r->mem, n + 1,
					sizeof(*r->is_empty_null));
	r->column_hash = arena_zalloc(&r->mem, n + 1, sizeof(*r->column_hash));
	if (column == NULL || r->is_empty_null == NULL ||
	    r->column_hash == NULL)
		return fail_memory(f);
	for (i = 0; i < n; i++) {
		column[i] = event_column_find(r->schema, name[i]);
		if (column[i] < 0)
			return fail_set(f, FAIL_USAGE,
					"suite '%s' asks for column '%.*s', "
					"which schema '%s' does not have",
					r->o->suite, STR_ARG(name[i]),
					r->o->schema);
		r->is_empty_null[i] =
			r->schema->column[column[i]].is_empty_null;
		if (event_columns_hash(r->schema, &column[i], 1,
				       &r->column_hash[i], f) != 0)
			return FAIL_MEMORY;
	}
	return event_keys(r->schema, column, n, &r->mem, keys, slots, n_keys,
			  f);
}

static int
open_judge(struct run *r, struct fail *f)
{
	struct dq_options options = {
		.unique_bytes = (size_t)r->o->unique_mem,
		.is_unique_window = r->o->state != NULL,
		.is_tolerated_bad = r->o->tolerated == 1,
		.want_complete = r->o->result != NULL &&
				 r->o->result_format == RESULT_COMPLETE,
		.is_empty_null = r->is_empty_null,
	};

	return dq_judge_open(&r->judge, r->suite, &options, f);
}

static int
open_outputs(struct run *r, struct fail *f)
{
	const char *to = r->o->quarantine;
	int rc;

	if (to != NULL && strcmp(to, "-") == 0)
		return fail_set(f, FAIL_USAGE,
				"--quarantine - would mix records of bad lines "
				"with good lines; say inline, or a file");
	if (r->o->result != NULL && strcmp(r->o->result, "-") == 0)
		return fail_set(f, FAIL_USAGE,
				"--result - would mix the result with good "
				"lines; say a file");
	rc = lines_check_output(r->cli, 0, "quarantine", to, f);
	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	r->is_inline = to != NULL && strcmp(to, "inline") == 0;
	if (rc == 0 && to != NULL && !r->is_inline)
		rc = io_out_append(&r->quarantine, to, f);
	return rc;
}

static int
open_stream(struct run *r, struct fail *f)
{
	struct stream_options options = lines_stream(&r->o->lines, r->cli,
						     r->out);
	struct str *schema_key = NULL;
	const struct str *keys;
	int *slots = NULL;
	size_t n;
	int rc = 0;

	keys = dq_suite_columns(r->suite, &n);
	if (r->schema != NULL) {
		rc = schema_keys(r, &schema_key, &slots, &n, f);
		keys = schema_key;
	}
	if (rc == 0)
		rc = open_judge(r, f);
	if (rc == 0)
		rc = stream_open(&r->stream, r->cli->operand, r->cli->operand_n,
				 keys, slots, n, &options, f);
	return rc;
}

static int
set_up(struct run *r, struct fail *f)
{
	int rc;

	buf_init(&r->text, 8 * LIMIT_LINE_MAX);
	rc = load_suite(r, f);
	if (rc == 0 && r->o->schema != NULL)
		rc = event_schema_load(&r->schema, r->o->schema, cli_share(),
				       f);
	if (rc == 0)
		rc = open_outputs(r, f);
	return rc < 0 ? rc : open_stream(r, f);
}

static void
tear_down(struct run *r)
{
	state_close(r->state);
	stream_close(r->stream);
	io_out_close(r->quarantine);
	io_out_close(r->out);
	dq_judge_close(r->judge);
	dq_suite_close(r->suite);
	event_schema_close(r->schema);
	arena_release(&r->mem);
	buf_release(&r->text);
}

/* ---- lines ---- */

/* The line as it came; one that ended with its file gets its LF. */
static int
write_line(struct run *r, struct io_out *to, const struct ndjson_line *line,
	   struct fail *f)
{
	int rc = io_out_write(to, line->p, line->raw_n, f);

	if (rc == 0 && line->p[line->raw_n - 1] != '\n')
		rc = io_out_write(to, "\n", 1, f);
	if (to == r->out)
		r->batch_lines++;
	return rc;
}

static int
write_bad(struct run *r, const struct stream_record *rec, struct fail *f)
{
	struct io_out *to = r->is_inline ? r->out : r->quarantine;
	struct ndjson_line line = rec->line;
	int rc;

	if (to == NULL)
		return 0;
	line.number = rec->batch_line;
	line.offset = rec->batch_offset;
	buf_reset(&r->text);
	rc = dq_put_bad(r->judge, &line, rec->file, r->is_inline, &r->text, f);
	if (rc == 0)
		rc = io_out_write(to, r->text.p, r->text.len, f);
	if (to == r->out)
		r->batch_lines++;
	return rc;
}

/* Nothing may leave the stream without a word. */
static void
tell_dropped(struct run *r, const struct stream_record *rec)
{
	if (!r->is_inline && r->quarantine == NULL)
		cli_complain(r->cli,
			     "'%s': line %llu: fails the suite, left out; "
			     "--quarantine FILE keeps such lines with reasons",
			     rec->file, (unsigned long long)rec->line.number);
}

/* A line that a dq-check before this one has wrapped stays as it is. */
static int
pass_wrapped(struct run *r, const struct stream_record *rec, struct fail *f)
{
	r->wrapped++;
	if (r->is_inline)
		return write_line(r, r->out, &rec->line, f);
	if (r->quarantine != NULL)
		return write_line(r, r->quarantine, &rec->line, f);
	tell_dropped(r, rec);
	return 0;
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct run *r = ctx;
	const struct ndjson_line *line = &rec->line;

	if (PORT_UNLIKELY(line->reason != NDJSON_OK)) {
		dq_judge_malformed(r->judge, line->reason);
		lines_tell_bad(r->cli, rec);
		return write_bad(r, rec, f);
	}
	if (ndjson_is_wrapped(line))
		return pass_wrapped(r, rec, f);
	if (PORT_LIKELY(dq_judge_row(r->judge, line->val)))
		return write_line(r, r->out, line, f);
	tell_dropped(r, rec);
	return write_bad(r, rec, f);
}

static int
check_max_bad(const struct run *r, struct fail *f)
{
	return lines_judge(&r->o->lines, "malformed lines",
			   dq_counts(r->judge)->malformed, UINT64_MAX, f);
}

/* ---- barriers ---- */

/* The first barrier says under which id the batch before left its state. */
static int
load_state(struct run *r, const struct barrier *b, struct fail *f)
{
	struct buf text;
	int64_t id;
	int rc;

	buf_init(&text, SIZE_MAX);
	rc = dq_put_meaning(r->judge, r->column_hash, &text, f);
	if (rc == 0)
		rc = state_open(&r->state, r->o->state, b->job, STATE_NAME,
				buf_str(&text), f);
	buf_reset(&text);
	if (rc == 0 && barrier_get(&b->state, str_of(STATE_NAME), &id)) {
		rc = state_load(r->state, id, &text, f);
		if (rc == 0)
			rc = dq_load(r->judge, buf_str(&text), f);
	}
	buf_release(&text);
	return rc;
}

static int
save_state(struct run *r, int64_t *id, struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, SIZE_MAX);
	rc = dq_save(r->judge, &text, f);
	if (rc == 0)
		rc = state_save(r->state, buf_str(&text), id, f);
	buf_release(&text);
	return rc;
}

static int
check_first_barrier(const struct run *r, struct fail *f)
{
	if (r->is_inline)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"the input has barriers: say --quarantine inline, so "
			"that bad lines are committed with their batch and "
			"none is lost or doubled when it is run again");
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	struct run *r = ctx;
	bool want_state = r->o->state != NULL && dq_suite_is_stateful(r->suite);
	int64_t id = 0;
	int rc = 0;

	if (stream_counts(r->stream)->barriers == 1) {
		rc = check_first_barrier(r, f);
		if (rc == 0 && want_state)
			rc = load_state(r, b, f);
	}
	/* A batch with too many malformed lines is never committed. */
	if (rc == 0)
		rc = check_max_bad(r, f);
	if (rc == 0 && want_state)
		rc = save_state(r, &id, f);
	if (rc == 0)
		rc = stream_forward(b, r->out, r->batch_lines,
				    want_state ? STATE_NAME : NULL, id,
				    INT64_MAX, f);
	/* Without a state a batch knows nothing of the one before: else its
	 * verdicts would depend on when this process was started. */
	if (r->o->state == NULL)
		dq_forget(r->judge);
	r->batch_lines = 0;
	return rc;
}

/* ---- the end ---- */

static int
write_result(struct run *r, struct fail *f)
{
	struct dq_about about = {
		.time_us = utc_now(),
		.run_name = r->o->run_name,
		.asset = r->cli->operand_n == 0 ? "stdin" : r->cli->operand[0],
		.version = CLI_VERSION,
	};
	struct buf text;
	int rc;

	buf_init(&text, SIZE_MAX);
	rc = dq_put_result(r->judge, (enum dq_format)r->o->result_format,
			   &about, &text, f);
	if (rc == 0)
		rc = io_write_file(r->o->result, buf_str(&text), f);
	buf_release(&text);
	return rc;
}

/* Failed rules, and columns that a typing error may have made up. */
static void
tell_verdicts(struct run *r)
{
	const struct str *column;
	size_t n, i;

	column = dq_suite_columns(r->suite, &n);
	for (i = 0; i < n && dq_counts(r->judge)->rows > 0; i++)
		if (!dq_is_column_seen(r->judge, i))
			cli_warn(r->cli,
				 "column '%.*s' of the suite was in no line",
				 STR_ARG(column[i]));
	for (i = 0; i < dq_rule_count(r->suite); i++) {
		struct dq_verdict v = dq_verdict_of(r->judge, i);

		if (v.exception != NULL)
			cli_warn(r->cli, "%.*s of '%.*s' cannot be judged: %s",
				 STR_ARG(v.type), STR_ARG(v.column),
				 v.exception);
		else if (!v.is_success)
			cli_info(r->cli,
				 "failed: %.*s of '%.*s' (%s): %llu of %llu",
				 STR_ARG(v.type), STR_ARG(v.column),
				 dq_severity_name(v.severity),
				 (unsigned long long)v.unexpected,
				 (unsigned long long)v.rows);
	}
}

static int
tell_counts(struct run *r, struct fail *f)
{
	const struct dq_counts *c = dq_counts(r->judge);
	const uint64_t part[] = {c->good, c->bad, c->malformed, r->wrapped};
	static const char *const name[] = {"good", "bad", "malformed",
					   "wrapped"};
	uint64_t rules_failed = 0;
	size_t i;

	for (i = 0; i < dq_rule_count(r->suite); i++)
		rules_failed += !dq_verdict_of(r->judge, i).is_success;
	cli_stat(r->cli, "rules", dq_rule_count(r->suite));
	cli_stat(r->cli, "rules_failed", rules_failed);
	return lines_account(r->cli, stream_counts(r->stream), part, name,
			     sizeof(part) / sizeof(part[0]), f);
}

static int
verdict(const struct run *r, struct fail *f)
{
	static const enum dq_severity at_least[] = {
		[FAIL_ON_CRITICAL] = DQ_CRITICAL,
		[FAIL_ON_WARNING] = DQ_WARNING,
		[FAIL_ON_INFO] = DQ_INFO,
	};
	const struct dq_counts *c = dq_counts(r->judge);
	int rc = check_max_bad(r, f);

	if (rc < 0 || r->o->fail_on == FAIL_ON_NEVER)
		return rc;
	/* A line that is no row fails what every suite takes for granted. */
	if (c->malformed == 0 &&
	    !dq_has_failed(r->judge, at_least[r->o->fail_on]))
		return 0;
	return fail_set(f, FAIL_VERDICT,
			"the data failed the suite: good lines: %llu, bad: "
			"%llu, malformed: %llu; -v names the rules",
			(unsigned long long)c->good, (unsigned long long)c->bad,
			(unsigned long long)c->malformed);
}

/* Quarantine before good lines, both before the result: whoever sees the
 * result finds all that it speaks of. */
static int
finish(struct run *r, struct fail *f)
{
	int rc = 0;

	if (r->quarantine != NULL)
		rc = io_out_commit(r->quarantine, f);
	if (rc == 0)
		rc = io_out_flush(r->out, f);
	if (r->o->state != NULL && !stream_has_barriers(r->stream))
		cli_warn(r->cli, "no barriers came: --state keeps nothing");
	tell_verdicts(r);
	if (rc == 0)
		rc = tell_counts(r, f);
	if (rc == 0 && r->o->result != NULL)
		rc = write_result(r, f);
	return rc < 0 ? rc : verdict(r, f);
}

/* After a failure: what was judged so far goes out all the same. A second
 * failure on the way adds nothing to the first. */
static void
salvage(struct run *r)
{
	if (r->quarantine != NULL && io_out_commit(r->quarantine, NULL) < 0)
		cli_warn(r->cli, "the quarantine file is incomplete");
	if (r->out != NULL && io_out_flush(r->out, NULL) < 0)
		cli_info(r->cli, "stdout is incomplete");
}

static int
run(struct run *r, struct fail *f)
{
	int rc = set_up(r, f);

	if (rc == 0)
		rc = stream_run(r->stream, take_line, take_barrier, r, f);
	if (rc == 0)
		return finish(r, f);
	salvage(r);
	return rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {.lines.max_bad = -1};
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
