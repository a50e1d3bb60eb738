/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls: slots and priorities, retry tokens; cancel, deadline and shutdown in every state. */
#include "http/engine.h"

#include "probe.h"

#define HOLD                                                                                       \
    {                                                                                              \
        .status = 200, .hold = true                                                                \
    }
/* Refused for now; with jitter 0 the call then waits for as long as is asked. */
#define WAIT_LONG                                                                                  \
    {                                                                                              \
        .status = 503, .head = "Retry-After: 60", .body = "SlowDown"                               \
    }

static unsigned queued_of(struct bench *b, unsigned *ret_in_flight)
{
    struct pail_engine_stats stats;
    pail_engine_stats(b->engine, &stats);
    *ret_in_flight = stats.in_flight;
    return stats.queued;
}

/* Until the call's attempt has been settled, which a moment after its exchange it is not yet. */
static void await_in_flight(struct bench *b, unsigned n)
{
    unsigned in_flight;
    while (queued_of(b, &in_flight), in_flight != n)
        pail_sleep_ns(100 * PAIL_NS_PER_US);
}

/* ---- Slots ---------------------------------------------------------------------------------- */

static struct fake_reply hold_all(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    return (struct fake_reply)HOLD;
}

static enum pail_priority started_order[32];

static struct fake_reply note_start(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    started_order[nth] = x->priority;
    return (struct fake_reply){.status = 200, .hold = nth == 0};
}

static void test_start_order(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 1);
    struct probe blocker = {0}, p[8] = {0};
    b->reply = note_start;
    SUBMIT(&blocker, b, .options = {.priority = PAIL_PRIO_META});
    fake_await_held(b->fake, 1);
    for (unsigned i = 0; i < 8; i++)
        SUBMIT(&p[i], b, .options = {.priority = (enum pail_priority)((7 - i) % PAIL_PRIO_COUNT)});
    fake_release(b->fake);
    probe_wait(&blocker);
    for (unsigned i = 0; i < 8; i++)
        probe_wait(&p[i]);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(started_order[i + 1], i / 2);
    bench_free(b);
}

/* Background work cannot take every slot. */
static void test_reserve(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 8);
    struct probe writes[10] = {0}, meta = {0};
    unsigned in_flight;
    b->reply = hold_all;
    for (int i = 0; i < 10; i++)
        SUBMIT(&writes[i], b, .options = {.priority = PAIL_PRIO_WRITE});
    fake_await_held(b->fake, 7);
    assert_int_equal(queued_of(b, &in_flight), 3);
    assert_int_equal(in_flight, 7);
    SUBMIT(&meta, b, .options = {.priority = PAIL_PRIO_META});
    fake_await_held(b->fake, 8);
    assert_int_equal(queued_of(b, &in_flight), 3);
    for (int i = 0; i < 11; i++) {
        fake_await_held(b->fake, 1);
        fake_release(b->fake);
    }
    for (int i = 0; i < 10; i++)
        probe_wait(&writes[i]);
    probe_wait(&meta);
    bench_free(b);
}

/* ---- Tokens --------------------------------------------------------------------------------- */

static void test_tokens(void **state)
{
    struct bench *b = BENCH(.max_attempts = 11);
    struct probe p[10] = {0}, poor = {0}, other = {.host = "other"}, patient = {0};
    SCRIPT(b, {.status = 500});
    for (int i = 0; i < 10; i++) /* ten retries of 5 tokens each */
        RUN(&p[i], b, .ud = NULL);
    probe_assert(&p[9], PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 11);
    RUN(&poor, b, .ud = NULL);
    probe_assert(&poor, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 1);
    assert_non_null(strstr(poor.err.message, "after 1 attempt"));
    RUN(&other, b, .ud = NULL); /* each host has its own */
    probe_assert(&other, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 11);

    unsigned started = fake_started(b->fake);
    static struct fake_reply script[1000];
    for (unsigned i = 0; i < PAIL_ARRAY_LEN(script); i++)
        script[i].status = i < started + 200 ? 500 : 200;
    b->script = script;
    b->n_script = PAIL_ARRAY_LEN(script);
    RUN(&patient, b, .options = {.max_attempts = UINT_MAX}); /* paced by the back-off alone */
    assert_false(patient.failed);
    assert_int_equal(patient.prepared, 201);
    bench_free(b);
}

