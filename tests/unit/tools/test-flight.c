/* SPDX-License-Identifier: Apache-2.0 */
/* Slots and their calls: bounded, in order where asked for, ended by an error or a signal. */
#include "unit/s3/fixture.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "tools/lib/flight.h"
#include "tools/lib/interrupt.h"
#include "tools/lib/one.h"

#define LONG "600000" /* ms; nothing here may take so long */

static int ignore(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    *(uint64_t *)ud += n;
    return 0;
}

static void get(struct pail_flight_slot *slot, const char *key, uint64_t *bytes)
{
    struct pail_s3_get_args args = {.bucket = PAIL_STR("bkt"), .key = pail_str(key)};
    struct pail_s3_sink sink = {.write = ignore, .ud = bytes};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call *call = NULL;
    int rc = pail_s3_get_async(fx.s3, &args, &sink, NULL, pail_flight_landed, slot, &call, &err);
    pail_flight_started(slot, rc, call, &err);
}

static void test_slots(void **state)
{
    struct pail_flight f;
    struct pail_flight_slot *slots[PAIL_FLIGHT_SLOTS];
    struct pail_error err = PAIL_ERROR_INIT;
    pail_flight_init(&f);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++) {
        slots[i] = pail_flight_take(&f);
        assert_non_null(slots[i]);
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(slots[i], slots[j]);
    }
    pail_flight_landed(slots[3], NULL);
    assert_ptr_equal(pail_flight_take(&f), slots[3]);
    pail_flight_landed(&f.slots[5], NULL);
    assert_ptr_equal(pail_flight_take_at(&f, 5), &f.slots[5]);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        pail_flight_landed(slots[i], NULL);
    assert_ok(pail_flight_wait(&f, &err), &err);
    pail_flight_done(&f);
}

static void test_first_error_stays(void **state)
{
    struct pail_flight f;
    struct pail_error first = PAIL_ERROR_INIT, second = PAIL_ERROR_INIT, err = PAIL_ERROR_INIT;
    pail_error_set(&first, PAIL_D_NET, PAIL_E_CLOSED, "the first");
    pail_error_set(&second, PAIL_D_NET, PAIL_E_TLS, "the second");
    pail_flight_init(&f);
    struct pail_flight_slot *a = pail_flight_take(&f), *b = pail_flight_take(&f);
    pail_flight_started(a, first.code, NULL, &first); /* could not be started */
    assert_null(pail_flight_take(&f));
    assert_null(pail_flight_take_at(&f, 7));
    pail_flight_landed(b, &second);
    assert_code(pail_flight_wait(&f, &err), PAIL_E_CLOSED);
    assert_string_equal(err.message, "the first");
    pail_flight_done(&f);
}

static void land(void *slot)
{
    pail_flight_landed(slot, NULL);
}

static void test_take_waits(void **state)
{
    struct pail_flight f;
    struct pail_thread *t = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    pail_flight_init(&f);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        assert_non_null(pail_flight_take(&f));
    assert_ok(pail_thread_start(&t, "land", land, &f.slots[2], &err), &err);
    assert_ptr_equal(pail_flight_take(&f), &f.slots[2]);
    pail_thread_join(t);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        pail_flight_landed(&f.slots[i], NULL);
    assert_ok(pail_flight_wait(&f, &err), &err);
    pail_flight_done(&f);
}

static void test_many_calls(void **state)
{
    struct pail_flight f;
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t bytes[PAIL_FLIGHT_SLOTS] = {0}, total = 0;
    store("key", "data");
    pail_flight_init(&f);
    for (size_t i = 0; i < 50; i++) {
        struct pail_flight_slot *slot = pail_flight_take_at(&f, i % PAIL_FLIGHT_SLOTS);
        assert_non_null(slot);
        get(slot, "key", &bytes[i % PAIL_FLIGHT_SLOTS]);
    }
    assert_ok(pail_flight_wait(&f, &err), &err);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        total += bytes[i];
    assert_int_equal(total, 50 * 4);
    pail_flight_done(&f);
}

/* One that fails does not wait for those that take long. */
static void test_error_cancels(void **state)
{
    struct pail_flight f;
    struct pail_error err = PAIL_ERROR_INIT;
    uint64_t bytes[3] = {0};
    store("key", "data");
    faults("op=GetObject key=key count=0 stall=" LONG);
    pail_flight_init(&f);
    get(pail_flight_take(&f), "key", &bytes[0]);
    get(pail_flight_take(&f), "key", &bytes[1]);
    get(pail_flight_take(&f), "missing", &bytes[2]);
    assert_code(pail_flight_wait(&f, &err), PAIL_E_NOT_FOUND);
    pail_flight_done(&f);
    faults("");
}

static void raise_later(void *slot)
{
    kill(getpid(), SIGTERM);
}

/* Last: there is no way back. */
static void test_interrupt(void **state)
{
    struct pail_flight f;
    struct pail_thread *t = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_head_args head = {.bucket = PAIL_STR("bkt"), .key = PAIL_STR("key")};
    struct pail_s3_object object;
    uint64_t bytes = 0;
    store("key", "data");
    assert_ok(pail_one_head(fx.s3, &head, &object, &err), &err);
    pail_s3_object_done(&object);
    pail_interrupt_catch();
    assert_int_equal(pail_interrupt_signal(), 0);
    assert_ok(pail_interrupt_check(&err), &err);
    faults("op=GetObject key=key count=0 stall=" LONG);
    pail_flight_init(&f);
    get(pail_flight_take(&f), "key", &bytes);
    assert_ok(pail_thread_start(&t, "signal", raise_later, NULL, &err), &err);
    assert_code(pail_flight_wait(&f, &err), PAIL_E_CANCELLED);
    assert_string_equal(err.message, "interrupted");
    pail_thread_join(t);
    assert_int_equal(pail_interrupt_signal(), SIGTERM);
    assert_null(pail_flight_take(&f));
    pail_flight_done(&f);
    /* Nothing new begins. */
    assert_code(pail_one_head(fx.s3, &head, &object, &err), PAIL_E_CANCELLED);
}

#define with_server(f) cmocka_unit_test_setup_teardown((f), fixture_setup, fixture_teardown)

PAIL_TEST_MAIN(cmocka_unit_test(test_slots), cmocka_unit_test(test_first_error_stays),
               cmocka_unit_test(test_take_waits), with_server(test_many_calls),
               with_server(test_error_cancels), with_server(test_interrupt))
