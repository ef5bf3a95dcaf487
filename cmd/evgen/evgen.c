/* SPDX-License-Identifier: MIT */
/*
 * evgen - simulates the listeners of a music service. This file wires the
 * engine (lib/gen) to stdout: it stops at the limit, waits for the pace, puts
 * barriers between the lines and counts what went out.
 */
#include "gen/gen.h"
#include "job.h"
#include "opts.h"
#include "pace/pace.h"

#define LAG_TOLD_US (1 * UTC_SECOND)

struct run {
	const struct opts *o;
	struct cli *cli;
	struct gen_options g;
	struct gen *gen;
	struct io_out *out, *truth; /* truth NULL: not wanted */
	struct pace pace;
	uint64_t lines, topics[GEN_TOPICS], faults[GEN_FAULTS];
	bool is_full; /* --limit was reached */

	struct job job;
	int64_t asked_from_ms; /* where the window begins without --resume */
};

/* ---- options ---- */

static int
parse_faults(const struct cli_list *list, double *fault, struct fail *f)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *item = list->item[i];
		const char *equals = strchr(item, '=');
		int k = 0;

		if (equals == NULL)
			return fail_set(f, FAIL_USAGE,
					"--fault '%s': expected KIND=RATE",
					item);
		while (k < GEN_FAULTS &&
		       !str_is((struct str){item, (size_t)(equals - item)},
			       gen_fault_name((enum gen_fault)k)))
			k++;
		if (k == GEN_FAULTS)
			return fail_set(f, FAIL_USAGE,
					"--fault '%s': expected one of late, "
					"duplicate, missing, wrong_type, "
					"out_of_range, malformed",
					item);
		if (cli_parse_rate(equals + 1, &fault[k]) != 0)
			return fail_set(f, FAIL_USAGE,
					"--fault '%s': expected a rate such "
					"as 0.001 or 0.1%%",
					item);
	}
	return 0;
}

/* Events have milliseconds: a window is not cut to what was not asked for. */
static int
whole_ms(int64_t us, const char *option, int64_t *ms, struct fail *f)
{
	if (us % UTC_MS != 0)
		return fail_set(f, FAIL_USAGE,
				"--%s: expected a time of whole milliseconds",
				option);
	*ms = us / UTC_MS;
	return 0;
}

static int
fill_window(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	int64_t now = utc_floor(utc_now(), UTC_MS);
	int64_t from = o->from_us, to = o->to_us;
	int rc;

	if (o->speedup > 0 && from == 0)
		from = now;
	if (to == 0)
		to = o->speedup > 0 ? GEN_TO_MAX_MS * UTC_MS
				    : utc_floor(now, UTC_HOUR);
	if (from == 0)
		from = to - UTC_DAY;
	rc = whole_ms(from, "from", &r->g.from_ms, f);
	return rc == 0 ? whole_ms(to, "to", &r->g.to_ms, f) : rc;
}

static int
check_job(const struct opts *o, struct fail *f)
{
	if (o->job == NULL)
		return o->barrier_us == 0 && o->resume == NULL
			       ? 0
			       : fail_set(f, FAIL_USAGE,
					  "--barrier-every and --resume need "
					  "--job");
	if (o->barrier_us < UTC_MS || o->barrier_us % UTC_MS != 0)
		return fail_set(f, FAIL_USAGE,
				"--job needs --barrier-every with whole "
				"milliseconds");
	if (o->limit > 0)
		return fail_set(f, FAIL_USAGE,
				"--job and --limit exclude each other: lines "
				"behind the last barrier would be lost");
	return 0;
}

static int
fill_options(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	struct gen_options *g = &r->g;
	int rc;

	g->seed = (uint64_t)o->seed;
	g->users = (uint32_t)o->users;
	g->tracks = (uint32_t)o->tracks;
	g->form = (enum gen_form)o->compat;
	g->topics = o->topics == 0 ? (1u << GEN_TOPICS) - 1 : o->topics;
	g->tag = o->tag;
	g->want_truth = o->truth != NULL;
	g->threads = (unsigned)o->jobs;
	if (o->speedup > 0 && o->rate > 0)
		return fail_set(f, FAIL_USAGE,
				"--speedup and --rate exclude each other");
	rc = fill_window(r, f);
	if (rc == 0)
		rc = parse_faults(&o->fault, g->fault, f);
	if (rc == 0)
		rc = cli_parse_shard(o->shard, GEN_USERS_MAX, &g->shard,
				     &g->shards, f);
	return rc == 0 ? check_job(o, f) : rc;
}

/* ---- lines ---- */

static void
count(struct run *r, const struct gen_line *line)
{
	r->lines++;
	r->job.lines++;
	r->topics[line->topic]++;
	for (int k = 0; line->faults >> k != 0; k++)
		r->faults[k] += (line->faults >> k) & 1;
}

/* The barriers up to a moment that all lines before it have passed. */
static int
write_barriers(struct run *r, int64_t until_ms, struct fail *f)
{
	int rc = 0;

	while (rc == 0 && r->job.next_ms <= until_ms) {
		rc = pace_wait(&r->pace, r->job.next_ms, r->lines, r->out, f);
		if (rc == 0)
			rc = job_pass(&r->job, r->out, f);
	}
	return rc;
}

/* Texts of lines in a row that wait for one write. */
struct span {
	const char *text, *truth;
	size_t text_n, truth_n;
};

static int
write_span(struct run *r, struct span *s, struct fail *f)
{
	int rc = 0;

	if (s->text_n > 0)
		rc = io_out_write(r->out, s->text, s->text_n, f);
	if (rc == 0 && s->truth_n > 0)
		rc = io_out_write(r->truth, s->truth, s->truth_n, f);
	s->text += s->text_n;
	s->truth += s->truth_n;
	s->text_n = s->truth_n = 0;
	return rc;
}

