/* SPDX-License-Identifier: MIT */
/*
 * Checkpoints: a snapshot as a Parquet file, one row an action, each action a
 * group of which one a row is present. Written plainly (no dictionaries, page
 * version 1, snappy, Spark's schema, no empty groups), for readers have failed
 * on anything cleverer. Read in all three forms: one file, several parts, and
 * version 2 with its side files.
 */
#include "delta/log.h"

#include <stdlib.h>

#include "parquet/parquet.h"

/* ---- the schema written ---- */

enum node {
	N_ROOT,
	N_TXN,
	N_TXN_APP,
	N_TXN_VERSION,
	N_TXN_UPDATED,
	N_ADD,
	N_ADD_PATH,
	N_ADD_PARTITION,
	N_ADD_PARTITION_KV,
	N_ADD_PARTITION_KEY,
	N_ADD_PARTITION_VALUE,
	N_ADD_SIZE,
	N_ADD_TIME,
	N_ADD_CHANGE,
	N_ADD_TAGS,
	N_ADD_TAGS_KV,
	N_ADD_TAGS_KEY,
	N_ADD_TAGS_VALUE,
	N_ADD_DV,
	N_ADD_DV_KIND,
	N_ADD_DV_PLACE,
	N_ADD_DV_OFFSET,
	N_ADD_DV_SIZE,
	N_ADD_DV_ROWS,
	N_ADD_STATS,
	N_REMOVE,
	N_REMOVE_PATH,
	N_REMOVE_TIME,
	N_REMOVE_CHANGE,
	N_REMOVE_EXTENDED,
	N_REMOVE_PARTITION,
	N_REMOVE_PARTITION_KV,
	N_REMOVE_PARTITION_KEY,
	N_REMOVE_PARTITION_VALUE,
	N_REMOVE_SIZE,
	N_REMOVE_DV,
	N_REMOVE_DV_KIND,
	N_REMOVE_DV_PLACE,
	N_REMOVE_DV_OFFSET,
	N_REMOVE_DV_SIZE,
	N_REMOVE_DV_ROWS,
	N_META,
	N_META_ID,
	N_META_NAME,
	N_META_DESCRIPTION,
	N_META_FORMAT,
	N_META_FORMAT_PROVIDER,
	N_META_FORMAT_OPTIONS,
	N_META_FORMAT_OPTIONS_KV,
	N_META_FORMAT_OPTIONS_KEY,
	N_META_FORMAT_OPTIONS_VALUE,
	N_META_SCHEMA,
	N_META_PARTITION,
	N_META_PARTITION_LIST,
	N_META_PARTITION_ITEM,
	N_META_CONFIG,
	N_META_CONFIG_KV,
	N_META_CONFIG_KEY,
	N_META_CONFIG_VALUE,
	N_META_CREATED,
	N_PROTOCOL,
	N_PROTOCOL_READER,
	N_PROTOCOL_WRITER,
	N_PROTOCOL_READER_FEATURES,
	N_PROTOCOL_READER_FEATURES_LIST,
	N_PROTOCOL_READER_FEATURES_ITEM,
	N_PROTOCOL_WRITER_FEATURES,
	N_PROTOCOL_WRITER_FEATURES_LIST,
	N_PROTOCOL_WRITER_FEATURES_ITEM,
	N_DOMAIN,
	N_DOMAIN_NAME,
	N_DOMAIN_CONFIG,
	N_DOMAIN_REMOVED,
	NODES,
};

#define LEAF(name, type)                                                       \
	{                                                                      \
		name, PARQUET_OPTIONAL, PARQUET_LEAF, 0, type                  \
	}
#define GROUP(name, n)                                                         \
	{                                                                      \
		name, PARQUET_OPTIONAL, PARQUET_GROUP, n, 0                    \
	}
#define TEXT_MAP(name)                                                         \
	{name, PARQUET_OPTIONAL, PARQUET_MAP, 1, 0},                           \
		{"key_value", PARQUET_REPEATED, PARQUET_GROUP, 2, 0},          \
		{"key", PARQUET_REQUIRED, PARQUET_LEAF, 0, TABLE_STRING},      \
		LEAF("value", TABLE_STRING)
#define TEXT_LIST(name)                                                        \
	{name, PARQUET_OPTIONAL, PARQUET_LIST, 1, 0},                          \
		{"list", PARQUET_REPEATED, PARQUET_GROUP, 1, 0},               \
		LEAF("element", TABLE_STRING)

#define VECTOR                                                                 \
	GROUP("deletionVector", 5), LEAF("storageType", TABLE_STRING),         \
		LEAF("pathOrInlineDv", TABLE_STRING),                          \
		LEAF("offset", TABLE_INT32), LEAF("sizeInBytes", TABLE_INT32), \
		LEAF("cardinality", TABLE_INT64)

