/* SPDX-License-Identifier: MIT */
/* delta: logs of others, damaged ones, checkpoints, schemas in the log. */
#include "delta_fixture.h"

/* ---- logs of others, and damaged ones ---- */

static void
put(struct store *s, const char *key, const char *text)
{
	struct fail f = {0};

	if (store_put(s, str_of(key), str_of(text), &f) != 0)
		fail_msg("%s", f.text);
}

#define PROTOCOL(r)                                                            \
	"{\"protocol\":{\"minReaderVersion\":" r ",\"minWriterVersion\":2}}\n"
#define META                                                                   \
	"{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\"},"   \
	"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{"    \
	"\\\"name\\\":\\\"a\\\",\\\"type\\\":\\\"long\\\",\\\"nullable\\\":"   \
	"true,\\\"metadata\\\":{}}]}\",\"partitionColumns\":[],"               \
	"\"configuration\":{}}}\n"
#define FIRST "_delta_log/00000000000000000000.json"

static void
what_is_unknown_is_passed_over(void **state)
{
	struct fixture x;
	struct fail f = {0};

	(void)state;
	begin(&x, "unknown");
	delta_snapshot_close(x.s);
	put(delta_store(x.d), FIRST,
	    PROTOCOL("1") META
	    "{\"future\":{\"a\":1}}\n\n"
	    "{\"add\":{\"path\":\"f\",\"partitionValues\":{},\"size\":1,"
	    "\"modificationTime\":1,\"dataChange\":true,\"new\":[]}}\r\n"
	    "{\"commitInfo\":{\"timestamp\":\"x\",\"operation\":7}}");
	put(delta_store(x.d), "_delta_log/junk.json", "x");
	put(delta_store(x.d), "_delta_log/00000000000000000000.crc", "x");
	assert_int_equal(delta_load(x.d, DELTA_LATEST, &x.s, &f), 0);
	assert_int_equal(live(x.s), 1);
	end(&x);
}

static void
what_is_damaged_is_told(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{"{\"add\":{}}\n", "line 1"},
		{PROTOCOL("1") "{\"metaData\":", "line 2"},
		{PROTOCOL("1"), "no metaData"},
		{META, "no protocol"},
		{PROTOCOL("4") META, "reader version 4"},
		{"{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"
		 "\"readerFeatures\":[\"warpDrive\"]}}\n" META,
		 "'warpDrive'"},
		{PROTOCOL("1") "{\"add\":{\"path\":7}}\n" META, "path"},
	};
	struct fixture x;

	(void)state;
	begin(&x, "damaged");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct delta_snapshot *s = NULL;
		struct fail f = {0};

		put(delta_store(x.d), FIRST, bad[i].text);
		assert_true(delta_load(x.d, DELTA_LATEST, &s, &f) < 0);
		if (strstr(f.text, bad[i].says) == NULL)
			fail_msg("%zu: %s", i, f.text);
	}
	end(&x);
}

/* ---- checkpoints ---- */

static void
a_checkpoint_stands_for_its_commits(void **state)
{
	struct delta_txn txn = {
		.app_id = STR_LIT("j:p"), .version = 9, .updated_ms = 77};
	struct delta_change c = {.operation = "WRITE",
				 .mode = "Append",
				 .txn = &txn,
				 .txn_n = 1,
				 .now_ms = 1};
	struct fixture x;
	struct fail f = {0};
	char name[16], key[LOG_KEY_MAX];
	int64_t at;

	(void)state;
	begin(&x, "checkpoint");
	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(commit_file(&x, name, "2026-01-01", &f), 0);
	}
	c.remove = &x.s->file[3];
	c.remove_n = 1;
	c.now_ms = utc_now() / UTC_MS;
	assert_int_equal(delta_commit(x.d, x.s, &c, NULL, &f), 0);
	for (int64_t v = 0; v < 11; v++)
		assert_int_equal(store_delete(delta_store(x.d),
					      log_key(key, v, ".json"), &f),
				 0);
	delta_snapshot_close(x.s);
	assert_int_equal(delta_load(x.d, DELTA_LATEST, &x.s, &f), 0);
	assert_int_equal(x.s->version, 10);
	assert_int_equal(live(x.s), 9);
	assert_int_equal(x.s->file_n, 10); /* and the tombstone */
	assert_true(delta_txn_find(x.s, STR_LIT("j:p"), &at));
	assert_int_equal(at, 9);
	assert_true(str_equal(x.s->meta.id, x.meta.id));
	assert_true(str_equal(x.s->meta.schema_text, x.meta.schema_text));
	assert_true(str_is(x.s->file[0].stats, "{\"numRecords\":3}"));
	assert_true(
		str_is(delta_pairs_get(&x.s->file[0].partition, STR_LIT("day")),
		       "2026-01-01"));
	assert_int_equal(commit_file(&x, "behind", "2026-01-01", &f), 0);
	assert_int_equal(x.s->version, 11);
	assert_int_equal(delta_oldest(x.d, &at, &f), 0);
	assert_int_equal(at, 10);
	end(&x);
}

