/* SPDX-License-Identifier: MIT */
/*
 * agg-hourly - rolls events up into windowed measures. This file wires the
 * engine (lib/agg) to the lines of a stream, or to the parts of files with
 * -j, and writes the rows: at the end of the input, or at each barrier.
 */
#include "agg/agg.h"
#include "opts.h"
#include "stream/stream.h"

#include <stdlib.h>

#define COMPLAINTS 11 /* kept of a part; cli tells 10, then "more follow" */

/* A line that was left out, to be told when its number is known. */
struct complaint {
	struct stream_record rec; /* its line's bytes are gone */
	char why[256];
};

/* What one reader of lines fills. */
struct part {
	struct run *run;
	struct agg *agg;
	uint64_t counted, no_play, wrapped, misfit, bad;
	struct complaint *complaint; /* owned; COMPLAINTS, with -j only */
	size_t complaint_n;
};

struct run {
	const struct opts *o;
	struct cli *cli;
	struct event_schema *schema; /* NULL when merging */
	struct agg_options options;
	struct str *by;	   /* owned */
	struct part *part; /* owned; the first is the stream's own */
	size_t part_n;
	struct stream *stream; /* NULL with -j */
	struct io_out *out;
	struct stream_counts counts;
	struct buf text;
	uint64_t rows;
	uint64_t batch_rows; /* since the last barrier */
};

/* ---- options ---- */

static bool
two_digits(const char *p, int64_t max, int64_t *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (p[0] - '0') * 10 + (p[1] - '0');
	return *out <= max;
}

/* "UTC", "Z", or an offset as in RFC 3339. */
static int
parse_zone(const char *zone, int64_t *us, struct fail *f)
{
	int64_t hours, minutes;

	*us = 0;
	if (strcmp(zone, "UTC") == 0 || strcmp(zone, "Z") == 0)
		return 0;
	if (strlen(zone) != 6 || (zone[0] != '+' && zone[0] != '-') ||
	    zone[3] != ':' || !two_digits(zone + 1, 23, &hours) ||
	    !two_digits(zone + 4, 59, &minutes))
		return fail_set(f, FAIL_USAGE,
				"--tz: '%s' is neither UTC nor an offset such "
				"as +05:30; named zones are not known here",
				zone);
	*us = hours * UTC_HOUR + minutes * UTC_MINUTE;
	if (zone[0] == '-')
		*us = -*us;
	return 0;
}

static int
check_options(const struct opts *o, struct fail *f)
{
	if (o->is_partial && o->is_merge)
		return fail_set(f, FAIL_USAGE,
				"--partial and --merge exclude each other");
	if (o->is_partial && o->format == FORMAT_CSV)
		return fail_set(f, FAIL_USAGE,
				"--partial rows are NDJSON only");
	if (o->window_us < UTC_MS || o->window_us % UTC_MS != 0 ||
	    o->window_us > 400 * UTC_DAY)
		return fail_set(f, FAIL_USAGE,
				"--window: whole milliseconds up to 400 days, "
				"please");
	return 0;
}

static int
fill_options(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	struct agg_options *a = &r->options;
	int rc = check_options(o, f);

	if (rc == 0)
		rc = parse_zone(o->zone, &a->zone_us, f);
	if (rc != 0)
		return rc;
	r->by = calloc(o->by.n + 1, sizeof(*r->by));
	if (r->by == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < o->by.n; i++)
		r->by[i] = str_of(o->by.item[i]);
	a->by = r->by;
	a->by_n = o->by.n;
	a->measures = o->measures == 0 ? AGG_ALL : o->measures;
	a->is_partial = o->is_partial;
	a->window_us = o->window_us;
	a->top = (size_t)o->top;
	if (!o->is_merge)
		rc = event_schema_load(&r->schema, o->schema, cli_share(), f);
	a->schema = r->schema;
	return rc;
}

/* ---- lines ---- */

