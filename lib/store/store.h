/* SPDX-License-Identifier: MIT */
/*
 * store - an object store behind one small interface: named blobs under one
 * root, made whole and durable or not at all. Backends: a local folder, and a
 * container of Azure Blob Storage (ADLS Gen2 is one), see playpipe-azure(5)
 * for its URLs and the environment that holds credentials. Keys are relative,
 * with '/' between parts, and never contain "..". A store is used by one
 * thread; several processes may use one root at once.
 *
 * Failures are FAIL_IO of a folder; of the lake FAIL_RETRY (trouble that
 * outlasted three minutes of patience), FAIL_DENIED (who we are, what we may)
 * and FAIL_USAGE (the place, or the credentials given).
 *
 * Functions that look for an object return STORE_ABSENT (1) when there is
 * none: that is an answer, not a failure.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

enum {
	STORE_OK = 0,
	STORE_ABSENT = 1, /* no such object */
	STORE_EXISTS = 2, /* put-if-absent: another was first */
};

struct store;

/*
 * url: a folder, or file:///folder, which need not exist; or a place in the
 * lake, whose container must. Nothing is looked up yet.
 */
int store_open(struct store **out, const char *url,
	       struct fail *f) PORT_MUST_CHECK;
void store_close(struct store *s);

/* The root as given, for messages. */
const char *store_url(const struct store *s);

/* Is there no folder at the root? A place in the lake needs none. */
bool store_is_absent(const struct store *s);

struct store_info {
	struct str key;	  /* in the list's arena */
	uint64_t bytes;	  /* size */
	int64_t mtime_ms; /* of the last change */
};

/* Size and time of one object; out->key is left alone. */
int store_stat(struct store *s, struct str key, struct store_info *out,
	       struct fail *f) PORT_MUST_CHECK;

/* Append a whole object of at most max bytes to out. */
int store_get(struct store *s, struct str key, size_t max, struct buf *out,
	      struct fail *f) PORT_MUST_CHECK;

/*
 * An object opened for reading ranges. What is read is always of one and the
 * same object: a file stays readable when somebody deletes or replaces it
 * meanwhile, a blob is then a FAIL_RETRY.
 */
struct store_reader;
int store_reader_open(struct store_reader **out, struct store *s,
		      struct str key, struct fail *f) PORT_MUST_CHECK;
void store_reader_close(struct store_reader *r);
uint64_t store_reader_bytes(const struct store_reader *r);
/* Exactly n bytes at offset into dst; beyond the end is FAIL_DATA. */
int store_reader_get(struct store_reader *r, uint64_t offset, void *dst,
		     size_t n, struct fail *f) PORT_MUST_CHECK;

/* Create the object, durably, unless there is one: then STORE_EXISTS and
 * nothing is changed. Of any number of callers exactly one gets 0. */
int store_put_if_absent(struct store *s, struct str key, struct str data,
			struct fail *f) PORT_MUST_CHECK;

/* Create or replace the object, durably; readers see the old or the new. */
int store_put(struct store *s, struct str key, struct str data,
	      struct fail *f) PORT_MUST_CHECK;

/* Delete; STORE_ABSENT when there was none. */
int store_delete(struct store *s, struct str key,
		 struct fail *f) PORT_MUST_CHECK;
/* Delete n objects, in few requests; those that are absent are no failure.
 * After a failure some may be gone. */
int store_delete_many(struct store *s, const struct str *key, size_t n,
		      struct fail *f) PORT_MUST_CHECK;

/*
 * Objects whose key begins with the folder `folder` ("_delta_log/"; "" is
 * the root), sorted by key in byte order: those directly in it, or with
 * is_deep all below it, and what writers that died have left (".NAME.tmp").
 * Keys below `from` are left out. Items and keys live in the arena. An absent
 * folder is an empty list.
 */
struct store_list {
	struct store_info *item;
	size_t n;
};
int store_list(struct store *s, const char *folder, struct str from,
	       bool is_deep, struct arena *a, struct store_list *out,
	       struct fail *f) PORT_MUST_CHECK;

/*
 * A new object written piece by piece; it appears, durable, at
 * store_writer_commit. store_writer_close before that leaves nothing.
 */
struct store_writer;
int store_writer_open(struct store_writer **out, struct store *s,
		      struct str key, struct fail *f) PORT_MUST_CHECK;
int store_writer_put(struct store_writer *w, const void *p, size_t n,
		     struct fail *f) PORT_MUST_CHECK;
uint64_t store_writer_bytes(const struct store_writer *w);
int store_writer_commit(struct store_writer *w, struct fail *f) PORT_MUST_CHECK;
void store_writer_close(struct store_writer *w);

/*
 * What may be done at a place: each tried on an object of our own, in folder
 * ("_delta_log/") if that is there, which is removed again. result[i].code is
 * 0, or why not.
 */
enum store_right {
	STORE_MAY_LIST,
	STORE_MAY_CREATE, /* if absent, and not if there is one */
	STORE_MAY_READ,
	STORE_MAY_WRITE,
	STORE_MAY_DELETE,
	STORE_RIGHTS,
};
void store_check(struct store *s, const char *folder,
		 struct fail result[STORE_RIGHTS]);

#endif
