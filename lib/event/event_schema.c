/* SPDX-License-Identifier: MIT */
/*
 * Schema files: JSON read once at start, by doc, into plain arrays. Whatever
 * is wrong in one is told by its path in the file and never guessed around,
 * since a column read the wrong way would be wrong silently.
 */
#include <stdlib.h>

#include "doc/doc.h"
#include "event/event.h"
#include "event/names.h"
#include "io/io.h"

static const char *const type_names[EVENT_TYPES] = {
	[EVENT_BOOLEAN] = "boolean", [EVENT_INTEGER] = "integer",
	[EVENT_LONG] = "long",	     [EVENT_DOUBLE] = "double",
	[EVENT_STRING] = "string",   [EVENT_TIMESTAMP] = "timestamp",
	[EVENT_DATE] = "date",	     [EVENT_BINARY] = "binary",
};

static const char *const wire_names[] = {
	[EVENT_WIRE_DEFAULT] = "default", [EVENT_WIRE_EPOCH_MS] = "epoch_ms",
	[EVENT_WIRE_EPOCH_S] = "epoch_s", [EVENT_WIRE_RFC3339] = "rfc3339",
	[EVENT_WIRE_MINUTE] = "minute",	  [EVENT_WIRE_JSON] = "json",
};

static const char *const role_names[EVENT_ROLES] = {
	[EVENT_ROLE_TIME] = "time",
	[EVENT_ROLE_ID] = "id",
	[EVENT_ROLE_TYPE] = "type",
	[EVENT_ROLE_USER] = "user",
	[EVENT_ROLE_SESSION] = "session",
	[EVENT_ROLE_TRACK_ID] = "track_id",
	[EVENT_ROLE_TRACK] = "track",
	[EVENT_ROLE_ARTIST_ID] = "artist_id",
	[EVENT_ROLE_ARTIST] = "artist",
	[EVENT_ROLE_ALBUM] = "album",
	[EVENT_ROLE_DURATION] = "duration",
	[EVENT_ROLE_MS_PLAYED] = "ms_played",
	[EVENT_ROLE_SKIPPED] = "skipped",
	[EVENT_ROLE_REASON_END] = "reason_end",
	[EVENT_ROLE_LEVEL] = "level",
	[EVENT_ROLE_COUNTRY] = "country",
	[EVENT_ROLE_DEVICE] = "device",
	[EVENT_ROLE_SUCCESS] = "success",
};

const char *
event_type_name(enum event_type type)
{
	return type_names[type];
}

const char *
event_role_name(enum event_role role)
{
	return role_names[role];
}

const char *
event_wire_name(enum event_wire wire)
{
	return wire_names[wire];
}

/* The index of s in names, or -1. */
static int
find_name(const char *const *names, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(s, names[i]))
			return (int)i;
	return -1;
}

static int
keep_str(struct event_schema *s, struct str *text, struct fail *f)
{
	text->p = arena_copy(&s->mem, *text);
	return text->p == NULL ? fail_memory(f) : 0;
}

