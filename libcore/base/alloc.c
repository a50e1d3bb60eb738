/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/alloc.c - malloc and free, counted.
 *
 * Every request for memory, granted or not, advances one counter; the torture hook compares with
 * it, so "the n-th" is exact with any number of threads and fires once. Objects are never asked to
 * be larger than PTRDIFF_MAX. A size of 0 gives a valid pointer, so NULL always means failure.
 */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

static _Atomic uint64_t asked;
static _Atomic uint64_t fail_at; /* in terms of `asked`; 0: never */
#ifdef PAIL_DEBUG_ALLOC
static _Atomic uint64_t live;
#endif

static void *born(void *p)
{
#ifdef PAIL_DEBUG_ALLOC
    if (p)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
#endif
    return p;
}

/* Counts the request; false when it is to fail. */
static bool may_allocate(size_t size)
{
    uint64_t nth = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    if (PAIL_UNLIKELY(nth == atomic_load_explicit(&fail_at, memory_order_relaxed)))
        return false;
    return size <= PTRDIFF_MAX;
}

void *pail_alloc(size_t size)
{
    if (!may_allocate(size))
        return NULL;
    return born(malloc(size ? size : 1));
}

void *pail_calloc(size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        total = SIZE_MAX;
    if (!may_allocate(total))
        return NULL;
    return born(calloc(1, total ? total : 1));
}

void *pail_zalloc(size_t size)
{
    return pail_calloc(1, size);
}

void *pail_realloc(void *p, size_t size)
{
    if (!may_allocate(size))
        return NULL;
    void *grown = realloc(p, size ? size : 1);
    return p ? grown : born(grown);
}

void *pail_reallocarray(void *p, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        total = SIZE_MAX;
    return pail_realloc(p, total);
}

void pail_free(void *p)
{
#ifdef PAIL_DEBUG_ALLOC
    if (p)
        atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
#endif
    free(p);
}

char *pail_strndup(struct pail_str s)
{
    char *copy = pail_alloc(s.len + 1); /* len SIZE_MAX cannot be a real view */
    if (!copy)
        return NULL;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

char *pail_strdup(const char *z)
{
    return pail_strndup(pail_str(z));
}

void *pail_alloc_aligned(size_t align, size_t size)
{
    void *p = NULL;
    if (!may_allocate(size))
        return NULL;
    if (align < sizeof(void *))
        align = sizeof(void *);
    if (posix_memalign(&p, align, size ? size : 1) != 0)
        return NULL;
    return born(p);
}

void *pail_alloc_large(size_t size)
{
    void *p = NULL;
    if (!may_allocate(size) || posix_memalign(&p, PAIL_LARGE_PAGE, size) != 0)
        return NULL;
    (void)madvise(p, size, MADV_HUGEPAGE); /* small pages do as well */
    return born(p);
}

void pail_alloc_fail_at(uint64_t n)
{
    atomic_store(&fail_at, n ? atomic_load(&asked) + n : 0);
}

uint64_t pail_alloc_count(void)
{
    return atomic_load(&asked);
}

uint64_t pail_alloc_live(void)
{
#ifdef PAIL_DEBUG_ALLOC
    return atomic_load(&live);
#else
    return 0;
#endif
}
