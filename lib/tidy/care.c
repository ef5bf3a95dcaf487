/* SPDX-License-Identifier: MIT */
/*
 * A table under care: its newest snapshot, the clock, and which of its files
 * the jobs that read it have not read yet. What a job will read are the files
 * that commits from its position on added, and, to learn what they touched,
 * those that they removed: none of these may be deleted or replaced.
 */
#include "tidy/care.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CLOCK_KEY "_delta_log/_lake_tidy_clock"

static void find_slowest(struct tidy *t);

int
tidy_open(struct tidy **out, const struct tidy_options *o, struct fail *f)
{
	struct tidy *t = calloc(1, sizeof(*t));
	int rc;

	if (t == NULL)
		return fail_memory(f);
	t->o = *o;
	t->opened_us = utc_monotonic();
	t->needed_from = t->needed_to = -1;
	map_init(&t->needed, CARE_FILES);
	map_init(&t->notices, CARE_FILES);
	t->sound = -1;
	rc = delta_open(&t->d, o->url, f);
	if (rc == 0)
		rc = delta_load(t->d, DELTA_LATEST, &t->s, f);
	if (rc == 0 && t->s->version < 0)
		rc = delta_no_table(t->d, f);
	if (rc == 0 && t->s->damage.code != 0)
		rc = care_note_damage(t, &t->s->damage, f);
	if (rc != 0) {
		tidy_close(t);
		return rc;
	}
	t->meta = t->s->meta;
	find_slowest(t);
	*out = t;
	return 0;
}

void
tidy_close(struct tidy *t)
{
	if (t == NULL)
		return;
	map_release(&t->needed);
	map_release(&t->notices);
	delta_snapshot_close(t->s);
	delta_close(t->d);
	arena_release(&t->mem);
	free(t);
}

const struct delta_snapshot *
tidy_snapshot(const struct tidy *t)
{
	return t->s;
}

struct str
tidy_notice(struct tidy *t)
{
	return t->told < t->notices.len ? t->notices.key[t->told++]
					: (struct str){"", 0};
}

