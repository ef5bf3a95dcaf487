/* SPDX-License-Identifier: MIT */
/* delta: replay, commits and their conflicts, checkpoints, positions, names,
 * statistics, rows there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delta/log.h"
#include "scratch.h"

static struct event_schema *
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

static void
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

static void
end(struct fixture *x)
{
	delta_snapshot_close(x->s);
	delta_close(x->d);
	arena_release(&x->mem);
}

static struct delta_file
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
static int
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

static size_t
live(const struct delta_snapshot *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->file_n; i++)
		n += s->is_live[i];
	return n;
}

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
	assert_non_null(strstr(f.text, "there are 0 to 1"));
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
		struct delta_change c = {.operation = "WRITE",
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
#define FIRST	 "_delta_log/00000000000000000000.json"
#define SECOND	 "_delta_log/00000000000000000001.json"
#define TIME(ms) "{\"commitInfo\":{\"timestamp\":" ms "}}\n"

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

static void
a_version_is_found_by_time_or_told(void **state)
{
	static const struct {
		const char *commit[2];
		int64_t time_us;
		int rc;
		int64_t version;
		const char *says;
	} look[] = {
		{{NULL, NULL}, 0, FAIL_DATA, 0, "is no Delta table"},
		{{TIME("5"), TIME("7")}, 5000, 0, 0, ""},
		{{TIME("5"), TIME("7")}, 7000, 0, 1, ""},
		{{TIME("5"), TIME("7")}, 4999, FAIL_DATA, 0, "epoch ms 5"},
		{{TIME("0"), TIME("7")}, -1, FAIL_DATA, 0, "epoch ms 0"},
		{{TIME("5"), TIME("9223372036854775807")}, 6000, 0, 0, ""},
	};
	struct fixture x;
	int64_t version = 0;

	(void)state;
	begin(&x, "time");
	for (size_t i = 0; i < sizeof(look) / sizeof(*look); i++) {
		struct fail f = {0};

		for (size_t k = 0; k < 2 && look[i].commit[k] != NULL; k++)
			put(delta_store(x.d), k == 0 ? FIRST : SECOND,
			    look[i].commit[k]);
		assert_int_equal(
			delta_version_at(x.d, look[i].time_us, &version, &f),
			look[i].rc);
		if (look[i].rc == 0)
			assert_int_equal(version, look[i].version);
		if (strstr(f.text, look[i].says) == NULL)
			fail_msg("%zu: %s", i, f.text);
	}
	end(&x);
}

static void
a_hole_in_the_log_is_told(void **state)
{
	struct fixture x;
	struct fail f = {0};
	int64_t version;

	(void)state;
	begin(&x, "hole");
	for (int i = 0; i < 4; i++)
		assert_int_equal(commit_file(&x, "a", "2026-01-01", &f), 0);
	assert_int_equal(
		store_delete(delta_store(x.d),
			     STR_LIT("_delta_log/00000000000000000002.json"),
			     &f),
		0);
	delta_snapshot_close(x.s);
	x.s = NULL;
	assert_int_equal(delta_load(x.d, DELTA_LATEST, &x.s, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "a commit is missing"));
	f = (struct fail){0};
	assert_int_equal(delta_version_at(x.d, 1, &version, &f), FAIL_DATA);
	assert_non_null(strstr(f.text, "not 2: a commit is missing"));
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

/* ---- names and values ---- */

static void
names_are_escaped_twice(void **state)
{
	struct buf folder, path, back;

	(void)state;
	buf_init(&folder, 100);
	buf_init(&path, 100);
	buf_init(&back, 100);
	assert_int_equal(log_escape_folder(STR_LIT("bar+%21"), &folder), 0);
	assert_true(str_is(buf_str(&folder), "bar+%2521"));
	assert_int_equal(log_encode_path(buf_str(&folder), &path), 0);
	assert_true(str_is(buf_str(&path), "bar+%252521"));
	assert_int_equal(log_decode_path(buf_str(&path), &back), 0);
	assert_true(str_equal(buf_str(&back), buf_str(&folder)));
	buf_reset(&back);
	assert_int_equal(log_decode_path(STR_LIT("a%zz%4"), &back), 0);
	assert_true(str_is(buf_str(&back), "a%zz%4"));
	buf_release(&folder);
	buf_release(&path);
	buf_release(&back);
}

