/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/gate.c - slots, memory and bandwidth.
 *
 * Only the first waiter is looked at: a large request is not overtaken for ever by small ones.
 * A thread exists only where there is a bandwidth limit; it grants what nothing but time held back.
 * Wakers are called under the lock, so that forget knows for certain what was granted; they take
 * only locks of higher rank.
 */
#include "transfer/gate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#define LATE_NS (PAIL_NS_PER_S / 4)

struct pail_gate {
    struct {
        unsigned slots;
        uint64_t bytes, bytes_per_s;
        struct pail_thread *pacer; /* NULL: no bandwidth limit */
    } fixed;
    struct pail_mutex lock;
    struct pail_cond cond; /* of the pacer */
    struct {
        unsigned slots;
        uint64_t bytes, peak;
        int64_t next_ns; /* no grant before */
        struct pail_list waiters;
        bool closing;
    } locked;
};

static bool fits_locked(const struct pail_gate *g, const struct pail_gate_wait *w)
{
    bool alone = g->locked.bytes == 0;
    bool room = w->bytes <= g->fixed.bytes && g->locked.bytes <= g->fixed.bytes - w->bytes;
    return g->locked.slots < g->fixed.slots && (alone || room);
}

static bool in_time_locked(const struct pail_gate *g)
{
    return !g->fixed.bytes_per_s || pail_clock_mono_ns() >= g->locked.next_ns;
}

static void charge_locked(struct pail_gate *g, const struct pail_gate_wait *w)
{
    g->locked.slots++;
    g->locked.bytes += w->bytes;
    g->locked.peak = pail_max_u64(g->locked.peak, g->locked.bytes);
    if (!g->fixed.bytes_per_s)
        return;
    int64_t now = pail_clock_mono_ns();
    double ns = (double)w->paced / (double)g->fixed.bytes_per_s * (double)PAIL_NS_PER_S;
    /* Who came late only because this machine was busy makes up for it. */
    if (now - g->locked.next_ns > LATE_NS)
        g->locked.next_ns = now;
    g->locked.next_ns += ns > 1e15 ? (int64_t)1e15 : (int64_t)ns;
}

static void grant_locked(struct pail_gate *g)
{
    while (!pail_list_empty(&g->locked.waiters)) {
        struct pail_gate_wait *w = PAIL_CONTAINER(g->locked.waiters.next, struct pail_gate_wait,
                                                  link);
        if (!fits_locked(g, w) || !in_time_locked(g))
            break;
        pail_list_remove(&w->link);
        charge_locked(g, w);
        w->state = PAIL_GATE_GRANTED;
        w->wake(w);
    }
    if (g->fixed.bytes_per_s)
        pail_cond_signal(&g->cond);
}

static void pacer_main(void *arg)
{
    struct pail_gate *g = arg;

    PAIL_LOCKED(&g->lock);
    while (!g->locked.closing) {
        bool waits = !pail_list_empty(&g->locked.waiters) && !in_time_locked(g);
        pail_cond_wait_until(&g->cond, &g->lock, waits ? g->locked.next_ns : PAIL_NEVER);
        if (in_time_locked(g))
            grant_locked(g);
    }
}

int pail_gate_new(unsigned slots, uint64_t bytes, uint64_t bytes_per_s, struct pail_gate **ret,
                  struct pail_error *err)
{
    struct pail_gate *g = pail_zalloc(sizeof(*g));

    if (!g)
        return pail_error_nomem(err);
    g->fixed.slots = slots;
    g->fixed.bytes = bytes;
    g->fixed.bytes_per_s = bytes_per_s;
    pail_mutex_init(&g->lock, "gate", PAIL_RANK_ENGINE);
    pail_cond_init(&g->cond);
    pail_list_init(&g->locked.waiters);
    int rc = bytes_per_s ? pail_thread_start(&g->fixed.pacer, "pail-pacer", pacer_main, g, err) : 0;
    if (rc < 0) {
        pail_gate_free(g);
        return rc;
    }
    *ret = g;
    return 0;
}

void pail_gate_free(struct pail_gate *g)
{
    if (!g)
        return;
    pail_mutex_lock(&g->lock);
    g->locked.closing = true;
    pail_cond_broadcast(&g->cond);
    pail_mutex_unlock(&g->lock);
    pail_thread_join(g->fixed.pacer);
    pail_cond_done(&g->cond);
    pail_mutex_done(&g->lock);
    pail_free(g);
}

bool pail_gate_take(struct pail_gate *g, struct pail_gate_wait *w, uint64_t bytes, uint64_t paced)
{
    PAIL_LOCKED(&g->lock);
    if (w->state == PAIL_GATE_GRANTED) {
        w->state = PAIL_GATE_IDLE;
        return true;
    }
    if (w->state == PAIL_GATE_WAITING)
        return false;
    w->bytes = bytes;
    w->paced = paced;
    if (pail_list_empty(&g->locked.waiters) && fits_locked(g, w) && in_time_locked(g)) {
        charge_locked(g, w);
        return true;
    }
    w->state = PAIL_GATE_WAITING;
    pail_list_append(&g->locked.waiters, &w->link);
    if (g->fixed.bytes_per_s)
        pail_cond_signal(&g->cond);
    return false;
}

void pail_gate_forget(struct pail_gate *g, struct pail_gate_wait *w)
{
    PAIL_LOCKED(&g->lock);
    if (w->state == PAIL_GATE_WAITING)
        pail_list_remove(&w->link);
    if (w->state == PAIL_GATE_GRANTED) {
        g->locked.slots--;
        g->locked.bytes -= w->bytes;
    }
    w->state = PAIL_GATE_IDLE;
    grant_locked(g);
}

void pail_gate_give_slot(struct pail_gate *g)
{
    PAIL_LOCKED(&g->lock);
    g->locked.slots--;
    grant_locked(g);
}

void pail_gate_give_bytes(struct pail_gate *g, uint64_t bytes)
{
    PAIL_LOCKED(&g->lock);
    g->locked.bytes -= bytes;
    grant_locked(g);
}

uint64_t pail_gate_peak_bytes(struct pail_gate *g)
{
    PAIL_LOCKED(&g->lock);
    return g->locked.peak;
}
