/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write/queue.h - the one path of every mutation: changes with claims, carried out in order where
 * they overlap.
 *
 *   open -> sealed -> (journaled) -> running -> done | failed
 *
 * A change claims the keys (or prefixes) that it reads and writes. It starts when no earlier
 * unfinished change overlaps; all else is parallel. Default mode: the caller waits until it is
 * done, and its own thread carries it out (pail_queue_run). The executor thread carries out changes
 * nobody waits for (pail_queue_give): replay at mount, and what writeback leaves behind. Lock:
 * PAIL_RANK_QUEUE, never held while a change runs.
 */
#ifndef PAIL_WRITE_QUEUE_H
#define PAIL_WRITE_QUEUE_H

#include <pail/error.h>

#include "base/list.h"

struct pail_queue;

struct pail_claim {
    struct pail_str bucket, key; /* copied when the change is given */
    bool prefix;                 /* everything that starts with key */
    bool write;                  /* two claims that only read do not overlap */
};
#define PAIL_CHANGE_CLAIMS 4

enum pail_change_state {
    PAIL_CHANGE_OPEN,
    PAIL_CHANGE_SEALED,
    PAIL_CHANGE_RUNNING,
    PAIL_CHANGE_DONE,
    PAIL_CHANGE_FAILED
};

struct pail_change {
    /* in */
    const char *what; /* "rename", a literal, for status and messages */
    struct pail_claim claims[PAIL_CHANGE_CLAIMS];
    size_t n_claims;
    /* Carries it out, blocking; no lock is held. */
    int (*run)(struct pail_change *c, struct pail_error *err);
    /* given changes only: after run, on the executor's thread; frees the change. */
    void (*done)(struct pail_change *c, const struct pail_error *err);
    /* the queue's own */
    struct pail_list link;
    enum pail_change_state state;
    uint64_t seq;
    char *claim_text;
};

PAIL_CHECK int pail_queue_new(struct pail_queue **ret, struct pail_error *err);
/* Waits for all changes. */
void pail_queue_free(struct pail_queue *q);
/* Waits for its turn, runs c on this thread, returns run's result. The change is the caller's
 * again. */
PAIL_CHECK int pail_queue_run(struct pail_queue *q, struct pail_change *c, struct pail_error *err);
/* The executor runs it. */
PAIL_CHECK int pail_queue_give(struct pail_queue *q, struct pail_change *c, struct pail_error *err);
/* Waits until every change that was in the queue at the call is done, and done() was called. */
void pail_queue_drain(struct pail_queue *q);
size_t pail_queue_len(struct pail_queue *q);
/* Runs each(ud, what, bucket, key, state) over the changes, oldest first: for status. Under the
 * lock: do not block. */
void pail_queue_each(struct pail_queue *q, void (*each)(void *ud, const struct pail_change *c),
                     void *ud);

#endif
