/* SPDX-License-Identifier: MIT */
/*
 * delta: commits to a store that loses answers, fails, or is always taken.
 * The store's put-if-absent is wrapped by the linker; all else is real.
 */
#include "delta_logs.h"

int __real_store_put_if_absent(struct store *s, struct str key, struct str data,
			       struct fail *f);
int __wrap_store_put_if_absent(struct store *s, struct str key, struct str data,
			       struct fail *f);

/* What the next calls do. */
enum trouble {
	HONEST,
	LANDED_SAYS_EXISTS, /* as behind a retry of a lower layer */
	LANDED_FAILS,
	FAILS,
	RIVAL_IS_FASTER, /* at this very name */
	RIVAL_IS_FASTER_AND_FAILS,
};
static enum trouble trouble;
static int trouble_code;
static int trouble_left; /* calls until HONEST again */
static struct fixture *rival;

int
__wrap_store_put_if_absent(struct store *s, struct str key, struct str data,
			   struct fail *f)
{
	struct fail other = {0};
	int rc = STORE_OK;

	if (trouble == HONEST || trouble_left == 0)
		return __real_store_put_if_absent(s, key, data, f);
	trouble_left--;
	if (trouble == LANDED_SAYS_EXISTS || trouble == LANDED_FAILS)
		rc = __real_store_put_if_absent(s, key, data, f);
	assert_int_equal(rc, STORE_OK);
	if (trouble >= RIVAL_IS_FASTER) {
		enum trouble kept = trouble;

		trouble = HONEST;
		assert_int_equal(
			commit_file(rival, "rival", "2026-01-01", &other), 0);
		trouble = kept;
	}
	if (trouble == LANDED_SAYS_EXISTS || trouble == RIVAL_IS_FASTER)
		return STORE_EXISTS;
	return fail_set(f, trouble_code, "the answer was lost");
}

struct result {
	int rc;
	struct delta_outcome out;
	struct fail f;
};

/* Append a file to a table of one version, while there is trouble. */
static struct result
append(const char *url, enum trouble what, int code, int times,
       int64_t patience_ms, struct fixture *x)
{
	static struct fixture other;
	struct delta_file file = make_file("new", "2026-01-02");
	struct delta_change c = {.operation = "WRITE",
				 .mode = "Append",
				 .add = &file,
				 .add_n = 1,
				 .now_ms = 1,
				 .patience_ms = patience_ms};
	struct result r = {0};

	begin(x, url);
	assert_int_equal(commit_file(x, "a", "2026-01-01", &r.f), 0);
	begin(&other, url);
	rival = &other;
	trouble = what;
	trouble_code = code;
	trouble_left = times;
	r.rc = delta_commit(x->d, x->s, &c, &r.out, &r.f);
	trouble = HONEST;
	end(&other);
	return r;
}

/* How many versions, and how many commits of ours among them. */
static void
expect_log(const char *url, int64_t newest, size_t files)
{
	struct delta *d = opened(url);
	struct delta_snapshot *s = loaded(d, DELTA_LATEST);

	assert_int_equal(s->version, newest);
	assert_int_equal(live(s), files);
	delta_snapshot_close(s);
	delta_close(d);
}

static void
our_own_commit_is_no_rivals(void **state)
{
	static const struct {
		const char *url;
		enum trouble what;
		int code;
	} c[] = {{"own-exists", LANDED_SAYS_EXISTS, 0},
		 {"own-lost", LANDED_FAILS, FAIL_RETRY},
		 {"own-sync", LANDED_FAILS, FAIL_IO},
		 {"own-denied", LANDED_FAILS, FAIL_DENIED}};
	struct fixture x;

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct result r = append(c[i].url, c[i].what, c[i].code, 1, 0,
					 &x);

		assert_int_equal(r.rc, 0);
		assert_int_equal(r.f.code, 0);
		assert_int_equal(r.out.tries, 1);
		assert_int_equal(r.out.rivals, 0);
		assert_false(r.out.is_in_doubt);
		assert_int_equal(x.s->version, 1);
		assert_int_equal(live(x.s), 2);
		expect_log(c[i].url, 1, 2);
		end(&x);
	}
}

static void
what_did_not_land_is_tried_again(void **state)
{
	struct fixture x;
	struct result r;

	(void)state;
	r = append("again", FAILS, FAIL_RETRY, 3, 0, &x);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.out.tries, 4);
	expect_log("again", 1, 2);
	end(&x);
}

static void
a_rival_in_a_lost_answers_place_is_passed(void **state)
{
	struct fixture x;
	struct result r;

	(void)state;
	r = append("place", RIVAL_IS_FASTER_AND_FAILS, FAIL_RETRY, 1, 0, &x);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.out.rivals, 1);
	assert_int_equal(x.s->version, 2);
	expect_log("place", 2, 3);
	end(&x);
}

static void
a_failure_that_stays_is_told(void **state)
{
	struct fixture x;
	struct result r;

	(void)state;
	r = append("denied", FAILS, FAIL_DENIED, 1, 0, &x);
	assert_int_equal(r.rc, FAIL_DENIED);
	assert_string_equal(r.f.text, "the answer was lost");
	assert_false(r.out.is_in_doubt);
	assert_int_equal(r.out.tries, 1);
	expect_log("denied", 0, 1);
	end(&x);
}

