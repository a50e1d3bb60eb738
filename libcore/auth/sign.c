/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sign.c - string to sign, signature, and the header form.
 *
 * All text of one signature - canonical request, string to sign, Authorization value - is built one
 * behind the other in a single buffer. A Date header that the caller set is signed like any other
 * and not rewritten: X-Amz-Date is always there and takes precedence over it.
 */
#include "auth/canonical.h"

#include "auth/credentials.h"
#include "auth/sign_key.h"
#include "base/hex.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/timefmt.h"

int pail_sign_canonical(const struct pail_request *r, const struct pail_sign_params *p,
                        struct pail_buf *canonical, struct pail_buf *signed_headers,
                        struct pail_error *err)
{
    struct pail_span names;
    int rc = pail_canonical_request(r, p, canonical, &names, err);
    if (rc < 0)
        return rc;
    rc = pail_buf_check(canonical, "canonical request", err);
    if (rc < 0)
        return rc;
    pail_buf_str(signed_headers, pail_span_view(canonical, names));
    return pail_buf_check(signed_headers, "signed headers", err);
}

int pail_sign_string(const struct pail_sign_params *p, struct pail_str canonical,
                     struct pail_buf *to, struct pail_error *err)
{
    char hash[65], date[PAIL_TIME_AMZ_LEN];
    int rc = pail_sha256_hex((struct pail_bytes){canonical.ptr, canonical.len}, hash, err);
    if (rc < 0)
        return rc;
    pail_time_amz(p->now_unix_s, date);
    pail_buf_z(to, pail_sign_algorithm(p));
    pail_buf_char(to, '\n');
    pail_buf_z(to, date);
    pail_buf_char(to, '\n');
    pail_canonical_scope(p, to);
    pail_buf_char(to, '\n');
    pail_buf_append(to, hash, 64);
    return pail_buf_check(to, "string to sign", err);
}

static int signature_4a(const struct pail_credentials *c, struct pail_str text,
                        char ret[PAIL_SIGNATURE_CAP], struct pail_error *err)
{
    struct pail_credentials_fields f;
    const struct pail_p256 *key;
    uint8_t digest[PAIL_SHA256_LEN], der[PAIL_P256_DER_MAX_LEN];
    size_t len;

    pail_credentials_get(c, &f);
    int rc = pail_sign_key_4a(pail_credentials_keys(c), f.access_key, f.secret_key, &key, err);
    if (rc == 0)
        rc = pail_digest(PAIL_SHA256, (struct pail_bytes){text.ptr, text.len}, digest, err);
    if (rc == 0)
        rc = pail_p256_sign_der(key, digest, der, &len, err);
    if (rc == 0)
        pail_hex_encode(der, len, ret);
    return rc;
}

int pail_sign_signature(const struct pail_sign_params *p, const struct pail_credentials *c,
                        struct pail_str string_to_sign, char ret[PAIL_SIGNATURE_CAP],
                        struct pail_error *err)
{
    char date[9];
    uint8_t key[PAIL_SHA256_LEN], mac[PAIL_SHA256_LEN];
    struct pail_credentials_fields f;

    if (p->v4a)
        return signature_4a(c, string_to_sign, ret, err);
    pail_credentials_get(c, &f);
    pail_time_date(p->now_unix_s, date);
    struct pail_sign_key_for what = {pail_str(date), p->region, p->service};
    int rc = pail_sign_key(pail_credentials_keys(c), f.secret_key, &what, key, err);
    if (rc < 0)
        return rc;
    rc = pail_hmac_sha256((struct pail_bytes){key, sizeof(key)},
                          (struct pail_bytes){string_to_sign.ptr, string_to_sign.len}, mac, err);
    pail_wipe(key, sizeof(key));
    if (rc < 0)
        return rc;
    pail_hex_encode(mac, sizeof(mac), ret);
    return 0;
}

void pail_canonical_log(const struct pail_buf *b, struct pail_span text)
{
    if (PAIL_LIKELY(!pail_log_wanted(PAIL_LC_AUTH, PAIL_LOG_TRACE)))
        return;
    pail_log_lines(PAIL_LC_AUTH, PAIL_LOG_TRACE, "canonical request: ", pail_strn(b->ptr, text.at));
    pail_log_lines(PAIL_LC_AUTH, PAIL_LOG_TRACE, "string to sign: ", pail_span_view(b, text));
}

static struct pail_str token_header(const struct pail_sign_params *p)
{
    return p->token_header ? pail_str(p->token_header) : PAIL_STR("X-Amz-Security-Token");
}

/* The headers that are signed along. */
static int set_headers(struct pail_request *r, const struct pail_sign_params *p,
                       const struct pail_credentials_fields *f, struct pail_error *err)
{
    char date[PAIL_TIME_AMZ_LEN];
    pail_time_amz(p->now_unix_s, date);
    pail_headers_remove(&r->headers, "Authorization");
    int rc = pail_headers_set(&r->headers, PAIL_STR("X-Amz-Date"), pail_str(date), err);
    if (rc == 0 && f->session_token.len && !p->token_after_signing)
        rc = pail_headers_set(&r->headers, token_header(p), f->session_token, err);
    if (rc == 0 && p->v4a)
        rc = pail_headers_set(&r->headers, PAIL_STR("X-Amz-Region-Set"), p->region_set, err);
    if (rc == 0 && p->content_sha256_header)
        rc = pail_headers_set(&r->headers, PAIL_STR("X-Amz-Content-SHA256"),
                              p->payload_hash.len ? p->payload_hash : pail_empty_sha256, err);
    return rc;
}

