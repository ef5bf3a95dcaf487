/* SPDX-License-Identifier: MIT */
/*
 * The actions of one commit. A commit file is NDJSON, an object a line, its
 * one member named after the action. What we do not know is passed over: the
 * protocol wants readers to survive additions to it.
 */
#include "delta/log.h"

#include <stdlib.h>

int
log_copy(struct arena *a, struct str s, struct str *out, struct fail *f)
{
	const char *p = arena_copy(a, s);

	if (p == NULL)
		return fail_memory(f);
	*out = (struct str){p, s.n};
	return 0;
}

int
log_copy_json(struct arena *a, struct doc_val v, struct str *out,
	      struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	int rc;

	*out = (struct str){"", 0};
	if (doc_kind(v) == DOC_ABSENT)
		return 0;
	buf_init(&text, LOG_SCHEMA_MAX);
	doc_writer_init(&w, &text, 0);
	doc_put_val(&w, NULL, v);
	rc = doc_writer_end(&w, f);
	if (rc == 0)
		rc = log_copy(a, buf_str(&text), out, f);
	buf_release(&text);
	return rc;
}

int
log_grow(struct arena *a, void *ptr_to_ptr, size_t len, size_t *cap,
	 size_t item_size, struct fail *f)
{
	void **pp = ptr_to_ptr;
	size_t want = *cap < 8 ? 8 : *cap * 2;
	void *p;

	if (len < *cap)
		return 0;
	p = arena_zalloc(a, want, item_size);
	if (p == NULL)
		return fail_memory(f);
	if (len > 0)
		memcpy(p, *pp, len * item_size);
	*pp = p;
	*cap = want;
	return 0;
}

struct str
delta_pairs_get(const struct delta_pairs *pairs, struct str key)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (str_equal(pairs->item[i].key, key))
			return pairs->item[i].value;
	return (struct str){NULL, 0};
}

/* ---- members ---- */

static int
opt_copy(struct arena *a, struct doc_val o, const char *key, struct str *out,
	 struct fail *f)
{
	struct str s = {"", 0};
	int rc = doc_opt_str(o, key, &s, f);

	return rc != 0 ? rc : log_copy(a, s, out, f);
}

static int
get_pairs(struct arena *a, struct doc_val o, const char *key,
	  struct delta_pairs *out, struct fail *f)
{
	struct doc_val map = {0}, v;
	struct doc_iter it;
	struct str k;
	int rc = doc_opt_object(o, key, &map, f);

	*out = (struct delta_pairs){0};
	if (rc != 0 || doc_len(map) == 0)
		return rc;
	out->item = arena_zalloc(a, doc_len(map), sizeof(*out->item));
	if (out->item == NULL)
		return fail_memory(f);
	for (it = doc_each(map); rc == 0 && doc_next(&it, &k, &v); out->n++) {
		struct delta_pair *pair = &out->item[out->n];
		struct str text = {NULL, 0};

		if (doc_kind(v) != DOC_NULL)
			rc = doc_as_str(v, &text, f);
		if (rc == 0)
			rc = log_copy(a, k, &pair->key, f);
		if (rc == 0 && text.p != NULL)
			rc = log_copy(a, text, &pair->value, f);
	}
	return rc;
}

static int
get_texts(struct arena *a, struct doc_val o, const char *key, struct str **out,
	  size_t *n, struct fail *f)
{
	struct doc_val list = {0};
	int rc = doc_opt_array(o, key, &list, f);

	*n = doc_len(list);
	*out = NULL;
	if (rc != 0 || *n == 0)
		return rc;
	*out = arena_zalloc(a, *n, sizeof(**out));
	if (*out == NULL)
		return fail_memory(f);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		struct str text;

		rc = doc_as_str(doc_item(list, i), &text, f);
		if (rc == 0)
			rc = log_copy(a, text, &(*out)[i], f);
	}
	return rc;
}

