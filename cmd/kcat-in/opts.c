/* SPDX-License-Identifier: MIT */
/*
 * The option rows of kcat-in.
 */
#include "opts.h"

#define AT(member) offsetof(struct opts, member)
#define SOURCE	   "Source"
#define RANGE	   "Range"
#define JOB	   "Exactly once"
#define OUTPUT	   "Output"
#define DAY_US	   ((int64_t)86400 * 1000000)

static const struct cli_option option[] = {
	KAFKA_ROWS(kafka),
	{'p', "partitions", CLI_COLUMNS, "LIST", NULL, NULL, SOURCE,
	 "read only these partitions of each topic: 0,3-5", NULL, 0, 0,
	 AT(partitions)},
	{0, "shard", CLI_TEXT, "I/N", NULL, NULL, SOURCE,
	 "read only every Nth partition, beginning with the Ith", NULL, 0, 0,
	 AT(shard)},
	{'g', "group", CLI_TEXT, "ID", NULL, NULL, SOURCE,
	 "read as a member of the group ID; with --job, only tell the group "
	 "where the job stands",
	 NULL, 0, 0, AT(group)},
	{0, "isolation", CLI_CHOICE, "LEVEL", "committed", NULL, SOURCE,
	 "committed: only records of committed transactions",
	 "committed|uncommitted", 0, 0, AT(isolation)},
	{'l', "list", CLI_FLAG, NULL, NULL, NULL, SOURCE,
	 "print topics, partitions, offsets and lag instead of records", NULL,
	 0, 0, AT(want_list)},

	{0, "start", CLI_TEXT, "WHERE", "earliest", NULL, RANGE,
	 "earliest, latest, stored (by --group), a time, or a file of offsets",
	 NULL, 0, 0, AT(start)},
	{0, "until", CLI_TEXT, "WHERE", NULL, NULL, RANGE,
	 "snapshot: what is there now (the default), a time, or forever", NULL,
	 0, 0, AT(until)},
	{'n', "limit", CLI_INTEGER, "N", NULL, NULL, RANGE,
	 "stop behind N records, spread fairly over the partitions", NULL, 0, 0,
	 AT(limit)},
	{0, "max-bytes", CLI_SIZE, "SIZE", NULL, NULL, RANGE,
	 "stop when SIZE bytes of values were read", NULL, 1, INT64_MAX,
	 AT(max_bytes)},
	{0, "max-time", CLI_DURATION, "D", NULL, NULL, RANGE,
	 "stop D after the start", NULL, 1, 400 * DAY_US, AT(max_time_us)},
	{0, "manifest", CLI_PATH, "FILE", NULL, NULL, RANGE,
	 "write the range to FILE before it is read; if FILE is there, read "
	 "just that range",
	 NULL, 0, 0, AT(manifest)},
	{0, "skip-empty", CLI_FLAG, NULL, NULL, NULL, RANGE,
	 "exit 99 when there is nothing to read", NULL, 0, 0,
	 AT(is_skip_empty)},

	{0, "job", CLI_TEXT, "NAME", NULL, NULL, JOB,
	 "write barriers of this job, for lake-put --job", NULL, 0, 0, AT(job)},
	{0, "resume", CLI_PATH, "TABLE", NULL, NULL, JOB,
	 "go on from the position that the job's sink TABLE has recorded", NULL,
	 0, 0, AT(resume)},
	{0, "barrier-every", CLI_DURATION, "D", "2m", NULL, JOB,
	 "a batch between barriers takes D at most", NULL, 1000, DAY_US,
	 AT(barrier_us)},
	{0, "accept-gap", CLI_FLAG, NULL, NULL, NULL, JOB,
	 "go on behind records that are gone by retention", NULL, 0, 0,
	 AT(is_gap_accepted)},

	{'f', "format", CLI_CHOICE, "FORMAT", "raw", NULL, OUTPUT,
	 "raw: values; splice: values with a member _k; envelope: all of a "
	 "record",
	 "raw|splice|envelope", 0, 0, AT(format)},
	{0, "line-buffered", CLI_FLAG, NULL, NULL, NULL, OUTPUT,
	 "write out after every batch that comes, not only when nothing more "
	 "is there",
	 NULL, 0, 0, AT(is_line_buffered)},
};

static const struct cli_example example[] = {
	{"What is in a topic now", "kcat-in -b localhost:9092 listen_events"},
	{"Topics, offsets and how far a job is behind",
	 "kcat-in -b localhost:9092 --list --job ingest --resume "
	 "LAKE/bronze/events listen_events"},
	{"A copy with keys, headers and times",
	 "kcat-in -b localhost:9092 --format envelope listen_events | "
	 "kcat-out -b localhost:9092 --envelope copy"},
	{"A stage of the flow: read what is new, commit it once",
	 "kcat-in --job ingest --resume LAKE/bronze/events listen_events | "
	 "lake-put --job ingest LAKE/bronze/events"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "kcat-in",
	.summary = "reads an exact range, or a live stream, of Kafka topics to "
		   "stdout",
	.operands = "TOPIC...",
	.max_operands = -1,
	.is_stateful = true,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77 99",
	.libraries = kafka_library,
};
