/* SPDX-License-Identifier: MIT */
#include "gen/gen_session.h"

#include "base/banned.h"

#define SECOND_MS	1000
#define SECOND_DEVICE_P RNG_P(0.2) /* sessions on a listener's other one */
#define FAVOURITES_MIN	20
#define FAVOURITES_SPAN 180
#define PAUSE_NONE_P	RNG_P(0.768) /* before a play */
#define PAUSE_SHORT_P	RNG_P(0.62)  /* of the others */
#define PAUSE_LONG_S	240

/* A session being played. */
struct script {
	const struct gen_model *m;
	struct session *s;
	struct record *out;
	size_t n;
	struct rng r;
	int64_t t; /* the time of the last event, or later */
	bool is_paid, is_offline, is_shuffled, is_cut;
	uint8_t auth;
	uint8_t reason_start;
	uint32_t cut_p; /* this session's share of cut plays */
	uint32_t track;
	uint8_t context_kind;
	uint32_t context;
};

/* Some time passes: low to high milliseconds. */
static void
pass(struct script *c, uint32_t low, uint32_t high)
{
	c->t += low + rng_below(&c->r, high - low);
}

static struct record *
put(struct script *c, enum gen_topic topic, unsigned what, int64_t ts)
{
	struct record *r = &c->out[c->n];

	*r = (struct record){
		.ts_ms = ts,
		.place_ms = ts,
		.item = (uint16_t)c->n,
		.topic = (uint8_t)topic,
		.what = (uint8_t)what,
		.auth = c->auth & 3u,
		.is_paid = c->is_paid,
		.fault = GEN_FAULTS,
	};
	c->n++;
	return r;
}

static void
page(struct script *c, enum gen_page which, uint32_t low, uint32_t high)
{
	pass(c, low, high);
	put(c, GEN_PAGE, which, c->t);
}

static void
change(struct script *c, enum session_change which)
{
	pass(c, 20, 400);
	put(c, GEN_STATUS, which, c->t);
}

static void
log_in(struct script *c)
{
	c->auth = AUTH_LOGGED_OUT;
	if (rng_below(&c->r, 2) == 0)
		page(c, GEN_HOME, 1, 500);
	/* Nobody fails more than four times in a row here. */
	for (int tries = 0; tries < 5; tries++) {
		bool is_ok = tries == 4 ||
			     !rng_chance(&c->r, c->m->failed_login_p);

		page(c, GEN_LOGIN, 3000, 20000);
		pass(c, 100, 900);
		if (is_ok)
			c->auth = AUTH_LOGGED_IN;
		put(c, GEN_AUTH, is_ok, c->t);
		if (is_ok)
			return;
	}
}

static void
sign_up(struct script *c)
{
	c->auth = AUTH_GUEST;
	page(c, GEN_HOME, 1, 500);
	page(c, GEN_REGISTER, 3000, 30000);
	page(c, GEN_SUBMIT_REGISTRATION, 20000, 120000);
	c->auth = AUTH_LOGGED_IN;
	change(c, CHANGE_REGISTER);
}

/* The changes at a session's start; a cancel stands at its end. */
static void
change_level(struct script *c, unsigned changes)
{
	if ((changes & ACCOUNT_REACTIVATE) != 0)
		change(c, CHANGE_REACTIVATE);
	if ((changes & ACCOUNT_UPGRADE) != 0) {
		page(c, GEN_UPGRADE, 3000, 30000);
		page(c, GEN_SUBMIT_UPGRADE, 10000, 90000);
		change(c, CHANGE_UPGRADE);
		c->is_paid = true;
	}
	if ((changes & ACCOUNT_DOWNGRADE) != 0) {
		page(c, GEN_DOWNGRADE, 3000, 30000);
		page(c, GEN_SUBMIT_DOWNGRADE, 5000, 60000);
		change(c, CHANGE_DOWNGRADE);
		c->is_paid = false;
	}
}

static void
leave(struct script *c, bool is_cancelling)
{
	if (is_cancelling) {
		page(c, GEN_CANCEL, 2000, 9000);
		page(c, GEN_CANCELLATION_CONFIRMATION, 2000, 9000);
		c->auth = AUTH_CANCELLED;
		change(c, CHANGE_CANCEL);
	} else if (rng_chance(&c->r, c->m->logout_p)) {
		page(c, GEN_LOGOUT, 500, 9000);
	}
}

/*
 * A listener's own tracks are few, and the first of them are played most;
 * each was found by its popularity, so over all listeners plays still follow
 * it.
 */
