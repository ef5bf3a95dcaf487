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
			  "\"vacuumProtocolCheck\"]"),
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_are_known_by_name),
		cmocka_unit_test(a_feature_that_was_dropped_is_no_matter),
		cmocka_unit_test(columns_are_mapped_where_the_protocol_allows),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
