/* SPDX-License-Identifier: MIT */
/* delta: what a table may need of its readers. */
#include "delta_logs.h"

#define MAPPED(name, physical, id)                                             \
	COLUMN(name, "long",                                                   \
	       "\\\"delta.columnMapping.id\\\":" #id                           \
	       ",\\\"delta.columnMapping.physicalName\\\":\\\"" physical       \
	       "\\\"")
#define BY(mode) "\"delta.columnMapping.mode\":\"" mode "\""

static void
features_are_known_by_name(void **state)
{
	static const struct {
		const char *protocol;
		const char *says; /* NULL: it is read */
	} c[] = {
		{PROTOCOL("1"), NULL},
		{PROTOCOL("2"), NULL},
		{PROTOCOL("4"), "reader version 4"},
		{FEATURES("[]"), NULL},
		{FEATURES("[\"deletionVectors\",\"columnMapping\","
			  "\"timestampNtz\",\"v2Checkpoint\","
			  "\"vacuumProtocolCheck\",\"typeWidening\","
			  "\"typeWidening-preview\"]"),
		 NULL},
		{FEATURES("[\"catalogManaged\"]"), "'catalogManaged'"},
		{FEATURES("[\"deletionVectors\",\"variantType\"]"),
		 "'variantType'"},
		/* of reader versions below 3 a list says nothing */
		{"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,"
		 "\"writerFeatures\":[\"rowTracking\",\"warpDrive\"]}}\n",
		 NULL},
	};
	struct delta *d = opened("features");
	char text[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		snprintf(text, sizeof(text), "%s%s", c[i].protocol, META);
		put(d, LOG(0.json), text);
		if (c[i].says != NULL)
			refused(d, DELTA_LATEST, FAIL_USAGE, c[i].says);
		else
			delta_snapshot_close(loaded(d, DELTA_LATEST));
	}
	delta_close(d);
}

static void
a_feature_that_was_dropped_is_no_matter(void **state)
{
	struct delta *d = opened("dropped");

	(void)state;
	put(d, LOG(0.json), FEATURES("[\"warpDrive\"]") META);
	put(d, LOG(1.json), PROTOCOL("1"));
	delta_snapshot_close(loaded(d, 1));
	refused(d, 0, FAIL_USAGE, "'warpDrive'");
	delta_close(d);
}

static void
columns_are_mapped_where_the_protocol_allows(void **state)
{
	static const struct {
		const char *log;
		const char *physical; /* of column 0; NULL: refused */
		const char *says;
	} c[] = {
		{PROTOCOL("2") TABLE(MAPPED("a", "p", 1), BY("name")), "p", ""},
		{PROTOCOL("2") TABLE(MAPPED("a", "p", 1), BY("none")), "a", ""},
		{PROTOCOL("2") TABLE(MAPPED("a", "p", 1), ""), "a", ""},
		{PROTOCOL("1") TABLE(MAPPED("a", "p", 1), BY("name")), "a", ""},
		{FEATURES("[\"columnMapping\"]")
			 TABLE(MAPPED("a", "p", 1), BY("name")),
		 "p", ""},
		{FEATURES("[\"deletionVectors\"]")
			 TABLE(MAPPED("a", "p", 1), BY("name")),
		 "a", ""},
		{PROTOCOL("2") TABLE(MAPPED("a", "p", 1), BY("magic")), NULL,
		 "'magic'"},
		{PROTOCOL("2") TABLE(COLUMN("a", "long", ""), BY("name")), NULL,
		 "physicalName"},
	};
	struct delta *d = opened("mapping");

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct delta_snapshot *s = NULL;
		struct fail f = {0};
		int rc;

		put(d, LOG(0.json), c[i].log);
		rc = delta_load(d, DELTA_LATEST, &s, &f);
		if (c[i].physical == NULL) {
			assert_true(rc == FAIL_USAGE || rc == FAIL_DATA);
			assert_non_null(strstr(f.text, c[i].says));
			continue;
		}
		assert_int_equal(rc, 0);
		assert_true(str_is(s->meta.column[0].name, "a"));
		assert_true(str_is(s->meta.column[0].physical, c[i].physical));
		delta_snapshot_close(s);
	}
	delta_close(d);
}

#define WIDENED(from, to)                                                      \
	PROTOCOL("1")                                                          \
	TABLE(COLUMN("a", to,                                                  \
		     "\\\"delta.typeChanges\\\":[{\\\"fromType\\\":\\\"" from  \
		     "\\\",\\\"toType\\\":\\\"" to "\\\"}]"),                  \
	      "")

