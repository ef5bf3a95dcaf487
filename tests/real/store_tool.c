/* SPDX-License-Identifier: MIT */
/*
 * A test's hand on lib/store, for any place:
 *
 *	put URL KEY FILE	create FILE's bytes as KEY, or replace it
 *	create URL KEY FILE	put if absent; "created" or "exists"
 *	write URL KEY FILE	the same as put, piece by piece
 *	abandon URL KEY FILE	as write, and close without a commit
 *	get URL KEY		the whole object
 *	range URL KEY OFFSET N	a part of it
 *	pieces URL KEY N FILE	all of it, N bytes at a time; FILE is
 *				put in its place behind the first piece
 *	stat URL KEY		"SIZE MTIME_MS" or "absent"
 *	list URL FOLDER FROM [deep]	keys and sizes
 *	delete URL KEY...	one by one: "deleted" or "absent"
 *	delete-all URL FOLDER	all below it, in batches
 *	fill URL FOLDER N	N small objects, by put-if-absent
 */
#include <stdio.h>
#include <stdlib.h>

#include "io/io.h"
#include "store/store.h"

#define WHOLE ((size_t)1 << 30)
#define PIECE 100000

struct args {
	struct store *s;
	char **item;
	int n;
};

static int
read_in(const char *path, struct buf *b, struct fail *f)
{
	buf_init(b, WHOLE);
	return io_read_file(path, WHOLE, b, f);
}

static int
print(const void *p, size_t n, struct fail *f)
{
	return fwrite(p, 1, n, stdout) == n
		       ? 0
		       : fail_set(f, FAIL_IO, "cannot write");
}

static int
whole_file(struct args *a, bool is_create, struct fail *f)
{
	struct str key = str_of(a->item[0]);
	struct buf b;
	int rc = read_in(a->item[1], &b, f);

	if (rc == 0)
		rc = is_create ? store_put_if_absent(a->s, key, buf_str(&b), f)
			       : store_put(a->s, key, buf_str(&b), f);
	if (rc >= 0 && is_create)
		puts(rc == STORE_EXISTS ? "exists" : "created");
	buf_release(&b);
	return rc < 0 ? rc : 0;
}

static int
in_pieces(struct args *a, bool want_commit, struct fail *f)
{
	struct store_writer *w = NULL;
	struct buf b;
	int rc = read_in(a->item[1], &b, f);

	if (rc == 0)
		rc = store_writer_open(&w, a->s, str_of(a->item[0]), f);
	for (size_t at = 0; rc == 0 && at < b.len; at += PIECE)
		rc = store_writer_put(w, b.p + at,
				      b.len - at < PIECE ? b.len - at : PIECE,
				      f);
	if (rc == 0 && want_commit)
		rc = store_writer_commit(w, f);
	store_writer_close(w);
	buf_release(&b);
	return rc;
}

static int
get(struct args *a, struct fail *f)
{
	struct buf b;
	int rc;

	buf_init(&b, WHOLE);
	rc = store_get(a->s, str_of(a->item[0]), WHOLE, &b, f);
	if (rc == STORE_OK)
		rc = print(b.p, b.len, f);
	else if (rc == STORE_ABSENT)
		rc = fail_set(f, FAIL_DATA, "'%s' is absent", a->item[0]);
	buf_release(&b);
	return rc;
}

static int
range(struct args *a, struct fail *f)
{
	size_t n = (size_t)strtoull(a->item[2], NULL, 10);
	char *dst = malloc(n + 1);
	struct store_reader *r = NULL;
	int rc = store_reader_open(&r, a->s, str_of(a->item[0]), f);

	if (rc == 0)
		rc = store_reader_get(r, strtoull(a->item[1], NULL, 10), dst, n,
				      f);
	if (rc == 0)
		rc = print(dst, n, f);
	store_reader_close(r);
	free(dst);
	return rc;
}

static int
pieces(struct args *a, struct fail *f)
{
	size_t n = (size_t)strtoull(a->item[1], NULL, 10);
	char *dst = malloc(n);
	struct store_reader *r = NULL;
	struct str key = str_of(a->item[0]);
	struct buf other;
	int rc = read_in(a->item[2], &other, f);

	if (rc == 0)
		rc = store_reader_open(&r, a->s, key, f);
	for (uint64_t at = 0; rc == 0 && at < store_reader_bytes(r); at += n) {
		uint64_t left = store_reader_bytes(r) - at;
		size_t part = left < n ? (size_t)left : n;

		rc = store_reader_get(r, at, dst, part, f);
		if (rc == 0)
			rc = print(dst, part, f);
		if (rc == 0 && at == 0 && other.len > 0)
			rc = store_put(a->s, key, buf_str(&other), f);
	}
	store_reader_close(r);
	buf_release(&other);
	free(dst);
	return rc;
}

