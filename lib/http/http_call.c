/* SPDX-License-Identifier: MIT */
/*
 * One call: what curl is told, what it gives back, and whether to try again.
 * Bodies are read by a callback, not handed over whole, because curl sends a
 * request again by itself when a connection that was kept turns out dead;
 * the callback lets it rewind only what is safe to repeat. So every second
 * sending is one that we know of.
 *
 * Waits: "decorrelated jitter", a random time between the base and three
 * times the wait before (M. Brooker, "Exponential Backoff and Jitter", AWS
 * Architecture Blog, 2015).
 */
#include "http/http_call.h"

#include <stdlib.h>

#define HEAD_MAX      ((size_t)64 << 10)
#define PAUSE_BASE_MS ((int64_t)100)
#define PAUSE_MAX_MS  ((int64_t)15000)
#define CONNECT_MS    ((int64_t)10000)
#define STALL_S	      ((int64_t)30) /* as slow as that: a try is given up */
#define SLOW	      1024L	    /* bytes a second */
#define TRIES	      6		    /* that patience should be enough for */
#define SOCKET_BLOCK  (256L << 10)

/* ---- what curl calls ---- */

static size_t
take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct http_call *c = ctx;

	if (buf_add(&c->reply, p, size * n) != 0) {
		c->is_too_large = true;
		return 0;
	}
	return size * n;
}

/* Lines of every answer come here, of 100s and proxies too: the last one's
 * are kept. */
static size_t
take_head(char *p, size_t size, size_t n, void *ctx)
{
	struct http_call *c = ctx;
	struct str line = {p, size * n};

	if (str_starts(line, "HTTP/"))
		buf_reset(&c->head);
	return buf_add_str(&c->head, line) == 0 ? size * n : 0;
}

static size_t
give_body(char *p, size_t size, size_t n, void *ctx)
{
	struct http_call *c = ctx;
	size_t left = c->body.n - c->sent;
	size_t give = left < size * n ? left : size * n;

	if (give > 0)
		memcpy(p, c->body.p + c->sent, give);
	c->sent += give;
	return give;
}

static int
seek_body(void *ctx, curl_off_t offset, int origin)
{
	struct http_call *c = ctx;

	if (origin != SEEK_SET || offset < 0 ||
	    (uint64_t)offset > (uint64_t)c->body.n || !c->is_safe_to_repeat)
		return CURL_SEEKFUNC_FAIL;
	c->sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* ---- setting up ---- */

static int
add_header(struct http_call *c, const char *name, const char *value)
{
	struct buf line;
	struct curl_slist *more = NULL;

	/* "Name;" is how curl is told to send a header without a value */
	buf_init(&line, HEAD_MAX);
	if (buf_addf(&line, value[0] == '\0' ? "%s;" : "%s: %s", name, value) ==
		    0 &&
	    buf_add_char(&line, '\0') == 0)
		more = http_curl()->slist_append(c->header, line.p);
	mem_wipe(line.p, line.len);
	buf_release(&line);
	if (more == NULL)
		return FAIL_MEMORY;
	c->header = more;
	return 0;
}

static int
set_headers(struct http_call *c, const struct http_request *r)
{
	struct curl_slist *more = http_curl()->slist_append(c->header,
							    "Expect:");
	int rc = more == NULL ? FAIL_MEMORY : 0;

	if (rc == 0)
		c->header = more;
	for (size_t i = 0; rc == 0 && i < r->header_n; i++)
		rc = add_header(c, r->header[i].name, r->header[i].value);
	return rc;
}

static bool
set_body(struct http_call *c, const char *verb)
{
	if (strcmp(verb, "HEAD") == 0)
		return http_curl()->easy_setopt(c->easy, CURLOPT_NOBODY, 1L) ==
		       0;
	if (strcmp(verb, "PUT") != 0 && strcmp(verb, "POST") != 0)
		return true;
	return http_curl()->easy_setopt(c->easy, CURLOPT_UPLOAD, 1L) == 0 &&
	       http_curl()->easy_setopt(c->easy, CURLOPT_INFILESIZE_LARGE,
					(curl_off_t)c->body.n) == 0 &&
	       http_curl()->easy_setopt(c->easy, CURLOPT_READFUNCTION,
					give_body) == 0 &&
	       http_curl()->easy_setopt(c->easy, CURLOPT_READDATA, c) == 0 &&
	       http_curl()->easy_setopt(c->easy, CURLOPT_SEEKFUNCTION,
					seek_body) == 0 &&
	       http_curl()->easy_setopt(c->easy, CURLOPT_SEEKDATA, c) == 0;
}

/* A variable of the environment as an option, if it is set. */
static bool
set_from(struct http_call *c, CURLoption option, const char *variable)
{
	const char *value = getenv(variable);

	return value == NULL || value[0] == '\0' ||
	       http_curl()->easy_setopt(c->easy, option, value) == 0;
}

static bool
set_transport(struct http_call *c)
{
	int64_t share_ms = c->patience_us / UTC_MS / TRIES;
	int64_t stall_s = share_ms / 1000 < 1	      ? 1
			  : share_ms / 1000 > STALL_S ? STALL_S
						      : share_ms / 1000;
	int64_t connect_ms = share_ms < 100	     ? 100
			     : share_ms > CONNECT_MS ? CONNECT_MS
						     : share_ms;
	CURL *e = c->easy;

	return http_curl()->easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_PROTOCOLS_STR,
					"http,https") == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_HTTP_VERSION,
					(long)CURL_HTTP_VERSION_1_1) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_PATH_AS_IS, 1L) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_USERAGENT, "playpipe") ==
		       0 &&
	       http_curl()->easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_BUFFERSIZE, SOCKET_BLOCK) ==
		       0 &&
	       http_curl()->easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE,
					SOCKET_BLOCK) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
					(long)connect_ms) == 0 &&
	       http_curl()->easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, SLOW) ==
		       0 &&
	       http_curl()->easy_setopt(e, CURLOPT_LOW_SPEED_TIME,
					(long)stall_s) == 0 &&
	       set_from(c, CURLOPT_CAINFO, "SSL_CERT_FILE") &&
	       set_from(c, CURLOPT_CAINFO, "CURL_CA_BUNDLE") &&
	       set_from(c, CURLOPT_CAPATH, "SSL_CERT_DIR");
}

