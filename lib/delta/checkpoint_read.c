/* SPDX-License-Identifier: MIT */
/*
 * Reading checkpoints. Fields are found by their dotted path, so it matters
 * neither in which order a writer put them nor what it left out. An action of
 * a row is present when its required field is.
 */
#include "delta/log.h"

#include <stdio.h>
#include <stdlib.h>

#include "parquet/parquet.h"

enum field {
	F_TXN_APP,
	F_TXN_VERSION,
	F_TXN_UPDATED,
	F_ADD_PATH,
	F_ADD_KEY,
	F_ADD_VALUE,
	F_ADD_SIZE,
	F_ADD_TIME,
	F_ADD_STATS,
	F_ADD_ROWS,
	F_ADD_TAG,
	F_ADD_TAG_VALUE,
	F_ADD_DV_KIND,
	F_ADD_DV_PLACE,
	F_ADD_DV_OFFSET,
	F_ADD_DV_BYTES,
	F_ADD_DV_ROWS,
	F_REMOVE_PATH,
	F_REMOVE_KEY,
	F_REMOVE_VALUE,
	F_REMOVE_SIZE,
	F_REMOVE_TIME,
	F_REMOVE_DV_KIND,
	F_REMOVE_DV_PLACE,
	F_REMOVE_DV_OFFSET,
	F_REMOVE_DV_BYTES,
	F_REMOVE_DV_ROWS,
	F_META_ID,
	F_META_NAME,
	F_META_DESCRIPTION,
	F_META_SCHEMA,
	F_META_PARTITION,
	F_META_KEY,
	F_META_VALUE,
	F_META_CREATED,
	F_PROTOCOL_READER,
	F_PROTOCOL_WRITER,
	F_PROTOCOL_READER_FEATURES,
	F_PROTOCOL_WRITER_FEATURES,
	F_DOMAIN,
	F_DOMAIN_CONFIG,
	F_DOMAIN_REMOVED,
	F_SIDECAR_PATH,
	FIELDS,
};

static const char *const paths[FIELDS] = {
	"txn.appId",
	"txn.version",
	"txn.lastUpdated",
	"add.path",
	"add.partitionValues.key",
	"add.partitionValues.value",
	"add.size",
	"add.modificationTime",
	"add.stats",
	"add.stats_parsed.numRecords",
	"add.tags.key",
	"add.tags.value",
	"add.deletionVector.storageType",
	"add.deletionVector.pathOrInlineDv",
	"add.deletionVector.offset",
	"add.deletionVector.sizeInBytes",
	"add.deletionVector.cardinality",
	"remove.path",
	"remove.partitionValues.key",
	"remove.partitionValues.value",
	"remove.size",
	"remove.deletionTimestamp",
	"remove.deletionVector.storageType",
	"remove.deletionVector.pathOrInlineDv",
	"remove.deletionVector.offset",
	"remove.deletionVector.sizeInBytes",
	"remove.deletionVector.cardinality",
	"metaData.id",
	"metaData.name",
	"metaData.description",
	"metaData.schemaString",
	"metaData.partitionColumns.element",
	"metaData.configuration.key",
	"metaData.configuration.value",
	"metaData.createdTime",
	"protocol.minReaderVersion",
	"protocol.minWriterVersion",
	"protocol.readerFeatures.element",
	"protocol.writerFeatures.element",
	"domainMetadata.domain",
	"domainMetadata.configuration",
	"domainMetadata.removed",
	"sidecar.path",
};

struct reading {
	struct delta *d;
	struct delta_snapshot *s;
	const char *name; /* of the file, for messages */
	struct parquet_reader *r;
	int node[FIELDS];
	struct str *sidecar; /* in the snapshot's arena */
	size_t sidecar_n;
	size_t sidecar_cap;
};

/* ---- values of the row ---- */

static const struct parquet_item *
item(const struct reading *c, enum field field)
{
	size_t n;
	const struct parquet_item *it = parquet_items(c->r, c->node[field], &n);

	return n == 0 || it[0].is_null ? NULL : &it[0];
}

static int64_t
number(const struct reading *c, enum field field, int64_t otherwise)
{
	const struct parquet_item *it = item(c, field);

	return it == NULL ? otherwise : it->i64;
}

