/* SPDX-License-Identifier: MIT */
/*
 * delta - Delta Lake tables in an object store: the transaction log (replay,
 * snapshots, commits and their conflicts, checkpoints), data files written
 * and read as batches of columns, and the positions of jobs that stand in the
 * log. Tables are written as protocol (1,2) and read up to reader version 1;
 * newer reader features are refused by name, unknown actions and fields are
 * passed over, as the protocol asks. One thread a table; any number of
 * processes.
 *
 * All texts of a snapshot or a commit live in its arena, until it is closed.
 */
#ifndef DELTA_DELTA_H
#define DELTA_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "barrier/barrier.h"
#include "event/event.h"
#include "expr/expr.h"
#include "mem/mem.h"
#include "store/store.h"
#include "table/table.h"

/* ---- what a log says ---- */

struct delta_pair {
	struct str key;
	struct str value; /* p NULL: null */
};

struct delta_pairs {
	struct delta_pair *item;
	size_t n;
};

/* The pair's value, or p NULL. */
struct str delta_pairs_get(const struct delta_pairs *pairs, struct str key);

/* By what a column is found in data files: PROTOCOL.md, Column Mapping. */
enum delta_mapping {
	DELTA_MAPPING_NONE, /* its name */
	DELTA_MAPPING_NAME, /* its physical name */
	DELTA_MAPPING_ID,   /* its field id */
};

struct delta_column {
	struct str name;
	/* What statistics and partition values call it: another name only
	 * where columns are mapped. */
	struct str physical;
	struct table_field field; /* type TABLE_TYPES: nested, or not ours */
	struct str type;	  /* JSON text of the type */
	struct str metadata;	  /* JSON text of an object */
	bool is_nullable;
	bool is_partition;
};

struct delta_meta {
	struct str id; /* the table's identity, a UUID */
	struct str name;
	struct str description;
	struct str schema_text; /* JSON */
	struct delta_column *column;
	size_t column_n;
	struct str *partition; /* names of the partition columns */
	size_t partition_n;
	struct delta_pairs config;
	int64_t created_ms; /* -1: not said */
	enum delta_mapping mapping;
};

/* Column index by name (case matters), or -1. */
int delta_column_find(const struct delta_meta *m, struct str name);

/* FAIL_USAGE: the table has no such column, and which one may be meant. */
int delta_column_absent(const struct delta_meta *m, const char *url,
			struct str name, struct fail *f) PORT_MUST_CHECK;

struct delta_protocol {
	int64_t reader;
	int64_t writer;
	struct str *reader_feature;
	size_t reader_feature_n;
	struct str *writer_feature;
	size_t writer_feature_n;
};

/* Where it stands which rows of a data file are deleted. */
struct delta_dv {
	struct str id;	  /* of the three below */
	struct str kind;  /* "u": a file named by a UUID, "p": a file at a
			   * path, "i": inline */
	struct str place; /* pathOrInlineDv */
	int64_t offset;	  /* in the file; -1: not said */
	int64_t bytes;	  /* of the vector */
	int64_t row_n;	  /* how many it deletes */
};

/* Write it as its member of an add or a remove. */
struct doc_writer;
void delta_dv_put(struct doc_writer *w, const struct delta_dv *dv);

/* A data file: an add, or a remove, which is its tombstone. */
struct delta_file {
	struct str path; /* as in the log, URI-encoded */
	struct delta_pairs partition;
	uint64_t bytes;	  /* size */
	int64_t mtime_ms; /* of a tombstone: when it was removed */
	bool is_data_change;
	struct str stats; /* JSON text, or empty */
	struct delta_pairs tags;
	const struct delta_dv *dv; /* NULL: no row of it was deleted */
};

/* The deletion vector's unique id, or an empty text: a file is known by its
 * path and this. */
PORT_INLINE struct str
delta_dv_id(const struct delta_file *file)
{
	return file->dv == NULL ? (struct str){"", 0} : file->dv->id;
}

struct delta_txn {
	struct str app_id;
	int64_t version;
	int64_t updated_ms; /* -1: not said */
};

/*
 * A value of the configuration that is a duration ("interval 30 days"), or a
 * size ("134217728", "128mb"); where there is none that can be read, the other.
 */
int64_t delta_meta_duration(const struct delta_meta *m, const char *key,
			    int64_t otherwise_ms);
uint64_t delta_meta_bytes(const struct delta_meta *m, const char *key,
			  uint64_t otherwise);

