/* SPDX-License-Identifier: MIT */
/*
 * Event schemas into tables and back. What Delta has no word for (wire forms,
 * aliases, roles, which events are plays) stands in the metadata of fields and
 * table under "playpipe.*", as strings, so that a table alone is enough to
 * read and write its lines.
 */
#include "delta/log.h"

#include <stdio.h>
#include <stdlib.h>

#define KEY_EVENT "playpipe.column" /* JSON: the column in a schema file */
#define KEY_LAKE  "playpipe.lake"
#define KEY_FILE  "playpipe.schema" /* configuration: the schema's head */

static const struct {
	const char *word;
	const char *name;
	enum table_type type;
} lake_columns[DELTA_LAKE_COLUMNS] = {
	[DELTA_LAKE_ARRIVAL] = {"arrival", "arrivalDate", TABLE_DATE},
	[DELTA_LAKE_VERDICT] = {"verdict", "verdict", TABLE_STRING},
	[DELTA_LAKE_RESCUED] = {"rescued", "_rescued", TABLE_STRING},
	[DELTA_LAKE_RAW] = {"raw", "_raw", TABLE_BINARY},
	[DELTA_LAKE_LINE] = {"line", "_line", TABLE_INT64},
	[DELTA_LAKE_OFFSET] = {"offset", "_offset", TABLE_INT64},
	[DELTA_LAKE_RULES] = {"rules", "_rules", TABLE_STRING},
};

/* ---- metadata of a field ---- */

/* Append the value of a string member to out; it stays empty when there is
 * none. The text was parsed before, so damage here is not possible. */
static int
metadata_get(struct str metadata, const char *key, struct buf *out,
	     struct fail *f)
{
	struct str text = {"", 0};
	struct doc_val v;
	struct doc *doc;
	int rc;

	if (metadata.n == 0)
		return 0;
	rc = doc_parse(&doc, metadata, "metadata", FAIL_DATA, 0, f);
	if (rc != 0)
		return rc;
	v = doc_find(doc_root(doc), key);
	if (doc_kind(v) == DOC_STRING)
		rc = doc_as_str(v, &text, f);
	if (rc == 0 && buf_add_str(out, text) != 0)
		rc = fail_memory(f);
	doc_close(doc);
	return rc;
}

enum delta_lake_column
delta_lake_column(const struct delta_column *c)
{
	enum delta_lake_column lake = DELTA_LAKE_NONE;
	struct buf word;

	buf_init(&word, LOG_SCHEMA_MAX);
	if (metadata_get(c->metadata, KEY_LAKE, &word, NULL) == 0)
		for (int i = DELTA_LAKE_NONE + 1; i < DELTA_LAKE_COLUMNS; i++)
			if (str_is(buf_str(&word), lake_columns[i].word))
				lake = (enum delta_lake_column)i;
	buf_release(&word);
	return lake;
}

/* ---- from events ---- */

static const struct {
	enum table_type type;
	const char *event;
} event_types[EVENT_TYPES] = {
	[EVENT_BOOLEAN] = {TABLE_BOOLEAN, "boolean"},
	[EVENT_INTEGER] = {TABLE_INT32, "integer"},
	[EVENT_LONG] = {TABLE_INT64, "long"},
	[EVENT_DOUBLE] = {TABLE_DOUBLE, "double"},
	[EVENT_STRING] = {TABLE_STRING, "string"},
	[EVENT_TIMESTAMP] = {TABLE_TIMESTAMP, "timestamp"},
	[EVENT_DATE] = {TABLE_DATE, "date"},
	[EVENT_BINARY] = {TABLE_BINARY, "binary"},
};

static int
event_metadata(const struct event_schema *s, size_t i, struct arena *a,
	       struct str *out, struct fail *f)
{
	struct doc_writer w;
	struct buf column, text;
	int rc;

	buf_init(&column, LOG_SCHEMA_MAX);
	buf_init(&text, LOG_SCHEMA_MAX);
	rc = event_column_format(s, i, &column, f);
	if (rc == 0) {
		doc_writer_init(&w, &text, 0);
		doc_begin_object(&w, NULL);
		doc_put_str(&w, KEY_EVENT, buf_str(&column));
		doc_end_object(&w);
		rc = doc_writer_end(&w, f);
	}
	if (rc == 0)
		rc = log_copy(a, buf_str(&text), out, f);
	buf_release(&text);
	buf_release(&column);
	return rc;
}

/* A column of a primitive type; metadata is set by the caller. */
static int
new_column(struct str name, enum table_type type, struct arena *a,
	   struct delta_column *c, struct fail *f)
{
	char quoted[32];
	const char *word = table_type_name(type);
	size_t n = strlen(word);
	int rc = log_copy(a, name, &c->name, f);

	quoted[0] = '"';
	memcpy(quoted + 1, word, n);
	quoted[n + 1] = '"';
	c->field = (struct table_field){.name = c->name, .type = type};
	c->physical = c->name;
	c->is_nullable = true;
	return rc != 0 ? rc
		       : log_copy(a, (struct str){quoted, n + 2}, &c->type, f);
}

