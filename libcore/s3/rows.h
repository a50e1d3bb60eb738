/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/rows.h - what all listings have in common: rows, the texts they point into, and the fields
 * that say whether there is more.
 *
 * Two blocks however long the listing: the rows and the texts. Given to the caller as the `impl` of
 * the result.
 */
#ifndef PAIL_S3_ROWS_H
#define PAIL_S3_ROWS_H

#include "s3/arena.h"
#include "s3/op.h"

struct pail_s3_rows {
    char *ptr; /* n structs of `size` bytes */
    size_t size, n, cap;
    struct pail_s3_arena text;
    bool url; /* the answer says EncodingType: url */
    bool truncated, truncated_told;
};
/* text_max: bytes all texts together may have; the length of the document is always enough. */
PAIL_CHECK int pail_s3_rows_init(struct pail_s3_rows *r, size_t row_size, size_t text_max,
                                 struct pail_error *err);
void pail_s3_rows_done(struct pail_s3_rows *r);
/* A zeroed row at the end; may move the others. NULL: out of memory. */
void *pail_s3_rows_add(struct pail_s3_rows *r);
void *pail_s3_rows_at(const struct pail_s3_rows *r, size_t i);
/* "EncodingType" and "IsTruncated": true when name was one of them. */
bool pail_s3_rows_field(struct pail_s3_rows *r, struct pail_str name, struct pail_str text);
/* Moves *r into memory of its own, for `impl`; *r is done after it in any case. */
PAIL_CHECK int pail_s3_rows_give(struct pail_s3_rows *r, void **ret_impl, struct pail_error *err);
void pail_s3_rows_free(void *impl); /* NULL is fine */

#endif
