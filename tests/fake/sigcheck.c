/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature Version 4, checked from the server's side.
 *
 * The request is taken apart and put into canonical form again from its decoded pieces, so that a
 * client that signs one spelling of a path or query and sends another one is caught only if they
 * mean different things, as at S3. Order of the checks: form, key, scope, time, token, signed
 * headers, signature; a client under test gets the error that S3 would give.
 */
#include "fake/sigcheck.h"

#include "fake/call.h"
#include "fake/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SKEW_MS (15 * 60 * 1000)
#define ALGORITHM "AWS4-HMAC-SHA256"

/* What the request says about its signature. Views into the header or the decoded query. */
struct claim {
    struct fake_view access_key, scope, signed_headers, signature;
    const char *amz_date, *token;
    const char *bad_code; /* AuthorizationHeaderMalformed or its query brother */
    int64_t date_ms, expires_s;
};

void fake_identity_free(void *identity)
{
    struct fake_identity *id = identity;
    if (!id)
        return;
    free(id->secret);
    free(id->token);
    free(id->arn);
    free(id);
}

static bool view_is(struct fake_view v, const char *s)
{
    return fake_view_eq(v, fake_view_of(s));
}

/* Cuts s at the first c; what follows stays in s. */
static struct fake_view cut(struct fake_view *s, char c)
{
    const char *at = s->n ? memchr(s->p, c, s->n) : NULL;
    struct fake_view head = {s->p, at ? (size_t)(at - s->p) : s->n};
    size_t used = head.n + (at ? 1 : 0);
    s->p += used;
    s->n -= used;
    return head;
}

void fake_sig_key(const char *secret, const char *scope, uint8_t ret[32])
{
    struct fake_buf b = {0};
    struct fake_view rest = fake_view_of(scope);
    fake_buf_fmt(&b, "AWS4%s", secret);
    struct fake_view part = cut(&rest, '/');
    fake_hmac_sha256(b.p, b.n, part.p, part.n, ret);
    fake_buf_done(&b);
    for (int i = 0; i < 3; i++) {
        uint8_t next[32];
        part = cut(&rest, '/');
        fake_hmac_sha256(ret, 32, part.p, part.n, next);
        memcpy(ret, next, 32);
    }
}

/* ---- reading the claim ----------------------------------------------------------------------- */

static bool read_credential(struct claim *cl, struct fake_view credential)
{
    cl->access_key = cut(&credential, '/');
    cl->scope = credential;
    size_t slashes = 0;
    for (size_t i = 0; i < credential.n; i++)
        slashes += credential.p[i] == '/';
    return cl->access_key.n && slashes == 3 && credential.n < 128;
}

static bool read_header(struct fake_call *c, const char *value, struct claim *cl)
{
    struct fake_view rest = fake_view_of(value), credential = {0};
    cl->bad_code = "AuthorizationHeaderMalformed";
    struct fake_view algorithm = cut(&rest, ' ');
    if (!view_is(algorithm, ALGORITHM))
        return fake_fail(
            c, 400, "InvalidRequest",
            "The authorization mechanism you have provided is not supported. Please use "
            "AWS4-HMAC-SHA256.");
    while (rest.n) {
        struct fake_view value_of = cut(&rest, ',');
        while (value_of.n && *value_of.p == ' ')
            value_of.p++, value_of.n--;
        struct fake_view name = cut(&value_of, '=');
        if (view_is(name, "Credential"))
            credential = value_of;
        else if (view_is(name, "SignedHeaders"))
            cl->signed_headers = value_of;
        else if (view_is(name, "Signature"))
            cl->signature = value_of;
    }
    if (!read_credential(cl, credential) || !cl->signed_headers.n || cl->signature.n != 64)
        return fake_fail(c, 400, cl->bad_code, "The authorization header is malformed.");
    cl->amz_date = fake_call_header(c, "x-amz-date");
    cl->token = fake_call_header(c, "x-amz-security-token");
    if (!cl->amz_date || !fake_parse_amz(cl->amz_date, &cl->date_ms))
        return fake_fail(c, 403, "AccessDenied",
                         "AWS authentication requires a valid Date or x-amz-date header");
    return true;
}

