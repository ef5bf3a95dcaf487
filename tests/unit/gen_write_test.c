/* SPDX-License-Identifier: MIT */
/*
 * gen: what is written: the same bytes however the work is cut, the order and
 * the form of lines. All seeds are fixed.
 */
#include "event/event.h"
#include "gen_lines.h"

/* ---- the same bytes ---- */

static void
threads_give_the_same_bytes(void **state)
{
	struct gen_options o = options(300, 3);
	struct output one, many;

	(void)state;
	all_faults(&o, 0.03);
	one = generate(&o);
	assert_true(one.lines > 5000);
	for (unsigned n = 2; n <= 7; n += 5) {
		o.threads = n;
		many = generate(&o);
		assert_same(&one, &many);
		release(&many);
	}
	release(&one);
}

/* Cut at odd moments, with events that are late across every cut. */
static void
windows_in_a_row_are_the_whole(void **state)
{
	struct gen_options o = options(300, 4);
	const int64_t cut[] = {
		0, 1, DAY / 2 - 7, DAY * 2 + 3, DAY * 2 + 5003, DAY * 4};
	struct output whole, parts = {0};

	(void)state;
	all_faults(&o, 0.05);
	o.fault[GEN_LATE] = 0.5;
	whole = generate(&o);
	buf_init(&parts.text, GIB);
	buf_init(&parts.truth, GIB);
	for (size_t i = 0; i + 1 < sizeof(cut) / sizeof(cut[0]); i++) {
		o.from_ms = FROM + cut[i];
		o.to_ms = FROM + cut[i + 1];
		append(&o, &parts);
	}
	assert_same(&whole, &parts);
	release(&whole);
	release(&parts);
}

/* A sum of hashes does not see the order. */
static uint64_t
sum_of_lines(const struct buf *b)
{
	struct str line;
	uint64_t sum = 0;
	size_t at = 0;

	while (next_line(b, &at, &line))
		sum += hash_bytes(line.p, line.n, 0);
	return sum;
}

static void
shards_are_the_whole(void **state)
{
	struct gen_options o = options(300, 3);
	struct output whole = generate(&o), parts = {0};

	(void)state;
	buf_init(&parts.text, GIB);
	buf_init(&parts.truth, GIB);
	o.shards = 4;
	for (o.shard = 0; o.shard < 4; o.shard++)
		append(&o, &parts);
	assert_int_equal(parts.lines, whole.lines);
	assert_true(sum_of_lines(&parts.text) == sum_of_lines(&whole.text));
	release(&whole);
	release(&parts);
}

static void
some_topics_are_lines_of_all(void **state)
{
	struct gen_options o = options(200, 2);
	struct output all = generate(&o), plays;
	struct buf kept;
	struct str line;
	size_t at = 0;

	(void)state;
	o.topics = 1u << GEN_LISTEN;
	plays = generate(&o);
	buf_init(&kept, GIB);
	while (next_line(&all.text, &at, &line))
		if (is_play(line)) {
			assert_int_equal(buf_add_str(&kept, line), 0);
			assert_int_equal(buf_add_char(&kept, '\n'), 0);
		}
	assert_int_equal(kept.len, plays.text.len);
	assert_memory_equal(kept.p, plays.text.p, kept.len);
	buf_release(&kept);
	release(&all);
	release(&plays);
}

/*
 * The bytes of a release do not change between machines and compilers. If
 * the model is changed on purpose, these change, and CHANGELOG says so.
 */
static void
bytes_are_frozen(void **state)
{
	struct gen_options o = options(100, 2);
	struct output out;

	(void)state;
	all_faults(&o, 0.02);
	out = generate(&o);
	assert_int_equal(out.lines, 1543);
	assert_true(hash_bytes(out.text.p, out.text.len, 0) ==
		    UINT64_C(0x6369d7257ef3d55e));
	assert_true(hash_bytes(out.truth.p, out.truth.len, 0) ==
		    UINT64_C(0xd4e9ee6aff3ed58b));
	release(&out);
	o.form = GEN_EVENTSIM1;
	o.tag = "test";
	out = generate(&o);
	assert_true(hash_bytes(out.text.p, out.text.len, 0) ==
		    UINT64_C(0xbf135a5b66e01ebe));
	release(&out);
}

