/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/auth/scripted.h - a transport that answers by a script, from a thread of its own, and keeps
 * what it was asked.
 *
 *     static const struct script rules[] = {
 *         {"PUT http://169.254.169.254/latest/api/token", 200, "TOKEN"},
 *         {"GET http://169.254.169.254/", 0, "refused"},
 *         {NULL}};
 *
 * The first rule whose text begins "METHOD URL" answers, `times` times if that is not 0. Status 0:
 * no connection; -1: no answer in time. Without a rule: 404. The log has a line for each request:
 * "METHOD URL", the headers that matter, the body.
 */
#ifndef PAIL_TESTS_UNIT_AUTH_SCRIPTED_H
#define PAIL_TESTS_UNIT_AUTH_SCRIPTED_H

#include "auth/session.h"
#include "base/buf.h"
#include "base/workers.h"
#include "http/transport.h"
#include "unit/test.h"

struct script {
    const char *what;
    int status;
    const char *body;
    const char *header; /* "Name: value" */
    unsigned times;
};

struct scripted {
    struct pail_transport transport; /* first */
    struct pail_workers *workers;
};

/* Outlives the transport, which the session frees. */
static struct {
    const struct script *rules;
    unsigned used[64];
    unsigned requests;
    char log[65536];
    size_t len;
} scripted;

struct scripted_job {
    struct pail_job job;
    struct pail_exchange *x;
};

static void scripted_note(const char *text, size_t n)
{
    if (n > sizeof(scripted.log) - 1 - scripted.len)
        n = sizeof(scripted.log) - 1 - scripted.len;
    memcpy(scripted.log + scripted.len, text, n);
    scripted.len += n;
    scripted.log[scripted.len] = '\0';
}

static void scripted_note_header(const struct pail_request *r, const char *name)
{
    char line[4096];
    struct pail_str v = pail_headers_get(&r->headers, name);
    if (v.ptr)
        scripted_note(line,
                      (size_t)snprintf(line, sizeof(line), " %s=%.*s", name, PAIL_STR_ARG(v)));
}

/* In what; the caller's buffer. */
static void scripted_describe(const struct pail_request *r, char *ret, size_t size)
{
    char port[16] = "";
    if (r->port != (r->https ? 443u : 80u))
        snprintf(port, sizeof(port), ":%u", r->port);
    snprintf(ret, size, "%s %s://%.*s%s%.*s%s%.*s", r->method, r->https ? "https" : "http",
             (int)r->host.len, r->host.ptr ? r->host.ptr : "", port, (int)r->path.len,
             r->path.ptr ? r->path.ptr : "", r->query.len ? "?" : "", (int)r->query.len,
             r->query.ptr ? r->query.ptr : "");
}

static void scripted_record(const struct pail_exchange *x, const char *what)
{
    static const char *const names[] = {"x-aws-ec2-metadata-token-ttl-seconds",
                                        "x-aws-ec2-metadata-token",
                                        "x-amz-sso_bearer_token",
                                        "X-Amz-Security-Token",
                                        "DPoP",
                                        "Accept"};
    struct pail_str auth = pail_headers_get(&x->request->headers, "Authorization");
    char body[8192];
    size_t n = 0;

    scripted.requests++;
    scripted_note(what, strlen(what));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++)
        scripted_note_header(x->request, names[i]);
    if (auth.len && pail_str_starts(auth, PAIL_STR("AWS4-"))) {
        /* Only whose it is: "Credential=KEY/..." */
        size_t from = pail_str_find(auth, '=') + 1, to = pail_str_find(auth, '/');
        scripted_note(" by=", 4);
        scripted_note(auth.ptr + from, to - from);
    } else if (auth.len) {
        scripted_note(" auth=", 6);
        scripted_note(auth.ptr, auth.len);
    }
    if (x->body && pail_body_read(x->body, 0, body, sizeof(body), &n, NULL) == 0 && n) {
        scripted_note(" ", 1);
        scripted_note(body, n);
    }
    scripted_note("\n", 1);
}

static const struct script *scripted_rule(const char *what)
{
    for (size_t i = 0; scripted.rules && scripted.rules[i].what; i++) {
        const struct script *s = &scripted.rules[i];
        if (strncmp(what, s->what, strlen(s->what)) != 0 ||
            (s->times && scripted.used[i] >= s->times))
            continue;
        scripted.used[i]++;
        return s;
    }
    return NULL;
}

