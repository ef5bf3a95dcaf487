/* SPDX-License-Identifier: MIT */
/*
 * session: what belongs together, what a session says, and that neither
 * order nor cuts nor a saved and loaded state change a byte of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lines.h"
#include "session/session.h"

static const char schema_text[] =
	"{\"name\":\"test\",\"plays\":{\"column\":\"kind\","
	"\"values\":[\"play\"]},\"columns\":["
	"{\"name\":\"kind\",\"type\":\"string\"},"
	"{\"name\":\"t\",\"type\":\"timestamp\",\"wire\":\"epoch_ms\","
	"\"role\":\"time\"},"
	"{\"name\":\"u\",\"type\":\"string\",\"text_number\":true,"
	"\"empty\":\"null\",\"role\":\"user\"},"
	"{\"name\":\"level\",\"type\":\"string\",\"role\":\"level\"},"
	"{\"name\":\"cc\",\"type\":\"string\",\"role\":\"country\"},"
	"{\"name\":\"id\",\"type\":\"string\",\"role\":\"track_id\"},"
	"{\"name\":\"song\",\"type\":\"string\",\"role\":\"track\"},"
	"{\"name\":\"band\",\"type\":\"string\",\"role\":\"artist\"},"
	"{\"name\":\"ms\",\"type\":\"long\",\"role\":\"ms_played\"},"
	"{\"name\":\"skipped\",\"type\":\"boolean\",\"role\":\"skipped\"}]}";

#define GAP 1800000 /* ms */

static struct event_schema *schema;

static int
parse_schema(void **state)
{
	(void)state;
	return event_schema_parse(&schema, str_of(schema_text), "test", NULL);
}

static int
drop_schema(void **state)
{
	(void)state;
	event_schema_close(schema);
	return 0;
}

static struct sessions *
open_book(int64_t lateness_us)
{
	struct sessions_options o = {schema, GAP * UTC_MS, lateness_us};
	struct sessions *s;

	assert_int_equal(sessions_open(&s, &o, NULL), 0);
	return s;
}

/* Feed lines; returns how many got the verdict. */
static unsigned
feed(struct sessions *s, struct str text, int verdict)
{
	const struct ndjson_val *val;
	const struct str *keys;
	const int *slot;
	struct lines l;
	unsigned count = 0;
	size_t n;

	sessions_keys(s, &keys, &slot, &n);
	lines_open(&l, keys, slot, n, text);
	while ((val = lines_next(&l)) != NULL) {
		int rc = sessions_add(s, val, NULL);

		assert_true(rc > 0);
		count += rc == verdict;
	}
	return count;
}

