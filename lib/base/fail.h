/* SPDX-License-Identifier: MIT */
/*
 * Failures. A fallible function returns 0 or a negative code, and its last
 * parameter is a struct fail that the first failing frame fills with one
 * sentence. A code is the negated exit status of playpipe(7), so that main
 * need not translate. Thread rule: a struct fail belongs to one thread.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stddef.h>

#include "base/port.h"

enum {
	FAIL_VERDICT = -1,  /* a negative verdict: the data failed a check */
	FAIL_USAGE = -2,    /* usage, configuration, schema or suite error */
	FAIL_DATA = -65,    /* bad data over the limit, a gap in the source */
	FAIL_BUG = -70,	    /* only a bug can bring us here */
	FAIL_MEMORY = -71,  /* out of memory, or a stated maximum reached */
	FAIL_IO = -74,	    /* local input or output failed, reader gone */
	FAIL_RETRY = -75,   /* remote trouble, lock held, stage before died */
	FAIL_DENIED = -77,  /* authentication, authorisation */
	FAIL_NOTHING = -99, /* nothing to do, with --skip-empty */
	FAIL_SIGNAL = -128, /* stopped by a signal: see io_stop_signal() */
};

#define FAIL_TEXT_MAX 1024

/* Initialise with {0}. */
struct fail {
	int code;		  /* 0, or the first failure's code */
	char text[FAIL_TEXT_MAX]; /* one sentence, no full stop, NUL ended */
};

/*
 * Record a failure unless one is recorded already; f may be NULL. Control
 * characters in the text are masked. Returns code, so that a caller can
 * write: return fail_set(f, FAIL_DATA, "...").
 */
int fail_set(struct fail *f, int code, const char *fmt, ...) PORT_PRINTF(3, 4);

/* The same, with ": " and the system's text of errnum behind it. */
int fail_errno(struct fail *f, int code, int errnum, const char *fmt, ...)
	PORT_PRINTF(4, 5);

/* Put context in front of the recorded sentence; never replaces it. */
void fail_prefix(struct fail *f, const char *fmt, ...) PORT_PRINTF(2, 3);

/* The failure of reading a file that the user named: FAIL_IO becomes
 * FAIL_USAGE, since the name is wrong; any other code stays. */
int fail_named(int rc, struct fail *f);

/* "out of memory". */
int fail_memory(struct fail *f);

#endif
