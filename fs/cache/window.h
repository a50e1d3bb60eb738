/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache/window.h - what a sequence of reads asks to be fetched ahead. Pure; the caller locks.
 *
 * A handle has up to four runs (streams of reads that go on where the last ended, give or take what
 * the kernel's own read-ahead reorders). A new run fetches what was asked for; a run that continues
 * may have a window ahead, which doubles when the reader had to wait (and grows slowly to
 * PAIL_WINDOW_STEADY when it had not, so that long sequences are fetched in large requests). What
 * is asked for ahead and not read yet, plus what was asked for and jumped over, never exceeds the
 * bytes that the run has read (or PAIL_WINDOW_FIRST, for a run that began at the start of the
 * object). So for any pattern, bytes fetched <= 2 * bytes read + PAIL_WINDOW_FIRST for each such
 * run, apart from the rounding of single reads.
 */
#ifndef PAIL_CACHE_WINDOW_H
#define PAIL_CACHE_WINDOW_H

#include "base/macros.h"

#define PAIL_WINDOW_RUNS 4
#define PAIL_WINDOW_FIRST (UINT64_C(2) << 20)
#define PAIL_WINDOW_STEADY (UINT64_C(32) << 20)
#define PAIL_WINDOW_SLACK_FORWARD (UINT64_C(512) << 10)
#define PAIL_WINDOW_SLACK_BACK (UINT64_C(256) << 10)
#define PAIL_WINDOW_SLACK_READS 4 /* or so many reads of the size, where that is more */

struct pail_run {
    uint64_t next;   /* where the next read is expected */
    uint64_t length; /* bytes read by this run */
    uint64_t window; /* how far ahead of next may be fetched */
    uint64_t ahead;  /* up to where fetching was already asked for */
    uint64_t wasted; /* bytes asked for ahead that the reader jumped over */
    uint64_t credit; /* what may be fetched on trust: PAIL_WINDOW_FIRST or 0 */
    uint64_t used;   /* tick of the last read; 0: unused slot */
};
struct pail_window {
    struct pail_run runs[PAIL_WINDOW_RUNS];
    uint64_t tick;
    uint64_t max_window;
};
void pail_window_init(struct pail_window *w, uint64_t max_window);
/* A read of [offset, offset + length) of an object of `size` bytes. Returns its run. */
struct pail_run *pail_window_read(struct pail_window *w, uint64_t offset, uint64_t length,
                                  uint64_t size);
/* The read had to wait: the window was too small, unless it has `enough` bytes already. */
void pail_window_waited(struct pail_window *w, struct pail_run *r, uint64_t enough);
/* The next piece of at most `piece` bytes to fetch ahead for r, ending at a multiple of `align`
 * where it can; false when there is none now. Advances r->ahead. */
bool pail_window_next(struct pail_run *r, uint64_t size, uint64_t piece, uint64_t align,
                      uint64_t *ret_offset, uint64_t *ret_length);

#endif
