/* SPDX-License-Identifier: MIT */
/* The spine: several inputs, counts, and what makes a barrier a barrier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream/stream.h"
#include "unit/scratch.h"

#define B(run, at, lines)                                                      \
	"{\"@barrier\":{\"job\":\"j\",\"run\":\"" run "\",\"at\":{\"s\":" at   \
	"},\"lines\":" lines "}}\n"

/* What a run over inputs saw: L a line, x a bad one, B a barrier. */
struct seen {
	char what[64];
	int rc;
	struct fail fail;
	struct stream_counts counts;
	uint64_t batch_line, batch_offset; /* of the last line */
};

static struct seen
run(const char *const *text, size_t n, bool is_drop_allowed)
{
	static const char *const names[] = {"0.json", "1.json", "2.json"};
	struct stream_options o = {.is_drop_allowed = is_drop_allowed};
	struct str key = STR_LIT("a");
	struct stream_record rec;
	struct seen seen = {0};
	char *paths[3];
	struct stream *s = NULL;
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		paths[i] = (char *)(uintptr_t)names[i];
		assert_int_equal(io_write_file(names[i], str_of(text[i]), NULL),
				 0);
	}
	assert_int_equal(
		stream_open(&s, paths, n, &key, NULL, 1, &o, &seen.fail), 0);
	while ((seen.rc = stream_next(s, &rec, &seen.fail)) > 0) {
		char c = rec.kind == STREAM_BARRIER	? 'B'
			 : rec.line.reason == NDJSON_OK ? 'L'
							: 'x';

		if (len + 1 < sizeof(seen.what))
			seen.what[len++] = c;
		if (rec.kind == STREAM_LINE) {
			seen.batch_line = rec.batch_line;
			seen.batch_offset = rec.batch_offset;
		}
	}
	seen.counts = *stream_counts(s);
	stream_close(s);
	for (size_t i = 0; i < n; i++)
		unlink(names[i]);
	return seen;
}

static struct seen
run_one(const char *text)
{
	return run(&text, 1, false);
}

static void
every_file_ends_its_own_last_line(void **state)
{
	const char *text[] = {"{\"a\":1}\n{\"a\":2}", "\n{\"a\":3}",
			      "{\"a\":4}"};
	struct seen seen = run(text, 3, false);

	(void)state;
	assert_string_equal(seen.what, "LLLL");
	assert_int_equal(seen.rc, 0);
	assert_int_equal(seen.counts.lines, 4);
	assert_int_equal(seen.counts.blank, 1);
}

static void
glued_documents_are_one_bad_line(void **state)
{
	struct seen seen = run_one("{\"a\":1}{\"a\":2}\r\n{\"a\":3}\r\n");

	(void)state;
	assert_string_equal(seen.what, "xL");
	assert_int_equal(seen.counts.bad[NDJSON_TRAILING], 1);
	assert_int_equal(seen.counts.crlf, 2);
}

static void
barriers_need_the_first_line_and_its_nonce(void **state)
{
	struct seen seen;

	(void)state;
	seen = run_one(B("r", "0", "0") "{\"a\":1}\n" B("r", "1", "1"));
	assert_string_equal(seen.what, "BLB");
	assert_int_equal(seen.rc, 0);
	/* another nonce is data, and counts as a line */
	seen = run_one(B("r", "0", "0") B("q", "9", "0") B("r", "1", "1"));
	assert_string_equal(seen.what, "BLB");
	assert_int_equal(seen.rc, 0);
	/* not on the first line: all data */
	seen = run_one("{\"a\":1}\n" B("r", "1", "1"));
	assert_string_equal(seen.what, "LL");
	/* blanks in it: not exactly a barrier */
	seen = run_one("{ \"@barrier\":{\"job\":\"j\",\"run\":\"r\"}}\n");
	assert_string_equal(seen.what, "L");
}

static void
places_count_from_the_last_barrier(void **state)
{
	struct seen seen;

	(void)state;
	seen = run_one(B("r", "0", "0") "{\"a\":1}\n" B(
		"r", "1", "1") "\n{\"a\":2}\n" B("r", "3", "2"));
	assert_int_equal(seen.rc, 0);
	assert_int_equal(seen.batch_line, 2);
	assert_int_equal(seen.batch_offset, 1);
	seen = run_one("{\"a\":1}\n{\"a\":2}");
	assert_int_equal(seen.batch_line, 2);
	assert_int_equal(seen.batch_offset, 8);
}

