/* SPDX-License-Identifier: Apache-2.0 */
/* write/extents.c against an array with one source a byte. */
#include "unit/fs/rng.h"
#include "unit/test.h"

#include "unit/torture.h"
#include "write/extents.h"

#define MODEL 400

struct model {
    char source[MODEL];
    uint64_t size;
};

static void model_set(struct model *m, uint64_t start, uint64_t end, enum pail_source source)
{
    for (uint64_t i = m->size; i < start; i++)
        m->source[i] = PAIL_FROM_ZERO;
    for (uint64_t i = start; i < end; i++)
        m->source[i] = (char)source;
    if (start < end && end > m->size)
        m->size = end;
}

static void model_resize(struct model *m, uint64_t size)
{
    if (size > m->size)
        model_set(m, m->size, size, PAIL_FROM_ZERO);
    m->size = size;
}

static void check_shape(const struct pail_extents *e, const struct model *m)
{
    assert_int_equal(pail_extents_size(e), m->size);
    uint64_t at = 0;
    for (size_t i = 0; i < e->n; i++) {
        const struct pail_range *r = &e->ranges[i];
        assert_int_equal(r->start, at);
        assert_true(r->end > r->start);
        assert_true(i == 0 || e->ranges[i - 1].source != r->source);
        for (; at < r->end; at++)
            assert_int_equal(r->source, m->source[at]);
    }
    assert_int_equal(at, m->size);
}

static void check_questions(const struct pail_extents *e, const struct model *m, struct rng *rng)
{
    uint64_t start = rng_below(rng, MODEL), end = start + rng_below(rng, MODEL - start + 1);
    for (int source = PAIL_FROM_BASE; source <= PAIL_FROM_ZERO; source++) {
        uint64_t n = 0;
        for (uint64_t i = start; i < end && i < m->size; i++)
            n += m->source[i] == source;
        assert_int_equal(pail_extents_count(e, start, end, (enum pail_source)source), n);
    }
    const struct pail_range *r = pail_extents_at(e, start);
    assert_int_equal(r != NULL, start < m->size);
    if (r)
        assert_true(r->start <= start && start < r->end);
}

static void test_model(void **state)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct rng rng = {seed};
        struct model m = {.size = 0};
        struct pail_extents e;
        pail_extents_init(&e);
        for (int step = 0; step < 1000; step++) {
            uint64_t start = rng_below(&rng, MODEL - 1);
            uint64_t end = start + rng_below(&rng, rng_below(&rng, 4) ? 20 : MODEL - start);
            if (end > MODEL)
                end = MODEL;
            if (rng_below(&rng, 8)) {
                enum pail_source source = (enum pail_source)rng_below(&rng, 3);
                assert_ok(pail_extents_set(&e, start, end, source, NULL), NULL);
                model_set(&m, start, end, source);
            } else {
                assert_ok(pail_extents_resize(&e, start, NULL), NULL);
                model_resize(&m, start);
            }
            check_shape(&e, &m);
            check_questions(&e, &m, &rng);
        }
        pail_extents_done(&e);
    }
}

/* After clear, one set needs no memory. */
static void test_reserve(void **state)
{
    struct pail_extents e;
    pail_extents_init(&e);
    assert_ok(pail_extents_reserve(&e, NULL), NULL);
    pail_alloc_fail_at(1);
    assert_ok(pail_extents_set(&e, 10, 20, PAIL_FROM_BASE, NULL), NULL);
    pail_extents_clear(&e);
    assert_int_equal(pail_extents_size(&e), 0);
    assert_ok(pail_extents_set(&e, 0, 5, PAIL_FROM_STAGED, NULL), NULL);
    pail_alloc_fail_at(0);
    pail_extents_done(&e);
}

static int grow(void *ud, struct pail_error *err)
{
    struct pail_extents e;
    int rc = 0;
    pail_extents_init(&e);
    for (uint64_t i = 0; i < 40 && !rc; i++) {
        uint64_t before = pail_extents_size(&e);
        rc = pail_extents_set(&e, i * 10, i * 10 + 5, PAIL_FROM_STAGED, err);
        if (rc)
            assert_int_equal(pail_extents_size(&e), before);
    }
    pail_extents_done(&e);
    return rc;
}

static void test_no_memory(void **state)
{
    pail_torture("grow", grow, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_model), cmocka_unit_test(test_reserve),
               cmocka_unit_test(test_no_memory))
