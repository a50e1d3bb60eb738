/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/verify.h - the checksum of an object, followed while its bytes arrive. One thread at a time;
 * begin may be called again.
 */
#ifndef PAIL_S3_VERIFY_H
#define PAIL_S3_VERIFY_H

#include <pail/s3.h>

#include "crypto/sum.h"

struct pail_s3_verify {
    struct pail_sum sum; /* of PAIL_CK_NONE: nothing to verify */
    char expected[PAIL_SUM_CAP];
};
/* Looks at o's checksum; composite ones (of multipart uploads) say nothing about the bytes and are
 * passed over. */
PAIL_CHECK int pail_s3_verify_begin(struct pail_s3_verify *v, const struct pail_s3_object *o,
                                    struct pail_error *err);
PAIL_CHECK int pail_s3_verify_add(struct pail_s3_verify *v, const void *p, size_t n,
                                  struct pail_error *err);
/* PAIL_E_CHECKSUM when the bytes were others. */
PAIL_CHECK int pail_s3_verify_end(struct pail_s3_verify *v, struct pail_error *err);
void pail_s3_verify_done(struct pail_s3_verify *v);

#endif
