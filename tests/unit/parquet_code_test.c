/* SPDX-License-Identifier: MIT */
/* Parquet's bits and bytes: thrift, the hybrid runs, packed deltas, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "parquet/chunk.h"
#include "parquet/rle.h"
#include "parquet/thrift.h"
#include "parquet/unpack.h"

#include "base/banned.h"

static struct str
bytes_of(const unsigned char *p, size_t n)
{
	return (struct str){(const char *)p, n};
}

/* ---- thrift ---- */

/* {1: i32 -7, 2: true, 20: binary "ab", 21: list<i32> [1, -1],
 *  22: {1: i64 max}, 23: false}, by hand from the specification */
static const unsigned char by_hand[] = {
	0x15, 0x0d, 0x11, 0x08, 0x28, 0x02, 'a',  'b',	0x19,
	0x25, 0x02, 0x01, 0x1c, 0x16, 0xfe, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00, 0x12, 0x00};

static void
thrift_writes_the_compact_protocol(void **state)
{
	struct thrift_out o;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	thrift_out_init(&o, &b);
	thrift_put_i32(&o, 1, -7);
	thrift_put_bool(&o, 2, true);
	thrift_put_bytes(&o, 20, STR_LIT("ab"));
	thrift_put_list(&o, 21, THRIFT_I32, 2);
	thrift_item_i32(&o, 1);
	thrift_item_i32(&o, -1);
	thrift_open(&o, 22);
	thrift_put_i64(&o, 1, INT64_MAX);
	thrift_close(&o);
	thrift_put_bool(&o, 23, false);
	thrift_out_end(&o);
	assert_false(o.has_failed);
	assert_int_equal(b.len, sizeof(by_hand));
	assert_memory_equal(b.p, by_hand, sizeof(by_hand));
	buf_release(&b);
}

static void
thrift_reads_the_compact_protocol(void **state)
{
	struct thrift_in in;
	struct thrift_field f = {0}, inner = {0};

	(void)state;
	thrift_in_init(&in, bytes_of(by_hand, sizeof(by_hand)));
	assert_true(thrift_next(&in, &f));
	assert_int_equal(f.id, 1);
	assert_int_equal(thrift_i32(&in, &f), -7);
	assert_true(thrift_next(&in, &f));
	assert_true(thrift_bool(&in, &f));
	assert_true(thrift_next(&in, &f));
	assert_int_equal(f.id, 20);
	assert_true(str_is(thrift_bytes(&in, &f), "ab"));
	assert_true(thrift_next(&in, &f));
	assert_int_equal(thrift_list(&in, &f, THRIFT_I32), 2);
	assert_int_equal(thrift_next_i64(&in), 1);
	assert_int_equal(thrift_next_i64(&in), -1);
	assert_true(thrift_next(&in, &f));
	assert_true(thrift_enter(&in, &f));
	assert_true(thrift_next(&in, &inner));
	assert_true(thrift_i64(&in, &inner) == INT64_MAX);
	assert_false(thrift_next(&in, &inner));
	assert_true(thrift_next(&in, &f));
	assert_false(thrift_bool(&in, &f));
	assert_false(thrift_next(&in, &f));
	assert_false(in.has_failed);
	assert_ptr_equal(in.p, in.end);
}

static void
thrift_skips_what_it_does_not_know(void **state)
{
	struct thrift_in in;
	struct thrift_field f = {0};
	size_t n = 0;

	(void)state;
	thrift_in_init(&in, bytes_of(by_hand, sizeof(by_hand)));
	for (; thrift_next(&in, &f); n++)
		thrift_skip(&in, &f);
	assert_int_equal(n, 6);
	assert_false(in.has_failed);
	/* cut anywhere: a failure, not a read behind the end */
	for (size_t cut = 0; cut < sizeof(by_hand); cut++) {
		f = (struct thrift_field){0};
		thrift_in_init(&in, bytes_of(by_hand, cut));
		while (thrift_next(&in, &f))
			thrift_skip(&in, &f);
		assert_true(in.has_failed);
	}
}

static void
thrift_bounds_depth_and_length(void **state)
{
	unsigned char deep[200];
	static const unsigned char list[] = {0x19, 0xf8, 0xff, 0xff, 0x7f};
	static const unsigned char text[] = {0x18, 0xff, 0xff, 0x7f, 'a'};
	struct thrift_in in;
	struct thrift_field f = {0};

	(void)state;
	memset(deep, 0x1c, sizeof(deep)); /* structs in structs */
	thrift_in_init(&in, bytes_of(deep, sizeof(deep)));
	assert_true(thrift_next(&in, &f));
	thrift_skip(&in, &f);
	assert_true(in.has_failed);
	f = (struct thrift_field){0};
	thrift_in_init(&in, bytes_of(list, sizeof(list)));
	assert_true(thrift_next(&in, &f));
	assert_int_equal(thrift_list(&in, &f, THRIFT_BINARY), 0);
	assert_true(in.has_failed);
	f = (struct thrift_field){0};
	thrift_in_init(&in, bytes_of(text, sizeof(text)));
	assert_true(thrift_next(&in, &f));
	assert_int_equal(thrift_bytes(&in, &f).n, 0);
	assert_true(in.has_failed);
}

