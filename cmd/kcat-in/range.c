/* SPDX-License-Identifier: MIT */
#include "range.h"

#include "io/io.h"
#include "ndjson/ndjson.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

void
range_release(struct range *r)
{
	free(r->part);
	free(r->until);
}

/* ---- which partitions ---- */

/* "3" or "3-5" */
static int
parse_span(const char *text, int64_t *first, int64_t *last, struct fail *f)
{
	const char *dash = strchr(text, '-');
	size_t n = dash == NULL ? strlen(text) : (size_t)(dash - text);

	if (num_parse_i64(text, n, first) != 0 || *first < 0 ||
	    (dash != NULL &&
	     num_parse_i64(dash + 1, strlen(dash + 1), last) != 0))
		return fail_set(f, FAIL_USAGE,
				"--partitions: '%s': expected numbers such as "
				"0,3-5",
				text);
	if (dash == NULL)
		*last = *first;
	return 0;
}

static int
is_listed(const struct opts *o, int32_t number, bool *is, struct fail *f)
{
	int64_t first = 0, last = 0;
	int rc = 0;

	*is = o->partitions.n == 0;
	for (size_t i = 0; rc == 0 && i < o->partitions.n; i++) {
		rc = parse_span(o->partitions.item[i], &first, &last, f);
		*is = *is || (number >= first && number <= last);
	}
	return rc;
}

static int
filter(struct range *r, struct fail *f)
{
	uint32_t shard, shards;
	size_t n = 0;
	int rc = cli_parse_shard(r->o->shard, INT32_MAX, &shard, &shards, f);

	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		bool is;

		rc = is_listed(r->o, r->part[i].number, &is, f);
		if (is && (uint32_t)r->part[i].number % shards == shard)
			r->part[n++] = r->part[i];
	}
	r->n = n;
	for (size_t i = 0; i < n; i++)
		r->part[i].end = KAFKA_FOREVER; /* not known yet */
	if (rc == 0 && n == 0)
		return fail_set(f, FAIL_USAGE,
				"--partitions and --shard leave no partition "
				"of these topics");
	return rc;
}

int
range_list(struct range *r, char *const *topic, size_t topic_n, struct fail *f)
{
	size_t unknown = topic_n;
	int rc = kafka_partitions(r->k, (const char *const *)topic, topic_n,
				  &r->part, &r->n, &unknown, f);

	if (rc == FAIL_USAGE && unknown < topic_n)
		r->missing = topic[unknown];
	if (rc == 0)
		rc = filter(r, f);
	if (rc == 0)
		rc = kafka_watermarks(r->k, r->part, r->n, f);
	if (rc == 0) {
		r->until = calloc(r->n + 1, sizeof(*r->until));
		if (r->until == NULL)
			return fail_memory(f);
	}
	return rc;
}

/* ---- files of offsets ---- */

/* One line: {"topic":"t","partition":0,"offset":12,"end":20} */
struct place {
	struct str topic;
	int64_t partition, offset, end;
};

static bool
take_integer(const struct ndjson_val *v, int64_t *out)
{
	return v->kind == NDJSON_INT && num_parse_i64(v->p, v->n, out) == 0 &&
	       *out >= 0;
}

static bool
parse_place(struct str line, struct arena *a, struct place *p)
{
	struct ndjson_iter it;
	struct ndjson_val v;
	struct str key;
	bool ok = true;
	size_t at;

	*p = (struct place){.partition = -1, .offset = -1, .end = -1};
	if (ndjson_validate(line.p, line.n, LIMIT_DEPTH, 0, &at) != NDJSON_OK ||
	    ndjson_value_of(line).kind != NDJSON_OBJECT)
		return false;
	it = ndjson_members(line);
	while (ndjson_iter_next(&it, &key, &v)) {
		if (str_is(key, "topic") && v.kind == NDJSON_STRING)
			p->topic = ndjson_string(&v, a);
		else if (str_is(key, "partition"))
			ok = ok && take_integer(&v, &p->partition);
		else if (str_is(key, "offset"))
			ok = ok && take_integer(&v, &p->offset);
		else if (str_is(key, "end"))
			ok = ok && take_integer(&v, &p->end);
	}
	return ok && p->topic.n > 0 && p->partition >= 0 && p->offset >= 0;
}

