/* SPDX-License-Identifier: Apache-2.0 */
/* One call: its attempts and how it ends. Many calls: test-engine-order.c. */
#include "http/engine.h"

#include "base/timefmt.h"
#include "probe.h"
#include "unit/torture.h"

static void test_success(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    struct pail_engine_stats stats;
    SCRIPT(b, {.status = 200, .head = "Content-Length: 10", .body = "hello", .repeat = 2});
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_string_equal(p.body, "hellohello");
    assert_int_equal(p.attempts[0].number, 1);
    assert_int_equal(p.attempts[0].max_attempts, 3);
    assert_false(p.attempts[0].may_block);
    assert_false(p.attempts[0].refresh);
    pail_engine_stats(b->engine, &stats);
    assert_int_equal(stats.calls, 1);
    assert_int_equal(stats.attempts, 1);
    assert_int_equal(stats.retries, 0);
    assert_int_equal(stats.bytes_in, 10);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.queued, 0);
    bench_free(b);
}

static void test_retries(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    struct pail_engine_stats stats;
    SCRIPT(b, {.status = 500}, {.status = 503, .body = "SlowDown"}, {.status = 200, .body = "ok"});
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_int_equal(p.prepared, 3);
    assert_int_equal(p.attempts[2].number, 3);
    assert_int_equal(strlen(p.ids[0]), 36);
    assert_string_equal(p.ids[0], p.ids[2]);
    pail_engine_stats(b->engine, &stats);
    assert_int_equal(stats.attempts, 3);
    assert_int_equal(stats.retries, 2);
    assert_int_equal(stats.throttles, 1);
    bench_free(b);
}

static void test_exhausted(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, one = {0};
    SCRIPT(b, {.status = 500, .body = "InternalError"});
    RUN(&p, b, .ud = NULL);
    probe_assert(&p, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 3);
    assert_string_equal(p.err.message, "Get s3://b/k: status 500 (after 3 attempts)");
    assert_string_equal(p.err.service_code, "InternalError");
    assert_int_equal(p.err.http_status, 500);
    RUN(&one, b, .options = {.max_attempts = 1});
    probe_assert(&one, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 1);
    assert_string_equal(one.err.message, "Get s3://b/k: status 500");
    bench_free(b);
}

static void test_legacy_mode(void **state)
{
    struct bench *b = BENCH(.retry_mode = PAIL_RETRY_MODE_LEGACY);
    struct probe p = {0}, dynamodb = {0};
    SCRIPT(b, {.status = 500, .body = "InternalError"});
    RUN(&p, b, .ud = NULL);
    probe_assert(&p, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 5);
    RUN(&dynamodb, b, .service = "dynamodbstreams", .options = {.max_attempts = 7});
    probe_assert(&dynamodb, PAIL_E_SERVER, PAIL_RETRY_BACKOFF, 7);
    bench_free(b);
}

/* Throttled once, the next request waits for its token: 2 s at the lowest rate. */
static void test_adaptive_mode(void **state)
{
    struct bench *b = BENCH(.retry_mode = PAIL_RETRY_MODE_ADAPTIVE);
    struct probe throttled = {0}, next = {0}, other = {0};
    SCRIPT(b, {.status = 503, .body = "SlowDown"}, {.status = 200});
    RUN(&throttled, b, .service = "ec2", .options = {.max_attempts = 1});
    probe_assert(&throttled, PAIL_E_THROTTLED, PAIL_RETRY_BACKOFF, 1);
    RUN(&next, b, .service = "ec2", .options = {.timeout_ms = 50});
    probe_assert(&next, PAIL_E_DEADLINE, PAIL_RETRY_BACKOFF, 0);
    RUN(&other, b, .service = "iam", .options = {.timeout_ms = 5000});
    assert_false(other.failed);
    bench_free(b);
}

static void test_final(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, {.status = 404, .body = "NoSuchKey"});
    RUN(&p, b, .ud = NULL);
    probe_assert(&p, PAIL_E_NOT_FOUND, PAIL_RETRY_NEVER, 1);
    bench_free(b);
}

