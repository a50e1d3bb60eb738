/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write/parts.h - how content becomes the parts of a multipart upload. Pure but for memory.
 *
 * S3's rules: at most 10,000 parts, each but the last at least 5 MiB and at most 5 GiB.
 */
#ifndef PAIL_WRITE_PARTS_H
#define PAIL_WRITE_PARTS_H

#include "write/extents.h"

/* Size of the part with this number (1, 2, ...) of a stream of unknown length: `first` for 1,000
 * parts, then 2, 8, 32 and at least 138 times as much, so that 10,000 parts hold 5 TiB. */
uint64_t pail_part_size(uint64_t first, unsigned number);

struct pail_plan_part {
    uint64_t offset, length;
    bool copy; /* inside S3, from the base at the same offset; otherwise uploaded */
};
struct pail_plan {
    struct pail_plan_part *parts;
    size_t n, cap;
};
void pail_plan_done(struct pail_plan *p);
/* Unchanged ranges of at least 5 MiB are copied, everything else is uploaded in parts of about
 * part_size; changed ranges are widened into their unchanged neighbourhood until every part is
 * large enough. PAIL_E_FS_FBIG when it does not fit 10,000 parts. The size is not 0. */
PAIL_CHECK int pail_plan_make(const struct pail_extents *e, uint64_t part_size,
                              struct pail_plan *ret, struct pail_error *err);

#endif
