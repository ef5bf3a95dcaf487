/* SPDX-License-Identifier: MIT */
/*
 * gen: the same bytes however the work is cut, order, what a fault does and
 * does not do, and behaviour against the published figures of
 * docs/decisions/0005. All seeds are fixed, so tolerances hold or do not.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "event/event.h"
#include "gen/account.h"
#include "gen/gen.h"
#include "gen/model.h"

#define FROM INT64_C(1793577600000) /* 2026-11-02, a Monday */
#define DAY  INT64_C(86400000)
#define GIB  ((size_t)1 << 30)

static struct gen_options
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

static void
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

static void
release(struct output *out)
{
	buf_release(&out->text);
	buf_release(&out->truth);
}

static void
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

static struct output
generate(const struct gen_options *o)
{
	struct output out = {0};

	buf_init(&out.text, GIB);
	buf_init(&out.truth, GIB);
	append(o, &out);
	return out;
}

static void
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

static bool
next_line(const struct buf *b, size_t *at, struct str *line)
{
	const char *p = b->p + *at;
	const char *end;

	if (*at == b->len)
		return false;
	end = memchr(p, '\n', b->len - *at);
	assert_non_null(end);
	*line = (struct str){p, (size_t)(end - p)};
	*at += line->n + 1;
	return true;
}

/* The text of a top-level value; n is 0 when the key is absent. */
static struct str
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

static int64_t
number_of(struct str line, const char *key)
{
	struct str v = value_of(line, key);
	int64_t out = -1;

	if (v.n > 0)
		assert_int_equal(num_parse_i64(v.p, v.n, &out), 0);
	return out;
}

static int64_t
duration_of(struct str line)
{
	struct str v = value_of(line, "duration");
	int64_t ms;

	assert_int_equal(num_parse_scaled(v.p, v.n, 3, &ms), 0);
	return ms;
}

static bool
is_play(struct str line)
{
	return str_is(value_of(line, "topic"), "listen_events");
}

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
		cell = event_decode(&s->column[c], &member, a);
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

/* ---- faults ---- */

/* Lines that have no truth are those of the clean run. */
static void
faults_change_no_other_line(void **state)
{
	struct gen_options o = options(200, 3);
	struct output clean = generate(&o), faulty;
	const struct buf *c = &clean.text;

	(void)state;
	for (int k = GEN_MISSING; k < GEN_FAULTS; k++) {
		struct str a, b, truth;
		size_t at_a = 0, at_b = 0, at_t = 0, differ = 0;

		o = options(200, 3);
		o.fault[k] = 0.05;
		faulty = generate(&o);
		assert_int_equal(faulty.lines, clean.lines);
		while (next_line(c, &at_a, &a)) {
			assert_true(next_line(&faulty.text, &at_b, &b));
			if (str_equal(a, b))
				continue;
			differ++;
			assert_true(next_line(&faulty.truth, &at_t, &truth));
			assert_true(str_is(value_of(truth, "kind"),
					   gen_fault_name((enum gen_fault)k)));
			assert_true(str_equal(value_of(truth, "eventId"),
					      value_of(a, "eventId")));
			assert_true(str_equal(value_of(b, "eventId"),
					      value_of(a, "eventId")));
		}
		assert_int_equal(at_t, faulty.truth.len);
		assert_int_equal(differ, faulty.faults);
		assert_true(fabs((double)differ / (double)clean.lines - 0.05) <
			    0.01);
		release(&faulty);
	}
	release(&clean);
}

/* The original value, put back, gives the clean line. */
static void
truth_recovers_the_value(void **state)
{
	static const enum gen_fault kinds[] = {GEN_WRONG_TYPE,
					       GEN_OUT_OF_RANGE};
	struct gen_options o = options(200, 2);
	struct output clean = generate(&o), faulty;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct str a, b, truth;
		size_t at_a = 0, at_b = 0, at_t = 0;

		o = options(200, 2);
		o.fault[kinds[i]] = 0.2;
		faulty = generate(&o);
		while (next_line(&clean.text, &at_a, &a)) {
			char field[32];
			struct str name, is, was;

			assert_true(next_line(&faulty.text, &at_b, &b));
			if (str_equal(a, b))
				continue;
			assert_true(next_line(&faulty.truth, &at_t, &truth));
			name = value_of(truth, "field");
			assert_true(name.n < sizeof(field));
			memcpy(field, name.p, name.n);
			field[name.n] = '\0';
			is = value_of(b, field);
			was = value_of(a, field);
			assert_true(
				str_equal(was, value_of(truth, "original")));
			assert_true(str_equal(is, value_of(truth, "written")));
		}
		release(&faulty);
	}
	release(&clean);
}

