/* SPDX-License-Identifier: MIT */
/*
 * Checkpoints from untrusted bytes: their actions in a snapshot, or a
 * sentence.
 */
#include <stdlib.h>

#include "delta/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str bytes = {(const char *)data, n};
	struct delta_snapshot *s;
	struct fail f = {0};
	size_t sum = 0;

	if (delta_load(NULL, -1, &s, NULL) != 0)
		return 0;
	if (log_read_actions(s, parquet_source_mem(&bytes, "checkpoint"), &f) !=
		    0 &&
	    (f.code == 0 || f.code == FAIL_BUG || f.text[0] == '\0'))
		abort();
	for (size_t i = 0; i < s->file_n; i++) {
		const struct delta_file *file = &s->file[i];

		sum += strlen(file->path.p) + file->stats.n;
		for (size_t k = 0; k < file->partition.n; k++)
			sum += strlen(file->partition.item[k].key.p) +
			       file->partition.item[k].value.n;
		sum += delta_dv_id(file).n;
	}
	for (size_t i = 0; i < s->txn_n; i++)
		sum += s->txn[i].app_id.n;
	if (sum == SIZE_MAX)
		abort();
	delta_snapshot_close(s);
	return 0;
}
