/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/workers.h - a bounded pool of threads for work that blocks: disk, credential processes, and
 * operations of the file system that must wait for S3 away from a FUSE thread.
 *
 * Jobs start in the order they were given. A job may give further jobs but must not wait for one.
 * Threads start on demand up to the bound and stay.
 */
#ifndef PAIL_BASE_WORKERS_H
#define PAIL_BASE_WORKERS_H

#include <pail/error.h>

#include "base/list.h"

struct pail_workers;

/* Embedded in the caller's own object; must live until run() was entered. */
struct pail_job {
    struct pail_list link;
    void (*run)(struct pail_job *job);
};

PAIL_CHECK int pail_workers_new(const char *name, unsigned max_threads, struct pail_workers **ret,
                                struct pail_error *err);
/* Waits for queued and running jobs, joins the threads. NULL is fine. */
void pail_workers_free(struct pail_workers *w);
/* Never runs the job inside the call. Cannot fail: if a thread cannot be started, an existing one
 * takes the job; pail_workers_new has started the first. */
void pail_workers_give(struct pail_workers *w, struct pail_job *job);

#endif
