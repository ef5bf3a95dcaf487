/* SPDX-License-Identifier: MIT */
/* The ties between a command line and its stream, and nothing else. */
#include "lines/lines.h"

#include <sys/stat.h>

static void
tell_progress(void *ctx, const struct stream *s)
{
	uint64_t done;
	int64_t total;

	stream_progress(s, &done, &total);
	cli_progress(ctx, done, total, stream_counts(s)->lines);
}

struct stream_options
lines_stream(const struct lines_options *o, struct cli *c, struct io_out *flush)
{
	return (struct stream_options){
		.ndjson = {.mode = (enum ndjson_mode)o->validate,
			   .max_line = (size_t)o->max_line},
		.want_line_buffered = o->is_line_buffered,
		.is_drop_allowed = o->is_drop_allowed,
		.flush = flush,
		.progress = tell_progress,
		.progress_ctx = c,
	};
}

int
lines_check_output(const struct cli *c, size_t first, const char *option,
		   const char *path, struct fail *f)
{
	struct stat out, in;
	bool is_same;

	if (path == NULL || stat(path, &out) != 0 || !S_ISREG(out.st_mode))
		return 0;
	is_same = first >= c->operand_n && fstat(0, &in) == 0 &&
		  in.st_dev == out.st_dev && in.st_ino == out.st_ino;
	for (size_t i = first; !is_same && i < c->operand_n; i++)
		is_same = stat(c->operand[i], &in) == 0 &&
			  in.st_dev == out.st_dev && in.st_ino == out.st_ino;
	if (!is_same)
		return 0;
	return fail_set(f, FAIL_USAGE, "--%s '%s' is an input as well", option,
			path);
}

void
lines_tell_bad(struct cli *c, const struct stream_record *rec)
{
	struct fail why = {0};

	(void)stream_fail_bad(rec, &why);
	cli_complain(c, "%s", why.text);
}

/* A column's own name stands before its aliases. */
int
lines_print_columns(const struct str *key, const int *slot, size_t n,
		    struct io_out *out, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (i > 0 && slot != NULL && slot[i] == slot[i - 1])
			continue;
		if (i > 0)
			rc = io_out_write(out, ",", 1, f);
		if (rc == 0)
			rc = io_out_write(out, key[i].p, key[i].n, f);
	}
	if (rc == 0)
		rc = io_out_write(out, "\n", 1, f);
	return rc == 0 ? io_out_flush(out, f) : rc;
}

int
lines_account(struct cli *c, const struct stream_counts *in,
	      const uint64_t *part, const char *const *name, size_t n,
	      struct fail *f)
{
	cli_stat(c, "lines", in->lines);
	cli_stat(c, "bytes", in->bytes);
	for (size_t i = 0; i < n; i++)
		cli_stat(c, name[i], part[i]);
	for (size_t i = 0; i < NDJSON_REASONS; i++)
		if (in->bad[i] > 0)
			cli_stat_in(c, "bad_by_reason",
				    ndjson_reason_name((enum ndjson_reason)i),
				    in->bad[i]);
	cli_stat(c, "blank", in->blank);
	cli_stat(c, "crlf", in->crlf);
	cli_stat(c, "barriers", in->barriers);
	return cli_balance(c, in->lines, part, name, n, f);
}

uint64_t
lines_max_bad(const struct lines_options *o, uint64_t otherwise)
{
	return o->max_bad >= 0 ? (uint64_t)o->max_bad : otherwise;
}

int
lines_judge(const struct lines_options *o, const char *what, uint64_t n,
	    uint64_t otherwise, struct fail *f)
{
	uint64_t max = lines_max_bad(o, otherwise);

	if (n <= max)
		return 0;
	return fail_set(f, FAIL_DATA, "%s: %llu; --max-bad allows %llu", what,
			(unsigned long long)n, (unsigned long long)max);
}
