/* SPDX-License-Identifier: MIT */
/*
 * Texts of durations, sizes, rates and times, exactly: a value that would
 * have to be rounded is refused.
 */
#include "cli/cli.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit duration_units[] = {
	{"us", 1},	 {"ms", UTC_MS}, {"s", UTC_SECOND},  {"m", UTC_MINUTE},
	{"h", UTC_HOUR}, {"d", UTC_DAY}, {"w", 7 * UTC_DAY},
};

static const struct unit size_units[] = {
	{"", 1},
	{"K", (int64_t)1 << 10},
	{"M", (int64_t)1 << 20},
	{"G", (int64_t)1 << 30},
	{"T", (int64_t)1 << 40},
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The unit whose name is exactly the text from p on. */
static const struct unit *
unit_find(const struct unit *units, size_t n, const char *p)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(units[i].name, p) == 0)
			return &units[i];
	return NULL;
}

static size_t
number_length(const char *text)
{
	return strspn(text, "0123456789.");
}

/* micros millionths of a unit, if that is a whole number and fits. */
static int
times_unit(int64_t micros, int64_t factor, int64_t *out)
{
	int64_t whole = micros / 1000000;
	int64_t part = micros % 1000000;

	/* part * factor < 10^6 * one week in us, which fits */
	if (whole > INT64_MAX / factor || part * factor % 1000000 != 0)
		return FAIL_USAGE;
	return i64_add(whole * factor, part * factor / 1000000, out)
		       ? 0
		       : FAIL_USAGE;
}

int
cli_parse_duration(const char *text, int64_t *us)
{
	size_t n = number_length(text);
	const struct unit *unit;
	int64_t micros;

	if (num_parse_scaled(text, n, 6, &micros) != 0)
		return FAIL_USAGE;
	if (micros == 0 && text[n] == '\0') {
		*us = 0;
		return 0;
	}
	unit = unit_find(duration_units, N_OF(duration_units), text + n);
	if (unit == NULL)
		return FAIL_USAGE;
	return times_unit(micros, unit->factor, us);
}

int
cli_parse_size(const char *text, int64_t *bytes)
{
	size_t n = number_length(text);
	const struct unit *unit = unit_find(size_units, N_OF(size_units),
					    text + n);
	int64_t v;

	if (unit == NULL || num_parse_i64(text, n, &v) != 0 ||
	    v > INT64_MAX / unit->factor)
		return FAIL_USAGE;
	*bytes = v * unit->factor;
	return 0;
}

int
cli_parse_rate(const char *text, double *out)
{
	size_t n = strlen(text);
	char shifted[64];
	double v;

	if (n == 0 || n + 3 > sizeof(shifted))
		return FAIL_USAGE;
	if (text[n - 1] == '%') {
		/* moving the point in the text rounds once, not twice */
		if (strpbrk(text, "eE") != NULL)
			return FAIL_USAGE;
		memcpy(shifted, text, n - 1);
		memcpy(shifted + n - 1, "e-2", 3);
		text = shifted;
		n += 2;
	}
	if (num_parse_f64(text, n, &v) != 0 || !(v >= 0 && v <= 1))
		return FAIL_USAGE;
	*out = v;
	return 0;
}

int
cli_parse_shard(const char *text, uint32_t max, uint32_t *shard,
		uint32_t *shards, struct fail *f)
{
	const char *slash = text == NULL ? NULL : strchr(text, '/');
	int64_t i = 1, n = 1;

	if (text != NULL &&
	    (slash == NULL ||
	     num_parse_i64(text, (size_t)(slash - text), &i) != 0 ||
	     num_parse_i64(slash + 1, strlen(slash + 1), &n) != 0 || i < 1 ||
	     i > n || n > max))
		return fail_set(f, FAIL_USAGE,
				"--shard '%s': expected I/N, I from 1 to N",
				text);
	*shard = (uint32_t)(i - 1);
	*shards = (uint32_t)n;
	return 0;
}

/* "now", "now-3d", "now+1h"; now is a whole millisecond, as events have it. */
static int
parse_relative(const char *text, int64_t now, int64_t *us)
{
	int64_t span = 0;

	now = utc_floor(now, UTC_MS);
	if (*text != '\0') {
		if (*text != '-' && *text != '+')
			return FAIL_USAGE;
		if (cli_parse_duration(text + 1, &span) != 0)
			return FAIL_USAGE;
		if (*text == '-')
			span = -span;
	}
	return i64_add(now, span, us) ? 0 : FAIL_USAGE;
}

int
cli_parse_time(const char *text, int64_t now, int64_t *us)
{
	size_t n = strlen(text);
	int64_t v;

	if (strncmp(text, "now", 3) == 0) {
		if (parse_relative(text + 3, now, &v) != 0)
			return FAIL_USAGE;
	} else if (utc_parse_date(text, n, &v) == 0) {
		v *= UTC_DAY;
	} else if (num_parse_i64(text, n, &v) == 0) {
		if (v > UTC_MAX / UTC_MS || v < UTC_MIN / UTC_MS)
			return FAIL_USAGE;
		v *= UTC_MS;
	} else if (utc_parse(text, n, &v) != 0) {
		return FAIL_USAGE;
	}
	if (v < UTC_MIN || v > UTC_MAX)
		return FAIL_USAGE;
	*us = v;
	return 0;
}
