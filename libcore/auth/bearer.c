/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/bearer.c - tokens of the environment and of SSO.
 */
#include "auth/bearer.h"

#include "auth/sso_config.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"

#define VARIABLE_MAX 128

struct sso {
    struct pail_config *config;
    char *profile;
    struct pail_lookup_net net;
};

static int wrap(struct pail_str token, int64_t expires, const char *method,
                struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials_fields f = {
        .access_key = PAIL_STR("bearer"),
        .secret_key = token,
        .expires_unix_s = expires,
        .method = method,
    };
    return pail_credentials_new(&f, ret, err);
}

struct pail_str pail_bearer_text(const struct pail_credentials *c)
{
    struct pail_credentials_fields f;
    pail_credentials_get(c, &f);
    return f.secret_key;
}

/* ---- SSO ---- */

static int sso_fetch(void *impl, bool refresh, struct pail_credentials **ret,
                     struct pail_error *err)
{
    struct sso *s = impl;
    struct pail_lookup l = {
        .config = s->config,
        .profile = pail_str(s->profile),
        .session_profile = pail_str(s->profile),
        .refused = refresh,
        .net = &s->net,
    };
    struct pail_sso_login login;
    struct pail_sso_token token = {0};

    int rc = pail_sso_session_login(&l, &login, err);
    if (rc == 0)
        rc = pail_sso_token(&l, &login, &token, err);
    if (rc < 0)
        return rc;
    rc = wrap(pail_secret_reveal(&token.text), token.expires_unix_s, "sso", ret, err);
    pail_sso_token_done(&token);
    return rc;
}

static void sso_free(void *impl)
{
    struct sso *s = impl;
    (void)pail_config_unref(s->config);
    pail_free(s->profile);
    pail_free(s);
}

static const struct pail_provider_ops sso_ops = {
    .name = "sso",
    .fetch = sso_fetch,
    .free = sso_free,
};

int pail_provider_sso_token(struct pail_config *config, struct pail_str profile,
                            const struct pail_lookup_net *net, struct pail_provider **ret,
                            struct pail_error *err)
{
    struct sso *s = pail_zalloc(sizeof(*s));
    if (!s)
        return pail_error_nomem(err);
    s->config = pail_config_ref(config);
    s->net = *net;
    s->profile = pail_strndup(profile);
    if (!s->profile) {
        sso_free(s);
        return pail_error_nomem(err);
    }
    return pail_provider_new(&sso_ops, s, ret, err);
}

/* ---- The environment ---- */

int pail_bearer_from_env(const char *signing_name, struct pail_credentials **ret,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(VARIABLE_MAX);
    pail_buf_z(&name, "AWS_BEARER_TOKEN_");
    for (const char *c = signing_name; *c; c++) {
        bool lower = *c >= 'a' && *c <= 'z';
        pail_buf_char(&name, *c == '-' || *c == ' ' ? '_' : lower ? (char)(*c - 'a' + 'A') : *c);
    }
    int rc = pail_buf_check(&name, "signing name", err);
    if (rc < 0)
        return rc;
    const char *token = pail_env_get_nonempty(name.ptr);
    if (!token)
        return pail_lookup_none(err, "%s is not set", name.ptr);
    return wrap(pail_str(token), 0, "env", ret, err);
}
