/* SPDX-License-Identifier: MIT */
/*
 * The report of lake-tidy.
 */
#include "report.h"

#include "doc/doc.h"

#include <stdio.h>

#define ACTIONS	  4
#define BYTES_MAX 32

/* Versions behind a checkpoint that make reading slow. */
#define FAR_FROM_CHECKPOINT 20

/* ---- what to run next ---- */

static size_t
choose_actions(const struct tidy_health *h, const char *action[ACTIONS])
{
	size_t n = 0;

	if (h->compactable.n > 0 && h->missing == 0)
		action[n++] = "--compact";
	if (h->version - h->checkpoint > FAR_FROM_CHECKPOINT)
		action[n++] = "--checkpoint";
	if (h->waste.n > 0)
		action[n++] = "--vacuum";
	if (h->log_old.n > 0)
		action[n++] = "--clean-log";
	return n;
}

/* As a shell reads it back. */
static int
add_word(struct buf *out, const char *word)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"_./:=,@%+-";
	int rc = buf_add_char(out, ' ');

	if (rc == 0 && word[strspn(word, plain)] == '\0')
		return buf_add_cstr(out, word);
	if (rc == 0)
		rc = buf_add_char(out, '\'');
	for (; rc == 0 && *word != '\0'; word++)
		rc = *word == '\'' ? buf_add_cstr(out, "'\\''")
				   : buf_add_char(out, *word);
	return rc != 0 ? rc : buf_add_char(out, '\'');
}

/* Empty: nothing is to be done. */
static int
next_command(const struct report *r, struct buf *out)
{
	const char *action[ACTIONS];
	size_t n = choose_actions(r->health, action);
	int rc = n == 0 ? 0 : buf_add_cstr(out, "lake-tidy");

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_word(out, action[i]);
	if (n == 0)
		return rc;
	if (rc == 0 && r->o->consumers.n > 0)
		rc = buf_add_cstr(out, " --consumers");
	for (size_t i = 0; rc == 0 && i < r->o->consumers.n; i++) {
		size_t from = out->len;

		rc = add_word(out, r->o->consumers.item[i]);
		if (rc == 0 && i > 0)
			out->p[from] = ',';
	}
	return rc != 0 ? rc : add_word(out, r->url);
}

/* ---- JSON ---- */

static void
put_files(struct doc_writer *w, const char *key, const struct tidy_files *files)
{
	doc_begin_object(w, key);
	doc_put_u64(w, "files", files->n);
	doc_put_u64(w, "bytes", files->bytes);
	doc_end_object(w);
}

static void
put_health(struct doc_writer *w, const struct tidy_health *h)
{
	doc_put_i64(w, "version", h->version);
	doc_put_u64(w, "files", h->live.n);
	doc_put_u64(w, "bytes", h->live.bytes);
	doc_put_u64(w, "rows", h->rows);
	doc_put_u64(w, "filesWithoutRows", h->unknown_rows);
	doc_put_u64(w, "partitions", h->partitions);
	doc_put_u64(w, "targetBytes", h->target_bytes);
	doc_put_u64(w, "missing", h->missing);
	put_files(w, "small", &h->small);
	put_files(w, "compactable", &h->compactable);
	if (h->checkpoint >= 0)
		doc_put_i64(w, "checkpoint", h->checkpoint);
	doc_put_i64(w, "sinceCheckpoint", h->version - h->checkpoint);
	doc_put_i64(w, "oldestVersion", h->oldest);
	put_files(w, "log", &h->log);
	put_files(w, "logOld", &h->log_old);
	put_files(w, "tombstones", &h->tombstones);
	put_files(w, "orphans", &h->orphans);
	put_files(w, "waste", &h->waste);
	put_files(w, "neededByConsumers", &h->needed);
	doc_put_u64(w, "transactions", h->txns);
	if (h->oldest_txn_ms >= 0) {
		doc_put_str(w, "oldestTransaction", h->oldest_txn);
		doc_put_time(w, "oldestTransactionTime", h->oldest_txn_ms);
	}
}

static void
put_done(struct doc_writer *w, const struct report *r)
{
	const struct report_done *d = r->done;

	if (d->has_erasure) {
		doc_begin_object(w, "erased");
		doc_put_u64(w, "rows", d->erasure.rows);
		doc_put_u64(w, "rowsKept", d->erasure.kept);
		doc_put_u64(w, "conflicts", d->erasure.conflicts);
		put_files(w, "removed", &d->erasure.removed);
		put_files(w, "added", &d->erasure.added);
		doc_end_object(w);
	}
	if (d->has_compaction) {
		const struct tidy_compaction *c = &d->compaction;

		doc_begin_object(w, "compacted");
		doc_put_u64(w, "commits", c->commits);
		doc_put_u64(w, "conflicts", c->conflicts);
		doc_put_u64(w, "rows", c->rows);
		put_files(w, "removed", &c->removed);
		put_files(w, "added", &c->added);
		put_files(w, "leftForConsumers", &c->needed);
		doc_end_object(w);
	}
	if (d->has_checkpoint) {
		doc_begin_object(w, "checkpointed");
		doc_put_i64(w, "version", d->checkpoint);
		doc_put_bool(w, "new", d->is_checkpoint_new);
		doc_end_object(w);
	}
	if (d->has_vacuum) {
		put_files(w, "vacuumed", &d->vacuumed);
		put_files(w, "notVacuumed", &d->needed);
	}
	if (d->has_clean_log)
		put_files(w, "logCleaned", &d->log);
}

