/* SPDX-License-Identifier: MIT */
/*
 * Where shared data is. Looked for from the binary's own place first, so
 * that an installation works wherever it was unpacked, and a tool from a
 * build tree takes that tree's files; the place compiled in comes last.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PLAYPIPE_SHAREDIR
#define PLAYPIPE_SHAREDIR "/usr/local/share/playpipe"
#endif

/* Is folder/below there, with schemas in it? Then it is the answer. */
static bool
try_folder(char *out, const char *folder, const char *below)
{
	char probe[LIMIT_PATH];
	struct stat st;
	int n;

	n = snprintf(probe, sizeof(probe), "%s%s/schemas", folder, below);
	if (n < 0 || (size_t)n >= sizeof(probe) || stat(probe, &st) != 0)
		return false;
	snprintf(out, LIMIT_PATH, "%s%s", folder, below);
	return true;
}

/* The folder of this program; false where /proc is not there. */
static bool
own_folder(char *out)
{
	ssize_t n = readlink("/proc/self/exe", out, LIMIT_PATH - 1);
	char *slash;

	if (n <= 0)
		return false;
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

const char *
cli_share(void)
{
	static char found[LIMIT_PATH];
	const char *given = getenv("PLAYPIPE_SHARE");
	char own[LIMIT_PATH];

	if (given != NULL && *given != '\0')
		return given;
	if (found[0] != '\0')
		return found;
	/* PREFIX/bin/tool, or build/release/bin/tool */
	if (own_folder(own) && (try_folder(found, own, "/../share/playpipe") ||
				try_folder(found, own, "/../../../share")))
		return found;
	return PLAYPIPE_SHAREDIR;
}