#define DELTA_HOUR_MS ((int64_t)3600 * 1000)
/* How long tombstones, and the files that they name, are kept
 * (delta.deletedFileRetentionDuration). */
int64_t delta_tombstone_ms(const struct delta_meta *m);

/* What a feature of other engines keeps in the log; we carry it on. */
struct delta_domain {
	struct str name;
	struct str configuration;
	bool is_removed;
};

/* ---- a table and its snapshots ---- */

struct delta;

/* url: what store_open takes. The table need not exist. */
int delta_open(struct delta **out, const char *url,
	       struct fail *f) PORT_MUST_CHECK;
void delta_close(struct delta *d);
struct store *delta_store(struct delta *d);
const char *delta_url(const struct delta *d);

/* FAIL_DATA: d has no version, and what is there instead. */
int delta_no_table(struct delta *d, struct fail *f) PORT_MUST_CHECK;

#define DELTA_LATEST INT64_MAX

/* The table as of one version. Members are for reading. */
struct delta_snapshot {
	int64_t version; /* -1: there is no table yet, all else is empty */
	struct delta_meta meta;
	struct delta_protocol protocol;
	struct delta_file *file; /* live ones and tombstones, in log order */
	bool *is_live;		 /* one a file */
	size_t file_n;
	struct delta_txn *txn; /* newest of each appId */
	size_t txn_n;
	struct delta_domain *domain; /* newest of each name */
	size_t domain_n;
	int64_t time_ms;    /* of its commit; -1: not known, as behind a
			     * checkpoint */
	struct fail damage; /* of a checkpoint that was passed over,
			     * for it cannot be read; code 0: none */
	struct delta_replay *replay; /* private */
};

/*
 * Read the table at a version (DELTA_LATEST: the newest). Version -1 is what
 * was before the first commit, and all there is where there is no log. A
 * version that is not there, or cannot be read any more, is FAIL_DATA naming
 * those that can be.
 */
int delta_load(struct delta *d, int64_t version, struct delta_snapshot **out,
	       struct fail *f) PORT_MUST_CHECK;
void delta_snapshot_close(struct delta_snapshot *s);

/* When versions were committed. */
struct delta_times {
	int64_t in_commit; /* from this version on their commits say so */
	int64_t first;	   /* of ms; -1: there are no commits */
	int64_t *ms;	   /* by the files' times, strictly rising */
	size_t n;
};

/* s is the newest snapshot; the times live in the arena. */
int delta_times_read(struct delta *d, const struct delta_snapshot *s,
		     struct arena *a, struct delta_times *out,
		     struct fail *f) PORT_MUST_CHECK;

struct delta_actions;
/* The time of a commit that was read; -1: not known. */
int64_t delta_times_of(const struct delta_times *t,
		       const struct delta_actions *a);

/* The newest version committed at or before a time (microseconds), as
 * delta_times has it. */
int delta_version_at(struct delta *d, int64_t time_us, int64_t *version,
		     struct fail *f) PORT_MUST_CHECK;

/* The oldest and newest version of which the log has a commit file; both -1
 * when there is none. */
int delta_versions(struct delta *d, int64_t *oldest, int64_t *newest,
		   struct fail *f) PORT_MUST_CHECK;

/* The oldest version that delta_load can give and delta_step can follow to the
 * newest; -1: no table. */
int delta_oldest(struct delta *d, int64_t *version,
		 struct fail *f) PORT_MUST_CHECK;

/* The version of a transaction identifier; false when it has none. */
bool delta_txn_find(const struct delta_snapshot *s, struct str app_id,
		    int64_t *version);

/* ---- one commit of the log ---- */

struct delta_actions {
	int64_t version;
	struct delta_file *add;
	size_t add_n;
	struct delta_file *remove;
	size_t remove_n;
	struct delta_txn *txn;
	size_t txn_n;
	struct delta_domain *domain;
	size_t domain_n;
	bool has_meta;
	struct delta_meta meta;
	bool has_protocol;
	struct delta_protocol protocol;
	/* Of commitInfo, where there is one. */
	int64_t time_ms; /* -1: not said */
	struct str operation;
	struct str parameters; /* JSON text */
	struct str metrics;    /* JSON text */
	struct str engine;
	struct str txn_id;
	bool is_blind; /* says that it is a blind append */
};

/* Read commit `version` into the arena; STORE_ABSENT when there is none. */
int delta_read_commit(struct delta *d, int64_t version, struct arena *a,
		      struct delta_actions *out,
		      struct fail *f) PORT_MUST_CHECK;

