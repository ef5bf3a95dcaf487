/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <stdlib.h>

#include "base/banned.h"

#define AHEAD_MS (5 * UTC_MINUTE / UTC_MS) /* no clock is that wrong */

/* ---- marks ---- */

/*
 * On the wire a mark is one number: how many offsets it lies before the
 * position (at most 2^31 - 1), and the 32 bits of its print behind that.
 */
static bool
put_mark(const struct mark *m, int64_t position, int64_t *out)
{
	int64_t distance = position - m->offset;

	if (!m->is_set || distance < 1 || distance > INT32_MAX)
		return false;
	*out = distance << 32 | m->print;
	return true;
}

static struct mark
get_mark(int64_t position, int64_t value)
{
	return (struct mark){
		.is_set = value > 0,
		.offset = position - (value >> 32),
		.print = (uint32_t)(value & UINT32_MAX),
	};
}

static uint32_t
print_of(const struct kafka_record *r)
{
	uint64_t h = (uint64_t)kafka_record_time(r, NULL);

	h = hash_bytes(r->key, r->key == NULL ? 0 : r->key_n, h);
	h = hash_bytes(r->value, r->value == NULL ? 0 : r->value_n, h);
	return (uint32_t)(h >> 32);
}

/* ---- the position ---- */

int
job_put_name(struct buf *out, struct str cluster, const struct kafka_part *p)
{
	return buf_addf(out, "%.*s/%s/%d", STR_ARG(cluster), p->topic,
			(int)p->number);
}

static int
name_places(struct job *j, struct fail *f)
{
	struct str cluster;
	struct buf name;
	int rc = kafka_cluster(j->range->k, &cluster, f);

	buf_init(&name, LIMIT_PATH);
	for (size_t i = 0; rc == 0 && i < j->range->n; i++) {
		struct place *place = &j->place[i];

		buf_reset(&name);
		rc = job_put_name(&name, cluster, &j->range->part[i]);
		place->name = (struct str){
			rc == 0 ? arena_copy(&j->mem, buf_str(&name)) : NULL,
			name.len};
		place->max_ms = INT64_MIN;
		if (place->name.p == NULL)
			rc = fail_memory(f);
	}
	buf_release(&name);
	return rc;
}

/* How many of the recorded names begin so? */
static size_t
count_known(const struct delta_position *recorded, struct str begin)
{
	size_t count = 0;

	for (size_t i = 0; i < recorded->at.n; i++) {
		struct str name = recorded->at.item[i].name;

		count += name.n > begin.n &&
			 memcmp(name.p, begin.p, begin.n) == 0;
	}
	return count;
}

/* "CLUSTER/topic/3" up to and with its first or its last slash. */
static struct str
cluster_of(struct str name)
{
	const char *slash = memchr(name.p, '/', name.n);

	return (struct str){name.p, (size_t)(slash - name.p) + 1};
}

static struct str
topic_of(struct str name)
{
	while (name.p[name.n - 1] != '/')
		name.n--;
	return name;
}

/* Partitions are never taken away from a topic. */
static int
check_count(struct job *j, size_t i, struct fail *f)
{
	const struct kafka_part *p = &j->range->part[i];
	size_t known;

	if (i > 0 && p[-1].topic == p->topic)
		return 0;
	known = count_known(&j->recorded, topic_of(j->place[i].name));
	if (known <= (size_t)p->all)
		return 0;
	return fail_set(f, FAIL_DATA,
			"topic '%s' has %d partitions, but job '%s' has read "
			"%zu, says '%s': the topic was made again",
			p->topic, (int)p->all, j->o->job, known, j->o->resume);
}

int
job_miss_topic(const struct opts *o, struct range *r, struct fail *f)
{
	struct delta_position recorded;
	struct fail why = {0};
	struct arena mem = {0};
	struct str cluster;
	struct buf name;
	int rc = kafka_cluster(r->k, &cluster, &why);

	buf_init(&name, LIMIT_PATH);
	if (rc == 0 &&
	    buf_addf(&name, "%.*s/%s/", STR_ARG(cluster), r->missing) != 0)
		rc = fail_memory(&why);
	if (rc == 0)
		rc = delta_position_read(o->resume, str_of(o->job), &mem,
					 &recorded, &why);
	if (rc == 0 && count_known(&recorded, buf_str(&name)) > 0)
		rc = fail_set(&why, FAIL_DATA,
			      "topic '%s' is gone, but job '%s' has read of "
			      "it, says '%s'",
			      r->missing, o->job, o->resume);
	buf_release(&name);
	arena_release(&mem);
	if (rc == 0)
		return f->code;
	*f = why;
	return rc;
}

