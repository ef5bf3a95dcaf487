/* SPDX-License-Identifier: MIT */
/*
 * kcat-out - publishes lines to Kafka, and accounts for every one. This file
 * wires the lines of a stream (fields.c makes records of them) to the client
 * (lib/kafka), in transactions if they are asked for (batch.c); what is not
 * delivered goes to failed.c. At the end lines = delivered + failed, and +
 * aborted where a source under barriers will send them again.
 */
#include "batch.h"
#include "failed.h"
#include "fields.h"
#include "opts.h"
#include "pace/pace.h"

#include <stdlib.h>

#include "base/banned.h"

#define DRAIN_MS     8000 /* behind a signal; 10 s are allowed */
#define IDLE_MS	     500
#define CLOCK_EVERY  256      /* lines between two looks at the clock */
#define TXN_LONGEST  "600000" /* ms; a batch between barriers is one */
#define DEFAULT_ZIP  0	      /* zstd */
#define EVENTHUB_ZIP 2	      /* gzip */

struct run {
	const struct opts *o;
	struct cli *cli;
	const char *topic; /* operand, or NULL */
	struct kafka *k;
	struct stream *stream;
	struct fields fields;
	struct failed failed;
	struct batch batch;
	struct envelope_writer *envelopes; /* of failed ones */
	struct pace pace;
	struct buf text;

	uint64_t lines;	  /* taken from the stream */
	struct str line;  /* of the record being put */
	bool is_refused;  /* it failed at once */
	struct fail stop; /* the brokers failed: read no more */

	const char *file; /* of the line, and of all before it */
	const char **files;
	size_t file_n, file_cap;
};

static bool
is_transactional(const struct run *r)
{
	return r->o->transactional_id != NULL;
}

/* ---- numbers ---- */

/* What is known of a record when it fails: its line, the input's index, and
 * whether its partition was given. */
#define LINE_BITS 40
#define FIXED_BIT ((uint64_t)1 << 63)

static int
number_of(struct run *r, const struct stream_record *rec, bool is_fixed,
	  uint64_t *number, struct fail *f)
{
	if (PORT_UNLIKELY(rec->file != r->file || r->file_n == 0)) {
		if (!MEM_GROW(&r->files, r->file_n, &r->file_cap))
			return fail_memory(f);
		r->file = r->files[r->file_n++] = rec->file;
	}
	*number = (uint64_t)(r->file_n - 1) << LINE_BITS | rec->line.number |
		  (is_fixed ? FIXED_BIT : 0);
	return 0;
}

static void
add_failed(struct run *r, uint64_t number, struct failed_line *line)
{
	size_t file = (size_t)((number & ~FIXED_BIT) >> LINE_BITS);

	line->line = number & (((uint64_t)1 << LINE_BITS) - 1);
	if (r->cli->operand_n > (r->topic != NULL))
		line->file = r->files[file];
	failed_add(&r->failed, line);
}

/* ---- failures ---- */

/* The envelope that a record came from. */
static struct str
envelope_of(struct run *r, const struct kafka_out *rec, bool is_fixed)
{
	struct envelope_header header[ENVELOPE_HEADERS_MAX];
	struct envelope e = {
		.topic = rec->topic,
		.partition = is_fixed ? rec->partition : -1,
		.offset = -1,
		.time_ms = rec->time_ms,
		.key = {rec->key, rec->key_n},
		.value = {rec->value, rec->value_n},
		.header = header,
	};

	while (e.header_n < rec->header_n - r->fields.header_n &&
	       e.header_n < ENVELOPE_HEADERS_MAX) {
		const struct kafka_header *h = &rec->header[e.header_n];

		header[e.header_n++] = (struct envelope_header){
			{h->name, h->name_n}, {h->value, h->value_n}};
	}
	buf_reset(&r->text);
	if (envelope_format(r->envelopes, &e, 1, &r->text) != 0)
		return STR_LIT("");
	return (struct str){r->text.p, r->text.len - 1};
}

