/* SPDX-License-Identifier: MIT */
#include "list.h"

#include "job.h"

#include "delta/delta.h"
#include "ndjson/ndjson.h"

#include <stdlib.h>

#include "base/banned.h"

struct list {
	struct range *r;
	int64_t *committed; /* owned; NULL without --group */
	struct delta_position recorded;
	struct str cluster;
	bool has_job;
	struct arena mem;
	struct buf text;
};

static int
read_places(struct list *l, struct fail *f)
{
	const struct opts *o = l->r->o;
	int rc = 0;

	if (o->group != NULL) {
		l->committed = calloc(l->r->n + 1, sizeof(*l->committed));
		if (l->committed == NULL)
			return fail_memory(f);
		rc = kafka_committed(l->r->k, l->r->part, l->r->n, l->committed,
				     f);
	}
	l->has_job = o->job != NULL && o->resume != NULL;
	if (rc == 0 && l->has_job)
		rc = kafka_cluster(l->r->k, &l->cluster, f);
	if (rc == 0 && l->has_job)
		rc = delta_position_read(o->resume, str_of(o->job), &l->mem,
					 &l->recorded, f);
	return rc;
}

/* Append ,"name":at,"lag":behind; where nothing is known all is behind. */
static int
put_place(struct list *l, const struct kafka_part *p, const char *name,
	  int64_t at)
{
	int64_t from = at < p->low ? p->low : at;
	int rc = 0;

	if (at >= 0)
		rc = buf_addf(&l->text, ",\"%s\":%lld", name, (long long)at);
	else
		rc = buf_addf(&l->text, ",\"%s\":null", name);
	return rc != 0 ? rc
		       : buf_addf(&l->text, ",\"lag\":%lld",
				  (long long)(p->high - from));
}

static int64_t
position_of(struct list *l, const struct kafka_part *p)
{
	struct buf text;
	int64_t at = -1;

	buf_init(&text, LIMIT_PATH);
	if (job_put_name(&text, l->cluster, p) != 0 ||
	    !barrier_get(&l->recorded.at, buf_str(&text), &at))
		at = -1;
	buf_release(&text);
	return at;
}

static int
put_part(struct list *l, size_t i)
{
	const struct kafka_part *p = &l->r->part[i];
	int rc;

	buf_reset(&l->text);
	rc = buf_addf(&l->text,
		      "{\"topic\":\"%s\",\"partition\":%d,\"leader\":%d,"
		      "\"low\":%lld,\"high\":%lld",
		      p->topic, (int)p->number, (int)p->leader,
		      (long long)p->low, (long long)p->high);
	if (rc == 0 && l->has_job)
		rc = put_place(l, p, "position", position_of(l, p));
	else if (rc == 0 && l->committed != NULL)
		rc = put_place(l, p, "committed", l->committed[i]);
	return rc == 0 ? buf_add_cstr(&l->text, "}\n") : rc;
}

int
list_print(struct range *r, struct cli *c, struct io_out *out, struct fail *f)
{
	struct list l = {.r = r};
	int rc;

	buf_init(&l.text, LIMIT_LINE);
	rc = read_places(&l, f);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		rc = put_part(&l, i) != 0
			     ? fail_memory(f)
			     : io_out_write(out, l.text.p, l.text.len, f);
	}
	if (rc == 0)
		rc = io_out_flush(out, f);
	cli_stat(c, "partitions", r->n);
	free(l.committed);
	buf_release(&l.text);
	arena_release(&l.mem);
	return rc;
}
