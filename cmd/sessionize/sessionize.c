/* SPDX-License-Identifier: MIT */
/*
 * sessionize - groups each user's events into listening sessions. This file
 * wires the engine (lib/session) to the lines of a stream and writes the
 * sessions that close: all at the end of the input, or those that a watermark
 * has passed; or, under barriers, at each those that the watermark has passed;
 * what is open then goes into the state.
 */
#include "opts.h"
#include "session/session.h"
#include "state/state.h"
#include "stream/stream.h"
#include "written.h"

#include <string.h>

#define STATE_NAME "sessionize"

struct run {
	const struct opts *o;
	struct cli *cli;
	struct event_schema *schema;
	struct sessions *sessions;
	struct stream *stream;
	struct io_out *out;
	struct io_out *late_file; /* or NULL */
	struct state *state;	  /* opened at the first barrier */
	struct buf text;
	/* lines by what became of them */
	uint64_t counted, no_user, wrapped, misfit, bad;
	uint64_t late; /* of counted */
	uint64_t loaded_events, written_events;
	uint64_t rows;
	uint64_t batch_rows; /* since the last barrier */
	struct written written;
	int64_t last_end_ms; /* of the rows; INT64_MIN: none */
	size_t left_open;
};

/* ---- set up ---- */

static int
open_stream(struct run *r, struct fail *f)
{
	struct stream_options options = lines_stream(&r->o->lines, r->cli,
						     r->out);
	const struct str *keys;
	const int *slot;
	size_t n;

	sessions_keys(r->sessions, &keys, &slot, &n);
	return stream_open(&r->stream, r->cli->operand, r->cli->operand_n, keys,
			   slot, n, &options, f);
}

/* A bound in whole milliseconds, as rows have them, rounded up. */
static int64_t
bound_ms(int64_t us)
{
	return us == INT64_MIN || us == INT64_MAX
		       ? us
		       : utc_floor(us + UTC_MS - 1, UTC_MS) / UTC_MS;
}

static int
set_up(struct run *r, struct fail *f)
{
	struct sessions_options options = {.gap_us = r->o->gap_us,
					   .lateness_us = r->o->lateness_us};
	int rc = event_schema_load(&r->schema, r->o->schema, cli_share(), f);

	options.schema = r->schema;
	r->written.from_ms = bound_ms(r->o->from_us);
	r->written.to_ms = bound_ms(r->o->to_us);
	if (rc == 0)
		rc = sessions_open(&r->sessions, &options, f);
	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	if (rc == 0)
		rc = lines_check_output(r->cli, 0, "late", r->o->late, f);
	if (rc == 0 && r->o->late != NULL)
		rc = io_out_append(&r->late_file, r->o->late, f);
	return rc == 0 ? open_stream(r, f) : rc;
}

static int
print_columns(struct run *r, struct fail *f)
{
	const struct str *keys;
	const int *slot;
	size_t n;

	sessions_keys(r->sessions, &keys, &slot, &n);
	return lines_print_columns(keys, slot, n, r->out, f);
}

static void
tear_down(struct run *r)
{
	state_close(r->state);
	stream_close(r->stream);
	io_out_close(r->late_file);
	io_out_close(r->out);
	sessions_close(r->sessions);
	event_schema_close(r->schema);
	buf_release(&r->text);
}

/* ---- lines ---- */

static int
take_late(struct run *r, const struct ndjson_line *line, struct fail *f)
{
	int rc;

	r->late++;
	if (r->late_file == NULL)
		return 0;
	rc = io_out_write(r->late_file, line->p, line->n, f);
	return rc == 0 ? io_out_write(r->late_file, "\n", 1, f) : rc;
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct run *r = ctx;
	int rc;

	if (rec->line.reason != NDJSON_OK) {
		r->bad++;
		lines_tell_bad(r->cli, rec);
		return 0;
	}
	if (ndjson_is_wrapped(&rec->line)) {
		r->wrapped++;
		return 0;
	}
	rc = sessions_add(r->sessions, rec->line.val, f);
	switch (rc) {
	case SESSIONS_COUNTED:
		r->counted++;
		return 0;
	case SESSIONS_LATE:
		r->counted++;
		return take_late(r, &rec->line, f);
	case SESSIONS_NO_USER:
		r->no_user++;
		return 0;
	case SESSIONS_MISFIT:
		r->misfit++;
		cli_complain(r->cli, "'%s': line %llu, byte 1: misfit: %s",
			     rec->file, (unsigned long long)rec->line.number,
			     sessions_why(r->sessions));
		return 0;
	default:
		return rc;
	}
}