static bool read_query(struct fake_call *c, struct claim *cl)
{
    cl->bad_code = "AuthorizationQueryParametersError";
    const struct fake_view *credential = fake_params_get(&c->params, "X-Amz-Credential");
    const struct fake_view *headers = fake_params_get(&c->params, "X-Amz-SignedHeaders");
    const struct fake_view *signature = fake_params_get(&c->params, "X-Amz-Signature");
    const char *expires = fake_call_param(c, "X-Amz-Expires");
    uint64_t seconds;
    cl->amz_date = fake_call_param(c, "X-Amz-Date");
    cl->token = fake_call_param(c, "X-Amz-Security-Token");
    if (!credential || !headers || !signature || !expires || !cl->amz_date)
        return fake_fail(c, 400, cl->bad_code,
                         "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                         "X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and "
                         "X-Amz-Expires parameters.");
    if (strcmp(fake_call_param(c, "X-Amz-Algorithm"), ALGORITHM) != 0)
        return fake_fail(c, 400, cl->bad_code,
                         "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
    if (!read_credential(cl, *credential) || !fake_parse_amz(cl->amz_date, &cl->date_ms))
        return fake_fail(c, 400, cl->bad_code,
                         "Error parsing the X-Amz-Credential or X-Amz-Date parameter");
    if (!fake_number(expires, 604800, &seconds) || seconds == 0)
        return fake_fail(c, 400, cl->bad_code,
                         "X-Amz-Expires must be between 1 and 604800 seconds (a week)");
    cl->expires_s = (int64_t)seconds;
    cl->signed_headers = *headers;
    cl->signature = *signature;
    return true;
}

/* ---- checks before the signature ------------------------------------------------------------- */

static bool check_scope(struct fake_call *c, const struct claim *cl)
{
    struct fake_view rest = cl->scope;
    struct fake_view date = cut(&rest, '/'), region = cut(&rest, '/'), service = cut(&rest, '/');
    const char *want = c->op->flags & FAKE_OP_STS ? "sts" : "s3";
    if (!view_is(rest, "aws4_request"))
        return fake_fail(c, 400, cl->bad_code,
                         "The authorization header is malformed; incorrect terminator "
                         "\"%.*s\". This endpoint uses \"aws4_request\".",
                         (int)rest.n, rest.p);
    if (!view_is(service, want))
        return fake_fail(c, 400, cl->bad_code,
                         "The authorization header is malformed; incorrect service "
                         "\"%.*s\". This endpoint belongs to \"%s\".",
                         (int)service.n, service.p, want);
    if (date.n != 8 || memcmp(date.p, cl->amz_date, 8) != 0)
        return fake_fail(c, 400, cl->bad_code,
                         "Invalid credential date \"%.*s\". This date is not the same "
                         "as X-Amz-Date: \"%s\".",
                         (int)date.n, date.p, cl->amz_date);
    if (view_is(region, c->s->opt.region))
        return true;
    struct fake_buf extra = {0};
    fake_buf_fmt(&extra, "<Region>%s</Region>", c->s->opt.region);
    char message[256];
    snprintf(message, sizeof(message),
             "The authorization header is malformed; the region '%.*s' is wrong; "
             "expecting '%s'",
             (int)region.n, region.p, c->s->opt.region);
    fake_fail_with(c, 400, cl->bad_code, message, extra.p);
    fake_buf_done(&extra);
    fake_answer(c, "x-amz-bucket-region", c->s->opt.region);
    return false;
}

static bool fail_time(struct fake_call *c, const char *code, const char *message,
                      const struct claim *cl)
{
    struct fake_buf extra = {0};
    char server[FAKE_DATE], limit[FAKE_DATE];
    fake_date_iso(c->rq->now_unix_ms, server);
    fake_date_iso(cl->date_ms + cl->expires_s * 1000, limit);
    if (cl->expires_s)
        fake_buf_fmt(&extra, "<X-Amz-Expires>%lld</X-Amz-Expires><Expires>%s</Expires>",
                     (long long)cl->expires_s, limit);
    else
        fake_buf_fmt(&extra,
                     "<RequestTime>%s</RequestTime><MaxAllowedSkewMilliseconds>%d"
                     "</MaxAllowedSkewMilliseconds>",
                     cl->amz_date, SKEW_MS);
    fake_buf_fmt(&extra, "<ServerTime>%s</ServerTime>", server);
    fake_fail_with(c, 403, code, message, extra.p);
    fake_buf_done(&extra);
    return false;
}

static bool check_time(struct fake_call *c, const struct claim *cl)
{
    int64_t ahead = cl->date_ms - c->rq->now_unix_ms;
    if (c->sig.presigned) {
        if (ahead > SKEW_MS)
            return fail_time(c, "AccessDenied", "Request is not valid yet", cl);
        if (-ahead > cl->expires_s * 1000)
            return fail_time(c, "AccessDenied", "Request has expired", cl);
    } else if (ahead > SKEW_MS || -ahead > SKEW_MS) {
        return fail_time(
            c, "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.", cl);
    }
    return true;
}

/* The secret behind the access key, with the session token checked; NULL: the call has failed. */
static const char *secret_of(struct fake_call *c, const struct claim *cl)
{
    const struct fake_s3_options *opt = &c->s->opt;
    const char *secret = opt->secret_key, *token = opt->session_token;
    if (!view_is(cl->access_key, opt->access_key)) {
        struct fake_entry *e = fake_index_find(&c->s->keys, cl->access_key);
        if (!e) {
            fake_fail(c, 403, "InvalidAccessKeyId",
                      "The AWS Access Key Id you provided does not exist in our records.");
            return NULL;
        }
        const struct fake_identity *id = e->value;
        secret = id->secret;
        token = id->token;
        if (c->rq->now_unix_ms >= id->expires_ms) {
            fake_fail(c, 400, "ExpiredToken", "The provided token has expired.");
            return NULL;
        }
    }
    if (token ? !cl->token || strcmp(token, cl->token) != 0 : cl->token != NULL) {
        fake_fail(c, 400, "InvalidToken", "The provided token is malformed or otherwise invalid.");
        return NULL;
    }
    return secret;
}

/* ---- canonical form -------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void canonical_query(struct fake_buf *b, const struct fake_call *c)
{
    char **lines = fake_xalloc(c->params.n * sizeof(*lines));
    size_t n = 0;
    for (size_t i = 0; i < c->params.n; i++) {
        const struct fake_param *p = &c->params.v[i];
        if (c->sig.presigned && view_is(p->name, "X-Amz-Signature"))
            continue;
        struct fake_buf line = {0};
        fake_pct_encode(&line, p->name.p, p->name.n, FAKE_PCT_ALL);
        /* \1 sorts before all that can stand in a name, as the end of the name must. */
        fake_buf_str(&line, "\1");
        fake_pct_encode(&line, p->value.p, p->value.n, FAKE_PCT_ALL);
        lines[n++] = fake_buf_take(&line);
    }
    qsort(lines, n, sizeof(*lines), by_text);
    for (size_t i = 0; i < n; i++) {
        *strchr(lines[i], '\1') = '=';
        fake_buf_fmt(b, "%s%s", i ? "&" : "", lines[i]);
        free(lines[i]);
    }
    free(lines);
}

