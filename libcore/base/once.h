/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/once.h - run an initialisation exactly once, whichever thread comes first.
 *
 * For short, infallible set-up that neither waits nor calls through a seam (tables, a library's
 * hooks): whoever comes second spins for the moment that it takes. static struct pail_once once;
 * pail_once_run(&once, fill_tables);
 */
#ifndef PAIL_BASE_ONCE_H
#define PAIL_BASE_ONCE_H

#include <stdatomic.h>

#include "base/macros.h"

struct pail_once {
    atomic_int state; /* 0 not yet, 1 somebody is at it, 2 done */
};

static inline void pail_once_run(struct pail_once *once, void (*fn)(void))
{
    int expected = 0;

    if (PAIL_LIKELY(atomic_load_explicit(&once->state, memory_order_acquire) == 2))
        return;
    if (atomic_compare_exchange_strong(&once->state, &expected, 1)) {
        fn();
        atomic_store_explicit(&once->state, 2, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&once->state, memory_order_acquire) != 2)
        ;
}

#endif