static void
on_failed(void *ctx, const struct kafka_failure *x)
{
	struct run *r = ctx;
	struct failed_line line = {
		.code = x->code,
		.name = x->name,
		.text = x->text,
		.raw = {x->record->value, x->record->value_n},
	};

	r->is_refused = !x->is_late;
	if (x->is_late && is_transactional(r)) {
		/* Its transaction cannot be committed any more; it is told
		 * with all lines of that. */
		fail_set(&r->batch.cause, x->code, "%s", x->text);
		return;
	}
	if (x->is_late && (x->code == FAIL_RETRY || x->code == FAIL_DENIED))
		fail_set(&r->stop, x->code, "%s", x->text);
	if (!x->is_late)
		line.raw = r->line;
	else if (r->o->is_envelope)
		line.raw = envelope_of(r, x->record,
				       (x->number & FIXED_BIT) != 0);
	add_failed(r, x->number, &line);
}

static void
on_lost(void *ctx, uint64_t number, struct str raw, const struct fail *why)
{
	struct failed_line line = {
		.code = why == NULL || why->code == 0 ? FAIL_RETRY : why->code,
		.name = "TRANSACTION_ABORTED",
		.text = why == NULL ? "stopped" : why->text,
		.raw = raw,
	};

	add_failed(ctx, number, &line);
}

/* ---- set up ---- */

static const char *
choice(const char *choices, int i, char *out, size_t n)
{
	size_t len;

	while (i-- > 0)
		choices = strchr(choices, '|') + 1;
	len = strcspn(choices, "|");
	if (len >= n)
		len = n - 1;
	memcpy(out, choices, len);
	out[len] = '\0';
	return out;
}

static const char *
choice_of(const char *option, int i, char *out, size_t n)
{
	const struct cli_option *row = opts_tool.option;

	while (strcmp(row->name, option) != 0)
		row++;
	return choice(row->choices, i, out, n);
}

static const char *
ms_text(int64_t us, char *out)
{
	out[num_format_i64(out, us / UTC_MS)] = '\0';
	return out;
}

static int
open_kafka(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	char zip[16], partitioner[24], linger[24], timeout[24];
	bool is_hub = o->kafka.profile == KAFKA_PROFILE_EVENT_HUBS;
	int by_profile = is_hub ? EVENTHUB_ZIP : DEFAULT_ZIP;
	const struct kafka_setting setting[] = {
		{"enable.idempotence", "true"},
		/* With more on their way librdkafka 2.0 polls without a pause
		 * while the brokers are slower than we. */
		{"max.in.flight", "1"},
		{"compression.type",
		 choice_of("compression",
			   o->compression < 0 ? by_profile : o->compression,
			   zip, sizeof(zip))},
		{"partitioner", choice_of("partitioner", o->partitioner,
					  partitioner, sizeof(partitioner))},
		{"linger.ms", ms_text(o->linger_us, linger)},
		{"message.timeout.ms", ms_text(o->kafka.timeout_us, timeout)},
		{o->transactional_id != NULL ? "transactional.id" : NULL,
		 o->transactional_id},
		{"transaction.timeout.ms", TXN_LONGEST},
		{NULL, NULL},
	};

	return kafka_open(&r->k, KAFKA_WRITER, &o->kafka, setting, r->cli, f);
}

static int
set_create(struct run *r, struct fail *f)
{
	const char *text = r->o->create_topic;
	const char *comma = strchr(text, ',');
	size_t n = comma == NULL ? strlen(text) : (size_t)(comma - text);
	int64_t partitions, replicas = -1;

	if (num_parse_i64(text, n, &partitions) != 0 || partitions < 1 ||
	    partitions > LIMIT_PARTITIONS ||
	    (comma != NULL &&
	     (num_parse_i64(comma + 1, strlen(comma + 1), &replicas) != 0 ||
	      replicas < 1 || replicas > 100)))
		return fail_set(f, FAIL_USAGE,
				"--create-topic '%s': expected PARTITIONS or "
				"PARTITIONS,REPLICAS",
				text);
	kafka_create_missing(r->k, (int)partitions, (int)replicas);
	return 0;
}

