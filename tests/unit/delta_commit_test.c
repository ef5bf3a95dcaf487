/* SPDX-License-Identifier: MIT */
/* delta: commits and their conflicts, positions. */
#include "delta_fixture.h"

/* ---- commits ---- */

static void
versions_follow_each_other(void **state)
{
	struct fixture x;
	struct fail f = {0};
	struct delta_snapshot *old;

	(void)state;
	begin(&x, "follow");
	assert_int_equal(x.s->version, -1);
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&x, "b", "2026-01-02", &f), 0);
	assert_int_equal(x.s->version, 1);
	assert_int_equal(live(x.s), 2);
	assert_int_equal(x.s->protocol.reader, 1);
	assert_int_equal(x.s->protocol.writer, 2);
	assert_int_equal(delta_load(x.d, 0, &old, &f), 0);
	assert_int_equal(live(old), 1);
	assert_true(str_is(old->meta.partition[0], "day"));
	delta_snapshot_close(old);
	assert_int_equal(delta_load(x.d, 7, &old, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "the newest is 1"));
	end(&x);
}

static void
appends_go_behind_each_other(void **state)
{
	struct fixture x, y;
	struct fail f = {0};

	(void)state;
	begin(&x, "appends");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	begin(&y, "appends");
	assert_int_equal(y.s->version, 0);
	assert_int_equal(commit_file(&x, "b", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&y, "c", "2026-01-01", &f), 0);
	assert_int_equal(y.s->version, 2);
	assert_int_equal(live(y.s), 3);
	end(&x);
	end(&y);
}

/* Where the next commit was cleaned away, ours must not take its place. */
static void
a_log_that_was_cut_is_noticed(void **state)
{
	struct fixture x, y;
	struct fail f = {0};
	char key[LOG_KEY_MAX];

	(void)state;
	begin(&x, "cut");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	begin(&y, "cut");
	assert_int_equal(log_check_cut(y.d, y.s, &f), 0);
	assert_int_equal(commit_file(&x, "b", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&x, "c", "2026-01-01", &f), 0);
	assert_int_equal(log_check_cut(y.d, y.s, &f), 0);
	assert_int_equal(delta_checkpoint(x.d, x.s, &f), 0);
	for (int64_t v = 0; v < 2; v++)
		assert_int_equal(store_delete(delta_store(x.d),
					      log_key(key, v, ".json"), &f),
				 0);
	assert_int_equal(log_check_cut(x.d, x.s, &f), 0);
	assert_int_equal(log_check_cut(y.d, y.s, &f), FAIL_RETRY);
	assert_non_null(strstr(f.text, "begins with version 2"));
	end(&x);
	end(&y);
}

static void
a_table_is_created_once(void **state)
{
	struct fixture x, y;
	struct fail f = {0};

	(void)state;
	begin(&x, "created");
	begin(&y, "created");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	assert_int_equal(commit_file(&y, "b", "2026-01-01", &f), FAIL_RETRY);
	assert_non_null(strstr(f.text, "created meanwhile"));
	end(&x);
	end(&y);
}

static void
a_moved_position_wins(void **state)
{
	struct delta_txn txn = {.app_id = STR_LIT("j:p"), .version = 5};
	struct delta_change c = {.operation = "WRITE",
				 .mode = "Append",
				 .txn = &txn,
				 .txn_n = 1,
				 .exclusive_txn_n = 1,
				 .now_ms = 1};
	struct fixture x, y;
	struct fail f = {0};
	int64_t at;

	(void)state;
	begin(&x, "moved");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	begin(&y, "moved");
	assert_int_equal(delta_commit(x.d, x.s, &c, NULL, &f), 0);
	assert_int_equal(delta_commit(y.d, y.s, &c, NULL, &f), FAIL_RETRY);
	assert_non_null(strstr(f.text, "another runner was faster"));
	assert_true(delta_txn_find(x.s, STR_LIT("j:p"), &at));
	assert_int_equal(at, 5);
	/* one that is not exclusive may be moved by anybody */
	c.exclusive_txn_n = 0;
	end(&y);
	begin(&y, "moved");
	assert_int_equal(delta_commit(x.d, x.s, &c, NULL, &f), 0);
	assert_int_equal(delta_commit(y.d, y.s, &c, NULL, &f), 0);
	end(&x);
	end(&y);
}

static bool
is_first_of_january(void *ctx, const struct delta_file *file)
{
	(void)ctx;
	return str_is(delta_pairs_get(&file->partition, STR_LIT("day")),
		      "2026-01-01");
}

