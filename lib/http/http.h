/* SPDX-License-Identifier: MIT */
/*
 * http - requests to services over one pool of connections, several in
 * flight from one thread, each repeated in patience where that is safe. A
 * call is started, driven together with the others, waited for, looked at
 * and ended:
 *
 *   rc = http_start(&c, h, &request, f);
 *   if (rc == 0)
 *           rc = http_wait(c, f);
 *   if (rc == 0 && http_status(c) == 200)
 *           use(http_body(c));
 *   http_end(c);
 *
 * Certificates are verified; CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR
 * name others than the system's, http_proxy, https_proxy and no_proxy mean
 * what they mean to curl(1). No redirect is followed. Messages name a URL up
 * to its '?', for behind it secrets may stand. A pool and its calls belong to
 * one thread.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* How long a call may be repeated unless said otherwise. */
#define HTTP_PATIENCE_MS ((int64_t)180000)
#define HTTP_DATE_MAX	 30 /* an IMF-fixdate and its NUL */

enum {
	HTTP_DONE = 0,	  /* there is a status */
	HTTP_UNKNOWN = 1, /* sent; whether it was carried out nobody knows */
};

struct http;
struct http_call;

/* patience_ms: how long a call may be repeated; 0 for HTTP_PATIENCE_MS. */
int http_open(struct http **out, int64_t patience_ms,
	      struct fail *f) PORT_MUST_CHECK;
/* Every call must have been ended. */
void http_close(struct http *h);

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	const char *verb; /* GET, HEAD, DELETE; with a body: PUT, POST */
	const char *url;  /* copied */
	const struct http_header *header; /* copied */
	size_t header_n;
	struct str body;	/* borrowed until the call is done */
	size_t reply_max;	/* bytes of the reply's body at most */
	int64_t patience_ms;	/* 0: the pool's */
	bool is_safe_to_repeat; /* twice does the same as once */
};

/*
 * Start a call. What is safe to repeat is repeated after a 5xx, 408, 429 or
 * a broken connection, with growing waits or those that the server asks for,
 * as long as patience lasts; anything else only if it cannot have been
 * carried out.
 */
int http_start(struct http_call **out, struct http *h,
	       const struct http_request *r, struct fail *f) PORT_MUST_CHECK;

/* Let all calls go on until something happens, or half a second. */
int http_drive(struct http *h, struct fail *f) PORT_MUST_CHECK;

bool http_is_done(const struct http_call *c);

/*
 * Drive until the call is done. HTTP_DONE: the server has answered, maybe
 * with an error. HTTP_UNKNOWN: only of what is not safe to repeat; f is left
 * alone and http_trouble() says why. FAIL_RETRY: no answer in patience.
 */
int http_wait(struct http_call *c, struct fail *f) PORT_MUST_CHECK;

/* Of a done call, until its end. A header's name in lower case; absent: an
 * empty text. */
int http_status(const struct http_call *c);
struct str http_body(const struct http_call *c);
struct str http_reply_header(const struct http_call *c, const char *name);
const char *http_trouble(const struct http_call *c);
/* Was there no such host at the last try? */
bool http_is_unresolved(const struct http_call *c);

/* Let go, also of a call under way. NULL is allowed. */
void http_end(struct http_call *c);

/* start, wait: *out is to be ended if it is not NULL, whatever came out. */
int http_run(struct http_call **out, struct http *h,
	     const struct http_request *r, struct fail *f) PORT_MUST_CHECK;

/* "Mon, 23 Nov 2026 15:10:40 GMT" (RFC 9110 section 5.6.7) as microseconds;
 * 0, or -1 when it is none. Pure. */
int http_date_parse(struct str text, int64_t *us) PORT_MUST_CHECK;
/* The same written, with a NUL. Pure. */
void http_date_format(char text[HTTP_DATE_MAX], int64_t us);

/* Append s with everything but letters, digits and - . _ ~ as %XX; slashes
 * stay if is_path. */
int http_escape(struct buf *out, struct str s, bool is_path) PORT_MUST_CHECK;

#endif
