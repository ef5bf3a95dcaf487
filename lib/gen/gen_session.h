/* SPDX-License-Identifier: MIT */
/*
 * session - what one listener does from opening the player to leaving it.
 * plan_sessions says when sessions start; session_run plays one from its
 * first event to its last, as records. Pure.
 */
#ifndef GEN_GEN_SESSION_H
#define GEN_GEN_SESSION_H

#include "gen/account.h"

/* Events of one session at most: their numbers have 12 bits. */
#define SESSION_EVENTS_MAX 4096
#define SESSION_PLAYS_MAX  400

/* From the last play allowed to the next start: more than the 30 minutes that
 * part sessions and the 5 that may pass by pages behind the last play. */
#define SESSION_GAP_MS (36 * MODEL_MINUTE_MS)

struct session_start {
	int64_t at_ms;
	uint32_t until_s; /* no play ends later than this after at_ms */
	uint32_t slot;
	int32_t day;	 /* of the listener; with number it names the session */
	uint8_t number;	 /* below 16 */
	bool has_change; /* the account's change of that day happens in it */
};

/* A day of one listener has at most ACCOUNT_STARTS_MAX of them; a block of
 * a day touches up to three. */
#define PLAN_MAX ((size_t)(5 * ACCOUNT_STARTS_MAX))

/*
 * The sessions of a slot that start in from <= t < to (at most a day apart),
 * in order; returns how many.
 */
size_t plan_sessions(const struct gen_model *m, uint32_t slot, int64_t from_ms,
		     int64_t to_ms, struct session_start out[PLAN_MAX]);

enum session_auth {
	AUTH_LOGGED_IN,
	AUTH_LOGGED_OUT,
	AUTH_GUEST,
	AUTH_CANCELLED
};

enum session_change {
	CHANGE_REGISTER,
	CHANGE_UPGRADE,
	CHANGE_DOWNGRADE,
	CHANGE_CANCEL,
	CHANGE_REACTIVATE,
};

enum session_reason {
	REASON_APPLOAD,
	REASON_CLICKROW,
	REASON_PLAYBTN,
	REASON_TRACKDONE,
	REASON_FWDBTN,
	REASON_BACKBTN,
	REASON_ENDPLAY,
};

/* An event, as small as it can be: there are many. */
struct record {
	int64_t ts_ms;
	int64_t place_ms; /* ts_ms, or later */
	uint32_t session; /* index of its struct session, set by the shard */
	uint32_t track, ms_played; /* of a play; it started at ts - played in
				    * the playpipe form, else at ts */
	uint32_t context;
	uint16_t item;
	uint8_t topic; /* enum gen_topic */
	uint8_t what;  /* enum gen_page, session_change; auth: 1 success */
	uint8_t context_kind;
	uint8_t reason_start : 4, reason_end : 4;
	uint8_t auth : 2, is_paid : 1, is_skipped : 1;
	uint8_t is_shuffled : 1, is_offline : 1, is_copy : 1;
	uint8_t fault; /* enum gen_fault of the line's text, or GEN_FAULTS */
};

/* What all events of a session share. */
struct session {
	struct account account;
	uint64_t id;
	enum gen_platform platform;
	uint64_t device; /* id */
};

/* Returns the number of records, in order of time. */
size_t session_run(const struct gen_model *m, const struct session_start *at,
		   struct session *s, struct record out[SESSION_EVENTS_MAX]);

#endif
