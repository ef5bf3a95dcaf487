/* SPDX-License-Identifier: MIT */
/*
 * What to look for in data files: a column's type with all that is in it, as
 * PROTOCOL.md's Schema Serialization Format states it, by the names or the
 * ids that files know it by (Column Mapping).
 */
#include "delta/log.h"

struct wants {
	const struct delta_column *column;
	enum delta_mapping mapping;
	struct arena *mem;
	unsigned depth;
};

static int
cannot_read(const struct wants *w, struct fail *f)
{
	return fail_set(f, FAIL_USAGE,
			"the column '%.*s' is of type %.*s, which we cannot "
			"read; leave it out by --columns",
			STR_ARG(w->column->name), STR_ARG(w->column->type));
}

/* The name in files, and the id; metadata: a field's, absent where none. */
static int
set_name(const struct wants *w, struct str name, struct doc_val metadata,
	 struct parquet_want *out, struct fail *f)
{
	int64_t id = PARQUET_NO_ID;
	int rc = 0;

	out->field_id = PARQUET_NO_ID;
	if (w->mapping != DELTA_MAPPING_NONE &&
	    doc_kind(metadata) != DOC_OBJECT)
		return fail_set(f, FAIL_DATA,
				"the column '%.*s' has no name in data files, "
				"though columns are mapped",
				STR_ARG(w->column->name));
	if (w->mapping != DELTA_MAPPING_NONE)
		rc = doc_get_str(metadata, "delta.columnMapping.physicalName",
				 &name, f);
	if (rc == 0 && w->mapping == DELTA_MAPPING_ID)
		rc = doc_get_i64(metadata, "delta.columnMapping.id", &id, f);
	if (rc == 0 && (id < PARQUET_NO_ID || id > INT32_MAX))
		rc = fail_set(f, FAIL_DATA, "the column '%.*s' has the id %lld",
			      STR_ARG(w->column->name), (long long)id);
	if (rc == 0)
		out->field_id = (int32_t)id; /* checked */
	return rc == 0 ? log_copy(w->mem, name, &out->name, f) : rc;
}

static int set_type(struct wants *w, struct doc_val type,
		    struct parquet_want *out, struct fail *f);

static int
set_leaf(const struct wants *w, struct str name, struct parquet_want *out,
	 struct fail *f)
{
	struct table_field field = {0};

	log_parse_type(name, &field);
	out->kind = PARQUET_LEAF;
	out->precision = field.precision;
	out->scale = field.scale;
	out->type = field.precision > 0 ? TABLE_DECIMAL : field.type;
	if (out->type == TABLE_TYPES && !str_is(name, "void"))
		return cannot_read(w, f);
	return 0;
}

static int
set_members(struct wants *w, struct doc_val fields, struct parquet_want *out,
	    struct fail *f)
{
	size_t n = doc_len(fields);
	struct parquet_want *child = arena_zalloc(w->mem, n + 1,
						  sizeof(*child));
	int rc = 0;

	if (child == NULL)
		return fail_memory(f);
	out->kind = PARQUET_GROUP;
	out->child = child;
	out->child_n = n;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct doc_val field = doc_item(fields, i);
		struct str name;

		rc = doc_get_str(field, "name", &name, f);
		if (rc == 0)
			rc = log_copy(w->mem, name, &child[i].label, f);
		if (rc == 0)
			rc = set_name(w, name, doc_find(field, "metadata"),
				      &child[i], f);
		if (rc == 0)
			rc = set_type(w, doc_find(field, "type"), &child[i], f);
	}
	return rc;
}

/* The types of a list's element, or of a map's key and value. */
static int
set_items(struct wants *w, struct doc_val type, const char *const *key,
	  size_t n, struct parquet_want *out, struct fail *f)
{
	struct parquet_want *child = arena_zalloc(w->mem, n, sizeof(*child));
	int rc = 0;

	if (child == NULL)
		return fail_memory(f);
	out->kind = n == 1 ? PARQUET_LIST : PARQUET_MAP;
	out->child = child;
	out->child_n = n;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		child[i].field_id = PARQUET_NO_ID;
		rc = set_type(w, doc_find(type, key[i]), &child[i], f);
	}
	return rc;
}

static int
set_type(struct wants *w, struct doc_val type, struct parquet_want *out,
	 struct fail *f)
{
	static const char *const list[] = {"elementType"};
	static const char *const map[] = {"keyType", "valueType"};
	struct doc_val fields;
	struct str name;
	int rc;

	if (doc_kind(type) == DOC_STRING) {
		rc = doc_as_str(type, &name, f);
		return rc == 0 ? set_leaf(w, name, out, f) : rc;
	}
	if (++w->depth > LIMIT_DEPTH)
		return fail_set(f, FAIL_DATA,
				"the column '%.*s' is nested over %d deep",
				STR_ARG(w->column->name), LIMIT_DEPTH);
	rc = doc_get_str(type, "type", &name, f);
	if (rc == 0 && str_is(name, "struct")) {
		rc = doc_get_array(type, "fields", &fields, f);
		if (rc == 0)
			rc = set_members(w, fields, out, f);
	} else if (rc == 0 && str_is(name, "array")) {
		rc = set_items(w, type, list, 1, out, f);
	} else if (rc == 0 && str_is(name, "map")) {
		rc = set_items(w, type, map, 2, out, f);
	} else if (rc == 0) {
		rc = cannot_read(w, f);
	}
	w->depth--;
	return rc;
}

int
log_want(const struct delta_meta *m, const struct delta_column *c,
	 const char *source, struct arena *a, struct parquet_want *out,
	 struct fail *f)
{
	struct wants w = {.column = c, .mapping = m->mapping, .mem = a};
	struct doc *type, *metadata = NULL;
	struct doc_val said = {0};
	int rc = doc_parse(&type, c->type, source, FAIL_DATA, 0, f);

	*out = (struct parquet_want){0};
	if (rc == 0 && c->metadata.n > 0)
		rc = doc_parse(&metadata, c->metadata, source, FAIL_DATA, 0, f);
	if (metadata != NULL)
		said = doc_root(metadata);
	if (rc == 0)
		rc = set_name(&w, c->name, said, out, f);
	if (rc == 0)
		rc = set_type(&w, doc_root(type), out, f);
	doc_close(metadata);
	doc_close(type);
	return rc;
}
