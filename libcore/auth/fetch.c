/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/fetch.c - a call of the engine with one owner, who waits for it.
 *
 * What the service itself said is kept beside the engine's error, whose message names the call in
 * front: what a user reads is to be the service's own sentence.
 */
#include "auth/fetch.h"

#include <limits.h>
#include <stdio.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/timefmt.h"
#include "base/uri.h"

#define TIMEOUT_MS 60000
#define ANSWER_MAX ((size_t)256 << 10)

struct fetching {
    const struct pail_fetch *f;
    struct pail_fetch_answer answer;
    unsigned attempt, max_attempts;
    struct pail_error said; /* by the service */
    struct pail_error err;
};

/* ---- Request ---- */

int pail_fetch_sdk_headers(const struct pail_attempt *attempt, struct pail_request *r,
                           struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(128);
    char ttl[PAIL_TIME_AMZ_LEN];
    int rc = 0;

    if (attempt->invocation_id)
        rc = pail_request_header(r, "amz-sdk-invocation-id", pail_str(attempt->invocation_id), err);
    if (rc < 0)
        return rc;
    if (attempt->sent && attempt->dated) {
        pail_time_amz(attempt->now_unix_s + TIMEOUT_MS / 1000, ttl);
        pail_buf_fmt(&text, "ttl=%s; ", ttl);
    }
    pail_buf_fmt(&text, "attempt=%u", attempt->sent + 1);
    if (attempt->sent && attempt->max_attempts != UINT_MAX)
        pail_buf_fmt(&text, "; max=%u", attempt->max_attempts);
    rc = pail_buf_check(&text, "amz-sdk-request", err);
    return rc < 0 ? rc : pail_request_header(r, "amz-sdk-request", pail_buf_view(&text), err);
}

void pail_fetch_retries_text(unsigned attempt, unsigned max_attempts, char ret[48])
{
    ret[0] = '\0';
    if (attempt >= max_attempts)
        snprintf(ret, 48, " (reached max retries: %u)", attempt - 1);
}

/* pail_request_base takes no query and drops a slash at the end, which here is part of the name. */
static int set_url(struct pail_request *r, struct pail_str url, struct pail_error *err)
{
    struct pail_uri u;
    int rc = pail_uri_parse(url, &u, err);
    if (rc < 0)
        return rc;
    size_t mark = pail_str_find(url, '?');
    rc = pail_request_base(r, pail_str_sub(url, 0, mark), err);
    if (rc < 0)
        return rc;
    pail_buf_reset(&r->path);
    pail_buf_str(&r->path, u.path.len ? u.path : PAIL_STR("/"));
    if (u.query.ptr)
        pail_buf_str(&r->query, u.query);
    return 0;
}

static int prepare(void *ud, const struct pail_attempt *attempt, struct pail_request *r,
                   struct pail_error *err)
{
    struct fetching *g = ud;
    const struct pail_fetch *f = g->f;

    if (attempt->refresh) /* what f was made with stays what it is */
        return PAIL_PREPARE_NOTHING_NEW;
    int rc = set_url(r, f->url, err);
    snprintf(r->method, sizeof(r->method), "%s", f->method);
    r->direct = f->direct;
    g->attempt = attempt->number;
    g->max_attempts = attempt->max_attempts;
    for (size_t i = 0; rc == 0 && i < f->n_headers; i++)
        rc = pail_request_header(r, f->headers[i].name, f->headers[i].value, err);
    if (rc == 0 && f->service)
        rc = pail_fetch_sdk_headers(attempt, r, err);
    return rc < 0 ? rc : pail_request_check(r, err);
}

/* ---- Answer ---- */

static void put(char *dst, size_t cap, struct pail_str text)
{
    size_t n = text.len < cap - 1 ? text.len : cap - 1;
    if (n)
        memcpy(dst, text.ptr, n);
    dst[n] = '\0';
}

/* "com.amazonaws#ForbiddenException:http://..." -> "ForbiddenException" */
static struct pail_str bare_code(struct pail_str code)
{
    code = pail_str_sub(code, 0, pail_str_find(code, ':'));
    size_t hash = pail_str_find(code, '#');
    return pail_str_trim(hash == SIZE_MAX ? code : pail_str_from(code, hash + 1));
}

