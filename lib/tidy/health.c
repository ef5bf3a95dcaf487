/* SPDX-License-Identifier: MIT */
/*
 * How a table is: counts of what upkeep would change, by the same judgement
 * that upkeep goes by, so that a report never promises what it would not do.
 */
#include "tidy/care.h"
#include "tidy/plan.h"

static int
count_live(struct tidy *t, struct tidy_health *h, struct fail *f)
{
	const struct delta_snapshot *s = t->s;
	struct map parts;
	struct buf text;
	int rc = 0;

	map_init(&parts, CARE_FILES);
	buf_init(&text, LIMIT_PATH * 4);
	for (size_t i = 0; rc == 0 && i < s->file_n; i++) {
		const struct delta_file *file = &s->file[i];
		uint64_t rows;

		if (!s->is_live[i])
			continue;
		care_count(&h->live, file->bytes);
		if (file->bytes < plan_small(h->target_bytes))
			care_count(&h->small, file->bytes);
		if (delta_file_rows(file, &rows))
			h->rows += rows;
		else
			h->unknown_rows++;
		rc = care_partition(file, &text, f);
		if (rc == 0 && map_add(&parts, buf_str(&text), NULL) < 0)
			rc = fail_memory(f);
	}
	h->partitions = parts.len;
	buf_release(&text);
	map_release(&parts);
	return rc;
}

/* The newest one that readers begin at: the snapshot has met no damage there,
 * or it is read. */
static int
take_checkpoint(struct tidy *t, int64_t version, struct tidy_health *h,
		struct fail *f)
{
	bool is_sound = true;
	int rc = t->s->damage.code == 0
			 ? 0
			 : log_is_sound(t, version, &is_sound, f);

	if (rc == 0 && is_sound)
		h->checkpoint = version;
	return rc;
}

static int
count_log(struct tidy *t, struct tidy_health *h, struct fail *f)
{
	struct delta_log log;
	struct arena mem = {0};
	bool *gone;
	int rc = delta_log_files(t->d, &mem, &log, f);

	h->checkpoint = -1;
	if (rc == 0)
		rc = log_plan(t, &log, &mem, &gone, f);
	for (size_t i = 0; rc == 0 && i < log.n; i++) {
		const struct delta_log_file *file = &log.item[i];

		care_count(&h->log, file->bytes);
		if (gone[i])
			care_count(&h->log_old, file->bytes);
	}
	for (size_t i = log.n; rc == 0 && i > 0 && h->checkpoint < 0; i--)
		if (log.item[i - 1].kind == DELTA_LOG_CHECKPOINT &&
		    log.item[i - 1].is_whole)
			rc = take_checkpoint(t, log.item[i - 1].version, h, f);
	arena_release(&mem);
	return rc != 0 ? rc : delta_oldest(t->d, &h->oldest, f);
}

static int
count_rest(struct tidy *t, struct tidy_health *h, struct fail *f)
{
	struct survey s;
	int rc = survey_make(t, &s, f);

	for (size_t i = 0; rc == 0 && i < s.list.n; i++) {
		uint64_t bytes = s.list.item[i].bytes;

		switch (s.item[i]) {
		case SURVEY_OLD_TOMBSTONE:
			care_count(&h->waste, bytes);
			care_count(&h->tombstones, bytes);
			break;
		case SURVEY_TOMBSTONE:
			care_count(&h->tombstones, bytes);
			break;
		case SURVEY_OLD_ORPHAN:
			care_count(&h->waste, bytes);
			care_count(&h->orphans, bytes);
			break;
		case SURVEY_ORPHAN:
			care_count(&h->orphans, bytes);
			break;
		case SURVEY_NEEDED:
			care_count(&h->needed, bytes);
			break;
		case SURVEY_LIVE:
		case SURVEY_OTHER:
			break;
		}
	}
	h->missing = s.missing;
	survey_release(&s);
	return rc;
}

static void
find_oldest_txn(const struct tidy *t, struct tidy_health *h)
{
	h->txns = t->s->txn_n;
	h->oldest_txn_ms = -1;
	h->oldest_txn = (struct str){"", 0};
	for (size_t i = 0; i < t->s->txn_n; i++) {
		const struct delta_txn *txn = &t->s->txn[i];

		if (txn->updated_ms < 0 ||
		    (h->oldest_txn_ms >= 0 &&
		     txn->updated_ms >= h->oldest_txn_ms))
			continue;
		h->oldest_txn = txn->app_id;
		h->oldest_txn_ms = txn->updated_ms;
	}
}

int
tidy_health(struct tidy *t, struct tidy_health *out, struct fail *f)
{
	int rc;

	*out = (struct tidy_health){.target_bytes = care_target(t)};
	rc = count_rest(t, out, f);
	if (rc == 0)
		rc = count_live(t, out, f);
	if (rc == 0)
		rc = count_log(t, out, f);
	if (rc == 0)
		rc = compact_count(t, &out->compactable, f);
	find_oldest_txn(t, out);
	out->version = t->s->version;
	if (t->has_consumer && t->slowest.next <= t->s->version)
		out->behind = t->s->version + 1 - t->slowest.next;
	return rc;
}
