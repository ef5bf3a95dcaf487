/* SPDX-License-Identifier: MIT */
/*
 * Delta's schemaString from and to columns. A type that we cannot hold (nested
 * ones, decimals over 18 digits) keeps its JSON text and has no table type.
 */
#include "delta/log.h"

#include <stdlib.h>

#define KEY_MODE     "delta.columnMapping.mode"
#define KEY_PHYSICAL "delta.columnMapping.physicalName"

int
delta_column_find(const struct delta_meta *m, struct str name)
{
	for (size_t i = 0; i < m->column_n; i++)
		if (str_equal(m->column[i].name, name))
			return (int)i;
	return -1;
}

static char
small_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
differs_by_case(struct str a, struct str b)
{
	size_t i = 0;

	while (i < a.n && i < b.n &&
	       small_letter(a.p[i]) == small_letter(b.p[i]))
		i++;
	return a.n == b.n && i == a.n;
}

int
delta_column_absent(const struct delta_meta *m, const char *url,
		    struct str name, struct fail *f)
{
	for (size_t i = 0; i < m->column_n; i++)
		if (differs_by_case(m->column[i].name, name))
			return fail_set(f, FAIL_USAGE,
					"'%s' has no column '%.*s', did you "
					"mean '%.*s'?",
					url, STR_ARG(name),
					STR_ARG(m->column[i].name));
	return fail_set(f, FAIL_USAGE, "'%s' has no column '%.*s'", url,
			STR_ARG(name));
}

/* ---- types ---- */

/* "decimal(10,2)" */
static bool
parse_decimal(struct str text, struct table_field *field)
{
	int64_t precision, scale;
	const char *comma;
	size_t open = strlen("decimal(");

	if (!str_starts(text, "decimal(") || !str_ends(text, ")"))
		return false;
	text = (struct str){text.p + open, text.n - open - 1};
	comma = memchr(text.p, ',', text.n);
	if (comma == NULL)
		return false;
	if (num_parse_i64(text.p, (size_t)(comma - text.p), &precision) != 0)
		return false;
	for (comma++; comma < text.p + text.n && *comma == ' ';)
		comma++;
	if (num_parse_i64(comma, (size_t)(text.p + text.n - comma), &scale) !=
	    0)
		return false;
	if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
		return false;
	if (precision <= 18)
		field->type = TABLE_DECIMAL;
	field->precision = (uint8_t)precision; /* at most 38 */
	field->scale = (uint8_t)scale;
	return true;
}

void
log_parse_type(struct str text, struct table_field *field)
{
	field->type = TABLE_TYPES;
	if (parse_decimal(text, field))
		return;
	for (int t = 0; t < TABLE_TYPES; t++)
		if (t != TABLE_DECIMAL &&
		    str_is(text, table_type_name((enum table_type)t)))
			field->type = (enum table_type)t;
}

static enum delta_mapping
mapping_of(const struct delta_meta *m)
{
	struct str mode = delta_pairs_get(&m->config, STR_LIT(KEY_MODE));

	if (str_is(mode, "name"))
		return DELTA_MAPPING_NAME;
	return str_is(mode, "id") ? DELTA_MAPPING_ID : DELTA_MAPPING_NONE;
}

/* What the log calls the column. */
static int
parse_physical(struct doc_val metadata, struct arena *a, struct delta_column *c,
	       struct fail *f)
{
	struct str text = {"", 0};
	int rc = doc_opt_str(metadata, KEY_PHYSICAL, &text, f);

	return rc != 0 || text.n == 0 ? rc : log_copy(a, text, &c->physical, f);
}

/* Forget a mapping that the protocol does not allow for. */
static void
drop_mapping(struct delta_meta *m)
{
	m->mapping = DELTA_MAPPING_NONE;
	for (size_t i = 0; i < m->column_n; i++)
		m->column[i].physical = m->column[i].name;
}

