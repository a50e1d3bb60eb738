/* SPDX-License-Identifier: Apache-2.0 */
#include "http/tickets.h"

#include "base/clock.h"
#include "base/thread.h"
#include "unit/test.h"
#include "unit/torture.h"

static struct pail_tickets *make(uint64_t limit)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_tickets *t = NULL;
    assert_ok(pail_tickets_new(limit, &t, &err), &err);
    return t;
}

static void test_try_and_force(void **state)
{
    struct pail_tickets *t = make(100);
    assert_true(pail_tickets_try(t, 60));
    assert_false(pail_tickets_try(t, 41));
    assert_true(pail_tickets_try(t, 40));
    assert_int_equal(pail_tickets_used(t), 100);
    pail_tickets_force(t, 50);
    assert_int_equal(pail_tickets_used(t), 150);
    assert_int_equal(pail_tickets_peak(t), 150);
    pail_tickets_give(t, 50);
    assert_false(pail_tickets_try(t, 1));
    assert_true(pail_tickets_try(t, 0));
    pail_tickets_give(t, 100);
    assert_int_equal(pail_tickets_used(t), 0);
    assert_int_equal(pail_tickets_peak(t), 150);
    pail_tickets_free(t);
    pail_tickets_free(NULL);
}

static void test_limits(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_tickets *t = make(100);
    assert_code(pail_tickets_take(t, 101, PAIL_NEVER, &err), PAIL_E_TOO_BIG);
    assert_ok(pail_tickets_take(t, 100, PAIL_NEVER, &err), &err);
    assert_code(pail_tickets_take(t, 1, pail_clock_mono_ns() - 1, &err), PAIL_E_DEADLINE);
    assert_int_equal(pail_tickets_used(t), 100);
    pail_tickets_give(t, 100);
    assert_true(pail_tickets_try(t, 100)); /* who gave up waits no more */
    pail_tickets_give(t, 100);
    pail_tickets_free(t);
}

struct taker {
    struct pail_tickets *t;
    uint64_t bytes;
    int64_t deadline;
    int rc;
    _Atomic int *order; /* counts takers that got theirs */
    int place;
    struct pail_thread *thread;
};

static void take(void *arg)
{
    struct taker *k = arg;
    k->rc = pail_tickets_take(k->t, k->bytes, k->deadline, NULL);
    k->place = (*k->order)++;
}

static void begin(struct taker *k)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_thread_start(&k->thread, "taker", take, k, &err), &err);
}

/* Until the taker waits: a try that would fit fails while somebody waits. */
static void until_waiting(struct pail_tickets *t)
{
    while (pail_tickets_try(t, 0))
        pail_sleep_ns(100 * PAIL_NS_PER_US);
}

static void test_in_order(void **state)
{
    struct pail_tickets *t = make(100);
    _Atomic int order = 0;
    struct taker big = {.t = t, .bytes = 80, .deadline = PAIL_NEVER, .order = &order};
    struct taker small = {.t = t, .bytes = 1, .deadline = PAIL_NEVER, .order = &order};

    assert_true(pail_tickets_try(t, 50));
    begin(&big);
    until_waiting(t);
    begin(&small); /* would fit, but came later */
    pail_tickets_give(t, 10);
    assert_false(pail_tickets_try(t, 1));
    assert_int_equal(order, 0);
    pail_tickets_give(t, 40);
    pail_thread_join(big.thread);
    pail_thread_join(small.thread);
    assert_int_equal(big.rc, 0);
    assert_int_equal(small.rc, 0);
    assert_int_equal(pail_tickets_used(t), 81);
    pail_tickets_give(t, 81);
    pail_tickets_free(t);
}

/* Whoever gives up must not keep back those behind. */
static void test_giving_up_lets_others_in(void **state)
{
    struct pail_tickets *t = make(100);
    _Atomic int order = 0;
    struct taker big = {.t = t,
                        .bytes = 80,
                        .deadline = pail_deadline_after_ns(20 * PAIL_NS_PER_MS),
                        .order = &order};
    struct taker small = {.t = t, .bytes = 10, .deadline = PAIL_NEVER, .order = &order};

    assert_true(pail_tickets_try(t, 50));
    begin(&big);
    begin(&small);
    pail_thread_join(big.thread);
    pail_thread_join(small.thread);
    assert_int_equal(big.rc, PAIL_E_DEADLINE);
    assert_int_equal(small.rc, 0);
    assert_int_equal(pail_tickets_used(t), 60);
    pail_tickets_give(t, 60);
    pail_tickets_free(t);
}

static void hammer(void *arg)
{
    struct pail_tickets *t = arg;
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t bytes = 1 + i * 7 % 60;
        if (i % 3 == 0) {
            if (!pail_tickets_try(t, bytes))
                continue;
        } else if (pail_tickets_take(t, bytes, PAIL_NEVER, NULL) < 0) {
            return; /* shows in the sum below */
        }
        pail_tickets_give(t, bytes);
    }
    pail_tickets_force(t, 1);
}

static void test_many_threads(void **state)
{
    struct pail_tickets *t = make(100);
    struct pail_thread *threads[4];
    for (size_t i = 0; i < PAIL_ARRAY_LEN(threads); i++)
        assert_ok(pail_thread_start(&threads[i], "hammer", hammer, t, NULL), NULL);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(threads); i++)
        pail_thread_join(threads[i]);
    assert_int_equal(pail_tickets_used(t), PAIL_ARRAY_LEN(threads)); /* each came to its end */
    assert_true(pail_tickets_peak(t) <= 104);
    pail_tickets_free(t);
}

static int create(void *ud, struct pail_error *err)
{
    struct pail_tickets *t;
    int rc = pail_tickets_new(1, &t, err);
    if (rc == 0)
        pail_tickets_free(t);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("tickets", create, NULL);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_try_and_force), cmocka_unit_test(test_limits),
               cmocka_unit_test(test_in_order), cmocka_unit_test(test_giving_up_lets_others_in),
               cmocka_unit_test(test_many_threads), cmocka_unit_test(test_torture))
