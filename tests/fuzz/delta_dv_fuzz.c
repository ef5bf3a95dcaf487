/* SPDX-License-Identifier: MIT */
/*
 * Deletion vectors from untrusted bytes: refused with a sentence, or as many
 * rows are dropped as they claim, and none before the first or behind the
 * last block. The bytes are also taken as text in Z85.
 */
#include "delta/log.h"
#include "delta/roaring.h"

#include "check.h"

#define WINDOW 8192
#define BLOCKS 64 /* of each input at most, for the fuzzer's patience */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* How many rows of a block are dropped. */
static size_t
dropped(const struct roaring *r, uint64_t first)
{
	static uint32_t row[WINDOW];
	size_t sum = 0;

	for (uint64_t at = first; at < first + 65536; at += WINDOW) {
		size_t kept;

		for (uint32_t i = 0; i < WINDOW; i++)
			row[i] = i;
		kept = roaring_drop(r, at, row, WINDOW);
		for (size_t i = 1; i < kept; i++)
			check(row[i - 1] < row[i] && row[i] < WINDOW);
		sum += WINDOW - kept;
	}
	return sum;
}

static void
look_at(const struct roaring *r)
{
	uint64_t last;
	size_t sum = 0;

	check(roaring_last(r, &last) == (r->n > 0));
	if (r->n == 0 || r->n > BLOCKS)
		return;
	for (size_t i = 0; i < r->n; i++)
		sum += dropped(r, r->block[i].first);
	check(sum == r->row_n);
	check(last >= r->block[r->n - 1].first);
	if (r->block[0].first > 0)
		check(r->block[0].first % 65536 == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str bytes = {(const char *)data, n};
	struct arena mem = {0};
	struct fail f = {0};
	struct roaring r;
	struct buf text;

	if (roaring_parse(&r, bytes, &mem, &f) == 0)
		look_at(&r);
	else
		check(f.code == FAIL_DATA && f.text[0] != '\0');
	buf_init(&text, n);
	if (log_z85_decode(bytes, &text, NULL) == 0)
		check(text.len == n / 5 * 4);
	buf_release(&text);
	arena_release(&mem);
	return 0;
}
