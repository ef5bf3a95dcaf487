/* SPDX-License-Identifier: MIT */
/*
 * Private to store: the lake on Azure, in parts. config (URL and environment
 * -> where), login (environment -> who), sign (Shared Key), list (XML of a
 * listing), call (a request put together, sent, and its refusal told).
 *
 * The service: "Azure Blob Storage REST API", version AZURE_VERSION, on the
 * blob endpoint only; docs/decisions/0013-lake-over-blob-rest.md says why.
 */
#ifndef STORE_AZURE_H
#define STORE_AZURE_H

#include "http/http.h"
#include "store/backend.h"

#define AZURE_VERSION	"2023-11-03"
#define AZURE_REPLY_MAX ((size_t)256 << 10) /* of what has no content */
#define AZURE_BLOCK	((size_t)8 << 20)   /* of a large upload */
#define AZURE_UPLOADS	4		    /* blocks in flight, a store */

/* ---- where ---- */

struct azure_config {
	char *url; /* as given, for messages, without slashes at its end */
	char *account;
	char *endpoint; /* "https://ACCOUNT.blob.core.windows.net", no slash */
	char *container;
	char *root; /* path in the container, decoded, no slash at its ends */
	bool is_emulator;
	bool is_default_emulator; /* what UseDevelopmentStorage=true means */
	int64_t patience_ms;	  /* PLAYPIPE_LAKE_PATIENCE_MS, or 0 */
};

int azure_config_load(struct azure_config *c, const char *url,
		      struct fail *f) PORT_MUST_CHECK;
void azure_config_release(struct azure_config *c);
/* A variable of the environment; an empty one counts as absent: NULL. */
const char *azure_env(const char *name);
/* A variable that is a switch: true, 1, yes. */
bool azure_env_is_on(const char *name);

/* ---- who ---- */

struct azure_param {
	const char *name;
	struct str value; /* as meant, not escaped */
};

/* What a request is, for its signature. */
struct azure_signed {
	const char *verb;
	const char *account;
	struct str path; /* as on the wire, from the slash behind the host on */
	size_t body_n;
	const struct http_header *header; /* names in lower case */
	size_t header_n;
	const struct azure_param *param;
	size_t param_n;
};

/* "Authorize with Shared Key": the text that is signed. Pure. */
int azure_string_to_sign(struct buf *out,
			 const struct azure_signed *s) PORT_MUST_CHECK;
/* "SharedKey ACCOUNT:SIGNATURE"; key is the account's, decoded. Pure. */
int azure_sign(struct buf *out, const struct azure_signed *s,
	       struct str key) PORT_MUST_CHECK;

enum azure_kind {
	AZURE_KEY,	/* the account's key */
	AZURE_SAS,	/* a shared access signature, in every URL */
	AZURE_BEARER,	/* a token that was given */
	AZURE_WORKLOAD, /* tokens for a file of a workload identity */
	AZURE_SECRET,	/* tokens for a principal's secret */
	AZURE_CLI,	/* tokens that az gets */
	AZURE_MANAGED,	/* tokens of the machine's identity */
};

/* A text that leaves no trace: wiped when released. Initialise with {0}. */
struct azure_text {
	char *p; /* owned, NUL ended; NULL: none */
	size_t n;
};
int azure_text_set(struct azure_text *t, struct str s) PORT_MUST_CHECK;
void azure_text_release(struct azure_text *t);

/* Get a token of kind; *until_us is when it ends, by this machine's clock. */
int azure_token_get(enum azure_kind kind, struct http *h,
		    struct azure_text *token, int64_t *until_us,
		    struct fail *f) PORT_MUST_CHECK;

struct azure_login;

/* Choose by the environment, see playpipe-azure(5); nothing is asked yet. */
int azure_login_open(struct azure_login **out, const struct azure_config *c,
		     struct fail *f) PORT_MUST_CHECK;
void azure_login_close(struct azure_login *l);
/* Get or renew what is needed to sign. */
int azure_login_ready(struct azure_login *l, struct http *h,
		      struct fail *f) PORT_MUST_CHECK;
/* Forget a token that was refused; false when there is none to renew. */
bool azure_login_forget(struct azure_login *l);
/* Append the value of Authorization: nothing with a SAS. */
int azure_login_sign(const struct azure_login *l, const struct azure_signed *s,
		     struct buf *out) PORT_MUST_CHECK;
