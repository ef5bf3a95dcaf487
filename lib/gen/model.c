/* SPDX-License-Identifier: MIT */
/*
 * From the profile's numbers to tables. Everything here runs once, in
 * doubles with + - * / only (see rng/rng_exact.c), and ends in integers.
 */
#include "gen/model.h"

#include <stdlib.h>

#include "base/banned.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define ONE_Q20	       1048576.0
#define BALANCE_ROUNDS 64
#define SESSIONS_MAX   12.0 /* a day; beyond, gaps would merge them anyway */

static uint32_t
q20(double v)
{
	return (uint32_t)(v * ONE_Q20 + 0.5);
}

/*
 * Activity is log-normal. Its exponents split it over the number of sessions
 * and their length; both tables are scaled so that means over all listeners
 * of both levels are the profile's.
 */
static void
fill_activity(struct gen_model *m, double paid_share)
{
	const struct gen_profile *p = m->profile;
	/* Level acts on sessions and plays by the same exponents. */
	double lift = rng_log(p->paid_activity);
	double sum[2] = {0, 0};
	const double part[2] = {p->sessions_part, p->plays_part};
	const double mean[2] = {p->sessions, p->plays};

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < MODEL_ACTIVITIES; i++) {
			double q = (i + 0.5) / MODEL_ACTIVITIES;
			double z = rng_normal_quantile(q) * p->activity_sd;

			for (int paid = 0; paid < 2; paid++) {
				double w = paid ? paid_share : 1 - paid_share;
				double a[2];

				for (int k = 0; k < 2; k++)
					a[k] = rng_exp(part[k] *
						       (z + paid * lift));
				if (pass == 0) {
					/* plays weigh by the sessions that
					 * have them */
					sum[0] += w * a[0];
					sum[1] += w * a[0] * a[1];
					continue;
				}
				a[0] *= mean[0] * MODEL_ACTIVITIES / sum[0];
				a[1] *= mean[1] * sum[0] / sum[1];
				if (a[0] > SESSIONS_MAX)
					a[0] = SESSIONS_MAX;
				m->sessions[paid][i] = q20(a[0]);
				m->plays[paid][i] = q20(a[1]);
			}
		}
}

/*
 * Split a day's curve among the chronotypes: each prefers hours near its
 * own, all four together give the curve again. Rows and columns are scaled
 * in turns until both fit (Sinkhorn).
 */
static void
fill_hours(struct gen_model *m, int kind)
{
	const struct gen_profile *p = m->profile;
	double w[GEN_CHRONOTYPES][24];
	double total = 0;

	for (int h = 0; h < 24; h++)
		total += p->hour[kind][h];
	for (int t = 0; t < GEN_CHRONOTYPES; t++)
		for (int h = 0; h < 24; h++) {
			double d = h + 0.5 - p->chrono_hour[t];

			if (d < 0)
				d = -d;
			if (d > 12)
				d = 24 - d;
			w[t][h] = p->hour[kind][h] / (16 + d * d);
		}
	for (int round = 0; round < BALANCE_ROUNDS; round++) {
		for (int t = 0; t < GEN_CHRONOTYPES; t++) {
			double sum = 0;

			for (int h = 0; h < 24; h++)
				sum += w[t][h];
			for (int h = 0; h < 24; h++)
				w[t][h] = w[t][h] / sum;
		}
		for (int h = 0; h < 24; h++) {
			double sum = 0;
			double want = p->hour[kind][h] / total *
				      GEN_CHRONOTYPES;

			for (int t = 0; t < GEN_CHRONOTYPES; t++)
				sum += w[t][h];
			for (int t = 0; t < GEN_CHRONOTYPES; t++)
				w[t][h] = w[t][h] / sum * want;
		}
	}
	for (int t = 0; t < GEN_CHRONOTYPES; t++) {
		double sum = 0, at = 0;

		for (int h = 0; h < 24; h++)
			sum += w[t][h];
		for (int h = 0; h < 24; h++) {
			m->hour_end[t][kind][h] = (uint64_t)(at / sum *
							     4294967296.0);
			at += w[t][h];
		}
		m->hour_end[t][kind][24] = UINT64_C(1) << 32;
	}
}

static void
fill_weekdays(struct gen_model *m)
{
	double sum = 0;

	for (int d = 0; d < 7; d++)
		sum += m->profile->weekday[d];
	for (int d = 0; d < 7; d++)
		m->weekday[d] = (uint32_t)(m->profile->weekday[d] * 7 / sum *
						   65536.0 +
					   0.5);
}

/* Returns the share of paid listeners over all regions. */
static double
fill_levels(struct gen_model *m)
{
	const struct gen_profile *p = m->profile;
	double all = 0;

	for (int r = 0; r < GEN_REGIONS; r++) {
		double paid = p->region_paid[r];

		all += p->region_share[r] * paid;
		m->upgrade[r] = q20(p->downgrade * paid / (1 - paid));
	}
	m->downgrade = q20(p->downgrade);
	m->cancel = q20(p->cancel);
	return all;
}

