/* SPDX-License-Identifier: MIT */
/* Private to http: one call, as the pool sees it. */
#ifndef HTTP_HTTP_CALL_H
#define HTTP_HTTP_CALL_H

#include "http/http_curl.h"

#include "http/http.h"

enum call_stage {
	CALL_WAITING, /* for wake_us, to be sent (again) */
	CALL_RUNNING, /* in curl's hands */
	CALL_DONE,
};

struct http_call {
	struct http *pool;
	struct http_call *next; /* in the pool's list */
	enum call_stage stage;

	CURL *easy;
	struct curl_slist *header;
	char *name; /* the URL without what stands behind '?' */
	struct str body;
	size_t sent; /* bytes of body given to curl */
	size_t header_bytes_max;
	bool is_safe_to_repeat;
	bool is_too_large; /* the reply */
	bool is_unresolved;

	int64_t begun_us;
	int64_t patience_us;
	int64_t wake_us;
	int64_t pause_ms; /* the one before */
	unsigned tries;

	struct buf reply;
	struct buf head; /* header lines of the last answer */
	int status;
	int rc;
	char detail[CURL_ERROR_SIZE];
	struct fail fail; /* of rc */
};

/* Make the handle curl works on. */
int call_prepare(struct http_call *c, const struct http_request *r,
		 struct fail *f) PORT_MUST_CHECK;
/* Before each try. */
void call_reset(struct http_call *c);
/* curl is done with a try: the call is done, or waits for the next one. */
void call_judge(struct http_call *c, CURLcode code, int64_t now_us,
		bool is_stopping);
/* Done without an answer. */
void call_stop(struct http_call *c, int rc, const char *why);

#endif
