/* SPDX-License-Identifier: MIT */
/*
 * The option rows of evgen.
 */
#include "opts.h"

#include "gen/gen.h"

#define AT(member) offsetof(struct opts, member)
#define LISTENERS  "Listeners"
#define WINDOW	   "Window"
#define EVENTS	   "Events"
#define FAULTS	   "Faults"
#define SPEED	   "Speed"
#define ONCE	   "Exactly once"

static const struct cli_option option[] = {
	{'u', "users", CLI_INTEGER, "N", "10000", NULL, LISTENERS,
	 "how many listeners the service has at any time", NULL, 1,
	 GEN_USERS_MAX, AT(users)},
	{0, "tracks", CLI_INTEGER, "N", "100000", NULL, LISTENERS,
	 "how many tracks the catalogue has", NULL, 10, GEN_TRACKS_MAX,
	 AT(tracks)},
	{'s', "seed", CLI_INTEGER, "N", "1", NULL, LISTENERS,
	 "everything follows from this number: same seed, same bytes", NULL, 0,
	 INT64_MAX, AT(seed)},
	{0, "profile", CLI_CHOICE, "NAME", "skip2014", NULL, LISTENERS,
	 "the figures that listeners follow", "skip2014", 0, 0, AT(profile)},

	{0, "from", CLI_TIME, "TIME", NULL, NULL, WINDOW,
	 "first moment of the window (default: a day before its end; with "
	 "--speedup: now)",
	 NULL, 0, 0, AT(from_us)},
	{0, "to", CLI_TIME, "TIME", NULL, NULL, WINDOW,
	 "the moment before which the window ends (default: the last full "
	 "hour; with --speedup: never)",
	 NULL, 0, 0, AT(to_us)},
	{'n', "limit", CLI_INTEGER, "N", NULL, NULL, WINDOW,
	 "stop after N lines", NULL, 1, INT64_MAX, AT(limit)},

	{0, "compat", CLI_CHOICE, "FORM", "playpipe", NULL, EVENTS,
	 "write another schema's events", "playpipe|eventsim1", 0, 0,
	 AT(compat)},
	{0, "type", CLI_CHOICES, "LIST", NULL, NULL, EVENTS,
	 "write these topics only, all by default",
	 "listen_events|page_view_events|auth_events|status_change_events", 0,
	 0, AT(topics)},
	{0, "tag", CLI_TEXT, "TEXT", NULL, NULL, EVENTS,
	 "put this into every event's tag", NULL, 0, 0, AT(tag)},

	{0, "fault", CLI_LIST, "KIND=RATE", NULL, NULL, FAULTS,
	 "spoil that share of the events: late, duplicate, missing, "
	 "wrong_type, out_of_range, malformed; may be repeated",
	 NULL, 0, 0, AT(fault)},
	{0, "truth", CLI_PATH, "FILE", NULL, NULL, FAULTS,
	 "write a line for each fault to FILE", NULL, 0, 0, AT(truth)},

	{'j', "jobs", CLI_INTEGER, "N", "1", NULL, SPEED,
	 "work with N threads; the bytes are the same", NULL, 1,
	 GEN_THREADS_MAX, AT(jobs)},
	{0, "shard", CLI_TEXT, "I/N", "1/1", NULL, SPEED,
	 "write the events of every Nth listener only, I from 1 to N", NULL, 0,
	 0, AT(shard)},
	{0, "speedup", CLI_NUMBER, "X", "0", NULL, SPEED,
	 "let X seconds of events go by in a second; 1 is live", NULL, 0,
	 1000000000, AT(speedup)},
	{0, "rate", CLI_NUMBER, "N", "0", NULL, SPEED, "write N lines a second",
	 NULL, 0, 1000000000, AT(rate)},

	{0, "job", CLI_TEXT, "NAME", NULL, NULL, ONCE,
	 "name of the flow; write barriers", NULL, 0, 0, AT(job)},
	{0, "barrier-every", CLI_DURATION, "D", "0", NULL, ONCE,
	 "event time between two barriers", NULL, 0, 0, AT(barrier_us)},
	{0, "resume", CLI_TEXT, "TABLE", NULL, NULL, ONCE,
	 "go on where the job stands in this table, or at the barrier in this "
	 "file",
	 NULL, 0, 0, AT(resume)},
	{0, "skip-empty", CLI_FLAG, NULL, NULL, NULL, ONCE,
	 "exit 99 when the window is empty", NULL, 0, 0, AT(is_skip_empty)},
};

static const struct cli_example example[] = {
	{"A day of 10,000 listeners", "evgen > events.ndjson"},
	{"One percent duplicates and late events, and which they are",
	 "evgen --users 500 --fault duplicate=1% --fault late=1% "
	 "--truth truth.ndjson > events.ndjson"},
	{"Live, into a pipe",
	 "evgen --speedup 1 | dq-check --suite suite.json"},
};

#define ROWS(array) (sizeof(array) / sizeof(array[0]))

const struct cli_tool opts_tool = {
	.name = "evgen",
	.summary = "simulates the listeners of a music service and writes "
		   "their events",
	.operands = "",
	.max_operands = 0,
	.option = option,
	.option_n = ROWS(option),
	.example = example,
	.example_n = ROWS(example),
	.exit_codes = "0 2 65 70 71 74 75 77 99",
};