/* ---- rows ---- */

static int
write_row(struct run *r, size_t i, struct fail *f)
{
	struct sessions_span span = sessions_row_span(r->sessions, i);

	r->written_events += sessions_row_events(r->sessions, i);
	if (span.start_ms < r->written.from_ms ||
	    span.start_ms >= r->written.to_ms)
		return 0;
	if (span.end_ms > r->last_end_ms)
		r->last_end_ms = span.end_ms;
	r->rows++;
	r->batch_rows++;
	buf_reset(&r->text);
	if (sessions_format(r->sessions, i, &r->text) != 0)
		return fail_memory(f);
	return io_out_write(r->out, r->text.p, r->text.len, f);
}

/* Close what is due, write it, drop it. */
static int
write_closed(struct run *r, int64_t watermark_us, struct fail *f)
{
	size_t n = 0;
	int rc = sessions_close_until(r->sessions, watermark_us, &n, f);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = write_row(r, i, f);
	return rc == 0 ? sessions_forget(r->sessions, f) : rc;
}

/* ---- limits ---- */

/* In a flow bad events are another stage's verdict: it goes on past them. */
static int
check_max_bad(const struct run *r, struct fail *f)
{
	return lines_judge(&r->o->lines, "lines left out", r->bad + r->misfit,
			   stream_has_barriers(r->stream) ? UINT64_MAX : 0, f);
}

/* ---- barriers ---- */

/* The first barrier says under which id the batch before left its state. */
static int
load_state(struct run *r, const struct barrier *b, struct fail *f)
{
	const struct opts *o = r->o;
	struct buf text;
	int64_t id;
	int rc;

	if (o->watermark_us != INT64_MAX || o->from_us != INT64_MIN ||
	    o->to_us != INT64_MAX || o->written != NULL)
		return fail_set(f, FAIL_USAGE,
				"the input has barriers, which say what is "
				"written: leave out --watermark, --from, --to "
				"and --written");
	if (o->state == NULL)
		return fail_set(f, FAIL_USAGE,
				"the input has barriers: say --state PLACE, "
				"where open sessions are kept from one batch "
				"to the next");
	buf_reset(&r->text);
	rc = sessions_put_meaning(r->sessions, &r->text, f);
	if (rc == 0)
		rc = state_open(&r->state, r->o->state, b->job, STATE_NAME,
				buf_str(&r->text), f);
	if (rc != 0)
		return rc;
	if (!barrier_get(&b->state, str_of(STATE_NAME), &id)) {
		if (b->is_start)
			return 0;
		return fail_set(f, FAIL_DATA,
				"job '%.*s' has run before, but without "
				"sessionize: its sink knows no state of open "
				"sessions; begin a new job and table",
				STR_ARG(b->job));
	}
	buf_init(&text, SIZE_MAX);
	rc = state_load(r->state, id, &text, f);
	if (rc == 0)
		rc = sessions_load(r->sessions, buf_str(&text), f);
	buf_release(&text);
	r->loaded_events = sessions_open_events(r->sessions);
	return rc;
}

static int
save_state(struct run *r, int64_t *id, struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, SIZE_MAX);
	rc = sessions_save(r->sessions, &text);
	rc = rc != 0 ? fail_memory(f)
		     : state_save(r->state, buf_str(&text), id, f);
	buf_release(&text);
	return rc;
}

/* The oldest time still held back, in ms, rounded down. */
static int64_t
hold_ms(const struct run *r)
{
	int64_t oldest = sessions_oldest_us(r->sessions);

	return oldest == INT64_MAX ? oldest
				   : utc_floor(oldest, UTC_MS) / UTC_MS;
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	struct run *r = ctx;
	int64_t watermark_us = INT64_MIN, id = 0;
	int rc = 0;

	if (stream_counts(r->stream)->barriers == 1)
		rc = load_state(r, b, f);
	if (b->is_final)
		watermark_us = INT64_MAX;
	else if (b->has_watermark && b->watermark_ms <= UTC_MAX / UTC_MS &&
		 b->watermark_ms >= UTC_MIN / UTC_MS)
		watermark_us = b->watermark_ms * UTC_MS;
	if (rc == 0)
		rc = check_max_bad(r, f); /* before the sink commits */
	if (rc == 0)
		rc = write_closed(r, watermark_us, f);
	if (rc == 0)
		rc = save_state(r, &id, f);
	if (rc == 0)
		rc = stream_forward(b, r->out, r->batch_rows, STATE_NAME, id,
				    hold_ms(r), f);
	r->batch_rows = 0;
	return rc;
}

