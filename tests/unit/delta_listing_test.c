/* SPDX-License-Identifier: MIT */
/* delta: which files of a log are read, and the times of its versions. */
#include <fcntl.h>
#include <sys/stat.h>

#include "delta_logs.h"

#define EMPTY "{\"commitInfo\":{}}\n"

static void
names_that_are_none_of_ours_are_passed_over(void **state)
{
	static const char *const name[] = {
		".00000000000000000001.json",
		".00000000000000000001.json.crc",
		".00000000000000000001.json.4c4a.tmp",
		"00000000000000000001.json.tmp",
		"00000000000000000001.json#1",
		"00000000000000000001.crc",
		"0000000000000000001.json",
		"000000000000000000001.json",
		"999999999999999999999999.json",
		"99999999999999999999.json",
		"00000000000000000001.JSON",
		"00000000000000000001.00000000000000000003.compacted.json",
		"00000000000000000001.checkpoint.json",
		"00000000000000000001.checkpoint..parquet",
		"00000000000000000001.checkpoint.parquet.crc",
		"00000000000000000001.checkpoint."
		"80a083e8-7026-4e79-81be-64bd76c43a1x.json",
		"00000000000000000001.checkpoint."
		"80a083e8-7026-4e79-81be-64bd76c43a11.json.tmp",
		"00000000000000000001.checkpoint.0000000001.0000000002.parquet",
		"00000000000000000001.checkpoint.0000000000.0000000000.parquet",
		"00000000000000000001.checkpoint.0000000001.9999999999.parquet",
		"_staged_commits/00000000000000000001."
		"80a083e8-7026-4e79-81be-64bd76c43a11.json",
		"_commits/00000000000000000001.json",
		"_last_checkpoint.tmp",
		"junk",
	};
	struct delta *d = opened("names");
	struct delta_snapshot *s;
	char key[LIMIT_PATH];

	(void)state;
	put(d, LOG(0.json), PROTOCOL("1") META ADD("f"));
	for (size_t i = 0; i < sizeof(name) / sizeof(*name); i++) {
		snprintf(key, sizeof(key), "_delta_log/%s", name[i]);
		put(d, key, "not even JSON");
	}
	s = loaded(d, DELTA_LATEST);
	assert_int_equal(s->version, 0);
	assert_int_equal(live(s), 1);
	delta_snapshot_close(s);
	delta_close(d);
}

/* ---- checkpoints ---- */

static void
move(struct delta *d, const char *from, const char *to, bool is_copy)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(
		store_get(delta_store(d), str_of(from), 1 << 20, &b, NULL), 0);
	assert_int_equal(
		store_put(delta_store(d), str_of(to), buf_str(&b), NULL), 0);
	if (!is_copy)
		assert_int_equal(
			store_delete(delta_store(d), str_of(from), NULL), 0);
	buf_release(&b);
}

/* Files f0 to f3 by versions 0 to 3, and a checkpoint at 2. */
static struct delta *
with_checkpoint(const char *url)
{
	struct delta *d = opened(url);
	struct delta_snapshot *s;

	put(d, LOG(0.json), PROTOCOL("1") META ADD("f0"));
	put(d, LOG(1.json), ADD("f1"));
	put(d, LOG(2.json), ADD("f2"));
	s = loaded(d, 2);
	assert_int_equal(delta_checkpoint(d, s, NULL), 0);
	delta_snapshot_close(s);
	put(d, LOG(3.json), ADD("f3"));
	return d;
}

static void
forget(struct delta *d, const char *key)
{
	assert_int_equal(store_delete(delta_store(d), str_of(key), NULL), 0);
}

static void
is_at(struct delta *d, int64_t version, size_t files)
{
	struct delta_snapshot *s = loaded(d, DELTA_LATEST);

	assert_int_equal(s->version, version);
	assert_int_equal(live(s), files);
	delta_snapshot_close(s);
}

static void
a_hint_that_is_wrong_is_survived(void **state)
{
	static const char *const hint[] = {
		"",
		"{",
		"[]",
		"{\"version\":99,\"size\":1}",
		"{\"version\":1,\"size\":1}",
		"{\"version\":-2,\"size\":1}",
		"{\"version\":\"2\",\"size\":1}",
		"{\"version\":2,\"size\":-1,\"parts\":7}",
		"{\"version\":9223372036854775807}",
	};
	struct delta *d = with_checkpoint("hint");

	(void)state;
	forget(d, LOG(0.json));
	for (size_t i = 0; i < sizeof(hint) / sizeof(*hint); i++) {
		put(d, "_delta_log/_last_checkpoint", hint[i]);
		is_at(d, 3, 4);
	}
	forget(d, "_delta_log/_last_checkpoint");
	is_at(d, 3, 4);
	delta_close(d);
}

