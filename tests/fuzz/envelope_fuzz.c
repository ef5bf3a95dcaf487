/* SPDX-License-Identifier: MIT */
/*
 * Any record becomes one line of JSON, and comes back the same; and no line
 * harms the reader. The first byte says what the record has, the second and
 * third where the rest is cut into key, header and value.
 */
#include <stdio.h>
#include <stdlib.h>

#include "envelope/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok, const char *why)
{
	if (!ok) {
		fprintf(stderr, "%s\n", why);
		abort();
	}
}

static struct ndjson *
open_reader(struct str text)
{
	struct ndjson_options o = {.max_line = LIMIT_LINE_MAX};
	const struct str *keys;
	struct ndjson *r;
	const int *slot;
	size_t n;

	envelope_keys(&keys, &slot, &n);
	check(ndjson_open(&r, keys, slot, n, &o, NULL) == 0, "memory");
	ndjson_start_text(r, text);
	return r;
}

static bool
is_same(struct str a, struct str b)
{
	return (a.p == NULL) == (b.p == NULL) && str_equal(a, b);
}

static void
check_same(const struct envelope *a, const struct envelope *b)
{
	check(is_same(a->topic, b->topic), "another topic");
	check(is_same(a->key, b->key), "another key");
	check(is_same(a->value, b->value), "another value");
	check(a->partition == b->partition, "another partition");
	check(a->time_ms == b->time_ms, "another time");
	check(a->header_n == b->header_n, "another number of headers");
	for (size_t i = 0; i < a->header_n; i++) {
		check(is_same(a->header[i].name, b->header[i].name),
		      "another name");
		check(is_same(a->header[i].value, b->header[i].value),
		      "another header");
	}
}

static void
check_round_trip(struct envelope_writer *w, const struct envelope *e)
{
	struct ndjson_line line;
	struct envelope back;
	struct arena a = {0};
	struct ndjson *r;
	struct buf out;
	size_t at;

	buf_init(&out, LIMIT_LINE_MAX);
	check(envelope_format(w, e, 1, &out) == 0, "memory");
	check(out.len > 0 &&
		      memchr(out.p, '\n', out.len) == out.p + out.len - 1,
	      "not one line");
	check(ndjson_validate(out.p, out.len, LIMIT_DEPTH, 0, &at) == NDJSON_OK,
	      "not JSON");
	r = open_reader(buf_str(&out));
	check(ndjson_next(r, &line, NULL) == 1 && line.reason == NDJSON_OK,
	      "refused");
	check(envelope_parse(line.val, &a, &back, NULL) == 0, "not read back");
	check_same(e, &back);
	ndjson_close(r);
	arena_release(&a);
	buf_release(&out);
}

/* Any text, by the reader of envelopes. */
static void
check_reading(struct str text)
{
	struct ndjson *r = open_reader(text);
	struct ndjson_line line;
	struct arena a = {0};
	struct envelope e;

	while (ndjson_next(r, &line, NULL) == 1)
		if (line.reason == NDJSON_OK)
			(void)!envelope_parse(line.val, &a, &e, NULL);
	ndjson_close(r);
	arena_release(&a);
}

/* The next n bytes, or what is left. */
static struct str
cut(struct str *rest, size_t n)
{
	struct str s = {rest->p, n < rest->n ? n : rest->n};

	rest->p += s.n;
	rest->n -= s.n;
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest;
	struct envelope_header header[2];
	struct envelope_writer *w;
	struct envelope e;
	uint8_t has;

	if (size < 3)
		return 0;
	rest = (struct str){(const char *)data + 3, size - 3};
	check_reading(rest);
	has = data[0];
	e = (struct envelope){.topic = STR_LIT("a.b-c_d"),
			      .partition = has & 1 ? 7 : -1,
			      .offset = has & 2 ? 12 : -1,
			      .time_ms = has & 4 ? 1795338000000 : -1,
			      .is_append = (has & 8) != 0,
			      .header = header};
	if (has & 16)
		e.key = cut(&rest, data[1]);
	if (has & 32) {
		header[0].name = cut(&rest, data[2] / 16);
		header[0].value = cut(&rest, data[2] % 16);
		header[1] = (struct envelope_header){header[0].name, {NULL, 0}};
		e.header_n = 2;
	}
	if (has & 64)
		e.value = rest;
	check(envelope_writer_open(&w, NULL) == 0, "memory");
	check_round_trip(w, &e);
	check_round_trip(w, &e); /* its heads are known now */
	envelope_writer_close(w);
	return 0;
}
