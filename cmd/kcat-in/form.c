/* SPDX-License-Identifier: MIT */
#include "form.h"

#include <stdlib.h>

#include "base/banned.h"

#define AHEAD 8 /* records */

int
form_open(struct form *w, const struct opts *o, struct fail *f)
{
	*w = (struct form){.format = (enum format)o->format,
			   .has_job = o->job != NULL};
	buf_init(&w->text, LIMIT_LINE_MAX);
	return w->format == FORMAT_RAW ? 0
				       : envelope_writer_open(&w->envelope, f);
}

void
form_close(struct form *w)
{
	envelope_writer_close(w->envelope);
	free(w->header);
	buf_release(&w->text);
}

static bool
is_blank_char(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte that is none, or n. */
static size_t
skip_blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && is_blank_char(p[i]))
		i++;
	return i;
}

/* ---- raw ---- */

static int
put_line(struct buf *out, const char *p, size_t n)
{
	if (buf_reserve(out, n + 1) != 0)
		return FAIL_MEMORY;
	memcpy(out->p + out->len, p, n);
	out->p[out->len + n] = '\n';
	out->len += n + 1;
	return 0;
}

/* A line feed in JSON is white space, as a blank is. */
static void
unfold(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '\n')
			p[i] = ' ';
}

/* A value that cannot go on as it is becomes a bad line, as dq-check would
 * have written it, that keeps its bytes. */
static int
put_wrapped(struct form *w, const char *p, size_t n, const char *reason,
	    struct buf *out)
{
	size_t start = out->len;

	w->wrapped++;
	if (buf_add_cstr(out, NDJSON_BAD_PREFIX "{") == 0 &&
	    ndjson_put_raw(out, (struct str){p, n}) == 0 &&
	    buf_addf(out,
		     ",\"rules\":[{\"type\":\"malformed\",\"reason\":"
		     "\"%s\",\"severity\":\"critical\"}]}}\n",
		     reason) == 0)
		return 0;
	out->len = start;
	return FAIL_MEMORY;
}

/* What is no JSON and has line feeds would become several lines. */
static int
put_folded(struct form *w, const char *p, size_t n, struct buf *out)
{
	size_t at;

	if (ndjson_validate(p, n, LIMIT_DEPTH, NDJSON_ALLOW_LONE_SURROGATES,
			    &at) != NDJSON_OK)
		return put_wrapped(w, p, n, "line_feed", out);
	if (put_line(out, p, n) != 0)
		return FAIL_MEMORY;
	unfold(out->p + out->len - n - 1, n);
	return 0;
}

/* A later stage would take it for what a stage before has judged, or stop at
 * it for ever. */
static bool
is_forged(const struct form *w, const char *p, size_t n)
{
	return w->has_job && str_starts((struct str){p, n}, NDJSON_BAD_PREFIX);
}

static int
put_raw(struct form *w, const struct kafka_record *r, struct buf *out)
{
	const char *p = r->value;
	size_t n = r->value_n;

	if (p == NULL) {
		w->tombstones++;
		return 0;
	}
	if (n == 0 || (is_blank_char(p[0]) && skip_blanks(p, n) == n)) {
		w->blank++;
		return 0;
	}
	w->lines++;
	if (PORT_UNLIKELY(is_forged(w, p, n)))
		return put_wrapped(w, p, n, "reserved", out);
	if (PORT_UNLIKELY(memchr(p, '\n', n) != NULL))
		return put_folded(w, p, n, out);
	return put_line(out, p, n);
}

/* ---- envelopes ---- */

static int
get_headers(struct form *w, const struct kafka_record *r, struct envelope *e)
{
	const char *name, *value;
	size_t n;

	while (kafka_record_header(r, e->header_n, &name, &value, &n)) {
		if (!MEM_GROW(&w->header, w->header_n, &w->header_cap))
			return FAIL_MEMORY;
		w->header[w->header_n++] = (struct envelope_header){
			str_of(name), {value, value == NULL ? 0 : n}};
		e->header_n++;
	}
	return 0;
}

static int
get_envelope(struct form *w, const struct kafka_record *r, struct envelope *e)
{
	const struct kafka_part *part = &w->part[r->part];

	*e = (struct envelope){
		.topic = str_of(part->topic),
		.partition = part->number,
		.offset = r->offset,
		.key = {r->key, r->key_n},
		.value = {r->value, r->value_n},
	};
	e->time_ms = kafka_record_time(r, &e->is_append);
	return get_headers(w, r, e);
}

