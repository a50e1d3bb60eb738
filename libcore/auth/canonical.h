/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/canonical.h - the canonical request of Signature Version 4: what the header, the query and
 * the chunk form share.
 *
 * Text is appended to one buffer of the caller, so that a signature costs one allocation.
 */
#ifndef PAIL_AUTH_CANONICAL_H
#define PAIL_AUTH_CANONICAL_H

#include "auth/sign.h"

/* Where a piece of text stands in a growing buffer (views would move). */
struct pail_span {
    size_t at, len;
};
static inline struct pail_str pail_span_view(const struct pail_buf *b, struct pail_span s)
{
    return pail_strn(b->ptr + s.at, s.len);
}

/* SHA-256 of no bytes. */
extern const struct pail_str pail_empty_sha256;

/* The whole text; *ret_names: the signed header names in it, "host;x-amz-date". The buffer's own
 * failure is not looked at. */
PAIL_CHECK int pail_canonical_request(const struct pail_request *r,
                                      const struct pail_sign_params *p, struct pail_buf *to,
                                      struct pail_span *ret_names, struct pail_error *err);
/* Only the names. */
PAIL_CHECK int pail_canonical_names(const struct pail_request *r, struct pail_buf *to,
                                    struct pail_error *err);
/* "AWS4-HMAC-SHA256" */
const char *pail_sign_algorithm(const struct pail_sign_params *p);
/* "20150830/us-east-1/service/aws4_request"; 4a has no region in it */
void pail_canonical_scope(const struct pail_sign_params *p, struct pail_buf *to);
/* For the log, level trace: the canonical request that b begins with, and the string to sign behind
 * it. */
void pail_canonical_log(const struct pail_buf *b, struct pail_span text);
/* A buffer big enough for signing r, in one allocation. */
void pail_canonical_room(const struct pail_request *r, struct pail_buf *scratch);

#endif