static void
tell(struct run *r, const struct complaint *c)
{
	const struct ndjson_line *l = &c->rec.line;
	bool is_misfit = l->reason == NDJSON_OK;

	cli_complain(
		r->cli, "'%s': line %llu, byte %zu: %s: %s", c->rec.file,
		(unsigned long long)l->number, is_misfit ? 1 : l->bad_at + 1,
		is_misfit ? "misfit" : ndjson_reason_name(l->reason), c->why);
}

/* Tell now, or with -j keep: there the line's number is not known yet. */
static void
complain(struct part *p, const struct stream_record *rec, const char *why)
{
	struct complaint now, *c = &now;
	size_t n = strlen(why);

	if (p->complaint != NULL) {
		if (p->complaint_n == COMPLAINTS)
			return;
		c = &p->complaint[p->complaint_n++];
	}
	c->rec = *rec;
	if (n > sizeof(c->why) - 1)
		n = sizeof(c->why) - 1;
	memcpy(c->why, why, n);
	c->why[n] = '\0';
	if (c == &now)
		tell(p->run, c);
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct part *p = ctx;
	int rc;

	if (PORT_UNLIKELY(rec->line.reason != NDJSON_OK)) {
		p->bad++;
		complain(p, rec, stream_bad_hint(rec));
		return 0;
	}
	if (ndjson_is_wrapped(&rec->line)) {
		p->wrapped++;
		return 0;
	}
	rc = agg_add(p->agg, rec->line.val, f);
	switch (rc) {
	case AGG_COUNTED:
		p->counted++;
		return 0;
	case AGG_NO_PLAY:
		p->no_play++;
		return 0;
	case AGG_MISFIT:
		p->misfit++;
		complain(p, rec, agg_why(p->agg));
		return 0;
	default:
		return rc;
	}
}

/* ---- rows ---- */

static int
write_text(struct run *r, struct fail *f)
{
	int rc = io_out_write(r->out, r->text.p, r->text.len, f);

	buf_reset(&r->text);
	return rc;
}

static int
write_rows(struct run *r, struct fail *f)
{
	struct agg *a = r->part[0].agg;
	enum agg_form form = r->o->format == FORMAT_CSV ? AGG_CSV : AGG_NDJSON;
	size_t n;
	int rc = agg_finish(a, &n, f);

	buf_reset(&r->text);
	if (rc == 0 && form == AGG_CSV) {
		rc = agg_header(a, &r->text);
		rc = rc != 0 ? fail_memory(f) : write_text(r, f);
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = agg_format(a, i, form, &r->text);
		rc = rc != 0 ? fail_memory(f) : write_text(r, f);
	}
	r->rows += n;
	r->batch_rows += n;
	return rc;
}

/* ---- barriers ---- */

/*
 * Rows of a batch are increments, which only partials can be; or, merged,
 * they replace whole partitions of a date, which a window must not straddle.
 */
static int
check_first_barrier(const struct run *r, struct fail *f)
{
	if (!r->o->is_partial && !r->o->is_merge)
		return fail_set(f, FAIL_USAGE,
				"the input has barriers: say --partial to "
				"write increments, and --merge to make "
				"measures of them");
	if (r->o->is_merge && UTC_DAY % r->o->window_us != 0)
		return fail_set(f, FAIL_USAGE,
				"--window: a day must be a multiple of it "
				"under barriers, since views are replaced day "
				"by day");
	if (r->o->format == FORMAT_CSV)
		return fail_set(f, FAIL_USAGE,
				"barriers cannot stand in CSV: say --format "
				"ndjson");
	return 0;
}

static uint64_t
left_out(const struct run *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->part_n; i++)
		n += r->part[i].bad + r->part[i].misfit;
	return n;
}

