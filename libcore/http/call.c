/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/call.c - one call from submission to done.
 *
 * A call object outlives done for as long as somebody holds a reference, and it keeps the engine's
 * memory (not its threads) alive, so that cancel and wait need no care about what was closed first.
 *
 * Cancel is a wish. A call that waits in some list ends at once, though done runs on the timer
 * thread: the canceller may hold locks of its own. A call that some thread works on ends when that
 * thread looks at `stop`, which it does before each step; an exchange is cancelled in the
 * transport.
 */
#include <limits.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rand.h"
#include "http/engine_impl.h"

#define DEFAULT_MAX_BODY (1024 * 1024)
#define ERROR_BODY_MAX (256 * 1024)

static int64_t deadline_of(int64_t timeout_ms)
{
    if (timeout_ms >= PAIL_NEVER / PAIL_NS_PER_MS)
        return PAIL_NEVER;
    return pail_deadline_after_ns(timeout_ms * PAIL_NS_PER_MS);
}

static void init_fixed(struct pail_call *c, const struct pail_call_desc *desc)
{
    const struct pail_engine *e = c->engine;
    const struct pail_call_options *o = &desc->options;

    c->fixed.ops = desc->ops;
    c->fixed.ud = desc->ud;
    c->fixed.body = desc->body;
    c->fixed.service = desc->service;
    c->fixed.rules = pail_retry_rules(e->fixed.retry_mode, e->fixed.retries_2026, desc->service);
    c->fixed.priority = o->priority;
    c->fixed.expect_continue = desc->expect_continue;
    c->fixed.head_only = desc->head_only;
    c->fixed.has_sink = desc->has_sink;
    c->fixed.unsafe = desc->unsafe;
    c->fixed.max_body = desc->max_body ? desc->max_body : DEFAULT_MAX_BODY;
    c->fixed.max_attempts = o->max_attempts         ? o->max_attempts
                            : e->fixed.max_attempts ? e->fixed.max_attempts
                                                    : c->fixed.rules->max_attempts;
    c->fixed.timeout_ms = o->timeout_ms ? o->timeout_ms : e->fixed.timeout_ms;
    c->fixed.deadline_mono_ns = deadline_of(c->fixed.timeout_ms);
    if (c->fixed.deadline_mono_ns < PAIL_NEVER - desc->delay_ns)
        c->fixed.deadline_mono_ns += desc->delay_ns;
    pail_rand_uuid(c->fixed.invocation_id);
}