static uint32_t
favourite(const struct script *c, uint64_t bits)
{
	uint64_t key = c->s->account.key;
	uint32_t size = FAVOURITES_MIN + (uint32_t)(key % FAVOURITES_SPAN);
	uint64_t u = (uint32_t)bits;
	uint64_t i = (((u * u) >> 32) * size) >> 32;

	return rng_alias_at(&c->m->catalog.popularity,
			    rng_key(key, MODEL_FAVOURITE, i));
}

static void
choose_context(struct script *c)
{
	uint64_t bits = rng_next(&c->r);

	c->context_kind = (uint8_t)rng_alias_at(&c->m->context,
						rng_next(&c->r));
	c->context = (uint32_t)bits % 1000 + 1;
	c->is_shuffled = (uint32_t)(bits >> 32) < c->m->shuffle_p;
}

static void
choose_track(struct script *c)
{
	uint64_t bits = rng_next(&c->r);

	c->track = c->context_kind == GEN_COLLECTION
			   ? favourite(c, bits)
			   : rng_alias_at(&c->m->catalog.popularity, bits);
}

/* Milliseconds into a track at which it is cut short. */
static uint32_t
cut_at(struct script *c, uint32_t duration_ms)
{
	uint64_t bits = rng_next(&c->r);
	uint32_t kind = (uint32_t)(bits >> 32);
	uint64_t u = (uint32_t)bits;

	if (kind < c->m->cut_before_5s_p)
		return 500 + (uint32_t)((u * 4500) >> 32);
	if (kind < c->m->cut_before_30s_p) {
		/* 44 % of these in 5 to 10 s, the others by 30 s */
		if (u < RNG_P(0.44))
			return 5000 + (uint32_t)((u * 11363) >> 32);
		return 10000 + (uint32_t)(((u - RNG_P(0.44)) * 35714) >> 32);
	}
	/* A constant hazard of 0.12 % a second over the usual length makes
	 * the early end a quarter likelier: u - u(1-u)/9 has that slope. */
	u -= ((u * (UINT32_MAX - u)) >> 32) / 9;
	return 30000 + (uint32_t)((u * (duration_ms - 31000)) >> 32);
}

/* Is the next play cut short? A cut makes the next one likelier. */
static bool
draw_cut(struct script *c)
{
	uint64_t p = c->cut_p;
	uint64_t sticky = c->m->sticky_p;
	uint64_t free_part = (p * (UINT32_MAX - sticky)) >> 32;

	if (c->is_cut)
		free_part += sticky;
	return rng_chance(
		&c->r,
		(uint32_t)(free_part > UINT32_MAX ? UINT32_MAX : free_part));
}

static uint8_t
draw_reason_end(struct script *c, bool is_cut, bool is_last)
{
	uint32_t u = rng_below(&c->r, 100);

	if (!is_cut)
		return REASON_TRACKDONE;
	if (is_last)
		return REASON_ENDPLAY;
	return u < 82	? REASON_FWDBTN
	       : u < 93 ? REASON_BACKBTN
			: REASON_CLICKROW;
}

static void
pause_before(struct script *c)
{
	if (rng_chance(&c->r, PAUSE_NONE_P))
		pass(c, 10, 600);
	else if (rng_chance(&c->r, PAUSE_SHORT_P))
		pass(c, SECOND_MS, 12 * SECOND_MS);
	else
		pass(c, 12 * SECOND_MS, PAUSE_LONG_S * SECOND_MS);
}

static bool
is_page_in_play(unsigned which)
{
	return which == GEN_THUMBS_UP || which == GEN_THUMBS_DOWN ||
	       which == GEN_ADD_TO_PLAYLIST || which == GEN_ADD_FRIEND;
}

static void
page_before(struct script *c, unsigned which)
{
	page(c, which, 200, 4000);
	if (which == GEN_ROLL_ADVERT)
		pass(c, 15 * SECOND_MS, 31 * SECOND_MS);
}

/* The page of a play stands inside it: at least one ms from both ends. */
static void
put_page_in_play(struct script *c, unsigned which, uint32_t played)
{
	put(c, GEN_PAGE, which,
	    c->t + 1 + rng_below(&c->r, played > 2 ? played - 2 : 1));
}

static void
put_play(struct script *c, uint32_t played, unsigned page_in_play, bool is_cut,
	 uint8_t reason_end)
{
	bool is_at_start = c->m->o.form != GEN_PLAYPIPE;
	struct record *r;

	if (!is_at_start && page_in_play != GEN_NO_PAGE)
		put_page_in_play(c, page_in_play, played);
	r = put(c, GEN_LISTEN, GEN_NEXT_SONG,
		is_at_start ? c->t : c->t + played);
	r->track = c->track;
	r->ms_played = played;
	r->context = c->context;
	r->context_kind = c->context_kind;
	r->reason_start = c->reason_start & 15u;
	r->reason_end = reason_end & 15u;
	r->is_skipped = is_cut;
	r->is_shuffled = c->is_shuffled;
	r->is_offline = c->is_offline;
	if (is_at_start && page_in_play != GEN_NO_PAGE)
		put_page_in_play(c, page_in_play, played);
}

