/* SPDX-License-Identifier: MIT */
/*
 * Bearer tokens from where they are given out: Microsoft Entra for a
 * principal's secret or a workload identity's file (OAuth 2.0 client
 * credentials, "Microsoft identity platform"), the metadata service of a
 * machine (IMDS, App Service) for a managed identity, or az for who is logged
 * in. Addresses come from the environment, by the names that Azure's own
 * libraries use.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doc/doc.h"
#include "io/io.h"
#include "store/azure.h"

#define AUTHORITY    "https://login.microsoftonline.com"
#define IMDS	     "http://169.254.169.254"
#define SCOPE	     "https://storage.azure.com/.default"
#define RESOURCE     "https://storage.azure.com/"
#define REPLY_MAX    ((size_t)64 << 10)
#define FILE_MAX     ((size_t)64 << 10)
#define IMDS_WAIT_MS ((int64_t)12000) /* it is near, or is not there */

/* ---- what comes back ---- */

/* {"access_token":..., "expires_in":..., "expires_on":...}; numbers may be
 * texts (IMDS); az writes other words. */
static int
whole(struct doc_val object, const char *key, int64_t *out)
{
	struct doc_val v = doc_find(object, key);
	struct str text;

	if (doc_kind(v) == DOC_INTEGER)
		return doc_as_i64(v, out, NULL);
	if (doc_kind(v) != DOC_STRING || doc_as_str(v, &text, NULL) != 0)
		return -1;
	return num_parse_i64(text.p, text.n, out);
}

static int
take_token(struct str json, const char *from, struct azure_text *token,
	   int64_t *until_us, struct fail *f)
{
	struct doc *d = NULL;
	struct doc_val root;
	struct str text = {NULL, 0};
	int64_t s;
	int rc = doc_parse(&d, json, from, FAIL_DENIED, 0, f);

	if (rc != 0)
		return rc;
	root = doc_root(d);
	rc = doc_opt_str(root, "access_token", &text, f);
	if (rc == 0 && text.n == 0)
		rc = doc_opt_str(root, "accessToken", &text, f);
	if (rc == 0 && text.n == 0)
		rc = fail_set(f, FAIL_DENIED, "%s gave no token", from);
	if (rc == 0 && azure_text_set(token, text) != 0)
		rc = fail_memory(f);
	if (rc == 0) {
		if (whole(root, "expires_on", &s) == 0 && s > 0 &&
		    s < UTC_MAX / UTC_SECOND)
			*until_us = s * UTC_SECOND;
		else if (whole(root, "expires_in", &s) == 0 && s > 0 &&
			 s < UTC_DAY / UTC_SECOND * 366)
			*until_us = utc_now() + s * UTC_SECOND;
		else
			*until_us = utc_now() + UTC_HOUR;
	}
	doc_close(d);
	return rc;
}

/* Why the authority says no: {"error":..., "error_description":...}, the
 * first line of the latter. */
static int
refused(const struct http_call *c, const char *from, struct fail *f)
{
	int rc = http_status(c) >= 500 || http_status(c) == 429 ||
				 http_status(c) == 408
			 ? FAIL_RETRY
			 : FAIL_DENIED;
	struct str why = {NULL, 0};
	struct doc *d = NULL;

	if (doc_parse(&d, http_body(c), from, FAIL_DENIED, 0, NULL) == 0 &&
	    doc_opt_str(doc_root(d), "error_description", &why, NULL) == 0 &&
	    why.n == 0 && doc_opt_str(doc_root(d), "error", &why, NULL) != 0)
		why.n = 0;
	for (size_t i = 0; i < why.n; i++)
		if (why.p[i] == '\r' || why.p[i] == '\n')
			why.n = i;
	fail_set(f, rc, "%s refuses a token (%d)%s%.*s", from, http_status(c),
		 why.n > 0 ? ": " : "", STR_ARG(why));
	doc_close(d);
	return rc;
}

static int
ask(struct http *h, const struct http_request *r, const char *from,
    struct azure_text *token, int64_t *until_us, struct fail *f)
{
	struct http_call *c;
	int rc = http_run(&c, h, r, f);

	if (rc != 0)
		fail_prefix(f, "no token from %s: ", from);
	else if (http_status(c) != 200)
		rc = refused(c, from, f);
	else
		rc = take_token(http_body(c), from, token, until_us, f);
	http_end(c);
	return rc;
}

