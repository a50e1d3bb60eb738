/* SPDX-License-Identifier: Apache-2.0 */
/* auth/provider_cached.c over a source that is played here, with a clock that is moved by hand. */
#include <stdatomic.h>

#include "auth/provider.h"

#include "base/clock.h"
#include "base/thread.h"
#include "http/engine.h"
#include "unit/test.h"
#include "unit/torture.h"

#define START INT64_C(1700000000)
#define HOUR 3600

static _Atomic int64_t now_s;

static int64_t wall_ns(void)
{
    return now_s * PAIL_NS_PER_S;
}

/* Another zero, so that mixing the two up shows. */
static int64_t mono_ns(void)
{
    return (now_s - START + 1000) * PAIL_NS_PER_S;
}

/* ---- The source ---- */

static struct {
    struct pail_mutex lock;
    struct pail_cond moved;
    int fetches, refused, inside;
    bool gate;           /* fetches wait while it is closed */
    int64_t lifetime_s;  /* 0: for ever */
    enum pail_code fail; /* 0: give credentials */
    const char *method;
    bool changed;
    int checks;
} source;

static int source_fetch(void *impl, bool refresh, struct pail_credentials **ret,
                        struct pail_error *err)
{
    char name[16];
    pail_mutex_lock(&source.lock);
    snprintf(name, sizeof(name), "K%d", ++source.fetches);
    source.refused += refresh;
    source.inside++;
    pail_cond_broadcast(&source.moved);
    while (source.gate)
        pail_cond_wait(&source.moved, &source.lock);
    source.inside--;
    enum pail_code fail = source.fail;
    struct pail_credentials_fields f = {
        .access_key = pail_str(name),
        .secret_key = PAIL_STR("S"),
        .expires_unix_s = source.lifetime_s ? now_s + source.lifetime_s : 0,
        .method = source.method,
    };
    pail_mutex_unlock(&source.lock);
    if (fail)
        return pail_error_set(err, PAIL_D_AUTH, fail, "played failure");
    return pail_credentials_new(&f, ret, err);
}

static bool source_changed(void *ud)
{
    PAIL_LOCKED(&source.lock);
    source.checks++;
    bool changed = source.changed;
    source.changed = false;
    return changed;
}

static const struct pail_provider_ops source_ops = {.name = "played", .fetch = source_fetch};

static void gate(bool closed)
{
    PAIL_LOCKED(&source.lock);
    source.gate = closed;
    pail_cond_broadcast(&source.moved);
}

static void wait_until_inside(void)
{
    PAIL_LOCKED(&source.lock);
    while (!source.inside)
        pail_cond_wait(&source.moved, &source.lock);
}

/* ---- Fixture ---- */

static struct pail_provider *cached;

static void new_cached(const struct pail_cached_options *opt)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_provider *p = NULL;
    (void)pail_provider_unref(cached);
    source.fetches = source.refused = source.checks = 0;
    assert_ok(pail_provider_new(&source_ops, NULL, &p, &err), &err);
    assert_ok(pail_provider_cached(p, opt, &cached, &err), &err);
    (void)pail_provider_unref(p);
}

static int setup(void **state)
{
    static const struct pail_clock_ops clock = {mono_ns, wall_ns};
    memset(&source, 0, sizeof(source));
    pail_mutex_init(&source.lock, "source", PAIL_RANK_LEAF);
    pail_cond_init(&source.moved);
    source.lifetime_s = HOUR;
    now_s = START;
    pail_clock_set_ops(&clock);
    new_cached(NULL);
    return 0;
}

static int teardown(void **state)
{
    cached = pail_provider_unref(cached);
    pail_cond_done(&source.moved);
    pail_mutex_done(&source.lock);
    pail_clock_set_ops(NULL);
    return 0;
}

static void assert_key(struct pail_credentials *c, int number)
{
    struct pail_credentials_fields f;
    char expected[16];
    pail_credentials_get(c, &f);
    snprintf(expected, sizeof(expected), "K%d", number);
    assert_str(f.access_key, expected);
    (void)pail_credentials_unref(c);
}

/* Blocking; the number of the key that comes. */
static void assert_fetch(int number)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    assert_ok(pail_provider_fetch(cached, false, &c, &err), &err);
    assert_key(c, number);
}

static void assert_try(int number)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    assert_ok(pail_cached_try(cached, false, &c, &err), &err);
    assert_key(c, number);
}

