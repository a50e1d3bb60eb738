/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/role.h - one role assumed, by keys or by a web identity, and remembered on disk as the AWS
 * CLI does. May block.
 */
#ifndef PAIL_AUTH_ROLE_H
#define PAIL_AUTH_ROLE_H

#include "auth/lookup.h"

/* ptr NULL: not given. */
struct pail_role {
    struct pail_str profile; /* for messages */
    struct pail_str arn, session_name, external_id, mfa_serial, duration;
    struct pail_str token_file; /* of a web identity; else the role is assumed by keys */
    const char *method;         /* a string literal */
};
/* PAIL_E_NOT_FOUND: not in the cache, or not for long enough. */
PAIL_CHECK int pail_role_recall(const struct pail_lookup *l, const struct pail_role *r,
                                struct pail_credentials **ret, struct pail_error *err);
/* Asks STS. signer NULL: with the web identity. */
PAIL_CHECK int pail_role_assume(const struct pail_lookup *l, const struct pail_role *r,
                                const struct pail_credentials *signer,
                                struct pail_credentials **ret, struct pail_error *err);

#endif