/* The value without surrounding blanks, runs of blanks as one. */
static void put_squeezed(struct fake_buf *b, const char *value)
{
    bool blank = false, any = false;
    for (; *value; value++) {
        if (*value == ' ' || *value == '\t') {
            blank = any;
            continue;
        }
        if (blank)
            fake_buf_str(b, " ");
        fake_buf_put(b, value, 1);
        blank = false;
        any = true;
    }
}

static bool canonical_headers(struct fake_buf *b, struct fake_call *c, const struct claim *cl)
{
    struct fake_view rest = cl->signed_headers, last = {0};
    while (rest.n) {
        struct fake_view name = cut(&rest, ';');
        if (last.p && fake_compare(last.p, last.n, name.p, name.n) >= 0)
            return fake_fail(c, 400, cl->bad_code, "SignedHeaders must be lower case and sorted");
        last = name;
        fake_buf_fmt(b, "%.*s:", (int)name.n, name.p);
        bool any = false;
        for (size_t i = 0; i < c->rq->n_headers; i++) {
            const struct fake_header *h = &c->rq->headers[i];
            if (strlen(h->name) != name.n || strncasecmp(h->name, name.p, name.n) != 0)
                continue;
            if (any)
                fake_buf_str(b, ",");
            put_squeezed(b, h->value);
            any = true;
        }
        fake_buf_str(b, "\n");
    }
    fake_buf_fmt(b, "\n%.*s\n", (int)cl->signed_headers.n, cl->signed_headers.p);
    return true;
}

