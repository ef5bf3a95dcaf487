/* SPDX-License-Identifier: MIT */
/* sketch: stated errors, algebra of merging, texts that come back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sketch/sketch.h"

/* A stream of hashes that differs with the seed. */
static uint64_t
nth_hash(uint64_t seed, uint64_t i)
{
	uint64_t key[2] = {seed, i};

	return hll_hash(key, sizeof(key));
}

static void
fill(struct hll *h, uint64_t seed, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		assert_int_equal(hll_add(h, nth_hash(seed, i)), 0);
}

static void
assert_same(const struct hll *a, const struct hll *b)
{
	struct buf x, y;

	buf_init(&x, HLL_TEXT_MAX);
	buf_init(&y, HLL_TEXT_MAX);
	assert_int_equal(hll_format(a, &x), 0);
	assert_int_equal(hll_format(b, &y), 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, x.len);
	buf_release(&x);
	buf_release(&y);
}

static void
small_sets_are_exact(void **state)
{
	struct hll h = {0};

	(void)state;
	assert_int_equal(hll_estimate(&h), 0);
	for (uint64_t i = 0; i < 1000; i++) {
		fill(&h, 1, i, i + 1);
		fill(&h, 1, 0, i + 1 < 5 ? i + 1 : 5); /* again: no change */
		assert_int_equal(hll_estimate(&h), i + 1);
	}
	hll_release(&h);
}

/* Root mean square of the relative error over `trials` sets of n. */
static double
rms_error(uint64_t n, unsigned trials)
{
	double sum = 0;

	for (unsigned t = 0; t < trials; t++) {
		struct hll h = {0};
		double e;

		fill(&h, 1000 + t, 0, n);
		e = ((double)hll_estimate(&h) - (double)n) / (double)n;
		sum += e * e;
		hll_release(&h);
	}
	return sqrt(sum / trials);
}

static void
error_is_as_stated(void **state)
{
	const double stated = 1.04 / sqrt((double)(1 << HLL_BITS));

	(void)state;
	/* 60 trials: the RMS itself scatters by 9 %; 1.3 is 3 sigma. */
	assert_true(rms_error(1000, 60) < 5e-4);
	assert_true(rms_error(HLL_SPARSE_MAX, 60) < 5e-4);
	assert_true(rms_error(5000, 60) < stated * 1.3);
	assert_true(rms_error(20000, 60) < stated * 1.3);
	assert_true(rms_error(50000, 60) < stated * 1.3);
	assert_true(rms_error(200000, 60) < stated * 1.3);
	/* and it is an error: not by luck the truth */
	assert_true(rms_error(200000, 20) > stated * 0.4);
}

static void
merge_is_the_union(void **state)
{
	static const uint64_t size[] = {0, 1, 3, 700, 4000, 4096, 4097, 60000};
	size_t n = sizeof(size) / sizeof(*size);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < n; j++) {
			struct hll a = {0}, b = {0}, both = {0};

			fill(&a, 7, 0, size[i]);
			fill(&b, 7, size[i] / 2, size[i] / 2 + size[j]);
			fill(&both, 7, 0, size[i]);
			fill(&both, 7, size[i] / 2, size[i] / 2 + size[j]);
			assert_int_equal(hll_merge(&a, &b), 0);
			assert_same(&a, &both);
			assert_int_equal(hll_merge(&a, &both), 0);
			assert_same(&a, &both); /* idempotent */
			assert_int_equal(hll_merge(&b, &both), 0);
			assert_same(&b, &both); /* commutative */
			hll_release(&a);
			hll_release(&b);
			hll_release(&both);
		}
	}
}

static void
merge_is_associative(void **state)
{
	struct hll left = {0}, right = {0}, part[3] = {{0}};

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		fill(&part[i], 9, i * 1500, i * 1500 + 2000);
	assert_int_equal(hll_merge(&left, &part[0]), 0);
	assert_int_equal(hll_merge(&left, &part[1]), 0);
	assert_int_equal(hll_merge(&left, &part[2]), 0);
	assert_int_equal(hll_merge(&right, &part[2]), 0);
	assert_int_equal(hll_merge(&right, &part[1]), 0);
	assert_int_equal(hll_merge(&right, &part[0]), 0);
	assert_same(&left, &right);
	hll_release(&left);
	hll_release(&right);
	for (size_t i = 0; i < 3; i++)
		hll_release(&part[i]);
}

static void
text_comes_back(void **state)
{
	static const uint64_t size[] = {0, 1, 2, 100, 4095, 4096, 4097, 300000};
	struct buf text;

	(void)state;
	buf_init(&text, HLL_TEXT_MAX);
	for (size_t i = 0; i < sizeof(size) / sizeof(*size); i++) {
		struct hll h = {0}, back = {0};

		fill(&h, 3, 0, size[i]);
		buf_reset(&text);
		assert_int_equal(hll_format(&h, &text), 0);
		assert_int_equal(hll_parse(&back, buf_str(&text), NULL), 0);
		assert_same(&h, &back);
		assert_int_equal(hll_estimate(&h), hll_estimate(&back));
		hll_release(&h);
		hll_release(&back);
	}
	buf_release(&text);
}