/* Close until the watermark and append the rows. */
static void
close_until(struct sessions *s, int64_t watermark_us, struct buf *out)
{
	size_t n;

	assert_int_equal(sessions_close_until(s, watermark_us, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sessions_format(s, i, out), 0);
	assert_int_equal(sessions_forget(s, NULL), 0);
}

/* The rows of a text as one batch: only the members from userId on. */
static void
expect(const char *text, const char *rows)
{
	struct sessions *s = open_book(0);
	struct buf out, cut;

	buf_init(&out, 1 << 20);
	buf_init(&cut, 1 << 20);
	feed(s, str_of(text), 0);
	close_until(s, INT64_MAX, &out);
	for (size_t i = 0; i < out.len; i++) {
		const char *key = "{\"sessionKey\":\"0123456789abcdef\",";

		if (i == 0 || out.p[i - 1] == '\n')
			i += strlen(key);
		assert_int_equal(buf_add_char(&cut, out.p[i]), 0);
	}
	assert_int_equal(buf_add_char(&cut, '\0'), 0);
	assert_string_equal(cut.p, rows);
	buf_release(&out);
	buf_release(&cut);
	sessions_close(s);
}

#define ROW(user, start, end, n)                                               \
	"\"userId\":\"" user "\",\"startTs\":" start ",\"endTs\":" end         \
	",\"startDate\":\"1970-01-01\",\"events\":" n                          \
	",\"plays\":0,\"streams\":0,\"skips\":0,\"msPlayed\":0,"               \
	"\"tracks\":0,\"artists\":0}\n"

static void
a_gap_of_exactly_that_length_joins(void **state)
{
	(void)state;
	expect("{\"t\":0,\"u\":\"a\"}\n{\"t\":1800000,\"u\":\"a\"}\n"
	       "{\"t\":3600001,\"u\":\"a\"}\n",
	       ROW("a", "0", "1800000", "2")
		       ROW("a", "3600001", "3600001", "1"));
}

static void
an_event_between_joins_two(void **state)
{
	(void)state;
	expect("{\"t\":0,\"u\":\"a\"}\n{\"t\":3600000,\"u\":\"a\"}\n"
	       "{\"t\":7200001,\"u\":\"a\"}\n{\"t\":1800000,\"u\":\"a\"}\n",
	       ROW("a", "0", "3600000", "3")
		       ROW("a", "7200001", "7200001", "1"));
}

static void
users_are_apart_and_ordered(void **state)
{
	(void)state;
	expect("{\"t\":5,\"u\":\"b\"}\n{\"t\":5,\"u\":\"a\"}\n"
	       "{\"t\":1,\"u\":7}\n{\"t\":2,\"u\":\"7\"}\n",
	       ROW("7", "1", "2", "2") ROW("a", "5", "5", "1")
		       ROW("b", "5", "5", "1"));
}

static void
counts_and_edges(void **state)
{
	(void)state;
	expect("{\"kind\":\"play\",\"t\":100,\"u\":\"a\",\"level\":\"paid\","
	       "\"cc\":\"SE\",\"song\":\"x\",\"band\":\"B\",\"ms\":30000}\n"
	       "{\"kind\":\"play\",\"t\":50,\"u\":\"a\",\"level\":\"free\","
	       "\"song\":\"x\",\"band\":\"C\",\"ms\":29999,"
	       "\"skipped\":true}\n"
	       "{\"kind\":\"play\",\"t\":70,\"u\":\"a\",\"cc\":\"DE\","
	       "\"song\":\"y\",\"id\":\"1\",\"band\":\"B\",\"ms\":1}\n"
	       "{\"kind\":\"play\",\"t\":71,\"u\":\"a\",\"song\":\"z\","
	       "\"id\":\"1\",\"ms\":\"bad\"}\n"
	       "{\"kind\":\"home\",\"t\":200,\"u\":\"a\",\"song\":\"q\"}\n",
	       "\"userId\":\"a\",\"startTs\":50,\"endTs\":200,"
	       "\"startDate\":\"1970-01-01\",\"events\":5,\"plays\":4,"
	       "\"streams\":1,\"skips\":1,\"msPlayed\":60000,\"tracks\":3,"
	       "\"artists\":2,\"country\":\"DE\",\"levelStart\":\"free\","
	       "\"levelEnd\":\"paid\"}\n");
}

/* Two events in a millisecond: the smaller value is the first. */
static void
ties_do_not_depend_on_order(void **state)
{
	static const char *const line[] = {
		"{\"t\":0,\"u\":\"a\",\"level\":\"paid\"}\n",
		"{\"t\":0,\"u\":\"a\",\"level\":\"free\"}\n",
		"{\"t\":0,\"u\":\"a\"}\n",
	};
	static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					{1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s%s%s", line[order[i][0]],
			 line[order[i][1]], line[order[i][2]]);
		expect(text, "\"userId\":\"a\",\"startTs\":0,\"endTs\":0,"
			     "\"startDate\":\"1970-01-01\",\"events\":3,"
			     "\"plays\":0,\"streams\":0,\"skips\":0,"
			     "\"msPlayed\":0,\"tracks\":0,\"artists\":0,"
			     "\"levelStart\":\"free\","
			     "\"levelEnd\":\"paid\"}\n");
	}
}

static void
nobody_and_misfits(void **state)
{
	struct sessions *s = open_book(0);

	(void)state;
	assert_int_equal(feed(s,
			      STR_LIT("{\"t\":0}\n{\"t\":0,\"u\":\"\"}\n"
				      "{\"t\":0,\"u\":null}\n"),
			      SESSIONS_NO_USER),
			 3);
	assert_int_equal(feed(s, STR_LIT("{\"u\":\"a\"}\n"), SESSIONS_MISFIT),
			 1);
	assert_string_equal(sessions_why(s), "t: no time");
	assert_int_equal(feed(s,
			      STR_LIT("{\"t\":\"x\",\"u\":\"a\"}\n"
				      "{\"t\":0,\"u\":[1]}\n"),
			      SESSIONS_MISFIT),
			 2);
	assert_non_null(strstr(sessions_why(s), "u: "));
	assert_int_equal(sessions_open_n(s), 0);
	sessions_close(s);
}

static void
the_key_is_frozen(void **state)
{
	struct sessions *s = open_book(0);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	feed(s, STR_LIT("{\"t\":1541105830796,\"u\":\"39\"}\n"),
	     SESSIONS_COUNTED);
	close_until(s, INT64_MAX, &out);
	assert_memory_equal(out.p, "{\"sessionKey\":\"bf279c55baffe436\",",
			    strlen("{\"sessionKey\":\"bf279c55baffe436\","));
	buf_release(&out);
	sessions_close(s);
}

/* ---- closing ---- */

