/* SPDX-License-Identifier: MIT */
/*
 * Real functions that give the same bits everywhere. libm differs between
 * systems in the last place, which is enough to change an output's hash.
 * IEEE 754 fixes + - * / to the bit, so series made of these alone are the
 * same everywhere, if the compiler neither keeps excess precision nor fuses
 * a product with a sum: gcc does not under -std=c11, clang is told here.
 */
#include <float.h>

#include "rng/rng.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

_Static_assert(FLT_EVAL_METHOD == 0, "needs doubles without excess precision");

#define LN2	  0.69314718055994530942
#define LN2_HI	  6.93147180369123816490e-01 /* 33 bits: n * LN2_HI is exact */
#define LN2_LO	  1.90821492927058770002e-10
#define SQRT2	  1.41421356237309504880

#define EXP_TERMS 14 /* (ln 2 / 2)^14 / 14! is below 1e-17 */
#define LOG_TERMS 12 /* ((sqrt 2 - 1) / (sqrt 2 + 1))^25 / 25 likewise */

/* 2^n for normal results. */
static double
power_of_two(int n)
{
	uint64_t bits = (uint64_t)(n + 1023) << 52;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

double
rng_exp(double x)
{
	int n = (int)(x / LN2 + (x < 0 ? -0.5 : 0.5));
	double r = (x - n * LN2_HI) - n * LN2_LO;
	double sum = 1.0;

	for (int k = EXP_TERMS; k > 0; k--)
		sum = 1.0 + sum * r / k;
	return sum * power_of_two(n);
}

double
rng_log(double x)
{
	uint64_t bits;
	double f, f2, sum = 0;
	int n;

	memcpy(&bits, &x, sizeof(bits));
	n = (int)(bits >> 52) - 1023;
	bits = (bits & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1023) << 52);
	memcpy(&x, &bits, sizeof(x));
	if (x > SQRT2) {
		x = x / 2;
		n++;
	}
	/* log x = 2 artanh((x-1)/(x+1)) */
	f = (x - 1) / (x + 1);
	f2 = f * f;
	for (int k = LOG_TERMS; k >= 0; k--)
		sum = 1.0 / (2 * k + 1) + sum * f2;
	return (n * LN2_LO + 2 * f * sum) + n * LN2_HI;
}

static double
polynomial(const double *c, int n, double x)
{
	double sum = 0;

	while (n-- > 0)
		sum = sum * x + c[n];
	return sum;
}

double
rng_normal_quantile(double p)
{
	static const double a[] = {
		3.3871328727963666080e0, 1.3314166789178437745e2,
		1.9715909503065514427e3, 1.3731693765509461125e4,
		4.5921953931549871457e4, 6.7265770927008700853e4,
		3.3430575583588128105e4, 2.5090809287301226727e3,
	};
	static const double b[] = {
		1.0,
		4.2313330701600911252e1,
		6.8718700749205790830e2,
		5.3941960214247511077e3,
		2.1213794301586595867e4,
		3.9307895800092710610e4,
		2.8729085735721942674e4,
		5.2264952788528545610e3,
	};
	static const double c[] = {
		1.42343711074968357734e0,  4.63033784615654529590e0,
		5.76949722146069140550e0,  3.64784832476320460504e0,
		1.27045825245236838258e0,  2.41780725177450611770e-1,
		2.27238449892691845833e-2, 7.74545014278341407640e-4,
	};
	static const double d[] = {
		1.0,
		2.05319162663775882187e0,
		1.67638483018380384940e0,
		6.89767334985100004550e-1,
		1.48103976427480074590e-1,
		1.51986665636164571966e-2,
		5.47593808499534494600e-4,
		1.05075007164441684324e-9,
	};
	double q = p - 0.5;
	double r, v;

	if (q > -0.425 && q < 0.425) {
		r = 0.180625 - q * q;
		return q * polynomial(a, 8, r) / polynomial(b, 8, r);
	}
	/* r = sqrt(-log tail), in the range of the middle region */
	r = -rng_log(q < 0 ? p : 1 - p);
	r = rng_exp(rng_log(r) / 2) - 1.6;
	v = polynomial(c, 8, r) / polynomial(d, 8, r);
	return q < 0 ? -v : v;
}
