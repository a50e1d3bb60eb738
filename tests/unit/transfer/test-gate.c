/* SPDX-License-Identifier: Apache-2.0 */
/* Slots and memory: in the order of asking, within limits, given back. */
#include "unit/test.h"

#include "base/clock.h"
#include "base/thread.h"
#include "transfer/gate.h"

struct asker {
    struct pail_gate_wait wait;
    _Atomic int woken;
};

static void wake(struct pail_gate_wait *w)
{
    PAIL_CONTAINER(w, struct asker, wait)->woken++;
}

static void test_order(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct asker a = {.wait = {.wake = wake}}, b = a, c = a, d = a;
    struct pail_gate *g;

    assert_ok(pail_gate_new(2, 100, 0, &g, &err), &err);
    assert_true(pail_gate_take(g, &a.wait, 60, 0));
    assert_false(pail_gate_take(g, &b.wait, 60, 0)); /* no memory */
    assert_false(pail_gate_take(g, &c.wait, 1, 0));  /* does not overtake */
    assert_false(pail_gate_take(g, &b.wait, 60, 0)); /* asking twice changes nothing */
    pail_gate_give_slot(g);
    assert_int_equal(b.woken + c.woken, 0);
    pail_gate_give_bytes(g, 60);
    assert_int_equal(b.woken, 1);
    assert_int_equal(c.woken, 1);
    assert_true(pail_gate_take(g, &b.wait, 60, 0));
    assert_true(pail_gate_take(g, &c.wait, 1, 0));
    assert_false(pail_gate_take(g, &d.wait, 0, 0)); /* no slot */
    pail_gate_forget(g, &d.wait);
    pail_gate_give_slot(g);
    assert_int_equal(d.woken, 0);
    assert_true(pail_gate_take(g, &d.wait, 0, 0));
    pail_gate_give_slot(g);
    pail_gate_give_slot(g);
    pail_gate_give_bytes(g, 61);
    assert_true(pail_gate_take(g, &a.wait, 1000, 0)); /* alone: more than the limit */
    assert_false(pail_gate_take(g, &b.wait, 1, 0));
    pail_gate_give_bytes(g, 1000);
    assert_int_equal(b.woken, 2);
    pail_gate_forget(g, &b.wait); /* what was granted goes back */
    assert_int_equal(pail_gate_peak_bytes(g), 1000);
    pail_gate_free(g);
}

/* A grant of n bytes puts off the next one by as long as they may take. */
static void test_bandwidth(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct asker a = {.wait = {.wake = wake}};
    struct pail_gate *g;

    assert_ok(pail_gate_new(10, 1000, 1000000, &g, &err), &err);
    int64_t began = pail_clock_mono_ns();
    for (int i = 0; i < 4; i++) {
        int before = a.woken;
        if (pail_gate_take(g, &a.wait, 0, 10000))
            continue;
        while (a.woken == before)
            pail_sleep_ns(PAIL_NS_PER_MS);
        assert_true(pail_gate_take(g, &a.wait, 0, 10000));
    }
    assert_true(pail_clock_mono_ns() - began >= 30 * PAIL_NS_PER_MS);
    pail_gate_free(g);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_order), cmocka_unit_test(test_bandwidth))
