/* SPDX-License-Identifier: MIT */
/* The command line: values, precedence, refusals, statistics. Messages and
 * printed texts are tested on the tools, in tests/cli. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "unit/scratch.h"

struct opts {
	const char *suite;
	int fail_on;
	int64_t gap, max_line, limit, from;
	struct cli_list columns, faults;
	bool is_dry_run;
	double mostly;
	unsigned kinds;
};

#define AT(member) offsetof(struct opts, member)

static const struct cli_option rows[] = {
	{'s', "suite", CLI_PATH, "FILE", NULL, "T_SUITE", NULL, "a suite", NULL,
	 0, 0, AT(suite)},
	{0, "fail-on", CLI_CHOICE, "WORD", "warning", NULL, NULL, "when",
	 "critical|warning|never", 0, 0, AT(fail_on)},
	{'g', "gap", CLI_DURATION, "D", "30m", "T_GAP", NULL, "gap", NULL, 0, 0,
	 AT(gap)},
	{0, "max-line", CLI_SIZE, "N", "1M", NULL, NULL, "longest", NULL, 64,
	 1 << 28, AT(max_line)},
	{'l', "limit", CLI_INTEGER, "N", NULL, NULL, NULL, "stop", NULL, 0, 0,
	 AT(limit)},
	{0, "from", CLI_TIME, "TIME", NULL, NULL, NULL, "from", NULL, 0, 0,
	 AT(from)},
	{0, "columns", CLI_COLUMNS, "LIST", NULL, NULL, NULL, "columns", NULL,
	 0, 0, AT(columns)},
	{'f', "fault", CLI_LIST, "KIND=RATE", NULL, NULL, NULL, "faults", NULL,
	 0, 0, AT(faults)},
	{'n', "dry-run", CLI_FLAG, NULL, NULL, NULL, NULL, "nothing", NULL, 0,
	 0, AT(is_dry_run)},
	{0, "mostly", CLI_NUMBER, "X", NULL, NULL, NULL, "share", NULL, 0, 1,
	 AT(mostly)},
	{'k', "kinds", CLI_CHOICES, "LIST", NULL, "T_KINDS", NULL, "kinds",
	 "late|lost|later", 0, 0, AT(kinds)},
};

static const struct cli_tool tool = {
	.name = "t",
	.summary = "tests",
	.operands = "[FILE...]",
	.max_operands = 2,
	.option = rows,
	.option_n = sizeof(rows) / sizeof(rows[0]),
	.exit_codes = "0 2",
};

/* ---- values ---- */

static void
test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{"0", 0},
		{"500ms", 500000},
		{"30s", 30000000},
		{"30m", 1800000000},
		{"2h", 7200000000},
		{"7d", 604800000000},
		{"1w", 604800000000},
		{"1.5s", 1500000},
		{"0.000001s", 1},
		{"100000d", 8640000000000000},
		{"9223372036854us", 9223372036854},
	};
	static const char *const bad[] = {
		"",	 "s",	       "3",   "-3s",
		"3 s",	 "+3s",	       "03s", "3S",
		"1e3s",	 "0.0000001s", "3ss", "0.5us",
		"1h30m", ".5s",	       "5.s", "99999999999999d",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(cli_parse_duration(good[i].text, &us), 0);
		assert_true(us == good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cli_parse_duration(bad[i], &us) == 0)
			fail_msg("'%s' was taken as a duration", bad[i]);
}

static void
test_sizes(void **state)
{
	static const char *const bad[] = {"",	 "K",  "1.5M", "1k",
					  "1MB", "-1", "1 K",  "8388608T"};
	int64_t n;

	(void)state;
	assert_int_equal(cli_parse_size("0", &n), 0);
	assert_int_equal(cli_parse_size("64M", &n), 0);
	assert_true(n == 67108864);
	assert_int_equal(cli_parse_size("8388607T", &n), 0);
	assert_true(n == 8388607 * ((int64_t)1 << 40));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cli_parse_size(bad[i], &n) == 0)
			fail_msg("'%s' was taken as a size", bad[i]);
}

static void
test_rates(void **state)
{
	static const char *const bad[] = {"",	  "%",	   "1.1",   "101%",
					  "-0.1", "1e-1%", "0.1 %", "nan"};
	double x;

	(void)state;
	assert_int_equal(cli_parse_rate("0.001", &x), 0);
	assert_true(x == 0.001);
	assert_int_equal(cli_parse_rate("0.1%", &x), 0);
	assert_true(x == 0.001);
	assert_int_equal(cli_parse_rate("100%", &x), 0);
	assert_true(x == 1);
	assert_int_equal(cli_parse_rate("0.7%", &x), 0);
	assert_true(x == 0.007);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cli_parse_rate(bad[i], &x) == 0)
			fail_msg("'%s' was taken as a rate", bad[i]);
}

