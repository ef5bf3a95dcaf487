/* SPDX-License-Identifier: MIT */
/*
 * Writing a blob piece by piece. Up to one block is one Put Blob; more goes
 * as blocks, a few of them in flight, which nobody sees until the list of
 * them is put. Names of blocks carry a random part, so that two writers of
 * one blob never mix theirs. All of it may be sent twice without harm: a
 * block by its name, and a list because it says "latest", committed or not.
 */
#include "store/azure.h"

#include <stdlib.h>

#define BLOCKS	  50000 /* of a blob ("Put Block List") */
#define ID_TEXT	  24	/* 16 digits of chance, 8 of the number */
#define LIST_LINE 128

struct azure_writer {
	struct store_writer base;
	struct azure *store;
	char *key;
	struct buf block; /* being filled */
	unsigned long long nonce;
	unsigned blocks;  /* begun */
	unsigned pending; /* of them in flight */
	struct fail fail; /* of a block that failed */
};

/* The name of a block: base64, of one length for all. */
static void
block_id(const struct azure_writer *w, unsigned n, char *id)
{
	char text[ID_TEXT + 1];

	snprintf(text, sizeof(text), "%016llx%08u", w->nonce, n % 100000000);
	id[base64_encode(id, text, ID_TEXT)] = '\0';
}

int
azure_writer_open(struct store_writer **out, struct store *s, struct str key,
		  struct fail *f)
{
	struct azure_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return fail_memory(f);
	w->base.backend = s->backend;
	w->store = (struct azure *)s;
	w->nonce = (unsigned long long)hash_nonce();
	w->key = store_copy(key);
	buf_init(&w->block, AZURE_BLOCK);
	if (w->key == NULL) {
		free(w);
		return fail_memory(f);
	}
	*out = &w->base;
	return 0;
}

/* ---- blocks in flight ---- */

/* What came of a block is its writer's to know. */
static void
reap(struct azure *s, struct azure_upload *u)
{
	struct azure_writer *w = u->owner;
	int rc = http_wait(u->call, &w->fail);

	if (rc == 0 && http_status(u->call) != 201)
		azure_refused(s, str_of(w->key), "write", u->call, &w->fail);
	http_end(u->call);
	u->call = NULL;
	buf_reset(&u->block);
	w->pending--;
}

static void
reap_done(struct azure *s)
{
	for (size_t i = 0; i < AZURE_UPLOADS; i++)
		if (s->upload[i].call != NULL &&
		    http_is_done(s->upload[i].call))
			reap(s, &s->upload[i]);
}

/* A place for one more block in flight. */
static int
free_upload(struct azure *s, struct azure_upload **out, struct fail *f)
{
	for (;;) {
		int rc;

		reap_done(s);
		for (size_t i = 0; i < AZURE_UPLOADS; i++) {
			if (s->upload[i].call == NULL) {
				*out = &s->upload[i];
				return 0;
			}
		}
		rc = http_drive(s->http, f);
		if (rc != 0)
			return rc;
	}
}

/* Send what is in w->block, which is then empty. */
static int
send_block(struct azure_writer *w, struct fail *f)
{
	struct azure *s = w->store;
	char id[BASE64_LEN(ID_TEXT) + 1];
	struct azure_request r = {
		.verb = "PUT",
		.key = str_of(w->key),
		.param = {{"comp", STR_LIT("block")}},
		.param_n = 2,
		.is_safe_to_repeat = true,
	};
	struct azure_upload *u;
	struct buf empty;
	int rc = free_upload(s, &u, f);

	if (rc != 0)
		return rc;
	if (w->fail.code != 0)
		return fail_set(f, w->fail.code, "%s", w->fail.text);
	if (w->blocks == BLOCKS)
		return fail_set(f, FAIL_USAGE,
				"'%s/%s': over %u blocks: too large for a blob",
				s->base.url, w->key, BLOCKS);
	block_id(w, w->blocks++, id);
	r.param[1] = (struct azure_param){"blockid", str_of(id)};
	empty = u->block;
	u->block = w->block;
	w->block = empty;
	u->owner = w;
	r.body = buf_str(&u->block);
	rc = azure_start(&u->call, s, &r, f);
	if (rc == 0)
		w->pending++;
	return rc;
}

int
azure_writer_put(struct store_writer *base, const void *p, size_t n,
		 struct fail *f)
{
	struct azure_writer *w = (struct azure_writer *)base;
	const char *from = p;

	while (n > 0) {
		size_t room = AZURE_BLOCK - w->block.len;
		size_t part = n < room ? n : room;
		int rc = room == 0 ? send_block(w, f) : 0;

		if (rc == 0 && room > 0 && buf_add(&w->block, from, part) != 0)
			rc = fail_memory(f);
		if (rc != 0)
			return rc;
		if (room > 0) {
			from += part;
			n -= part;
		}
	}
	return 0;
}

/* ---- the end ---- */

static int
put_list(struct azure_writer *w, struct fail *f)
{
	struct azure *s = w->store;
	struct azure_request r = {
		.verb = "PUT",
		.key = str_of(w->key),
		.param = {{"comp", STR_LIT("blocklist")}},
		.param_n = 1,
		.is_safe_to_repeat = true,
	};
	struct http_call *c = NULL;
	struct buf xml;
	int rc;

	buf_init(&xml, (size_t)BLOCKS * LIST_LINE);
	rc = buf_add_cstr(&xml, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
				"<BlockList>");
	for (unsigned i = 0; rc == 0 && i < w->blocks; i++) {
		char id[BASE64_LEN(ID_TEXT) + 1];

		block_id(w, i, id);
		rc = buf_addf(&xml, "<Latest>%s</Latest>", id);
	}
	if (rc == 0)
		rc = buf_add_cstr(&xml, "</BlockList>");
	if (rc != 0) {
		rc = fail_memory(f);
	} else {
		r.body = buf_str(&xml);
		rc = azure_run(&c, s, &r, f);
	}
	if (rc == 0 && http_status(c) != 201)
		rc = azure_refused(s, r.key, "write", c, f);
	http_end(c);
	buf_release(&xml);
	return rc;
}

int
azure_writer_commit(struct store_writer *base, struct fail *f)
{
	struct azure_writer *w = (struct azure_writer *)base;
	struct store *s = &w->store->base;
	int rc = 0;

	if (w->blocks == 0)
		return s->backend->put(s, str_of(w->key), buf_str(&w->block),
				       f);
	if (w->block.len > 0)
		rc = send_block(w, f);
	while (rc == 0 && w->pending > 0) {
		rc = http_drive(w->store->http, f);
		reap_done(w->store);
	}
	if (rc == 0 && w->fail.code != 0)
		rc = fail_set(f, w->fail.code, "%s", w->fail.text);
	return rc != 0 ? rc : put_list(w, f);
}

void
azure_writer_close(struct store_writer *base)
{
	struct azure_writer *w = (struct azure_writer *)base;

	for (size_t i = 0; i < AZURE_UPLOADS; i++) {
		struct azure_upload *u = &w->store->upload[i];

		if (u->call != NULL && u->owner == w) {
			http_end(u->call);
			u->call = NULL;
			buf_reset(&u->block);
		}
	}
	buf_release(&w->block);
	free(w->key);
	free(w);
}
