/* SPDX-License-Identifier: MIT */
/* mem_sort: order and stability, against a plain insertion sort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mem/mem.h"

enum { MOST = 300 };

static int
by_key(const void *ctx, uint32_t a, uint32_t b)
{
	const uint64_t *key = ctx;

	return (key[a] > key[b]) - (key[a] < key[b]);
}

static void
check(const uint64_t *key, size_t n)
{
	uint32_t item[MOST + 1], want[MOST + 1];

	for (size_t i = 0; i < n; i++) {
		size_t k = i;

		item[i] = (uint32_t)i;
		for (; k > 0 && key[want[k - 1]] > key[i]; k--)
			want[k] = want[k - 1];
		want[k] = (uint32_t)i;
	}
	assert_int_equal(mem_sort(item, n, by_key, key), 0);
	assert_memory_equal(item, want, n * sizeof(*item));
}

static void
every_length_and_pattern(void **state)
{
	uint64_t key[MOST];

	(void)state;
	for (size_t n = 0; n <= MOST; n++) {
		for (uint64_t pattern = 0; pattern < 5; pattern++) {
			for (size_t i = 0; i < n; i++)
				key[i] = pattern == 0	? i
					 : pattern == 1 ? n - i
					 : pattern == 2 ? hash_mix(i + n)
					 : pattern == 3 ? hash_mix(i) % 7
							: i ^ 1;
			check(key, n);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
