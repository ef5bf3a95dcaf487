/* SPDX-License-Identifier: MIT */
/*
 * parquet - Apache Parquet files from and to column batches, and nested
 * records field by field (Delta's checkpoints need those). Pure: a writer
 * hands bytes to a sink, a reader asks a source for byte ranges, so a file
 * may be memory, a folder's or a remote store's. A damaged file is FAIL_DATA
 * with the file position. One owner, no locks.
 *
 * A schema is an array of nodes in depth-first order, node 0 the root. Its
 * nodes are named by their index in that array.
 */
#ifndef PARQUET_PARQUET_H
#define PARQUET_PARQUET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/codec.h"
#include "table/table.h"

/* The numbers are parquet.thrift's FieldRepetitionType. */
enum parquet_repetition {
	PARQUET_REQUIRED = 0,
	PARQUET_OPTIONAL = 1,
	PARQUET_REPEATED = 2,
};

enum parquet_kind {
	PARQUET_LEAF,  /* a value of a type */
	PARQUET_GROUP, /* a struct */
	PARQUET_LIST,  /* a group marked LIST */
	PARQUET_MAP,   /* a group marked MAP */
};

/* A node as a writer states it. */
struct parquet_node {
	const char *name;
	enum parquet_repetition repetition;
	enum parquet_kind kind;
	size_t child_n;	      /* groups: direct children */
	enum table_type type; /* leaves */
};

/* ---- writing ---- */

struct parquet_sink {
	int (*write)(void *arg, const void *p, size_t n, struct fail *f);
	void *arg; /* borrowed until parquet_writer_close */
};

/* A sink that adds to a struct buf. */
struct parquet_sink parquet_sink_buf(struct buf *b);

struct parquet_options {
	enum codec_kind codec;
	int level;     /* of zstd, 1 to 19, or gzip */
	bool is_plain; /* no dictionaries: for readers that know little */
};

/* zstd level 1 with dictionaries. */
#define PARQUET_OPTIONS_DEFAULT ((struct parquet_options){CODEC_ZSTD, 1, false})

struct parquet_writer;

/*
 * Begin a file of flat optional columns as the fields of a batch. Copies
 * what it is given; *out is the caller's to close.
 */
int parquet_open_table(struct parquet_writer **out,
		       const struct table_field *field, size_t n,
		       const struct parquet_options *o,
		       struct parquet_sink sink,
		       struct fail *f) PORT_MUST_CHECK;

/*
 * Write the given rows, in that order, as a row group (several where there
 * are over 2^20); row may be NULL: rows 0 to n - 1. The columns of t must be
 * the file's, and its rows settled.
 */
int parquet_write_table(struct parquet_writer *w, const struct table *t,
			const uint32_t *row, size_t n,
			struct fail *f) PORT_MUST_CHECK;

/* Begin a file of nested records. Refuses lists of lists (FAIL_BUG). */
int parquet_open_nested(struct parquet_writer **out,
			const struct parquet_node *node, size_t n,
			const struct parquet_options *o,
			struct parquet_sink sink,
			struct fail *f) PORT_MUST_CHECK;

/*
 * Put a value into a leaf of the open row; its groups are then present. A
 * second put into the same leaf is the next item of its list or map.
 */
int parquet_put_i64(struct parquet_writer *w, size_t node, int64_t v,
		    struct fail *f) PORT_MUST_CHECK;
int parquet_put_f64(struct parquet_writer *w, size_t node, double v,
		    struct fail *f) PORT_MUST_CHECK;
int parquet_put_str(struct parquet_writer *w, size_t node, struct str s,
		    struct fail *f) PORT_MUST_CHECK;

/* An item of a list or map whose value is null. */
int parquet_put_null(struct parquet_writer *w, size_t node,
		     struct fail *f) PORT_MUST_CHECK;

/* A group is present though it may hold nothing: an empty list or map. */
void parquet_put_present(struct parquet_writer *w, size_t node);

/* The open row is done: what was not put is null. Row groups end by
 * themselves when their memory reaches 64 MiB. */
int parquet_end_row(struct parquet_writer *w, struct fail *f) PORT_MUST_CHECK;

/* Write the footer. The file is whole only after this. */
int parquet_writer_finish(struct parquet_writer *w,
			  struct fail *f) PORT_MUST_CHECK;
void parquet_writer_close(struct parquet_writer *w);

/* Bytes handed to the sink, and rows written. */
uint64_t parquet_writer_bytes(const struct parquet_writer *w);
uint64_t parquet_writer_rows(const struct parquet_writer *w);

/*
 * What column i of a parquet_open_table file holds over all row groups so
 * far: for the log's statistics. Strings are the writer's, until close.
 */
const struct table_stats *parquet_writer_stats(const struct parquet_writer *w,
					       size_t column);

/* ---- reading ---- */

/*
 * A file to read. read must deliver exactly n bytes at offset or fail; it is
 * only asked for ranges inside size. name is for messages.
 */
struct parquet_source {
	int (*read)(void *arg, uint64_t offset, void *dst, size_t n,
		    struct fail *f);
	void *arg; /* borrowed until parquet_reader_close, as is name */
	uint64_t size;
	const char *name;
};

/* A source over bytes in memory; mem must outlive the reader. */
struct parquet_source parquet_source_mem(const struct str *mem,
					 const char *name);