/* Who forgets the topic, for a schema has one, gives a file for it. */
static int
check_topic(const struct run *r, struct fail *f)
{
	bool is_file = r->topic != NULL && io_is_file(r->topic);

	if (r->topic == NULL || kafka_is_topic_name(r->topic)) {
		if (is_file && r->o->schema != NULL && r->cli->operand_n == 1)
			cli_warn(r->cli,
				 "'%s' is taken for the topic, not for the "
				 "file of that name",
				 r->topic);
		return 0;
	}
	if (is_file)
		return fail_set(f, FAIL_USAGE,
				"'%s' is a file, but stands where the topic "
				"does: say TOPIC FILE, --topic-field FIELD "
				"FILE, or '< FILE'",
				r->topic);
	return fail_set(f, FAIL_USAGE,
			"'%s' cannot be a topic: expected letters, digits, "
			"'.', '_' and '-'",
			r->topic);
}

static int
check_options(const struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	int rc = kafka_check_options(&o->kafka, f);

	if (rc == 0)
		rc = check_topic(r, f);
	if (rc != 0)
		return rc;
	if ((o->want_position || o->position_topic != NULL) &&
	    o->transactional_id == NULL)
		return fail_set(f, FAIL_USAGE,
				"a position is that of a --transactional-id");
	if (o->want_position && r->topic == NULL && o->position_topic == NULL)
		return fail_set(f, FAIL_USAGE,
				"--print-position needs the TOPIC");
	return 0;
}

/* Serve what happens while the input has nothing to say. */
static int
on_idle(void *ctx, const struct io_in *in, struct fail *f)
{
	struct run *r = ctx;
	int rc = kafka_serve(r->k, f);

	while (rc == 0 && !io_in_wait(in, IDLE_MS)) {
		rc = kafka_serve(r->k, f);
		if (rc == 0 && r->stop.code != 0)
			return fail_set(f, r->stop.code, "%s", r->stop.text);
		if (rc == 0 && batch_is_full(&r->batch, true))
			rc = batch_commit(&r->batch, NULL, f);
		if (rc == 0)
			rc = failed_flush(&r->failed, f);
	}
	return rc;
}

static int
open_stream(struct run *r, struct fail *f)
{
	struct stream_options options = lines_stream(&r->o->lines, r->cli,
						     NULL);
	size_t skip = r->topic != NULL;
	const struct str *keys;
	const int *slot;
	size_t n;

	if (r->cli->operand_n == skip && io_stdin_is_terminal())
		return fail_set(f, FAIL_USAGE,
				"no FILE, and standard input is a terminal");
	fields_keys(&r->fields, &keys, &slot, &n);
	options.ndjson.mode = n == 0 ? NDJSON_LINES : NDJSON_STRUCTURAL;
	options.idle = on_idle;
	options.idle_ctx = r;
	return stream_open(&r->stream, r->cli->operand + skip,
			   r->cli->operand_n - skip, keys, slot, n, &options,
			   f);
}

static int
set_up(struct run *r, struct fail *f)
{
	const struct opts *o = r->o;
	int rc = fields_open(&r->fields, o, r->topic, f);

	if (rc == 0)
		rc = lines_check_output(r->cli, r->topic != NULL, "failed",
					o->failed, f);
	if (rc == 0)
		rc = failed_open(&r->failed, o->failed, r->cli, f);
	if (rc == 0 && o->is_envelope)
		rc = envelope_writer_open(&r->envelopes, f);
	if (rc == 0)
		rc = open_stream(r, f);
	if (rc == 0)
		rc = open_kafka(r, f);
	if (rc == 0)
		kafka_on_failed(r->k, on_failed, r);
	if (rc == 0 && o->create_topic != NULL)
		rc = set_create(r, f);
	if (rc == 0 && r->topic != NULL)
		rc = kafka_want_topic(r->k, str_of(r->topic), f);
	r->batch.lost = on_lost;
	r->batch.lost_ctx = r;
	if (rc == 0 && o->transactional_id != NULL)
		rc = batch_open(&r->batch, o, r->k, r->topic, r->cli, f);
	pace_init(&r->pace, 0, o->rate, 0);
	return rc;
}

