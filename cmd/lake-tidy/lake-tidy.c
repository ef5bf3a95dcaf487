/* SPDX-License-Identifier: MIT */
/*
 * lake-tidy - keeps tables healthy. This file wires the engines (lib/tidy) to
 * the tables, one after the other: what goes wrong with one is told, and the
 * others are cared for all the same.
 */
#include "io/io.h"
#include "opts.h"
#include "report.h"
#include "tidy/tidy.h"

struct run {
	const struct opts *o;
	struct cli *cli;
	struct tidy_consumers consumers;
	struct io_out *out;
	uint64_t failed;
	uint64_t erased;    /* rows of all tables */
	uint64_t compacted; /* files that were put together */
	struct tidy_files vacuumed;
	struct tidy_files log;
};

/* ---- set up ---- */

static bool
has_action(const struct opts *o)
{
	return o->delete_where != NULL || o->want_compact ||
	       o->want_checkpoint || o->want_vacuum || o->want_clean_log;
}

/* An option that has nothing to do is a mistake, a default of the host none. */
static int
check_options(struct cli *c, const struct opts *o, struct fail *f)
{
	bool is_deleting = o->want_vacuum || o->want_clean_log;

	if (!o->want_compact &&
	    (cli_is_typed(c, "split-by") || cli_is_typed(c, "target-size")))
		return fail_set(f, FAIL_USAGE,
				"--target-size and --split-by go with "
				"--compact");
	if (cli_is_typed(c, "retain") && !is_deleting)
		return fail_set(f, FAIL_USAGE,
				"--retain goes with --vacuum or --clean-log");
	/* With a clock of the user's own, ages are the user's affair too. */
	if (is_deleting && o->retain_us >= 0 && o->retain_us < UTC_HOUR &&
	    !o->is_short_allowed && o->delete_where == NULL &&
	    o->now_us == INT64_MIN)
		return fail_set(f, FAIL_USAGE,
				"--retain below one hour takes files from "
				"under readers at work; if there are none, say "
				"--allow-short-retain");
	return 0;
}

/* What was erased is gone when no file and no log of before is left. */
static bool
want_gone(const struct opts *o)
{
	return o->delete_where != NULL && o->want_vacuum;
}

static int
check_signal(void *ctx, struct fail *f)
{
	(void)ctx;
	return io_stop_signal() == 0
		       ? 0
		       : fail_set(f, FAIL_SIGNAL, "stopped by a signal");
}

/* One line a file that is deleted, or would be: for people only. */
static int
tell_file(void *ctx, const char *verb, struct str key, uint64_t bytes,
	  struct fail *f)
{
	struct run *r = ctx;
	struct buf line;
	int rc = 0;

	if (!r->o->is_dry || r->o->report == 1) {
		cli_info(r->cli, "%s %.*s", verb, STR_ARG(key));
		return 0;
	}
	buf_init(&line, LIMIT_PATH * 2);
	if (buf_addf(&line, "%s\t%llu\t%.*s\n", verb, (unsigned long long)bytes,
		     STR_ARG(key)) != 0)
		rc = fail_memory(f);
	if (rc == 0)
		rc = io_out_write(r->out, line.p, line.len, f);
	buf_release(&line);
	return rc;
}

static void
tell_notice(struct run *r, struct tidy *t)
{
	struct str s;

	while ((s = tidy_notice(t)).n > 0)
		cli_warn(r->cli, "%.*s", STR_ARG(s));
}

/* ---- a table ---- */

static int
care(struct run *r, struct tidy *t, struct report_done *done, struct fail *f)
{
	const struct opts *o = r->o;
	int rc = 0;

	done->has_erasure = o->delete_where != NULL;
	done->has_compaction = o->want_compact;
	done->has_checkpoint = o->want_checkpoint || want_gone(o);
	done->has_vacuum = o->want_vacuum;
	done->has_clean_log = o->want_clean_log || want_gone(o);
	if (done->has_erasure)
		rc = tidy_erase(t, str_of(o->delete_where), &done->erasure, f);
	if (rc == 0 && done->has_compaction)
		rc = tidy_compact(t, &done->compaction, f);
	if (rc == 0 && done->has_checkpoint)
		rc = tidy_checkpoint(t, &done->checkpoint,
				     &done->is_checkpoint_new, f);
	if (rc == 0 && done->has_vacuum)
		rc = tidy_vacuum(t, &done->vacuumed, &done->needed, f);
	if (rc == 0 && done->has_clean_log)
		rc = tidy_clean_log(t, &done->log, f);
	r->compacted += done->compaction.removed.n;
	r->erased += done->erasure.rows;
	r->vacuumed.n += done->vacuumed.n;
	r->vacuumed.bytes += done->vacuumed.bytes;
	r->log.n += done->log.n;
	r->log.bytes += done->log.bytes;
	return rc;
}