static int
text(const struct reading *c, enum field field, struct str *out, struct fail *f)
{
	const struct parquet_item *it = item(c, field);

	return log_copy(log_arena(c->s),
			it == NULL ? (struct str){"", 0} : it->str, out, f);
}

static int
texts(const struct reading *c, enum field field, struct str **out, size_t *n,
      struct fail *f)
{
	const struct parquet_item *it = parquet_items(c->r, c->node[field], n);
	int rc = 0;

	*out = arena_zalloc(log_arena(c->s), *n + 1, sizeof(**out));
	if (*out == NULL)
		return fail_memory(f);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = log_copy(log_arena(c->s), it[i].str, &(*out)[i], f);
	return rc;
}

static int
pairs(const struct reading *c, enum field key, struct delta_pairs *out,
      struct fail *f)
{
	size_t key_n, value_n;
	const struct parquet_item *k = parquet_items(c->r, c->node[key],
						     &key_n);
	/* a map's value stands behind its key in enum field */
	const struct parquet_item *v = parquet_items(c->r, c->node[key + 1],
						     &value_n);
	int rc = 0;

	*out = (struct delta_pairs){0};
	if (key_n != value_n)
		return fail_set(f, FAIL_DATA,
				"'%s': a map has %zu keys and %zu values",
				c->name, key_n, value_n);
	out->item = arena_zalloc(log_arena(c->s), key_n + 1,
				 sizeof(*out->item));
	if (out->item == NULL)
		return fail_memory(f);
	for (; rc == 0 && out->n < key_n; out->n++) {
		struct delta_pair *p = &out->item[out->n];

		rc = log_copy(log_arena(c->s), k[out->n].str, &p->key, f);
		if (rc == 0 && !v[out->n].is_null)
			rc = log_copy(log_arena(c->s), v[out->n].str, &p->value,
				      f);
	}
	return rc;
}

/* ---- rows ---- */

/* kind and what belongs to it stand behind each other in enum field. */
static int
read_dv(const struct reading *c, enum field kind, const struct delta_dv **out,
	struct fail *f)
{
	struct delta_dv dv;

	*out = NULL;
	/* some writers leave an empty group where there is no vector */
	if (item(c, kind) == NULL || item(c, kind + 1) == NULL)
		return 0;
	dv = (struct delta_dv){
		.kind = item(c, kind)->str,
		.place = item(c, kind + 1)->str,
		.offset = number(c, kind + 2, -1),
		.bytes = number(c, kind + 3, -1),
		.row_n = number(c, kind + 4, -1),
	};
	return log_set_dv(log_arena(c->s), &dv, out, f);
}

/*
 * Statistics may stand there as columns alone (delta.checkpoint.
 * writeStatsAsJson=false). Of those the rows are taken, for counting; bounds
 * would have to be made text only to be read again, for every file.
 */
static int
read_stats(const struct reading *c, struct str *out, struct fail *f)
{
	char made[48];
	int n;

	if (item(c, F_ADD_STATS) != NULL || item(c, F_ADD_ROWS) == NULL)
		return text(c, F_ADD_STATS, out, f);
	n = snprintf(made, sizeof(made), "{\"numRecords\":%lld}",
		     (long long)item(c, F_ADD_ROWS)->i64);
	return log_copy(log_arena(c->s), (struct str){made, (size_t)n}, out, f);
}

static int
read_file(const struct reading *c, bool is_add, struct delta_file *out,
	  struct fail *f)
{
	int rc;

	*out = (struct delta_file){.is_data_change = false};
	rc = text(c, is_add ? F_ADD_PATH : F_REMOVE_PATH, &out->path, f);
	if (rc == 0)
		rc = pairs(c, is_add ? F_ADD_KEY : F_REMOVE_KEY,
			   &out->partition, f);
	if (rc == 0)
		rc = read_dv(c, is_add ? F_ADD_DV_KIND : F_REMOVE_DV_KIND,
			     &out->dv, f);
	if (rc == 0 && is_add)
		rc = read_stats(c, &out->stats, f);
	if (rc == 0 && is_add)
		rc = pairs(c, F_ADD_TAG, &out->tags, f);
	out->bytes = (uint64_t)number(c, is_add ? F_ADD_SIZE : F_REMOVE_SIZE,
				      0);
	out->mtime_ms = number(c, is_add ? F_ADD_TIME : F_REMOVE_TIME, 0);
	return rc;
}

