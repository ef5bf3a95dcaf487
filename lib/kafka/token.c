/* SPDX-License-Identifier: MIT */
/*
 * Tokens for SASL/OAUTHBEARER by a command of the user's (an Azure CLI, a
 * script). It prints either the token alone, a JWT, or an object as identity
 * providers answer: {"access_token":"...","expires_in":3599}, where
 * "accessToken" and "expires_on" (epoch s) will do as well. librdkafka asks
 * again when four fifths of the token's life are over.
 */
#include "kafka/client.h"

#include "ndjson/ndjson.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

#define TOKEN_MAX     ((size_t)64 << 10)
#define TOKEN_LIFE_MS ((int64_t)300 * 1000) /* when nothing tells it */

extern char **environ;

/* ---- the command ---- */

static int
read_all(int fd, struct buf *out)
{
	for (;;) {
		ssize_t got;

		if (buf_reserve(out, 4096) != 0)
			return FAIL_MEMORY;
		got = read(fd, out->p + out->len, 4096);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? FAIL_IO : 0;
		out->len += (size_t)got;
	}
}

static int
spawn_shell(const char *command, int out_fd, pid_t *pid)
{
	char sh[] = "sh", dash_c[] = "-c";
	/* posix_spawn does not write to them (POSIX.1-2008, exec) */
	char *const argv[] = {sh, dash_c, (char *)(uintptr_t)command, NULL};
	posix_spawn_file_actions_t actions;
	int rc;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	rc = posix_spawn_file_actions_adddup2(&actions, out_fd, 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
						      O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc == 0 ? 0 : -1;
}

static int
run_command(const char *command, struct buf *out, struct fail *f)
{
	int fd[2], status = -1, rc;
	pid_t pid;

	if (pipe(fd) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot make a pipe");
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	rc = spawn_shell(command, fd[1], &pid);
	close(fd[1]);
	if (rc != 0) {
		close(fd[0]);
		return fail_set(f, FAIL_IO,
				"cannot run the command of --token-command");
	}
	rc = read_all(fd[0], out);
	close(fd[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc != 0)
		return fail_set(f, rc,
				"cannot read what the command of "
				"--token-command prints");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail_set(f, FAIL_DENIED,
				"the command of --token-command failed "
				"(status %d)",
				WIFEXITED(status) ? WEXITSTATUS(status)
						  : 128 + WTERMSIG(status));
	return 0;
}

/* ---- what it says ---- */

struct token {
	struct str text;
	struct str principal;
	int64_t expires_ms; /* 0: not told */
};

static int64_t
seconds_of(const struct ndjson_val *v)
{
	int64_t s = 0;

	if (v->kind != NDJSON_INT && v->kind != NDJSON_STRING)
		return 0;
	return num_parse_i64(v->p, v->n, &s) == 0 && s > 0 &&
			       s < INT64_MAX / 1000
		       ? s * 1000
		       : 0;
}

static void
take_member(struct token *t, struct str key, const struct ndjson_val *v,
	    struct arena *a)
{
	if (str_is(key, "access_token") || str_is(key, "accessToken") ||
	    str_is(key, "token"))
		t->text = ndjson_string(v, a);
	else if (str_is(key, "expires_in") && seconds_of(v) > 0)
		t->expires_ms = utc_now() / UTC_MS + seconds_of(v);
	else if ((str_is(key, "expires_on") || str_is(key, "exp")) &&
		 seconds_of(v) > 0)
		t->expires_ms = seconds_of(v);
	else if (str_is(key, "sub"))
		t->principal = ndjson_string(v, a);
}

static void
take_object(struct token *t, struct str text, struct arena *a)
{
	struct ndjson_iter it;
	struct ndjson_val v;
	struct str key;
	size_t at;

	if (text.n < 2 || text.p[0] != '{' ||
	    ndjson_validate(text.p, text.n, LIMIT_DEPTH, 0, &at) != NDJSON_OK)
		return;
	it = ndjson_members(text);
	while (ndjson_iter_next(&it, &key, &v))
		take_member(t, key, &v, a);
}

/* The claims of a JWT (RFC 7519) are its second part, in base64url. */
static void
take_claims(struct token *t, struct arena *a)
{
	const char *dot = memchr(t->text.p, '.', t->text.n);
	const char *end;
	struct token claims = {0};
	char *json, *text;
	size_t n, got;

	if (dot == NULL)
		return;
	end = memchr(dot + 1, '.', (size_t)(t->text.p + t->text.n - dot) - 1);
	n = end == NULL ? 0 : (size_t)(end - dot) - 1;
	text = arena_alloc(a, n + 4);
	json = arena_alloc(a, n + 4);
	if (n == 0 || text == NULL || json == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		text[i] = dot[1 + i] == '-'   ? '+'
			  : dot[1 + i] == '_' ? '/'
					      : dot[1 + i];
	while (n % 4 != 0)
		text[n++] = '=';
	if (base64_decode(json, text, n, &got) != 0)
		return;
	take_object(&claims, (struct str){json, got}, a);
	if (t->expires_ms == 0)
		t->expires_ms = claims.expires_ms;
	t->principal = claims.principal;
}

static int
get_token(struct kafka *k, struct arena *a, struct token *t, struct fail *f)
{
	struct buf out;
	struct str text;
	int rc;

	buf_init(&out, TOKEN_MAX);
	rc = run_command(k->o->token_command, &out, f);
	text = buf_str(&out);
	while (text.n > 0 && text.p[text.n - 1] <= ' ')
		text.n--;
	text.p = arena_copy(a, text);
	buf_release(&out);
	if (rc != 0)
		return rc;
	if (text.p == NULL)
		return fail_memory(f);
	t->text = text;
	if (text.n > 0 && text.p[0] == '{') {
		t->text = (struct str){0};
		take_object(t, text, a);
	}
	if (t->text.n == 0)
		return fail_set(f, FAIL_DENIED,
				"the command of --token-command printed no "
				"token");
	take_claims(t, a);
	return 0;
}

void
kafka_refresh_token(rd_kafka_t *rk, const char *config, void *opaque)
{
	struct kafka *k = opaque;
	struct token t = {0};
	struct arena mem = {0};
	struct fail f = {0};
	char text[512] = "";
	const char *token, *principal;
	int rc;

	(void)config;
	rc = get_token(k, &mem, &t, &f);
	if (t.expires_ms == 0)
		t.expires_ms = utc_now() / UTC_MS + TOKEN_LIFE_MS;
	token = rc == 0 ? arena_copy(&mem, t.text) : NULL;
	principal = t.principal.n > 0 ? arena_copy(&mem, t.principal) : "";
	if (rc == 0 && (token == NULL || principal == NULL))
		rc = fail_memory(&f);
	if (rc == 0 &&
	    rd_kafka_oauthbearer_set_token(rk, token, t.expires_ms, principal,
					   NULL, 0, text, sizeof(text)) != 0)
		rc = fail_set(&f, FAIL_DENIED,
			      "the token of --token-command is refused: %s",
			      text);
	if (rc != 0) {
		rd_kafka_oauthbearer_set_token_failure(rk, f.text);
		if (k->trouble.code == 0)
			k->trouble = f;
	}
	arena_release(&mem);
}