/* "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=..." behind what b holds. */
static struct pail_span authorization(struct pail_buf *b, const struct pail_sign_params *p,
                                      struct pail_str access_key, struct pail_span names,
                                      const char *signature)
{
    struct pail_span value = {.at = b->len};
    pail_buf_z(b, pail_sign_algorithm(p));
    pail_buf_z(b, " Credential=");
    pail_buf_str(b, access_key);
    pail_buf_char(b, '/');
    pail_canonical_scope(p, b);
    pail_buf_z(b, ", SignedHeaders=");
    pail_buf_append(b, b->ptr + names.at, names.len);
    pail_buf_z(b, ", Signature=");
    pail_buf_z(b, signature);
    value.len = b->len - value.at;
    return value;
}

int pail_sign_headers(struct pail_request *r, const struct pail_sign_params *p,
                      const struct pail_credentials *c, struct pail_error *err)
{
    struct pail_credentials_fields f;
    pail_credentials_get(c, &f);
    int rc = set_headers(r, p, &f, err);
    if (rc < 0)
        return rc;

    PAIL_CLEANUP(pail_buf_done) struct pail_buf b;
    pail_canonical_room(r, &b);
    struct pail_span names = {0}, text = {0};
    rc = pail_canonical_request(r, p, &b, &names, err);
    if (rc == 0)
        rc = pail_buf_check(&b, "canonical request", err);
    if (rc < 0)
        return rc;

    text.at = b.len;
    rc = pail_sign_string(p, pail_buf_view(&b), &b, err);
    if (rc < 0)
        return rc;
    text.len = b.len - text.at;

    pail_canonical_log(&b, text);

    char signature[PAIL_SIGNATURE_CAP];
    rc = pail_sign_signature(p, c, pail_span_view(&b, text), signature, err);
    if (rc < 0)
        return rc;
    struct pail_span value = authorization(&b, p, f.access_key, names, signature);
    rc = pail_buf_check(&b, "Authorization", err);
    if (rc == 0)
        rc = pail_headers_set(&r->headers, PAIL_STR("Authorization"), pail_span_view(&b, value),
                              err);
    if (rc == 0 && f.session_token.len && p->token_after_signing)
        rc = pail_headers_set(&r->headers, token_header(p), f.session_token, err);
    return rc;
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

/* The part that chunks and trailers share; what follows is hashes. */
static void chunk_string(const struct pail_sign_params *p, const char *kind, const char *previous,
                         struct pail_buf *to)
{
    char date[PAIL_TIME_AMZ_LEN];
    pail_time_amz(p->now_unix_s, date);
    pail_buf_fmt(to, "%s-%s\n%s\n", pail_sign_algorithm(p), kind, date);
    pail_canonical_scope(p, to);
    pail_buf_fmt(to, "\n%s\n", previous);
}

static int sign_text(const struct pail_sign_params *p, const struct pail_credentials *c,
                     const struct pail_buf *text, char previous[PAIL_SIGNATURE_CAP],
                     struct pail_error *err)
{
    char signature[PAIL_SIGNATURE_CAP];
    int rc = pail_buf_check(text, "string to sign", err);
    if (rc == 0)
        rc = pail_sign_signature(p, c, pail_buf_view(text), signature, err);
    if (rc == 0)
        memcpy(previous, signature, strlen(signature) + 1);
    return rc;
}

int pail_sign_chunk(const struct pail_sign_params *p, const struct pail_credentials *c,
                    struct pail_bytes data, char previous[PAIL_SIGNATURE_CAP],
                    struct pail_error *err)
{
    char hash[65];
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    int rc = pail_sha256_hex(data, hash, err);
    if (rc)
        return rc;
    chunk_string(p, "PAYLOAD", previous, &text);
    pail_buf_str(&text, pail_empty_sha256);
    pail_buf_fmt(&text, "\n%s", hash);
    return sign_text(p, c, &text, previous, err);
}

int pail_sign_trailer(const struct pail_sign_params *p, const struct pail_credentials *c,
                      struct pail_str trailer, char previous[PAIL_SIGNATURE_CAP],
                      struct pail_error *err)
{
    char hash[65];
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    int rc = pail_sha256_hex((struct pail_bytes){trailer.ptr, trailer.len}, hash, err);
    if (rc)
        return rc;
    chunk_string(p, "TRAILER", previous, &text);
    pail_buf_z(&text, hash);
    return sign_text(p, c, &text, previous, err);
}

const char *pail_sign_streaming(bool is_signed, bool v4a, bool trailer)
{
    if (!is_signed)
        return "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    if (v4a)
        return trailer ? "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
                       : "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
    return trailer ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
                   : "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
}

struct pail_str pail_sign_of_authorization(struct pail_str value)
{
    static const char word[] = "Signature=";
    for (size_t i = 0; i + sizeof(word) - 1 <= value.len; i++)
        if (!memcmp(value.ptr + i, word, sizeof(word) - 1))
            return pail_str_from(value, i + sizeof(word) - 1);
    return pail_strn(NULL, 0);
}
