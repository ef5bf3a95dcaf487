/* SPDX-License-Identifier: MIT */
/*
 * gen: what a fault does and does not do, and that the truth says so. All
 * seeds are fixed.
 */
#include <math.h>

#include "gen_lines.h"
#include "ndjson/ndjson.h"

/* Lines that have no truth are those of the clean run. */
static void
faults_change_no_other_line(void **state)
{
	struct gen_options o = options(200, 3);
	struct output clean = generate(&o), faulty;
	const struct buf *c = &clean.text;

	(void)state;
	for (int k = GEN_MISSING; k < GEN_FAULTS; k++) {
		struct str a, b, truth;
		size_t at_a = 0, at_b = 0, at_t = 0, differ = 0;

		o = options(200, 3);
		o.fault[k] = 0.05;
		faulty = generate(&o);
		assert_int_equal(faulty.lines, clean.lines);
		while (next_line(c, &at_a, &a)) {
			assert_true(next_line(&faulty.text, &at_b, &b));
			if (str_equal(a, b))
				continue;
			differ++;
			assert_true(next_line(&faulty.truth, &at_t, &truth));
			assert_true(str_is(value_of(truth, "kind"),
					   gen_fault_name((enum gen_fault)k)));
			assert_true(str_equal(value_of(truth, "eventId"),
					      value_of(a, "eventId")));
			assert_true(str_equal(value_of(b, "eventId"),
					      value_of(a, "eventId")));
		}
		assert_int_equal(at_t, faulty.truth.len);
		assert_int_equal(differ, faulty.faults);
		assert_true(fabs((double)differ / (double)clean.lines - 0.05) <
			    0.01);
		release(&faulty);
	}
	release(&clean);
}

/* The original value, put back, gives the clean line. */
static void
truth_recovers_the_value(void **state)
{
	static const enum gen_fault kinds[] = {GEN_WRONG_TYPE,
					       GEN_OUT_OF_RANGE};
	struct gen_options o = options(200, 2);
	struct output clean = generate(&o), faulty;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct str a, b, truth;
		size_t at_a = 0, at_b = 0, at_t = 0;

		o = options(200, 2);
		o.fault[kinds[i]] = 0.2;
		faulty = generate(&o);
		while (next_line(&clean.text, &at_a, &a)) {
			char field[32];
			struct str name, is, was;

			assert_true(next_line(&faulty.text, &at_b, &b));
			if (str_equal(a, b))
				continue;
			assert_true(next_line(&faulty.truth, &at_t, &truth));
			name = value_of(truth, "field");
			assert_true(name.n < sizeof(field));
			memcpy(field, name.p, name.n);
			field[name.n] = '\0';
			is = value_of(b, field);
			was = value_of(a, field);
			assert_true(
				str_equal(was, value_of(truth, "original")));
			assert_true(str_equal(is, value_of(truth, "written")));
		}
		release(&faulty);
	}
	release(&clean);
}

static void
malformed_lines_are_no_json(void **state)
{
	struct gen_options o = options(200, 2);
	struct output out;
	struct str line;
	size_t at = 0;

	(void)state;
	o.fault[GEN_MALFORMED] = 1;
	out = generate(&o);
	assert_int_equal(out.faults, out.lines);
	while (next_line(&out.text, &at, &line)) {
		size_t where;

		assert_int_not_equal(
			ndjson_validate(line.p, line.n, LIMIT_DEPTH, 0, &where),
			NDJSON_OK);
	}
	release(&out);
}

static void
duplicates_are_the_same_bytes(void **state)
{
	struct gen_options o = options(200, 3);
	struct output clean = generate(&o), faulty;
	struct map seen;
	struct str line;
	size_t at = 0, copies = 0;

	(void)state;
	o.fault[GEN_DUPLICATE] = 0.1;
	faulty = generate(&o);
	map_init(&seen, 1000000);
	while (next_line(&faulty.text, &at, &line)) {
		bool is_new;

		assert_true(map_add(&seen, line, &is_new) >= 0);
		copies += !is_new;
	}
	/* but for a copy whose original stands before the window */
	assert_true(copies + 5 > faulty.faults && copies <= faulty.faults);
	assert_true(faulty.lines - faulty.faults + 5 > clean.lines);
	assert_true(fabs((double)copies / (double)clean.lines - 0.1) < 0.015);
	map_release(&seen);
	release(&clean);
	release(&faulty);
}

static void
late_lines_stand_at_their_arrival(void **state)
{
	struct gen_options o = options(200, 6);
	struct output out;
	struct str line;
	int64_t highest = 0, greatest = 0;
	size_t at = 0, below[3] = {0}, n = 0, behind = 0;

	(void)state;
	o.fault[GEN_LATE] = 0.2;
	out = generate(&o);
	while (next_line(&out.truth, &at, &line)) {
		int64_t delay = number_of(line, "delayMs");
		int64_t place = number_of(line, "ts") + delay;

		assert_true(delay >= 1000 && delay <= gen_delay_max(&o));
		assert_true(place >= highest);
		highest = place;
		greatest = delay > greatest ? delay : greatest;
		below[0] += delay < 20000;
		below[1] += delay < 147000;
		below[2] += delay < 3600000;
		n++;
	}
	/* near log-normal: half below 147 s, some beyond an hour */
	assert_true(n > 1000);
	assert_true(fabs((double)below[1] / (double)n - 0.5) < 0.04);
	assert_true(below[0] > n / 20 && below[2] < n - n / 200);
	assert_true(greatest > 2 * 3600000);
	highest = 0;
	for (at = 0; next_line(&out.text, &at, &line);) {
		int64_t ts = number_of(line, "ts");

		behind += ts < highest;
		highest = ts > highest ? ts : highest;
	}
	assert_true(behind > n / 2 && behind <= n);
	release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_change_no_other_line),
		cmocka_unit_test(truth_recovers_the_value),
		cmocka_unit_test(malformed_lines_are_no_json),
		cmocka_unit_test(duplicates_are_the_same_bytes),
		cmocka_unit_test(late_lines_stand_at_their_arrival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
