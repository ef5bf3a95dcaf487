/* SPDX-License-Identifier: MIT */
/*
 * The option rows of kcat-out.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define RECORDS	   "Records"
#define DELIVERY   "Delivery"
#define ONCE	   "Exactly once"
#define FAILURES   "Failures"
#define MINUTE_US  ((int64_t)60 * 1000000)

static const struct cli_option option[] = {
	{'t', "topic-field", CLI_TEXT, "FIELD", NULL, NULL, RECORDS,
	 "send each line to the topic that its FIELD names", NULL, 0, 0,
	 AT(topic_field)},
	{'k', "key-field", CLI_TEXT, "FIELD", NULL, NULL, RECORDS,
	 "the record's key is the line's FIELD, a string or a number", NULL, 0,
	 0, AT(key_field)},
	{0, "time-field", CLI_TEXT, "FIELD", NULL, NULL, RECORDS,
	 "the record's time is the line's FIELD, epoch ms or RFC 3339", NULL, 0,
	 0, AT(time_field)},
	{0, "partition-field", CLI_TEXT, "FIELD", NULL, NULL, RECORDS,
	 "the record's partition is the line's FIELD, not by its key", NULL, 0,
	 0, AT(partition_field)},
	{'s', "schema", CLI_PATH, "SCHEMA", NULL, NULL, RECORDS,
	 "key, time and, without TOPIC, topic by the schema's roles user, time "
	 "and type",
	 NULL, 0, 0, AT(schema)},
	{0, "allow-keyless", CLI_FLAG, NULL, NULL, NULL, RECORDS,
	 "a line without the key's field goes out without a key", NULL, 0, 0,
	 AT(is_keyless_allowed)},
	{'H', "header", CLI_LIST, "NAME=VALUE", NULL, NULL, RECORDS,
	 "give each record this header", NULL, 0, 0, AT(header)},
	{'e', "envelope", CLI_FLAG, NULL, NULL, NULL, RECORDS,
	 "lines are whole records, as kcat-in --format envelope writes them",
	 NULL, 0, 0, AT(is_envelope)},
	{0, "repartition", CLI_FLAG, NULL, NULL, NULL, RECORDS,
	 "choose partitions by key, not those of the envelopes", NULL, 0, 0,
	 AT(is_repartition)},

	KAFKA_ROWS(kafka),

	{'z', "compression", CLI_CHOICE, "NAME", NULL, NULL, DELIVERY,
	 "of batches of records (default: zstd; gzip with --profile "
	 "event-hubs)",
	 "zstd|lz4|gzip|snappy|none", 0, 0, AT(compression)},
	{0, "linger", CLI_DURATION, "D", "50ms", NULL, DELIVERY,
	 "wait D for more records of a batch", NULL, 0, 15 * MINUTE_US,
	 AT(linger_us)},
	{0, "partitioner", CLI_CHOICE, "NAME", "murmur2_random", NULL, DELIVERY,
	 "how a key chooses its partition; the default is that of Java "
	 "clients",
	 "murmur2_random|consistent_random|fnv1a_random|random", 0, 0,
	 AT(partitioner)},
	{0, "create-topic", CLI_TEXT, "P[,R]", NULL, NULL, DELIVERY,
	 "make a topic that is not there, of P partitions with R replicas",
	 NULL, 0, 0, AT(create_topic)},
	{0, "rate", CLI_NUMBER, "N", "0", NULL, DELIVERY,
	 "send N lines a second at most", NULL, 0, 1000000000, AT(rate)},

	{'T', "transactional-id", CLI_TEXT, "ID", NULL, NULL, ONCE,
	 "send in transactions: what stands between two barriers, or "
	 "--txn-every",
	 NULL, 0, 0, AT(transactional_id)},
	{0, "txn-every", CLI_COLUMNS, "N,D", "10000,10s", NULL, ONCE,
	 "without barriers, commit after N lines, and after D", NULL, 0, 0,
	 AT(txn_every)},
	{0, "position-topic", CLI_TEXT, "TOPIC", NULL, NULL, ONCE,
	 "keep the source's position at this topic (default: the operand)",
	 NULL, 0, 0, AT(position_topic)},
	{0, "print-position", CLI_FLAG, NULL, NULL, NULL, ONCE,
	 "print the barrier that the id committed last, and send nothing", NULL,
	 0, 0, AT(want_position)},
	LINES_ALLOW_DROP(ONCE),

	{0, "failed", CLI_PATH, "FILE", NULL, NULL, FAILURES,
	 "append each line that was not delivered to FILE, with the reason",
	 NULL, 0, 0, AT(failed)},
	LINES_MAX_BAD(FAILURES,
		      "exit 65 when more than N lines could not be sent for "
		      "reasons of their own (default: 0)"),
	{0, "max-line", CLI_SIZE, "SIZE", "16M", NULL, FAILURES,
	 "a longer line cannot be sent", NULL, 1024, (int64_t)LIMIT_LINE_MAX,
	 AT(lines.max_line)},
};

static const struct cli_example example[] = {
	{"Lines of a file, as they are",
	 "kcat-out -b localhost:9092 plays events.ndjson"},
	{"Simulated listeners, each event to its topic, keyed by user",
	 "evgen --speedup 1 | kcat-out -b localhost:9092 --schema playpipe "
	 "--allow-keyless"},
	{"Keep what was not delivered, and send it again later",
	 "kcat-out -b localhost:9092 --failed failed.ndjson plays "
	 "events.ndjson || "
	 "jq -r 'select(has(\"raw\")).raw' failed.ndjson | "
	 "kcat-out -b localhost:9092 plays"},
	{"Exactly once from a source that can go on where it stood",
	 "kcat-out -b localhost:9092 -T sim --print-position plays >at; "
	 "evgen --job sim --resume at | kcat-out -b localhost:9092 -T sim "
	 "plays"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "kcat-out",
	.summary = "publishes lines to Kafka, and accounts for every one",
	.operands = "[TOPIC] [FILE...]",
	.max_operands = -1,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77",
	.libraries = kafka_library,
};
