/* SPDX-License-Identifier: MIT */
/* Requests against a server of this test's own, which answers by a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/http.h"

#define PATIENCE ((int64_t)6000)

/* ---- a server ---- */

struct server {
	pid_t pid;
	int requests[2]; /* a pipe: a byte a request that was read whole */
	char url[64];
};

/* Read a request with its body; false at the end of the connection. */
static bool
read_request(int fd, char *text, size_t size)
{
	size_t n = 0, body = 0, head = 0;

	for (;;) {
		ssize_t got = read(fd, text + n, size - 1 - n);
		const char *end, *length;

		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end == NULL)
			continue;
		head = (size_t)(end + 4 - text);
		length = strstr(text, "Content-Length: ");
		if (length != NULL && length < end)
			body = (size_t)strtoull(length + 16, NULL, 10);
		if (n >= head + body)
			return true;
	}
}

/* Each request gets the next answer; "" closes without one, NULL ends, and
 * "=" gives back the request itself. */
static void
serve(int fd, int told, const char *const *answer)
{
	static char text[1 << 16];

	while (*answer != NULL) {
		int in = accept(fd, NULL, NULL);

		while (*answer != NULL &&
		       read_request(in, text, sizeof(text))) {
			const char *a = *answer++;
			char echo[128];

			if (write(told, "r", 1) != 1 || a[0] == '\0')
				break;
			if (a[0] == '=') {
				snprintf(echo, sizeof(echo),
					 "HTTP/1.1 200 OK\r\n"
					 "Content-Length: %zu\r\n\r\n",
					 strlen(text));
				if (write(in, echo, strlen(echo)) < 0)
					break;
				a = text;
			}
			if (write(in, a, strlen(a)) < 0)
				break;
		}
		close(in);
	}
	_exit(0);
}

static void
server_start(struct server *s, const char *const *answer)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(pipe(s->requests), 0);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/x?sig=hush",
		 ntohs(at.sin_port));
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0)
		serve(fd, s->requests[1], answer);
	close(fd);
	close(s->requests[1]);
}

/* How many requests there were. */
static size_t
server_end(struct server *s)
{
	char bytes[64];
	ssize_t n;
	size_t all = 0;

	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	while ((n = read(s->requests[0], bytes, sizeof(bytes))) > 0)
		all += (size_t)n;
	close(s->requests[0]);
	return all;
}

/* ---- tests ---- */

#define OK(body)                                                               \
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"7\"\r\n\r\n" body
#define NONE(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"
#define LATER	     "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"

static int
no_proxy(void **state)
{
	(void)state;
	return setenv("no_proxy", "127.0.0.1", 1);
}

/* One call; its result, with the call still to be looked at. */
static int
run(struct http **h, struct http_call **c, struct server *s,
    const char *const *answer, const struct http_request *model, struct fail *f)
{
	struct http_request r = *model;

	server_start(s, answer);
	r.url = s->url;
	r.reply_max = 65536;
	assert_int_equal(http_open(h, PATIENCE, NULL), 0);
	return http_run(c, *h, &r, f);
}

static void
what_is_said_arrives(void **state)
{
	static const char *const answer[] = {"=", NULL};
	static const struct http_header header[] = {{"x-a", "1"},
						    {"x-empty", ""}};
	const struct http_request r = {.verb = "PUT",
				       .header = header,
				       .header_n = 2,
				       .body = STR_LIT("body")};
	struct server s;
	struct http *h;
	struct http_call *c;
	char text[1024];

	(void)state;
	assert_int_equal(run(&h, &c, &s, answer, &r, NULL), 0);
	assert_int_equal(http_status(c), 200);
	snprintf(text, sizeof(text), "%.*s", STR_ARG(http_body(c)));
	assert_true(str_starts(http_body(c), "PUT /x?sig=hush HTTP/1.1\r\n"));
	assert_non_null(strstr(text, "\r\nx-a: 1\r\n"));
	assert_non_null(strstr(text, "\r\nx-empty:\r\n"));
	assert_null(strstr(text, "Expect:"));
	assert_true(str_ends(http_body(c), "\r\n\r\nbody"));
	http_end(c);
	http_close(h);
	server_end(&s);
}

static void
trouble_is_waited_out(void **state)
{
	static const char *const answer[] = {NONE("500 Internal"), "",
					     NONE("429 Slow"), OK("ok"), NULL};
	const struct http_request r = {.verb = "PUT",
				       .body = STR_LIT("body"),
				       .is_safe_to_repeat = true};
	struct server s;
	struct http *h;
	struct http_call *c;

	(void)state;
	assert_int_equal(run(&h, &c, &s, answer, &r, NULL), 0);
	assert_int_equal(http_status(c), 200);
	assert_true(str_is(http_body(c), "ok"));
	assert_true(str_is(http_reply_header(c, "etag"), "\"7\""));
	assert_int_equal(http_reply_header(c, "absent").n, 0);
	http_end(c);
	http_close(h);
	assert_int_equal(server_end(&s), 4);
}

