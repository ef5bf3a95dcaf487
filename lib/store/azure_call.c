/* SPDX-License-Identifier: MIT */
/*
 * A request to the blob service: its URL, its headers, its signature; and a
 * refusal told in one sentence. What the service means is in the header
 * x-ms-error-code, for one status has many causes; the status decides only
 * where there is no code, as from a proxy.
 */
#include "store/azure.h"

#define URL_MAX	    ((size_t)32 << 10)
#define CLOCK_SKEW  (5 * UTC_MINUTE) /* worth telling; 15 are refused */
#define HEADERS_OWN 3		     /* date, version, authorization */

int
azure_wire_path(struct buf *out, const struct azure *s, struct str key)
{
	const struct azure_config *c = &s->config;
	const char *host = strstr(c->endpoint, "://") + 3;
	const char *path = strchr(host, '/');
	int rc = path == NULL ? 0 : buf_add_cstr(out, path);

	if (rc == 0)
		rc = buf_add_char(out, '/');
	if (rc == 0)
		rc = http_escape(out, str_of(c->container), false);
	if (rc == 0 && key.n > 0 && c->root[0] != '\0') {
		rc = buf_add_char(out, '/');
		if (rc == 0)
			rc = http_escape(out, str_of(c->root), true);
	}
	if (rc == 0 && key.n > 0) {
		rc = buf_add_char(out, '/');
		if (rc == 0)
			rc = http_escape(out, key, true);
	}
	return rc;
}

/* "https://host" + path + "?" + query + SAS, NUL ended. */
static int
build_url(struct buf *out, const struct azure *s, const struct azure_request *r,
	  struct str path)
{
	const char *endpoint = s->config.endpoint;
	const char *host = strstr(endpoint, "://") + 3;
	struct str sas = azure_login_query(s->login);
	char before = '?';
	int rc = buf_add(out, endpoint,
			 (size_t)(host - endpoint) + strcspn(host, "/"));

	if (rc == 0)
		rc = buf_add_str(out, path);
	for (size_t i = 0; rc == 0 && i < r->param_n; i++) {
		rc = buf_addf(out, "%c%s=", before, r->param[i].name);
		if (rc == 0)
			rc = http_escape(out, r->param[i].value, false);
		before = '&';
	}
	if (rc == 0 && sas.n > 0) {
		rc = buf_add_char(out, before);
		if (rc == 0)
			rc = buf_add_str(out, sas);
	}
	return rc != 0 ? rc : buf_add_char(out, '\0');
}

/* The request's headers and ours, the signature last. auth holds the text
 * of that. */
static int
build_headers(struct azure *s, const struct azure_request *r, struct str path,
	      char date[HTTP_DATE_MAX], struct buf *auth,
	      struct http_header *header, size_t *n)
{
	struct azure_signed text = {
		.verb = r->verb,
		.account = s->config.account,
		.path = path,
		.body_n = r->body.n,
		.header = header,
		.param = r->param,
		.param_n = r->param_n,
	};
	size_t k = r->header_n;
	int rc;

	http_date_format(date, utc_now());
	memcpy(header, r->header, k * sizeof(*header));
	header[k++] = (struct http_header){"x-ms-date", date};
	header[k++] = (struct http_header){"x-ms-version", AZURE_VERSION};
	text.header_n = k;
	rc = azure_login_sign(s->login, &text, auth);
	if (rc == 0 && auth->len > 0) {
		rc = buf_add_char(auth, '\0');
		header[k++] = (struct http_header){"authorization", auth->p};
	}
	*n = k;
	return rc;
}

