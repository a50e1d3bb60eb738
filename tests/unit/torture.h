/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/torture.h - what happens when memory runs out at every possible place.
 *
 * body runs with its first allocation failing, then its second, and so on until a run is over
 * before the failure came. Each run must return 0 (it found another way) or PAIL_E_NOMEM, and must
 * leave as many live allocations as it found. Crashes and reads of freed memory are the sanitizers'
 * part.
 */
#ifndef PAIL_TESTS_UNIT_TORTURE_H
#define PAIL_TESTS_UNIT_TORTURE_H

#include "unit/test.h"

/* A body that allocates more often than this does not get smaller from one n to the next. */
#define PAIL_TORTURE_MAX 100000

PAIL_UNUSED static void pail_torture(const char *name,
                                     int (*body)(void *ud, struct pail_error *err), void *ud)
{
    for (uint64_t n = 1;; n++) {
        struct pail_error err = PAIL_ERROR_INIT;
        uint64_t live = pail_alloc_live(), count = pail_alloc_count();

        pail_alloc_fail_at(n);
        int rc = body(ud, &err);
        bool fired = pail_alloc_count() - count >= n;
        pail_alloc_fail_at(0);

        if (rc != 0 && (rc != PAIL_E_NOMEM || !fired || err.code != rc)) {
            print_error("%s, allocation %llu: %s, error says %s: %s\n", name, (unsigned long long)n,
                        pail_code_name(rc), pail_code_name(err.code), err.message);
            fail();
        }
        if (pail_alloc_live() != live) {
            print_error("%s, allocation %llu: %lld live allocations left behind\n", name,
                        (unsigned long long)n, (long long)(pail_alloc_live() - live));
            fail();
        }
        if (!fired)
            return;
        if (n == PAIL_TORTURE_MAX) {
            print_error("%s: still failing after %llu runs\n", name, (unsigned long long)n);
            fail();
        }
    }
}

#endif
