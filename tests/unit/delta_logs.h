/* SPDX-License-Identifier: MIT */
/* Hand-made logs, for tests of what others may write. */
#ifndef TESTS_DELTA_LOGS_H
#define TESTS_DELTA_LOGS_H

#include "delta_fixture.h"

#define LOG(version) "_delta_log/0000000000000000000" #version

#define PROTOCOL(r)                                                            \
	"{\"protocol\":{\"minReaderVersion\":" r ",\"minWriterVersion\":2}}\n"

/* Reader features as a JSON list. */
#define FEATURES(list)                                                         \
	"{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,"        \
	"\"readerFeatures\":" list ",\"writerFeatures\":" list "}}\n"

/* A column in a schemaString, with metadata where there is some. */
#define COLUMN(name, type, metadata)                                           \
	"{\\\"name\\\":\\\"" name "\\\",\\\"type\\\":\\\"" type                \
	"\\\",\\\"nullable\\\":true,\\\"metadata\\\":{" metadata "}}"

/* Columns, and the configuration without its braces. */
#define TABLE(columns, config)                                                 \
	"{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\"},"   \
	"\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":"      \
	"[" columns "]}\",\"partitionColumns\":[],\"configuration\":{" config  \
	"}}}\n"

#define META TABLE(COLUMN("a", "long", ""), "")

#define ADD(path)                                                              \
	"{\"add\":{\"path\":\"" path "\",\"partitionValues\":{},\"size\":1,"   \
	"\"modificationTime\":1,\"dataChange\":true}}\n"

#define REMOVE(path)                                                           \
	"{\"remove\":{\"path\":\"" path "\",\"dataChange\":true}}\n"

static inline void
put(struct delta *d, const char *key, const char *text)
{
	struct fail f = {0};

	if (store_put(delta_store(d), str_of(key), str_of(text), &f) != 0)
		fail_msg("%s", f.text);
}

/* The table must be refused with this code and a sentence that says so. */
static inline void
refused(struct delta *d, int64_t version, int code, const char *says)
{
	struct delta_snapshot *s = NULL;
	struct fail f = {0};

	assert_int_equal(delta_load(d, version, &s, &f), code);
	if (strstr(f.text, says) == NULL)
		fail_msg("'%s' does not say '%s'", f.text, says);
}

static inline struct delta_snapshot *
loaded(struct delta *d, int64_t version)
{
	struct delta_snapshot *s = NULL;
	struct fail f = {0};

	if (delta_load(d, version, &s, &f) != 0)
		fail_msg("%s", f.text);
	return s;
}

static inline struct delta *
opened(const char *url)
{
	struct delta *d;

	assert_int_equal(delta_open(&d, url, NULL), 0);
	return d;
}

#endif
