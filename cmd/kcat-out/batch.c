/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include <stdlib.h>

#include "base/banned.h"

/* Lines that are kept until their transaction is committed. */
#define KEPT_MAX ((size_t)32 << 20)

/* ---- open and close ---- */

static int
parse_every(struct batch *b, struct fail *f)
{
	for (size_t i = 0; i < b->o->txn_every.n; i++) {
		const char *item = b->o->txn_every.item[i];
		int64_t n;

		if (num_parse_i64(item, strlen(item), &n) == 0 && n > 0)
			b->max_lines = (uint64_t)n;
		else if (cli_parse_duration(item, &n) == 0 && n > 0)
			b->max_time_us = n;
		else
			return fail_set(f, FAIL_USAGE,
					"--txn-every '%s': expected a number "
					"of lines or a duration such as 10s",
					item);
	}
	return 0;
}

int
batch_open(struct batch *b, const struct opts *o, struct kafka *k,
	   const char *topic, struct cli *c, struct fail *f)
{
	int rc;

	b->o = o;
	b->k = k;
	b->cli = c;
	b->topic = o->position_topic != NULL ? o->position_topic : topic;
	b->max_lines = UINT64_MAX;
	b->max_time_us = INT64_MAX;
	buf_init(&b->kept, SIZE_MAX);
	buf_init(&b->text, LIMIT_LINE);
	rc = parse_every(b, f);
	return rc == 0 ? kafka_transactions(k, f) : rc;
}

void
batch_close(struct batch *b)
{
	buf_release(&b->kept);
	buf_release(&b->text);
}

/* ---- positions ---- */

/*
 * The last position of the id. While a transaction of it is open one that is
 * settled cannot be had: the runner itself has seen to that by then; who
 * only asks gets the one before, and disturbs nobody.
 */
static int
read_position(const struct opts *o, const char *topic, bool want_settled,
	      struct cli *c, struct arena *a, struct str *line, struct fail *f)
{
	const struct kafka_setting setting[] = {
		{"group.id", o->transactional_id},
		{"enable.auto.commit", "false"},
		{"isolation.level",
		 want_settled ? "read_committed" : "read_uncommitted"},
		{NULL, NULL},
	};
	struct kafka_part *part = NULL;
	struct kafka *k;
	size_t n = 0;
	int rc = kafka_open(&k, KAFKA_READER, &o->kafka, setting, c, f);

	if (rc != 0)
		return rc;
	rc = kafka_partitions(k, &topic, 1, &part, &n, NULL, f);
	if (rc == 0)
		rc = kafka_note_read(k, topic, a, line, f);
	free(part);
	kafka_close(k);
	return rc;
}

int
batch_position(const struct opts *o, const char *topic, struct cli *c,
	       struct arena *a, struct str *line, struct fail *f)
{
	return read_position(o, topic, false, c, a, line, f);
}

static int
compare(const struct batch *b, const struct barrier *kept,
	const struct barrier *barrier, struct fail *f)
{
	if (!str_equal(kept->job, barrier->job))
		return fail_set(f, FAIL_DATA,
				"the id '%s' has a position of job '%.*s', but "
				"the input is of job '%.*s'",
				b->o->transactional_id, STR_ARG(kept->job),
				STR_ARG(barrier->job));
	switch (barrier_compare(&kept->at, &barrier->at)) {
	case BARRIER_SAME:
		return 0;
	case BARRIER_AHEAD:
		return fail_set(f, FAIL_RETRY,
				"the id '%s' has committed more than the "
				"input knew when it began: another runner was "
				"faster%s",
				b->o->transactional_id,
				barrier->is_start ? ", or the source "
						    "has no --resume"
						  : "");
	default:
		return fail_set(f, FAIL_DATA,
				"the input does not begin where the id '%s' "
				"committed last: see --print-position",
				b->o->transactional_id);
	}
}

