/* SPDX-License-Identifier: MIT */
/*
 * kcat-in - reads an exact range, or a live stream, of Kafka topics to
 * stdout. This file wires partitions and their range (range.c) to lines
 * (form.c), with barriers between under --job (job.c); a member of a group
 * has a loop of its own (member.c), --list another end (list.c).
 */
#include "bounds.h"
#include "form.h"
#include "job.h"
#include "list.h"
#include "member.h"
#include "opts.h"
#include "range.h"

#include <stdlib.h>

#include "base/banned.h"

#define WAIT_MS 20 /* for the first record of a batch */
#define CHUNK	64 /* records between looks at how much there is to write */

struct run {
	const struct opts *o;
	struct cli *cli;
	struct kafka *k;
	struct range range;
	struct form form;
	struct job job; /* with o->job */
	struct io_out *out;
	struct buf text;	 /* lines on their way to out */
	uint64_t records, bytes; /* read; bytes of values */
	uint64_t old;		 /* of records: read again to compare */
	uint64_t told_lines;	 /* in the barriers so far */
	uint64_t total;		 /* offsets that are to be read */
	struct bounds bounds;
	int64_t barrier_ms; /* when the next one is due */
};

/* ---- set up ---- */

static bool
is_forever(const struct opts *o)
{
	return o->until != NULL && strcmp(o->until, "forever") == 0;
}

/* With a job the group is only told, with stored offsets only asked. */
static bool
is_group_member(const struct opts *o)
{
	return o->group != NULL && o->job == NULL && !o->want_list &&
	       strcmp(o->start, "stored") != 0;
}

static int
check_topics(char *const *topic, size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(topic[i], topic[k]) == 0)
				return fail_set(f, FAIL_USAGE,
						"topic '%s' is named twice",
						topic[i]);
	return 0;
}

static int
check_options(const struct opts *o, size_t topics, struct fail *f)
{
	int rc = kafka_check_options(&o->kafka, f);

	if (rc != 0)
		return rc;
	if (topics == 0 && !o->want_list)
		return fail_set(f, FAIL_USAGE, "no topics");
	if (o->want_list && (o->limit >= 0 || o->manifest != NULL))
		return fail_set(f, FAIL_USAGE,
				"--list reads nothing: --limit and --manifest "
				"do not go with it");
	if (o->resume != NULL && o->job == NULL)
		return fail_set(f, FAIL_USAGE, "--resume needs --job NAME");
	if (o->job != NULL && (o->format != FORMAT_RAW || o->manifest != NULL))
		return fail_set(f, FAIL_USAGE,
				"--job goes with --format raw, and without "
				"--manifest");
	if (o->manifest != NULL && o->limit >= 0)
		return fail_set(f, FAIL_USAGE,
				"--manifest and --limit exclude each other");
	if (o->partitions.n > 0 && o->shard != NULL)
		return fail_set(f, FAIL_USAGE,
				"--partitions and --shard exclude each other");
	if (is_group_member(o) &&
	    (o->manifest != NULL || o->shard != NULL || o->partitions.n > 0 ||
	     (o->until != NULL && !is_forever(o))))
		return fail_set(f, FAIL_USAGE,
				"a member of a group reads what it is given, "
				"for ever: --group goes with --limit, "
				"--max-bytes and --max-time, or with --start "
				"stored");
	if (o->manifest != NULL && is_forever(o))
		return fail_set(f, FAIL_USAGE,
				"--manifest needs a range that ends");
	return 0;
}

static int
open_kafka(struct run *r, struct fail *f)
{
	bool is_member = is_group_member(r->o);
	bool is_live = is_member || is_forever(r->o);
	const struct kafka_setting setting[] = {
		{"group.id", r->o->group == NULL ? "kcat-in" : r->o->group},
		{"enable.auto.commit", is_member ? "true" : "false"},
		{"enable.auto.offset.store", "false"},
		{"enable.partition.eof", "true"},
		{"auto.offset.reset", "error"},
		{"isolation.level",
		 r->o->isolation == 0 ? "read_committed" : "read_uncommitted"},
		/* How long the broker holds an answer that has nothing: at
		 * the end of a range that is time for nothing. */
		{"fetch.wait.max.ms", is_live ? "500" : "10"},
		{NULL, NULL},
	};

	return kafka_open(&r->k, KAFKA_READER, &r->o->kafka, setting, r->cli,
			  f);
}

/* With a job the table says where to begin, with a manifest the file. */
static int
find_range(struct run *r, struct fail *f)
{
	bool is_found = false;
	int rc = range_list(&r->range, r->cli->operand, r->cli->operand_n, f);

	if (r->range.missing != NULL && r->o->resume != NULL)
		rc = job_miss_topic(r->o, &r->range, f);
	if (rc == 0 && r->o->job != NULL)
		rc = job_open(&r->job, r->o, &r->range, r->cli, f);
	if (rc == 0 && r->o->manifest != NULL)
		rc = range_manifest_read(&r->range, &is_found, f);
	if (rc == 0 && is_found)
		return range_check(&r->range, f);
	if (rc == 0 && r->o->job == NULL)
		rc = range_start(&r->range, f);
	if (rc == 0)
		rc = range_end(&r->range, f);
	if (rc == 0 && r->o->manifest != NULL)
		rc = range_manifest_write(&r->range, f);
	return rc;
}

