/* SPDX-License-Identifier: MIT */
/* A table for tests, open at its latest version, and commits to it. */
#ifndef TESTS_DELTA_FIXTURE_H
#define TESTS_DELTA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delta/log.h"
#include "scratch.h"

static inline struct event_schema *
schema(void)
{
	static const char text[] =
		"{\"name\":\"t\",\"columns\":["
		"{\"name\":\"day\",\"type\":\"date\"},"
		"{\"name\":\"id\",\"type\":\"long\",\"role\":\"user\"},"
		"{\"name\":\"ts\",\"type\":\"timestamp\",\"wire\":\"epoch_ms\","
		"\"role\":\"time\",\"alias\":[\"time\"]},"
		"{\"name\":\"x\",\"type\":\"double\"},"
		"{\"name\":\"s\",\"type\":\"string\",\"empty\":\"null\"}]}";
	struct event_schema *s = NULL;
	struct fail f = {0};

	if (event_schema_parse(&s, str_of(text), "test", &f) != 0)
		fail_msg("%s", f.text);
	return s;
}

struct fixture {
	struct delta *d;
	struct delta_snapshot *s;
	struct arena mem;
	struct delta_meta meta;
};

static inline void
begin(struct fixture *x, const char *url)
{
	struct event_schema *s = schema();
	struct str partition = STR_LIT("day");
	struct fail f = {0};

	*x = (struct fixture){0};
	assert_int_equal(delta_open(&x->d, url, &f), 0);
	assert_int_equal(delta_load(x->d, DELTA_LATEST, &x->s, &f), 0);
	assert_int_equal(delta_meta_new(s, 1u << DELTA_LAKE_RESCUED, &partition,
					1, 1000, &x->mem, &x->meta, &f),
			 0);
	event_schema_close(s);
}

static inline void
end(struct fixture *x)
{
	delta_snapshot_close(x->s);
	delta_close(x->d);
	arena_release(&x->mem);
}

static inline struct delta_file
make_file(const char *path, const char *day)
{
	static struct delta_pair pair[64];
	static size_t n;
	struct delta_pair *p = &pair[n++ % 64];

	*p = (struct delta_pair){STR_LIT("day"), str_of(day)};
	return (struct delta_file){
		.path = str_of(path),
		.partition = {p, 1},
		.bytes = 10,
		.mtime_ms = utc_now() / UTC_MS,
		.is_data_change = true,
		.stats = STR_LIT("{\"numRecords\":3}"),
	};
}

/* Commit one file, with or without metadata. */
static inline int
commit_file(struct fixture *x, const char *path, const char *day,
	    struct fail *f)
{
	struct delta_file file = make_file(path, day);
	struct delta_change c = {
		.operation = "WRITE",
		.mode = "Append",
		.meta = x->s->version < 0 ? &x->meta : NULL,
		.add = &file,
		.add_n = 1,
		.now_ms = 2000,
	};

	return delta_commit(x->d, x->s, &c, NULL, f);
}

static inline size_t
live(const struct delta_snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->file_n; i++)
		n += s->is_live[i];
	return n;
}

#endif