/* ---- Microsoft Entra ---- */

static int
add_field(struct buf *form, const char *name, struct str value)
{
	int rc = buf_addf(form, "%s%s=", form->len > 0 ? "&" : "", name);

	return rc != 0 ? rc : http_escape(form, value, false);
}

/* The file is read again for each token: Kubernetes renews it. */
static int
add_assertion(struct buf *form, struct fail *f)
{
	const char *path = azure_env("AZURE_FEDERATED_TOKEN_FILE");
	struct buf file;
	struct str text;
	int rc;

	buf_init(&file, FILE_MAX);
	rc = io_read_file(path, FILE_MAX, &file, f);
	if (rc != 0) {
		fail_prefix(f, "AZURE_FEDERATED_TOKEN_FILE: ");
		return rc;
	}
	text = buf_str(&file);
	while (text.n > 0 &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	rc = add_field(form, "client_assertion_type",
		       STR_LIT("urn:ietf:params:oauth:"
			       "client-assertion-type:jwt-bearer"));
	if (rc == 0)
		rc = add_field(form, "client_assertion", text);
	if (file.len > 0)
		mem_wipe(file.p, file.len);
	buf_release(&file);
	return rc == 0 ? 0 : fail_memory(f);
}

static int
build_form(struct buf *form, enum azure_kind kind, struct fail *f)
{
	int rc = add_field(form, "grant_type", STR_LIT("client_credentials"));

	if (rc == 0)
		rc = add_field(form, "client_id",
			       str_of(azure_env("AZURE_CLIENT_ID")));
	if (rc == 0)
		rc = add_field(form, "scope", STR_LIT(SCOPE));
	if (rc == 0 && kind == AZURE_SECRET)
		rc = add_field(form, "client_secret",
			       str_of(azure_env("AZURE_CLIENT_SECRET")));
	if (rc != 0)
		return fail_memory(f);
	return kind == AZURE_WORKLOAD ? add_assertion(form, f) : 0;
}

static int
from_authority(enum azure_kind kind, struct http *h, struct azure_text *token,
	       int64_t *until_us, struct fail *f)
{
	const char *authority = azure_env("AZURE_AUTHORITY_HOST");
	const struct http_header type = {"content-type",
					 "application/x-www-form-urlencoded"};
	struct http_request r = {
		.verb = "POST",
		.header = &type,
		.header_n = 1,
		.reply_max = REPLY_MAX,
		.is_safe_to_repeat = true,
	};
	struct buf url, form;
	size_t n;
	int rc;

	buf_init(&url, LIMIT_PATH);
	buf_init(&form, FILE_MAX * 4);
	if (authority == NULL)
		authority = AUTHORITY;
	for (n = strlen(authority); n > 0 && authority[n - 1] == '/'; n--)
		;
	/* a host alone is one of https */
	rc = strstr(authority, "://") == NULL ? buf_add_cstr(&url, "https://")
					      : 0;
	if (rc == 0)
		rc = buf_add(&url, authority, n);
	if (rc == 0)
		rc = buf_add_char(&url, '/');
	if (rc == 0)
		rc = http_escape(&url, str_of(azure_env("AZURE_TENANT_ID")),
				 false);
	if (rc == 0)
		rc = buf_add_cstr(&url, "/oauth2/v2.0/token");
	if (rc == 0)
		rc = buf_add_char(&url, '\0');
	rc = rc != 0 ? fail_memory(f) : build_form(&form, kind, f);
	if (rc == 0) {
		r.url = url.p;
		r.body = buf_str(&form);
		rc = ask(h, &r, "Microsoft Entra", token, until_us, f);
	}
	if (form.len > 0)
		mem_wipe(form.p, form.len);
	buf_release(&url);
	buf_release(&form);
	return rc;
}

/* ---- the machine's identity ---- */

/* IDENTITY_ENDPOINT is App Service's and Container Apps'; else IMDS. */
static int
build_metadata_url(struct buf *url, const char *endpoint)
{
	const char *host = azure_env("AZURE_POD_IDENTITY_AUTHORITY_HOST");
	const char *client = azure_env("AZURE_CLIENT_ID");
	int rc = endpoint != NULL
			 ? buf_addf(url, "%s?api-version=2019-08-01", endpoint)
			 : buf_addf(url,
				    "%s/metadata/identity/oauth2/token"
				    "?api-version=2019-08-01",
				    host != NULL ? host : IMDS);

	if (rc == 0)
		rc = buf_add_cstr(url, "&resource=");
	if (rc == 0)
		rc = http_escape(url, STR_LIT(RESOURCE), false);
	if (rc == 0 && client != NULL) {
		rc = buf_add_cstr(url, "&client_id=");
		if (rc == 0)
			rc = http_escape(url, str_of(client), false);
	}
	return rc != 0 ? rc : buf_add_char(url, '\0');
}

static int
from_machine(struct http *h, struct azure_text *token, int64_t *until_us,
	     struct fail *f)
{
	const char *endpoint = azure_env("IDENTITY_ENDPOINT");
	const char *secret = azure_env("IDENTITY_HEADER");
	struct http_header header = {"metadata", "true"};
	struct http_request r = {
		.verb = "GET",
		.header = &header,
		.header_n = 1,
		.reply_max = REPLY_MAX,
		.patience_ms = IMDS_WAIT_MS,
		.is_safe_to_repeat = true,
	};
	struct buf url;
	int rc;

	if (endpoint != NULL && secret != NULL)
		header = (struct http_header){"x-identity-header", secret};
	else
		endpoint = NULL;
	buf_init(&url, LIMIT_PATH);
	rc = build_metadata_url(&url, endpoint);
	if (rc != 0) {
		rc = fail_memory(f);
	} else {
		r.url = url.p;
		rc = ask(h, &r, "the managed identity", token, until_us, f);
	}
	buf_release(&url);
	if (endpoint == NULL &&
	    (rc == FAIL_RETRY ||
	     (rc == FAIL_DENIED && azure_env("AZURE_CLIENT_ID") == NULL)))
		fail_prefix(f, "the environment names no credentials "
			       "(AZURE_STORAGE_ACCOUNT_KEY and others, see "
			       "playpipe-azure(5)): ");
	return rc;
}

/* ---- az ---- */

static int
read_pipe(int fd, struct buf *out)
{
	for (;;) {
		ssize_t n;

		if (buf_reserve(out, 4096) != 0)
			return FAIL_MEMORY;
		n = read(fd, out->p + out->len, out->cap - out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? 0 : FAIL_IO;
		out->len += (size_t)n;
	}
}

static int
run_az(struct buf *out, struct fail *f)
{
	char az[] = "az", account[] = "account", get[] = "get-access-token",
	     resource[] = "--resource", of[] = RESOURCE, output[] = "--output",
	     json[] = "json"; /* argv takes no constants */
	char *const argv[] = {az, account, get,	 resource,
			      of, output,  json, NULL};
	extern char **environ;
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1, error, rc;
	pid_t pid;

	if (pipe(ends) != 0)
		return fail_errno(f, FAIL_IO, errno, "cannot make a pipe");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (error == 0)
		error = posix_spawn_file_actions_addclose(&actions, ends[1]);
	if (error == 0)
		error = posix_spawnp(&pid, "az", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		return fail_errno(f, FAIL_USAGE, error,
				  "AZURE_USE_AZURE_CLI: cannot run az");
	}
	rc = read_pipe(ends[0], out);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc != 0)
		return fail_set(f, rc, "cannot read what az writes");
	return status == 0 ? 0
			   : fail_set(f, FAIL_DENIED,
				      "az gives no token: try 'az login'");
}

static int
from_az(struct azure_text *token, int64_t *until_us, struct fail *f)
{
	struct buf out;
	int rc;

	buf_init(&out, REPLY_MAX);
	rc = run_az(&out, f);
	if (rc == 0)
		rc = take_token(buf_str(&out), "az", token, until_us, f);
	if (out.len > 0)
		mem_wipe(out.p, out.len);
	buf_release(&out);
	return rc;
}

int
azure_token_get(enum azure_kind kind, struct http *h, struct azure_text *token,
		int64_t *until_us, struct fail *f)
{
	if (kind == AZURE_CLI)
		return from_az(token, until_us, f);
	if (kind == AZURE_MANAGED)
		return from_machine(h, token, until_us, f);
	return from_authority(kind, h, token, until_us, f);
}
