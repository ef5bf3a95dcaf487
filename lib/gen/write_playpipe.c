/* SPDX-License-Identifier: MIT */
/*
 * Lines of the playpipe schema, in its key order (share/schemas/playpipe.json
 * and playpipe-events(5)).
 */
#include "gen/write.h"

#include "base/banned.h"

#define TEXT(s)                                                                \
	{                                                                      \
		(s), sizeof(s) - 1                                             \
	}
#define LEVEL_AUTH(level, auth)                                                \
	TEXT(",\"level\":\"" level "\",\"auth\":\"" auth "\"")
#define START(reason) TEXT(",\"reasonStart\":\"" reason "\",\"reasonEnd\":\"")
#define END(reason, shuffle)                                                   \
	TEXT(reason "\",\"shuffle\":" shuffle ",\"contextType\":\"")

static const struct str head[GEN_TOPICS] = {
	[GEN_LISTEN] = TEXT("{\"topic\":\"listen_events\",\"eventId\":\""),
	[GEN_PAGE] = TEXT("{\"topic\":\"page_view_events\",\"eventId\":\""),
	[GEN_AUTH] = TEXT("{\"topic\":\"auth_events\",\"eventId\":\""),
	[GEN_STATUS] = TEXT("{\"topic\":\"status_change_events\","
			    "\"eventId\":\""),
};

static const struct str level_auth[2][4] = {
	{[AUTH_LOGGED_IN] = LEVEL_AUTH("free", "Logged In"),
	 [AUTH_LOGGED_OUT] = LEVEL_AUTH("free", "Logged Out"),
	 [AUTH_GUEST] = LEVEL_AUTH("free", "Guest"),
	 [AUTH_CANCELLED] = LEVEL_AUTH("free", "Cancelled")},
	{[AUTH_LOGGED_IN] = LEVEL_AUTH("paid", "Logged In"),
	 [AUTH_LOGGED_OUT] = LEVEL_AUTH("paid", "Logged Out"),
	 [AUTH_GUEST] = LEVEL_AUTH("paid", "Guest"),
	 [AUTH_CANCELLED] = LEVEL_AUTH("paid", "Cancelled")},
};

static const struct str reason_start[] = {
	[REASON_APPLOAD] = START("appload"),
	[REASON_CLICKROW] = START("clickrow"),
	[REASON_PLAYBTN] = START("playbtn"),
	[REASON_TRACKDONE] = START("trackdone"),
	[REASON_FWDBTN] = START("fwdbtn"),
	[REASON_BACKBTN] = START("backbtn"),
	[REASON_ENDPLAY] = START("endplay"),
};

static const struct str reason_end[][2] = {
	[REASON_CLICKROW] = {END("clickrow", "false"), END("clickrow", "true")},
	[REASON_TRACKDONE] = {END("trackdone", "false"),
			      END("trackdone", "true")},
	[REASON_FWDBTN] = {END("fwdbtn", "false"), END("fwdbtn", "true")},
	[REASON_BACKBTN] = {END("backbtn", "false"), END("backbtn", "true")},
	[REASON_ENDPLAY] = {END("endplay", "false"), END("endplay", "true")},
};

static const struct str context[GEN_CONTEXTS] = {
	[GEN_COLLECTION] = TEXT(
		"user_collection\",\"contextId\":\"collection:"),
	[GEN_CATALOG] = TEXT("catalog\",\"contextId\":\"album:"),
	[GEN_EDITORIAL] = TEXT(
		"editorial_playlist\",\"contextId\":\"playlist:"),
	[GEN_RADIO] = TEXT("radio\",\"contextId\":\"station:"),
	[GEN_PERSONALIZED] = TEXT(
		"personalized_playlist\",\"contextId\":\"mix:"),
	[GEN_CHARTS] = TEXT("charts\",\"contextId\":\"chart:"),
};

static const struct str change[] = {
	[CHANGE_REGISTER] = TEXT(
		",\"newLevel\":\"free\",\"changeType\":\"register\"}\n"),
	[CHANGE_UPGRADE] = TEXT(",\"prevLevel\":\"free\",\"newLevel\":\"paid\","
				"\"changeType\":\"upgrade\"}\n"),
	[CHANGE_DOWNGRADE] = TEXT(
		",\"prevLevel\":\"paid\",\"newLevel\":\"free\","
		"\"changeType\":\"downgrade\"}\n"),
	[CHANGE_CANCEL] = TEXT("\",\"changeType\":\"cancel\"}\n"),
	[CHANGE_REACTIVATE] = TEXT("\",\"changeType\":\"reactivate\"}\n"),
};

static char *
put_str(char *p, struct str s)
{
	return put_bytes(p, s.p, s.n);
}

/* Hundredths, as the shortest decimal. */
static char *
put_degrees(char *p, const char *key, int hundredths)
{
	p = put_cstr(p, key);
	return p + num_format_f64(p, hundredths / 100.0);
}