/* The flow goes on past a bad event; a bad partial must not make a view. */
static int
check_max_bad(const struct run *r, struct fail *f)
{
	bool has_barriers = r->stream != NULL && stream_has_barriers(r->stream);
	bool is_flow = has_barriers && !r->o->is_merge;

	return lines_judge(&r->o->lines, "lines left out", left_out(r),
			   is_flow ? UINT64_MAX : 0, f);
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	struct run *r = ((struct part *)ctx)->run;
	int rc = 0;

	if (stream_counts(r->stream)->barriers == 1) {
		rc = check_first_barrier(r, f);
		agg_check_dates(r->part[0].agg);
	}
	if (rc == 0)
		rc = check_max_bad(r, f); /* before the sink commits */
	if (rc == 0)
		rc = write_rows(r, f);
	if (rc == 0)
		rc = stream_forward(b, r->out, r->batch_rows, NULL, 0,
				    INT64_MAX, f);
	agg_reset(r->part[0].agg);
	r->batch_rows = 0;
	return rc;
}

/* Rows at the end of the input. Of partials of which some are bad none are
 * made: run() ends with check_max_bad, which tells it. */
static int
write_last_rows(struct run *r, struct fail *f)
{
	if (r->o->is_merge && check_max_bad(r, NULL) != 0)
		return 0;
	return write_rows(r, f);
}

/* ---- one stream ---- */

static int
run_stream(struct run *r, struct fail *f)
{
	struct stream_options options = lines_stream(&r->o->lines, r->cli,
						     r->out);
	const struct str *keys;
	const int *slot;
	size_t n;
	int rc;

	agg_keys(r->part[0].agg, &keys, &slot, &n);
	rc = stream_open(&r->stream, r->cli->operand, r->cli->operand_n, keys,
			 slot, n, &options, f);
	if (rc == 0)
		rc = stream_run(r->stream, take_line, take_barrier, r->part, f);
	if (r->stream != NULL)
		r->counts = *stream_counts(r->stream);
	if (rc == 0 && !stream_has_barriers(r->stream))
		rc = write_last_rows(r, f);
	return rc;
}

/* ---- parts of files ---- */

static void
add_counts(struct stream_counts *to, const struct stream_counts *from)
{
	to->lines += from->lines;
	to->bytes += from->bytes;
	to->blank += from->blank;
	to->crlf += from->crlf;
	for (size_t i = 0; i < NDJSON_REASONS; i++)
		to->bad[i] += from->bad[i];
}

static int
run_file(struct run *r, const char *path, struct stream_part *sp,
	 struct fail *f)
{
	struct ndjson_options options =
		lines_stream(&r->o->lines, r->cli, NULL).ndjson;
	const struct str *keys;
	const int *slot;
	uint64_t before = 0;
	size_t n;
	int rc;

	for (size_t i = 0; i < r->part_n; i++) {
		sp[i] = (struct stream_part){.ctx = &r->part[i]};
		r->part[i].complaint_n = 0;
	}
	agg_keys(r->part[0].agg, &keys, &slot, &n);
	rc = stream_split(path, keys, slot, n, &options, take_line, sp,
			  r->part_n, f);
	for (size_t i = 0; i < r->part_n; i++) {
		add_counts(&r->counts, &sp[i].counts);
		for (size_t k = 0; k < r->part[i].complaint_n; k++) {
			struct complaint *c = &r->part[i].complaint[k];

			c->rec.line.number += before;
			tell(r, c);
		}
		before += sp[i].line_n;
	}
	return rc;
}

static int
run_parts(struct run *r, struct fail *f)
{
	struct stream_part *sp = calloc(r->part_n, sizeof(*sp));
	int rc = sp == NULL ? fail_memory(f) : 0;

	for (size_t i = 0; rc == 0 && i < r->part_n; i++) {
		r->part[i].complaint = calloc(COMPLAINTS,
					      sizeof(*r->part[i].complaint));
		if (r->part[i].complaint == NULL)
			rc = fail_memory(f);
	}
	for (size_t i = 0; rc == 0 && i < r->cli->operand_n; i++)
		rc = run_file(r, r->cli->operand[i], sp, f);
	for (size_t i = 1; rc == 0 && i < r->part_n; i++)
		rc = agg_absorb(r->part[0].agg, r->part[i].agg, f);
	free(sp);
	return rc != 0 ? rc : write_last_rows(r, f);
}

