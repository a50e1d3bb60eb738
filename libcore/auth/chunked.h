/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/chunked.h - aws-chunked bodies: data in chunks, and behind them a trailer with its checksum.
 *
 * So a body is summed while it is sent, and need not be read twice. Chunks may be signed (over
 * plain HTTP) or not (over TLS). The length is known beforehand. The wrapped body can be read
 * again, as any can; out of order it is read from the beginning, so who skips pays.
 *
 *     100000\r\n<1 MiB>\r\n ... 0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n
 *
 * The headers that belong to it: pail_chunked_headers, before the request is signed. One thread at
 * a time.
 */
#ifndef PAIL_AUTH_CHUNKED_H
#define PAIL_AUTH_CHUNKED_H

#include "auth/sign.h"
#include "crypto/sum.h"
#include "http/transport.h"

struct pail_chunked;

struct pail_chunked_options {
    const struct pail_body *source; /* borrowed */
    enum pail_checksum_alg alg;     /* of the trailer; PAIL_CK_NONE only when chunks are signed */
    bool sign;
    size_t chunk_size; /* 0: 1 MiB, signed 64 KiB */
};
PAIL_CHECK int pail_chunked_new(const struct pail_chunked_options *opt, struct pail_chunked **ret,
                                struct pail_error *err);
void pail_chunked_free(struct pail_chunked *c); /* NULL is fine */
const struct pail_body *pail_chunked_body(const struct pail_chunked *c);

/* Content-Encoding, X-Amz-Decoded-Content-Length, X-Amz-Trailer, x-amz-sdk-checksum-algorithm. */
PAIL_CHECK int pail_chunked_headers(const struct pail_chunked *c, struct pail_request *r,
                                    struct pail_error *err);
/* What the headers' signature takes for the payload's hash. */
const char *pail_chunked_payload_hash(const struct pail_chunked *c);
/* Before each attempt with signed chunks: what the headers were signed with, and their signature
 * (Authorization's). region and service live as long as the attempt. */
void pail_chunked_begin(struct pail_chunked *c, const struct pail_sign_params *params,
                        struct pail_credentials *credentials, struct pail_str seed);

#endif