/*
 * A commit that erased rows for good and added none (lake-tidy): what its new
 * files hold was read before. It says so by this parameter, of value "true".
 */
#define DELTA_ERASURE "playpipe.erasure"
bool delta_is_erasure(const struct delta_actions *a);

/*
 * Bring a snapshot forward by the commit that follows it, which *out then
 * holds, with texts of the snapshot; its removes also say of partitions and
 * statistics what their adds said. STORE_ABSENT when there is none.
 */
int delta_step(struct delta *d, struct delta_snapshot *s,
	       struct delta_actions *out, struct fail *f) PORT_MUST_CHECK;

/* ---- files ---- */

enum delta_log_kind {
	DELTA_LOG_COMMIT,
	DELTA_LOG_CHECKPOINT,
	DELTA_LOG_CHECKSUM,  /* "N.crc" */
	DELTA_LOG_COMPACTED, /* "N.M.compacted.json" */
	DELTA_LOG_SIDECAR,   /* of a checkpoint of version 2 */
	DELTA_LOG_TEMP,	     /* left by a writer, or being written */
	DELTA_LOG_OTHER,
};

struct delta_log_file {
	enum delta_log_kind kind;
	int64_t version; /* -1: has none */
	bool is_whole;	 /* a checkpoint with all its parts */
	struct str key;
	uint64_t bytes;
	int64_t mtime_ms;
};

struct delta_log {
	struct delta_log_file *item; /* in the arena, by key */
	size_t n;
};

/* All files of the log's folder. */
int delta_log_files(struct delta *d, struct arena *a, struct delta_log *out,
		    struct fail *f) PORT_MUST_CHECK;

/* Add the keys of the sidecars that a checkpoint (one of its parts) names. */
int delta_log_sidecars(struct delta *d, struct str checkpoint, struct map *out,
		       struct fail *f) PORT_MUST_CHECK;

/* The key in the store of a data file, in the arena, with a NUL behind it.
 * FAIL_USAGE for a file outside of the table. */
int delta_file_key(struct delta *d, const struct delta_file *file,
		   struct arena *a, struct str *out,
		   struct fail *f) PORT_MUST_CHECK;

/* The same of the file that holds a deletion vector; empty when it is inline.
 */
int delta_dv_key(struct delta *d, const struct delta_dv *dv, struct arena *a,
		 struct str *out, struct fail *f) PORT_MUST_CHECK;

/* ---- writing a commit ---- */

/*
 * What a change does to the table. It decides with whom it goes along (see
 * the matrix of conflict.c), and dataChange of all its adds and removes.
 */
enum delta_kind {
	DELTA_APPEND,  /* rows come, and no file was read: a blind append */
	DELTA_REPLACE, /* rows go, others may come */
	DELTA_REWRITE, /* the same rows in other files: compaction */
};

/* How much a replacement minds. */
enum delta_isolation {
	DELTA_SERIALIZABLE,
	DELTA_WRITE_SERIALIZABLE, /* it need not see rivals' blind appends */
};

/*
 * May this build commit such a change to the table? FAIL_USAGE naming what
 * stands against it: a feature that the table uses and we lack, or that the
 * table is append-only. delta_load has checked reading.
 */
int delta_check_write(const struct delta_snapshot *s, enum delta_kind kind,
		      const char *url, struct fail *f) PORT_MUST_CHECK;

/*
 * What goes into one commit. Texts are borrowed until delta_commit returned.
 */
struct delta_change {
	enum delta_kind kind;
	enum delta_isolation isolation;
	const char *operation;	       /* "WRITE", "OPTIMIZE" */
	const char *mode;	       /* "Append", "Overwrite"; or NULL */
	struct str predicate;	       /* of what is replaced; empty: none */
	struct delta_pairs parameter;  /* further operationParameters */
	struct delta_pairs metric;     /* further operationMetrics */
	const struct delta_meta *meta; /* NULL: unchanged */
	const struct delta_file *add;
	size_t add_n;
	const struct delta_file *remove; /* files of the snapshot */
	size_t remove_n;
	const struct delta_txn *txn;
	size_t txn_n;
	/* How many of txn, from the first, no rival may have moved. */
	size_t exclusive_txn_n;
	uint64_t rows;	 /* added, for the history */
	uint64_t copied; /* of them, rows of files that were rewritten */
	/*
	 * Of DELTA_REPLACE: does this file, which a rival has added or removed
	 * meanwhile, belong to what we read? NULL: we read nothing but what
	 * we remove.
	 */
	bool (*is_read)(void *ctx, const struct delta_file *file);
	void *is_read_ctx;
	const char *advice; /* ends the sentence of a conflict; NULL: "run
			     * again" */
	int64_t now_ms;
	int64_t patience_ms; /* to try for; 0: five minutes */
};

