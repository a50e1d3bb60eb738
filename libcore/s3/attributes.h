/* SPDX-License-Identifier: Apache-2.0 */
/* s3/attributes.h - what a new object shall be, as headers, and kept for later requests. */
#ifndef PAIL_S3_ATTRIBUTES_H
#define PAIL_S3_ATTRIBUTES_H

#include <pail/s3.h>

#include "base/macros.h"

struct pail_s3_op;
/* Headers of PutObject, CopyObject, CreateMultipartUpload. Failures stick to the operation. */
void pail_s3_attributes_add(struct pail_s3_op *op, const struct pail_s3_attributes *a);
/* The same for copies: content headers and metadata, and tags, only where they are replaced. */
void pail_s3_attributes_add_for(struct pail_s3_op *op, const struct pail_s3_attributes *a,
                                bool content, bool tags);
/* Headers that say whose key, who pays and whose bucket: of any operation on an object. */
void pail_s3_access_add(struct pail_s3_op *op, const struct pail_s3_access *a);
/* Without the key: of operations that see no data. */
void pail_s3_op_access(struct pail_s3_op *op, const struct pail_s3_access *a);
/* The same for the source of a copy. */
void pail_s3_access_add_source(struct pail_s3_op *op, const struct pail_s3_access *a);

/* A copy whose views live in one block, *ret_block, freed with pail_free. */
PAIL_CHECK int pail_s3_attributes_copy(struct pail_s3_attributes *to,
                                       const struct pail_s3_attributes *from, void **ret_block,
                                       struct pail_error *err);

#endif