static int
read_meta(const struct reading *c, struct delta_meta *m, struct fail *f)
{
	int rc = text(c, F_META_ID, &m->id, f);

	if (rc == 0)
		rc = text(c, F_META_NAME, &m->name, f);
	if (rc == 0)
		rc = text(c, F_META_DESCRIPTION, &m->description, f);
	if (rc == 0)
		rc = text(c, F_META_SCHEMA, &m->schema_text, f);
	if (rc == 0)
		rc = texts(c, F_META_PARTITION, &m->partition, &m->partition_n,
			   f);
	if (rc == 0)
		rc = pairs(c, F_META_KEY, &m->config, f);
	m->created_ms = number(c, F_META_CREATED, -1);
	return rc != 0 ? rc : log_parse_schema(m, log_arena(c->s), c->name, f);
}

static int
read_protocol(const struct reading *c, struct delta_protocol *p, struct fail *f)
{
	int rc = texts(c, F_PROTOCOL_READER_FEATURES, &p->reader_feature,
		       &p->reader_feature_n, f);

	p->reader = number(c, F_PROTOCOL_READER, 1);
	p->writer = number(c, F_PROTOCOL_WRITER, 2);
	return rc != 0 ? rc
		       : texts(c, F_PROTOCOL_WRITER_FEATURES,
			       &p->writer_feature, &p->writer_feature_n, f);
}

static int
read_row(struct reading *c, struct fail *f)
{
	struct delta_actions row = {.version = -1};
	struct delta_file file;
	struct delta_domain domain;
	struct delta_txn txn;
	int rc = 0;

	if (item(c, F_ADD_PATH) != NULL) {
		rc = read_file(c, true, &file, f);
		row.add = &file;
		row.add_n = 1;
	} else if (item(c, F_REMOVE_PATH) != NULL) {
		rc = read_file(c, false, &file, f);
		row.remove = &file;
		row.remove_n = 1;
	} else if (item(c, F_TXN_APP) != NULL) {
		rc = text(c, F_TXN_APP, &txn.app_id, f);
		txn.version = number(c, F_TXN_VERSION, 0);
		txn.updated_ms = number(c, F_TXN_UPDATED, -1);
		row.txn = &txn;
		row.txn_n = 1;
	} else if (item(c, F_DOMAIN) != NULL) {
		rc = text(c, F_DOMAIN, &domain.name, f);
		if (rc == 0)
			rc = text(c, F_DOMAIN_CONFIG, &domain.configuration, f);
		domain.is_removed = number(c, F_DOMAIN_REMOVED, 0) != 0;
		row.domain = &domain;
		row.domain_n = 1;
	} else if (item(c, F_META_ID) != NULL) {
		rc = read_meta(c, &row.meta, f);
		row.has_meta = true;
	} else if (item(c, F_PROTOCOL_READER) != NULL) {
		rc = read_protocol(c, &row.protocol, f);
		row.has_protocol = true;
	} else if (item(c, F_SIDECAR_PATH) != NULL) {
		rc = LOG_GROW(log_arena(c->s), &c->sidecar, c->sidecar_n,
			      &c->sidecar_cap, f);
		return rc != 0 ? rc
			       : text(c, F_SIDECAR_PATH,
				      &c->sidecar[c->sidecar_n++], f);
	}
	return rc != 0 ? rc : log_apply(c->s, &row, f);
}

/* ---- files ---- */

static int
source_read(void *arg, uint64_t offset, void *dst, size_t n, struct fail *f)
{
	return store_reader_get(arg, offset, dst, n, f);
}

static int
read_source(struct reading *c, struct parquet_source source, struct fail *f)
{
	bool has_row;
	int rc;

	c->name = source.name;
	rc = parquet_reader_open(&c->r, source, f);
	for (int i = 0; rc == 0 && i < FIELDS; i++)
		c->node[i] = parquet_find(c->r, paths[i]);
	if (rc == 0)
		rc = parquet_select_leaves(c->r, c->node, FIELDS, f);
	while (rc == 0) {
		rc = parquet_next_row(c->r, &has_row, f);
		if (rc != 0 || !has_row)
			break;
		rc = read_row(c, f);
	}
	parquet_reader_close(c->r);
	c->r = NULL;
	return rc;
}

