/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "unit/test.h"
#include "unit/torture.h"

#define N 500

static uint64_t lcg = 1;

static unsigned pseudo(unsigned below)
{
    lcg = lcg * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)((lcg >> 33) % below);
}

static void check(const struct pail_heap *h)
{
    for (size_t i = 0; i < h->len; i++) {
        assert_int_equal(h->items[i]->index, i);
        if (i)
            assert_true(h->items[(i - 1) / 2]->key <= h->items[i]->key);
    }
}

static void test_order(void **state)
{
    struct pail_heap h;
    struct pail_heap_node nodes[N];
    pail_heap_init(&h);
    assert_null(pail_heap_min(&h));
    assert_null(pail_heap_pop(&h));
    for (int i = 0; i < N; i++) {
        pail_heap_node_init(&nodes[i]);
        assert_ok(pail_heap_insert(&h, &nodes[i], pseudo(20), NULL), NULL);
        check(&h);
    }
    /* Equal keys: in order of insertion, which here is that of the addresses. */
    struct pail_heap_node *last = pail_heap_pop(&h);
    for (int i = 1; i < N; i++) {
        struct pail_heap_node *n = pail_heap_pop(&h);
        assert_true(n->key > last->key || (n->key == last->key && n > last));
        assert_true(last->index == SIZE_MAX);
        last = n;
    }
    assert_null(pail_heap_pop(&h));
    pail_heap_done(&h);
}

static void test_remove(void **state)
{
    struct pail_heap h;
    struct pail_heap_node nodes[N];
    size_t in = 0;
    pail_heap_init(&h);
    for (int i = 0; i < N; i++)
        pail_heap_node_init(&nodes[i]);
    for (int round = 0; round < 5000; round++) {
        struct pail_heap_node *n = &nodes[pseudo(N)];
        if (n->index == SIZE_MAX) {
            assert_ok(pail_heap_insert(&h, n, (int64_t)pseudo(1000) - 500, NULL), NULL);
            in++;
        } else {
            pail_heap_remove(&h, n);
            pail_heap_remove(&h, n);
            in--;
        }
        assert_int_equal(h.len, in);
        if (round % 50 == 0)
            check(&h);
    }
    pail_heap_done(&h);
    for (int i = 0; i < N; i++)
        assert_true(nodes[i].index == SIZE_MAX);
}

static int fill(void *ud, struct pail_error *err)
{
    struct pail_heap h;
    struct pail_heap_node nodes[100];
    int rc = 0;
    pail_heap_init(&h);
    for (int i = 0; i < 100 && rc == 0; i++) {
        pail_heap_node_init(&nodes[i]);
        rc = pail_heap_insert(&h, &nodes[i], -i, err);
        assert_int_equal(nodes[i].index == SIZE_MAX, rc != 0);
    }
    check(&h);
    pail_heap_done(&h);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("heap", fill, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order), cmocka_unit_test(test_remove),
               cmocka_unit_test(test_torture))