/* Is something to be done before this line but to write it? */
static bool
has_to_stop(const struct run *r, const struct gen_line *line)
{
	return line->place_ms >= r->job.next_ms ||
	       !pace_is_due(&r->pace, line->place_ms, r->lines);
}

static int
write_lines(struct run *r, const struct gen_lines *l, struct fail *f)
{
	struct span span = {l->text, l->truth, 0, 0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < l->n && !r->is_full; i++) {
		const struct gen_line *line = &l->line[i];

		if (PORT_UNLIKELY(has_to_stop(r, line))) {
			rc = write_span(r, &span, f);
			if (rc == 0)
				rc = write_barriers(r, line->place_ms, f);
			if (rc == 0)
				rc = pace_wait(&r->pace, line->place_ms,
					       r->lines, r->out, f);
			if (rc != 0)
				return rc;
		}
		span.text_n += line->len;
		span.truth_n += line->truth_len;
		count(r, line);
		r->is_full = r->lines == (uint64_t)r->o->limit;
	}
	if (rc == 0)
		rc = write_span(r, &span, f);
	return rc;
}

static int
stopped(struct fail *f)
{
	return io_stop_signal() == 0
		       ? 0
		       : fail_set(f, FAIL_SIGNAL, "stopped by a signal");
}

static int
write_all(struct run *r, struct fail *f)
{
	struct gen_lines l;
	int64_t until_ms;
	int rc = 0, more = 1;

	while (rc == 0 && !r->is_full && (more = gen_next(r->gen, &l, f)) > 0) {
		rc = write_lines(r, &l, f);
		until_ms = l.until_ms < r->g.to_ms ? l.until_ms : r->g.to_ms;
		if (rc == 0)
			rc = write_barriers(r, until_ms, f);
		if (rc == 0)
			rc = stopped(f);
		cli_progress(r->cli,
			     (uint64_t)(until_ms > r->g.from_ms
						? until_ms - r->g.from_ms
						: 0),
			     r->g.to_ms - r->g.from_ms, r->lines);
	}
	if (rc == 0 && more < 0)
		return more;
	/* The end of a window that was empty from the start. */
	return rc == 0 ? write_barriers(r, r->g.to_ms, f) : rc;
}

/* ---- the run ---- */

static void
fill_stats(const struct run *r)
{
	cli_stat(r->cli, "linesOut", r->lines);
	cli_stat(r->cli, "bytesOut", io_out_bytes(r->out));
	for (int t = 0; t < GEN_TOPICS; t++)
		cli_stat_in(r->cli, "topics", gen_topic_name((enum gen_topic)t),
			    r->topics[t]);
	for (int k = 0; k < GEN_FAULTS; k++)
		cli_stat_in(r->cli, "faults", gen_fault_name((enum gen_fault)k),
			    r->faults[k]);
	cli_stat(r->cli, "from", (uint64_t)r->g.from_ms);
	cli_stat(r->cli, "to", (uint64_t)r->g.to_ms);
	cli_stat_f64(r->cli, "maxLagSeconds", (double)r->pace.max_lag_us / 1e6);
	if (r->pace.max_lag_us > LAG_TOLD_US)
		cli_warn(r->cli, "was up to %.1f s behind the pace",
			 (double)r->pace.max_lag_us / 1e6);
}

static int
balance(struct run *r, struct fail *f)
{
	static const char *name[GEN_TOPICS];

	for (int t = 0; t < GEN_TOPICS; t++)
		name[t] = gen_topic_name((enum gen_topic)t);
	return cli_balance(r->cli, r->lines, r->topics, name, GEN_TOPICS, f);
}

/* What was written is true: also after a signal. */
static int
finish(struct run *r, int rc, struct fail *f)
{
	struct fail late = {0};
	int rc2 = 0;

	if (rc != 0 && rc != FAIL_SIGNAL)
		return rc;
	if (rc == 0)
		rc = io_out_flush(r->out, f);
	if (r->truth != NULL)
		rc2 = io_out_commit(r->truth, &late);
	if (rc2 == 0 || rc < 0)
		return rc;
	*f = late;
	return rc2;
}

static int
open_all(struct run *r, struct fail *f)
{
	int rc = fill_options(r, f);

	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	r->asked_from_ms = r->g.from_ms;
	if (rc == 0 && r->o->job != NULL)
		rc = job_open(&r->job, r->o, &r->g, f);
	if (rc == 0 && r->g.want_truth)
		rc = io_out_create(&r->truth, r->o->truth, f);
	return rc == 0 ? gen_open(&r->gen, &r->g, f) : rc;
}

static int
run(struct run *r, struct fail *f)
{
	bool is_empty;
	int rc;

	r->job.next_ms = INT64_MAX;
	rc = open_all(r, f);
	if (rc < 0)
		return rc;
	is_empty = r->g.from_ms == r->g.to_ms;
	/* A live job that was away first catches up with the clock. */
	pace_init(&r->pace, r->o->speedup, r->o->rate,
		  r->g.from_ms > r->asked_from_ms ? r->g.from_ms
						  : r->asked_from_ms);
	if (r->o->job != NULL)
		rc = job_begin(&r->job, r->out, f);
	if (rc == 0)
		rc = write_all(r, f);
	if (rc == 0)
		rc = balance(r, f);
	rc = finish(r, rc, f);
	fill_stats(r);
	if (rc == 0 && is_empty && r->o->is_skip_empty)
		return fail_set(f, FAIL_NOTHING, "the window is empty");
	return rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {0};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	rc = run(&r, &f);
	gen_close(r.gen);
	job_close(&r.job);
	io_out_close(r.truth);
	io_out_close(r.out);
	return cli_end(&c, rc, &f);
}
