/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/task.h - one transfer under way: its life, its requests, its cancellation.
 *
 * A transfer is a state machine that one worker thread at a time moves on ("step"), whenever
 * something happened to it: a request ended, the gate let it in, a disk job is done, somebody
 * cancelled. So what belongs to the step needs no lock. A step starts what it can, and returns; it
 * may block on the disk or on its stream, never on the network.
 *
 *   kind's open -> [step]... -> pail_task_finish -> done
 *
 * Requests go in lanes. A lane holds a slot of the gate while its request is under way, and bytes
 * of the gate until the kind gives them back.
 */
#ifndef PAIL_TRANSFER_TASK_H
#define PAIL_TRANSFER_TASK_H

#include <pail/transfer.h>

#include "base/thread.h"
#include "base/workers.h"
#include "transfer/gate.h"
#include "transfer/manager.h"

struct pail_lane {
    struct pail_transfer *t;
    enum { PAIL_LANE_FREE, PAIL_LANE_BUSY, PAIL_LANE_LANDED } state; /* under t->lock */
    bool failed;                                                     /* of the one that landed */
    struct pail_error err;
    struct pail_call *call; /* the step's */
};

struct pail_task_kind {
    const char *name; /* "upload" */
    size_t size;      /* of the struct that begins with a struct pail_transfer */
    void (*step)(struct pail_transfer *t);
    /* Memory only; any thread. */
    void (*free)(struct pail_transfer *t);
};

struct pail_transfer {
    const struct pail_task_kind *kind;
    struct pail_transfers *m; /* valid until done */
    _Atomic unsigned refs;
    struct pail_list link; /* of the manager's list */
    pail_done_fn *done;
    void *ud;
    struct pail_transfer_result *ret; /* NULL: not wanted */
    pail_progress_fn *progress;
    void *progress_ud;
    struct pail_gate_wait wait;
    struct pail_job job;
    struct pail_mutex lock;
    struct pail_cond cond;
    struct {
        bool scheduled, again, cancelled, done;
    } locked;
    _Atomic bool attention; /* cancelled, or a request failed: a step that waits shall return */
    struct {
        struct pail_error err; /* the first */
        struct pail_transfer_result result;
        struct pail_lane *lanes;
        size_t n_lanes, lane_size;
        bool finished, lanes_cancelled;
    } step;
};

/* A zeroed transfer of this kind, with one reference. Nothing runs before pail_task_begin. */
PAIL_CHECK int pail_task_new(struct pail_transfers *m, const struct pail_task_kind *kind,
                             struct pail_transfer **ret, struct pail_error *err);
/* Hands it to the manager. *ret_transfer (may be NULL) gets a reference. Takes the caller's. */
void pail_task_begin(struct pail_transfer *take_t, pail_done_fn *done, void *ud,
                     struct pail_transfer_result *ret, struct pail_transfer **ret_transfer);
/* Blocking forms: rc = x_async(..., pail_task_wait_done, &t, err); return pail_task_wait(t, rc,
 * err) */
PAIL_CHECK int pail_task_wait(struct pail_transfer *t, int rc, struct pail_error *err);
void pail_task_nothing(void *ud, const struct pail_error *err); /* a done callback */

/* Another reference, for a job of the transfer's: given back with pail_transfer_unref. */
struct pail_transfer *pail_task_ref(struct pail_transfer *t);
/* Any thread; the transfer is not done yet, or there is a reference. */
void pail_task_kick(struct pail_transfer *t);

/* ---- For steps */

/* Remembers the first failure. Returns its code. */
int pail_task_fail(struct pail_transfer *t, const struct pail_error *err);
static inline bool pail_task_failed(const struct pail_transfer *t)
{
    return t->step.err.code != 0;
}
/* Looks whether it was cancelled: fails it then. */
void pail_task_look(struct pail_transfer *t);
/* A request's failure was none: steps go on. */
void pail_task_calm(struct pail_transfer *t);
/* n lanes of lane_size bytes, which begin with a struct pail_lane. Only once. */
PAIL_CHECK int pail_task_lanes(struct pail_transfer *t, size_t n, size_t lane_size,
                               struct pail_error *err);
/* Idle ones, to have others instead. */
void pail_task_drop_lanes(struct pail_transfer *t);
void *pail_task_lane(const struct pail_transfer *t, size_t i);
void *pail_task_free_lane(struct pail_transfer *t);   /* NULL: all are under way */
void *pail_task_landed_lane(struct pail_transfer *t); /* NULL: none; free after this call */
bool pail_task_any_busy(struct pail_transfer *t);
/* After pail_task_admit: the lane is under way; start its call with pail_lane_landed and the lane,
 * then tell how that went. */
void pail_lane_begin(struct pail_lane *lane);
void pail_lane_started(struct pail_lane *lane, int rc, const struct pail_error *err);
void pail_lane_landed(void *lane, const struct pail_error *err); /* as pail_done_fn */
/* Slot and bytes of the gate; false: the step will run again. */
bool pail_task_admit(struct pail_transfer *t, uint64_t bytes, uint64_t paced);
void pail_task_give_bytes(struct pail_transfer *t, uint64_t bytes);
/* Stops waiting and cancels what is under way; true when nothing is any more. */
bool pail_task_drained(struct pail_transfer *t);
/* The last thing of the last step. */
void pail_task_finish(struct pail_transfer *t);
/* Any thread. */
void pail_task_progress(struct pail_transfer *t, int64_t delta);

#endif
