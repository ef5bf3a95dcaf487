/* SPDX-License-Identifier: MIT */
/*
 * account - who listens. The service has as many listener slots as --users
 * says, each always taken: an account registers, lives for one to six years,
 * changes its level, may go away and come back, is cancelled for good, and
 * some days later another account takes the slot. So about as many people
 * listen in any window as --users says, and new ones register in each.
 * Pure: an account's history is drawn again whenever it is asked for.
 */
#ifndef GEN_ACCOUNT_H
#define GEN_ACCOUNT_H

#include "gen/model.h"

/* What changed on the first day of a stretch; bits. */
enum account_change {
	ACCOUNT_REGISTER = 1,
	ACCOUNT_UPGRADE = 2,
	ACCOUNT_DOWNGRADE = 4,
	ACCOUNT_CANCEL = 8,
	ACCOUNT_REACTIVATE = 16,
};

/* Days are days since 1970 in the listener's own time. */
struct account {
	uint64_t key;
	uint32_t user; /* id, unique over all accounts of all slots */
	const struct gen_place *place;
	int64_t registered_ms; /* UTC; the account's first session starts */
	uint16_t activity;     /* quantile, index of the model's tables */
	uint8_t chronotype;

	/* The stretch of days without a change that was asked for. */
	int32_t since, until;	/* since <= day < until */
	unsigned change;	/* on the day `since` */
	bool is_paid, was_paid; /* now, and before the change */
	bool is_gone;		/* after a cancel: no sessions but one on the
				 * day of the cancel itself */
};

/* The account that has the slot on that day. */
void account_at(const struct gen_model *m, uint32_t slot, int32_t day,
		struct account *a);

/* The raw starts of one day's sessions, rising, before gaps are kept. */
#define ACCOUNT_STARTS_MAX 15
struct account_starts {
	int64_t at_ms[ACCOUNT_STARTS_MAX]; /* UTC */
	unsigned n;
};
void account_starts(const struct gen_model *m, const struct account *a,
		    int32_t day, struct account_starts *s);

#endif