static void
test_shards(void **state)
{
	static const char *const bad[] = {"",	"1",  "0/4", "5/4",
					  "1/", "/4", "1/9", "-1/4"};
	uint32_t shard, shards;

	(void)state;
	assert_int_equal(cli_parse_shard(NULL, 8, &shard, &shards, NULL), 0);
	assert_int_equal(shard, 0);
	assert_int_equal(shards, 1);
	assert_int_equal(cli_parse_shard("8/8", 8, &shard, &shards, NULL), 0);
	assert_int_equal(shard, 7);
	assert_int_equal(shards, 8);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			cli_parse_shard(bad[i], 8, &shard, &shards, NULL),
			FAIL_USAGE);
}

static void
test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {
		{"1970-01-02", UTC_DAY},
		{"1970-01-01T00:00:01Z", UTC_SECOND},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1540006905796", 1540006905796000},
		{"-1", -1000},
		{"now", 10 * UTC_DAY},
		{"now-3d", 7 * UTC_DAY},
		{"now+1h", 10 * UTC_DAY + UTC_HOUR},
	};
	static const char *const bad[] = {
		"",
		"yesterday",
		"nowish",
		"now-",
		"now-3",
		"now3d",
		"2026-02-30",
		"2026-11-22T10:00",
		"1e3",
		"now--3d",
		"99999999999999999",
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(
			cli_parse_time(good[i].text, 10 * UTC_DAY, &us), 0);
		assert_true(us == good[i].us);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cli_parse_time(bad[i], 0, &us) == 0)
			fail_msg("'%s' was taken as a time", bad[i]);
}

/* ---- a whole command line ---- */

#define ARGS_MAX 16

/*
 * cli_begin with these words, NULL ended, and stderr kept out of the test's
 * output; -1 when it let the run go on, else the exit status.
 */
static int
begin(struct cli *c, struct opts *o, ...)
{
	char *argv[ARGS_MAX + 1] = {(char *)(uintptr_t) "t"};
	int argc = 1, status = -1, saved = dup(2);
	int sink = open("messages", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	va_list ap;
	bool is_running;

	va_start(ap, o);
	while (argc < ARGS_MAX && (argv[argc] = va_arg(ap, char *)) != NULL)
		argc++;
	va_end(ap);
	*o = (struct opts){.limit = -1};
	dup2(sink, 2);
	is_running = cli_begin(c, &tool, argc, argv, o, &status);
	dup2(saved, 2);
	close(saved);
	close(sink);
	return is_running ? -1 : status;
}

/* What begin's messages were. */
static void
read_messages(struct buf *out)
{
	buf_init(out, 65536);
	assert_int_equal(io_read_file("messages", 65536, out, NULL), 0);
	assert_int_equal(buf_add_char(out, '\0'), 0);
}

/* cli_end closes stdout, which cmocka still needs. */
static int
end(struct cli *c, int rc)
{
	struct fail f = {.code = rc};
	int saved = dup(1), status;

	status = cli_end(c, rc, &f);
	dup2(saved, 1);
	close(saved);
	return status;
}

static void
test_defaults(void **state)
{
	struct opts o;
	struct cli c;

	(void)state;
	assert_int_equal(begin(&c, &o, NULL), -1);
	assert_null(o.suite);
	assert_int_equal(o.fail_on, 1);
	assert_true(o.gap == 1800 * UTC_SECOND);
	assert_true(o.max_line == 1048576);
	assert_true(o.limit == -1); /* no default: left as it was */
	assert_int_equal(o.kinds, 0);
	assert_int_equal(c.operand_n, 0);
	assert_int_equal(end(&c, 0), 0);
}

static void
test_every_form(void **state)
{
	struct opts o;
	struct cli c;

	(void)state;
	assert_int_equal(begin(&c, &o, "-vnvs", "a.json", "x", "--gap=2h",
			       "--limit", "5", "-fa=1", "--fault", "b=2",
			       "--columns", "p,q,r", "--", "-y", NULL),
			 -1);
	assert_string_equal(o.suite, "a.json");
	assert_true(o.gap == 2 * UTC_HOUR);
	assert_true(o.limit == 5);
	assert_true(o.is_dry_run);
	assert_int_equal(c.verbose, 2);
	assert_int_equal(o.faults.n, 2);
	assert_string_equal(o.faults.item[1], "b=2");
	assert_int_equal(o.columns.n, 3);
	assert_string_equal(o.columns.item[2], "r");
	assert_int_equal(c.operand_n, 2);
	assert_string_equal(c.operand[0], "x");
	assert_string_equal(c.operand[1], "-y");
	assert_int_equal(end(&c, 0), 0);
}

static void
test_a_list_of_choices_is_a_set(void **state)
{
	static const struct {
		const char *text;
		unsigned kinds;
	} good[] = {
		{"late", 1},
		{"lost", 2},
		{"later", 4},
		{"later,late", 5},
		{"late,lost,later", 7},
		{"lost,lost", 2},
	};
	struct opts o;
	struct cli c;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(begin(&c, &o, "-k", good[i].text, NULL), -1);
		assert_int_equal(o.kinds, good[i].kinds);
		assert_int_equal(end(&c, 0), 0);
	}
	/* the last one holds, as of all options but lists */
	assert_int_equal(begin(&c, &o, "-klate", "-klost", NULL), -1);
	assert_int_equal(o.kinds, 2);
	assert_int_equal(end(&c, 0), 0);
	setenv("T_KINDS", "late,later", 1);
	assert_int_equal(begin(&c, &o, NULL), -1);
	assert_int_equal(o.kinds, 5);
	assert_int_equal(end(&c, 0), 0);
	unsetenv("T_KINDS");
}

