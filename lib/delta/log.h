/* SPDX-License-Identifier: MIT */
/* Private to delta: the parts of the log that its files share. */
#ifndef DELTA_LOG_H
#define DELTA_LOG_H

#include "delta/delta.h"
#include "doc/doc.h"
#include "parquet/parquet.h"

#define LOG_FOLDER	"_delta_log/"
#define LOG_HINT	"_delta_log/_last_checkpoint"
#define LOG_KEY_MAX	64
#define LOG_COMMIT_MAX	((size_t)1 << 30) /* bytes of one commit */
#define LOG_SCHEMA_MAX	((size_t)16 << 20)
#define LOG_INTERVAL	10 /* commits a checkpoint, Spark's default */
#define LOG_VERSION_MAX ((int64_t)1 << 53)

/* Into dst[LOG_KEY_MAX]: "_delta_log/00000000000000000007.json". */
struct str log_key(char *dst, int64_t version, const char *suffix);

/* The version at the start of a log file's name and what stands behind it;
 * false for other names. */
bool log_parse_name(struct str key, int64_t *version, struct str *suffix);

/* Equal but for the case of ASCII letters. */
bool log_same_name(struct str a, struct str b);

/* A copy in the arena; an empty text is never NULL. */
int log_copy(struct arena *a, struct str s, struct str *out,
	     struct fail *f) PORT_MUST_CHECK;

/* A value's JSON text in the arena; absent: empty. */
int log_copy_json(struct arena *a, struct doc_val v, struct str *out,
		  struct fail *f) PORT_MUST_CHECK;

/* Items that grow inside an arena by doubling: the old ones stay. */
int log_grow(struct arena *a, void *ptr_to_ptr, size_t len, size_t *cap,
	     size_t item_size, struct fail *f) PORT_MUST_CHECK;
#define LOG_GROW(a, ptr, len, cap, f)                                          \
	log_grow((a), (ptr), (len), (cap), sizeof(**(ptr)), (f))

/* Parse one line of a commit (or of a JSON checkpoint) into actions; caps
 * belong to the caller's struct. */
struct log_parser {
	struct arena *mem;
	struct delta_actions *out;
	size_t add_cap;
	size_t remove_cap;
	size_t txn_cap;
	size_t domain_cap;
	struct str *sidecar; /* of a checkpoint: paths of its side files */
	size_t sidecar_n;
	size_t sidecar_cap;
};
int log_parse_text(struct log_parser *p, struct str text, const char *key,
		   const char *url, struct fail *f) PORT_MUST_CHECK;

/* A deletion vector in the arena, with its unique id; of `from` all but the
 * id is read. */
int log_set_dv(struct arena *a, const struct delta_dv *from,
	       const struct delta_dv **out, struct fail *f) PORT_MUST_CHECK;

/* Fill m->column from m->schema_text and m->partition. */
int log_parse_schema(struct delta_meta *m, struct arena *a, const char *source,
		     struct fail *f) PORT_MUST_CHECK;

/* A type's name. Of nested ones, of those that are not ours and of decimals
 * over 18 digits it makes TABLE_TYPES; the last have a precision. */
void log_parse_type(struct str text, struct table_field *field);

/* What to look for in data files for a column of m; source is for messages.
 * Texts live in a. FAIL_USAGE for a type that cannot be read. */
int log_want(const struct delta_meta *m, const struct delta_column *c,
	     const char *source, struct arena *a, struct parquet_want *out,
	     struct fail *f) PORT_MUST_CHECK;

/* Set m->schema_text from m->column. */
int log_format_schema(struct delta_meta *m, struct arena *a,
		      struct fail *f) PORT_MUST_CHECK;

/* The actions of a whole commit; key is its name in messages. */
int log_parse_commit(struct str text, const char *key, const char *url,
		     struct arena *a, struct delta_actions *out,
		     struct fail *f) PORT_MUST_CHECK;

/* The text of a commit on top of the snapshot. */
struct log_commit {
	const struct delta_snapshot *s;
	const struct delta_change *c;
	const char *txn_id;
	int64_t now_ms;
	int64_t in_commit_ms; /* -1: the table does not want it */
};
int log_format_commit(const struct log_commit *commit, struct buf *out,
		      struct fail *f) PORT_MUST_CHECK;

/* Does a rival's commit, which the snapshot has taken in, stand against c?
 * Then FAIL_RETRY, and out says of what kind it is. */
int log_check_conflict(const struct delta_snapshot *s,
		       const struct delta_change *c,
		       const struct delta_actions *rival, const char *url,
		       struct delta_outcome *out,
		       struct fail *f) PORT_MUST_CHECK;

/* Does the table want commits to carry their own time? */
bool log_has_commit_times(const struct delta_snapshot *s);

/* Refuse reader features that this build lacks. */
int log_check_read(const struct delta_protocol *p, const char *url,
		   struct fail *f) PORT_MUST_CHECK;

/* The same for column mapping, which the metadata turns on: without the
 * protocol's leave it is forgotten, as the protocol asks. */
int log_check_mapping(struct delta_meta *m, const struct delta_protocol *p,
		      const char *url, struct fail *f) PORT_MUST_CHECK;

/* The same for columns whose type was changed. */
int log_check_widening(const struct delta_meta *m, const char *url,
		       struct fail *f) PORT_MUST_CHECK;

/* Is this one of the protocol's reader features? */
bool log_has_feature(const struct delta_protocol *p, const char *feature);

