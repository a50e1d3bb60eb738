/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/op.c - the one runner of operations.
 *
 * What does not change between attempts (query, headers, body) is fixed when the operation is
 * described; what may (host, signing region, credentials, date, refused checksums) is put together
 * per attempt in prepare().
 *
 * An operation holds its client's memory, not its session: the session's end ends the operations,
 * so the last reference to a session must not be dropped by one. For the same reason an operation
 * is freed before its owner is told.
 */
#include "s3/op.h"

#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "auth/fetch.h"
#include "auth/sign.h"
#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"

#define MAX_QUERY (64 * 1024)
#define MAX_HEADERS (64 * 1024)

/* ---- Describing ---- */

/* "GetObject s3://b/k" at to, with nothing that could break a line of a log. */
static void write_what(char *to, const struct pail_s3_op_kind *kind, struct pail_str bucket,
                       struct pail_str key)
{
    size_t n = strlen(kind->name);
    memcpy(to, kind->name, n);
    to += n;
    if (bucket.len) {
        memcpy(to, " s3://", 6);
        memcpy(to + 6, bucket.ptr, bucket.len);
        to += 6 + bucket.len;
    }
    if (key.len)
        *to++ = '/';
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.ptr[i];
        *to++ = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    *to = '\0';
}

static int check_names(const struct pail_s3_op_kind *kind, struct pail_str bucket,
                       struct pail_str key, struct pail_error *err)
{
    int rc = kind->on_service ? 0 : pail_s3_bucket_check(bucket, err);

    if (rc == 0 && !kind->on_service && !kind->on_bucket && key.len == 0)
        /* It would become an operation on the bucket. */
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the key is empty");
    if (rc < 0 && err)
        pail_error_prefix(err, "%s", kind->name);
    return rc;
}

int pail_s3_op_new(struct pail_s3 *s3, const struct pail_s3_op_kind *kind, struct pail_str bucket,
                   struct pail_str key, const struct pail_call_options *call,
                   struct pail_s3_op **ret, struct pail_error *err)
{
    int rc = check_names(kind, bucket, key, err);
    if (rc < 0)
        return rc;

    size_t what_len = strlen(kind->name) + 6 + bucket.len + 1 + key.len + 1;
    struct pail_s3_op *op = pail_zalloc(kind->size + bucket.len + key.len + what_len);
    if (!op)
        return pail_error_nomem(err);
    char *names = (char *)op + kind->size;
    if (bucket.len)
        memcpy(names, bucket.ptr, bucket.len);
    if (key.len)
        memcpy(names + bucket.len, key.ptr, key.len);
    write_what(names + bucket.len + key.len, kind, bucket, key);

    op->kind = kind;
    op->s3 = pail_s3_hold(s3);
    op->bucket = pail_strn(names, bucket.len);
    op->key = pail_strn(names + bucket.len, key.len);
    op->what = names + bucket.len + key.len;
    if (call)
        op->call = *call;
    pail_buf_init(&op->query, MAX_QUERY);
    pail_headers_init(&op->headers, MAX_HEADERS);
    pail_buf_init(&op->payload.document, 0);
    if (s3->fixed.requester_pays)
        pail_s3_op_header(op, "x-amz-request-payer", PAIL_STR("requester"));
    pail_s3_op_opt_header(op, "x-amz-expected-bucket-owner", pail_str(s3->fixed.expected_owner));
    *ret = op;
    return 0;
}

void pail_s3_op_free(struct pail_s3_op *op)
{
    if (op->kind->free)
        op->kind->free(op);
    pail_buf_done(&op->query);
    pail_headers_done(&op->headers);
    pail_s3_payload_done(op);
    (void)pail_s3_route_unref(op->attempt.route);
    (void)pail_credentials_unref(op->credentials);
    pail_signers_done(&op->attempt.signers);
    pail_s3_release(op->s3);
    pail_free(op);
}

void pail_s3_op_fail(struct pail_s3_op *op, enum pail_code code, const char *fmt, ...)
{
    if (op->problem.code)
        return;

    char text[sizeof(op->problem.message)];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    pail_error_set(&op->problem, PAIL_D_USAGE, code, "%s", text);
}

void pail_s3_op_query(struct pail_s3_op *op, const char *name, struct pail_str value)
{
    if (op->query.len)
        pail_buf_char(&op->query, '&');
    pail_uri_encode(&op->query, pail_str(name), PAIL_URI_COMPONENT);
    pail_buf_char(&op->query, '=');
    pail_uri_encode(&op->query, value, PAIL_URI_COMPONENT);
}

void pail_s3_op_query_u64(struct pail_s3_op *op, const char *name, uint64_t value)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    pail_s3_op_query(op, name, pail_strn(digits, (size_t)n));
}