/* ---- the end ---- */

/* What no line had, though the options say it would be there. */
static void
tell_missing(struct run *r)
{
	const struct agg *a = r->part[0].agg;
	const struct str *column = agg_missing_column(a);
	const struct str *by = agg_missing_by(a);

	if (column != NULL)
		cli_warn(r->cli,
			 "no line has the column '%.*s' of schema %s: is it "
			 "the right schema?",
			 STR_ARG(*column), r->o->schema);
	if (by != NULL && r->o->is_merge)
		cli_warn(r->cli, "no partial has the column '%.*s' to group by",
			 STR_ARG(*by));
}

static int
tell_counts(struct run *r, struct fail *f)
{
	static const char *const name[] = {"counted", "no_play", "wrapped",
					   "misfit", "bad"};
	uint64_t part[5] = {0};

	for (size_t i = 0; i < r->part_n; i++) {
		part[0] += r->part[i].counted;
		part[1] += r->part[i].no_play;
		part[2] += r->part[i].wrapped;
		part[3] += r->part[i].misfit;
		part[4] += r->part[i].bad;
	}
	if (part[0] + part[1] + part[3] > 0) /* lines that were looked at */
		tell_missing(r);
	cli_stat(r->cli, "misfit_values", agg_misfit_values(r->part[0].agg));
	cli_stat(r->cli, "rows", r->rows);
	return lines_account(r->cli, &r->counts, part, name, 5, f);
}

/* Measures asked for by name that the schema cannot give are null. */
static void
tell_unavailable(struct run *r)
{
	unsigned set = agg_unavailable(r->part[0].agg);

	for (unsigned m = 0; m < AGG_MEASURES; m++)
		if ((set & 1u << m) != 0 && r->o->measures != 0)
			cli_warn(r->cli,
				 "%s is null: schema '%s' has no columns for "
				 "it",
				 agg_measure_name((enum agg_measure)m),
				 r->o->schema);
}

static int
print_columns(struct run *r, struct fail *f)
{
	const struct str *keys;
	const int *slot;
	size_t n;

	agg_keys(r->part[0].agg, &keys, &slot, &n);
	return lines_print_columns(keys, slot, n, r->out, f);
}

static int
run(struct run *r, struct fail *f)
{
	bool is_split = r->o->jobs > 1 &&
			stream_can_split(r->cli->operand, r->cli->operand_n);
	int rc = fill_options(r, f);

	r->part_n = is_split ? (size_t)r->o->jobs : 1;
	r->part = calloc(r->part_n, sizeof(*r->part));
	if (r->part == NULL)
		return rc == 0 ? fail_memory(f) : rc;
	for (size_t i = 0; rc == 0 && i < r->part_n; i++) {
		r->part[i].run = r;
		rc = agg_open(&r->part[i].agg, &r->options, f);
	}
	if (rc == 0)
		rc = io_out_open_fd(&r->out, 1, "stdout", f);
	if (rc != 0)
		return rc;
	if (r->o->lines.want_columns)
		return print_columns(r, f);
	tell_unavailable(r);
	rc = is_split ? run_parts(r, f) : run_stream(r, f);
	if (rc == 0)
		rc = io_out_flush(r->out, f);
	if (rc == 0)
		rc = tell_counts(r, f);
	return rc == 0 ? check_max_bad(r, f) : rc;
}

static void
tear_down(struct run *r)
{
	stream_close(r->stream);
	io_out_close(r->out);
	for (size_t i = 0; r->part != NULL && i < r->part_n; i++) {
		agg_close(r->part[i].agg);
		free(r->part[i].complaint);
	}
	free(r->part);
	free(r->by);
	event_schema_close(r->schema);
	buf_release(&r->text);
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
	buf_init(&r.text, LIMIT_LINE_MAX);
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