int
care_note(struct tidy *t, struct fail *f, const char *fmt, ...)
{
	char text[FAIL_TEXT_MAX * 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return map_add(&t->notices, str_of(text), NULL) < 0 ? fail_memory(f)
							    : 0;
}

int
care_note_damage(struct tidy *t, const struct fail *damage, struct fail *f)
{
	return care_note(t, f, "a checkpoint is passed over: %s", damage->text);
}

int
care_catch_up(struct tidy *t, struct fail *f)
{
	struct delta_actions a;
	int rc;

	do
		rc = delta_step(t->d, t->s, &a, f);
	while (rc == 0);
	t->meta = t->s->meta;
	return rc == STORE_ABSENT ? 0 : rc;
}

int
care_check(struct tidy *t, struct fail *f)
{
	return t->o.check == NULL ? 0 : t->o.check(t->o.ctx, f);
}

int64_t
care_retain_ms(const struct tidy *t, int64_t otherwise)
{
	return t->o.retain_ms >= 0 ? t->o.retain_ms : otherwise;
}

uint64_t
care_target(const struct tidy *t)
{
	return t->o.target_bytes > 0
		       ? t->o.target_bytes
		       : delta_meta_bytes(&t->s->meta, "delta.targetFileSize",
					  (uint64_t)128 << 20);
}

int64_t
care_clock(const struct tidy *t)
{
	if (t->o.now_ms < 0)
		return utc_now() / UTC_MS;
	return t->o.now_ms + (utc_monotonic() - t->opened_us) / UTC_MS;
}

/* A file's age is told by the store, so its clock is asked: a file written
 * now says what it shows. Where nothing may be written it is the machine's. */
int
care_now(struct tidy *t, int64_t *now_ms, struct fail *f)
{
	struct store *s = delta_store(t->d);
	struct store_info info;
	struct fail own = {0};
	int rc;

	*now_ms = care_clock(t);
	if (t->o.now_ms >= 0 || t->o.is_dry)
		return 0;
	rc = store_put(s, STR_LIT(CLOCK_KEY), STR_LIT(""), &own);
	if (t->o.is_look && (rc == FAIL_DENIED || rc == FAIL_IO))
		return care_note(t, f,
				 "'%s': ages are told by this machine's clock, "
				 "for the store's cannot be asked: %s",
				 t->o.url, own.text);
	if (rc != 0)
		return fail_set(f, rc, "%s", own.text);
	rc = store_stat(s, STR_LIT(CLOCK_KEY), &info, f);
	if (rc == 0) {
		*now_ms = info.mtime_ms;
		rc = store_delete(s, STR_LIT(CLOCK_KEY), f);
	}
	/* another run's clock: ours is gone with it, and right enough */
	return rc == STORE_ABSENT ? 0 : rc;
}

int
care_key(struct tidy *t, const struct delta_file *file, struct arena *a,
	 struct str *out, struct fail *f)
{
	struct fail own = {0};
	int rc = delta_file_key(t->d, file, a, out, &own);

	if (rc == 0)
		return 0;
	*out = (struct str){"", 0};
	return rc == FAIL_USAGE ? 0 : fail_set(f, rc, "%s", own.text);
}

int
care_delete(struct tidy *t, struct str key, uint64_t bytes,
	    struct tidy_files *deleted, struct fail *f)
{
	int rc = care_check(t, f);

	if (rc == 0 && t->o.tell != NULL)
		rc = t->o.tell(t->o.ctx, "delete", key, bytes, f);
	if (rc != 0)
		return rc;
	care_count(deleted, bytes);
	if (t->o.is_dry)
		return 0;
	t->gone[t->gone_n++] = key;
	return t->gone_n < CARE_BATCH ? 0 : care_flush(t, f);
}

int
care_flush(struct tidy *t, struct fail *f)
{
	size_t n = t->gone_n;

	t->gone_n = 0;
	return n == 0 ? 0 : store_delete_many(delta_store(t->d), t->gone, n, f);
}

int
care_partition(const struct delta_file *file, struct buf *out, struct fail *f)
{
	int rc = 0;

	buf_reset(out);
	for (size_t i = 0; rc == 0 && i < file->partition.n; i++) {
		const struct delta_pair *p = &file->partition.item[i];

		rc = buf_add_str(out, p->key);
		if (rc == 0)
			rc = buf_add(out, p->value.p == NULL ? "\0n" : "\0v",
				     2);
		if (rc == 0 && p->value.p != NULL)
			rc = buf_add_str(out, p->value);
		if (rc == 0)
			rc = buf_add_char(out, '\0');
	}
	return rc != 0 ? fail_memory(f) : 0;
}

/* ---- consumers ---- */

static bool
is_reader(const struct tidy *t, const struct tidy_consumer *c)
{
	return str_equal(c->source, t->s->meta.id);
}

/* A sink that has recorded nothing has not begun to read. One that reads other
 * tables only is no consumer of this one: several may be cared for at once. */
static void
find_slowest(struct tidy *t)
{
	const struct tidy_consumers *c = t->o.consumers;

	for (size_t i = 0; c != NULL && i < c->n; i++) {
		struct tidy_consumer one = c->item[i];

		if (!is_reader(t, &one) && one.job.n > 0)
			continue;
		if (!t->has_consumer || one.next < t->slowest.next)
			t->slowest = one;
		t->has_consumer = true;
	}
}

const struct tidy_consumer *
tidy_slowest(const struct tidy *t)
{
	return t->has_consumer ? &t->slowest : NULL;
}

/* Files of one commit that a job which has not read it will look at. */
static int
add_needed(struct tidy *t, const struct delta_file *file, struct fail *f)
{
	struct arena mem = {0};
	struct str key, vector = {"", 0};
	int rc = 0;

	if (!file->is_data_change)
		return 0;
	rc = care_key(t, file, &mem, &key, f);
	if (rc == 0 && key.n > 0 && file->dv != NULL)
		rc = delta_dv_key(t->d, file->dv, &mem, &vector, f);
	if (rc == 0 && (map_add(&t->needed, key, NULL) < 0 ||
			map_add(&t->needed, vector, NULL) < 0))
		rc = fail_memory(f);
	arena_release(&mem);
	return rc;
}

static int
add_commit(struct tidy *t, int64_t version, struct fail *f)
{
	struct delta_actions a;
	struct arena mem = {0};
	int rc = delta_read_commit(t->d, version, &mem, &a, f);

	for (size_t i = 0; rc == 0 && i < a.add_n; i++)
		rc = add_needed(t, &a.add[i], f);
	for (size_t i = 0; rc == 0 && i < a.remove_n; i++)
		rc = add_needed(t, &a.remove[i], f);
	arena_release(&mem);
	return rc;
}

int
care_find_needed(struct tidy *t, struct fail *f)
{
	int rc = 0;

	if (!t->has_consumer)
		return 0;
	if (t->needed_to < 0) {
		t->needed_from = t->slowest.next;
		t->needed_to = t->needed_from - 1;
	}
	while (rc == 0 && t->needed_to < t->s->version) {
		rc = add_commit(t, t->needed_to + 1, f);
		if (rc == STORE_ABSENT) {
			t->is_all_needed = true;
			rc = 0;
		}
		t->needed_to++;
	}
	return rc;
}

bool
care_is_needed(const struct tidy *t, struct str key)
{
	return t->is_all_needed || map_find(&t->needed, key) >= 0;
}
