/* SPDX-License-Identifier: MIT */
/*
 * A test's hand on a Kafka broker, by librdkafka alone: topics, trimmed
 * partitions, transactions that are committed, aborted or left open, messages
 * of every odd shape, and a dump that tells them apart. Every command has done
 * its work when it ends, and a fresh client sees it; none takes longer than a
 * stated limit. It shares no code with what it tests.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>

#include "base/num.h"
#include "kafka_odd.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define LIMIT_MS 30000 /* of one request, or one wait */
#define STEP_MS	 20

static const char usage[] =
	"usage: kafka_tool -b BROKERS [-X NAME=VALUE]... COMMAND\n"
	"  ready [SECONDS]               until brokers answer (30)\n"
	"  create TOPIC PARTITIONS [NAME=VALUE]...\n"
	"  delete TOPIC\n"
	"  partitions TOPIC N            grow to N\n"
	"  trim TOPIC PARTITION OFFSET   delete the records before OFFSET\n"
	"  commit-txn TOPIC ID VALUE...  one transaction, into partition 0\n"
	"  abort-txn TOPIC ID VALUE...   its records are in the log, aborted\n"
	"  open-txn TOPIC ID VALUE...    in the log, neither: the writer is "
	"gone\n"
	"  produce-binary TOPIC [PARTITION]  12 messages of odd shapes\n"
	"  dump TOPIC                    every message, to what is the end:\n"
	"      PARTITION OFFSET TIME KEY VALUE [NAME=VALUE]...  in hex, null "
	"is -\n"
	"-X isolation.level=read_uncommitted dumps aborted ones as well.\n";

/* What stands before the command. */
struct tool {
	rd_kafka_conf_t *conf;
	rd_kafka_t *rk;
	rd_kafka_queue_t *answers; /* to admin requests */
	rd_kafka_resp_err_t lost;  /* why a message was not delivered */
	char **args; /* those of the command; NULL behind the last */
	size_t n;
};

