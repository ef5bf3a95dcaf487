/* SPDX-License-Identifier: MIT */
/*
 * A container of Azure Blob Storage as a store. Put-if-absent is one Put Blob
 * with "If-None-Match: *", of which any number of writers exactly one wins;
 * it is never sent twice blindly. When its answer is lost, the blob is read
 * back: our bytes in it mean that we had won.
 */
#include "store/azure.h"

#include <stdlib.h>

#include "io/io.h"

#define LIST_MAX  ((size_t)64 << 20) /* a page of 5,000 names */
#define PAGES	  100000	     /* of one listing */
#define PAUSE_MS  ((int64_t)100)
#define PAUSE_MAX ((int64_t)5000)

static const struct store_backend backend;

static void
close_azure(struct store *base)
{
	struct azure *s = (struct azure *)base;

	for (size_t i = 0; i < AZURE_UPLOADS; i++) {
		http_end(s->upload[i].call);
		buf_release(&s->upload[i].block);
	}
	http_close(s->http);
	azure_login_close(s->login);
	azure_config_release(&s->config);
	free(s);
}

int
azure_open(struct store **out, const char *url, struct fail *f)
{
	struct azure *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return fail_memory(f);
	s->base.backend = &backend;
	for (size_t i = 0; i < AZURE_UPLOADS; i++)
		buf_init(&s->upload[i].block, AZURE_BLOCK);
	rc = azure_config_load(&s->config, url, f);
	s->base.url = s->config.url;
	if (rc == 0)
		rc = azure_login_open(&s->login, &s->config, f);
	if (rc == 0)
		rc = http_open(&s->http, s->config.patience_ms, f);
	if (rc != 0) {
		close_azure(&s->base);
		return rc;
	}
	*out = &s->base;
	return 0;
}

/* ---- one blob ---- */

static bool
is_folder(const struct http_call *c)
{
	return str_is(http_reply_header(c, "x-ms-resource-type"),
		      "directory") ||
	       str_is(http_reply_header(c, "x-ms-meta-hdi_isfolder"), "true");
}

static int
stat_blob(struct store *base, struct str key, struct store_info *out,
	  struct fail *f)
{
	struct azure *s = (struct azure *)base;
	const struct azure_request r = {
		.verb = "HEAD", .key = key, .is_safe_to_repeat = true};
	struct http_call *c;
	struct str length;
	int64_t bytes, mtime_us;
	int rc = azure_run(&c, s, &r, f);

	if (rc != 0)
		goto out;
	if (azure_is_absent(c) || (http_status(c) == 200 && is_folder(c))) {
		rc = STORE_ABSENT;
		goto out;
	}
	if (http_status(c) != 200) {
		rc = azure_refused(s, key, "look", c, f);
		goto out;
	}
	length = http_reply_header(c, "content-length");
	if (num_parse_i64(length.p, length.n, &bytes) != 0 || bytes < 0 ||
	    http_date_parse(http_reply_header(c, "last-modified"), &mtime_us) !=
		    0) {
		rc = fail_set(f, FAIL_DATA,
			      "'%s/%.*s': the service tells neither size nor "
			      "time",
			      base->url, STR_ARG(key));
		goto out;
	}
	out->bytes = (uint64_t)bytes;
	out->mtime_ms = mtime_us / UTC_MS;
out:
	http_end(c);
	return rc;
}

/* A large one goes in blocks, which need not all be sent again. */
static int
put_large(struct store *base, struct str key, struct str data, struct fail *f)
{
	struct store_writer *w = NULL;
	int rc = azure_writer_open(&w, base, key, f);

	if (rc == 0)
		rc = azure_writer_put(w, data.p, data.n, f);
	if (rc == 0)
		rc = azure_writer_commit(w, f);
	if (w != NULL)
		azure_writer_close(w);
	return rc;
}

static int
put_blob(struct store *base, struct str key, struct str data, struct fail *f)
{
	struct azure *s = (struct azure *)base;
	const struct azure_request r = {
		.verb = "PUT",
		.key = key,
		.header = {{"x-ms-blob-type", "BlockBlob"}},
		.header_n = 1,
		.body = data,
		.is_safe_to_repeat = true,
	};
	struct http_call *c;
	int rc;

	if (data.n > AZURE_BLOCK)
		return put_large(base, key, data, f);
	rc = azure_run(&c, s, &r, f);
	if (rc == 0 && http_status(c) != 201)
		rc = azure_refused(s, key, "write", c, f);
	http_end(c);
	return rc;
}

