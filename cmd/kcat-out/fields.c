/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <string.h>

#include "base/banned.h"

static const char *const use_name[FIELDS_USES] = {
	"topic",
	"key",
	"time",
	"partition",
};

/* ---- set up ---- */

static int
check_options(const struct opts *o, struct fail *f)
{
	bool has_fields = o->topic_field != NULL || o->key_field != NULL ||
			  o->time_field != NULL || o->partition_field != NULL;

	if (o->is_envelope && (has_fields || o->schema != NULL))
		return fail_set(f, FAIL_USAGE,
				"an envelope says its topic, key and time "
				"itself: --envelope goes without --schema and "
				"the --*-field options");
	if (o->is_repartition && !o->is_envelope)
		return fail_set(f, FAIL_USAGE,
				"--repartition is for --envelope");
	return 0;
}

/* The columns of the schema's roles, where no option says otherwise. */
static int
take_schema(struct fields *s, struct fail *f)
{
	static const enum event_role role[] = {
		[FIELDS_TOPIC] = EVENT_ROLE_TYPE,
		[FIELDS_KEY] = EVENT_ROLE_USER,
		[FIELDS_TIME] = EVENT_ROLE_TIME,
	};
	int rc = event_schema_load(&s->schema, s->o->schema, cli_share(), f);

	for (int use = 0; rc == 0 && use <= FIELDS_TIME; use++) {
		struct fields_source *source = &s->source[use];
		int column = s->schema->role[role[use]];

		if (source->name != NULL ||
		    (use == FIELDS_TOPIC && s->topic.p != NULL))
			continue;
		if (column < 0)
			return fail_set(f, FAIL_USAGE,
					"schema '%s' has no column of role %s, "
					"which is the %s",
					s->o->schema,
					event_role_name(role[use]),
					use_name[use]);
		source->column = &s->schema->column[column];
		source->name = arena_copy(&s->mem, source->column->name);
		if (source->name == NULL)
			return fail_memory(f);
	}
	return rc;
}

/* The key under its names; one that is wanted already shares its slot. */
static void
want(struct fields *s, struct fields_source *source, int slot)
{
	const struct event_column *c = source->column;
	struct str name = str_of(source->name);

	for (size_t i = 0; i < s->key_n; i++) {
		if (str_equal(s->key[i], name)) {
			source->slot = s->slot[i];
			return;
		}
	}
	source->slot = slot;
	s->slot[s->key_n] = slot;
	s->key[s->key_n++] = name;
	for (size_t i = 0; c != NULL && i < c->alias_n; i++) {
		s->slot[s->key_n] = slot;
		s->key[s->key_n++] = c->alias[i];
	}
}

static int
want_all(struct fields *s, struct fail *f)
{
	size_t most = FIELDS_USES;
	int slot = 0;

	for (int use = 0; use < FIELDS_USES; use++)
		if (s->source[use].column != NULL)
			most += s->source[use].column->alias_n;
	s->key = arena_zalloc(&s->mem, most, sizeof(*s->key));
	s->slot = arena_zalloc(&s->mem, most, sizeof(*s->slot));
	if (s->key == NULL || s->slot == NULL)
		return fail_memory(f);
	for (int use = 0; use < FIELDS_USES; use++) {
		size_t before = s->key_n;

		if (s->source[use].name != NULL)
			want(s, &s->source[use], slot);
		slot += s->key_n > before;
	}
	return 0;
}

static int
take_headers(struct fields *s, struct fail *f)
{
	const struct cli_list *list = &s->o->header;

	s->header = arena_zalloc(&s->mem, list->n + 1, sizeof(*s->header));
	if (s->header == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < list->n; i++) {
		const char *text = list->item[i];
		const char *equals = strchr(text, '=');

		if (equals == NULL)
			return fail_set(f, FAIL_USAGE,
					"--header '%s': expected NAME=VALUE",
					text);
		s->header[s->header_n++] = (struct kafka_header){
			.name = text,
			.name_n = (size_t)(equals - text),
			.value = equals + 1,
			.value_n = strlen(equals + 1),
		};
	}
	return 0;
}

int
fields_open(struct fields *s, const struct opts *o, const char *topic,
	    struct fail *f)
{
	size_t n;
	int rc = check_options(o, f);

