/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pacer.h"

#include <math.h>

#include "base/clock.h"
#include "unit/test.h"

#define MS PAIL_NS_PER_MS

/* n answers, one every step_ms; gives the time of the last. */
static int64_t answers(struct pail_pacer *p, int64_t now, unsigned n, int64_t step_ms)
{
    for (unsigned i = 0; i < n; i++) {
        now += step_ms * MS;
        pail_pacer_answer(p, now, false);
    }
    return now;
}

static void near_to(double a, double b, double part)
{
    if (fabs(a - b) > part * b)
        print_error("%g is not %g\n", a, b);
    assert_true(fabs(a - b) <= part * b);
}

static void test_off_until_throttled(void **state)
{
    struct pail_pacer p;
    int64_t now = 1000 * MS;
    pail_pacer_init(&p, now);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(pail_pacer_take(&p, now), 0);
    now = answers(&p, now, 1000, 10);
    assert_int_equal(pail_pacer_take(&p, now), 0);
    near_to(p.sent_rate, 100, 0.05);
}

static void test_slows_down_and_comes_back(void **state)
{
    struct pail_pacer p;
    int64_t now = 1000 * MS;
    pail_pacer_init(&p, now);
    now = answers(&p, now, 1000, 10); /* 100 a second */
    pail_pacer_answer(&p, now, true);
    near_to(p.rate, 70, 0.05);
    /* Nothing in the bucket: the first waits for one token, those behind for theirs. */
    int64_t first = pail_pacer_take(&p, now), second = pail_pacer_take(&p, now);
    near_to((double)first, 1e9 / p.rate, 0.01);
    near_to((double)second, 2e9 / p.rate, 0.01);
    /* Flat around the old rate, after cbrt(100 * 0.3 / 0.4) seconds; beyond, twice what is sent. */
    double back_s = cbrt(p.max_rate * 0.3 / 0.4);
    int64_t throttled = now;
    while (now - throttled < (int64_t)(back_s * 1e9))
        now = answers(&p, now, 1, 10);
    near_to(p.rate, p.max_rate, 0.02);
    now = answers(&p, now, 2000, 10);
    near_to(p.rate, 200, 0.05);
}

static void test_never_stops(void **state)
{
    struct pail_pacer p;
    int64_t now = 1000 * MS;
    pail_pacer_init(&p, now);
    for (unsigned i = 0; i < 100; i++) {
        now += 100 * MS;
        pail_pacer_answer(&p, now, true);
    }
    now += 2 * PAIL_NS_PER_S;
    near_to(p.rate, 0.5, 1e-9);
    assert_int_equal(pail_pacer_take(&p, now), 0); /* 10 s filled the bucket with one */
    near_to((double)pail_pacer_take(&p, now), 2e9, 0.1);
}

/* Tokens that nobody took are kept up to a second's worth. */
static void test_burst(void **state)
{
    struct pail_pacer p;
    int64_t now = 1000 * MS;
    unsigned n = 0;
    pail_pacer_init(&p, now);
    now = answers(&p, now, 1000, 10);
    pail_pacer_answer(&p, now, true);
    now += 60 * PAIL_NS_PER_S;
    while (!pail_pacer_take(&p, now) && n < 1000)
        n++;
    assert_in_range(n, 60, 80);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_off_until_throttled),
               cmocka_unit_test(test_slows_down_and_comes_back), cmocka_unit_test(test_never_stops),
               cmocka_unit_test(test_burst))
