/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/flight.h"

#include <string.h>

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

struct pail_flight_slot *pail_flight_take(struct pail_flight *f)
{
    struct pail_flight_slot *slot = NULL;
    pail_mutex_lock(&f->lock);
    while (!f->err.code && !slot) {
        for (size_t i = 0; i < PAIL_FLIGHT_SLOTS && !slot; i++)
            if (!f->slots[i].busy)
                slot = &f->slots[i];
        if (slot)
            slot->busy = true;
        else
            pail_cond_wait(&f->cond, &f->lock);
    }
    pail_mutex_unlock(&f->lock);
    return slot;
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

int pail_flight_wait(struct pail_flight *f, struct pail_error *err)
{
    pail_mutex_lock(&f->lock);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        while (f->slots[i].busy)
            pail_cond_wait(&f->cond, &f->lock);
    int rc = f->err.code;
    if (rc)
        pail_error_copy(err, &f->err);
    pail_mutex_unlock(&f->lock);
    return rc;
}
