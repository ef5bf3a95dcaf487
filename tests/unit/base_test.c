/* SPDX-License-Identifier: MIT */
/* Hashes, views, sizes, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/base.h"

/* ---- hashes ---- */

/* Stored hashes must mean the same for ever: XXH3's published vectors of the
 * empty input, and our own value frozen. */
static void
stored_hashes_never_change(void **state)
{
	uint64_t out[2];

	(void)state;
	assert_true(hash_bytes("", 0, 0) == 0x2d06800538d394c2u);
	hash_bytes128("", 0, 0, out);
	assert_true(out[0] == 0x6001c324468d497fu);
	assert_true(out[1] == 0x99aa06d3014798d8u);
	assert_true(hash_bytes("playpipe", 8, 42) ==
		    hash_bytes("playpipe", 8, 42));
	assert_true(hash_bytes("playpipe", 8, 42) !=
		    hash_bytes("playpipe", 8, 43));
	assert_true(hash_mix(0) == 0);
	assert_true(hash_mix(1) == 0x5692161d100b05e5u);
}

static void
the_seed_stays_and_nonces_differ(void **state)
{
	(void)state;
	assert_true(hash_seed() != 0);
	assert_true(hash_seed() == hash_seed());
	assert_true(hash_nonce() > 0);
	assert_true(hash_nonce() != hash_nonce());
}

/* ---- views and sizes ---- */

static void
views_compare_as_bytes(void **state)
{
	(void)state;
	assert_true(str_compare(STR_LIT("a"), STR_LIT("b")) < 0);
	assert_true(str_compare(STR_LIT("a"), STR_LIT("ab")) < 0);
	assert_true(str_compare(STR_LIT("\xff"), STR_LIT("a")) > 0);
	assert_true(str_compare(STR_LIT(""), (struct str){NULL, 0}) == 0);
	assert_true(str_equal((struct str){NULL, 0}, STR_LIT("")));
	assert_false(str_equal(STR_LIT("a"), STR_LIT("b")));
	assert_true(str_starts(STR_LIT("abc"), "ab"));
	assert_false(str_starts(STR_LIT("a"), "ab"));
	assert_true(str_ends(STR_LIT("abc"), "bc"));
	assert_false(str_ends(STR_LIT("c"), "bc"));
	assert_int_equal(str_of(NULL).n, 0);
}

static void
a_view_is_trimmed(void **state)
{
	(void)state;
	assert_true(str_is(str_trim(STR_LIT(" \ta b \t\r\n")), "a b"));
	assert_true(str_is(str_trim(STR_LIT("\na")), "\na"));
	assert_int_equal(str_trim(STR_LIT(" \r\n")).n, 0);
	assert_int_equal(str_trim((struct str){NULL, 0}).n, 0);
}

static void
a_text_is_taken_line_by_line(void **state)
{
	struct str rest = STR_LIT("a\n\nb"), line;

	(void)state;
	assert_true(str_line(&rest, &line));
	assert_true(str_is(line, "a"));
	assert_true(str_line(&rest, &line));
	assert_int_equal(line.n, 0);
	assert_true(str_line(&rest, &line));
	assert_true(str_is(line, "b"));
	assert_false(str_line(&rest, &line));
	rest = STR_LIT("a\n");
	assert_true(str_line(&rest, &line));
	assert_false(str_line(&rest, &line));
	rest = (struct str){NULL, 0};
	assert_false(str_line(&rest, &line));
}

static void
sizes_do_not_wrap(void **state)
{
	size_t n = 1;
	int64_t v = 1;

	(void)state;
	assert_false(size_add(SIZE_MAX, 1, &n));
	assert_false(size_mul(SIZE_MAX / 2 + 1, 2, &n));
	assert_int_equal(n, 1);
	assert_true(size_mul(0, SIZE_MAX, &n));
	assert_int_equal(n, 0);
	assert_true(size_add(SIZE_MAX - 1, 1, &n));
	assert_false(i64_add(INT64_MAX, 1, &v));
	assert_false(i64_add(INT64_MIN, -1, &v));
	assert_int_equal(v, 1);
	assert_true(i64_add(INT64_MAX, INT64_MIN, &v));
	assert_int_equal(v, -1);
}

/* ---- failures ---- */

static void
the_first_failure_stays_and_takes_context(void **state)
{
	struct fail f = {0};

	(void)state;
	fail_prefix(&f, "nothing yet: ");
	assert_string_equal(f.text, "");
	assert_int_equal(fail_set(&f, FAIL_DATA, "bad %d", 1), FAIL_DATA);
	assert_int_equal(fail_set(&f, FAIL_IO, "worse"), FAIL_IO);
	assert_int_equal(f.code, FAIL_DATA);
	fail_prefix(&f, "'%s': ", "file");
	assert_string_equal(f.text, "'file': bad 1");
	assert_int_equal(fail_set(NULL, FAIL_USAGE, "no place"), FAIL_USAGE);
	assert_int_equal(fail_memory(NULL), FAIL_MEMORY);
}

static void
a_wrong_name_is_a_wrong_use(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(fail_named(fail_set(&f, FAIL_IO, "no file"), &f),
			 FAIL_USAGE);
	assert_int_equal(f.code, FAIL_USAGE);
	assert_string_equal(f.text, "no file");
	assert_int_equal(fail_named(FAIL_IO, NULL), FAIL_USAGE);
	assert_int_equal(fail_named(0, &f), 0);
	assert_int_equal(fail_named(FAIL_DATA, &f), FAIL_DATA);
}

static void
control_characters_are_masked(void **state)
{
	struct fail f = {0};

	(void)state;
	fail_set(&f, FAIL_DATA, "a\x1b[2Jb\x7f\n");
	assert_string_equal(f.text, "a?[2Jb??");
	fail_prefix(&f, "\r");
	assert_string_equal(f.text, "?a?[2Jb??");
}

static void
system_errors_have_their_text(void **state)
{
	struct fail f = {0};

	(void)state;
	assert_int_equal(
		fail_errno(&f, FAIL_IO, ENOENT, "cannot open '%s'", "x"),
		FAIL_IO);
	assert_string_equal(f.text,
			    "cannot open 'x': No such file or directory");
}

static void
long_failures_are_cut(void **state)
{
	struct fail f = {0};
	static char text[3 * FAIL_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	fail_set(&f, FAIL_DATA, "%s", text);
	assert_int_equal(strlen(f.text), FAIL_TEXT_MAX - 1);
	for (int i = 0; i < 5; i++)
		fail_prefix(&f, "%s: ", text);
	assert_true(strlen(f.text) < FAIL_TEXT_MAX);
	f = (struct fail){0};
	fail_errno(&f, FAIL_IO, ENOENT, "%s", text);
	assert_true(strlen(f.text) < FAIL_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stored_hashes_never_change),
		cmocka_unit_test(the_seed_stays_and_nonces_differ),
		cmocka_unit_test(views_compare_as_bytes),
		cmocka_unit_test(a_view_is_trimmed),
		cmocka_unit_test(a_text_is_taken_line_by_line),
		cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(a_wrong_name_is_a_wrong_use),
		cmocka_unit_test(the_first_failure_stays_and_takes_context),
		cmocka_unit_test(control_characters_are_masked),
		cmocka_unit_test(system_errors_have_their_text),
		cmocka_unit_test(long_failures_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
