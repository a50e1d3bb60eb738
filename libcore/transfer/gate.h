/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/gate.h - who may send the next request: slots, memory and bandwidth of one manager.
 *
 * Who asks gets a slot and so many bytes of memory at once, or waits; waiters are served in the
 * order in which they came, one grant each, so that transfers take turns. More bytes than the limit
 * are granted to who is alone. Bandwidth is a debt: a grant of n bytes puts off the next one by the
 * time that n bytes may take. Any thread.
 */
#ifndef PAIL_TRANSFER_GATE_H
#define PAIL_TRANSFER_GATE_H

#include <pail/error.h>

#include "base/list.h"

struct pail_gate;

/* One asker; embedded, zeroed. */
struct pail_gate_wait {
    struct pail_list link;
    enum { PAIL_GATE_IDLE, PAIL_GATE_WAITING, PAIL_GATE_GRANTED } state;
    uint64_t bytes, paced;
    /* Granted after waiting; with the gate's lock held: only wakes somebody, who calls take again.
     */
    void (*wake)(struct pail_gate_wait *w);
};

PAIL_CHECK int pail_gate_new(unsigned slots, uint64_t bytes, uint64_t bytes_per_s,
                             struct pail_gate **ret, struct pail_error *err);
void pail_gate_free(struct pail_gate *g); /* nobody waits any more; NULL is fine */
/* True: one slot and `bytes` are the caller's, until given back. False: w waits, wake will be
 * called. `paced` bytes count for the bandwidth. */
bool pail_gate_take(struct pail_gate *g, struct pail_gate_wait *w, uint64_t bytes, uint64_t paced);
/* Stops waiting; what was granted meanwhile goes back. */
void pail_gate_forget(struct pail_gate *g, struct pail_gate_wait *w);
void pail_gate_give_slot(struct pail_gate *g);
void pail_gate_give_bytes(struct pail_gate *g, uint64_t bytes);
uint64_t pail_gate_peak_bytes(struct pail_gate *g);

#endif