static void
a_checkpoint_counts_with_all_its_parts(void **state)
{
#define CP "_delta_log/00000000000000000002.checkpoint"
	struct delta *d = with_checkpoint("parts");

	(void)state;
	forget(d, LOG(0.json));
	/* of the names of two sets each stands between those of the other */
	move(d, CP ".parquet", CP ".0000000001.0000000002.parquet", true);
	move(d, CP ".parquet", CP ".0000000001.0000000003.parquet", true);
	move(d, CP ".parquet", CP ".0000000003.0000000003.parquet", true);
	move(d, CP ".parquet", CP ".0000000002.0000000002.parquet", false);
	is_at(d, 3, 4);
	forget(d, CP ".0000000002.0000000002.parquet");
	refused(d, DELTA_LATEST, FAIL_DATA, "not 0: a commit is missing");
	/* one of version 2, by a UUID */
	move(d, CP ".0000000001.0000000002.parquet",
	     CP ".80a083e8-7026-4e79-81be-64bd76c43a11.parquet", false);
	is_at(d, 3, 4);
	delta_close(d);
}

static void
a_damaged_checkpoint_is_passed_over(void **state)
{
	static const char *const damage[] = {"", "PAR1", "PAR1 and no end"};
	struct delta *d = with_checkpoint("damage");
	struct delta_snapshot *s;

	(void)state;
	s = loaded(d, 3);
	assert_int_equal(s->damage.code, 0);
	delta_snapshot_close(s);
	for (size_t i = 0; i < sizeof(damage) / sizeof(*damage); i++) {
		put(d, CP ".parquet", damage[i]);
		s = loaded(d, DELTA_LATEST);
		assert_int_equal(s->version, 3);
		assert_int_equal(live(s), 4);
		assert_int_equal(s->damage.code, FAIL_DATA);
		assert_non_null(strstr(s->damage.text, CP ".parquet"));
		delta_snapshot_close(s);
	}
	/* its commits are gone: then it is what stands in the way */
	forget(d, LOG(0.json));
	refused(d, DELTA_LATEST, FAIL_DATA, CP ".parquet");
	delta_close(d);
}

static void
a_checkpoint_may_be_all_there_is(void **state)
{
	struct delta *d = with_checkpoint("alone");
	int64_t v;
	struct fail f = {0};

	(void)state;
	forget(d, LOG(0.json));
	forget(d, LOG(1.json));
	forget(d, LOG(2.json));
	assert_int_equal(delta_oldest(d, &v, NULL), 0);
	assert_int_equal(v, 2);
	forget(d, LOG(3.json));
	is_at(d, 2, 3);
	assert_int_equal(delta_oldest(d, &v, NULL), 0);
	assert_int_equal(v, 2);
	refused(d, 1, FAIL_DATA,
		"no version 1 any more: the oldest that can "
		"be read is 2");
	refused(d, 3, FAIL_DATA, "no version 3: the newest is 2");
	assert_int_equal(delta_version_at(d, 0, &v, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "no commits left"));
	delta_close(d);
}

static void
a_version_2_checkpoint_has_its_side_files(void **state)
{
#define V2                                                                     \
	"_delta_log/00000000000000000002.checkpoint."                          \
	"80a083e8-7026-4e79-81be-64bd76c43a11.json"
	struct delta *d = with_checkpoint("sidecars");

	(void)state;
	forget(d, LOG(0.json));
	/* what is not about files stands in the checkpoint too: no matter */
	move(d, CP ".parquet", "_delta_log/_sidecars/a b.parquet", false);
	put(d, V2,
	    "{\"checkpointMetadata\":{\"version\":2}}\n" PROTOCOL("1") META
	    "{\"sidecar\":{\"path\":\"a%20b.parquet\",\"sizeInBytes\":1,"
	    "\"modificationTime\":1}}\n");
	is_at(d, 3, 4);
	forget(d, "_delta_log/_sidecars/a b.parquet");
	refused(d, DELTA_LATEST, FAIL_DATA, "_sidecars/a b.parquet");
	put(d, V2, PROTOCOL("1") "{\"metaData\":");
	refused(d, DELTA_LATEST, FAIL_DATA, "line 2");
	delta_close(d);
}

/* ---- holes ---- */

static void
a_hole_is_told_with_its_versions(void **state)
{
	struct delta *d = with_checkpoint("hole");
	struct delta_snapshot *s;
	int64_t v;

	(void)state;
	assert_int_equal(delta_oldest(d, &v, NULL), 0);
	assert_int_equal(v, 0);
	forget(d, LOG(1.json));
	is_at(d, 3, 4); /* the checkpoint stands for it */
	assert_int_equal(delta_oldest(d, &v, NULL), 0);
	assert_int_equal(v, 2);
	refused(d, 1, FAIL_DATA, "has version 2, but not 1: a commit");
	delta_snapshot_close(loaded(d, 0));
	put(d, LOG(6.json), EMPTY);
	refused(d, DELTA_LATEST, FAIL_DATA,
		"has version 6, but not 4 to 5: commits are missing");
	refused(d, 6, FAIL_DATA, "not 4 to 5");
	refused(d, 9, FAIL_DATA, "not 4 to 5");
	s = loaded(d, 3);
	assert_int_equal(live(s), 4);
	delta_snapshot_close(s);
	forget(d, LOG(6.json));
	refused(d, 9, FAIL_DATA, "has no version 9: the newest is 3");
	delta_close(d);
}

