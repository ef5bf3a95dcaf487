/* SPDX-License-Identifier: MIT */
/*
 * Times: int64 microseconds since 1970-01-01T00:00:00Z, proleptic Gregorian
 * calendar, no leap seconds, years 0001 to 9999. No system time zones. All
 * functions are pure. The calendar arithmetic is Howard Hinnant's
 * "chrono-compatible low-level date algorithms".
 */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/port.h"

#define UTC_MS	     ((int64_t)1000)
#define UTC_SECOND   ((int64_t)1000000)
#define UTC_MINUTE   (60 * UTC_SECOND)
#define UTC_HOUR     (60 * UTC_MINUTE)
#define UTC_DAY	     (24 * UTC_HOUR)
#define UTC_MIN	     (-62135596800 * UTC_SECOND) /* 0001-01-01T00:00:00Z */
#define UTC_MAX	     (253402300800 * UTC_SECOND - 1)

#define UTC_TEXT_MAX 27 /* "2026-11-22T10:11:12.123456Z" */

struct utc_date {
	int year;	/* 1 to 9999 */
	unsigned month; /* 1 to 12 */
	unsigned day;	/* 1 to 31 */
};

/* Days since 1970-01-01, and back. */
int64_t utc_days_of(struct utc_date date) PORT_PURE;
struct utc_date utc_date_of(int64_t days);

/* 0 = Monday to 6 = Sunday. */
unsigned utc_weekday(int64_t days) PORT_PURE;

/* Floor division: also right before 1970. */
PORT_INLINE int64_t
utc_floor(int64_t t, int64_t unit)
{
	int64_t q = t / unit;

	return (q - (t % unit < 0)) * unit;
}

/*
 * RFC 3339: "2026-11-22T10:11:12Z", any number of fraction digits up to 9
 * (digits below a microsecond must be zero, else -1), "Z" or an offset, "T",
 * "t" or a blank between. A leap second :60 counts as the next second.
 * Returns 0, or -1 when it is none.
 */
int utc_parse(const char *p, size_t n, int64_t *out) PORT_MUST_CHECK;

/* The same, and without an offset means UTC; seconds may be absent. What
 * table files and account exports write. */
int utc_parse_loose(const char *p, size_t n, int64_t *out) PORT_MUST_CHECK;

/* "2026-11-22" as days since 1970-01-01. */
int utc_parse_date(const char *p, size_t n, int64_t *days) PORT_MUST_CHECK;

/* "2026-11-22T10:11:12.345Z"; 0, 3 or 6 fraction digits: the fewest that
 * lose nothing. Returns the bytes written, at most UTC_TEXT_MAX; no NUL. */
size_t utc_format(char *dst, int64_t t);

/* The same with exactly `places` (0, 3 or 6) fraction digits, cut down. */
size_t utc_format_places(char *dst, int64_t t, unsigned places);

/* "2026-11-22": 10 bytes, no NUL. */
void utc_format_date(char *dst, int64_t days);

/* The machine's clock: only main and adapters may ask. */
int64_t utc_now(void);

/* Microseconds of a clock that never goes back, for what takes long. */
int64_t utc_monotonic(void);

#endif
