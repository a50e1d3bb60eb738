/* SPDX-License-Identifier: Apache-2.0 */
/* base/heap.h - intrusive binary min-heap, for timers and priorities. Equal keys leave in order of
 * insertion, so that runs repeat. One thread at a time. */
#ifndef PAIL_BASE_HEAP_H
#define PAIL_BASE_HEAP_H

#include <pail/error.h>

#include "base/macros.h"

struct pail_heap_node {
    int64_t key;  /* smallest first */
    uint64_t seq; /* set by the heap */
    size_t index; /* set by the heap; SIZE_MAX while outside */
};

struct pail_heap {
    struct pail_heap_node **items;
    size_t len, cap;
    uint64_t next_seq;
};

void pail_heap_init(struct pail_heap *h);
void pail_heap_done(struct pail_heap *h);
void pail_heap_node_init(struct pail_heap_node *n);
PAIL_CHECK int pail_heap_insert(struct pail_heap *h, struct pail_heap_node *n, int64_t key,
                                struct pail_error *err);
struct pail_heap_node *pail_heap_min(const struct pail_heap *h); /* NULL: empty */
struct pail_heap_node *pail_heap_pop(struct pail_heap *h);
void pail_heap_remove(struct pail_heap *h, struct pail_heap_node *n); /* no-op while outside */

#endif
