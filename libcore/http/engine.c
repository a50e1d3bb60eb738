/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/engine.c - the engine's life, its queues and its slots.
 *
 * A slot is the right to have an exchange under way. Slots are few, so that a thousand small writes
 * do not open a thousand connections; a part of them is kept from background work, so that a
 * listing somebody waits for never stands behind a disk's worth of uploads. Among those waiting the
 * lower priority number goes first, then who came first; an attempt after a back-off goes before
 * new calls, because it has waited already.
 *
 * Rejected: a thread of its own that starts calls. Whoever makes a start possible does it (the
 * submitter, the completion that freed the slot, the timer), which saves two context switches a
 * request. The price is that prepare runs on all of these, and therefore must not block.
 *
 * engine_impl.h has the lock, the states and the invariants.
 */
#include "http/engine.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "http/engine_impl.h"

#define DEFAULT_IN_FLIGHT 128
#define DEFAULT_CONNECT_TIMEOUT_MS 60000
#define DEFAULT_READ_TIMEOUT_MS 60000
#define DEFAULT_TIMEOUT_MS 600000
#define RESERVED_PART 8 /* one slot in so many is kept from background work, at least one */

/* ---- Life ----------------------------------------------------------------------------------- */

static void init_fixed(struct pail_engine *e, const struct pail_engine_options *opt)
{
    unsigned max = opt->max_in_flight ? opt->max_in_flight : DEFAULT_IN_FLIGHT;
    unsigned reserved = max > 1 ? (max + RESERVED_PART - 1) / RESERVED_PART : 0;

    e->fixed.transport = opt->take_transport;
    e->fixed.max_in_flight = max;
    e->fixed.max_background = max - reserved;
    pail_engine_set_connect_timeout(e, opt->connect_timeout_ms);
    e->fixed.read_timeout_ms = opt->read_timeout_ms ? opt->read_timeout_ms
                                                    : DEFAULT_READ_TIMEOUT_MS;
    e->fixed.timeout_ms = opt->timeout_ms ? opt->timeout_ms : DEFAULT_TIMEOUT_MS;
    e->fixed.max_attempts = opt->max_attempts;
    e->fixed.retry_mode = opt->retry_mode;
    e->fixed.retries_2026 = opt->retries_2026;
    e->fixed.no_skew_correction = opt->no_skew_correction;
}

int pail_engine_new(const struct pail_engine_options *opt, struct pail_engine **ret,
                    struct pail_error *err)
{
    struct pail_engine *e = pail_zalloc(sizeof(*e));
    if (!e) {
        opt->take_transport->ops->free(opt->take_transport);
        return pail_error_nomem(err);
    }
    atomic_init(&e->refs, 1);
    init_fixed(e, opt);
    pail_mutex_init(&e->lock, "engine", PAIL_RANK_ENGINE);
    pail_cond_init(&e->timer_cond);
    pail_cond_init(&e->prep_cond);
    pail_cond_init(&e->idle_cond);
    for (size_t i = 0; i < PAIL_PRIO_COUNT; i++)
        pail_list_init(&e->locked.queues[i]);
    pail_list_init(&e->locked.blocked);
    pail_list_init(&e->locked.finished);
    pail_list_init(&e->locked.calls);
    pail_heap_init(&e->locked.timers);

    int rc = pail_map_new(&e->locked.buckets, err);
    if (rc == 0)
        rc = pail_map_new(&e->locked.pacers, err);
    if (rc == 0)
        rc = pail_engine_timer_start(e, err);
    if (rc < 0) {
        e->fixed.transport->ops->free(e->fixed.transport);
        pail_engine_unref(e);
        return rc;
    }
    *ret = e;
    return 0;
}

void pail_engine_ref(struct pail_engine *e)
{
    atomic_fetch_add(&e->refs, 1);
}

static void free_map(struct pail_map *m)
{
    struct pail_str key;
    void *value;
    if (!m)
        return;
    for (size_t it = 0; pail_map_next(m, &it, &key, &value);)
        pail_free(value);
    pail_map_free(m);
}