/* An array of strings into the schema's memory. */
static int
keep_list(struct event_schema *s, struct doc_val array, struct str **list,
	  size_t *n, struct fail *f)
{
	*n = doc_len(array);
	*list = arena_zalloc(&s->mem, *n + 1, sizeof(**list));
	if (*list == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < *n; i++) {
		int rc = doc_as_str(doc_item(array, i), &(*list)[i], f);

		if (rc == 0)
			rc = keep_str(s, &(*list)[i], f);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
read_type(struct doc_val v, struct event_column *c, struct fail *f)
{
	struct str text = {0};
	int i, rc;

	rc = doc_get_str(v, "type", &text, f);
	if (rc != 0)
		return rc;
	i = find_name(type_names, EVENT_TYPES, text);
	if (i < 0)
		return doc_fail(doc_find(v, "type"), f,
				"'%.*s' is no type; there are boolean, "
				"integer, long, double, string, timestamp, "
				"date, binary",
				STR_ARG(text));
	c->type = (enum event_type)i;
	text = (struct str){0};
	rc = doc_opt_str(v, "wire", &text, f);
	if (rc != 0)
		return rc;
	if (text.n == 0) {
		c->wire = c->type == EVENT_TIMESTAMP ? EVENT_WIRE_RFC3339
						     : EVENT_WIRE_DEFAULT;
		return 0;
	}
	i = find_name(wire_names, sizeof(wire_names) / sizeof(*wire_names),
		      text);
	if (i < 0 ||
	    c->type != (i == EVENT_WIRE_JSON ? EVENT_STRING : EVENT_TIMESTAMP))
		return doc_fail(doc_find(v, "wire"), f,
				"a timestamp's wire form is epoch_ms, "
				"epoch_s, rfc3339 or minute, a string's may "
				"be json; other types have none");
	c->wire = (enum event_wire)i;
	return 0;
}

static int
read_role(struct event_schema *s, struct doc_val v, int column, struct fail *f)
{
	struct str text = {0};
	int i, rc = doc_opt_str(v, "role", &text, f);

	if (rc != 0 || text.n == 0)
		return rc;
	i = find_name(role_names, EVENT_ROLES, text);
	if (i < 0)
		return doc_fail(doc_find(v, "role"), f, "'%.*s' is no role",
				STR_ARG(text));
	if (s->role[i] >= 0)
		return doc_fail(doc_find(v, "role"), f,
				"the role '%.*s' is taken by column '%.*s'",
				STR_ARG(text),
				STR_ARG(s->column[s->role[i]].name));
	if (i == EVENT_ROLE_TIME && s->column[column].type != EVENT_TIMESTAMP)
		return doc_fail(v, f,
				"the role 'time' needs a timestamp column");
	s->role[i] = column;
	return 0;
}

static int
read_column(struct event_schema *s, struct doc_val v, int column,
	    struct fail *f)
{
	static const char *const keys[] = {"name",  "type",	  "wire",
					   "role",  "empty",	  "text_number",
					   "alias", "description"};
	struct event_column *c = &s->column[column];
	struct doc_val alias = {0};
	struct str empty = {0};
	int rc;

	rc = doc_only_keys(v, keys, sizeof(keys) / sizeof(*keys), f);
	if (rc == 0)
		rc = doc_get_str(v, "name", &c->name, f);
	if (rc == 0 && (c->name.n == 0 || c->name.n > LIMIT_NAME))
		rc = doc_fail(v, f, "a column's name has 1 to %d bytes",
			      LIMIT_NAME);
	if (rc == 0 && event_column_find(s, c->name) < column)
		rc = doc_fail(v, f, "the column '%.*s' is there twice",
			      STR_ARG(c->name));
	if (rc == 0)
		rc = keep_str(s, &c->name, f);
	if (rc == 0)
		rc = read_type(v, c, f);
	if (rc == 0)
		rc = doc_opt_str(v, "empty", &empty, f);
	if (rc == 0 && empty.n > 0 && !str_is(empty, "null"))
		rc = doc_fail(doc_find(v, "empty"), f,
			      "only \"null\" can be said of empty texts");
	c->is_empty_null = empty.n > 0;
	if (rc == 0)
		rc = doc_opt_bool(v, "text_number", &c->is_text_number, f);
	if (rc == 0)
		rc = doc_opt_array(v, "alias", &alias, f);
	if (rc == 0)
		rc = keep_list(s, alias, &c->alias, &c->alias_n, f);
	if (rc == 0)
		rc = read_role(s, v, column, f);
	return rc;
}

static int
find_play_column(struct event_schema *s, struct doc_val plays, const char *key,
		 int *column, struct fail *f)
{
	struct str name = {0};
	int rc = doc_opt_str(plays, key, &name, f);

	if (rc != 0 || name.n == 0)
		return rc;
	*column = event_column_find(s, name);
	if (*column < 0)
		return doc_fail(doc_find(plays, key), f,
				"there is no column '%.*s'", STR_ARG(name));
	return 0;
}

/* "all", or {"column":..,"values":[..],"unless":..}, or absent: no plays. */
static int
read_plays(struct event_schema *s, struct doc_val plays, struct fail *f)
{
	static const char *const keys[] = {"column", "values", "unless"};
	struct doc_val values = {0};
	struct str text;
	int rc;

	s->play_column = s->play_unless = -1;
	if (doc_kind(plays) == DOC_ABSENT)
		return 0;
	if (doc_kind(plays) == DOC_STRING) {
		rc = doc_as_str(plays, &text, f);
		s->is_all_plays = rc == 0 && str_is(text, "all");
		if (rc == 0 && !s->is_all_plays)
			rc = doc_fail(plays, f,
				      "expected \"all\" or an "
				      "object with a column");
		return rc;
	}
	rc = doc_only_keys(plays, keys, sizeof(keys) / sizeof(*keys), f);
	if (rc == 0)
		rc = find_play_column(s, plays, "column", &s->play_column, f);
	if (rc == 0 && s->play_column < 0)
		rc = doc_fail(plays, f, "a column is missing");
	if (rc == 0)
		rc = find_play_column(s, plays, "unless", &s->play_unless, f);
	if (rc == 0)
		rc = doc_opt_array(plays, "values", &values, f);
	if (rc == 0)
		rc = keep_list(s, values, &s->play_value, &s->play_value_n, f);
	return rc;
}

static int
read_schema(struct event_schema *s, struct doc_val root, struct fail *f)
{
	static const char *const keys[] = {"name", "description", "plays",
					   "columns"};
	struct doc_val columns, v;
	struct doc_iter it;
	struct str key;
	int rc;

	for (size_t i = 0; i < EVENT_ROLES; i++)
		s->role[i] = -1;
	rc = doc_only_keys(root, keys, sizeof(keys) / sizeof(*keys), f);
	if (rc == 0)
		rc = doc_get_str(root, "name", &s->name, f);
	if (rc == 0)
		rc = keep_str(s, &s->name, f);
	if (rc == 0)
		rc = doc_get_array(root, "columns", &columns, f);
	if (rc != 0)
		return rc;
	if (doc_len(columns) == 0 || doc_len(columns) > LIMIT_COLUMNS)
		return doc_fail(columns, f, "a schema has 1 to %d columns",
				LIMIT_COLUMNS);
	s->column = arena_zalloc(&s->mem, doc_len(columns), sizeof(*s->column));
	if (s->column == NULL)
		return fail_memory(f);
	it = doc_each(columns);
	while (rc == 0 && doc_next(&it, &key, &v)) {
		s->column_n++;
		rc = read_column(s, v, (int)s->column_n - 1, f);
	}
	if (rc == 0)
		rc = read_plays(s, doc_find(root, "plays"), f);
	return rc;
}

int
event_schema_parse(struct event_schema **out, struct str text,
		   const char *source, struct fail *f)
{
	struct event_schema *s = calloc(1, sizeof(*s));
	struct doc *d = NULL;
	int rc;

	if (s == NULL)
		return fail_memory(f);
	rc = doc_parse(&d, text, source, FAIL_USAGE, DOC_UNIQUE_KEYS, f);
	if (rc == 0)
		rc = read_schema(s, doc_root(d), f);
	doc_close(d);
	if (rc != 0) {
		event_schema_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int
event_schema_load(struct event_schema **out, const char *name_or_path,
		  const char *share, struct fail *f)
{
	char path[LIMIT_PATH];
	struct buf text;
	int rc;

	if (strcmp(name_or_path, "playpipe") == 0)
		return event_schema_parse(out, str_of(event_playpipe_schema),
					  "playpipe", f);
	buf_init(&text, LIMIT_CONFIG + 1);
	rc = io_read_named(share, "schema", name_or_path, path, &text, f);
	if (rc == 0)
		rc = event_schema_parse(out, buf_str(&text), path, f);
	buf_release(&text);
	return rc;
}

void
event_schema_close(struct event_schema *s)
{
	if (s == NULL)
		return;
	arena_release(&s->mem);
	free(s);
}

int
event_column_find(const struct event_schema *s, struct str name)
{
	for (size_t i = 0; i < s->column_n; i++) {
		const struct event_column *c = &s->column[i];

		if (str_equal(c->name, name))
			return (int)i;
		for (size_t j = 0; j < c->alias_n; j++)
			if (str_equal(c->alias[j], name))
				return (int)i;
	}
	return -1;
}

int
event_keys(const struct event_schema *s, const int *column, size_t n,
	   struct arena *a, struct str **keys, int **slot, size_t *n_keys,
	   struct fail *f)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += 1 + s->column[column[i]].alias_n;
	*keys = arena_zalloc(a, total + 1, sizeof(**keys));
	*slot = arena_zalloc(a, total + 1, sizeof(**slot));
	if (*keys == NULL || *slot == NULL)
		return fail_memory(f);
	*n_keys = 0;
	for (size_t i = 0; i < n; i++) {
		const struct event_column *c = &s->column[column[i]];

		(*slot)[*n_keys] = (int)i;
		(*keys)[(*n_keys)++] = c->name;
		for (size_t j = 0; j < c->alias_n; j++) {
			(*slot)[*n_keys] = (int)i;
			(*keys)[(*n_keys)++] = c->alias[j];
		}
	}
	return 0;
}
