/* SPDX-License-Identifier: MIT */
/* Arenas, growing buffers and dictionaries, up to their limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "mem/mem.h"

static void
an_arena_hands_out_aligned_memory_that_stays(void **state)
{
	struct arena a = {0};
	char *p[1000];

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		size_t n = i * 37 % 5000;

		p[i] = arena_alloc(&a, n);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
		memset(p[i], (int)(i % 256), n);
	}
	for (size_t i = 0; i < 1000; i++)
		for (size_t k = 0; k < i * 37 % 5000; k++)
			assert_int_equal((unsigned char)p[i][k], i % 256);
	arena_release(&a);
	assert_null(a.first);
	assert_int_equal(a.used, 0);
}

static void
an_arena_takes_its_memory_again_after_a_reset(void **state)
{
	struct arena a = {0};
	void *big;

	(void)state;
	big = arena_alloc(&a, 3 << 20);
	assert_non_null(big);
	assert_non_null(arena_alloc(&a, 100));
	for (int i = 0; i < 100; i++) {
		arena_reset(&a);
		assert_int_equal(a.used, 0);
		assert_ptr_equal(arena_alloc(&a, 3 << 20), big);
		assert_non_null(arena_alloc(&a, 100));
	}
	arena_release(&a);
}

static void
an_arena_refuses_sizes_that_overflow(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 20));
	assert_null(arena_zalloc(&a, SIZE_MAX / 2, 3));
	assert_null(arena_copy(&a, (struct str){"", SIZE_MAX}));
	assert_non_null(arena_alloc(&a, 0));
	arena_release(&a);
}

static void
arena_copies_end_in_nul(void **state)
{
	struct arena a = {0};
	char *p = arena_copy(&a, (struct str){"ab\0cd", 5});
	char *empty = arena_copy(&a, (struct str){NULL, 0});
	unsigned char *zero = arena_zalloc(&a, 100, 3);

	(void)state;
	assert_memory_equal(p, "ab\0cd", 6);
	assert_string_equal(empty, "");
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(zero[i], 0);
	arena_release(&a);
}

static void
a_buffer_grows_to_its_maximum_and_not_past_it(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_add(&b, "0123456789", 10), 0);
	assert_int_equal(b.len, 1000);
	assert_int_equal(b.cap, 1000);
	assert_int_equal(buf_add_char(&b, 'x'), FAIL_MEMORY);
	assert_int_equal(buf_add(&b, "x", SIZE_MAX), FAIL_MEMORY);
	assert_int_equal(buf_reserve(&b, SIZE_MAX - 500), FAIL_MEMORY);
	assert_int_equal(b.len, 1000);
	assert_memory_equal(b.p + 990, "0123456789", 10);
	buf_reset(&b);
	assert_int_equal(buf_add_char(&b, 'x'), 0);
	buf_release(&b);
	assert_null(b.p);
	assert_int_equal(b.max, 1000);
	assert_int_equal(buf_add_cstr(&b, "again"), 0);
	buf_release(&b);
}

static void
a_buffer_takes_numbers_and_formats(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	assert_int_equal(buf_add_i64(&b, INT64_MIN), 0);
	assert_int_equal(buf_add_char(&b, ' '), 0);
	assert_int_equal(buf_add_f64(&b, 0.1), 0);
	assert_int_equal(buf_addf(&b, " %s-%d", "x", 7), 0);
	assert_int_equal(buf_add_str(&b, (struct str){NULL, 0}), 0);
	assert_true(str_is(buf_str(&b), "-9223372036854775808 0.1 x-7"));
	assert_int_equal(buf_addf(&b, "%300d", 1), FAIL_MEMORY);
	assert_true(str_is(buf_str(&b), "-9223372036854775808 0.1 x-7"));
	buf_release(&b);
}

static void
an_array_grows_one_by_one(void **state)
{
	uint64_t *item = NULL;
	size_t cap = 0;

	(void)state;
	for (size_t i = 0; i < 10000; i++) {
		assert_true(MEM_GROW(&item, i, &cap));
		item[i] = i * i;
	}
	assert_true(cap >= 10000);
	for (size_t i = 0; i < 10000; i++)
		assert_int_equal(item[i], i * i);
	free(item);
}

static void
an_array_that_cannot_grow_is_left_alone(void **state)
{
	void *item = NULL;
	size_t cap = SIZE_MAX / 2 + 1;

	(void)state;
	assert_false(mem_grow(&item, cap, &cap, 8));
	assert_null(item);
	assert_int_equal(cap, SIZE_MAX / 2 + 1);
}

static void
a_map_numbers_keys_in_order_of_first_use(void **state)
{
	struct map m;
	char text[32];
	bool is_new;

	(void)state;
	map_init(&m, 100000);
	assert_int_equal(map_find(&m, STR_LIT("a")), -1);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 20000; i++) {
			int n = snprintf(text, sizeof(text), "key %d", i);
			struct str key = {text, (size_t)n};

			assert_int_equal(map_add(&m, key, &is_new), i);
			assert_int_equal(is_new, round == 0);
		}
	}
	assert_int_equal(m.len, 20000);
	assert_true(str_is(m.key[777], "key 777"));
	assert_int_equal(map_find(&m, STR_LIT("key 19999")), 19999);
	assert_int_equal(map_find(&m, STR_LIT("key 20000")), -1);
	map_release(&m);
}

static void
a_map_tells_like_keys_apart(void **state)
{
	struct map m;

	(void)state;
	map_init(&m, 10);
	assert_int_equal(map_add(&m, STR_LIT(""), NULL), 0);
	assert_int_equal(map_add(&m, STR_LIT("\0"), NULL), 1);
	assert_int_equal(map_add(&m, STR_LIT("\0\0"), NULL), 2);
	assert_int_equal(map_add(&m, STR_LIT("a"), NULL), 3);
	assert_int_equal(map_add(&m, STR_LIT("a\0"), NULL), 4);
	assert_int_equal(map_find(&m, (struct str){NULL, 0}), 0);
	assert_int_equal(map_find(&m, STR_LIT("a\0")), 4);
	map_release(&m);
}

static void
a_map_stops_at_its_maximum(void **state)
{
	struct map m;

	(void)state;
	map_init(&m, 2);
	assert_int_equal(map_add(&m, STR_LIT("a"), NULL), 0);
	assert_int_equal(map_add(&m, STR_LIT("b"), NULL), 1);
	assert_int_equal(map_add(&m, STR_LIT("c"), NULL), -1);
	assert_int_equal(map_add(&m, STR_LIT("b"), NULL), 1);
	assert_int_equal(map_find(&m, STR_LIT("c")), -1);
	map_reset(&m);
	assert_int_equal(map_find(&m, STR_LIT("a")), -1);
	assert_int_equal(map_add(&m, STR_LIT("c"), NULL), 0);
	map_release(&m);
}

static void
percent_code_goes_there_and_back(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	assert_int_equal(buf_add_encoded(&b, STR_LIT("aZ9-/\xff%\0."), "-."),
			 0);
	assert_true(str_is(buf_str(&b), "aZ9-%2F%FF%25%00."));
	buf_reset(&b);
	assert_int_equal(buf_add_decoded(&b, STR_LIT("aZ9-%2f%FF%25%00.")), 0);
	assert_true(str_equal(buf_str(&b), STR_LIT("aZ9-/\xff%\0.")));
	buf_reset(&b);
	assert_int_equal(buf_add_decoded(&b, STR_LIT("%%41%4%zz%1")), 0);
	assert_true(str_is(buf_str(&b), "%A%4%zz%1"));
	buf_reset(&b);
	assert_int_equal(buf_add_decoded(&b, (struct str){NULL, 0}), 0);
	assert_int_equal(b.len, 0);
	buf_release(&b);
	buf_init(&b, 4);
	assert_int_equal(buf_add_char(&b, 'x'), 0);
	assert_int_equal(buf_add_encoded(&b, STR_LIT("a b"), ""), FAIL_MEMORY);
	assert_true(str_is(buf_str(&b), "x"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_arena_hands_out_aligned_memory_that_stays),
		cmocka_unit_test(an_arena_takes_its_memory_again_after_a_reset),
		cmocka_unit_test(an_arena_refuses_sizes_that_overflow),
		cmocka_unit_test(arena_copies_end_in_nul),
		cmocka_unit_test(percent_code_goes_there_and_back),
		cmocka_unit_test(a_buffer_grows_to_its_maximum_and_not_past_it),
		cmocka_unit_test(a_buffer_takes_numbers_and_formats),
		cmocka_unit_test(an_array_grows_one_by_one),
		cmocka_unit_test(an_array_that_cannot_grow_is_left_alone),
		cmocka_unit_test(a_map_numbers_keys_in_order_of_first_use),
		cmocka_unit_test(a_map_tells_like_keys_apart),
		cmocka_unit_test(a_map_stops_at_its_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
