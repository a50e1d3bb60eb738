/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/payload.h - the body of a request: bytes in memory or a reader, what it hashes to, and
 * what says so.
 *
 * The checksum of a stream of bytes goes behind it where TLS guards the rest, else into a header.
 * Sums for headers are computed once, before the first attempt that needs them; a reader is read
 * for that, on a thread that may wait.
 */
#ifndef PAIL_PROTOCOL_PAYLOAD_H
#define PAIL_PROTOCOL_PAYLOAD_H

#include "auth/chunked.h"
#include "crypto/sum.h"
#include "http/transport.h"
#include "model/model.h"
#include "protocol/wire.h"

struct pail_payload {
    bool present;
    bool streaming;        /* the operation takes a stream of bytes, not a document */
    struct pail_body body; /* what this attempt sends: plain, or frames around it */
    struct pail_body plain;
    struct pail_bytes segment;
    enum pail_checksum_alg alg;   /* of the body; NONE: no checksum, or the caller's own */
    struct pail_str alg_header;   /* tells alg where the caller chose none; empty: none does */
    bool behind;                  /* this attempt's checksum comes behind the body */
    struct pail_chunked *chunked; /* frames; NULL: none needed yet */
    bool hashed, summed;
    char sha256[65];
    char checksum[PAIL_SUM_CAP]; /* base64 */
};

struct pail_payload_options {
    bool checksum_wanted; /* also where the operation does not require one */
    enum pail_checksum_alg checksum_alg;
    size_t compress_from; /* bytes */
};

/* Takes up w's body, or reader (may be NULL) in its place; compresses where the operation wants
 * that. Pointers into w and reader. */
PAIL_CHECK int pail_payload_init(struct pail_payload *p, const struct pail_operation *op,
                                 const struct pail_value *params, struct pail_wire *w,
                                 const struct pail_body *reader,
                                 const struct pail_payload_options *opt, struct pail_error *err);
void pail_payload_done(struct pail_payload *p);
/* How this attempt sends the body: settles p->behind. */
PAIL_CHECK int pail_payload_begin(struct pail_payload *p, bool https, struct pail_error *err);
/* What is still to be computed, with hash also the SHA-256; PAIL_PREPARE_WOULD_BLOCK where that
 * reads a body. */
PAIL_CHECK int pail_payload_prepare(struct pail_payload *p, bool hash, bool may_block,
                                    struct pail_error *err);
PAIL_CHECK int pail_payload_headers(const struct pail_payload *p, struct pail_request *rq,
                                    struct pail_error *err);

#endif
