/* SPDX-License-Identifier: MIT */
/*
 * The pool: calls in one list, those under way in curl's multi handle, which
 * keeps the connections. One step lets curl work, hears what is done, wakes
 * what has waited, and then sleeps until a socket stirs. After a signal that
 * asks to stop nothing is tried again, and what is under way has ten seconds.
 */
#include "http/http.h"

#include <assert.h>
#include <stdlib.h>

#include "http/http_call.h"
#include "io/io.h"

#define CONNECTIONS 8L
#define SLEEP_MS    500
#define STOP_US	    (10 * UTC_SECOND)

struct http {
	CURLM *multi;
	struct http_call *call; /* all that were started and not ended */
	int64_t patience_ms;
	int64_t stop_us; /* when the signal was noticed, 0: none yet */
};

int
http_open(struct http **out, int64_t patience_ms, struct fail *f)
{
	struct http *h;
	int rc = http_curl_load(f);

	if (rc != 0)
		return rc;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return fail_memory(f);
	if (http_curl()->global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(h);
		return fail_memory(f);
	}
	h->patience_ms = patience_ms > 0 ? patience_ms : HTTP_PATIENCE_MS;
	h->multi = http_curl()->multi_init();
	if (h->multi == NULL ||
	    http_curl()->multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
				      CONNECTIONS) != 0 ||
	    http_curl()->multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
				      CONNECTIONS) != 0) {
		http_close(h);
		return fail_memory(f);
	}
	*out = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	assert(h->call == NULL);
	http_curl()->multi_cleanup(h->multi);
	http_curl()->global_cleanup();
	free(h);
}

int
http_start(struct http_call **out, struct http *h, const struct http_request *r,
	   struct fail *f)
{
	struct http_call *c = calloc(1, sizeof(*c));
	int64_t ms = r->patience_ms > 0 ? r->patience_ms : h->patience_ms;
	int rc;

