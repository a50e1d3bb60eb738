/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/s3/fixture.h - a client of a fake S3 in this process, over real sockets and libcurl.
 *
 *     fixture_setup/fixture_teardown as cmocka fixtures; bucket "bkt" exists, its region is
 * eu-west-1, which the client does not know. fx.s3 is the client; faults() and count() reach the
 * server. Retries do not wait.
 */
#ifndef PAIL_TESTS_UNIT_S3_FIXTURE_H
#define PAIL_TESTS_UNIT_S3_FIXTURE_H

#include <pail/s3.h>

#include "base/env.h"
#include "base/rand.h"
#include "fake/server.h"
#include "unit/test.h"

static struct {
    struct fake_server *server;
    struct pail_session *session;
    struct pail_s3 *s3;
} fx;

static const char *fixture_env(const char *name)
{
    return NULL;
}

static void fixture_zeros(void *dst, size_t n)
{
    memset(dst, 0, n);
}

PAIL_UNUSED static int fixture_start(const struct fake_s3_options *s3)
{
    struct fake_server_options server = {.s3 = *s3};
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_credentials_fields keys = {
        .access_key = PAIL_STR("test"), .secret_key = PAIL_STR("test1234"), .method = "test"};
    struct pail_credentials *credentials = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    char url[64];

    server.s3.access_key = "test";
    server.s3.secret_key = "test1234";
    pail_env_set_source(fixture_env);
    pail_rand_set_source(fixture_zeros);
    fx.server = fake_server_start(&server);
    assert_non_null(fx.server);
    fake_server_lock(fx.server);
    fake_s3_make_bucket(fake_server_s3(fx.server), "bkt");
    fake_server_unlock(fx.server);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", fake_server_port(fx.server));
    opt.endpoint_url = url;
    assert_ok(pail_credentials_new(&keys, &credentials, &err), &err);
    assert_ok(pail_provider_static(credentials, &opt.provider, &err), &err);
    pail_credentials_unref(credentials);
    assert_ok(pail_session_new(&opt, &fx.session, &err), &err);
    pail_provider_unref(opt.provider);
    assert_ok(pail_s3_new(fx.session, NULL, &fx.s3, &err), &err);
    return 0;
}

PAIL_UNUSED static int fixture_setup(void **state)
{
    struct fake_s3_options s3 = {.region = "us-east-1"};
    return fixture_start(&s3);
}

PAIL_UNUSED static int fixture_teardown(void **state)
{
    fx.s3 = pail_s3_unref(fx.s3);
    fx.session = pail_session_unref(fx.session);
    fake_server_stop(fx.server);
    fx.server = NULL;
    pail_env_set_source(NULL);
    pail_rand_set_source(NULL);
    return 0;
}

/* Replaces the fault script and resets the counts. */
PAIL_UNUSED static void faults(const char *script)
{
    char msg[256] = "";

    fake_server_lock(fx.server);
    bool ok = fake_s3_faults(fake_server_s3(fx.server), script, msg);
    fake_s3_reset_counts(fake_server_s3(fx.server));
    fake_server_unlock(fx.server);
    if (!ok)
        fail_msg("%s: %s", script, msg);
}

/* Requests since the last faults(); NULL: all. */
PAIL_UNUSED static unsigned count(const char *operation)
{
    fake_server_lock(fx.server);
    uint64_t n = fake_s3_count(fake_server_s3(fx.server), operation);
    fake_server_unlock(fx.server);
    return (unsigned)n;
}

/* An object's content equals text; NULL: there is none. */
PAIL_UNUSED static void assert_stored(const char *key, const char *text)
{
    size_t n = 0;

    fake_server_lock(fx.server);
    const void *p = fake_s3_get(fake_server_s3(fx.server), "bkt", key, &n, NULL);
    bool same = text ? p && n == strlen(text) && memcmp(p, text, n) == 0 : !p;
    fake_server_unlock(fx.server);
    if (!same)
        fail_msg("%s: %zu bytes, expected \"%s\"", key, n, text ? text : "(none)");
}

PAIL_UNUSED static void store(const char *key, const char *text)
{
    fake_server_lock(fx.server);
    assert_true(
        fake_s3_put(fake_server_s3(fx.server), "bkt", key, text, strlen(text), NULL, 0, 1000));
    fake_server_unlock(fx.server);
}

/* PutObject of a text with a condition; etag (may be NULL) gets the result's. */
PAIL_UNUSED static int put_text(const char *key, const char *text, const char *if_match,
                                bool if_none_match, char etag[128], struct pail_error *err)
{
    struct pail_bytes segment = {text, strlen(text)};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1};
    struct pail_s3_put_args args = {.bucket = PAIL_STR("bkt"),
                                    .key = pail_str(key),
                                    .if_match = pail_str(if_match),
                                    .if_none_match = if_none_match};
    struct pail_s3_put_result result;

    *err = (struct pail_error)PAIL_ERROR_INIT;
    int rc = pail_s3_put(fx.s3, &args, &body, &result, err);
    if (rc == 0 && etag)
        memcpy(etag, result.etag, sizeof(result.etag));
    return rc;
}

/* Downloads. */
struct fixture_text {
    char data[4096];
    size_t n;
    unsigned begun;
};

static int fixture_begin(void *ud, const struct pail_s3_object *head, uint64_t length,
                         struct pail_error *err)
{
    ((struct fixture_text *)ud)->begun++;
    return 0;
}

static int fixture_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct fixture_text *t = ud;

    if (offset == 0)
        t->n = 0;
    if (offset != t->n || n > sizeof(t->data) - 1 - t->n)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%zu bytes at %llu", n,
                              (unsigned long long)offset);
    memcpy(t->data + t->n, p, n);
    t->n += n;
    t->data[t->n] = '\0';
    return 0;
}

PAIL_UNUSED static int get_text(const char *key, struct fixture_text *t, struct pail_s3_object *o,
                                struct pail_error *err)
{
    struct pail_s3_get_args args = {.bucket = PAIL_STR("bkt"), .key = pail_str(key)};
    struct pail_s3_sink sink = {.begin = fixture_begin, .write = fixture_write, .ud = t};

    *t = (struct fixture_text){.n = 0};
    *err = (struct pail_error)PAIL_ERROR_INIT;
    return pail_s3_get(fx.s3, &args, &sink, o, err);
}

#endif
