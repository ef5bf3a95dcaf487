/* SPDX-License-Identifier: MIT */
/* Blocks and streams of every codec, whole, cut, damaged and concatenated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "codec/codec.h"

#include "base/banned.h"

static const enum codec_kind all[] = {CODEC_NONE, CODEC_SNAPPY, CODEC_GZIP,
				      CODEC_ZSTD, CODEC_LZ4_RAW};
#define ALL (sizeof(all) / sizeof(all[0]))

/* n bytes that compress, but not to nothing. */
static char *
some_bytes(size_t n)
{
	char *p = malloc(n + 1);
	uint64_t x = 9;

	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		if (i % 7 == 0)
			x = hash_mix(x + 1);
		p[i] = (char)(x % 64);
	}
	return p;
}

static void
compress(enum codec_kind kind, struct str src, struct buf *out)
{
	buf_init(out, SIZE_MAX);
	assert_int_equal(codec_compress(NULL, kind, 1, src, out, NULL), 0);
}

static void
blocks_come_back(void **state)
{
	static const size_t size[] = {0, 1, 2, 1000, 65536, 3 << 20};
	struct codec_scratch *s = codec_scratch_open();

	(void)state;
	for (size_t i = 0; i < ALL * 6; i++) {
		size_t n = size[i / ALL];
		char *bytes = some_bytes(n);
		char *back = malloc(n + 1);
		struct buf out;

		buf_init(&out, SIZE_MAX);
		assert_int_equal(buf_add_cstr(&out, "head"), 0);
		assert_int_equal(codec_compress(s, all[i % ALL], 1,
						(struct str){bytes, n}, &out,
						NULL),
				 0);
		assert_memory_equal(out.p, "head", 4);
		assert_int_equal(
			codec_decompress(s, (int)all[i % ALL],
					 (struct str){out.p + 4, out.len - 4},
					 back, n, NULL),
			0);
		if (n > 0)
			assert_memory_equal(back, bytes, n);
		buf_release(&out);
		free(back);
		free(bytes);
	}
	codec_scratch_close(s);
	codec_scratch_close(NULL);
}

static void
a_block_must_have_the_stated_size(void **state)
{
	char *bytes = some_bytes(1000);
	char back[1001];

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct fail f = {0};
		struct buf out;

		compress(all[i], (struct str){bytes, 1000}, &out);
		assert_int_equal(codec_decompress(NULL, (int)all[i],
						  buf_str(&out), back, 999, &f),
				 FAIL_DATA);
		assert_true(strlen(f.text) > 0);
		assert_int_equal(codec_decompress(NULL, (int)all[i],
						  buf_str(&out), back, 1001,
						  NULL),
				 FAIL_DATA);
		buf_release(&out);
	}
	free(bytes);
}

static void
damaged_and_cut_blocks_are_refused(void **state)
{
	char *bytes = some_bytes(5000);
	char back[5000];

	(void)state;
	for (size_t i = 1; i < ALL; i++) {
		struct buf out;

		compress(all[i], (struct str){bytes, 5000}, &out);
		for (size_t n = 0; n < out.len; n += 97)
			assert_int_equal(
				codec_decompress(NULL, (int)all[i],
						 (struct str){out.p, n}, back,
						 5000, NULL),
				FAIL_DATA);
		/* no crash is all that can be asked: snappy has no checksum */
		for (size_t n = 0; n < out.len; n += 13) {
			int rc;

			out.p[n] = (char)~out.p[n];
			rc = codec_decompress(NULL, (int)all[i], buf_str(&out),
					      back, 5000, NULL);
			assert_true(rc == 0 || rc == FAIL_DATA);
			out.p[n] = (char)~out.p[n];
		}
		buf_release(&out);
	}
	free(bytes);
}

static void
unknown_codecs_are_named(void **state)
{
	struct fail f = {0};
	char back[4];

	(void)state;
	assert_null(codec_name(8));
	assert_string_equal(codec_name(4), "brotli");
	assert_string_equal(codec_name(CODEC_ZSTD), "zstd");
	assert_string_equal(codec_name(CODEC_SNAPPY), "snappy");
	assert_int_equal(
		codec_decompress(NULL, 4, STR_LIT("abcd"), back, 4, &f),
		FAIL_DATA);
	assert_non_null(strstr(f.text, "brotli"));
	f = (struct fail){0};
	assert_int_equal(
		codec_decompress(NULL, 9, STR_LIT("abcd"), back, 4, &f),
		FAIL_DATA);
	assert_non_null(strstr(f.text, "codec 9"));
}

