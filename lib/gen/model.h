/* SPDX-License-Identifier: MIT */
/*
 * model - what all workers share and nobody changes: the options, and the
 * profile's numbers as tables that draws are made from.
 */
#ifndef GEN_MODEL_H
#define GEN_MODEL_H

#include "gen/catalog.h"
#include "gen/gen.h"
#include "gen/profile.h"
#include "rng/rng.h"

#define MODEL_DAY_MS	INT64_C(86400000)
#define MODEL_HOUR_MS	INT64_C(3600000)
#define MODEL_MINUTE_MS INT64_C(60000)

/* No session lasts longer from its first event to its last. */
#define MODEL_SESSION_MS (6 * MODEL_HOUR_MS + 45 * MODEL_MINUTE_MS)

/* Longest delays by faults. */
#define MODEL_LATE_MS	   (6 * MODEL_HOUR_MS)
#define MODEL_DUPLICATE_MS (1 * MODEL_MINUTE_MS)

#define MODEL_ACTIVITIES   4096 /* quantiles of a listener's activity */

/* Why a key was derived: no two purposes share draws. */
enum model_purpose {
	MODEL_SLOT,
	MODEL_ACCOUNT,
	MODEL_LIFE,
	MODEL_DAY,
	MODEL_SESSION,
	MODEL_DEVICE,
	MODEL_FAVOURITE,
	MODEL_EVENT,
	MODEL_FAULT, /* + enum gen_fault: keep last */
};

struct gen_model {
	struct gen_options o;
	const struct gen_profile *profile;
	uint64_t key;		    /* of the seed */
	uint64_t event_key;	    /* of event ids */
	char tag[GEN_TAG_MAX + 16]; /* ,"tag":"..." or nothing */
	size_t tag_n;
	uint64_t fault_key[GEN_FAULTS];
	uint32_t fault_p[GEN_FAULTS]; /* RNG_P */
	bool has_faults;

	struct gen_catalog catalog;
	struct rng_exponential exponential;
	struct rng_alias place;
	struct rng_alias platform;
	struct rng_alias context;
	struct rng_alias page[2]; /* by level; GEN_NO_PAGE for none */

	/* By quantile of activity and level (0 free, 1 paid); 1.0 = 2^20. */
	uint32_t sessions[2][MODEL_ACTIVITIES];
	uint32_t plays[2][MODEL_ACTIVITIES];
	uint32_t weekday[7]; /* times these; mean 1.0 = 2^16 */
	/* Where a day's share ends, 1.0 = 2^32, by chronotype, kind of day
	 * (0 Monday to Friday, 1 weekend) and hour. */
	uint64_t hour_end[GEN_CHRONOTYPES][2][25];
	/* Monthly hazards, 1.0 = 2^20, by region. */
	uint32_t upgrade[GEN_REGIONS];
	uint32_t downgrade, cancel;
	/* Chances as rng_chance takes them. */
	uint32_t paid_p[GEN_REGIONS], skip_p[GEN_PLATFORMS];
	uint32_t sticky_p, cut_before_5s_p, cut_before_30s_p;
	uint32_t context_switch_p, shuffle_p, offline_p;
	uint32_t first_home_p, logged_out_p, logout_p, failed_login_p;
};

int model_init(struct gen_model *m, const struct gen_options *o,
	       struct fail *f) PORT_MUST_CHECK;
void model_release(struct gen_model *m);

#endif
