/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/fs/s3-fixture.h"

#include <ftw.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/rand.h"

static _Atomic uint32_t counter;

static const char *no_env(const char *name)
{
    return NULL;
}

/* Little-endian numbers with nothing in their upper half. */
static void count_up(void *dst, size_t n)
{
    unsigned char *p = dst;
    for (size_t i = 0; i < n; i += 8) {
        unsigned char v[8] = {0};
        uint32_t c = atomic_fetch_add(&counter, 1) + 1;
        memcpy(v, &c, sizeof(c));
        memcpy(p + i, v, n - i < 8 ? n - i : 8);
    }
}

static void start_client(struct s3_fixture *f)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_credentials_fields keys = {
        .access_key = PAIL_STR("test"), .secret_key = PAIL_STR("test1234"), .method = "test"};
    struct pail_credentials *credentials = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d", fake_server_port(f->server));
    opt.endpoint_url = url;
    opt.region = "us-east-1";
    assert_ok(pail_credentials_new(&keys, &credentials, &err), &err);
    assert_ok(pail_provider_static(credentials, &opt.provider, &err), &err);
    pail_credentials_unref(credentials);
    assert_ok(pail_session_new(&opt, &f->session, &err), &err);
    pail_provider_unref(opt.provider);
    assert_ok(pail_s3_new(f->session, NULL, &f->s3, &err), &err);
}

