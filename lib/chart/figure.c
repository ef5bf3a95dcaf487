/* SPDX-License-Identifier: MIT */
/*
 * Numbers and times as text. Rounding is to nearest; a figure that rounds up
 * to the next unit is shown in it ("1.0M", never "1000k").
 */
#include "chart/figure.h"

#include "base/banned.h"

const char *
figure_weekday(unsigned weekday)
{
	static const char *const name[] = {"Mon", "Tue", "Wed", "Thu",
					   "Fri", "Sat", "Sun"};

	return name[weekday % 7];
}

const char *
figure_month(unsigned month)
{
	static const char *const name[] = {"Jan", "Feb", "Mar", "Apr",
					   "May", "Jun", "Jul", "Aug",
					   "Sep", "Oct", "Nov", "Dec"};

	return name[(month + 11) % 12];
}

void
figure_count(struct sheet *s, int64_t v)
{
	char digits[NUM_I64_MAX], text[2 * NUM_I64_MAX];
	size_t n = num_format_i64(digits, v);
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		text[at++] = digits[i];
		if (digits[i] != '-' && i + 1 < n && (n - 1 - i) % 3 == 0)
			text[at++] = ',';
	}
	text[at] = '\0';
	sheet_raw(s, text);
}

void
figure_decimal(struct sheet *s, double v)
{
	if (v >= 99.95)
		figure_count(s, (int64_t)(v + 0.5));
	else
		sheet_rawf(s, "%.1f", v);
}

void
figure_short(struct sheet *s, double v)
{
	static const char unit[] = "kMGT";
	int64_t tenths;
	int i = -1;

	while (v >= 999.95 && i < 3) {
		v /= 1000;
		i++;
	}
	tenths = (int64_t)(v * 10 + 0.5);
	sheet_rawf(s, "%lld", (long long)(tenths / 10));
	if (tenths % 10 != 0)
		sheet_rawf(s, ".%d", (int)(tenths % 10));
	if (i >= 0)
		sheet_rawf(s, "%c", unit[i]);
}

void
figure_percent(struct sheet *s, double share)
{
	if (share > 0 && share < 0.0005)
		sheet_raw(s, "under 0.1%");
	else
		sheet_rawf(s, "%.1f%%", share * 100);
}

void
figure_hours(struct sheet *s, int64_t ms)
{
	figure_decimal(s, (double)ms / 3600e3);
}

struct unit {
	int64_t us;
	const char *name;
};

static const struct unit units[] = {
	{UTC_DAY, "day"},
	{UTC_HOUR, "hour"},
	{UTC_MINUTE, "minute"},
	{UTC_SECOND, "second"},
};

/* The largest unit that fits at least once; seconds for less. */
static const struct unit *
unit_of(int64_t us)
{
	size_t i = 0;

	while (i + 1 < sizeof(units) / sizeof(*units) && us < units[i].us)
		i++;
	return &units[i];
}

void
figure_duration(struct sheet *s, int64_t us)
{
	const struct unit *u = unit_of(us);
	int64_t tenths = (us * 10 + u->us / 2) / u->us;

	if (tenths % 10 == 0 || tenths >= 1000)
		figure_count(s, tenths / 10);
	else
		sheet_rawf(s, "%d.%d", (int)(tenths / 10), (int)(tenths % 10));
	sheet_rawf(s, " %s%s", u->name, tenths == 10 ? "" : "s");
}

void
figure_per(struct sheet *s, int64_t us)
{
	const struct unit *u = unit_of(us);

	if (us == u->us)
		sheet_raw(s, u->name);
	else
		figure_duration(s, us);
}

void
figure_time(struct sheet *s, int64_t t)
{
	char text[UTC_TEXT_MAX];

	utc_format_places(text, utc_floor(t, UTC_SECOND), 0);
	sheet_rawf(s, "%.10s %.5s", text, text + 11);
}

void
figure_date(struct sheet *s, int64_t t)
{
	int64_t days = utc_floor(t, UTC_DAY) / UTC_DAY;
	struct utc_date d = utc_date_of(days);

	sheet_rawf(s, "%s %u %s %d", figure_weekday(utc_weekday(days)), d.day,
		   figure_month(d.month), d.year);
}

void
figure_window(struct sheet *s, int64_t t, int64_t step)
{
	figure_date(s, t);
	if (step % UTC_DAY != 0 || utc_floor(t, UTC_DAY) != t) {
		char text[UTC_TEXT_MAX];

		utc_format_places(text, t, 0);
		sheet_rawf(s, " %.5s", text + 11);
	}
}