/* ---- put-if-absent ---- */

/* Are these bytes what is there? STORE_OK, STORE_EXISTS (others), ABSENT. */
static int
compare_blob(struct azure *s, struct str key, struct str data, struct fail *f)
{
	struct store_reader *r = NULL;
	struct buf back;
	int rc = azure_reader_open(&r, &s->base, key, f);

	if (rc != STORE_OK)
		return rc;
	buf_init(&back, data.n);
	if (r->bytes != data.n)
		rc = STORE_EXISTS;
	else if (data.n > 0 && buf_reserve(&back, data.n) != 0)
		rc = fail_memory(f);
	else if (data.n > 0)
		rc = azure_reader_get(r, 0, back.p, data.n, f);
	if (rc == 0 && data.n > 0 && memcmp(back.p, data.p, data.n) != 0)
		rc = STORE_EXISTS;
	buf_release(&back);
	azure_reader_close(r);
	return rc;
}

/* Sleep, unless a signal asks to stop. */
static int
wait_ms(struct azure *s, int64_t ms, struct fail *f)
{
	int64_t until = utc_monotonic() + ms * UTC_MS;
	struct timespec t = {.tv_sec = ms / 1000,
			     .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&t, NULL); /* a signal ends it early */
	return utc_monotonic() < until - UTC_MS && io_stop_signal() != 0
		       ? fail_set(f, FAIL_SIGNAL, "'%s': stopped by a signal",
				  s->base.url)
		       : 0;
}

/* One sending: STORE_OK, STORE_EXISTS, or HTTP_UNKNOWN in *is_unknown. */
static int
send_if_absent(struct azure *s, struct str key, struct str data,
	       bool *is_unknown, struct buf *trouble, struct fail *f)
{
	const struct azure_request r = {
		.verb = "PUT",
		.key = key,
		.header = {{"if-none-match", "*"},
			   {"x-ms-blob-type", "BlockBlob"}},
		.header_n = 2,
		.body = data,
	};
	struct http_call *c;
	int status, rc = azure_run(&c, s, &r, f);

	*is_unknown = rc == HTTP_UNKNOWN;
	if (rc == HTTP_UNKNOWN) {
		buf_reset(trouble);
		rc = buf_add_cstr(trouble, http_trouble(c)) == 0
			     ? 0
			     : fail_memory(f);
	} else if (rc == 0) {
		status = http_status(c);
		if (status == 412 || status == 304 ||
		    (status == 409 && (azure_is_error(c, "BlobAlreadyExists") ||
				       azure_is_error(c, "PathAlreadyExists"))))
			rc = STORE_EXISTS;
		else if (status != 201)
			rc = azure_refused(s, key, "create", c, f);
	}
	http_end(c);
	return rc;
}

static int
put_if_absent(struct store *base, struct str key, struct str data,
	      struct fail *f)
{
	struct azure *s = (struct azure *)base;
	int64_t patience = s->config.patience_ms > 0 ? s->config.patience_ms
						     : HTTP_PATIENCE_MS;
	int64_t until = utc_monotonic() + patience * UTC_MS;
	int64_t pause = PAUSE_MS;
	bool is_unknown, is_in_doubt = false;
	struct buf trouble;
	int rc;

	buf_init(&trouble, LIMIT_PATH);
	for (;;) {
		rc = send_if_absent(s, key, data, &is_unknown, &trouble, f);
		is_in_doubt |= is_unknown;
		if (rc < 0 || (rc == STORE_OK && !is_unknown) || !is_in_doubt)
			break;
		/* lost an answer, now or before: what is there? */
		rc = compare_blob(s, key, data, f);
		if (rc != STORE_ABSENT)
			break;
		rc = wait_ms(s, pause, f);
		if (rc != 0)
			break;
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
		if (utc_monotonic() > until) {
			rc = fail_set(f, FAIL_RETRY,
				      "'%s/%.*s': not created: %.*s", base->url,
				      STR_ARG(key), STR_ARG(buf_str(&trouble)));
			break;
		}
	}
	buf_release(&trouble);
	return rc;
}

