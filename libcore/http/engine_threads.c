/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/engine_threads.c - the engine's own two threads.
 *
 * The timer thread looks after calls that nobody else holds: it ends back-offs and calls whose
 * deadline passed while they waited, and it runs done for those that ended where done may not run
 * (in submit, in cancel). A call's timer is only ever moved, so a deadline that comes while
 * somebody else owns the call is ignored and seen again when the call next waits; during an
 * exchange the transport watches it.
 *
 * The preparing thread fetches credentials, which may take seconds and may itself send requests
 * through this engine; hence it waits without a slot. It starts when it is first needed: with keys
 * from the environment or a file that is never.
 */
#include "base/clock.h"
#include "http/engine_impl.h"

/* ---- Timer ---------------------------------------------------------------------------------- */

void pail_engine_wake_timer_locked(struct pail_engine *e)
{
    e->locked.timer_sleeps_until = INT64_MIN;
    pail_cond_signal(&e->timer_cond);
}

void pail_engine_rekey_locked(struct pail_engine *e, struct pail_call *c, int64_t key)
{
    if (c->locked.timer.key != key) {
        pail_heap_remove(&e->locked.timers, &c->locked.timer);
        /* Cannot fail: the heap keeps the room that the removal made. */
        int rc = pail_heap_insert(&e->locked.timers, &c->locked.timer, key, NULL);
        (void)rc;
    }
    if (key < e->locked.timer_sleeps_until)
        pail_engine_wake_timer_locked(e);
}

/* What the timer found to do without the lock. */
enum timer_action { TIMER_NOTHING, TIMER_FINISH, TIMER_DISPATCH };

static enum timer_action fire_locked(struct pail_engine *e, struct pail_call *c, int64_t now)
{
    switch (c->locked.state) {
    case CALL_BACKOFF:
        if (now < c->fixed.deadline_mono_ns) {
            pail_engine_enqueue_locked(e, c, true);
            return TIMER_DISPATCH;
        }
        break;
    case CALL_QUEUED:
    case CALL_BLOCKED:
        pail_list_remove(&c->locked.link);
        break;
    default: /* owned by another thread, which looks at the deadline itself */
        pail_engine_rekey_locked(e, c, PAIL_NEVER);
        return TIMER_NOTHING;
    }
    pail_call_set_end(c, PAIL_E_DEADLINE);
    pail_call_finishing_locked(c);
    return TIMER_FINISH;
}

static struct pail_call *next_timer_locked(struct pail_engine *e, int64_t *ret_key)
{
    struct pail_heap_node *n = pail_heap_min(&e->locked.timers);
    *ret_key = n ? n->key : PAIL_NEVER;
    return n ? PAIL_CONTAINER(n, struct pail_call, locked.timer) : NULL;
}

static void timer_main(void *arg)
{
    struct pail_engine *e = arg;

    pail_mutex_lock(&e->lock);
    for (;;) {
        enum timer_action action = TIMER_NOTHING;
        struct pail_call *c;
        int64_t key, now = pail_clock_mono_ns();

        struct pail_list *link = pail_list_pop(&e->locked.finished);
        if (link) {
            c = PAIL_CONTAINER(link, struct pail_call, locked.link);
            action = TIMER_FINISH;
        } else {
            c = next_timer_locked(e, &key);
            if (c && key <= now && key != PAIL_NEVER) {
                action = fire_locked(e, c, now);
                if (action == TIMER_NOTHING)
                    continue;
            }
        }
        if (action != TIMER_NOTHING) {
            pail_mutex_unlock(&e->lock);
            if (action == TIMER_FINISH)
                pail_call_finish(c);
            else
                pail_engine_dispatch(e, true);
            pail_mutex_lock(&e->lock);
            continue;
        }
        if (e->locked.stopping)
            break;
        e->locked.timer_sleeps_until = key;
        pail_cond_wait_until(&e->timer_cond, &e->lock, key);
        e->locked.timer_sleeps_until = INT64_MIN;
    }
    pail_mutex_unlock(&e->lock);
}

