/* SPDX-License-Identifier: MIT */
/*
 * What the log's folder holds: the range of commits and the checkpoints. The
 * hint (_last_checkpoint) only saves listing old names: it may be stale,
 * absent or damaged, and whenever what it promises is not there, the whole
 * folder is listed.
 */
#include "delta/log.h"

#include <stdio.h>
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

/* ".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json" or ".parquet". */
static bool
is_uuid_named(struct str suffix)
{
	const char *p = suffix.p + strlen(".checkpoint.");
	size_t n = strlen(".checkpoint.") + DELTA_UUID_N;

	if (suffix.n <= n ||
	    (!str_is((struct str){suffix.p + n, suffix.n - n}, ".json") &&
	     !str_is((struct str){suffix.p + n, suffix.n - n}, ".parquet")))
		return false;
	for (size_t i = 0; i < DELTA_UUID_N; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash != (p[i] == '-') ||
		    (!is_dash &&
		     strchr("0123456789abcdefABCDEF", p[i]) == NULL))
			return false;
	}
	return true;
}

static int
compare_key(const void *key, const void *item)
{
	return str_compare(*(const struct str *)key,
			   ((const struct store_info *)item)->key);
}

/* Is part k of so many in the list? Its key there, or p NULL. */
static struct str
find_part(const struct store_list *list, int64_t version, int64_t part,
	  int64_t parts)
{
	char suffix[64], name[LOG_KEY_MAX + sizeof(suffix)];
	const struct store_info *found;
	struct str key;

	snprintf(suffix, sizeof(suffix), ".checkpoint.%010lld.%010lld.parquet",
		 (long long)part, (long long)parts);
	key = log_key(name, version, suffix);
	found = bsearch(&key, list->item, list->n, sizeof(*list->item),
			compare_key);
	return found == NULL ? (struct str){NULL, 0} : found->key;
}

size_t
log_checkpoint_parts(const struct store_list *list, size_t i)
{
	int64_t version, part, parts;
	struct str suffix;

	if (!log_parse_name(list->item[i].key, &version, &suffix) ||
	    !str_starts(suffix, ".checkpoint."))
		return 0;
	if (str_is(suffix, ".checkpoint.parquet") || is_uuid_named(suffix))
		return 1;
	if (!parse_part(suffix, &part, &parts))
		return 0;
	for (int64_t k = 1; k <= parts; k++)
		if (find_part(list, version, k, parts).p == NULL)
			return 0;
	return (size_t)parts;
}

/* The checkpoint that item i is, or whose first part it is; n 0: none. */
static int
take_checkpoint(const struct store_list *list, size_t i, struct arena *a,
		struct log_checkpoint *out, struct fail *f)
{
	struct str suffix;
	int64_t part = 1, parts = 1;

	*out = (struct log_checkpoint){0};
	if (!log_parse_name(list->item[i].key, &out->version, &suffix))
		return 0;
	if (parse_part(suffix, &part, &parts) && part != 1)
		return 0;
	out->n = log_checkpoint_parts(list, i);
	if (out->n == 0)
		return 0;
	out->key = arena_zalloc(a, out->n, sizeof(*out->key));
	if (out->key == NULL)
		return fail_memory(f);
	out->key[0] = list->item[i].key;
	for (size_t k = 1; k < out->n; k++)
		out->key[k] = find_part(list, out->version, (int64_t)k + 1,
					parts);
	return 0;
}

/* ---- the folder ---- */

/* A commit, in the order of versions. */
static int
see_commit(struct log_listing *out, int64_t version, int64_t mtime_ms,
	   struct arena *a, struct fail *f)
{
	int64_t before = out->commit_n == 0
				 ? -1
				 : out->commit[out->commit_n - 1].version;
	int rc = LOG_GROW(a, &out->commit, out->commit_n, &out->commit_cap, f);

	if (rc != 0)
		return rc;
	out->commit[out->commit_n++] = (struct log_commit_file){version,
								mtime_ms};
	if (version == before + 1 && before >= 0)
		return 0;
	/* What was before cannot be followed to here, unless a checkpoint
	 * stands right before. */
	out->run = out->commit_n - 1;
	if (out->first.n > 0 && out->first.version < version - 1)
		out->first = out->last.version >= version - 1
				     ? out->last
				     : (struct log_checkpoint){0};
	return 0;
}

static void
see_checkpoint(struct log_listing *out, const struct log_checkpoint *c,
	       int64_t wanted)
{
	out->last = *c;
	if (out->first.n == 0)
		out->first = *c;
	if (out->begin < 0 || c->version < out->begin)
		out->begin = c->version;
	if (c->version <= wanted)
		out->best = *c;
}

static int
list_from(struct delta *d, int64_t from, int64_t wanted, struct arena *a,
	  struct log_listing *out, struct fail *f)
{
	char key[LOG_KEY_MAX];
	struct store_list list;
	int rc = store_list(delta_store(d), LOG_FOLDER, log_key(key, from, ""),
			    false, a, &list, f);

	*out = (struct log_listing){.oldest = -1, .newest = -1, .begin = -1};
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		struct log_checkpoint c;
		struct str suffix;
		int64_t version;

		if (!log_parse_name(list.item[i].key, &version, &suffix))
			continue;
		if (str_is(suffix, ".json")) {
			rc = see_commit(out, version, list.item[i].mtime_ms, a,
					f);
			continue;
		}
		rc = take_checkpoint(&list, i, a, &c, f);
		if (rc == 0 && c.n > 0)
			see_checkpoint(out, &c, wanted);
	}
	if (out->commit_n > 0) {
		out->oldest = out->commit[0].version;
		out->newest = out->commit[out->commit_n - 1].version;
	}
	if (out->oldest == 0)
		out->begin = 0;
	/* a checkpoint may be all that is left, or the newest there is */
	if (out->last.n > 0 && out->last.version > out->newest)
		out->first = out->last;
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

bool
log_list_hole(const struct log_listing *l, int64_t version, int64_t *last)
{
	int64_t next = -1;

	for (size_t i = l->commit_n; i > 0; i--) {
		if (l->commit[i - 1].version <= version)
			break;
		next = l->commit[i - 1].version;
	}
	if (l->last.n > 0 && l->last.version >= version && next < 0)
		next = l->last.version;
	*last = next - 1;
	return next > version;
}

int64_t
log_list_oldest(const struct log_listing *l)
{
	bool is_whole = l->oldest == 0 && l->run == 0 &&
			l->last.version <= l->newest;

	if (is_whole || l->first.n == 0)
		return is_whole ? 0 : -1;
	return l->first.version;
}
