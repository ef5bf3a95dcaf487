/* SPDX-License-Identifier: MIT */
/*
 * Lines as eventsim 1 wrote them (schema eventsim1): one stream of pages, a
 * play is the page NextSong, userId is a string and "" for guests, whose
 * place, agent and person are absent.
 */
#include "gen/write.h"

#include "base/banned.h"

void
write_session_eventsim1(const struct session *s, struct session_text *t)
{
	const struct gen_place *place = s->account.place;
	struct gen_person person = write_person(s);
	char gender[2] = {person.gender, '\0'};
	char *p = t->p;

	p = PUT_LIT(p, ",\"userId\":\"");
	p = put_i64(p, s->account.user);
	*p++ = '"';
	t->hidden = (uint16_t)(p - t->p);
	p = PUT_LIT(p, ",\"sessionId\":");
	p = put_i64(p, (int64_t)s->id);
	p = PUT_LIT(p, ",\"page\":\"");
	t->ids = (uint16_t)(p - t->p);
	t->place = t->ids;
	p = put_cstr(put_cstr(p, ",\"location\":\""), place->city);
	p = put_text(p, ", ",
		     place->state[0] != '\0' ? place->state : place->country);
	p = PUT_LIT(p, ",\"userAgent\":\"");
	p += write_user_agent(s, p);
	p = put_text(p, "\",\"lastName\":\"", person.last);
	p = put_text(p, ",\"firstName\":\"", person.first);
	p = PUT_LIT(p, ",\"registration\":");
	p = put_i64(p, s->account.registered_ms);
	p = put_text(p, ",\"gender\":\"", gender);
	t->end = (uint16_t)(p - t->p);
}

size_t
write_event_eventsim1(const struct gen_model *m, const struct session_text *t,
		      const struct record *r, char *dst)
{
	const struct gen_catalog *c = &m->catalog;
	const struct page_text *page = &write_page[r->what];
	bool has_user = write_has_user(r);
	size_t from = has_user ? 0 : t->hidden;
	size_t to = has_user ? t->end : t->place;
	char *p = PUT_LIT(dst, "{\"ts\":");

	p = put_i64(p, r->ts_ms);
	if (!has_user)
		p = PUT_LIT(p, ",\"userId\":\"\"");
	p = put_bytes(p, t->p + from, t->ids - from);
	p = put_text(p, "", page->name);
	p = put_text(p, ",\"auth\":\"", write_auth[r->auth]);
	p = put_text(p, ",\"method\":\"", page->method);
	p = PUT_LIT(p, ",\"status\":");
	p = put_i64(p, page->status);
	p = r->is_paid ? PUT_LIT(p, ",\"level\":\"paid\"")
		       : PUT_LIT(p, ",\"level\":\"free\"");
	p = PUT_LIT(p, ",\"itemInSession\":");
	p = put_i64(p, r->item);
	p = put_bytes(p, t->p + t->ids, to - t->ids);
	p = put_bytes(p, m->tag, m->tag_n);
	if (r->topic == GEN_LISTEN)
		p = put_bytes(p, c->text + c->at[r->track],
			      c->at[r->track + 1] - c->at[r->track]);
	return (size_t)(PUT_LIT(p, "}\n") - dst);
}
