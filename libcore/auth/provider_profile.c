/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_profile.c - keys written in a profile: in the credentials file, or in the config
 * file.
 *
 * Two places, because what stands between them in the chain (a credential process) beats one and
 * loses to the other.
 */
#include "auth/lookup.h"

typedef struct pail_str get_fn(const struct pail_config *c, struct pail_str profile,
                               const char *key);

struct place {
    const char *method;
    get_fn *get;
    const char *path;
    int unreadable;
};

static int none(const struct place *at, struct pail_str profile, struct pail_error *err)
{
    if (!at->path)
        return pail_lookup_none(err, "no home directory");
    if (at->unreadable)
        return pail_lookup_none(err, "%s: may not be read", at->path);
    return pail_lookup_none(err, "no keys for %.*s in %s", PAIL_STR_ARG(profile), at->path);
}

static int find(const struct pail_lookup *l, const struct place *at, struct pail_credentials **ret,
                struct pail_error *err)
{
    struct pail_credentials_fields f = {.method = at->method};

    f.access_key = at->get(l->config, l->profile, "aws_access_key_id");
    if (!f.access_key.len)
        return none(at, l->profile, err);
    f.secret_key = at->get(l->config, l->profile, "aws_secret_access_key");
    if (!f.secret_key.len)
        return pail_lookup_partial(err, at->method, "aws_secret_access_key");
    f.session_token = at->get(l->config, l->profile, "aws_security_token");
    if (!f.session_token.ptr)
        f.session_token = at->get(l->config, l->profile, "aws_session_token");
    f.account_id = at->get(l->config, l->profile, "aws_account_id");
    return pail_credentials_new(&f, ret, err);
}

int pail_find_credentials_file(const struct pail_lookup *l, struct pail_credentials **ret,
                               struct pail_error *err)
{
    struct place at = {"shared-credentials-file", pail_config_get_credentials_file,
                       pail_config_credentials_path(l->config),
                       pail_config_credentials_unreadable(l->config)};
    return find(l, &at, ret, err);
}

int pail_find_config_file(const struct pail_lookup *l, struct pail_credentials **ret,
                          struct pail_error *err)
{
    struct place at = {"config-file", pail_config_get_config_file, pail_config_path(l->config),
                       pail_config_unreadable(l->config)};
    return find(l, &at, ret, err);
}
