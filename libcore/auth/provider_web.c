/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_web.c - a role assumed with somebody else's token, as in EKS: a file with a JWT and
 * the role's ARN, from the environment or the profile.
 *
 * Each value comes from the environment first, then from the profile; when a profile was chosen by
 * an option the environment's do not count. The file is read anew each time, for the cluster writes
 * a new token into it every few hours.
 */
#include "auth/role.h"

#include "base/env.h"

#define METHOD "assume-role-with-web-identity"

static struct pail_str value(const struct pail_lookup *l, const char *variable, const char *key)
{
    const char *v = l->profile_chosen ? NULL : pail_env_get(variable);
    return v ? pail_str(v) : pail_config_get(l->config, l->profile, key);
}

int pail_find_web_identity(const struct pail_lookup *l, struct pail_credentials **ret,
                           struct pail_error *err)
{
    struct pail_role r = {
        .profile = l->profile,
        .method = METHOD,
        .token_file = value(l, "AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"),
        .arn = value(l, "AWS_ROLE_ARN", "role_arn"),
        .session_name = value(l, "AWS_ROLE_SESSION_NAME", "role_session_name"),
    };
    struct pail_error e = PAIL_ERROR_INIT;

    if (!r.token_file.len)
        return pail_lookup_none(err, "no web_identity_token_file for %.*s",
                                PAIL_STR_ARG(l->profile));
    if (!r.arn.len)
        return pail_error_set(
            err, PAIL_D_CONFIG, PAIL_E_CONFIG,
            "The provided profile or the current environment is configured to assume role with web "
            "identity but has no role ARN configured. Ensure that the profile has the role_arn"
            "configuration set or the AWS_ROLE_ARN env var is set.");
    if (!l->net)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD
                              ": STS cannot be reached from here");
    int rc = pail_role_recall(l, &r, ret, &e);
    if (rc == 0)
        return 0;
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    return pail_role_assume(l, &r, NULL, ret, err);
}