static void
expect_refused(const char *word, const char *value, const char *message)
{
	struct opts o;
	struct cli c;
	struct buf told;

	assert_int_equal(begin(&c, &o, word, value, NULL), 2);
	read_messages(&told);
	if (strncmp(told.p, message, strlen(message)) != 0)
		fail_msg("told: %s", told.p);
	assert_non_null(strstr(told.p, "\nt: try 't --help'\n"));
	buf_release(&told);
}

static void
test_refusals(void **state)
{
	(void)state;
	expect_refused("--sute", NULL,
		       "t: unknown option '--sute', did you mean '--suite'?\n");
	expect_refused("--wholly-different", NULL,
		       "t: unknown option '--wholly-different'\n");
	expect_refused("--limi", "3",
		       "t: unknown option '--limi', did you mean '--limit'?\n");
	expect_refused("-x", NULL, "t: unknown option '-x'\n");
	expect_refused("--gap", NULL, "t: option '--gap' needs a value D\n");
	expect_refused("-g", NULL, "t: option '-g' needs a value D\n");
	expect_refused("--dry-run=yes", NULL,
		       "t: option '--dry-run' takes no value\n");
	expect_refused("--limit", "-1",
		       "t: option '--limit': '-1' is negative\n");
	expect_refused("--max-line", "1",
		       "t: option '--max-line': '1' is not between 64 and ");
	expect_refused("--mostly", "2",
		       "t: option '--mostly': '2' is not between 0 and 1\n");
	expect_refused("--fail-on", "warn",
		       "t: option '--fail-on': 'warn' is none of critical, "
		       "warning, never\n");
	expect_refused("--kinds", "lost,la",
		       "t: option '--kinds': 'la' is none of late, lost, "
		       "later\n");
	expect_refused("--kinds", "lost,", "t: option '--kinds': '' is none");
	expect_refused("--kinds", "", "t: option '--kinds': '' is none");
	expect_refused("--columns", "a,,b",
		       "t: option '--columns': 'a,,b' has an empty name");
	expect_refused("--suite", "",
		       "t: option '--suite': the value is empty\n");
	expect_refused("--config", "absent.conf",
		       "t: cannot open 'absent.conf': No such file");
}

static void
test_too_many_operands(void **state)
{
	struct opts o;
	struct cli c;

	(void)state;
	assert_int_equal(begin(&c, &o, "a", "b", "c", NULL), 2);
}

static void
write_config(const char *text)
{
	assert_int_equal(io_write_file("t.conf", str_of(text), NULL), 0);
}

static void
test_precedence(void **state)
{
	struct opts o;
	struct cli c;

	(void)state;
	write_config("# settings\n\nt.gap = 1h\nt.suite = file.json\n"
		     "t.fault=a\nt.fault = b \r\nevgen.gap = nonsense\n"
		     "flow.lake = here\n"
		     "t.dry-run = true\nverbose = 1");
	assert_int_equal(begin(&c, &o, "--config", "t.conf", NULL), -1);
	assert_true(o.gap == UTC_HOUR);
	assert_int_equal(o.faults.n, 2);
	assert_string_equal(o.faults.item[1], "b");
	assert_true(o.is_dry_run);
	assert_int_equal(c.verbose, 1);
	assert_int_equal(end(&c, 0), 0);

	setenv("PLAYPIPE_CONFIG", "t.conf", 1);
	setenv("T_GAP", "3h", 1);
	setenv("T_SUITE", "", 1); /* empty counts as unset */
	assert_int_equal(begin(&c, &o, NULL), -1);
	assert_true(o.gap == 3 * UTC_HOUR);
	assert_string_equal(o.suite, "file.json");
	assert_int_equal(end(&c, 0), 0);

	assert_int_equal(begin(&c, &o, "-g4h", "-fc", NULL), -1);
	assert_true(o.gap == 4 * UTC_HOUR);
	assert_int_equal(o.faults.n, 1); /* replaced, not added to */
	assert_int_equal(end(&c, 0), 0);
	unsetenv("PLAYPIPE_CONFIG");
	unsetenv("T_GAP");
	unsetenv("T_SUITE");
}

