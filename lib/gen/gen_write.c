/* SPDX-License-Identifier: MIT */
/*
 * What the forms share: pages, people, players, event ids.
 */
#include "gen/write.h"

#include <assert.h>

#include "gen/people.h"

#include "base/banned.h"

const char *const write_auth[4] = {
	[AUTH_LOGGED_IN] = "Logged In",
	[AUTH_LOGGED_OUT] = "Logged Out",
	[AUTH_GUEST] = "Guest",
	[AUTH_CANCELLED] = "Cancelled",
};

/* Names, methods and statuses are eventsim's: 307 goes on to another page. */
const struct page_text write_page[GEN_PAGES] = {
	[GEN_HOME] = {"Home", "GET", 200},
	[GEN_NEXT_SONG] = {"NextSong", "PUT", 200},
	[GEN_ROLL_ADVERT] = {"Roll Advert", "GET", 200},
	[GEN_THUMBS_UP] = {"Thumbs Up", "PUT", 307},
	[GEN_THUMBS_DOWN] = {"Thumbs Down", "PUT", 307},
	[GEN_ADD_TO_PLAYLIST] = {"Add to Playlist", "PUT", 200},
	[GEN_ADD_FRIEND] = {"Add Friend", "PUT", 307},
	[GEN_SETTINGS] = {"Settings", "GET", 200},
	[GEN_SAVE_SETTINGS] = {"Save Settings", "PUT", 307},
	[GEN_HELP] = {"Help", "GET", 200},
	[GEN_ABOUT] = {"About", "GET", 200},
	[GEN_ERROR] = {"Error", "GET", 404},
	[GEN_LOGIN] = {"Login", "PUT", 307},
	[GEN_LOGOUT] = {"Logout", "PUT", 307},
	[GEN_REGISTER] = {"Register", "GET", 200},
	[GEN_SUBMIT_REGISTRATION] = {"Submit Registration", "PUT", 307},
	[GEN_UPGRADE] = {"Upgrade", "GET", 200},
	[GEN_SUBMIT_UPGRADE] = {"Submit Upgrade", "PUT", 307},
	[GEN_DOWNGRADE] = {"Downgrade", "GET", 200},
	[GEN_SUBMIT_DOWNGRADE] = {"Submit Downgrade", "PUT", 307},
	[GEN_CANCEL] = {"Cancel", "PUT", 307},
	[GEN_CANCELLATION_CONFIRMATION] = {"Cancellation Confirmation", "GET",
					   200},
};

/* A player's name and what it runs on; # stands for a digit of the device's
 * own. */
static const struct {
	const char *platform;
	const char *agent[3];
} players[GEN_PLATFORMS] = {
	[GEN_IOS] = {"ios",
		     {"Playpipe/9.#.#4 iOS/18.# (iPhone1#,2)",
		      "Playpipe/9.#.12 iOS/17.# (iPhone1#,4)",
		      "Playpipe/9.#.## iPadOS/18.# (iPad1#,6)"}},
	[GEN_ANDROID] = {"android",
			 {"Playpipe/9.#.#1 Android/15 (SM-S92#B)",
			  "Playpipe/9.#.#0 Android/14 (Pixel #)",
			  "Playpipe/9.#.## Android/13 (Redmi Note 1#)"}},
	[GEN_WINDOWS] = {"windows",
			 {"Playpipe/1.2.4#.#1# Windows/10 (x86_64)",
			  "Playpipe/1.2.5#.#4# Windows/11 (x86_64)",
			  "Playpipe/1.2.5#.#0# Windows/11 (arm64)"}},
	[GEN_MACOS] = {"macos",
		       {"Playpipe/1.2.5#.#1# macOS/15.# (arm64)",
			"Playpipe/1.2.5#.#2# macOS/14.# (arm64)",
			"Playpipe/1.2.4#.#3# macOS/13.# (x86_64)"}},
	[GEN_LINUX] = {"linux",
		       {"Playpipe/1.2.5#.#1# Linux/6.# (x86_64)",
			"Playpipe/1.2.4#.#2# Linux/5.1# (x86_64)",
			"Playpipe/1.2.5#.#3# Linux/6.1# (aarch64)"}},
	[GEN_WEB] = {"web",
		     {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
		      "AppleWebKit/537.36 (KHTML, like Gecko) "
		      "Chrome/12#.0.0.0 Safari/537.36",
		      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; "
		      "rv:13#.0) Gecko/20100101 Firefox/13#.0",
		      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
		      "AppleWebKit/605.1.15 (KHTML, like Gecko) "
		      "Version/17.# Safari/605.1.15"}},
	[GEN_SPEAKER] = {"speaker",
			 {"Playpipe-Embedded/3.1#.# (speaker; one)",
			  "Playpipe-Embedded/3.2#.# (speaker; duo)",
			  "Playpipe-Embedded/3.0#.# (receiver)"}},
	[GEN_TV] = {"tv",
		    {"Playpipe-Embedded/2.#.1# (tv; webos 2#)",
		     "Playpipe-Embedded/2.#.2# (tv; tizen #)",
		     "Playpipe-Embedded/2.#.0# (console)"}},
	[GEN_CAR] = {"car",
		     {"Playpipe-Embedded/1.#.4# (car; auto 1#)",
		      "Playpipe-Embedded/1.#.5# (car; play #)",
		      "Playpipe-Embedded/1.#.6# (car)"}},
};

