/* SPDX-License-Identifier: MIT */
/*
 * A column back into the text that event_schema_parse reads, so that it can be
 * kept with a table and made into a schema again.
 */
#include "base/hash.h"
#include "doc/doc.h"
#include "event/event.h"
#include "event/names.h"

static void
put_column(struct doc_writer *w, const struct event_schema *s, size_t i)
{
	const struct event_column *c = &s->column[i];

	doc_begin_object(w, NULL);
	doc_put_str(w, "name", c->name);
	doc_put_cstr(w, "type", event_type_name(c->type));
	if (c->wire != EVENT_WIRE_DEFAULT)
		doc_put_cstr(w, "wire", event_wire_name(c->wire));
	if (c->is_empty_null)
		doc_put_cstr(w, "empty", "null");
	if (c->is_text_number)
		doc_put_bool(w, "text_number", true);
	if (c->alias_n > 0) {
		doc_begin_array(w, "alias");
		for (size_t k = 0; k < c->alias_n; k++)
			doc_put_str(w, NULL, c->alias[k]);
		doc_end_array(w);
	}
	for (int r = 0; r < EVENT_ROLES; r++)
		if (s->role[r] == (int)i)
			doc_put_cstr(w, "role",
				     event_role_name((enum event_role)r));
	doc_end_object(w);
}

int
event_column_format(const struct event_schema *s, size_t i, struct buf *out,
		    struct fail *f)
{
	struct doc_writer w;

	doc_writer_init(&w, out, 0);
	put_column(&w, s, i);
	return doc_writer_end(&w, f);
}

int
event_columns_hash(const struct event_schema *s, const int *column, size_t n,
		   uint64_t *hash, struct fail *f)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (column[i] >= 0)
			rc = event_column_format(s, (size_t)column[i], &text,
						 f);
		if (rc == 0 && buf_add_char(&text, '\n') != 0)
			rc = fail_memory(f);
	}
	*hash = hash_bytes(text.p, text.len, 0);
	buf_release(&text);
	return rc;
}