static int
new_event_column(const struct event_schema *s, size_t i, struct arena *a,
		 struct delta_column *c, struct fail *f)
{
	int rc = new_column(s->column[i].name,
			    event_types[s->column[i].type].type, a, c, f);

	return rc != 0 ? rc : event_metadata(s, i, a, &c->metadata, f);
}

static int
new_lake_column(int lake, struct arena *a, struct delta_column *c,
		struct fail *f)
{
	char metadata[64];
	int n = snprintf(metadata, sizeof(metadata), "{\"%s\":\"%s\"}",
			 KEY_LAKE, lake_columns[lake].word);
	int rc = new_column(str_of(lake_columns[lake].name),
			    lake_columns[lake].type, a, c, f);

	return rc != 0 ? rc
		       : log_copy(a, (struct str){metadata, (size_t)n},
				  &c->metadata, f);
}

/* The schema file's head, with which events are plays, without columns. */
static int
schema_head(const struct event_schema *s, struct arena *a, struct str *out,
	    struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	int rc;

	buf_init(&text, LOG_SCHEMA_MAX);
	doc_writer_init(&w, &text, 0);
	doc_begin_object(&w, NULL);
	doc_put_str(&w, "name", s->name);
	if (s->is_all_plays) {
		doc_put_cstr(&w, "plays", "all");
	} else if (s->play_column >= 0) {
		doc_begin_object(&w, "plays");
		doc_put_str(&w, "column", s->column[s->play_column].name);
		if (s->play_value_n > 0) {
			doc_begin_array(&w, "values");
			for (size_t i = 0; i < s->play_value_n; i++)
				doc_put_str(&w, NULL, s->play_value[i]);
			doc_end_array(&w);
		}
		if (s->play_unless >= 0)
			doc_put_str(&w, "unless",
				    s->column[s->play_unless].name);
		doc_end_object(&w);
	}
	doc_end_object(&w);
	rc = doc_writer_end(&w, f);
	if (rc == 0)
		rc = log_copy(a, buf_str(&text), out, f);
	buf_release(&text);
	return rc;
}

int
delta_meta_set(struct delta_meta *m, struct str key, struct str value,
	       struct arena *a, struct fail *f)
{
	struct delta_pair *item;

	for (size_t i = 0; i < m->config.n; i++)
		if (str_equal(m->config.item[i].key, key)) {
			m->config.item[i].value = value;
			return 0;
		}
	item = arena_zalloc(a, m->config.n + 1, sizeof(*item));
	if (item == NULL)
		return fail_memory(f);
	if (m->config.n > 0)
		memcpy(item, m->config.item, m->config.n * sizeof(*item));
	item[m->config.n] = (struct delta_pair){key, value};
	m->config.item = item;
	m->config.n++;
	return 0;
}

/* Delta compares names without regard to case, and Spark refuses some. */
static int
check_names(const struct delta_meta *m, struct fail *f)
{
	for (size_t i = 0; i < m->column_n; i++) {
		struct str name = m->column[i].name;

		for (size_t k = 0; k < name.n; k++)
			if (memchr(" ,;{}()\n\t=", name.p[k], 10) != NULL)
				return fail_set(
					f, FAIL_USAGE,
					"the column '%.*s' has a character "
					"that "
					"Delta tables may not have in names "
					"(blank , ; { } ( ) = tab line feed)",
					STR_ARG(name));
		for (size_t k = 0; k < i; k++)
			if (log_same_name(name, m->column[k].name))
				return fail_set(
					f, FAIL_USAGE,
					"the columns '%.*s' and '%.*s' differ "
					"only in case, which Delta does not "
					"tell apart",
					STR_ARG(m->column[k].name),
					STR_ARG(name));
	}
	return 0;
}

int
delta_meta_new(const struct event_schema *schema, unsigned lake,
	       const struct str *partition, size_t partition_n, int64_t now_ms,
	       struct arena *a, struct delta_meta *out, struct fail *f)
{
	char id[DELTA_UUID_N + 1];
	struct str head;
	size_t n = schema->column_n;
	int rc;

