/* SPDX-License-Identifier: MIT */
/*
 * Consumers of a table are known by their sinks: each of its jobs has recorded
 * there, by the id of the table that it reads, which version it will read
 * next.
 */
#include "tidy/tidy.h"

#include <stdlib.h>

static int
add(struct tidy_consumers *out, size_t *cap, struct tidy_consumer one,
    struct fail *f)
{
	const char *job = arena_copy(&out->mem, one.job);
	const char *source = arena_copy(&out->mem, one.source);

	if (job == NULL || source == NULL || !MEM_GROW(&out->item, out->n, cap))
		return fail_memory(f);
	one.job.p = job;
	one.source.p = source;
	out->item[out->n++] = one;
	return 0;
}

static int
read_one(struct tidy_consumers *out, size_t *cap, const char *url,
	 struct fail *f)
{
	struct delta_snapshot *s = NULL;
	struct delta *d = NULL;
	size_t before = out->n;
	int rc = delta_open(&d, url, f);

	if (rc == 0)
		rc = delta_load(d, DELTA_LATEST, &s, f);
	for (size_t i = 0; rc == 0 && i < s->txn_n; i++) {
		struct tidy_consumer one = {.url = url,
					    .next = s->txn[i].version};

		if (delta_position_split(s->txn[i].app_id, &one.job,
					 &one.source))
			rc = add(out, cap, one, f);
	}
	if (rc == 0 && out->n == before)
		rc = add(out, cap,
			 (struct tidy_consumer){
				 .url = url, .job = {"", 0}, .source = {"", 0}},
			 f);
	delta_snapshot_close(s);
	delta_close(d);
	return rc;
}

int
tidy_consumers_read(struct tidy_consumers *out, const char *const *url,
		    size_t n, struct fail *f)
{
	size_t cap = 0;
	int rc = 0;

	*out = (struct tidy_consumers){0};
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_one(out, &cap, url[i], f);
	return rc;
}

void
tidy_consumers_release(struct tidy_consumers *c)
{
	free(c->item);
	arena_release(&c->mem);
	*c = (struct tidy_consumers){0};
}