static void
seed_and_options_are_the_stream(void **state)
{
	struct gen_options o = options(100, 1), other = o;

	(void)state;
	assert_true(gen_fingerprint(&o) == gen_fingerprint(&other));
	other.threads = 4;
	other.to_ms += DAY;
	other.want_truth = false;
	assert_true(gen_fingerprint(&o) == gen_fingerprint(&other));
	other = o;
	other.seed++;
	assert_true(gen_fingerprint(&o) != gen_fingerprint(&other));
	other = o;
	other.fault[GEN_LATE] = 0.1;
	assert_true(gen_fingerprint(&o) != gen_fingerprint(&other));
	other = o;
	other.tag = "a";
	assert_true(gen_fingerprint(&o) != gen_fingerprint(&other));
}

static void
options_out_of_range_are_refused(void **state)
{
	struct gen_options o = options(100, 1);
	struct fail f = {0};
	struct gen *g;

	(void)state;
	o.to_ms = o.from_ms - 1;
	assert_int_equal(gen_open(&g, &o, &f), FAIL_USAGE);
	o = options(100, 1);
	o.from_ms = GEN_FROM_MIN_MS - 1;
	assert_int_equal(gen_open(&g, &o, NULL), FAIL_USAGE);
	o = options(100, 1);
	o.tag = "a\"b";
	assert_int_equal(gen_open(&g, &o, NULL), FAIL_USAGE);
	o = options(100, 0); /* an empty window is no fault */
	assert_int_equal(gen_open(&g, &o, NULL), 0);
	gen_close(g);
}

/* ---- order and form ---- */

/*
 * Each line is canonical: its keys are columns of the schema in its order,
 * and each value, decoded and encoded again, is the same bytes.
 */
static void
assert_canonical(const struct event_schema *s, struct str line, struct arena *a,
		 struct buf *again)
{
	struct ndjson_iter it = ndjson_members(line);
	struct ndjson_val member;
	struct str key;
	int last = -1;

	while (ndjson_iter_next(&it, &key, &member)) {
		int c = event_column_find(s, key);
		struct event_cell cell;

		assert_true(c > last);
		last = c;
		event_decode(&s->column[c], &member, a, &cell);
		assert_true(cell.kind != EVENT_CELL_MISFIT);
		if (cell.kind == EVENT_CELL_NULL) {
			assert_int_equal(member.n, 0); /* eventsim's "" */
			continue;
		}
		buf_reset(again);
		assert_int_equal(event_encode(&s->column[c], &cell, again), 0);
		assert_true(str_equal(buf_str(again), ndjson_raw(&member)));
	}
	arena_reset(a);
}

static void
lines_are_canonical(void **state)
{
	static const char *const name[] = {"playpipe", "eventsim1"};
	struct gen_options o = options(300, 1);

	(void)state;
	o.tag = "control";
	for (int form = 0; form < 2; form++) {
		struct event_schema *s;
		struct arena a = {0};
		struct output out;
		struct buf again;
		struct str line;
		size_t at = 0;

		o.form = (enum gen_form)form;
		assert_int_equal(
			event_schema_load(&s, name[form], "share", NULL), 0);
		buf_init(&again, LIMIT_LINE);
		out = generate(&o);
		while (next_line(&out.text, &at, &line))
			assert_canonical(s, line, &a, &again);
		release(&out);
		buf_release(&again);
		arena_release(&a);
		event_schema_close(s);
	}
}

struct last {
	int64_t ts, session, item;
};

/* The listener of a session, also where the line hides it. */
static size_t
listener_of(int64_t session)
{
	return (size_t)(session >> 20);
}