int
batch_check(struct batch *b, const struct barrier *barrier, struct fail *f)
{
	struct arena mem = {0};
	struct barrier kept;
	struct str line;
	int rc;

	b->has_barriers = true;
	if (b->topic == NULL)
		return fail_set(f, FAIL_USAGE,
				"the input has barriers: say --position-topic, "
				"where their position is kept");
	rc = read_position(b->o, b->topic, true, b->cli, &mem, &line, f);
	if (rc == 0 && line.n == 0 && !barrier->is_start)
		rc = fail_set(f, FAIL_DATA,
			      "the input goes on from a position, but the id "
			      "'%s' has committed none at topic '%s'",
			      b->o->transactional_id, b->topic);
	if (rc == 0 && line.n > 0) {
		rc = barrier_parse(line.p, line.n, &mem, &kept, f);
		if (rc == 0)
			rc = compare(b, &kept, barrier, f);
	}
	arena_release(&mem);
	return rc;
}

/* ---- transactions ---- */

int
batch_begin(struct batch *b, struct fail *f)
{
	int rc;

	if (PORT_LIKELY(b->is_open))
		return 0;
	rc = kafka_begin(b->k, f);
	if (rc != 0)
		return rc;
	b->is_open = true;
	b->begun_us = utc_monotonic();
	b->lines = 0;
	b->cause = (struct fail){0};
	buf_reset(&b->kept);
	return 0;
}

int
batch_add(struct batch *b, uint64_t number, struct str raw, struct fail *f)
{
	uint64_t head[2] = {number, raw.n};

	b->lines++;
	if (b->has_barriers)
		return 0;
	if (buf_add(&b->kept, head, sizeof(head)) != 0 ||
	    buf_add_str(&b->kept, raw) != 0)
		return fail_memory(f);
	return 0;
}

bool
batch_is_full(const struct batch *b, bool want_clock)
{
	if (!b->is_open || b->has_barriers)
		return false;
	return b->lines >= b->max_lines || b->kept.len >= KEPT_MAX ||
	       (want_clock && utc_monotonic() - b->begun_us >= b->max_time_us);
}

/* The lines are not in the topic: say so of each, or count them. */
static void
lose(struct batch *b, const struct fail *why)
{
	size_t at = 0;

	b->is_open = false;
	if (b->has_barriers)
		b->aborted += b->lines;
	while (at < b->kept.len) {
		uint64_t head[2];

		memcpy(head, b->kept.p + at, sizeof(head));
		at += sizeof(head);
		b->lost(b->lost_ctx, head[0],
			(struct str){b->kept.p + at, (size_t)head[1]}, why);
		at += (size_t)head[1];
	}
	buf_reset(&b->kept);
}

static int
put_position(struct batch *b, const struct barrier *barrier, struct fail *f)
{
	buf_reset(&b->text);
	if (barrier_format(barrier, &b->text) != 0)
		return fail_memory(f);
	b->text.len--; /* its LF */
	return kafka_note(b->k, b->o->transactional_id, b->topic, 0,
			  buf_str(&b->text), f);
}

int
batch_commit(struct batch *b, const struct barrier *barrier, struct fail *f)
{
	int rc = barrier == NULL ? 0 : batch_begin(b, f);

	if (rc == 0 && !b->is_open)
		return 0;
	if (rc == 0 && barrier != NULL)
		rc = put_position(b, barrier, f);
	if (rc != 0) {
		batch_abort(b, f);
		return rc;
	}
	rc = kafka_end(b->k, true, f);
	if (rc == 0) {
		b->is_open = false;
		b->committed += b->lines;
		b->batches++;
		return 0;
	}
	/* A record of it that failed says more than that it was aborted. */
	if (b->cause.code != 0) {
		*f = b->cause;
		rc = f->code;
		fail_prefix(f, "the transaction is aborted: ");
	}
	lose(b, f);
	return rc;
}

void
batch_abort(struct batch *b, const struct fail *why)
{
	if (!b->is_open)
		return;
	if (kafka_end(b->k, false, NULL) != 0)
		cli_info(b->cli, "the transaction is left open: the brokers "
				 "abort it");
	lose(b, why);
}
