/* SPDX-License-Identifier: MIT */
/*
 * The texts of HTTP: dates in the one form that is sent (IMF-fixdate, RFC
 * 9110 section 5.6.7) and the escaping of URLs (RFC 3986 section 2). No
 * locale has a part in it.
 */
#include <stdio.h>

#include "http/http.h"

static const char day_name[] = "MonTueWedThuFriSatSun";
static const char month_name[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* n digits as a number, or -1. */
static int
digits(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

int
http_date_parse(struct str text, int64_t *us)
{
	const char *p = text.p;
	int day, year, hour, minute, second;
	unsigned month;

	if (text.n != HTTP_DATE_MAX - 1 || memcmp(p + 3, ", ", 2) != 0 ||
	    p[7] != ' ' || p[11] != ' ' || p[16] != ' ' || p[19] != ':' ||
	    p[22] != ':' || memcmp(p + 25, " GMT", 4) != 0)
		return -1;
	for (month = 0; month < 12; month++)
		if (memcmp(p + 8, month_name + (size_t)month * 3, 3) == 0)
			break;
	day = digits(p + 5, 2);
	year = digits(p + 12, 4);
	hour = digits(p + 17, 2);
	minute = digits(p + 20, 2);
	second = digits(p + 23, 2);
	if (month == 12 || day < 1 || day > 31 || year < 1 || hour < 0 ||
	    hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return -1;
	*us = utc_days_of((struct utc_date){year, month + 1, (unsigned)day}) *
		      UTC_DAY +
	      hour * UTC_HOUR + minute * UTC_MINUTE + second * UTC_SECOND;
	return 0;
}

void
http_date_format(char text[HTTP_DATE_MAX], int64_t us)
{
	int64_t days = utc_floor(us, UTC_DAY) / UTC_DAY;
	struct utc_date d = utc_date_of(days);
	unsigned s = (unsigned)((us - days * UTC_DAY) / UTC_SECOND);

	snprintf(text, HTTP_DATE_MAX, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
		 day_name + (size_t)utc_weekday(days) * 3, d.day % 100,
		 month_name + (size_t)(d.month - 1) * 3,
		 (unsigned)d.year % 10000, s / 3600 % 24, s / 60 % 60, s % 60);
}

int
http_escape(struct buf *out, struct str s, bool is_path)
{
	return buf_add_encoded(out, s, is_path ? "-._~/" : "-._~");
}
