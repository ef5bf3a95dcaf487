/* SPDX-License-Identifier: MIT */
/*
 * From what the user says to librdkafka's configuration. Weakest first: what
 * a tool sets, what the profile asks for, what the memory limit means, the
 * file of properties, and last the properties of the command line. A secret
 * never stands on a command line, where every user of the machine can read
 * it: it is taken from a file.
 */
#include "kafka/client.h"

#include "io/io.h"

#include "base/banned.h"

/* Logging in by SCRAM with an older one fails against Kafka 4: the client's
 * nonce is sent twice (librdkafka pull request 4895). */
#define SCRAM_MENDED 0x020601ff

/* message.max.bytes' default; librdkafka wants fetch.max.bytes not below. */
#define MESSAGE_MAX 1000000

/* https://learn.microsoft.com/azure/event-hubs/apache-kafka-configurations */
static const struct kafka_setting event_hubs[] = {
	{"security.protocol", "SASL_SSL"},
	{"sasl.mechanism", "PLAIN"},
	{"sasl.username", "$ConnectionString"},
	{"message.max.bytes", "1046528"},
	{"topic.metadata.refresh.interval.ms", "180000"},
	{"connections.max.idle.ms", "180000"},
	{"session.timeout.ms", "30000"},
	{"socket.timeout.ms", "60000"},
	{"socket.keepalive.enable", "true"},
	{NULL, NULL},
};

static const char *const secrets[] = {
	"sasl.password",
	"ssl.key.password",
	"ssl.keystore.password",
	"ssl.key.pem",
	"sasl.oauthbearer.client.secret",
};

static bool
is_secret(struct str name)
{
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (str_is(name, secrets[i]))
			return true;
	return false;
}

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct fail *f)
{
	char text[512];

	if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	return fail_set(f, FAIL_USAGE, "%s", text);
}

static int
set_i64(rd_kafka_conf_t *conf, const char *name, int64_t value, struct fail *f)
{
	char text[24];

	text[num_format_i64(text, value)] = '\0';
	return set(conf, name, text, f);
}

static int
set_all(rd_kafka_conf_t *conf, const struct kafka_setting *s, struct fail *f)
{
	int rc = 0;

	for (; rc == 0 && s != NULL && s->name != NULL; s++)
		rc = set(conf, s->name, s->value, f);
	return rc;
}

/* What waits to be sent: more than this makes nothing quicker, but leaves the
 * processor's caches. A record costs some 128 bytes beside its own. */
#define QUEUE_MAX   ((int64_t)16 << 20)
#define RECORD_COST 128

static int
set_queue(struct kafka *k, rd_kafka_conf_t *conf, struct fail *f)
{
	int64_t limit = k->o->mem_limit / 2;
	int64_t most = limit < QUEUE_MAX ? limit : QUEUE_MAX;
	int rc = set_i64(conf, "queue.buffering.max.kbytes", most / 1024, f);

	k->out_bytes = most;
	if (rc == 0)
		rc = set_i64(conf, "queue.buffering.max.messages",
			     most / RECORD_COST, f);
	return rc == 0 ? set(conf, "delivery.report.only.error", "true", f)
		       : rc;
}

/*
 * What librdkafka holds of records before they are taken is limited by their
 * number and by the bytes of their values, in the sum of all partitions: half
 * and a quarter of the memory that a process without records leaves. A fetched
 * record costs some 400 bytes besides.
 * Both are overshot by the answer that is under way from each broker, which of
 * small records becomes twenty times as large, and of compressed ones more, so
 * it must not be large either. Measured: docs/kafka.md.
 */
#define PROCESS_COST ((int64_t)10 << 20)
#define FETCHED_COST 400
#define ANSWER_MAX   ((int64_t)4 << 20)

/* Since 2.2 a full queue is looked at again after this time; see consume.c for
 * those before. */
#define HAS_QUEUE_BACKOFF 0x020200ff

