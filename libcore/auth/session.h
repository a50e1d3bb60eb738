/* SPDX-License-Identifier: Apache-2.0 */
/* auth/session.h - what the service clients need of a session beyond <pail/session.h>. */
#ifndef PAIL_AUTH_SESSION_H
#define PAIL_AUTH_SESSION_H

#include <pail/session.h>

#include "auth/config.h"
#include "auth/settings.h"
#include "http/engine.h"

struct pail_engine *pail_session_engine(struct pail_session *s);
/* Credentials for a request: 0 and a reference (*ret NULL for anonymous sessions),
 * PAIL_PREPARE_WOULD_BLOCK, or an error. */
PAIL_CHECK int pail_session_sign_credentials(struct pail_session *s, bool may_block, bool refresh,
                                             struct pail_credentials **ret, struct pail_error *err);
/* The token for a service that is signed to with "Authorization: Bearer": as above, and
 * pail_bearer_text (auth/bearer.h) has its text. AWS_BEARER_TOKEN_<SIGNING_NAME>, then the
 * profile's sso_session. */
PAIL_CHECK int pail_session_bearer_token(struct pail_session *s, const char *signing_name,
                                         bool may_block, bool refresh,
                                         struct pail_credentials **ret, struct pail_error *err);
/* All settings, typed and checked. Valid as long as the session. */
const struct pail_settings *pail_session_settings(const struct pail_session *s);
/* The files as they were at creation; borrowed. */
struct pail_config *pail_session_config(const struct pail_session *s);
/* Endpoint URL for a service ("s3", "sts"), by the order of sdk precedence; NULL: none configured.
 * Valid as long as the session. */
const char *pail_session_endpoint_url(struct pail_session *s, const char *service);
/* PAIL_E_CONFIG: what the profile has below this service's name ("s3") is a word and no block. */
PAIL_CHECK int pail_session_check_block(const struct pail_session *s, const char *service,
                                        struct pail_error *err);
/* Setting from the profile; ptr NULL: absent. */
struct pail_str pail_session_setting(struct pail_session *s, const char *sub, const char *key);
/* A session on a given transport instead of libcurl: the simulation's way in. Takes the transport
 * over. */
PAIL_CHECK int pail_session_new_on(const struct pail_session_options *opt,
                                   struct pail_transport *take_transport, struct pail_session **ret,
                                   struct pail_error *err);

#endif
