/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/task.c - transfers as jobs that are given to a worker when something happened.
 *
 * The manager must outlive every touch of it. A transfer is done only after all its lanes have
 * landed; a lane lands with the last touch of the manager behind it, under the transfer's lock; and
 * each request holds a reference to the transfer's memory. So whoever comes last frees memory and
 * nothing else.
 */
#include "transfer/task.h"

#include <stdatomic.h>

#include "base/alloc.h"

/* ---- Life ---- */

static void wake(struct pail_gate_wait *w)
{
    pail_task_kick(PAIL_CONTAINER(w, struct pail_transfer, wait));
}

static void run(struct pail_job *job);

int pail_task_new(struct pail_transfers *m, const struct pail_task_kind *kind,
                  struct pail_transfer **ret, struct pail_error *err)
{
    struct pail_transfer *t = pail_zalloc(kind->size);

    if (!t)
        return pail_error_nomem(err);
    t->kind = kind;
    t->m = m;
    atomic_init(&t->refs, 1);
    pail_list_init(&t->link);
    t->wait.wake = wake;
    t->job.run = run;
    pail_mutex_init(&t->lock, "transfer", PAIL_RANK_CALL);
    pail_cond_init(&t->cond);
    *ret = t;
    return 0;
}

void pail_task_drop_lanes(struct pail_transfer *t)
{
    for (size_t i = 0; i < t->step.n_lanes; i++)
        pail_call_unref(((struct pail_lane *)pail_task_lane(t, i))->call);
    pail_free(PAIL_STEAL(t->step.lanes));
    t->step.n_lanes = 0;
}

struct pail_transfer *pail_task_ref(struct pail_transfer *t)
{
    atomic_fetch_add(&t->refs, 1);
    return t;
}

struct pail_transfer *pail_transfer_unref(struct pail_transfer *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
        return NULL;
    if (t->kind->free)
        t->kind->free(t);
    pail_task_drop_lanes(t);
    pail_cond_done(&t->cond);
    pail_mutex_done(&t->lock);
    pail_free(t);
    return NULL;
}

void pail_task_begin(struct pail_transfer *t, pail_done_fn *done, void *ud,
                     struct pail_transfer_result *ret, struct pail_transfer **ret_transfer)
{
    struct pail_transfers *m = t->m;

    t->done = done;
    t->ud = ud;
    t->ret = ret;
    if (ret)
        *ret = (struct pail_transfer_result){0};
    if (ret_transfer)
        *ret_transfer = pail_task_ref(t);
    pail_mutex_lock(&m->lock);
    pail_list_append(&m->locked.transfers, &t->link);
    m->locked.n++;
    pail_mutex_unlock(&m->lock);
    pail_task_kick(t);
}

static void tell(struct pail_transfer *t)
{
    bool failed = pail_task_failed(t);

    if (t->ret)
        *t->ret = t->step.result;
    t->done(t->ud, failed ? &t->step.err : NULL);
}

/* After this nobody but holders of references knows t. */
static void retire(struct pail_transfer *t)
{
    struct pail_transfers *m = t->m;

    pail_mutex_lock(&t->lock);
    t->locked.done = true;
    pail_cond_broadcast(&t->cond);
    pail_mutex_unlock(&t->lock);
    pail_mutex_lock(&m->lock);
    pail_list_remove(&t->link);
    m->locked.n--;
    pail_cond_broadcast(&m->cond);
    pail_mutex_unlock(&m->lock);
    pail_transfer_unref(t);
}

static void run(struct pail_job *job)
{
    struct pail_transfer *t = PAIL_CONTAINER(job, struct pail_transfer, job);

    for (;;) {
        pail_mutex_lock(&t->lock);
        t->locked.again = false;
        pail_mutex_unlock(&t->lock);
        t->kind->step(t);
        if (t->step.finished) {
            tell(t);
            retire(t);
            return;
        }
        pail_mutex_lock(&t->lock);
        bool again = t->locked.again;
        t->locked.scheduled = again;
        pail_mutex_unlock(&t->lock);
        if (!again)
            return;
    }
}

static void kick_locked(struct pail_transfer *t)
{
    t->locked.again = true;
    if (t->locked.scheduled || t->locked.done)
        return;
    t->locked.scheduled = true;
    pail_workers_give(t->m->workers, &t->job);
}

void pail_task_kick(struct pail_transfer *t)
{
    PAIL_LOCKED(&t->lock);
    kick_locked(t);
}

void pail_transfer_cancel(struct pail_transfer *t)
{
    PAIL_LOCKED(&t->lock);
    if (t->locked.done || t->locked.cancelled)
        return;
    t->locked.cancelled = true;
    atomic_store(&t->attention, true);
    kick_locked(t);
}

int pail_transfer_wait(struct pail_transfer *t, struct pail_error *err)
{
    pail_mutex_lock(&t->lock);
    while (!t->locked.done)
        pail_cond_wait(&t->cond, &t->lock);
    pail_mutex_unlock(&t->lock);
    if (pail_task_failed(t))
        pail_error_copy(err, &t->step.err);
    return t->step.err.code;
}