	s->o = o;
	s->topic = str_of(topic);
	s->source[FIELDS_TOPIC].name = o->topic_field;
	s->source[FIELDS_KEY].name = o->key_field;
	s->source[FIELDS_TIME].name = o->time_field;
	s->source[FIELDS_PARTITION].name = o->partition_field;
	envelope_keys(&s->envelope_key, &s->envelope_slot, &n);
	if (rc == 0 && o->schema != NULL)
		rc = take_schema(s, f);
	if (rc == 0 && s->topic.p == NULL && !o->is_envelope &&
	    s->source[FIELDS_TOPIC].name == NULL)
		rc = fail_set(f, FAIL_USAGE,
			      "to which topic? Say TOPIC, --topic-field or "
			      "--schema");
	if (rc == 0)
		rc = want_all(s, f);
	if (rc == 0 && o->is_envelope)
		s->key_n = n;
	return rc == 0 ? take_headers(s, f) : rc;
}

void
fields_close(struct fields *s)
{
	event_schema_close(s->schema);
	arena_release(&s->mem);
	arena_release(&s->line_mem);
}

void
fields_keys(const struct fields *s, const struct str **keys, const int **slot,
	    size_t *n)
{
	*keys = s->o->is_envelope ? s->envelope_key : s->key;
	*slot = s->o->is_envelope ? s->envelope_slot : s->slot;
	*n = s->key_n;
}

/* ---- members ---- */

static int
missing(const struct fields_source *source, int use, const char **name,
	struct fail *f)
{
	*name = "MISSING_FIELD";
	return fail_set(f, FAIL_DATA, "no '%s', which is the %s", source->name,
			use_name[use]);
}

static int
wrong(const struct fields_source *source, int use, const struct ndjson_val *v,
      const char *expected, const char **name, struct fail *f)
{
	struct str raw = ndjson_raw(v);

	*name = "WRONG_TYPE";
	if (raw.n > 60)
		raw.n = 60;
	return fail_set(f, FAIL_DATA, "'%s', which is the %s, is %.*s, not %s",
			source->name, use_name[use], STR_ARG(raw), expected);
}

static bool
is_null(const struct fields_source *source, const struct ndjson_val *v)
{
	return v->kind == NDJSON_ABSENT || v->kind == NDJSON_NULL ||
	       (v->kind == NDJSON_STRING && v->n == 0 &&
		source->column != NULL && source->column->is_empty_null);
}

static int
read_text(struct fields *s, const struct ndjson_val *v, struct str *out,
	  struct fail *f)
{
	*out = ndjson_string(v, &s->line_mem);
	return out->p == NULL && out->n > 0 ? fail_memory(f) : 0;
}

static int
read_topic(struct fields *s, const struct ndjson_val *val,
	   struct kafka_out *out, const char **name, struct fail *f)
{
	const struct fields_source *source = &s->source[FIELDS_TOPIC];
	const struct ndjson_val *v = &val[source->slot];

	if (is_null(source, v))
		return missing(source, FIELDS_TOPIC, name, f);
	if (v->kind != NDJSON_STRING)
		return wrong(source, FIELDS_TOPIC, v, "a string", name, f);
	return read_text(s, v, &out->topic, f);
}

/* A string, or a number's text. */
static int
read_key(struct fields *s, const struct ndjson_val *val, struct kafka_out *out,
	 const char **name, struct fail *f)
{
	const struct fields_source *source = &s->source[FIELDS_KEY];
	const struct ndjson_val *v = &val[source->slot];
	struct str text = {v->p, v->n};
	int rc = 0;

	if (is_null(source, v)) {
		if (!s->o->is_keyless_allowed)
			return missing(source, FIELDS_KEY, name, f);
		s->keyless++;
		return 0;
	}
	if (v->kind == NDJSON_STRING)
		rc = read_text(s, v, &text, f);
	else if (v->kind != NDJSON_INT && v->kind != NDJSON_FLOAT)
		return wrong(source, FIELDS_KEY, v, "a string or a number",
			     name, f);
	out->key = text.p;
	out->key_n = text.n;
	return rc;
}

/* As the schema says, or, without one, epoch ms or RFC 3339. */
static int
read_time(struct fields *s, const struct ndjson_val *val, struct kafka_out *out,
	  const char **name, struct fail *f)
{
	static const struct event_column as_number = {
		.name = STR_INIT("time"),
		.type = EVENT_TIMESTAMP,
		.wire = EVENT_WIRE_EPOCH_MS};
	static const struct event_column as_text = {.name = STR_INIT("time"),
						    .type = EVENT_TIMESTAMP,
						    .wire = EVENT_WIRE_RFC3339};
	const struct fields_source *source = &s->source[FIELDS_TIME];
	const struct ndjson_val *v = &val[source->slot];
	const struct event_column *c = source->column;
	struct event_cell cell;

	if (is_null(source, v))
		return missing(source, FIELDS_TIME, name, f);
	if (c == NULL)
		c = v->kind == NDJSON_STRING ? &as_text : &as_number;
	event_decode(c, v, &s->line_mem, &cell);
	if (cell.kind != EVENT_CELL_I64 || cell.i64 < 0)
		return wrong(source, FIELDS_TIME, v, "a time since 1970", name,
			     f);
	out->time_ms = cell.i64 / UTC_MS;
	return 0;
}