static int
fill_places(struct gen_model *m, struct fail *f)
{
	double *weight = malloc(gen_places_n * sizeof(*weight));
	double people[GEN_REGIONS] = {0};
	int rc;

	if (weight == NULL)
		return fail_memory(f);
	for (size_t i = 0; i < gen_places_n; i++)
		people[gen_places[i].region] += gen_places[i].weight;
	for (size_t i = 0; i < gen_places_n; i++) {
		unsigned r = gen_places[i].region;

		weight[i] = gen_places[i].weight / people[r] *
			    m->profile->region_share[r];
	}
	rc = rng_alias_init(&m->place, weight, (uint32_t)gen_places_n, f);
	free(weight);
	return rc;
}

static void
fill_chances(struct gen_model *m)
{
	const struct gen_profile *p = m->profile;

	for (int r = 0; r < GEN_REGIONS; r++)
		m->paid_p[r] = RNG_P(p->region_paid[r]);
	for (int i = 0; i < GEN_PLATFORMS; i++)
		m->skip_p[i] = RNG_P(p->skip[i]);
	m->sticky_p = RNG_P(p->sticky);
	m->cut_before_5s_p = RNG_P(p->cut_before_5s);
	m->cut_before_30s_p = RNG_P(p->cut_before_30s);
	m->context_switch_p = RNG_P(p->context_switch);
	m->shuffle_p = RNG_P(p->shuffle);
	m->offline_p = RNG_P(p->offline);
	m->first_home_p = RNG_P(p->first_home);
	m->logged_out_p = RNG_P(p->logged_out);
	m->logout_p = RNG_P(p->logout);
	m->failed_login_p = RNG_P(p->failed_login);
}

static int
fill_pages(struct gen_model *m, int paid, struct fail *f)
{
	double weight[GEN_PAGES + 1];
	double rest = 1;

	for (int i = 0; i < GEN_PAGES; i++) {
		weight[i] = m->profile->page[paid][i];
		rest -= weight[i];
	}
	weight[GEN_NO_PAGE] = rest;
	return rng_alias_init(&m->page[paid], weight, GEN_PAGES + 1, f);
}

static void
fill_faults(struct gen_model *m)
{
	for (int k = 0; k < GEN_FAULTS; k++) {
		m->fault_key[k] = rng_key(m->key, (uint32_t)(MODEL_FAULT + k),
					  0);
		m->fault_p[k] = RNG_P(m->o.fault[k]);
		m->has_faults = m->has_faults || m->fault_p[k] > 0;
	}
}

static void
fill_tag(struct gen_model *m)
{
	struct str tag = str_of(m->o.tag);

	m->o.tag = NULL; /* was borrowed */
	if (tag.p == NULL)
		return;
	memcpy(m->tag, ",\"tag\":\"", 8);
	memcpy(m->tag + 8, tag.p, tag.n);
	m->tag[8 + tag.n] = '"';
	m->tag_n = tag.n + 9;
}

int
model_init(struct gen_model *m, const struct gen_options *o, struct fail *f)
{
	int rc;

	*m = (struct gen_model){.o = *o, .profile = &gen_skip2014};
	/* eventsim 1 has one stream: what pages do not tell is not told. */
	if (o->form == GEN_EVENTSIM1)
		m->o.topics &= 1u << GEN_LISTEN | 1u << GEN_PAGE;
	m->key = hash_mix(o->seed + RNG_GOLDEN);
	m->event_key = rng_key(m->key, MODEL_EVENT, 0);
	fill_tag(m);
	rng_exponential_init(&m->exponential);
	fill_activity(m, fill_levels(m));
	fill_hours(m, 0);
	fill_hours(m, 1);
	fill_weekdays(m);
	fill_chances(m);
	fill_faults(m);
	rc = fill_places(m, f);
	if (rc == 0)
		rc = rng_alias_init(&m->platform, m->profile->platform_share,
				    GEN_PLATFORMS, f);
	if (rc == 0)
		rc = rng_alias_init(&m->context, m->profile->context_share,
				    GEN_CONTEXTS, f);
	for (int paid = 0; rc == 0 && paid < 2; paid++)
		rc = fill_pages(m, paid, f);
	if (rc == 0)
		rc = catalog_init(&m->catalog, m->profile, o->tracks, o->form,
				  m->key, f);
	if (rc < 0)
		model_release(m);
	return rc;
}

void
model_release(struct gen_model *m)
{
	catalog_release(&m->catalog);
	rng_alias_release(&m->page[1]);
	rng_alias_release(&m->page[0]);
	rng_alias_release(&m->context);
	rng_alias_release(&m->platform);
	rng_alias_release(&m->place);
}
