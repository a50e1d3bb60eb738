/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sso_token.c - the token's file is ~/.aws/sso/cache/SHA1.json, the hash being that of the
 * session's name or, without a session, of the start URL.
 *
 * A token that cannot be renewed is used as long as it lasts: what went wrong is logged, and is an
 * error only once the token has ended.
 */
#include "auth/sso_token.h"

#include "auth/diskcache.h"
#include "auth/expiration.h"
#include "auth/fetch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/timefmt.h"

#define RENEW_S 900
#define FILE_MAX ((size_t)256 << 10)
#define URL_MAX 1024

struct renewal {
    const struct pail_lookup *l;
    const struct pail_sso_login *login;
    const struct pail_jnode *old; /* the file's object */
    char key[PAIL_CACHE_KEY_LEN];
};

int pail_sso_unauthorized(struct pail_error *err)
{
    return pail_error_set(
        err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
        "The SSO session associated with this profile has expired or is otherwise "
        "invalid. To refresh this SSO session run aws sso login with the "
        "corresponding profile.");
}

static int cannot_load(const struct pail_sso_login *login, const char *why, struct pail_error *err)
{
    struct pail_str name = login->session.ptr ? login->session : login->start_url;
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error loading SSO Token: Token for %.*s %s", PAIL_STR_ARG(name), why);
}

void pail_sso_token_done(struct pail_sso_token *t)
{
    pail_secret_done(&t->text);
}

/* ---- Renewing ---- */

static struct pail_str old_field(const struct renewal *r, const char *name)
{
    return pail_json_str(pail_json_get(r->old, name));
}

/* Why it is not even tried; NULL: it can be. */
static const char *no_renewal(const struct renewal *r)
{
    static const char *const needed[] = {"refreshToken", "clientId", "clientSecret",
                                         "registrationExpiresAt"};
    int64_t end;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(needed); i++) {
        if (!old_field(r, needed[i]).len)
            return "the login has no refresh token or registration";
    }
    if (pail_expiration_parse(old_field(r, "registrationExpiresAt"), &end, NULL) < 0 ||
        end <= pail_clock_wall_s())
        return "the registration has ended";
    return NULL;
}

/* With Python's blanks, as all who write these have them. */
static void pair(struct pail_buf *to, const char *name, struct pail_str value)
{
    pail_buf_fmt(to, "%s\"%s\": ", to->len > 1 ? ", " : "", name);
    pail_diskcache_quote(to, value);
}

static int ask_for_token(const struct renewal *r, struct pail_fetch_answer *ret,
                         struct pail_error *err)
{
    static const struct pail_fetch_header headers[] = {
        {"Content-Type", {"application/json", sizeof("application/json") - 1}}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX);
    struct pail_buf body = PAIL_BUF_INIT(FILE_MAX);
    PAIL_AUTOFREE char *region = pail_strndup(r->login->region);
    if (!region)
        return pail_error_nomem(err);

    int rc = pail_lookup_endpoint(r->l, "sso-oidc", "oidc", region, &url, err);
    pail_buf_z(&url, "/token");
    pail_buf_char(&body, '{');
    pair(&body, "grantType", PAIL_STR("refresh_token"));
    pair(&body, "clientId", old_field(r, "clientId"));
    pair(&body, "clientSecret", old_field(r, "clientSecret"));
    pair(&body, "refreshToken", old_field(r, "refreshToken"));
    pail_buf_char(&body, '}');
    if (rc == 0)
        rc = pail_buf_check(&url, "address of SSO", err);
    if (rc == 0)
        rc = pail_buf_check(&body, "request to SSO", err);
    if (rc == 0) {
        struct pail_fetch f = {
            .what = "CreateToken",
            .method = "POST",
            .url = pail_buf_view(&url),
            .headers = headers,
            .n_headers = PAIL_ARRAY_LEN(headers),
            .body = {body.ptr, body.len},
            .service = true,
        };
        rc = pail_fetch(r->l->net->engine, &f, ret, err);
    }
    if (body.ptr)
        pail_wipe(body.ptr, body.cap);
    pail_buf_done(&body);
    return rc;
}

