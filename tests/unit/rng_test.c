/* SPDX-License-Identifier: MIT */
/* rng: frozen bits, real functions against libm, samplers against their
 * distributions. Seeds are fixed, so no bound can be missed by chance. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rng/rng.h"

#define DRAWS 1000000

/* Chi-square's upper 0.1 % point, by Wilson and Hilferty. */
static double
chi_square_limit(int freedom)
{
	double a = 2.0 / (9.0 * freedom);

	return freedom * pow(1 - a + 3.0902 * sqrt(a), 3);
}

static void
assert_fits(const double *want, const unsigned *got, int n)
{
	double sum = 0, chi = 0;

	for (int i = 0; i < n; i++)
		sum += got[i];
	for (int i = 0; i < n; i++)
		chi += pow(got[i] - want[i] * sum, 2) / (want[i] * sum);
	assert_true(chi < chi_square_limit(n - 1));
}

/* These numbers may never change: outputs are compared by hash. */
static void
bits_are_frozen(void **state)
{
	struct rng_exponential t;
	struct rng r = rng_of(rng_key(1, 2, 3));
	double weight[] = {1, 2.5, 0.1, 7, 0.3};
	struct rng_alias a;

	(void)state;
	assert_true(rng_key(1, 2, 3) == UINT64_C(0x151d5c6e868efe43));
	assert_true(rng_next(&r) == UINT64_C(0x11fd5ef7bab9e98f));
	assert_int_equal(rng_below(&r, 1000), 734);
	rng_exponential_init(&t);
	assert_true(hash_bytes(&t, sizeof(t), 0) ==
		    UINT64_C(0xf9d951325cb5e2af));
	assert_int_equal(rng_alias_init(&a, weight, 5, NULL), 0);
	assert_true(hash_bytes(a.cell, 5 * sizeof(a.cell[0]), 0) ==
		    UINT64_C(0xe6096c657af39d01));
	rng_alias_release(&a);
}

static void
keys_differ_by_each_part(void **state)
{
	(void)state;
	assert_true(rng_key(1, 2, 3) != rng_key(2, 2, 3));
	assert_true(rng_key(1, 2, 3) != rng_key(1, 3, 3));
	assert_true(rng_key(1, 2, 3) != rng_key(1, 2, 4));
	assert_true(rng_key(1, 2, 3) != rng_key(1, 3, 2));
}

static void
real_functions_agree_with_libm(void **state)
{
	(void)state;
	for (double x = -690; x < 690; x += 0.37)
		assert_true(fabs(rng_exp(x) / exp(x) - 1) < 1e-14);
	for (double x = 1e-12; x < 1e12; x *= 1.0371)
		assert_true(fabs(rng_log(x) - log(x)) <=
			    1e-15 * fabs(log(x)) + 1e-15);
	assert_true(rng_exp(0) == 1.0);
	assert_true(rng_log(1) == 0.0);
}

static void
normal_quantile_inverts_the_distribution(void **state)
{
	(void)state;
	for (double p = 1e-9; p < 0.5; p *= 1.31) {
		double z = rng_normal_quantile(p);

		assert_true(fabs(0.5 * erfc(-z / sqrt(2)) / p - 1) < 1e-9);
		assert_true(fabs(rng_normal_quantile(1 - p) + z) < 1e-6);
	}
	assert_true(rng_normal_quantile(0.5) == 0.0);
}

static void
below_is_even(void **state)
{
	struct rng r = rng_of(7);
	unsigned got[37] = {0};
	double want[37];

	(void)state;
	for (int i = 0; i < DRAWS; i++) {
		uint32_t v = rng_below(&r, 37);

		assert_true(v < 37);
		got[v]++;
	}
	for (int i = 0; i < 37; i++)
		want[i] = 1.0 / 37;
	assert_fits(want, got, 37);
}

static void
chance_is_its_share(void **state)
{
	struct rng r = rng_of(8);
	unsigned got[2] = {0};
	const double want[2] = {0.7, 0.3};

	(void)state;
	for (int i = 0; i < DRAWS; i++)
		got[rng_chance(&r, RNG_P(0.3))]++;
	assert_fits(want, got, 2);
	assert_false(rng_chance(&r, RNG_P(0)));
}

/* 64 bins of equal probability, and a long tail. */
static void
exponential_fits(void **state)
{
	struct rng_exponential t;
	struct rng r = rng_of(9);
	unsigned got[64] = {0};
	double want[64], sum = 0, greatest = 0;

	(void)state;
	rng_exponential_init(&t);
	for (int i = 0; i < DRAWS; i++) {
		double x = (double)rng_exponential(&t, &r) / 1048576;
		int bin = (int)((1 - exp(-x)) * 64);

		got[bin > 63 ? 63 : bin]++;
		sum += x;
		greatest = x > greatest ? x : greatest;
	}
	for (int i = 0; i < 64; i++)
		want[i] = 1.0 / 64;
	assert_fits(want, got, 64);
	assert_true(fabs(sum / DRAWS - 1) < 0.004);
	assert_true(greatest > 11 && greatest < 22);
}

static void
alias_fits(void **state)
{
	double weight[50], want[50], sum = 0;
	unsigned got[50] = {0};
	struct rng r = rng_of(10);
	struct rng_alias a;

	(void)state;
	for (int i = 0; i < 50; i++) {
		weight[i] = exp(i / 8.0);
		sum += weight[i];
	}
	assert_int_equal(rng_alias_init(&a, weight, 50, NULL), 0);
	for (int i = 0; i < DRAWS; i++)
		got[rng_alias_at(&a, rng_next(&r))]++;
	for (int i = 0; i < 50; i++)
		want[i] = weight[i] / sum;
	assert_fits(want, got, 50);
	rng_alias_release(&a);
}

static void
alias_never_gives_what_weighs_nothing(void **state)
{
	const double weight[] = {0, 3, 0, 0, 1};
	struct rng r = rng_of(11);
	struct rng_alias a;

	(void)state;
	assert_int_equal(rng_alias_init(&a, weight, 5, NULL), 0);
	for (int i = 0; i < DRAWS; i++) {
		uint32_t v = rng_alias_at(&a, rng_next(&r));

		assert_true(v == 1 || v == 4);
	}
	rng_alias_release(&a);
	assert_int_equal(rng_alias_init(&a, weight + 1, 1, NULL), 0);
	assert_int_equal(rng_alias_at(&a, UINT64_MAX), 0);
	rng_alias_release(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bits_are_frozen),
		cmocka_unit_test(keys_differ_by_each_part),
		cmocka_unit_test(real_functions_agree_with_libm),
		cmocka_unit_test(normal_quantile_inverts_the_distribution),
		cmocka_unit_test(below_is_even),
		cmocka_unit_test(chance_is_its_share),
		cmocka_unit_test(exponential_fits),
		cmocka_unit_test(alias_fits),
		cmocka_unit_test(alias_never_gives_what_weighs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