/* What may be seen in the log's folder. */
struct log_checkpoint {
	int64_t version;
	struct str *key; /* its parts in order */
	size_t n;
};

struct log_commit_file {
	int64_t version;
	int64_t mtime_ms;
};

struct log_listing {
	struct log_commit_file *commit; /* rising */
	size_t commit_n;
	size_t commit_cap;
	size_t run;	/* the last commits, from this one, have no hole */
	int64_t oldest; /* commits: -1 when there are none */
	int64_t newest;
	int64_t begin;		     /* the first version that can be read; -1:
				      * none */
	struct log_checkpoint best;  /* newest <= wanted; n 0: none */
	struct log_checkpoint first; /* oldest that all commits behind it
				      * follow; n 0: none */
	struct log_checkpoint last;  /* newest; n 0: none */
};

/* List the log; commits and checkpoints above `wanted` are not chosen as
 * best. Uses and survives the hint. */
int log_list(struct delta *d, int64_t wanted, struct arena *a,
	     struct log_listing *out, struct fail *f) PORT_MUST_CHECK;

/* Is `version`, which has no commit, in a hole, and which is the last missing
 * one? Not so behind the end of the log. */
bool log_list_hole(const struct log_listing *l, int64_t version, int64_t *last);

/* The oldest version from which commits lead to the newest, of a listing of
 * all; -1: none. */
int64_t log_list_oldest(const struct log_listing *l);

/* How many parts has the checkpoint that item i is, or is a part of; 0: it is
 * none, or lacks parts. */
size_t log_checkpoint_parts(const struct store_list *list, size_t i);

/* Let a snapshot take in what actions say; their texts must live in its
 * arena. Those of a checkpoint have version -1. */
struct arena *log_arena(struct delta_snapshot *s);

/* How long ago the snapshot was known to be the newest, or on its way there. */
int64_t log_age_us(const struct delta_snapshot *s);

/* FAIL_RETRY when the log was cut behind the snapshot: the commits that follow
 * it are gone, and where the next one is missing ours must not be. */
int log_check_cut(struct delta *d, const struct delta_snapshot *s,
		  struct fail *f) PORT_MUST_CHECK;
int log_apply(struct delta_snapshot *s, const struct delta_actions *actions,
	      struct fail *f) PORT_MUST_CHECK;

/* Apply a whole checkpoint to an empty snapshot. */
int log_read_checkpoint(struct delta *d, const struct log_checkpoint *c,
			struct delta_snapshot *s,
			struct fail *f) PORT_MUST_CHECK;

/* A file that the log names. */
struct log_place {
	const char *name; /* decoded; in the arena */
	const char *url;  /* of the store, a slash, and the name; so, too */
	struct store_reader *file;
};

/* "STORE/KEY" in the arena, for messages; NULL when out of memory. */
const char *log_url(struct store *store, struct str key,
		    struct arena *a) PORT_MUST_CHECK;

/* Open a file by its path in the log. STORE_ABSENT: there is none, and only
 * the name is set. FAIL_USAGE where the path leads to another store. */
int log_place_open(struct delta *d, struct str path, struct arena *a,
		   struct log_place *out, struct fail *f) PORT_MUST_CHECK;

/* What the file of a path is known by: however it is encoded. */
int log_place_name(struct str path, struct buf *out) PORT_MUST_CHECK;

/* The store at `base`, the root of what the table's own store is a part of;
 * d's own. */
int delta_outside(struct delta *d, struct str base, struct store **out,
		  struct fail *f) PORT_MUST_CHECK;

/* Read a deletion vector and check it; texts and *out live in a. */
struct roaring;
int log_dv_read(struct delta *d, const struct delta_dv *dv, struct arena *a,
		struct roaring *out, struct fail *f) PORT_MUST_CHECK;

/* Decode Z85 (ZeroMQ RFC 32); FAIL_DATA for anything else. */
int log_z85_decode(struct str text, struct buf *out,
		   struct fail *f) PORT_MUST_CHECK;

/* Apply the rows of one Parquet file of a checkpoint; sidecars that it names
 * are passed over. */
int log_read_actions(struct delta_snapshot *s, struct parquet_source source,
		     struct fail *f) PORT_MUST_CHECK;

/* Statistics of one data file as JSON. */
struct log_stats {
	uint64_t rows;
	const struct table_field *field;
	const struct table_stats *column; /* one a field */
	const bool *is_wanted;		  /* one a field */
	size_t n;
};
int log_format_stats(const struct log_stats *stats, struct buf *out,
		     struct fail *f) PORT_MUST_CHECK;

/* Of which columns the table wants statistics; one a column of m. */
void log_choose_stats(const struct delta_meta *m, bool *is_wanted);

/* What a file's statistics and partition values say of a column. */
int log_file_range(const struct delta_column *c, const struct delta_file *file,
		   struct doc_val stats, struct expr_range *out,
		   struct fail *f) PORT_MUST_CHECK;

/* A row's value of a column; the row may be the open one. Borrowed. */
struct expr_cell log_cell(const struct table_column *c, size_t row);

/* Percent-encode for a folder's name, as Hive does; and a path for the log,
 * which buf_add_decoded takes back. */
int log_escape_folder(struct str s, struct buf *out) PORT_MUST_CHECK;
int log_encode_path(struct str s, struct buf *out) PORT_MUST_CHECK;

#endif