#define GROUP(name, n)                                                         \
	{                                                                      \
		name, PARQUET_OPTIONAL, PARQUET_GROUP, n, 0                    \
	}
#define LEAF(name, type)                                                       \
	{                                                                      \
		name, PARQUET_OPTIONAL, PARQUET_LEAF, 0, type                  \
	}

/* By nodes: add.path, remove.path. */
static void
end_path(struct parquet_writer *w, size_t node, const char *path)
{
	assert_int_equal(parquet_put_str(w, node, str_of(path), NULL), 0);
	assert_int_equal(parquet_end_row(w, NULL), 0);
}

static void
an_add_goes_before_a_tombstone_in_a_checkpoint(void **state)
{
	static const struct parquet_node node[] = {
		{"root", PARQUET_REQUIRED, PARQUET_GROUP, 2, 0},
		GROUP("add", 1),
		LEAF("path", TABLE_STRING),
		GROUP("remove", 1),
		LEAF("path", TABLE_STRING),
	};
	const struct parquet_options o = {CODEC_SNAPPY, 0, true};
	struct delta_snapshot *s;
	struct parquet_writer *w;
	struct str bytes;
	struct buf file;

	(void)state;
	buf_init(&file, 1 << 20);
	assert_int_equal(parquet_open_nested(&w, node, 5, &o,
					     parquet_sink_buf(&file), NULL),
			 0);
	end_path(w, 2, "f");
	end_path(w, 4, "f");
	end_path(w, 4, "g");
	end_path(w, 2, "g");
	end_path(w, 4, "h");
	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	parquet_writer_close(w);
	bytes = buf_str(&file);
	assert_int_equal(delta_load(NULL, -1, &s, NULL), 0);
	assert_int_equal(
		log_read_actions(s, parquet_source_mem(&bytes, "c"), NULL), 0);
	assert_int_equal(s->file_n, 3);
	assert_int_equal(live(s), 2);
	delta_snapshot_close(s);
	buf_release(&file);
}

static void
rows_are_counted_by_statistics_in_columns(void **state)
{
	static const struct parquet_node node[] = {
		{"root", PARQUET_REQUIRED, PARQUET_GROUP, 1, 0},
		GROUP("add", 2),
		LEAF("path", TABLE_STRING),
		GROUP("stats_parsed", 2),
		LEAF("numRecords", TABLE_INT64),
		GROUP("minValues", 1),
		LEAF("id", TABLE_INT64),
	};
	const struct parquet_options o = {CODEC_SNAPPY, 0, true};
	struct delta_snapshot *s;
	struct parquet_writer *w;
	struct str bytes;
	struct buf file;
	uint64_t rows;

	(void)state;
	buf_init(&file, 1 << 20);
	assert_int_equal(parquet_open_nested(&w, node, 7, &o,
					     parquet_sink_buf(&file), NULL),
			 0);
	assert_int_equal(parquet_put_str(w, 2, STR_LIT("f"), NULL), 0);
	assert_int_equal(parquet_put_i64(w, 4, 7, NULL), 0);
	assert_int_equal(parquet_put_i64(w, 6, 1, NULL), 0);
	assert_int_equal(parquet_end_row(w, NULL), 0);
	assert_int_equal(parquet_put_str(w, 2, STR_LIT("g"), NULL), 0);
	assert_int_equal(parquet_end_row(w, NULL), 0);
	assert_int_equal(parquet_writer_finish(w, NULL), 0);
	parquet_writer_close(w);
	bytes = buf_str(&file);
	assert_int_equal(delta_load(NULL, -1, &s, NULL), 0);
	assert_int_equal(
		log_read_actions(s, parquet_source_mem(&bytes, "c"), NULL), 0);
	assert_int_equal(live(s), 2);
	assert_true(delta_file_rows(&s->file[0], &rows));
	assert_int_equal(rows, 7);
	assert_false(delta_file_rows(&s->file[1], &rows));
	delta_snapshot_close(s);
	buf_release(&file);
}