int
azure_add_part(struct buf *out, struct azure *s, struct str key)
{
	struct str sas = azure_login_query(s->login);
	char date[HTTP_DATE_MAX];
	struct http_header header = {"x-ms-date", date};
	struct azure_signed text = {.verb = "DELETE",
				    .account = s->config.account,
				    .header = &header,
				    .header_n = 1};
	struct buf path, auth;
	int rc;

	http_date_format(date, utc_now());
	buf_init(&path, URL_MAX);
	buf_init(&auth, URL_MAX);
	rc = azure_wire_path(&path, s, key);
	text.path = buf_str(&path);
	if (rc == 0)
		rc = azure_login_sign(s->login, &text, &auth);
	if (rc == 0)
		rc = buf_add_cstr(out, "DELETE ");
	if (rc == 0)
		rc = buf_add_str(out, text.path);
	if (rc == 0 && sas.n > 0)
		rc = buf_add_char(out, '?');
	if (rc == 0)
		rc = buf_add_str(out, sas);
	if (rc == 0)
		rc = buf_addf(out, " HTTP/1.1\r\nx-ms-date: %s\r\n", date);
	if (rc == 0 && auth.len > 0) {
		rc = buf_add_cstr(out, "authorization: ");
		if (rc == 0)
			rc = buf_add_str(out, buf_str(&auth));
		if (rc == 0)
			rc = buf_add_cstr(out, "\r\n");
	}
	if (auth.len > 0)
		mem_wipe(auth.p, auth.len);
	buf_release(&path);
	buf_release(&auth);
	return rc != 0 ? rc : buf_add_cstr(out, "content-length: 0\r\n\r\n");
}

int
azure_start(struct http_call **out, struct azure *s,
	    const struct azure_request *r, struct fail *f)
{
	struct http_header header[AZURE_ITEMS + HEADERS_OWN];
	char date[HTTP_DATE_MAX];
	struct buf path, url, auth;
	size_t header_n = 0;
	int rc = azure_login_ready(s->login, s->http, f);

	if (rc != 0)
		return rc;
	buf_init(&path, URL_MAX);
	buf_init(&url, URL_MAX);
	buf_init(&auth, URL_MAX);
	rc = azure_wire_path(&path, s, r->key);
	if (rc == 0)
		rc = build_url(&url, s, r, buf_str(&path));
	if (rc == 0)
		rc = build_headers(s, r, buf_str(&path), date, &auth, header,
				   &header_n);
	if (rc != 0)
		fail_set(f, rc, "'%s': no room for a request", s->base.url);
	if (rc == 0) {
		struct http_request request = {
			.verb = r->verb,
			.url = url.p,
			.header = header,
			.header_n = header_n,
			.body = r->body,
			.reply_max = r->reply_max > AZURE_REPLY_MAX
					     ? r->reply_max
					     : AZURE_REPLY_MAX,
			.is_safe_to_repeat = r->is_safe_to_repeat,
		};

		rc = http_start(out, s->http, &request, f);
	}
	if (url.len > 0)
		mem_wipe(url.p, url.len);
	if (auth.len > 0)
		mem_wipe(auth.p, auth.len);
	buf_release(&path);
	buf_release(&url);
	buf_release(&auth);
	return rc;
}

/* An account is a host's name: one that is misspelt is nowhere. */
static int
wait_for(struct http_call *c, const struct azure *s, struct fail *f)
{
	struct fail why = {0};
	int rc = http_wait(c, &why);
	bool is_account = http_is_unresolved(c) && !s->config.is_emulator &&
			  azure_env("AZURE_STORAGE_ENDPOINT") == NULL;

	if (rc < 0)
		fail_set(f, rc, "%s%s%s%s", why.text,
			 is_account ? "; is there an account '" : "",
			 is_account ? s->config.account : "",
			 is_account ? "'?" : "");
	return rc;
}

int
azure_run(struct http_call **out, struct azure *s,
	  const struct azure_request *r, struct fail *f)
{
	int rc;

	*out = NULL;
	rc = azure_start(out, s, r, f);
	if (rc == 0)
		rc = wait_for(*out, s, f);
	/* a token may end, or be taken back, before its time */
	if (rc == HTTP_DONE && http_status(*out) == 401 &&
	    azure_login_forget(s->login)) {
		http_end(*out);
		*out = NULL;
		rc = azure_start(out, s, r, f);
		if (rc == 0)
			rc = http_wait(*out, f);
	}
	return rc;
}

/* ---- answers ---- */

