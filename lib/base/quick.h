/* SPDX-License-Identifier: MIT */
/*
 * quick - numbers and times in the forms that events mostly have, eight
 * digits at a time. Every function may decline (false); what it accepts, the
 * exact parser of num.h or utc.h reads to the same value. Of any text
 * QUICK_PAD bytes must be readable, however short it is. Pure, but for the
 * day that is remembered.
 */
#ifndef BASE_QUICK_H
#define BASE_QUICK_H

#include "base/bytes.h"
#include "base/utc.h"

#define QUICK_PAD   24

#define QUICK_ZEROS ((uint64_t)0x3030303030303030)
/* Added to a byte below 128 it sets the top bit if that is over 9. */
#define QUICK_OVER_9 ((uint64_t)0x7676767676767676)
#define QUICK_TOPS   ((uint64_t)0x8080808080808080)

/* Are the eight bytes digits, 0 to 9? */
PORT_INLINE bool
quick_are_digits(uint64_t v)
{
	return (((v + QUICK_OVER_9) | v) & QUICK_TOPS) == 0;
}

/* The number of eight digits 0 to 9, the first in the lowest byte: sums of
 * two, of four, of eight. */
PORT_INLINE uint64_t
quick_sum(uint64_t v)
{
	v = v * 10 + (v >> 8);
	return ((v & 0x000000ff000000ff) * 0x000f424000000064 +
		(v >> 16 & 0x000000ff000000ff) * 0x0000271000000001) >>
	       32;
}

/* The number of p[0..n), n at most 8; false if one is no digit. */
PORT_INLINE bool
quick_digits8(const char *p, size_t n, uint64_t *out)
{
	uint64_t v;

	if (n == 0) {
		*out = 0;
		return true;
	}
	v = (load_u64(p) ^ QUICK_ZEROS) << (64 - n * 8);
	*out = quick_sum(v);
	return quick_are_digits(v);
}

/* 10^n, n at most 19. */
PORT_INLINE uint64_t
quick_pow10(size_t n)
{
	static const uint64_t pow10[] = {1u,
					 10u,
					 100u,
					 1000u,
					 10000u,
					 100000u,
					 1000000u,
					 10000000u,
					 100000000u,
					 1000000000u,
					 10000000000u,
					 100000000000u,
					 1000000000000u,
					 10000000000000u,
					 100000000000000u,
					 1000000000000000u,
					 10000000000000000u,
					 100000000000000000u,
					 1000000000000000000u,
					 10000000000000000000u};

	return pow10[n];
}

/* An integer of up to 16 digits, without sign and leading zero. */
PORT_INLINE bool
quick_integer(const char *p, size_t n, int64_t *out)
{
	uint64_t high, low = 0;
	size_t rest = n > 8 ? n - 8 : 0;

	if (n == 0 || n > 16 || (*p == '0' && n > 1))
		return false;
	if (!quick_digits8(p, n - rest, &high) ||
	    !quick_digits8(p + 8, rest, &low))
		return false;
	*out = (int64_t)(high * quick_pow10(rest) + low);
	return true;
}

/*
 * A decimal like -122.41 or 230.736: up to 8 digits before the point and 8
 * behind it, no exponent. Both the digits and the power of ten are exact
 * doubles, so their quotient is the nearest double of the text.
 */
PORT_INLINE bool
quick_decimal(const char *p, size_t n, double *out)
{
	bool is_negative = n > 0 && *p == '-';
	uint64_t points, whole, fraction;
	size_t before, behind;
	double v;

	p += is_negative;
	n -= is_negative;
	points = load_u64(p) ^ 0x2e2e2e2e2e2e2e2e;
	points = (points - 0x0101010101010101) & ~points & QUICK_TOPS;
	if (points == 0)
		return false;
	before = port_ctz64(points) / 8;
	if (before == 0 || before + 2 > n || n - before > 9 ||
	    (*p == '0' && before > 1))
		return false;
	behind = n - before - 1;
	if (!quick_digits8(p, before, &whole) ||
	    !quick_digits8(p + before + 1, behind, &fraction))
		return false;
	whole = whole * quick_pow10(behind) + fraction;
	if (whole > (uint64_t)1 << 53)
		return false;
	v = (double)whole / (double)quick_pow10(behind);
	*out = is_negative ? -v : v;
	return true;
}

/* The day of the last time: times that follow each other mostly share it. */
struct quick_day {
	char text[10];
	int64_t us; /* of its begin */
};

/* "2026-11-22T10:00:00.000Z" */
PORT_INLINE bool
quick_time(struct quick_day *day, const char *p, size_t n, int64_t *us)
{
	static const uint64_t frame = 0x30303a30303a3030; /* 00:00:00 */
	static const uint64_t over = 0x76767f76767f7676;
	uint64_t clock, part;
	unsigned hour, minute, second, ms;
	int64_t days;

	if (n != 24 || p[10] != 'T' || p[19] != '.' || p[23] != 'Z')
		return false;
	clock = load_u64(p + 11) ^ frame;
	part = (load_u64(p + 16) ^ QUICK_ZEROS) >> 32 & 0xffffff; /* ms */
	if (((((clock + over) | clock) | ((part + 0x767676) | part)) &
	     QUICK_TOPS) != 0)
		return false;
	clock = clock * 10 + (clock >> 8); /* pairs in bytes 0, 3 and 6 */
	hour = clock & 0xff;
	minute = clock >> 24 & 0xff;
	second = clock >> 48 & 0xff;
	ms = (unsigned)((part & 0xff) * 100 + (part >> 8 & 0xff) * 10 +
			(part >> 16));
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	if (memcmp(day->text, p, 10) != 0) {
		if (utc_parse_date(p, 10, &days) != 0)
			return false;
		memcpy(day->text, p, 10);
		day->us = days * UTC_DAY;
	}
	*us = day->us + ((hour * 60 + minute) * 60 + second) * UTC_SECOND +
	      ms * UTC_MS;
	return true;
}

#endif
