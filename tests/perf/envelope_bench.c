/* SPDX-License-Identifier: MIT */
/*
 * How long an envelope takes: envelope_bench FILE [RUNS]. Each line of FILE
 * is a value; shown is the best of RUNS (3), in CPU time a record: writing,
 * and for scale the exact parser's verdict on the value alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "envelope/envelope.h"
#include "io/io.h"

#define FILE_MAX_BYTES ((size_t)1 << 30)

static int
die(const char *what)
{
	fprintf(stderr, "envelope_bench: %s\n", what);
	exit(1);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
write_all(struct envelope_writer *w, struct str rest, struct buf *out)
{
	struct envelope e = {.topic = STR_LIT("listen_events"),
			     .time_ms = 1795338000000,
			     .key = STR_LIT("u4711")};
	size_t n = 0;

	for (; str_line(&rest, &e.value); n++) {
		e.partition = (int32_t)(n % 6);
		e.offset = (int64_t)n;
		if (out->len > LIMIT_WRITE_BLOCK)
			buf_reset(out);
		if (envelope_format(w, &e, 1, out) != 0)
			die("no memory");
	}
	return n;
}

static size_t
validate_all(struct str rest)
{
	struct str line;
	size_t n = 0, at;

	for (; str_line(&rest, &line); n++)
		if (ndjson_validate(line.p, line.n, LIMIT_DEPTH, 0, &at) != 0)
			die("a line is no JSON");
	return n;
}

int
main(int argc, char **argv)
{
	int runs = 3;
	double best_write = 1e9, best_check = 1e9;
	struct envelope_writer *w;
	struct buf file, out;

	buf_init(&file, FILE_MAX_BYTES);
	buf_init(&out, LIMIT_LINE_MAX);
	if (argc < 2 || io_read_file(argv[1], FILE_MAX_BYTES, &file, NULL) != 0)
		die("usage: envelope_bench FILE [RUNS]");
	if (envelope_writer_open(&w, NULL) != 0)
		die("no memory");
	for (int i = 0; i < runs; i++) {
		double begin = cpu_seconds(), middle, end;
		size_t n = write_all(w, buf_str(&file), &out);

		middle = cpu_seconds();
		(void)validate_all(buf_str(&file));
		end = cpu_seconds();
		if ((middle - begin) / (double)n < best_write)
			best_write = (middle - begin) / (double)n;
		if ((end - middle) / (double)n < best_check)
			best_check = (end - middle) / (double)n;
	}
	printf("write %.3f us a record, exact check of the value %.3f us\n",
	       best_write * 1e6, best_check * 1e6);
	envelope_writer_close(w);
	buf_release(&file);
	buf_release(&out);
	return 0;
}