/* ---- Cancel --------------------------------------------------------------------------------- */

static void assert_cancelled(const struct probe *p, int attempts)
{
    probe_assert(p, PAIL_E_CANCELLED, PAIL_RETRY_NEVER, attempts);
}

static void test_cancel_queued(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 1);
    struct probe first = {0}, p = {0};
    SCRIPT(b, HOLD);
    SUBMIT(&first, b, .ud = NULL);
    fake_await_held(b->fake, 1);
    SUBMIT(&p, b, .ud = NULL);
    pail_call_cancel(p.call);
    pail_call_cancel(p.call);
    probe_wait(&p);
    assert_cancelled(&p, 0);
    assert_int_equal(p.prepared, 0);
    fake_release(b->fake);
    probe_wait(&first);
    assert_false(first.failed);
    bench_free(b);
}

static void test_cancel_exchange(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, unsafe = {0};
    SCRIPT(b, HOLD);
    SUBMIT(&p, b, .ud = NULL);
    fake_await_held(b->fake, 1);
    pail_call_cancel(p.call);
    probe_wait(&p);
    assert_cancelled(&p, 1);
    SUBMIT(&unsafe, b, .unsafe = true);
    fake_await_held(b->fake, 1);
    pail_call_cancel(unsafe.call);
    probe_wait(&unsafe);
    probe_assert(&unsafe, PAIL_E_CANCELLED, PAIL_RETRY_UNKNOWN_EFFECT, 1);
    bench_free(b);
}

static struct probe *starting;

static void cancel_in_start(void *ud)
{
    struct bench *b = ud;
    fake_await_held(b->fake, 1);
    pail_call_cancel(starting->call);
}

/* While the transport's start runs, it may not be told to cancel; the wish is not forgotten. */
static void test_cancel_starting(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, HOLD);
    starting = &p;
    b->fake->in_start = cancel_in_start;
    RUN(&p, b, .ud = NULL);
    assert_cancelled(&p, 1);
    assert_false(b->fake->rule_broken);
    bench_free(b);
}

static void test_cancel_backoff(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, WAIT_LONG);
    SUBMIT(&p, b, .ud = NULL);
    fake_await_done(b->fake, 1);
    await_in_flight(b, 0);
    pail_call_cancel(p.call);
    probe_wait(&p);
    assert_cancelled(&p, 1);
    bench_free(b);
}

static int cancel_in_prepare(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    pail_call_cancel(p->call);
    return 0;
}

