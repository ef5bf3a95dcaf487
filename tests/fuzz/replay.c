/* SPDX-License-Identifier: MIT */
/*
 * The replay driver: runs a fuzz target without a fuzzer, over every file of
 * the folders (or files) named, and over mutations of each that depend on
 * nothing but its bytes, so that every run is the same. Speaks TAP, one test
 * a file. Each input is in a block of exactly its size, for the address
 * sanitizer to see a read beyond it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX	((size_t)1 << 20)
#define MUTATIONS	64
#define MUTATED_AT_MOST ((size_t)64 << 10) /* larger files run once */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned tests;

/* A step of xorshift64 (Marsaglia 2003): any fixed sequence would do. */
static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void
run_one(const uint8_t *data, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		abort();
	if (n > 0)
		memcpy(copy, data, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

/* Change a few bytes, cut, or repeat a piece: data has room for 2 n. */
static size_t
mutate(uint8_t *data, size_t n, uint64_t *x)
{
	static const uint8_t telling[] = "{}[]\",:\\0-.eE\n\r\0\x80\xff";
	size_t changes = next_random(x) % 4 + 1;
	size_t at = (size_t)(next_random(x) % n);

	switch (next_random(x) % 4) {
	case 0:
		return at;
	case 1:
		memmove(data + n, data + at, n - at);
		return n + n - at;
	default:
		for (; changes > 0; changes--) {
			uint64_t r = next_random(x);

			data[next_random(x) % n] =
				r & 1 ? telling[(r >> 8) % sizeof(telling)]
				      : (uint8_t)(r >> 8);
		}
		return n;
	}
}

static void
run_mutations(const uint8_t *data, size_t n)
{
	uint64_t x = 0x9e3779b97f4a7c15u ^ n; /* any odd constant */
	uint8_t *work;

	if (n == 0 || n > MUTATED_AT_MOST)
		return;
	work = malloc(2 * n);
	if (work == NULL)
		abort();
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(work, data, n);
		run_one(work, mutate(work, n, &x));
	}
	free(work);
}

static void
run_file(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL) {
		printf("not ok %u - cannot open %s\n", ++tests, path);
		return;
	}
	n = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* told first, so that a crash is known by its file */
	printf("# %s\n", path);
	fflush(stdout);
	run_one(data, n);
	run_mutations(data, n);
	printf("ok %u - %s\n", ++tests, path);
}

static int
is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
run_folder(const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_visible, alphasort);

	for (int i = 0; i < n; i++) {
		char name[4096];

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		run_file(name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			run_folder(argv[i]);
		else if (stat(argv[i], &st) == 0)
			run_file(argv[i]);
	}
	/* without a corpus there is at least the empty input */
	run_one((const uint8_t *)"", 0);
	printf("ok %u - the empty input\n", ++tests);
	printf("1..%u\n", tests);
	return 0;
}