/* A SAS as a query, without '?'; else empty. */
struct str azure_login_query(const struct azure_login *l);
/* "the account key": for messages. */
const char *azure_login_name(const struct azure_login *l);
enum azure_kind azure_login_kind(const struct azure_login *l);
/* When a SAS ends, as it says itself (its se); UTC_MAX: not told. Pure. */
int64_t azure_sas_end(struct str sas);

/* ---- listings ---- */

/* One page of List Blobs: its blobs, without directories and without what
 * begins with a dot behind `skip` bytes; and the marker of the next page
 * (empty: none). */
struct azure_page {
	struct str prefix; /* of names that are asked for */
	size_t skip;	   /* bytes of it before the store's own keys */
	size_t folder_n;   /* bytes of a key that are the folder listed */
	struct str from;
	struct store_found *found;
	struct buf marker;
};
int azure_page_parse(struct azure_page *p, struct str xml,
		     struct fail *f) PORT_MUST_CHECK;
/* The text of an XML element that has no elements in it, entities decoded;
 * false when there is none. For the errors of the service. */
bool azure_xml_text(struct str xml, const char *name,
		    struct buf *out) PORT_MUST_CHECK;

/* ---- requests ---- */

struct azure_upload {
	struct http_call *call; /* NULL: free */
	struct buf block;
	struct azure_writer *owner;
};

struct azure {
	struct store base;
	struct azure_config config;
	struct azure_login *login;
	struct http *http;
	struct azure_upload upload[AZURE_UPLOADS];
	bool is_batch_refused; /* the service has no batches for us */
	bool is_start_refused; /* nor listings from a name on */
};

#define AZURE_ITEMS 8

struct azure_request {
	const char *verb;
	struct str key; /* empty: the container */
	struct azure_param param[AZURE_ITEMS];
	size_t param_n;
	struct http_header header[AZURE_ITEMS]; /* names in lower case */
	size_t header_n;
	struct str body;
	size_t reply_max; /* 0: AZURE_REPLY_MAX */
	bool is_safe_to_repeat;
};

/* As http_start and http_run. */
int azure_start(struct http_call **out, struct azure *s,
		const struct azure_request *r, struct fail *f) PORT_MUST_CHECK;
int azure_run(struct http_call **out, struct azure *s,
	      const struct azure_request *r, struct fail *f) PORT_MUST_CHECK;

/* The path of a blob, or with an empty key of the container, as on the wire,
 * from the slash behind the host on. */
int azure_wire_path(struct buf *out, const struct azure *s,
		    struct str key) PORT_MUST_CHECK;
/* Append a DELETE as part of a batch: its lines, signed. */
int azure_add_part(struct buf *out, struct azure *s,
		   struct str key) PORT_MUST_CHECK;

/* Is it an answer with this x-ms-error-code? */
bool azure_is_error(const struct http_call *c, const char *code);
/* 404 and no such blob, rather than no such container. */
bool azure_is_absent(const struct http_call *c);
/* Tell an answer that is a refusal: doing is "read", "write", ... */
int azure_refused(struct azure *s, struct str key, const char *doing,
		  const struct http_call *c, struct fail *f);

/* ---- the operations, by file ---- */

int azure_reader_open(struct store_reader **out, struct store *s,
		      struct str key, struct fail *f) PORT_MUST_CHECK;
int azure_reader_get(struct store_reader *base, uint64_t offset, void *dst,
		     size_t n, struct fail *f) PORT_MUST_CHECK;
void azure_reader_close(struct store_reader *base);

int azure_writer_open(struct store_writer **out, struct store *s,
		      struct str key, struct fail *f) PORT_MUST_CHECK;
int azure_writer_put(struct store_writer *base, const void *p, size_t n,
		     struct fail *f) PORT_MUST_CHECK;
int azure_writer_commit(struct store_writer *base,
			struct fail *f) PORT_MUST_CHECK;
void azure_writer_close(struct store_writer *base);

int azure_delete_many(struct store *base, const struct str *key, size_t n,
		      bool *was_absent, struct fail *f) PORT_MUST_CHECK;

#endif