int
log_read_actions(struct delta_snapshot *s, struct parquet_source source,
		 struct fail *f)
{
	struct reading c = {.s = s};

	return read_source(&c, source, f);
}

static int
read_parquet(struct reading *c, struct str key, struct fail *f)
{
	struct store_reader *file = NULL;
	struct parquet_source source = {.read = source_read};
	int rc;

	source.name = log_url(delta_store(c->d), key, log_arena(c->s));
	if (source.name == NULL)
		return fail_memory(f);
	rc = store_reader_open(&file, delta_store(c->d), key, f);
	if (rc == STORE_ABSENT)
		return fail_set(f, FAIL_DATA, "'%s' is not there", source.name);
	if (rc != 0)
		return rc;
	source.arg = file;
	source.size = store_reader_bytes(file);
	rc = read_source(c, source, f);
	store_reader_close(file);
	return rc;
}

/* A version 2 checkpoint as JSON: the lines of a commit, and sidecars. */
static int
read_json(struct reading *c, struct str key, struct fail *f)
{
	struct delta_actions actions = {.version = -1, .time_ms = -1};
	struct log_parser p = {.mem = log_arena(c->s), .out = &actions};
	struct buf all;
	int rc;

	c->name = arena_copy(p.mem, key);
	if (c->name == NULL)
		return fail_memory(f);
	buf_init(&all, LOG_COMMIT_MAX);
	rc = store_get(delta_store(c->d), key, LOG_COMMIT_MAX, &all, f);
	if (rc == STORE_ABSENT)
		rc = fail_set(f, FAIL_DATA, "'%s': '%s' is not there",
			      delta_url(c->d), c->name);
	if (rc == 0)
		rc = log_parse_text(&p, buf_str(&all), c->name, delta_url(c->d),
				    f);
	buf_release(&all);
	c->sidecar = p.sidecar;
	c->sidecar_n = p.sidecar_n;
	c->sidecar_cap = p.sidecar_cap;
	return rc != 0 ? rc : log_apply(c->s, &actions, f);
}

static int
sidecar_key(const struct reading *c, size_t i, struct buf *key, struct fail *f)
{
	buf_reset(key);
	if (buf_add_cstr(key, LOG_FOLDER "_sidecars/") != 0 ||
	    buf_add_decoded(key, c->sidecar[i]) != 0)
		return fail_memory(f);
	return 0;
}

static int
read_sidecars(struct reading *c, struct fail *f)
{
	size_t n = c->sidecar_n; /* they have none themselves */
	struct buf key;
	int rc = 0;

	buf_init(&key, LIMIT_PATH);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = sidecar_key(c, i, &key, f);
		if (rc == 0)
			rc = read_parquet(c, buf_str(&key), f);
	}
	buf_release(&key);
	return rc;
}

static int
read_part(struct reading *c, struct str key, struct fail *f)
{
	return str_ends(key, ".json") ? read_json(c, key, f)
				      : read_parquet(c, key, f);
}

int
log_read_checkpoint(struct delta *d, const struct log_checkpoint *c,
		    struct delta_snapshot *s, struct fail *f)
{
	struct reading reading = {.d = d, .s = s};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n; i++)
		rc = read_part(&reading, c->key[i], f);
	if (rc == 0)
		rc = read_sidecars(&reading, f);
	s->version = c->version;
	return rc;
}

int
delta_log_sidecars(struct delta *d, struct str checkpoint, struct map *out,
		   struct fail *f)
{
	struct reading reading = {.d = d};
	struct buf key;
	int rc = delta_load(d, -1, &reading.s, f);

	buf_init(&key, LIMIT_PATH);
	if (rc == 0)
		rc = read_part(&reading, checkpoint, f);
	for (size_t i = 0; rc == 0 && i < reading.sidecar_n; i++) {
		rc = sidecar_key(&reading, i, &key, f);
		if (rc == 0 && map_add(out, buf_str(&key), NULL) < 0)
			rc = fail_memory(f);
	}
	buf_release(&key);
	delta_snapshot_close(reading.s);
	return rc;
}