static int
read_partition(struct fields *s, const struct ndjson_val *val,
	       struct kafka_out *out, const char **name, struct fail *f)
{
	const struct fields_source *source = &s->source[FIELDS_PARTITION];
	const struct ndjson_val *v = &val[source->slot];
	int64_t i;

	if (is_null(source, v))
		return missing(source, FIELDS_PARTITION, name, f);
	if (v->kind != NDJSON_INT || num_parse_i64(v->p, v->n, &i) != 0 ||
	    i < 0 || i > INT32_MAX)
		return wrong(source, FIELDS_PARTITION, v,
			     "a partition's number", name, f);
	out->partition = (int32_t)i;
	return 0;
}

static int
read_members(struct fields *s, const struct ndjson_val *val,
	     struct kafka_out *out, const char **name, struct fail *f)
{
	int rc = 0;

	if (s->source[FIELDS_TOPIC].name != NULL)
		rc = read_topic(s, val, out, name, f);
	if (rc == 0 && s->source[FIELDS_KEY].name != NULL)
		rc = read_key(s, val, out, name, f);
	if (rc == 0 && s->source[FIELDS_TIME].name != NULL)
		rc = read_time(s, val, out, name, f);
	if (rc == 0 && s->source[FIELDS_PARTITION].name != NULL)
		rc = read_partition(s, val, out, name, f);
	return rc;
}

/* ---- envelopes ---- */

static int
join_headers(struct fields *s, const struct envelope *e, struct kafka_out *out,
	     struct fail *f)
{
	size_t n = e->header_n + s->header_n;
	struct kafka_header *header = arena_zalloc(&s->line_mem, n + 1,
						   sizeof(*header));

	if (header == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < e->header_n; i++)
		header[i] = (struct kafka_header){
			.name = e->header[i].name.p,
			.name_n = e->header[i].name.n,
			.value = e->header[i].value.p,
			.value_n = e->header[i].value.n,
		};
	memcpy(header + e->header_n, s->header, s->header_n * sizeof(*header));
	out->header = header;
	out->header_n = n;
	return 0;
}

static int
read_envelope(struct fields *s, const struct ndjson_val *val,
	      struct kafka_out *out, const char **name, struct fail *f)
{
	struct envelope e;
	int rc;

	*name = "NOT_AN_ENVELOPE";
	rc = envelope_parse(val, &s->line_mem, &e, f);
	if (rc != 0)
		return rc;
	if (out->topic.p == NULL)
		out->topic = e.topic;
	if (out->topic.p == NULL)
		return fail_set(f, FAIL_DATA,
				"the envelope has no 'topic', and no TOPIC is "
				"given");
	if (!s->o->is_repartition && e.partition >= 0)
		out->partition = e.partition;
	out->key = e.key.p;
	out->key_n = e.key.n;
	out->value = e.value.p;
	out->value_n = e.value.n;
	out->time_ms = e.time_ms;
	return e.header_n == 0 ? 0 : join_headers(s, &e, out, f);
}

/* ---- lines ---- */

/* Must the line be JSON? */
static bool
has_to_be_json(const struct fields *s)
{
	return s->key_n > 0;
}

static int
refuse_bad(const struct stream_record *rec, const char **name, struct fail *f)
{
	*name = rec->line.reason == NDJSON_TOO_LONG ? "TOO_LONG" : "NOT_JSON";
	return fail_set(f, FAIL_DATA, "byte %llu: %s: %s",
			(unsigned long long)rec->line.bad_at + 1,
			ndjson_reason_name(rec->line.reason),
			stream_bad_hint(rec));
}

int
fields_read(struct fields *s, const struct stream_record *rec,
	    struct kafka_out *out, const char **name, struct fail *f)
{
	const struct ndjson_line *line = &rec->line;

	if (s->line_mem.used > 0)
		arena_reset(&s->line_mem);
	*out = (struct kafka_out){
		.topic = s->topic,
		.partition = KAFKA_ANY_PARTITION,
		.value = line->p,
		.value_n = line->n,
		.time_ms = -1,
		.header = s->header,
		.header_n = s->header_n,
	};
	if (PORT_UNLIKELY(line->reason != NDJSON_OK) &&
	    (has_to_be_json(s) || line->reason == NDJSON_TOO_LONG))
		return refuse_bad(rec, name, f);
	if (s->key_n == 0)
		return 0;
	return s->o->is_envelope ? read_envelope(s, line->val, out, name, f)
				 : read_members(s, line->val, out, name, f);
}
