/* SPDX-License-Identifier: MIT */
/*
 * Suites: refused with a sentence, or compiled into rules that judge rows
 * without harm, whatever the rules are.
 */
#include <stdlib.h>

#include "dq/dq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const values[] = {
	"null",
	"true",
	"-1.5e3",
	"12",
	"\"a\"",
	"[1]",
	"\"\\u00e9\\ud83d\\ude00\"",
	"{}",
	"\"\"",
};
#define VALUES (sizeof(values) / sizeof(values[0]))

/* All columns have the same value, each in turn. */
static void
judge_rows(const struct dq_suite *s, struct dq_judge *j)
{
	struct ndjson_val val[LIMIT_COLUMNS];
	size_t columns, i, k;

	(void)dq_suite_columns(s, &columns);
	for (i = 0; i < VALUES; i++) {
		for (k = 0; k < columns; k++)
			val[k] = ndjson_value_of(str_of(values[i]));
		(void)dq_judge_row(j, val);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct dq_about about = {.asset = "x", .version = "0"};
	struct fail f = {0};
	struct dq_suite *s;
	struct dq_judge *j;
	struct buf result;
	size_t at;

	if (dq_suite_parse(&s, (struct str){(const char *)data, n}, "x", &f) !=
	    0) {
		if (f.code != FAIL_USAGE || f.text[0] == '\0')
			abort();
		return 0;
	}
	if (dq_judge_open(&j, s, NULL, &f) != 0)
		abort();
	judge_rows(s, j);
	buf_init(&result, SIZE_MAX);
	if (dq_put_result(j, DQ_COMPLETE, &about, &result, &f) != 0 ||
	    ndjson_validate(result.p, result.len, 1000, 0, &at) != NDJSON_OK)
		abort();
	buf_release(&result);
	dq_judge_close(j);
	dq_suite_close(s);
	return 0;
}