static uint64_t
left_to_read(const struct run *r)
{
	return kafka_left(r->range.part, r->range.until, r->range.n);
}

/* The next part of the range: all of it, or by --limit a share. */
static int
assign(struct run *r, struct fail *f)
{
	uint64_t left = UINT64_MAX;

	if (r->o->limit >= 0)
		left = (uint64_t)r->o->limit - (r->records - r->old);
	if (!r->range.is_forever)
		kafka_share(r->range.part, r->range.until, r->range.n, left);
	for (size_t i = 0; i < r->range.n; i++)
		r->range.part[i].start = r->range.part[i].next;
	if (r->o->job != NULL && r->records == 0)
		job_look_back(&r->job);
	return kafka_assign(r->k, r->range.part, r->range.n, f);
}

static int
set_up(struct run *r, struct fail *f)
{
	int rc = check_options(r->o, r->cli->operand_n, f);

	r->range.o = r->o;
	if (rc == 0)
		rc = check_topics(r->cli->operand, r->cli->operand_n, f);
	if (rc == 0)
		rc = open_kafka(r, f);
	r->range.k = r->k;
	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	return rc == 0 ? form_open(&r->form, r->o, f) : rc;
}

static void
tear_down(struct run *r)
{
	form_close(&r->form);
	job_close(&r->job);
	kafka_close(r->k);
	range_release(&r->range);
	io_out_close(r->out);
	buf_release(&r->text);
}

/* ---- records ---- */

static int
flush_text(struct run *r, struct fail *f)
{
	int rc = io_out_write(r->out, r->text.p, r->text.len, f);

	buf_reset(&r->text);
	return rc;
}

static int
flush_all(struct run *r, struct fail *f)
{
	int rc = flush_text(r, f);

	return rc == 0 ? io_out_flush(r->out, f) : rc;
}

/* Some records, without those that were only looked at. */
static int
write_chunk(struct run *r, const struct kafka_record *rec, size_t n,
	    struct fail *f)
{
	int rc = 0;

	while (rc == 0 && n > 0) {
		size_t k = 0;

		while (k < n &&
		       (r->o->job == NULL || !job_is_old(&r->job, &rec[k]))) {
			r->bytes += rec[k].value_n;
			k++;
		}
		rc = form_put(&r->form, rec, k, &r->text, f);
		if (k < n) {
			r->old++;
			k++;
		}
		rec += k;
		n -= k;
	}
	return rc;
}

static int
write_records(struct run *r, const struct kafka_record *rec, size_t n,
	      struct fail *f)
{
	int rc = 0;

	if (r->o->job != NULL)
		rc = job_take(&r->job, rec, n, f);
	r->records += n;
	for (size_t i = 0, step; rc == 0 && i < n; i += step) {
		step = n - i < CHUNK ? n - i : CHUNK;
		rc = write_chunk(r, rec + i, step, f);
		if (rc == 0 && r->text.len >= LIMIT_WRITE_BLOCK)
			rc = flush_text(r, f);
	}
	return rc;
}

/* ---- barriers ---- */

static int
write_barrier(struct run *r, struct fail *f)
{
	int rc = flush_text(r, f);

	r->job.lines = r->form.lines - r->told_lines;
	r->told_lines = r->form.lines;
	r->barrier_ms = utc_monotonic() / UTC_MS + r->o->barrier_us / UTC_MS;
	return rc == 0 ? job_pass(&r->job, r->out, f) : rc;
}

static bool
is_over(const struct run *r)
{
	return bounds_are_reached(&r->bounds, r->records - r->old, r->bytes);
}

/* Read what is assigned. */
static int
read_share(struct run *r, struct fail *f)
{
	const struct kafka_record *rec;
	size_t n;
	int rc = 0;

	while (rc == 0 && !kafka_is_done(r->k) && !is_over(r)) {
		kafka_limit(r->k, bounds_left(&r->bounds, r->records - r->old,
					      r->bytes));
		rc = kafka_next(r->k, WAIT_MS, &rec, &n, f);
		if (rc == 0)
			rc = write_records(r, rec, n, f);
		if (rc == 0 && (n == 0 || r->o->is_line_buffered))
			rc = flush_all(r, f);
		if (rc == 0 && r->o->job != NULL &&
		    utc_monotonic() / UTC_MS >= r->barrier_ms)
			rc = write_barrier(r, f);
		cli_progress(r->cli, r->records, (int64_t)r->total,
			     r->form.lines);
	}
	return rc;
}