__attribute__((format(printf, 1, 2), noreturn)) static void
die(const char *format, ...)
{
	va_list ap;

	fputs("kafka_tool: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static void
check(rd_kafka_resp_err_t code, const char *what)
{
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("%s: %s", what, rd_kafka_err2str(code));
}

static void
check_error(rd_kafka_error_t *error, const char *what)
{
	if (error != NULL)
		die("%s: %s", what, rd_kafka_error_string(error));
}

static int64_t
number(const char *word, int64_t low, int64_t high)
{
	int64_t v;

	if (num_parse_i64(word, strlen(word), &v) != NUM_OK || v < low ||
	    v > high)
		die("'%s' is no number from %" PRId64 " to %" PRId64, word, low,
		    high);
	return v;
}

static void
step(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
set(struct tool *t, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(t->conf, name, value, why, sizeof(why)) !=
	    RD_KAFKA_CONF_OK)
		die("%s", why);
}

/* "NAME=VALUE" cut in two; gives the value. */
static char *
cut(char *pair)
{
	char *value = strchr(pair, '=');

	if (value == NULL)
		die("'%s' is not NAME=VALUE", pair);
	*value = '\0';
	return value + 1;
}

static void
connect_as(struct tool *t, rd_kafka_type_t type)
{
	char why[256];

	t->rk = rd_kafka_new(type, t->conf, why, sizeof(why));
	if (t->rk == NULL)
		die("%s", why);
}

/* ---- topics ---- */

/*
 * The number of partitions that have a leader, 0 if there is no such topic.
 * A consumer asks, so the question does not make the topic.
 */
static int
count_partitions(struct tool *t, const char *name)
{
	const struct rd_kafka_metadata *answer;
	rd_kafka_topic_t *topic = rd_kafka_topic_new(t->rk, name, NULL);
	int n = 0;

	check(rd_kafka_metadata(t->rk, 0, topic, &answer, LIMIT_MS),
	      "metadata");
	for (int i = 0; i < answer->topics[0].partition_cnt; i++)
		n += answer->topics[0].partitions[i].leader >= 0;
	rd_kafka_metadata_destroy(answer);
	rd_kafka_topic_destroy(topic);
	return n;
}

/* Until the command's topic has from least to most of them. */
static void
wait_for_partitions(struct tool *t, int least, int most)
{
	int64_t end = now_ms() + LIMIT_MS;
	int n = count_partitions(t, t->args[0]);

	while (n < least || n > most) {
		if (now_ms() > end)
			die("'%s' has %d partitions", t->args[0], n);
		step();
		n = count_partitions(t, t->args[0]);
	}
}

/* Be ready to ask for changes. */
static void
connect_admin(struct tool *t)
{
	connect_as(t, RD_KAFKA_CONSUMER);
	t->answers = rd_kafka_queue_new(t->rk);
}

/* What an answer says of each topic; none of other kinds of answers. */
static const rd_kafka_topic_result_t **
topic_results(rd_kafka_event_t *e, size_t *n)
{
	*n = 0;
	switch (rd_kafka_event_type(e)) {
	case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
		return rd_kafka_CreateTopics_result_topics(
			rd_kafka_event_CreateTopics_result(e), n);
	case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
		return rd_kafka_DeleteTopics_result_topics(
			rd_kafka_event_DeleteTopics_result(e), n);
	case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT:
		return rd_kafka_CreatePartitions_result_topics(
			rd_kafka_event_CreatePartitions_result(e), n);
	default:
		return NULL;
	}
}

/* Wait for the one answer, and see to it that it is good. */
static void
take_answer(struct tool *t)
{
	rd_kafka_event_t *e = rd_kafka_queue_poll(t->answers, LIMIT_MS);
	const rd_kafka_topic_result_t **results;
	const rd_kafka_DeleteRecords_result_t *trimmed;
	size_t n;

	if (e == NULL)
		die("no answer");
	if (rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("%s", rd_kafka_event_error_string(e));
	results = topic_results(e, &n);
	for (size_t i = 0; i < n; i++)
		check(rd_kafka_topic_result_error(results[i]),
		      rd_kafka_topic_result_name(results[i]));
	trimmed = rd_kafka_event_DeleteRecords_result(e);
	if (trimmed != NULL)
		check(rd_kafka_DeleteRecords_result_offsets(trimmed)
			      ->elems[0]
			      .err,
		      "trim");
	rd_kafka_event_destroy(e);
	rd_kafka_queue_destroy(t->answers);
}

static void
do_create(struct tool *t)
{
	rd_kafka_NewTopic_t *topic;
	char why[256];
	int partitions = (int)number(t->args[1], 1, 10000);

	topic = rd_kafka_NewTopic_new(t->args[0], partitions, 1, why,
				      sizeof(why));
	if (topic == NULL)
		die("%s", why);
	for (size_t i = 2; i < t->n; i++) {
		char *value = cut(t->args[i]);

		check(rd_kafka_NewTopic_set_config(topic, t->args[i], value),
		      t->args[i]);
	}
	connect_admin(t);
	rd_kafka_CreateTopics(t->rk, &topic, 1, NULL, t->answers);
	rd_kafka_NewTopic_destroy(topic);
	take_answer(t);
	wait_for_partitions(t, partitions, partitions);
}

static void
do_delete(struct tool *t)
{
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(t->args[0]);

	connect_admin(t);
	rd_kafka_DeleteTopics(t->rk, &topic, 1, NULL, t->answers);
	rd_kafka_DeleteTopic_destroy(topic);
	take_answer(t);
	wait_for_partitions(t, 0, 0);
}

static void
do_partitions(struct tool *t)
{
	rd_kafka_NewPartitions_t *parts;
	char why[256];
	int partitions = (int)number(t->args[1], 1, 10000);

	parts = rd_kafka_NewPartitions_new(t->args[0], (size_t)partitions, why,
					   sizeof(why));
	if (parts == NULL)
		die("%s", why);
	connect_admin(t);
	rd_kafka_CreatePartitions(t->rk, &parts, 1, NULL, t->answers);
	rd_kafka_NewPartitions_destroy(parts);
	take_answer(t);
	wait_for_partitions(t, partitions, partitions);
}

static void
do_trim(struct tool *t)
{
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_DeleteRecords_t *records;
	int32_t partition = (int32_t)number(t->args[1], 0, INT32_MAX);

	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, t->args[0], partition)->offset =
		number(t->args[2], 0, INT64_MAX);
	records = rd_kafka_DeleteRecords_new(list);
	rd_kafka_topic_partition_list_destroy(list);
	connect_admin(t);
	rd_kafka_DeleteRecords(t->rk, &records, 1, NULL, t->answers);
	rd_kafka_DeleteRecords_destroy(records);
	take_answer(t);
}

static void
do_ready(struct tool *t)
{
	const struct rd_kafka_metadata *answer;
	int64_t seconds = t->n == 1 ? number(t->args[0], 1, 3600) : 30;
	int64_t end = now_ms() + seconds * 1000;
	bool is_ready = false;

	connect_as(t, RD_KAFKA_CONSUMER);
	while (!is_ready) {
		if (now_ms() > end)
			die("no broker answers in %" PRId64 " s", seconds);
		if (rd_kafka_metadata(t->rk, 0, NULL, &answer, 500) != 0) {
			step();
			continue;
		}
		is_ready = answer->broker_cnt > 0;
		rd_kafka_metadata_destroy(answer);
	}
}

/* ---- messages ---- */

static void
keep_error(rd_kafka_t *rk, const rd_kafka_message_t *m, void *error)
{
	(void)rk;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		*(rd_kafka_resp_err_t *)error = m->err;
}

static void
connect_producer(struct tool *t)
{
	set(t, "linger.ms", "0");
	set(t, "enable.idempotence", "true");
	rd_kafka_conf_set_dr_msg_cb(t->conf, keep_error);
	rd_kafka_conf_set_opaque(t->conf, &t->lost);
	connect_as(t, RD_KAFKA_PRODUCER);
}

/* librdkafka wants a pointer to what it does not change. */
static rd_kafka_vu_t
memory(rd_kafka_vtype_t type, struct bytes b)
{
	rd_kafka_vu_t v = {.vtype = type};

	v.u.mem.ptr = (void *)(uintptr_t)b.p;
	v.u.mem.size = b.n;
	return v;
}

/* Takes the headers, which may be NULL; a time of 0 is now. */
static void
produce(struct tool *t, int32_t partition, int64_t time_ms, struct bytes key,
	struct bytes value, rd_kafka_headers_t *headers)
{
	rd_kafka_vu_t message[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = t->args[0]},
		{.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = time_ms},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		memory(RD_KAFKA_VTYPE_KEY, key),
		memory(RD_KAFKA_VTYPE_VALUE, value),
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	};

	check_error(rd_kafka_produceva(t->rk, message,
				       COUNT(message) - (headers == NULL)),
		    "produce");
}

static void
flush(struct tool *t)
{
	check(rd_kafka_flush(t->rk, LIMIT_MS), "flush");
	check(t->lost, "not delivered");
}

/* A transaction's messages are in the log; what becomes of them is open. */
static void
begin_transaction(struct tool *t)
{
	set(t, "transactional.id", t->args[1]);
	connect_producer(t);
	check_error(rd_kafka_init_transactions(t->rk, LIMIT_MS), "init");
	/* Else the first message waits a second for the scan of topics. */
	wait_for_partitions(t, 1, INT_MAX);
	check_error(rd_kafka_begin_transaction(t->rk), "begin");
	for (size_t i = 2; i < t->n; i++) {
		struct bytes value = {t->args[i], strlen(t->args[i])};

		produce(t, 0, 0, (struct bytes){0}, value, NULL);
	}
	flush(t);
}

static void
do_commit(struct tool *t)
{
	begin_transaction(t);
	check_error(rd_kafka_commit_transaction(t->rk, LIMIT_MS), "commit");
}

static void
do_abort(struct tool *t)
{
	begin_transaction(t);
	check_error(rd_kafka_abort_transaction(t->rk, LIMIT_MS), "abort");
}

static void
do_open(struct tool *t)
{
	begin_transaction(t);
	_Exit(0);
}

static void
produce_odd(struct tool *t, int32_t partition, const struct odd *o)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(4);

	for (size_t i = 0; i < COUNT(o->headers); i++) {
		if (o->headers[i].name == NULL)
			break;
		check(rd_kafka_header_add(headers, o->headers[i].name, -1,
					  o->headers[i].value.p,
					  (ssize_t)o->headers[i].value.n),
		      "header");
	}
	produce(t, partition, o->time_ms, o->key, o->value, headers);
}