	if (c == NULL)
		return fail_memory(f);
	c->pool = h;
	c->begun_us = utc_monotonic();
	c->patience_us = ms * UTC_MS;
	c->next = h->call;
	h->call = c;
	rc = call_prepare(c, r, f);
	if (rc != 0) {
		http_end(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
http_end(struct http_call *c)
{
	struct http_call **at;

	if (c == NULL)
		return;
	for (at = &c->pool->call; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	if (c->stage == CALL_RUNNING)
		http_curl()->multi_remove_handle(c->pool->multi, c->easy);
	if (c->easy != NULL)
		http_curl()->easy_cleanup(c->easy);
	for (struct curl_slist *s = c->header; s != NULL; s = s->next)
		mem_wipe(s->data, strlen(s->data));
	http_curl()->slist_free_all(c->header);
	buf_release(&c->reply);
	buf_release(&c->head);
	free(c->name);
	free(c);
}

/* Send what waits and is due. Returns how long the next one must wait. */
static int
wake_calls(struct http *h)
{
	int64_t now = utc_monotonic();
	int sleep_ms = SLEEP_MS;

	for (struct http_call *c = h->call; c != NULL; c = c->next) {
		if (c->stage != CALL_WAITING)
			continue;
		if (c->wake_us <= now) {
			call_reset(c);
			if (http_curl()->multi_add_handle(h->multi, c->easy) !=
			    0)
				call_stop(c, FAIL_MEMORY, "out of memory");
			else
				c->stage = CALL_RUNNING;
		} else if (c->wake_us - now < sleep_ms * UTC_MS) {
			/* below SLEEP_MS; rounded up, not to spin */
			sleep_ms = (int)((c->wake_us - now) / UTC_MS) + 1;
		}
	}
	return sleep_ms;
}

/* Hear what curl is done with; true when a call is done for good. */
static bool
hear_calls(struct http *h)
{
	struct CURLMsg *m;
	bool is_any = false;
	int left;

	while ((m = http_curl()->multi_info_read(h->multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		CURL *easy = m->easy_handle;
		char *p = NULL;
		struct http_call *c;

		if (m->msg != CURLMSG_DONE)
			continue;
		http_curl()->easy_getinfo(easy, CURLINFO_PRIVATE, &p);
		c = (struct http_call *)(void *)p;
		http_curl()->multi_remove_handle(h->multi, easy);
		call_judge(c, code, utc_monotonic(), h->stop_us != 0);
		is_any |= c->stage == CALL_DONE;
	}
	return is_any;
}

/* What a signal leaves undone. */
static void
stop_calls(struct http *h)
{
	int64_t now = utc_monotonic();

	if (io_stop_signal() == 0)
		return;
	if (h->stop_us == 0)
		h->stop_us = now;
	for (struct http_call *c = h->call; c != NULL; c = c->next) {
		bool is_late = now - h->stop_us > STOP_US;

		if (c->stage == CALL_RUNNING && is_late)
			http_curl()->multi_remove_handle(h->multi, c->easy);
		if ((c->stage == CALL_WAITING && c->tries > 0) ||
		    (c->stage != CALL_DONE && is_late))
			call_stop(c, FAIL_SIGNAL, "stopped by a signal");
	}
}

int
http_drive(struct http *h, struct fail *f)
{
	int running, sleep_ms;
	CURLMcode code;

	stop_calls(h);
	sleep_ms = wake_calls(h);
	code = http_curl()->multi_perform(h->multi, &running);
	if (code == CURLM_OK && !hear_calls(h))
		code = http_curl()->multi_poll(h->multi, NULL, 0, sleep_ms,
					       NULL);
	if (code != CURLM_OK)
		return fail_set(
			f, code == CURLM_OUT_OF_MEMORY ? FAIL_MEMORY : FAIL_IO,
			"cannot wait for the network: %s",
			http_curl()->multi_strerror(code));
	return 0;
}

bool
http_is_done(const struct http_call *c)
{
	return c->stage == CALL_DONE;
}

int
http_wait(struct http_call *c, struct fail *f)
{
	while (c->stage != CALL_DONE) {
		int rc = http_drive(c->pool, f);

		if (rc != 0)
			return rc;
	}
	return c->rc < 0 ? fail_set(f, c->rc, "%s", c->fail.text) : c->rc;
}

int
http_run(struct http_call **out, struct http *h, const struct http_request *r,
	 struct fail *f)
{
	int rc;

	*out = NULL;
	rc = http_start(out, h, r, f);
	if (rc != 0)
		return rc;
	assert(*out != NULL);
	return http_wait(*out, f);
}

int
http_status(const struct http_call *c)
{
	return c->status;
}

struct str
http_body(const struct http_call *c)
{
	return buf_str(&c->reply);
}

const char *
http_trouble(const struct http_call *c)
{
	return c->detail;
}

bool
http_is_unresolved(const struct http_call *c)
{
	return c->is_unresolved;
}

static bool
is_name(struct str line, const char *name, size_t n)
{
	if (line.n <= n || line.p[n] != ':')
		return false;
	for (size_t i = 0; i < n; i++) {
		char ch = line.p[i];

		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch - 'A' + 'a');
		if (ch != name[i])
			return false;
	}
	return true;
}

struct str
http_reply_header(const struct http_call *c, const char *name)
{
	const char *p = c->head.p, *end = p + c->head.len;
	size_t n = strlen(name);

	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		struct str line = {p, (size_t)((lf == NULL ? end : lf) - p)};

		p += line.n + 1;
		if (!is_name(line, name, n))
			continue;
		line = (struct str){line.p + n + 1, line.n - n - 1};
		while (line.n > 0 && line.p[0] == ' ')
			line = (struct str){line.p + 1, line.n - 1};
		while (line.n > 0 && (line.p[line.n - 1] == '\r' ||
				      line.p[line.n - 1] == ' '))
			line.n--;
		return line;
	}
	return (struct str){NULL, 0};
}