/* ---- schemas ---- */

static void
a_table_remembers_its_schema(void **state)
{
	struct event_schema *before = schema(), *after = NULL;
	struct fixture x;
	struct fail f = {0};

	(void)state;
	begin(&x, "schema");
	assert_int_equal(delta_event_schema(&x.meta, &after, &f), 0);
	assert_int_equal(after->column_n, before->column_n);
	assert_true(str_equal(after->name, before->name));
	assert_int_equal(after->role[EVENT_ROLE_TIME], 2);
	assert_int_equal(after->column[2].wire, EVENT_WIRE_EPOCH_MS);
	assert_int_equal(after->column[2].alias_n, 1);
	assert_true(after->column[4].is_empty_null);
	assert_int_equal(x.meta.column_n, before->column_n + 1);
	assert_int_equal(delta_lake_column(&x.meta.column[5]),
			 DELTA_LAKE_RESCUED);
	event_schema_close(before);
	event_schema_close(after);
	end(&x);
}

/* What other engines keep in the log and we have no use for. */
static void
a_checkpoint_carries_what_is_others(void **state)
{
	static const char *const text[] = {
		"{\"domainMetadata\":{\"domain\":\"x.y\",\"configuration\":"
		"\"{\\\"a\\\":1}\",\"removed\":false}}\n"
		"{\"domainMetadata\":{\"domain\":\"old\",\"configuration\":"
		"\"{}\",\"removed\":false}}\n"
		"{\"add\":{\"path\":\"p\",\"partitionValues\":{\"day\":null},"
		"\"size\":1,\"modificationTime\":1,\"dataChange\":true,"
		"\"tags\":{\"T\":\"5\"}}}\n",
		"{\"domainMetadata\":{\"domain\":\"x.y\",\"configuration\":"
		"\"{\\\"a\\\":2}\",\"removed\":false}}\n"
		"{\"domainMetadata\":{\"domain\":\"old\",\"configuration\":"
		"\"{}\",\"removed\":true}}\n"};
	struct fixture x;
	struct fail f = {0};
	char key[LOG_KEY_MAX];

	(void)state;
	begin(&x, "others");
	assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	for (int64_t v = 1; v <= 2; v++)
		assert_int_equal(store_put(delta_store(x.d),
					   log_key(key, v, ".json"),
					   str_of(text[v - 1]), &f),
				 0);
	assert_int_equal(commit_file(&x, "b", "2026-01-01", &f), 0);
	assert_int_equal(delta_checkpoint(x.d, x.s, &f), 0);
	for (int64_t v = 0; v < 3; v++)
		assert_int_equal(store_delete(delta_store(x.d),
					      log_key(key, v, ".json"), &f),
				 0);
	delta_snapshot_close(x.s);
	assert_int_equal(delta_load(x.d, DELTA_LATEST, &x.s, &f), 0);
	assert_int_equal(x.s->version, 3);
	assert_int_equal(x.s->domain_n, 1);
	assert_true(str_is(x.s->domain[0].name, "x.y"));
	assert_true(str_is(x.s->domain[0].configuration, "{\"a\":2}"));
	assert_int_equal(live(x.s), 3);
	for (size_t i = 0; i < x.s->file_n; i++)
		assert_int_equal(x.s->file[i].tags.n,
				 str_is(x.s->file[i].path, "p"));
	end(&x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_unknown_is_passed_over),
		cmocka_unit_test(what_is_damaged_is_told),
		cmocka_unit_test(a_checkpoint_stands_for_its_commits),
		cmocka_unit_test(
			an_add_goes_before_a_tombstone_in_a_checkpoint),
		cmocka_unit_test(rows_are_counted_by_statistics_in_columns),
		cmocka_unit_test(a_checkpoint_carries_what_is_others),
		cmocka_unit_test(a_table_remembers_its_schema),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
