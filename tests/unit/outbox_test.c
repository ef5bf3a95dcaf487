/* SPDX-License-Identifier: MIT */
/* Values stay where they are until they are settled, and blocks come back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "kafka/outbox.h"

#define VALUE (OUTBOX_BLOCK / 8)

static const char *
add(struct outbox *o, char fill)
{
	static char text[VALUE];

	memset(text, fill, sizeof(text));
	return outbox_add(o, text, sizeof(text));
}

static void
a_block_is_free_when_its_last_value_is_settled(void **state)
{
	const char *value[64];
	struct outbox o;
	size_t n = 0;

	(void)state;
	assert_int_equal(outbox_init(&o, 2 * OUTBOX_BLOCK, NULL), 0);
	do {
		while (outbox_has_room(&o, VALUE)) {
			value[n] = add(&o, (char)('!' + n));
			n++;
		}
	} while (outbox_turn(&o));
	assert_int_equal(n, 4 * 8);
	for (size_t i = 0; i < 7; i++) {
		outbox_settle(&o, value[i]);
		assert_false(outbox_turn(&o));
	}
	outbox_settle(&o, value[7]);
	assert_true(outbox_turn(&o));
	assert_ptr_equal(add(&o, 'x'), value[0]);
	for (size_t i = 8; i < n; i++)
		for (size_t at = 0; at < VALUE; at++)
			assert_int_equal(value[i][at], '!' + i);
	outbox_release(&o);
}

static void
what_is_not_a_value_of_the_outbox_settles_nothing(void **state)
{
	struct outbox o;
	const char *first;

	(void)state;
	assert_int_equal(outbox_init(&o, 0, NULL), 0);
	first = add(&o, 'a');
	outbox_settle(&o, NULL);
	outbox_settle(&o, outbox_add(&o, "b", 0));
	outbox_settle(&o, "elsewhere");
	assert_memory_equal(outbox_copy(&o, "key", 3), "key", 3);
	assert_true(outbox_turn(&o));
	assert_false(outbox_turn(&o));
	outbox_settle(&o, first);
	assert_true(outbox_turn(&o));
	outbox_release(&o);
}

/* ---- two threads ---- */

#define PASSED 20000
#define RING   1024

struct ring {
	struct outbox o;
	const char *value[RING];
	atomic_size_t put, got;
	size_t wrong;
};

static void *
settle_all(void *arg)
{
	struct ring *r = arg;

	for (size_t i = 0; i < PASSED; i++) {
		while (atomic_load(&r->put) == i)
			continue;
		r->wrong += memcmp(r->value[i % RING], &i, sizeof(i)) != 0;
		outbox_settle(&r->o, r->value[i % RING]);
		atomic_store(&r->got, i + 1);
	}
	return NULL;
}

static void
another_thread_settles(void **state)
{
	static struct ring r;
	pthread_t thread;

	(void)state;
	assert_int_equal(outbox_init(&r.o, 0, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, settle_all, &r), 0);
	for (size_t i = 0; i < PASSED; i++) {
		char text[1000];

		memset(text, 0, sizeof(text));
		memcpy(text, &i, sizeof(i));
		while (!outbox_has_room(&r.o, sizeof(text)) &&
		       !outbox_turn(&r.o))
			continue;
		while (i - atomic_load(&r.got) >= RING)
			continue;
		r.value[i % RING] = outbox_add(&r.o, text, sizeof(text));
		atomic_store(&r.put, i + 1);
	}
	pthread_join(thread, NULL);
	assert_int_equal(r.wrong, 0);
	outbox_release(&r.o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_block_is_free_when_its_last_value_is_settled),
		cmocka_unit_test(
			what_is_not_a_value_of_the_outbox_settles_nothing),
		cmocka_unit_test(another_thread_settles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