static void
do_binary(struct tool *t)
{
	int32_t partition = t->n == 2
				    ? (int32_t)number(t->args[1], 0, INT32_MAX)
				    : 0;

	connect_producer(t);
	for (size_t i = 0; i < COUNT(odds); i++)
		produce_odd(t, partition, &odds[i]);
	flush(t);
}

/* ---- dump ---- */

static void
print_bytes(const void *p, size_t n)
{
	const unsigned char *bytes = p;

	if (p == NULL)
		putchar('-');
	else if (n == 0)
		fputs("''", stdout);
	for (size_t i = 0; p != NULL && i < n; i++)
		printf("%02x", bytes[i]);
}

static void
print_message(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	const char *name;
	const void *value;
	size_t n;

	printf("%" PRId32 " %" PRId64 " %" PRId64 " ", m->partition, m->offset,
	       rd_kafka_message_timestamp(m, NULL));
	print_bytes(m->key, m->key_len);
	putchar(' ');
	print_bytes(m->payload, m->len);
	if (rd_kafka_message_headers(m, &headers) == 0) {
		for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name,
							   &value, &n) == 0;
		     i++) {
			putchar(' ');
			print_bytes(name, strlen(name));
			putchar('=');
			print_bytes(value, n);
		}
	}
	putchar('\n');
}

