/* SPDX-License-Identifier: MIT */
/*
 * Where an entry is not the published figure itself, it is what makes plays
 * come out as published: sessions begin before their plays, a session that
 * must end early drops long plays, and midnight moves plays to another day.
 * Such entries were fitted by scaling them with wanted over measured, three
 * times, on 20,000 listeners and four weeks (docs/decisions/0005).
 */
#include "gen/profile.h"

#include "base/banned.h"

/* Mean 222 s, median 215 s, 5 % to 95 % of them 105 s to 382 s. */
static const struct gen_knot duration_knots[] = {
	{0.00, 36},  {0.01, 60},  {0.05, 108}, {0.25, 172}, {0.50, 215},
	{0.75, 248}, {0.90, 316}, {0.95, 382}, {0.99, 520}, {1.00, 720},
};

const struct gen_profile gen_skip2014 = {
	.name = "skip2014",

	.region_share = {0.26, 0.17, 0.21, 0.36},
	.region_paid = {0.566, 0.585, 0.436, 0.155},
	.downgrade = 0.03,
	.cancel = 0.008,
	.away_days = 45,

	.sessions = 0.8,
	.plays = 12,
	.activity_sd = 1.16,
	.sessions_part = 0.6,
	.plays_part = 0.4,
	.paid_activity = 3.3,

	/* Fitted to plays of, for Monday to Friday (three humps: our own
	 * assumption) 2.0 1.4 1.0 0.8 0.9 1.6 3.2 5.2 6.2 6.0 5.6 5.2 4.6 4.8
	 * 5.2 5.6 6.0 6.8 7.2 6.4 5.0 4.2 3.2 2.6, and for the weekend 3.4
	 * 2.5 1.8 1.4 1.0 0.8 1.1 1.4 2.0 3.3 4.4 4.9 5.8 6.4 6.9 6.8 6.9 6.5
	 * 6.2 5.7 5.6 5.9 5.2 4.3. */
	.hour = {{1.49, 0.99, 0.71, 0.6,  0.88, 1.84, 3.94, 6.36,
		  7.07, 6.08, 5.44, 4.94, 4.17, 4.96, 5.34, 5.81,
		  6.45, 7.6,  7.87, 6.32, 4.51, 3.94, 2.62, 2.22},
		 {3.23, 1.95, 1.34, 1.13, 0.7,	0.55, 1.26, 1.47,
		  2.22, 4,    4.94, 5.19, 6.33, 7.03, 7.32, 6.85,
		  7.04, 6.42, 6.27, 5.51, 5.59, 6.3,  4.83, 3.83}},
	/* Fitted to 14.2 14.4 14.7 15.0 15.3 13.8 12.6. */
	.weekday = {14.1, 14.4, 14.7, 15.05, 15.55, 13.8, 12.4},
	.chrono_hour = {8, 13, 18.5, 23},

	.platform_share = {[GEN_IOS] = 0.27,
			   [GEN_ANDROID] = 0.38,
			   [GEN_WINDOWS] = 0.11,
			   [GEN_MACOS] = 0.05,
			   [GEN_LINUX] = 0.01,
			   [GEN_WEB] = 0.05,
			   [GEN_SPEAKER] = 0.07,
			   [GEN_TV] = 0.03,
			   [GEN_CAR] = 0.03},
	/* Fitted to phone 51.1 %, desktop 40.1 %, all 48.6 %. */
	.skip = {[GEN_IOS] = 0.502,
		 [GEN_ANDROID] = 0.502,
		 [GEN_WINDOWS] = 0.394,
		 [GEN_MACOS] = 0.394,
		 [GEN_LINUX] = 0.394,
		 [GEN_WEB] = 0.432,
		 [GEN_SPEAKER] = 0.48,
		 [GEN_TV] = 0.48,
		 [GEN_CAR] = 0.472},
	.sticky = 0.4,
	.cut_before_5s = 0.4967,
	.cut_before_30s = 0.7212,
	.context_share = {[GEN_COLLECTION] = 0.40,
			  [GEN_CATALOG] = 0.228,
			  [GEN_EDITORIAL] = 0.21,
			  [GEN_RADIO] = 0.13,
			  [GEN_PERSONALIZED] = 0.018,
			  [GEN_CHARTS] = 0.014},
	.context_switch = 0.041,
	.shuffle = 0.37,
	.offline = 0.06,

	.first_home = 0.6,
	.logged_out = 0.06,
	.logout = 0.12,
	.failed_login = 0.099,
	.page = {{[GEN_HOME] = 0.03,
		  [GEN_ROLL_ADVERT] = 0.08,
		  [GEN_THUMBS_UP] = 0.045,
		  [GEN_THUMBS_DOWN] = 0.011,
		  [GEN_ADD_TO_PLAYLIST] = 0.02,
		  [GEN_ADD_FRIEND] = 0.012,
		  [GEN_SETTINGS] = 0.004,
		  [GEN_SAVE_SETTINGS] = 0.001,
		  [GEN_HELP] = 0.003,
		  [GEN_ABOUT] = 0.002,
		  [GEN_ERROR] = 0.001,
		  [GEN_UPGRADE] = 0.004},
		 {[GEN_HOME] = 0.03,
		  [GEN_ROLL_ADVERT] = 0.001,
		  [GEN_THUMBS_UP] = 0.05,
		  [GEN_THUMBS_DOWN] = 0.01,
		  [GEN_ADD_TO_PLAYLIST] = 0.028,
		  [GEN_ADD_FRIEND] = 0.018,
		  [GEN_SETTINGS] = 0.004,
		  [GEN_SAVE_SETTINGS] = 0.001,
		  [GEN_HELP] = 0.002,
		  [GEN_ABOUT] = 0.001,
		  [GEN_ERROR] = 0.001,
		  [GEN_DOWNGRADE] = 0.002}},

	.duration = duration_knots,
	.popularity_sd = 3.5,
	.popularity_world = 253e6,
};