static void
time_never_runs_backwards(void **state)
{
	struct gen_options o = options(400, 14);
	struct output out = generate(&o);
	size_t listeners = (size_t)o.users * 64, at = 0;
	struct last *last = calloc(listeners, sizeof(*last));
	int64_t before = 0, gap_min = INT64_MAX, pause_max = 0;
	struct str line;

	(void)state;
	assert_non_null(last);
	while (next_line(&out.text, &at, &line)) {
		int64_t ts = number_of(line, "ts");
		int64_t session = number_of(line, "sessionId");
		struct last *l = &last[listener_of(session)];
		int64_t pause = ts - l->ts;

		assert_true(listener_of(session) < listeners);
		assert_true(ts >= before);
		assert_true(ts > l->ts);
		if (value_of(line, "userId").n > 0)
			assert_int_equal(number_of(line, "userId"),
					 listener_of(session));
		if (l->session == session) {
			assert_int_equal(number_of(line, "itemInSession"),
					 l->item + 1);
			pause_max = pause > pause_max ? pause : pause_max;
		} else if (l->session != 0) {
			gap_min = pause < gap_min ? pause : gap_min;
		}
		*l = (struct last){ts, session,
				   number_of(line, "itemInSession")};
		before = ts;
	}
	assert_true(gap_min > 30 * 60000);
	assert_true(pause_max < 30 * 60000);
	free(last);
	release(&out);
}

static void
a_play_is_told_consistently(void **state)
{
	struct gen_options o = options(400, 3);
	struct output out = generate(&o);
	struct str line;
	size_t at = 0;

	(void)state;
	while (next_line(&out.text, &at, &line)) {
		int64_t played;

		if (!is_play(line))
			continue;
		played = number_of(line, "msPlayed");
		assert_int_equal(number_of(line, "ts") -
					 number_of(line, "startTs"),
				 played);
		assert_true(played > 0 && played <= duration_of(line));
		assert_int_equal(str_is(value_of(line, "skipped"), "true"),
				 played < duration_of(line) - 1000);
		assert_int_equal(
			str_is(value_of(line, "reasonEnd"), "trackdone"),
			played == duration_of(line));
		assert_true(number_of(line, "registration") <=
			    number_of(line, "ts"));
	}
	release(&out);
}

/* Levels only change where a status change says so. */
static void
levels_follow_the_changes(void **state)
{
	struct gen_options o = options(3000, 21);
	size_t listeners = (size_t)o.users * 64, at = 0, seen[5] = {0};
	unsigned char *level = calloc(listeners, 1); /* 0: not seen yet */
	struct output out;
	struct str line;

	(void)state;
	assert_non_null(level);
	out = generate(&o);
	while (next_line(&out.text, &at, &line)) {
		static const char *const change[] = {"register", "upgrade",
						     "downgrade", "cancel",
						     "reactivate"};
		size_t user = listener_of(number_of(line, "sessionId"));
		unsigned char now = value_of(line, "level").p[0] == 'p' ? 2 : 1;
		struct str type = value_of(line, "changeType");

		assert_true(user < listeners);
		if (level[user] != 0)
			assert_int_equal(level[user], now);
		level[user] = now;
		for (size_t i = 0; i < 5; i++)
			seen[i] += str_is(type, change[i]);
		if (str_is(type, "upgrade") || str_is(type, "downgrade")) {
			assert_int_equal(value_of(line, "prevLevel").p[0] ==
						 'p',
					 now == 2);
			level[user] = (unsigned char)(3 - now);
		}
		/* One who comes back may have chosen anew. */
		if (str_is(type, "cancel"))
			level[user] = 0;
	}
	for (size_t i = 0; i < 5; i++)
		assert_true(seen[i] > 2);
	free(level);
	release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_give_the_same_bytes),
		cmocka_unit_test(windows_in_a_row_are_the_whole),
		cmocka_unit_test(shards_are_the_whole),
		cmocka_unit_test(some_topics_are_lines_of_all),
		cmocka_unit_test(bytes_are_frozen),
		cmocka_unit_test(seed_and_options_are_the_stream),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(lines_are_canonical),
		cmocka_unit_test(time_never_runs_backwards),
		cmocka_unit_test(a_play_is_told_consistently),
		cmocka_unit_test(levels_follow_the_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
