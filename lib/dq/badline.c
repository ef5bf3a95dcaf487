/* SPDX-License-Identifier: MIT */
/*
 * Records of bad lines: the bytes as they came, where they came from, and
 * every rule they failed, so that a line can be mended and sent again, and
 * nobody has to guess why it was taken out.
 */
#include "dq/judge.h"

/* The record of a line of LIMIT_LINE_MAX bytes that are all escaped. */
#define RECORD_MAX (8 * LIMIT_LINE_MAX)

static int
put_raw(struct doc_writer *w, const struct ndjson_line *line)
{
	struct str raw = {line->p, line->n};
	struct buf base64;
	size_t at;
	int rc;

	if (ndjson_is_utf8(raw.p, raw.n, &at)) {
		doc_put_str(w, "raw", raw);
		return 0;
	}
	buf_init(&base64, RECORD_MAX);
	rc = ndjson_put_base64(&base64, raw);
	if (rc == 0)
		doc_put_raw(w, "rawBase64", buf_str(&base64));
	buf_release(&base64);
	return rc;
}

static void
put_reason(struct doc_writer *w, const struct ndjson_line *line)
{
	doc_begin_object(w, NULL);
	doc_put_cstr(w, "type", "malformed");
	doc_put_cstr(w, "reason", ndjson_reason_name(line->reason));
	doc_put_u64(w, "byte", line->bad_at + 1); /* as in messages */
	doc_put_cstr(w, "severity", dq_severity_name(DQ_CRITICAL));
	doc_end_object(w);
}

/* FAIL_MEMORY when there is none for the value. */
static int
put_rule(struct doc_writer *w, struct dq_judge *j, const struct dq_rule *r)
{
	struct str value = dq_value_json(&j->val[r->column], &j->row_mem);

	if (value.p == NULL)
		return FAIL_MEMORY;
	doc_begin_object(w, NULL);
	doc_put_str(w, "type", r->type);
	doc_put_str(w, "column", j->suite->columns.key[r->column]);
	doc_put_raw(w, "value", value);
	doc_put_cstr(w, "severity", dq_severity_name(r->severity));
	doc_end_object(w);
	return 0;
}

static int
put_rules(struct doc_writer *w, struct dq_judge *j,
	  const struct ndjson_line *line)
{
	size_t i;
	int rc = 0;

	doc_begin_array(w, "rules");
	if (line->reason != NDJSON_OK)
		put_reason(w, line);
	else
		for (i = 0; rc == 0 && i < j->failed_n; i++)
			rc = put_rule(w, j, &j->suite->rule[j->failed[i]]);
	doc_end_array(w);
	return rc;
}

int
dq_put_bad(struct dq_judge *j, const struct ndjson_line *line, const char *file,
	   bool is_inline, struct buf *out, struct fail *f)
{
	struct doc_writer w;
	int rc;

	doc_writer_init(&w, out, 0);
	doc_begin_object(&w, NULL);
	if (is_inline)
		doc_begin_object(&w, "@bad");
	if (put_raw(&w, line) < 0)
		return fail_memory(f);
	/* Of a line over the limit only the beginning is kept. */
	if (line->reason == NDJSON_TOO_LONG)
		doc_put_u64(&w, "bytes", line->raw_n);
	if (!is_inline)
		doc_put_cstr(&w, "file", file);
	doc_put_u64(&w, "line", line->number);
	doc_put_u64(&w, "offset", line->offset);
	if (put_rules(&w, j, line) < 0)
		return fail_memory(f);
	if (is_inline)
		doc_end_object(&w);
	doc_end_object(&w);
	rc = doc_writer_end(&w, f);
	if (rc == 0 && buf_add_char(out, '\n') < 0)
		return fail_memory(f);
	return rc;
}
