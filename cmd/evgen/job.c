/* SPDX-License-Identifier: MIT */
#include "job.h"

#include "delta/delta.h"

#include <stdio.h>

#include "base/banned.h"

/* The end of the window is the end of the stream only if it was given: the
 * default end moves on with the clock. */
static bool
has_end(const struct job *j)
{
	return j->o->to_us != 0;
}

/* A barrier line, or nothing, as kcat-out --print-position prints it. */
static int
read_barrier(struct job *j, struct delta_position *p, struct fail *f)
{
	struct barrier b = {0};
	struct buf text;
	struct str line;
	int rc;

	*p = (struct delta_position){0};
	buf_init(&text, LIMIT_LINE);
	rc = io_read_file(j->o->resume, LIMIT_LINE, &text, f);
	line = buf_str(&text);
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (rc == 0 && line.n > 0) {
		line.p = arena_copy(&j->mem, line);
		rc = line.p == NULL
			     ? fail_memory(f)
			     : barrier_parse(line.p, line.n, &j->mem, &b, f);
		if (rc != 0)
			fail_prefix(f, "'%s': ", j->o->resume);
	}
	buf_release(&text);
	if (rc != 0 || line.n == 0)
		return rc;
	if (!str_equal(b.job, j->barrier.job))
		return fail_set(f, FAIL_DATA,
				"'%s' is a position of job '%.*s', not '%s'",
				j->o->resume, STR_ARG(b.job), j->o->job);
	*p = (struct delta_position){
		.is_recorded = true,
		.at = b.at,
		.state = b.state,
		.has_watermark = b.has_watermark,
		.watermark_ms = b.watermark_ms,
		.is_final = b.is_final,
	};
	return 0;
}

static int
resume(struct job *j, struct gen_options *g, struct fail *f)
{
	struct delta_position p;
	int64_t at;
	int rc = io_is_file(j->o->resume)
			 ? read_barrier(j, &p, f)
			 : delta_position_read(j->o->resume, j->barrier.job,
					       &j->mem, &p, f);

	if (rc != 0 || !p.is_recorded)
		return rc;
	if (p.at.n != 1 || !barrier_get(&p.at, j->at.name, &at))
		return fail_set(f, FAIL_DATA,
				"job '%s' stands in '%s' at a position of "
				"another stream ('%.*s', not '%s'): other "
				"listeners, faults or seed; use another job's "
				"name",
				j->o->job, j->o->resume,
				p.at.n == 0 ? 0 : (int)p.at.item[0].name.n,
				p.at.n == 0 ? "" : p.at.item[0].name.p,
				j->at_name);
	if (at > g->to_ms)
		return fail_set(f, FAIL_DATA,
				"job '%s' stands in '%s' at %lld, behind the "
				"window's end %lld",
				j->o->job, j->o->resume, (long long)at,
				(long long)g->to_ms);
	if (p.is_final && at < g->to_ms)
		return fail_set(f, FAIL_DATA,
				"job '%s' has reached its end, %lld, in '%s': "
				"nothing can follow a final barrier",
				j->o->job, (long long)at, j->o->resume);
	g->from_ms = at;
	j->barrier.is_start = false;
	j->barrier.state = p.state;
	j->is_done = p.is_final;
	if (p.has_watermark)
		j->watermark_ms = p.watermark_ms;
	return 0;
}

int
job_open(struct job *j, const struct opts *o, struct gen_options *g,
	 struct fail *f)
{
	int rc = 0;

	*j = (struct job){
		.o = o,
		.every_ms = o->barrier_us / UTC_MS,
		.delay_max_ms = gen_delay_max(g),
		.next_ms = INT64_MAX,
		.watermark_ms = INT64_MIN,
	};
	snprintf(j->at_name, sizeof(j->at_name), "evgen/%016llx",
		 (unsigned long long)gen_fingerprint(g));
	j->at.name = str_of(j->at_name);
	barrier_nonce(j->nonce);
	j->barrier = (struct barrier){
		.job = str_of(o->job),
		.run = str_of(j->nonce),
		.is_start = true,
		.at = {&j->at, 1},
		.has_watermark = true,
	};
	if (o->resume != NULL)
		rc = resume(j, g, f);
	j->from_ms = g->from_ms;
	j->to_ms = g->to_ms;
	return rc;
}

void
job_close(struct job *j)
{
	arena_release(&j->mem);
}

static int
write_barrier(struct job *j, int64_t at_ms, struct io_out *out, struct fail *f)
{
	if (at_ms - j->delay_max_ms > j->watermark_ms)
		j->watermark_ms = at_ms - j->delay_max_ms;
	j->at.value = at_ms;
	j->barrier.watermark_ms = j->watermark_ms;
	j->barrier.lines = j->lines;
	j->lines = 0;
	return barrier_write(&j->barrier, out, f);
}

/* Barriers stand at multiples of the step, so that a run that was resumed
 * cuts the stream where one from the start does. */
static int64_t
barrier_after(const struct job *j, int64_t at_ms)
{
	int64_t next = utc_floor(at_ms, j->every_ms) + j->every_ms;

	return next < j->to_ms ? next : j->to_ms;
}

int
job_begin(struct job *j, struct io_out *out, struct fail *f)
{
	int rc = write_barrier(j, j->from_ms, out, f);

	/* States are the filters' to tell from now on. */
	j->barrier.state = (struct barrier_entries){0};
	j->barrier.is_start = false;
	if (j->from_ms < j->to_ms || (has_end(j) && !j->is_done))
		j->next_ms = barrier_after(j, j->from_ms);
	return rc;
}

int
job_pass(struct job *j, struct io_out *out, struct fail *f)
{
	int64_t at = j->next_ms;

	j->barrier.is_final = at == j->to_ms && has_end(j);
	j->next_ms = at == j->to_ms ? INT64_MAX : barrier_after(j, at);
	return write_barrier(j, at, out, f);
}
