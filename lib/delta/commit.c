/* SPDX-License-Identifier: MIT */
/*
 * Committing: the actions of a change as the next file of the log, created
 * only if absent. When the name is taken we read what stands there. Either it
 * is our own commit, whose success we had not heard of (the txnId in it
 * tells), or a rival's: then its actions are held against ours, and unless
 * they conflict we go on top of it. Waits are jittered and bounded by time.
 */
#include "delta/log.h"

#include <stdlib.h>
#include <time.h>

#define COMMIT_PATIENCE ((int64_t)300 * 1000) /* ms */
#define COMMIT_WAIT_MAX 1000		      /* ms between two tries */

/* One try's state. */
struct attempt {
	struct delta *d;
	struct delta_snapshot *s;
	const struct delta_change *c;
	char txn_id[DELTA_UUID_N + 1];
	struct buf body;
};

/* ---- the text of a commit ---- */

static void
put_pairs(struct doc_writer *w, const char *key,
	  const struct delta_pairs *pairs)
{
	doc_begin_object(w, key);
	for (size_t i = 0; i < pairs->n; i++) {
		const struct delta_pair *p = &pairs->item[i];

		/* keys come from an arena, with a NUL behind them */
		if (p->value.p == NULL)
			doc_put_null(w, p->key.p);
		else
			doc_put_str(w, p->key.p, p->value);
	}
	doc_end_object(w);
}

static void
put_texts(struct doc_writer *w, const char *key, const struct str *item,
	  size_t n)
{
	doc_begin_array(w, key);
	for (size_t i = 0; i < n; i++)
		doc_put_str(w, NULL, item[i]);
	doc_end_array(w);
}

/* operationParameters are texts by convention, JSON inside. */
static void
put_parameters(struct doc_writer *w, const struct attempt *t,
	       const struct delta_meta *m)
{
	struct doc_writer inner;
	struct buf list;

	buf_init(&list, LOG_SCHEMA_MAX);
	doc_writer_init(&inner, &list, 0);
	put_texts(&inner, NULL, m->partition, m->partition_n);
	doc_begin_object(w, "operationParameters");
	doc_put_cstr(w, "mode", t->c->mode);
	doc_put_str(w, "partitionBy", buf_str(&list));
	if (t->c->predicate.n > 0)
		doc_put_str(w, "predicate", t->c->predicate);
	doc_end_object(w);
	buf_release(&list);
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
	size_t metric_n = c->is_read == NULL ? 3 : 4;
	char text[NUM_I64_MAX];

	doc_begin_object(w, "operationMetrics");
	for (size_t i = 0; i < metric_n; i++) {
		size_t n = num_format_i64(text, (int64_t)metric[i].value);

		doc_put_str(w, metric[i].key, (struct str){text, n});
	}
	doc_end_object(w);
}

static void
put_info(struct doc_writer *w, const struct attempt *t)
{
	const struct delta_change *c = t->c;

	doc_begin_object(w, NULL);
	doc_begin_object(w, "commitInfo");
	doc_put_i64(w, "timestamp", c->now_ms);
	doc_put_cstr(w, "operation", c->operation);
	put_parameters(w, t, c->meta != NULL ? c->meta : &t->s->meta);
	if (t->s->version >= 0)
		doc_put_i64(w, "readVersion", t->s->version);
	doc_put_cstr(w, "isolationLevel", "Serializable");
	doc_put_bool(w, "isBlindAppend", c->is_read == NULL);
	put_metrics(w, c);
	doc_put_cstr(w, "engineInfo", "playpipe");
	doc_put_cstr(w, "txnId", t->txn_id);
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
	put_texts(w, "partitionColumns", m->partition, m->partition_n);
	put_pairs(w, "configuration", &m->config);
	if (m->created_ms >= 0)
		doc_put_i64(w, "createdTime", m->created_ms);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_add(struct doc_writer *w, const struct delta_file *file)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "add");
	doc_put_str(w, "path", file->path);
	put_pairs(w, "partitionValues", &file->partition);
	doc_put_u64(w, "size", file->bytes);
	doc_put_i64(w, "modificationTime", file->mtime_ms);
	doc_put_bool(w, "dataChange", file->is_data_change);
	if (file->stats.n > 0)
		doc_put_str(w, "stats", file->stats);
	doc_end_object(w);
	doc_end_object(w);
}

