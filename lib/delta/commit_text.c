/* SPDX-License-Identifier: MIT */
/*
 * The text of a commit: one action a line, commitInfo first, as readers of
 * in-commit timestamps want it.
 */
#include "delta/log.h"

static void
add_pairs(struct doc_writer *w, const struct delta_pairs *pairs)
{
	for (size_t i = 0; i < pairs->n; i++) {
		const struct delta_pair *p = &pairs->item[i];

		/* keys end with NUL, as an arena's texts do */
		if (p->value.p == NULL)
			doc_put_null(w, p->key.p);
		else
			doc_put_str(w, p->key.p, p->value);
	}
}

static void
put_pairs(struct doc_writer *w, const char *key,
	  const struct delta_pairs *pairs)
{
	doc_begin_object(w, key);
	add_pairs(w, pairs);
	doc_end_object(w);
}

/* operationParameters are texts by convention, JSON inside. */
static void
put_parameters(struct doc_writer *w, const struct delta_change *c,
	       const struct delta_meta *m)
{
	struct doc_writer inner;
	struct buf list;

	doc_begin_object(w, "operationParameters");
	if (c->mode != NULL) {
		buf_init(&list, LOG_SCHEMA_MAX);
		doc_writer_init(&inner, &list, 0);
		doc_put_strs(&inner, NULL, m->partition, m->partition_n);
		doc_put_cstr(w, "mode", c->mode);
		doc_put_str(w, "partitionBy", buf_str(&list));
		buf_release(&list);
	}
	if (c->predicate.n > 0)
		doc_put_str(w, "predicate", c->predicate);
	add_pairs(w, &c->parameter);
	doc_end_object(w);
}

static void
put_metrics(struct doc_writer *w, const struct delta_change *c)
{
	const struct {
		const char *key;
		uint64_t value;
	} metric[] = {{"numFiles", c->add_n},
		      {"numRemovedFiles", c->remove_n},
		      {"numOutputRows", c->rows},
		      {"numCopiedRows", c->copied}};
	size_t metric_n = c->kind == DELTA_REPLACE ? 4 : 3;
	char text[NUM_I64_MAX];

	doc_begin_object(w, "operationMetrics");
	for (size_t i = 0; i < metric_n; i++) {
		size_t n = num_format_i64(text, (int64_t)metric[i].value);

		doc_put_str(w, metric[i].key, (struct str){text, n});
	}
	add_pairs(w, &c->metric);
	doc_end_object(w);
}

static const char *
isolation_name(const struct delta_change *c)
{
	if (c->kind == DELTA_REWRITE)
		return "SnapshotIsolation";
	return c->isolation == DELTA_WRITE_SERIALIZABLE ? "WriteSerializable"
							: "Serializable";
}

static void
put_info(struct doc_writer *w, const struct log_commit *commit)
{
	const struct delta_change *c = commit->c;
	const struct delta_snapshot *s = commit->s;

	doc_begin_object(w, NULL);
	doc_begin_object(w, "commitInfo");
	if (commit->in_commit_ms >= 0)
		doc_put_i64(w, "inCommitTimestamp", commit->in_commit_ms);
	doc_put_i64(w, "timestamp", commit->now_ms);
	doc_put_cstr(w, "operation", c->operation);
	put_parameters(w, c, c->meta != NULL ? c->meta : &s->meta);
	if (s->version >= 0)
		doc_put_i64(w, "readVersion", s->version);
	doc_put_cstr(w, "isolationLevel", isolation_name(c));
	doc_put_bool(w, "isBlindAppend", c->kind == DELTA_APPEND);
	put_metrics(w, c);
	doc_put_cstr(w, "engineInfo", "playpipe");
	doc_put_cstr(w, "txnId", commit->txn_id);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_meta(struct doc_writer *w, const struct delta_meta *m)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "metaData");
	doc_put_str(w, "id", m->id);
	if (m->name.n > 0)
		doc_put_str(w, "name", m->name);
	if (m->description.n > 0)
		doc_put_str(w, "description", m->description);
	doc_begin_object(w, "format");
	doc_put_cstr(w, "provider", "parquet");
	doc_begin_object(w, "options");
	doc_end_object(w);
	doc_end_object(w);
	doc_put_str(w, "schemaString", m->schema_text);
	doc_put_strs(w, "partitionColumns", m->partition, m->partition_n);
	put_pairs(w, "configuration", &m->config);
	if (m->created_ms >= 0)
		doc_put_i64(w, "createdTime", m->created_ms);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_add(struct doc_writer *w, const struct delta_file *file,
	bool is_data_change)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "add");
	doc_put_str(w, "path", file->path);
	put_pairs(w, "partitionValues", &file->partition);
	doc_put_u64(w, "size", file->bytes);
	doc_put_i64(w, "modificationTime", file->mtime_ms);
	doc_put_bool(w, "dataChange", is_data_change);
	if (file->stats.n > 0)
		doc_put_str(w, "stats", file->stats);
	if (file->tags.n > 0)
		put_pairs(w, "tags", &file->tags);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_remove(struct doc_writer *w, const struct delta_file *file, int64_t now_ms,
	   bool is_data_change)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "remove");
	doc_put_str(w, "path", file->path);
	doc_put_i64(w, "deletionTimestamp", now_ms);
	doc_put_bool(w, "dataChange", is_data_change);
	doc_put_bool(w, "extendedFileMetadata", true);
	put_pairs(w, "partitionValues", &file->partition);
	doc_put_u64(w, "size", file->bytes);
	if (file->dv != NULL)
		delta_dv_put(w, file->dv);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_txn(struct doc_writer *w, const struct delta_txn *txn)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "txn");
	doc_put_str(w, "appId", txn->app_id);
	doc_put_i64(w, "version", txn->version);
	if (txn->updated_ms >= 0)
		doc_put_i64(w, "lastUpdated", txn->updated_ms);
	doc_end_object(w);
	doc_end_object(w);
}

/* Every action is a document of its own on a line of its own. */
static int
end_line(struct doc_writer *w, struct buf *body, struct fail *f)
{
	int rc = doc_writer_end(w, f);

	if (rc == 0 && buf_add_char(body, '\n') != 0)
		rc = fail_memory(f);
	doc_writer_init(w, body, 0);
	return rc;
}

int
log_format_commit(const struct log_commit *commit, struct buf *out,
		  struct fail *f)
{
	const struct delta_change *c = commit->c;
	bool is_data_change = c->kind != DELTA_REWRITE;
	struct doc_writer w;
	int rc;

	buf_reset(out);
	doc_writer_init(&w, out, 0);
	put_info(&w, commit);
	rc = end_line(&w, out, f);
	if (rc == 0 && commit->s->version < 0) {
		doc_put_raw(&w, NULL,
			    STR_LIT("{\"protocol\":{\"minReaderVersion\":1,"
				    "\"minWriterVersion\":2}}"));
		rc = end_line(&w, out, f);
	}
	if (rc == 0 && c->meta != NULL) {
		put_meta(&w, c->meta);
		rc = end_line(&w, out, f);
	}
	for (size_t i = 0; rc == 0 && i < c->txn_n; i++) {
		put_txn(&w, &c->txn[i]);
		rc = end_line(&w, out, f);
	}
	for (size_t i = 0; rc == 0 && i < c->remove_n; i++) {
		put_remove(&w, &c->remove[i], commit->now_ms, is_data_change);
		rc = end_line(&w, out, f);
	}
	for (size_t i = 0; rc == 0 && i < c->add_n; i++) {
		put_add(&w, &c->add[i], is_data_change);
		rc = end_line(&w, out, f);
	}
	return rc;
}
