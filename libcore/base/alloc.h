/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/alloc.h - the only place that calls malloc and free.
 *
 * All return NULL when out of memory; none aborts. Sizes are checked for overflow. For torture
 * tests the n-th allocation can be made to fail: pail_alloc_fail_at(n), or PAIL_FAIL_AT=n in the
 * environment of a test binary (read by tests/unit/test.h, not here). Any thread.
 */
#ifndef PAIL_BASE_ALLOC_H
#define PAIL_BASE_ALLOC_H

#include "base/macros.h"

PAIL_CHECK void *pail_alloc(size_t size);            /* uninitialised */
PAIL_CHECK void *pail_zalloc(size_t size);           /* zeroed */
PAIL_CHECK void *pail_calloc(size_t n, size_t size); /* zeroed array */
PAIL_CHECK void *pail_realloc(void *p, size_t size); /* p survives a failure */
PAIL_CHECK void *pail_reallocarray(void *p, size_t n, size_t size);
void pail_free(void *p); /* NULL is fine */
PAIL_CHECK char *pail_strdup(const char *z);
PAIL_CHECK char *pail_strndup(struct pail_str s); /* NUL-terminated copy of a view */
/* Uninitialised, aligned to `align` (a power of two), for I/O buffers; freed with pail_free. */
PAIL_CHECK void *pail_alloc_aligned(size_t align, size_t size);
/* Uninitialised, for data on its way: in large pages where the system has them, so that it costs
 * few faults. size is a multiple of PAIL_LARGE_PAGE; freed with pail_free. */
#define PAIL_LARGE_PAGE ((size_t)2 << 20)
PAIL_CHECK void *pail_alloc_large(size_t size);

static inline void pail_free_p(void *pp)
{
    pail_free(*(void **)pp);
}
/* PAIL_AUTOFREE char *s = ...; */
#define PAIL_AUTOFREE PAIL_CLEANUP(pail_free_p)

/* Torture: the n-th allocation from now on fails (1 = the next), once; 0 turns it off. */
void pail_alloc_fail_at(uint64_t n);
/* Allocations asked for since the process began. */
uint64_t pail_alloc_count(void);
/* Allocations not yet freed; counted in builds with -Ddebug_checks=true only, otherwise 0. */
uint64_t pail_alloc_live(void);

#endif
