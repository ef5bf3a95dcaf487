/* SPDX-License-Identifier: MIT */
/*
 * gen: behaviour against the published figures of docs/decisions/0005. All
 * seeds are fixed, so tolerances hold or do not.
 */
#include <math.h>
#include <stdlib.h>

#include "gen/account.h"
#include "gen_lines.h"
#include "gen/model.h"

struct tally {
	double plays, cut_5s, cut_30s, cut;
	double device[2], device_cut[2]; /* 0 phones, 1 desktops */
	double hour[24], weekend, day[7];
};

static void
tally_device(struct tally *t, struct str platform, bool is_cut)
{
	int which = -1;

	if (str_is(platform, "ios") || str_is(platform, "android"))
		which = 0;
	if (str_is(platform, "windows") || str_is(platform, "macos") ||
	    str_is(platform, "linux"))
		which = 1;
	if (which < 0)
		return;
	t->device[which]++;
	t->device_cut[which] += is_cut;
}

static void
tally_play(struct tally *t, struct str line)
{
	int64_t played = number_of(line, "msPlayed");
	int64_t local = number_of(line, "startTs");
	bool is_cut = played < duration_of(line) - 1000;
	struct str tz = value_of(line, "tzOffset");
	int64_t minutes;
	unsigned weekday;

	assert_int_equal(num_parse_i64(tz.p, tz.n, &minutes), 0);
	local += minutes * 60000;
	weekday = utc_weekday(local / DAY);
	t->plays++;
	t->cut_5s += played < 5000;
	t->cut_30s += played < 30000;
	t->cut += is_cut;
	tally_device(t, value_of(line, "platform"), is_cut);
	t->day[weekday]++;
	if (weekday >= 5) {
		t->weekend++;
		t->hour[local % DAY / 3600000]++;
	}
}

static void
assert_near(double got, double want, double tolerance)
{
	if (fabs(got - want) > tolerance)
		fail_msg("%g is not within %g of %g", got, tolerance, want);
}

/* Mean, deviation and quartiles of the hours. */
static void
check_hours(const struct tally *t)
{
	static const double share[24] = {
		3.4, 2.5, 1.8, 1.4, 1.0, 0.8, 1.1, 1.4, 2.0, 3.3, 4.4, 4.9,
		5.8, 6.4, 6.9, 6.8, 6.9, 6.5, 6.2, 5.7, 5.6, 5.9, 5.2, 4.3};
	static const double quartile[3] = {11, 15, 19};
	double mean = 0, square = 0, sum = 0;
	int q = 0;

	for (int h = 0; h < 24; h++) {
		double s = t->hour[h] / t->weekend;

		assert_near(100 * s, share[h], 0.8);
		mean += h * s;
		square += h * h * s;
		for (sum += s; q < 3 && sum >= 0.25 * (q + 1); q++)
			assert_near(h + 1 - (sum - 0.25 * (q + 1)) / s,
				    quartile[q] + 0.5, 0.9);
	}
	assert_near(mean, 14.2, 0.4);
	assert_near(sqrt(square - mean * mean), 6.0, 0.3);
}

static void
plays_are_as_published(void **state)
{
	static const double day[7] = {14.2, 14.4, 14.7, 15.0, 15.3, 13.8, 12.6};
	struct gen_options o = options(1500, 14);
	struct tally t = {0};

	(void)state;
	o.topics = 1u << GEN_LISTEN;
	for (o.seed = 1; o.seed <= 3; o.seed++) {
		struct output out = generate(&o);
		struct str line;
		size_t at = 0;

		while (next_line(&out.text, &at, &line))
			tally_play(&t, line);
		release(&out);
	}
	assert_near(100 * t.cut_5s / t.plays, 24.14, 1.0);
	assert_near(100 * t.cut_30s / t.plays, 35.05, 1.0);
	assert_near(100 * t.cut / t.plays, 48.6, 1.0);
	assert_near(100 * t.device_cut[0] / t.device[0], 51.1, 1.5);
	assert_near(100 * t.device_cut[1] / t.device[1], 40.1, 2.0);
	check_hours(&t);
	for (int i = 0; i < 7; i++)
		assert_near(100 * t.day[i] / t.plays, day[i], 0.8);
	/* 3 seeds of 1,500 listeners, 14 days */
	assert_near(t.plays / (3 * 1500 * 14), 8.1, 1.0);
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static void
durations_are_as_published(void **state)
{
	struct gen_options o = options(10, 1);
	struct gen_model *m = malloc(sizeof(*m));
	uint32_t *d;
	double sum = 0;

	(void)state;
	assert_non_null(m);
	o.tracks = 100000;
	assert_int_equal(model_init(m, &o, NULL), 0);
	d = m->catalog.duration_ms;
	for (uint32_t i = 0; i < o.tracks; i++)
		sum += d[i];
	assert_near(sum / o.tracks / 1000, 222, 4.4);
	qsort(d, o.tracks, sizeof(*d), compare_u32);
	assert_near(d[50000] / 1000.0, 215, 4.3);
	assert_near(d[5000] / 1000.0, 105, 10.5);
	assert_near(d[95000] / 1000.0, 420, 42);
	model_release(m);
	free(m);
}

/* Weights of an alias table, from what its cells give away. */
static void
weigh(const struct rng_alias *a, double *weight)
{
	for (uint32_t i = 0; i < a->n; i++)
		weight[i] = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		double kept = a->cell[i].keep / 4294967296.0;

		weight[i] += kept / a->n;
		weight[a->cell[i].other] += (1 - kept) / a->n;
	}
}

