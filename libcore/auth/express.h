/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/express.h - S3 Express: a directory bucket gives out short-lived credentials of its own
 * (CreateSession), which sign everything else about its objects. Any thread.
 */
#ifndef PAIL_AUTH_EXPRESS_H
#define PAIL_AUTH_EXPRESS_H

#include "auth/session.h"

struct pail_express;

/* CreateSession on the bucket, signed with base, which must not be fetched again: this is called
 * where preparing may block, and that is one thread. */
typedef int pail_express_create_fn(void *ud, struct pail_str bucket, struct pail_credentials *base,
                                   struct pail_credentials **ret, struct pail_error *err);
/* session and ud are borrowed. */
PAIL_CHECK int pail_express_new(struct pail_session *session, pail_express_create_fn *create,
                                void *ud, struct pail_express **ret, struct pail_error *err);
void pail_express_free(struct pail_express *x); /* NULL is fine */
/* Credentials of the bucket's session, as pail_session_sign_credentials gives others. may_block:
 * asks the service where there are none, or where they end soon. */
PAIL_CHECK int pail_express_credentials(struct pail_express *x, struct pail_str bucket,
                                        bool may_block, bool refresh, struct pail_credentials **ret,
                                        struct pail_error *err);

#endif
