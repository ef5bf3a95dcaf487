/* SPDX-License-Identifier: MIT */
/* The judge: uniqueness in bounded memory, and the state that goes over. */
#include "dq_table.h"

static void
full_memory_is_said_and_no_pass(void **state)
{
	struct dq_options o = {.unique_bytes = 65536};
	struct table t;

	(void)state;
	open_table(&t, unique_suite, &o);
	/* 64 KiB: 2,048 slots, 1,536 values. */
	assert_int_equal(judge_numbers(&t, 0, 1536), 0);
	assert_null(dq_verdict_of(t.judge, 0).exception);
	assert_int_equal(judge_numbers(&t, 0, 1536), 1536);
	assert_int_equal(judge_numbers(&t, 5000, 5001), 0);
	assert_non_null(dq_verdict_of(t.judge, 0).exception);
	close_table(&t);
}

static void
window_forgets_the_oldest(void **state)
{
	struct dq_options o = {.unique_bytes = 65536, .is_unique_window = true};
	struct table t;

	(void)state;
	open_table(&t, unique_suite, &o);
	/* 1,024 slots a table: the last 768 values at least are known. */
	assert_int_equal(judge_numbers(&t, 0, 10000), 0);
	assert_int_equal(judge_numbers(&t, 10000 - 768, 10000), 768);
	assert_int_equal(judge_numbers(&t, 0, 100), 0);
	assert_null(dq_verdict_of(t.judge, 0).exception);
	close_table(&t);
}

static void
state_goes_over_to_the_next_judge(void **state)
{
	struct dq_options o = {.is_unique_window = true};
	struct buf text;
	struct table a, b;
	size_t cut;

	(void)state;
	buf_init(&text, SIZE_MAX);
	open_table(&a, unique_suite, &o);
	assert_int_equal(judge_numbers(&a, 0, 5000), 0);
	assert_int_equal(dq_save(a.judge, &text, NULL), 0);
	close_table(&a);
	open_table(&b, unique_suite, &o);
	assert_int_equal(dq_load(b.judge, buf_str(&text), NULL), 0);
	assert_int_equal(judge_numbers(&b, 4000, 6000), 1000);
	/* What earlier runs saw is not among this run's rows. */
	assert_int_equal(dq_verdict_of(b.judge, 0).unexpected, 1000);
	close_table(&b);
	for (cut = 0; cut < 100; cut++) {
		open_table(&b, unique_suite, &o);
		assert_int_equal(
			dq_load(b.judge,
				(struct str){text.p, text.len - 1 - cut * 7},
				NULL),
			FAIL_DATA);
		close_table(&b);
	}
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_memory_is_said_and_no_pass),
		cmocka_unit_test(window_forgets_the_oldest),
		cmocka_unit_test(state_goes_over_to_the_next_judge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