/* host and every x-amz- header must be covered, or somebody on the way could change them. */
static bool check_coverage(struct fake_call *c, const struct claim *cl)
{
    struct fake_buf list = {0}, missing = {0};
    fake_buf_fmt(&list, ";%.*s;", (int)cl->signed_headers.n, cl->signed_headers.p);
    for (size_t i = 0; i < c->rq->n_headers; i++) {
        const char *name = c->rq->headers[i].name;
        if (strcasecmp(name, "host") != 0 && strncasecmp(name, "x-amz-", 6) != 0)
            continue;
        struct fake_buf one = {0};
        fake_buf_fmt(&one, ";%s;", name);
        for (size_t k = 0; k < one.n; k++)
            if (one.p[k] >= 'A' && one.p[k] <= 'Z')
                one.p[k] = (char)(one.p[k] + 32);
        if (!strstr(list.p, one.p))
            fake_buf_fmt(&missing, "%s%.*s", missing.n ? ", " : "", (int)one.n - 2, one.p + 1);
        fake_buf_done(&one);
    }
    bool ok = missing.n == 0 && strstr(list.p, ";host;") != NULL;
    if (!ok) {
        struct fake_buf extra = {0};
        fake_buf_fmt(&extra, "<HeadersNotSigned>%s</HeadersNotSigned>",
                     missing.n ? missing.p : "host");
        fake_fail_with(c, 403, "AccessDenied",
                       "There were headers present in the request which were not signed", extra.p);
        fake_buf_done(&extra);
    }
    fake_buf_done(&list);
    fake_buf_done(&missing);
    return ok;
}

static bool canonical_request(struct fake_buf *b, struct fake_call *c, const struct claim *cl)
{
    const char *path = c->rq->path;
    char *decoded;
    size_t n;
    if (!fake_pct_decode(path, strlen(path), &decoded, &n))
        return fake_fail(c, 400, "InvalidURI", "Couldn't parse the specified URI.");
    fake_buf_fmt(b, "%s\n", c->rq->method);
    fake_pct_encode(b, decoded, n, FAKE_PCT_PATH);
    free(decoded);
    fake_buf_str(b, "\n");
    canonical_query(b, c);
    fake_buf_str(b, "\n");
    if (!canonical_headers(b, c, cl))
        return false;
    fake_buf_str(b, c->sig.content_sha256);
    return true;
}