/* Begin a partition where the sink stands. One that the job does not know is
 * new, so that all of it is. */
static int
begin_place(struct job *j, size_t i, struct fail *f)
{
	struct kafka_part *p = &j->range->part[i];
	struct place *place = &j->place[i];
	int64_t value;

	if (!barrier_get(&j->recorded.at, place->name, &p->start)) {
		p->start = p->low;
		place->position = p->start;
		return 0;
	}
	place->position = p->start;
	if (barrier_get(&j->recorded.mark, place->name, &value))
		place->mark = get_mark(p->start, value);
	if (p->start <= p->high)
		return 0;
	return fail_set(f, FAIL_DATA,
			"'%s/%d' ends at offset %lld, but job '%s' has read up "
			"to %lld, says '%s': the topic was made again, or "
			"truncated",
			p->topic, (int)p->number, (long long)p->high, j->o->job,
			(long long)p->start, j->o->resume);
}

static int
resume(struct job *j, struct fail *f)
{
	int rc = delta_position_read(j->o->resume, j->barrier.job, &j->mem,
				     &j->recorded, f);

	if (rc != 0 || !j->recorded.is_recorded)
		return rc;
	if (count_known(&j->recorded, cluster_of(j->place[0].name)) == 0)
		return fail_set(f, FAIL_DATA,
				"job '%s' stands in '%s' at '%.*s', and these "
				"brokers are of '%.*s': another cluster",
				j->o->job, j->o->resume,
				STR_ARG(j->recorded.at.item[0].name),
				STR_ARG(j->place[0].name));
	for (size_t i = 0; rc == 0 && i < j->range->n; i++) {
		rc = check_count(j, i, f);
		if (rc == 0)
			rc = begin_place(j, i, f);
	}
	j->barrier.is_start = false;
	j->barrier.state = j->recorded.state;
	j->has_watermark = j->recorded.has_watermark;
	j->watermark_ms = j->recorded.watermark_ms;
	return rc;
}

/* A gap is told before anything is read, and counted. */
static int
check_range(struct job *j, struct fail *f)
{
	int rc = range_check(j->range, f);

	for (size_t i = 0; rc == 0 && i < j->range->n; i++) {
		int64_t gone = j->range->part[i].start - j->place[i].position;

		if (gone <= 0)
			continue;
		j->passed += (uint64_t)gone;
		j->place[i].mark.is_set = false;
		cli_warn(j->cli,
			 "'%s/%d': offsets %lld to %lld are gone and passed "
			 "over",
			 j->range->part[i].topic, (int)j->range->part[i].number,
			 (long long)j->place[i].position,
			 (long long)j->range->part[i].start - 1);
	}
	return rc;
}

int
job_open(struct job *j, const struct opts *o, struct range *r, struct cli *c,
	 struct fail *f)
{
	int rc;

	*j = (struct job){.o = o, .range = r, .cli = c};
	barrier_nonce(j->nonce);
	j->barrier = (struct barrier){
		.job = str_of(o->job),
		.run = str_of(j->nonce),
		.is_start = true,
	};
	j->place = calloc(r->n + 1, sizeof(*j->place));
	if (j->place == NULL)
		return fail_memory(f);
	rc = name_places(j, f);
	if (rc == 0 && o->resume != NULL)
		rc = resume(j, f);
	if (rc == 0 && !j->recorded.is_recorded)
		rc = range_start(r, f);
	for (size_t i = 0; rc == 0 && !j->recorded.is_recorded && i < r->n;
	     i++) {
		j->place[i].position = r->part[i].start;
		j->is_owed = true;
	}
	return rc == 0 ? check_range(j, f) : rc;
}

void
job_close(struct job *j)
{
	free(j->place);
	arena_release(&j->mem);
}

void
job_look_back(struct job *j)
{
	for (size_t i = 0; i < j->range->n; i++) {
		struct kafka_part *p = &j->range->part[i];
		const struct mark *m = &j->place[i].mark;

		if (m->is_set && m->offset >= p->low)
			p->start = m->offset;
	}
}

/* ---- records ---- */

