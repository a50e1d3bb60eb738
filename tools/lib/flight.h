/* SPDX-License-Identifier: Apache-2.0 */
/* lib/flight.h - a bounded number of asynchronous calls, each with a slot of the caller's. */
#ifndef PAIL_TOOLS_FLIGHT_H
#define PAIL_TOOLS_FLIGHT_H

#include <pail/call.h>

#include "base/thread.h"

#define PAIL_FLIGHT_SLOTS 8

struct pail_flight;
struct pail_flight_slot {
    struct pail_flight *flight;
    void *data; /* the caller's: a buffer, a part */
    bool busy;
};
struct pail_flight {
    struct pail_mutex lock;
    struct pail_cond cond;
    struct pail_flight_slot slots[PAIL_FLIGHT_SLOTS];
    struct pail_error err; /* the first that failed */
};
void pail_flight_init(struct pail_flight *f);
void pail_flight_done(struct pail_flight *f); /* nothing is under way */
/* Waits for a free slot and takes it; NULL once a call has failed. */
struct pail_flight_slot *pail_flight_take(struct pail_flight *f);
/* As pail_done_fn, with the slot as user data; also for a call that could not be started. */
void pail_flight_landed(void *slot, const struct pail_error *err);
/* Until nothing is under way; the first error. */
PAIL_CHECK int pail_flight_wait(struct pail_flight *f, struct pail_error *err);

#endif