static void
closes_when_nothing_on_time_can_touch_it(void **state)
{
	const int64_t lateness = 60000;
	struct sessions *s = open_book(lateness * UTC_MS);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	feed(s, STR_LIT("{\"t\":0,\"u\":\"a\"}\n{\"t\":5000,\"u\":\"b\"}\n"),
	     SESSIONS_COUNTED);
	close_until(s, INT64_MIN, &out);
	assert_int_equal(out.len, 0); /* no watermark yet */
	close_until(s, (GAP + lateness) * UTC_MS, &out);
	assert_int_equal(out.len, 0); /* an event at 1800000 joins a */
	assert_int_equal(sessions_oldest_us(s), 0);
	close_until(s, (GAP + lateness + 1) * UTC_MS, &out);
	assert_true(out.len > 0);
	assert_int_equal(sessions_open_n(s), 1);
	assert_int_equal(sessions_oldest_us(s), 5000 * UTC_MS);
	assert_int_equal(sessions_open_events(s), 1);
	buf_reset(&out);
	close_until(s, 0, &out); /* a watermark never falls */
	assert_int_equal(out.len, 0);
	close_until(s, INT64_MAX, &out);
	assert_int_equal(sessions_open_n(s), 0);
	assert_int_equal(sessions_oldest_us(s), INT64_MAX);
	buf_release(&out);
	sessions_close(s);
}

static void
late_events_make_marked_rows(void **state)
{
	struct sessions *s = open_book(0);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	close_until(s, 10000 * UTC_MS, &out);
	assert_int_equal(
		feed(s, STR_LIT("{\"t\":9999,\"u\":\"a\"}\n"), SESSIONS_LATE),
		1);
	assert_int_equal(feed(s, STR_LIT("{\"t\":10000,\"u\":\"a\"}\n"),
			      SESSIONS_COUNTED),
			 1);
	close_until(s, INT64_MAX, &out);
	assert_int_equal(buf_add_char(&out, '\0'), 0);
	assert_non_null(strstr(out.p, "\"events\":2,"));
	assert_non_null(strstr(out.p, ",\"late\":1}\n"));
	buf_release(&out);
	sessions_close(s);
}

/* ---- any order, any cut, any state ---- */

enum { EVENTS = 4000 };

/*
 * Event i happens around i * 20 s, up to 10 minutes early or late, of one of
 * 50 users: gaps around 17 minutes, so sessions of all lengths.
 */
static int64_t
time_of(uint64_t i)
{
	return (int64_t)(i * 20000 + hash_mix(i) % 1200000);
}

static void
add_line(struct buf *out, uint64_t i)
{
	uint64_t r = hash_mix(i + 7);

	assert_int_equal(
		buf_addf(out,
			 "{\"kind\":\"%s\",\"t\":%lld,\"u\":\"%d\","
			 "\"level\":\"%s\",\"song\":\"s%d\",\"band\":\"b%d\","
			 "\"ms\":%d,\"skipped\":%s}\n",
			 r % 4 == 0 ? "home" : "play", (long long)time_of(i),
			 (int)(r >> 8) % 50, r >> 20 & 1 ? "free" : "paid",
			 (int)(r >> 24) % 30, (int)(r >> 34) % 9,
			 (int)(r >> 40) % 90000,
			 r >> 60 & 1 ? "true" : "false"),
		0);
}

static void
feed_range(struct sessions *s, uint64_t from, uint64_t to, uint64_t step)
{
	struct buf text;

	buf_init(&text, 1 << 24);
	for (uint64_t i = from; i < to; i += step)
		add_line(&text, i);
	if (text.len > 0)
		assert_int_equal(feed(s, buf_str(&text), SESSIONS_LATE), 0);
	buf_release(&text);
}

static void
whole(struct buf *rows)
{
	struct sessions *s = open_book(0);

	feed_range(s, 0, EVENTS, 1);
	close_until(s, INT64_MAX, rows);
	sessions_close(s);
}