static void assert_would_block(bool refused)
{
    struct pail_credentials *c = NULL;
    assert_int_equal(pail_cached_try(cached, refused, &c, NULL), PAIL_PREPARE_WOULD_BLOCK);
    assert_null(c);
}

static void assert_fetch_fails(enum pail_code code, const char *message)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    assert_code(pail_provider_fetch(cached, false, &c, &err), code);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.message, message));
}

/* ---- One thread ---- */

static void test_good(void **state)
{
    assert_would_block(false);
    assert_fetch(1);
    now_s = START + HOUR - 901;
    assert_fetch(1);
    assert_try(1);
    assert_int_equal(source.fetches, 1);
}

static void test_for_ever(void **state)
{
    source.lifetime_s = 0;
    assert_fetch(1);
    now_s = START + 1000000;
    assert_fetch(1);
    assert_try(1);
}

static void test_advisory(void **state)
{
    assert_fetch(1);
    now_s = START + HOUR - 900;
    /* One caller is sent to refresh, the others go on; he may also do it without being sent. */
    assert_would_block(false);
    assert_try(1);
    assert_try(1);
    assert_fetch(2);
    assert_try(2);
    assert_int_equal(source.fetches, 2);
    now_s += HOUR - 900;
    assert_fetch(3);
    assert_int_equal(source.refused, 0);
}

/* He was sent and never came. */
static void test_advisory_lost(void **state)
{
    assert_fetch(1);
    now_s = START + HOUR - 900;
    assert_would_block(false);
    now_s += 29;
    assert_try(1);
    now_s += 1;
    assert_would_block(false);
    assert_try(1);
}

static void test_advisory_failure(void **state)
{
    assert_fetch(1);
    now_s = START + HOUR - 900;
    source.fail = PAIL_E_CREDENTIALS;
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    assert_fetch(1);
    assert_try(1);
    now_s += 29;
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    now_s += 1;
    assert_fetch(1);
    assert_int_equal(source.fetches, 3);
    source.fail = PAIL_OK;
    now_s += 30;
    assert_fetch(4);
}

static void test_mandatory(void **state)
{
    assert_fetch(1);
    now_s = START + HOUR - 600;
    source.fail = PAIL_E_CREDENTIALS;
    assert_would_block(false);
    assert_would_block(false);
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
    source.fail = PAIL_OK;
    now_s += 1; /* the failure is remembered for a moment */
    assert_fetch(3);
}

static void test_keep_until_expired(void **state)
{
    static const struct pail_cached_options opt = {.keep_until_expired = true};
    new_cached(&opt);
    assert_fetch(1);
    now_s = START + HOUR - 600;
    source.fail = PAIL_E_CREDENTIALS;
    assert_would_block(false);
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    assert_try(1); /* not again for a while */
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    now_s += 30;
    assert_would_block(false);
    assert_fetch(1);
    assert_int_equal(source.fetches, 3);
    now_s = START + HOUR;
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
}

/* An instance's role is used beyond its end while the metadata service has trouble. */
static void test_static_stability(void **state)
{
    static const struct pail_cached_options opt = {.keep_until_expired = true};
    source.method = "iam-role";
    new_cached(&opt);
    assert_fetch(1);
    now_s += HOUR + 60;
    source.fail = PAIL_E_NO_CREDENTIALS;
    assert_fetch(1);
    assert_fetch(1); /* not asked every time */
    assert_int_equal(source.fetches, 2);
    now_s += 30;
    assert_fetch(1);
    assert_int_equal(source.fetches, 3);
    struct pail_credentials *c = NULL; /* but not when the service refuses them */
    assert_code(pail_provider_fetch(cached, true, &c, NULL), PAIL_E_NO_CREDENTIALS);
    source.fail = 0;
    now_s += 30;
    assert_fetch(5);
}

static void test_short_lived(void **state)
{
    source.lifetime_s = 900;
    assert_fetch(1);
    now_s = START + 449;
    assert_fetch(1);
    now_s = START + 450;
    source.fail = PAIL_E_CREDENTIALS;
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    now_s = START + 600;
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
}

