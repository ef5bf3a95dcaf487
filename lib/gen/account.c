/* SPDX-License-Identifier: MIT */
#include "gen/account.h"

#include "base/banned.h"

#define ORIGIN_DAY     10957 /* 2000-01-01: before any window */
#define LIFE_MIN_DAYS  365
#define LIFE_SPAN_DAYS 1827
#define EMPTY_MAX_DAYS 28 /* between two accounts of a slot */
#define MONTH_DAYS     30
#define ONE_Q20	       (UINT64_C(1) << 20)

/* Days until something with that monthly hazard happens; at least 2, so that
 * changes never stand on neighbouring days. */
static int32_t
draw_days(const struct gen_model *m, struct rng *r, uint32_t hazard_q20)
{
	uint64_t e = rng_exponential(&m->exponential, r);
	uint64_t days = e * MONTH_DAYS / hazard_q20;

	return (int32_t)(2 + (days > 36500 ? 36500 : days));
}

static int32_t
draw_away(const struct gen_model *m, struct rng *r)
{
	uint64_t e = rng_exponential(&m->exponential, r);

	return (int32_t)(2 + ((e * (uint64_t)m->profile->away_days) / ONE_Q20));
}

/*
 * Walk the account's changes until the stretch that holds the day. end is
 * the day of the last cancel.
 */
static void
walk(const struct gen_model *m, struct account *a, int32_t day, int32_t end,
     struct rng *r)
{
	unsigned region = a->place->region;

	while (day >= a->until) {
		bool was_gone = a->is_gone;
		bool is_leaving;
		uint32_t turn;

		a->since = a->until;
		a->was_paid = a->is_paid;
		if (a->since >= end) {
			a->change = ACCOUNT_CANCEL;
			a->is_gone = true;
			a->until = INT32_MAX;
			return;
		}
		if (was_gone) {
			a->is_gone = false;
			a->is_paid = rng_chance(r, m->paid_p[region]);
			a->was_paid = a->is_paid;
			a->change = ACCOUNT_REACTIVATE;
		} else {
			turn = a->is_paid ? m->downgrade : m->upgrade[region];
			is_leaving = rng_below(r, turn + m->cancel) >= turn;
			a->is_gone = is_leaving;
			a->is_paid = a->is_paid == is_leaving;
			a->change = is_leaving	 ? ACCOUNT_CANCEL
				    : a->is_paid ? ACCOUNT_UPGRADE
						 : ACCOUNT_DOWNGRADE;
		}
		turn = a->is_paid ? m->downgrade : m->upgrade[region];
		a->until = a->since +
			   (a->is_gone ? draw_away(m, r)
				       : draw_days(m, r, turn + m->cancel));
		/* One that is away at the end just stays away. */
		if (a->is_gone && a->until + 2 > end)
			a->until = INT32_MAX;
		else if (a->until + 2 > end)
			a->until = end;
	}
}

/* The account's own traits, and its first stretch. */
static void
begin(const struct gen_model *m, struct account *a, int32_t registered,
      int32_t end, struct rng *r)
{
	uint64_t bits = rng_next(r);
	uint32_t region;

	a->place = &gen_places[rng_alias_at(&m->place, rng_next(r))];
	region = a->place->region;
	a->activity = (uint16_t)(bits % MODEL_ACTIVITIES);
	a->chronotype = (uint8_t)((bits >> 16) % GEN_CHRONOTYPES);
	a->registered_ms = registered * MODEL_DAY_MS -
			   a->place->tz_minutes * MODEL_MINUTE_MS +
			   7 * MODEL_HOUR_MS +
			   rng_below(r, (uint32_t)(15 * MODEL_HOUR_MS));
	a->since = registered;
	a->is_gone = false;
	a->was_paid = false;
	a->is_paid = rng_chance(r, m->paid_p[region]);
	a->change = ACCOUNT_REGISTER | (a->is_paid ? ACCOUNT_UPGRADE : 0u);
	a->until = registered +
		   draw_days(m, r,
			     (a->is_paid ? m->downgrade : m->upgrade[region]) +
				     m->cancel);
	if (a->until + 2 > end)
		a->until = end;
}

void
account_at(const struct gen_model *m, uint32_t slot, int32_t day,
	   struct account *a)
{
	struct rng r = rng_of(rng_key(m->key, MODEL_SLOT, slot));
	int32_t life = LIFE_MIN_DAYS + (int32_t)rng_below(&r, LIFE_SPAN_DAYS);
	int32_t first = ORIGIN_DAY - (int32_t)rng_below(&r, (uint32_t)life);
	int32_t number = (day - first) / life;
	int32_t registered = first + number * life;
	int32_t end;

	a->key = rng_key(rng_next(&r), MODEL_ACCOUNT, (uint32_t)number);
	a->user = slot + 1 + m->o.users * (uint32_t)number;
	r = rng_of(rng_key(a->key, MODEL_LIFE, 0));
	end = registered + life - 2 - (int32_t)rng_below(&r, EMPTY_MAX_DAYS);
	begin(m, a, registered, end, &r);
	walk(m, a, day, end, &r);
}

/* When, in a day, the share u (of 2^32) of its sessions has started. */
static int64_t
time_of_day(const uint64_t *hour_end, uint64_t u)
{
	int h = 0;

	while (hour_end[h + 1] <= u)
		h++;
	return h * MODEL_HOUR_MS +
	       (int64_t)((u - hour_end[h]) * (uint64_t)MODEL_HOUR_MS /
			 (hour_end[h + 1] - hour_end[h]));
}

/* Sessions a day, 1.0 = 2^20. */
static uint64_t
rate_of(const struct gen_model *m, const struct account *a, unsigned weekday)
{
	uint64_t rate = m->sessions[a->is_paid][a->activity];

	return (rate * m->weekday[weekday]) >> 16;
}

void
account_starts(const struct gen_model *m, const struct account *a, int32_t day,
	       struct account_starts *s)
{
	struct rng r = rng_of(rng_key(a->key, MODEL_DAY, (uint64_t)day));
	unsigned weekday = utc_weekday(day);
	uint64_t rate = rate_of(m, a, weekday);
	const uint64_t *hour_end =
		m->hour_end[a->chronotype][weekday >= 5 ? 1 : 0];
	int64_t midnight = day * MODEL_DAY_MS -
			   a->place->tz_minutes * MODEL_MINUTE_MS;
	uint64_t at = 0;

	s->n = 0;
	if (a->is_gone && day > a->since)
		return;
	if (day == a->since && (a->change & ACCOUNT_REGISTER) != 0)
		s->at_ms[s->n++] = a->registered_ms;
	/* A Poisson process in the warped time of the day's curve. */
	while (s->n < ACCOUNT_STARTS_MAX) {
		int64_t t;

		at += rng_exponential(&m->exponential, &r);
		if (at >= rate)
			break;
		t = midnight + time_of_day(hour_end, (at << 32) / rate);
		if (s->n == 0 || t > s->at_ms[s->n - 1])
			s->at_ms[s->n++] = t;
	}
	if (day != a->since)
		return;
	/* A change needs a session to happen in; a last one is alone. */
	if (s->n == 0)
		s->at_ms[s->n++] = midnight +
				   time_of_day(hour_end, rng_next(&r) >> 32);
	else if (a->is_gone)
		s->n = 1;
}
