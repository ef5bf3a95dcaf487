/* SPDX-License-Identifier: MIT */
/*
 * profile - the numbers behind the listeners, as data. Shares are
 * probabilities. docs/decisions/0005 says where they come from.
 */
#ifndef GEN_PROFILE_H
#define GEN_PROFILE_H

#include "gen/places.h"

enum gen_platform {
	GEN_IOS,
	GEN_ANDROID,
	GEN_WINDOWS,
	GEN_MACOS,
	GEN_LINUX,
	GEN_WEB,
	GEN_SPEAKER,
	GEN_TV,
	GEN_CAR,
	GEN_PLATFORMS,
};

enum gen_context {
	GEN_COLLECTION,
	GEN_CATALOG,
	GEN_EDITORIAL,
	GEN_RADIO,
	GEN_PERSONALIZED,
	GEN_CHARTS,
	GEN_CONTEXTS,
};

enum gen_page {
	GEN_HOME,
	GEN_NEXT_SONG, /* eventsim's name of a play */
	GEN_ROLL_ADVERT,
	GEN_THUMBS_UP,
	GEN_THUMBS_DOWN,
	GEN_ADD_TO_PLAYLIST,
	GEN_ADD_FRIEND,
	GEN_SETTINGS,
	GEN_SAVE_SETTINGS,
	GEN_HELP,
	GEN_ABOUT,
	GEN_ERROR,
	GEN_LOGIN,
	GEN_LOGOUT,
	GEN_REGISTER,
	GEN_SUBMIT_REGISTRATION,
	GEN_UPGRADE,
	GEN_SUBMIT_UPGRADE,
	GEN_DOWNGRADE,
	GEN_SUBMIT_DOWNGRADE,
	GEN_CANCEL,
	GEN_CANCELLATION_CONFIRMATION,
	GEN_PAGES,
	GEN_NO_PAGE = GEN_PAGES,
};

/* Kinds of listeners by the hours they keep; equally many of each. */
#define GEN_CHRONOTYPES 4

/* A point of a distribution function. */
struct gen_knot {
	double share; /* of the population below */
	double value;
};

struct gen_profile {
	const char *name;

	double region_share[GEN_REGIONS];
	double region_paid[GEN_REGIONS]; /* share of paid listeners */
	/* A month's hazards: paid to free, and either to gone. Free to paid
	 * follows, so that region_paid stays. */
	double downgrade, cancel;
	double away_days; /* mean, between cancel and reactivate */

	double sessions;      /* a listener and day, mean before gaps */
	double plays;	      /* a session, mean */
	double activity_sd;   /* of the log of a listener's activity */
	double sessions_part; /* exponents of activity: in the number of */
	double plays_part;    /* sessions, and in their length */
	double paid_activity; /* times that of a free listener */

	/* Sessions start by these; by hour of the listener's local day, for
	 * Monday to Friday and for the weekend. */
	double hour[2][24];
	double weekday[7];		     /* Monday first */
	double chrono_hour[GEN_CHRONOTYPES]; /* centre of each type's day */

	double platform_share[GEN_PLATFORMS];
	double skip[GEN_PLATFORMS]; /* plays cut short */
	double sticky;		    /* correlation of one cut with the next */
	double cut_before_5s, cut_before_30s; /* of plays cut short */
	double context_share[GEN_CONTEXTS];
	double context_switch; /* a play after the first has a new context */
	double shuffle;	       /* contexts played in random order */
	double offline;	       /* paid sessions on a phone without a network */

	/* Of the sessions: begin with Home, logged out, end by Logout. */
	double first_home, logged_out, logout;
	double failed_login; /* of the attempts */
	/* A play has one of these pages before or in it; free and paid. */
	double page[2][GEN_PAGES];

	const struct gen_knot *duration; /* of tracks, seconds */
	double popularity_sd;		 /* of the log of a track's plays */
	double popularity_world;	 /* tracks the catalogue is head of */
};

/* Plays as of 2014: a quarter is skipped within five seconds. */
extern const struct gen_profile gen_skip2014;

#endif
