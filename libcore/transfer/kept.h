/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/kept.h - copies of what a caller passed, for as long as a transfer lives. One thread.
 */
#ifndef PAIL_TRANSFER_KEPT_H
#define PAIL_TRANSFER_KEPT_H

#include <pail/s3.h>

#include "base/macros.h"

struct pail_kept {
    struct pail_kept_text *first;
    void *attributes; /* block of pail_s3_attributes_copy */
    int rc;           /* sticky: PAIL_E_NOMEM */
};
void pail_kept_done(struct pail_kept *k); /* keys of one's own are wiped */
/* Copies; NUL-terminated. Empty and NULL stay so; also after memory ran out, which k->rc tells. */
struct pail_str pail_kept_str(struct pail_kept *k, struct pail_str s);
const char *pail_kept_z(struct pail_kept *k, const char *z);
void pail_kept_access(struct pail_kept *k, struct pail_s3_access *to,
                      const struct pail_s3_access *from);
void pail_kept_attributes(struct pail_kept *k, struct pail_s3_attributes *to,
                          const struct pail_s3_attributes *from);
PAIL_CHECK int pail_kept_check(const struct pail_kept *k, struct pail_error *err);

#endif
