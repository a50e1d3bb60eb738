/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/http/probe.h - a call that records what the engine does with it, and an engine over the fake
 * transport.
 *
 * A status of 400 or more becomes an error whose service code is the body.
 */
#ifndef PAIL_TESTS_UNIT_HTTP_PROBE_H
#define PAIL_TESTS_UNIT_HTTP_PROBE_H

#include <limits.h>

#include "base/clock.h"
#include "base/rand.h"
#include "fake_transport.h"
#include "http/engine.h"

#define PROBE_ATTEMPTS 16

struct probe {
    struct bench *bench;
    const char *host; /* NULL: "fake" */
    /* What the callbacks do. */
    int (*on_prepare)(struct probe *p, const struct pail_attempt *a, struct pail_error *err);
    int (*on_classify)(struct probe *p, const struct pail_response *r, bool *retry_now,
                       struct pail_error *err);
    int sink_fails_at; /* -1: begin; otherwise at this offset; 0: never */
    void (*on_done)(struct probe *p);
    /* What they saw. */
    unsigned prepared, classified, begun, dones;
    struct pail_attempt attempts[PROBE_ATTEMPTS]; /* of the successful prepares */
    char ids[PROBE_ATTEMPTS][37];
    uint64_t length, written;
    char body[64];
    bool failed;
    struct pail_error err;
    struct pail_call *call;
};

struct bench {
    struct pail_engine *engine;
    struct fake *fake;
    const struct fake_reply *script; /* by number of the exchange; the last one repeats */
    size_t n_script;
    struct fake_reply (*reply)(struct bench *b, struct pail_exchange *x, unsigned nth);
};

static _Thread_local bool probe_in_submit;

static struct fake_reply bench_reply(void *ud, struct pail_exchange *x, unsigned nth)
{
    struct bench *b = ud;
    if (b->reply)
        return b->reply(b, x, nth);
    return b->script[nth < b->n_script ? nth : b->n_script - 1];
}

static void zero_rand(void *dst, size_t n)
{
    memset(dst, 0, n); /* jitter 0: attempts follow each other at once */
}

static int bench_open(struct bench *b, struct pail_engine_options opt, struct pail_error *err)
{
    pail_rand_set_source(zero_rand);
    int rc = fake_new(bench_reply, b, &b->fake, err);
    if (rc < 0)
        return rc;
    opt.take_transport = &b->fake->base;
    return pail_engine_new(&opt, &b->engine, err);
}

#define BENCH(...) bench_make((struct pail_engine_options){__VA_ARGS__})
PAIL_UNUSED static struct bench *bench_make(struct pail_engine_options opt)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct bench *b = pail_zalloc(sizeof(*b));
    assert_non_null(b);
    assert_ok(bench_open(b, opt, &err), &err);
    return b;
}

#define SCRIPT(b, ...)                                                                             \
    do {                                                                                           \
        static const struct fake_reply script_[] = {__VA_ARGS__};                                  \
        (b)->script = script_;                                                                     \
        (b)->n_script = PAIL_ARRAY_LEN(script_);                                                   \
    } while (0)

PAIL_UNUSED static void bench_free(struct bench *b)
{
    pail_engine_free(b->engine);
    pail_rand_set_source(NULL);
    pail_free(b);
}

static int probe_prepare(void *ud, const struct pail_attempt *a, struct pail_request *r,
                         struct pail_error *err)
{
    struct probe *p = ud;
    pail_assert_no_locks();
    int rc = p->on_prepare ? p->on_prepare(p, a, err) : 0;
    if (rc == 0 && p->prepared < PROBE_ATTEMPTS) {
        p->attempts[p->prepared] = *a;
        snprintf(p->ids[p->prepared], 37, "%s", a->invocation_id);
    }
    p->prepared++;
    if (rc)
        return rc;
    snprintf(r->method, sizeof(r->method), "GET");
    r->port = 80;
    pail_buf_z(&r->host, p->host ? p->host : "fake");
    pail_buf_z(&r->path, "/");
    return 0;
}