/* On a connection that was kept, too, where curl would send again. */
static void
what_may_have_been_done_is_not_sent_twice(void **state)
{
	static const char *const lost[] = {OK("ok"), "", OK("no"), NULL};
	static const char *const failed[] = {NONE("500 Internal"), OK("no"),
					     NULL};
	const struct http_request r = {.verb = "PUT", .body = STR_LIT("body")};
	struct http_request again = r;
	struct server s;
	struct http *h;
	struct http_call *c;

	(void)state;
	assert_int_equal(run(&h, &c, &s, lost, &r, NULL), 0);
	http_end(c);
	again.url = s.url;
	again.reply_max = 65536;
	assert_int_equal(http_run(&c, h, &again, NULL), HTTP_UNKNOWN);
	assert_true(http_trouble(c)[0] != '\0');
	http_end(c);
	http_close(h);
	assert_int_equal(server_end(&s), 2);

	assert_int_equal(run(&h, &c, &s, failed, &r, NULL), HTTP_UNKNOWN);
	assert_non_null(strstr(http_trouble(c), "500"));
	http_end(c);
	http_close(h);
	assert_int_equal(server_end(&s), 1);
}

/* What was turned away has not been done. */
static void
turned_away_is_sent_again(void **state)
{
	static const char *const answer[] = {NONE("429 Slow"), OK("ok"), NULL};
	const struct http_request r = {.verb = "PUT", .body = STR_LIT("body")};
	struct server s;
	struct http *h;
	struct http_call *c;

	(void)state;
	assert_int_equal(run(&h, &c, &s, answer, &r, NULL), 0);
	assert_int_equal(http_status(c), 200);
	http_end(c);
	http_close(h);
	assert_int_equal(server_end(&s), 2);
}

static void
a_server_says_when(void **state)
{
	static const char *const answer[] = {LATER, OK("ok"), NULL};
	const struct http_request r = {.verb = "GET",
				       .is_safe_to_repeat = true};
	struct server s;
	struct http *h;
	struct http_call *c;
	int64_t start = utc_monotonic();

	(void)state;
	assert_int_equal(run(&h, &c, &s, answer, &r, NULL), 0);
	assert_int_equal(http_status(c), 200);
	assert_true(utc_monotonic() - start >= UTC_SECOND);
	http_end(c);
	http_close(h);
	server_end(&s);
}

static void
patience_ends(void **state)
{
	static const char *const answer[] = {NONE("503 Busy"), NONE("503 Busy"),
					     NONE("503 Busy"), NONE("503 Busy"),
					     NONE("503 Busy"), NONE("503 Busy"),
					     NONE("503 Busy"), NONE("503 Busy"),
					     NONE("503 Busy"), NULL};
	struct http_request r = {
		.verb = "GET", .patience_ms = 600, .is_safe_to_repeat = true};
	struct server s;
	struct http *h;
	struct http_call *c;
	struct fail f = {0};
	int64_t start = utc_monotonic();

	(void)state;
	assert_int_equal(run(&h, &c, &s, answer, &r, NULL), 0);
	assert_int_equal(http_status(c), 503);
	assert_true(utc_monotonic() - start < 2 * UTC_SECOND);
	http_end(c);
	assert_true(server_end(&s) > 1);

	/* nobody listens any more: told without what stands behind '?' */
	r.url = s.url;
	assert_int_equal(http_run(&c, h, &r, &f), FAIL_RETRY);
	assert_non_null(strstr(f.text, "cannot reach 'http://127.0.0.1:"));
	assert_null(strstr(f.text, "hush"));
	http_end(c);
	http_close(h);
}

static void
a_reply_has_its_maximum(void **state)
{
	static const char *const answer[] = {OK("ok"), NULL};
	struct http_request r = {.verb = "GET", .is_safe_to_repeat = true};
	struct server s;
	struct http *h;
	struct http_call *c;

	(void)state;
	server_start(&s, answer);
	r.url = s.url;
	r.reply_max = 1;
	assert_int_equal(http_open(&h, PATIENCE, NULL), 0);
	assert_int_equal(http_run(&c, h, &r, NULL), FAIL_DATA);
	http_end(c);
	http_close(h);
	server_end(&s);
}

static void
dates_and_escapes(void **state)
{
	char text[HTTP_DATE_MAX];
	struct buf b;
	int64_t us;

	(void)state;
	http_date_format(text, 784111777 * UTC_SECOND + 5);
	assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(http_date_parse(str_of(text), &us), 0);
	assert_int_equal(us, 784111777 * UTC_SECOND);
	assert_int_equal(http_date_parse(STR_LIT("Sunday, 06-Nov-94 08:49:37 "
						 "GMT"),
					 &us),
			 -1);
	assert_int_equal(
		http_date_parse(STR_LIT("Sun, 06 Foo 1994 08:49:37 GMT"), &us),
		-1);
	assert_int_equal(http_date_parse(STR_LIT(""), &us), -1);
	buf_init(&b, 100);
	assert_int_equal(http_escape(&b, STR_LIT("a/b=c d%\xc3\xa9~"), true),
			 0);
	assert_true(str_is(buf_str(&b), "a/b%3Dc%20d%25%C3%A9~"));
	buf_reset(&b);
	assert_int_equal(http_escape(&b, STR_LIT("a/b"), false), 0);
	assert_true(str_is(buf_str(&b), "a%2Fb"));
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_arrives),
		cmocka_unit_test(trouble_is_waited_out),
		cmocka_unit_test(what_may_have_been_done_is_not_sent_twice),
		cmocka_unit_test(turned_away_is_sent_again),
		cmocka_unit_test(a_server_says_when),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(a_reply_has_its_maximum),
		cmocka_unit_test(dates_and_escapes),
	};

	return cmocka_run_group_tests(tests, no_proxy, NULL);
}
