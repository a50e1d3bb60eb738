/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning in two steps. First the file is cut into stretches that are copied or uploaded: each
 * unchanged range long enough to be worth a copy after its neighbours were given the bytes they
 * lack. Then each stretch is cut into parts. Every stretch but the last of the file is at least 5
 * MiB, and cutting it evenly keeps its parts so.
 */
#include "write/parts.h"

#include <string.h>

#include <pail/s3.h>

#include "base/alloc.h"

#define MIB (UINT64_C(1) << 20)
#define LARGEST_STREAM (UINT64_C(5) << 40)
/* Copied ranges are cut into parts of this size, so that they are copied in parallel. */
#define COPY_PART (UINT64_C(512) << 20)

static uint64_t round_up(uint64_t n, uint64_t to)
{
    return (n / to + 1) * to;
}

uint64_t pail_part_size(uint64_t first, unsigned number)
{
    static const struct {
        unsigned up_to, factor;
    } steps[] = {{1000, 1}, {2000, 2}, {3500, 8}, {5500, 32}, {PAIL_S3_MAX_PARTS, 0}};
    uint64_t before = 0, held = 0;
    for (size_t i = 0; i + 1 < PAIL_ARRAY_LEN(steps); i++) {
        if (number <= steps[i].up_to)
            return pail_min_u64(first * steps[i].factor, PAIL_S3_MAX_PART);
        held += (steps[i].up_to - before) * first * steps[i].factor;
        before = steps[i].up_to;
    }
    /* A small first part must not make the file smaller. */
    uint64_t rest = LARGEST_STREAM > held ? LARGEST_STREAM - held : 0;
    uint64_t last = pail_max_u64(first * 138, round_up(rest / (PAIL_S3_MAX_PARTS - before), MIB));
    return pail_min_u64(last, PAIL_S3_MAX_PART);
}

void pail_plan_done(struct pail_plan *p)
{
    pail_free(p->parts);
    memset(p, 0, sizeof(*p));
}

static int plan_push(struct pail_plan *p, uint64_t offset, uint64_t length, bool copy,
                     struct pail_error *err)
{
    if (p->n == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 16;
        struct pail_plan_part *parts = pail_reallocarray(p->parts, cap, sizeof(*parts));
        if (!parts)
            return pail_error_nomem(err);
        p->parts = parts;
        p->cap = cap;
    }
    p->parts[p->n++] = (struct pail_plan_part){offset, length, copy};
    return 0;
}

/* Cut [start, end) into n even parts of whole bytes. */
static int cut(struct pail_plan *p, uint64_t start, uint64_t end, uint64_t largest, bool copy,
               struct pail_error *err)
{
    uint64_t length = end - start;
    uint64_t n = (length + largest - 1) / largest;
    /* A part of less than 5 MiB is allowed at the end of the file only; even cutting avoids it,
     * except when largest itself is that small. */
    while (n > 1 && length / n < PAIL_S3_MIN_PART)
        n--;
    int rc = 0;
    for (uint64_t i = 0; i < n && !rc; i++) {
        uint64_t from = start + length / n * i + pail_min_u64(i, length % n);
        uint64_t to = start + length / n * (i + 1) + pail_min_u64(i + 1, length % n);
        rc = plan_push(p, from, to - from, copy, err);
    }
    return rc;
}

/* Unchanged ranges shorter than min_copy are uploaded with their neighbours; at least 5 MiB. */
static int make(const struct pail_extents *e, uint64_t part_size, uint64_t copy_size,
                uint64_t min_copy, struct pail_plan *p, struct pail_error *err)
{
    uint64_t size = pail_extents_size(e);
    uint64_t at = 0; /* everything before is planned */
    int rc = 0;
    for (size_t i = 0; i < e->n && !rc; i++) {
        const struct pail_range *r = &e->ranges[i];
        if (r->source != PAIL_FROM_BASE)
            continue;
        /* What is uploaded before it may lack bytes of 5 MiB: it takes them from here. */
        uint64_t start = r->start;
        if (start > at && start - at < PAIL_S3_MIN_PART)
            start = at + PAIL_S3_MIN_PART;
        bool last = r->end == size;
        if (start >= r->end || (r->end - start < min_copy && !(last && at > 0)))
            continue;
        if (start > at)
            rc = cut(p, at, start, part_size, false, err);
        if (!rc)
            rc = cut(p, start, r->end, copy_size, true, err);
        at = r->end;
    }
    if (!rc && at < size)
        rc = cut(p, at, size, part_size, false, err);
    return rc;
}

int pail_plan_make(const struct pail_extents *e, uint64_t part_size, struct pail_plan *ret,
                   struct pail_error *err)
{
    struct pail_plan plan = {0};
    uint64_t size = pail_extents_size(e);
    uint64_t needed = round_up(size / (PAIL_S3_MAX_PARTS / 2), MIB);
    /* Each round makes fewer, larger parts; after the last nothing is copied any more. */
    for (unsigned round = 0; round < 40; round++) {
        uint64_t parts = pail_max_u64(part_size, needed) << pail_min_u64(round, 10);
        int rc = make(e, pail_min_u64(parts, PAIL_S3_MAX_PART),
                      pail_min_u64(COPY_PART << pail_min_u64(round, 4), PAIL_S3_MAX_COPY),
                      PAIL_S3_MIN_PART << round, &plan, err);
        if (rc) {
            pail_plan_done(&plan);
            return rc;
        }
        if (plan.n <= PAIL_S3_MAX_PARTS) {
            *ret = plan;
            return 0;
        }
        plan.n = 0;
    }
    pail_plan_done(&plan);
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_FBIG,
                          "a file of %llu bytes with %zu changed ranges needs more than %u parts",
                          (unsigned long long)size, e->n, PAIL_S3_MAX_PARTS);
}