void s3_fixture_start(struct s3_fixture *f, const struct fake_s3_options *opt)
{
    struct fake_server_options server = {0};

    memset(f, 0, sizeof(*f));
    pail_env_set_source(no_env);
    pail_rand_set_source(count_up);
    if (opt)
        server.s3 = *opt;
    server.s3.access_key = "test";
    server.s3.secret_key = "test1234";
    server.s3.region = "us-east-1";
    f->server = fake_server_start(&server);
    assert_non_null(f->server);
    fake_server_lock(f->server);
    bool made = fake_s3_make_bucket(fake_server_s3(f->server), S3_BUCKET);
    fake_server_unlock(f->server);
    assert_true(made);
    start_client(f);

    snprintf(f->dir, sizeof(f->dir), "/tmp/pail-fixture-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->volume.s3 = f->s3;
    f->volume.bucket = S3_BUCKET;
    f->volume.prefix = "";
    f->volume.op_timeout_ms = 20000;
    for (size_t i = 0; i < PAIL_CAP_COUNT; i++)
        atomic_init(&f->volume.caps[i], PAIL_CAP_YES);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    return remove(path);
}

void s3_fixture_stop(struct s3_fixture *f)
{
    pail_s3_unref(f->s3);
    pail_session_unref(f->session);
    fake_server_stop(f->server);
    assert_int_equal(nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    pail_env_set_source(NULL);
    pail_rand_set_source(NULL);
}

/* ---- Content ---- */

void s3_fixture_fill(char *to, size_t n, uint64_t at, uint64_t seed)
{
    while (n) {
        uint64_t x = at / 8 + seed * UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
        x ^= x >> 32;
        size_t skip = (size_t)(at % 8), take = 8 - skip < n ? 8 - skip : n;
        memcpy(to, (const char *)&x + skip, take);
        to += take;
        at += take;
        n -= take;
    }
}

void s3_fixture_store_aged(struct s3_fixture *f, const char *key, const void *data, size_t n,
                           int64_t age_ms)
{
    fake_server_lock(f->server);
    bool ok = fake_s3_put(fake_server_s3(f->server), S3_BUCKET, key, data, n, NULL, 0,
                          pail_clock_wall_ns() / PAIL_NS_PER_MS - age_ms);
    fake_server_unlock(f->server);
    assert_true(ok);
}

void s3_fixture_store(struct s3_fixture *f, const char *key, const void *data, size_t n)
{
    s3_fixture_store_aged(f, key, data, n, 0);
}

void s3_fixture_store_fill(struct s3_fixture *f, const char *key, size_t n, uint64_t seed)
{
    char *p = malloc(n ? n : 1);
    assert_non_null(p);
    s3_fixture_fill(p, n, 0, seed);
    s3_fixture_store(f, key, p, n);
    free(p);
}

const char *s3_fixture_etag(struct s3_fixture *f, const char *key, char ret[64])
{
    const char *etag = NULL;
    size_t n;

    ret[0] = '\0';
    fake_server_lock(f->server);
    if (fake_s3_get(fake_server_s3(f->server), S3_BUCKET, key, &n, &etag))
        snprintf(ret, 64, etag[0] == '"' ? "%s" : "\"%s\"", etag);
    fake_server_unlock(f->server);
    return ret;
}

bool s3_fixture_exists(struct s3_fixture *f, const char *key)
{
    char etag[64];
    return s3_fixture_etag(f, key, etag)[0] != '\0';
}

uint64_t s3_fixture_size(struct s3_fixture *f, const char *key)
{
    size_t n = 0;

    fake_server_lock(f->server);
    const void *p = fake_s3_get(fake_server_s3(f->server), S3_BUCKET, key, &n, NULL);
    fake_server_unlock(f->server);
    return p ? n : UINT64_MAX;
}

void s3_fixture_expect(struct s3_fixture *f, const char *key, const void *data, size_t n)
{
    size_t have = 0, same = 0;

    fake_server_lock(f->server);
    const char *p = fake_s3_get(fake_server_s3(f->server), S3_BUCKET, key, &have, NULL);
    bool there = p != NULL;
    bool equal = data ? there && have == n && (!n || memcmp(p, data, n) == 0) : !there;
    while (there && data && same < have && same < n && p[same] == ((const char *)data)[same])
        same++;
    fake_server_unlock(f->server);
    if (!equal && !there)
        fail_msg("%s: there is no such object", key);
    if (!equal)
        fail_msg("%s: %zu bytes, expected %zu; they differ at %zu", key, have, n, same);
}

const char *s3_fixture_header(struct s3_fixture *f, const char *key, const char *header,
                              char ret[256])
{
    fake_server_lock(f->server);
    const char *v = fake_s3_object_header(fake_server_s3(f->server), S3_BUCKET, key, header);
    snprintf(ret, 256, "%s", v ? v : "");
    fake_server_unlock(f->server);
    return ret;
}

/* ---- Requests ---- */

void s3_fixture_faults(struct s3_fixture *f, const char *script)
{
    char msg[256] = "";

    fake_server_lock(f->server);
    bool ok = fake_s3_faults(fake_server_s3(f->server), script, msg);
    fake_s3_reset_counts(fake_server_s3(f->server));
    fake_server_unlock(f->server);
    if (!ok)
        fail_msg("%s: %s", script, msg);
}

unsigned s3_fixture_count(struct s3_fixture *f, const char *operation)
{
    fake_server_lock(f->server);
    uint64_t n = fake_s3_count(fake_server_s3(f->server), operation);
    fake_server_unlock(f->server);
    return (unsigned)n;
}

void s3_fixture_reset(struct s3_fixture *f)
{
    fake_server_lock(f->server);
    fake_s3_reset_counts(fake_server_s3(f->server));
    fake_server_unlock(f->server);
}

const char *s3_fixture_log(struct s3_fixture *f)
{
    static char text[8192];
    size_t at = 0;
    const char *line;

    text[0] = '\0';
    fake_server_lock(f->server);
    for (size_t i = 0; (line = fake_s3_log(fake_server_s3(f->server), i)) != NULL; i++)
        if (at < sizeof(text) - 200)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? ", " : "", line);
    fake_server_unlock(f->server);
    return text;
}

size_t s3_fixture_uploads(struct s3_fixture *f)
{
    fake_server_lock(f->server);
    size_t n = fake_s3_uploads(fake_server_s3(f->server), S3_BUCKET);
    fake_server_unlock(f->server);
    return n;
}