static void
replacing_conflicts_with_what_it_replaces(void **state)
{
	struct fixture x, y;
	struct fail f = {0};
	struct delta_file file = make_file("new", "2026-01-01");

	(void)state;
	for (int same_day = 0; same_day < 2; same_day++) {
		struct delta_change c = {.kind = DELTA_REPLACE,
					 .operation = "WRITE",
					 .mode = "Overwrite",
					 .add = &file,
					 .add_n = 1,
					 .remove_n = 1,
					 .is_read = is_first_of_january,
					 .now_ms = 1};
		const char *url = same_day ? "replace1" : "replace0";

		begin(&x, url);
		assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
		begin(&y, url);
		c.remove = &y.s->file[0];
		assert_int_equal(
			commit_file(&x, "b",
				    same_day ? "2026-01-01" : "2026-01-02", &f),
			0);
		assert_int_equal(delta_commit(y.d, y.s, &c, NULL, &f),
				 same_day ? FAIL_RETRY : 0);
		if (!same_day)
			assert_int_equal(live(y.s), 2);
		end(&x);
		end(&y);
	}
}

/* ---- positions ---- */

static void
positions_come_back(void **state)
{
	struct barrier_entry at[] = {{STR_LIT("id/t/0"), 12},
				     {STR_LIT("id/t/1"), 7}};
	struct barrier_entry filter[] = {{STR_LIT("sessionize"), 81}};
	struct barrier b = {.job = STR_LIT("silver"),
			    .at = {at, 2},
			    .state = {filter, 1},
			    .has_watermark = true,
			    .watermark_ms = 1000,
			    .is_final = true};
	struct delta_change c = {.operation = "WRITE", .mode = "Append"};
	struct delta_position p;
	struct delta_txn *txn;
	struct arena mem = {0};
	struct fixture x;
	struct fail f = {0};
	int64_t value, watermark;
	bool is_final;

	(void)state;
	begin(&x, "positions");
	assert_int_equal(delta_position_read("positions", b.job, &mem, &p, &f),
			 0);
	assert_false(p.is_recorded);
	assert_int_equal(delta_position_txns(&b, 5, &mem, &txn, &c.txn_n,
					     &c.exclusive_txn_n, &f),
			 0);
	assert_int_equal(c.txn_n, 2 + 2 + 2 + 1);
	assert_int_equal(c.exclusive_txn_n, 2);
	c.txn = txn;
	c.meta = &x.meta;
	assert_int_equal(delta_commit(x.d, x.s, &c, NULL, &f), 0);
	assert_int_equal(delta_position_read("positions", b.job, &mem, &p, &f),
			 0);
	assert_true(p.is_recorded);
	assert_true(p.is_final);
	assert_int_equal(p.at.n, 2);
	assert_true(barrier_get(&p.at, STR_LIT("id/t/1"), &value));
	assert_int_equal(value, 7);
	assert_true(barrier_get(&p.state, STR_LIT("sessionize"), &value));
	assert_int_equal(value, 81);
	assert_true(p.has_watermark);
	assert_int_equal(p.watermark_ms, 1000);
	assert_true(delta_watermark(x.s, &watermark, &is_final));
	assert_int_equal(watermark, 1000);
	assert_true(is_final);
	/* one partition goes on: no longer at the end */
	b.is_final = false;
	b.has_watermark = false;
	b.at.n = 1;
	at[0].value = 13;
	c.meta = NULL;
	assert_int_equal(delta_position_txns(&b, 5, &mem, &txn, &c.txn_n,
					     &c.exclusive_txn_n, &f),
			 0);
	c.txn = txn;
	assert_int_equal(delta_commit(x.d, x.s, &c, NULL, &f), 0);
	assert_int_equal(delta_position_of(x.s, b.job, &mem, &p, &f), 0);
	assert_false(p.is_final);
	assert_true(delta_watermark(x.s, &watermark, &is_final));
	assert_false(is_final);
	/* another job sees nothing, though its name begins the same */
	assert_int_equal(delta_position_of(x.s, STR_LIT("silv"), &mem, &p, &f),
			 0);
	assert_false(p.is_recorded);
	b.job = STR_LIT("a:b");
	assert_int_equal(delta_position_txns(&b, 5, &mem, &txn, &c.txn_n,
					     &c.exclusive_txn_n, &f),
			 FAIL_USAGE);
	arena_release(&mem);
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_follow_each_other),
		cmocka_unit_test(appends_go_behind_each_other),
		cmocka_unit_test(a_table_is_created_once),
		cmocka_unit_test(a_log_that_was_cut_is_noticed),
		cmocka_unit_test(a_moved_position_wins),
		cmocka_unit_test(replacing_conflicts_with_what_it_replaces),
		cmocka_unit_test(positions_come_back),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