int
log_check_mapping(struct delta_meta *m, const struct delta_protocol *p,
		  const char *url, struct fail *f)
{
	struct str mode = delta_pairs_get(&m->config, STR_LIT(KEY_MODE));

	if (mode.p == NULL || str_is(mode, "none"))
		return 0;
	if (p->reader < 2 ||
	    (p->reader == 3 && !log_has_feature(p, "columnMapping"))) {
		drop_mapping(m);
		return 0;
	}
	if (m->mapping == DELTA_MAPPING_NONE)
		return fail_set(f, FAIL_USAGE,
				"'%s' maps its columns in mode '%.*s', which "
				"we do not know",
				url, STR_ARG(mode));
	for (size_t i = 0; i < m->column_n; i++)
		if (m->column[i].physical.p == m->column[i].name.p)
			return fail_set(f, FAIL_DATA,
					"'%s' maps its columns by %.*s, but "
					"'%.*s' has no " KEY_PHYSICAL,
					url, STR_ARG(mode),
					STR_ARG(m->column[i].name));
	return 0;
}

static int
parse_column(struct doc_val v, enum delta_mapping mapping, struct arena *a,
	     struct delta_column *c, struct fail *f)
{
	struct doc_val type = doc_find(v, "type");
	struct str name, text;
	int rc = doc_get_str(v, "name", &name, f);

	c->is_nullable = true;
	c->field.type = TABLE_TYPES;
	if (rc == 0)
		rc = log_copy(a, name, &c->name, f);
	c->physical = c->name;
	if (rc == 0 && mapping != DELTA_MAPPING_NONE)
		rc = parse_physical(doc_find(v, "metadata"), a, c, f);
	if (rc == 0)
		rc = doc_opt_bool(v, "nullable", &c->is_nullable, f);
	if (rc == 0)
		rc = log_copy_json(a, type, &c->type, f);
	if (rc == 0)
		rc = log_copy_json(a, doc_find(v, "metadata"), &c->metadata, f);
	if (rc == 0 && doc_kind(type) == DOC_STRING) {
		rc = doc_as_str(type, &text, f);
		if (rc == 0)
			log_parse_type(text, &c->field);
	}
	c->field.name = c->name;
	return rc;
}

int
log_parse_schema(struct delta_meta *m, struct arena *a, const char *source,
		 struct fail *f)
{
	struct doc_val fields;
	struct doc *doc;
	int rc = doc_parse(&doc, m->schema_text, source, FAIL_DATA, 0, f);

	if (rc != 0)
		return rc;
	rc = doc_get_array(doc_root(doc), "fields", &fields, f);
	if (rc != 0)
		goto out;
	m->mapping = mapping_of(m);
	m->column_n = doc_len(fields);
	m->column = arena_zalloc(a, m->column_n + 1, sizeof(*m->column));
	if (m->column == NULL) {
		rc = fail_memory(f);
		goto out;
	}
	for (size_t i = 0; rc == 0 && i < m->column_n; i++)
		rc = parse_column(doc_item(fields, i), m->mapping, a,
				  &m->column[i], f);
	for (size_t i = 0; rc == 0 && i < m->partition_n; i++) {
		int at = delta_column_find(m, m->partition[i]);

		if (at < 0)
			rc = fail_set(
				f, FAIL_DATA,
				"'%s': the partition column '%.*s' is not "
				"in the schema",
				source, STR_ARG(m->partition[i]));
		else
			m->column[at].is_partition = true;
	}
out:
	doc_close(doc);
	return rc;
}

int
log_format_schema(struct delta_meta *m, struct arena *a, struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	int rc;

	buf_init(&text, LOG_SCHEMA_MAX);
	doc_writer_init(&w, &text, 0);
	doc_begin_object(&w, NULL);
	doc_put_cstr(&w, "type", "struct");
	doc_begin_array(&w, "fields");
	for (size_t i = 0; i < m->column_n; i++) {
		const struct delta_column *c = &m->column[i];

		doc_begin_object(&w, NULL);
		doc_put_str(&w, "name", c->name);
		doc_put_raw(&w, "type", c->type);
		doc_put_bool(&w, "nullable", c->is_nullable);
		doc_put_raw(&w, "metadata",
			    c->metadata.n > 0 ? c->metadata : STR_LIT("{}"));
		doc_end_object(&w);
	}
	doc_end_array(&w);
	doc_end_object(&w);
	rc = doc_writer_end(&w, f);
	if (rc == 0)
		rc = log_copy(a, buf_str(&text), &m->schema_text, f);
	buf_release(&text);
	return rc;
}