/* ---- the end ---- */

/* Events written and still held are those loaded and counted. */
static int
check_events(const struct run *r, struct fail *f)
{
	uint64_t in = r->loaded_events + r->counted;
	uint64_t out = r->written_events + sessions_open_events(r->sessions);

	if (in == out)
		return 0;
	return fail_set(f, FAIL_BUG,
			"bug: %llu events went into sessions, %llu are in "
			"them; please report this",
			(unsigned long long)in, (unsigned long long)out);
}

/* What who replaces a range must know. */
static void
tell_range(struct run *r)
{
	const struct written *w = &r->written;

	if (stream_has_barriers(r->stream))
		return;
	cli_stat(r->cli, "left_open", r->left_open);
	cli_stat(r->cli, "rows_kept", w->kept);
	cli_stat(r->cli, "rows_replaced", w->replaced);
	if (w->replaced > 0 && w->replaced_last_ms >= 0)
		cli_stat(r->cli, "replaced_last",
			 (uint64_t)w->replaced_last_ms);
	if (r->last_end_ms >= 0)
		cli_stat(r->cli, "last_end", (uint64_t)r->last_end_ms);
}

static int
tell_counts(struct run *r, struct fail *f)
{
	const uint64_t part[] = {r->counted, r->no_user, r->wrapped, r->misfit,
				 r->bad};
	static const char *const name[] = {"counted", "no_user", "wrapped",
					   "misfit", "bad"};

	if (r->no_user > 0)
		cli_warn(r->cli, "%llu events have no user, so no session",
			 (unsigned long long)r->no_user);
	cli_stat(r->cli, "misfit_values", sessions_misfit_values(r->sessions));
	cli_stat(r->cli, "late", r->late);
	cli_stat(r->cli, "rows", r->rows);
	cli_stat(r->cli, "open", sessions_open_n(r->sessions));
	tell_range(r);
	return lines_account(r->cli, stream_counts(r->stream), part, name, 5,
			     f);
}

/* The end of plain input. */
static int
end_batch(struct run *r, struct fail *f)
{
	struct written *w = &r->written;
	int64_t watermark_us = r->o->watermark_us;
	int rc = 0;

	/* Whole milliseconds, as a barrier's; what is lower is safe. */
	if (watermark_us != INT64_MAX)
		watermark_us = utc_floor(watermark_us, UTC_MS);
	w->sessions = r->sessions;
	w->out = r->out;
	w->horizon_us = sessions_horizon_us(r->sessions, watermark_us);
	if (r->o->written != NULL)
		rc = written_sort_out(w, r->o->written, f);
	if (rc == 0)
		rc = write_closed(r, watermark_us, f);
	r->left_open = sessions_open_from(r->sessions, w->from_ms, w->to_ms);
	return rc;
}

static int
finish(struct run *r, struct fail *f)
{
	int rc = 0;

	if (!stream_has_barriers(r->stream))
		rc = end_batch(r, f);
	if (rc == 0 && r->late_file != NULL)
		rc = io_out_commit(r->late_file, f);
	if (rc == 0)
		rc = io_out_flush(r->out, f);
	if (rc == 0)
		rc = tell_counts(r, f);
	if (rc == 0)
		rc = check_events(r, f);
	return rc == 0 ? check_max_bad(r, f) : rc;
}

static int
run(struct run *r, struct fail *f)
{
	int rc = set_up(r, f);

	if (rc == 0 && r->o->lines.want_columns)
		return print_columns(r, f);
	if (rc == 0)
		rc = stream_run(r->stream, take_line, take_barrier, r, f);
	return rc == 0 ? finish(r, f) : rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {.lines.max_bad = -1,
			 .watermark_us = INT64_MAX,
			 .from_us = INT64_MIN,
			 .to_us = INT64_MAX};
	struct cli c;
	struct run r = {.o = &o, .cli = &c, .last_end_ms = INT64_MIN};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	buf_init(&r.text, LIMIT_LINE_MAX);
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
