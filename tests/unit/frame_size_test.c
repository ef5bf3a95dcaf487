/* SPDX-License-Identifier: MIT */
/* The size of zstd frames, as kcat-in tells it to librdkafka. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#define TEXT_N 300000

static char text[TEXT_N], packed[TEXT_N + 65536];

/* As a producer's stream writes it: the size comes first only if pledged. */
static size_t
pack(bool is_pledged, size_t flush_each)
{
	ZSTD_CStream *z = ZSTD_createCStream();
	ZSTD_outBuffer out = {packed, sizeof(packed), 0};

	assert_non_null(z);
	ZSTD_CCtx_setPledgedSrcSize(z, is_pledged ? TEXT_N
						  : ZSTD_CONTENTSIZE_UNKNOWN);
	for (size_t i = 0; i < TEXT_N;) {
		size_t n = TEXT_N - i < flush_each ? TEXT_N - i : flush_each;
		ZSTD_inBuffer in = {text + i, n, 0};

		i += n;
		assert_int_equal(ZSTD_compressStream2(z, &out, &in,
						      i == TEXT_N
							      ? ZSTD_e_end
							      : ZSTD_e_flush),
				 0);
	}
	ZSTD_freeCStream(z);
	return out.pos;
}

static void
stream_is_bounded(void **state)
{
	unsigned long long bound;
	char *back = malloc(TEXT_N + (128 << 10));
	size_t n;

	(void)state;
	assert_non_null(back);
	n = pack(false, TEXT_N);
	bound = ZSTD_getFrameContentSize(packed, n);
	assert_in_range(bound, TEXT_N, TEXT_N + (128 << 10) - 1);
	assert_int_equal(ZSTD_decompress(back, bound, packed, n), TEXT_N);
	assert_memory_equal(back, text, TEXT_N);
	free(back);
}

static void
told_size_is_exact(void **state)
{
	size_t n = pack(true, TEXT_N);

	(void)state;
	assert_int_equal(ZSTD_getFrameContentSize(packed, n), TEXT_N);
}

static void
many_small_blocks_are_not_believed(void **state)
{
	size_t n = pack(false, 1000);

	(void)state;
	assert_int_equal(ZSTD_getFrameContentSize(packed, n),
			 ZSTD_CONTENTSIZE_UNKNOWN);
}

static void
damage_is_an_error(void **state)
{
	size_t n = pack(false, TEXT_N);

	(void)state;
	assert_int_equal(ZSTD_getFrameContentSize(packed, n - 1),
			 ZSTD_CONTENTSIZE_ERROR);
	packed[0] = 0;
	assert_int_equal(ZSTD_getFrameContentSize(packed, n),
			 ZSTD_CONTENTSIZE_ERROR);
	assert_int_equal(ZSTD_getFrameContentSize(packed, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stream_is_bounded),
		cmocka_unit_test(told_size_is_exact),
		cmocka_unit_test(many_small_blocks_are_not_believed),
		cmocka_unit_test(damage_is_an_error),
	};

	for (size_t i = 0; i < TEXT_N; i++)
		text[i] = "abcdefgh"[(i * i / 7) % 8];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
