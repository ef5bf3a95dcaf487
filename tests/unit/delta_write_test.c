/* SPDX-License-Identifier: MIT */
/* delta: what is appended to, replaced in, compacted; and what is refused. */
#include "delta_logs.h"

#define WRITER(w)                                                              \
	"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":" w "}}\n"
#define LISTED(list)                                                           \
	"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,"        \
	"\"writerFeatures\":[" list "]}}\n"
#define A	    COLUMN("a", "long", "")
#define ON(key)	    TABLE(A, "\"" key "\":\"true\"")
#define CHECK(text) TABLE(A, "\"delta.constraints.c\":\"" text "\"")

static int
check(struct delta *d, const char *protocol, const char *meta,
      enum delta_kind kind, struct fail *f)
{
	struct delta_snapshot *s;
	char text[4096];
	int rc;

	snprintf(text, sizeof(text), "%s%s", protocol, meta);
	put(d, LOG(0.json), text);
	s = loaded(d, DELTA_LATEST);
	rc = delta_check_write(s, kind, "T", f);
	delta_snapshot_close(s);
	return rc;
}

/* What stands against an append, a replacement, a compaction: a part of the
 * sentence, or NULL. */
static const struct {
	const char *protocol;
	const char *meta;
	const char *says[3];
} tables[] = {
	{WRITER("1"), META, {NULL}},
	{WRITER("2"), META, {NULL}},
	{WRITER("6"), META, {NULL}},
	{WRITER("7"), META, {NULL}},
	{WRITER("8"), META, {"version 8", "version 8", "version 8"}},
	/* a list says nothing below version 7 */
	{"{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2,"
	 "\"writerFeatures\":[\"warpDrive\"]}}\n",
	 META,
	 {NULL}},
	{LISTED("\"appendOnly\",\"invariants\",\"checkConstraints\","
		"\"changeDataFeed\",\"generatedColumns\",\"columnMapping\","
		"\"identityColumns\",\"deletionVectors\",\"v2Checkpoint\","
		"\"vacuumProtocolCheck\",\"timestampNtz\",\"domainMetadata\","
		"\"inCommitTimestamp\",\"icebergCompatV1\",\"typeWidening\","
		"\"allowColumnDefaults\",\"checkpointProtection\""),
	 META,
	 {NULL}},
	{LISTED("\"rowTracking\""),
	 META,
	 {"'rowTracking'", "'rowTracking'", "'rowTracking'"}},
	{LISTED("\"appendOnly\",\"warpDrive\""),
	 META,
	 {"'warpDrive'", "'warpDrive'", "'warpDrive'"}},
	{LISTED("\"clustering\",\"domainMetadata\""),
	 META,
	 {NULL, NULL, "'clustering'"}},
	/* by use, whether listed or implied */
	{WRITER("2"),
	 ON("delta.appendOnly"),
	 {NULL, "'appendOnly'): its rows cannot be replaced", NULL}},
	{WRITER("4"),
	 ON("delta.enableChangeDataFeed"),
	 {NULL, "'changeDataFeed'", NULL}},
	{LISTED("\"icebergCompatV2\""),
	 ON("delta.enableIcebergCompatV2"),
	 {"'icebergCompatV2'", "'icebergCompatV2'", "'icebergCompatV2'"}},
	{WRITER("4"),
	 TABLE(COLUMN("g", "long",
		      "\\\"delta.generationExpression\\\":\\\"a\\\""),
	       ""),
	 {"'g' is generated", "'g' is generated", NULL}},
	{WRITER("6"),
	 TABLE(COLUMN("i", "long", "\\\"delta.identity.start\\\":1"), ""),
	 {"'i' is an identity column", "'i' is an identity column", NULL}},
	{LISTED("\"allowColumnDefaults\""),
	 TABLE(COLUMN("v", "long", "\\\"CURRENT_DEFAULT\\\":\\\"1\\\""), ""),
	 {"'v' has a default", "'v' has a default", NULL}},
	{"{\"protocol\":{\"minReaderVersion\":2,\"minWriterVersion\":5}}\n",
	 TABLE(COLUMN("m", "long",
		      "\\\"delta.columnMapping.id\\\":1,"
		      "\\\"delta.columnMapping.physicalName\\\":\\\"p\\\""),
	       "\"delta.columnMapping.mode\":\"name\""),
	 {"'columnMapping'", "'columnMapping'", "'columnMapping'"}},
	/* conditions that we can evaluate, and that we cannot */
	{WRITER("3"), CHECK("a > 0"), {NULL}},
	{WRITER("3"), CHECK("A > 0 AND (a IN (1, 2) OR a IS NULL)"), {NULL}},
	{WRITER("3"),
	 CHECK("a % 2 = 0"),
	 {"the constraint 'c' (a % 2 = 0)", "the constraint 'c'", NULL}},
	{WRITER("3"), CHECK("length(a) > 0"), {"'c'", "'c'", NULL}},
	{WRITER("3"), CHECK("b > 0"), {"'c'", "'c'", NULL}},
	{WRITER("3"), CHECK("a = 'x'"), {"'c'", "'c'", NULL}},
	{WRITER("3"), CHECK("a = \\\"x\\\""), {"'c'", "'c'", NULL}},
	{WRITER("3"),
	 TABLE(COLUMN("s", "string", ""),
	       "\"delta.constraints.c\":\"s != '' AND s != 'x'\""),
	 {NULL}},
	{WRITER("3"),
	 TABLE(COLUMN("s", "string", ""),
	       "\"delta.constraints.c\":\"s != 'it''s'\""),
	 {"'c'", "'c'", NULL}},
	/* an instant's meaning is the session's in Spark */
	{WRITER("3"),
	 TABLE(COLUMN("t", "timestamp", ""),
	       "\"delta.constraints.c\":\"t > '2026-01-01'\""),
	 {"'c'", "'c'", NULL}},
	{WRITER("3"),
	 TABLE(COLUMN("t", "timestamp", ""),
	       "\"delta.constraints.c\":\"t IS NOT NULL\""),
	 {NULL}},
	{WRITER("2"),
	 TABLE(COLUMN("a", "long",
		      "\\\"delta.invariants\\\":\\\"{\\\\\\\"expression\\\\\\\""
		      ":{\\\\\\\"expression\\\\\\\":\\\\\\\"a > 3\\\\\\\"}}"
		      "\\\""),
	       ""),
	 {NULL}},
	{WRITER("2"),
	 TABLE(COLUMN("a", "long",
		      "\\\"delta.invariants\\\":\\\"{\\\\\\\"expression\\\\\\\""
		      ":{\\\\\\\"expression\\\\\\\":\\\\\\\"f(a)\\\\\\\"}}"
		      "\\\""),
	       ""),
	 {"the invariant of column 'a' (f(a))", "'a'", NULL}},
};