static void
tear_down(struct run *r)
{
	stream_close(r->stream);
	batch_close(&r->batch);
	kafka_close(r->k);
	failed_close(&r->failed);
	fields_close(&r->fields);
	envelope_writer_close(r->envelopes);
	buf_release(&r->text);
	free(r->files);
}

/* ---- lines ---- */

/* The line, which was not even put. */
static int
refuse(struct run *r, const struct stream_record *rec, int code,
       const char *name, const char *text, struct fail *f)
{
	struct failed_line line = {
		.code = code,
		.name = name,
		.text = text,
		.raw = {rec->line.p, rec->line.n},
		.is_cut = rec->line.reason == NDJSON_TOO_LONG,
	};
	uint64_t number = 0;
	int rc = number_of(r, rec, false, &number, f);

	if (rc == 0)
		add_failed(r, number, &line);
	return rc;
}

static int
put(struct run *r, const struct stream_record *rec, const struct kafka_out *out,
    struct fail *f)
{
	uint64_t number = 0;
	int rc = number_of(r, rec, out->partition != KAFKA_ANY_PARTITION,
			   &number, f);

	if (rc == 0 && is_transactional(r))
		rc = batch_begin(&r->batch, f);
	r->is_refused = false;
	r->line = (struct str){rec->line.p, rec->line.n};
	if (rc == 0)
		rc = kafka_put(r->k, out, number, f);
	if (rc != 0) {
		struct fail ignored = {0};

		if (refuse(r, rec, rc == FAIL_SIGNAL ? FAIL_RETRY : rc,
			   "NOT_SENT", f->text, &ignored) != 0)
			*f = ignored;
		return rc;
	}
	if (!is_transactional(r) || r->is_refused)
		return 0;
	rc = batch_add(&r->batch, number, r->line, f);
	if (rc == 0 && batch_is_full(&r->batch, r->lines % CLOCK_EVERY == 0))
		rc = batch_commit(&r->batch, NULL, f);
	return rc;
}

static int
take_line(void *ctx, const struct stream_record *rec, struct fail *f)
{
	struct run *r = ctx;
	struct kafka_out out;
	struct fail why;
	const char *name = NULL;
	int rc;

	if (r->o->rate > 0) {
		rc = pace_wait(&r->pace, 0, r->lines, NULL, f);
		if (rc != 0)
			return refuse(r, rec, FAIL_RETRY, "NOT_SENT", "stopped",
				      f) != 0
				       ? f->code
				       : rc;
	}
	r->lines++;
	why.code = 0;
	rc = fields_read(&r->fields, rec, &out, &name, &why);
	if (PORT_LIKELY(rc == 0))
		rc = put(r, rec, &out, f);
	else if (rc == FAIL_DATA)
		rc = refuse(r, rec, FAIL_DATA, name, why.text, f);
	else
		rc = fail_set(f, rc, "%s", why.text);
	if (rc == 0 && r->o->rate > 0)
		rc = kafka_serve(r->k, f);
	if (rc == 0 && PORT_UNLIKELY(r->stop.code != 0))
		return fail_set(f, r->stop.code, "%s", r->stop.text);
	return rc;
}

static int
take_barrier(void *ctx, const struct barrier *b, struct fail *f)
{
	struct run *r = ctx;
	int rc = 0;

	if (!is_transactional(r))
		return 0;
	if (stream_counts(r->stream)->barriers == 1)
		return batch_check(&r->batch, b, f);
	rc = failed_judge(&r->failed, &r->o->lines, f);
	if (rc == 0)
		rc = failed_commit(&r->failed, f);
	return rc == 0 ? batch_commit(&r->batch, b, f) : rc;
}

/* ---- the end ---- */

