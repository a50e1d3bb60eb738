/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sts.c - a form goes out, XML comes back.
 *
 * STS speaks the query protocol: POST of a form, <XResponse><XResult><Credentials>, errors as
 * <ErrorResponse><Error>. The paths' tails are enough to tell them apart, so every operation that
 * answers with credentials is understood.
 *
 * Whatever goes wrong is an error about credentials and not about the request that wants them: a
 * 403 of STS must not look like the bucket's. Only running out of memory and being cancelled keep
 * their codes.
 */
#include "auth/sts.h"

#include "auth/expiration.h"
#include "auth/region.h"
#include "auth/sign.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/xml.h"
#include "crypto/digest.h"

#define TIMEOUT_MS 60000
#define FORM_MAX ((size_t)128 << 10)
#define URL_MAX 512
#define TEXT_MAX ((size_t)32 << 10)

struct sts_call {
    const struct pail_sts *sts;
    const struct pail_sts_request *rq;
    struct pail_buf form, url;
    char hash[65];
    /* the answer; filled on a transport thread, read after the wait */
    struct pail_secret access_key, secret_key, session_token, account_id;
    int64_t expires_unix_s;
    struct pail_error err;
};

/* ---- Request ---- */

static int prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *r,
                   struct pail_error *err)
{
    struct sts_call *c = ud;
    int rc = pail_request_base(r, pail_buf_view(&c->url), err);
    if (rc < 0)
        return rc;
    memcpy(r->method, "POST", sizeof("POST"));
    if (r->path.len == 0)
        pail_buf_char(&r->path, '/');
    rc = pail_request_header(r, "Content-Type",
                             PAIL_STR("application/x-www-form-urlencoded; charset=utf-8"), err);
    if (rc == 0)
        rc = pail_request_check(r, err);
    if (rc < 0 || !c->rq->signer)
        return rc;

    struct pail_sign_params p = {
        .service = PAIL_STR("sts"),
        .region = pail_str(c->sts->region ? c->sts->region : "us-east-1"),
        .now_unix_s = attempt->now_unix_s,
        .payload_hash = pail_str(c->hash),
        .normalize_path = true,
    };
    return pail_sign_headers(r, &p, c->rq->signer, err);
}

/* ---- Answer ---- */

static bool tail_is(struct pail_str path, const char *tail)
{
    return pail_str_ends(path, pail_str(tail));
}

/* "arn:aws:sts::123456789012:assumed-role/name/session" -> "123456789012" */
static struct pail_str account_of(struct pail_str arn)
{
    struct pail_str field = {0};
    for (int i = 0; i < 5; i++) {
        if (!pail_str_split(&arn, ':', &field))
            return pail_str(NULL);
    }
    return field;
}

static int take_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct sts_call *c = ud;
    bool ok = true;

    if (tail_is(path, "/Credentials/AccessKeyId"))
        ok = pail_secret_set(&c->access_key, text);
    else if (tail_is(path, "/Credentials/SecretAccessKey"))
        ok = pail_secret_set(&c->secret_key, text);
    else if (tail_is(path, "/Credentials/SessionToken"))
        ok = pail_secret_set(&c->session_token, text);
    else if (tail_is(path, "/AssumedRoleUser/Arn"))
        ok = pail_secret_set(&c->account_id, account_of(text));
    if (tail_is(path, "/Credentials/Expiration")) {
        int rc = pail_expiration_parse(text, &c->expires_unix_s, err);
        if (rc < 0)
            return rc;
    }
    return ok ? 0 : pail_error_nomem(err);
}

static int take_credentials(struct sts_call *c, const struct pail_response *resp,
                            struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = take_leaf};
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_xml_parse(resp->body, "answer of STS", TEXT_MAX, &handler, c, &e);
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (rc < 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "%s", e.message);
    if (!c->access_key.len || !c->secret_key.len || !c->session_token.len || !c->expires_unix_s)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "answer of STS: without complete credentials");
    return 0;
}

struct fault {
    char code[48], message[200], request_id[72];
};

static void put(char *dst, size_t cap, struct pail_str text)
{
    size_t n = text.len < cap - 1 ? text.len : cap - 1;
    if (n)
        memcpy(dst, text.ptr, n);
    dst[n] = '\0';
}

static int take_fault(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct fault *f = ud;
    if (tail_is(path, "/Error/Code"))
        put(f->code, sizeof(f->code), text);
    else if (tail_is(path, "/Error/Message"))
        put(f->message, sizeof(f->message), text);
    else if (tail_is(path, "/RequestId"))
        put(f->request_id, sizeof(f->request_id), text);
    return 0;
}

static enum pail_code code_of_status(int status)
{
    if (status == 403)
        return PAIL_E_ACCESS;
    if (status == 429)
        return PAIL_E_THROTTLED;
    return status >= 500 ? PAIL_E_SERVER : PAIL_E_SERVICE;
}