static int
print_json(const struct report *r, struct buf *line, struct fail *f)
{
	struct doc_writer w;
	struct buf next;
	int rc = 0;

	buf_init(&next, LIMIT_CONFIG);
	doc_writer_init(&w, line, 0);
	doc_begin_object(&w, NULL);
	doc_put_cstr(&w, "table", r->url);
	if (r->o->is_dry)
		doc_put_bool(&w, "dryRun", true);
	put_done(&w, r);
	if (r->health != NULL)
		put_health(&w, r->health);
	if (r->slowest != NULL) {
		doc_begin_object(&w, "slowestConsumer");
		doc_put_cstr(&w, "table", r->slowest->url);
		doc_put_str(&w, "job", r->slowest->job);
		doc_put_i64(&w, "next", r->slowest->next);
		doc_end_object(&w);
	}
	if (r->health != NULL) {
		rc = next_command(r, &next);
		if (rc == 0 && next.len > 0)
			doc_put_str(&w, "next", buf_str(&next));
	}
	doc_end_object(&w);
	if (doc_writer_end(&w, f) != 0 || rc != 0 ||
	    buf_add_char(line, '\n') != 0)
		rc = fail_memory(f);
	buf_release(&next);
	return rc;
}

/* ---- text ---- */

/* "12", "1.5 KiB", "3.2 GiB" */
static const char *
bytes_text(char dst[BYTES_MAX], uint64_t bytes)
{
	static const char unit[] = "KMGTPE";
	double v = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(dst, BYTES_MAX, "%llu B", (unsigned long long)bytes);
		return dst;
	}
	for (; v >= 1024 && i < sizeof(unit) - 2; i++)
		v /= 1024;
	snprintf(dst, BYTES_MAX, "%.1f %ciB", v, unit[i]);
	return dst;
}

static int
print_files(struct buf *out, const char *name, const struct tidy_files *files,
	    const char *more)
{
	char bytes[BYTES_MAX];

	return buf_addf(out, "  %-13s %llu, %s%s\n", name,
			(unsigned long long)files->n,
			bytes_text(bytes, files->bytes), more);
}

static int
print_compaction(const struct tidy_compaction *c, const char *would,
		 struct buf *out)
{
	char a[BYTES_MAX], b[BYTES_MAX];
	int rc;

	rc = buf_addf(out,
		      "  small files %sput together: %llu, %s, into %llu, "
		      "%s\n",
		      would, (unsigned long long)c->removed.n,
		      bytes_text(a, c->removed.bytes),
		      (unsigned long long)c->added.n,
		      bytes_text(b, c->added.bytes));
	if (rc == 0 && c->needed.n > 0)
		rc = buf_addf(out, "  small files left for consumers: %llu\n",
			      (unsigned long long)c->needed.n);
	return rc;
}

static int
print_done(const struct report *r, struct buf *out)
{
	const struct report_done *d = r->done;
	const char *would = r->o->is_dry ? "would be " : "";
	char a[BYTES_MAX];
	int rc = 0;

	if (d->has_erasure && r->o->is_dry)
		rc = buf_addf(out, "  files would be written anew: %llu, %s\n",
			      (unsigned long long)d->erasure.removed.n,
			      bytes_text(a, d->erasure.removed.bytes));
	else if (d->has_erasure)
		rc = buf_addf(out, "  rows erased: %llu, of files: %llu\n",
			      (unsigned long long)d->erasure.rows,
			      (unsigned long long)d->erasure.removed.n);
	if (rc == 0 && d->has_compaction)
		rc = print_compaction(&d->compaction, would, out);
	if (rc == 0 && d->has_checkpoint)
		rc = buf_addf(out, "  checkpoint of version %lld %s%s\n",
			      (long long)d->checkpoint,
			      d->is_checkpoint_new ? would : "",
			      d->is_checkpoint_new ? "written"
						   : "was there already");
	if (rc == 0 && d->has_vacuum)
		rc = buf_addf(out, "  files %sdeleted: %llu, %s\n", would,
			      (unsigned long long)d->vacuumed.n,
			      bytes_text(a, d->vacuumed.bytes));
	if (rc == 0 && d->needed.n > 0)
		rc = buf_addf(out, "  files kept for consumers: %llu, %s\n",
			      (unsigned long long)d->needed.n,
			      bytes_text(a, d->needed.bytes));
	if (rc == 0 && d->has_clean_log)
		rc = buf_addf(out, "  files of the log %sdeleted: %llu, %s\n",
			      would, (unsigned long long)d->log.n,
			      bytes_text(a, d->log.bytes));
	return rc;
}

