/* SPDX-License-Identifier: Apache-2.0 */
/* s3/copy.h - what CopyObject and UploadPartCopy share. */
#ifndef PAIL_S3_COPY_H
#define PAIL_S3_COPY_H

#include "s3/op.h"

/* x-amz-copy-source and its condition. */
void pail_s3_copy_source(struct pail_s3_op *op, struct pail_str bucket, struct pail_str key,
                         struct pail_str version_id, struct pail_str if_match);
/* 304 where AWS says 412: MinIO and VersityGW take the source's condition for a GET's. */
int pail_s3_copy_refused(struct pail_s3_op *op, struct pail_error *err);

#endif
