/* SPDX-License-Identifier: MIT */
/* store: the folder backend. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/store.h"

static struct store *
open_store(const char *url)
{
	struct fail f = {0};
	struct store *s = NULL;

	if (store_open(&s, url, &f) != 0)
		fail_msg("%s", f.text);
	return s;
}

static void
put_get_delete(void **state)
{
	struct store *s = open_store("a/new/folder");
	struct store_info info;
	struct buf b;
	struct str key = STR_LIT("x/y.txt");

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(store_get(s, key, 100, &b, NULL), STORE_ABSENT);
	assert_int_equal(store_put(s, key, STR_LIT("one"), NULL), 0);
	assert_int_equal(store_put(s, key, STR_LIT("two2"), NULL), 0);
	assert_int_equal(store_get(s, key, 100, &b, NULL), 0);
	assert_true(str_is(buf_str(&b), "two2"));
	assert_int_equal(store_stat(s, key, &info, NULL), 0);
	assert_int_equal(info.bytes, 4);
	assert_true(info.mtime_ms > 1600000000000);
	assert_int_equal(store_get(s, key, 3, &b, NULL), FAIL_DATA);
	assert_int_equal(store_delete(s, key, NULL), 0);
	assert_int_equal(store_delete(s, key, NULL), STORE_ABSENT);
	assert_int_equal(store_stat(s, key, &info, NULL), STORE_ABSENT);
	buf_release(&b);
	store_close(s);
}

static void
only_the_first_put_wins(void **state)
{
	struct store *s = open_store("race");
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(store_put_if_absent(s, STR_LIT("log/1.json"),
					     STR_LIT("first"), NULL),
			 STORE_OK);
	assert_int_equal(store_put_if_absent(s, STR_LIT("log/1.json"),
					     STR_LIT("second"), NULL),
			 STORE_EXISTS);
	assert_int_equal(store_get(s, STR_LIT("log/1.json"), 100, &b, NULL), 0);
	assert_true(str_is(buf_str(&b), "first"));
	buf_release(&b);
	store_close(s);
}

/* Eight processes put the same name at once; one gets 0. */
static void
of_many_processes_one_wins(void **state)
{
	int wins = 0;

	(void)state;
	for (int round = 0; round < 20; round++) {
		char name[16];
		pid_t pid[8];

		snprintf(name, sizeof(name), "r/%d", round);
		for (int i = 0; i < 8; i++) {
			pid[i] = fork();
			if (pid[i] == 0) {
				struct store *s = NULL;
				int rc = store_open(&s, "many", NULL);

				if (rc == 0)
					rc = store_put_if_absent(
						s, str_of(name), STR_LIT("x"),
						NULL);
				_exit(rc == STORE_OK	   ? 0
				      : rc == STORE_EXISTS ? 1
							   : 2);
			}
		}
		for (int i = 0; i < 8; i++) {
			int status;

			assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
			assert_true(WIFEXITED(status) &&
				    WEXITSTATUS(status) < 2);
			wins += WEXITSTATUS(status) == 0;
		}
	}
	assert_int_equal(wins, 20);
}

