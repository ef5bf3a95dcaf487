/* SPDX-License-Identifier: MIT */
/* Runs of the generator for tests: some options, all lines of a run, and the
 * values in a line. */
#ifndef TESTS_GEN_LINES_H
#define TESTS_GEN_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gen/gen.h"

#define FROM INT64_C(1793577600000) /* 2026-11-02, a Monday */
#define DAY  INT64_C(86400000)
#define GIB  ((size_t)1 << 30)

static inline struct gen_options
options(uint32_t users, int64_t days)
{
	return (struct gen_options){
		.seed = 5,
		.users = users,
		.tracks = 1000,
		.from_ms = FROM,
		.to_ms = FROM + days * DAY,
		.topics = (1u << GEN_TOPICS) - 1,
		.shards = 1,
		.threads = 1,
		.want_truth = true,
	};
}

static inline void
all_faults(struct gen_options *o, double rate)
{
	for (int k = 0; k < GEN_FAULTS; k++)
		o->fault[k] = rate;
}

/* All lines and truths of a run. */
struct output {
	struct buf text, truth;
	size_t lines, faults;
};

static inline void
release(struct output *out)
{
	buf_release(&out->text);
	buf_release(&out->truth);
}

static inline void
append(const struct gen_options *o, struct output *out)
{
	struct fail f = {0};
	struct gen_lines l;
	struct gen *g;
	int rc;

	assert_int_equal(gen_open(&g, o, &f), 0);
	while ((rc = gen_next(g, &l, &f)) > 0) {
		size_t text = 0, truth = 0;

		for (size_t i = 0; i < l.n; i++) {
			assert_true(l.line[i].place_ms >= o->from_ms);
			assert_true(l.line[i].place_ms < o->to_ms);
			text += l.line[i].len;
			truth += l.line[i].truth_len;
			for (int k = 0; k < GEN_FAULTS; k++)
				out->faults += (l.line[i].faults >> k) & 1;
		}
		out->lines += l.n;
		assert_int_equal(buf_add(&out->text, l.text, text), 0);
		if (truth > 0)
			assert_int_equal(buf_add(&out->truth, l.truth, truth),
					 0);
	}
	assert_int_equal(rc, 0);
	gen_close(g);
}

static inline struct output
generate(const struct gen_options *o)
{
	struct output out = {0};

	buf_init(&out.text, GIB);
	buf_init(&out.truth, GIB);
	append(o, &out);
	return out;
}

static inline void
assert_same(const struct output *a, const struct output *b)
{
	assert_int_equal(a->lines, b->lines);
	assert_int_equal(a->text.len, b->text.len);
	assert_memory_equal(a->text.p, b->text.p, a->text.len);
	assert_int_equal(a->truth.len, b->truth.len);
	if (a->truth.len > 0)
		assert_memory_equal(a->truth.p, b->truth.p, a->truth.len);
}

/* ---- reading lines ---- */

static inline bool
next_line(const struct buf *b, size_t *at, struct str *line)
{
	const char *p = b->p + *at;
	const char *end;

	*line = (struct str){p, 0};
	if (*at == b->len)
		return false;
	end = memchr(p, '\n', b->len - *at);
	assert_non_null(end);
	*line = (struct str){p, (size_t)(end - p)};
	*at += line->n + 1;
	return true;
}

/* The text of a top-level value; n is 0 when the key is absent. */
static inline struct str
value_of(struct str line, const char *key)
{
	char name[64];
	size_t n = strlen(key) + 3;

	assert_true(n < sizeof(name));
	name[0] = '"';
	memcpy(name + 1, key, n - 3);
	memcpy(name + n - 2, "\":", 2);
	for (size_t i = 0; i + n < line.n; i++) {
		size_t end = i + n;

		if (line.p[i] != '"' || memcmp(line.p + i, name, n) != 0)
			continue;
		if (line.p[end] == '"') {
			for (end++; line.p[end] != '"'; end++)
				end += line.p[end] == '\\';
			return (struct str){line.p + i + n + 1,
					    end - i - n - 1};
		}
		while (end < line.n && line.p[end] != ',' && line.p[end] != '}')
			end++;
		return (struct str){line.p + i + n, end - i - n};
	}
	return (struct str){NULL, 0};
}

static inline int64_t
number_of(struct str line, const char *key)
{
	struct str v = value_of(line, key);
	int64_t out = -1;

	if (v.n > 0)
		assert_int_equal(num_parse_i64(v.p, v.n, &out), 0);
	return out;
}

static inline int64_t
duration_of(struct str line)
{
	struct str v = value_of(line, "duration");
	int64_t ms;

	assert_int_equal(num_parse_scaled(v.p, v.n, 3, &ms), 0);
	return ms;
}

static inline bool
is_play(struct str line)
{
	return str_is(value_of(line, "topic"), "listen_events");
}

#endif
