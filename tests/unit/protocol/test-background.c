/* SPDX-License-Identifier: Apache-2.0 */
/* Pages and waits without anybody waiting, over prepared answers; and waits that somebody waits
 * for. */
#include "base/str.h"
#include "base/value_json.h"
#include "protocol/client.h"
#include "unit/s3/script.h"
#include "unit/torture.h"

static struct pail_models *models;
static struct pail_values *vs;

static int setup(void **state)
{
    struct pail_models_options o = {.pack = PAIL_TEST_PACK, .data_path = "", .user_dir = ""};

    return pail_models_new(&o, &models, NULL) < 0 || pail_values_new(&vs, NULL) < 0;
}

static int teardown(void **state)
{
    vs = pail_values_free(vs);
    models = pail_models_free(models);
    return 0;
}

static struct pail_client *client_of(struct script *sc, const char *service)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *c = NULL;

    o.region = "us-east-1";
    assert_ok(pail_client_new_on(sc->session, models, service, &o, &c, &err), &err);
    return c;
}

/* What a callback has left, for the test's thread. */
struct news {
    struct pail_mutex lock;
    struct pail_cond cond;
    unsigned times, pages, items;
    struct pail_error err;
    struct pail_pages *p;
    struct pail_result *result;
};

static void news_init(struct news *n)
{
    *n = (struct news){.err = PAIL_ERROR_INIT};
    pail_mutex_init(&n->lock, "news", PAIL_RANK_LEAF);
    pail_cond_init(&n->cond);
}

static void arrived(void *ud, const struct pail_error *err)
{
    struct news *n = ud;

    PAIL_LOCKED(&n->lock);
    if (err)
        n->err = *err;
    n->times++;
    pail_cond_signal(&n->cond);
}

static void await(struct news *n)
{
    pail_mutex_lock(&n->lock);
    while (!n->times)
        pail_cond_wait(&n->cond, &n->lock);
    pail_mutex_unlock(&n->lock);
}

static void news_done(struct news *n)
{
    pail_result_free(n->result);
    pail_pages_free(n->p);
    pail_cond_done(&n->cond);
    pail_mutex_done(&n->lock);
}

/* ---- Pages ---- */

/* Each page asks for the next one. */
static void on_page(void *ud, const struct pail_error *err)
{
    struct news *n = ud;
    struct pail_error own = PAIL_ERROR_INIT;

    if (!err) {
        n->pages++;
        n->items += (unsigned)pail_value_len(
            pail_value_get(pail_result_value(n->result), PAIL_STR("TableNames")));
        n->result = pail_result_free(n->result);
        if (pail_pages_more(n->p)) {
            if (pail_pages_next_async(n->p, &n->result, on_page, n, NULL, &own) == 0)
                return;
            err = &own;
        }
    }
    arrived(n, err);
}

static void count_tables(const struct script_answer *answers, size_t n_answers, struct news *n)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct script sc;

    script_start(&sc, answers, n_answers, NULL);
    struct pail_client *c = client_of(&sc, "dynamodb");
    news_init(n);
    assert_ok(pail_pages_new(c, "ListTables", NULL, NULL, &n->p, &err), &err);
    assert_true(pail_pages_more(n->p));
    assert_ok(pail_pages_next_async(n->p, &n->result, on_page, n, NULL, &err), &err);
    await(n);
    if (n_answers > 1)
        assert_true(script_has(&sc, 1, "\"ExclusiveStartTableName\": \"t-b\"") ||
                    script_has(&sc, 1, "\"ExclusiveStartTableName\":\"t-b\""));
    pail_client_unref(c);
    script_end(&sc);
}

static void test_pages(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "{\"TableNames\":[\"a\",\"b\"],\"LastEvaluatedTableName\":\"t-b\"}"},
        {200, NULL, "{\"TableNames\":[\"c\"]}"}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct news n;

    count_tables(answers, 2, &n);
    assert_int_equal(n.err.code, 0);
    assert_int_equal(n.pages, 2);
    assert_int_equal(n.items, 3);
    assert_int_equal(n.times, 1);
    assert_false(pail_pages_more(n.p));
    assert_code(pail_pages_next_async(n.p, &n.result, on_page, &n, NULL, &err), PAIL_E_INVALID);
    assert_string_equal(err.message, "ListTables: there are no more pages");
    news_done(&n);
}

static void test_pages_refused(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "{\"TableNames\":[\"a\",\"b\"],\"LastEvaluatedTableName\":\"t-b\"}"},
        {400, NULL, "{\"__type\":\"x#AccessDeniedException\",\"message\":\"no\"}"}};
    struct news n;

    count_tables(answers, 2, &n);
    assert_string_equal(n.err.service_code, "AccessDeniedException");
    assert_int_equal(n.pages, 1);
    assert_null(n.result);
    assert_false(pail_pages_more(n.p));
    news_done(&n);
}

/* The service does not move on: botocore's own words. */
static void test_pages_twice(void **state)
{
    static const struct script_answer answers[] = {
        {200, NULL, "{\"TableNames\":[\"a\"],\"LastEvaluatedTableName\":\"t-b\"}"},
        {200, NULL, "{\"TableNames\":[\"a\"],\"LastEvaluatedTableName\":\"t-b\"}"}};
    struct news n;

    count_tables(answers, 2, &n);
    assert_non_null(strstr(n.err.message, "The same next token was received twice"));
    assert_null(n.result);
    news_done(&n);
}

