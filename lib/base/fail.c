/* SPDX-License-Identifier: MIT */
/*
 * Failures: one sentence, set once, where it happened. Text that comes from
 * data (names, keys, paths) may hold control characters, which would let a
 * line of data write over a terminal, so they are masked here and nowhere
 * else.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
mask_controls(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

int
fail_set(struct fail *f, int code, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL || f->code != 0)
		return code;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	mask_controls(f->text);
	return code;
}

int
fail_errno(struct fail *f, int code, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (f == NULL || f->code != 0)
		return code;
	f->code = code;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	n = strlen(f->text);
	if (n + 3 < sizeof(f->text)) {
		char why[128] = "";

		if (strerror_r(errnum, why, sizeof(why)) != 0)
			snprintf(why, sizeof(why), "error %d", errnum);
		snprintf(f->text + n, sizeof(f->text) - n, ": %s", why);
	}
	mask_controls(f->text);
	return code;
}

void
fail_prefix(struct fail *f, const char *fmt, ...)
{
	char before[FAIL_TEXT_MAX];
	char after[FAIL_TEXT_MAX];
	va_list ap;

	if (f == NULL || f->code == 0)
		return;
	va_start(ap, fmt);
	vsnprintf(before, sizeof(before), fmt, ap);
	va_end(ap);
	mask_controls(before);
	memcpy(after, f->text, sizeof(after));
	snprintf(f->text, sizeof(f->text), "%.500s%.500s", before, after);
}

int
fail_named(int rc, struct fail *f)
{
	if (rc != FAIL_IO)
		return rc;
	if (f != NULL)
		f->code = FAIL_USAGE;
	return FAIL_USAGE;
}

int
fail_memory(struct fail *f)
{
	return fail_set(f, FAIL_MEMORY, "out of memory");
}