void pail_s3_op_header(struct pail_s3_op *op, const char *name, struct pail_str value)
{
    bool ok = value.len == 0 || (value.ptr[0] != ' ' && value.ptr[value.len - 1] != ' ');

    for (size_t i = 0; ok && i < value.len; i++)
        ok = value.ptr[i] >= 0x20 && value.ptr[i] < 0x7f;
    if (!ok)
        pail_s3_op_fail(op, PAIL_E_INVALID,
                        "header %s: only printable ASCII, without blanks at the ends", name);
    else if (op->problem.code ||
             pail_headers_add(&op->headers, pail_str(name), value, &op->problem) < 0)
        return; /* told at submission */
}

void pail_s3_op_opt_header(struct pail_s3_op *op, const char *name, struct pail_str value)
{
    if (value.len)
        pail_s3_op_header(op, name, value);
}

/* ---- One attempt ---- */

static int add_headers(struct pail_s3_op *op, const struct pail_attempt *attempt,
                       struct pail_request *rq, struct pail_error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < op->headers.n; i++) {
        struct pail_header h = pail_headers_at(&op->headers, i);
        rc = pail_headers_add(&rq->headers, h.name, h.value, err);
    }
    if (rc == 0)
        rc = pail_fetch_sdk_headers(attempt, rq, err);
    return rc < 0 ? rc : pail_s3_payload_headers(op, rq, err);
}

/* What the HEAD could not tell, a listing of one key can. */
static void build_explanation(struct pail_request *rq)
{
    memcpy(rq->method, "GET", sizeof("GET"));
    pail_request_query(rq, PAIL_STR("list-type"), PAIL_STR("2"));
    pail_request_query(rq, PAIL_STR("max-keys"), PAIL_STR("1"));
}

static int build(struct pail_s3_op *op, const struct pail_attempt *attempt, struct pail_request *rq,
                 struct pail_error *err)
{
    bool on_bucket = op->kind->on_bucket || op->attempt.explains;

    int rc = pail_s3_route_apply(op->attempt.route, on_bucket ? PAIL_STR("") : op->key, rq, err);
    if (rc < 0)
        return rc;
    if (op->attempt.explains) {
        build_explanation(rq);
    } else {
        memcpy(rq->method, op->kind->method, strlen(op->kind->method) + 1);
        pail_buf_str(&rq->query, pail_buf_view(&op->query));
    }
    rc = add_headers(op, attempt, rq, err);
    return rc < 0 ? rc : pail_request_check(rq, err);
}

static int sign(const struct pail_s3_op *op, const struct pail_attempt *attempt,
                struct pail_request *rq, struct pail_error *err)
{
    struct pail_sign_params p;

    if (!op->attempt.signers.now)
        return 0;
    pail_s3_sign_params(op->s3, op->attempt.route, &p);
    p.now_unix_s = attempt->now_unix_s;
    p.payload_hash = op->attempt.explains ? PAIL_STR("") : pail_str(op->payload.hash);
    p.content_sha256_header = true;
    return pail_sign_headers(rq, &p, op->attempt.signers.now, err);
}

static int find_route(struct pail_s3_op *op, struct pail_error *err)
{
    struct pail_s3_route *route = NULL;

    op->attempt.explains = op->explain == PAIL_S3_EXPLAIN_NEXT;
    int rc = pail_s3_route_to(op->s3, op->attempt.explains ? "ListObjectsV2" : op->kind->name,
                              op->bucket, op->kind->on_bucket || op->attempt.explains, &route, err);
    if (rc < 0)
        return rc;
    (void)pail_s3_route_unref(op->attempt.route);
    op->attempt.route = route;
    memcpy(op->attempt.region, route->region, sizeof(op->attempt.region));
    return 0;
}

static int find_credentials(struct pail_s3_op *op, const struct pail_attempt *attempt,
                            struct pail_error *err)
{
    struct pail_credentials *found = pail_credentials_ref(op->credentials);

    int rc = found ? 0
                   : pail_s3_credentials_for(op->s3, op->bucket, op->attempt.route,
                                             attempt->may_block, attempt->refresh, &found, err);
    if (rc != 0)
        return rc;
    bool fresh = pail_signers_next(&op->attempt.signers, found, attempt->number, attempt->refresh);
    return fresh ? 0 : PAIL_PREPARE_NOTHING_NEW;
}

static int on_prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *rq,
                      struct pail_error *err)
{
    struct pail_s3_op *op = ud;