static void
malformed_lines_are_no_json(void **state)
{
	struct gen_options o = options(200, 2);
	struct output out;
	struct str line;
	size_t at = 0;

	(void)state;
	o.fault[GEN_MALFORMED] = 1;
	out = generate(&o);
	assert_int_equal(out.faults, out.lines);
	while (next_line(&out.text, &at, &line)) {
		size_t where;

		assert_int_not_equal(
			ndjson_validate(line.p, line.n, LIMIT_DEPTH, 0, &where),
			NDJSON_OK);
	}
	release(&out);
}

static void
duplicates_are_the_same_bytes(void **state)
{
	struct gen_options o = options(200, 3);
	struct output clean = generate(&o), faulty;
	struct map seen;
	struct str line;
	size_t at = 0, copies = 0;

	(void)state;
	o.fault[GEN_DUPLICATE] = 0.1;
	faulty = generate(&o);
	map_init(&seen, 1000000);
	while (next_line(&faulty.text, &at, &line)) {
		bool is_new;

		assert_true(map_add(&seen, line, &is_new) >= 0);
		copies += !is_new;
	}
	/* but for a copy whose original stands before the window */
	assert_true(copies + 5 > faulty.faults && copies <= faulty.faults);
	assert_true(faulty.lines - faulty.faults + 5 > clean.lines);
	assert_true(fabs((double)copies / (double)clean.lines - 0.1) < 0.015);
	map_release(&seen);
	release(&clean);
	release(&faulty);
}

static void
late_lines_stand_at_their_arrival(void **state)
{
	struct gen_options o = options(200, 6);
	struct output out;
	struct str line;
	int64_t highest = 0, greatest = 0;
	size_t at = 0, below[3] = {0}, n = 0, behind = 0;

	(void)state;
	o.fault[GEN_LATE] = 0.2;
	out = generate(&o);
	while (next_line(&out.truth, &at, &line)) {
		int64_t delay = number_of(line, "delayMs");
		int64_t place = number_of(line, "ts") + delay;

		assert_true(delay >= 1000 && delay <= gen_delay_max(&o));
		assert_true(place >= highest);
		highest = place;
		greatest = delay > greatest ? delay : greatest;
		below[0] += delay < 20000;
		below[1] += delay < 147000;
		below[2] += delay < 3600000;
		n++;
	}
	/* near log-normal: half below 147 s, some beyond an hour */
	assert_true(n > 1000);
	assert_true(fabs((double)below[1] / (double)n - 0.5) < 0.04);
	assert_true(below[0] > n / 20 && below[2] < n - n / 200);
	assert_true(greatest > 2 * 3600000);
	highest = 0;
	for (at = 0; next_line(&out.text, &at, &line);) {
		int64_t ts = number_of(line, "ts");

		behind += ts < highest;
		highest = ts > highest ? ts : highest;
	}
	assert_true(behind > n / 2 && behind <= n);
	release(&out);
}

/* ---- behaviour, against docs/decisions/0005 ---- */

struct tally {
	double plays, cut_5s, cut_30s, cut;
	double device[2], device_cut[2]; /* 0 phones, 1 desktops */
	double hour[24], weekend, day[7];
};

static void
tally_device(struct tally *t, struct str platform, bool is_cut)
{
	int which = -1;

	if (str_is(platform, "ios") || str_is(platform, "android"))
		which = 0;
	if (str_is(platform, "windows") || str_is(platform, "macos") ||
	    str_is(platform, "linux"))
		which = 1;
	if (which < 0)
		return;
	t->device[which]++;
	t->device_cut[which] += is_cut;
}

static void
tally_play(struct tally *t, struct str line)
{
	int64_t played = number_of(line, "msPlayed");
	int64_t local = number_of(line, "startTs");
	bool is_cut = played < duration_of(line) - 1000;
	struct str tz = value_of(line, "tzOffset");
	int64_t minutes;
	unsigned weekday;

	assert_int_equal(num_parse_i64(tz.p, tz.n, &minutes), 0);
	local += minutes * 60000;
	weekday = utc_weekday(local / DAY);
	t->plays++;
	t->cut_5s += played < 5000;
	t->cut_30s += played < 30000;
	t->cut += is_cut;
	tally_device(t, value_of(line, "platform"), is_cut);
	t->day[weekday]++;
	if (weekday >= 5) {
		t->weekend++;
		t->hour[local % DAY / 3600000]++;
	}
}