/* Stored sketches must be read for ever: this text may never change. */
static void
text_is_frozen(void **state)
{
	struct hll h = {0};
	struct buf text;

	(void)state;
	buf_init(&text, HLL_TEXT_MAX);
	for (const char *user = "39"; user != NULL;
	     user = user[0] == '3' ? "8" : NULL)
		assert_int_equal(hll_add(&h, hll_hash(user, strlen(user))), 0);
	assert_int_equal(hll_add(&h, 1), 0); /* an entry with a rank */
	assert_int_equal(hll_format(&h, &text), 0);
	assert_string_equal(buf_add_char(&text, 0) == 0 ? text.p : "",
			    "AQAAJ4S9sgbj67YD");
	buf_release(&text);
	hll_release(&h);
}

static void
bad_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",	    "A",	"AQ==",	    "AgA=",	"AQI=",
		"AQEAAAA=", "AQCA",	"AQD/////", "AQAAAA==", "AQAAKQ==",
		"AQABAA==", "AQD///8f", "no base64"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct hll h = {0};
		struct fail f = {0};

		if (hll_parse(&h, str_of(bad[i]), &f) == 0)
			fail_msg("accepted '%s'", bad[i]);
		assert_int_equal(f.code, FAIL_DATA);
		assert_null(h.sparse);
		assert_null(h.dense);
	}
}

/* ---- topk ---- */

static void
greatest_first_then_by_name(void **state)
{
	struct str name[] = {STR_LIT("b"), STR_LIT("a"), STR_LIT("d"),
			     STR_LIT("c")};
	struct topk t = {0};
	struct topk_count out[4];
	uint64_t dropped;

	(void)state;
	assert_int_equal(topk_list(&t, name, 4, out, &dropped), 0);
	for (uint32_t id = 0; id < 4; id++)
		assert_int_equal(topk_add(&t, id, id == 2 ? 9 : 5), 0);
	assert_int_equal(topk_list(&t, name, 4, out, &dropped), 4);
	assert_int_equal(dropped, 0);
	assert_int_equal(out[0].id, 2);
	assert_int_equal(out[1].id, 1);
	assert_int_equal(out[2].id, 0);
	assert_int_equal(out[3].id, 3);
	assert_int_equal(topk_list(&t, name, 2, out, &dropped), 2);
	assert_int_equal(dropped, 5);
	assert_int_equal(out[1].id, 1);
	assert_int_equal(topk_list(&t, name, 0, out, &dropped), 0);
	assert_int_equal(dropped, 9);
	topk_release(&t);
}

/* Against a plain sort, for every k. */
static void
agrees_with_a_sort(void **state)
{
	enum { N = 300 };
	char text[N][4];
	struct str name[N];
	uint64_t count[N];
	struct topk t = {0};
	struct topk_count out[N];

	(void)state;
	for (uint32_t i = 0; i < N; i++) {
		text[i][0] = (char)('a' + i % 7);
		text[i][1] = (char)('a' + i / 7 % 7);
		text[i][2] = (char)('a' + i / 49);
		name[i] = (struct str){text[i], 3};
		count[i] = 1 + hash_mix(i) % 20;
		assert_int_equal(topk_add(&t, i, count[i] - count[i] / 2), 0);
	}
	for (uint32_t i = 0; i < N; i++)
		if (count[i] / 2 > 0)
			assert_int_equal(topk_add(&t, i, count[i] / 2), 0);
	for (size_t k = 0; k <= N; k++) {
		uint64_t dropped;
		size_t n = topk_list(&t, name, k, out, &dropped);

		assert_int_equal(n, k);
		for (size_t i = 0; i < n; i++) {
			size_t before = 0;

			assert_int_equal(out[i].count, count[out[i].id]);
			for (uint32_t j = 0; j < N; j++)
				before += count[j] > out[i].count ||
					  (count[j] == out[i].count &&
					   str_compare(name[j],
						       name[out[i].id]) < 0);
			assert_int_equal(before, i);
		}
	}
	topk_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_sets_are_exact),
		cmocka_unit_test(error_is_as_stated),
		cmocka_unit_test(merge_is_the_union),
		cmocka_unit_test(merge_is_associative),
		cmocka_unit_test(text_comes_back),
		cmocka_unit_test(text_is_frozen),
		cmocka_unit_test(bad_texts_are_refused),
		cmocka_unit_test(greatest_first_then_by_name),
		cmocka_unit_test(agrees_with_a_sort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
