/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sso_token.h - the access token of an IAM Identity Center login, from the file that
 * `aws sso login` wrote, renewed where that is possible. May block.
 */
#ifndef PAIL_AUTH_SSO_TOKEN_H
#define PAIL_AUTH_SSO_TOKEN_H

#include "auth/lookup.h"
#include "base/secret.h"

struct pail_sso_login {
    struct pail_str session; /* [sso-session NAME]; ptr NULL: the old way, by start URL */
    struct pail_str start_url, region;
};
struct pail_sso_token {
    struct pail_secret text;
    int64_t expires_unix_s;
};
/* Never one that has ended. A token of a session with less than 15 minutes left is renewed first if
 * the file has what that takes; the new one goes into the file. */
PAIL_CHECK int pail_sso_token(const struct pail_lookup *l, const struct pail_sso_login *login,
                              struct pail_sso_token *ret, struct pail_error *err);
void pail_sso_token_done(struct pail_sso_token *t);

/* "The SSO session associated with this profile has expired or is otherwise invalid. ..." */
int pail_sso_unauthorized(struct pail_error *err);

#endif
