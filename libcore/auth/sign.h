/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sign.h - Signature Version 4: header and query form. Pure functions of their inputs, time
 * included.
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
PAIL_CHECK int pail_sign_signature(const struct pail_sign_params *p,
                                   const struct pail_credentials *c, struct pail_str string_to_sign,
                                   char ret[65], struct pail_error *err);

#endif