static int
read_range(struct run *r, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; i < r->range.n; i++) {
		struct kafka_part *p = &r->range.part[i];

		p->next = p->start;
		r->range.until[i] = p->end;
	}
	r->total = left_to_read(r);
	/* Once for the marks, though nothing is new. */
	do {
		rc = assign(r, f);
		if (rc == 0)
			rc = read_share(r, f);
	} while (rc == 0 && left_to_read(r) > 0 && !is_over(r));
	return rc;
}

/* What was read before a signal is whole and may be kept. */
static int
end_batch(struct run *r, int rc, struct fail *f)
{
	struct fail late = {0};
	int rc2 = 0;

	if (rc != 0 && rc != FAIL_SIGNAL)
		return rc;
	if (r->o->job != NULL)
		rc2 = write_barrier(r, &late);
	if (rc2 == 0)
		rc2 = flush_all(r, &late);
	if (rc2 == 0 || rc != 0)
		return rc;
	*f = late;
	return rc2;
}

/* ---- the run ---- */

/* Advice for tools that look at groups: nobody reads it here, so nothing
 * depends on it. */
static void
tell_group(struct run *r)
{
	struct fail f = {0};
	int64_t *at;

	if (r->o->group == NULL || !r->job.recorded.is_recorded)
		return;
	at = calloc(r->range.n + 1, sizeof(*at));
	for (size_t i = 0; at != NULL && i < r->range.n; i++)
		at[i] = r->job.place[i].position;
	if (at != NULL &&
	    kafka_commit(r->k, r->range.part, r->range.n, at, &f) != 0)
		cli_warn(r->cli, "%s", f.text);
	free(at);
}

static int
read_job(struct run *r, struct fail *f)
{
	int rc = 0;

	if (r->o->job != NULL) {
		rc = job_begin(&r->job, r->out, f);
		tell_group(r);
		r->barrier_ms = utc_monotonic() / UTC_MS +
				r->o->barrier_us / UTC_MS;
	}
	if (rc == 0)
		rc = read_range(r, f);
	return end_batch(r, rc, f);
}

static void
tell_counts(struct run *r)
{
	uint64_t left = 0;

	for (size_t i = 0; i < r->range.n; i++) {
		const struct kafka_part *p = &r->range.part[i];
		/* before the first read: where it would begin */
		int64_t at = p->next > p->start ? p->next : p->start;

		if (p->high > at)
			left += (uint64_t)(p->high - at);
	}
	cli_stat(r->cli, "partitions", r->range.n);
	cli_stat(r->cli, "left", left);
	cli_stat(r->cli, "repeated", kafka_repeated(r->k));
	if (r->o->job == NULL)
		return;
	cli_stat(r->cli, "passed", r->job.passed);
	if (r->job.has_watermark && r->job.watermark_ms >= 0)
		cli_stat(r->cli, "watermark", (uint64_t)r->job.watermark_ms);
}

/* Every record is a line, or has none for a reason. */
static int
account(struct run *r, struct fail *f)
{
	static const char *const name[] = {"lines", "tombstones", "blank",
					   "compared"};
	const uint64_t part[] = {r->form.lines, r->form.tombstones,
				 r->form.blank, r->old};

	cli_stat(r->cli, "records", r->records);
	cli_stat(r->cli, "bytes", r->bytes);
	for (size_t i = 0; i < 4; i++)
		cli_stat(r->cli, name[i], part[i]);
	cli_stat(r->cli, "wrapped", r->form.wrapped);
	return cli_balance(r->cli, r->records, part, name, 4, f);
}

static int
read_records(struct run *r, struct fail *f)
{
	int rc;

	bounds_begin(&r->bounds, r->o);
	if (is_group_member(r->o)) {
		rc = member_read(r->k, &r->bounds, r->cli, &r->form, r->out, f);
		r->records = r->form.lines + r->form.tombstones + r->form.blank;
		r->bytes = io_out_bytes(r->out);
	} else {
		rc = find_range(r, f);
		r->form.part = r->range.part;
		if (rc == 0)
			rc = read_job(r, f);
		tell_counts(r);
	}
	if (rc == 0)
		rc = account(r, f);
	if (rc == 0 && r->records == 0 && r->o->is_skip_empty)
		return fail_set(f, FAIL_NOTHING, "there is nothing to read");
	return rc;
}

static int
run(struct run *r, struct fail *f)
{
	int rc = set_up(r, f);

	if (rc != 0 || !r->o->want_list)
		return rc == 0 ? read_records(r, f) : rc;
	rc = range_list(&r->range, r->cli->operand, r->cli->operand_n, f);
	return rc == 0 ? list_print(&r->range, r->cli, r->out, f) : rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {.limit = -1, .max_bytes = -1};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	buf_init(&r.text, SIZE_MAX);
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
