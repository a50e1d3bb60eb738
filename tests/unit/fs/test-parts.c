/* SPDX-License-Identifier: Apache-2.0 */
/* write/parts.c: whatever the extents, the plan is one that S3 accepts. */
#include "unit/fs/rng.h"
#include "unit/test.h"

#include <pail/s3.h>

#include "write/parts.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static bool all_base(const struct pail_extents *e, uint64_t start, uint64_t end)
{
    return pail_extents_count(e, start, end, PAIL_FROM_BASE) == end - start;
}

static void check_plan(const struct pail_extents *e, const struct pail_plan *p)
{
    uint64_t at = 0;
    assert_true(p->n > 0 && p->n <= PAIL_S3_MAX_PARTS);
    for (size_t i = 0; i < p->n; i++) {
        const struct pail_plan_part *q = &p->parts[i];
        assert_int_equal(q->offset, at);
        assert_true(q->length > 0);
        assert_true(q->length <= PAIL_S3_MAX_PART);
        assert_true(q->length >= PAIL_S3_MIN_PART || i + 1 == p->n);
        if (q->copy)
            assert_true(all_base(e, q->offset, q->offset + q->length));
        at += q->length;
    }
    assert_int_equal(at, pail_extents_size(e));
}

/* Bytes that are sent although the base has them. */
static uint64_t resent(const struct pail_extents *e, const struct pail_plan *p)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (!p->parts[i].copy)
            n += pail_extents_count(e, p->parts[i].offset, p->parts[i].offset + p->parts[i].length,
                                    PAIL_FROM_BASE);
    return n;
}

static struct pail_plan plan(const struct pail_extents *e, uint64_t part_size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_plan p = {0};
    assert_ok(pail_plan_make(e, part_size, &p, &err), &err);
    check_plan(e, &p);
    return p;
}

static void put(struct pail_extents *e, uint64_t start, uint64_t end, enum pail_source source)
{
    assert_ok(pail_extents_set(e, start, end, source, NULL), NULL);
}

/* Sizes whose logarithm is even. */
static uint64_t any_size(struct rng *rng, uint64_t most)
{
    uint64_t size = UINT64_C(1) << rng_below(rng, 43);
    size += rng_below(rng, size);
    return size > most ? most : size;
}

static void test_random(void **state)
{
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct rng rng = {seed};
        struct pail_extents e;
        uint64_t size = any_size(&rng, 5 * TIB);
        pail_extents_init(&e);
        if (rng_below(&rng, 5))
            put(&e, 0, size, PAIL_FROM_BASE);
        size_t changes = rng_below(&rng, 30);
        for (size_t i = 0; i < changes; i++) {
            uint64_t start = rng_below(&rng, size);
            uint64_t n = 1 + rng_below(&rng, any_size(&rng, size - start));
            put(&e, start, start + n, rng_below(&rng, 3) ? PAIL_FROM_STAGED : PAIL_FROM_ZERO);
        }
        if (!pail_extents_size(&e))
            put(&e, 0, size, PAIL_FROM_STAGED);
        struct pail_plan p = plan(&e, (5 + rng_below(&rng, 60)) * MIB);
        /* At most 5 MiB at each end of a changed range, when there are few. */
        if (size < TIB)
            assert_true(resent(&e, &p) <= (changes + 1) * 2 * PAIL_S3_MIN_PART);
        pail_plan_done(&p);
        pail_extents_done(&e);
    }
}

/* So many small changes that not every unchanged range can be a part of its own. */
static void test_many_changes(void **state)
{
    for (uint64_t distance = 4 * MIB; distance <= 128 * MIB; distance *= 2) {
        struct pail_extents e;
        pail_extents_init(&e);
        put(&e, 0, 12000 * distance, PAIL_FROM_BASE);
        for (uint64_t i = 0; i < 12000; i++)
            put(&e, i * distance, i * distance + 1, PAIL_FROM_STAGED);
        struct pail_plan p = plan(&e, 8 * MIB);
        pail_plan_done(&p);
        pail_extents_done(&e);
    }
}