/* ---- Waits ---- */

#define ACTIVE "{\"Table\":{\"TableStatus\":\"ACTIVE\"}}"
#define CREATING "{\"Table\":{\"TableStatus\":\"CREATING\"}}"
#define ABSENT "{\"__type\":\"x#ResourceNotFoundException\",\"message\":\"no\"}"

static const struct pail_value *table(void)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL;

    assert_ok(pail_value_from_json(vs, PAIL_STR("{\"TableName\":\"t-t\"}"), "params", &v, &err),
              &err);
    return v;
}

/* Both forms, and what they end with. */
static void wait_for(const char *waiter, const struct script_answer *answers,
                     const struct pail_wait_options *o, struct pail_error *ret)
{
    struct script sc;
    struct news n;

    *ret = (struct pail_error)PAIL_ERROR_INIT;
    script_start(&sc, answers, 2, NULL);
    struct pail_client *c = client_of(&sc, "dynamodb");
    news_init(&n);
    assert_ok(pail_wait_async(c, waiter, table(), o, &n.result, arrived, &n, NULL, ret), ret);
    await(&n);
    struct pail_result *again = NULL;
    int rc = pail_wait(c, waiter, table(), o, &again, ret);
    assert_int_equal(rc, (int)n.err.code);
    assert_int_equal(again != NULL, n.result != NULL);
    assert_int_equal(again != NULL, rc == 0);
    if (rc)
        assert_string_equal(ret->message, n.err.message);
    pail_result_free(again);
    pail_client_unref(c);
    news_done(&n);
    script_end(&sc);
}

static void test_wait(void **state)
{
    static const struct pail_wait_options once = {.max_attempts = 1};
    static const struct script_answer active[] = {{200, NULL, ACTIVE}, {200, NULL, ACTIVE}},
                                      absent[] = {{400, NULL, ABSENT}, {400, NULL, ABSENT}},
                                      odd[] = {{400, NULL, "{\"__type\":\"x#Denied\"}"},
                                               {400, NULL, "{\"__type\":\"x#Denied\"}"}};
    struct pail_error err;

    wait_for("TableExists", active, &once, &err);
    assert_int_equal(err.code, 0);
    wait_for("TableNotExists", absent, &once, &err); /* a refusal is what is waited for */
    assert_int_equal(err.code, 0);
    wait_for("TableExists", absent, &once, &err);
    assert_int_equal(err.code, PAIL_E_RETRIES_EXCEEDED);
    assert_non_null(strstr(err.message, "Waiter TableExists failed: Max attempts exceeded"));
    wait_for("TableExists", odd, &once, &err);
    assert_non_null(strstr(err.message, "Waiter TableExists failed: An error occurred (Denied)"));
    assert_string_equal(err.service_code, "Denied");
}

/* Nothing is waited out: a cancellation ends the pause, as the end of the session does. */
static void test_wait_cancelled(void **state)
{
    static const struct pail_wait_options long_pause = {.delay_s = 3600, .max_attempts = 5};
    static const struct script_answer answers[] = {{200, NULL, CREATING}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_waiting *w = NULL;
    struct script sc;
    struct news n;

    script_start(&sc, answers, 1, NULL);
    struct pail_client *c = client_of(&sc, "dynamodb");
    news_init(&n);
    assert_ok(
        pail_wait_async(c, "TableExists", table(), &long_pause, &n.result, arrived, &n, &w, &err),
        &err);
    pail_waiting_cancel(w);
    pail_waiting_cancel(w);
    await(&n);
    assert_int_equal(n.err.code, PAIL_E_CANCELLED);
    assert_null(n.result);
    assert_int_equal(n.times, 1);
    pail_waiting_cancel(w); /* too late */
    assert_null(pail_waiting_unref(w));
    assert_null(pail_waiting_unref(NULL));
    assert_code(pail_wait_async(c, "NoSuchWaiter", NULL, NULL, NULL, arrived, &n, &w, &err),
                PAIL_E_INVALID);
    assert_string_equal(err.message, "Waiter does not exist: NoSuchWaiter");
    assert_int_equal(n.times, 1);
    pail_client_unref(c);
    news_done(&n);
    script_close(&sc); /* whether the first answer came is not known */
    for (size_t i = 0; i < sc.n_requests; i++)
        pail_free(sc.requests[i]);
}

/* ---- Memory ---- */

static int whole_wait(void *ud, struct pail_error *err)
{
    static const struct script_answer answers[] = {{200, NULL, ACTIVE}};
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_client *c = NULL;
    struct script sc;

    int rc = script_open(&sc, answers, 1, err);
    if (rc < 0)
        return rc;
    o.region = "us-east-1";
    rc = pail_client_new_on(sc.session, models, "dynamodb", &o, &c, err);
    if (rc == 0)
        rc = pail_wait(c, "TableExists", ud, NULL, NULL, err);
    pail_client_unref(c);
    script_close(&sc);
    return rc;
}

static void test_torture(void **state)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_value *params = table();

    assert_ok(whole_wait((void *)(uintptr_t)params, &err), &err);
    pail_torture("wait", whole_wait, (void *)(uintptr_t)params);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
PAIL_TEST_MAIN(T(test_pages), T(test_pages_refused), T(test_pages_twice), T(test_wait),
               T(test_wait_cancelled), T(test_torture))