/* An answer without XML (a proxy's) leaves code and message empty; the status still tells. */
static int service_error(const struct sts_call *c, const struct pail_response *resp,
                         struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = take_fault};
    struct fault f = {{0}, {0}, {0}};
    if (pail_xml_parse(resp->body, "error of STS", TEXT_MAX, &handler, &f, NULL) == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (!f.code[0])
        put(f.code, sizeof(f.code), PAIL_STR("Unknown"));

    int rc = pail_error_set(err, PAIL_D_SERVICE, code_of_status(resp->status),
                            "An error occurred (%s) when calling the %s operation: %s", f.code,
                            c->rq->operation, f.message[0] ? f.message : "no message");
    if (err) {
        err->http_status = resp->status;
        put(err->service_code, sizeof(err->service_code), pail_str(f.code));
        put(err->request_id, sizeof(err->request_id), pail_str(f.request_id));
    }
    return rc;
}

static int classify(void *ud, const struct pail_response *resp, bool *retry_now,
                    struct pail_error *err)
{
    struct sts_call *c = ud;
    return resp->status == 200 ? take_credentials(c, resp, err) : service_error(c, resp, err);
}

static void done(void *ud, const struct pail_error *err)
{
    struct sts_call *c = ud;
    if (err)
        c->err = *err;
}

static const struct pail_call_ops call_ops = {
    .prepare = prepare, .classify = classify, .done = done};

/* ---- The call ---- */

static int init(struct sts_call *c, struct pail_error *err)
{
    pail_buf_init(&c->form, FORM_MAX);
    pail_buf_init(&c->url, URL_MAX);
    pail_buf_fmt(&c->form, "Action=%s&Version=2011-06-15&", c->rq->operation);
    pail_buf_str(&c->form, c->rq->form);
    if (c->sts->endpoint_url)
        pail_buf_z(&c->url, c->sts->endpoint_url);
    else
        pail_region_endpoint("sts", c->sts->region, &c->url);
    int rc = pail_buf_check(&c->form, "request to STS", err);
    if (rc == 0)
        rc = pail_buf_check(&c->url, "address of STS", err);
    if (rc == 0)
        rc = pail_sha256_hex((struct pail_bytes){c->form.ptr, c->form.len}, c->hash, err);
    return rc;
}

static int ask(struct sts_call *c, struct pail_error *err)
{
    struct pail_bytes segment = {c->form.ptr, c->form.len};
    struct pail_body body = {.segments = &segment, .n_segments = 1, .length = c->form.len};
    struct pail_call_desc desc = {
        .ops = &call_ops,
        .ud = c,
        .what = c->rq->operation,
        .options = {.priority = PAIL_PRIO_META, .timeout_ms = TIMEOUT_MS},
        .body = &body,
    };
    struct pail_call *call = NULL;

    pail_assert_no_locks();
    int rc = pail_engine_submit(c->sts->engine, &desc, &call, err);
    if (rc < 0)
        return rc;
    pail_call_wait(call);
    (void)pail_call_unref(call);
    if (c->err.code)
        pail_error_copy(err, &c->err);
    return c->err.code;
}

static int as_credentials_error(const struct sts_call *c, struct pail_error *e,
                                struct pail_error *err)
{
    if (e->code != PAIL_E_NOMEM && e->code != PAIL_E_CANCELLED && e->code != PAIL_E_SHUTDOWN) {
        e->code = PAIL_E_CREDENTIALS;
        e->domain = PAIL_D_AUTH;
        if (e->retry != PAIL_RETRY_NEVER)
            e->retry = e->retry == PAIL_RETRY_AFTER_REFRESH ? PAIL_RETRY_NEVER : PAIL_RETRY_BACKOFF;
        (void)pail_error_prefix(e, "Error when retrieving credentials from %s", c->rq->method);
    }
    pail_error_copy(err, e);
    return e->code;
}

int pail_sts_credentials(const struct pail_sts *sts, const struct pail_sts_request *rq,
                         struct pail_credentials **ret, struct pail_error *err)
{
    struct sts_call c = {.sts = sts, .rq = rq};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = init(&c, &e);
    if (rc == 0)
        rc = ask(&c, &e);
    if (rc == 0) {
        struct pail_credentials_fields f = {
            .access_key = pail_secret_reveal(&c.access_key),
            .secret_key = pail_secret_reveal(&c.secret_key),
            .session_token = pail_secret_reveal(&c.session_token),
            .account_id = pail_secret_reveal(&c.account_id),
            .expires_unix_s = c.expires_unix_s,
            .method = rq->method,
        };
        rc = pail_credentials_new(&f, ret, &e);
    }
    pail_secret_done(&c.access_key);
    pail_secret_done(&c.secret_key);
    pail_secret_done(&c.session_token);
    pail_secret_done(&c.account_id);
    pail_buf_done(&c.form);
    pail_buf_done(&c.url);
    return rc < 0 ? as_credentials_error(&c, &e, err) : 0;
}