/* ---- times ---- */

static void
written_at(const char *folder, int version, int64_t ms)
{
	struct timespec t[2] = {
		{.tv_nsec = UTIME_OMIT},
		{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};
	char path[LIMIT_PATH];

	snprintf(path, sizeof(path), "%s/_delta_log/%020d.json", folder,
		 version);
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

struct look {
	int64_t ms;
	int64_t version; /* -1: refused */
	const char *says;
};

static void
look_at_times(struct delta *d, const struct look *look, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fail f = {0};
		int64_t v = -1;
		int rc = delta_version_at(d, look[i].ms * UTC_MS, &v, &f);

		if (look[i].version >= 0) {
			assert_int_equal(rc, 0);
			assert_int_equal(v, look[i].version);
			continue;
		}
		assert_int_equal(rc, FAIL_DATA);
		if (strstr(f.text, look[i].says) == NULL)
			fail_msg("'%s' does not say '%s'", f.text,
				 look[i].says);
	}
}

static void
times_of_files_are_made_to_rise(void **state)
{
	static const struct look look[] = {
		{4999, -1, "of version 0, is of 1970-01-01T00:00:05Z"},
		{5000, 0, NULL}, /* 1 was written before 0, they say */
		{5001, 1, NULL},
		{6999, 1, NULL},
		{7000, 2, NULL},
		{7001, 3, NULL},
		{(int64_t)1 << 42, 3, NULL},
		{-1, -1, "as old as that"},
	};
	static const int64_t ms[] = {5000, 3000, 7000, 7000};
	struct delta *d = opened("rise");
	struct fail f = {0};
	int64_t v;

	(void)state;
	assert_int_equal(delta_version_at(d, 0, &v, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "is no Delta table"));
	put(d, LOG(0.json),
	    "{\"commitInfo\":{\"timestamp\":1}}\n" PROTOCOL("1") META);
	put(d, LOG(1.json), "{\"commitInfo\":{\"timestamp\":9}}\n");
	put(d, LOG(2.json), EMPTY);
	put(d, LOG(3.json), EMPTY);
	for (int i = 0; i < 4; i++)
		written_at("rise", i, ms[i]);
	look_at_times(d, look, sizeof(look) / sizeof(*look));
	delta_close(d);
}

#define IN_COMMIT(ms)                                                          \
	"{\"commitInfo\":{\"inCommitTimestamp\":" #ms ",\"timestamp\":1}}\n"

static void
times_in_commits_go_before_those_of_files(void **state)
{
	static const struct look always[] = {
		{99, -1, "1970-01-01T00:00:00.100Z"},
		{100, 0, NULL},
		{199, 0, NULL},
		{200, 1, NULL},
		{5000, 1, NULL}};
	static const struct look since[] = {
		{2999, -1, "of version 0"},
		{3000, 0, NULL},
		/* before they were turned on: files' times alone count */
		{4999, 0, NULL},
		{5000, 1, NULL},
		{5999, 1, NULL},
		{6000, 2, NULL},
		{6001, 3, NULL},
		{9000, 3, NULL}};
	struct delta *d = opened("in-commit");

	(void)state;
	put(d, LOG(0.json),
	    IN_COMMIT(100) PROTOCOL("1")
		    TABLE(COLUMN("a", "long", ""),
			  "\"delta.enableInCommitTimestamps\":\"true\""));
	put(d, LOG(1.json), IN_COMMIT(200));
	look_at_times(d, always, sizeof(always) / sizeof(*always));
	put(d, LOG(0.json), EMPTY PROTOCOL("1") META);
	put(d, LOG(1.json), EMPTY);
	put(d, LOG(2.json),
	    IN_COMMIT(6000)
		    TABLE(COLUMN("a", "long", ""),
			  "\"delta.enableInCommitTimestamps\":\"true\","
			  "\"delta.inCommitTimestampEnablementVersion\":\"2\","
			  "\"delta.inCommitTimestampEnablementTimestamp\":"
			  "\"6000\""));
	put(d, LOG(3.json), IN_COMMIT(6001));
	written_at("in-commit", 0, 3000);
	written_at("in-commit", 1, 5000);
	written_at("in-commit", 2, 1);
	written_at("in-commit", 3, 1);
	look_at_times(d, since, sizeof(since) / sizeof(*since));
	put(d, LOG(3.json), "{\"commitInfo\":{}}\n");
	look_at_times(d, (struct look[]){{7000, -1, "does not tell its time"}},
		      1);
	delta_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_none_of_ours_are_passed_over),
		cmocka_unit_test(a_hint_that_is_wrong_is_survived),
		cmocka_unit_test(a_checkpoint_counts_with_all_its_parts),
		cmocka_unit_test(a_damaged_checkpoint_is_passed_over),
		cmocka_unit_test(a_checkpoint_may_be_all_there_is),
		cmocka_unit_test(a_version_2_checkpoint_has_its_side_files),
		cmocka_unit_test(a_hole_is_told_with_its_versions),
		cmocka_unit_test(times_of_files_are_made_to_rise),
		cmocka_unit_test(times_in_commits_go_before_those_of_files),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
