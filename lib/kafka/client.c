/* SPDX-License-Identifier: MIT */
/*
 * The client and its troubles. librdkafka tries again for ever and tells what
 * goes wrong on the side (error callback, log); both wait in its queue until
 * we serve it. Here the worst of it is remembered, so that a call that timed
 * out can say why: "invalid credentials" and not "timed out".
 */
#include "kafka/client.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

const char *
kafka_library(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "librdkafka %s", rd_kafka_version_str());
	return text;
}

/* ---- errors ---- */

int
kafka_code(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		return 0;
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
		return FAIL_DENIED;
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
	case RD_KAFKA_RESP_ERR__INVALID_ARG:
	case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
	case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
	case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
	case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
		return FAIL_USAGE;
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR__BAD_MSG:
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
		return FAIL_DATA;
	default:
		return FAIL_RETRY;
	}
}

static bool
is_hopeless(int code)
{
	return code == FAIL_DENIED || code == FAIL_USAGE || code == FAIL_DATA;
}

/* A handshake that broke off may be a broker that ends or a port of another
 * kind; one about certificates or their names stays as it is. */
static int
code_of(rd_kafka_resp_err_t err, const char *reason)
{
	if (err == RD_KAFKA_RESP_ERR__SSL &&
	    strstr(reason, "certificate") == NULL &&
	    strstr(reason, "alert") == NULL)
		return FAIL_RETRY;
	return kafka_code(err);
}

/* Keep what can be mended by the user, else what came last, but that all
 * brokers are down says less than why. */
static void
remember(struct kafka *k, rd_kafka_resp_err_t err, const char *text)
{
	int code = code_of(err, text);

	if (is_hopeless(k->trouble.code) ||
	    (k->trouble.code != 0 &&
	     err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN))
		return;
	k->trouble = (struct fail){0};
	fail_set(&k->trouble, code, "%s", text);
}

static void
on_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct kafka *k = opaque;
	char text[512];

	if (err == RD_KAFKA_RESP_ERR__FATAL)
		err = rd_kafka_fatal_error(rk, text, sizeof(text));
	cli_info(k->cli, "%s: %s", rd_kafka_err2name((rd_kafka_resp_err_t)err),
		 reason);
	remember(k, (rd_kafka_resp_err_t)err, reason);
}

/* Newer ones tell of some connections that fail only here, "[thrd:x]: y". */
static void
on_log(const rd_kafka_t *rk, int level, const char *what, const char *text)
{
	struct kafka *k = rd_kafka_opaque(rk);
	const char *reason = strstr(text, "]: ");

	(void)level;
	cli_info(k->cli, "librdkafka: %s: %s", what, text);
	if (strcmp(what, "FAIL") == 0 && reason != NULL)
		remember(k, RD_KAFKA_RESP_ERR__TRANSPORT, reason + 3);
}

int
kafka_poll(struct kafka *k, struct fail *f)
{
	/* A member's queue is served by kafka_next alone: records wait in it
	 * too, which librdkafka must not be asked to serve. */
	if (!k->is_group)
		rd_kafka_poll(k->rk, 0);
	if (io_stop_signal() != 0)
		return fail_set(f, FAIL_SIGNAL, "stopped by a signal");
	if (is_hopeless(k->trouble.code))
		return fail_set(f, k->trouble.code, "%s", k->trouble.text);
	return 0;
}

int
kafka_fail(struct kafka *k, rd_kafka_resp_err_t err, struct fail *f,
	   const char *fmt, ...)
{
	char text[512];
	va_list args;
	int rc;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	rc = kafka_poll(k, f);
	if (rc != 0) {
		fail_prefix(f, "%s: ", text);
		return rc;
	}
	return fail_set(f, kafka_code(err), "%s: %s", text,
			k->trouble.code != 0 ? k->trouble.text
					     : rd_kafka_err2str(err));
}