static void test_lost_replies(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, {.fail = PAIL_E_CLOSED}, {.fail = PAIL_E_CONNECT, .unsent = true}, {.status = 200});
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_int_equal(p.prepared, 3);
    bench_free(b);
}

static void test_unsafe(void **state)
{
    static const struct {
        struct fake_reply first;
        int code; /* 0: repeated */
    } cases[] = {
        {{.fail = PAIL_E_CLOSED}, PAIL_E_CLOSED},
        {{.fail = PAIL_E_READ_TIMEOUT}, PAIL_E_READ_TIMEOUT},
        {{.status = 500}, PAIL_E_SERVER},
        {{.status = 200, .fail = PAIL_E_CLOSED}, PAIL_E_CLOSED},
        {{.fail = PAIL_E_CLOSED, .unsent = true}, 0},
        {{.fail = PAIL_E_CONNECT, .unsent = true}, 0},
        {{.status = 503, .body = "SlowDown"}, 0},
        {{.status = 429}, 0},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct bench *b = BENCH(0);
        struct fake_reply script[] = {cases[i].first, {.status = 200}};
        struct probe p = {0};
        b->script = script;
        b->n_script = 2;
        RUN(&p, b, .unsafe = true);
        if (cases[i].code)
            probe_assert(&p, cases[i].code, PAIL_RETRY_UNKNOWN_EFFECT, 1);
        else
            assert_false(p.failed);
        bench_free(b);
    }
}

static struct fake_reply tell_once(struct bench *b, struct pail_exchange *x, unsigned nth)
{
    return (struct fake_reply){.status = 200, .body = x->send_once ? "once" : "any"};
}

static void test_send_once(void **state)
{
    struct bench *b = BENCH(0);
    struct probe safe = {0}, unsafe = {0};
    b->reply = tell_once;
    RUN(&safe, b, .ud = NULL);
    assert_string_equal(safe.body, "any");
    RUN(&unsafe, b, .unsafe = true);
    assert_string_equal(unsafe.body, "once");
    bench_free(b);
}

static void test_refresh(void **state)
{
    struct bench *b = BENCH(0);
    struct probe once = {0}, twice = {0}, single = {0};
    SCRIPT(b, {.status = 400, .body = "ExpiredToken"}, {.status = 500}, {.status = 200},
           {.status = 400, .body = "ExpiredToken"}, {.status = 400, .body = "ExpiredToken"},
           {.status = 400, .body = "ExpiredToken"}, {.status = 200});
    RUN(&once, b, .ud = NULL);
    assert_false(once.failed);
    assert_false(once.attempts[0].refresh);
    assert_true(once.attempts[1].refresh);
    assert_false(once.attempts[2].refresh); /* the new ones were not refused */
    RUN(&twice, b, .ud = NULL);
    probe_assert(&twice, PAIL_E_AUTH_EXPIRED, PAIL_RETRY_AFTER_REFRESH, 2);
    RUN(&single, b, .options = {.max_attempts = 1}); /* other credentials are not another try */
    assert_false(single.failed);
    bench_free(b);
}

static int nothing_new(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    return a->refresh ? PAIL_PREPARE_NOTHING_NEW : 0;
}

/* Other credentials are not to be had: the refusal is told, and nothing is sent for it. */
static void test_refresh_in_vain(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {.on_prepare = nothing_new};
    SCRIPT(b, {.status = 400, .body = "ExpiredToken"});
    RUN(&p, b, .ud = NULL);
    probe_assert(&p, PAIL_E_AUTH_EXPIRED, PAIL_RETRY_AFTER_REFRESH, 1);
    assert_int_equal(p.classified, 1);
    bench_free(b);
}

/* ---- The server's clock --------------------------------------------------------------------- */

static char date_head[64], aged_head[96];

static void make_dates(int64_t offset_s)
{
    char date[PAIL_TIME_HTTP_LEN];
    pail_time_http(pail_clock_wall_s() + offset_s, date);
    snprintf(date_head, sizeof(date_head), "Date: %s", date);
    snprintf(aged_head, sizeof(aged_head), "Date: %s\nAge: 5", date);
}