static void test_windows(void **state)
{
    static const struct pail_cached_options opt = {
        .advisory_s = 100, .mandatory_s = 10, .retry_s = 5};
    new_cached(&opt);
    assert_fetch(1);
    now_s = START + HOUR - 101;
    assert_fetch(1);
    now_s = START + HOUR - 100;
    source.fail = PAIL_E_CREDENTIALS;
    assert_fetch(1);
    assert_int_equal(source.fetches, 2);
    now_s += 5;
    assert_fetch(1);
    assert_int_equal(source.fetches, 3);
    now_s = START + HOUR - 10;
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
}

static void test_still_expired(void **state)
{
    source.lifetime_s = -1;
    assert_fetch_fails(PAIL_E_CREDENTIALS, "Credentials were refreshed, but the refreshed "
                                           "credentials are still expired.");
}

static void test_refused(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    assert_fetch(1);
    assert_would_block(true);
    assert_ok(pail_provider_fetch(cached, true, &c, &err), &err);
    assert_key(c, 2);
    assert_int_equal(source.refused, 1);
    /* Another request that was signed with K1 comes back a little later. */
    now_s += 4;
    assert_ok(pail_provider_fetch(cached, true, &c, &err), &err);
    assert_key(c, 2);
    assert_ok(pail_cached_try(cached, true, &c, &err), &err);
    assert_key(c, 2);
    assert_int_equal(source.fetches, 2);
    now_s += 1;
    assert_ok(pail_provider_fetch(cached, true, &c, &err), &err);
    assert_key(c, 3);
    /* What was refused is not offered as good enough. */
    now_s += 5;
    source.fail = PAIL_E_CREDENTIALS;
    assert_code(pail_provider_fetch(cached, true, &c, &err), PAIL_E_CREDENTIALS);
}

static void test_failure_memory(void **state)
{
    source.fail = PAIL_E_CREDENTIALS;
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
    assert_int_equal(source.fetches, 1);
    struct pail_credentials *c = NULL;
    assert_code(pail_cached_try(cached, false, &c, NULL), PAIL_E_CREDENTIALS);
    now_s += 1;
    assert_would_block(false);
    assert_fetch_fails(PAIL_E_CREDENTIALS, "played failure");
    assert_int_equal(source.fetches, 2);
    /* Local mistakes cost nothing to find again. */
    now_s += 1;
    source.fail = PAIL_E_NO_CREDENTIALS;
    assert_fetch_fails(PAIL_E_NO_CREDENTIALS, "played failure");
    assert_fetch_fails(PAIL_E_NO_CREDENTIALS, "played failure");
    assert_int_equal(source.fetches, 4);
    source.fail = PAIL_OK;
    assert_fetch(5);
}

static void test_changed(void **state)
{
    static const struct pail_cached_options opt = {.changed = source_changed};
    new_cached(&opt);
    source.lifetime_s = 0;
    assert_fetch(1);
    now_s += 29;
    assert_fetch(1);
    assert_int_equal(source.checks, 0);
    now_s += 1;
    assert_would_block(false);
    assert_try(1);
    assert_fetch(1);
    assert_int_equal(source.checks, 1);
    assert_int_equal(source.fetches, 1);
    now_s += 30;
    source.changed = true;
    assert_fetch(2);
    /* What changed cannot be read: the old ones will do. */
    now_s += 30;
    source.changed = true;
    source.fail = PAIL_E_CONFIG;
    assert_fetch(2);
    assert_int_equal(source.fetches, 3);
    source.fail = PAIL_OK;
    source.changed = true;
    now_s += 30;
    assert_fetch(4);
}

/* ---- Many threads ---- */

#define THREADS 16

struct caller {
    struct pail_thread *thread;
    bool refused;
    int rc;
    struct pail_credentials *got;
};

static void call(void *arg)
{
    struct caller *c = arg;
    c->rc = pail_provider_fetch(cached, c->refused, &c->got, NULL);
}

static void start(struct caller *c, size_t n, bool refused)
{
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t i = 0; i < n; i++) {
        c[i] = (struct caller){.refused = refused};
        assert_ok(pail_thread_start(&c[i].thread, "caller", call, &c[i], &err), &err);
    }
}

static void join(struct caller *c, size_t n, int number)
{
    for (size_t i = 0; i < n; i++) {
        pail_thread_join(c[i].thread);
        assert_ok(c[i].rc, NULL);
        assert_key(c[i].got, number);
    }
}

static void test_threads_first(void **state)
{
    struct caller c[THREADS];
    gate(true);
    start(c, THREADS, false);
    wait_until_inside();
    gate(false);
    join(c, THREADS, 1);
    assert_int_equal(source.fetches, 1);
}

