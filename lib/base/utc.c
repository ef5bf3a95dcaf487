/* SPDX-License-Identifier: MIT */
/*
 * Times. The parsers walk one cursor over the text and refuse anything that
 * is not exactly a time; the formatter writes fixed-width digits. Nothing
 * here asks the system for a time zone.
 */
#include "base/utc.h"

#include <string.h>
#include <time.h>

#include "base/num.h"

int64_t
utc_days_of(struct utc_date date)
{
	int64_t y = date.year - (date.month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned mp = (date.month + 9) % 12;
	unsigned doy = (153 * mp + 2) / 5 + date.day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

struct utc_date
utc_date_of(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	struct utc_date d;

	d.day = doy - (153 * mp + 2) / 5 + 1;
	d.month = mp < 10 ? mp + 3 : mp - 9;
	d.year = (int)(yoe + (unsigned)(era * 400) + (d.month <= 2));
	return d;
}

unsigned
utc_weekday(int64_t days)
{
	int64_t w = (days + 3) % 7; /* 1970-01-01 was a Thursday */

	return (unsigned)(w < 0 ? w + 7 : w);
}

struct cursor {
	const char *p;
	const char *end;
};

/* Exactly `width` digits, between lo and hi. */
static bool
take_number(struct cursor *c, unsigned width, unsigned lo, unsigned hi,
	    unsigned *out)
{
	unsigned v = 0;

	if ((size_t)(c->end - c->p) < width)
		return false;
	for (; width > 0; width--, c->p++) {
		if (*c->p < '0' || *c->p > '9')
			return false;
		v = v * 10 + (unsigned)(*c->p - '0');
	}
	*out = v;
	return v >= lo && v <= hi;
}

static bool
take_char(struct cursor *c, char wanted)
{
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool
take_date(struct cursor *c, int64_t *days)
{
	static const unsigned char month_days[] = {31, 29, 31, 30, 31, 30,
						   31, 31, 30, 31, 30, 31};
	unsigned year, month, day;
	bool is_leap;

	if (!take_number(c, 4, 1, 9999, &year) || !take_char(c, '-') ||
	    !take_number(c, 2, 1, 12, &month) || !take_char(c, '-') ||
	    !take_number(c, 2, 1, month_days[month - 1], &day))
		return false;
	is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month == 2 && day == 29 && !is_leap)
		return false;
	*days = utc_days_of((struct utc_date){(int)year, month, day});
	return true;
}

static bool
take_fraction(struct cursor *c, int64_t *us)
{
	int64_t unit = 100000;
	const char *first;

	*us = 0;
	if (!take_char(c, '.'))
		return true;
	first = c->p;
	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		if (unit == 0 && *c->p != '0')
			return false;
		*us += unit * (*c->p - '0');
		unit /= 10;
	}
	return c->p > first && c->p - first <= 9;
}

/* "Z", "+01:00", "-0530" (loose), or nothing (loose); minutes east. */
static bool
take_offset(struct cursor *c, bool is_loose, int64_t *minutes)
{
	unsigned h, m;
	bool is_west;

	*minutes = 0;
	if (c->p == c->end)
		return is_loose;
	if (take_char(c, 'Z') || take_char(c, 'z'))
		return true;
	is_west = *c->p == '-';
	if (!is_west && *c->p != '+')
		return false;
	c->p++;
	if (!take_number(c, 2, 0, 23, &h))
		return false;
	if (!take_char(c, ':') && !is_loose)
		return false;
	if (!take_number(c, 2, 0, 59, &m))
		return false;
	*minutes = (int64_t)h * 60 + m;
	if (is_west)
		*minutes = -*minutes;
	return true;
}

static int
parse(const char *p, size_t n, bool is_loose, int64_t *out)
{
	struct cursor c = {p, p + n};
	unsigned hour, minute, second = 0;
	int64_t days, us = 0, offset, t;

	if (!take_date(&c, &days))
		return -1;
	if (!take_char(&c, 'T') && !take_char(&c, 't') && !take_char(&c, ' '))
		return -1;
	if (!take_number(&c, 2, 0, 23, &hour) || !take_char(&c, ':') ||
	    !take_number(&c, 2, 0, 59, &minute))
		return -1;
	if (take_char(&c, ':')) {
		if (!take_number(&c, 2, 0, 60, &second) ||
		    !take_fraction(&c, &us))
			return -1;
	} else if (!is_loose) {
		return -1;
	}
	if (!take_offset(&c, is_loose, &offset) || c.p != c.end)
		return -1;
	t = ((days * 24 + hour) * 60 + minute - offset) * UTC_MINUTE +
	    second * UTC_SECOND + us;
	if (t < UTC_MIN || t > UTC_MAX)
		return -1;
	*out = t;
	return 0;
}

int
utc_parse(const char *p, size_t n, int64_t *out)
{
	return parse(p, n, false, out);
}

int
utc_parse_loose(const char *p, size_t n, int64_t *out)
{
	return parse(p, n, true, out);
}

int
utc_parse_date(const char *p, size_t n, int64_t *days)
{
	struct cursor c = {p, p + n};

	return take_date(&c, days) && c.p == c.end ? 0 : -1;
}

void
utc_format_date(char *dst, int64_t days)
{
	struct utc_date d = utc_date_of(days);

	num_format_padded(dst, (uint64_t)d.year, 4);
	dst[4] = '-';
	num_format_padded(dst + 5, d.month, 2);
	dst[7] = '-';
	num_format_padded(dst + 8, d.day, 2);
}

size_t
utc_format_places(char *dst, int64_t t, unsigned places)
{
	int64_t day = utc_floor(t, UTC_DAY);
	uint64_t us = (uint64_t)(t - day);
	uint64_t s = us / 1000000;
	size_t n = 19;

	utc_format_date(dst, day / UTC_DAY);
	dst[10] = 'T';
	num_format_padded(dst + 11, s / 3600, 2);
	dst[13] = ':';
	num_format_padded(dst + 14, s / 60 % 60, 2);
	dst[16] = ':';
	num_format_padded(dst + 17, s % 60, 2);
	if (places > 0) {
		uint64_t fraction = us % 1000000;

		dst[n++] = '.';
		num_format_padded(dst + n,
				  places == 3 ? fraction / 1000 : fraction,
				  places);
		n += places;
	}
	dst[n++] = 'Z';
	return n;
}

size_t
utc_format(char *dst, int64_t t)
{
	int64_t us = t - utc_floor(t, UTC_SECOND);

	return utc_format_places(dst, t, us == 0 ? 0 : us % 1000 == 0 ? 3 : 6);
}

int64_t
utc_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * UTC_SECOND + ts.tv_nsec / 1000;
}

int64_t
utc_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * UTC_SECOND + ts.tv_nsec / 1000;
}
