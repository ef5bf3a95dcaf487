/* SPDX-License-Identifier: MIT */
/* tidy: which files become one; and what a table's properties say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delta/delta.h"
#include "tidy/plan.h"

/* ---- plans ---- */

#define TARGET 1000

/* Plan n files of these sizes, each of a group by its letter; bins as digits
 * in the files' own order, '-' for what is left. */
static void
expect_bins(const char *group, const uint64_t *bytes, const char *want)
{
	struct plan_file file[32];
	char got[33] = {0};
	size_t n = strlen(group);

	for (size_t i = 0; i < n; i++)
		file[i] = (struct plan_file){.index = i,
					     .group = (size_t)group[i],
					     .bytes = bytes[i]};
	plan_bins(file, n, TARGET);
	for (size_t i = 0; i < n; i++)
		got[file[i].index] = file[i].bin == PLAN_LEFT
					     ? '-'
					     : (char)('0' + file[i].bin);
	assert_string_equal(got, want);
}

static void
neighbours_share_a_bin(void **state)
{
	(void)state;
	expect_bins("aaaa", (uint64_t[]){100, 100, 100, 100}, "0000");
	expect_bins("aaaa", (uint64_t[]){600, 600, 600, 400}, "--00");
	expect_bins("aaaaaa", (uint64_t[]){400, 400, 400, 400, 500, 500},
		    "00112"
		    "2");
	expect_bins("a", (uint64_t[]){1}, "-");
	expect_bins("", NULL, "");
}

static void
groups_stay_apart(void **state)
{
	(void)state;
	expect_bins("abab", (uint64_t[]){10, 20, 10, 20}, "0101");
	expect_bins("abc", (uint64_t[]){10, 20, 30}, "---");
}

static void
little_gain_is_none(void **state)
{
	(void)state;
	expect_bins("aa", (uint64_t[]){700, 10}, "--");
	expect_bins("aa", (uint64_t[]){400, 100}, "00");
	expect_bins("aa", (uint64_t[]){400, 99}, "--");
	/* but many are worth it */
	expect_bins("aaaaa", (uint64_t[]){700, 1, 1, 1, 1}, "00000");
}

static void
bins_are_never_larger_than_the_target(void **state)
{
	struct plan_file file[500];
	uint64_t sum[500] = {0}, seed = 4711;

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		file[i] = (struct plan_file){.index = i,
					     .group = seed >> 60,
					     .bytes = seed >> 33 & 511};
	}
	plan_bins(file, 500, TARGET);
	for (size_t i = 0; i < 500; i++) {
		if (file[i].bin == PLAN_LEFT)
			continue;
		sum[file[i].bin] += file[i].bytes;
		if (i > 0 && file[i].bin == file[i - 1].bin) {
			assert_int_equal(file[i].group, file[i - 1].group);
			assert_true(file[i].index > file[i - 1].index);
		}
	}
	for (size_t i = 0; i < 500; i++)
		assert_true(sum[i] <= TARGET);
}

/* ---- properties ---- */

static void
expect_duration(const char *text, int64_t want_ms)
{
	struct delta_pair pair = {STR_LIT("k"), str_of(text)};
	struct delta_meta m = {.config = {&pair, 1}};

	assert_int_equal(delta_meta_duration(&m, "k", -1), want_ms);
}

static void
durations_are_read_as_delta_writes_them(void **state)
{
	struct delta_meta none = {0};

	(void)state;
	expect_duration("interval 30 days", 30 * 24 * DELTA_HOUR_MS);
	expect_duration("interval 1 week", 7 * 24 * DELTA_HOUR_MS);
	expect_duration("1 week", 7 * 24 * DELTA_HOUR_MS);
	expect_duration("INTERVAL 2 Hours 30 minutes", DELTA_HOUR_MS * 5 / 2);
	expect_duration("interval  168  hours ", 168 * DELTA_HOUR_MS);
	expect_duration("interval 0 seconds", 0);
	expect_duration("interval 1500 milliseconds", 1500);
	expect_duration("interval 1 month", -1);
	expect_duration("interval -1 day", -1);
	expect_duration("interval 1", -1);
	expect_duration("interval 9999999999999 weeks", -1);
	expect_duration("interval", -1);
	expect_duration("", -1);
	assert_int_equal(delta_meta_duration(&none, "k", 7), 7);
	assert_int_equal(delta_tombstone_ms(&none), 7 * 24 * DELTA_HOUR_MS);
}

static void
expect_bytes(const char *text, uint64_t want)
{
	struct delta_pair pair = {STR_LIT("k"), str_of(text)};
	struct delta_meta m = {.config = {&pair, 1}};

	assert_int_equal(delta_meta_bytes(&m, "k", 7), want);
}

static void
sizes_are_read_as_delta_writes_them(void **state)
{
	(void)state;
	expect_bytes("134217728", 134217728);
	expect_bytes("128mb", (uint64_t)128 << 20);
	expect_bytes("128m", (uint64_t)128 << 20);
	expect_bytes("1G", (uint64_t)1 << 30);
	expect_bytes("5b", 5);
	expect_bytes("0", 7);
	expect_bytes("m", 7);
	expect_bytes("-1", 7);
	expect_bytes("99999999999999999t", 7);
	expect_bytes("", 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_share_a_bin),
		cmocka_unit_test(groups_stay_apart),
		cmocka_unit_test(little_gain_is_none),
		cmocka_unit_test(bins_are_never_larger_than_the_target),
		cmocka_unit_test(durations_are_read_as_delta_writes_them),
		cmocka_unit_test(sizes_are_read_as_delta_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
