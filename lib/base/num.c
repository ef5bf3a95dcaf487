/* SPDX-License-Identifier: MIT */
/*
 * Exact numbers as text. A number is first split into sign, up to 19
 * significant digits and a power of ten; every parser works on that split,
 * so they agree on the grammar. Doubles of up to 15 digits and a small
 * exponent are exact by one multiplication or division of two exact doubles
 * (Clinger, "How to read floating point numbers accurately", PLDI 1990);
 * the rest goes through strtod, which is correctly rounded and, since no
 * tool calls setlocale, always reads a point.
 */
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quick.h"

static const double exact_pow10[] = {
	1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,	1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

struct decimal {
	uint64_t digits;  /* significant digits, trailing zeros cut */
	int64_t exponent; /* value = digits * 10^exponent */
	bool is_negative;
	bool is_whole_text; /* no fraction and no exponent were written */
	bool is_cut;	    /* more than 19 digits: digits are a prefix */
};

/* Take digits from *p into d; value digits past 19 only move the exponent. */
static size_t
take_digits(const char **p, const char *end, struct decimal *d,
	    bool is_fraction)
{
	size_t n = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p, n++) {
		unsigned digit = (unsigned)(**p - '0');

		if (d->digits > (UINT64_MAX - 9) / 10) {
			d->is_cut = d->is_cut || digit != 0;
			d->exponent += !is_fraction;
			continue;
		}
		d->digits = d->digits * 10 + digit;
		d->exponent -= is_fraction;
	}
	return n;
}

static int
split(const char *p, size_t n, struct decimal *d)
{
	const char *end = p + n;
	const char *first;
	int64_t e = 0;

	*d = (struct decimal){.is_whole_text = true};
	if (p < end && *p == '-') {
		d->is_negative = true;
		p++;
	}
	first = p;
	n = take_digits(&p, end, d, false);
	if (n == 0 || (n > 1 && *first == '0'))
		return NUM_SYNTAX;
	if (p < end && *p == '.') {
		p++;
		d->is_whole_text = false;
		if (take_digits(&p, end, d, true) == 0)
			return NUM_SYNTAX;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		bool is_negative = false;

		p++;
		d->is_whole_text = false;
		if (p < end && (*p == '+' || *p == '-'))
			is_negative = *p++ == '-';
		if (p == end)
			return NUM_SYNTAX;
		for (; p < end && *p >= '0' && *p <= '9'; p++)
			if (e < 1000000)
				e = e * 10 + (*p - '0');
		d->exponent += is_negative ? -e : e;
	}
	if (p != end)
		return NUM_SYNTAX;
	while (d->digits != 0 && d->digits % 10 == 0) {
		d->digits /= 10;
		d->exponent++;
	}
	if (d->digits == 0 && !d->is_cut)
		d->exponent = 0;
	return NUM_OK;
}

/* digits * 10^exponent, exponent >= 0, with its sign, as an int64. */
static int
decimal_to_i64(const struct decimal *d, int64_t exponent, int64_t *out)
{
	uint64_t v = d->digits;
	uint64_t max = (uint64_t)INT64_MAX + d->is_negative;

	if (d->is_cut)
		return NUM_RANGE;
	for (; v != 0 && exponent > 0; exponent--) {
		if (v > max / 10)
			return NUM_RANGE;
		v *= 10;
	}
	if (v > max)
		return NUM_RANGE;
	*out = d->is_negative ? (int64_t)(0 - v) : (int64_t)v;
	return NUM_OK;
}

int
num_parse_i64(const char *p, size_t n, int64_t *out)
{
	struct decimal d;
	uint64_t v = 0;
	size_t i = 0;
	bool is_negative;

	is_negative = n > 0 && p[0] == '-';
	i = is_negative;
	if (n - i == 0 || n - i > 18 || (p[i] == '0' && n - i > 1)) {
		int rc = split(p, n, &d);

		if (rc != NUM_OK)
			return rc;
		if (!d.is_whole_text)
			return NUM_SYNTAX;
		return decimal_to_i64(&d, d.exponent, out);
	}
	for (; i < n; i++) {
		unsigned digit = (unsigned)((unsigned char)p[i] - '0');

		if (digit > 9)
			return NUM_SYNTAX;
		v = v * 10 + digit;
	}
	*out = is_negative ? -(int64_t)v : (int64_t)v;
	return NUM_OK;
}

int
num_parse_scaled(const char *p, size_t n, unsigned scale, int64_t *out)
{
	struct decimal d;
	int rc = split(p, n, &d);

	if (rc != NUM_OK)
		return rc;
	if (d.digits != 0 && d.exponent + (int64_t)scale < 0)
		return NUM_SYNTAX;
	return decimal_to_i64(&d, d.exponent + (int64_t)scale, out);
}

int
num_parse_whole(const char *p, size_t n, int64_t *out)
{
	return num_parse_scaled(p, n, 0, out);
}

