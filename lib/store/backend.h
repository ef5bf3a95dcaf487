/* SPDX-License-Identifier: MIT */
/*
 * Private to store: what a backend is. Its store, reader and writer begin
 * with the structs here; keys have been looked at before they come to it.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/store.h"

struct store_backend {
	void (*close)(struct store *s);
	bool (*is_absent)(const struct store *s); /* NULL: it never is */
	int (*stat)(struct store *s, struct str key, struct store_info *out,
		    struct fail *f);
	int (*put)(struct store *s, struct str key, struct str data,
		   struct fail *f);
	int (*put_if_absent)(struct store *s, struct str key, struct str data,
			     struct fail *f);
	int (*delete_many)(struct store *s, const struct str *key, size_t n,
			   bool *was_absent, struct fail *f);
	int (*list)(struct store *s, const char *folder, struct str from,
		    bool is_deep, struct arena *a, struct store_list *out,
		    struct fail *f);

	int (*reader_open)(struct store_reader **out, struct store *s,
			   struct str key, struct fail *f);
	int (*reader_get)(struct store_reader *r, uint64_t offset, void *dst,
			  size_t n, struct fail *f);
	void (*reader_close)(struct store_reader *r);

	int (*writer_open)(struct store_writer **out, struct store *s,
			   struct str key, struct fail *f);
	int (*writer_put)(struct store_writer *w, const void *p, size_t n,
			  struct fail *f);
	int (*writer_commit)(struct store_writer *w, struct fail *f);
	void (*writer_close)(struct store_writer *w);
};

struct store {
	const struct store_backend *backend;
	char *url; /* owned; without slashes at its end */
};

struct store_reader {
	const struct store_backend *backend;
	char *name; /* owned; for messages */
	uint64_t bytes;
};

struct store_writer {
	const struct store_backend *backend;
	uint64_t bytes; /* put so far */
};

/* Give the store behind url, whose s->url is set already. */
int folder_open(struct store **out, const char *url,
		struct fail *f) PORT_MUST_CHECK;
int azure_open(struct store **out, const char *url,
	       struct fail *f) PORT_MUST_CHECK;
bool azure_is_url(const char *url);

/* ---- shared by backends ---- */

char *store_copy(struct str s) PORT_MUST_CHECK;

/* A list under construction; sorted and moved into the arena at its end. */
struct store_found {
	struct arena *mem;
	struct store_info *item;
	size_t n;
	size_t cap;
};
int store_found_add(struct store_found *l, struct str key, uint64_t bytes,
		    int64_t mtime_ms, struct fail *f) PORT_MUST_CHECK;
int store_found_take(struct store_found *l, struct store_list *out,
		     struct fail *f) PORT_MUST_CHECK;
void store_found_release(struct store_found *l);

/* ---- the folder's own ---- */

int folder_list(struct store *s, const char *folder, struct str from,
		bool is_deep, struct arena *a, struct store_list *out,
		struct fail *f) PORT_MUST_CHECK;
const char *folder_root(const struct store *s);
/* The path of an object into path[LIMIT_PATH]. */
int folder_path(const struct store *s, struct str key, char *path,
		struct fail *f) PORT_MUST_CHECK;

#endif