/* ---- runs and packed bits ---- */

static void
codes_of_every_width_come_back(void **state)
{
	static uint32_t v[3000], back[3000];
	uint64_t x = 3;

	(void)state;
	for (unsigned width = 1; width <= 32; width++) {
		for (size_t n = 0; n < 3000; n = n < 40 ? n + 1 : n * 3) {
			struct rle_in in;
			struct buf b;
			size_t at = 0;

			buf_init(&b, SIZE_MAX);
			for (size_t i = 0; i < n; i++) {
				x = hash_mix(x + 1);
				/* runs of many lengths among other values */
				v[i] = i > 0 && x % 32 != 0 && i / 100 % 2
					       ? v[i - 1]
					       : (uint32_t)(x >> (64 - width));
			}
			assert_int_equal(rle_encode(v, n, width, &b), 0);
			rle_in_init(&in, buf_str(&b), width);
			while (at < n) {
				size_t take = 1 + at * 7 % 50;

				take = take < n - at ? take : n - at;
				assert_true(rle_get(&in, back + at, take));
				at += take;
			}
			if (n > 0)
				assert_memory_equal(back, v, n * sizeof(*v));
			buf_release(&b);
		}
	}
}

/* Bits that come a byte each are stored as the same values in words. */
static void
bits_are_stored_as_their_words(void **state)
{
	static uint32_t word[3000];
	static uint8_t bit[3000];
	uint64_t x = 5;

	(void)state;
	for (size_t n = 0; n < 3000; n = n < 80 ? n + 1 : n + 97) {
		struct buf words, bits;

		for (size_t i = 0; i < n; i++) {
			x = hash_mix(x + 1);
			/* runs of many lengths, and none */
			bit[i] = i > 0 && x % 32 != 0 && i / 150 % 2
					 ? bit[i - 1]
					 : (uint8_t)(x >> 63);
			word[i] = bit[i];
		}
		buf_init(&words, SIZE_MAX);
		buf_init(&bits, SIZE_MAX);
		assert_int_equal(rle_encode(word, n, 1, &words), 0);
		assert_int_equal(rle_encode_bits(bit, n, &bits), 0);
		assert_int_equal(words.len, bits.len);
		if (n > 0)
			assert_memory_equal(words.p, bits.p, words.len);
		buf_release(&words);
		buf_release(&bits);
	}
}

static void
packed_bits_are_the_specifications(void **state)
{
	static const uint32_t v[8] = {0, 1, 2, 3, 4, 5, 6, 7};
	static const unsigned char packed[] = {0x03, 0x88, 0xc6, 0xfa};
	static const unsigned char old[] = {0x05, 0x39, 0x77};
	uint32_t back[8];
	struct rle_in in;
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(rle_encode(v, 8, 3, &b), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, packed, 4);
	buf_release(&b);
	rle_in_init_packed(&in, bytes_of(old, 3), 3, 8);
	assert_true(rle_get(&in, back, 8));
	assert_memory_equal(back, v, sizeof(v));
	assert_false(rle_get(&in, back, 1));
}

static void
long_runs_take_few_bytes(void **state)
{
	static uint32_t v[20000];
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(rle_encode(v, 20000, 1, &b), 0);
	assert_int_equal(b.len, 4);
	buf_release(&b);
}

static void
runs_that_end_early_are_refused(void **state)
{
	static const unsigned char cut_run[] = {0x20};
	static const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff,
						0xff, 0xff, 0xff};
	static const unsigned char none[] = {0x00, 0x00, 0x00, 0x00};
	uint32_t out[64];
	struct rle_in in;

	(void)state;
	rle_in_init(&in, bytes_of(cut_run, 1), 8);
	assert_false(rle_get(&in, out, 1));
	rle_in_init(&in, bytes_of(endless, sizeof(endless)), 8);
	assert_false(rle_get(&in, out, 64));
	rle_in_init(&in, bytes_of(none, sizeof(none)), 8);
	assert_false(rle_get(&in, out, 1));
	assert_int_equal(rle_width(0), 0);
	assert_int_equal(rle_width(1), 1);
	assert_int_equal(rle_width(255), 8);
	assert_int_equal(rle_width(256), 9);
	assert_int_equal(rle_width(UINT32_MAX), 32);
}

/* ---- packed deltas ---- */