static void test_append(void **state)
{
    struct pail_extents e;
    pail_extents_init(&e);
    put(&e, 0, 100 * MIB, PAIL_FROM_BASE);
    put(&e, 100 * MIB, 100 * MIB + KIB, PAIL_FROM_STAGED);
    struct pail_plan p = plan(&e, 8 * MIB);
    assert_int_equal(p.n, 2);
    assert_true(p.parts[0].copy && !p.parts[1].copy);
    assert_int_equal(p.parts[1].length, KIB);
    pail_plan_done(&p);
    pail_extents_done(&e);
}

/* A change at the start takes bytes from what follows, so that its part is large enough. */
static void test_widened(void **state)
{
    struct pail_extents e;
    pail_extents_init(&e);
    put(&e, 0, 100 * MIB, PAIL_FROM_BASE);
    put(&e, 0, 1, PAIL_FROM_STAGED);
    put(&e, 50 * MIB, 50 * MIB + 1, PAIL_FROM_ZERO);
    struct pail_plan p = plan(&e, 8 * MIB);
    assert_int_equal(p.n, 4);
    assert_int_equal(p.parts[0].length, 5 * MIB);
    assert_true(!p.parts[0].copy && p.parts[1].copy && !p.parts[2].copy && p.parts[3].copy);
    assert_int_equal(p.parts[2].offset, 50 * MIB);
    assert_int_equal(p.parts[2].length, 5 * MIB);
    pail_plan_done(&p);
    pail_extents_done(&e);
}

static void test_huge(void **state)
{
    static const uint64_t sizes[] = {5 * GIB, 5 * GIB + 1, TIB,     5 * TIB - 1,
                                     5 * TIB, 5 * TIB + 1, 48 * TIB};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sizes); i++)
        for (int source = PAIL_FROM_BASE; source <= PAIL_FROM_ZERO; source++) {
            struct pail_extents e;
            pail_extents_init(&e);
            put(&e, 0, sizes[i], (enum pail_source)source);
            struct pail_plan p = plan(&e, 8 * MIB);
            pail_plan_done(&p);
            pail_extents_done(&e);
        }
}

static void test_too_big(void **state)
{
    struct pail_extents e;
    struct pail_plan p = {0};
    pail_extents_init(&e);
    put(&e, 0, 50 * TIB, PAIL_FROM_STAGED);
    assert_code(pail_plan_make(&e, 8 * MIB, &p, NULL), PAIL_E_FS_FBIG);
    assert_null(p.parts);
    pail_extents_done(&e);
}

/* Sizes of a stream's parts never shrink, are legal, and hold 5 TiB in 10,000. */
static void test_part_size(void **state)
{
    static const uint64_t firsts[] = {5 * MIB, 6 * MIB, 8 * MIB, 16 * MIB, 64 * MIB, 5 * GIB};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(firsts); i++) {
        uint64_t sum = 0, before = 0;
        assert_int_equal(pail_part_size(firsts[i], 1), firsts[i]);
        for (unsigned n = 1; n <= PAIL_S3_MAX_PARTS; n++) {
            uint64_t size = pail_part_size(firsts[i], n);
            assert_true(size >= before && size >= PAIL_S3_MIN_PART && size <= PAIL_S3_MAX_PART);
            before = size;
            sum += size;
        }
        assert_true(sum >= 5 * TIB);
    }
    assert_int_equal(pail_part_size(8 * MIB, 1000), 8 * MIB);
    assert_int_equal(pail_part_size(8 * MIB, 1001), 16 * MIB);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_random), cmocka_unit_test(test_many_changes),
               cmocka_unit_test(test_append), cmocka_unit_test(test_widened),
               cmocka_unit_test(test_huge), cmocka_unit_test(test_too_big),
               cmocka_unit_test(test_part_size))