/* What there is to tell beside success and failure. */
struct delta_outcome {
	struct fail warning; /* a checkpoint was due and not written */
	bool is_conflict;    /* failed by a rival's commit, which the snapshot
			      * then has taken in: nothing was committed */
	bool is_altered;     /* the same, by nothing but new metadata */
	bool is_in_doubt;    /* failed, and may be committed all the same: its
			      * files must stay */
	uint64_t rivals;     /* commits of others that we went behind */
	uint64_t tries;
};

/*
 * Commit on top of the snapshot, and bring the snapshot to the new version.
 * When rivals committed meanwhile and do not conflict, it goes on top of
 * theirs. A conflict is FAIL_RETRY: nothing was written, a run from the start
 * is safe; so is planning anew on the snapshot, stepped to the newest version.
 * After success a checkpoint is written where one is due; when that fails,
 * that is a warning, for the commit stands. out may be NULL.
 */
int delta_commit(struct delta *d, struct delta_snapshot *s,
		 const struct delta_change *c, struct delta_outcome *out,
		 struct fail *f) PORT_MUST_CHECK;

/* Write a checkpoint of the snapshot, and the hint that points at it. */
int delta_checkpoint(struct delta *d, const struct delta_snapshot *s,
		     struct fail *f) PORT_MUST_CHECK;

/* Read the checkpoint of a version wholly, as delta_load would that begins
 * there. FAIL_DATA or FAIL_USAGE: it is not there, or cannot be read. */
int delta_check_checkpoint(struct delta *d, int64_t version,
			   struct fail *f) PORT_MUST_CHECK;

/* A random UUID (version 4) as text. */
#define DELTA_UUID_N 36
void delta_uuid(char dst[DELTA_UUID_N + 1]);

/* ---- schemas ---- */

/* Lake columns are filled by lake-put and left out by lake-cat. */
enum delta_lake_column {
	DELTA_LAKE_NONE,
	DELTA_LAKE_ARRIVAL, /* date of the commit, UTC */
	DELTA_LAKE_VERDICT, /* "good" or "bad" */
	DELTA_LAKE_RESCUED, /* JSON text: keys that fit no column */
	DELTA_LAKE_RAW,	    /* of a bad line: its bytes */
	DELTA_LAKE_LINE,    /* its number in its input */
	DELTA_LAKE_OFFSET,  /* its first byte there */
	DELTA_LAKE_RULES,   /* JSON text: the rules it failed */
	DELTA_LAKE_COLUMNS,
};

/* Which one this is, by its field metadata. */
enum delta_lake_column delta_lake_column(const struct delta_column *c);

/*
 * The metadata of a new table for events of a schema, behind the schema's
 * columns those lake columns whose bit is set in `lake`. Partition columns
 * must be columns of it. Gives a fresh id.
 */
int delta_meta_new(const struct event_schema *schema, unsigned lake,
		   const struct str *partition, size_t partition_n,
		   int64_t now_ms, struct arena *a, struct delta_meta *out,
		   struct fail *f) PORT_MUST_CHECK;

/*
 * A copy of the metadata with further columns, as the schema has them, that
 * the table lacks, before the lake columns. *added is their number.
 */
int delta_meta_extend(const struct delta_meta *m,
		      const struct event_schema *schema, struct arena *a,
		      struct delta_meta *out, size_t *added,
		      struct fail *f) PORT_MUST_CHECK;

/* Set a configuration value in m; texts are borrowed. */
int delta_meta_set(struct delta_meta *m, struct str key, struct str value,
		   struct arena *a, struct fail *f) PORT_MUST_CHECK;

/*
 * The table's columns as an event schema (lake columns and types no event has
 * are left out): wire forms and roles as the table remembers them, else RFC
 * 3339 for times. *out is NULL when no column is left.
 */
int delta_event_schema(const struct delta_meta *m, struct event_schema **out,
		       struct fail *f) PORT_MUST_CHECK;

/* ---- partition values ---- */

/* A value's text in the log and in folder names; "" and null have none. */
int delta_partition_format(const struct table_field *field,
			   const struct expr_cell *cell, struct buf *out,
			   struct fail *f) PORT_MUST_CHECK;

