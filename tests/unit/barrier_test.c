/* SPDX-License-Identifier: MIT */
/* Barriers: text to struct and back, entries in order, positions compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "barrier/barrier.h"

static const char line[] =
	"{\"@barrier\":{\"job\":\"in\\\"gest\",\"run\":\"9f\",\"start\":true,"
	"\"at\":{\"a/0\":12,\"b/1\":-3},\"watermark\":1795338000000,"
	"\"state\":{\"dq-check\":81},\"mark\":{\"a/0\":4294967297},"
	"\"touched\":{\"date\":[\"2026-01-01\",\"2026-01-02\"]},"
	"\"lines\":17,\"final\":true}}\n";

static void
parses_and_formats_back(void **state)
{
	struct arena a = {0};
	struct barrier b, copy;
	struct buf out;
	int64_t v;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(barrier_parse(line, sizeof(line) - 2, &a, &b, NULL),
			 0);
	assert_true(str_is(b.job, "in\"gest"));
	assert_true(b.is_start && b.is_final && b.has_watermark);
	assert_int_equal(b.lines, 17);
	assert_int_equal(b.at.n, 2);
	assert_true(barrier_get(&b.at, STR_LIT("b/1"), &v));
	assert_int_equal(v, -3);
	assert_false(barrier_get(&b.at, STR_LIT("b/2"), &v));
	assert_true(barrier_get(&b.mark, STR_LIT("a/0"), &v));
	assert_int_equal(v, 4294967297);
	assert_int_equal(b.touched_n, 2);
	assert_int_equal(barrier_copy(&b, &a, &copy, NULL), 0);
	assert_int_equal(barrier_format(&copy, &out), 0);
	assert_int_equal(out.len, sizeof(line) - 1);
	assert_memory_equal(out.p, line, out.len);
	buf_release(&out);
	arena_release(&a);
}

static void
refuses_what_is_none(void **state)
{
	static const char *const bad[] = {
		"{\"@barrier\":{}}",
		"{\"@barrier\":{\"job\":\"a\"}}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\",\"lines\":-1}}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\",\"at\":[1]}}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\",\"at\":{\"x\":1.5}}"
		"}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\",\"watermark\":"
		"\"1\"}}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\",\"touched\":{}}}",
		"{\"@barrier\":{\"job\":1,\"run\":\"b\"}}",
		"{\"@barrier\":{\"job\":\"a\",\"run\":\"b\"}",
		"{\"@barrier\":3}",
		"{\"barrier\":{}}",
	};
	struct arena a = {0};
	struct barrier b;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			barrier_parse(bad[i], strlen(bad[i]), &a, &b, NULL),
			FAIL_DATA);
	arena_release(&a);
}

static void
entries_stay_sorted_after_a_copy(void **state)
{
	struct arena a = {0};
	struct barrier b = {.job = STR_LIT("j"), .run = STR_LIT("r")};
	struct barrier copy;
	char name[70][4];

	(void)state;
	for (int i = 0; i < 70; i++) {
		int n = (i * 37) % 70;

		name[i][0] = (char)('a' + n / 10);
		name[i][1] = (char)('0' + n % 10);
		/* Every size is copied once, and grown after it. */
		assert_int_equal(barrier_copy(&b, &a, &copy, NULL), 0);
		b = copy;
		assert_int_equal(barrier_set(&b.at, (struct str){name[i], 2}, n,
					     &a, NULL),
				 0);
	}
	assert_int_equal(b.at.n, 70);
	for (size_t i = 0; i < b.at.n; i++)
		assert_int_equal(b.at.item[i].value, i);
	assert_int_equal(barrier_set(&b.at, STR_LIT("a3"), 1000, &a, NULL), 0);
	assert_int_equal(b.at.n, 70);
	assert_int_equal(b.at.item[3].value, 1000);
	arena_release(&a);
}

static struct barrier_entries
position(struct barrier_entry *item, int64_t x, int64_t y)
{
	item[0] = (struct barrier_entry){STR_LIT("p/0"), x};
	item[1] = (struct barrier_entry){STR_LIT("p/1"), y};
	return (struct barrier_entries){item, 2};
}

static void
compares_positions(void **state)
{
	struct barrier_entry i1[2], i2[2];
	struct barrier_entries a = position(i1, 5, 7), b;

	(void)state;
	b = position(i2, 5, 7);
	assert_int_equal(barrier_compare(&a, &b), BARRIER_SAME);
	b = position(i2, 5, 8);
	assert_int_equal(barrier_compare(&a, &b), BARRIER_BEHIND);
	b = position(i2, 4, 7);
	assert_int_equal(barrier_compare(&a, &b), BARRIER_AHEAD);
	b = position(i2, 4, 8);
	assert_int_equal(barrier_compare(&a, &b), BARRIER_OTHER);
	b.n = 1;
	assert_int_equal(barrier_compare(&a, &b), BARRIER_OTHER);
	i2[0].name = STR_LIT("q/0");
	b.n = 2;
	assert_int_equal(barrier_compare(&a, &b), BARRIER_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_and_formats_back),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(entries_stay_sorted_after_a_copy),
		cmocka_unit_test(compares_positions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