int
call_prepare(struct http_call *c, const struct http_request *r, struct fail *f)
{
	size_t name_n = strcspn(r->url, "?");

	buf_init(&c->reply, r->reply_max);
	buf_init(&c->head, HEAD_MAX);
	c->body = r->body;
	c->is_safe_to_repeat = r->is_safe_to_repeat;
	c->name = malloc(name_n + 1);
	c->easy = http_curl()->easy_init();
	if (c->name == NULL || c->easy == NULL)
		return fail_memory(f);
	memcpy(c->name, r->url, name_n);
	c->name[name_n] = '\0';
	if (set_headers(c, r) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_URL, r->url) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, r->verb) !=
		    0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->header) !=
		    0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_WRITEFUNCTION,
				     take_body) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_WRITEDATA, c) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_HEADERFUNCTION,
				     take_head) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_HEADERDATA, c) != 0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->detail) !=
		    0 ||
	    http_curl()->easy_setopt(c->easy, CURLOPT_PRIVATE, c) != 0 ||
	    !set_body(c, r->verb) || !set_transport(c))
		return fail_memory(f);
	return 0;
}

void
call_reset(struct http_call *c)
{
	buf_reset(&c->reply);
	buf_reset(&c->head);
	c->sent = 0;
	c->status = 0;
	c->is_too_large = false;
	c->detail[0] = '\0';
	c->tries++;
}

/* ---- judging a try ---- */

static bool
is_trouble(int status)
{
	return status >= 500 || status == 408 || status == 429;
}

/* Can the server have begun to carry it out? */
static bool
was_sent(struct http_call *c)
{
	long bytes = 0;

	http_curl()->easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

/* A random wait, or the longer one the server asks for. */
static int64_t
pause_ms(struct http_call *c)
{
	int64_t before = c->pause_ms > PAUSE_BASE_MS ? c->pause_ms
						     : PAUSE_BASE_MS;
	int64_t ms = PAUSE_BASE_MS +
		     hash_nonce() % (before * 3 - PAUSE_BASE_MS + 1);
	curl_off_t asked_s = 0;

	c->pause_ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
	http_curl()->easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &asked_s);
	if (asked_s > HTTP_PATIENCE_MS / 1000)
		asked_s = HTTP_PATIENCE_MS / 1000;
	return asked_s * 1000 > c->pause_ms ? asked_s * 1000 : c->pause_ms;
}

static void
finish(struct http_call *c, int rc)
{
	c->stage = CALL_DONE;
	c->rc = rc;
}

void
call_stop(struct http_call *c, int rc, const char *why)
{
	fail_set(&c->fail, rc, "'%s': %s", c->name, why);
	finish(c, rc);
}

/* Troubles that no repetition mends. */
static bool
is_hopeless(struct http_call *c, CURLcode code)
{
	switch (code) {
	case CURLE_WRITE_ERROR:
		if (!c->is_too_large)
			return false;
		call_stop(c, FAIL_DATA, "the reply is too large");
		return true;
	case CURLE_OUT_OF_MEMORY:
		call_stop(c, FAIL_MEMORY, "out of memory");
		return true;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		call_stop(c, FAIL_USAGE, "not an HTTP URL");
		return true;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		fail_set(&c->fail, FAIL_DENIED,
			 "'%s': the server's certificate is not trusted: %s",
			 c->name, c->detail);
		finish(c, FAIL_DENIED);
		return true;
	default:
		return false;
	}
}

void
call_judge(struct http_call *c, CURLcode code, int64_t now_us, bool is_stopping)
{
	long status = 0;
	bool is_in_doubt;
	int64_t pause;

	if (code == CURLE_OK)
		http_curl()->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE,
					  &status);
	c->status = (int)status; /* three digits */
	c->is_unresolved = code == CURLE_COULDNT_RESOLVE_HOST;
	if (code == CURLE_OK && !is_trouble(c->status)) {
		finish(c, HTTP_DONE);
		return;
	}
	if (is_hopeless(c, code))
		return;
	if (code != CURLE_OK && c->detail[0] == '\0')
		snprintf(c->detail, sizeof(c->detail), "%s",
			 http_curl()->easy_strerror(code));
	is_in_doubt = !c->is_safe_to_repeat && c->status != 429 && was_sent(c);
	pause = pause_ms(c);
	if (!is_in_doubt && !is_stopping &&
	    now_us + pause * UTC_MS < c->begun_us + c->patience_us) {
		c->stage = CALL_WAITING;
		c->wake_us = now_us + pause * UTC_MS;
		return;
	}
	if (is_in_doubt) {
		if (code == CURLE_OK)
			snprintf(c->detail, sizeof(c->detail),
				 "the server has answered %d", c->status);
		finish(c, HTTP_UNKNOWN);
	} else if (code == CURLE_OK) {
		finish(c, HTTP_DONE);
	} else {
		fail_set(&c->fail, FAIL_RETRY,
			 "cannot reach '%s': %s (tried %u times in %lld s)",
			 c->name, c->detail, c->tries,
			 (long long)((now_us - c->begun_us) / UTC_SECOND));
		finish(c, FAIL_RETRY);
	}
}
