/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt: credentials, address, headers, signature.
 *
 * Who signs how: an operation that needs no signature gets none; then the endpoint rules' scheme;
 * then what the model lists for the operation, for the service; then its signature version. The
 * session decides about credentials, a bearer token in the environment about Bedrock.
 */
#include <limits.h>
#include <stdio.h>

#include "auth/bearer.h"
#include "auth/express.h"
#include "auth/fetch.h"
#include "auth/session.h"
#include "auth/sign.h"
#include "base/env.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "protocol/discovery.h"
#include "protocol/opcall.h"

/* ---- Which scheme ---- */

static enum pail_auth_kind scheme_of(struct pail_str name)
{
    if (pail_str_eqz(name, "aws.auth#sigv4"))
        return PAIL_AUTH_V4;
    if (pail_str_eqz(name, "aws.auth#sigv4a"))
        return PAIL_AUTH_V4A;
    if (pail_str_eqz(name, "smithy.api#httpBearerAuth"))
        return PAIL_AUTH_BEARER;
    if (pail_str_eqz(name, "smithy.api#noAuth"))
        return PAIL_AUTH_NONE;
    return PAIL_AUTH_DEFAULT;
}

static enum pail_auth_kind first_scheme(struct pail_strs list)
{
    struct pail_str name;

    for (unsigned i = 0; (name = pail_strs_at(list, i)).ptr; i++)
        if (scheme_of(name) != PAIL_AUTH_DEFAULT)
            return scheme_of(name);
    return PAIL_AUTH_DEFAULT;
}

static bool lists_scheme(struct pail_strs list, enum pail_auth_kind kind)
{
    struct pail_str name;

    for (unsigned i = 0; (name = pail_strs_at(list, i)).ptr; i++)
        if (scheme_of(name) == kind)
            return true;
    return false;
}

/* botocore does this for one service. */
static bool bearer_preferred(const struct pail_opcall *c)
{
    return pail_str_eqz(c->client->info.signing_name, "bedrock") &&
           lists_scheme(c->op.auth.n ? c->op.auth : c->client->info.auth, PAIL_AUTH_BEARER) &&
           pail_env_get_nonempty("AWS_BEARER_TOKEN_BEDROCK");
}

static bool needs_no_signature(const struct pail_opcall *c)
{
    return c->client->no_sign || pail_str_eqz(c->op.auth_type, "none") ||
           first_scheme(c->op.auth) == PAIL_AUTH_NONE || pail_quirk_unsigned(&c->op);
}

static enum pail_auth_kind choose_auth(const struct pail_opcall *c)
{
    const struct pail_service_info *info = &c->client->info;
    enum pail_auth_kind kind = c->resolved.auth;

    if (pail_str_eqz(c->op.auth_type, "bearer") || bearer_preferred(c))
        return PAIL_AUTH_BEARER;
    if (kind == PAIL_AUTH_DEFAULT)
        kind = first_scheme(c->op.auth);
    if (kind == PAIL_AUTH_DEFAULT && pail_str_eqz(info->signature_version, "bearer"))
        kind = PAIL_AUTH_BEARER;
    if (kind == PAIL_AUTH_DEFAULT)
        kind = first_scheme(info->auth);
    return kind == PAIL_AUTH_DEFAULT ? PAIL_AUTH_V4 : kind;
}

/* ---- Address ---- */

static int resolve(struct pail_opcall *c, const struct pail_credentials *credentials,
                   struct pail_error *err)
{
    struct pail_credentials_fields fields = {0};
    struct pail_resolve_args args = {
        .op = &c->op,
        .params = c->params,
        .region = pail_str(c->region),
        .endpoint_url = pail_str(c->client->endpoint_url),
    };

    if (credentials)
        pail_credentials_get(credentials, &fields);
    if (fields.account_id.len)
        args.account_id = fields.account_id;
    struct pail_str url = pail_quirk_url(&c->op, c->params);
    if (url.len && !c->plain)
        args.endpoint_url = url;
    return pail_resolver_resolve(c->client->resolver, &args, &c->resolved, err);
}

/* Addresses in numbers have no sub-domains. */
static int put_host_prefix(const struct pail_opcall *c, struct pail_request *rq,
                           struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf host = PAIL_BUF_INIT(1024);

    if (!c->wire.host_prefix.len || pail_uri_is_ip(pail_buf_view(&rq->host)))
        return 0;
    pail_buf_str(&host, pail_buf_view(&c->wire.host_prefix));
    pail_buf_str(&host, pail_buf_view(&rq->host));
    pail_buf_reset(&rq->host);
    pail_buf_str(&rq->host, pail_buf_view(&host));
    return pail_buf_check(&host, "host", err);
}