static int64_t skew_of(struct bench *b)
{
    struct pail_engine_stats stats;
    pail_engine_stats(b->engine, &stats);
    return stats.skew_s;
}

static void test_skew(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, again = {0};
    SCRIPT(b, {.status = 403, .head = date_head, .body = "RequestTimeTooSkewed"}, {.status = 200},
           {.status = 403, .head = date_head, .body = "RequestTimeTooSkewed"});
    make_dates(3600);
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_in_range(skew_of(b), 3597, 3603);
    assert_in_range(p.attempts[1].now_unix_s - p.attempts[0].now_unix_s, 3597, 3605);
    RUN(&again, b, .ud = NULL); /* corrected, and still refused: once is enough */
    probe_assert(&again, PAIL_E_SKEW, PAIL_RETRY_NEVER, 2);
    bench_free(b);
}

static void test_skew_not_learned(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, near = {0};
    make_dates(3600);
    SCRIPT(b, {.status = 403, .head = aged_head, .body = "RequestTimeTooSkewed"});
    RUN(&p, b, .ud = NULL); /* a cache's time is nobody's time */
    probe_assert(&p, PAIL_E_SKEW, PAIL_RETRY_NEVER, 1);
    assert_int_equal(skew_of(b), 0);
    make_dates(1);
    SCRIPT(b, {.status = 200, .head = date_head});
    RUN(&near, b, .ud = NULL);
    assert_int_equal(skew_of(b), 0); /* within what a Date can tell */
    bench_free(b);
}

static void test_skew_explains_refusal(void **state)
{
    static const struct {
        int64_t offset_s;
        struct fake_reply reply;
        bool repeated;
    } cases[] = {
        {-600, {.status = 403, .head = date_head, .body = "SignatureDoesNotMatch"}, true},
        {600, {.status = 403, .head = date_head}, true}, /* a HEAD */
        {100, {.status = 403, .head = date_head, .body = "SignatureDoesNotMatch"}, false},
        {600, {.status = 403, .head = date_head, .body = "AccessDenied"}, false},
    };
    for (size_t i = 0; i < PAIL_ARRAY_LEN(cases); i++) {
        struct bench *b = BENCH(0);
        struct fake_reply script[] = {cases[i].reply, {.status = 200}};
        struct probe p = {0};
        make_dates(cases[i].offset_s);
        b->script = script;
        b->n_script = 2;
        RUN(&p, b, .ud = NULL);
        assert_int_equal(p.failed, !cases[i].repeated);
        bench_free(b);
    }
}

/* ---- Preparing ------------------------------------------------------------------------------ */

static int redirect(struct probe *p, const struct pail_response *r, bool *retry_now,
                    struct pail_error *err)
{
    if (r->status == 200)
        return 0;
    *retry_now = true;
    return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_REDIRECT, "elsewhere");
}

static void test_redirects(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {.on_classify = redirect}, endless = {.on_classify = redirect};
    SCRIPT(b, {.status = 301}, {.status = 301}, {.status = 200}, {.status = 301});
    RUN(&p, b, .options = {.max_attempts = 1});
    assert_false(p.failed);
    assert_int_equal(p.attempts[2].number, 1);
    RUN(&endless, b, .ud = NULL);
    probe_assert(&endless, PAIL_E_REDIRECT, PAIL_RETRY_NEVER, 3);
    bench_free(b);
}

static int fail_twice(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    if (p->prepared >= 2)
        return 0;
    pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "metadata service is away");
    if (err && a->max_attempts > 1)
        err->retry = PAIL_RETRY_BACKOFF;
    return PAIL_E_CREDENTIALS;
}

static void test_prepare_fails(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {.on_prepare = fail_twice}, final = {.on_prepare = fail_twice};
    SCRIPT(b, {.status = 200});
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_int_equal(p.attempts[2].number, 3);
    RUN(&final, b, .options = {.max_attempts = 1});
    probe_assert(&final, PAIL_E_CREDENTIALS, PAIL_RETRY_NEVER, 0);
    assert_int_equal(final.prepared, 1);
    bench_free(b);
}