int pail_call_new(struct pail_engine *e, const struct pail_call_desc *desc, struct pail_call **ret,
                  struct pail_error *err)
{
    const char *what = desc->what ? desc->what : "request";
    if ((unsigned)desc->options.priority >= PAIL_PRIO_COUNT || desc->options.timeout_ms < 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s: bad call options", what);

    size_t what_size = strlen(what) + 1;
    struct pail_call *c = pail_zalloc(sizeof(*c) + what_size);
    if (!c)
        return pail_error_nomem(err);
    memcpy(c->what, what, what_size);
    atomic_init(&c->refs, 1);
    c->engine = e;
    pail_engine_ref(e);
    init_fixed(c, desc);
    pail_list_init(&c->locked.link);
    pail_list_init(&c->locked.all);
    pail_heap_node_init(&c->locked.timer);
    pail_cond_init(&c->done_cond);
    c->number = 1;
    pail_request_init(&c->request);
    pail_buf_init(&c->body, pail_max_u64(c->fixed.max_body, ERROR_BODY_MAX));
    *ret = c;
    return 0;
}

struct pail_call *pail_call_ref(struct pail_call *c)
{
    atomic_fetch_add(&c->refs, 1);
    return c;
}

struct pail_call *pail_call_unref(struct pail_call *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return NULL;
    pail_request_done(&c->request);
    pail_buf_done(&c->body);
    pail_cond_done(&c->done_cond);
    pail_engine_unref(c->engine);
    pail_free(c);
    return NULL;
}

/* ---- Ending --------------------------------------------------------------------------------- */

void pail_call_set_end(struct pail_call *c, enum pail_code code)
{
    struct pail_error last = PAIL_ERROR_INIT;
    char text[64];

    if (c->failed)
        last = c->error;

    switch (code) {
    case PAIL_E_CANCELLED:
        pail_error_set(&c->error, PAIL_D_USAGE, code, "cancelled");
        break;
    case PAIL_E_SHUTDOWN:
        pail_error_set(&c->error, PAIL_D_USAGE, code, "the session was closed");
        break;
    default:
        snprintf(text, sizeof(text), "not done after %lld ms", (long long)c->fixed.timeout_ms);
        pail_error_set(&c->error, PAIL_D_NET, code, "%s", c->failed ? last.message : text);
        if (c->failed)
            pail_error_prefix(&c->error, "%s, last error", text);
        c->error.retry = PAIL_RETRY_BACKOFF;
        break;
    }
    c->failed = true;
    c->error.http_status = last.http_status;
    memcpy(c->error.service_code, last.service_code, sizeof(last.service_code));
    memcpy(c->error.request_id, last.request_id, sizeof(last.request_id));
    if (last.retry == PAIL_RETRY_UNKNOWN_EFFECT)
        c->error.retry = last.retry;
}

/* "... (after 3 attempts)", and what was tried in front. */
static void complete_error(struct pail_call *c)
{
    struct pail_error *err = &c->error;
    char tail[64] = "";
    size_t size = sizeof(err->message), len = strlen(err->message), tail_len;

    err->attempts = c->started > INT_MAX ? INT_MAX : (int)c->started;
    if (c->out_of_tokens)
        snprintf(tail, sizeof(tail), " (too many errors of late to retry, after %u attempts)",
                 c->started);
    else if (c->started > 1)
        snprintf(tail, sizeof(tail), " (after %u attempts)", c->started);
    tail_len = strlen(tail);
    if (len + tail_len >= size)
        len = size - 1 - tail_len;
    memcpy(err->message + len, tail, tail_len + 1);
    pail_error_prefix(err, "%s", c->what);
}

void pail_call_finishing_locked(struct pail_call *c)
{
    c->locked.state = CALL_FINISHING;
    pail_heap_remove(&c->engine->locked.timers, &c->locked.timer);
}

void pail_call_finish_later_locked(struct pail_call *c)
{
    struct pail_engine *e = c->engine;
    pail_call_finishing_locked(c);
    pail_list_append(&e->locked.finished, &c->locked.link);
    pail_engine_wake_timer_locked(e);
}

void pail_call_finish(struct pail_call *c)
{
    struct pail_engine *e = c->engine;

    pail_assert_no_locks();
    if (c->failed)
        complete_error(c);
    c->fixed.ops->done(c->fixed.ud, c->failed ? &c->error : NULL);
    pail_request_done(&c->request); /* the object may be kept for long */
    pail_buf_done(&c->body);
    {
        PAIL_LOCKED(&e->lock);
        c->locked.state = CALL_DONE;
        pail_list_remove(&c->locked.all);
        if (--e->locked.n_calls == 0)
            pail_cond_broadcast(&e->idle_cond);
        pail_cond_broadcast(&c->done_cond);
    }
    pail_call_unref(c);
}

void pail_call_stop_locked(struct pail_call *c, enum pail_code code)
{
    struct pail_transport *t = c->engine->fixed.transport;

    if (c->locked.stop)
        return; /* the first reason counts */
    switch (c->locked.state) {
    case CALL_QUEUED:
    case CALL_BLOCKED:
    case CALL_BACKOFF:
        c->locked.stop = code;
        pail_list_remove(&c->locked.link); /* nothing in BACKOFF */
        pail_call_set_end(c, code);
        pail_call_finish_later_locked(c);
        break;
    case CALL_EXCHANGING:
        c->locked.stop = code;
        if (c->locked.cancellable == c->locked.exchange_no)
            t->ops->cancel(t, &c->exchange);
        break;
    case CALL_PREPARING:
    case CALL_CLASSIFYING:
        c->locked.stop = code;
        break;
    case CALL_FINISHING:
    case CALL_DONE:
        break;
    }
}

/* ---- The public side ------------------------------------------------------------------------ */

void pail_call_cancel(struct pail_call *c)
{
    PAIL_LOCKED(&c->engine->lock);
    pail_call_stop_locked(c, PAIL_E_CANCELLED);
}

void pail_call_wait(struct pail_call *c)
{
    PAIL_LOCKED(&c->engine->lock);
    while (c->locked.state != CALL_DONE)
        pail_cond_wait(&c->done_cond, &c->engine->lock);
}
