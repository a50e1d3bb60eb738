/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_env.c - keys in the environment.
 *
 * They do not count when a profile was chosen by an option. AWS_SECURITY_TOKEN, the older name,
 * goes before AWS_SESSION_TOKEN, as in botocore. With AWS_CREDENTIAL_EXPIRATION the environment is
 * read again when the time has come.
 */
#include "auth/lookup.h"

#include "auth/expiration.h"
#include "base/env.h"
#include "base/str.h"

/* ptr NULL also when nothing but blanks is there, which no key is made of. */
static struct pail_str variable(const char *name)
{
    struct pail_str v = pail_str(pail_env_get(name));
    return pail_str_trim(v).len ? v : pail_str(NULL);
}

static int expiration(struct pail_str text, int64_t *ret, struct pail_error *err)
{
    if (text.ptr && pail_expiration_parse(text, ret, NULL) < 0)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from env: "
                              "AWS_CREDENTIAL_EXPIRATION is not a time");
    return 0;
}

int pail_env_credentials(struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials_fields f = {.method = "env"};

    f.access_key = variable("AWS_ACCESS_KEY_ID");
    if (!f.access_key.ptr)
        return pail_lookup_none(err, "AWS_ACCESS_KEY_ID is not set");
    f.secret_key = variable("AWS_SECRET_ACCESS_KEY");
    if (!f.secret_key.ptr)
        return pail_lookup_partial(err, "env", "AWS_SECRET_ACCESS_KEY");
    f.session_token = variable("AWS_SECURITY_TOKEN");
    if (!f.session_token.ptr)
        f.session_token = variable("AWS_SESSION_TOKEN");
    f.account_id = variable("AWS_ACCOUNT_ID");
    int rc = expiration(variable("AWS_CREDENTIAL_EXPIRATION"), &f.expires_unix_s, err);
    return rc < 0 ? rc : pail_credentials_new(&f, ret, err);
}

int pail_find_env(const struct pail_lookup *l, struct pail_credentials **ret,
                  struct pail_error *err)
{
    if (l->profile_chosen)
        return pail_lookup_none(err, "passed over, a profile was given");
    return pail_env_credentials(ret, err);
}
