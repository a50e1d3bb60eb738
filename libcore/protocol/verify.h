/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protocol/verify.h - checksums that answers bring along: x-amz-checksum-crc32 and its siblings.
 *
 * Sums of parts ("abc=-3") cannot be compared with anything and are left alone.
 */
#ifndef PAIL_PROTOCOL_VERIFY_H
#define PAIL_PROTOCOL_VERIFY_H

#include "crypto/sum.h"
#include "http/headers.h"
#include "model/model.h"

struct pail_verify {
    struct pail_sum sum; /* of PAIL_CK_NONE: there is nothing to compare with */
    char expected[PAIL_SUM_CAP];
};
/* v is zeroed, or was used before. */
PAIL_CHECK int pail_verify_begin(struct pail_verify *v, const struct pail_operation *op,
                                 const struct pail_headers *headers, struct pail_error *err);
PAIL_CHECK int pail_verify_add(struct pail_verify *v, const void *p, size_t n,
                               struct pail_error *err);
/* PAIL_E_CHECKSUM: "Expected checksum A did not match calculated checksum: B". */
PAIL_CHECK int pail_verify_end(struct pail_verify *v, struct pail_error *err);
void pail_verify_done(struct pail_verify *v);

#endif
