/* SPDX-License-Identifier: MIT */
/* stream_split: the parts of a file together see what one reader sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "scratch.h"
#include "stream/stream.h"

/* What a part saw: its lines one after the other, with their places. */
struct seen {
	struct buf text;
};

static int
see(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct seen *s = ctx;

	(void)f;
	return buf_addf(&s->text, "%d %.*s\n", rec->line.reason,
			(int)rec->line.n, rec->line.p);
}

/* Read the file in n parts; the lines in order into out. */
static uint64_t
in_parts(const char *path, size_t n, struct buf *out)
{
	struct stream_part part[16] = {{0}};
	struct seen seen[16];
	struct ndjson_options o = {.mode = NDJSON_FULL};
	struct str key = STR_LIT("a");
	uint64_t lines = 0;

	assert_true(n <= 16);
	for (size_t i = 0; i < n; i++) {
		buf_init(&seen[i].text, 1 << 24);
		part[i].ctx = &seen[i];
	}
	assert_int_equal(
		stream_split(path, &key, NULL, 1, &o, see, part, n, NULL), 0);
	buf_reset(out);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(buf_add_str(out, buf_str(&seen[i].text)), 0);
		lines += part[i].line_n;
		buf_release(&seen[i].text);
	}
	return lines;
}

static void
parts_see_what_one_sees(void **state)
{
	static const char *const file[] = {
		"",
		"\n",
		"{\"a\":1}",
		"{\"a\":1}\n{\"a\":2}\n\n\n{\"a\":3}",
		"\xef\xbb\xbf{\"a\":1}\n\xef\xbb\xbf{\"a\":2}\nx\n",
	};
	struct buf whole, parts;

	(void)state;
	buf_init(&whole, 1 << 24);
	buf_init(&parts, 1 << 24);
	for (size_t i = 0; i < sizeof(file) / sizeof(*file); i++) {
		uint64_t lines;

		assert_int_equal(io_write_file("f", str_of(file[i]), NULL), 0);
		lines = in_parts("f", 1, &whole);
		for (size_t n = 2; n <= 16; n++) {
			assert_int_equal(in_parts("f", n, &parts), lines);
			assert_true(
				str_equal(buf_str(&whole), buf_str(&parts)));
		}
	}
	buf_release(&whole);
	buf_release(&parts);
}

static void
lines_of_all_lengths(void **state)
{
	struct buf text, whole, parts;

	(void)state;
	buf_init(&text, 1 << 24);
	buf_init(&whole, 1 << 24);
	buf_init(&parts, 1 << 24);
	for (int i = 0; i < 400; i++)
		assert_int_equal(buf_addf(&text, "{\"a\":\"%*d\"}%s",
					  1 + i * i % 7001, i,
					  i < 399 ? "\n" : ""),
				 0);
	assert_int_equal(io_write_file("f", buf_str(&text), NULL), 0);
	assert_int_equal(in_parts("f", 1, &whole), 400);
	for (size_t n = 2; n <= 16; n++) {
		assert_int_equal(in_parts("f", n, &parts), 400);
		assert_true(str_equal(buf_str(&whole), buf_str(&parts)));
	}
	buf_release(&text);
	buf_release(&whole);
	buf_release(&parts);
}

static void
what_can_be_split(void **state)
{
	char f[] = "f", g[] = "g", in[] = "-", none[] = "absent", dir[] = ".";
	char *plain[] = {f}, *two[] = {f, g}, *std[] = {in};
	char *absent[] = {none}, *folder[] = {dir};

	(void)state;
	assert_int_equal(io_write_file("f", STR_LIT("{}\n"), NULL), 0);
	assert_true(stream_can_split(plain, 1));
	assert_false(stream_can_split(plain, 0));
	assert_false(stream_can_split(std, 1));
	assert_false(stream_can_split(absent, 1));
	assert_false(stream_can_split(folder, 1));
	assert_int_equal(io_write_file("g", STR_LIT("\x1f\x8b"), NULL), 0);
	assert_false(stream_can_split(two, 2));
	assert_int_equal(
		io_write_file("g", STR_LIT("{\"@barrier\":{}}\n"), NULL), 0);
	assert_false(stream_can_split(two, 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_see_what_one_sees),
		cmocka_unit_test(lines_of_all_lengths),
		cmocka_unit_test(what_can_be_split),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