static int probe_begin(void *ud, const struct pail_response *head, uint64_t length,
                       struct pail_error *err)
{
    struct probe *p = ud;
    p->begun++;
    p->length = length;
    p->written = 0;
    assert_non_null(head->headers);
    if (p->sink_fails_at < 0)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "sink does not begin");
    return 0;
}

static int probe_write(void *ud, uint64_t offset, const void *data, size_t n,
                       struct pail_error *err)
{
    struct probe *p = ud;
    assert_int_equal(offset, p->written);
    if (p->sink_fails_at && offset >= (uint64_t)p->sink_fails_at)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_OS, "sink is full");
    if (offset + n < sizeof(p->body))
        memcpy(p->body + offset, data, n);
    p->written += n;
    return 0;
}

static int probe_classify(void *ud, const struct pail_response *r, bool *retry_now,
                          struct pail_error *err)
{
    struct probe *p = ud;
    p->classified++;
    if (p->on_classify)
        return p->on_classify(p, r, retry_now, err);
    if (r->status < 400) {
        if (!p->begun)
            snprintf(p->body, sizeof(p->body), "%.*s", PAIL_STR_ARG(r->body));
        return 0;
    }
    pail_error_set(err, PAIL_D_SERVICE, PAIL_E_SERVICE, "status %d", r->status);
    err->http_status = r->status;
    snprintf(err->service_code, sizeof(err->service_code), "%.*s", PAIL_STR_ARG(r->body));
    return PAIL_E_SERVICE;
}

static void probe_done(void *ud, const struct pail_error *err)
{
    struct probe *p = ud;
    pail_assert_no_locks();
    assert_false(probe_in_submit);
    p->dones++;
    p->failed = err != NULL;
    if (err)
        p->err = *err;
    if (p->on_done)
        p->on_done(p);
}

static const struct pail_call_ops probe_ops = {probe_prepare, probe_begin, probe_write,
                                               probe_classify, probe_done};

PAIL_UNUSED static int probe_submit(struct probe *p, struct bench *b, struct pail_call_desc desc,
                                    struct pail_error *err)
{
    p->bench = b;
    desc.ops = &probe_ops;
    desc.ud = p;
    desc.what = "Get s3://b/k";
    probe_in_submit = true;
    int rc = pail_engine_submit(b->engine, &desc, &p->call, err);
    probe_in_submit = false;
    return rc;
}

#define SUBMIT(p, b, ...) probe_begin_call((p), (b), (struct pail_call_desc){__VA_ARGS__})
PAIL_UNUSED static void probe_begin_call(struct probe *p, struct bench *b,
                                         struct pail_call_desc desc)
{
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(probe_submit(p, b, desc, &err), &err);
}

/* Waits for done and gives the handle back. */
PAIL_UNUSED static void probe_wait(struct probe *p)
{
    pail_call_wait(p->call);
    p->call = pail_call_unref(p->call);
    assert_int_equal(p->dones, 1);
}

#define RUN(p, b, ...)                                                                             \
    do {                                                                                           \
        SUBMIT(p, b, __VA_ARGS__);                                                                 \
        probe_wait(p);                                                                             \
    } while (0)

/* It failed so. */
PAIL_UNUSED static void probe_assert(const struct probe *p, int code, enum pail_retry retry,
                                     int attempts)
{
    if (!p->failed || p->err.code != (enum pail_code)code || p->err.retry != retry ||
        p->err.attempts != attempts) {
        print_error("failed %d, %s, class %d, %d attempts: %s\n", p->failed,
                    pail_code_name(p->err.code), p->err.retry, p->err.attempts, p->err.message);
        fail();
    }
    assert_non_null(strstr(p->err.message, "Get s3://b/k: "));
}

#endif