bool
azure_is_error(const struct http_call *c, const char *code)
{
	return str_is(http_reply_header(c, "x-ms-error-code"), code);
}

bool
azure_is_absent(const struct http_call *c)
{
	return http_status(c) == 404 && !azure_is_error(c, "ContainerNotFound");
}

/* Codes of the service, by what can be done about them, which depends on who
 * we are. */
enum { WITH_KEY, WITH_SAS, WITH_TOKEN, WAYS };

struct meaning {
	const char *code;
	int fail;
	const char *advice[WAYS]; /* NULL: none */
};

#define ALWAYS(advice)                                                         \
	{                                                                      \
		advice, advice, advice                                         \
	}
#define ROLE                                                                   \
	"the role Storage Blob Data Contributor (to read: Reader) is missing"
#define SAS_PERMITS                                                            \
	"the SAS does not permit this: a table needs read, add, create, "      \
	"write, delete and list (to read: read and list)"
#define RULES "the account's network rules"

static const struct meaning meanings[] = {
	{"AuthorizationPermissionMismatch",
	 FAIL_DENIED,
	 {NULL, SAS_PERMITS, ROLE}},
	{"InsufficientAccountPermissions", FAIL_DENIED,
	 ALWAYS("the credentials lack this permission")},
	{"AuthorizationFailure",
	 FAIL_DENIED,
	 {"a wrong key, or " RULES, RULES ", or " SAS_PERMITS,
	  RULES ", or " ROLE}},
	{"AuthorizationResourceTypeMismatch", FAIL_DENIED,
	 ALWAYS("the SAS must be for containers and objects")},
	{"AuthorizationServiceMismatch", FAIL_DENIED,
	 ALWAYS("the SAS must be for the blob service")},
	{"AuthenticationFailed",
	 FAIL_DENIED,
	 {"the key is wrong", "the SAS is wrong or has expired",
	  "the token is wrong or has expired"}},
	{"InvalidAuthenticationInfo", FAIL_DENIED,
	 ALWAYS("the credentials are wrong")},
	{"NoAuthenticationInformation", FAIL_DENIED,
	 ALWAYS("no credentials were sent")},
	{"PublicAccessNotPermitted", FAIL_DENIED,
	 ALWAYS("no credentials were sent")},
	{"KeyBasedAuthenticationNotPermitted", FAIL_DENIED,
	 ALWAYS("the account takes no keys: use a managed identity or a "
		"principal")},
	{"AccountIsDisabled", FAIL_DENIED, ALWAYS(NULL)},
	{"ContainerBeingDeleted", FAIL_RETRY, ALWAYS(NULL)},
	{"InvalidResourceName", FAIL_USAGE, ALWAYS(NULL)},
	{"InvalidUri", FAIL_USAGE, ALWAYS(NULL)},
	{"ResourceNotFound", FAIL_USAGE, ALWAYS("is there such an account?")},
	{"InvalidHeaderValue", FAIL_USAGE,
	 ALWAYS("an emulator may need --skipApiVersionCheck")},
	{"ResourceTypeMismatch", FAIL_USAGE, ALWAYS("a folder has this name")},
};

static const struct meaning *
meaning_of(struct str code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (str_is(code, meanings[i].code))
			return &meanings[i];
	return NULL;
}

static const char *
advice_of(const struct meaning *m, const struct azure *s)
{
	enum azure_kind kind = azure_login_kind(s->login);

	return m == NULL ? NULL
			 : m->advice[kind == AZURE_KEY	 ? WITH_KEY
				     : kind == AZURE_SAS ? WITH_SAS
							 : WITH_TOKEN];
}

/* The first sentence of the reply's Message, behind which it names the
 * request and the time. */
static void
message_of(const struct http_call *c, struct buf *out)
{
	if (!azure_xml_text(http_body(c), "Message", out))
		buf_reset(out);
	for (size_t i = 0; i < out->len; i++)
		if (out->p[i] == '\n' || out->p[i] == '\r')
			out->len = i;
	while (out->len > 0 && out->p[out->len - 1] == '.')
		out->len--;
}