static struct kafka_part *
find(struct range *r, const struct place *p)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_is(p->topic, r->part[i].topic) &&
		    r->part[i].number == p->partition)
			return &r->part[i];
	return NULL;
}

static bool
has_all_partitions(const struct range *r)
{
	return r->o->partitions.n == 0 && r->o->shard == NULL;
}

/* Starts, and ends where there are any; partitions that the file does not
 * name keep what they have. is_all: each that it names must be read. */
static int
read_places(struct range *r, const char *path, bool is_all, struct fail *f)
{
	unsigned long number = 0, found = 0;
	struct arena mem = {0};
	struct str rest, line;
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_CONFIG);
	rc = io_read_file(path, LIMIT_CONFIG, &text, f);
	rest = buf_str(&text);
	while (rc == 0 && str_line(&rest, &line)) {
		struct kafka_part *part = NULL;
		struct place p;

		number++;
		if (parse_place(line, &mem, &p))
			part = find(r, &p);
		else
			rc = fail_set(f, FAIL_USAGE,
				      "'%s': line %lu: expected "
				      "{\"topic\":\"...\",\"partition\":N,"
				      "\"offset\":N}",
				      path, number);
		if (rc == 0 && part == NULL && is_all)
			rc = fail_set(f, FAIL_USAGE,
				      "'%s': line %lu: '%.*s/%lld' is not "
				      "among what is read",
				      path, number, STR_ARG(p.topic),
				      (long long)p.partition);
		if (part != NULL) {
			found++;
			part->start = p.offset;
			if (p.end >= 0)
				part->end = p.end;
		}
	}
	if (rc == 0 && number > 0 && found == 0 && has_all_partitions(r))
		rc = fail_set(f, FAIL_USAGE,
			      "'%s': no line names a partition of what is read",
			      path);
	buf_release(&text);
	arena_release(&mem);
	return rc;
}

int
range_manifest_read(struct range *r, bool *is_found, struct fail *f)
{
	*is_found = access(r->o->manifest, F_OK) == 0;
	if (!*is_found)
		return errno == ENOENT ? 0
				       : fail_errno(f, FAIL_IO, errno,
						    "cannot look at '%s'",
						    r->o->manifest);
	for (size_t i = 0; i < r->n; i++)
		r->part[i].start = r->part[i].end = 0;
	return read_places(r, r->o->manifest, true, f);
}

int
range_manifest_write(struct range *r, struct fail *f)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, LIMIT_CONFIG);
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		rc = buf_addf(&text,
			      "{\"topic\":\"%s\",\"partition\":%d,"
			      "\"offset\":%lld,\"end\":%lld}\n",
			      r->part[i].topic, (int)r->part[i].number,
			      (long long)r->part[i].start,
			      (long long)r->part[i].end);
	rc = rc != 0 ? fail_memory(f)
		     : io_write_file(r->o->manifest, buf_str(&text), f);
	buf_release(&text);
	return rc;
}

/* ---- where to begin ---- */

/* A partition of which the group has stored nothing it has not come to. */
static int
take_stored(struct range *r, const int64_t *at, struct fail *f)
{
	size_t stored = 0;

	for (size_t i = 0; i < r->n; i++) {
		r->part[i].start = at[i] < 0 ? r->part[i].low : at[i];
		stored += at[i] >= 0;
	}
	if (stored > 0)
		return 0;
	return fail_set(f, FAIL_USAGE,
			"group '%s' has stored no offset of '%s': say --start "
			"earliest or latest",
			r->o->group, r->part[0].topic);
}

static int
start_stored(struct range *r, struct fail *f)
{
	int64_t *at;
	int rc;

	if (r->o->group == NULL)
		return fail_set(f, FAIL_USAGE, "--start stored needs --group");
	at = calloc(r->n + 1, sizeof(*at));
	if (at == NULL)
		return fail_memory(f);
	rc = kafka_committed(r->k, r->part, r->n, at, f);
	if (rc == 0)
		rc = take_stored(r, at, f);
	free(at);
	return rc;
}