/* n as 4 bytes, big-endian. */
static void
add_be32(struct buf *out, size_t n)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		assert_int_equal(buf_add_char(out, (char)(n >> shift)), 0);
}

static void
lz4_comes_bare_or_in_hadoops_frames(void **state)
{
	char *bytes = some_bytes(3000), back[3000];
	struct buf one, framed;

	(void)state;
	buf_init(&framed, SIZE_MAX);
	for (size_t i = 0; i < 3; i++) {
		compress(CODEC_LZ4_RAW, (struct str){bytes + i * 1000, 1000},
			 &one);
		add_be32(&framed, 1000);
		add_be32(&framed, one.len);
		assert_int_equal(buf_add_str(&framed, buf_str(&one)), 0);
		buf_release(&one);
	}
	assert_int_equal(codec_decompress(NULL, CODEC_LZ4, buf_str(&framed),
					  back, 3000, NULL),
			 0);
	assert_memory_equal(back, bytes, 3000);
	framed.len--;
	assert_int_equal(codec_decompress(NULL, CODEC_LZ4, buf_str(&framed),
					  back, 3000, NULL),
			 FAIL_DATA);
	buf_release(&framed);
	compress(CODEC_LZ4_RAW, (struct str){bytes, 3000}, &one);
	assert_int_equal(codec_decompress(NULL, CODEC_LZ4, buf_str(&one), back,
					  3000, NULL),
			 0);
	buf_release(&one);
	free(bytes);
}

static void
gzip_may_be_of_several_members(void **state)
{
	char *bytes = some_bytes(2000), back[2000];
	struct buf out;

	(void)state;
	compress(CODEC_GZIP, (struct str){bytes, 1000}, &out);
	assert_int_equal(codec_compress(NULL, CODEC_GZIP, 1,
					(struct str){bytes + 1000, 1000}, &out,
					NULL),
			 0);
	assert_int_equal(codec_decompress(NULL, CODEC_GZIP, buf_str(&out), back,
					  2000, NULL),
			 0);
	assert_memory_equal(back, bytes, 2000);
	buf_release(&out);
	free(bytes);
}

static void
a_full_buffer_is_an_error_and_stays_as_it_was(void **state)
{
	char *bytes = some_bytes(1000);

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct buf out;

		buf_init(&out, 100);
		assert_int_equal(buf_add_cstr(&out, "head"), 0);
		assert_int_equal(codec_compress(NULL, all[i], 1,
						(struct str){bytes, 1000}, &out,
						NULL),
				 FAIL_MEMORY);
		assert_true(str_is(buf_str(&out), "head"));
		buf_release(&out);
	}
	free(bytes);
}

static void
checksums_are_zlibs(void **state)
{
	(void)state;
	assert_int_equal(codec_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(codec_crc32("", 0), 0);
}

static void
first_bytes_name_the_codec(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		struct buf out;
		enum codec_kind want = all[i] == CODEC_SNAPPY ||
						       all[i] == CODEC_LZ4_RAW
					       ? CODEC_NONE
					       : all[i];

		compress(all[i], STR_LIT("{\"ts\":1}"), &out);
		assert_int_equal(codec_sniff(out.p, out.len), want);
		buf_release(&out);
	}
	assert_int_equal(codec_sniff("\x1f", 1), CODEC_NONE);
	assert_int_equal(codec_sniff("\x28\xb5\x2f", 3), CODEC_NONE);
	assert_int_equal(codec_sniff(NULL, 0), CODEC_NONE);
}

/* ---- streams ---- */

/* Decode src, given in pieces of `step` bytes, into out by `room` bytes at a
 * time. Returns the first failure's code. */
static int
decode(enum codec_kind kind, struct str src, size_t step, size_t room,
       struct buf *out, bool *is_cut)
{
	struct codec_stream *s = NULL;
	char dst[4096];
	int rc = codec_stream_open(&s, kind, NULL);

	assert_int_equal(rc, 0);
	buf_init(out, SIZE_MAX);
	for (size_t at = 0; at < src.n && rc == 0; at += step) {
		struct str piece = {src.p + at, step};
		size_t got = 1;

		if (piece.n > src.n - at)
			piece.n = src.n - at;
		while (rc == 0 && (piece.n > 0 || got > 0)) {
			rc = codec_stream_read(s, &piece, dst, room, &got,
					       NULL);
			if (rc == 0)
				assert_int_equal(buf_add(out, dst, got), 0);
		}
	}
	*is_cut = codec_stream_is_cut(s);
	codec_stream_close(s);
	return rc;
}