/* In the order of enum node. */
static const struct parquet_node schema[] = {
	{"spark_schema", PARQUET_REQUIRED, PARQUET_GROUP, 6, 0},
	GROUP("txn", 3),
	LEAF("appId", TABLE_STRING),
	LEAF("version", TABLE_INT64),
	LEAF("lastUpdated", TABLE_INT64),
	GROUP("add", 8),
	LEAF("path", TABLE_STRING),
	TEXT_MAP("partitionValues"),
	LEAF("size", TABLE_INT64),
	LEAF("modificationTime", TABLE_INT64),
	LEAF("dataChange", TABLE_BOOLEAN),
	TEXT_MAP("tags"),
	VECTOR,
	LEAF("stats", TABLE_STRING),
	GROUP("remove", 7),
	LEAF("path", TABLE_STRING),
	LEAF("deletionTimestamp", TABLE_INT64),
	LEAF("dataChange", TABLE_BOOLEAN),
	LEAF("extendedFileMetadata", TABLE_BOOLEAN),
	TEXT_MAP("partitionValues"),
	LEAF("size", TABLE_INT64),
	VECTOR,
	GROUP("metaData", 8),
	LEAF("id", TABLE_STRING),
	LEAF("name", TABLE_STRING),
	LEAF("description", TABLE_STRING),
	GROUP("format", 2),
	LEAF("provider", TABLE_STRING),
	TEXT_MAP("options"),
	LEAF("schemaString", TABLE_STRING),
	TEXT_LIST("partitionColumns"),
	TEXT_MAP("configuration"),
	LEAF("createdTime", TABLE_INT64),
	GROUP("protocol", 4),
	LEAF("minReaderVersion", TABLE_INT32),
	LEAF("minWriterVersion", TABLE_INT32),
	TEXT_LIST("readerFeatures"),
	TEXT_LIST("writerFeatures"),
	GROUP("domainMetadata", 3),
	LEAF("domain", TABLE_STRING),
	LEAF("configuration", TABLE_STRING),
	LEAF("removed", TABLE_BOOLEAN),
};

/* ---- writing ---- */

/* Failures stick, so that a row reads as a list of its values. */
struct rows {
	struct parquet_writer *w;
	uint64_t n;
	int rc;
	struct fail *f;
};

static void
put_text(struct rows *r, enum node node, struct str s)
{
	if (r->rc == 0)
		r->rc = parquet_put_str(r->w, node, s, r->f);
}

static void
put_number(struct rows *r, enum node node, int64_t v)
{
	if (r->rc == 0)
		r->rc = parquet_put_i64(r->w, node, v, r->f);
}

/* map is the MAP's node; its key and value stand two and three behind. */
static void
put_map(struct rows *r, enum node map, const struct delta_pairs *pairs)
{
	if (r->rc == 0)
		parquet_put_present(r->w, map);
	for (size_t i = 0; i < pairs->n; i++) {
		put_text(r, map + 2, pairs->item[i].key);
		if (pairs->item[i].value.p != NULL)
			put_text(r, map + 3, pairs->item[i].value);
		else if (r->rc == 0)
			r->rc = parquet_put_null(r->w, map + 3, r->f);
	}
}

static void
put_list(struct rows *r, enum node list, const struct str *item, size_t n)
{
	if (r->rc == 0)
		parquet_put_present(r->w, list);
	for (size_t i = 0; i < n; i++)
		put_text(r, list + 2, item[i]);
}

static void
end_row(struct rows *r)
{
	if (r->rc == 0)
		r->rc = parquet_end_row(r->w, r->f);
	r->n++;
}

static void
put_protocol(struct rows *r, const struct delta_protocol *p)
{
	put_number(r, N_PROTOCOL_READER, p->reader);
	put_number(r, N_PROTOCOL_WRITER, p->writer);
	if (p->reader >= 3)
		put_list(r, N_PROTOCOL_READER_FEATURES, p->reader_feature,
			 p->reader_feature_n);
	if (p->writer >= 7)
		put_list(r, N_PROTOCOL_WRITER_FEATURES, p->writer_feature,
			 p->writer_feature_n);
	end_row(r);
}

static void
put_meta(struct rows *r, const struct delta_meta *m)
{
	static const struct delta_pairs none;

	put_text(r, N_META_ID, m->id);
	if (m->name.n > 0)
		put_text(r, N_META_NAME, m->name);
	if (m->description.n > 0)
		put_text(r, N_META_DESCRIPTION, m->description);
	put_text(r, N_META_FORMAT_PROVIDER, STR_LIT("parquet"));
	put_map(r, N_META_FORMAT_OPTIONS, &none);
	put_text(r, N_META_SCHEMA, m->schema_text);
	put_list(r, N_META_PARTITION, m->partition, m->partition_n);
	put_map(r, N_META_CONFIG, &m->config);
	if (m->created_ms >= 0)
		put_number(r, N_META_CREATED, m->created_ms);
	end_row(r);
}

/* group is the vector's node; its leaves stand behind it. A file without one
 * has no group: readers have failed on an empty one. */
static void
put_vector(struct rows *r, enum node group, const struct delta_dv *dv)
{
	if (dv == NULL)
		return;
	put_text(r, group + 1, dv->kind);
	put_text(r, group + 2, dv->place);
	if (dv->offset >= 0)
		put_number(r, group + 3, dv->offset);
	put_number(r, group + 4, dv->bytes);
	put_number(r, group + 5, dv->row_n);
}

