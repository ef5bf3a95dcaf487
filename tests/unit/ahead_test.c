/* SPDX-License-Identifier: MIT */
/* Reading ahead: a child writes to a pipe that we read by a thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/io.h"

#define MAX   ((size_t)100000) /* read ahead, and before it begins */
#define TOTAL ((size_t)3000000)

static pid_t child;
static struct io_in *in;
static char name[32]; /* borrowed by in */

static char
byte_at(size_t i)
{
	return (char)(i * 7 + i / 251);
}

/* Bytes from `from` on; a write that a signal or a full pipe cuts goes on. */
static void
write_bytes(int fd, size_t from, size_t n)
{
	static char bytes[TOTAL];

	for (size_t i = 0; i < n; i++)
		bytes[i] = byte_at(from + i);
	for (size_t at = 0; at < n;) {
		ssize_t put = write(fd, bytes + at, n - at);

		if (put < 0)
			_exit(1);
		at += (size_t)put;
	}
}

/* A child that writes n bytes, and holds the pipe open if it is to stay. */
static void
start(size_t n, bool is_to_stay)
{
	struct fail f = {0};
	int fd[2];

	assert_int_equal(pipe(fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fd[0]);
		write_bytes(fd[1], 0, n);
		while (is_to_stay)
			pause();
		_exit(0);
	}
	close(fd[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", fd[0]);
	assert_int_equal(io_in_open(&in, name, &f), 0);
	close(fd[0]);
	io_in_read_ahead(in, MAX);
}

static int
end(void **state)
{
	(void)state;
	io_in_close(in);
	in = NULL;
	if (child > 0)
		kill(child, SIGKILL);
	if (child > 0)
		waitpid(child, NULL, 0);
	child = 0;
	return 0;
}

/* Read by pieces of `step` up to n bytes in all, each as it should be; the
 * bytes read. */
static size_t
read_bytes(size_t from, size_t n, size_t step)
{
	static char bytes[TOTAL];
	struct fail f = {0};
	size_t at = from, got = 1;

	while (got > 0 && at < n) {
		size_t want = step < n - at ? step : n - at;

		if (io_in_read(in, bytes, want, &got, &f) != 0)
			fail_msg("%s", f.text);
		for (size_t i = 0; i < got; i++)
			if (bytes[i] != byte_at(at + i))
				fail_msg("byte %zu is another", at + i);
		at += got;
	}
	return at;
}

static void
all_bytes_come_in_order(void **state)
{
	for (size_t step = 70; step < TOTAL; step *= 31) {
		start(TOTAL, false);
		assert_int_equal(read_bytes(0, TOTAL + 1, step), TOTAL);
		assert_int_equal(io_in_taken(in), TOTAL);
		end(state);
	}
}

/* Who writes is done before we are: what the pipe cannot hold is read. */
static void
the_writer_need_not_wait(void **state)
{
	size_t n = MAX + LIMIT_PIPE + MAX / 2;
	int status;

	(void)state;
	start(n, false);
	/* one more, by which the thread begins */
	assert_int_equal(read_bytes(0, MAX, MAX), MAX);
	assert_int_equal(read_bytes(MAX, MAX + 1, 1), MAX + 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	child = 0;
	assert_int_equal(status, 0);
	assert_int_equal(read_bytes(MAX + 1, n + 1, 4096), n);
}

static void
waiting_is_as_for_a_pipe(void **state)
{
	(void)state;
	start(MAX + 10, true);
	assert_int_equal(read_bytes(0, MAX, MAX), MAX);
	assert_int_equal(read_bytes(MAX, MAX + 5, 5), MAX + 5);
	assert_true(io_in_wait(in, 60000));
	assert_int_equal(read_bytes(MAX + 5, MAX + 10, 5), MAX + 10);
	assert_true(io_in_is_idle(in));
	assert_false(io_in_wait(in, 10));
}

/* The thread waits for bytes, or for room: end() must not. */
static void
closing_does_not_wait(void **state)
{
	start(MAX + 1, true);
	assert_int_equal(read_bytes(0, MAX + 1, MAX), MAX + 1);
	end(state);
	start(TOTAL, true);
	assert_int_equal(read_bytes(0, MAX + 1, MAX), MAX + 1);
	end(state);
}

static void
a_signal_ends_the_wait(void **state)
{
	struct fail f = {0};
	char byte;
	size_t got;

	(void)state;
	io_signals_install(IO_SIGNALS_FILTER);
	start(MAX + 1, true);
	assert_int_equal(read_bytes(0, MAX + 1, MAX), MAX + 1);
	kill(getpid(), SIGTERM);
	assert_int_equal(io_in_read(in, &byte, 1, &got, &f), FAIL_SIGNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(all_bytes_come_in_order, end),
		cmocka_unit_test_teardown(the_writer_need_not_wait, end),
		cmocka_unit_test_teardown(waiting_is_as_for_a_pipe, end),
		cmocka_unit_test_teardown(closing_does_not_wait, end),
		cmocka_unit_test_teardown(a_signal_ends_the_wait, end),
	};

	alarm(60); /* for what would hang */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