/* Minutes that this machine is ahead of the service, if that is much. */
static int64_t
clock_ahead(const struct http_call *c)
{
	int64_t theirs, ahead;

	if (http_date_parse(http_reply_header(c, "date"), &theirs) != 0)
		return 0;
	ahead = utc_now() - theirs;
	ahead += ahead < 0 ? -UTC_MINUTE / 2 : UTC_MINUTE / 2;
	return ahead > CLOCK_SKEW || ahead < -CLOCK_SKEW ? ahead / UTC_MINUTE
							 : 0;
}

static int
no_container(const struct azure *s, struct fail *f)
{
	const struct azure_config *c = &s->config;

	if (c->is_emulator)
		return fail_set(
			f, FAIL_USAGE,
			"'%s': there is no container '%s' in the "
			"emulator at '%s'%s%s%s",
			s->base.url, c->container, c->endpoint,
			c->is_default_emulator ? "; make it with: az storage "
						 "container create --name "
					       : "",
			c->is_default_emulator ? c->container : "",
			c->is_default_emulator ? " --connection-string "
						 "UseDevelopmentStorage=true"
					       : "");
	return fail_set(f, FAIL_USAGE,
			"'%s': there is no container '%s' in the account "
			"'%s'; make it with: az storage container create "
			"--account-name %s --name %s --auth-mode login",
			s->base.url, c->container, c->account, c->account,
			c->container);
}

static int
denied(struct azure *s, struct str key, const char *doing,
       const struct http_call *c, struct fail *f)
{
	struct str code = http_reply_header(c, "x-ms-error-code");
	const char *advice = advice_of(meaning_of(code), s);
	int64_t ahead = clock_ahead(c);
	int64_t end = azure_sas_end(azure_login_query(s->login));
	char ended[64] = "";

	if (ahead != 0)
		return fail_set(f, FAIL_DENIED,
				"'%s/%.*s': not allowed to %s (%.*s): this "
				"machine's clock is %lld minutes %s that of "
				"the service",
				s->base.url, STR_ARG(key), doing, STR_ARG(code),
				(long long)(ahead < 0 ? -ahead : ahead),
				ahead < 0 ? "behind" : "ahead of");
	if (end <= utc_now()) {
		char at[UTC_TEXT_MAX];
		size_t n = utc_format(at, end);

		snprintf(ended, sizeof(ended), "it has expired (%.*s)", (int)n,
			 at);
		advice = ended;
	}
	return fail_set(
		f, FAIL_DENIED,
		"'%s/%.*s': not allowed to %s (%.*s) with %s: %s", s->base.url,
		STR_ARG(key), doing, code.n == 0 ? 9 : (int)code.n,
		code.n == 0 ? "no reason" : code.p, azure_login_name(s->login),
		advice != NULL ? advice : "ask who administers the account");
}

int
azure_refused(struct azure *s, struct str key, const char *doing,
	      const struct http_call *c, struct fail *f)
{
	struct str code = http_reply_header(c, "x-ms-error-code");
	const struct meaning *m = meaning_of(code);
	const char *advice = advice_of(m, s);
	int status = http_status(c);
	int rc = m != NULL			  ? m->fail
		 : status == 400		  ? FAIL_USAGE
		 : status == 401 || status == 403 ? FAIL_DENIED
						  : FAIL_RETRY;
	struct buf message;

	if (azure_is_error(c, "ContainerNotFound"))
		return no_container(s, f);
	if (rc == FAIL_DENIED)
		return denied(s, key, doing, c, f);
	buf_init(&message, 300);
	message_of(c, &message);
	fail_set(f, rc,
		 "'%s/%.*s': cannot %s: the service says %d%s%.*s%s%.*s%s%s",
		 s->base.url, STR_ARG(key), doing, status,
		 code.n > 0 ? " " : "", STR_ARG(code),
		 message.len > 0 ? ": " : "", STR_ARG(buf_str(&message)),
		 advice != NULL ? "; " : "", advice != NULL ? advice : "");
	buf_release(&message);
	return rc;
}
