/* SPDX-License-Identifier: MIT */
/*
 * Who we are to the service: an account key, a SAS, or a bearer token that is
 * renewed five minutes before it ends. The environment chooses, by the names
 * and in the order of the object_store library. What is secret is wiped when
 * it goes, and a process that holds such leaves no core behind, for curl and
 * OpenSSL have copies of it that we cannot reach.
 */
#include <stdlib.h>
#include <sys/prctl.h>

#include "store/azure.h"

#define RENEW_US (5 * UTC_MINUTE)

/* The emulator's account has one well-known key (Azurite's README). */
#define EMULATOR_KEY                                                           \
	"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/"      \
	"K1SZFPTOtr/KBHBeksoGMGw=="

struct azure_login {
	enum azure_kind kind;
	struct azure_text secret; /* key, decoded; SAS; token */
	int64_t until_us;	  /* of a token */
};

int
azure_text_set(struct azure_text *t, struct str s)
{
	char *p = store_copy(s);

	if (p == NULL)
		return FAIL_MEMORY;
	azure_text_release(t);
	*t = (struct azure_text){p, s.n};
	return 0;
}

void
azure_text_release(struct azure_text *t)
{
	if (t->p != NULL)
		mem_wipe(t->p, t->n);
	free(t->p);
	*t = (struct azure_text){0};
}

/* ---- choosing ---- */

static int
set_key(struct azure_login *l, const char *code, struct fail *f)
{
	size_t n = strlen(code), room = n / 4 * 3 + 1;
	char *key = malloc(room);
	int rc;

	if (key == NULL)
		return fail_memory(f);
	if (base64_decode(key, code, n, &n) != 0 || n == 0)
		rc = fail_set(f, FAIL_USAGE,
			      "AZURE_STORAGE_ACCOUNT_KEY is not base64");
	else if (azure_text_set(&l->secret, (struct str){key, n}) != 0)
		rc = fail_memory(f);
	else
		rc = 0;
	mem_wipe(key, room);
	free(key);
	return rc;
}

/* A key opens the account it belongs to and no other. */
static int
check_account(const struct azure_config *c, struct fail *f)
{
	const char *named = azure_env("AZURE_STORAGE_ACCOUNT_NAME");

	if (named == NULL || strcmp(named, c->account) == 0)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"'%s': AZURE_STORAGE_ACCOUNT_KEY is of the account "
			"'%s' (AZURE_STORAGE_ACCOUNT_NAME)",
			c->url, named);
}

static int
choose(struct azure_login *l, const struct azure_config *c, struct fail *f)
{
	const char *token = azure_env("AZURE_STORAGE_TOKEN");
	const char *key = azure_env("AZURE_STORAGE_ACCOUNT_KEY");
	const char *sas = azure_env("AZURE_STORAGE_SAS_TOKEN");
	bool is_principal = azure_env("AZURE_CLIENT_ID") != NULL &&
			    azure_env("AZURE_TENANT_ID") != NULL;
	int rc = 0;

	if (token != NULL) {
		l->kind = AZURE_BEARER;
		l->until_us = INT64_MAX;
		rc = azure_text_set(&l->secret, str_of(token));
	} else if (key != NULL) {
		l->kind = AZURE_KEY;
		rc = check_account(c, f);
		if (rc == 0)
			rc = set_key(l, key, f);
	} else if (is_principal &&
		   azure_env("AZURE_FEDERATED_TOKEN_FILE") != NULL) {
		l->kind = AZURE_WORKLOAD;
	} else if (is_principal && azure_env("AZURE_CLIENT_SECRET") != NULL) {
		l->kind = AZURE_SECRET;
	} else if (sas != NULL) {
		l->kind = AZURE_SAS;
		rc = azure_text_set(&l->secret, str_of(sas + (sas[0] == '?')));
	} else if (c->is_emulator) {
		l->kind = AZURE_KEY;
		rc = set_key(l, EMULATOR_KEY, f);
	} else if (azure_env_is_on("AZURE_USE_AZURE_CLI")) {
		l->kind = AZURE_CLI;
	} else {
		l->kind = AZURE_MANAGED;
	}
	return rc == FAIL_MEMORY ? fail_memory(f) : rc;
}

int
azure_login_open(struct azure_login **out, const struct azure_config *c,
		 struct fail *f)
{
	struct azure_login *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return fail_memory(f);
	rc = choose(l, c, f);
	if (rc != 0) {
		azure_login_close(l);
		return rc;
	}
	/* fails on no Linux; were it to, cores are the administrator's care */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	*out = l;
	return 0;
}

void
azure_login_close(struct azure_login *l)
{
	if (l == NULL)
		return;
	azure_text_release(&l->secret);
	free(l);
}

/* ---- use ---- */

static bool
is_renewed(const struct azure_login *l)
{
	return l->kind >= AZURE_WORKLOAD;
}

int
azure_login_ready(struct azure_login *l, struct http *h, struct fail *f)
{
	if (!is_renewed(l) ||
	    (l->secret.p != NULL && utc_now() < l->until_us - RENEW_US))
		return 0;
	return azure_token_get(l->kind, h, &l->secret, &l->until_us, f);
}

bool
azure_login_forget(struct azure_login *l)
{
	if (!is_renewed(l) || l->secret.p == NULL)
		return false;
	azure_text_release(&l->secret);
	return true;
}

int
azure_login_sign(const struct azure_login *l, const struct azure_signed *s,
		 struct buf *out)
{
	struct str secret = {l->secret.p, l->secret.n};
	int rc;

	if (l->kind == AZURE_SAS)
		return 0;
	if (l->kind == AZURE_KEY)
		return azure_sign(out, s, secret);
	rc = buf_add_cstr(out, "Bearer ");
	return rc != 0 ? rc : buf_add_str(out, secret);
}

struct str
azure_login_query(const struct azure_login *l)
{
	return l->kind == AZURE_SAS ? (struct str){l->secret.p, l->secret.n}
				    : (struct str){NULL, 0};
}

const char *
azure_login_name(const struct azure_login *l)
{
	static const char *const name[] = {
		[AZURE_KEY] = "the account key",
		[AZURE_SAS] = "the SAS",
		[AZURE_BEARER] = "the token of AZURE_STORAGE_TOKEN",
		[AZURE_WORKLOAD] = "the workload identity",
		[AZURE_SECRET] = "the principal of AZURE_CLIENT_ID",
		[AZURE_CLI] = "who is logged in to az",
		[AZURE_MANAGED] = "the managed identity",
	};

	return name[l->kind];
}

enum azure_kind
azure_login_kind(const struct azure_login *l)
{
	return l->kind;
}

int64_t
azure_sas_end(struct str sas)
{
	int64_t end = UTC_MAX, days;
	struct buf b;

	while (sas.n > 0 && !str_starts(sas, "se=")) {
		const char *and = memchr(sas.p, '&', sas.n);
		size_t step = and == NULL ? sas.n : (size_t)(and-sas.p) + 1;

		sas = (struct str){sas.p + step, sas.n - step};
	}
	if (sas.n == 0)
		return UTC_MAX;
	sas = (struct str){sas.p + 3, sas.n - 3};
	for (size_t i = 0; i < sas.n; i++)
		if (sas.p[i] == '&')
			sas.n = i;
	buf_init(&b, 64);
	if (buf_add_decoded(&b, sas) != 0)
		end = UTC_MAX;
	else if (utc_parse_date(b.p, b.len, &days) == 0)
		end = days * UTC_DAY;
	else if (utc_parse_loose(b.p, b.len, &end) != 0)
		end = UTC_MAX;
	buf_release(&b);
	return end;
}
