/* SPDX-License-Identifier: MIT */
/*
 * The table handle, the names in its log folder, and what a protocol allows
 * us to do.
 */
#include "delta/log.h"

#include <stdio.h>
#include <stdlib.h>

struct delta {
	struct store *store;
	struct store *outside; /* NULL until a path of the log leads there */
};

int
delta_open(struct delta **out, const char *url, struct fail *f)
{
	struct delta *d = calloc(1, sizeof(*d));
	int rc;

	if (d == NULL)
		return fail_memory(f);
	rc = store_open(&d->store, url, f);
	if (rc != 0) {
		free(d);
		return rc;
	}
	*out = d;
	return 0;
}

void
delta_close(struct delta *d)
{
	if (d == NULL)
		return;
	store_close(d->store);
	store_close(d->outside);
	free(d);
}

struct store *
delta_store(struct delta *d)
{
	return d->store;
}

int
delta_outside(struct delta *d, struct str base, struct store **out,
	      struct fail *f)
{
	char url[LIMIT_PATH];
	int rc = 0;

	if (base.n >= sizeof(url))
		return fail_set(f, FAIL_USAGE, "the URL '%.*s' is too long",
				STR_ARG(base));
	memcpy(url, base.p, base.n);
	url[base.n] = '\0';
	/* always the same base: the root of the table's own store */
	if (d->outside == NULL)
		rc = store_open(&d->outside, url, f);
	*out = d->outside;
	return rc;
}

const char *
delta_url(const struct delta *d)
{
	return store_url(d->store);
}

void
delta_uuid(char dst[DELTA_UUID_N + 1])
{
	uint64_t a = (uint64_t)hash_nonce(), b = (uint64_t)hash_nonce();

	/* version 4, variant 10 (RFC 9562); a nonce has 63 random bits, and
	 * the top bit of each half is not random here */
	snprintf(dst, DELTA_UUID_N + 1, "%08llx-%04llx-4%03llx-%04llx-%012llx",
		 (unsigned long long)(a & 0xffffffff),
		 (unsigned long long)(a >> 32 & 0xffff),
		 (unsigned long long)(a >> 48 & 0xfff),
		 (unsigned long long)((b >> 48 & 0x3fff) | 0x8000),
		 (unsigned long long)(b & 0xffffffffffff));
}

/* ---- names ---- */

struct str
log_key(char *dst, int64_t version, const char *suffix)
{
	size_t n = strlen(LOG_FOLDER), m = strlen(suffix);

	memcpy(dst, LOG_FOLDER, n);
	num_format_padded(dst + n, (uint64_t)version, 20);
	memcpy(dst + n + 20, suffix, m + 1);
	return (struct str){dst, n + 20 + m};
}

bool
log_parse_name(struct str key, int64_t *version, struct str *suffix)
{
	const char *p = key.p + strlen(LOG_FOLDER);
	int64_t v = 0;

	if (!str_starts(key, LOG_FOLDER) || key.n < strlen(LOG_FOLDER) + 20)
		return false;
	for (int i = 0; i < 20; i++) {
		if (p[i] < '0' || p[i] > '9' || v > LOG_VERSION_MAX)
			return false;
		v = v * 10 + (p[i] - '0');
	}
	*version = v;
	*suffix = (struct str){p + 20, (size_t)(key.p + key.n - p) - 20};
	return v <= LOG_VERSION_MAX;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
log_same_name(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

/* ---- escapes ---- */

int
log_escape_folder(struct str s, struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c == 0x7f ||
		    memchr("\"#%'*/:=?\\{[]^", c, 14) != NULL)
			rc = buf_add_percent(out, s.p[i]);
		else
			rc = buf_add_char(out, s.p[i]);
	}
	return rc;
}

/* RFC 3986: what a path may hold stays, the rest is percent-encoded. */
int
log_encode_path(struct str s, struct buf *out)
{
	return buf_add_encoded(out, s, "-._~!$&'()*+,;=:@/");
}

/* ---- what a protocol allows ---- */

static bool
is_listed(struct str feature, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(feature, list[i]))
			return true;
	return false;
}

int
log_check_read(const struct delta_protocol *p, const char *url, struct fail *f)
{
	static const char *const known[] = {
		"columnMapping",       "deletionVectors",
		"timestampNtz",	       "typeWidening",
		"v2Checkpoint",	       "typeWidening-preview",
		"vacuumProtocolCheck",
	};

	if (p->reader > 3)
		return fail_set(f, FAIL_USAGE,
				"'%s' needs reader version %lld of the Delta "
				"protocol; we know up to 3",
				url, (long long)p->reader);
	for (size_t i = 0; p->reader == 3 && i < p->reader_feature_n; i++)
		if (!is_listed(p->reader_feature[i], known,
			       sizeof(known) / sizeof(*known)))
			return fail_set(f, FAIL_USAGE,
					"'%s' needs the reader feature '%.*s', "
					"which we do not have",
					url, STR_ARG(p->reader_feature[i]));
	return 0;
}

bool
log_has_feature(const struct delta_protocol *p, const char *feature)
{
	for (size_t i = 0; i < p->reader_feature_n; i++)
		if (str_is(p->reader_feature[i], feature))
			return true;
	return false;
}