int
log_set_dv(struct arena *a, const struct delta_dv *from,
	   const struct delta_dv **out, struct fail *f)
{
	struct delta_dv *dv = arena_zalloc(a, 1, sizeof(*dv));
	struct buf id;
	int rc;

	if (dv == NULL)
		return fail_memory(f);
	*dv = *from;
	buf_init(&id, LOG_SCHEMA_MAX);
	rc = buf_add_str(&id, from->kind);
	if (rc == 0)
		rc = buf_add_str(&id, from->place);
	if (rc == 0 && from->offset >= 0)
		rc = buf_addf(&id, "@%lld", (long long)from->offset);
	rc = rc != 0 ? fail_memory(f) : log_copy(a, buf_str(&id), &dv->id, f);
	buf_release(&id);
	if (rc != 0)
		return rc;
	/* both stand in the id */
	dv->kind = (struct str){dv->id.p, from->kind.n};
	dv->place = (struct str){dv->id.p + from->kind.n, from->place.n};
	*out = dv;
	return 0;
}

static int
get_dv(struct arena *a, struct doc_val file, const struct delta_dv **out,
       struct fail *f)
{
	struct delta_dv dv = {.offset = -1, .bytes = -1, .row_n = -1};
	struct doc_val v = {0};
	int rc = doc_opt_object(file, "deletionVector", &v, f);

	*out = NULL;
	if (rc != 0 || v.node == NULL)
		return rc;
	rc = doc_get_str(v, "storageType", &dv.kind, f);
	if (rc == 0)
		rc = doc_get_str(v, "pathOrInlineDv", &dv.place, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "offset", &dv.offset, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "sizeInBytes", &dv.bytes, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "cardinality", &dv.row_n, f);
	return rc != 0 ? rc : log_set_dv(a, &dv, out, f);
}

/* ---- actions ---- */

static int
parse_file(struct arena *a, struct doc_val v, const char *time_key,
	   struct delta_file *out, struct fail *f)
{
	struct str path;
	int64_t bytes = 0;
	int rc = doc_get_str(v, "path", &path, f);

	*out = (struct delta_file){.is_data_change = true};
	if (rc == 0)
		rc = log_copy(a, path, &out->path, f);
	if (rc == 0)
		rc = get_pairs(a, v, "partitionValues", &out->partition, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "size", &bytes, f);
	if (rc == 0)
		rc = doc_opt_i64(v, time_key, &out->mtime_ms, f);
	if (rc == 0)
		rc = doc_opt_bool(v, "dataChange", &out->is_data_change, f);
	if (rc == 0)
		rc = opt_copy(a, v, "stats", &out->stats, f);
	if (rc == 0)
		rc = get_pairs(a, v, "tags", &out->tags, f);
	if (rc == 0)
		rc = get_dv(a, v, &out->dv, f);
	out->bytes = bytes < 0 ? 0 : (uint64_t)bytes;
	return rc;
}

static int
parse_add(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct delta_actions *o = p->out;
	int rc = LOG_GROW(p->mem, &o->add, o->add_n, &p->add_cap, f);

	if (rc != 0)
		return rc;
	return parse_file(p->mem, v, "modificationTime", &o->add[o->add_n++],
			  f);
}

static int
parse_remove(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct delta_actions *o = p->out;
	int rc = LOG_GROW(p->mem, &o->remove, o->remove_n, &p->remove_cap, f);

	if (rc != 0)
		return rc;
	return parse_file(p->mem, v, "deletionTimestamp",
			  &o->remove[o->remove_n++], f);
}

static int
parse_txn(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct delta_actions *o = p->out;
	struct delta_txn *txn;
	struct str app_id;
	int rc = LOG_GROW(p->mem, &o->txn, o->txn_n, &p->txn_cap, f);

	if (rc != 0)
		return rc;
	txn = &o->txn[o->txn_n++];
	txn->updated_ms = -1;
	rc = doc_get_str(v, "appId", &app_id, f);
	if (rc == 0)
		rc = log_copy(p->mem, app_id, &txn->app_id, f);
	if (rc == 0)
		rc = doc_get_i64(v, "version", &txn->version, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "lastUpdated", &txn->updated_ms, f);
	return rc;
}