static int put_rule_headers(const struct pail_opcall *c, struct pail_request *rq,
                            struct pail_error *err)
{
    struct pail_str rest = pail_buf_view(&c->resolved.headers), line;
    int rc = 0;

    while (rc == 0 && pail_str_split(&rest, '\n', &line)) {
        size_t colon = pail_str_find(line, ':');
        if (colon != SIZE_MAX)
            rc = pail_headers_set(&rq->headers, pail_str_sub(line, 0, colon),
                                  pail_str_trim(pail_str_from(line, colon + 1)), err);
    }
    return rc;
}

static int build(const struct pail_opcall *c, struct pail_request *rq, struct pail_error *err)
{
    int rc = pail_request_base(rq, pail_buf_view(&c->resolved.url), err);
    if (rc < 0)
        return rc;
    snprintf(rq->method, sizeof(rq->method), "%.*s", PAIL_STR_ARG(c->wire.method));
    /* As botocore joins them: "/" behind a path of the endpoint's own adds nothing. */
    if (!rq->path.len || !pail_str_eqz(pail_buf_view(&c->wire.path), "/"))
        pail_buf_str(&rq->path, pail_buf_view(&c->wire.path));
    if (!rq->path.len)
        pail_buf_char(&rq->path, '/');
    if (rq->query.len && c->wire.query.len)
        pail_buf_char(&rq->query, '&');
    pail_buf_str(&rq->query, pail_buf_view(&c->wire.query));
    for (size_t i = 0; rc == 0 && i < c->wire.headers.n; i++) {
        struct pail_header h = pail_headers_at(&c->wire.headers, i);
        rc = pail_headers_add(&rq->headers, h.name, h.value, err);
    }
    if (rc == 0)
        rc = put_rule_headers(c, rq, err);
    return rc < 0 ? rc : put_host_prefix(c, rq, err);
}

/* ---- Signature ---- */

static bool is_s3_name(struct pail_str name)
{
    return pail_str_starts(name, PAIL_STR("s3"));
}

/* What stands for the body in the signature; ptr NULL: its hash. S3 leaves streams unsigned where
 * TLS and a checksum of ours guard them, or as it is configured. */
static struct pail_str payload_constant(const struct pail_opcall *c, bool https)
{
    const struct pail_settings *s = pail_session_settings(c->client->session);
    bool as_modelled = pail_str_eqz(c->op.auth_type, "v4-unsigned-body") ||
                       c->op.flags & PAIL_OP_UNSIGNED_PAYLOAD;
    bool left_out = https && as_modelled;

    if (c->payload.behind)
        return pail_str(pail_chunked_payload_hash(c->payload.chunked));
    if (c->s3 && !left_out)
        left_out = s->s3.payload_signing != PAIL_UNSET
                       ? s->s3.payload_signing == PAIL_NO
                       : https && c->payload.streaming && c->payload.alg != PAIL_CK_NONE;
    return left_out ? PAIL_STR("UNSIGNED-PAYLOAD") : pail_str(NULL);
}

static struct pail_str signing_region(const struct pail_opcall *c)
{
    if (c->resolved.signing_region.len)
        return pail_buf_view(&c->resolved.signing_region);
    return strcmp(c->region, "aws-global") == 0 ? PAIL_STR("us-east-1") : pail_str(c->region);
}

static struct pail_sign_params sign_params(const struct pail_opcall *c, enum pail_auth_kind auth,
                                           const struct pail_attempt *attempt)
{
    const struct pail_settings *s = pail_session_settings(c->client->session);
    struct pail_str name = c->resolved.signing_name.len ? pail_buf_view(&c->resolved.signing_name)
                                                        : c->client->info.signing_name;
    bool as_sent = is_s3_name(name) || c->resolved.no_double_encoding;
    struct pail_sign_params p = {
        .service = name,
        .region = signing_region(c),
        .v4a = auth == PAIL_AUTH_V4A,
        .token_header = c->resolved.express ? "x-amz-s3session-token" : NULL,
        .now_unix_s = attempt->now_unix_s,
        .content_sha256_header = is_s3_name(name),
        .s3_path = as_sent,
        .normalize_path = !is_s3_name(name) && !c->resolved.no_normalizing,
    };

    if (p.v4a) {
        p.region_set = s->sigv4a_region_set         ? pail_str(s->sigv4a_region_set)
                       : c->resolved.region_set.len ? pail_buf_view(&c->resolved.region_set)
                                                    : p.region;
    }
    return p;
}