static void
lists_are_sorted(void **state)
{
	static const char *const keys[] = {"d/b", "d/a", "d/sub/c", "e", "d/B"};
	struct store *s = open_store("list");
	struct store_list l;
	struct arena mem = {0};

	(void)state;
	assert_int_equal(store_list(s, "", STR_LIT(""), true, &mem, &l, NULL),
			 0);
	assert_int_equal(l.n, 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
			store_put(s, str_of(keys[i]), STR_LIT("x"), NULL), 0);
	assert_int_equal(store_put(s, STR_LIT("d/.hidden"), STR_LIT("x"), NULL),
			 0);
	assert_int_equal(
		store_list(s, "d/", STR_LIT(""), false, &mem, &l, NULL), 0);
	assert_int_equal(l.n, 3);
	assert_true(str_is(l.item[0].key, "d/B"));
	assert_true(str_is(l.item[1].key, "d/a"));
	assert_true(str_is(l.item[2].key, "d/b"));
	assert_int_equal(
		store_list(s, "d/", STR_LIT("d/b"), false, &mem, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(store_list(s, "", STR_LIT(""), true, &mem, &l, NULL),
			 0);
	assert_int_equal(l.n, 5);
	assert_true(str_is(l.item[4].key, "e"));
	arena_release(&mem);
	store_close(s);
}

static void
ranges_of_a_reader(void **state)
{
	struct store *s = open_store("range");
	struct store_reader *r;
	struct fail f = {0};
	char b[4] = {0};

	(void)state;
	assert_int_equal(
		store_put(s, STR_LIT("f"), STR_LIT("0123456789"), NULL), 0);
	assert_int_equal(store_reader_open(&r, s, STR_LIT("none"), NULL),
			 STORE_ABSENT);
	assert_int_equal(store_reader_open(&r, s, STR_LIT("f"), NULL), 0);
	assert_int_equal(store_reader_bytes(r), 10);
	assert_int_equal(store_reader_get(r, 7, b, 3, NULL), 0);
	assert_string_equal(b, "789");
	assert_int_equal(store_reader_get(r, 8, b, 3, &f), FAIL_DATA);
	assert_int_equal(store_reader_get(r, UINT64_MAX, b, 3, NULL),
			 FAIL_DATA);
	/* readable though it was deleted */
	assert_int_equal(store_delete(s, STR_LIT("f"), NULL), 0);
	assert_int_equal(store_reader_get(r, 0, b, 3, NULL), 0);
	assert_string_equal(b, "012");
	store_reader_close(r);
	store_close(s);
}

static void
a_writer_shows_nothing_before_commit(void **state)
{
	struct store *s = open_store("write");
	struct store_writer *w;
	struct store_info info;
	struct store_list l;
	struct arena mem = {0};

	(void)state;
	assert_int_equal(store_writer_open(&w, s, STR_LIT("p=1/f"), NULL), 0);
	assert_int_equal(store_writer_put(w, "abc", 3, NULL), 0);
	assert_int_equal(store_stat(s, STR_LIT("p=1/f"), &info, NULL),
			 STORE_ABSENT);
	store_writer_close(w);
	assert_int_equal(store_list(s, "", STR_LIT(""), true, &mem, &l, NULL),
			 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(store_writer_open(&w, s, STR_LIT("p=1/f"), NULL), 0);
	assert_int_equal(store_writer_put(w, "abc", 3, NULL), 0);
	assert_int_equal(store_writer_commit(w, NULL), 0);
	assert_int_equal(store_writer_bytes(w), 3);
	store_writer_close(w);
	assert_int_equal(store_stat(s, STR_LIT("p=1/f"), &info, NULL), 0);
	assert_int_equal(info.bytes, 3);
	arena_release(&mem);
	store_close(s);
}

static void
keys_stay_below_the_root(void **state)
{
	static const char *const bad[] = {"", "/etc/passwd", "..", "a/../b",
					  "a/.."};
	struct store *s = open_store("below");
	struct fail f = {0};
	struct store *none = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			store_put(s, str_of(bad[i]), STR_LIT("x"), NULL),
			FAIL_DATA);
	assert_int_equal(store_put(s, STR_LIT("..a/b..c"), STR_LIT("x"), NULL),
			 0);
	store_close(s);
	assert_int_equal(store_open(&none, "abfss://c@a/x", &f), FAIL_USAGE);
	assert_non_null(strstr(f.text, "abfss://"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(put_get_delete),
		cmocka_unit_test(only_the_first_put_wins),
		cmocka_unit_test(of_many_processes_one_wins),
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(ranges_of_a_reader),
		cmocka_unit_test(a_writer_shows_nothing_before_commit),
		cmocka_unit_test(keys_stay_below_the_root),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
