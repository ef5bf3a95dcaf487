/* SPDX-License-Identifier: MIT */
/*
 * Reading a blob in blocks. The first is fetched when the blob is opened,
 * which tells size and ETag as well, so a small object is one request. Every
 * later one asks for that ETag: bytes of two versions never mix. Where ranges
 * follow each other, two blocks more are under way while one is used.
 */
#include "store/azure.h"

#include <stdlib.h>

#define BLOCK	  ((uint64_t)2 << 20)
#define AHEAD	  2
#define SLOTS	  (AHEAD + 2)
#define RANGE_MAX 64

struct slot {
	struct http_call *call; /* NULL: free; holds the bytes when done */
	uint64_t index;
	uint64_t used; /* the reader's clock then */
};

struct azure_reader {
	struct store_reader base;
	struct azure *store;
	char *key;
	char *etag;
	struct slot slot[SLOTS];
	uint64_t clock;
	uint64_t next; /* end of the range read last */
};

static uint64_t
block_bytes(const struct azure_reader *r, uint64_t index)
{
	uint64_t left = r->base.bytes - index * BLOCK;

	return left < BLOCK ? left : BLOCK;
}

/* A request for a block; range is the text of its header. */
static struct azure_request
ask_for(const struct azure_reader *r, uint64_t index, char range[RANGE_MAX])
{
	/* before the size is known, as much as a block may hold */
	uint64_t start = index * BLOCK;
	uint64_t end = start +
		       (r->etag == NULL ? BLOCK : block_bytes(r, index));

	snprintf(range, RANGE_MAX, "bytes=%llu-%llu", (unsigned long long)start,
		 (unsigned long long)end - 1);
	return (struct azure_request){
		.verb = "GET",
		.key = str_of(r->key),
		.header = {{"range", range}, {"if-match", r->etag}},
		.header_n = r->etag == NULL ? 1 : 2,
		.reply_max = BLOCK,
		.is_safe_to_repeat = true,
	};
}

static int
start_block(struct azure_reader *r, struct slot *slot, uint64_t index,
	    struct fail *f)
{
	char range[RANGE_MAX];
	struct azure_request request = ask_for(r, index, range);

	slot->index = index;
	slot->used = ++r->clock;
	return azure_start(&slot->call, r->store, &request, f);
}

/* ---- opening ---- */

/* "bytes 0-99/1234" */
static bool
parse_total(struct str s, int64_t *total)
{
	const char *slash = s.n == 0 ? NULL : memchr(s.p, '/', s.n);

	return slash != NULL &&
	       num_parse_i64(slash + 1, (size_t)(s.p + s.n - slash - 1),
			     total) == 0 &&
	       *total >= 0;
}

/* A range of an empty blob cannot be had: 416. */
static int
look_at_empty(struct azure_reader *r, struct fail *f)
{
	struct store_info info;
	int rc = r->store->base.backend->stat(&r->store->base, str_of(r->key),
					      &info, f);

	if (rc == 0 && info.bytes != 0)
		rc = fail_set(f, FAIL_RETRY,
			      "'%s' was replaced while it was read; run again",
			      r->base.name);
	return rc;
}

static int
take_first(struct azure_reader *r, struct fail *f)
{
	struct http_call *c = r->slot[0].call;
	struct str etag = http_reply_header(c, "etag");
	int64_t total = 0;

	if (azure_is_absent(c))
		return STORE_ABSENT;
	if (http_status(c) == 416)
		return look_at_empty(r, f);
	if (http_status(c) != 206 && http_status(c) != 200)
		return azure_refused(r->store, str_of(r->key), "read", c, f);
	if (str_is(http_reply_header(c, "x-ms-resource-type"), "directory") ||
	    str_is(http_reply_header(c, "x-ms-meta-hdi_isfolder"), "true"))
		return STORE_ABSENT;
	if (http_status(c) == 200)
		total = (int64_t)http_body(c).n; /* at most a block */
	else if (!parse_total(http_reply_header(c, "content-range"), &total))
		return fail_set(f, FAIL_DATA,
				"'%s': the service does not tell its size",
				r->base.name);
	r->base.bytes = (uint64_t)total;
	if (etag.n == 0 || http_body(c).n != block_bytes(r, 0))
		return fail_set(f, FAIL_DATA,
				"'%s': %zu bytes came of %llu, or no ETag",
				r->base.name, http_body(c).n,
				(unsigned long long)block_bytes(r, 0));
	r->etag = store_copy(etag);
	return r->etag == NULL ? fail_memory(f) : 0;
}