static int put_bearer(struct pail_opcall *c, const struct pail_attempt *attempt,
                      struct pail_request *rq, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 * 1024);
    struct pail_credentials *token = NULL;
    char name[128];

    snprintf(name, sizeof(name), "%.*s", PAIL_STR_ARG(c->client->info.signing_name));
    int rc = pail_session_bearer_token(c->client->session, name, attempt->may_block,
                                       attempt->refresh, &token, err);
    if (rc)
        return rc;
    pail_buf_fmt(&text, "Bearer %.*s", PAIL_STR_ARG(pail_bearer_text(token)));
    rc = pail_buf_check(&text, "token", err);
    if (rc == 0)
        rc = pail_request_header(rq, "Authorization", pail_buf_view(&text), err);
    (void)pail_credentials_unref(token);
    return rc;
}

static int sign(struct pail_opcall *c, enum pail_auth_kind auth, const struct pail_attempt *attempt,
                const struct pail_credentials *credentials, struct pail_request *rq,
                struct pail_error *err)
{
    struct pail_sign_params p = sign_params(c, auth, attempt);

    struct pail_str constant = payload_constant(c, rq->https);
    if (constant.ptr)
        p.payload_hash = constant;
    else if (c->payload.hashed)
        p.payload_hash = pail_str(c->payload.sha256);
    return pail_sign_headers(rq, &p, credentials, err);
}

/* ---- Prepare ---- */

/* Sums of the body, as far as this attempt needs them. */
static int prepare_payload(struct pail_opcall *c, bool signs, bool https, bool may_block,
                           struct pail_error *err)
{
    int rc = pail_payload_begin(&c->payload, https, err);
    bool hash = signs && c->payload.plain.length && !payload_constant(c, https).ptr;
    return rc < 0 ? rc : pail_payload_prepare(&c->payload, hash, may_block, err);
}

static int prepare_with(struct pail_opcall *c, const struct pail_attempt *attempt,
                        const struct pail_credentials *credentials, struct pail_request *rq,
                        struct pail_error *err)
{
    int rc = build(c, rq, err);
    if (rc < 0)
        return rc;
    enum pail_auth_kind auth = needs_no_signature(c) ? PAIL_AUTH_NONE : choose_auth(c);
    bool signs = credentials && (auth == PAIL_AUTH_V4 || auth == PAIL_AUTH_V4A);
    rc = prepare_payload(c, signs, rq->https, attempt->may_block, err);
    if (rc == 0)
        rc = pail_payload_headers(&c->payload, rq, err);
    if (rc == 0)
        rc = pail_fetch_sdk_headers(attempt, rq, err);
    if (rc)
        return rc;
    if (auth == PAIL_AUTH_BEARER)
        return put_bearer(c, attempt, rq, err);
    return signs ? sign(c, auth, attempt, credentials, rq, err) : 0;
}

/* NULL where none are needed: bearer tokens and public operations do without. */
static int find_credentials(struct pail_opcall *c, const struct pail_attempt *attempt,
                            struct pail_credentials **ret, struct pail_error *err)
{
    *ret = NULL;
    if (needs_no_signature(c) || bearer_preferred(c) || pail_str_eqz(c->op.auth_type, "bearer") ||
        pail_str_eqz(c->client->info.signature_version, "bearer"))
        return 0;
    if (c->given) {
        *ret = pail_credentials_ref(c->given);
        return 0;
    }
    /* What was refused may have been the directory bucket's. */
    return pail_session_sign_credentials(c->client->session, attempt->may_block,
                                         attempt->refresh && !c->resolved.express, ret, err);
}

/* The bucket's own, in place of *inout, where the endpoint wants them. */
static int swap_credentials(struct pail_opcall *c, const struct pail_attempt *attempt,
                            struct pail_credentials **inout, struct pail_error *err)
{
    struct pail_str bucket = pail_value_as_str(pail_value_get(c->params, PAIL_STR("Bucket")));
    struct pail_credentials *own = NULL;

    if (!c->resolved.express || !*inout || c->given)
        return 0;
    int rc = pail_express_credentials(c->client->express, bucket, attempt->may_block,
                                      attempt->refresh, &own, err);
    if (rc != 0)
        return rc;
    (void)pail_credentials_unref(*inout);
    *inout = own;
    return 0;
}