int
kafka_fail_error(rd_kafka_error_t *error, struct fail *f, const char *what)
{
	int rc;

	if (error == NULL)
		return 0;
	rc = fail_set(f, kafka_code(rd_kafka_error_code(error)), "%s: %s", what,
		      rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return rc;
}

/* ---- open ---- */

const char *
kafka_topic_name(struct kafka *k, const char *name)
{
	/* The NUL is of the key, so that the map's copy has it too. */
	int64_t i = map_add(&k->topics, (struct str){name, strlen(name) + 1},
			    NULL);

	return i < 0 ? NULL : k->topics.key[i].p;
}

/*
 * librdkafka takes memory for each answer of a broker in one thread and gives
 * it back in another. As the C library is set up, that means fresh pages from
 * the kernel for every megabyte: keep them (5 to 10 % of all CPU time).
 */
static void
keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 128 << 20);
	mallopt(M_ARENA_MAX, 2);
#endif
}

int
kafka_open(struct kafka **out, enum kafka_kind kind,
	   const struct kafka_options *o, const struct kafka_setting *setting,
	   struct cli *c, struct fail *f)
{
	struct kafka *k = calloc(1, sizeof(*k));
	rd_kafka_conf_t *conf = NULL;
	char text[512];
	int rc;

	if (k == NULL)
		return fail_memory(f);
	k->o = o;
	k->cli = c;
	k->kind = kind;
	map_init(&k->topics, LIMIT_PARTITIONS);
	keep_memory();
	rc = kafka_configure(k, setting, &conf, f);
	if (rc != 0) {
		kafka_close(k);
		return rc;
	}
	rd_kafka_conf_set_opaque(conf, k);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	if (kind == KAFKA_READER)
		rd_kafka_conf_set_rebalance_cb(conf, kafka_rebalance);
	else
		rc = kafka_prepare_out(k, conf, f);
	if (rc != 0) {
		rd_kafka_conf_destroy(conf);
		kafka_close(k);
		return rc;
	}
	k->rk = rd_kafka_new(kind == KAFKA_WRITER ? RD_KAFKA_PRODUCER
						  : RD_KAFKA_CONSUMER,
			     conf, text, sizeof(text));
	if (k->rk == NULL) {
		/* No threads to be had, or what was asked for is wrong. */
		rc = rd_kafka_last_error() ==
				     RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE
			     ? FAIL_RETRY
			     : FAIL_USAGE;
		rd_kafka_conf_destroy(conf);
		kafka_close(k);
		return fail_set(f, rc, "%s", text);
	}
	rd_kafka_set_log_queue(k->rk, NULL); /* NULL: the main queue */
	*out = k;
	return 0;
}

/* ---- questions ---- */

static int
least(int64_t a, int b)
{
	return a < b ? (int)a : b;
}

struct kafka_tries
kafka_try(int64_t time_us)
{
	int64_t ms = time_us / UTC_MS;

	return (struct kafka_tries){utc_monotonic() / UTC_MS + ms,
				    least(ms, KAFKA_SLICE_MS)};
}

bool
kafka_try_again(struct kafka_tries *t)
{
	int64_t left_ms = t->end_ms - utc_monotonic() / UTC_MS;

	t->wait_ms = least(2 * (int64_t)t->wait_ms, KAFKA_WAIT_MS);
	t->wait_ms = least(left_ms, t->wait_ms);
	return left_ms > 0;
}

int
kafka_cluster(struct kafka *k, struct str *id, struct fail *f)
{
	struct kafka_tries tries = kafka_try(k->o->timeout_us);
	int rc = 0;

	while (k->cluster == NULL && rc == 0) {
		k->cluster = rd_kafka_clusterid(k->rk, tries.wait_ms);
		rc = kafka_poll(k, f);
		if (rc == 0 && k->cluster == NULL && !kafka_try_again(&tries))
			return kafka_fail(k, RD_KAFKA_RESP_ERR__TIMED_OUT, f,
					  "the brokers tell no cluster id");
	}
	if (rc == 0)
		*id = str_of(k->cluster);
	return rc;
}
