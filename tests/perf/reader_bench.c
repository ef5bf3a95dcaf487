/* SPDX-License-Identifier: MIT */
/*
 * How fast the reader is: reader_bench FILE [JOB [KERNEL [RUNS]]]. Without
 * JOB, every job in every kernel; the best of RUNS (3) is shown, in GB and
 * million lines per second of CPU time, system time included. One job, one
 * kernel and one run are what callgrind wants (not of avx512, which it does
 * not know).
 *
 * Wanted are ts, level and length of eventsim's lines, or all the keys of
 * the first line. "shuffled" is FILE with each line's members in another
 * order, from memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ndjson/ndjson.h"

#define SHUFFLED_MAX ((size_t)64 << 20)
#define KEYS_MAX     64

struct source {
	int fd; /* or -1: text */
	struct str text;
	size_t at;
};

struct job {
	const char *name;
	enum ndjson_mode mode;
	bool wants_all;
	bool is_shuffled;
};

static const struct job jobs[] = {
	{"structural-3", NDJSON_STRUCTURAL, false, false},
	{"full-3", NDJSON_FULL, false, false},
	{"full-all", NDJSON_FULL, true, false},
	{"shuffled-structural-3", NDJSON_STRUCTURAL, false, true},
	{"shuffled-full-3", NDJSON_FULL, false, true},
};

static struct str key[KEYS_MAX];
static size_t n_keys;
static struct str shuffled;

static int
die(const char *what)
{
	fprintf(stderr, "reader_bench: %s\n", what);
	exit(1);
}

static int
source_read(void *ctx, void *dst, size_t cap, size_t *got, struct fail *f)
{
	struct source *s = ctx;
	ssize_t n;

	if (s->fd < 0) {
		*got = s->text.n - s->at < cap ? s->text.n - s->at : cap;
		memcpy(dst, s->text.p + s->at, *got);
		s->at += *got;
		return 0;
	}
	n = read(s->fd, dst, cap);
	if (n < 0)
		return fail_errno(f, FAIL_IO, errno, "cannot read");
	*got = (size_t)n;
	return 0;
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The line's members, rotated and reversed by its number. */
static size_t
shuffle(char *out, struct str line, size_t number)
{
	struct ndjson_iter it = ndjson_members(line);
	struct str member[KEYS_MAX];
	struct ndjson_val v;
	struct str k;
	size_t n = 0;
	size_t len = 0;

	while (n < KEYS_MAX && ndjson_iter_next(&it, &k, &v)) {
		member[n].p = k.p - 1;
		member[n++].n = (size_t)(it.p - k.p) + 1;
	}
	for (size_t i = 0; i < n; i++) {
		size_t from = (number * 7 + (number % 2 ? n - i : i)) % n;

		out[len++] = i == 0 ? '{' : ',';
		memcpy(out + len, member[from].p, member[from].n);
		len += member[from].n;
	}
	out[len++] = '}';
	out[len++] = '\n';
	return len;
}

/* Read the head of the file: its keys, and a shuffled copy. */
static void
prepare(const char *path)
{
	char *text = malloc(SHUFFLED_MAX);
	char *out = malloc(SHUFFLED_MAX + 2);
	int fd = open(path, O_RDONLY);
	size_t n = 0, number = 0;
	ssize_t got = 1;
	struct ndjson_val v;

	if (text == NULL || out == NULL || fd < 0)
		die("cannot open the file");
	while (n < SHUFFLED_MAX && got > 0) {
		got = read(fd, text + n, SHUFFLED_MAX - n);
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	for (size_t at = 0; at < n; number++) {
		const char *lf = memchr(text + at, '\n', n - at);
		struct str line = {text + at, 0};

		if (lf == NULL)
			break;
		line.n = (size_t)(lf - line.p);
		if (number == 0) {
			struct ndjson_iter it = ndjson_members(line);

			while (n_keys < KEYS_MAX &&
			       ndjson_iter_next(&it, &key[n_keys], &v))
				n_keys++;
		}
		shuffled.n += shuffle(out + shuffled.n, line, number);
		at += line.n + 1;
	}
	shuffled.p = out; /* text stays too: the keys are in it */
}

static double
run(const struct job *j, const char *path, uint64_t *bytes, uint64_t *lines)
{
	static const struct str three[] = {
		{"ts", 2}, {"level", 5}, {"length", 6}};
	struct ndjson_options o = {.mode = j->mode};
	struct source s = {.fd = -1, .text = shuffled};
	struct ndjson *r;
	struct ndjson_line line;
	struct fail f = {0};
	double begin = cpu_seconds();
	int rc;

	if (!j->is_shuffled)
		s.fd = open(path, O_RDONLY);
	rc = ndjson_open(&r, j->wants_all ? key : three, NULL,
			 j->wants_all ? n_keys : 3, &o, &f);
	if (rc != 0)
		die(f.text);
	ndjson_start(r, source_read, &s);
	*bytes = *lines = 0;
	while ((rc = ndjson_next(r, &line, &f)) == 1) {
		*bytes += line.raw_n;
		(*lines)++;
	}
	if (rc < 0)
		die(f.text);
	ndjson_close(r);
	if (s.fd >= 0)
		close(s.fd);
	return cpu_seconds() - begin;
}

static void
show(const struct job *j, const char *path, int runs)
{
	uint64_t bytes, lines;
	double best = run(j, path, &bytes, &lines);

	while (--runs > 0) {
		double t = run(j, path, &bytes, &lines);

		best = t < best ? t : best;
	}
	printf("%-7s %-22s %6.3f s %6.2f GB/s %6.2f M lines/s\n",
	       ndjson_kernel(), j->name, best, (double)bytes / best / 1e9,
	       (double)lines / best / 1e6);
}

int
main(int argc, char **argv)
{
	static const char *const kernels[] = {"avx512", "avx2", "scalar"};
	int64_t runs = 3;

	if (argc < 2)
		return die("usage: reader_bench FILE [JOB [KERNEL [RUNS]]]");
	if (argc > 4 && num_parse_i64(argv[4], strlen(argv[4]), &runs) != 0)
		return die("how many runs?");
	prepare(argv[1]);
	for (size_t k = 0; k < 3; k++) {
		setenv("PLAYPIPE_KERNEL", kernels[k], 1);
		if (strcmp(ndjson_kernel(), kernels[k]) != 0 ||
		    (argc > 3 && strcmp(argv[3], kernels[k]) != 0))
			continue;
		for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
			if (argc < 3 || strcmp(argv[2], jobs[i].name) == 0)
				show(&jobs[i], argv[1], (int)runs);
		}
	}
	return 0;
}
