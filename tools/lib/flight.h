/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/flight.h - a bounded number of asynchronous calls, each in a slot.
 *
 *     struct pail_flight_slot *slot = pail_flight_take(&f);
 *     if (slot) {
 *         struct pail_call *call = NULL;
 *         int rc = pail_s3_..._async(..., pail_flight_landed, slot, &call, &why);
 *         pail_flight_started(slot, rc, call, &why);
 *     }
 *     rc = pail_flight_wait(&f, err);
 *
 * One thread owns a flight; only pail_flight_landed runs on others. The first error, and an
 * interrupt (lib/interrupt.h), end it: no slot is given any more, and wait cancels what is under
 * way.
 */
#ifndef PAIL_TOOLS_FLIGHT_H
#define PAIL_TOOLS_FLIGHT_H

#include <pail/call.h>

#include "base/thread.h"

#define PAIL_FLIGHT_SLOTS 8

struct pail_flight;
struct pail_flight_slot {
    struct pail_flight *flight;
    void *data; /* the caller's: a buffer, a part */
    struct pail_call *call;
    bool busy;
};
struct pail_flight {
    struct pail_mutex lock;
    struct pail_cond cond;
    struct pail_flight_slot slots[PAIL_FLIGHT_SLOTS];
    struct pail_error err; /* the first that failed */
};
void pail_flight_init(struct pail_flight *f);
void pail_flight_done(struct pail_flight *f); /* after pail_flight_wait */
/* Waits for a free slot and takes it; NULL once a call has failed. */
struct pail_flight_slot *pail_flight_take(struct pail_flight *f);
/* The same for slot i, which means: what was in it has landed. */
struct pail_flight_slot *pail_flight_take_at(struct pail_flight *f, size_t i);
/* What the _async function returned. The slot is taken back when it failed. */
void pail_flight_started(struct pail_flight_slot *slot, int rc, struct pail_call *call,
                         const struct pail_error *err);
/* As pail_done_fn, with the slot as user data; also to give a slot back unused. */
void pail_flight_landed(void *slot, const struct pail_error *err);
/* Until nothing is under way; the first error. */
PAIL_CHECK int pail_flight_wait(struct pail_flight *f, struct pail_error *err);

#endif