/* ---- listing ---- */

static int
get_page(struct azure *s, struct str prefix, struct str start, bool is_deep,
	 struct azure_page *p, struct fail *f)
{
	struct azure_request r = {
		.verb = "GET",
		.param = {{"comp", STR_LIT("list")},
			  {"restype", STR_LIT("container")},
			  {"maxresults", STR_LIT("5000")}},
		.param_n = 3,
		.reply_max = LIST_MAX,
		.is_safe_to_repeat = true,
	};
	struct http_call *c;
	struct buf marker = p->marker;
	int rc;

	if (prefix.n > 0)
		r.param[r.param_n++] = (struct azure_param){"prefix", prefix};
	if (!is_deep)
		r.param[r.param_n++] = (struct azure_param){"delimiter",
							    STR_LIT("/")};
	if (marker.len > 0)
		r.param[r.param_n++] = (struct azure_param){"marker",
							    buf_str(&marker)};
	else if (start.n > prefix.n && !s->is_start_refused)
		r.param[r.param_n++] = (struct azure_param){"startFrom", start};
	rc = azure_run(&c, s, &r, f);
	/* it is new, and only saves reading names that are filtered out */
	if (rc == 0 && http_status(c) == 400 && marker.len == 0 &&
	    start.n > prefix.n && !s->is_start_refused) {
		http_end(c);
		s->is_start_refused = true;
		return get_page(s, prefix, start, is_deep, p, f);
	}
	if (rc == 0 && http_status(c) != 200)
		rc = azure_refused(s, STR_LIT(""), "list", c, f);
	else if (rc == 0)
		rc = azure_page_parse(p, http_body(c), f);
	http_end(c);
	return rc;
}

/* The name in the container of a key, or of a folder's beginning. */
static int
add_name(struct buf *out, const struct azure *s, struct str key)
{
	int rc = 0;

	if (s->config.root[0] != '\0') {
		rc = buf_add_cstr(out, s->config.root);
		if (rc == 0)
			rc = buf_add_char(out, '/');
	}
	return rc != 0 ? rc : buf_add_str(out, key);
}

static int
list_blobs(struct store *base, const char *folder, struct str from,
	   bool is_deep, struct arena *a, struct store_list *out,
	   struct fail *f)
{
	struct azure *s = (struct azure *)base;
	struct store_found found = {.mem = a};
	struct azure_page p = {
		.folder_n = strlen(folder), .from = from, .found = &found};
	struct buf prefix, start;
	int rc;

	buf_init(&prefix, LIMIT_PATH);
	buf_init(&start, LIMIT_PATH);
	buf_init(&p.marker, LIMIT_PATH);
	rc = add_name(&prefix, s, str_of(folder));
	p.prefix = buf_str(&prefix);
	p.skip = prefix.len - (rc == 0 ? p.folder_n : 0);
	/* a server that knows it begins there; all others are filtered */
	if (rc == 0)
		rc = add_name(&start, s, from);
	if (rc != 0)
		rc = fail_memory(f);
	for (size_t pages = 0; rc == 0; pages++) {
		rc = get_page(s, buf_str(&prefix), buf_str(&start), is_deep, &p,
			      f);
		if (rc != 0 || p.marker.len == 0)
			break;
		if (pages == PAGES)
			rc = fail_set(f, FAIL_RETRY,
				      "'%s': the listing does not end",
				      base->url);
	}
	if (rc == 0)
		rc = store_found_take(&found, out, f);
	store_found_release(&found);
	buf_release(&prefix);
	buf_release(&start);
	buf_release(&p.marker);
	return rc;
}

static const struct store_backend backend = {
	.close = close_azure,
	.stat = stat_blob,
	.put = put_blob,
	.put_if_absent = put_if_absent,
	.delete_many = azure_delete_many,
	.list = list_blobs,
	.reader_open = azure_reader_open,
	.reader_get = azure_reader_get,
	.reader_close = azure_reader_close,
	.writer_open = azure_writer_open,
	.writer_put = azure_writer_put,
	.writer_commit = azure_writer_commit,
	.writer_close = azure_writer_close,
};
