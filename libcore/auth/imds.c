/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/imds.c - token first, then texts.
 *
 * A service that does not give a token (403, 404, 405, silence, or whatever is wrong after all
 * tries) is asked without one, as the first version was; one that calls the request bad (400) is
 * left alone. Where there is no such service, as on most machines, all of this comes to nothing
 * within twice the timeout, a second by default.
 */
#include "auth/imds.h"

#include "auth/region.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/uri.h"

#define IPV4 "http://169.254.169.254/"
#define IPV6 "http://[fd00:ec2::254]/"
#define URL_MAX 4096
#define TOKEN_MAX 4096

/* ---- Where ---- */

static bool switched_off(void)
{
    return pail_str_ieq(pail_str(pail_env_get("AWS_EC2_METADATA_DISABLED")), PAIL_STR("true"));
}

static const char *address(const struct pail_settings *s)
{
    if (s->imds_endpoint)
        return s->imds_endpoint;
    if (s->imds_mode != PAIL_IMDS_UNSET)
        return s->imds_mode == PAIL_IMDS_IPV6 ? IPV6 : IPV4;
    return s->imds_use_ipv6 ? IPV6 : IPV4;
}

static int find_base(struct pail_imds *m, struct pail_error *err)
{
    struct pail_str base = pail_str(address(m->net->settings));
    struct pail_uri u;
    if (pail_uri_parse(base, &u, NULL) < 0 || u.query.ptr)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "Invalid endpoint EC2 Instance Metadata endpoint: %.*s",
                              PAIL_STR_ARG(pail_str_sub(base, 0, 100)));
    pail_buf_str(&m->base, base);
    if (base.ptr[base.len - 1] != '/')
        pail_buf_char(&m->base, '/');
    return pail_buf_check(&m->base, "address of the instance metadata", err);
}

/* ---- One request ---- */

static int request(struct pail_imds *m, const char *method, const char *path,
                   const struct pail_fetch_header *header, struct pail_fetch_answer *ret,
                   struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX);
    pail_buf_str(&url, pail_buf_view(&m->base));
    pail_buf_z(&url, path);
    int rc = pail_buf_check(&url, "address of the instance metadata", err);
    if (rc < 0)
        return rc;
    struct pail_fetch f = {
        .what = "instance metadata",
        .method = method,
        .url = pail_buf_view(&url),
        .headers = header,
        .n_headers = header ? 1 : 0,
        .timeout_ms = m->net->settings->metadata_timeout_s * 1000,
    };
    return pail_fetch(m->net->engine, &f, ret, err);
}

static bool is_final(int code)
{
    return code == PAIL_E_NOMEM || code == PAIL_E_CANCELLED || code == PAIL_E_SHUTDOWN;
}

/* ---- The token ---- */

enum token { TOKEN_GOT, TOKEN_NONE, TOKEN_AGAIN, TOKEN_BAD_REQUEST };

static enum token look_at_token(struct pail_imds *m, const struct pail_fetch_answer *a)
{
    switch (a->status) {
    case 200:
        pail_buf_str(&m->token, pail_str_trim(pail_buf_view(&a->body)));
        return TOKEN_GOT;
    case 400:
        return TOKEN_BAD_REQUEST;
    case 403:
    case 404:
    case 405:
        return TOKEN_NONE;
    default:
        return TOKEN_AGAIN;
    }
}

static int try_token(struct pail_imds *m, enum token *ret, struct pail_error *err)
{
    const struct pail_fetch_header ttl = {"x-aws-ec2-metadata-token-ttl-seconds",
                                          PAIL_STR("21600")};
    struct pail_fetch_answer a = {0};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = request(m, "PUT", "latest/api/token", &ttl, &a, &e);
    if (is_final(rc)) {
        pail_error_copy(err, &e);
        return rc;
    }
    if (rc < 0) {
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "%s", e.message);
        *ret = rc == PAIL_E_DEADLINE || rc == PAIL_E_READ_TIMEOUT ? TOKEN_NONE : TOKEN_AGAIN;
        return 0;
    }
    *ret = look_at_token(m, &a);
    pail_fetch_answer_done(&a);
    return pail_buf_check(&m->token, "token of the instance metadata", err);
}

