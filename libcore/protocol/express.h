/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/express.h - sessions of S3's directory buckets, for calls by name. */
#ifndef PAIL_PROTOCOL_EXPRESS_H
#define PAIL_PROTOCOL_EXPRESS_H

#include "auth/express.h"

/* client: a struct pail_client of "s3". */
pail_express_create_fn pail_protocol_create_session;

#endif
