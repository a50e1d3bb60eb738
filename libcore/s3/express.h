/* SPDX-License-Identifier: Apache-2.0 */
/* s3/express.h - sessions of directory buckets. */
#ifndef PAIL_S3_EXPRESS_H
#define PAIL_S3_EXPRESS_H

#include "auth/express.h"
#include "s3/client.h"

/* s3: a struct pail_s3. */
pail_express_create_fn pail_s3_create_session;

#endif