static void scripted_answer(struct pail_exchange *x, const struct script *s, struct pail_error *err)
{
    struct pail_headers headers;
    pail_headers_init(&headers, 4096);
    const char *colon = s->header ? strchr(s->header, ':') : NULL;
    if (colon)
        (void)!pail_headers_add(&headers, pail_strn(s->header, (size_t)(colon - s->header)),
                                pail_str_trim(pail_str(colon + 1)), NULL);
    int rc = x->on_head(x, s->status, &headers, err);
    if (rc == 0 && s->body && *s->body)
        rc = x->on_body(x, s->body, strlen(s->body), err);
    x->on_done(x, rc < 0 ? err : NULL);
    pail_headers_done(&headers);
}

static void scripted_run(struct pail_job *job)
{
    static const struct script none = {"", 404, "not here"};
    struct scripted_job *j = PAIL_CONTAINER(job, struct scripted_job, job);
    struct pail_exchange *x = j->x;
    struct pail_error err = PAIL_ERROR_INIT;
    char what[4096];

    free(j);
    scripted_describe(x->request, what, sizeof(what));
    scripted_record(x, what);
    const struct script *s = scripted_rule(what);
    x->request_sent = true;
    if (s && s->status <= 0) {
        pail_error_set(&err, PAIL_D_NET, s->status ? PAIL_E_READ_TIMEOUT : PAIL_E_CONNECT,
                       "scripted: %s", s->body);
        x->on_done(x, &err);
        return;
    }
    scripted_answer(x, s ? s : &none, &err);
}

static int scripted_start(struct pail_transport *t, struct pail_exchange *x, struct pail_error *err)
{
    struct scripted *c = PAIL_CONTAINER(t, struct scripted, transport);
    struct scripted_job *j = calloc(1, sizeof(*j));
    assert_non_null(j);
    j->job.run = scripted_run;
    j->x = x;
    pail_workers_give(c->workers, &j->job);
    return 0;
}

static void scripted_cancel(struct pail_transport *t, struct pail_exchange *x)
{
}

static void scripted_free(struct pail_transport *t)
{
    struct scripted *c = PAIL_CONTAINER(t, struct scripted, transport);
    pail_workers_free(c->workers);
    free(c);
}

/* Starts a new log; the owner of the transport frees it. NULL: out of memory. */
PAIL_UNUSED static struct pail_transport *scripted_transport(const struct script *rules,
                                                             struct pail_error *err)
{
    static const struct pail_transport_ops ops = {"scripted", scripted_start, scripted_cancel,
                                                  scripted_free};
    struct scripted *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    c->transport.ops = &ops;
    memset(&scripted, 0, sizeof(scripted));
    scripted.rules = rules;
    if (pail_workers_new("scripted", 1, &c->workers, err) < 0) {
        free(c);
        return NULL;
    }
    return &c->transport;
}

/* A session on it. */
PAIL_UNUSED static int scripted_session(const struct pail_session_options *opt,
                                        const struct script *rules, struct pail_session **ret,
                                        struct pail_error *err)
{
    struct pail_transport *t = scripted_transport(rules, err);
    return t ? pail_session_new_on(opt, t, ret, err) : PAIL_E_NOMEM;
}

/* One search in a session of its own. */
PAIL_UNUSED static int scripted_find(const char *profile, const struct script *rules,
                                     struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_session *s = NULL;
    opt.profile = profile;
    opt.max_attempts = 1;
    int rc = scripted_session(&opt, rules, &s, err);
    if (rc == 0)
        rc = pail_session_credentials(s, ret, err);
    (void)pail_session_unref(s);
    return rc;
}

/* What is found, as one line: "METHOD KEY SECRET TOKEN ACCOUNT EXPIRES", "-" for what is missing;
 * or "CODE MESSAGE". Valid until the next call. */
PAIL_UNUSED static const char *scripted_result(const char *profile, const struct script *rules)
{
    static char line[4096];
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;

    int rc = scripted_find(profile, rules, &c, &err);
    if (rc < 0) {
        snprintf(line, sizeof(line), "%s %s", pail_code_name(rc), err.message);
        return line;
    }
    pail_credentials_get(c, &f);
    snprintf(line, sizeof(line), "%s %.*s %.*s %.*s %.*s %lld", f.method,
             PAIL_STR_ARG(f.access_key), PAIL_STR_ARG(f.secret_key),
             f.session_token.len ? (int)f.session_token.len : 1,
             f.session_token.len ? f.session_token.ptr : "-",
             f.account_id.len ? (int)f.account_id.len : 1,
             f.account_id.len ? f.account_id.ptr : "-", (long long)f.expires_unix_s);
    (void)pail_credentials_unref(c);
    return line;
}

#define assert_found(profile, rules, line)                                                         \
    assert_string_equal(scripted_result((profile), (rules)), (line))
#define assert_log(text) assert_string_equal(scripted.log, (text))

#endif