static int cancel_in_blocking_prepare(struct probe *p, const struct pail_attempt *a,
                                      struct pail_error *err)
{
    if (!a->may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    pail_call_cancel(p->call);
    return 0;
}

static void test_cancel_preparing(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {.on_prepare = cancel_in_prepare};
    struct probe blocking = {.on_prepare = cancel_in_blocking_prepare};
    SCRIPT(b, {.status = 200});
    RUN(&p, b, .ud = NULL);
    assert_cancelled(&p, 0);
    RUN(&blocking, b, .ud = NULL);
    assert_cancelled(&blocking, 0);
    bench_free(b);
}

static struct pail_mutex gate_lock;
static struct pail_cond gate_cond;
static bool gate_reached, gate_open;

static void gate_set(bool *flag)
{
    PAIL_LOCKED(&gate_lock);
    *flag = true;
    pail_cond_broadcast(&gate_cond);
}

static void gate_await(bool *flag)
{
    PAIL_LOCKED(&gate_lock);
    while (!*flag)
        pail_cond_wait(&gate_cond, &gate_lock);
}

static int wait_at_gate(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    if (!a->may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    gate_set(&gate_reached);
    gate_await(&gate_open);
    return 0;
}

static int would_block(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    return a->may_block ? 0 : PAIL_PREPARE_WOULD_BLOCK;
}

static void gate_init(void)
{
    pail_mutex_init(&gate_lock, "gate", PAIL_RANK_LEAF);
    pail_cond_init(&gate_cond);
    gate_reached = gate_open = false;
}

static void gate_done(void)
{
    pail_cond_done(&gate_cond);
    pail_mutex_done(&gate_lock);
}

static void test_cancel_blocked(void **state)
{
    struct bench *b = BENCH(0);
    struct probe first = {.on_prepare = wait_at_gate}, p = {.on_prepare = would_block};
    gate_init();
    SCRIPT(b, {.status = 200});
    SUBMIT(&first, b, .ud = NULL);
    gate_await(&gate_reached); /* the preparing thread is busy */
    SUBMIT(&p, b, .ud = NULL);
    pail_call_cancel(p.call);
    probe_wait(&p);
    assert_cancelled(&p, 0);
    gate_set(&gate_open);
    probe_wait(&first);
    assert_false(first.failed);
    gate_done();
    bench_free(b);
}

static int cancel_in_classify(struct probe *p, const struct pail_response *r, bool *retry_now,
                              struct pail_error *err)
{
    pail_call_cancel(p->call);
    if (r->status == 200)
        return 0;
    err->http_status = r->status;
    pail_error_set(err, PAIL_D_SERVICE, PAIL_E_SERVICE, "status %d", r->status);
    return PAIL_E_SERVICE;
}

static void test_cancel_classifying(void **state)
{
    struct bench *b = BENCH(0);
    struct probe late = {.on_classify = cancel_in_classify};
    struct probe p = {.on_classify = cancel_in_classify};
    struct probe gone = {.on_classify = cancel_in_classify};
    SCRIPT(b, {.status = 200}, {.status = 500}, {.status = 404});
    RUN(&late, b, .ud = NULL);
    assert_false(late.failed); /* too late */
    RUN(&p, b, .ud = NULL);
    assert_cancelled(&p, 1);
    RUN(&gone, b, .ud = NULL); /* no attempt would follow: what happened is told */
    probe_assert(&gone, PAIL_E_NOT_FOUND, PAIL_RETRY_NEVER, 1);
    bench_free(b);
}

/* ---- Deadline ------------------------------------------------------------------------------- */

static void test_deadline_queued(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 1);
    struct probe first = {0}, p = {0};
    SCRIPT(b, HOLD);
    SUBMIT(&first, b, .ud = NULL);
    fake_await_held(b->fake, 1);
    RUN(&p, b, .options = {.timeout_ms = 5});
    probe_assert(&p, PAIL_E_DEADLINE, PAIL_RETRY_BACKOFF, 0);
    assert_string_equal(p.err.message, "Get s3://b/k: not done after 5 ms");
    fake_release(b->fake);
    probe_wait(&first);
    bench_free(b);
}

static void test_deadline_backoff(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, {.status = 500}, WAIT_LONG);
    RUN(&p, b, .options = {.timeout_ms = 20, .max_attempts = UINT_MAX});
    probe_assert(&p, PAIL_E_DEADLINE, PAIL_RETRY_BACKOFF, 2);
    assert_string_equal(p.err.message,
                        "Get s3://b/k: not done after 20 ms, last error: status 503 (after 2 "
                        "attempts)");
    assert_string_equal(p.err.service_code, "SlowDown");
    bench_free(b);
}

static struct fake_reply late_answer(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    if (nth == 0)
        return (struct fake_reply){.status = 500};
    while (pail_clock_mono_ns() < x->deadline_mono_ns) /* as a transport would */
        pail_sleep_ns(PAIL_NS_PER_MS);
    return (struct fake_reply){.fail = PAIL_E_DEADLINE};
}

