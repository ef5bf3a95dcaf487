/* SPDX-License-Identifier: MIT */
/* A suite and a few rows for tests of the judge, and what became of them. */
#ifndef TESTS_DQ_TABLE_H
#define TESTS_DQ_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dq/dq.h"

#define TYPE(name) "\"type\":\"expect_column_values_to_" name "\""

/* One rule, a few rows, and what became of them. */
struct table {
	struct dq_suite *suite;
	struct ndjson *reader;
	struct dq_judge *judge;
	struct str rest; /* lines not yet read */
};

static inline int
read_rest(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct table *t = ctx;

	(void)f;
	*got = t->rest.n < cap ? t->rest.n : cap;
	memcpy(dst, t->rest.p, *got);
	t->rest.p += *got;
	t->rest.n -= *got;
	return 0;
}

static inline void
open_table(struct table *t, const char *suite, const struct dq_options *o)
{
	static const struct ndjson_options full = {.mode = NDJSON_FULL};
	struct fail f = {0};
	const struct str *keys;
	size_t n;

	if (dq_suite_parse(&t->suite, str_of(suite), "s.json", &f) != 0)
		fail_msg("%s", f.text);
	assert_int_equal(dq_judge_open(&t->judge, t->suite, o, &f), 0);
	keys = dq_suite_columns(t->suite, &n);
	assert_int_equal(ndjson_open(&t->reader, keys, NULL, n, &full, &f), 0);
}

static inline void
close_table(struct table *t)
{
	dq_judge_close(t->judge);
	ndjson_close(t->reader);
	dq_suite_close(t->suite);
}

/* Judge lines; a 1 or 0 a line, good or bad, as a text. */
static inline const char *
judge(struct table *t, const char *lines)
{
	static char verdict[64];
	struct ndjson_line line;
	size_t n = 0;

	t->rest = str_of(lines);
	ndjson_start(t->reader, read_rest, t);
	while (ndjson_next(t->reader, &line, NULL) > 0) {
		assert_int_equal(line.reason, NDJSON_OK);
		assert_true(n + 1 < sizeof(verdict));
		verdict[n++] = dq_judge_row(t->judge, line.val) ? '1' : '0';
	}
	verdict[n] = 0;
	return verdict;
}

/* Uniqueness of one column, and whole numbers for it. */
static const char unique_suite[] = "{\"name\":\"s\",\"expectations\":[{" TYPE(
	"be_unique") ",\"kwargs\":{\"column\":\"v\"}}]}";

static inline unsigned
judge_numbers(struct table *t, int from, int to)
{
	struct ndjson_val val = {.kind = NDJSON_INT};
	char text[NUM_I64_MAX];
	unsigned bad = 0;

	for (int i = from; i < to; i++) {
		val.p = text;
		val.n = (uint32_t)num_format_i64(text, i);
		bad += !dq_judge_row(t->judge, &val);
	}
	return bad;
}

#endif