static bool compare_signature(struct fake_call *c, const struct claim *cl, const char *secret)
{
    struct fake_buf canonical = {0}, to_sign = {0}, extra = {0};
    if (!canonical_request(&canonical, c, cl)) {
        fake_buf_done(&canonical);
        return false;
    }
    uint8_t digest[32];
    char hex[65];
    fake_hash_of(FAKE_SHA256, canonical.p, canonical.n, digest);
    fake_hex(digest, 32, hex);
    fake_buf_fmt(&to_sign, ALGORITHM "\n%s\n%s\n%s", cl->amz_date, c->sig.scope, hex);
    fake_sig_key(secret, c->sig.scope, c->sig.key);
    fake_hmac_sha256(c->sig.key, 32, to_sign.p, to_sign.n, digest);
    fake_hex(digest, 32, c->sig.signature);
    bool ok = view_is(cl->signature, c->sig.signature);
    if (!ok) {
        fake_buf_fmt(&extra, "<AWSAccessKeyId>%.*s</AWSAccessKeyId><StringToSign>",
                     (int)cl->access_key.n, cl->access_key.p);
        fake_xml_text(&extra, to_sign.p, to_sign.n);
        fake_buf_str(&extra, "</StringToSign><CanonicalRequest>");
        fake_xml_text(&extra, canonical.p, canonical.n);
        fake_buf_str(&extra, "</CanonicalRequest>");
        fake_fail_with(
            c, 403, "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            extra.p);
    }
    fake_buf_done(&canonical);
    fake_buf_done(&to_sign);
    fake_buf_done(&extra);
    c->sig.checked = ok;
    return ok;
}

static bool verify(struct fake_call *c)
{
    const char *header = fake_call_header(c, "authorization");
    struct claim cl = {0};
    if (!(header ? read_header(c, header, &cl) : read_query(c, &cl)))
        return false;
    if (!check_scope(c, &cl))
        return false;
    const char *secret = secret_of(c, &cl);
    if (!secret || !check_time(c, &cl) || !check_coverage(c, &cl))
        return false;
    snprintf(c->sig.scope, sizeof(c->sig.scope), "%.*s", (int)cl.scope.n, cl.scope.p);
    snprintf(c->sig.amz_date, sizeof(c->sig.amz_date), "%s", cl.amz_date);
    return compare_signature(c, &cl, secret);
}

/* ---- entry ----------------------------------------------------------------------------------- */

static bool is_hex64(const char *s)
{
    return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* x-amz-content-sha256: what kind of body follows. Also without signatures, since aws-chunked
 * bodies must be decoded. */
static bool read_payload_kind(struct fake_call *c)
{
    struct fake_sig *sig = &c->sig;
    const char *v = fake_call_header(c, "x-amz-content-sha256");
    if (!v && sig->presigned)
        v = fake_call_param(c, "X-Amz-Content-Sha256");
    if (!v && sig->present && !sig->presigned)
        return fake_fail(c, 400, "InvalidRequest",
                         "Missing required header for this request: x-amz-content-sha256");
    if (!v)
        v = "UNSIGNED-PAYLOAD";
    snprintf(sig->content_sha256, sizeof(sig->content_sha256), "%s", v);
    if (strcmp(v, "UNSIGNED-PAYLOAD") == 0) {
        sig->payload = FAKE_PAYLOAD_UNSIGNED;
    } else if (strcmp(v, "STREAMING-UNSIGNED-PAYLOAD-TRAILER") == 0) {
        sig->payload = FAKE_PAYLOAD_TRAILER;
        sig->trailer = true;
    } else if (strcmp(v, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") == 0) {
        sig->payload = FAKE_PAYLOAD_CHUNKS;
    } else if (strcmp(v, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") == 0) {
        sig->payload = FAKE_PAYLOAD_CHUNKS;
        sig->trailer = true;
    } else if (is_hex64(v)) {
        sig->payload = FAKE_PAYLOAD_HASH;
    } else {
        return fake_fail(c, 400, "InvalidArgument",
                         "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
                         "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
                         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.");
    }
    if (sig->trailer && c->s->opt.quirk_no_trailers)
        return fake_fail(c, 400, "XAmzContentSHA256Mismatch", "%s", "");
    return true;
}

bool fake_sig_check(struct fake_call *c)
{
    bool header = fake_call_header(c, "authorization") != NULL;
    c->sig.presigned = !header && fake_call_param(c, "X-Amz-Algorithm") != NULL;
    c->sig.present = header || c->sig.presigned;
    if (c->op->flags & FAKE_OP_STS)
        return true;
    if (!read_payload_kind(c))
        return false;
    if (!c->s->opt.access_key)
        return true;
    if (!c->sig.present)
        return fake_fail(c, 403, "AccessDenied", "Access Denied");
    return verify(c);
}

bool fake_sig_check_form(struct fake_call *c)
{
    if (!c->s->opt.access_key || !c->sig.present)
        return true;
    uint8_t digest[32];
    fake_hash_of(FAKE_SHA256, c->body->p, c->body->n, digest);
    fake_hex(digest, 32, c->sig.content_sha256);
    return verify(c);
}