static int
parse_domain(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct delta_actions *o = p->out;
	int rc = LOG_GROW(p->mem, &o->domain, o->domain_n, &p->domain_cap, f);
	struct delta_domain *domain;

	if (rc != 0)
		return rc;
	domain = &o->domain[o->domain_n++];
	rc = opt_copy(p->mem, v, "domain", &domain->name, f);
	if (rc == 0)
		rc = opt_copy(p->mem, v, "configuration",
			      &domain->configuration, f);
	if (rc == 0)
		rc = doc_opt_bool(v, "removed", &domain->is_removed, f);
	return rc;
}

/* PROTOCOL.md, Delta Log Entries: one of these at most. */
static int
twice(const char *source, const char *action, struct fail *f)
{
	return fail_set(f, FAIL_DATA, "'%s': a second %s in one commit", source,
			action);
}

/* Delta has had no format but Parquet since its version 0.3. */
static int
check_format(struct doc_val meta, struct fail *f)
{
	struct str provider = STR_LIT("parquet");
	struct doc_val format = {0};
	int rc = doc_opt_object(meta, "format", &format, f);

	if (rc == 0)
		rc = doc_opt_str(format, "provider", &provider, f);
	if (rc == 0 && !str_is(provider, "parquet"))
		rc = fail_set(f, FAIL_USAGE,
			      "the table's files are of format '%.*s', which "
			      "we do not read",
			      STR_ARG(provider));
	return rc;
}

static int
parse_meta(struct log_parser *p, struct doc_val v, const char *source,
	   struct fail *f)
{
	struct delta_meta *m = &p->out->meta;
	struct str text;
	int rc;

	if (p->out->has_meta)
		return twice(source, "metaData", f);
	*m = (struct delta_meta){.created_ms = -1};
	rc = doc_get_str(v, "id", &text, f);
	if (rc == 0)
		rc = check_format(v, f);
	if (rc == 0)
		rc = log_copy(p->mem, text, &m->id, f);
	if (rc == 0)
		rc = opt_copy(p->mem, v, "name", &m->name, f);
	if (rc == 0)
		rc = opt_copy(p->mem, v, "description", &m->description, f);
	if (rc == 0)
		rc = doc_get_str(v, "schemaString", &text, f);
	if (rc == 0)
		rc = log_copy(p->mem, text, &m->schema_text, f);
	if (rc == 0)
		rc = get_texts(p->mem, v, "partitionColumns", &m->partition,
			       &m->partition_n, f);
	if (rc == 0)
		rc = get_pairs(p->mem, v, "configuration", &m->config, f);
	if (rc == 0)
		rc = doc_opt_i64(v, "createdTime", &m->created_ms, f);
	if (rc == 0)
		rc = log_parse_schema(m, p->mem, source, f);
	p->out->has_meta = rc == 0;
	return rc;
}

static int
parse_protocol(struct log_parser *p, struct doc_val v, const char *source,
	       struct fail *f)
{
	struct delta_protocol *o = &p->out->protocol;
	int rc;

	if (p->out->has_protocol)
		return twice(source, "protocol", f);
	rc = doc_get_i64(v, "minReaderVersion", &o->reader, f);

	if (rc == 0)
		rc = doc_get_i64(v, "minWriterVersion", &o->writer, f);
	if (rc == 0)
		rc = get_texts(p->mem, v, "readerFeatures", &o->reader_feature,
			       &o->reader_feature_n, f);
	if (rc == 0)
		rc = get_texts(p->mem, v, "writerFeatures", &o->writer_feature,
			       &o->writer_feature_n, f);
	p->out->has_protocol = rc == 0;
	return rc;
}

/* Free-form by the protocol: members of a shape we do not expect are as good
 * as absent. */