static int
compare_falling(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x < y) - (x > y);
}

static double
share_of_first(const double *weight, uint32_t n)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += weight[i];
	return sum;
}

static double
slope(const double *weight, int from, int to)
{
	double n = to - from + 1, x = 0, y = 0, xx = 0, xy = 0;

	for (int r = from; r <= to; r++) {
		double a = log(r), b = log(weight[r - 1]);

		x += a;
		y += b;
		xx += a * a;
		xy += a * b;
	}
	return (n * xy - x * y) / (n * xx - x * x);
}

static void
popularity_is_as_published(void **state)
{
	static const struct {
		uint32_t tracks;
		double first, top_1, top_10;
	} want[] = {{10000, 0.024, 0.220, 0.503},
		    {100000, 0.014, 0.294, 0.584}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct gen_options o = options(10, 1);
		struct gen_model *m = malloc(sizeof(*m));
		double *weight = malloc(want[i].tracks * sizeof(*weight));

		assert_non_null(m);
		assert_non_null(weight);
		o.tracks = want[i].tracks;
		assert_int_equal(model_init(m, &o, NULL), 0);
		weigh(&m->catalog.popularity, weight);
		qsort(weight, o.tracks, sizeof(*weight), compare_falling);
		assert_near(weight[0], want[i].first, 0.1 * want[i].first);
		assert_near(share_of_first(weight, o.tracks / 100),
			    want[i].top_1, 0.1 * want[i].top_1);
		assert_near(share_of_first(weight, o.tracks / 10),
			    want[i].top_10, 0.1 * want[i].top_10);
		assert_near(slope(weight, 10, 1000), -0.705, 0.05);
		model_release(m);
		free(weight);
		free(m);
	}
}

/* Today and years later: the service neither grows nor empties. */
static void
accounts_are_as_published(void **state)
{
	struct gen_options o = options(100000, 1);
	struct gen_model *m = malloc(sizeof(*m));

	(void)state;
	assert_non_null(m);
	assert_int_equal(model_init(m, &o, NULL), 0);
	for (int32_t day = 12000; day < 36000; day += 7919) {
		double here = 0, paid = 0, plays[2] = {0, 0};

		for (uint32_t slot = 0; slot < o.users; slot++) {
			struct account a;
			double mean;

			account_at(m, slot, day, &a);
			assert_true(day >= a.since && day < a.until);
			assert_int_equal((a.user - 1) % o.users, slot);
			if (a.is_gone)
				continue;
			here++;
			paid += a.is_paid;
			mean = (double)m->sessions[a.is_paid][a.activity] *
			       m->plays[a.is_paid][a.activity];
			plays[a.is_paid] += mean;
		}
		assert_near(here / o.users, 0.97, 0.015);
		assert_near(100 * paid / here, 39.4, 0.6);
		assert_near(plays[1] / (plays[0] + plays[1]), 0.68, 0.06);
	}
	model_release(m);
	free(m);
}

/* What a listener may be expected to play: log-normal, the busiest tenth has
 * half. */
static void
activity_is_as_published(void **state)
{
	struct gen_options o = options(50000, 1);
	struct gen_model *m = malloc(sizeof(*m));
	double *plays = malloc(50000 * sizeof(*plays));
	double sum = 0, log_sum = 0, log_square = 0, n;
	uint32_t count = 0;

	(void)state;
	assert_non_null(m);
	assert_non_null(plays);
	assert_int_equal(model_init(m, &o, NULL), 0);
	for (uint32_t slot = 0; slot < o.users; slot++) {
		struct account a;
		double v;

		account_at(m, slot, 20000, &a);
		if (a.is_gone)
			continue;
		v = m->sessions[a.is_paid][a.activity] / 1048576.0 *
		    (1 + m->plays[a.is_paid][a.activity] / 1048576.0);
		plays[count++] = v;
		sum += v;
		log_sum += log(v);
		log_square += log(v) * log(v);
	}
	n = count;
	assert_near(sqrt(log_square / n - pow(log_sum / n, 2)), 1.3, 0.15);
	qsort(plays, count, sizeof(*plays), compare_falling);
	assert_near(share_of_first(plays, count / 10) / sum, 0.5, 0.05);
	model_release(m);
	free(plays);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plays_are_as_published),
		cmocka_unit_test(durations_are_as_published),
		cmocka_unit_test(popularity_is_as_published),
		cmocka_unit_test(accounts_are_as_published),
		cmocka_unit_test(activity_is_as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