static void test_start_fails(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    SCRIPT(b, {.status = 200});
    b->fake->refuse = true;
    RUN(&p, b, .ud = NULL);
    probe_assert(&p, PAIL_E_NET, PAIL_RETRY_NEVER, 0);
    bench_free(b);
}

static int never_here(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    return PAIL_PREPARE_WOULD_BLOCK;
}

static int block_first(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    if (!a->may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    assert_int_equal(a->number, 1);
    return 0;
}

static void test_would_block(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {.on_prepare = block_first}, stubborn = {.on_prepare = never_here};
    SCRIPT(b, {.status = 200});
    RUN(&p, b, .ud = NULL);
    assert_false(p.failed);
    assert_int_equal(p.prepared, 2);
    assert_true(p.attempts[1].may_block);
    RUN(&stubborn, b, .ud = NULL);
    probe_assert(&stubborn, PAIL_E_INTERNAL, PAIL_RETRY_NEVER, 0);
    bench_free(b);
}

static int ask_sts(struct probe *p, const struct pail_attempt *a, struct pail_error *err)
{
    struct probe sts = {0};
    if (!a->may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    RUN(&sts, p->bench, .ud = NULL);
    return sts.failed ? pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "no") : 0;
}

/* Preparing may itself need the engine, which then has one slot only. */
static void test_nested(void **state)
{
    struct bench *b = BENCH(.max_in_flight = 1);
    struct probe p[4] = {0};
    SCRIPT(b, {.status = 200});
    for (size_t i = 0; i < PAIL_ARRAY_LEN(p); i++) {
        p[i].on_prepare = ask_sts;
        SUBMIT(&p[i], b, .ud = NULL);
    }
    for (size_t i = 0; i < PAIL_ARRAY_LEN(p); i++) {
        probe_wait(&p[i]);
        assert_false(p[i].failed);
    }
    bench_free(b);
}

/* ---- Bodies --------------------------------------------------------------------------------- */

static void test_sink(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0}, error = {0};
    SCRIPT(b, {.status = 206, .head = "Content-Length: 6", .body = "abc", .fail = PAIL_E_CLOSED},
           {.status = 206, .head = "Content-Length: 6", .body = "abc", .repeat = 2},
           {.status = 404, .body = "NoSuchKey"});
    RUN(&p, b, .has_sink = true);
    assert_false(p.failed);
    assert_int_equal(p.begun, 2);
    assert_int_equal(p.length, 6);
    assert_int_equal(p.written, 6);
    assert_string_equal(p.body, "abcabc");
    RUN(&error, b, .has_sink = true); /* an error's body is not the object's */
    probe_assert(&error, PAIL_E_NOT_FOUND, PAIL_RETRY_NEVER, 1);
    assert_int_equal(error.begun, 0);
    bench_free(b);
}

static void test_sink_fails(void **state)
{
    struct bench *b = BENCH(0);
    struct probe begin = {.sink_fails_at = -1}, write = {.sink_fails_at = 3};
    SCRIPT(b, {.status = 200, .body = "abc", .repeat = 9});
    RUN(&begin, b, .has_sink = true);
    probe_assert(&begin, PAIL_E_OS, PAIL_RETRY_NEVER, 1);
    assert_int_equal(begin.length, UINT64_MAX);
    RUN(&write, b, .has_sink = true);
    probe_assert(&write, PAIL_E_OS, PAIL_RETRY_NEVER, 1);
    assert_int_equal(write.written, 3);
    bench_free(b);
}

static int expect_cut(struct probe *p, const struct pail_response *r, bool *retry_now,
                      struct pail_error *err)
{
    assert_int_equal(r->body.len, 256 * 1024);
    assert_int_equal(r->body_length, 300000);
    return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_SERVICE, "long story");
}

