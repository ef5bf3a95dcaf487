/* SPDX-License-Identifier: MIT */
/*
 * Texts for people (help, scripts, templates) are put together from many
 * small pieces; looking at each result would hide what is being said, so a
 * failure sticks and is looked at once, when the text is printed.
 */
#include "cli/cli_private.h"

#include <stdarg.h>
#include <stdio.h>

void
cli_text_init(struct cli_text *t)
{
	buf_init(&t->buf, CLI_TEXT_MAX);
	t->code = 0;
}

void
cli_text_release(struct cli_text *t)
{
	buf_release(&t->buf);
}

void
cli_text_add(struct cli_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	if (t->code != 0)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	t->code = n < 0 ? FAIL_MEMORY : buf_reserve(&t->buf, (size_t)n + 1);
	if (t->code == 0) {
		vsnprintf(t->buf.p + t->buf.len, (size_t)n + 1, fmt, again);
		t->buf.len += (size_t)n;
	}
	va_end(again);
}

void
cli_text_add_choices(struct cli_text *t, const char *choices,
		     const char *separator)
{
	for (; *choices != '\0'; choices++)
		if (*choices == '|')
			cli_text_add(t, "%s", separator);
		else
			cli_text_add(t, "%c", *choices);
}
