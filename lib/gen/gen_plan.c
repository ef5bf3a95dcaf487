/* SPDX-License-Identifier: MIT */
/*
 * When sessions start. Days are drawn apart; a start is kept or dropped by
 * the raw starts next to it alone, so nothing depends on a chain of days.
 */
#include "gen/gen_session.h"

#include "base/banned.h"

/* A start sooner than this after the one before it is the same session. */
#define SAME_SESSION_MS (48 * MODEL_MINUTE_MS)
#define PLAYING_MAX_MS	(6 * MODEL_HOUR_MS)
/* Local days that can overlap a UTC day (UTC-12 to UTC+14), and one more on
 * either side for the neighbours. */
#define DAYS 5

struct raw {
	int64_t at_ms;
	int32_t day;
	uint8_t number;
	bool has_change;
};

static size_t
collect(const struct gen_model *m, uint32_t slot, int32_t first_day,
	struct raw *raw)
{
	struct account a = {.since = INT32_MAX};
	struct account_starts s;
	size_t n = 0;

	for (int32_t day = first_day; day < first_day + DAYS; day++) {
		/* A new account of the slot may begin after a last cancel. */
		if (day < a.since || day >= a.until ||
		    (a.is_gone && a.until == INT32_MAX))
			account_at(m, slot, day, &a);
		account_starts(m, &a, day, &s);
		for (unsigned i = 0; i < s.n; i++)
			raw[n++] = (struct raw){
				.at_ms = s.at_ms[i],
				.day = day,
				.number = (uint8_t)i,
				.has_change = i == 0 && day == a.since,
			};
	}
	return n;
}

static bool
is_kept(const struct raw *raw, size_t i, size_t n)
{
	/* One with a change is kept; its neighbour before gives way. */
	if (raw[i].has_change)
		return true;
	if (i > 0 && raw[i].at_ms - raw[i - 1].at_ms < SAME_SESSION_MS)
		return false;
	return i + 1 >= n || !raw[i + 1].has_change ||
	       raw[i + 1].at_ms - raw[i].at_ms >= SAME_SESSION_MS;
}

static uint32_t
playing_s(const struct raw *raw, size_t i, size_t n)
{
	int64_t until = PLAYING_MAX_MS;

	for (size_t k = i + 1; k < n; k++)
		if (is_kept(raw, k, n)) {
			int64_t left = raw[k].at_ms - raw[i].at_ms -
				       SESSION_GAP_MS;

			until = left < until ? left : until;
			break;
		}
	return (uint32_t)(until / 1000);
}

size_t
plan_sessions(const struct gen_model *m, uint32_t slot, int64_t from_ms,
	      int64_t to_ms, struct session_start out[PLAN_MAX])
{
	struct raw raw[DAYS * ACCOUNT_STARTS_MAX];
	size_t n_raw = collect(m, slot, (int32_t)(from_ms / MODEL_DAY_MS) - 2,
			       raw);
	size_t n = 0;

	for (size_t i = 0; i < n_raw; i++)
		if (raw[i].at_ms >= from_ms && raw[i].at_ms < to_ms &&
		    is_kept(raw, i, n_raw))
			out[n++] = (struct session_start){
				.at_ms = raw[i].at_ms,
				.until_s = playing_s(raw, i, n_raw),
				.slot = slot,
				.day = raw[i].day,
				.number = raw[i].number,
				.has_change = raw[i].has_change,
			};
	return n;
}