static void test_threads_advisory(void **state)
{
    struct caller c[THREADS], one;
    assert_fetch(1);
    now_s = START + HOUR - 900;
    gate(true);
    start(&one, 1, false);
    wait_until_inside();
    /* The others are back while the one is still waiting for the source. */
    start(c, THREADS, false);
    join(c, THREADS, 1);
    assert_try(1);
    gate(false);
    join(&one, 1, 2);
    assert_int_equal(source.fetches, 2);
}

static void test_threads_mandatory(void **state)
{
    struct caller c[THREADS], one;
    assert_fetch(1);
    now_s = START + HOUR - 600;
    gate(true);
    start(&one, 1, false);
    wait_until_inside();
    start(c, THREADS, false);
    assert_would_block(false);
    gate(false);
    join(&one, 1, 2);
    join(c, THREADS, 2);
    assert_int_equal(source.fetches, 2);
}

static void test_threads_refused(void **state)
{
    struct caller c[THREADS];
    assert_fetch(1);
    gate(true);
    start(c, THREADS, true);
    wait_until_inside();
    gate(false);
    join(c, THREADS, 2);
    assert_int_equal(source.fetches, 2);
}

/* One failure for all who waited for it, and they are not sent to try again each. */
static void test_threads_failure(void **state)
{
    struct caller c[THREADS];
    source.fail = PAIL_E_CREDENTIALS;
    gate(true);
    start(c, THREADS, false);
    wait_until_inside();
    gate(false);
    for (size_t i = 0; i < THREADS; i++) {
        pail_thread_join(c[i].thread);
        assert_code(c[i].rc, PAIL_E_CREDENTIALS);
    }
    assert_int_equal(source.fetches, 1);
}

static int current_key(void)
{
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    int64_t number = 0;
    assert_ok(pail_provider_fetch(cached, false, &c, NULL), NULL);
    pail_credentials_get(c, &f);
    assert_true(pail_str_to_i64(pail_str_from(f.access_key, 1), &number));
    (void)pail_credentials_unref(c);
    return (int)number;
}

static _Atomic bool stop_all;

static void call_often(void *arg)
{
    while (!stop_all) {
        struct pail_credentials *c = NULL;
        if (pail_cached_try(cached, false, &c, NULL) == PAIL_PREPARE_WOULD_BLOCK &&
            pail_provider_fetch(cached, false, &c, NULL) < 0)
            fail();
        (void)pail_credentials_unref(c);
    }
}

/* Days of credentials, while everybody asks all the time. */
static void test_threads_renewal(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_thread *t[4];
    stop_all = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(t); i++)
        assert_ok(pail_thread_start(&t[i], "caller", call_often, NULL, &err), &err);
    for (int renewals = 1; renewals < 100; renewals++) {
        assert_fetch(renewals);
        now_s += HOUR - 900;
        /* Whoever comes first refreshes, perhaps this thread; the old key is given until it is
         * done. */
        while (current_key() == renewals)
            ;
    }
    stop_all = true;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(t); i++)
        pail_thread_join(t[i]);
    assert_int_equal(source.fetches, 100);
}

/* ---- No memory ---- */

static int torture_body(void *ud, struct pail_error *err)
{
    struct pail_provider *s = NULL, *p = NULL;
    struct pail_credentials *c = NULL;
    int rc = pail_provider_new(&source_ops, NULL, &s, err);
    if (rc == 0)
        rc = pail_provider_cached(s, NULL, &p, err);
    if (rc == 0)
        rc = pail_provider_fetch(p, false, &c, err);
    (void)pail_credentials_unref(c);
    (void)pail_provider_unref(p);
    (void)pail_provider_unref(s);
    return rc;
}

static void test_torture(void **state)
{
    pail_torture("cached", torture_body, NULL);
}

#define own(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

PAIL_TEST_MAIN(own(test_good), own(test_for_ever), own(test_advisory), own(test_advisory_lost),
               own(test_advisory_failure), own(test_mandatory), own(test_keep_until_expired),
               own(test_static_stability), own(test_short_lived), own(test_windows),
               own(test_still_expired), own(test_refused), own(test_failure_memory),
               own(test_changed), own(test_threads_first), own(test_threads_advisory),
               own(test_threads_mandatory), own(test_threads_refused), own(test_threads_failure),
               own(test_threads_renewal), own(test_torture))
