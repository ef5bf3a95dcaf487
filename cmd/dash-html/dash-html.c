/* SPDX-License-Identifier: MIT */
/*
 * dash-html - draws the measures of agg-hourly as one HTML page, or as text.
 * All lines are read before anything is drawn, and a page appears whole or
 * not at all: a viewer never sees half of one.
 */
#include "chart/chart.h"
#include "opts.h"
#include "stream/stream.h"

#include "base/banned.h"

/* The lines of measures on their way to the board, and what became of them. */
struct reading {
	struct cli *cli;
	const struct opts *o;
	struct chart_board *board;
	struct stream *stream;
	uint64_t used;
	uint64_t outside; /* of --from and --to */
	uint64_t refused; /* JSON, but no line of measures */
};

/* ---- reading ---- */

static uint64_t
malformed(const struct stream_counts *n)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NDJSON_REASONS; i++)
		sum += n->bad[i];
	return sum;
}

/* Complains of a line, or ends the run by it. */
static int
refuse(struct reading *r, const struct fail *why, struct fail *f)
{
	uint64_t bad = r->refused + malformed(stream_counts(r->stream));

	if (bad > lines_max_bad(&r->o->lines, 0))
		return fail_set(f, why->code, "%s", why->text);
	cli_complain(r->cli, "%s", why->text);
	return 0;
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct reading *r = ctx;
	struct fail why = {0};
	int rc;

	if (rec->line.reason != NDJSON_OK) {
		(void)stream_fail_bad(rec, &why);
		return refuse(r, &why, f);
	}
	rc = chart_board_add(r->board, &rec->line, &why);
	if (rc >= 0) {
		*(rc == 0 ? &r->used : &r->outside) += 1;
		return 0;
	}
	if (rc != FAIL_DATA)
		return fail_set(f, rc, "%s", why.text);
	r->refused++;
	fail_prefix(&why, "'%s': line %llu: ", rec->file,
		    (unsigned long long)rec->line.number);
	return refuse(r, &why, f);
}

static int
account(const struct reading *r, struct fail *f)
{
	static const char *const name[] = {"used", "outside", "refused",
					   "malformed"};
	const struct stream_counts *n = stream_counts(r->stream);
	const uint64_t part[] = {r->used, r->outside, r->refused, malformed(n)};

	return lines_account(r->cli, n, part, name, 4, f);
}

static int
read_measures(struct cli *c, const struct opts *o, struct chart_board *b,
	      struct fail *f)
{
	struct stream_options so = lines_stream(&o->lines, c, NULL);
	struct reading r = {.cli = c, .o = o, .board = b};
	struct fail ignored = {0};
	size_t n;
	const struct str *keys = chart_keys(&n);
	int rc;

	so.ndjson.want_rest = true;
	rc = stream_open(&r.stream, c->operand, c->operand_n, keys, NULL, n,
			 &so, f);
	if (rc != 0)
		return rc;
	/* A table's reader marks its place with barriers; a page needs none. */
	rc = stream_run(r.stream, take_line, NULL, &r, f);
	/* After a failure the figures are still told, but not judged. */
	if (rc == 0)
		rc = account(&r, f);
	else
		(void)!account(&r, &ignored);
	stream_close(r.stream);
	return rc;
}

/* A line for the top lists; there is no putting up with a bad one. */
static int
take_top_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct chart_board *b = ctx;
	int rc;

	if (rec->line.reason != NDJSON_OK)
		return stream_fail_bad(rec, f);
	rc = chart_board_add_top(b, &rec->line, f);
	if (rc != 0)
		fail_prefix(f, "'%s': line %llu: ", rec->file,
			    (unsigned long long)rec->line.number);
	return rc;
}

static int
read_top(struct cli *c, const struct opts *o, struct chart_board *b,
	 struct fail *f)
{
	struct stream_options so = lines_stream(&o->lines, c, NULL);
	struct stream *s = NULL;
	char path[LIMIT_PATH];
	char *const paths[] = {path};
	size_t n;
	const struct str *keys = chart_keys(&n);
	int rc;

	if (o->top == NULL)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s", o->top) >= sizeof(path))
		return fail_set(f, FAIL_USAGE, "--top: the path is too long");
	chart_board_top_apart(b);
	so.ndjson.want_rest = true;
	rc = stream_open(&s, paths, 1, keys, NULL, n, &so, f);
	if (rc != 0)
		return rc;
	rc = stream_run(s, take_top_line, NULL, b, f);
	cli_stat(c, "top_lines", stream_counts(s)->lines);
	stream_close(s);
	return rc;
}

