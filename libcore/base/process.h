/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/process.h - run another program and collect what it writes.
 *
 * Blocking; any thread. The one place that makes processes, and replaceable as the seams are: the
 * simulation has none. The child gets the environment and the terminal of this process, no input,
 * and none of its open files.
 */
#ifndef PAIL_BASE_PROCESS_H
#define PAIL_BASE_PROCESS_H

#include "base/buf.h"

struct pail_process {
    const char *const *argv;  /* NULL after the last; argv[0] is looked for in PATH; no shell */
    int64_t deadline_mono_ns; /* then it is killed: PAIL_E_DEADLINE */
    struct pail_buf *out;     /* more than its maximum: killed, PAIL_E_TOO_BIG */
    struct pail_buf *err;     /* what exceeds its maximum is dropped */
};
/* 0 when it ran, whatever came of it: *ret_status is its exit status, or 128 + the signal that
 * ended it. */
PAIL_CHECK int pail_process_run(const struct pail_process *p, int *ret_status,
                                struct pail_error *err);

/* Runs another program on this terminal, `in` being its input, and waits for its end: a pager.
 * Interrupts are for it meanwhile. Not in the simulation. */
PAIL_CHECK int pail_process_feed(const char *const *argv, struct pail_bytes in, int *ret_status,
                                 struct pail_error *err);

/* This process becomes another program: returns on failure only. argv as above, but argv[0] is what
 * it is called by; path is where it is, or a name to be looked for in PATH. Not in the
 * simulation. */
PAIL_CHECK int pail_process_become(const char *path, const char *const *argv,
                                   struct pail_error *err);

/* NULL: the system. */
void pail_process_set_run(int (*run)(const struct pail_process *p, int *ret_status,
                                     struct pail_error *err));

#endif