/* Credentials, and the address, which may depend on them and they on it. */
static int find_way(struct pail_opcall *c, const struct pail_attempt *attempt,
                    struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials *found = NULL;

    int rc = find_credentials(c, attempt, &found, err);
    if (rc == 0)
        rc = resolve(c, found, err);
    if (rc == 0)
        rc = pail_discovery_apply(c, found, attempt->may_block, err);
    if (rc == 0)
        rc = swap_credentials(c, attempt, &found, err);
    if (rc == 0)
        *ret = PAIL_STEAL(found);
    (void)pail_credentials_unref(found);
    return rc;
}

int pail_opcall_prepare(struct pail_opcall *c, const struct pail_attempt *attempt,
                        struct pail_request *rq, struct pail_error *err)
{
    struct pail_credentials *credentials = NULL;

    int rc = find_way(c, attempt, &credentials, err);
    if (rc)
        return rc;
    if (!pail_signers_next(&c->signers, credentials, attempt->number, attempt->refresh))
        return PAIL_PREPARE_NOTHING_NEW;
    c->number = attempt->number;
    c->max_attempts = attempt->max_attempts;
    return prepare_with(c, attempt, credentials, rq, err);
}

/* ---- Presign ---- */

/* What would have been in the body goes into the query: "a=b" of forms, members of JSON. */
static int body_to_query(const struct pail_opcall *c, struct pail_request *rq,
                         struct pail_error *err)
{
    struct pail_str body = pail_buf_view(&c->wire.body);
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;

    if (!body.len)
        return 0;
    if (body.ptr[0] != '{') {
        if (rq->query.len)
            pail_buf_char(&rq->query, '&');
        for (size_t i = 0; i < body.len; i++) /* a form's blanks */
            pail_buf_z(&rq->query, body.ptr[i] == '+' ? "%20" : (char[]){body.ptr[i], '\0'});
        return 0;
    }
    int rc = pail_values_new(&vs, err);
    if (rc == 0)
        rc = pail_value_from_json(vs, body, "request body", &v, err);
    for (size_t i = 0; rc == 0 && i < pail_value_len(v); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
        const struct pail_value *m = pail_value_at(v, i);
        if (pail_value_type(m) == PAIL_VAL_STRING)
            pail_buf_str(&text, pail_value_as_str(m));
        else
            pail_value_to_json(&text, m, NULL);
        pail_request_query(rq, pail_value_key_at(v, i), pail_buf_view(&text));
        rc = pail_buf_check(&text, "query", err);
    }
    (void)pail_values_free(vs);
    return rc;
}

static int presign_with(struct pail_opcall *c, const struct pail_attempt *attempt,
                        uint32_t expires_s, const struct pail_credentials *credentials,
                        struct pail_request *rq, struct pail_error *err)
{
    bool form = c->client->info.protocol == PAIL_PROTOCOL_QUERY ||
                c->client->info.protocol == PAIL_PROTOCOL_EC2;

    int rc = build(c, rq, err);
    if (rc == 0 && !c->s3)
        rc = body_to_query(c, rq, err);
    if (rc < 0)
        return rc;
    if (form)
        memcpy(rq->method, "GET", sizeof("GET"));
    if (!c->s3 || !pail_value_get(c->params, PAIL_STR("ContentType")))
        pail_headers_remove(&rq->headers, "Content-Type");
    if (c->asked_checksum) /* whoever uses the URL does not know of it */
        pail_headers_remove(&rq->headers, "x-amz-checksum-mode");
    if (!credentials)
        return 0;
    struct pail_sign_params p = sign_params(c, choose_auth(c), attempt);
    p.expires_s = expires_s;
    p.content_sha256_header = false;
    if (c->s3)
        p.payload_hash = PAIL_STR("UNSIGNED-PAYLOAD");
    return pail_sign_query(rq, &p, credentials, err);
}

int pail_opcall_presign(struct pail_opcall *c, const struct pail_attempt *attempt,
                        uint32_t expires_s, struct pail_request *rq, struct pail_error *err)
{
    struct pail_credentials *credentials = NULL;

    int rc = pail_session_sign_credentials(c->client->session, true, false, &credentials, err);
    if (rc == 0)
        rc = resolve(c, credentials, err);
    if (rc == 0)
        rc = swap_credentials(c, attempt, &credentials, err);
    if (rc == 0)
        rc = presign_with(c, attempt, expires_s, credentials, rq, err);
    (void)pail_credentials_unref(credentials);
    return rc;
}
