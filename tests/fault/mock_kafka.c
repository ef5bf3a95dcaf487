/* SPDX-License-Identifier: MIT */
/*
 * Kafka for tests without a broker: librdkafka's mock cluster in a process of
 * its own. It prints the bootstrap list, then obeys the lines of its standard
 * input until "quit" or the end of it, and answers each with "ok" or "error
 * WHY". tests/cli/kafka.bash speaks to it. The mock keeps 5 MiB or 100,000
 * message sets a partition and then drops the oldest; it does not hide aborted
 * records and has no admin requests: what needs those needs a real broker.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "mock_kafka.h"

#define MAX_WORDS  64
#define MAX_ERRORS 10000
#define REPLICAS   3 /* as many as there are brokers, but not more */

static const char usage[] =
	"usage: mock_kafka [BROKERS]\n"
	"Commands on standard input; brokers count from 1, partitions from 0:\n"
	"  topic NAME PARTITIONS          a topic not named here gets 4\n"
	"  down BROKER                    its leaders do not move by "
	"themselves\n"
	"  up BROKER\n"
	"  leader TOPIC PARTITION BROKER  -1 is none\n"
	"  trouble TOPIC CODE             what Metadata say of it; 0 ends it\n"
	"  errors API {CODE COUNT}...     for the next requests; 0 lets them "
	"pass\n"
	"  clear API                      forget those\n"
	"  rtt BROKER MS\n"
	"  lines TOPIC PARTITION FILE [MS]        each line is a value, of "
	"that "
	"time\n"
	"  value TOPIC PARTITION FILE [key=TEXT] [time=MS] [NAME:TEXT]...\n"
	"                                 one value, - is none; and headers\n"
	"  quit\n"
	"API is a number or a name (Produce, Fetch, Metadata, ...); CODE a "
	"number,\n"
	"a name (NOT_LEADER_FOR_PARTITION) or transport: the connection "
	"breaks.\n";

static const struct api {
	const char *name;
	int16_t key;
} apis[] = {
	{"Produce", 0},
	{"Fetch", 1},
	{"ListOffsets", 2},
	{"Metadata", 3},
	{"OffsetCommit", 8},
	{"OffsetFetch", 9},
	{"FindCoordinator", 10},
	{"JoinGroup", 11},
	{"Heartbeat", 12},
	{"LeaveGroup", 13},
	{"SyncGroup", 14},
	{"InitProducerId", 22},
	{"AddPartitionsToTxn", 24},
	{"AddOffsetsToTxn", 25},
	{"EndTxn", 26},
	{"TxnOffsetCommit", 28},
};

/* ---- words ---- */

int
mock_number(struct mock *m, const char *word, int64_t low, int64_t high,
	    int64_t *out)
{
	if (num_parse_i64(word, strlen(word), out) == NUM_OK && *out >= low &&
	    *out <= high)
		return 0;
	snprintf(m->why, sizeof(m->why),
		 "'%s' is no number from %" PRId64 " to %" PRId64, word, low,
		 high);
	return -1;
}

static int
parse_broker(struct mock *m, const char *word, int64_t low, int32_t *out)
{
	int64_t v;

	if (mock_number(m, word, low, m->brokers, &v) != 0)
		return -1;
	*out = (int32_t)v;
	return 0;
}

static int
parse_api(struct mock *m, const char *word, int16_t *out)
{
	int64_t v;

	for (size_t i = 0; i < COUNT(apis); i++) {
		if (strcmp(apis[i].name, word) == 0) {
			*out = apis[i].key;
			return 0;
		}
	}
	if (mock_number(m, word, 0, INT16_MAX, &v) != 0)
		return -1;
	*out = (int16_t)v;
	return 0;
}

static int
parse_code(struct mock *m, const char *word, rd_kafka_resp_err_t *out)
{
	const struct rd_kafka_err_desc *errors;
	size_t n;
	int64_t v;

	if (strcmp(word, "transport") == 0) {
		*out = RD_KAFKA_RESP_ERR__TRANSPORT;
		return 0;
	}
	rd_kafka_get_err_descs(&errors, &n);
	for (size_t i = 0; i < n; i++) {
		if (errors[i].name != NULL &&
		    strcmp(errors[i].name, word) == 0) {
			*out = errors[i].code;
			return 0;
		}
	}
	if (mock_number(m, word, 0, INT16_MAX, &v) != 0)
		return -1;
	*out = (rd_kafka_resp_err_t)v;
	return 0;
}

/* ---- commands ---- */

int
mock_told(struct mock *m, rd_kafka_resp_err_t code)
{
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	snprintf(m->why, sizeof(m->why), "%s", rd_kafka_err2str(code));
	return -1;
}

static int
do_topic(struct mock *m, char **words, size_t n)
{
	int64_t partitions;

	(void)n;
	if (mock_number(m, words[2], 1, 10000, &partitions) != 0)
		return -1;
	return mock_told(
		m, rd_kafka_mock_topic_create(
			   m->cluster, words[1], (int)partitions,
			   m->brokers < REPLICAS ? m->brokers : REPLICAS));
}

static int
do_down(struct mock *m, char **words, size_t n)
{
	int32_t broker;

	(void)n;
	if (parse_broker(m, words[1], 1, &broker) != 0)
		return -1;
	return mock_told(m, rd_kafka_mock_broker_set_down(m->cluster, broker));
}

static int
do_up(struct mock *m, char **words, size_t n)
{
	int32_t broker;

	(void)n;
	if (parse_broker(m, words[1], 1, &broker) != 0)
		return -1;
	return mock_told(m, rd_kafka_mock_broker_set_up(m->cluster, broker));
}

