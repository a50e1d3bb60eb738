/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/tickets.h - a memory budget: reserve before starting, give back when the bytes are gone.
 *
 * Waiters are served in order. Somebody who must not wait for ever because others hold everything
 * (a reader with nothing in flight) takes by force: the budget may then be passed by that much. Any
 * thread.
 */
#ifndef PAIL_HTTP_TICKETS_H
#define PAIL_HTTP_TICKETS_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_tickets;
PAIL_CHECK int pail_tickets_new(uint64_t limit_bytes, struct pail_tickets **ret,
                                struct pail_error *err);
void pail_tickets_free(struct pail_tickets *t);
bool pail_tickets_try(struct pail_tickets *t, uint64_t bytes); /* false also while somebody waits */
void pail_tickets_force(struct pail_tickets *t, uint64_t bytes);
/* Blocks; PAIL_E_DEADLINE when it takes too long; PAIL_E_TOO_BIG when it can never be. */
PAIL_CHECK int pail_tickets_take(struct pail_tickets *t, uint64_t bytes, int64_t deadline_mono_ns,
                                 struct pail_error *err);
void pail_tickets_give(struct pail_tickets *t, uint64_t bytes);
uint64_t pail_tickets_used(const struct pail_tickets *t);
uint64_t pail_tickets_peak(const struct pail_tickets *t);

#endif
