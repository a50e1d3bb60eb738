/* SPDX-License-Identifier: Apache-2.0 */
/* s3/multipart.h - what the operations on a multipart upload share. */
#ifndef PAIL_S3_MULTIPART_H
#define PAIL_S3_MULTIPART_H

#include "s3/op.h"

/* uploadId; an empty one fails, because the request would mean something else. */
void pail_s3_op_upload_id(struct pail_s3_op *op, struct pail_str upload_id);

#endif