/* The cell of a text (p NULL or empty: null); texts are borrowed. */
int delta_partition_parse(const struct table_field *field, struct str text,
			  struct expr_cell *cell,
			  struct fail *f) PORT_MUST_CHECK;

/* ---- reading rows ---- */

/* The kind of a column's values for predicates. */
enum expr_type delta_expr_type(const struct table_field *field);

/* The type as the schema calls it, for messages. Static. */
const char *delta_type_name(const struct table_field *field);
/* "decimal(10,2)", or that it is nested; for messages. Borrowed from c. */
struct str delta_type_text(const struct delta_column *c);

/* A predicate bound to a table's columns. */
struct delta_filter {
	struct expr *e;		       /* borrowed; NULL: all rows match */
	const struct delta_meta *meta; /* borrowed */
	int *column;		       /* of meta, one a column of e */
	size_t n;
	struct expr_range *range; /* one a column of e, for judging */
	struct expr_cell *cell;	  /* the same, for the caller's rows */
};

/* Bind e to the columns of meta; lists live in the arena. FAIL_USAGE when a
 * column is not there, or not of that type; url is for messages. */
int delta_filter_init(struct delta_filter *out, struct expr *e,
		      const struct delta_meta *meta, const char *url,
		      struct arena *a, struct fail *f) PORT_MUST_CHECK;

/* By a file's partition values and statistics: may any row of it match, and
 * must all? */
int delta_filter_judge(const struct delta_filter *filter,
		       const struct delta_file *file, bool *may, bool *must,
		       struct fail *f) PORT_MUST_CHECK;

/*
 * Conditions that every new row must meet: CHECK constraints and invariants.
 * One is met only when it is true: unknown, as of a null, is a violation.
 */
struct delta_rule {
	const char *what; /* "constraint" */
	struct str name;
	struct str text;
	struct expr *e;
	struct delta_filter filter; /* for rows, not for judging files */
};

struct delta_rules {
	struct delta_rule *item;
	size_t n;
	size_t cap; /* private */
};

/* The table's; texts live in the arena. FAIL_USAGE names one that we cannot
 * evaluate. To be closed after failures too. */
int delta_rules_open(struct delta_rules *out, const struct delta_meta *m,
		     const char *url, struct arena *a,
		     struct fail *f) PORT_MUST_CHECK;
void delta_rules_close(struct delta_rules *rules);

/*
 * Reads chosen columns of data files, with the rows that match a predicate.
 * Files whose partition values or statistics rule them out are not opened.
 */
struct delta_scan;

struct delta_scan_options {
	const struct delta_meta *meta; /* borrowed until close */
	const int *column;	       /* wanted columns of meta */
	size_t column_n;
	struct expr *where; /* or NULL; bound by delta_scan_open */
};

int delta_scan_open(struct delta_scan **out, struct delta *d,
		    const struct delta_scan_options *o,
		    struct fail *f) PORT_MUST_CHECK;
void delta_scan_close(struct delta_scan *s);

/* Begin a file. *is_skipped: no row of it can match. */
int delta_scan_file(struct delta_scan *s, const struct delta_file *file,
		    bool *is_skipped, struct fail *f) PORT_MUST_CHECK;

/* One column of a batch: of the table, or one value for all rows. */
struct delta_scan_column {
	const struct table_column *column; /* NULL: constant */
	struct expr_cell constant;
};

struct delta_batch {
	const struct delta_scan_column *column; /* as asked for */
	const uint32_t *row;			/* rows that match, rising */
	size_t row_n;
};

/* A row's value of column i. */
struct expr_cell delta_batch_cell(const struct delta_batch *b, size_t i,
				  size_t row);

/* The next batch of the file; row_n may be 0. 1, 0 at its end, or a failure.
 * Borrowed until the next call. */
int delta_scan_next(struct delta_scan *s, struct delta_batch *out,
		    struct fail *f) PORT_MUST_CHECK;

struct delta_scan_counts {
	uint64_t files;	  /* looked at */
	uint64_t skipped; /* of them, not opened */
	uint64_t rows;	  /* read from files */
	uint64_t matched;
	uint64_t bytes; /* of opened files */
};
const struct delta_scan_counts *delta_scan_counts(const struct delta_scan *s);

/* Rows of a file by its statistics; false when it has none. */
bool delta_file_rows(const struct delta_file *file, uint64_t *rows);

/* The value that each row of a file has in a column, by its partition or its
 * statistics; false when they do not tell, as always of texts in statistics,
 * which may be cut. */
