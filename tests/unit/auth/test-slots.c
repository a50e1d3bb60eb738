/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many calls wait for credentials that themselves take calls, on an engine with one slot: none of
 * them may hold the slot while it waits.
 */
#include "auth/provider.h"
#include "auth/settings.h"

#include "base/thread.h"
#include "unit/auth/home.h"
#include "unit/auth/scripted.h"
#include "unit/test.h"

#define CALLS 8
#define STS_ANSWER                                                                                 \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"           \
    "<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"                           \
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"               \
    "</AssumeRoleResponse>"

static const struct script rules[] = {
    {"PUT http://169.254.169.254/latest/api/token", 200, "TOKEN"},
    {"GET http://169.254.169.254/latest/meta-data/iam/security-credentials/r", 200,
     "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\",\"Expiration\":"
     "\"2099-01-01T00:00:00Z\"}"},
    {"GET http://169.254.169.254/latest/meta-data/iam/security-credentials/", 200, "r"},
    {"POST https://sts.us-east-1.amazonaws.com/", 200, STS_ANSWER},
    {"GET https://bucket/", 200, "done"},
    {NULL}};

static struct {
    struct pail_engine *engine;
    struct pail_provider *cached;
    _Atomic int done, failed;
} world;

static int prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *r,
                   struct pail_error *err)
{
    struct pail_credentials *c = NULL;
    int rc = attempt->may_block ? pail_provider_fetch(world.cached, false, &c, err)
                                : pail_cached_try(world.cached, false, &c, err);
    if (rc != 0)
        return rc;
    (void)pail_credentials_unref(c);
    memcpy(r->method, "GET", sizeof("GET"));
    rc = pail_request_base(r, PAIL_STR("https://bucket"), err);
    pail_buf_char(&r->path, '/');
    return rc;
}

static int classify(void *ud, const struct pail_response *resp, bool *retry_now,
                    struct pail_error *err)
{
    return resp->status == 200 ? 0 : pail_error_set(err, PAIL_D_HTTP, PAIL_E_SERVICE, "status");
}

static void done(void *ud, const struct pail_error *err)
{
    world.done++;
    world.failed += err != NULL;
}

static struct pail_provider *new_cached(struct pail_session *s,
                                        const struct pail_settings *settings)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_provider *chain = NULL, *cached = NULL;
    struct pail_chain_options opt = {
        .config = pail_session_config(s),
        .profile = PAIL_STR("default"),
        .net = {world.engine, settings, "us-east-1", 1},
    };
    assert_ok(pail_provider_chain(&opt, &chain, &err), &err);
    assert_ok(pail_provider_cached(chain, NULL, &cached, &err), &err);
    (void)pail_provider_unref(chain);
    return cached;
}

static void test_one_slot(void **state)
{
    static const struct pail_call_ops ops = {
        .prepare = prepare, .classify = classify, .done = done};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *s = NULL;
    struct pail_call *call[CALLS];
    home_file(".aws/config",
              "[default]\nrole_arn = arn:r\ncredential_source = Ec2InstanceMetadata\n");
    assert_ok(scripted_session(NULL, rules, &s, &err), &err); /* for its settings */
    struct pail_transport *t = scripted_transport(rules, &err);
    assert_non_null(t);
    struct pail_engine_options opt = {.take_transport = t, .max_in_flight = 1, .max_attempts = 1};
    assert_ok(pail_engine_new(&opt, &world.engine, &err), &err);
    world.cached = new_cached(s, pail_session_settings(s));
    for (size_t i = 0; i < CALLS; i++) {
        struct pail_call_desc desc = {.ops = &ops, .what = "wait"};
        assert_ok(pail_engine_submit(world.engine, &desc, &call[i], &err), &err);
    }
    for (size_t i = 0; i < CALLS; i++) {
        pail_call_wait(call[i]);
        (void)pail_call_unref(call[i]);
    }
    assert_int_equal(world.done, CALLS);
    assert_int_equal(world.failed, 0);
    assert_int_equal(scripted.requests, CALLS + 4); /* one search for all */
    pail_engine_free(world.engine);
    (void)pail_provider_unref(world.cached);
    (void)pail_session_unref(s);
}

PAIL_TEST_MAIN(home_test(test_one_slot))