static void
tables_are_judged_by_what_they_use(void **state)
{
	struct delta *d = opened("judged");

	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (int kind = 0; kind < 3; kind++) {
			struct fail f = {0};
			const char *says = tables[i].says[kind];
			int rc = check(d, tables[i].protocol, tables[i].meta,
				       (enum delta_kind)kind, &f);

			if (rc != (says == NULL ? 0 : FAIL_USAGE) ||
			    (says != NULL && strstr(f.text, says) == NULL))
				fail_msg("table %zu, kind %d: %d '%s'", i, kind,
					 rc, f.text);
		}
	delta_close(d);
}

/* The columns a, b, c, d; b is the partition. */
#define FOUR(config)                                                           \
	"{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\"},"   \
	"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":"      \
	"[" A                                                                  \
	"," COLUMN("b", "long", "") "," COLUMN("c", "long", "") "," COLUMN(    \
		"d e", "timestamp_ntz",                                        \
		"") "]}\",\"partitionColumns\":[\"b\"],\"configuration\":"     \
		    "{" config "}}}\n"

static void
configuration_is_honoured(void **state)
{
	static const struct {
		const char *config;
		const char *suffix;
		bool is_wanted[4];
	} c[] = {
		{"", ".zstd.parquet", {1, 1, 1, 1}},
		{"\"delta.parquet.compression.codec\":\"SNAPPY\"",
		 ".snappy.parquet",
		 {1, 1, 1, 1}},
		{"\"delta.parquet.compression.codec\":\"lz4\"",
		 ".zstd.parquet",
		 {1, 1, 1, 1}},
		{"\"delta.parquet.compression.codec\":\"uncompressed\","
		 "\"delta.dataSkippingNumIndexedCols\":\"1\"",
		 "-c000.parquet",
		 {1, 0, 0, 0}},
		{"\"delta.dataSkippingNumIndexedCols\":\"0\"",
		 ".zstd.parquet",
		 {0, 0, 0, 0}},
		{"\"delta.dataSkippingNumIndexedCols\":\"-1\"",
		 ".zstd.parquet",
		 {1, 1, 1, 1}},
		{"\"delta.dataSkippingNumIndexedCols\":\"1\","
		 "\"delta.dataSkippingStatsColumns\":\" C.x ,`d e`\"",
		 ".zstd.parquet",
		 {0, 0, 1, 1}},
	};
	struct delta *d = opened("honoured");

	(void)state;
	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		struct delta_writer_options o = {.sort_column = -1};
		const struct delta_file *file;
		struct delta_snapshot *s;
		struct delta_writer *w;
		struct fail f = {0};
		char text[4096];
		bool wanted[4];
		size_t n;

		snprintf(text, sizeof(text), "%s" FOUR("%s"), WRITER("2"),
			 c[i].config);
		put(d, LOG(0.json), text);
		s = loaded(d, DELTA_LATEST);
		o.meta = &s->meta;
		log_choose_stats(&s->meta, wanted);
		for (int k = 0; k < 4; k++) /* b has none, it is in folders */
			if (k != 1 && wanted[k] != c[i].is_wanted[k])
				fail_msg("case %zu, column %d", i, k);
		assert_int_equal(delta_writer_open(&w, d, &o, &f), 0);
		table_put_i64(delta_writer_row(w), 0, 7);
		table_put_i64(delta_writer_row(w), 2, 1500000);
		assert_int_equal(delta_writer_end_row(w, &f), 0);
		assert_int_equal(delta_writer_files(w, &file, &n, &f), 0);
		assert_int_equal(n, 1);
		assert_true(str_ends(file->path, c[i].suffix));
		assert_int_equal(strstr(file->stats.p, "\"a\":7") != NULL,
				 wanted[0]);
		/* no zone, so no Z */
		assert_int_equal(
			strstr(file->stats.p,
			       "\"d e\":\"1970-01-01T00:00:01.500\"") != NULL,
			wanted[3]);
		delta_writer_close(w);
		delta_snapshot_close(s);
	}
	delta_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_judged_by_what_they_use),
		cmocka_unit_test(configuration_is_honoured),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
