/* SPDX-License-Identifier: MIT */
/*
 * What the log's folder holds: the range of commits and the checkpoints. The
 * hint (_last_checkpoint) only saves listing old names: it may be stale,
 * absent or damaged, and whenever what it promises is not there, the whole
 * folder is listed.
 */
#include "delta/log.h"

#include <stdlib.h>

/* The hint's version, or 0. Only a store that cannot be asked is a failure:
 * the listing would wait for it in vain once more. */
static int
read_hint(struct delta *d, int64_t *version, struct fail *f)
{
	struct fail why = {0};
	struct buf text;
	struct doc *doc = NULL;
	int rc;

	*version = 0;
	buf_init(&text, LOG_SCHEMA_MAX);
	rc = store_get(delta_store(d), STR_LIT(LOG_HINT), LOG_SCHEMA_MAX, &text,
		       &why);
	if (rc == STORE_OK && doc_parse(&doc, buf_str(&text), LOG_HINT,
					FAIL_DATA, 0, NULL) == 0) {
		if (doc_get_i64(doc_root(doc), "version", version, NULL) != 0 ||
		    *version < 0 || *version > LOG_VERSION_MAX)
			*version = 0;
		doc_close(doc);
	}
	buf_release(&text);
	if (rc >= 0 || rc == FAIL_DATA || rc == FAIL_IO)
		return 0;
	return fail_set(f, rc, "%s", why.text);
}

/* ".checkpoint.0000000001.0000000003.parquet": part and parts. */
static bool
parse_part(struct str suffix, int64_t *part, int64_t *parts)
{
	const char *p = suffix.p + strlen(".checkpoint.");

	if (suffix.n != strlen(".checkpoint.") + 21 + strlen(".parquet") ||
	    p[10] != '.')
		return false;
	*part = *parts = 0;
	for (int i = 0; i < 10; i++) {
		if (p[i] < '0' || p[i] > '9' || p[11 + i] < '0' ||
		    p[11 + i] > '9')
			return false;
		*part = *part * 10 + (p[i] - '0');
		*parts = *parts * 10 + (p[11 + i] - '0');
	}
	return *part >= 1 && *part <= *parts && *parts <= 10000;
}

size_t
log_checkpoint_parts(const struct store_list *list, size_t i, struct str suffix)
{
	int64_t version, part, parts, first;

	if (!str_starts(suffix, ".checkpoint."))
		return 0;
	if (str_is(suffix, ".checkpoint.parquet"))
		return 1;
	if (!parse_part(suffix, &part, &parts))
		/* ".checkpoint.UUID.json" or ".parquet": version 2 */
		return suffix.n > 40 && (str_ends(suffix, ".json") ||
					 str_ends(suffix, ".parquet"));
	if (part != 1 || (uint64_t)parts > list->n - i)
		return 0;
	if (!log_parse_name(list->item[i].key, &first, &suffix))
		return 0;
	for (int64_t k = 1; k < parts; k++) {
		int64_t of;

		if (!log_parse_name(list->item[i + (size_t)k].key, &version,
				    &suffix) ||
		    version != first || !parse_part(suffix, &part, &of) ||
		    part != k + 1 || of != parts)
			return 0;
	}
	return (size_t)parts;
}

static int
take_checkpoint(const struct store_list *list, size_t i, size_t n,
		int64_t version, struct arena *a, struct log_checkpoint *out,
		struct fail *f)
{
	*out = (struct log_checkpoint){.version = version, .n = n};
	out->key = arena_zalloc(a, n, sizeof(*out->key));
	if (out->key == NULL)
		return fail_memory(f);
	for (size_t k = 0; k < n; k++)
		out->key[k] = list->item[i + k].key;
	return 0;
}

static int
list_from(struct delta *d, int64_t from, int64_t wanted, struct arena *a,
	  struct log_listing *out, struct fail *f)
{
	char key[LOG_KEY_MAX];
	struct store_list list;
	int rc = store_list(delta_store(d), LOG_FOLDER, log_key(key, from, ""),
			    false, a, &list, f);

	*out = (struct log_listing){.oldest = -1, .newest = -1};
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		struct str suffix;
		int64_t version;
		size_t parts;

		if (!log_parse_name(list.item[i].key, &version, &suffix))
			continue;
		if (str_is(suffix, ".json")) {
			if (out->oldest < 0) {
				out->oldest = version;
				if (out->first.version < version - 1)
					out->first.n = 0;
			}
			out->newest = version;
			continue;
		}
		parts = log_checkpoint_parts(&list, i, suffix);
		if (parts == 0)
			continue;
		if (out->first.n == 0 || out->oldest < 0)
			rc = take_checkpoint(&list, i, parts, version, a,
					     &out->first, f);
		if (rc == 0 && version <= wanted)
			rc = take_checkpoint(&list, i, parts, version, a,
					     &out->best, f);
	}
	return rc;
}

int
log_list(struct delta *d, int64_t wanted, struct arena *a,
	 struct log_listing *out, struct fail *f)
{
	int64_t hint;
	int rc = read_hint(d, &hint, f);

	if (rc != 0)
		return rc;
	if (hint > 0 && hint <= wanted) {
		rc = list_from(d, hint, wanted, a, out, f);
		if (rc != 0 || out->best.n > 0)
			return rc;
	}
	return list_from(d, 0, wanted, a, out, f);
}
