/* SPDX-License-Identifier: MIT */
/*
 * States: any bytes are refused with a sentence, or are a state that works
 * and is written back as large as it came.
 */
#include <stdlib.h>

#include "dq/dq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char suite_text[] =
	"{\"name\":\"s\",\"expectations\":[{\"type\":"
	"\"expect_column_values_to_be_unique\",\"kwargs\":{\"column\":"
	"\"v\"}}]}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct dq_suite *suite;
	static const struct dq_options o = {.unique_bytes = 1 << 16,
					    .is_unique_window = true};
	struct ndjson_val val = ndjson_value_of(STR_LIT("1"));
	struct fail f = {0};
	struct dq_judge *j;
	struct buf out;

	if (suite == NULL &&
	    dq_suite_parse(&suite, str_of(suite_text), "s", NULL) != 0)
		abort();
	if (dq_judge_open(&j, suite, &o, NULL) != 0)
		abort();
	buf_init(&out, SIZE_MAX);
	if (dq_load(j, (struct str){(const char *)data, n}, &f) != 0) {
		if (f.code != FAIL_DATA || f.text[0] == '\0')
			abort();
	} else if (dq_save(j, &out, NULL) != 0 || out.len != n) {
		abort();
	} else {
		(void)dq_judge_row(j, &val);
		if (dq_judge_row(j, &val))
			abort();
	}
	buf_release(&out);
	dq_judge_close(j);
	return 0;
}