static void test_bounds(void **state)
{
    struct bench *b = BENCH(0);
    struct probe fits = {0}, big = {0}, error = {.on_classify = expect_cut};
    SCRIPT(b, {.status = 200, .body = "0123456789"}, {.status = 200, .body = "01234567890"},
           {.status = 400, .body = "0123456789", .repeat = 30000});
    RUN(&fits, b, .max_body = 10);
    assert_false(fits.failed);
    RUN(&big, b, .max_body = 10);
    probe_assert(&big, PAIL_E_TOO_BIG, PAIL_RETRY_NEVER, 1);
    RUN(&error, b, .max_body = 10);
    probe_assert(&error, PAIL_E_SERVICE, PAIL_RETRY_NEVER, 1);
    bench_free(b);
}

static void count_trace(void *ud, const char *what, const struct pail_exchange *x, int status,
                        const struct pail_error *err)
{
    int *seen = ud;
    assert_string_equal(what, "Get s3://b/k");
    assert_int_equal(err ? 500 : 200, status);
    seen[err ? 0 : 1]++;
}

static void test_trace(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    int seen[2] = {0};
    SCRIPT(b, {.status = 500}, {.status = 200});
    pail_engine_set_trace(b->engine, count_trace, seen);
    RUN(&p, b, .ud = NULL);
    assert_int_equal(seen[0], 1);
    assert_int_equal(seen[1], 1);
    bench_free(b);
}

static void test_bad_options(void **state)
{
    struct bench *b = BENCH(0);
    struct probe p = {0};
    struct pail_call_desc bad = {.options = {.timeout_ms = -1}};
    assert_code(probe_submit(&p, b, bad, NULL), PAIL_E_INVALID);
    bad = (struct pail_call_desc){.options = {.priority = PAIL_PRIO_COUNT}};
    assert_code(probe_submit(&p, b, bad, NULL), PAIL_E_INVALID);
    assert_int_equal(p.dones, 0);
    bench_free(b);
}

/* ---- Torture -------------------------------------------------------------------------------- */

static int one_call(void *ud, struct pail_error *err)
{
    struct bench b = {0};
    struct probe p = {.on_prepare = block_first};
    SCRIPT(&b, {.status = 500}, {.status = 200, .body = "some text", .repeat = 20});
    p.on_prepare = ud ? block_first : NULL;
    int rc = bench_open(&b, (struct pail_engine_options){0}, err);
    if (rc < 0)
        return rc;
    rc = probe_submit(&p, &b, (struct pail_call_desc){.options = {.max_attempts = ud ? 1 : 0}},
                      err);
    if (rc == 0) {
        probe_wait(&p);
        /* With one attempt the script's first answer is the end. */
        bool scripted = p.failed && p.err.http_status == 500;
        rc = p.failed && !scripted ? (int)p.err.code : 0;
        *err = p.err;
    }
    pail_engine_free(b.engine);
    pail_rand_set_source(NULL);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("call", one_call, NULL);
    pail_torture("call that blocks", one_call, "x");
}

PAIL_TEST_MAIN(cmocka_unit_test(test_success), cmocka_unit_test(test_retries),
               cmocka_unit_test(test_exhausted), cmocka_unit_test(test_legacy_mode),
               cmocka_unit_test(test_adaptive_mode), cmocka_unit_test(test_final),
               cmocka_unit_test(test_lost_replies), cmocka_unit_test(test_unsafe),
               cmocka_unit_test(test_send_once), cmocka_unit_test(test_refresh),
               cmocka_unit_test(test_refresh_in_vain), cmocka_unit_test(test_skew),
               cmocka_unit_test(test_skew_not_learned),
               cmocka_unit_test(test_skew_explains_refusal), cmocka_unit_test(test_redirects),
               cmocka_unit_test(test_prepare_fails), cmocka_unit_test(test_start_fails),
               cmocka_unit_test(test_would_block), cmocka_unit_test(test_nested),
               cmocka_unit_test(test_sink), cmocka_unit_test(test_sink_fails),
               cmocka_unit_test(test_bounds), cmocka_unit_test(test_trace),
               cmocka_unit_test(test_bad_options), cmocka_unit_test(test_torture))
