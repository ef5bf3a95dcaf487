/* SPDX-License-Identifier: MIT */
/*
 * Rows: whatever comes as lines, every one is counted once, the records of
 * bad ones are JSON, and a state saved is a state that loads.
 */
#include <stdlib.h>

#include "dq/dq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const rules[][2] = {
	{"s_to_not_be_null", ""},
	{"s_to_be_in_set", ",\"value_set\":[1,2.5,\"a\",true]"},
	{"s_to_be_between", ",\"min_value\":-1,\"max_value\":1e18"},
	{"s_to_be_between", ",\"min_value\":\"a\""},
	{"s_to_be_of_type", ",\"type_\":\"integer\""},
	{"s_to_match_regex", ",\"regex\":\"^(\\\\w+\\\\s?)+$\""},
	{"_lengths_to_equal", ",\"value\":3"},
	{"s_to_be_unique", ""},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

static void
open_suite(struct dq_suite **suite)
{
	struct buf text;
	size_t i;
	int rc;

	buf_init(&text, 4096);
	rc = buf_add_cstr(&text, "{\"name\":\"s\",\"expectations\":[");
	for (i = 0; rc == 0 && i < RULES; i++)
		rc = buf_addf(&text,
			      "%s{\"type\":\"expect_column_value%s\","
			      "\"kwargs\":{\"column\":\"v\"%s}}",
			      i == 0 ? "" : ",", rules[i][0], rules[i][1]);
	if (rc != 0 || buf_add_cstr(&text, "]}") != 0 ||
	    dq_suite_parse(suite, buf_str(&text), "s", NULL) != 0)
		abort();
	buf_release(&text);
}

struct source {
	const char *p;
	size_t n;
};

static int
read_source(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct source *s = ctx;

	(void)f;
	*got = s->n < cap ? s->n : cap;
	memcpy(dst, s->p, *got);
	s->p += *got;
	s->n -= *got;
	return 0;
}

static void
check_record(struct dq_judge *j, const struct ndjson_line *line,
	     struct buf *out)
{
	size_t at;

	buf_reset(out);
	if (dq_put_bad(j, line, "f", line->number % 2 == 0, out, NULL) != 0 ||
	    ndjson_validate(out->p, out->len, 1000,
			    NDJSON_ALLOW_LONE_SURROGATES, &at) != NDJSON_OK)
		abort();
}

static void
check_state(const struct dq_suite *suite, const struct dq_judge *j,
	    struct buf *out)
{
	struct dq_judge *next;

	buf_reset(out);
	if (dq_save(j, out, NULL) != 0 ||
	    dq_judge_open(&next, suite, NULL, NULL) != 0 ||
	    dq_load(next, buf_str(out), NULL) != 0)
		abort();
	dq_judge_close(next);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct ndjson_options o = {.mode = NDJSON_FULL};
	static struct dq_suite *suite;
	static struct ndjson *reader;
	struct source source = {(const char *)data, n};
	struct ndjson_line line;
	struct dq_judge *j;
	struct buf out;
	uint64_t lines = 0;
	const struct dq_counts *c;

	if (suite == NULL) {
		struct str key = STR_LIT("v");

		open_suite(&suite);
		if (ndjson_open(&reader, &key, NULL, 1, &o, NULL) != 0)
			abort();
	}
	if (dq_judge_open(&j, suite, NULL, NULL) != 0)
		abort();
	buf_init(&out, SIZE_MAX);
	ndjson_start(reader, read_source, &source);
	while (ndjson_next(reader, &line, NULL) > 0) {
		lines++;
		if (line.reason != NDJSON_OK)
			dq_judge_malformed(j, line.reason);
		else if (dq_judge_row(j, line.val))
			continue;
		check_record(j, &line, &out);
	}
	c = dq_counts(j);
	if (c->good + c->bad != c->rows || c->rows + c->malformed != lines)
		abort();
	check_state(suite, j, &out);
	buf_release(&out);
	dq_judge_close(j);
	return 0;
}
