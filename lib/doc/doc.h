/* SPDX-License-Identifier: MIT */
/*
 * doc - small JSON documents as trees: configuration, suites, schemas and
 * log entries. Never data lines, those are ndjson's. Numbers keep their
 * kind: an integer is an exact int64, anything else a double. Members keep
 * their order.
 *
 * Reading: parse, walk by value, and let the getters write the sentences:
 *
 *   'suite.json': expectations[3].kwargs.min_value: expected a number, found
 *   a string
 *
 * Writing: no tree, but a writer that appends to a buf. Not thread-safe.
 */
#ifndef DOC_DOC_H
#define DOC_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

struct doc; /* a parsed document: owns every value in it */

enum doc_kind {
	DOC_ABSENT,
	DOC_NULL,
	DOC_BOOLEAN,
	DOC_INTEGER,
	DOC_REAL,
	DOC_STRING,
	DOC_ARRAY,
	DOC_OBJECT,
};

/* A place in a document; copy freely, valid until doc_close. {0} is absent. */
struct doc_val {
	const struct doc *doc;
	const void *node; /* NULL: absent */
	const void *in;	  /* the array or object that holds it, for messages */
};

/* ---- reading ---- */

enum {
	DOC_UNIQUE_KEYS = 1, /* an object with a key twice is an error */
	DOC_ONE_LINE = 2,    /* one of many: a message counts no lines */
};

/*
 * Parse one value; nothing but white space may follow. text and source (the
 * name used in messages) are borrowed during the call. code is the failure
 * code of this document's errors, of syntax now and of shape later:
 * FAIL_USAGE for what a user wrote, FAIL_DATA for what a program did.
 */
int doc_parse(struct doc **out, struct str text, const char *source, int code,
	      unsigned flags, struct fail *f) PORT_MUST_CHECK;
void doc_close(struct doc *d);

struct doc_val doc_root(const struct doc *d);
enum doc_kind doc_kind(struct doc_val v);
const char *doc_kind_name(struct doc_val v); /* "a string", "nothing" */

/* Members of an object, items of an array; 0 for anything else. */
size_t doc_len(struct doc_val v);

/* The member or item, absent when there is none. */
struct doc_val doc_find(struct doc_val object, const char *key);
struct doc_val doc_item(struct doc_val array, size_t i);

/* Walk an object or an array in order; key is empty for an array. */
struct doc_iter {
	struct doc_val in;
	void *at;
	size_t index;
};
struct doc_iter doc_each(struct doc_val v);
bool doc_next(struct doc_iter *it, struct str *key, struct doc_val *val);

/*
 * The value as a type, else a failure that names it. Strings are borrowed
 * from the document and have a NUL behind them (and may have one inside).
 * A whole number written as 3.0 is an integer too; an integer is an f64 too.
 */
int doc_as_str(struct doc_val v, struct str *out,
	       struct fail *f) PORT_MUST_CHECK;
int doc_as_i64(struct doc_val v, int64_t *out, struct fail *f) PORT_MUST_CHECK;
int doc_as_f64(struct doc_val v, double *out, struct fail *f) PORT_MUST_CHECK;
int doc_as_bool(struct doc_val v, bool *out, struct fail *f) PORT_MUST_CHECK;

/* A member that must be there. */
int doc_get_str(struct doc_val object, const char *key, struct str *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_get_i64(struct doc_val object, const char *key, int64_t *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_get_f64(struct doc_val object, const char *key, double *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_get_bool(struct doc_val object, const char *key, bool *out,
		 struct fail *f) PORT_MUST_CHECK;
int doc_get_object(struct doc_val object, const char *key, struct doc_val *out,
		   struct fail *f) PORT_MUST_CHECK;
int doc_get_array(struct doc_val object, const char *key, struct doc_val *out,
		  struct fail *f) PORT_MUST_CHECK;

/* A member that may be absent or null: *out then stays as it was. */
int doc_opt_str(struct doc_val object, const char *key, struct str *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_opt_i64(struct doc_val object, const char *key, int64_t *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_opt_f64(struct doc_val object, const char *key, double *out,
		struct fail *f) PORT_MUST_CHECK;
int doc_opt_bool(struct doc_val object, const char *key, bool *out,
		 struct fail *f) PORT_MUST_CHECK;
int doc_opt_object(struct doc_val object, const char *key, struct doc_val *out,
		   struct fail *f) PORT_MUST_CHECK;
int doc_opt_array(struct doc_val object, const char *key, struct doc_val *out,
		  struct fail *f) PORT_MUST_CHECK;

/* The object has no members but these n; the failure names the first other
 * one. */
int doc_only_keys(struct doc_val object, const char *const *keys, size_t n,
		  struct fail *f) PORT_MUST_CHECK;

/* Fail with the document's code, and "'source': path: " before the text. */
int doc_fail(struct doc_val v, struct fail *f, const char *fmt, ...)
	PORT_PRINTF(3, 4);

/* ---- writing ---- */

/*
 * Compact canonical JSON, appended to a buf. Errors stick: put what there is
 * to put, then look at doc_writer_end. In an object every put has its key,
 * in an array and at the top it is NULL. Texts must be UTF-8.
 */
struct doc_writer {
	struct buf *buf; /* borrowed */
	unsigned indent; /* blanks a level, 0: all on one line */
	unsigned depth;
	bool want_comma;
	int code; /* of the first failure */
};

void doc_writer_init(struct doc_writer *w, struct buf *buf, unsigned indent);
/* 0, or the failure that stuck. Every begin must have had its end. */
int doc_writer_end(struct doc_writer *w, struct fail *f) PORT_MUST_CHECK;

void doc_begin_object(struct doc_writer *w, const char *key);
void doc_end_object(struct doc_writer *w);
void doc_begin_array(struct doc_writer *w, const char *key);
void doc_end_array(struct doc_writer *w);
void doc_put_str(struct doc_writer *w, const char *key, struct str v);
void doc_put_cstr(struct doc_writer *w, const char *key, const char *v);
/* An array of texts. */
void doc_put_strs(struct doc_writer *w, const char *key, const struct str *v,
		  size_t n);
/* A time as RFC 3339 has it; one before 1970 or beyond UTC_MAX is left out. */
void doc_put_time(struct doc_writer *w, const char *key, int64_t ms);
void doc_put_i64(struct doc_writer *w, const char *key, int64_t v);
void doc_put_u64(struct doc_writer *w, const char *key, uint64_t v);
/* The shortest form that reads back, with ".0" when whole, so that it stays
 * a double; null when not finite. */
void doc_put_f64(struct doc_writer *w, const char *key, double v);
void doc_put_bool(struct doc_writer *w, const char *key, bool v);
void doc_put_null(struct doc_writer *w, const char *key);
/* A value of a parsed document, with all that is in it. */
void doc_put_val(struct doc_writer *w, const char *key, struct doc_val v);
/* Text that is JSON already, as it is. */
void doc_put_raw(struct doc_writer *w, const char *key, struct str json);

#endif