static int
parse_info(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct delta_actions *o = p->out;
	struct doc_val time = doc_find(v, "inCommitTimestamp");
	const struct {
		const char *key;
		struct str *to;
	} text[] = {{"operation", &o->operation},
		    {"engineInfo", &o->engine},
		    {"txnId", &o->txn_id}};
	struct doc_val blind = doc_find(v, "isBlindAppend");
	int rc = 0;

	if (doc_kind(blind) == DOC_BOOLEAN)
		rc = doc_as_bool(blind, &o->is_blind, f);
	if (doc_kind(time) != DOC_INTEGER)
		time = doc_find(v, "timestamp");
	if (rc == 0 && doc_kind(time) == DOC_INTEGER)
		rc = doc_as_i64(time, &o->time_ms, f);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		if (doc_kind(doc_find(v, text[i].key)) == DOC_STRING)
			rc = opt_copy(p->mem, v, text[i].key, text[i].to, f);
	if (rc == 0)
		rc = log_copy_json(p->mem, doc_find(v, "operationParameters"),
				   &o->parameters, f);
	if (rc == 0)
		rc = log_copy_json(p->mem, doc_find(v, "operationMetrics"),
				   &o->metrics, f);
	return rc;
}

static int
parse_sidecar(struct log_parser *p, struct doc_val v, struct fail *f)
{
	struct str path;
	int rc = doc_get_str(v, "path", &path, f);

	if (rc == 0)
		rc = LOG_GROW(p->mem, &p->sidecar, p->sidecar_n,
			      &p->sidecar_cap, f);
	return rc != 0 ? rc
		       : log_copy(p->mem, path, &p->sidecar[p->sidecar_n++], f);
}

static int
parse_line(struct log_parser *p, struct str line, const char *source,
	   struct fail *f)
{
	struct doc_val v;
	struct doc_iter it;
	struct doc *doc;
	struct str key;
	int rc = doc_parse(&doc, line, source, FAIL_DATA, DOC_ONE_LINE, f);

	if (rc != 0)
		return rc;
	it = doc_each(doc_root(doc));
	while (rc == 0 && doc_next(&it, &key, &v)) {
		if (doc_kind(v) != DOC_OBJECT)
			continue;
		if (str_is(key, "add"))
			rc = parse_add(p, v, f);
		else if (str_is(key, "remove"))
			rc = parse_remove(p, v, f);
		else if (str_is(key, "txn"))
			rc = parse_txn(p, v, f);
		else if (str_is(key, "metaData"))
			rc = parse_meta(p, v, source, f);
		else if (str_is(key, "protocol"))
			rc = parse_protocol(p, v, source, f);
		else if (str_is(key, "domainMetadata"))
			rc = parse_domain(p, v, f);
		else if (str_is(key, "commitInfo"))
			rc = parse_info(p, v, f);
		else if (str_is(key, "sidecar"))
			rc = parse_sidecar(p, v, f);
	}
	doc_close(doc);
	return rc;
}

int
log_parse_text(struct log_parser *p, struct str text, const char *key,
	       const char *url, struct fail *f)
{
	struct str line;
	int rc = 0;

	for (size_t number = 1; rc == 0 && str_line(&text, &line); number++) {
		if (line.n > 0)
			rc = parse_line(p, line, key, f);
		if (rc != 0)
			fail_prefix(f, "'%s': line %zu: ", url, number);
	}
	return rc;
}

int
log_parse_commit(struct str text, const char *key, const char *url,
		 struct arena *a, struct delta_actions *out, struct fail *f)
{
	struct log_parser p = {.mem = a, .out = out};

	/* a machine that stopped may leave the name and not the text */
	if (text.n == 0)
		return fail_set(f, FAIL_DATA, "'%s': '%s' is empty", url, key);
	return log_parse_text(&p, text, key, url, f);
}

int
delta_read_commit(struct delta *d, int64_t version, struct arena *a,
		  struct delta_actions *out, struct fail *f)
{
	char key[LOG_KEY_MAX];
	struct buf text;
	int rc;

	*out = (struct delta_actions){.version = version, .time_ms = -1};
	buf_init(&text, LOG_COMMIT_MAX);
	rc = store_get(delta_store(d), log_key(key, version, ".json"),
		       LOG_COMMIT_MAX, &text, f);
	if (rc == 0)
		rc = log_parse_commit(buf_str(&text), key, delta_url(d), a, out,
				      f);
	buf_release(&text);
	return rc;
}