/* To the end of each partition, which is not always behind a message. */
static void
do_dump(struct tool *t)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(16);
	int64_t end = now_ms() + LIMIT_MS;
	int left;

	set(t, "group.id", "kafka_tool");
	set(t, "enable.auto.commit", "false");
	set(t, "enable.partition.eof", "true");
	set(t, "fetch.wait.max.ms", "10");
	connect_as(t, RD_KAFKA_CONSUMER);
	left = count_partitions(t, t->args[0]);
	if (left == 0)
		die("there is no topic '%s'", t->args[0]);
	for (int32_t i = 0; i < left; i++)
		rd_kafka_topic_partition_list_add(list, t->args[0], i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	check(rd_kafka_assign(t->rk, list), "assign");
	rd_kafka_topic_partition_list_destroy(list);
	while (left > 0) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(t->rk, 500);

		if (m == NULL) {
			if (now_ms() > end)
				die("no end of '%s'", t->args[0]);
			continue;
		}
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			left--;
		else if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			die("%s", rd_kafka_message_errstr(m));
		else
			print_message(m);
		rd_kafka_message_destroy(m);
	}
}

/* ---- main ---- */

static const struct command {
	const char *name;
	size_t least, most;
	void (*run)(struct tool *t);
} commands[] = {
	{"ready", 0, 1, do_ready},
	{"create", 2, SIZE_MAX, do_create},
	{"delete", 1, 1, do_delete},
	{"partitions", 2, 2, do_partitions},
	{"trim", 3, 3, do_trim},
	{"commit-txn", 3, SIZE_MAX, do_commit},
	{"abort-txn", 3, SIZE_MAX, do_abort},
	{"open-txn", 3, SIZE_MAX, do_open},
	{"produce-binary", 1, 2, do_binary},
	{"dump", 1, 1, do_dump},
};

static const struct command *
find_command(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(commands); i++) {
		const struct command *c = &commands[i];

		if (strcmp(c->name, name) == 0 && n >= c->least && n <= c->most)
			return c;
	}
	return NULL;
}

/* What is wrong is said by us, once; librdkafka would say it often. */
int
main(int argc, char **argv)
{
	struct tool t = {.conf = rd_kafka_conf_new()};
	const struct command *c = NULL;
	int i;

	set(&t, "log_level", "2");
	for (i = 1; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "-b") == 0) {
			set(&t, "bootstrap.servers", argv[i + 1]);
		} else if (strcmp(argv[i], "-X") == 0) {
			char *value = cut(argv[i + 1]);

			set(&t, argv[i + 1], value);
		} else {
			break;
		}
	}
	if (i < argc) {
		t.args = argv + i + 1;
		t.n = (size_t)(argc - i - 1);
		c = find_command(argv[i], t.n);
	}
	if (c == NULL) {
		fputs(usage, stderr);
		return 2;
	}
	c->run(&t);
	if (fflush(stdout) != 0 || ferror(stdout))
		die("cannot write");
	rd_kafka_destroy(t.rk);
	return 0;
}
