/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/flight.h"

#include <string.h>

#include "base/clock.h"
#include "tools/lib/interrupt.h"

void pail_flight_init(struct pail_flight *f)
{
    memset(f, 0, sizeof(*f));
    pail_mutex_init(&f->lock, "flight", PAIL_RANK_LEAF);
    pail_cond_init(&f->cond);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        f->slots[i].flight = f;
}

void pail_flight_done(struct pail_flight *f)
{
    pail_cond_done(&f->cond);
    pail_mutex_done(&f->lock);
}

/* Waits for a change; an interrupt becomes the flight's error. */
static void wait_locked(struct pail_flight *f)
{
    pail_cond_wait_until(&f->cond, &f->lock, pail_deadline_after_ns(PAIL_INTERRUPT_LOOK_NS));
}

static bool may_go_on_locked(struct pail_flight *f)
{
    return !f->err.code && !pail_interrupt_check(&f->err);
}

static struct pail_flight_slot *free_slot_locked(struct pail_flight *f, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (!f->slots[i].busy)
            return &f->slots[i];
    return NULL;
}

static struct pail_flight_slot *take(struct pail_flight *f, size_t from, size_t to)
{
    struct pail_flight_slot *slot = NULL;
    pail_mutex_lock(&f->lock);
    while (may_go_on_locked(f) && !(slot = free_slot_locked(f, from, to)))
        wait_locked(f);
    if (slot)
        slot->busy = true;
    pail_mutex_unlock(&f->lock);
    if (slot)
        slot->call = pail_call_unref(slot->call);
    return slot;
}

struct pail_flight_slot *pail_flight_take(struct pail_flight *f)
{
    return take(f, 0, PAIL_FLIGHT_SLOTS);
}

struct pail_flight_slot *pail_flight_take_at(struct pail_flight *f, size_t i)
{
    return take(f, i, i + 1);
}

void pail_flight_started(struct pail_flight_slot *slot, int rc, struct pail_call *call,
                         const struct pail_error *err)
{
    if (rc)
        pail_flight_landed(slot, err);
    else
        slot->call = call;
}

void pail_flight_landed(void *ud, const struct pail_error *err)
{
    struct pail_flight_slot *slot = ud;
    struct pail_flight *f = slot->flight;
    pail_mutex_lock(&f->lock);
    if (err && !f->err.code)
        pail_error_copy(&f->err, err);
    slot->busy = false;
    pail_cond_broadcast(&f->cond);
    pail_mutex_unlock(&f->lock);
}

static void cancel_all(struct pail_flight *f)
{
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        if (f->slots[i].call)
            pail_call_cancel(f->slots[i].call);
}

static bool any_busy_locked(const struct pail_flight *f)
{
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        if (f->slots[i].busy)
            return true;
    return false;
}

int pail_flight_wait(struct pail_flight *f, struct pail_error *err)
{
    bool cancelled = false;
    pail_mutex_lock(&f->lock);
    while (any_busy_locked(f)) {
        if (!may_go_on_locked(f) && !cancelled) {
            cancelled = true;
            pail_mutex_unlock(&f->lock);
            cancel_all(f);
            pail_mutex_lock(&f->lock);
        } else {
            wait_locked(f);
        }
    }
    int rc = f->err.code;
    if (rc)
        pail_error_copy(err, &f->err);
    pail_mutex_unlock(&f->lock);
    /* The callbacks have returned too: the flight may go. */
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        if (f->slots[i].call) {
            pail_call_wait(f->slots[i].call);
            f->slots[i].call = pail_call_unref(f->slots[i].call);
        }
    return rc;
}