static void
deltas_are_the_specifications(void **state)
{
	/* both of parquet-format's Encodings.md */
	static const unsigned char even[] = {0x80, 0x01, 4, 5, 2,
					     2,	   0,	 0, 0, 0};
	static const unsigned char odd[] = {0x80, 0x01, 4, 8,	 14,   3, 2,
					    0,	  0,	0, 0xc0, 0x3f, 0, 0,
					    0,	  0,	0, 0,	 'x'};
	static const int64_t want[] = {7, 5, 3, 1, 2, 3, 4, 5};
	int64_t out[8];
	struct unpack_in in;

	(void)state;
	assert_true(unpack_init(&in, bytes_of(even, sizeof(even))));
	assert_true(unpack_get(&in, out, 5));
	for (int i = 0; i < 5; i++)
		assert_int_equal(out[i], i + 1);
	assert_false(unpack_get(&in, out, 1));
	assert_true(unpack_init(&in, bytes_of(odd, sizeof(odd))));
	assert_ptr_equal(unpack_end(&in), odd + sizeof(odd) - 1);
	for (int i = 0; i < 8; i++) {
		assert_true(unpack_get(&in, out, 1));
		assert_int_equal(out[0], want[i]);
	}
	for (size_t n = 0; n < sizeof(odd) - 1; n++) {
		if (!unpack_init(&in, bytes_of(odd, n)))
			continue;
		assert_null(unpack_end(&in));
		assert_false(unpack_get(&in, out, 8));
	}
}

static void
odd_delta_headers_are_refused(void **state)
{
	static const unsigned char head[][4] = {
		{0x80, 0x01, 0, 5},  /* no miniblock */
		{0x08, 0x02, 5, 0},  /* miniblocks of 4 values */
		{0x00, 0x01, 5, 0},  /* of none */
		{0x80, 0x01, 3, 5}}; /* not a whole number of them */
	struct unpack_in in;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_false(unpack_init(&in, bytes_of(head[i], 4)));
}

/* ---- bounds ---- */

static struct pq_bounds
bounds(enum table_type type, struct str min, struct str max, struct arena *a)
{
	struct pq_node node = {.type = type, .physical = PQ_BYTE_ARRAY};
	struct pq_range range = {0};
	struct pq_bounds out;

	pq_range_add_str(&range, min);
	pq_range_add_str(&range, max);
	assert_int_equal(pq_bounds_of(&range, &node, a, &out, NULL), 0);
	return out;
}

static void
long_bounds_are_cut_but_hold(void **state)
{
	struct arena a = {0};
	char x[80], high[80];
	struct str text = {x, 80};
	struct pq_bounds b;

	(void)state;
	memset(x, 'x', 80);
	b = bounds(TABLE_STRING, text, text, &a);
	assert_true(b.is_set && !b.is_min_exact && !b.is_max_exact);
	assert_int_equal(b.min.n, 64);
	assert_int_equal(b.max.n, 64);
	assert_true(str_compare(b.min, text) < 0);
	assert_true(str_compare(b.max, text) > 0);
	/* a character of two bytes across the cut */
	memcpy(x + 63, "\xc3\xb6", 2);
	b = bounds(TABLE_STRING, text, text, &a);
	assert_int_equal(b.min.n, 63);
	assert_int_equal(b.max.n, 63);
	assert_true(str_compare(b.max, text) > 0);
	/* nothing can be raised: no bounds rather than wrong ones */
	memset(high, 0xff, 80);
	b = bounds(TABLE_BINARY, text, (struct str){high, 80}, &a);
	assert_false(b.is_set);
	b = bounds(TABLE_STRING, STR_LIT("a"), STR_LIT("b"), &a);
	assert_true(b.is_min_exact && b.is_max_exact);
	assert_true(str_is(b.min, "a") && str_is(b.max, "b"));
	arena_release(&a);
}

static void
zeros_bound_both_signs(void **state)
{
	struct pq_node node = {.type = TABLE_DOUBLE, .physical = PQ_DOUBLE};
	struct pq_range range = {0};
	struct pq_bounds b;
	struct arena a = {0};
	double v = 0;
	int64_t bits;

	(void)state;
	memcpy(&bits, &v, sizeof(bits));
	pq_range_add_numbers(&range, &bits, 1, TABLE_DOUBLE);
	assert_int_equal(pq_bounds_of(&range, &node, &a, &b, NULL), 0);
	memcpy(&v, b.min.p, sizeof(v));
	assert_true(v == 0 && signbit(v));
	memcpy(&v, b.max.p, sizeof(v));
	assert_true(v == 0 && !signbit(v));
	arena_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thrift_writes_the_compact_protocol),
		cmocka_unit_test(thrift_reads_the_compact_protocol),
		cmocka_unit_test(thrift_skips_what_it_does_not_know),
		cmocka_unit_test(thrift_bounds_depth_and_length),
		cmocka_unit_test(codes_of_every_width_come_back),
		cmocka_unit_test(bits_are_stored_as_their_words),
		cmocka_unit_test(packed_bits_are_the_specifications),
		cmocka_unit_test(long_runs_take_few_bytes),
		cmocka_unit_test(runs_that_end_early_are_refused),
		cmocka_unit_test(deltas_are_the_specifications),
		cmocka_unit_test(odd_delta_headers_are_refused),
		cmocka_unit_test(long_bounds_are_cut_but_hold),
		cmocka_unit_test(zeros_bound_both_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