const char *
write_platform(const struct session *s)
{
	return players[s->platform].platform;
}

size_t
write_user_agent(const struct session *s, char *dst)
{
	uint64_t bits = hash_mix(s->device);
	const char *from = players[s->platform].agent[bits % 3];
	size_t n = 0;

	for (bits >>= 8; *from != '\0'; from++) {
		if (*from != '#') {
			dst[n++] = *from;
			continue;
		}
		dst[n++] = (char)('1' + bits % 8);
		bits >>= 3;
	}
	return n;
}

/* Index into n names of which the first are the commonest: the density
 * falls straight from the first to none at the last. */
static uint32_t
pick_name(uint32_t bits, uint32_t n)
{
	uint64_t a = bits >> 16, b = bits & 0xffff;

	return (uint32_t)(((a < b ? a : b) * n) >> 16);
}

struct gen_person
write_person(const struct session *s)
{
	const struct gen_names *names = &gen_names[s->account.place->culture];
	uint64_t a = hash_mix(s->account.key ^ 1);
	uint64_t b = hash_mix(s->account.key ^ 2);
	struct gen_person p;

	p.gender = (a & 1) != 0 ? 'F' : 'M';
	a >>= 32;
	p.first =
		p.gender == 'F'
			? names->female[pick_name((uint32_t)a, names->female_n)]
			: names->male[pick_name((uint32_t)a, names->male_n)];
	p.last = names->last[pick_name((uint32_t)b, names->last_n)];
	return p;
}

void
write_event_id(const struct gen_model *m, const struct session *s,
	       const struct record *r, char dst[WRITE_EVENT_ID])
{
	static const char hex[] = "0123456789abcdef";
	/* hash_mix is a bijection, so ids are as unique as numbers. */
	uint64_t id = hash_mix(write_number(s, r) ^ m->event_key);

	for (int i = WRITE_EVENT_ID; i-- > 0; id >>= 4)
		dst[i] = hex[id & 15];
}

void
write_session(const struct gen_model *m, const struct session *s,
	      struct session_text *t)
{
	if (m->o.form == GEN_EVENTSIM1)
		write_session_eventsim1(s, t);
	else
		write_session_playpipe(s, t);
	assert(t->end <= WRITE_SESSION_MAX);
}

size_t
write_event(const struct gen_model *m, const struct session *s,
	    const struct session_text *t, const struct record *r, char *dst)
{
	if (m->o.form == GEN_EVENTSIM1)
		return write_event_eventsim1(m, t, r, dst);
	return write_event_playpipe(m, s, t, r, dst);
}
