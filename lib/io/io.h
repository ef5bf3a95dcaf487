/* SPDX-License-Identifier: MIT */
/*
 * io - reading and writing that is checked: inputs (plain, .zst, .gz) in
 * blocks, buffered outputs whose every write is looked at, files that appear
 * whole or not at all, and the flags that signals set. Not thread-safe.
 */
#ifndef IO_IO_H
#define IO_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem/mem.h"

/* ---- inputs ---- */

struct io_in;

/*
 * Open a file, or stdin for "-". Gzip and zstd are known by their first
 * bytes. The name given is borrowed until close.
 */
int io_in_open(struct io_in **out, const char *path,
	       struct fail *f) PORT_MUST_CHECK;
void io_in_close(struct io_in *in);

/*
 * Read up to cap bytes; *got 0 is the end. A signal that asks to stop gives
 * FAIL_SIGNAL. Returns what is there: a pipe's bytes are not waited for
 * beyond the first.
 */
int io_in_read(struct io_in *in, void *dst, size_t cap, size_t *got,
	       struct fail *f) PORT_MUST_CHECK;

/* Let a thread read a pipe up to max bytes ahead, once max have come: who
 * writes to it then need not wait while the caller is busy. Of no effect on
 * files. */
void io_in_read_ahead(struct io_in *in, size_t max);

/* True when a read would have to wait: time to flush what is pending. */
bool io_in_is_idle(const struct io_in *in);

/* Wait up to ms for a read that need not wait: false if it still has to. A
 * signal ends the wait, and is told by the read. */
bool io_in_wait(const struct io_in *in, int ms);

/* For messages: the path, or "stdin". */
const char *io_in_name(const struct io_in *in);

/* Bytes taken from the file so far, and its size (-1 when not a regular
 * file): for progress. */
uint64_t io_in_taken(const struct io_in *in);
int64_t io_in_size(const struct io_in *in);

/* True when fd 0 is a terminal: data from it is not wanted by accident. */
bool io_stdin_is_terminal(void);

/* ---- outputs ---- */

struct io_out;

/* Buffered output to an open descriptor, which stays the caller's; the name
 * ("stdout") is for messages and is borrowed. */
int io_out_open_fd(struct io_out **out, int fd, const char *name,
		   struct fail *f) PORT_MUST_CHECK;

/*
 * A regular file that appears whole: written to a temporary name in the same
 * folder; io_out_commit makes it appear, io_out_close before that makes it
 * vanish. A FIFO or a device is written straight, and so is what the name of an
 * open descriptor (/dev/stderr) stands for; "-" is stdout.
 */
int io_out_create(struct io_out **out, const char *path,
		  struct fail *f) PORT_MUST_CHECK;

/* Append to a file from its end on, created if absent (quarantine of a
 * plain run, truth files of split windows). */
int io_out_append(struct io_out **out, const char *path,
		  struct fail *f) PORT_MUST_CHECK;

/* A large write may go straight through; small ones are collected. */
int io_out_write(struct io_out *o, const void *p, size_t n,
		 struct fail *f) PORT_MUST_CHECK;

/* Room for n bytes (at most LIMIT_WRITE_BLOCK) to format in place, then
 * io_out_advance by what was written. NULL: the write before it failed. */
char *io_out_reserve(struct io_out *o, size_t n,
		     struct fail *f) PORT_MUST_CHECK;
void io_out_advance(struct io_out *o, size_t n);

/* Everything to the kernel. */
int io_out_flush(struct io_out *o, struct fail *f) PORT_MUST_CHECK;

/* Flush, fsync where it is a file, and give it its name. */
int io_out_commit(struct io_out *o, struct fail *f) PORT_MUST_CHECK;

/* Let go. Of io_out_create: without a commit nothing remains. */
void io_out_close(struct io_out *o);

/* Bytes handed to io_out_write so far. */
uint64_t io_out_bytes(const struct io_out *o);

/* Close fd 1 and say whether everything reached it: the one place where
 * stdout is closed. */
int io_close_stdout(struct fail *f) PORT_MUST_CHECK;

/* ---- pipes ---- */

/* Let a pipe hold LIMIT_PIPE bytes, where that is allowed, so that its two ends
 * wait less for each other. Nothing happens to what is no pipe. */
void io_widen_pipe(int fd);

/* ---- whole files ---- */

/* Is there a regular file of this name? */
bool io_is_file(const char *path);

/* Append a whole file, at most max bytes, to out; plain, .zst or .gz. */
int io_read_file(const char *path, size_t max, struct buf *out,
		 struct fail *f) PORT_MUST_CHECK;

/*
 * io_read_file of a schema, a suite or another kind of file that a user names:
 * by its path, or, without '/' and '.', one of those that are shipped, which
 * is SHARE/KINDs/NAME.json. What cannot be read is FAIL_USAGE, "unknown KIND
 * 'NAME': ...", with the names that are shipped if it was to be one of them.
 * Its path is written to path.
 */
int io_read_named(const char *share, const char *kind, const char *name,
		  char path[LIMIT_PATH], struct buf *out,
		  struct fail *f) PORT_MUST_CHECK;

/* Write a file that appears whole and durable (temp, fsync, rename, fsync of
 * the folder). */
int io_write_file(const char *path, struct str data,
		  struct fail *f) PORT_MUST_CHECK;

/* Make the entries of a folder durable. */
int io_sync_folder(const char *path, struct fail *f) PORT_MUST_CHECK;

/* ---- signals ---- */

enum io_signal_mode {
	IO_SIGNALS_FILTER,   /* SIGPIPE ends the process, as for cat(1) */
	IO_SIGNALS_STATEFUL, /* SIGPIPE ignored: a write fails with EPIPE */
};

/* SIGINT, SIGTERM and SIGHUP set a flag; a second one ends at once. */
void io_signals_install(enum io_signal_mode mode);

/* The signal that asked to stop, or 0. */
int io_stop_signal(void);

/* End by that signal, so that the parent sees 128+n; does not return. */
void io_die_by_signal(int signum);

#endif
