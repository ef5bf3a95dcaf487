/* SPDX-License-Identifier: MIT */
#include "failed.h"

#include "ndjson/ndjson.h"

#include "base/banned.h"

int
failed_open(struct failed *x, const char *path, struct cli *c, struct fail *f)
{
	x->cli = c;
	buf_init(&x->text, 8 * LIMIT_LINE_MAX);
	return path == NULL ? 0 : io_out_append(&x->out, path, f);
}

void
failed_close(struct failed *x)
{
	io_out_close(x->out);
	buf_release(&x->text);
}

static void
count(struct failed *x, const struct failed_line *line)
{
	size_t i = 0;

	x->n++;
	while (i < x->error_n && strcmp(x->error[i].name, line->name) != 0)
		i++;
	if (i == x->error_n && i < FAILED_ERRORS)
		x->error[x->error_n++].name = line->name;
	if (i < FAILED_ERRORS)
		x->error[i].n++;
	switch (line->code) {
	case FAIL_DATA:
		x->own++;
		return;
	case FAIL_USAGE:
		x->usage++;
		break;
	case FAIL_DENIED:
		x->denied++;
		break;
	default:
		x->retry++;
		break;
	}
	fail_set(&x->first, line->code, "%s", line->text);
}

static void
tell(const struct failed *x, const struct failed_line *line)
{
	cli_complain(x->cli, "'%s': line %llu: %s: %s",
		     line->file == NULL ? "stdin" : line->file,
		     (unsigned long long)line->line, line->name, line->text);
}

/* Texts come from elsewhere: what is not UTF-8 is not let through. */
static int
put_text(struct buf *out, const char *text)
{
	struct str s = str_of(text);
	size_t at;

	return ndjson_put_string(out, ndjson_is_utf8(s.p, s.n, &at)
					      ? s
					      : STR_LIT("(not UTF-8)"));
}

static int
format(struct buf *out, const struct failed_line *line)
{
	int rc = buf_add_cstr(out, "{");

	if (rc == 0 && line->file != NULL) {
		rc = buf_add_cstr(out, "\"file\":");
		if (rc == 0)
			rc = put_text(out, line->file);
		if (rc == 0)
			rc = buf_add_char(out, ',');
	}
	if (rc == 0)
		rc = buf_addf(out,
			      "\"line\":%llu,\"error\":\"%s\",\"message\":",
			      (unsigned long long)line->line, line->name);
	if (rc == 0)
		rc = put_text(out, line->text);
	if (rc == 0 && line->is_cut)
		rc = buf_add_cstr(out, ",\"cut\":true");
	if (rc == 0)
		rc = buf_add_char(out, ',');
	if (rc == 0)
		rc = ndjson_put_raw(out, line->raw);
	return rc == 0 ? buf_add_cstr(out, "}\n") : rc;
}

void
failed_add(struct failed *x, const struct failed_line *line)
{
	count(x, line);
	tell(x, line);
	if (x->out == NULL || x->why.code != 0)
		return;
	buf_reset(&x->text);
	if (format(&x->text, line) != 0)
		fail_memory(&x->why);
	else if (io_out_write(x->out, x->text.p, x->text.len, &x->why) != 0)
		fail_prefix(&x->why, "lines that failed are not kept: ");
}

int
failed_flush(struct failed *x, struct fail *f)
{
	if (x->why.code != 0)
		return fail_set(f, x->why.code, "%s", x->why.text);
	return x->out == NULL ? 0 : io_out_flush(x->out, f);
}

int
failed_commit(struct failed *x, struct fail *f)
{
	int rc = failed_flush(x, f);

	return rc == 0 && x->out != NULL ? io_out_commit(x->out, f) : rc;
}

void
failed_tell(const struct failed *x)
{
	for (size_t i = 0; i < x->error_n; i++)
		cli_stat_in(x->cli, "failed_by_error", x->error[i].name,
			    x->error[i].n);
}

int
failed_judge(const struct failed *x, const struct lines_options *o,
	     struct fail *f)
{
	uint64_t n = x->usage + x->denied + x->retry;
	int code = x->denied > 0  ? FAIL_DENIED
		   : x->retry > 0 ? FAIL_RETRY
		   : x->usage > 0 ? FAIL_USAGE
				  : 0;

	if (code != 0)
		return fail_set(f, code, "lines not delivered: %llu; first: %s",
				(unsigned long long)n, x->first.text);
	return lines_judge(o, "lines that could not be sent", x->own, 0, f);
}
