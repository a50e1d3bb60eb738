/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/bearer.h - bearer tokens, for services that are signed to with "Authorization: Bearer
 * TOKEN".
 *
 * A token travels as credentials whose secret key it is, so that one cache renews both kinds early,
 * once for all who wait, and wipes both kinds alike.
 */
#ifndef PAIL_AUTH_BEARER_H
#define PAIL_AUTH_BEARER_H

#include "auth/provider.h"

/* The token of the profile's [sso-session NAME]; PAIL_E_NO_CREDENTIALS without one. Asks at every
 * fetch: put a cache in front. config: a reference is taken; what net points to outlives the
 * provider. */
PAIL_CHECK int pail_provider_sso_token(struct pail_config *config, struct pail_str profile,
                                       const struct pail_lookup_net *net,
                                       struct pail_provider **ret, struct pail_error *err);
/* AWS_BEARER_TOKEN_<NAME>, name being the service's signing name. PAIL_E_NO_CREDENTIALS: not set.
 */
PAIL_CHECK int pail_bearer_from_env(const char *signing_name, struct pail_credentials **ret,
                                    struct pail_error *err);
/* The token in what these gave. */
struct pail_str pail_bearer_text(const struct pail_credentials *c);

#endif
