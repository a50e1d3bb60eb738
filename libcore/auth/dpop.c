/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/dpop.c - header.payload.signature, each base64url:
 *
 *     {"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","x":...,"y":...,"crv":"P-256"}}
 *     {"htm":"POST","htu":URL,"iat":NOW,"jti":UUID}
 */
#include "auth/dpop.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/rand.h"
#include "crypto/digest.h"

#define PART_MAX 4096

static void member(struct pail_jwriter *w, const char *key, struct pail_str value)
{
    pail_jw_key(w, pail_str(key));
    pail_jw_str(w, value);
}

static void coordinate(struct pail_jwriter *w, const char *key, const uint8_t bytes[PAIL_P256_LEN])
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    pail_base64url_encode(&text, bytes, PAIL_P256_LEN);
    member(w, key, pail_buf_view(&text));
}

static int add_header(const struct pail_p256 *key, struct pail_buf *json, struct pail_error *err)
{
    uint8_t x[PAIL_P256_LEN], y[PAIL_P256_LEN];
    struct pail_jwriter w;
    int rc = pail_p256_public(key, x, y, err);
    if (rc < 0)
        return rc;
    pail_jw_init(&w, json, 0);
    pail_jw_object(&w);
    member(&w, "typ", PAIL_STR("dpop+jwt"));
    member(&w, "alg", PAIL_STR("ES256"));
    pail_jw_key(&w, PAIL_STR("jwk"));
    pail_jw_object(&w);
    member(&w, "kty", PAIL_STR("EC"));
    coordinate(&w, "x", x);
    coordinate(&w, "y", y);
    member(&w, "crv", PAIL_STR("P-256"));
    pail_jw_end_object(&w);
    pail_jw_end_object(&w);
    return pail_buf_check(json, "DPoP header", err);
}

static int add_payload(struct pail_str url, struct pail_buf *json, struct pail_error *err)
{
    struct pail_jwriter w;
    char uuid[37];
    pail_rand_uuid(uuid);
    pail_jw_init(&w, json, 0);
    pail_jw_object(&w);
    member(&w, "htm", PAIL_STR("POST"));
    member(&w, "htu", url);
    pail_jw_key(&w, PAIL_STR("iat"));
    pail_jw_int(&w, pail_clock_wall_s());
    member(&w, "jti", pail_str(uuid));
    pail_jw_end_object(&w);
    return pail_buf_check(json, "DPoP payload", err);
}

static int sign(const struct pail_p256 *key, struct pail_buf *to, struct pail_error *err)
{
    uint8_t digest[PAIL_SHA256_LEN], signature[2 * PAIL_P256_LEN];
    int rc = pail_digest(PAIL_SHA256, (struct pail_bytes){to->ptr, to->len}, digest, err);
    if (rc == 0)
        rc = pail_p256_sign(key, digest, signature, err);
    if (rc < 0)
        return rc;
    pail_buf_char(to, '.');
    pail_base64url_encode(to, signature, sizeof(signature));
    return pail_buf_check(to, "DPoP proof", err);
}

int pail_dpop_proof(const struct pail_p256 *key, struct pail_str url, struct pail_buf *to,
                    struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(PART_MAX);
    int rc = add_header(key, &json, err);
    if (rc < 0)
        return rc;
    pail_base64url_encode(to, json.ptr, json.len);
    pail_buf_char(to, '.');
    pail_buf_reset(&json);
    rc = add_payload(url, &json, err);
    if (rc < 0)
        return rc;
    pail_base64url_encode(to, json.ptr, json.len);
    rc = pail_buf_check(to, "DPoP proof", err);
    return rc < 0 ? rc : sign(key, to, err);
}
