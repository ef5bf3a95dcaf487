/* SPDX-License-Identifier: MIT */
/*
 * The files of a log's folder by what they are, for whoever cleans up or
 * reports.
 */
#include "delta/log.h"

#include <stdlib.h>

#define SIDECARS LOG_FOLDER "_sidecars/"

/* "00000000000000000010.00000000000000000020.compacted.json": the commits
 * from one version to another in one file. */
static bool
is_compacted(struct str suffix)
{
	return suffix.n == 1 + 20 + strlen(".compacted.json") &&
	       suffix.p[0] == '.' && str_ends(suffix, ".compacted.json");
}

static enum delta_log_kind
kind_of(struct str key, int64_t *version)
{
	struct str suffix;

	*version = -1;
	if (str_ends(key, ".tmp"))
		return DELTA_LOG_TEMP;
	if (str_starts(key, SIDECARS))
		return DELTA_LOG_SIDECAR;
	if (!log_parse_name(key, version, &suffix) ||
	    memchr(suffix.p, '/', suffix.n) != NULL) {
		*version = -1;
		return DELTA_LOG_OTHER;
	}
	if (str_is(suffix, ".json"))
		return DELTA_LOG_COMMIT;
	if (str_starts(suffix, ".checkpoint."))
		return DELTA_LOG_CHECKPOINT;
	if (str_is(suffix, ".crc"))
		return DELTA_LOG_CHECKSUM;
	return is_compacted(suffix) ? DELTA_LOG_COMPACTED : DELTA_LOG_OTHER;
}

int
delta_log_files(struct delta *d, struct arena *a, struct delta_log *out,
		struct fail *f)
{
	struct store_list list;
	int rc = store_list(delta_store(d), LOG_FOLDER, STR_LIT(""), true, a,
			    &list, f);

	*out = (struct delta_log){0};
	if (rc != 0)
		return rc;
	out->item = arena_zalloc(a, list.n + 1, sizeof(*out->item));
	if (out->item == NULL)
		return fail_memory(f);
	out->n = list.n;
	for (size_t i = 0; i < list.n; i++) {
		struct delta_log_file *file = &out->item[i];

		file->key = list.item[i].key;
		file->bytes = list.item[i].bytes;
		file->mtime_ms = list.item[i].mtime_ms;
		file->kind = kind_of(file->key, &file->version);
		file->is_whole = log_checkpoint_parts(&list, i) > 0;
	}
	return 0;
}

bool
delta_is_erasure(const struct delta_actions *a)
{
	struct doc *doc;
	struct str value;
	bool is_erasure;

	if (a->parameters.n == 0 || doc_parse(&doc, a->parameters, "parameters",
					      FAIL_DATA, 0, NULL) != 0)
		return false;
	is_erasure = doc_get_str(doc_root(doc), DELTA_ERASURE, &value, NULL) ==
			     0 &&
		     str_is(value, "true");
	doc_close(doc);
	return is_erasure;
}
