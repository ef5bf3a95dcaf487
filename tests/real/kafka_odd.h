/* SPDX-License-Identifier: MIT */
/*
 * Messages of every odd shape, for copies that must not change one of them:
 * null and empty keys, values and headers, bytes that are no text, names that
 * come twice, times out of order and of long ago. (Not of the future: a Kafka 4
 * refuses what is more than an hour ahead of its clock.)
 */
#ifndef KAFKA_ODD_H
#define KAFKA_ODD_H

#include <stddef.h>
#include <stdint.h>

/* Bytes with their length, so that they may hold anything; NULL is null. */
struct bytes {
	const char *p;
	size_t n;
};

/* What is not named is null. */
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct odd {
	int64_t time_ms;
	struct bytes key, value;
	struct {
		const char *name; /* NULL ends */
		struct bytes value;
	} headers[4];
} odds[] = {
	{.time_ms = 1795338000000, .key = BYTES("k1"), .value = BYTES("{}")},
	{.time_ms = 1795338000001, .value = BYTES("no key")},
	{.time_ms = 1795338000002, .key = BYTES(""), .value = BYTES("x")},
	{.time_ms = 1795338000003, .key = BYTES("tombstone")},
	{.time_ms = 1795338000004, .key = BYTES("empty"), .value = BYTES("")},
	{.time_ms = 1795338000005},
	{.time_ms = 1795337999000,
	 .key = BYTES("\0\xff\x80"),
	 .value = BYTES("a\nb\r\n\0\xc3\x28")},
	{.time_ms = 1795338000007,
	 .key = BYTES("headers"),
	 .value = BYTES("{\"a\":1}"),
	 .headers = {{"text", BYTES("x")},
		     {.name = "null"},
		     {"empty", BYTES("")},
		     {"binary", BYTES("\0\xfe\n")}}},
	{.time_ms = 1795338000008,
	 .key = BYTES("one name thrice"),
	 .value = BYTES("\"\\u00e9\""),
	 .headers = {{"n", BYTES("1")}, {"n", BYTES("2")}, {.name = "n"}}},
	{.time_ms = 1,
	 .key = BYTES("long ago"),
	 .value = BYTES("\xc3\xa9\xe2\x82\xac"),
	 .headers = {{"", BYTES("no name")},
		     {"\xc3\xa9\"\\", BYTES("odd name")}}},
	{.time_ms = 1795338000010, .value = BYTES(" {\"b\" : [ \"\\\"\" ] } ")},
	{.time_ms = 1795338000011, .key = BYTES("k1"), .value = BYTES("last")},
};

#endif