void pail_task_nothing(void *ud, const struct pail_error *err)
{
}

int pail_task_wait(struct pail_transfer *t, int rc, struct pail_error *err)
{
    if (rc < 0)
        return rc;
    rc = pail_transfer_wait(t, err);
    pail_transfer_unref(t);
    return rc;
}

/* ---- Steps ---- */

int pail_task_fail(struct pail_transfer *t, const struct pail_error *err)
{
    if (!t->step.err.code)
        pail_error_copy(&t->step.err, err);
    return t->step.err.code;
}

void pail_task_look(struct pail_transfer *t)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_mutex_lock(&t->lock);
    bool cancelled = t->locked.cancelled;
    pail_mutex_unlock(&t->lock);
    if (cancelled && !pail_task_failed(t)) {
        pail_error_set(&err, PAIL_D_USAGE, PAIL_E_CANCELLED, "cancelled");
        pail_task_fail(t, &err);
    }
}

void pail_task_calm(struct pail_transfer *t)
{
    PAIL_LOCKED(&t->lock);
    atomic_store(&t->attention, t->locked.cancelled);
}

void pail_task_finish(struct pail_transfer *t)
{
    t->step.finished = true;
}

void pail_task_progress(struct pail_transfer *t, int64_t delta)
{
    if (t->progress && delta)
        t->progress(t->progress_ud, delta);
}

/* ---- Lanes ---- */

int pail_task_lanes(struct pail_transfer *t, size_t n, size_t lane_size, struct pail_error *err)
{
    char *lanes = pail_calloc(n, lane_size);

    if (!lanes)
        return pail_error_nomem(err);
    pail_mutex_lock(&t->lock);
    t->step.lanes = (struct pail_lane *)lanes;
    t->step.lane_size = lane_size;
    t->step.n_lanes = n;
    pail_mutex_unlock(&t->lock);
    for (size_t i = 0; i < n; i++)
        ((struct pail_lane *)pail_task_lane(t, i))->t = t;
    return 0;
}

void *pail_task_lane(const struct pail_transfer *t, size_t i)
{
    return (char *)t->step.lanes + i * t->step.lane_size;
}

/* The first lane in this state. */
static struct pail_lane *find_lane(struct pail_transfer *t, int state, int new_state)
{
    struct pail_lane *found = NULL;

    PAIL_LOCKED(&t->lock);
    for (size_t i = 0; i < t->step.n_lanes && !found; i++) {
        struct pail_lane *lane = pail_task_lane(t, i);
        if ((int)lane->state == state)
            found = lane;
    }
    if (found)
        found->state = new_state;
    return found;
}

void *pail_task_free_lane(struct pail_transfer *t)
{
    return find_lane(t, PAIL_LANE_FREE, PAIL_LANE_FREE);
}

void *pail_task_landed_lane(struct pail_transfer *t)
{
    return find_lane(t, PAIL_LANE_LANDED, PAIL_LANE_FREE);
}

bool pail_task_any_busy(struct pail_transfer *t)
{
    return find_lane(t, PAIL_LANE_BUSY, PAIL_LANE_BUSY) != NULL;
}

void pail_lane_begin(struct pail_lane *lane)
{
    struct pail_transfer *t = lane->t;

    lane->call = pail_call_unref(lane->call);
    lane->failed = false;
    pail_task_ref(t);
    pail_mutex_lock(&t->lock);
    lane->state = PAIL_LANE_BUSY;
    pail_mutex_unlock(&t->lock);
}

void pail_lane_landed(void *ud, const struct pail_error *err)
{
    struct pail_lane *lane = ud;
    struct pail_transfer *t = lane->t;

    pail_gate_give_slot(t->m->gate);
    if (err)
        atomic_store(&t->attention, true);
    pail_mutex_lock(&t->lock);
    lane->failed = err != NULL;
    if (err)
        lane->err = *err;
    lane->state = PAIL_LANE_LANDED;
    kick_locked(t);
    pail_mutex_unlock(&t->lock);
    pail_transfer_unref(t);
}

void pail_lane_started(struct pail_lane *lane, int rc, const struct pail_error *err)
{
    if (rc < 0)
        pail_lane_landed(lane, err);
}

bool pail_task_admit(struct pail_transfer *t, uint64_t bytes, uint64_t paced)
{
    return pail_gate_take(t->m->gate, &t->wait, bytes, paced);
}

void pail_task_give_bytes(struct pail_transfer *t, uint64_t bytes)
{
    if (bytes)
        pail_gate_give_bytes(t->m->gate, bytes);
}

bool pail_task_drained(struct pail_transfer *t)
{
    pail_gate_forget(t->m->gate, &t->wait);
    for (size_t i = 0; !t->step.lanes_cancelled && i < t->step.n_lanes; i++) {
        struct pail_lane *lane = pail_task_lane(t, i);
        if (lane->call)
            pail_call_cancel(lane->call);
    }
    t->step.lanes_cancelled = true;
    return !pail_task_any_busy(t);
}