bool
job_is_old(const struct job *j, const struct kafka_record *r)
{
	return r->offset < j->place[r->part].position;
}

/* A record that was read before, or should have been: compaction may have
 * taken the very one, but nothing puts another one into its place. */
static int
compare_mark(const struct job *j, const struct kafka_record *r, struct fail *f)
{
	const struct kafka_part *p = &j->range->part[r->part];
	const struct mark *m = &j->place[r->part].mark;

	if (r->offset != m->offset || print_of(r) == m->print)
		return 0;
	return fail_set(f, FAIL_DATA,
			"'%s/%d': the record at offset %lld is not the one "
			"that job '%s' has read: the topic was made again",
			p->topic, (int)p->number, (long long)r->offset,
			j->o->job);
}

static int
take_record(struct job *j, const struct kafka_record *r, int64_t ahead_ms,
	    struct fail *f)
{
	struct place *p = &j->place[r->part];
	int64_t ms;

	if (r->offset < p->position)
		return compare_mark(j, r, f);
	p->is_read = true;
	ms = kafka_record_time(r, NULL);
	if (ms > p->max_ms && ms <= ahead_ms)
		p->max_ms = ms;
	return 0;
}

int
job_take(struct job *j, const struct kafka_record *r, size_t n, struct fail *f)
{
	int64_t ahead_ms = utc_now() / UTC_MS + AHEAD_MS;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = take_record(j, &r[i], ahead_ms, f);
		/* the last one of a row of its partition is its mark so far */
		if (rc == 0 && (i + 1 == n || r[i + 1].part != r[i].part) &&
		    !job_is_old(j, &r[i]))
			j->place[r[i].part].mark = (struct mark){
				true, r[i].offset, print_of(&r[i])};
	}
	return rc;
}

/* ---- barriers ---- */

/*
 * The lowest, over the partitions that had something to read, of the latest
 * time seen in them. One that had nothing is idle and holds nobody up; one
 * that has something and was not come to holds all.
 */
static void
raise_watermark(struct job *j)
{
	int64_t low = INT64_MAX;

	for (size_t i = 0; i < j->range->n; i++) {
		const struct place *p = &j->place[i];

		if (!p->is_read &&
		    j->range->part[i].next >= j->range->part[i].high)
			continue;
		if (p->max_ms < low)
			low = p->max_ms;
	}
	if (low == INT64_MAX || low == INT64_MIN)
		return;
	if (!j->has_watermark || low > j->watermark_ms)
		j->watermark_ms = low;
	j->has_watermark = true;
}

static int
write_barrier(struct job *j, struct io_out *out, struct fail *f)
{
	struct barrier *b = &j->barrier;

	b->has_watermark = j->has_watermark;
	b->watermark_ms = j->watermark_ms;
	b->lines = j->lines;
	j->lines = 0;
	return barrier_write(b, out, f);
}

int
job_begin(struct job *j, struct io_out *out, struct fail *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->range->n; i++)
		rc = barrier_set(&j->barrier.at, j->place[i].name,
				 j->place[i].position, &j->mem, f);
	if (rc == 0)
		rc = write_barrier(j, out, f);
	/* States are the filters' to tell from now on. */
	j->barrier.state = (struct barrier_entries){0};
	j->barrier.is_start = false;
	return rc;
}

/* Where a partition now stands, and whether it has moved. */
static int
move_place(struct job *j, size_t i, bool *has_moved, struct fail *f)
{
	struct place *p = &j->place[i];
	int64_t next = j->range->part[i].next, before = 0, mark;
	int rc;

	if (next < p->position)
		next = p->position;
	(void)barrier_get(&j->barrier.at, p->name, &before);
	if (next != before)
		*has_moved = true;
	rc = barrier_set(&j->barrier.at, p->name, next, &j->mem, f);
	if (rc == 0 && put_mark(&p->mark, next, &mark))
		rc = barrier_set(&j->barrier.mark, p->name, mark, &j->mem, f);
	return rc;
}

int
job_pass(struct job *j, struct io_out *out, struct fail *f)
{
	bool has_moved = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < j->range->n; i++)
		rc = move_place(j, i, &has_moved, f);
	if (rc != 0 || (!has_moved && !j->is_owed))
		return rc;
	j->is_owed = false;
	raise_watermark(j);
	for (size_t i = 0; i < j->range->n; i++)
		j->place[i].is_read = false;
	return write_barrier(j, out, f);
}
