/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_sso.c - a role of an account, by a login to IAM Identity Center.
 *
 * The profile names the account and the role, and the login either through [sso-session NAME],
 * whose keys then count as the profile's own and may not contradict them, or, the old way, in keys
 * of its own. The role's credentials are remembered on disk as the AWS CLI does.
 */
#include "auth/sso_config.h"

#include <stdio.h>

#include "auth/diskcache.h"
#include "auth/fetch.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/str.h"
#include "base/uri.h"

#define METHOD "sso"
#define URL_MAX 2048
#define KEY_MAX ((size_t)16 << 10)

struct sso {
    const struct pail_lookup *l;
    struct pail_sso_login login;
    struct pail_str role, account;
};

/* ---- What the profile says ---- */

static int read_profile(struct sso *s, struct pail_error *err)
{
    static const char *const names[] = {"sso_role_name", "sso_account_id", "sso_start_url",
                                        "sso_region"};
    struct pail_str *const to[] = {&s->role, &s->account, &s->login.start_url, &s->login.region};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf missing = PAIL_BUF_INIT(256);

    int rc = pail_sso_session_check(s->l, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++) {
        *to[i] = pail_sso_setting(s->l, names[i]);
        if (!to[i]->ptr)
            pail_buf_fmt(&missing, "%s%s", missing.len ? ", " : "", names[i]);
    }
    s->login.session = pail_config_get(s->l->config, s->l->profile, "sso_session");
    if (!missing.len)
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "The profile \"%.*s\" is configured to use SSO but is missing required "
                          "configuration: %s",
                          PAIL_STR_ARG(s->l->profile), pail_buf_cstr(&missing));
}

/* ---- The cache ---- */

static void argument(struct pail_buf *json, const char *name, struct pail_str value)
{
    pail_buf_fmt(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
    pail_diskcache_quote(json, value);
}

static int cache_key(const struct sso *s, char ret[PAIL_CACHE_KEY_LEN], struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(KEY_MAX);
    pail_buf_char(&json, '{');
    argument(&json, "accountId", s->account);
    argument(&json, "roleName", s->role);
    if (s->login.session.ptr)
        argument(&json, "sessionName", s->login.session);
    else
        argument(&json, "startUrl", s->login.start_url);
    pail_buf_char(&json, '}');
    int rc = pail_buf_check(&json, "role", err);
    return rc < 0 ? rc : pail_diskcache_key(pail_buf_view(&json), ret, err);
}

/* ---- The request ---- */

static int build_url(const struct sso *s, struct pail_buf *url, struct pail_error *err)
{
    PAIL_AUTOFREE char *region = pail_strndup(s->login.region);
    if (!region)
        return pail_error_nomem(err);
    int rc = pail_lookup_endpoint(s->l, "sso", "portal.sso", region, url, err);
    if (rc < 0)
        return rc;
    pail_buf_z(url, "/federation/credentials?role_name=");
    pail_uri_encode(url, s->role, PAIL_URI_COMPONENT);
    pail_buf_z(url, "&account_id=");
    pail_uri_encode(url, s->account, PAIL_URI_COMPONENT);
    return pail_buf_check(url, "address of SSO", err);
}

static int take_credentials(const struct sso *s, const struct pail_fetch_answer *a,
                            struct pail_credentials **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_credentials_fields f = {.method = METHOD, .account_id = s->account};
    int64_t ms;

    int rc = pail_json_parse(pail_buf_view(&a->body), "answer of SSO", &doc, err);
    if (rc < 0)
        return rc;
    const struct pail_jnode *c = pail_json_get(pail_json_root(doc), "roleCredentials");
    f.access_key = pail_json_str(pail_json_get(c, "accessKeyId"));
    f.secret_key = pail_json_str(pail_json_get(c, "secretAccessKey"));
    f.session_token = pail_json_str(pail_json_get(c, "sessionToken"));
    if (!f.access_key.len || !f.secret_key.len || !f.session_token.len ||
        !pail_json_int(pail_json_get(c, "expiration"), &ms) || ms <= 0)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "answer of SSO: without complete credentials");
    f.expires_unix_s = ms / 1000;
    return pail_credentials_new(&f, ret, err);
}

static int ask(const struct sso *s, const struct pail_sso_token *token,
               struct pail_credentials **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX);
    struct pail_fetch_header header = {"x-amz-sso_bearer_token", pail_secret_reveal(&token->text)};
    struct pail_fetch_answer answer = {0};

    int rc = build_url(s, &url, err);
    if (rc < 0)
        return rc;
    struct pail_fetch f = {
        .what = "GetRoleCredentials",
        .method = "GET",
        .url = pail_buf_view(&url),
        .headers = &header,
        .n_headers = 1,
        .service = true,
    };
    rc = pail_fetch(s->l->net->engine, &f, &answer, err);
    if (rc == 0)
        rc = take_credentials(s, &answer, ret, err);
    pail_fetch_answer_done(&answer);
    return rc;
}

/* The service's own words stay the service's; what is not of it becomes an error of this place. */
static int as_credentials_error(const struct pail_error *e, struct pail_error *err)
{
    if (strcmp(e->service_code, "UnauthorizedException") == 0)
        return pail_sso_unauthorized(err);
    if (e->domain != PAIL_D_SERVICE)
        return pail_lookup_failed(err, METHOD, e);
    pail_error_copy(err, e);
    if (err)
        err->code = PAIL_E_CREDENTIALS;
    return PAIL_E_CREDENTIALS;
}

static int fetch(const struct sso *s, const char *key, struct pail_credentials **ret,
                 struct pail_error *err)
{
    struct pail_sso_token token = {0};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = pail_sso_token(s->l, &s->login, &token, err);
    if (rc < 0)
        return rc;
    rc = ask(s, &token, ret, &e);
    pail_sso_token_done(&token);
    if (rc < 0)
        return as_credentials_error(&e, err);
    struct pail_role_answer entry = {.credentials = *ret, .provider_type = "sso"};
    pail_diskcache_put_role(key, &entry);
    return 0;
}

int pail_find_sso(const struct pail_lookup *l, struct pail_credentials **ret,
                  struct pail_error *err)
{
    struct sso s = {.l = l};
    struct pail_error e = PAIL_ERROR_INIT;
    char key[PAIL_CACHE_KEY_LEN];

    if (!pail_config_get(l->config, l->profile, "sso_role_name").ptr &&
        !pail_config_get(l->config, l->profile, "sso_account_id").ptr)
        return pail_lookup_none(err, "no sso_role_name for %.*s", PAIL_STR_ARG(l->profile));
    int rc = read_profile(&s, err);
    if (rc == 0 && !l->net)
        rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                            "Error when retrieving credentials from " METHOD
                            ": SSO cannot be reached from here");
    if (rc == 0)
        rc = cache_key(&s, key, err);
    if (rc < 0)
        return rc;
    if (!l->refused) {
        rc = pail_diskcache_get_role(key, METHOD, ret, &e);
        if (rc == 0)
            return 0;
        if (rc == PAIL_E_NOMEM)
            return pail_error_nomem(err);
    }
    return fetch(&s, key, ret, err);
}
