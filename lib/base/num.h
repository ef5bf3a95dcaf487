/* SPDX-License-Identifier: MIT */
/*
 * Exact numbers as text. No locale, no allocation; all functions are pure.
 * Parsers take a length, need no NUL, and take JSON's grammar (RFC 8259
 * section 6) and nothing else: no blanks, no plus, no leading zero.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/port.h"

#define NUM_I64_MAX 20 /* bytes of "-9223372036854775808" */
#define NUM_F64_MAX 32 /* bytes that num_format_f64 may write */

enum num_error {
	NUM_OK = 0,
	NUM_SYNTAX = -1, /* not a number of that kind */
	NUM_RANGE = -2,	 /* does not fit */
};

/* An integer: -?(0|[1-9][0-9]*). */
int num_parse_i64(const char *p, size_t n, int64_t *out) PORT_MUST_CHECK;

/*
 * Any JSON number whose value is a whole number ("12", "1.5e3", "12.0") as
 * that number, exactly; NUM_SYNTAX also for a fraction.
 */
int num_parse_whole(const char *p, size_t n, int64_t *out) PORT_MUST_CHECK;

/*
 * A JSON number times 10^scale as an integer, exactly; NUM_SYNTAX if digits
 * would be lost. Scale 0 to 18. For money and fixed-point columns.
 */
int num_parse_scaled(const char *p, size_t n, unsigned scale,
		     int64_t *out) PORT_MUST_CHECK;

/* A JSON number as the nearest double; NUM_RANGE for an overflow. */
int num_parse_f64(const char *p, size_t n, double *out) PORT_MUST_CHECK;

/* Write at dst, no NUL; return the bytes written. dst holds NUM_I64_MAX. */
size_t num_format_i64(char *dst, int64_t v);

/* Decimal, zero padded to exactly width digits; v must fit. */
void num_format_padded(char *dst, uint64_t v, unsigned width);

/*
 * The shortest decimal that reads back as v (finite), in JSON's grammar:
 * "0.1", "218.93179", "1540006905796", "1e+300" as "1e300". A whole value
 * below 2^53 has no ".0". dst holds NUM_F64_MAX.
 */
size_t num_format_f64(char *dst, double v);

#endif