static void test_deadline_exchange(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, unsafe = {0};
    b->reply = late_answer;
    RUN(&p, b, .options = {.timeout_ms = 10});
    probe_assert(&p, PAIL_E_DEADLINE, PAIL_RETRY_BACKOFF, 2);
    assert_non_null(strstr(p.err.message, "last error: status 500 (after 2 attempts)"));
    RUN(&unsafe, b, .options = {.timeout_ms = 10}, .unsafe = true);
    probe_assert(&unsafe, PAIL_E_DEADLINE, PAIL_RETRY_UNKNOWN_EFFECT, 1);
    bench_free(b);
}

/* ---- Shutdown ------------------------------------------------------------------------------- */

static void submit_again(struct probe *p)
{
    struct probe late = {0};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call_desc desc = {.ops = &probe_ops, .ud = &late, .what = "late"};
    assert_code(pail_engine_submit(p->bench->engine, &desc, NULL, &err), PAIL_E_SHUTDOWN);
}

static struct fake_reply by_host(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    if (strcmp(pail_buf_cstr(&x->request->host), "busy") == 0)
        return (struct fake_reply)WAIT_LONG;
    return (struct fake_reply)HOLD;
}

static void open_gate(void *arg)
{
    struct bench *b = arg;
    unsigned in_flight;
    while (queued_of(b, &in_flight) > 1 || in_flight) /* until all but the one at the gate ended */
        pail_sleep_ns(100 * PAIL_NS_PER_US);
    gate_set(&gate_open);
}

static void test_shutdown(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 2);
    struct probe p[5] = {
        {.on_prepare = wait_at_gate}, {.on_prepare = would_block}, {.host = "busy"}};
    struct pail_thread *opener;

    gate_init();
    b->reply = by_host;
    SUBMIT(&p[0], b, .ud = NULL); /* preparing */
    gate_await(&gate_reached);
    SUBMIT(&p[1], b, .ud = NULL); /* blocked */
    SUBMIT(&p[2], b, .ud = NULL); /* backing off */
    fake_await_done(b->fake, 1);
    await_in_flight(b, 0);
    SUBMIT(&p[3], b, .options = {.priority = PAIL_PRIO_WRITE}); /* exchanging */
    fake_await_held(b->fake, 1);
    SUBMIT(&p[4], b, .options = {.priority = PAIL_PRIO_WRITE}); /* queued: the slot is reserved */
    for (int i = 0; i < 5; i++)
        p[i].on_done = submit_again;

    struct pail_engine *engine = b->engine;
    assert_ok(pail_thread_start(&opener, "opener", open_gate, b, NULL), NULL);
    pail_engine_free(engine);
    pail_thread_join(opener);
    for (int i = 0; i < 5; i++) {
        pail_call_cancel(p[i].call); /* the handle is good after the engine */
        probe_wait(&p[i]);
        probe_assert(&p[i], PAIL_E_SHUTDOWN, PAIL_RETRY_NEVER, i == 2 || i == 3);
    }
    gate_done();
    pail_rand_set_source(NULL);
    pail_free(b);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_start_order), cmocka_unit_test(test_reserve),
               cmocka_unit_test(test_tokens), cmocka_unit_test(test_cancel_queued),
               cmocka_unit_test(test_cancel_exchange), cmocka_unit_test(test_cancel_starting),
               cmocka_unit_test(test_cancel_backoff), cmocka_unit_test(test_cancel_preparing),
               cmocka_unit_test(test_cancel_blocked), cmocka_unit_test(test_cancel_classifying),
               cmocka_unit_test(test_deadline_queued), cmocka_unit_test(test_deadline_backoff),
               cmocka_unit_test(test_deadline_exchange), cmocka_unit_test(test_shutdown))
