/* SPDX-License-Identifier: MIT */
/*
 * Signals. The handler sets a flag and writes to a pipe that every wait also
 * polls (the self-pipe trick), so no wake-up is lost between the test of the
 * flag and the wait. The second signal finds the default action.
 */
#include "io/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "io/io.h"

static volatile sig_atomic_t stop_signal;
static int wake[2] = {-1, -1};

static void
on_stop(int signum)
{
	int saved = errno;

	if (stop_signal == 0) {
		stop_signal = signum;
		if (wake[1] >= 0 && write(wake[1], "", 1) < 0)
			stop_signal = signum; /* the flag alone must do */
	}
	errno = saved;
}

void
io_signals_install(enum io_signal_mode mode)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {0};
	sigset_t pipe_set;

	sa.sa_handler = mode == IO_SIGNALS_FILTER ? SIG_DFL : SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &pipe_set, NULL);

	if (wake[0] < 0 && pipe(wake) == 0) {
		for (int i = 0; i < 2; i++) {
			fcntl(wake[i], F_SETFD, FD_CLOEXEC);
			fcntl(wake[i], F_SETFL, O_NONBLOCK);
		}
	}
	sa.sa_handler = on_stop;
	/* SA_RESETHAND: the second signal ends the process at once. */
	sa.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct sigaction old;

		/* nohup's and a shell's ignored signals stay ignored */
		if (sigaction(stops[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_IGN)
			continue;
		sigaction(stops[i], &sa, NULL);
	}
}

int
io_stop_signal(void)
{
	return stop_signal;
}

void
io_die_by_signal(int signum)
{
	sigset_t set;

	signal(signum, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, signum);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signum);
	_exit(128 + signum);
}

int
io_stopped(struct fail *f)
{
	return fail_set(f, FAIL_SIGNAL, "stopped by signal %d",
			(int)stop_signal);
}

int
io_wait(int fd, short events, struct fail *f)
{
	struct pollfd p[2] = {{fd, events, 0}, {wake[0], POLLIN, 0}};

	for (;;) {
		int n;

		if (stop_signal != 0)
			return io_stopped(f);
		n = poll(p, wake[0] >= 0 ? 2 : 1, -1);
		if (n < 0 && errno != EINTR)
			return fail_errno(f, FAIL_IO, errno, "cannot wait");
		if (n > 0 && p[0].revents != 0)
			return 0;
	}
}