static int
compare_lines(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Sort a text's lines. */
static void
sort_lines(struct buf *b)
{
	struct str line[EVENTS];
	struct buf out;
	size_t n = 0;

	buf_init(&out, 1 << 24);
	for (char *p = b->p; p < b->p + b->len;) {
		char *end = memchr(p, '\n', (size_t)(b->p + b->len - p));

		line[n++] = (struct str){p, (size_t)(end + 1 - p)};
		p = end + 1;
	}
	qsort(line, n, sizeof(*line), compare_lines);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(buf_add_str(&out, line[i]), 0);
	memcpy(b->p, out.p, b->len);
	buf_release(&out);
}

static void
order_changes_nothing(void **state)
{
	struct buf want, got;

	(void)state;
	buf_init(&want, 1 << 24);
	buf_init(&got, 1 << 24);
	whole(&want);
	for (uint64_t step = 2; step < 100; step += 31) {
		struct sessions *s = open_book(0);

		for (uint64_t i = 0; i < step; i++)
			feed_range(s, step - 1 - i, EVENTS, step);
		buf_reset(&got);
		close_until(s, INT64_MAX, &got);
		assert_int_equal(want.len, got.len);
		assert_memory_equal(want.p, got.p, want.len);
		sessions_close(s);
	}
	buf_release(&want);
	buf_release(&got);
}

/*
 * Cut into batches, with the watermark that 20 minutes of lateness allow; the
 * book is saved, dropped and loaded between batches where want_load says.
 */
static void
in_batches(uint64_t batches, bool want_load, struct buf *rows)
{
	const int64_t lateness = 1200000 * UTC_MS;
	struct sessions *s = open_book(lateness);
	struct buf state, again;
	int64_t highest = 0;

	buf_init(&state, 1 << 24);
	buf_init(&again, 1 << 24);
	for (uint64_t b = 0; b < batches; b++) {
		uint64_t from = EVENTS * b / batches;
		uint64_t to = EVENTS * (b + 1) / batches;

		feed_range(s, from, to, 1);
		for (uint64_t i = from; i < to; i++)
			if (time_of(i) > highest)
				highest = time_of(i);
		close_until(s, highest * UTC_MS, rows);
		if (!want_load)
			continue;
		buf_reset(&state);
		buf_reset(&again);
		assert_int_equal(sessions_save(s, &state), 0);
		sessions_close(s);
		s = open_book(lateness);
		assert_int_equal(sessions_load(s, buf_str(&state), NULL), 0);
		assert_int_equal(sessions_save(s, &again), 0);
		assert_int_equal(state.len, again.len);
		assert_memory_equal(state.p, again.p, state.len);
	}
	close_until(s, INT64_MAX, rows);
	sessions_close(s);
	buf_release(&state);
	buf_release(&again);
}

static void
cuts_change_nothing(void **state)
{
	static const uint64_t batches[] = {1, 2, 7, 40, 1000};
	struct buf want, got;

	(void)state;
	buf_init(&want, 1 << 24);
	buf_init(&got, 1 << 24);
	whole(&want);
	sort_lines(&want);
	for (size_t i = 0; i < 2 * sizeof(batches) / sizeof(*batches); i++) {
		buf_reset(&got);
		in_batches(batches[i / 2], i % 2 == 1, &got);
		sort_lines(&got);
		assert_int_equal(want.len, got.len);
		assert_memory_equal(want.p, got.p, want.len);
	}
	buf_release(&want);
	buf_release(&got);
}

/* ---- damage ---- */

static void
a_damaged_snapshot_is_refused(void **state)
{
	struct sessions *s = open_book(0);
	struct buf snapshot;
	unsigned refused = 0;

	(void)state;
	buf_init(&snapshot, 1 << 24);
	feed_range(s, 0, 60, 1);
	assert_int_equal(sessions_save(s, &snapshot), 0);
	sessions_close(s);
	for (size_t n = 0; n < snapshot.len; n++) { /* cut anywhere */
		struct fail f = {0};
		struct sessions *t = open_book(0);

		assert_int_equal(
			sessions_load(t, (struct str){snapshot.p, n}, &f),
			FAIL_DATA);
		assert_int_equal(sessions_open_n(t), 0);
		assert_int_equal(sessions_oldest_us(t), INT64_MAX);
		sessions_close(t);
	}
	for (size_t i = 0; i < snapshot.len; i++) { /* any byte changed */
		struct sessions *t = open_book(0);
		char was = snapshot.p[i];

		snapshot.p[i] = (char)(was ^ 0x55);
		if (sessions_load(t, buf_str(&snapshot), NULL) != 0)
			refused++;
		snapshot.p[i] = was;
		sessions_close(t);
	}
	assert_true(refused > 0);
	buf_release(&snapshot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gap_of_exactly_that_length_joins),
		cmocka_unit_test(an_event_between_joins_two),
		cmocka_unit_test(users_are_apart_and_ordered),
		cmocka_unit_test(counts_and_edges),
		cmocka_unit_test(ties_do_not_depend_on_order),
		cmocka_unit_test(nobody_and_misfits),
		cmocka_unit_test(the_key_is_frozen),
		cmocka_unit_test(closes_when_nothing_on_time_can_touch_it),
		cmocka_unit_test(late_events_make_marked_rows),
		cmocka_unit_test(order_changes_nothing),
		cmocka_unit_test(cuts_change_nothing),
		cmocka_unit_test(a_damaged_snapshot_is_refused),
	};

	return cmocka_run_group_tests(tests, parse_schema, drop_schema);
}