static int get_token(struct pail_imds *m, struct pail_error *err)
{
    enum token t = TOKEN_AGAIN;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && t == TOKEN_AGAIN && i < m->net->settings->metadata_attempts;
         i++)
        rc = try_token(m, &t, err);
    if (rc < 0 || t == TOKEN_GOT)
        return rc;
    if (t == TOKEN_BAD_REQUEST)
        return pail_lookup_none(err, "the instance metadata service calls the request bad");
    if (m->net->settings->imds_v1_disabled)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error retrieving metadata: Unable to retrieve token for use in "
                              "IMDSv2 call and IMDSv1 has been disabled");
    return 0;
}

int pail_imds_open(struct pail_imds *m, const struct pail_lookup_net *net, struct pail_error *err)
{
    m->net = net;
    pail_buf_init(&m->base, URL_MAX);
    pail_buf_init(&m->token, TOKEN_MAX);
    if (!net)
        return pail_lookup_none(err, "nobody can be asked from here");
    if (switched_off())
        return pail_lookup_none(err, "switched off by AWS_EC2_METADATA_DISABLED");
    int rc = find_base(m, err);
    return rc < 0 ? rc : get_token(m, err);
}

void pail_imds_done(struct pail_imds *m)
{
    if (m->token.ptr)
        pail_wipe(m->token.ptr, m->token.cap);
    pail_buf_done(&m->token);
    pail_buf_done(&m->base);
}

/* ---- Texts ---- */

static bool is_good(const struct pail_fetch_answer *a, bool json)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    if (a->status != 200 || !a->body.len)
        return false;
    return !json || pail_json_parse(pail_buf_view(&a->body), "answer", &doc, NULL) != PAIL_E_PARSE;
}

int pail_imds_get(struct pail_imds *m, const char *path, bool json, struct pail_fetch_answer *ret,
                  struct pail_error *err)
{
    const struct pail_fetch_header token = {"x-aws-ec2-metadata-token", pail_buf_view(&m->token)};
    struct pail_fetch_answer a = {0};
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = 0;

    for (unsigned i = 0; i < m->net->settings->metadata_attempts; i++) {
        rc = request(m, "GET", path, m->token.len ? &token : NULL, &a, &e);
        if (is_final(rc)) {
            pail_error_copy(err, &e);
            return rc;
        }
        if (rc == 0 && is_good(&a, json)) {
            *ret = a;
            return 0;
        }
        if (rc == 0)
            (void)pail_error_set(&e, PAIL_D_HTTP, PAIL_E_GARBAGE,
                                 "instance metadata: status %d without what was asked for",
                                 a.status);
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "%s", e.message);
        if (rc == 0)
            pail_fetch_answer_done(&a);
        a = (struct pail_fetch_answer){0};
    }
    return pail_lookup_none(err, "%s", e.code ? e.message : "no try was allowed");
}

int pail_imds_region(const struct pail_lookup_net *net, char **ret, struct pail_error *err)
{
    struct pail_imds m;
    struct pail_fetch_answer a = {0};
    int rc = pail_imds_open(&m, net, err);
    if (rc == 0)
        rc = pail_imds_get(&m, "latest/meta-data/placement/availability-zone/", false, &a, err);
    pail_imds_done(&m);
    if (rc < 0)
        return rc;
    /* "eu-west-1b" less its last letter. */
    struct pail_str region = pail_str_sub(pail_buf_view(&a.body), 0, a.body.len - 1);
    rc = pail_region_check(region, err);
    if (rc == 0) {
        char *copy = pail_strndup(region);
        rc = copy ? 0 : pail_error_nomem(err);
        if (copy)
            *ret = copy;
    }
    pail_fetch_answer_done(&a);
    return rc;
}