/* Each start, or each end, is the first record of this time or later. */
static int
bound_at(struct range *r, int64_t time_us, bool is_end, struct fail *f)
{
	int64_t *at = calloc(r->n + 1, sizeof(*at));
	int rc;

	if (at == NULL)
		return fail_memory(f);
	rc = kafka_offsets_at(r->k, r->part, r->n,
			      utc_floor(time_us + UTC_MS - 1, UTC_MS) / UTC_MS,
			      at, f);
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		*(is_end ? &r->part[i].end : &r->part[i].start) = at[i];
	free(at);
	return rc;
}

/* What is to be read must be there. */
int
range_check(struct range *r, struct fail *f)
{
	for (size_t i = 0; i < r->n; i++) {
		struct kafka_part *p = &r->part[i];

		if (p->start > p->high)
			return fail_set(f, FAIL_DATA,
					"'%s/%d' ends at offset %lld, but is "
					"to be read from %lld",
					p->topic, (int)p->number,
					(long long)p->high,
					(long long)p->start);
		if (p->end > p->high && p->end != KAFKA_FOREVER)
			return fail_set(f, FAIL_DATA,
					"'%s/%d' ends at offset %lld, but is "
					"to be read up to %lld",
					p->topic, (int)p->number,
					(long long)p->high, (long long)p->end);
		if (p->start >= p->low || p->start == p->end)
			continue;
		if (!r->o->is_gap_accepted)
			return fail_set(f, FAIL_DATA,
					"'%s/%d' begins at offset %lld, but is "
					"to be read from %lld: what lies "
					"between is gone; --accept-gap goes on "
					"behind it",
					p->topic, (int)p->number,
					(long long)p->low, (long long)p->start);
		p->start = p->low;
	}
	return 0;
}

int
range_start(struct range *r, struct fail *f)
{
	const char *start = r->o->start;
	int64_t time_us;
	int rc = 0;

	for (size_t i = 0; i < r->n; i++)
		r->part[i].start = strcmp(start, "latest") == 0
					   ? r->part[i].high
					   : r->part[i].low;
	if (strcmp(start, "stored") == 0)
		rc = start_stored(r, f);
	else if (strcmp(start, "earliest") != 0 && strcmp(start, "latest") != 0)
		rc = cli_parse_time(start, utc_now(), &time_us) == 0
			     ? bound_at(r, time_us, false, f)
			     : read_places(r, start, false, f);
	if (rc == FAIL_IO) {
		fail_prefix(f,
			    "--start '%s' is no time, and as a file: ", start);
		rc = fail_named(rc, f);
	}
	return rc == 0 ? range_check(r, f) : rc;
}

/* ---- where to end ---- */

static int
end_at(struct range *r, const char *until, struct fail *f)
{
	int64_t now = utc_now(), time_us;

	if (cli_parse_time(until, now, &time_us) != 0)
		return fail_set(f, FAIL_USAGE,
				"--until '%s': expected snapshot, forever or a "
				"time",
				until);
	if (time_us > now)
		return fail_set(f, FAIL_USAGE,
				"--until '%s' lies ahead; for so long a live "
				"stream say --until forever --max-time D",
				until);
	return bound_at(r, time_us, true, f);
}

int
range_end(struct range *r, struct fail *f)
{
	const char *until = r->o->until;
	int rc = 0;

	r->is_forever = until != NULL && strcmp(until, "forever") == 0;
	for (size_t i = 0; i < r->n; i++)
		r->part[i].end = r->is_forever ? KAFKA_FOREVER
					       : r->part[i].high;
	if (until != NULL && !r->is_forever && strcmp(until, "snapshot") != 0)
		rc = end_at(r, until, f);
	for (size_t i = 0; rc == 0 && i < r->n; i++)
		if (r->part[i].end < r->part[i].start)
			r->part[i].end = r->part[i].start;
	return rc;
}