static void
types_may_have_been_widened(void **state)
{
	static const struct {
		const char *log;
		bool is_read;
	} c[] = {
		{WIDENED("byte", "short"), true},
		{WIDENED("byte", "long"), true},
		{WIDENED("integer", "double"), true},
		{WIDENED("float", "double"), true},
		{WIDENED("date", "timestamp_ntz"), true},
		{WIDENED("decimal(10,2)", "decimal(12,4)"), true},
		{WIDENED("decimal(10,2)", "decimal(38,20)"), true},
		{WIDENED("short", "decimal(12,2)"), true},
		{WIDENED("long", "decimal(20,0)"), true},
		{WIDENED("long", "integer"), false},
		{WIDENED("long", "double"), false},
		{WIDENED("date", "timestamp"), false},
		{WIDENED("decimal(10,2)", "decimal(11,4)"), false},
		{WIDENED("decimal(10,2)", "decimal(10,1)"), false},
		{WIDENED("short", "decimal(9,0)"), false},
		{WIDENED("long", "decimal(19,0)"), false},
		{WIDENED("string", "integer"), false},
		{WIDENED("double", "decimal(38,0)"), false},
	};
	struct delta *d = opened("widened");

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		put(d, LOG(0.json), c[i].log);
		if (c[i].is_read)
			delta_snapshot_close(loaded(d, 0));
		else
			refused(d, 0, FAIL_USAGE, "'typeWidening' from");
	}
	delta_close(d);
}

/* "0.1" of a float is 0.100000001 as a double. */
static void
bounds_of_floats_are_bounds(void **state)
{
	static const enum table_type types[] = {TABLE_FLOAT, TABLE_DOUBLE};
	struct doc *doc;

	(void)state;
	assert_int_equal(doc_parse(&doc,
				   STR_LIT("{\"minValues\":{\"x\":0.7},"
					   "\"maxValues\":{\"x\":0.1}}"),
				   "stats", FAIL_DATA, 0, NULL),
			 0);
	for (int i = 0; i < 2; i++) {
		struct delta_column c = {.name = STR_LIT("x"),
					 .physical = STR_LIT("x"),
					 .field.type = types[i]};
		struct delta_file file = {0};
		struct expr_range r;

		assert_int_equal(
			log_file_range(&c, &file, doc_root(doc), &r, NULL), 0);
		assert_true(r.min.f64 <= (double)0.7f);
		assert_true(r.max.f64 >= (double)0.1f);
		assert_true(r.min.f64 <= 0.7 && r.max.f64 >= 0.1);
	}
	doc_close(doc);
}

static void
commits_that_contradict_themselves_are_refused(void **state)
{
	static const struct {
		const char *log, *says;
		int code;
	} c[] = {
		{PROTOCOL("1") META META, "a second metaData", FAIL_DATA},
		{PROTOCOL("1") META PROTOCOL("2"), "a second protocol",
		 FAIL_DATA},
		{PROTOCOL("1") META ADD("f") REMOVE("f"),
		 "version 0: the file 'f' is added and removed at once",
		 FAIL_DATA},
		{PROTOCOL("1") META REMOVE("a%20b") ADD("a b"),
		 "added and removed at once", FAIL_DATA},
		{"", "is empty", FAIL_DATA},
		{PROTOCOL("1") "{\"metaData\":{\"id\":\"i\",\"format\":{"
			       "\"provider\":\"orc\"},\"schemaString\":"
			       "\"{}\"}}",
		 "'orc'", FAIL_USAGE},
	};
	struct delta *d = opened("contradict");

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		put(d, LOG(0.json), c[i].log);
		refused(d, 0, c[i].code, c[i].says);
	}
	delta_close(d);
}

static void
a_file_is_known_however_its_path_is_written(void **state)
{
	static const struct {
		const char *add, *remove;
	} c[] = {
		{ADD("a b"), REMOVE("a%20b")},
		{ADD("a%3db"), REMOVE("a%3Db")},
		{ADD("/x/y"), REMOVE("file:/x/y")},
		{ADD("file:///x/y"), REMOVE("file:/x/y")},
	};
	struct delta *d = opened("paths");
	struct delta_snapshot *s;

	(void)state;
	put(d, LOG(0.json), PROTOCOL("1") META);
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		put(d, LOG(1.json), c[i].add);
		put(d, LOG(2.json), c[i].remove);
		s = loaded(d, 2);
		assert_int_equal(live(s), 0);
		delta_snapshot_close(s);
	}
	/* decoded once */
	put(d, LOG(1.json), ADD("a%2520b"));
	put(d, LOG(2.json), REMOVE("a%20b"));
	s = loaded(d, 2);
	assert_int_equal(live(s), 1);
	delta_snapshot_close(s);
	delta_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_known_by_name),
		cmocka_unit_test(a_feature_that_was_dropped_is_no_matter),
		cmocka_unit_test(columns_are_mapped_where_the_protocol_allows),
		cmocka_unit_test(types_may_have_been_widened),
		cmocka_unit_test(bounds_of_floats_are_bounds),
		cmocka_unit_test(
			commits_that_contradict_themselves_are_refused),
		cmocka_unit_test(a_file_is_known_however_its_path_is_written),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
