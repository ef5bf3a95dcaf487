/* SPDX-License-Identifier: MIT */
/*
 * A scratch folder for a group of tests: made before, current during, and
 * removed after. cmocka_run_group_tests(tests, scratch_make, scratch_remove)
 */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch_folder[] = "/tmp/playpipe-test.XXXXXX";

static int
scratch_make(void **state)
{
	(void)state;
	return mkdtemp(scratch_folder) == NULL || chdir(scratch_folder) != 0;
}

static int
scratch_remove(void **state)
{
	pid_t pid;
	int status = 1;

	(void)state;
	if (chdir("/") != 0)
		return 1;
	pid = fork();
	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", scratch_folder, (char *)NULL);
		_exit(127);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

#endif