static char *
join_name(const char *url, struct str key)
{
	struct buf b;
	char *name = NULL;

	buf_init(&b, LIMIT_PATH * 2);
	if (buf_addf(&b, "%s/", url) == 0 && buf_add_str(&b, key) == 0)
		name = store_copy(buf_str(&b));
	buf_release(&b);
	return name;
}

int
azure_reader_open(struct store_reader **out, struct store *s, struct str key,
		  struct fail *f)
{
	struct azure_reader *r = calloc(1, sizeof(*r));
	struct azure_request first;
	char range[RANGE_MAX];
	int rc = 0;

	if (r == NULL)
		return fail_memory(f);
	r->base.backend = s->backend;
	r->store = (struct azure *)s;
	r->key = store_copy(key);
	r->base.name = join_name(s->url, key);
	if (r->key == NULL || r->base.name == NULL) {
		rc = fail_memory(f);
	} else {
		first = ask_for(r, 0, range);
		rc = azure_run(&r->slot[0].call, r->store, &first, f);
	}
	if (rc == 0)
		rc = take_first(r, f);
	if (rc != 0) {
		azure_reader_close(&r->base);
		return rc;
	}
	*out = &r->base;
	return 0;
}

void
azure_reader_close(struct store_reader *base)
{
	struct azure_reader *r = (struct azure_reader *)base;

	for (size_t i = 0; i < SLOTS; i++)
		http_end(r->slot[i].call);
	free(r->etag);
	free(r->key);
	free(r->base.name);
	free(r);
}

/* ---- blocks ---- */

/* The block in a slot, under way if it was not there. */
static int
want_block(struct azure_reader *r, uint64_t index, struct slot **out,
	   struct fail *f)
{
	struct slot *oldest = &r->slot[0];

	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &r->slot[i];

		if (slot->call != NULL && slot->index == index) {
			slot->used = ++r->clock;
			*out = slot;
			return 0;
		}
		if (slot->call == NULL ||
		    (oldest->call != NULL && slot->used < oldest->used))
			oldest = slot;
	}
	http_end(oldest->call);
	oldest->call = NULL;
	*out = oldest;
	return start_block(r, oldest, index, f);
}

static int
wait_block(struct azure_reader *r, struct slot *slot, struct fail *f)
{
	struct http_call *c = slot->call;
	uint64_t start = slot->index * BLOCK;
	int rc = http_wait(c, f);

	if (rc != 0)
		return rc;
	if (azure_is_absent(c) || http_status(c) == 412)
		return fail_set(f, FAIL_RETRY,
				"'%s' was %s while it was read; run again",
				r->base.name,
				http_status(c) == 412 ? "replaced" : "deleted");
	if (http_status(c) != 206 && http_status(c) != 200)
		return azure_refused(r->store, str_of(r->key), "read", c, f);
	if (http_body(c).n != block_bytes(r, slot->index))
		return fail_set(f, FAIL_DATA,
				"'%s': %zu bytes came of %llu at %llu",
				r->base.name, http_body(c).n,
				(unsigned long long)block_bytes(r, slot->index),
				(unsigned long long)start);
	return 0;
}

int
azure_reader_get(struct store_reader *base, uint64_t offset, void *dst,
		 size_t n, struct fail *f)
{
	struct azure_reader *r = (struct azure_reader *)base;
	/* the end of a range that goes on is the start of the next */
	bool is_onward = offset == r->next && offset > 0;
	char *to = dst;

	r->next = offset + n;
	while (n > 0) {
		uint64_t index = offset / BLOCK;
		size_t at = (size_t)(offset % BLOCK), part;
		struct slot *slot, *ahead;
		int rc = want_block(r, index, &slot, f);

		for (uint64_t k = 1; rc == 0 && k <= AHEAD; k++) {
			uint64_t start = (index + k) * BLOCK;

			if (start < base->bytes &&
			    (is_onward || start < offset + n))
				rc = want_block(r, index + k, &ahead, f);
		}
		if (rc == 0)
			rc = wait_block(r, slot, f);
		if (rc != 0)
			return rc;
		part = http_body(slot->call).n - at;
		part = part < n ? part : n;
		memcpy(to, http_body(slot->call).p + at, part);
		to += part;
		offset += part;
		n -= part;
	}
	return 0;
}