static void
assert_near(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("%g is not within %g of %g", got, tolerance, want);
}

/* Mean, deviation and quartiles of the hours. */
static void
check_hours(const struct tally *t)
{
	static const double share[24] = {
		3.4, 2.5, 1.8, 1.4, 1.0, 0.8, 1.1, 1.4, 2.0, 3.3, 4.4, 4.9,
		5.8, 6.4, 6.9, 6.8, 6.9, 6.5, 6.2, 5.7, 5.6, 5.9, 5.2, 4.3};
	static const double quartile[3] = {11, 15, 19};
	double mean = 0, square = 0, sum = 0;
	int q = 0;

	for (int h = 0; h < 24; h++) {
		double s = t->hour[h] / t->weekend;

		assert_near(100 * s, share[h], 0.8);
		mean += h * s;
		square += h * h * s;
		for (sum += s; q < 3 && sum >= 0.25 * (q + 1); q++)
			assert_near(h + 1 - (sum - 0.25 * (q + 1)) / s,
				    quartile[q] + 0.5, 0.9);
	}
	assert_near(mean, 14.2, 0.4);
	assert_near(sqrt(square - mean * mean), 6.0, 0.3);
}

static void
plays_are_as_published(void **state)
{
	static const double day[7] = {14.2, 14.4, 14.7, 15.0, 15.3, 13.8, 12.6};
	struct gen_options o = options(1500, 14);
	struct tally t = {0};

	(void)state;
	o.topics = 1u << GEN_LISTEN;
	for (o.seed = 1; o.seed <= 3; o.seed++) {
		struct output out = generate(&o);
		struct str line;
		size_t at = 0;

		while (next_line(&out.text, &at, &line))
			tally_play(&t, line);
		release(&out);
	}
	assert_near(100 * t.cut_5s / t.plays, 24.14, 1.0);
	assert_near(100 * t.cut_30s / t.plays, 35.05, 1.0);
	assert_near(100 * t.cut / t.plays, 48.6, 1.0);
	assert_near(100 * t.device_cut[0] / t.device[0], 51.1, 1.5);
	assert_near(100 * t.device_cut[1] / t.device[1], 40.1, 2.0);
	check_hours(&t);
	for (int i = 0; i < 7; i++)
		assert_near(100 * t.day[i] / t.plays, day[i], 0.8);
	/* 3 seeds of 1,500 listeners, 14 days */
	assert_near(t.plays / (3 * 1500 * 14), 8.1, 1.0);
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
durations_are_as_published(void **state)
{
	struct gen_options o = options(10, 1);
	struct gen_model *m = malloc(sizeof(*m));
	uint32_t *d;
	double sum = 0;

	(void)state;
	assert_non_null(m);
	o.tracks = 100000;
	assert_int_equal(model_init(m, &o, NULL), 0);
	d = m->catalog.duration_ms;
	for (uint32_t i = 0; i < o.tracks; i++)
		sum += d[i];
	assert_near(sum / o.tracks / 1000, 222, 4.4);
	qsort(d, o.tracks, sizeof(*d), compare_u32);
	assert_near(d[50000] / 1000.0, 215, 4.3);
	assert_near(d[5000] / 1000.0, 105, 10.5);
	assert_near(d[95000] / 1000.0, 420, 42);
	model_release(m);
	free(m);
}

/* Weights of an alias table, from what its cells give away. */
static void
weigh(const struct rng_alias *a, double *weight)
{
	for (uint32_t i = 0; i < a->n; i++)
		weight[i] = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		double kept = a->cell[i].keep / 4294967296.0;

		weight[i] += kept / a->n;
		weight[a->cell[i].other] += (1 - kept) / a->n;
	}
}

static int
compare_falling(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x < y) - (x > y);
}

static double
share_of_first(const double *weight, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += weight[i];
	return sum;
}

static double
slope(const double *weight, int from, int to)
{
	double n = to - from + 1, x = 0, y = 0, xx = 0, xy = 0;

	for (int r = from; r <= to; r++) {
		double a = log(r), b = log(weight[r - 1]);

		x += a;
		y += b;
		xx += a * a;
		xy += a * b;
	}
	return (n * xy - x * y) / (n * xx - x * x);
}

