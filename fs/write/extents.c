/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted array: files under change have few ranges, and an insertion moves less memory than a
 * tree would chase. Every change builds what replaces the touched ranges and splices it in, merging
 * equal neighbours, so the invariants hold by construction.
 */
#include "write/extents.h"

#include <string.h>

#include "base/alloc.h"

void pail_extents_init(struct pail_extents *e)
{
    memset(e, 0, sizeof(*e));
}

void pail_extents_done(struct pail_extents *e)
{
    pail_free(e->ranges);
    pail_extents_init(e);
}

void pail_extents_clear(struct pail_extents *e)
{
    e->n = 0;
}

uint64_t pail_extents_size(const struct pail_extents *e)
{
    return e->n ? e->ranges[e->n - 1].end : 0;
}

/* Index of the first range that ends after offset. */
static size_t find(const struct pail_extents *e, uint64_t offset)
{
    size_t lo = 0, hi = e->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (e->ranges[mid].end > offset)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

const struct pail_range *pail_extents_at(const struct pail_extents *e, uint64_t offset)
{
    size_t i = find(e, offset);
    return i < e->n ? &e->ranges[i] : NULL;
}

static int grow(struct pail_extents *e, size_t n, struct pail_error *err)
{
    if (n <= e->cap)
        return 0;
    size_t cap = e->cap ? e->cap * 2 : 8;
    while (cap < n)
        cap *= 2;
    struct pail_range *r = pail_reallocarray(e->ranges, cap, sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    e->ranges = r;
    e->cap = cap;
    return 0;
}

int pail_extents_reserve(struct pail_extents *e, struct pail_error *err)
{
    return grow(e, 4, err);
}

static void push(struct pail_range *to, size_t *n, uint64_t start, uint64_t end,
                 enum pail_source source)
{
    if (start >= end)
        return;
    if (*n && to[*n - 1].source == source && to[*n - 1].end == start) {
        to[*n - 1].end = end;
        return;
    }
    to[(*n)++] = (struct pail_range){start, end, source};
}

int pail_extents_set(struct pail_extents *e, uint64_t start, uint64_t end, enum pail_source source,
                     struct pail_error *err)
{
    if (start >= end)
        return 0;
    int rc = grow(e, e->n + 4, err);
    if (rc)
        return rc;
    uint64_t size = pail_extents_size(e);
    /* Touched: every range that overlaps or borders [start, end) and the gap before it. */
    uint64_t from = pail_min_u64(start, size);
    size_t first = from ? find(e, from - 1) : 0;
    size_t last = first;
    while (last < e->n && e->ranges[last].start <= end)
        last++;
    struct pail_range fresh[6];
    size_t n = 0;
    for (size_t i = first; i < last && e->ranges[i].start < start; i++)
        push(fresh, &n, e->ranges[i].start, pail_min_u64(e->ranges[i].end, start),
             e->ranges[i].source);
    if (size < start)
        push(fresh, &n, size, start, PAIL_FROM_ZERO);
    push(fresh, &n, start, end, source);
    for (size_t i = first; i < last; i++)
        if (e->ranges[i].end > end)
            push(fresh, &n, pail_max_u64(e->ranges[i].start, end), e->ranges[i].end,
                 e->ranges[i].source);
    memmove(e->ranges + first + n, e->ranges + last, (e->n - last) * sizeof(*e->ranges));
    memcpy(e->ranges + first, fresh, n * sizeof(*fresh));
    e->n = e->n - (last - first) + n;
    return 0;
}

int pail_extents_resize(struct pail_extents *e, uint64_t size, struct pail_error *err)
{
    uint64_t old = pail_extents_size(e);
    if (size > old)
        return pail_extents_set(e, old, size, PAIL_FROM_ZERO, err);
    size_t i = find(e, size);
    if (i < e->n && e->ranges[i].start < size) {
        e->ranges[i].end = size;
        i++;
    }
    e->n = i;
    return 0;
}

uint64_t pail_extents_count(const struct pail_extents *e, uint64_t start, uint64_t end,
                            enum pail_source source)
{
    uint64_t sum = 0;
    for (size_t i = find(e, start); i < e->n && e->ranges[i].start < end; i++)
        if (e->ranges[i].source == source)
            sum += pail_min_u64(e->ranges[i].end, end) - pail_max_u64(e->ranges[i].start, start);
    return sum;
}
