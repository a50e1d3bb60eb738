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
 * their codes. What the service said is told in its own words.
 *
 * Where STS is: configured, or in the region; the global endpoint, whose signatures are for
 * us-east-1, when no region is known or the old way is asked for (sts_regional_endpoints = legacy).
 */
#include "auth/sts.h"

#include "auth/expiration.h"
#include "auth/fetch.h"
#include "auth/region.h"
#include "auth/sign.h"
#include "base/alloc.h"
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
    const struct pail_lookup *l;
    const struct pail_sts_request *rq;
    const char *region; /* NULL: the global endpoint */
    struct pail_buf form, url;
    char hash[65];
    /* the answer; filled on a transport thread, read after the wait */
    struct pail_secret access_key, secret_key, session_token, account_id;
    struct pail_secret arn, id;
    int64_t expires_unix_s;
    unsigned attempt, max_attempts;
    struct pail_error said; /* by the service */
    struct pail_error err;
};

/* ---- Request ---- */

/* The SDK's own headers are added last: they are not signed. */
static int prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *r,
                   struct pail_error *err)
{
    struct sts_call *c = ud;

    if (attempt->refresh) /* the keys to ask with are given */
        return PAIL_PREPARE_NOTHING_NEW;
    c->attempt = attempt->number;
    c->max_attempts = attempt->max_attempts;
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
    if (rc == 0 && c->rq->signer) {
        struct pail_sign_params p = {
            .service = PAIL_STR("sts"),
            .region = pail_str(c->region ? c->region : "us-east-1"),
            .now_unix_s = attempt->now_unix_s,
            .payload_hash = pail_str(c->hash),
            .normalize_path = true,
        };
        rc = pail_sign_headers(r, &p, c->rq->signer, err);
    }
    return rc < 0 ? rc : pail_fetch_sdk_headers(attempt, r, err);
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
        ok = pail_secret_set(&c->arn, text) && pail_secret_set(&c->account_id, account_of(text));
    else if (tail_is(path, "/AssumedRoleUser/AssumedRoleId"))
        ok = pail_secret_set(&c->id, text);
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
static int service_error(struct sts_call *c, const struct pail_response *resp,
                         struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = take_fault};
    struct fault f = {{0}, {0}, {0}};
    char retries[48];
    if (pail_xml_parse(resp->body, "error of STS", TEXT_MAX, &handler, &f, NULL) == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (!f.code[0])
        put(f.code, sizeof(f.code), PAIL_STR("Unknown"));

    pail_fetch_retries_text(c->attempt, c->max_attempts, retries);
    int rc = pail_error_set(&c->said, PAIL_D_SERVICE, code_of_status(resp->status),
                            "An error occurred (%s) when calling the %s operation%s: %s", f.code,
                            c->rq->operation, retries, f.message[0] ? f.message : "no message");
    c->said.http_status = resp->status;
    put(c->said.service_code, sizeof(c->said.service_code), pail_str(f.code));
    put(c->said.request_id, sizeof(c->said.request_id), pail_str(f.request_id));
    pail_error_copy(err, &c->said);
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

static int find_endpoint(struct sts_call *c, struct pail_error *err)
{
    const struct pail_lookup_net *net = c->l->net;
    c->region = net->region;
    if (net->settings->sts_regional == PAIL_REGIONAL_LEGACY && c->region &&
        pail_region_is_sts_legacy(pail_str(c->region)))
        c->region = NULL;
    return pail_lookup_endpoint(c->l, "sts", "sts", c->region, &c->url, err);
}

static int init(struct sts_call *c, struct pail_error *err)
{
    pail_buf_init(&c->form, FORM_MAX);
    pail_buf_init(&c->url, URL_MAX);
    int rc = find_endpoint(c, err);
    if (rc < 0)
        return rc;
    pail_buf_fmt(&c->form, "Action=%s&Version=2011-06-15&", c->rq->operation);
    pail_buf_str(&c->form, c->rq->form);
    rc = pail_buf_check(&c->form, "request to STS", err);
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
    int rc = pail_engine_submit(c->l->net->engine, &desc, &call, err);
    if (rc < 0)
        return rc;
    pail_call_wait(call);
    (void)pail_call_unref(call);
    if (c->err.code)
        pail_error_copy(err, &c->err);
    return c->err.code;
}

static bool said_by_service(const struct sts_call *c, const struct pail_error *e)
{
    return c->said.code && e->http_status == c->said.http_status &&
           strcmp(e->service_code, c->said.service_code) == 0;
}

static int as_credentials_error(const struct sts_call *c, struct pail_error *e,
                                struct pail_error *err)
{
    if (e->code != PAIL_E_NOMEM && e->code != PAIL_E_CANCELLED && e->code != PAIL_E_SHUTDOWN) {
        bool theirs = said_by_service(c, e);
        if (e->retry != PAIL_RETRY_NEVER)
            e->retry = e->retry == PAIL_RETRY_AFTER_REFRESH ? PAIL_RETRY_NEVER : PAIL_RETRY_BACKOFF;
        if (theirs)
            memcpy(e->message, c->said.message, sizeof(e->message));
        else
            (void)pail_error_prefix(e, "Error when retrieving credentials from %s", c->rq->method);
        e->code = PAIL_E_CREDENTIALS;
        e->domain = theirs ? PAIL_D_SERVICE : PAIL_D_AUTH;
    }
    pail_error_copy(err, e);
    return e->code;
}

static int take_text(char **ret, const struct pail_secret *text, struct pail_error *err)
{
    *ret = text->ptr ? pail_strndup(pail_secret_reveal(text)) : NULL;
    return text->ptr && !*ret ? pail_error_nomem(err) : 0;
}

static int give(const struct sts_call *c, struct pail_sts_answer *ret, struct pail_error *err)
{
    struct pail_sts_answer a = {0};
    struct pail_credentials_fields f = {
        .access_key = pail_secret_reveal(&c->access_key),
        .secret_key = pail_secret_reveal(&c->secret_key),
        .session_token = pail_secret_reveal(&c->session_token),
        .account_id = pail_secret_reveal(&c->account_id),
        .expires_unix_s = c->expires_unix_s,
        .method = c->rq->method,
    };
    int rc = pail_credentials_new(&f, &a.credentials, err);
    if (rc == 0)
        rc = take_text(&a.arn, &c->arn, err);
    if (rc == 0)
        rc = take_text(&a.id, &c->id, err);
    if (rc < 0)
        pail_sts_answer_done(&a);
    else
        *ret = a;
    return rc;
}

void pail_sts_answer_done(struct pail_sts_answer *a)
{
    (void)pail_credentials_unref(a->credentials);
    pail_free(a->arn);
    pail_free(a->id);
}

int pail_sts_credentials(const struct pail_lookup *l, const struct pail_sts_request *rq,
                         struct pail_sts_answer *ret, struct pail_error *err)
{
    struct sts_call c = {.l = l, .rq = rq, .said = PAIL_ERROR_INIT, .err = PAIL_ERROR_INIT};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = init(&c, &e);
    if (rc == 0)
        rc = ask(&c, &e);
    if (rc == 0)
        rc = give(&c, ret, &e);
    pail_secret_done(&c.access_key);
    pail_secret_done(&c.secret_key);
    pail_secret_done(&c.session_token);
    pail_secret_done(&c.account_id);
    pail_secret_done(&c.arn);
    pail_secret_done(&c.id);
    pail_buf_done(&c.form);
    pail_buf_done(&c.url);
    return rc < 0 ? as_credentials_error(&c, &e, err) : 0;
}
