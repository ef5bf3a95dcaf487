/* SPDX-License-Identifier: MIT */
/*
 * write - records to lines, by writers made for their form: what a session
 * fixes is text already, what a track fixes is too, so a line is a few
 * copies and a few numbers.
 */
#ifndef GEN_WRITE_H
#define GEN_WRITE_H

#include "gen/gen_session.h"

#define WRITE_SESSION_MAX 832
#define WRITE_LINE_MAX	  2048 /* a line, also after a fault */
#define WRITE_EVENT_ID	  16   /* hex digits of an event's id */

/* What all lines of a session share, made once. */
struct session_text {
	char p[WRITE_SESSION_MAX];
	/* [0, hidden) only where the user is known, [hidden, ids) always,
	 * [ids, place) device and place, [place, end) the person. */
	uint16_t hidden, ids, place, end;
};

void write_session(const struct gen_model *m, const struct session *s,
		   struct session_text *t);

/* An event's number: session and item, unique over all events. */
PORT_INLINE uint64_t
write_number(const struct session *s, const struct record *r)
{
	return (s->id << 12) | r->item;
}

/* The event's id as hex digits. */
void write_event_id(const struct gen_model *m, const struct session *s,
		    const struct record *r, char dst[WRITE_EVENT_ID]);

/* Write the line, with its LF, at dst (WRITE_LINE_MAX); return its bytes. */
size_t write_event(const struct gen_model *m, const struct session *s,
		   const struct session_text *t, const struct record *r,
		   char *dst);

/* Is the listener known in the line: logged in, or just cancelled? */
PORT_INLINE bool
write_has_user(const struct record *r)
{
	return r->auth == AUTH_LOGGED_IN || r->auth == AUTH_CANCELLED;
}

/* ---- for the writers ---- */

struct page_text {
	const char *name;
	const char *method;
	int status;
};
extern const struct page_text write_page[GEN_PAGES];
extern const char *const write_auth[4];

size_t write_user_agent(const struct session *s, char *dst);
const char *write_platform(const struct session *s);
struct gen_person {
	const char *first, *last;
	char gender;
};
struct gen_person write_person(const struct session *s);

void write_session_playpipe(const struct session *s, struct session_text *t);
void write_session_eventsim1(const struct session *s, struct session_text *t);
size_t write_event_playpipe(const struct gen_model *m, const struct session *s,
			    const struct session_text *t,
			    const struct record *r, char *dst);
size_t write_event_eventsim1(const struct gen_model *m,
			     const struct session_text *t,
			     const struct record *r, char *dst);

/* Copy n bytes, or a literal, or a number's digits; return the end. */
PORT_INLINE char *
put_bytes(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

PORT_INLINE char *
put_cstr(char *p, const char *s)
{
	return put_bytes(p, s, strlen(s));
}
#define PUT_LIT(p, lit) put_bytes((p), (lit), sizeof(lit) - 1)

PORT_INLINE char *
put_i64(char *p, int64_t v)
{
	return p + num_format_i64(p, v);
}

/* A key with its colon and opening quote, a value, the closing quote. */
PORT_INLINE char *
put_text(char *p, const char *key, const char *value)
{
	p = put_cstr(put_cstr(p, key), value);
	*p++ = '"';
	return p;
}

#endif
