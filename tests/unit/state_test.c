/* SPDX-License-Identifier: MIT */
/* Snapshots: immutable, named by content, and refused under other options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io/io.h"
#include "state/state.h"
#include "unit/scratch.h"

static struct state *
open_state(const char *filter, const char *meaning)
{
	struct state *s = NULL;
	struct fail f = {0};

	if (state_open(&s, "place", STR_LIT("job/../1"), filter,
		       str_of(meaning), &f) != 0)
		fail_msg("%s", f.text);
	return s;
}

static void
what_is_saved_is_loaded(void **state)
{
	struct state *s = open_state("sessionize", "gap=1");
	struct buf back;
	int64_t a, b, again;

	(void)state;
	buf_init(&back, 4096);
	assert_int_equal(state_save(s, STR_LIT("one"), &a, NULL), 0);
	assert_int_equal(state_save(s, STR_LIT("two"), &b, NULL), 0);
	assert_int_equal(state_save(s, STR_LIT("one"), &again, NULL), 0);
	assert_int_equal(a, again);
	assert_int_not_equal(a, b);
	assert_true(a > 0 && b > 0);
	assert_int_equal(state_load(s, a, &back, NULL), 0);
	assert_true(str_is(buf_str(&back), "one"));
	assert_int_equal(state_load(s, b, &back, NULL), 0);
	assert_true(str_is(buf_str(&back), "onetwo"));
	state_close(s);
	buf_release(&back);
}

static void
an_empty_state_is_a_state(void **state)
{
	struct state *s = open_state("empty", "");
	struct buf back;
	int64_t id;

	(void)state;
	buf_init(&back, 4096);
	assert_int_equal(state_save(s, STR_LIT(""), &id, NULL), 0);
	assert_int_equal(state_load(s, id, &back, NULL), 0);
	assert_int_equal(back.len, 0);
	state_close(s);
	buf_release(&back);
}

static void
other_options_are_a_usage_error(void **state)
{
	struct state *s = open_state("sessionize", "gap=30m");
	struct fail f = {0};
	struct buf back;
	int64_t id;

	(void)state;
	buf_init(&back, 4096);
	assert_int_equal(state_save(s, STR_LIT("mine"), &id, NULL), 0);
	state_close(s);
	s = open_state("sessionize", "gap=10m");
	assert_int_equal(state_load(s, id, &back, &f), FAIL_USAGE);
	assert_non_null(strstr(f.text, "gap=30m"));
	state_close(s);
	buf_release(&back);
}

static void
a_missing_or_damaged_state_is_bad_data(void **state)
{
	struct state *s = open_state("damaged", "x");
	struct fail f = {0};
	char path[512];
	struct buf back;
	int64_t id;

	(void)state;
	buf_init(&back, 4096);
	assert_int_equal(state_load(s, 4711, &back, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "missing"));
	assert_int_equal(state_save(s, STR_LIT("content"), &id, NULL), 0);
	snprintf(path, sizeof(path),
		 "place/job%%2F..%%2F1/damaged-%016llx/%016llx.state",
		 (unsigned long long)hash_bytes("x", 1, 0),
		 (unsigned long long)id);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(io_write_file(path, STR_LIT("cOntent"), NULL), 0);
	f = (struct fail){0};
	assert_int_equal(state_load(s, id, &back, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "damaged"));
	state_close(s);
	buf_release(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(an_empty_state_is_a_state),
		cmocka_unit_test(other_options_are_a_usage_error),
		cmocka_unit_test(a_missing_or_damaged_state_is_bad_data),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