static void
test_config_errors_have_a_place(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"\nnonsense\n", "t: 't.conf': line 2: expected 'key = value'"},
		{"t.x = 1", "t: 't.conf': line 1: unknown setting 't.x'"},
		{"t.help = true", "t: 't.conf': line 1: unknown setting"},
		{"gap = 1h",
		 "t: 't.conf': line 1: setting 'gap' needs the tool's name"},
		{"t.gap = x", "t: 't.conf': line 1: t.gap: 'x' is not a dur"},
		{"dqcheck.suite = x",
		 "t: 't.conf': line 1: unknown tool 'dqcheck', did you mean "
		 "'dq-check'?\n"},
		{"completely.other = x",
		 "t: 't.conf': line 1: unknown tool 'completely'\n"},
		{".gap = x", "t: 't.conf': line 1: unknown tool ''"},
	};
	struct opts o;
	struct cli c;
	struct buf told;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_config(bad[i].text);
		assert_int_equal(begin(&c, &o, "--config=t.conf", NULL), 2);
		read_messages(&told);
		if (strncmp(told.p, bad[i].message, strlen(bad[i].message)) !=
		    0)
			fail_msg("told: %s", told.p);
		buf_release(&told);
	}
}

/* ---- the end ---- */

static void
test_exit_statuses(void **state)
{
	static const int codes[] = {FAIL_VERDICT, FAIL_USAGE,  FAIL_DATA,
				    FAIL_BUG,	  FAIL_MEMORY, FAIL_IO,
				    FAIL_RETRY,	  FAIL_DENIED, FAIL_NOTHING};
	struct opts o;
	struct cli c;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_int_equal(begin(&c, &o, NULL), -1);
		assert_int_equal(end(&c, codes[i]), -codes[i]);
	}
}

static void
test_statistics(void **state)
{
	struct opts o;
	struct cli c;
	struct buf text;
	const char *keys;

	(void)state;
	assert_int_equal(begin(&c, &o, "--stats", "stats.json", NULL), -1);
	cli_stat(&c, "lines", 1);
	cli_stat_in(&c, "bad", "cut", 2);
	cli_stat_in(&c, "bad", "utf8", 3);
	cli_stat_text(&c, "kernel", "scalar \"1\"");
	cli_stat_f64(&c, "share", 0.5);
	cli_stat(&c, "lines", UINT64_MAX);
	assert_int_equal(end(&c, 0), 0);
	buf_init(&text, 65536);
	assert_int_equal(io_read_file("stats.json", 65536, &text, NULL), 0);
	assert_int_equal(buf_add_char(&text, '\0'), 0);
	keys = "{\"tool\":\"t\",\"version\":\"" CLI_VERSION "\",\"status\":0,"
	       "\"seconds\":";
	assert_memory_equal(text.p, keys, strlen(keys));
	assert_non_null(strstr(text.p,
			       ",\"lines\":18446744073709551615,\"bad\":{"
			       "\"cut\":2,\"utf8\":3},\"kernel\":\"scalar "
			       "\\\"1\\\"\",\"share\":0.5}\n"));
	buf_release(&text);
}

static void
test_balance(void **state)
{
	static const char *const names[] = {"good", "bad"};
	const uint64_t part[] = {3, 4};
	struct fail f = {0};
	struct opts o;
	struct cli c;

	(void)state;
	assert_int_equal(begin(&c, &o, NULL), -1);
	assert_int_equal(cli_balance(&c, 7, part, names, 2, &f), 0);
	assert_int_equal(cli_balance(&c, 8, part, names, 2, &f), FAIL_BUG);
	assert_non_null(strstr(f.text, "8 lines came in, but 3 good + 4 bad "
				       "make 7"));
	assert_int_equal(end(&c, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_form),
		cmocka_unit_test(test_a_list_of_choices_is_a_set),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_many_operands),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_config_errors_have_a_place),
		cmocka_unit_test(test_exit_statuses),
		cmocka_unit_test(test_statistics),
		cmocka_unit_test(test_balance),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