static int service_error(struct fetching *g, const struct pail_response *resp,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    char number[12], retries[48];

    if (pail_json_parse(resp->body, g->f->what, &doc, NULL) == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    const struct pail_jnode *root = doc ? pail_json_root(doc) : NULL;
    struct pail_str code = pail_headers_get(resp->headers, "x-amzn-errortype");
    if (!code.len)
        code = pail_json_str(pail_json_iget(root, "code"));
    if (!code.len)
        code = pail_json_str(pail_json_get(root, "__type"));
    code = bare_code(code);
    if (!code.len) {
        snprintf(number, sizeof(number), "%d", resp->status);
        code = pail_str(number);
    }
    struct pail_str message = pail_json_str(pail_json_iget(root, "message"));
    pail_fetch_retries_text(g->attempt, g->max_attempts, retries);
    int rc = pail_error_set(&g->said, PAIL_D_SERVICE, PAIL_E_SERVICE,
                            "An error occurred (%.*s) when calling the %s operation%s: %.*s",
                            PAIL_STR_ARG(pail_str_sub(code, 0, 60)), g->f->what, retries,
                            PAIL_STR_ARG(pail_str_sub(message, 0, 200)));
    g->said.http_status = resp->status;
    put(g->said.service_code, sizeof(g->said.service_code), code);
    put(g->said.request_id, sizeof(g->said.request_id),
        pail_headers_get(resp->headers, "x-amzn-requestid"));
    pail_error_copy(err, &g->said);
    return rc;
}

static int classify(void *ud, const struct pail_response *resp, bool *retry_now,
                    struct pail_error *err)
{
    struct fetching *g = ud;

    g->answer.status = resp->status;
    pail_buf_reset(&g->answer.body);
    pail_buf_str(&g->answer.body, resp->body);
    int rc = pail_buf_check(&g->answer.body, g->f->what, err);
    if (rc < 0 || !g->f->service || resp->status == 200)
        return rc;
    return service_error(g, resp, err);
}

static void done(void *ud, const struct pail_error *err)
{
    struct fetching *g = ud;
    if (err)
        g->err = *err;
}

static const struct pail_call_ops call_ops = {
    .prepare = prepare, .classify = classify, .done = done};

/* The engine's error, in the service's words where it was the service that said no. */
static int outcome(struct fetching *g, struct pail_error *err)
{
    if (!g->err.code)
        return 0;
    bool theirs = g->said.code && g->err.http_status == g->said.http_status &&
                  strcmp(g->err.service_code, g->said.service_code) == 0;
    if (theirs)
        memcpy(g->err.message, g->said.message, sizeof(g->err.message));
    pail_error_copy(err, &g->err);
    return g->err.code;
}

int pail_fetch(struct pail_engine *engine, const struct pail_fetch *f,
               struct pail_fetch_answer *ret, struct pail_error *err)
{
    struct fetching g = {.f = f,
                         .answer.body = PAIL_BUF_INIT(ANSWER_MAX),
                         .said = PAIL_ERROR_INIT,
                         .err = PAIL_ERROR_INIT};
    struct pail_body body = {.segments = &f->body, .n_segments = 1, .length = f->body.len};
    struct pail_call_desc desc = {
        .ops = &call_ops,
        .ud = &g,
        .what = f->what,
        .options = {.priority = PAIL_PRIO_META,
                    .timeout_ms = f->timeout_ms ? f->timeout_ms : TIMEOUT_MS,
                    .max_attempts = f->service ? 0 : 1},
        /* A PUT or POST without a body says so. */
        .body = strcmp(f->method, "GET") == 0 ? NULL : &body,
        .max_body = ANSWER_MAX,
    };
    struct pail_call *call = NULL;

    pail_assert_no_locks();
    int rc = pail_engine_submit(engine, &desc, &call, err);
    if (rc == 0) {
        pail_call_wait(call);
        (void)pail_call_unref(call);
        rc = outcome(&g, err);
    }
    if (rc < 0)
        pail_fetch_answer_done(&g.answer);
    else
        *ret = g.answer;
    return rc;
}

void pail_fetch_answer_done(struct pail_fetch_answer *a)
{
    if (a->body.ptr)
        pail_wipe(a->body.ptr, a->body.cap);
    pail_buf_done(&a->body);
}