static void
popularity_is_as_published(void **state)
{
	static const struct {
		uint32_t tracks;
		double first, top_1, top_10;
	} want[] = {{10000, 0.024, 0.220, 0.503},
		    {100000, 0.014, 0.294, 0.584}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct gen_options o = options(10, 1);
		struct gen_model *m = malloc(sizeof(*m));
		double *weight = malloc(want[i].tracks * sizeof(*weight));

		assert_non_null(m);
		assert_non_null(weight);
		o.tracks = want[i].tracks;
		assert_int_equal(model_init(m, &o, NULL), 0);
		weigh(&m->catalog.popularity, weight);
		qsort(weight, o.tracks, sizeof(*weight), compare_falling);
		assert_near(weight[0], want[i].first, 0.1 * want[i].first);
		assert_near(share_of_first(weight, o.tracks / 100),
			    want[i].top_1, 0.1 * want[i].top_1);
		assert_near(share_of_first(weight, o.tracks / 10),
			    want[i].top_10, 0.1 * want[i].top_10);
		assert_near(slope(weight, 10, 1000), -0.705, 0.05);
		model_release(m);
		free(weight);
		free(m);
	}
}

/* Today and years later: the service neither grows nor empties. */
static void
accounts_are_as_published(void **state)
{
	struct gen_options o = options(100000, 1);
	struct gen_model *m = malloc(sizeof(*m));

	(void)state;
	assert_non_null(m);
	assert_int_equal(model_init(m, &o, NULL), 0);
	for (int32_t day = 12000; day < 36000; day += 7919) {
		double here = 0, paid = 0, plays[2] = {0, 0};

		for (uint32_t slot = 0; slot < o.users; slot++) {
			struct account a;
			double mean;

			account_at(m, slot, day, &a);
			assert_true(day >= a.since && day < a.until);
			assert_int_equal((a.user - 1) % o.users, slot);
			if (a.is_gone)
				continue;
			here++;
			paid += a.is_paid;
			mean = (double)m->sessions[a.is_paid][a.activity] *
			       m->plays[a.is_paid][a.activity];
			plays[a.is_paid] += mean;
		}
		assert_near(here / o.users, 0.97, 0.015);
		assert_near(100 * paid / here, 39.4, 0.6);
		assert_near(plays[1] / (plays[0] + plays[1]), 0.68, 0.06);
	}
	model_release(m);
	free(m);
}

/* What a listener may be expected to play: log-normal, the busiest tenth has
 * half. */
static void
activity_is_as_published(void **state)
{
	struct gen_options o = options(50000, 1);
	struct gen_model *m = malloc(sizeof(*m));
	double *plays = malloc(50000 * sizeof(*plays));
	double sum = 0, log_sum = 0, log_square = 0, n;
	uint32_t count = 0;

	(void)state;
	assert_non_null(m);
	assert_non_null(plays);
	assert_int_equal(model_init(m, &o, NULL), 0);
	for (uint32_t slot = 0; slot < o.users; slot++) {
		struct account a;
		double v;

		account_at(m, slot, 20000, &a);
		if (a.is_gone)
			continue;
		v = m->sessions[a.is_paid][a.activity] / 1048576.0 *
		    (1 + m->plays[a.is_paid][a.activity] / 1048576.0);
		plays[count++] = v;
		sum += v;
		log_sum += log(v);
		log_square += log(v) * log(v);
	}
	n = count;
	assert_near(sqrt(log_square / n - pow(log_sum / n, 2)), 1.3, 0.15);
	qsort(plays, count, sizeof(*plays), compare_falling);
	assert_near(share_of_first(plays, count / 10) / sum, 0.5, 0.05);
	model_release(m);
	free(plays);
	free(m);
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
		cmocka_unit_test(faults_change_no_other_line),
		cmocka_unit_test(truth_recovers_the_value),
		cmocka_unit_test(malformed_lines_are_no_json),
		cmocka_unit_test(duplicates_are_the_same_bytes),
		cmocka_unit_test(late_lines_stand_at_their_arrival),
		cmocka_unit_test(plays_are_as_published),
		cmocka_unit_test(durations_are_as_published),
		cmocka_unit_test(popularity_is_as_published),
		cmocka_unit_test(accounts_are_as_published),
		cmocka_unit_test(activity_is_as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