static void
put_remove(struct doc_writer *w, const struct delta_file *file, int64_t now_ms)
{
	doc_begin_object(w, NULL);
	doc_begin_object(w, "remove");
	doc_put_str(w, "path", file->path);
	doc_put_i64(w, "deletionTimestamp", now_ms);
	doc_put_bool(w, "dataChange", true);
	doc_put_bool(w, "extendedFileMetadata", true);
	put_pairs(w, "partitionValues", &file->partition);
	doc_put_u64(w, "size", file->bytes);
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

static int
format_commit(struct attempt *t, struct fail *f)
{
	const struct delta_change *c = t->c;
	struct doc_writer w;
	int rc;

	buf_reset(&t->body);
	doc_writer_init(&w, &t->body, 0);
	put_info(&w, t);
	rc = end_line(&w, &t->body, f);
	if (rc == 0 && t->s->version < 0) {
		doc_put_raw(&w, NULL,
			    STR_LIT("{\"protocol\":{\"minReaderVersion\":1,"
				    "\"minWriterVersion\":2}}"));
		rc = end_line(&w, &t->body, f);
	}
	if (rc == 0 && c->meta != NULL) {
		put_meta(&w, c->meta);
		rc = end_line(&w, &t->body, f);
	}
	for (size_t i = 0; rc == 0 && i < c->txn_n; i++) {
		put_txn(&w, &c->txn[i]);
		rc = end_line(&w, &t->body, f);
	}
	for (size_t i = 0; rc == 0 && i < c->remove_n; i++) {
		put_remove(&w, &c->remove[i], c->now_ms);
		rc = end_line(&w, &t->body, f);
	}
	for (size_t i = 0; rc == 0 && i < c->add_n; i++) {
		put_add(&w, &c->add[i]);
		rc = end_line(&w, &t->body, f);
	}
	return rc;
}

/* ---- conflicts ---- */

static bool
is_same_file(const struct delta_file *a, const struct delta_file *b)
{
	return str_equal(a->path, b->path) &&
	       str_equal(delta_dv_id(a), delta_dv_id(b));
}

/* Does the rival's commit stand against ours? */
static int
check_conflict(const struct attempt *t, const struct delta_actions *rival,
	       struct fail *f)
{
	const struct delta_change *c = t->c;
	const char *url = delta_url(t->d);

	for (size_t i = 0; i < rival->txn_n; i++)
		for (size_t k = 0; k < c->exclusive_txn_n; k++)
			if (str_equal(rival->txn[i].app_id, c->txn[k].app_id))
				return fail_set(
					f, FAIL_RETRY,
					"'%s': another runner was faster: "
					"'%.*s' "
					"is at %lld since version %lld",
					url, STR_ARG(rival->txn[i].app_id),
					(long long)rival->txn[i].version,
					(long long)rival->version);
	if (rival->has_meta || rival->has_protocol)
		return fail_set(f, FAIL_RETRY,
				"'%s': the table was %s meanwhile, by version "
				"%lld; run again",
				url,
				rival->version == 0 ? "created" : "altered",
				(long long)rival->version);
	for (size_t i = 0; c->is_read != NULL && i < rival->add_n; i++)
		if (rival->add[i].is_data_change &&
		    c->is_read(c->is_read_ctx, &rival->add[i]))
			return fail_set(f, FAIL_RETRY,
					"'%s': version %lld added to what we "
					"replace; run again",
					url, (long long)rival->version);
	for (size_t i = 0; i < rival->remove_n; i++)
		for (size_t k = 0; k < c->remove_n; k++)
			if (is_same_file(&rival->remove[i], &c->remove[k]))
				return fail_set(f, FAIL_RETRY,
						"'%s': version %lld removed a "
						"file that we replace; run "
						"again",
						url, (long long)rival->version);
	return 0;
}

/* Go through what was committed since the snapshot. *is_ours: our commit is
 * among it. */
static int
catch_up(struct attempt *t, bool *is_ours, struct fail *f)
{
	struct delta_actions rival;
	int rc;

	*is_ours = false;
	while ((rc = delta_step(t->d, t->s, &rival, f)) == 0) {
		if (str_is(rival.txn_id, t->txn_id)) {
			*is_ours = true;
			return 0;
		}
		rc = check_conflict(t, &rival, f);
		if (rc != 0)
			return rc;
	}
	return rc == STORE_ABSENT ? 0 : rc;
}

static void
wait_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000,
			     .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* ---- the commit ---- */

/* Try until it is in, conflicts, or patience ends. */
static int
commit(struct attempt *t, struct fail *f)
{
	int64_t deadline = utc_now() / UTC_MS + COMMIT_PATIENCE;
	int64_t limit = 2;

	for (;;) {
		char key[LOG_KEY_MAX];
		bool is_ours;
		int rc = format_commit(t, f);

		if (rc != 0)
			return rc;
		rc = store_put_if_absent(
			delta_store(t->d),
			log_key(key, t->s->version + 1, ".json"),
			buf_str(&t->body), f);
		if (rc < 0)
			return rc;
		/* We go through our own commit like through any other, so
		 * that the snapshot is what a reader would see. */
		rc = catch_up(t, &is_ours, f);
		if (rc != 0 || is_ours)
			return rc;
		if (utc_now() / UTC_MS > deadline)
			return fail_set(f, FAIL_RETRY,
					"'%s': could not commit in %lld s, "
					"others were always faster",
					delta_url(t->d),
					(long long)(COMMIT_PATIENCE / 1000));
		wait_ms(hash_nonce() % limit);
		limit = limit * 2 < COMMIT_WAIT_MAX ? limit * 2
						    : COMMIT_WAIT_MAX;
	}
}

static bool
is_checkpoint_due(const struct delta_snapshot *s)
{
	struct str text = delta_pairs_get(&s->meta.config,
					  STR_LIT("delta.checkpointInterval"));
	int64_t interval = LOG_INTERVAL;

	if (text.p != NULL &&
	    (num_parse_i64(text.p, text.n, &interval) != 0 || interval < 1))
		interval = LOG_INTERVAL;
	return s->version > 0 && s->version % interval == 0;
}

int
delta_commit(struct delta *d, struct delta_snapshot *s,
	     const struct delta_change *c, struct fail *warning, struct fail *f)
{
	struct attempt t = {.d = d, .s = s, .c = c};
	int rc;

	if (s->version < 0 && c->meta == NULL)
		return fail_set(f, FAIL_BUG,
				"bug: the first commit of '%s' has no metadata",
				delta_url(d));
	delta_uuid(t.txn_id);
	buf_init(&t.body, LOG_COMMIT_MAX);
	rc = commit(&t, f);
	buf_release(&t.body);
	if (rc == 0 && is_checkpoint_due(s) &&
	    delta_checkpoint(d, s, warning) != 0)
		fail_prefix(warning, "no checkpoint was written: ");
	return rc;
}
