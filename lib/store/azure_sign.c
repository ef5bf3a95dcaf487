/* SPDX-License-Identifier: MIT */
/*
 * Shared Key: a request's lines in one order, and their HMAC-SHA256 with the
 * account's key ("Authorize with Shared Key", Azure Storage REST API). Sole
 * user of libcrypto.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "store/azure.h"

#define DIGEST 32

/* The headers that have a line of their own, in their order. The length's
 * line is empty for an empty body, the date's because x-ms-date is sent. */
static const char *const line[] = {
	"content-encoding",
	"content-language",
	NULL,
	"content-md5",
	"content-type",
	"date",
	"if-modified-since",
	"if-match",
	"if-none-match",
	"if-unmodified-since",
	"range",
};

static const char *
value_of(const struct azure_signed *s, const char *name)
{
	for (size_t i = 0; i < s->header_n; i++)
		if (strcmp(s->header[i].name, name) == 0)
			return s->header[i].value;
	return "";
}

static int
add_lines(struct buf *out, const struct azure_signed *s)
{
	int rc = buf_addf(out, "%s\n", s->verb);

	for (size_t i = 0; rc == 0 && i < sizeof(line) / sizeof(line[0]); i++) {
		if (line[i] != NULL)
			rc = buf_addf(out, "%s\n", value_of(s, line[i]));
		else if (s->body_n == 0)
			rc = buf_add_char(out, '\n');
		else
			rc = buf_addf(out, "%zu\n", s->body_n);
	}
	return rc;
}

/* The next name in byte order behind `after`; NULL at the end. There are a
 * handful. */
static const struct http_header *
next_header(const struct azure_signed *s, const char *after)
{
	const struct http_header *best = NULL;

	for (size_t i = 0; i < s->header_n; i++) {
		const struct http_header *h = &s->header[i];

		if (strncmp(h->name, "x-ms-", 5) == 0 &&
		    strcmp(h->name, after) > 0 &&
		    (best == NULL || strcmp(h->name, best->name) < 0))
			best = h;
	}
	return best;
}

static const struct azure_param *
next_param(const struct azure_signed *s, const char *after)
{
	const struct azure_param *best = NULL;

	for (size_t i = 0; i < s->param_n; i++) {
		const struct azure_param *p = &s->param[i];

		if (strcmp(p->name, after) > 0 &&
		    (best == NULL || strcmp(p->name, best->name) < 0))
			best = p;
	}
	return best;
}

static int
add_name(struct buf *out, const char *name)
{
	int rc = 0;

	for (; rc == 0 && *name != '\0'; name++)
		rc = buf_add_char(out, *name >= 'A' && *name <= 'Z'
					       ? (char)(*name - 'A' + 'a')
					       : *name);
	return rc;
}

int
azure_string_to_sign(struct buf *out, const struct azure_signed *s)
{
	const struct http_header *h = NULL;
	const struct azure_param *p = NULL;
	int rc = add_lines(out, s);

	while (rc == 0 &&
	       (h = next_header(s, h == NULL ? "" : h->name)) != NULL)
		rc = buf_addf(out, "%s:%s\n", h->name, h->value);
	if (rc == 0)
		rc = buf_addf(out, "/%s", s->account);
	if (rc == 0)
		rc = buf_add_str(out, s->path);
	while (rc == 0 &&
	       (p = next_param(s, p == NULL ? "" : p->name)) != NULL) {
		rc = buf_add_char(out, '\n');
		if (rc == 0)
			rc = add_name(out, p->name);
		if (rc == 0)
			rc = buf_add_char(out, ':');
		if (rc == 0)
			rc = buf_add_str(out, p->value);
	}
	return rc;
}

int
azure_sign(struct buf *out, const struct azure_signed *s, struct str key)
{
	unsigned char digest[DIGEST];
	char code[BASE64_LEN(DIGEST)];
	unsigned n = 0;
	struct buf text;
	int rc;

	buf_init(&text, (size_t)64 << 10);
	rc = azure_string_to_sign(&text, s);
	if (rc == 0 &&
	    HMAC(EVP_sha256(), key.p, (int)key.n, /* 64 bytes */
		 (const unsigned char *)text.p, text.len, digest, &n) == NULL)
		rc = FAIL_MEMORY;
	if (rc == 0) {
		base64_encode(code, digest, DIGEST);
		rc = buf_addf(out, "SharedKey %s:%.*s", s->account,
			      (int)sizeof(code), code);
	}
	buf_release(&text);
	return rc;
}