/* One play with what comes before it; false: there is no time left. */
static bool
play(struct script *c, int64_t until, bool is_last)
{
	unsigned with = rng_alias_at(&c->m->page[c->is_paid], rng_next(&c->r));
	bool is_cut = draw_cut(c);
	uint8_t reason_end = draw_reason_end(c, is_cut, is_last);
	uint32_t duration, played;

	if (c->reason_start == REASON_CLICKROW ||
	    c->reason_start == REASON_APPLOAD ||
	    rng_chance(&c->r, c->m->context_switch_p))
		choose_context(c);
	if (c->reason_start != REASON_BACKBTN)
		choose_track(c);
	duration = c->m->catalog.duration_ms[c->track];
	played = is_cut ? cut_at(c, duration) : duration;
	if (with != GEN_NO_PAGE && !is_page_in_play(with)) {
		page_before(c, with);
		with = GEN_NO_PAGE;
	}
	pause_before(c);
	if (c->t + played > until)
		return false;
	put_play(c, played, with, is_cut, reason_end);
	c->t += played;
	c->is_cut = is_cut;
	c->reason_start = reason_end;
	return true;
}

static void
choose_device(const struct gen_model *m, struct session *s, struct rng *r)
{
	uint64_t which = rng_chance(r, SECOND_DEVICE_P);
	uint64_t key = rng_key(s->account.key, MODEL_DEVICE, which);

	s->platform = (enum gen_platform)rng_alias_at(&m->platform, key);
	s->device = hash_mix(key);
}

/*
 * This session's share of cut plays: uniform with the platform's mean, as
 * wide as [0, 1] lets it be.
 */
static uint32_t
draw_cut_share(struct script *c)
{
	uint64_t mean = c->m->skip_p[c->s->platform];
	uint64_t u = rng_next(&c->r) >> 32;

	if (mean <= UINT32_MAX / 2)
		return (uint32_t)((u * 2 * mean) >> 32);
	return (uint32_t)(UINT32_MAX - ((u * 2 * (UINT32_MAX - mean)) >> 32));
}

static uint32_t
draw_plays(struct script *c)
{
	uint64_t mean = c->m->plays[c->is_paid][c->s->account.activity];
	uint64_t e = rng_exponential(&c->m->exponential, &c->r);
	uint64_t n = 1 + ((e * mean) >> 40);

	return (uint32_t)(n > SESSION_PLAYS_MAX ? SESSION_PLAYS_MAX : n);
}

static void
play_all(struct script *c, int64_t until)
{
	static const uint8_t first[] = {REASON_CLICKROW, REASON_CLICKROW,
					REASON_APPLOAD, REASON_PLAYBTN};
	uint32_t plays = draw_plays(c);

	c->cut_p = draw_cut_share(c);
	c->is_cut = rng_chance(&c->r, c->cut_p);
	c->reason_start = first[rng_below(&c->r, 4)];
	choose_context(c);
	while (plays-- > 0)
		if (!play(c, until, plays == 0))
			break;
}

size_t
session_run(const struct gen_model *m, const struct session_start *at,
	    struct session *s, struct record out[SESSION_EVENTS_MAX])
{
	struct script c = {.m = m, .s = s, .out = out};
	unsigned changes;

	account_at(m, at->slot, at->day, &s->account);
	s->id = ((uint64_t)s->account.user << 20) |
		((uint64_t)(uint32_t)at->day << 4) | at->number;
	c.r = rng_of(rng_key(s->account.key, MODEL_SESSION,
			     s->id & ((1u << 20) - 1)));
	choose_device(m, s, &c.r);
	changes = at->has_change ? s->account.change : 0;
	c.is_paid = at->has_change ? s->account.was_paid : s->account.is_paid;
	c.t = at->at_ms;
	if ((changes & ACCOUNT_REGISTER) != 0)
		sign_up(&c);
	else if (rng_chance(&c.r, m->logged_out_p))
		log_in(&c);
	else if (rng_chance(&c.r, m->first_home_p))
		page(&c, GEN_HOME, 1, 500);
	change_level(&c, changes);
	c.is_offline = c.is_paid && s->platform <= GEN_ANDROID &&
		       rng_chance(&c.r, m->offline_p);
	play_all(&c, at->at_ms + (int64_t)at->until_s * 1000);
	leave(&c, (changes & ACCOUNT_CANCEL) != 0);
	return c.n;
}
