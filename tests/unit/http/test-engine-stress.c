/* SPDX-License-Identifier: Apache-2.0 */
/* Eight threads, 16,000 calls, errors, retries, blocking preparations, cancels at any moment, and
 * an end in the middle of it: exactly one done for each. Of most use under ThreadSanitizer. */
#include "http/engine.h"

#include <stdatomic.h>

#include "probe.h"

#define THREADS 8
#define CALLS 2000
#define WINDOW 16 /* handles a thread holds */

struct item {
    atomic_uint dones;
    uint32_t seed;
};

struct worker {
    struct bench *bench;
    struct pail_thread *thread;
    struct item items[CALLS];
    unsigned submitted;
    uint32_t seed;
};

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static int prepare(void *ud, const struct pail_attempt *a, struct pail_request *r,
                   struct pail_error *err)
{
    struct item *it = ud;
    if (it->seed % 11 == 0 && !a->may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    if (it->seed % 97 == 0)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "none");
    snprintf(r->method, sizeof(r->method), "GET");
    r->port = 80;
    pail_buf_z(&r->host, it->seed % 2 ? "one" : "two");
    return 0;
}

static int begin(void *ud, const struct pail_response *head, uint64_t length,
                 struct pail_error *err)
{
    return 0;
}

static int write_body(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct item *it = ud;
    return it->seed % 31 ? 0 : pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "sink");
}

static int classify(void *ud, const struct pail_response *r, bool *retry_now,
                    struct pail_error *err)
{
    if (r->status < 300)
        return 0;
    *retry_now = r->status == 307;
    pail_error_set(err, PAIL_D_SERVICE, PAIL_E_SERVICE, "status %d", r->status);
    return PAIL_E_SERVICE;
}

static void done(void *ud, const struct pail_error *err)
{
    struct item *it = ud;
    it->dones++;
}

static const struct pail_call_ops ops = {prepare, begin, write_body, classify, done};

static struct fake_reply reply(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    uint32_t seed = nth * 2654435761u;
    switch (next(&seed) % 8) {
    case 0:
        return (struct fake_reply){.status = 500};
    case 1:
        return (struct fake_reply){.fail = PAIL_E_CLOSED};
    case 2:
        return (struct fake_reply){.status = 307};
    case 3:
        return (struct fake_reply){.status = 503, .head = "x-amz-retry-after: 1"};
    default:
        return (struct fake_reply){.status = 200, .body = "0123456789abcdef", .repeat = 8};
    }
}

static void drop(struct pail_call *c, uint32_t dice)
{
    if (!c)
        return;
    if (dice % 3 == 0)
        pail_call_cancel(c);
    if (dice % 5 == 0)
        pail_call_wait(c);
    pail_call_unref(c);
}

static void work(void *arg)
{
    struct worker *w = arg;
    struct pail_call *window[WINDOW] = {NULL};

    for (unsigned i = 0; i < CALLS; i++) {
        struct item *it = &w->items[i];
        it->seed = next(&w->seed);
        struct pail_call_desc desc = {
            .ops = &ops,
            .ud = it,
            .what = "stress",
            .has_sink = it->seed % 4 == 0,
            .unsafe = it->seed % 5 == 0,
            .options = {.priority = (enum pail_priority)(it->seed % PAIL_PRIO_COUNT)},
        };
        unsigned at = i % WINDOW;
        drop(window[at], next(&w->seed));
        window[at] = NULL;
        if (pail_engine_submit(w->bench->engine, &desc, &window[at], NULL) == 0)
            w->submitted++;
        if (next(&w->seed) % 10 == 0)
            pail_call_cancel(window[at]);
    }
    for (unsigned i = 0; i < WINDOW; i++)
        drop(window[i], next(&w->seed));
}

static void run(unsigned max_in_flight)
{
    struct bench *b = BENCH(.max_in_flight = max_in_flight);
    struct worker *workers = pail_calloc(THREADS, sizeof(*workers));
    assert_non_null(workers);
    b->reply = reply;
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i].bench = b;
        workers[i].seed = i + 1;
        assert_ok(pail_thread_start(&workers[i].thread, "worker", work, &workers[i], NULL), NULL);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pail_thread_join(workers[i].thread);
    bench_free(b); /* with calls still in every state */
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].submitted, CALLS);
        for (unsigned k = 0; k < CALLS; k++)
            assert_int_equal(workers[i].items[k].dones, 1);
    }
    pail_free(workers);
}

static void test_few_slots(void **state)
{
    run(3);
}

static void test_many_slots(void **state)
{
    run(64);
}

PAIL_TEST_MAIN(cmocka_unit_test(test_few_slots), cmocka_unit_test(test_many_slots))