static int
look(struct args *a, struct fail *f)
{
	struct store_info info;
	int rc = store_stat(a->s, str_of(a->item[0]), &info, f);

	if (rc == STORE_OK)
		printf("%llu %lld\n", (unsigned long long)info.bytes,
		       (long long)info.mtime_ms);
	else if (rc == STORE_ABSENT)
		puts("absent");
	return rc < 0 ? rc : 0;
}

static int
list(struct args *a, struct fail *f)
{
	struct arena mem = {0};
	struct store_list l;
	int rc = store_list(a->s, a->item[0], str_of(a->item[1]), a->n > 2,
			    &mem, &l, f);

	for (size_t i = 0; i < l.n; i++)
		printf("%.*s %llu\n", (int)l.item[i].key.n, l.item[i].key.p,
		       (unsigned long long)l.item[i].bytes);
	arena_release(&mem);
	return rc;
}

static int
delete_each(struct args *a, struct fail *f)
{
	int rc = 0;

	for (int i = 0; rc >= 0 && i < a->n; i++) {
		rc = store_delete(a->s, str_of(a->item[i]), f);
		if (rc >= 0)
			puts(rc == STORE_ABSENT ? "absent" : "deleted");
	}
	return rc < 0 ? rc : 0;
}

static int
delete_all(struct args *a, struct fail *f)
{
	struct arena mem = {0};
	struct store_list l;
	struct str *key = NULL;
	int rc = store_list(a->s, a->item[0], STR_LIT(""), true, &mem, &l, f);

	if (rc == 0)
		key = arena_zalloc(&mem, l.n + 1, sizeof(*key));
	for (size_t i = 0; rc == 0 && i < l.n; i++)
		key[i] = l.item[i].key;
	/* one that is not there is no trouble */
	if (rc == 0) {
		key[l.n] = STR_LIT("no such key");
		rc = store_delete_many(a->s, key, l.n + 1, f);
	}
	arena_release(&mem);
	return rc;
}

static int
fill(struct args *a, struct fail *f)
{
	int rc = 0;

	for (long i = 0; rc == 0 && i < strtol(a->item[1], NULL, 10); i++) {
		char key[256];

		snprintf(key, sizeof(key), "%s%020ld.json", a->item[0], i);
		rc = store_put_if_absent(a->s, str_of(key), STR_LIT("{}\n"), f);
	}
	return rc;
}

static int
run(const char *verb, struct args *a, struct fail *f)
{
	if (strcmp(verb, "put") == 0 || strcmp(verb, "create") == 0)
		return whole_file(a, verb[0] == 'c', f);
	if (strcmp(verb, "write") == 0 || strcmp(verb, "abandon") == 0)
		return in_pieces(a, verb[0] == 'w', f);
	if (strcmp(verb, "get") == 0)
		return get(a, f);
	if (strcmp(verb, "range") == 0)
		return range(a, f);
	if (strcmp(verb, "pieces") == 0)
		return pieces(a, f);
	if (strcmp(verb, "stat") == 0)
		return look(a, f);
	if (strcmp(verb, "list") == 0)
		return list(a, f);
	if (strcmp(verb, "delete") == 0)
		return delete_each(a, f);
	if (strcmp(verb, "delete-all") == 0)
		return delete_all(a, f);
	if (strcmp(verb, "fill") == 0)
		return fill(a, f);
	return fail_set(f, FAIL_USAGE, "no such action: '%s'", verb);
}

int
main(int argc, char **argv)
{
	struct args a = {.item = argv + 3, .n = argc - 3};
	struct fail f = {0};
	int rc = FAIL_USAGE;

	if (argc > 3)
		rc = store_open(&a.s, argv[2], &f);
	else
		fail_set(&f, rc, "usage: store_tool ACTION URL ARG...");
	if (rc == 0)
		rc = run(argv[1], &a, &f);
	store_close(a.s);
	if (rc < 0)
		fprintf(stderr, "store_tool: %s\n", f.text);
	return fflush(stdout) != 0 ? 74 : rc < 0 ? -rc : rc;
}