/* Records come from another thread's cache: have both ends of the value, where
 * headers begin, on their way. */
static void
fetch(const struct kafka_record *r)
{
	PORT_PREFETCH(r->value);
	PORT_PREFETCH(r->value + r->value_n);
}

/* At most FORM_CHUNK of them. */
static int
put_envelopes(struct form *w, const struct kafka_record *r, size_t n,
	      struct buf *out)
{
	const struct envelope_header *header;

	w->header_n = 0;
	for (size_t i = 0; i < n && i < AHEAD; i++)
		fetch(&r[i]);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			fetch(&r[i + AHEAD]);
		if (get_envelope(w, &r[i], &w->record[i]) != 0)
			return FAIL_MEMORY;
	}
	/* now they stay where they are */
	header = w->header;
	for (size_t i = 0; i < n; i++) {
		w->record[i].header = header;
		header += w->record[i].header_n;
	}
	w->lines += n;
	return envelope_format(w->envelope, w->record, n, out);
}

/* ---- splice ---- */

/* {"_k":{"t":"topic","p":0,"o":12,"ts":1795338000000} */
static int
put_place(struct form *w, const struct kafka_record *r, struct buf *out)
{
	const struct kafka_part *part = &w->part[r->part];
	bool ok = buf_add_cstr(out, "{\"_k\":{\"t\":\"") == 0 &&
		  buf_add_cstr(out, part->topic) == 0 &&
		  buf_add_cstr(out, "\",\"p\":") == 0 &&
		  buf_add_i64(out, part->number) == 0 &&
		  buf_add_cstr(out, ",\"o\":") == 0 &&
		  buf_add_i64(out, r->offset) == 0 &&
		  buf_add_cstr(out, ",\"ts\":") == 0 &&
		  buf_add_i64(out, kafka_record_time(r, NULL)) == 0 &&
		  buf_add_char(out, '}') == 0;

	return ok ? 0 : FAIL_MEMORY;
}

/* A value that is no object goes behind _k as an envelope has it. */
static int
put_other_value(struct form *w, const struct kafka_record *r, struct buf *out)
{
	struct envelope e = {
		.partition = -1,
		.offset = -1,
		.time_ms = -1,
		.key = {r->key, r->key_n},
		.value = {r->value, r->value_n},
	};
	size_t brace;

	buf_reset(&w->text);
	if (envelope_format(w->envelope, &e, 1, &w->text) != 0)
		return FAIL_MEMORY;
	brace = skip_blanks(w->text.p, w->text.len) + 1;
	return buf_add_char(out, ',') != 0
		       ? FAIL_MEMORY
		       : buf_add(out, w->text.p + brace, w->text.len - brace);
}

static int
put_spliced(struct form *w, const struct kafka_record *r, struct buf *out)
{
	size_t begin = r->value == NULL ? 0 : skip_blanks(r->value, r->value_n);
	size_t start = out->len, member;
	int rc;

	w->lines++;
	rc = put_place(w, r, out);
	if (rc == 0 &&
	    (r->value == NULL || begin == r->value_n || r->value[begin] != '{'))
		return put_other_value(w, r, out);
	begin++;
	member = begin + skip_blanks(r->value + begin, r->value_n - begin);
	if (rc == 0 && (member == r->value_n || r->value[member] != '}'))
		rc = buf_add_char(out, ',');
	if (rc == 0)
		rc = put_line(out, r->value + begin, r->value_n - begin);
	if (rc != 0)
		out->len = start;
	else if (memchr(r->value, '\n', r->value_n) != NULL)
		unfold(out->p + out->len - (r->value_n - begin) - 1,
		       r->value_n - begin);
	return rc;
}

int
form_put(struct form *w, const struct kafka_record *r, size_t n,
	 struct buf *out, struct fail *f)
{
	size_t step = w->format == FORMAT_ENVELOPE ? FORM_CHUNK : 1;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i += step)
		if (w->format == FORMAT_RAW)
			rc = put_raw(w, &r[i], out);
		else if (w->format == FORMAT_SPLICE)
			rc = put_spliced(w, &r[i], out);
		else
			rc = put_envelopes(w, &r[i],
					   n - i < step ? n - i : step, out);
	return rc == 0 ? 0 : fail_memory(f);
}
