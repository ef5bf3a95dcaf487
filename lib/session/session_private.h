/* SPDX-License-Identifier: MIT */
/* Private to session: book.c keeps open sessions, collect.c reads events,
 * session_write.c makes rows, session_snapshot.c saves and loads. */
#ifndef SESSION_PRIVATE_H
#define SESSION_PRIVATE_H

#include "session/session.h"

#define NONE UINT32_MAX

/* Distinct values as their hashes, exact but for collisions of 64 bits. New
 * ones are appended; sorting makes them unique when the array is full. */
struct seen {
	uint64_t *hash; /* owned */
	uint32_t n, cap;
};

/* A value of the first or last event that has one. */
struct edge {
	int64_t t_us;
	uint32_t value; /* index into value, NONE: no event had one */
};

enum edge_kind {
	EDGE_DEVICE,
	EDGE_COUNTRY,
	EDGE_LEVEL_START,
	EDGE_LEVEL_END, /* of the last event; the others of the first */
	EDGES,
};

/* Counts of a session, in the order of its row and its snapshot. */
enum session_count {
	COUNT_EVENTS,
	COUNT_PLAYS,
	COUNT_STREAMS,
	COUNT_SKIPS,
	COUNT_MS_PLAYED,
	COUNT_LATE,
	COUNTS,
};

struct session {
	int64_t start_us, end_us; /* of its first and last event */
	uint32_t user;
	uint32_t next; /* the user's session before this one, or NONE; of a
			* free slot: the next free one */
	int64_t count[COUNTS];
	struct edge edge[EDGES];
	struct seen tracks, artists;
	bool is_open;
};

enum input {
	IN_TIME,
	IN_USER,
	IN_PLAY,
	IN_UNLESS,
	IN_TRACK_ID,
	IN_TRACK,
	IN_ARTIST_ID,
	IN_ARTIST,
	IN_MS_PLAYED,
	IN_SKIPPED,
	IN_REASON_END,
	IN_DEVICE,
	IN_COUNTRY,
	IN_LEVEL,
	INPUTS,
};

struct sessions {
	struct sessions_options o;
	struct arena mem; /* of the plan */
	int at[INPUTS];	  /* index into a line's values, -1: not read */
	const struct event_column *column[INPUTS];
	const struct str *key;
	const int *slot;
	size_t key_n;

	struct map user;  /* texts of users */
	uint32_t *latest; /* owned; by user: the latest open session */
	size_t latest_cap;
	struct map value; /* JSON texts of devices, countries, levels */

	struct session *item; /* owned */
	size_t n, cap;
	uint32_t free; /* first free slot, or NONE */
	size_t open_n;
	uint64_t open_events;

	uint32_t *closed; /* owned: slots, in order of output */
	size_t closed_n, closed_cap;

	int64_t watermark_us; /* INT64_MIN: none yet */
	uint64_t misfit_values;
	struct arena line;
	struct buf text;
	char why[FAIL_TEXT_MAX];
};

/* ---- book.c ---- */

/* The user's session that time t belongs to, made, stretched or joined from
 * two as needed; NONE: see f. */
uint32_t book_find(struct sessions *s, uint32_t user, int64_t t_us,
		   struct fail *f);

/* An empty session before which the user has `next`; NONE: see f. */
uint32_t book_new(struct sessions *s, uint32_t user, uint32_t next,
		  struct fail *f);

/* The user's index, with no session if new; NONE: see f. */
uint32_t book_user(struct sessions *s, struct str text, struct fail *f);

/* The index of a value's text; NONE: see f. */
uint32_t book_value(struct sessions *s, struct str text, struct fail *f);

/* Let the edge be of (t, value) if that comes first (or last). */
void edge_offer(const struct sessions *s, struct edge *e, enum edge_kind kind,
		int64_t t_us, uint32_t value);

int seen_add(struct seen *set, uint64_t hash) PORT_MUST_CHECK;
/* Sort, drop duplicates; returns the distinct number. */
uint32_t seen_count(struct seen *set);

#endif
