/* SPDX-License-Identifier: MIT */
/* Inputs in every packing, files that appear whole, and folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/codec.h"
#include "io/io.h"
#include "unit/scratch.h"

static void
put(const char *path, struct str data)
{
	struct fail f = {0};

	if (io_write_file(path, data, &f) != 0)
		fail_msg("%s", f.text);
}

/* The content of a file, read in pieces of `step`. */
static void
read_all(const char *path, size_t step, struct buf *out)
{
	struct fail f = {0};
	struct io_in *in;
	size_t got = 1;

	buf_reset(out);
	assert_int_equal(io_in_open(&in, path, &f), 0);
	while (got > 0) {
		assert_int_equal(buf_reserve(out, step), 0);
		if (io_in_read(in, out->p + out->len, step, &got, &f) != 0)
			fail_msg("%s", f.text);
		out->len += got;
	}
	io_in_close(in);
}

static void
packed_files_read_as_they_are(void **state)
{
	static const enum codec_kind kinds[] = {CODEC_NONE, CODEC_GZIP,
						CODEC_ZSTD};
	struct buf plain, packed, back;

	(void)state;
	buf_init(&plain, LIMIT_CONFIG);
	buf_init(&packed, LIMIT_CONFIG);
	buf_init(&back, LIMIT_CONFIG);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_addf(&plain, "{\"i\":%d}\n", i * 7), 0);
	for (size_t k = 0; k < 3; k++) {
		struct str half[2] = {
			{plain.p, plain.len / 3},
			{plain.p + plain.len / 3, plain.len - plain.len / 3}};

		buf_reset(&packed);
		/* two members or frames, as appended logs have */
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(codec_compress(NULL, kinds[k], 1,
							half[i], &packed, NULL),
					 0);
		put("packed", buf_str(&packed));
		for (size_t step = 1000; step < 400000; step *= 7) {
			read_all("packed", step, &back);
			assert_int_equal(back.len, plain.len);
			assert_memory_equal(back.p, plain.p, plain.len);
		}
	}
	unlink("packed");
	buf_release(&plain);
	buf_release(&packed);
	buf_release(&back);
}

static void
a_cut_archive_is_bad_data(void **state)
{
	struct buf packed, back;
	struct fail f = {0};

	(void)state;
	buf_init(&packed, LIMIT_CONFIG);
	buf_init(&back, LIMIT_CONFIG);
	assert_int_equal(codec_compress(NULL, CODEC_GZIP, 6,
					STR_LIT("hello, hello, hello"), &packed,
					NULL),
			 0);
	put("cut", (struct str){packed.p, packed.len - 9});
	assert_int_equal(io_read_file("cut", LIMIT_CONFIG, &back, &f),
			 FAIL_DATA);
	assert_non_null(strstr(f.text, "'cut'"));
	unlink("cut");
	buf_release(&packed);
	buf_release(&back);
}

static void
tiny_files_are_not_mistaken(void **state)
{
	static const char *const tiny[] = {"", "x", "\x1f", "\x28\xb5", "(ab"};
	struct buf back;

	(void)state;
	buf_init(&back, 4096);
	for (size_t i = 0; i < sizeof(tiny) / sizeof(*tiny); i++) {
		put("tiny", str_of(tiny[i]));
		read_all("tiny", 100, &back);
		assert_true(str_equal(buf_str(&back), str_of(tiny[i])));
	}
	unlink("tiny");
	buf_release(&back);
}

static void
an_output_appears_whole_or_not_at_all(void **state)
{
	struct io_out *o;
	struct buf back;
	struct stat st;

	(void)state;
	buf_init(&back, 1 << 20);
	put("file", STR_LIT("old"));
	assert_int_equal(io_out_create(&o, "file", NULL), 0);
	for (int i = 0; i < 50000; i++)
		assert_int_equal(io_out_write(o, "0123456789", 10, NULL), 0);
	assert_int_equal(io_out_bytes(o), 500000);
	read_all("file", 4096, &back);
	assert_true(str_is(buf_str(&back), "old"));
	io_out_close(o); /* without commit: the old file stays */
	read_all("file", 4096, &back);
	assert_true(str_is(buf_str(&back), "old"));
	assert_int_equal(io_out_create(&o, "file", NULL), 0);
	assert_int_equal(io_out_write(o, "new", 3, NULL), 0);
	assert_int_equal(io_out_commit(o, NULL), 0);
	io_out_close(o);
	assert_int_equal(stat("file", &st), 0);
	assert_int_equal(st.st_size, 3);
	unlink("file");
	buf_release(&back);
}

/* A log that is somebody's open descriptor goes on; it is not replaced. */
static void
a_descriptors_name_is_written_straight(void **state)
{
	char name[64];
	struct io_out *o;
	struct buf back;
	int fd;

	(void)state;
	buf_init(&back, 1 << 20);
	fd = open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "before ", 7), 7);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	assert_int_equal(io_out_create(&o, name, NULL), 0);
	assert_int_equal(io_out_write(o, "new", 3, NULL), 0);
	assert_int_equal(io_out_commit(o, NULL), 0);
	io_out_close(o);
	read_all("log", 4096, &back);
	assert_true(str_is(buf_str(&back), "before new"));
	close(fd);
	unlink("log");
	buf_release(&back);
}

static void
a_full_device_is_told_and_stays_told(void **state)
{
	struct io_out *o;
	struct fail f = {0};

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(io_out_create(&o, "/dev/full", NULL), 0);
	assert_int_equal(io_out_write(o, "x", 1, NULL), 0);
	assert_int_equal(io_out_flush(o, &f), FAIL_IO);
	assert_non_null(strstr(f.text, "/dev/full"));
	assert_int_equal(io_out_flush(o, NULL), FAIL_IO);
	assert_int_equal(io_out_commit(o, NULL), FAIL_IO);
	io_out_close(o);
}

static void
missing_things_are_named(void **state)
{
	struct io_in *in;
	struct io_out *o;
	struct fail f = {0};

	(void)state;
	assert_int_equal(io_in_open(&in, "nowhere", &f), FAIL_IO);
	assert_string_equal(f.text,
			    "cannot open 'nowhere': No such file or directory");
	f = (struct fail){0};
	assert_int_equal(io_in_open(&in, ".", &f), FAIL_IO);
	f = (struct fail){0};
	assert_int_equal(io_out_create(&o, "no/such/file", &f), FAIL_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_files_read_as_they_are),
		cmocka_unit_test(a_cut_archive_is_bad_data),
		cmocka_unit_test(tiny_files_are_not_mistaken),
		cmocka_unit_test(an_output_appears_whole_or_not_at_all),
		cmocka_unit_test(a_descriptors_name_is_written_straight),
		cmocka_unit_test(a_full_device_is_told_and_stays_told),
		cmocka_unit_test(missing_things_are_named),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