static void
a_wrong_count_is_refused_unless_allowed(void **state)
{
	const char *text = B("r", "0", "0") "{\"a\":1}\n" B("r", "2", "2");
	struct seen seen = run_one(text);

	(void)state;
	assert_int_equal(seen.rc, FAIL_DATA);
	assert_non_null(
		strstr(seen.fail.text, "count of lines is 2, but 1 came"));
	seen = run(&text, 1, true);
	assert_int_equal(seen.rc, 0);
	assert_string_equal(seen.what, "BLB");
}

static void
lines_after_the_last_barrier_mean_a_dead_stage(void **state)
{
	struct seen seen;

	(void)state;
	seen = run_one(B("r", "0", "0") "{\"a\":1}\n{\"a\":");
	assert_string_equal(seen.what, "BLx");
	assert_int_equal(seen.rc, FAIL_RETRY);
	seen = run_one(B("r", "0", "0"));
	assert_int_equal(seen.rc, 0);
	seen = run_one("");
	assert_int_equal(seen.rc, 0);
}

/* What the callbacks of a run saw, and when they had enough. */
struct taken {
	char what[8];
	size_t n, enough;
};

static int
take(struct taken *t, char what, struct fail *f)
{
	t->what[t->n++] = what;
	return t->n < t->enough ? 0 : fail_set(f, FAIL_USAGE, "enough");
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	return take(ctx, rec->line.reason == NDJSON_OK ? 'L' : 'x', f);
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	(void)b;
	return take(ctx, 'B', f);
}

static int
run_taken(const char *text, stream_barrier_fn fn, struct taken *t)
{
	char *path = (char *)(uintptr_t) "in.json";
	struct stream_options o = {0};
	struct str key = STR_LIT("a");
	struct stream *s = NULL;
	struct fail f = {0};
	int rc;

	assert_int_equal(io_write_file(path, str_of(text), NULL), 0);
	assert_int_equal(stream_open(&s, &path, 1, &key, NULL, 1, &o, &f), 0);
	rc = stream_run(s, take_line, fn, t, &f);
	stream_close(s);
	unlink(path);
	return rc;
}

static void
a_run_hands_out_everything_until_it_fails(void **state)
{
	const char *text = B("r", "0", "0") "{\"a\":1}\n{}}\n" B("r", "2", "2");
	const char *torn = B("r", "0", "0") "{\"a\":1}\n";
	struct taken all = {.enough = 8}, few = {.enough = 2},
		     none = {.enough = 1}, lines = {.enough = 8},
		     tail = {.enough = 8};

	(void)state;
	assert_int_equal(run_taken(text, take_barrier, &all), 0);
	assert_string_equal(all.what, "BLxB");
	/* a failure of either callback ends it, at once */
	assert_int_equal(run_taken(text, take_barrier, &few), FAIL_USAGE);
	assert_string_equal(few.what, "BL");
	assert_int_equal(run_taken(text, take_barrier, &none), FAIL_USAGE);
	assert_string_equal(none.what, "B");
	/* nobody asked for barriers: they pass, and are checked all the same */
	assert_int_equal(run_taken(text, NULL, &lines), 0);
	assert_string_equal(lines.what, "Lx");
	assert_int_equal(run_taken(torn, NULL, &tail), FAIL_RETRY);
	assert_string_equal(tail.what, "L");
}

static void
a_missing_second_file_is_found_at_once(void **state)
{
	char *paths[] = {(char *)(uintptr_t) "here.json",
			 (char *)(uintptr_t) "gone.json"};
	struct stream_options o = {0};
	struct str key = STR_LIT("a");
	struct stream *s = NULL;
	struct fail f = {0};

	(void)state;
	assert_int_equal(io_write_file("here.json", STR_LIT("{}\n"), NULL), 0);
	assert_int_equal(stream_open(&s, paths, 2, &key, NULL, 1, &o, &f),
			 FAIL_IO);
	assert_non_null(strstr(f.text, "gone.json"));
	unlink("here.json");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_ends_its_own_last_line),
		cmocka_unit_test(glued_documents_are_one_bad_line),
		cmocka_unit_test(barriers_need_the_first_line_and_its_nonce),
		cmocka_unit_test(places_count_from_the_last_barrier),
		cmocka_unit_test(a_wrong_count_is_refused_unless_allowed),
		cmocka_unit_test(
			lines_after_the_last_barrier_mean_a_dead_stage),
		cmocka_unit_test(a_run_hands_out_everything_until_it_fails),
		cmocka_unit_test(a_missing_second_file_is_found_at_once),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