int pail_engine_timer_start(struct pail_engine *e, struct pail_error *err)
{
    e->locked.timer_sleeps_until = INT64_MIN;
    return pail_thread_start(&e->timer_thread, "pail-timer", timer_main, e, err);
}

void pail_engine_threads_stop(struct pail_engine *e)
{
    {
        PAIL_LOCKED(&e->lock);
        e->locked.stopping = true;
        pail_engine_wake_timer_locked(e);
        pail_cond_signal(&e->prep_cond);
        while (e->locked.prep_state == PREP_STARTING) /* its starter has yet to note the thread */
            pail_cond_wait(&e->idle_cond, &e->lock);
    }
    pail_thread_join(e->timer_thread);
    pail_thread_join(e->prep_thread);
}

/* ---- Preparing thread ----------------------------------------------------------------------- */

static void prepare_blocking(struct pail_engine *e, struct pail_call *c)
{
    int rc = pail_attempt_prepare(c, true);
    bool finish = false;
    bool stopped;

    {
        PAIL_LOCKED(&e->lock);
        stopped = c->locked.stop != 0;
        if (stopped)
            pail_call_set_end(c, c->locked.stop);
        else if (rc == 0)
            pail_engine_enqueue_locked(e, c, true);
    }
    if (rc < 0 || stopped)
        finish = pail_attempt_settle(c, false, true);
    pail_engine_dispatch(e, true);
    if (finish)
        pail_call_finish(c);
}

static void prep_main(void *arg)
{
    struct pail_engine *e = arg;

    pail_mutex_lock(&e->lock);
    for (;;) {
        struct pail_list *link = pail_list_pop(&e->locked.blocked);
        if (link) {
            struct pail_call *c = PAIL_CONTAINER(link, struct pail_call, locked.link);
            c->locked.state = CALL_PREPARING;
            pail_mutex_unlock(&e->lock);
            prepare_blocking(e, c);
            pail_mutex_lock(&e->lock);
            continue;
        }
        if (e->locked.stopping)
            break;
        pail_cond_wait(&e->prep_cond, &e->lock);
    }
    pail_mutex_unlock(&e->lock);
}

/* The thread cannot be had: whoever waits for it is told. */
static void fail_blocked(struct pail_engine *e, const struct pail_error *err)
{
    PAIL_LOCKED(&e->lock);
    e->locked.prep_state = PREP_NONE;
    pail_cond_broadcast(&e->idle_cond);
    for (struct pail_list *link; (link = pail_list_pop(&e->locked.blocked));) {
        struct pail_call *c = PAIL_CONTAINER(link, struct pail_call, locked.link);
        c->failed = true;
        pail_error_copy(&c->error, err);
        pail_call_finish_later_locked(c);
    }
}

void pail_engine_block(struct pail_engine *e, struct pail_call *c)
{
    bool start = false;
    {
        PAIL_LOCKED(&e->lock);
        if (c->locked.stop) {
            pail_call_set_end(c, c->locked.stop);
            pail_engine_slot_give_locked(e, c);
            pail_call_finish_later_locked(c);
            return;
        }
        pail_engine_slot_give_locked(e, c);
        c->locked.state = CALL_BLOCKED;
        pail_list_append(&e->locked.blocked, &c->locked.link);
        pail_engine_rekey_locked(e, c, c->fixed.deadline_mono_ns);
        pail_cond_signal(&e->prep_cond);
        if (e->locked.prep_state == PREP_NONE) {
            e->locked.prep_state = PREP_STARTING;
            start = true;
        }
    }
    if (!start)
        return;

    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_thread *thread;
    int rc = pail_thread_start(&thread, "pail-prepare", prep_main, e, &err);
    if (rc < 0) {
        fail_blocked(e, &err);
        return;
    }
    PAIL_LOCKED(&e->lock);
    e->prep_thread = thread;
    e->locked.prep_state = PREP_RUNNING;
    pail_cond_broadcast(&e->idle_cond);
}