void pail_engine_unref(struct pail_engine *e)
{
    if (atomic_fetch_sub(&e->refs, 1) != 1)
        return;
    free_map(e->locked.buckets);
    free_map(e->locked.pacers);
    pail_heap_done(&e->locked.timers);
    pail_cond_done(&e->timer_cond);
    pail_cond_done(&e->prep_cond);
    pail_cond_done(&e->idle_cond);
    pail_mutex_done(&e->lock);
    pail_free(e);
}

void pail_engine_set_connect_timeout(struct pail_engine *e, unsigned ms)
{
    e->fixed.connect_timeout_ms = ms ? ms : DEFAULT_CONNECT_TIMEOUT_MS;
}

void pail_engine_free(struct pail_engine *e)
{
    if (!e)
        return;
    {
        PAIL_LOCKED(&e->lock);
        e->locked.closing = true;
        PAIL_LIST_FOR (it, &e->locked.calls) {
            struct pail_call *c = PAIL_CONTAINER(it, struct pail_call, locked.all);
            pail_call_stop_locked(c, PAIL_E_SHUTDOWN);
        }
        while (e->locked.n_calls)
            pail_cond_wait(&e->idle_cond, &e->lock);
    }
    pail_engine_threads_stop(e);
    e->fixed.transport->ops->free(e->fixed.transport);
    pail_engine_unref(e);
}

/* ---- Slots and queues ----------------------------------------------------------------------- */

static bool is_background(enum pail_priority p)
{
    return p >= PAIL_PRIO_READAHEAD;
}

static bool slot_free_locked(const struct pail_engine *e, enum pail_priority p)
{
    return e->locked.in_flight < e->fixed.max_in_flight &&
           (!is_background(p) || e->locked.background < e->fixed.max_background);
}

static void slot_take_locked(struct pail_engine *e, struct pail_call *c)
{
    c->locked.has_slot = true;
    e->locked.in_flight++;
    if (is_background(c->fixed.priority))
        e->locked.background++;
}

void pail_engine_slot_give_locked(struct pail_engine *e, struct pail_call *c)
{
    if (!c->locked.has_slot)
        return;
    c->locked.has_slot = false;
    e->locked.in_flight--;
    if (is_background(c->fixed.priority))
        e->locked.background--;
}

void pail_engine_enqueue_locked(struct pail_engine *e, struct pail_call *c, bool first)
{
    struct pail_list *queue = &e->locked.queues[c->fixed.priority];

    c->locked.state = CALL_QUEUED;
    if (first)
        pail_list_prepend(queue, &c->locked.link);
    else
        pail_list_append(queue, &c->locked.link);
    pail_engine_rekey_locked(e, c, c->fixed.deadline_mono_ns);
}

static struct pail_call *take_startable_locked(struct pail_engine *e)
{
    for (int p = 0; p < PAIL_PRIO_COUNT; p++) {
        struct pail_list *queue = &e->locked.queues[p];
        if (pail_list_empty(queue))
            continue;
        if (!slot_free_locked(e, (enum pail_priority)p))
            return NULL; /* nor for anyone behind */
        struct pail_call *c = PAIL_CONTAINER(pail_list_pop(queue), struct pail_call, locked.link);
        slot_take_locked(e, c);
        c->locked.state = CALL_PREPARING;
        return c;
    }
    return NULL;
}

void pail_engine_dispatch(struct pail_engine *e, bool may_finish)
{
    for (;;) {
        struct pail_call *c;
        {
            PAIL_LOCKED(&e->lock);
            c = take_startable_locked(e);
        }
        if (!c)
            return;
        pail_attempt_run(c, may_finish);
    }
}

/* ---- Retry tokens, and the adaptive mode's --------------------------------------------------- */

/* Only hosts that fail have a bucket: with thousands of virtual hosts most never do. */
bool pail_engine_tokens_take_locked(struct pail_engine *e, struct pail_call *c)
{
    if (!c->fixed.rules->cost)
        return true;
    struct pail_str host = pail_buf_view(&c->request.host);
    struct pail_retry_bucket *b = pail_map_get(e->locked.buckets, host);

    if (!b) {
        b = pail_zalloc(sizeof(*b));
        if (!b)
            return true; /* no memory is no reason to fail a request that could do without */
        b->tokens = PAIL_RETRY_BUCKET_FULL;
        if (pail_map_put(e->locked.buckets, host, b, NULL, NULL) < 0) {
            pail_free(b);
            return true;
        }
    }
    unsigned taken = pail_retry_bucket_take(b, c->fixed.rules, &c->error);
    c->tokens += taken;
    return taken > 0;
}

