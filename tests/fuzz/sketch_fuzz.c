/* SPDX-License-Identifier: MIT */
/*
 * Sketches of distinct values: what is read is written as text that reads to
 * the same, merging it with itself changes nothing, and a refusal says why.
 */
#include <stdlib.h>

#include "sketch/sketch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct hll h = {0}, back = {0};
	struct fail f = {0};
	struct buf once, twice;

	if (hll_parse(&h, (struct str){(const char *)data, n}, &f) != 0) {
		if (f.code == 0 || h.sparse != NULL || h.dense != NULL)
			abort();
		return 0;
	}
	buf_init(&once, HLL_TEXT_MAX);
	buf_init(&twice, HLL_TEXT_MAX);
	if (hll_format(&h, &once) != 0 ||
	    hll_parse(&back, buf_str(&once), NULL) != 0 ||
	    hll_merge(&back, &h) != 0 || hll_format(&back, &twice) != 0)
		abort();
	if (!str_equal(buf_str(&once), buf_str(&twice)) ||
	    hll_estimate(&h) != hll_estimate(&back))
		abort();
	hll_release(&h);
	hll_release(&back);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
