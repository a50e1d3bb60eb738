/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/payload.h - the body of a request: bytes in memory or a reader, what it hashes to, and
 * the headers that say so.
 *
 * Sums are computed once, before the first attempt that needs them; a reader is read for that, on a
 * thread that may wait.
 */
#ifndef PAIL_PROTOCOL_PAYLOAD_H
#define PAIL_PROTOCOL_PAYLOAD_H

#include "crypto/sum.h"
#include "http/transport.h"
#include "model/model.h"
#include "protocol/wire.h"

struct pail_payload {
    bool present;
    struct pail_body body;
    struct pail_bytes segment;
    enum pail_checksum_alg alg; /* of a checksum header; NONE: none */
    bool hash_wanted, hashed, summed;
    char sha256[65];
    char checksum[PAIL_SUM_CAP]; /* base64 */
};

/* Takes up w's body, or reader (may be NULL) in its place; compresses where the operation wants
 * that, adds to w's headers what the operation's checksum traits ask for. Pointers into w and
 * reader. */
PAIL_CHECK int pail_payload_init(struct pail_payload *p, const struct pail_operation *op,
                                 const struct pail_value *params, struct pail_wire *w,
                                 const struct pail_body *reader, bool checksums_wanted,
                                 size_t compress_from, struct pail_error *err);
/* What is still to be computed; PAIL_PREPARE_WOULD_BLOCK where that reads a body. */
PAIL_CHECK int pail_payload_prepare(struct pail_payload *p, bool may_block, struct pail_error *err);
PAIL_CHECK int pail_payload_headers(const struct pail_payload *p, struct pail_request *rq,
                                    struct pail_error *err);

#endif
