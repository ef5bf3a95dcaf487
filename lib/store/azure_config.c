/* SPDX-License-Identifier: MIT */
/*
 * Where a table is: the URL, and what the environment adds. The names are
 * those of the object_store library, which delta-rs and Polars use, so that
 * one environment serves them all.
 */
#include <assert.h>
#include <stdlib.h>

#include "store/azure.h"

#define EMULATOR_URL	 "http://127.0.0.1:10000"
#define EMULATOR_ACCOUNT "devstoreaccount1"

const char *
azure_env(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

bool
azure_env_is_on(const char *name)
{
	const char *value = azure_env(name);

	return value != NULL &&
	       (strcmp(value, "true") == 0 || strcmp(value, "1") == 0 ||
		strcmp(value, "yes") == 0 || strcmp(value, "True") == 0);
}

bool
azure_is_url(const char *url)
{
	struct str s = str_of(url);

	return str_starts(s, "abfss://") || str_starts(s, "abfs://") ||
	       str_starts(s, "az://") || str_starts(s, "https://");
}

/* ---- pieces of a URL ---- */

/* Up to the next c, which is stepped over; the rest if there is none. */
static struct str
cut(struct str *rest, char c)
{
	const char *at = rest->n == 0 ? NULL : memchr(rest->p, c, rest->n);
	size_t n = at == NULL ? rest->n : (size_t)(at - rest->p);
	struct str part = {rest->p, n};
	size_t step = n + (at != NULL);

	*rest = (struct str){rest->p + step, rest->n - step};
	return part;
}

static struct str
trim_slashes(struct str s)
{
	while (s.n > 0 && s.p[0] == '/')
		s = (struct str){s.p + 1, s.n - 1};
	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* A copy without percent code, ended by NUL. */
static char *
decode(struct str s)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (buf_add_decoded(&b, s) == 0 && buf_add_char(&b, '\0') == 0)
		return b.p;
	buf_release(&b);
	return NULL;
}

/* A path must not climb, neither as it stands nor decoded. */
static bool
is_below(const char *root)
{
	struct str rest = str_of(root);

	while (rest.n > 0) {
		struct str part = cut(&rest, '/');

		if (str_is(part, "..") || str_is(part, "."))
			return false;
	}
	return true;
}

/*
 * The account, and the host of its blob service: "a.dfs.core.windows.net" is
 * account a, and a.blob.core.windows.net. Other clouds and zones have other
 * words around dfs or blob.
 */
static int
take_host(struct azure_config *c, struct str host)
{
	struct buf b;
	struct str rest = host, label = cut(&rest, '.');
	bool is_found = false;
	int rc = 0;

	if (label.n == 0)
		return FAIL_USAGE;
	c->account = store_copy(label);
	buf_init(&b, LIMIT_PATH);
	rc = buf_add_cstr(&b, "https://");
	if (rc == 0)
		rc = buf_add_str(&b, label);
	while (rc == 0 && rest.n > 0) {
		label = cut(&rest, '.');
		if (str_is(label, "dfs") || str_is(label, "blob")) {
			is_found = true;
			label = str_of("blob");
		}
		rc = buf_add_char(&b, '.');
		if (rc == 0)
			rc = buf_add_str(&b, label);
	}
	if (rc == 0)
		c->endpoint = store_copy(buf_str(&b));
	buf_release(&b);
	if (rc != 0 || c->account == NULL || c->endpoint == NULL)
		return FAIL_MEMORY;
	return is_found ? 0 : FAIL_USAGE;
}

/* "Naming and Referencing Containers": what no container can be called is
 * told before the service says that it is an invalid name; OneLake's
 * workspaces have any. $root and $web are the service's own. */
static bool
is_container(struct str name)
{
	if (name.n > 0 && name.p[0] == '$')
		return true;
	for (size_t i = 0; i < name.n; i++)
		if (memchr("abcdefghijklmnopqrstuvwxyz0123456789-", name.p[i],
			   37) == NULL)
			return false;
	return true;
}

static int
parse_url(struct azure_config *c, const char *url, struct fail *f)
{
	struct str rest = str_of(url), scheme = cut(&rest, ':');
	struct str host, container;
	int rc = 0;

	rest = (struct str){rest.p + 2, rest.n - 2}; /* "//" */
	host = cut(&rest, '/');
	if (str_is(scheme, "az")) {
		container = host;
	} else if (str_is(scheme, "https")) {
		container = cut(&rest, '/');
		rc = take_host(c, host);
	} else {
		container = cut(&host, '@');
		rc = take_host(c, host);
	}
	if (rc == FAIL_MEMORY)
		return fail_memory(f);
	if (rc != 0 || container.n == 0)
		return fail_set(
			f, FAIL_USAGE,
			"'%s' names no container: a place in the lake is "
			"abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH "
			"or az://CONTAINER/PATH",
			c->url);
	c->container = decode(container);
	c->root = decode(trim_slashes(rest));
	if (c->container == NULL || c->root == NULL)
		return fail_memory(f);
	if (!is_container(str_of(c->container)) &&
	    (c->account == NULL || strcmp(c->account, "onelake") != 0))
		return fail_set(f, FAIL_USAGE,
				"'%s': '%s' can be no container: their names "
				"have small letters, digits and -",
				c->url, c->container);
	if (!is_below(c->root))
		return fail_set(f, FAIL_USAGE,
				"'%s': a path may not have . or .. in it",
				c->url);
	return 0;
}

/* ---- the environment ---- */

static int
set_text(char **at, const char *text, struct fail *f)
{
	char *copy = store_copy(str_of(text));

	if (copy == NULL)
		return fail_memory(f);
	free(*at);
	*at = copy;
	return 0;
}

static int
set_endpoint(struct azure_config *c, const char *url, const char *account,
	     struct fail *f)
{
	struct buf b;
	int rc;

	buf_init(&b, LIMIT_PATH);
	rc = buf_add_str(&b, trim_slashes(str_of(url)));
	if (rc == 0 && account != NULL)
		rc = buf_addf(&b, "/%s", account);
	if (rc == 0)
		rc = buf_add_char(&b, '\0');
	rc = rc != 0 ? fail_set(f, FAIL_USAGE, "the endpoint is too long")
		     : set_text(&c->endpoint, b.p, f);
	buf_release(&b);
	return rc;
}

/* The emulator has one account unless another is named. */
static int
use_emulator(struct azure_config *c, struct fail *f)
{
	const char *url = azure_env("AZURITE_BLOB_STORAGE_URL");
	const char *account = azure_env("AZURE_STORAGE_ACCOUNT_NAME");
	int rc = 0;

	c->is_emulator = true;
	if (account == NULL)
		account = c->account != NULL ? c->account : EMULATOR_ACCOUNT;
	if (c->account == NULL)
		rc = set_text(&c->account, account, f);
	if (rc == 0)
		rc = set_endpoint(c, url != NULL ? url : EMULATOR_URL,
				  c->account, f);
	c->is_default_emulator = url == NULL &&
				 strcmp(account, EMULATOR_ACCOUNT) == 0;
	return rc;
}

/* Signed requests in the clear can be read and repeated on the way. */
static int
check_clear(const struct azure_config *c, struct fail *f)
{
	struct str e = str_of(c->endpoint);

	assert(e.p != NULL);
	if (str_starts(e, "https://") || c->is_emulator ||
	    str_starts(e, "http://127.0.0.1:") ||
	    str_starts(e, "http://localhost:") ||
	    str_starts(e, "http://[::1]:") ||
	    azure_env_is_on("AZURE_ALLOW_HTTP"))
		return 0;
	return fail_set(f, FAIL_USAGE,
			"AZURE_STORAGE_ENDPOINT '%.*s' is not https; "
			"AZURE_ALLOW_HTTP=true allows that",
			(int)strcspn(c->endpoint, "?@"), c->endpoint);
}

static int
add_environment(struct azure_config *c, struct fail *f)
{
	const char *account = azure_env("AZURE_STORAGE_ACCOUNT_NAME");
	const char *endpoint = azure_env("AZURE_STORAGE_ENDPOINT");
	const char *patience = azure_env("PLAYPIPE_LAKE_PATIENCE_MS");
	int rc = 0;

	if (patience != NULL &&
	    (num_parse_i64(patience, strlen(patience), &c->patience_ms) != 0 ||
	     c->patience_ms < 1 || c->patience_ms > 24 * 3600 * 1000))
		return fail_set(f, FAIL_USAGE,
				"PLAYPIPE_LAKE_PATIENCE_MS is a number of "
				"milliseconds up to a day, not '%s'",
				patience);
	if (azure_env_is_on("AZURE_STORAGE_USE_EMULATOR"))
		return use_emulator(c, f);
	if (c->account == NULL && account != NULL)
		rc = set_text(&c->account, account, f);
	if (rc == 0 && c->account == NULL)
		return fail_set(f, FAIL_USAGE,
				"'%s' names no account: set "
				"AZURE_STORAGE_ACCOUNT_NAME",
				c->url);
	if (rc == 0 && endpoint != NULL)
		rc = set_endpoint(c, endpoint, NULL, f);
	else if (rc == 0 && c->endpoint == NULL) {
		char host[512];
		int n = snprintf(host, sizeof(host),
				 "https://%s.blob.core.windows.net",
				 c->account);

		rc = n < 0 || n >= (int)sizeof(host)
			     ? fail_set(f, FAIL_USAGE,
					"the account's name is too long")
			     : set_text(&c->endpoint, host, f);
	}
	return rc != 0 ? rc : check_clear(c, f);
}

int
azure_config_load(struct azure_config *c, const char *url, struct fail *f)
{
	struct str shown = {url, strcspn(url, "?#")};
	int rc;

	*c = (struct azure_config){0};
	if (url[shown.n] != '\0')
		return fail_set(f, FAIL_USAGE,
				"'%.*s': the URL of a table ends before a '?' "
				"or '#'; a SAS belongs into "
				"AZURE_STORAGE_SAS_TOKEN",
				STR_ARG(shown));
	while (shown.p[shown.n - 1] == '/' && !str_ends(shown, "://"))
		shown.n--;
	c->url = store_copy(shown);
	if (c->url == NULL)
		return fail_memory(f);
	rc = parse_url(c, url, f);
	if (rc == 0)
		rc = add_environment(c, f);
	if (rc != 0)
		azure_config_release(c);
	return rc;
}

void
azure_config_release(struct azure_config *c)
{
	free(c->url);
	free(c->account);
	free(c->endpoint);
	free(c->container);
	free(c->root);
	*c = (struct azure_config){0};
}