void pail_engine_tokens_give_locked(struct pail_engine *e, struct pail_call *c)
{
    if (!pail_map_len(e->locked.buckets))
        return;
    struct pail_str host = pail_buf_view(&c->request.host);
    struct pail_retry_bucket *b = pail_map_get(e->locked.buckets, host);
    if (!b)
        return;
    pail_retry_bucket_give(b, c->tokens);
    if (b->tokens == PAIL_RETRY_BUCKET_FULL) {
        pail_map_remove(e->locked.buckets, host);
        pail_free(b);
    }
}

struct pail_pacer *pail_engine_pacer_locked(struct pail_engine *e, const struct pail_call *c)
{
    if (!c->fixed.rules->adaptive)
        return NULL;
    struct pail_str service = pail_str(c->fixed.service ? c->fixed.service : "");
    struct pail_pacer *p = pail_map_get(e->locked.pacers, service);
    if (p)
        return p;
    p = pail_alloc(sizeof(*p));
    if (!p)
        return NULL;
    pail_pacer_init(p, pail_clock_mono_ns());
    if (pail_map_put(e->locked.pacers, service, p, NULL, NULL) < 0) {
        pail_free(p);
        return NULL;
    }
    return p;
}

/* ---- Calls in, numbers out ------------------------------------------------------------------ */

static int admit(struct pail_engine *e, struct pail_call *c, int64_t delay_ns,
                 struct pail_call **ret_call, struct pail_error *err)
{
    PAIL_LOCKED(&e->lock);
    if (e->locked.closing)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_SHUTDOWN, "%s: the session is closing",
                              c->what);
    int rc = pail_heap_insert(&e->locked.timers, &c->locked.timer, c->fixed.deadline_mono_ns, err);
    if (rc < 0)
        return rc;
    if (ret_call)
        *ret_call = pail_call_ref(c);
    pail_list_append(&e->locked.calls, &c->locked.all);
    e->locked.n_calls++;
    e->locked.stats.calls++;
    if (!delay_ns) {
        pail_engine_enqueue_locked(e, c, false);
        return 0;
    }
    c->locked.state = CALL_BACKOFF; /* as if an attempt had failed */
    pail_engine_rekey_locked(e, c, pail_clock_mono_ns() + delay_ns);
    return 0;
}

/* The first call prepares its request while the transport prepares itself. */
static void warm(struct pail_engine *e)
{
    const struct pail_transport_ops *ops = e->fixed.transport->ops;

    if (ops->warm && !e->warmed && !atomic_exchange(&e->warmed, true))
        ops->warm(e->fixed.transport);
}

int pail_engine_submit(struct pail_engine *e, const struct pail_call_desc *desc,
                       struct pail_call **ret_call, struct pail_error *err)
{
    struct pail_call *c;
    int rc = pail_call_new(e, desc, &c, err);
    if (rc < 0)
        return rc;
    warm(e);
    rc = admit(e, c, desc->delay_ns, ret_call, err);
    if (rc < 0) {
        pail_call_unref(c);
        return rc;
    }
    pail_engine_dispatch(e, false);
    return 0;
}

void pail_engine_stats(struct pail_engine *e, struct pail_engine_stats *ret)
{
    PAIL_LOCKED(&e->lock);
    *ret = e->locked.stats;
    ret->in_flight = e->locked.in_flight;
    ret->queued = e->locked.n_calls - e->locked.in_flight;
    ret->skew_s = e->skew_s;
}

void pail_engine_set_trace(struct pail_engine *e, pail_trace_fn *fn, void *ud)
{
    PAIL_LOCKED(&e->lock);
    e->locked.trace = fn;
    e->locked.trace_ud = ud;
}