static int
tidy_table(struct run *r, const char *url, struct fail *f)
{
	const struct opts *o = r->o;
	struct tidy_options options = {
		.url = url,
		.consumers = &r->consumers,
		.now_ms = o->now_us == INT64_MIN ? -1 : o->now_us / UTC_MS,
		.retain_ms = o->retain_us < 0 ? -1 : o->retain_us / UTC_MS,
		.target_bytes = (uint64_t)o->target_bytes,
		.split = str_of(o->split),
		.is_dry = o->is_dry,
		.is_look = !has_action(o),
		.check = check_signal,
		.tell = tell_file,
		.ctx = r,
	};
	struct report_done done = {0};
	struct tidy_health health;
	struct report report = {.o = o, .url = url, .done = &done};
	struct tidy *t = NULL;
	int rc = tidy_open(&t, &options, f);

	if (rc != 0)
		return rc;
	rc = care(r, t, &done, f);
	tell_notice(r, t);
	if (rc == 0 && (o->report >= 0 || !has_action(o))) {
		rc = tidy_health(t, &health, f);
		report.health = &health;
		report.slowest = tidy_slowest(t);
		tell_notice(r, t);
	}
	if (rc == 0)
		rc = report_print(&report, r->out, f);
	if (rc == 0 && want_gone(o) && o->retain_us == 0 && !o->is_dry)
		rc = tidy_check_erased(t, &done.needed, f);
	tidy_close(t);
	return rc;
}

/* A consumer that has recorded nothing may be one misspelt. */
static void
tell_idle(struct run *r)
{
	for (size_t i = 0; i < r->consumers.n; i++)
		if (r->consumers.item[i].job.n == 0)
			cli_warn(r->cli,
				 "--consumers: '%s' has read nothing, or is "
				 "not there: everything is kept for it",
				 r->consumers.item[i].url);
}

static int
run(struct run *r, struct fail *f)
{
	int first = 0; /* of the tables' failures, which are told at once */
	int rc = check_options(r->cli, r->o, f);

	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	if (rc == 0)
		rc = tidy_consumers_read(&r->consumers, r->o->consumers.item,
					 r->o->consumers.n, f);
	if (rc == 0)
		tell_idle(r);
	for (size_t i = 0; rc == 0 && i < r->cli->operand_n; i++) {
		struct fail one = {0};
		int failed = tidy_table(r, r->cli->operand[i], &one);

		if (failed == 0)
			continue;
		r->failed++;
		if (first == 0)
			first = failed;
		cli_error(r->cli, &one);
		if (failed == FAIL_SIGNAL || failed == FAIL_MEMORY ||
		    failed == FAIL_IO)
			break;
	}
	cli_stat(r->cli, "tables", r->cli->operand_n);
	cli_stat(r->cli, "failed", r->failed);
	cli_stat(r->cli, "rows_erased", r->erased);
	cli_stat(r->cli, "files_compacted", r->compacted);
	cli_stat(r->cli, "files_deleted", r->vacuumed.n);
	cli_stat(r->cli, "bytes_deleted", r->vacuumed.bytes);
	cli_stat(r->cli, "log_files_deleted", r->log.n);
	if (rc == 0 && first != FAIL_IO)
		rc = io_out_flush(r->out, f);
	return rc != 0 ? rc : first;
}

int
main(int argc, char **argv)
{
	struct opts o = {.retain_us = -1, .report = -1, .now_us = INT64_MIN};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	rc = run(&r, &f);
	tidy_consumers_release(&r.consumers);
	io_out_close(r.out);
	return cli_end(&c, rc, &f);
}