static int
print_log(const struct tidy_health *h, struct buf *out)
{
	char bytes[BYTES_MAX];
	int rc;

	if (h->checkpoint < 0)
		rc = buf_addf(out, "  %-13s none\n", "checkpoint");
	else
		rc = buf_addf(out, "  %-13s version %lld, %lld versions ago\n",
			      "checkpoint", (long long)h->checkpoint,
			      (long long)(h->version - h->checkpoint));
	if (rc == 0)
		rc = buf_addf(out,
			      "  %-13s %llu files, %s, from version %lld on; "
			      "old: %llu\n",
			      "log", (unsigned long long)h->log.n,
			      bytes_text(bytes, h->log.bytes),
			      (long long)h->oldest,
			      (unsigned long long)h->log_old.n);
	return rc;
}

static int
print_txns(const struct tidy_health *h, struct buf *out)
{
	char text[UTC_TEXT_MAX];
	int rc = 0;

	if (h->txns > 0)
		rc = buf_addf(out, "  %-13s %llu", "transactions",
			      (unsigned long long)h->txns);
	if (rc == 0 && h->oldest_txn_ms >= 0 &&
	    h->oldest_txn_ms <= UTC_MAX / UTC_MS)
		rc = buf_addf(out, ", the oldest %.*s of %.*s",
			      STR_ARG(h->oldest_txn),
			      (int)utc_format(text, h->oldest_txn_ms * UTC_MS),
			      text);
	return rc != 0 || h->txns == 0 ? rc : buf_add_char(out, '\n');
}

static int
print_consumers(const struct report *r, struct buf *out)
{
	const struct tidy_consumer *c = r->slowest;

	if (c == NULL)
		return 0;
	if (c->job.n == 0)
		return buf_addf(out, "  %-13s %s has read nothing\n",
				"consumers", c->url);
	return buf_addf(out,
			"  %-13s the slowest is %s, %.*s: %lld versions "
			"behind\n",
			"consumers", c->url, STR_ARG(c->job),
			(long long)r->health->behind);
}

static int
print_health(const struct report *r, struct buf *out)
{
	const struct tidy_health *h = r->health;
	char a[BYTES_MAX], b[BYTES_MAX], more[64];
	int rc;

	rc = buf_addf(out, "  %-13s %llu in %llu partition%s, %s, %llu rows\n",
		      "files", (unsigned long long)h->live.n,
		      (unsigned long long)h->partitions,
		      h->partitions == 1 ? "" : "s",
		      bytes_text(a, h->live.bytes),
		      (unsigned long long)h->rows);
	snprintf(more, sizeof(more), " (target %s)",
		 bytes_text(b, h->target_bytes));
	if (rc == 0 && h->missing > 0)
		rc = buf_addf(out,
			      "  %-13s %llu of these files; restore them\n",
			      "missing", (unsigned long long)h->missing);
	if (rc == 0)
		rc = print_files(out, "small files", &h->small, more);
	if (rc == 0)
		rc = print_log(h, out);
	if (rc == 0)
		rc = print_files(out, "tombstones", &h->tombstones, "");
	if (rc == 0)
		rc = print_files(out, "orphans", &h->orphans, "");
	if (rc == 0)
		rc = print_files(out, "waste", &h->waste, "");
	if (rc == 0 && h->needed.n > 0)
		rc = print_files(out, "needed", &h->needed, " (by consumers)");
	if (rc == 0)
		rc = print_txns(h, out);
	return rc != 0 ? rc : print_consumers(r, out);
}

static int
print_text(const struct report *r, struct buf *out, struct fail *f)
{
	struct buf next;
	int rc;

	if (r->health != NULL)
		rc = buf_addf(out, "%s: version %lld\n", r->url,
			      (long long)r->health->version);
	else
		rc = buf_addf(out, "%s:\n", r->url);
	if (rc == 0)
		rc = print_done(r, out);
	if (rc == 0 && r->health != NULL)
		rc = print_health(r, out);
	buf_init(&next, LIMIT_CONFIG);
	if (rc == 0 && r->health != NULL)
		rc = next_command(r, &next);
	if (rc == 0 && next.len > 0)
		rc = buf_addf(out, "  %-13s %.*s\n", "next", (int)next.len,
			      next.p);
	buf_release(&next);
	return rc != 0 ? fail_memory(f) : 0;
}

int
report_print(const struct report *r, struct io_out *out, struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_CONFIG);
	rc = r->o->report == 1 ? print_json(r, &text, f)
			       : print_text(r, &text, f);
	if (rc == 0)
		rc = io_out_write(out, text.p, text.len, f);
	buf_release(&text);
	return rc;
}