static void save(const struct renewal *r, struct pail_str token, struct pail_str refresh,
                 int64_t expires)
{
    struct pail_buf text = PAIL_BUF_INIT(FILE_MAX);
    struct pail_error e = PAIL_ERROR_INIT;
    char stamp[PAIL_TIME_ISO_LEN];

    pail_time_iso(expires, stamp);
    pail_buf_char(&text, '{');
    pair(&text, "startUrl", r->login->start_url);
    pair(&text, "region", r->login->region);
    pair(&text, "accessToken", token);
    pair(&text, "expiresAt", pail_str(stamp));
    pair(&text, "clientId", old_field(r, "clientId"));
    pair(&text, "clientSecret", old_field(r, "clientSecret"));
    pair(&text, "registrationExpiresAt", old_field(r, "registrationExpiresAt"));
    if (refresh.ptr)
        pair(&text, "refreshToken", refresh);
    pail_buf_char(&text, '}');
    int rc = pail_buf_check(&text, "SSO token", &e);
    if (rc == 0)
        rc = pail_diskcache_write(PAIL_CACHE_SSO, r->key, pail_buf_view(&text), &e);
    if (rc < 0)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN, "the new SSO token is not saved: %s", e.message);
    if (text.ptr)
        pail_wipe(text.ptr, text.cap);
    pail_buf_done(&text);
}

static int take_new(const struct renewal *r, const struct pail_fetch_answer *a,
                    struct pail_sso_token *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    int64_t seconds;

    int rc = pail_json_parse(pail_buf_view(&a->body), "answer of SSO", &doc, err);
    if (rc < 0)
        return rc;
    const struct pail_jnode *root = pail_json_root(doc);
    struct pail_str token = pail_json_str(pail_json_get(root, "accessToken"));
    if (!token.len || !pail_json_int(pail_json_get(root, "expiresIn"), &seconds) || seconds <= 0 ||
        seconds > INT32_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "answer of SSO: without a token");
    ret->expires_unix_s = pail_clock_wall_s() + seconds;
    if (!pail_secret_set(&ret->text, token))
        return pail_error_nomem(err);
    save(r, token, pail_json_str(pail_json_get(root, "refreshToken")), ret->expires_unix_s);
    return 0;
}

static int renew(const struct renewal *r, struct pail_sso_token *t, struct pail_error *err)
{
    struct pail_fetch_answer answer = {0};
    const char *why = no_renewal(r);
    if (why)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "%s", why);
    int rc = ask_for_token(r, &answer, err);
    if (rc == 0)
        rc = take_new(r, &answer, t, err);
    pail_fetch_answer_done(&answer);
    return rc;
}

/* ---- Loading ---- */

static int load(const struct renewal *r, struct pail_sso_token *t, struct pail_error *err)
{
    struct pail_str text = old_field(r, "accessToken"), end = old_field(r, "expiresAt");
    if (!text.len || pail_expiration_parse(end, &t->expires_unix_s, NULL) < 0)
        return cannot_load(r->login, "is invalid", err);
    return pail_secret_set(&t->text, text) ? 0 : pail_error_nomem(err);
}

static int freshen(const struct renewal *r, struct pail_sso_token *t, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int64_t left = t->expires_unix_s - pail_clock_wall_s();

    if (!r->login->session.ptr)
        return left > 0 ? 0 : pail_sso_unauthorized(err);
    if (left >= RENEW_S)
        return 0;
    int rc = renew(r, t, &e);
    if (rc == 0)
        return 0;
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN, "SSO token is not renewed: %s", e.message);
    if (left > 0)
        return 0;
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error when retrieving token from sso: Token has expired and refresh "
                          "failed");
}

int pail_sso_token(const struct pail_lookup *l, const struct pail_sso_login *login,
                   struct pail_sso_token *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct renewal r = {.l = l, .login = login};
    struct pail_sso_token t = {0};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = pail_diskcache_key(login->session.ptr ? login->session : login->start_url, r.key, err);
    if (rc < 0)
        return rc;
    rc = pail_diskcache_read(PAIL_CACHE_SSO, r.key, &doc, &e);
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (rc < 0)
        return cannot_load(login, rc == PAIL_E_NOT_FOUND ? "does not exist" : "is invalid", err);
    r.old = pail_json_root(doc);
    rc = load(&r, &t, err);
    if (rc == 0)
        rc = freshen(&r, &t, err);
    if (rc < 0)
        pail_sso_token_done(&t);
    else
        *ret = t;
    return rc;
}