static void
partition_values_there_and_back(void **state)
{
	static const struct {
		enum table_type type;
		const char *text;
	} c[] = {
		{TABLE_STRING, "a b"},
		{TABLE_INT64, "-7"},
		{TABLE_BOOLEAN, "true"},
		{TABLE_DATE, "2026-11-22"},
		{TABLE_DOUBLE, "0.1"},
		{TABLE_TIMESTAMP, "2026-11-22T01:02:03.456789Z"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct table_field field = {STR_LIT("c"), c[i].type, 0, 0};
		struct expr_cell cell;

		buf_reset(&out);
		assert_int_equal(delta_partition_parse(&field,
						       str_of(c[i].text), &cell,
						       NULL),
				 0);
		assert_int_equal(
			delta_partition_format(&field, &cell, &out, NULL), 0);
		assert_true(str_is(buf_str(&out), c[i].text));
		assert_int_equal(
			delta_partition_parse(&field, str_of(""), &cell, NULL),
			0);
		assert_true(cell.is_null);
		if (c[i].type != TABLE_STRING)
			assert_int_equal(delta_partition_parse(&field,
							       str_of("?"),
							       &cell, NULL),
					 FAIL_DATA);
	}
	buf_release(&out);
}

/* ---- statistics ---- */

static void
bounds_of_long_texts_are_bounds(void **state)
{
	static const char *const texts[] = {
		"short",
		"12345678901234567890123456789012",
		"123456789012345678901234567890123",
		"1234567890123456789012345678901\xf0\x9f\x98\x80 and more",
		"12345678901234567890123456789012\xf4\x8f\xbf\xbf more",
	};
	struct table_field field = {STR_LIT("c"), TABLE_STRING, 0, 0};
	struct delta_column column = {.name = STR_LIT("c"), .field = field};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct str s = str_of(texts[i]);
		struct table_stats one = {.row_n = 1,
					  .has_range = true,
					  .min_str = s,
					  .max_str = s};
		struct log_stats stats = {
			.rows = 1, .field = &field, .column = &one, .n = 1};
		struct delta_file file = {0};
		struct expr_range r;
		struct doc *doc;
		struct buf out;
		struct fail f = {0};

		buf_init(&out, 1000);
		assert_int_equal(log_format_stats(&stats, &out, &f), 0);
		assert_int_equal(doc_parse(&doc, buf_str(&out), "stats",
					   FAIL_DATA, 0, &f),
				 0);
		assert_int_equal(
			log_file_range(&column, &file, doc_root(doc), &r, &f),
			0);
		assert_true(r.has_min);
		assert_true(str_compare(r.min.str, s) <= 0);
		assert_true(!r.has_max || str_compare(r.max.str, s) >= 0);
		assert_int_equal(r.has_max, i != 4);
		assert_false(r.may_be_null);
		doc_close(doc);
		buf_release(&out);
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

/* ---- rows ---- */

/* 1,000 rows in 4 partitions, some without a day, sorted by id backwards. */
static void
put_rows(struct fixture *x)
{
	struct delta_writer_options o = {
		.meta = &x->meta, .sort_column = 1, .group_rows = 300};
	struct delta_change c = {.operation = "WRITE", .mode = "Append"};
	struct delta_writer *w;
	struct fail f = {0};
	bool is_partition;
	size_t day, id, text;

	assert_int_equal(delta_writer_open(&w, x->d, &o, &f), 0);
	day = delta_writer_place(w, 0, &is_partition);
	assert_true(is_partition);
	id = delta_writer_place(w, 1, &is_partition);
	assert_false(is_partition);
	text = delta_writer_place(w, 4, &is_partition);
	for (int64_t i = 0; i < 1000; i++) {
		struct expr_cell cell = {.is_null = i % 4 == 3,
					 .i64 = 20000 + i % 4};

		delta_writer_set(w, day, cell);
		table_put_i64(delta_writer_row(w), id, 999 - i);
		if (i % 2 == 0)
			assert_int_equal(table_put_str(delta_writer_row(w),
						       text, STR_LIT("even"),
						       &f),
					 0);
		assert_int_equal(delta_writer_end_row(w, &f), 0);
	}
	assert_int_equal(delta_writer_files(w, &c.add, &c.add_n, &f), 0);
	assert_int_equal(c.add_n, 4);
	c.meta = &x->meta;
	assert_int_equal(delta_commit(x->d, x->s, &c, NULL, &f), 0);
	delta_writer_done(w);
	delta_writer_close(w);
}

static int64_t
sum_where(struct fixture *x, const char *where,
	  struct delta_scan_counts *counts)
{
	int column[] = {1};
	struct delta_scan_options o = {
		.meta = &x->s->meta, .column = column, .column_n = 1};
	struct delta_scan *scan;
	struct delta_batch b;
	struct fail f = {0};
	int64_t sum = 0;
	int rc;

	if (expr_parse(&o.where, str_of(where), &f) != 0 ||
	    delta_scan_open(&scan, x->d, &o, &f) != 0)
		fail_msg("%s", f.text);
	for (size_t i = 0; i < x->s->file_n; i++) {
		bool is_skipped;

		assert_int_equal(
			delta_scan_file(scan, &x->s->file[i], &is_skipped, &f),
			0);
		while (!is_skipped && (rc = delta_scan_next(scan, &b, &f)) > 0)
			for (size_t k = 0; k < b.row_n; k++)
				sum += delta_batch_cell(&b, 0, b.row[k]).i64;
	}
	*counts = *delta_scan_counts(scan);
	delta_scan_close(scan);
	expr_close(o.where);
	return sum;
}

static void
rows_there_and_back(void **state)
{
	struct delta_scan_counts c;
	struct fixture x;
	uint64_t rows;

	(void)state;
	begin(&x, "rows");
	put_rows(&x);
	assert_true(delta_file_rows(&x.s->file[0], &rows));
	assert_int_equal(rows, 250);
	assert_int_equal(sum_where(&x, "id >= 0", &c), 499500);
	assert_int_equal(c.matched, 1000);
	/* by statistics and partitions */
	assert_int_equal(sum_where(&x, "id > 5000", &c), 0);
	assert_int_equal(c.skipped, 4);
	assert_int_equal(sum_where(&x, "day IS NULL", &c), 499500 / 4 - 375);
	assert_int_equal(c.skipped, 3);
	assert_int_equal(c.matched, 250);
	assert_int_equal(sum_where(&x, "s = 'even' AND id < 10", &c),
			 1 + 3 + 5 + 7 + 9);
	assert_int_equal(c.matched, 5);
	end(&x);
}

static void
files_that_are_not_taken_vanish(void **state)
{
	struct delta_writer_options o = {.sort_column = -1};
	const struct delta_file *file;
	struct store_list l;
	struct arena mem = {0};
	struct delta_writer *w;
	struct fixture x;
	struct fail f = {0};
	size_t n;

	(void)state;
	begin(&x, "vanish");
	o.meta = &x.meta;
	assert_int_equal(delta_writer_open(&w, x.d, &o, &f), 0);
	table_put_i64(delta_writer_row(w), 0, 1);
	assert_int_equal(delta_writer_end_row(w, &f), 0);
	assert_int_equal(delta_writer_files(w, &file, &n, &f), 0);
	assert_int_equal(n, 1);
	assert_true(str_starts(file->path,
			       "day=__HIVE_DEFAULT_PARTITION__/part-00000-"));
	delta_writer_close(w);
	assert_int_equal(store_list(delta_store(x.d), "", STR_LIT(""), true,
				    &mem, &l, &f),
			 0);
	assert_int_equal(l.n, 0);
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
		cmocka_unit_test(a_moved_position_wins),
		cmocka_unit_test(replacing_conflicts_with_what_it_replaces),
		cmocka_unit_test(what_is_unknown_is_passed_over),
		cmocka_unit_test(what_is_damaged_is_told),
		cmocka_unit_test(a_version_is_found_by_time_or_told),
		cmocka_unit_test(a_hole_in_the_log_is_told),
		cmocka_unit_test(a_checkpoint_stands_for_its_commits),
		cmocka_unit_test(a_table_remembers_its_schema),
		cmocka_unit_test(names_are_escaped_twice),
		cmocka_unit_test(partition_values_there_and_back),
		cmocka_unit_test(bounds_of_long_texts_are_bounds),
		cmocka_unit_test(positions_come_back),
		cmocka_unit_test(rows_there_and_back),
		cmocka_unit_test(files_that_are_not_taken_vanish),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