static int64_t
between(int64_t low, int64_t v, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static int
set_fetch(struct kafka *k, rd_kafka_conf_t *conf, struct fail *f)
{
	int64_t limit = k->o->mem_limit;
	int rc;

	limit -= limit / 2 < PROCESS_COST ? limit / 2 : PROCESS_COST;
	k->queue_n = between(1000, limit / 2 / FETCHED_COST, 10000000);
	k->queue_bytes = between(1 << 20, limit / 4, (int64_t)2097151 << 10);
	rc = set_i64(conf, "queued.min.messages", k->queue_n, f);
	if (rc == 0)
		rc = set_i64(conf, "queued.max.messages.kbytes",
			     k->queue_bytes / 1024, f);
	if (rc == 0) /* of a partition; more leaves the processor's caches */
		rc = set_i64(conf, "fetch.message.max.bytes",
			     between(1024, limit / 128, 512 << 10), f);
	if (rc == 0)
		rc = set_i64(conf, "fetch.max.bytes",
			     between(MESSAGE_MAX, limit / 64, ANSWER_MAX), f);
	if (rc == 0 && rd_kafka_version() >= HAS_QUEUE_BACKOFF)
		rc = set(conf, "fetch.queue.backoff.ms", "10", f);
	return rc;
}

static int
set_memory(struct kafka *k, rd_kafka_conf_t *conf, struct fail *f)
{
	if (k->kind == KAFKA_WRITER)
		return set_queue(k, conf, f);
	return set_fetch(k, conf, f);
}

/* ---- properties ---- */

/* The file's content without the line's end behind it. */
static int
read_value(struct kafka *k, const char *path, const char **value,
	   struct fail *f)
{
	struct buf text;
	int rc;

	buf_init(&text, LIMIT_CONFIG);
	rc = io_read_file(path, LIMIT_CONFIG, &text, f);
	rc = fail_named(rc, f);
	if (rc == 0) {
		*value = arena_copy(&k->mem, str_trim(buf_str(&text)));
		if (*value == NULL)
			rc = fail_memory(f);
	}
	buf_release(&text);
	return rc;
}

static int
set_property(struct kafka *k, rd_kafka_conf_t *conf, struct str line,
	     bool is_public, struct fail *f)
{
	const char *equals = memchr(line.p, '=', line.n);
	const char *name, *value;
	struct str left, right;
	int rc = 0;

	if (equals == NULL)
		return fail_set(f, FAIL_USAGE,
				"property '%.*s': expected NAME=VALUE",
				STR_ARG(line));
	left = str_trim((struct str){line.p, (size_t)(equals - line.p)});
	right = str_trim((struct str){equals + 1,
				      line.n - (size_t)(equals + 1 - line.p)});
	name = arena_copy(&k->mem, left);
	value = arena_copy(&k->mem, right);
	if (name == NULL || value == NULL)
		return fail_memory(f);
	if (value[0] == '@')
		rc = read_value(k, value + 1, &value, f);
	else if (is_public && is_secret(left))
		return fail_set(f, FAIL_USAGE,
				"property '%s' is a secret, and all users see "
				"command lines: say %s=@FILE, or put it into "
				"the file of --properties",
				name, name);
	return rc == 0 ? set(conf, name, value, f) : rc;
}

struct target {
	struct kafka *k;
	rd_kafka_conf_t *conf;
};

static int
take_line(void *ctx, struct str line, struct fail *f)
{
	struct target *t = ctx;

	return set_property(t->k, t->conf, line, false, f);
}

/* ---- all together ---- */

int
kafka_check_options(const struct kafka_options *o, struct fail *f)
{
	return o->brokers != NULL
		       ? 0
		       : fail_set(f, FAIL_USAGE,
				  "no brokers: say --brokers HOST:PORT, or set "
				  "KAFKA_BROKERS");
}

static bool
is_set_to(rd_kafka_conf_t *conf, const char *name, const char *prefix)
{
	char value[64] = "";
	size_t n = sizeof(value);

	return rd_kafka_conf_get(conf, name, value, &n) == RD_KAFKA_CONF_OK &&
	       strncmp(value, prefix, strlen(prefix)) == 0;
}

static void
warn_of_scram(struct kafka *k, rd_kafka_conf_t *conf)
{
	if (rd_kafka_version() < SCRAM_MENDED &&
	    is_set_to(conf, "sasl.mechanism", "SCRAM"))
		cli_warn(k->cli,
			 "librdkafka %s cannot log in by SCRAM to Kafka 4.0 or "
			 "newer, only to older ones; 2.6.1 and later can",
			 rd_kafka_version_str());
}

/* Without the command librdkafka would wait for a token for ever. */
static int
check_token(struct kafka *k, rd_kafka_conf_t *conf, struct fail *f)
{
	if (k->o->token_command != NULL) {
		rd_kafka_conf_set_oauthbearer_token_refresh_cb(
			conf, kafka_refresh_token);
		return 0;
	}
	if (!is_set_to(conf, "sasl.mechanism", "OAUTHBEARER") ||
	    is_set_to(conf, "sasl.oauthbearer.method", "oidc") ||
	    is_set_to(conf, "enable.sasl.oauthbearer.unsecure.jwt", "true"))
		return 0;
	return fail_set(f, FAIL_USAGE,
			"sasl.mechanism=OAUTHBEARER needs --token-command, or "
			"sasl.oauthbearer.method=oidc");
}

int
kafka_configure(struct kafka *k, const struct kafka_setting *setting,
		rd_kafka_conf_t **out, struct fail *f)
{
	const struct kafka_options *o = k->o;
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int rc;

	rc = set(conf, "client.id", k->cli->tool->name, f);
	if (rc == 0)
		rc = set_all(conf, setting, f);
	if (rc == 0 && o->profile == KAFKA_PROFILE_EVENT_HUBS)
		rc = set_all(conf, event_hubs, f);
	if (rc == 0)
		rc = set_memory(k, conf, f);
	if (rc == 0 && o->brokers != NULL)
		rc = set(conf, "bootstrap.servers", o->brokers, f);
	if (rc == 0 && o->property_file != NULL)
		rc = cli_read_settings(o->property_file, take_line,
				       &(struct target){k, conf}, f);
	for (size_t i = 0; rc == 0 && i < o->property.n; i++)
		rc = set_property(k, conf, str_of(o->property.item[i]), true,
				  f);
	if (rc == 0)
		rc = check_token(k, conf, f);
	if (rc != 0) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	warn_of_scram(k, conf);
	*out = conf;
	return 0;
}
