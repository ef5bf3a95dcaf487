/* SPDX-License-Identifier: MIT */
/* Shares of partitions: exact, fair, and as much as there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kafka/kafka.h"

#define PARTS_MAX 8

/* Partitions that stand at 100, with these backlogs and this share each. */
static void
is_shared(const int64_t *backlog, size_t n, uint64_t records,
	  const int64_t *share)
{
	struct kafka_part part[PARTS_MAX] = {0};
	int64_t until[PARTS_MAX] = {0};

	for (size_t i = 0; i < n; i++) {
		part[i].next = 100;
		until[i] = 100 + backlog[i];
	}
	kafka_share(part, until, n, records);
	for (size_t i = 0; i < n; i++)
		if (part[i].end - part[i].next != share[i])
			fail_msg("partition %zu of %zu, %llu records: %lld, "
				 "not %lld",
				 i, n, (unsigned long long)records,
				 (long long)(part[i].end - part[i].next),
				 (long long)share[i]);
}

static void
a_limit_above_all_takes_all(void **state)
{
	static const int64_t backlog[] = {5, 0, 7};

	(void)state;
	is_shared(backlog, 3, UINT64_MAX, backlog);
	is_shared(backlog, 3, 13, backlog);
	is_shared(backlog, 3, 12, backlog);
	is_shared(NULL, 0, 10, NULL);
}

static void
nothing_is_shared_as_nothing(void **state)
{
	static const int64_t backlog[] = {5, 7}, none[] = {0, 0};

	(void)state;
	is_shared(backlog, 2, 0, none);
	is_shared(none, 2, 10, none);
}

static void
small_partitions_are_read_whole(void **state)
{
	static const int64_t backlog[] = {100, 2, 100, 0, 10};
	static const int64_t share[] = {24, 2, 24, 0, 10};

	(void)state;
	is_shared(backlog, 5, 60, share);
}

/* Fewer records than partitions, but enough for those that have some. */
static void
partitions_without_any_take_no_share(void **state)
{
	static const int64_t backlog[] = {0, 9, 0, 0, 9},
			     share[] = {0, 2, 0, 0, 1};

	(void)state;
	is_shared(backlog, 5, 3, share);
}

static void
what_cannot_be_divided_goes_to_the_first(void **state)
{
	static const int64_t backlog[] = {9, 9, 9};
	static const int64_t two[] = {1, 1, 0}, eight[] = {3, 3, 2};

	(void)state;
	is_shared(backlog, 3, 2, two);
	is_shared(backlog, 3, 8, eight);
}

/* A position behind the end, as after a topic was truncated, is no backlog. */
static void
a_partition_behind_its_end_has_no_share(void **state)
{
	static const int64_t backlog[] = {-5, 9}, share[] = {0, 4};

	(void)state;
	is_shared(backlog, 2, 4, share);
}

/* Sums and fairness over many small cases. */
static void
shares_are_exact_and_fair(void **state)
{
	struct kafka_part part[PARTS_MAX] = {0};
	int64_t until[PARTS_MAX];

	(void)state;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		uint64_t x = hash_mix(seed + 1), records = x % 60, sum = 0;
		size_t n = 1 + x / 64 % PARTS_MAX;
		uint64_t all, level = 0;

		for (size_t i = 0; i < n; i++) {
			part[i].next = (int64_t)(hash_mix(x + i) % 50);
			until[i] = part[i].next +
				   (int64_t)(hash_mix(x ^ i) % 25);
		}
		all = kafka_left(part, until, n);
		kafka_share(part, until, n, records);
		for (size_t i = 0; i < n; i++) {
			uint64_t take = (uint64_t)(part[i].end - part[i].next);

			sum += take;
			if (take > level)
				level = take;
		}
		assert_int_equal(sum, records < all ? records : all);
		/* who has less than the most less one has all of its own */
		for (size_t i = 0; i < n; i++)
			if ((uint64_t)(part[i].end - part[i].next) + 1 < level)
				assert_int_equal(part[i].end, until[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_limit_above_all_takes_all),
		cmocka_unit_test(nothing_is_shared_as_nothing),
		cmocka_unit_test(small_partitions_are_read_whole),
		cmocka_unit_test(partitions_without_any_take_no_share),
		cmocka_unit_test(what_cannot_be_divided_goes_to_the_first),
		cmocka_unit_test(a_partition_behind_its_end_has_no_share),
		cmocka_unit_test(shares_are_exact_and_fair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
