/* SPDX-License-Identifier: MIT */
/*
 * What people see on stderr: messages, each erasing the progress line before
 * it is told, and the progress line itself. A message is one write(2), so
 * that the stages of a pipe do not mix theirs. Nothing can be told about a
 * failure to write here, so results of writes are not looked at.
 */
#include "cli/cli_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRESS_DELAY_US  UTC_SECOND
#define PROGRESS_PERIOD_US (UTC_SECOND / 6)
#define PROGRESS_FILE_US   (10 * UTC_SECOND) /* when not a terminal */
#define MESSAGE_MAX	   ((size_t)2 * FAIL_TEXT_MAX)

static void
tell(const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(STDERR_FILENO, p, n);

		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static void
report_json(struct cli *c, const char *level, int code, const char *text,
	    const char *hint)
{
	char now[UTC_TEXT_MAX];
	struct doc_writer w;
	struct buf b;

	/* every byte may become a \u00XX */
	buf_init(&b, MESSAGE_MAX * 8);
	doc_writer_init(&w, &b, 0);
	doc_begin_object(&w, NULL);
	doc_put_str(&w, "ts",
		    (struct str){now, utc_format_places(now, utc_now(), 3)});
	doc_put_cstr(&w, "tool", c->tool->name);
	doc_put_cstr(&w, "level", level);
	if (code != 0)
		doc_put_i64(&w, "code", code);
	doc_put_cstr(&w, "msg", text);
	if (hint != NULL)
		doc_put_cstr(&w, "hint", hint);
	doc_end_object(&w);
	if (doc_writer_end(&w, NULL) == 0 && buf_add_char(&b, '\n') == 0)
		tell(b.p, b.len);
	buf_release(&b);
}

static void
report_text(struct cli *c, enum cli_level level, const char *text,
	    const char *hint)
{
	static const char *const words[] = {"", "warning: ", ""};
	static const char *const colors[] = {"\033[31m", "\033[33m", "\033[2m"};
	const char *on = c->want_color ? colors[level] : "";
	const char *off = c->want_color ? "\033[0m" : "";
	char line[MESSAGE_MAX];
	int n;

	n = snprintf(line, sizeof(line), "%s%s: %s%s%s\n", on, c->tool->name,
		     words[level], off, text);
	if (n > 0)
		tell(line,
		     (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
	if (hint == NULL)
		return;
	n = snprintf(line, sizeof(line), "%s: %s\n", c->tool->name, hint);
	if (n > 0)
		tell(line,
		     (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
}

void
cli_report(struct cli *c, enum cli_level level, int code, const char *text,
	   const char *hint)
{
	static const char *const levels[] = {"error", "warning", "info"};

	cli_progress_erase(c);
	if (c->is_json_log)
		report_json(c, levels[level], code, text, hint);
	else
		report_text(c, level, text, hint);
}

static void report_args(struct cli *c, enum cli_level level, const char *fmt,
			va_list ap) PORT_PRINTF(3, 0);

static void
report_args(struct cli *c, enum cli_level level, const char *fmt, va_list ap)
{
	struct fail f = {0}; /* masks control characters */
	char text[FAIL_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	fail_set(&f, FAIL_DATA, "%s", text);
	cli_report(c, level, 0, f.text, NULL);
}

void
cli_warn(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (c->is_quiet)
		return;
	va_start(ap, fmt);
	report_args(c, CLI_WARNING, fmt, ap);
	va_end(ap);
}

void
cli_info(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	if (c->verbose == 0)
		return;
	va_start(ap, fmt);
	report_args(c, CLI_INFO, fmt, ap);
	va_end(ap);
}

void
cli_complain(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	c->private->complaints++;
	if (c->is_quiet ||
	    (c->private->complaints > CLI_COMPLAINTS && c->verbose == 0))
		return;
	va_start(ap, fmt);
	report_args(c, CLI_WARNING, fmt, ap);
	va_end(ap);
}

void
cli_complaints_end(struct cli *c)
{
	uint64_t n = c->private->complaints;

	if (n > CLI_COMPLAINTS && c->verbose == 0)
		cli_warn(c, "%llu more like these not told (-v tells all)",
			 (unsigned long long)(n - CLI_COMPLAINTS));
}

/* ---- progress ---- */

void
cli_progress_erase(struct cli *c)
{
	if (!c->private->is_progress_shown)
		return;
	c->private->is_progress_shown = false;
	if (c->private->is_stderr_terminal)
		tell("\r\033[K", 4);
}

/* "12 ", "3.4 k", "56 M": three figures at most, and room for a unit. */
static void
format_amount(char *dst, size_t n, double v)
{
	static const char *const suffix[] = {" ", " k", " M", " G", " T"};
	size_t i = 0;

	while (v >= 1000 && i + 1 < sizeof(suffix) / sizeof(suffix[0])) {
		v /= 1000;
		i++;
	}
	snprintf(dst, n, "%.*f%s", i > 0 && v < 10 ? 1 : 0, v, suffix[i]);
}

static void
show(struct cli *c, int64_t elapsed_us, uint64_t done, int64_t total,
     uint64_t lines)
{
	double seconds = (double)elapsed_us / (double)UTC_SECOND;
	bool is_terminal = c->private->is_stderr_terminal;
	char bytes[16], count[16], rate[16], share[16] = "", line[160];
	int n;

	format_amount(bytes, sizeof(bytes), (double)done);
	format_amount(count, sizeof(count), (double)lines);
	format_amount(rate, sizeof(rate), (double)lines / seconds);
	if (total > 0)
		snprintf(share, sizeof(share), "%.0f%%, ",
			 100 * (double)done / (double)total);
	n = snprintf(line, sizeof(line), "%s%s: %s%slines, %sB, %slines/s%s",
		     is_terminal ? "\r" : "", c->tool->name, share, count,
		     bytes, rate, is_terminal ? "\033[K" : "\n");
	if (n > 0 && (size_t)n < sizeof(line))
		tell(line, (size_t)n);
	c->private->is_progress_shown = true;
}

/* Only the foreground job may write over a terminal's line. */
static bool
is_foreground(void)
{
	return tcgetpgrp(STDERR_FILENO) == getpgrp();
}

void
cli_progress(struct cli *c, uint64_t done, int64_t total, uint64_t lines)
{
	struct cli_private *p = c->private;
	int64_t now;

	if (!c->want_progress)
		return;
	now = utc_monotonic();
	if (p->progress_due_us == 0)
		p->progress_due_us = p->began_us + PROGRESS_DELAY_US;
	if (now < p->progress_due_us)
		return;
	p->progress_due_us = now + (p->is_stderr_terminal ? PROGRESS_PERIOD_US
							  : PROGRESS_FILE_US);
	if (!p->is_stderr_terminal || is_foreground())
		show(c, now - p->began_us, done, total, lines);
}
