/* SPDX-License-Identifier: Apache-2.0 */
/* auth/sso_config.h - a profile's sso_* keys together with those of its [sso-session NAME]. Pure.
 */
#ifndef PAIL_AUTH_SSO_CONFIG_H
#define PAIL_AUTH_SSO_CONFIG_H

#include "auth/sso_token.h"

/* Does the session exist, and does no key of it contradict the profile's? PAIL_E_CONFIG. A profile
 * without sso_session is fine. */
PAIL_CHECK int pail_sso_session_check(const struct pail_lookup *l, struct pail_error *err);
/* Of the session if the profile has one and it says something, else of the profile; ptr NULL:
 * nobody says. */
struct pail_str pail_sso_setting(const struct pail_lookup *l, const char *key);
/* The login of a profile for bearer tokens: PAIL_E_NO_CREDENTIALS without sso_session. */
PAIL_CHECK int pail_sso_session_login(const struct pail_lookup *l, struct pail_sso_login *ret,
                                      struct pail_error *err);

#endif