bool delta_file_value(const struct delta_file *file,
		      const struct delta_column *c, struct expr_cell *out);

/* ---- writing rows ---- */

/*
 * Collects rows in a table and writes them as data files, one at a time a
 * partition, rows sorted inside each row group. Nothing of it is part of the
 * table before its files are committed.
 */
struct delta_writer;

struct delta_writer_options {
	const struct delta_meta *meta; /* borrowed until close */
	int sort_column;	       /* of meta, or -1 */
	size_t group_rows;	       /* rows of a row group at most; 0:
					* default */
	size_t group_bytes;	       /* memory of a row group at most */
	uint64_t file_bytes;	       /* a file ends when it is larger */
};

int delta_writer_open(struct delta_writer **out, struct delta *d,
		      const struct delta_writer_options *o,
		      struct fail *f) PORT_MUST_CHECK;

/* Files that were written and not taken are deleted. */
void delta_writer_close(struct delta_writer *w);

/*
 * Where a column of meta is put: *is_partition false: the column of
 * delta_writer_row's table, by table_put_*; true: the index for
 * delta_writer_set.
 */
size_t delta_writer_place(const struct delta_writer *w, size_t column,
			  bool *is_partition);

/* The open row's table; what is not put is null. */
struct table *delta_writer_row(struct delta_writer *w);

/* The open row's value of a partition column, borrowed until the row ends;
 * it holds for later rows too until it is set again. */
void delta_writer_set(struct delta_writer *w, size_t partition,
		      struct expr_cell cell);

/* The open row's value of a column of meta. */
struct expr_cell delta_writer_cell(const struct delta_writer *w, size_t column);

int delta_writer_end_row(struct delta_writer *w,
			 struct fail *f) PORT_MUST_CHECK;

/* Put a row of a scan of all columns of m, in their order, and end it. */
int delta_writer_copy(struct delta_writer *w, const struct delta_meta *m,
		      const struct delta_batch *batch, size_t row,
		      struct fail *f) PORT_MUST_CHECK;

/* Finish all files of the batch, durably; they are the writer's until
 * delta_writer_done, which says that they were committed. */
int delta_writer_files(struct delta_writer *w, const struct delta_file **file,
		       size_t *n, struct fail *f) PORT_MUST_CHECK;
void delta_writer_done(struct delta_writer *w);

/* ---- positions: playpipe(7), BARRIERS, rules 1 and 2 ---- */

/*
 * A job's position stands in transaction identifiers of the sink: "job:NAME"
 * for each entry of the barrier's position, "job:NAME@watermark" beside it,
 * "job:NAME@final" when the batch was its source's last, and
 * "job:state/FILTER" for each filter's state, job being the job's name.
 * "job:NAME@mark" holds a mark of the last record before the position.
 */
struct delta_position {
	bool is_recorded;	      /* false: all else is empty */
	struct barrier_entries at;    /* by source partition */
	struct barrier_entries state; /* by filter */
	struct barrier_entries mark;  /* by source partition */
	bool has_watermark;
	int64_t watermark_ms; /* the lowest over the partitions */
	bool is_final;
	int64_t version; /* of the table that was read, -1: none */
};

/*
 * Read the position of a job from the newest version of the table at url. No
 * table there: nothing is recorded. Lists and texts live in the arena.
 */
int delta_position_read(const char *url, struct str job, struct arena *a,
			struct delta_position *out,
			struct fail *f) PORT_MUST_CHECK;

/* The same of a snapshot; texts are borrowed from it. */
int delta_position_of(const struct delta_snapshot *s, struct str job,
		      struct arena *a, struct delta_position *out,
		      struct fail *f) PORT_MUST_CHECK;

/* Is this the identifier of a job's position in a source, and of which? Texts
 * are borrowed. */
bool delta_position_split(struct str app_id, struct str *job,
			  struct str *source);

/*
 * The transactions that record a barrier, the exclusive ones first, in the
 * arena. FAIL_USAGE for a job's name with a ':' in it.
 */
int delta_position_txns(const struct barrier *b, int64_t now_ms,
			struct arena *a, struct delta_txn **txn, size_t *n,
			size_t *exclusive_n, struct fail *f) PORT_MUST_CHECK;

/* The lowest watermark that any job has recorded in the table; and whether
 * each of them has recorded that its source is at its end. */
bool delta_watermark(const struct delta_snapshot *s, int64_t *watermark_ms,
		     bool *is_final);

#endif