/* Overlaps show only when all lines are there. */
static int
check_windows(const struct cli *c, const struct chart_board *b, struct fail *f)
{
	int rc = chart_board_check(b, f);

	if (rc == FAIL_DATA && c->operand_n == 1)
		fail_prefix(f, "'%s': ", c->operand[0]);
	return rc;
}

static int
read_quality(const struct opts *o, struct chart_board *b, struct fail *f)
{
	struct buf text;
	size_t i;
	int rc = 0;

	buf_init(&text, LIMIT_CONFIG);
	for (i = 0; i < o->quality.n && rc == 0; i++) {
		buf_reset(&text);
		rc = io_read_file(o->quality.item[i], LIMIT_CONFIG, &text, f);
		if (rc != 0)
			break;
		rc = chart_board_add_quality(b, buf_str(&text), f);
		if (rc != 0)
			fail_prefix(f, "'%s': ", o->quality.item[i]);
	}
	buf_release(&text);
	return rc;
}

/* ---- drawing ---- */

/* The style sheet, with a NUL behind it. One that could end the element it
 * is put into is refused. */
static int
read_style(const struct opts *o, struct buf *css, struct fail *f)
{
	char path[LIMIT_PATH];
	const char *name = o->style;
	size_t i;
	int rc;

	if (name == NULL) {
		int n = snprintf(path, sizeof(path), "%s/dashboard/page.css",
				 cli_share());

		if (n < 0 || (size_t)n >= sizeof(path))
			return fail_set(f, FAIL_USAGE,
					"the share folder's path is too long");
		name = path;
	}
	rc = io_read_file(name, LIMIT_CONFIG, css, f);
	if (rc != 0)
		return rc;
	for (i = 0; i < css->len; i++)
		if (css->p[i] == '<' || css->p[i] == '\0')
			return fail_set(f, FAIL_USAGE,
					"'%s': byte %zu: a style sheet may "
					"not hold '<' or a NUL",
					name, i);
	return buf_add_char(css, '\0') == 0 ? 0 : fail_memory(f);
}

static int
draw(const struct opts *o, const struct chart_board *b, struct buf *page,
     struct fail *f)
{
	struct chart_options co = {
		.title = o->title,
		.now_us = o->now_us,
		.stale_after_us = o->stale_after_us,
		.period_us = o->period_us,
		.refresh_s = o->refresh_s,
		.columns = (unsigned)o->width,
	};
	struct buf css;
	int rc;

	if (o->format == OPTS_TERM)
		return chart_draw_term(b, &co, page, f);
	buf_init(&css, LIMIT_CONFIG + 1);
	rc = read_style(o, &css, f);
	if (rc == 0) {
		co.css = css.p;
		rc = chart_draw_html(b, &co, page, f);
	}
	buf_release(&css);
	return rc;
}

static int
write_page(const struct opts *o, struct str page, struct fail *f)
{
	struct io_out *out = NULL;
	int rc = io_out_create(&out, o->output, f);

	if (rc == 0)
		rc = io_out_write(out, page.p, page.n, f);
	if (rc == 0)
		rc = io_out_commit(out, f);
	io_out_close(out);
	return rc;
}

static int
run(struct cli *c, const struct opts *o, struct fail *f)
{
	struct chart_board *b = NULL;
	struct buf page;
	int rc;

	buf_init(&page, LIMIT_CHART_PAGE);
	rc = chart_board_open(&b, f);
	if (rc == 0)
		chart_board_span(b, o->from_us, o->to_us);
	if (rc == 0)
		rc = read_top(c, o, b, f);
	if (rc == 0)
		rc = read_measures(c, o, b, f);
	if (rc == 0)
		rc = check_windows(c, b, f);
	if (rc == 0)
		rc = read_quality(o, b, f);
	if (rc == 0)
		rc = draw(o, b, &page, f);
	if (rc == 0) {
		cli_stat(c, "page_bytes", page.len);
		rc = write_page(o, buf_str(&page), f);
	}
	chart_board_close(b);
	buf_release(&page);
	return rc;
}

int
main(int argc, char **argv)
{
	struct opts o = {.from_us = INT64_MIN, .to_us = INT64_MAX};
	struct fail f = {0};
	struct cli c;
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	rc = run(&c, &o, &f);
	return cli_end(&c, rc, &f);
}