    int rc = find_route(op, err);
    if (rc == 0)
        rc = find_credentials(op, attempt, err);
    if (rc == 0)
        rc = pail_s3_payload_prepare(op, attempt->may_block, op->attempt.signers.now != NULL, err);
    if (rc == 0)
        rc = build(op, attempt, rq, err);
    if (rc == 0)
        rc = sign(op, attempt, rq, err);
    if (rc == 0)
        atomic_fetch_add(&op->s3->learned.requests, 1);
    return rc;
}

static int on_begin(void *ud, const struct pail_response *head, uint64_t length,
                    struct pail_error *err)
{
    struct pail_s3_op *op = ud;
    return op->kind->begin(op, head, length, err);
}

static int on_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_s3_op *op = ud;
    return op->kind->write(op, offset, p, n, err);
}

static int on_classify(void *ud, const struct pail_response *rs, bool *retry_now,
                       struct pail_error *err)
{
    struct pail_s3_op *op = ud;

    if (op->attempt.explains) {
        op->explain = PAIL_S3_EXPLAIN_DONE;
        return pail_s3_explained(op, rs, retry_now, err);
    }
    if (rs->status >= 200 && rs->status < 300 &&
        !(op->kind->xml && pail_s3_error_is_body(rs->body))) {
        int rc = op->kind->parse ? op->kind->parse(op, rs, err) : 0;
        if (rc == 0)
            pail_s3_accepted(op);
        return rc;
    }

    struct pail_s3_error_doc doc;
    struct pail_s3_error_context cx = {
        .status = rs->status,
        .headers = rs->headers,
        .body = rs->body,
        .head = strcmp(op->kind->method, "HEAD") == 0,
        .on_bucket = op->kind->on_bucket,
    };
    (void)pail_s3_error_set(err, &cx, &doc);
    if (pail_s3_recover(op, rs, &doc, err)) {
        *retry_now = true;
        return err->code;
    }
    return op->kind->refused ? op->kind->refused(op, err) : (int)err->code;
}

static void on_done(void *ud, const struct pail_error *err)
{
    struct pail_s3_op *op = ud;
    pail_done_fn *done = op->done;
    void *done_ud = op->ud;

    if (err && op->kind->drop)
        op->kind->drop(op);
    pail_s3_op_free(op);
    done(done_ud, err);
}

/* ---- Submitting ---- */

static const struct pail_call_ops call_ops = {
    .prepare = on_prepare,
    .begin = on_begin,
    .write = on_write,
    .classify = on_classify,
    .done = on_done,
};

static int check_description(struct pail_s3_op *op, struct pail_error *err)
{
    if (op->problem.code == 0 && pail_buf_check(&op->query, "query", &op->problem) == 0)
        return 0;
    pail_error_copy(err, &op->problem);
    if (err)
        pail_error_prefix(err, "%s", op->what);
    return op->problem.code;
}

/* Costs a round trip, saves a refused upload. Elsewhere it is a round trip for nothing, or a second
 * of waiting. */
static bool expects_continue(const struct pail_s3_op *op)
{
    if (op->s3->fixed.expect_continue == PAIL_S3_DEFAULT)
        return op->s3->fixed.endpoint.aws && op->payload.body.length > (1u << 20);
    return op->s3->fixed.expect_continue == PAIL_S3_ON && op->payload.streaming;
}

int pail_s3_op_submit(struct pail_s3_op *op, pail_done_fn *done, void *ud,
                      struct pail_call **ret_call, struct pail_error *err)
{
    int rc = check_description(op, err);
    if (rc < 0) {
        pail_s3_op_free(op);
        return rc;
    }
    op->done = done;
    op->ud = ud;
    struct pail_call_desc desc = {
        .ops = &call_ops,
        .ud = op,
        .what = op->what,
        .options = op->call,
        .body = op->payload.present ? &op->payload.body : NULL,
        .expect_continue = expects_continue(op),
        .has_sink = op->kind->begin != NULL,
        .max_body = op->kind->max_body,
        .unsafe = op->unsafe,
    };
    rc = pail_engine_submit(pail_session_engine(op->s3->fixed.session), &desc, ret_call, err);
    if (rc < 0)
        pail_s3_op_free(op);
    return rc;
}

/* ---- Blocking forms ---- */

void pail_s3_wait_done(void *ud, const struct pail_error *err)
{
    struct pail_s3_wait *w = ud;

    w->failed = err != NULL;
    if (err)
        w->err = *err;
}

int pail_s3_wait(struct pail_s3_wait *w, int rc, struct pail_error *err)
{
    if (rc < 0)
        return rc;
    pail_call_wait(w->call);
    pail_call_unref(w->call);
    if (!w->failed)
        return 0;
    pail_error_copy(err, &w->err);
    return w->err.code;
}
