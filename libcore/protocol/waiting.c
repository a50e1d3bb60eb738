/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits: a call again and again, each begun by the end of the one before, so that no thread waits
 * with it; the pause between two is the engine's. A call that got no answer ends the waiting.
 *
 * Whoever holds the call under way holds the wait: it has a reference from its creation until done
 * has returned. A cancellation is remembered, since it may come between two calls.
 */
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"
#include "protocol/opcall.h"
#include "protocol/waiter.h"

#define MAX_PAUSE_S 86400

struct pail_waiting {
    struct pail_wait wait;
    atomic_uint refs;
    struct pail_client *client; /* held; the calls hold it too */
    struct pail_values *vs;     /* of the parameters */
    struct pail_value *params;
    pail_done_fn *done;
    void *ud;
    struct pail_result **ret, *answer, *refused; /* of the call under way */
    struct pail_mutex lock;
    struct pail_cond cond;
    struct {
        struct pail_call *call; /* under way */
        unsigned asked;         /* calls so far */
        bool cancelled, done;
    } locked;
};

struct pail_waiting *pail_waiting_unref(struct pail_waiting *w)
{
    if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
        return NULL;
    (void)pail_call_unref(w->locked.call);
    (void)pail_values_free(w->vs);
    (void)pail_result_free(w->answer);
    (void)pail_result_free(w->refused);
    pail_client_release(w->client);
    pail_cond_done(&w->cond);
    pail_mutex_done(&w->lock);
    pail_free(w);
    return NULL;
}

void pail_waiting_cancel(struct pail_waiting *w)
{
    PAIL_LOCKED(&w->lock);
    w->locked.cancelled = true;
    if (w->locked.call)
        pail_call_cancel(w->locked.call);
}

static void on_answer(void *ud, const struct pail_error *err);

/* Notes which call is to be cancelled, unless a later one is under way by now. */
static void note(struct pail_waiting *w, unsigned number, struct pail_call *take_call)
{
    PAIL_LOCKED(&w->lock);
    if (w->locked.asked != number) {
        (void)pail_call_unref(take_call);
        return;
    }
    (void)pail_call_unref(w->locked.call);
    w->locked.call = take_call;
    if (w->locked.cancelled)
        pail_call_cancel(take_call);
}

/* The next call, after a pause; the last one's answer is forgotten. */
static int ask(struct pail_waiting *w, int64_t pause_ns, struct pail_error *err)
{
    struct pail_call_args args = {.params = w->params, .ret_refusal = &w->refused};
    struct pail_opcall *c = NULL;
    struct pail_call *call = NULL;

    w->answer = pail_result_free(w->answer);
    w->refused = pail_result_free(w->refused);
    int rc = pail_opcall_new(w->client, w->wait.operation, &args, &c, err);
    if (rc < 0)
        return rc;
    c->ret = &w->answer;
    c->delay_ns = pause_ns;
    pail_mutex_lock(&w->lock);
    unsigned number = ++w->locked.asked;
    pail_mutex_unlock(&w->lock);
    atomic_fetch_add(&w->refs, 1); /* the answer may come, and end the wait, before we go on */
    rc = pail_opcall_submit(c, on_answer, w, &call, err);
    if (rc == 0)
        note(w, number, call);
    (void)pail_waiting_unref(w);
    return rc;
}

/* The last thing: the wait's own reference goes. */
static void finish(struct pail_waiting *w, const struct pail_error *err)
{
    if (!err && w->ret)
        *w->ret = PAIL_STEAL(w->answer);
    w->done(w->ud, err);
    pail_mutex_lock(&w->lock);
    w->locked.done = true;
    pail_cond_broadcast(&w->cond);
    pail_mutex_unlock(&w->lock);
    (void)pail_waiting_unref(w);
}

static void on_answer(void *ud, const struct pail_error *err)
{
    struct pail_waiting *w = ud;
    struct pail_error own = PAIL_ERROR_INIT;
    bool over = false;
    int rc = 0;

    if (err && (err->domain != PAIL_D_SERVICE || !w->refused)) {
        finish(w, err);
        return;
    }
    rc = pail_waiter_look(&w->wait, err ? w->refused : w->answer, err, &over, &own);
    if (over && err)
        w->answer = PAIL_STEAL(w->refused);
    if (rc == 0 && !over)
        rc = ask(w, (int64_t)pail_min_u64(w->wait.delay_s, MAX_PAUSE_S) * PAIL_NS_PER_S, &own);
    if (rc < 0 || over)
        finish(w, rc < 0 ? &own : NULL);
}

int pail_wait_async(struct pail_client *c, const char *waiter, const struct pail_value *params,
                    const struct pail_wait_options *options, struct pail_result **ret,
                    pail_done_fn *done, void *ud, struct pail_waiting **ret_waiting,
                    struct pail_error *err)
{
    struct pail_waiting *w = pail_zalloc(sizeof(*w));

    if (!w)
        return pail_error_nomem(err);
    atomic_init(&w->refs, 2); /* its own, and this function's or the caller's */
    pail_mutex_init(&w->lock, "waiting", PAIL_RANK_S3);
    pail_cond_init(&w->cond);
    w->client = pail_client_hold(c);
    w->done = done;
    w->ud = ud;
    w->ret = ret;
    int rc = pail_waiter_begin(&w->wait, c, waiter, options, err);
    if (rc == 0)
        rc = pail_values_new(&w->vs, err);
    if (rc == 0 && params) {
        w->params = pail_value_copy(w->vs, params);
        rc = pail_values_check(w->vs, err);
    }
    if (rc == 0)
        rc = ask(w, 0, err);
    if (rc < 0)
        (void)pail_waiting_unref(w); /* done will not run */
    if (rc == 0 && ret_waiting)
        *ret_waiting = w;
    else
        (void)pail_waiting_unref(w);
    return rc;
}

/* ---- The blocking form ---- */

static void remember(void *ud, const struct pail_error *err)
{
    struct pail_error *to = ud;

    if (err)
        *to = *err;
}

int pail_wait(struct pail_client *c, const char *waiter, const struct pail_value *params,
              const struct pail_wait_options *options, struct pail_result **ret,
              struct pail_error *err)
{
    struct pail_error own = PAIL_ERROR_INIT;
    struct pail_waiting *w = NULL;

    int rc = pail_wait_async(c, waiter, params, options, ret, remember, &own, &w, err);
    if (rc < 0)
        return rc;
    pail_mutex_lock(&w->lock);
    while (!w->locked.done)
        pail_cond_wait(&w->cond, &w->lock);
    pail_mutex_unlock(&w->lock);
    (void)pail_waiting_unref(w);
    if (own.code)
        pail_error_copy(err, &own);
    return (int)own.code;
}