/* The rare rest: a number of any length through strtod. */
static int
parse_f64_slow(const char *p, size_t n, double *out)
{
	char small[128];
	char *text = small;
	double v;

	if (n >= sizeof(small)) {
		text = malloc(n + 1);
		if (text == NULL)
			return NUM_RANGE;
	}
	memcpy(text, p, n);
	text[n] = '\0';
	v = strtod(text, NULL);
	if (text != small)
		free(text);
	if (isinf(v))
		return NUM_RANGE;
	*out = v;
	return NUM_OK;
}

int
num_parse_f64(const char *p, size_t n, double *out)
{
	struct decimal d;
	double v;
	int rc = split(p, n, &d);

	if (rc != NUM_OK)
		return rc;
	if (d.is_cut || d.digits > ((uint64_t)1 << 53) || d.exponent > 22 ||
	    d.exponent < -22)
		return parse_f64_slow(p, n, out);
	v = (double)d.digits;
	if (d.exponent < 0)
		v /= exact_pow10[-d.exponent];
	else
		v *= exact_pow10[d.exponent];
	*out = d.is_negative ? -v : v;
	return NUM_OK;
}

static const char two_digits[201] =
	"00010203040506070809101112131415161718192021222324252627282930313233"
	"34353637383940414243444546474849505152535455565758596061626364656667"
	"68697071727374757677787980818283848586878889909192939495969798"
	"99";

/* Decimal digits of v; 0 has one, and no even v is one below a power of ten. */
static size_t
digits_of(uint64_t v)
{
	unsigned bits = 64 - port_clz64(v | 1);
	size_t n = bits * 1233 >> 12; /* log10(2), or one too few */

	return n + ((v | 1) >= quick_pow10(n));
}

static size_t
format_u64(char *dst, uint64_t v)
{
	size_t n = digits_of(v), i = n;

	for (; i > 2; i -= 2) {
		memcpy(dst + i - 2, two_digits + v % 100 * 2, 2);
		v /= 100;
	}
	if (i == 2)
		memcpy(dst, two_digits + v * 2, 2);
	else
		dst[0] = (char)('0' + v);
	return n;
}

size_t
num_format_i64(char *dst, int64_t v)
{
	if (v >= 0)
		return format_u64(dst, (uint64_t)v);
	*dst = '-';
	return 1 + format_u64(dst + 1, 0 - (uint64_t)v);
}

void
num_format_padded(char *dst, uint64_t v, unsigned width)
{
	while (width >= 2) {
		width -= 2;
		memcpy(dst + width, two_digits + v % 100 * 2, 2);
		v /= 100;
	}
	if (width == 1)
		*dst = (char)('0' + v % 10);
}

/* digits with a point before the last `places`: 21893179, 5 -> 218.93179 */
static size_t
format_fixed(char *dst, uint64_t digits, unsigned places)
{
	char text[20];
	size_t n = format_u64(text, digits);
	size_t whole;

	if (places == 0) {
		memcpy(dst, text, n);
		return n;
	}
	if (n <= places) {
		dst[0] = '0';
		dst[1] = '.';
		memset(dst + 2, '0', places - n);
		memcpy(dst + 2 + places - n, text, n);
		return 2 + places;
	}
	whole = n - places;
	memcpy(dst, text, whole);
	dst[whole] = '.';
	memcpy(dst + whole + 1, text + whole, places);
	return n + 1;
}

/* %.{15,16,17}g, the first that reads back, without its "+" and zeros. */
static size_t
format_f64_slow(char *dst, double v)
{
	char text[40];
	size_t i = 0, n = 0;
	int precision = 15;

	do
		snprintf(text, sizeof(text), "%.*g", precision, v);
	while (precision++ < 17 && strtod(text, NULL) != v);
	for (; text[i] != '\0' && text[i] != 'e'; i++)
		dst[n++] = text[i];
	if (text[i] == 'e') {
		dst[n++] = text[i++];
		if (text[i] == '-')
			dst[n++] = '-';
		i++;
		while (text[i] == '0' && text[i + 1] != '\0')
			i++;
		while (text[i] != '\0')
			dst[n++] = text[i++];
	}
	return n;
}

size_t
num_format_f64(char *dst, double v)
{
	size_t sign = 0;
	double a = fabs(v);

	if (a == 0 && signbit(v)) {
		memcpy(dst, "-0.0", 4);
		return 4;
	}
	if (v < 0)
		dst[sign++] = '-';
	/* Most decimals in events have few places: find the fewest that
	 * read back. Both factors are exact, so the test is too; and up to 15
	 * digits no other decimal reads back to the same double. */
	if (a < 1e12) {
		uint64_t digits = (uint64_t)(a * 1000 + 0.5);
		unsigned places = 3;

		if ((double)digits / 1000 == a) {
			for (; places > 0 && digits % 10 == 0; places--)
				digits /= 10;
			return sign + format_fixed(dst + sign, digits, places);
		}
	}
	for (unsigned places = a < 1e12 ? 4 : 0; places <= 9; places++) {
		double m = a * exact_pow10[places];
		uint64_t digits;

		if (!(m < 9007199254740992.0))
			break;
		digits = (uint64_t)(m + 0.5);
		if ((double)digits / exact_pow10[places] == a)
			return sign + format_fixed(dst + sign, digits, places);
	}
	return sign + format_f64_slow(dst + sign, a);
}
