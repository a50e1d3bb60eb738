/* SPDX-License-Identifier: Apache-2.0 */
/* s3/express.h - sessions of directory buckets. */
#ifndef PAIL_S3_EXPRESS_H
#define PAIL_S3_EXPRESS_H

#include "s3/client.h"

PAIL_CHECK int pail_s3_sessions_init(struct pail_s3 *s3, struct pail_error *err);
void pail_s3_sessions_done(struct pail_s3 *s3);
/* Credentials of the bucket's session, as pail_session_sign_credentials gives others. may_block:
 * asks the service where there are none, or where they end soon. */
PAIL_CHECK int pail_s3_session_credentials(struct pail_s3 *s3, struct pail_str bucket,
                                           bool may_block, bool refresh,
                                           struct pail_credentials **ret, struct pail_error *err);

#endif