static char *
put_place(char *p, const struct gen_place *place)
{
	p = put_text(p, ",\"country\":\"", place->country);
	p = put_text(p, ",\"city\":\"", place->city);
	if (place->state[0] != '\0')
		p = put_text(p, ",\"state\":\"", place->state);
	p = put_text(p, ",\"zip\":\"", place->zip);
	p = put_degrees(p, ",\"lat\":", place->lat);
	p = put_degrees(p, ",\"lon\":", place->lon);
	p = PUT_LIT(p, ",\"tzOffset\":");
	return put_i64(p, place->tz_minutes);
}

static char *
put_device(char *p, const struct session *s)
{
	static const char hex[] = "0123456789abcdef";

	p = PUT_LIT(p, ",\"deviceId\":\"");
	for (int i = 0; i < 12; i++)
		*p++ = hex[(s->device >> (4 * i)) & 15];
	p = put_text(p, "\",\"platform\":\"", write_platform(s));
	p = PUT_LIT(p, ",\"userAgent\":\"");
	p += write_user_agent(s, p);
	*p++ = '"';
	return p;
}

void
write_session_playpipe(const struct session *s, struct session_text *t)
{
	struct gen_person person = write_person(s);
	char gender[2] = {person.gender, '\0'};
	char *p = t->p;

	p = PUT_LIT(p, ",\"userId\":");
	p = put_i64(p, s->account.user);
	t->hidden = (uint16_t)(p - t->p);
	p = PUT_LIT(p, ",\"sessionId\":");
	p = put_i64(p, (int64_t)s->id);
	p = PUT_LIT(p, ",\"itemInSession\":");
	t->ids = (uint16_t)(p - t->p);
	p = put_device(p, s);
	p = put_place(p, s->account.place);
	t->place = (uint16_t)(p - t->p);
	p = PUT_LIT(p, ",\"registration\":");
	p = put_i64(p, s->account.registered_ms);
	p = put_text(p, ",\"gender\":\"", gender);
	p = put_text(p, ",\"firstName\":\"", person.first);
	p = put_text(p, ",\"lastName\":\"", person.last);
	t->end = (uint16_t)(p - t->p);
}

static char *
put_play(const struct gen_model *m, const struct record *r, char *p)
{
	const struct gen_catalog *c = &m->catalog;

	p = put_bytes(p, c->text + c->at[r->track],
		      c->at[r->track + 1] - c->at[r->track]);
	p = PUT_LIT(p, ",\"msPlayed\":");
	p = put_i64(p, r->ms_played);
	p = r->is_skipped ? PUT_LIT(p, ",\"skipped\":true")
			  : PUT_LIT(p, ",\"skipped\":false");
	p = put_str(p, reason_start[r->reason_start]);
	p = put_str(p, reason_end[r->reason_end][r->is_shuffled]);
	p = put_str(p, context[r->context_kind]);
	p = put_i64(p, r->context);
	p = r->is_offline ? PUT_LIT(p, "\",\"offline\":true,\"startTs\":")
			  : PUT_LIT(p, "\",\"offline\":false,\"startTs\":");
	p = put_i64(p, r->ts_ms - r->ms_played);
	return PUT_LIT(p, "}\n");
}

static char *
put_page(const struct record *r, char *p)
{
	const struct page_text *page = &write_page[r->what];

	p = put_text(p, ",\"page\":\"", page->name);
	p = put_text(p, ",\"method\":\"", page->method);
	p = PUT_LIT(p, ",\"status\":");
	p = put_i64(p, page->status);
	return PUT_LIT(p, "}\n");
}

static char *
put_change(const struct record *r, char *p)
{
	if (r->what == CHANGE_CANCEL || r->what == CHANGE_REACTIVATE) {
		p = r->what == CHANGE_CANCEL ? PUT_LIT(p, ",\"prevLevel\":\"")
					     : PUT_LIT(p, ",\"newLevel\":\"");
		p = r->is_paid ? PUT_LIT(p, "paid") : PUT_LIT(p, "free");
	}
	return put_str(p, change[r->what]);
}

static char *
put_auth(const struct record *r, char *p)
{
	if (r->what)
		return PUT_LIT(p, ",\"success\":true}\n");
	return PUT_LIT(p, ",\"success\":false,"
			  "\"failureReason\":\"wrong password\"}\n");
}

size_t
write_event_playpipe(const struct gen_model *m, const struct session *s,
		     const struct session_text *t, const struct record *r,
		     char *dst)
{
	size_t from = write_has_user(r) ? 0 : t->hidden;
	size_t to = write_has_user(r) ? t->end : t->place;
	char *p = put_str(dst, head[r->topic]);

	write_event_id(m, s, r, p);
	p += WRITE_EVENT_ID;
	p = PUT_LIT(p, "\",\"ts\":");
	p = put_i64(p, r->ts_ms);
	p = put_bytes(p, t->p + from, t->ids - from);
	p = put_i64(p, r->item);
	p = put_str(p, level_auth[r->is_paid][r->auth]);
	p = put_bytes(p, t->p + t->ids, to - t->ids);
	p = put_bytes(p, m->tag, m->tag_n);
	switch (r->topic) {
	case GEN_LISTEN:
		p = put_play(m, r, p);
		break;
	case GEN_PAGE:
		p = put_page(r, p);
		break;
	case GEN_AUTH:
		p = put_auth(r, p);
		break;
	default:
		p = put_change(r, p);
		break;
	}
	return (size_t)(p - dst);
}