struct parquet_reader;

/* Read the footer. *out is the caller's to close. */
int parquet_reader_open(struct parquet_reader **out, struct parquet_source src,
			struct fail *f) PORT_MUST_CHECK;
void parquet_reader_close(struct parquet_reader *r);

uint64_t parquet_reader_rows(const struct parquet_reader *r);
size_t parquet_reader_groups(const struct parquet_reader *r);
const char *parquet_reader_created_by(const struct parquet_reader *r);

#define PARQUET_NO_ID (-1)

/*
 * What a reader wants of a file: a column, or what is inside a nested one.
 * Found by its field id if it has one, and then by that alone, else by name.
 * Names, children and what they point to are borrowed until the next
 * parquet_select or the end.
 */
struct parquet_want {
	struct str name;  /* in the file */
	struct str label; /* of a struct's member: its key in JSON */
	int32_t field_id; /* PARQUET_NO_ID: none */
	enum parquet_kind kind;
	enum table_type type;	  /* of a leaf; TABLE_TYPES: always null */
	uint8_t precision, scale; /* of a decimal, up to 38 digits */
	/* of a struct its members, of a list its element, of a map key and
	 * value; a list's or map's children are found by their place */
	const struct parquet_want *child;
	size_t child_n;
};

/* Does it fit no column but one of JSON text: nested, or a decimal of over 18
 * digits? Then the table's column is a string, and its values are JSON. */
bool parquet_is_json(const struct parquet_want *w);

/*
 * Rows as a batch. parquet_select binds the columns of t to the file's
 * top-level columns, each as its want says (want NULL: by the table's names
 * and types): one that the file lacks is all null; one whose type in the file
 * cannot be read as t's type is FAIL_DATA naming both. From then on
 * parquet_next resets t and fills it with up to max_rows rows of one row
 * group; t->row_n is 0 at the end of the file. These are read as one another:
 * integers (a value beyond the smaller one is FAIL_DATA), both timestamps,
 * strings and binaries; and as: float or an integer of up to 32 bits as
 * double, date as timestamp. Millis, nanos and INT96 come as microseconds.
 */
int parquet_select(struct parquet_reader *r, const struct table *t,
		   const struct parquet_want *want,
		   struct fail *f) PORT_MUST_CHECK;
int parquet_next(struct parquet_reader *r, struct table *t, size_t max_rows,
		 struct fail *f) PORT_MUST_CHECK;

/* Which row of the file the first of that batch is, from 0. */
uint64_t parquet_first_row(const struct parquet_reader *r);

/*
 * Leave row groups out: only the given group (0 ..) is read next, and
 * parquet_next ends behind it. After parquet_select.
 */
int parquet_seek_group(struct parquet_reader *r, size_t group,
		       struct fail *f) PORT_MUST_CHECK;

/*
 * The file's own columns as wants, in the arena; names are the reader's. What
 * tables lack comes as what they have: a time of day as microseconds, a UUID as
 * a string, an unsigned integer of 64 bits as a decimal.
 */
int parquet_describe(const struct parquet_reader *r, struct arena *a,
		     const struct parquet_want **want, size_t *n,
		     struct fail *f) PORT_MUST_CHECK;

/* The flat top-level columns as fields: what a table of the whole file would
 * be. *field lives as long as the reader; a column that is nested or of a
 * type that cannot be read has type TABLE_TYPES. */
int parquet_reader_fields(struct parquet_reader *r,
			  const struct table_field **field, size_t *n,
			  struct fail *f) PORT_MUST_CHECK;

/* ---- reading nested records ---- */

/*
 * The node at a dotted path ("add.path"), or -1. Inside a map "key" and
 * "value", inside a list "element" name its items, whatever the file calls
 * the groups between: "add.partitionValues.key".
 */
int parquet_find(const struct parquet_reader *r, const char *path);

/* Does the schema have a node of that number? */
bool parquet_is_node(const struct parquet_reader *r, int node);

/* Is it a leaf, of a type that can be read? Not for -1. */
bool parquet_is_leaf(const struct parquet_reader *r, int node);

/* Read these nodes (leaves; -1 is skipped) in parquet_next_row. */
int parquet_select_leaves(struct parquet_reader *r, const int *node, size_t n,
			  struct fail *f) PORT_MUST_CHECK;

/* One value of a leaf in the current row. */
struct parquet_item {
	bool is_null;	/* null, or its group or list is absent or empty */
	unsigned level; /* definition level: how much of its path is there */
	int64_t i64;	/* integers, booleans, dates, timestamps */
	double f64;
	struct str str; /* borrowed until the next parquet_next_row */
};

/* Go to the next row; *has_row is false at the end of the file. */
int parquet_next_row(struct parquet_reader *r, bool *has_row,
		     struct fail *f) PORT_MUST_CHECK;

/*
 * The items of a selected leaf in the current row: one for a plain field, one
 * an element of a list or map (none if that is empty or absent). For node -1
 * none.
 */
const struct parquet_item *parquet_items(const struct parquet_reader *r,
					 int node, size_t *n);

/* Is the group (or leaf) there in the current row? Some leaf beneath it must
 * have been selected. */
bool parquet_is_present(const struct parquet_reader *r, int node);

#endif