	*out = (struct delta_meta){.created_ms = now_ms, .name = {"", 0}};
	delta_uuid(id);
	out->column = arena_zalloc(a, n + DELTA_LAKE_COLUMNS,
				   sizeof(*out->column));
	out->partition = arena_zalloc(a, partition_n + 1,
				      sizeof(*out->partition));
	if (out->column == NULL || out->partition == NULL)
		return fail_memory(f);
	rc = log_copy(a, (struct str){id, DELTA_UUID_N}, &out->id, f);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = new_event_column(schema, i, a, &out->column[i], f);
	for (int i = DELTA_LAKE_NONE + 1; rc == 0 && i < DELTA_LAKE_COLUMNS;
	     i++)
		if ((lake >> i & 1) != 0)
			rc = new_lake_column(i, a, &out->column[n++], f);
	out->column_n = n;
	for (size_t i = 0; rc == 0 && i < partition_n; i++) {
		int at = delta_column_find(out, partition[i]);

		if (at < 0)
			return fail_set(
				f, FAIL_USAGE,
				"cannot partition by '%.*s': there is no "
				"such column",
				STR_ARG(partition[i]));
		out->column[at].is_partition = true;
		out->partition[out->partition_n++] = out->column[at].name;
	}
	if (rc == 0)
		rc = check_names(out, f);
	if (rc == 0)
		rc = schema_head(schema, a, &head, f);
	if (rc == 0)
		rc = delta_meta_set(out, STR_LIT(KEY_FILE), head, a, f);
	return rc != 0 ? rc : log_format_schema(out, a, f);
}

int
delta_meta_extend(const struct delta_meta *m, const struct event_schema *schema,
		  struct arena *a, struct delta_meta *out, size_t *added,
		  struct fail *f)
{
	size_t n = 0, behind = 0;
	int rc = 0;

	*out = *m;
	*added = 0;
	out->column = arena_zalloc(a, m->column_n + schema->column_n + 1,
				   sizeof(*out->column));
	if (out->column == NULL)
		return fail_memory(f);
	while (n < m->column_n &&
	       delta_lake_column(&m->column[n]) == DELTA_LAKE_NONE) {
		out->column[n] = m->column[n];
		n++;
	}
	behind = n;
	for (size_t i = 0; rc == 0 && i < schema->column_n; i++) {
		if (delta_column_find(m, schema->column[i].name) >= 0)
			continue;
		rc = new_event_column(schema, i, a, &out->column[n++], f);
		++*added;
	}
	for (; behind < m->column_n; behind++)
		out->column[n++] = m->column[behind];
	out->column_n = n;
	if (rc == 0)
		rc = check_names(out, f);
	return rc != 0 ? rc : log_format_schema(out, a, f);
}

/* ---- back to events ---- */

static const char *
event_type_of(const struct table_field *field)
{
	switch (field->type) {
	case TABLE_INT8:
	case TABLE_INT16:
		return "integer";
	case TABLE_FLOAT:
		return "double";
	default:
		for (int t = 0; t < EVENT_TYPES; t++)
			if (event_types[t].type == field->type)
				return event_types[t].event;
	}
	return NULL;
}

static int
put_column(struct doc_writer *w, const struct delta_column *c, struct fail *f)
{
	const char *type = event_type_of(&c->field);
	struct buf column;
	int rc;

	buf_init(&column, LOG_SCHEMA_MAX);
	rc = metadata_get(c->metadata, KEY_EVENT, &column, f);
	if (rc == 0 && column.len > 0) {
		doc_put_raw(w, NULL, buf_str(&column));
	} else if (rc == 0) {
		doc_begin_object(w, NULL);
		doc_put_str(w, "name", c->name);
		doc_put_cstr(w, "type", type);
		if (c->field.type == TABLE_TIMESTAMP)
			doc_put_cstr(w, "wire", "rfc3339");
		doc_end_object(w);
	}
	buf_release(&column);
	return rc;
}

static bool
is_event_column(const struct delta_column *c)
{
	return delta_lake_column(c) == DELTA_LAKE_NONE &&
	       event_type_of(&c->field) != NULL;
}

int
delta_event_schema(const struct delta_meta *m, struct event_schema **out,
		   struct fail *f)
{
	struct str head = delta_pairs_get(&m->config, STR_LIT(KEY_FILE));
	struct doc_writer w;
	struct doc_iter it;
	struct doc_val v;
	struct doc *doc;
	struct buf text;
	struct str key;
	size_t n = 0;
	int rc;

	if (head.p == NULL)
		head = STR_LIT("{\"name\":\"table\"}");
	rc = doc_parse(&doc, head, KEY_FILE, FAIL_DATA, 0, f);
	if (rc != 0)
		return rc;
	buf_init(&text, LOG_SCHEMA_MAX);
	doc_writer_init(&w, &text, 0);
	doc_begin_object(&w, NULL);
	for (it = doc_each(doc_root(doc)); doc_next(&it, &key, &v);)
		/* doc's texts have a NUL behind them */
		doc_put_val(&w, key.p, v);
	doc_begin_array(&w, "columns");
	for (size_t i = 0; rc == 0 && i < m->column_n; i++)
		if (is_event_column(&m->column[i])) {
			rc = put_column(&w, &m->column[i], f);
			n++;
		}
	doc_end_array(&w);
	doc_end_object(&w);
	if (rc == 0)
		rc = doc_writer_end(&w, f);
	*out = NULL;
	if (rc == 0 && n > 0)
		rc = event_schema_parse(out, buf_str(&text), "the table", f);
	buf_release(&text);
	doc_close(doc);
	return rc;
}