static void
streams_decode_in_any_pieces(void **state)
{
	static const size_t step[] = {1, 7, 1000, 1 << 20};
	static const size_t room[] = {1, 100, 4096};
	char *bytes = some_bytes(30000);

	(void)state;
	for (size_t i = 0; i < 24; i++) {
		enum codec_kind kind = i % 2 == 0 ? CODEC_GZIP : CODEC_ZSTD;
		struct buf packed, out;
		bool is_cut;

		compress(kind, (struct str){bytes, 30000}, &packed);
		assert_int_equal(decode(kind, buf_str(&packed), step[i / 2 % 4],
					room[i / 8], &out, &is_cut),
				 0);
		assert_false(is_cut);
		assert_int_equal(out.len, 30000);
		assert_memory_equal(out.p, bytes, 30000);
		buf_release(&packed);
		buf_release(&out);
	}
	free(bytes);
}

/* Logs are appended to and concatenated: one frame behind the other. */
static void
streams_go_on_from_frame_to_frame(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		enum codec_kind kind = i == 0 ? CODEC_GZIP : CODEC_ZSTD;
		struct buf packed, out;
		bool is_cut;

		compress(kind, STR_LIT("one\n"), &packed);
		assert_int_equal(codec_compress(NULL, kind, 1, STR_LIT(""),
						&packed, NULL),
				 0);
		assert_int_equal(codec_compress(NULL, kind, 1, STR_LIT("two\n"),
						&packed, NULL),
				 0);
		for (size_t step = 1; step < packed.len; step++) {
			assert_int_equal(decode(kind, buf_str(&packed), step,
						4096, &out, &is_cut),
					 0);
			assert_true(str_is(buf_str(&out), "one\ntwo\n"));
			assert_false(is_cut);
			buf_release(&out);
		}
		buf_release(&packed);
	}
}

static void
a_stream_knows_that_it_was_cut(void **state)
{
	char *bytes = some_bytes(3000);

	(void)state;
	for (int i = 0; i < 2; i++) {
		enum codec_kind kind = i == 0 ? CODEC_GZIP : CODEC_ZSTD;
		struct buf packed, out;
		bool is_cut;

		compress(kind, (struct str){bytes, 3000}, &packed);
		for (size_t n = 1; n < packed.len; n++) {
			struct str part = {packed.p, n};

			assert_int_equal(
				decode(kind, part, 512, 4096, &out, &is_cut),
				0);
			if (!is_cut)
				fail_msg("%s cut at %zu of %zu",
					 codec_name((int)kind), n, packed.len);
			buf_release(&out);
		}
		buf_release(&packed);
	}
	free(bytes);
}

static void
rubbish_in_a_stream_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		enum codec_kind kind = i == 0 ? CODEC_GZIP : CODEC_ZSTD;
		struct buf packed, out;
		bool is_cut;

		assert_int_equal(decode(kind, STR_LIT("not compressed at all"),
					4096, 4096, &out, &is_cut),
				 FAIL_DATA);
		buf_release(&out);
		compress(kind, STR_LIT("whole"), &packed);
		assert_int_equal(buf_add_cstr(&packed, "rubbish behind it"), 0);
		assert_int_equal(decode(kind, buf_str(&packed), 4096, 4096,
					&out, &is_cut),
				 FAIL_DATA);
		buf_release(&packed);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_back),
		cmocka_unit_test(a_block_must_have_the_stated_size),
		cmocka_unit_test(damaged_and_cut_blocks_are_refused),
		cmocka_unit_test(unknown_codecs_are_named),
		cmocka_unit_test(lz4_comes_bare_or_in_hadoops_frames),
		cmocka_unit_test(gzip_may_be_of_several_members),
		cmocka_unit_test(a_full_buffer_is_an_error_and_stays_as_it_was),
		cmocka_unit_test(checksums_are_zlibs),
		cmocka_unit_test(first_bytes_name_the_codec),
		cmocka_unit_test(streams_decode_in_any_pieces),
		cmocka_unit_test(streams_go_on_from_frame_to_frame),
		cmocka_unit_test(a_stream_knows_that_it_was_cut),
		cmocka_unit_test(rubbish_in_a_stream_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