static void
put_add(struct rows *r, const struct delta_file *file)
{
	put_text(r, N_ADD_PATH, file->path);
	put_map(r, N_ADD_PARTITION, &file->partition);
	put_number(r, N_ADD_SIZE, (int64_t)file->bytes);
	put_number(r, N_ADD_TIME, file->mtime_ms);
	put_number(r, N_ADD_CHANGE, false); /* as the protocol wants it */
	if (file->tags.n > 0)
		put_map(r, N_ADD_TAGS, &file->tags);
	put_vector(r, N_ADD_DV, file->dv);
	if (file->stats.n > 0)
		put_text(r, N_ADD_STATS, file->stats);
	end_row(r);
}

static void
put_remove(struct rows *r, const struct delta_file *file)
{
	put_text(r, N_REMOVE_PATH, file->path);
	put_number(r, N_REMOVE_TIME, file->mtime_ms);
	put_number(r, N_REMOVE_CHANGE, false);
	put_number(r, N_REMOVE_EXTENDED, true);
	put_map(r, N_REMOVE_PARTITION, &file->partition);
	put_number(r, N_REMOVE_SIZE, (int64_t)file->bytes);
	put_vector(r, N_REMOVE_DV, file->dv);
	end_row(r);
}

static void
put_txn(struct rows *r, const struct delta_txn *txn)
{
	put_text(r, N_TXN_APP, txn->app_id);
	put_number(r, N_TXN_VERSION, txn->version);
	if (txn->updated_ms >= 0)
		put_number(r, N_TXN_UPDATED, txn->updated_ms);
	end_row(r);
}

static void
put_domain(struct rows *r, const struct delta_domain *domain)
{
	put_text(r, N_DOMAIN_NAME, domain->name);
	put_text(r, N_DOMAIN_CONFIG, domain->configuration);
	put_number(r, N_DOMAIN_REMOVED, false);
	end_row(r);
}

/* Tombstones are kept while a vacuum may still need their age. */
static void
put_all(struct rows *r, const struct delta_snapshot *s, int64_t now_ms)
{
	int64_t oldest_ms = now_ms - delta_tombstone_ms(&s->meta);

	put_protocol(r, &s->protocol);
	put_meta(r, &s->meta);
	for (size_t i = 0; i < s->txn_n; i++)
		put_txn(r, &s->txn[i]);
	for (size_t i = 0; i < s->domain_n; i++)
		if (!s->domain[i].is_removed)
			put_domain(r, &s->domain[i]);
	for (size_t i = 0; i < s->file_n && r->rc == 0; i++) {
		if (s->is_live[i])
			put_add(r, &s->file[i]);
		else if (s->file[i].mtime_ms >= oldest_ms)
			put_remove(r, &s->file[i]);
	}
}

static int
write_hint(struct delta *d, const struct delta_snapshot *s, uint64_t actions,
	   uint64_t bytes, struct fail *f)
{
	struct doc_writer w;
	struct buf text;
	uint64_t live = 0;
	int rc;

	for (size_t i = 0; i < s->file_n; i++)
		live += s->is_live[i];
	buf_init(&text, LOG_SCHEMA_MAX);
	doc_writer_init(&w, &text, 0);
	doc_begin_object(&w, NULL);
	doc_put_i64(&w, "version", s->version);
	doc_put_u64(&w, "size", actions);
	doc_put_u64(&w, "sizeInBytes", bytes);
	doc_put_u64(&w, "numOfAddFiles", live);
	doc_end_object(&w);
	rc = doc_writer_end(&w, f);
	if (rc == 0)
		rc = store_put(delta_store(d), STR_LIT(LOG_HINT),
			       buf_str(&text), f);
	buf_release(&text);
	return rc;
}

static int
sink_write(void *arg, const void *p, size_t n, struct fail *f)
{
	return store_writer_put(arg, p, n, f);
}

int
delta_checkpoint(struct delta *d, const struct delta_snapshot *s,
		 struct fail *f)
{
	const struct parquet_options options = {CODEC_SNAPPY, 0, true};
	struct parquet_sink sink = {sink_write, NULL};
	struct store_writer *file = NULL;
	struct rows rows = {.f = f};
	char key[LOG_KEY_MAX];
	uint64_t bytes = 0;
	int rc;

	rc = store_writer_open(&file, delta_store(d),
			       log_key(key, s->version, ".checkpoint.parquet"),
			       f);
	if (rc != 0)
		return rc;
	sink.arg = file;
	rc = parquet_open_nested(&rows.w, schema, NODES, &options, sink, f);
	if (rc != 0)
		goto out;
	put_all(&rows, s, utc_now() / UTC_MS);
	rc = rows.rc;
	if (rc == 0)
		rc = parquet_writer_finish(rows.w, f);
	if (rc == 0)
		rc = store_writer_commit(file, f);
	bytes = store_writer_bytes(file);
out:
	parquet_writer_close(rows.w);
	store_writer_close(file);
	return rc != 0 ? rc : write_hint(d, s, rows.n, bytes, f);
}