static void
patience_ends(void **state)
{
	struct fixture x;
	struct result r;

	(void)state;
	r = append("lost", FAILS, FAIL_RETRY, -1, 700, &x);
	assert_int_equal(r.rc, FAIL_RETRY);
	assert_true(r.out.is_in_doubt); /* the last one may land yet */
	assert_true(r.out.tries > 1);
	expect_log("lost", 0, 1);
	end(&x);
	r = append("slow", RIVAL_IS_FASTER, 0, -1, 700, &x);
	assert_int_equal(r.rc, FAIL_RETRY);
	assert_non_null(strstr(r.f.text, "others were always faster"));
	assert_false(r.out.is_in_doubt);
	assert_true(r.out.rivals > 1);
	end(&x);
}

/* Behind any number of versions it goes in one step. */
static void
the_newest_version_is_reached_at_once(void **state)
{
	struct fixture x, y;
	struct delta_file file = make_file("late", "2026-01-01");
	struct delta_change c = {.operation = "WRITE",
				 .mode = "Append",
				 .add = &file,
				 .add_n = 1,
				 .now_ms = 1};
	struct delta_outcome out;
	struct fail f = {0};

	(void)state;
	begin(&x, "newest");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	begin(&y, "newest");
	for (int i = 0; i < 25; i++) {
		char path[16];

		snprintf(path, sizeof(path), "f%d", i);
		assert_int_equal(commit_file(&x, path, "2026-01-01", &f), 0);
	}
	assert_int_equal(delta_commit(y.d, y.s, &c, &out, &f), 0);
	assert_int_equal(out.tries, 2);
	assert_int_equal(out.rivals, 25);
	assert_int_equal(y.s->version, 26);
	end(&x);
	end(&y);
}

/* ---- in-commit timestamps ---- */

#define TIMED_PROTOCOL                                                         \
	"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,"        \
	"\"writerFeatures\":[\"inCommitTimestamp\"]}}\n"
#define TIMED_INFO(ms)                                                         \
	"{\"commitInfo\":{\"inCommitTimestamp\":" ms ",\"timestamp\":7}}\n"

static int
append_at(struct fixture *x, const char *path, int64_t now_ms, struct fail *f)
{
	struct delta_file file = make_file(path, "2026-01-01");
	struct delta_change c = {.operation = "WRITE",
				 .add = &file,
				 .add_n = 1,
				 .now_ms = now_ms};

	return delta_commit(x->d, x->s, &c, NULL, f);
}

static int64_t
time_of(struct fixture *x, int64_t version)
{
	struct delta_actions a;
	struct fail f = {0};

	assert_int_equal(delta_read_commit(x->d, version, &x->mem, &a, &f), 0);
	return a.time_ms;
}

static void
commits_tell_times_that_rise(void **state)
{
	struct buf text;
	struct fixture x, y;
	struct fail f = {0};
	int64_t version;

	(void)state;
	begin(&x, "timed");
	put(x.d, LOG(0.json),
	    TIMED_INFO("5000000000000") TIMED_PROTOCOL TABLE(
		    COLUMN("a", "long", ""),
		    "\"delta.enableInCommitTimestamps\":\"true\""));
	end(&x);
	begin(&x, "timed");
	/* the clock is behind, then ahead */
	assert_int_equal(append_at(&x, "a", 1000, &f), 0);
	assert_int_equal(time_of(&x, 1), 5000000000001);
	assert_int_equal(append_at(&x, "b", 6000000000000, &f), 0);
	assert_true(time_of(&x, 2) >= 6000000000000);
	/* behind a checkpoint, whose commit must be asked */
	assert_int_equal(delta_checkpoint(x.d, x.s, &f), 0);
	begin(&y, "timed");
	assert_int_equal(y.s->time_ms, -1);
	/* a rival comes between: the time is chosen anew */
	assert_int_equal(append_at(&x, "c", 7000000000000, &f), 0);
	assert_int_equal(append_at(&y, "d", 1000, &f), 0);
	assert_int_equal(time_of(&y, 4), time_of(&y, 3) + 1);
	/* it is the first thing that the commit says */
	buf_init(&text, LOG_COMMIT_MAX);
	assert_int_equal(store_get(delta_store(y.d), STR_LIT(LOG(4.json)),
				   LOG_COMMIT_MAX, &text, &f),
			 0);
	assert_true(str_starts(buf_str(&text),
			       "{\"commitInfo\":{\"inCommitTimestamp\":7"));
	buf_release(&text);
	/* and what time travel goes by */
	assert_int_equal(
		delta_version_at(x.d, 5000000000001 * UTC_MS, &version, &f), 0);
	assert_int_equal(version, 1);
	end(&x);
	end(&y);
}

static void
without_the_setting_commits_tell_none(void **state)
{
	struct buf text;
	struct fixture x;
	struct fail f = {0};

	(void)state;
	begin(&x, "untimed");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	buf_init(&text, LOG_COMMIT_MAX);
	assert_int_equal(store_get(delta_store(x.d), STR_LIT(LOG(0.json)),
				   LOG_COMMIT_MAX, &text, &f),
			 0);
	assert_int_equal(buf_add_char(&text, '\0'), 0);
	assert_null(strstr(text.p, "inCommitTimestamp"));
	buf_release(&text);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_commit_is_no_rivals),
		cmocka_unit_test(what_did_not_land_is_tried_again),
		cmocka_unit_test(a_rival_in_a_lost_answers_place_is_passed),
		cmocka_unit_test(a_failure_that_stays_is_told),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(the_newest_version_is_reached_at_once),
		cmocka_unit_test(commits_tell_times_that_rise),
		cmocka_unit_test(without_the_setting_commits_tell_none),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