/* Everything that was read is delivered or told, whatever rc says. */
static int
settle(struct run *r, int rc, struct fail *f)
{
	struct fail late = {0};
	int64_t limit = rc == FAIL_SIGNAL
				? DRAIN_MS
				: r->o->kafka.timeout_us / UTC_MS + DRAIN_MS;
	int rc2 = 0;

	if (is_transactional(r)) {
		if ((rc == 0 || rc == FAIL_SIGNAL) && !r->batch.has_barriers)
			rc2 = batch_commit(&r->batch, NULL, &late);
		else
			batch_abort(&r->batch, f);
	}
	if (rc2 == 0)
		rc2 = kafka_flush(r->k, limit, &late);
	if (rc2 != 0)
		kafka_drop(r->k);
	if (rc2 != 0 && (rc == 0 || rc == FAIL_SIGNAL)) {
		*f = late;
		return rc2;
	}
	return rc;
}

static int
tell_counts(struct run *r, struct fail *f)
{
	static const char *const name[] = {"delivered", "failed", "aborted"};
	uint64_t part[3] = {0, r->failed.n, r->batch.aborted};
	uint64_t taken, late;

	kafka_put_counts(r->k, &taken, &late);
	part[0] = is_transactional(r) ? r->batch.committed : taken - late;
	failed_tell(&r->failed);
	cli_stat(r->cli, "keyless", r->fields.keyless);
	if (is_transactional(r))
		cli_stat(r->cli, "transactions", r->batch.batches);
	return lines_account(r->cli, stream_counts(r->stream), part, name, 3,
			     f);
}

static int
finish(struct run *r, int rc, struct fail *f)
{
	struct fail late = {0};
	int rc2;

	rc = settle(r, rc, f);
	if (rc != 0 && r->stop.code != 0) {
		*f = (struct fail){0}; /* how many failed says more */
		rc = 0;
	}
	rc2 = failed_commit(&r->failed, &late);
	if (rc2 == 0)
		rc2 = tell_counts(r, &late);
	if (rc2 == 0 && rc == 0)
		rc2 = failed_judge(&r->failed, &r->o->lines, &late);
	if (rc2 == 0 || (rc != 0 && rc2 != FAIL_BUG))
		return rc;
	*f = late;
	return rc2;
}

static int
print_position(struct run *r, struct fail *f)
{
	const char *topic = r->o->position_topic != NULL ? r->o->position_topic
							 : r->topic;
	struct arena mem = {0};
	struct io_out *out = NULL;
	struct str line;
	int rc = batch_position(r->o, topic, r->cli, &mem, &line, f);

	if (rc == 0 && line.n > 0)
		rc = io_out_open_fd(&out, 1, "stdout", f);
	if (rc == 0 && line.n > 0)
		rc = io_out_write(out, line.p, line.n, f);
	if (rc == 0 && line.n > 0)
		rc = io_out_write(out, "\n", 1, f);
	if (rc == 0 && out != NULL)
		rc = io_out_flush(out, f);
	io_out_close(out);
	arena_release(&mem);
	return rc;
}

static int
run(struct run *r, struct fail *f)
{
	int rc = check_options(r, f);

	if (rc == 0 && r->o->want_position)
		return print_position(r, f);
	if (rc == 0)
		rc = set_up(r, f);
	if (rc != 0)
		return rc;
	rc = stream_run(r->stream, take_line, take_barrier, r, f);
	return finish(r, rc, f);
}

int
main(int argc, char **argv)
{
	struct opts o = {.compression = -1, .lines = {.max_bad = -1}};
	struct cli c;
	struct run r = {.o = &o, .cli = &c};
	struct fail f = {0};
	int status, rc;

	if (!cli_begin(&c, &opts_tool, argc, argv, &o, &status))
		return status;
	buf_init(&r.text, 8 * LIMIT_LINE_MAX);
	if (o.topic_field == NULL && c.operand_n > 0)
		r.topic = c.operand[0];
	rc = run(&r, &f);
	tear_down(&r);
	return cli_end(&c, rc, &f);
}
