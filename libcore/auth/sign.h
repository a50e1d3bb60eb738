/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sign.h - Signature Version 4 and 4a: header, query and chunk form. Pure functions of their
 * inputs, time included; 4a's signatures differ each time, as ECDSA's do.
 *
 * Signs what pail_request holds: every header but those SigV4 leaves out, the path as S3 wants it
 * (as sent) or as other services want it (normalised, encoded twice). Specification: AWS General
 * Reference; botocore's choices where it leaves any.
 */
#ifndef PAIL_AUTH_SIGN_H
#define PAIL_AUTH_SIGN_H

#include <pail/credentials.h>

#include "http/request.h"

struct pail_sign_params {
    struct pail_str service, region;
    bool v4a;                   /* Signature Version 4a: not for a region but for region_set */
    struct pail_str region_set; /* "*", "us-east-1,eu-west-1" */
    const char *token_header;   /* of the session token; NULL: X-Amz-Security-Token */
    int64_t now_unix_s;
    /* x-amz-content-sha256 value or body hash in hex: 64 digits, "UNSIGNED-PAYLOAD",
     * "STREAMING-...". Empty: the hash of no bytes. */
    struct pail_str payload_hash;
    bool content_sha256_header; /* send payload_hash as x-amz-content-sha256 (S3) */
    bool s3_path;               /* path as sent: no normalising, no second encoding */
    bool normalize_path;        /* remove dot segments and double slashes (not S3) */
    bool token_after_signing;   /* the session token is added but not signed */
    uint32_t expires_s;         /* presign only */
};
/* Adds X-Amz-Date, X-Amz-Security-Token, x-amz-content-sha256 where wanted, Authorization. */
PAIL_CHECK int pail_sign_headers(struct pail_request *r, const struct pail_sign_params *p,
                                 const struct pail_credentials *c, struct pail_error *err);
/* Appends the X-Amz-* parameters to the query, X-Amz-Signature last. Only host and headers already
 * set are signed. */
PAIL_CHECK int pail_sign_query(struct pail_request *r, const struct pail_sign_params *p,
                               const struct pail_credentials *c, struct pail_error *err);
/* The steps, for tests and for chunk signatures. canonical: text appended; signed_headers:
 * "host;x-amz-date". */
PAIL_CHECK int pail_sign_canonical(const struct pail_request *r, const struct pail_sign_params *p,
                                   struct pail_buf *canonical, struct pail_buf *signed_headers,
                                   struct pail_error *err);
PAIL_CHECK int pail_sign_string(const struct pail_sign_params *p, struct pail_str canonical,
                                struct pail_buf *to, struct pail_error *err);
/* Lower-case hex signature of string_to_sign. The derived key is remembered for the day. */
#define PAIL_SIGNATURE_CAP 145 /* 64 digits; of 4a up to 144 */
PAIL_CHECK int pail_sign_signature(const struct pail_sign_params *p,
                                   const struct pail_credentials *c, struct pail_str string_to_sign,
                                   char ret[PAIL_SIGNATURE_CAP], struct pail_error *err);

/* ---- Chunks ------------------------------------------------------------------------------------
 * The signatures inside an aws-chunked body. previous: the one before, at first that of the
 * headers, replaced by the new one. Signing needs p and the time of the headers. */

PAIL_CHECK int pail_sign_chunk(const struct pail_sign_params *p, const struct pail_credentials *c,
                               struct pail_bytes data, char previous[PAIL_SIGNATURE_CAP],
                               struct pail_error *err);
/* trailer: "x-amz-checksum-crc32:AAAAAA==\n" */
PAIL_CHECK int pail_sign_trailer(const struct pail_sign_params *p, const struct pail_credentials *c,
                                 struct pail_str trailer, char previous[PAIL_SIGNATURE_CAP],
                                 struct pail_error *err);
/* What X-Amz-Content-SHA256 says of an aws-chunked body. */
const char *pail_sign_streaming(bool is_signed, bool v4a, bool trailer);
/* The signature in an Authorization header's value; ptr NULL: none. */
struct pail_str pail_sign_of_authorization(struct pail_str value);

#endif