static int
do_leader(struct mock *m, char **words, size_t n)
{
	int64_t partition;
	int32_t broker;

	(void)n;
	if (mock_number(m, words[2], 0, INT32_MAX, &partition) != 0 ||
	    parse_broker(m, words[3], -1, &broker) != 0)
		return -1;
	return mock_told(
		m, rd_kafka_mock_partition_set_leader(
			   m->cluster, words[1], (int32_t)partition, broker));
}

static int
do_trouble(struct mock *m, char **words, size_t n)
{
	rd_kafka_resp_err_t code;

	(void)n;
	if (parse_code(m, words[2], &code) != 0)
		return -1;
	rd_kafka_mock_topic_set_error(m->cluster, words[1], code);
	return 0;
}

static int
do_rtt(struct mock *m, char **words, size_t n)
{
	int32_t broker;
	int64_t ms;

	(void)n;
	if (parse_broker(m, words[1], 1, &broker) != 0 ||
	    mock_number(m, words[2], 0, 600000, &ms) != 0)
		return -1;
	return mock_told(
		m, rd_kafka_mock_broker_set_rtt(m->cluster, broker, (int)ms));
}

/* All are parsed before the first is pushed. */
static int
do_errors(struct mock *m, char **words, size_t n)
{
	rd_kafka_resp_err_t errors[MAX_ERRORS], code;
	size_t count = 0;
	int64_t times;
	int16_t api;

	if (parse_api(m, words[1], &api) != 0)
		return -1;
	for (size_t i = 2; i < n; i += 2) {
		if (i + 1 == n) {
			snprintf(m->why, sizeof(m->why), "'%s' has no count",
				 words[i]);
			return -1;
		}
		if (parse_code(m, words[i], &code) != 0 ||
		    mock_number(m, words[i + 1], 1, MAX_ERRORS - (int64_t)count,
				&times) != 0)
			return -1;
		while (times-- > 0)
			errors[count++] = code;
	}
	rd_kafka_mock_push_request_errors_array(m->cluster, api, count, errors);
	return 0;
}

static int
do_clear(struct mock *m, char **words, size_t n)
{
	int16_t api;

	(void)n;
	if (parse_api(m, words[1], &api) != 0)
		return -1;
	rd_kafka_mock_clear_request_errors(m->cluster, api);
	return 0;
}

/* ---- lines of commands ---- */

static const struct command {
	const char *name;
	size_t least; /* words, its name among them */
	size_t most;
	int (*run)(struct mock *m, char **words, size_t n);
} commands[] = {
	{"topic", 3, 3, do_topic},
	{"down", 2, 2, do_down},
	{"up", 2, 2, do_up},
	{"leader", 4, 4, do_leader},
	{"errors", 4, MAX_WORDS, do_errors},
	{"clear", 2, 2, do_clear},
	{"rtt", 3, 3, do_rtt},
	{"trouble", 3, 3, do_trouble},
	{"lines", 4, 5, mock_send_lines},
	{"value", 4, MAX_WORDS, mock_send_value},
};

static int
obey(struct mock *m, char **words, size_t n)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->name, words[0]) != 0)
			continue;
		if (n >= c->least && n <= c->most)
			return c->run(m, words, n);
		snprintf(m->why, sizeof(m->why), "'%s' takes other arguments",
			 c->name);
		return -1;
	}
	snprintf(m->why, sizeof(m->why), "there is no command '%s'", words[0]);
	return -1;
}

/* Cut the line at its blanks; words holds MAX_WORDS + 1. */
static size_t
split(char *line, char **words)
{
	static const char blanks[] = " \t\r\n";
	size_t n = 0;

	for (line += strspn(line, blanks); *line != '\0' && n <= MAX_WORDS;
	     line += strspn(line, blanks)) {
		words[n++] = line;
		line += strcspn(line, blanks);
		if (*line != '\0')
			*line++ = '\0';
	}
	return n;
}

static void
serve(struct mock *m)
{
	char line[8192];
	char *words[MAX_WORDS + 1];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		size_t n = split(line, words);

		if (n == 0)
			continue;
		if (strcmp(words[0], "quit") == 0)
			return;
		if (obey(m, words, n) == 0)
			puts("ok");
		else
			printf("error %s\n", m->why);
		fflush(stdout);
	}
}

/* ---- the cluster ---- */

static int
open_mock(struct mock *m)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	/* Its warnings are about what the tests ask for. */
	if (rd_kafka_conf_set(conf, "log_level", "3", why, sizeof(why)) !=
		    RD_KAFKA_CONF_OK ||
	    (m->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why))) ==
		    NULL) {
		fprintf(stderr, "mock_kafka: %s\n", why);
		rd_kafka_conf_destroy(conf);
		return -1;
	}
	m->cluster = rd_kafka_mock_cluster_new(m->rk, m->brokers);
	if (m->cluster == NULL) {
		fprintf(stderr, "mock_kafka: no cluster of %d brokers\n",
			m->brokers);
		rd_kafka_destroy(m->rk);
		return -1;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct mock m = {.brokers = 1};
	int64_t brokers = 1;

	if (argc > 2 ||
	    (argc == 2 && mock_number(&m, argv[1], 1, 100, &brokers) != 0)) {
		fputs(usage, stderr);
		return 2;
	}
	m.brokers = (int)brokers;
	if (open_mock(&m) != 0)
		return 1;
	puts(rd_kafka_mock_cluster_bootstraps(m.cluster));
	fflush(stdout);
	serve(&m);
	fflush(stdout);
	/* To take the cluster down in good order can cost a second. */
	_Exit(0);
}
