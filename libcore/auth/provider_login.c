/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_login.c - credentials of `aws login`: a file named by the hash of the profile's
 * login_session, with credentials that last a quarter of an hour, and what it takes to get the next
 * ones, which is a refresh token and the private key that it is bound to.
 *
 * Renewed when five minutes are left. The file is written back with the rest of what was in it. It
 * may have been renewed by another process meanwhile; reading it anew each time takes care of that.
 */
#include "auth/diskcache.h"
#include "auth/dpop.h"
#include "auth/expiration.h"
#include "auth/fetch.h"
#include "auth/lookup.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "crypto/digest.h"

#define METHOD "login"
#define RENEW_S 300
#define URL_MAX 1024
#define PROOF_MAX 8192
#define FILE_MAX ((size_t)1 << 20)

struct login {
    const struct pail_lookup *l;
    struct pail_str session;
    char key[PAIL_CACHE_KEY_LEN];
    struct pail_json *file;
};

struct renewed {
    struct pail_json *answer;
    int64_t expires_unix_s;
};

static int cannot_load(struct pail_error *err, const char *why)
{
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error loading login session token: %s", why);
}

static struct pail_str file_text(const struct login *g, const char *key)
{
    return pail_json_str(pail_json_get(pail_json_root(g->file), key));
}

/* ---- The file ---- */

static int check_fields(const struct login *g, struct pail_error *err)
{
    static const char *const needed[] = {"accessToken", "refreshToken", "dpopKey", "clientId"};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf missing = PAIL_BUF_INIT(256);

    for (size_t i = 0; i < PAIL_ARRAY_LEN(needed); i++) {
        if (!pail_json_get(pail_json_root(g->file), needed[i]))
            pail_buf_fmt(&missing, "%s%s", missing.len ? ", " : "", needed[i]);
    }
    if (!missing.len)
        return 0;
    return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                          "Error loading login session token: Failed to load access token from "
                          "token cache, missing required fields: %s.",
                          pail_buf_cstr(&missing));
}

static int open_file(struct login *g, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_sha256_hex((struct pail_bytes){g->session.ptr, g->session.len}, g->key, err);
    if (rc < 0)
        return rc;
    rc = pail_diskcache_read(PAIL_CACHE_LOGIN, g->key, &g->file, &e);
    if (rc == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    if (rc < 0)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error loading login session token: Unable to load a existing login "
                              "session for session %.*s. Please reauthenticate with 'aws login'.",
                              PAIL_STR_ARG(pail_str_sub(g->session, 0, 120)));
    return check_fields(g, err);
}

/* Both the file and the service have the keys in an object of that name. */
static int read_token(const struct pail_jnode *token, struct pail_str account, int64_t expires,
                      struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_credentials_fields f = {
        .method = METHOD,
        .access_key = pail_json_str(pail_json_get(token, "accessKeyId")),
        .secret_key = pail_json_str(pail_json_get(token, "secretAccessKey")),
        .session_token = pail_json_str(pail_json_get(token, "sessionToken")),
        .account_id = account,
        .expires_unix_s = expires,
    };
    if (!f.access_key.len || !f.secret_key.len || !f.session_token.len)
        return cannot_load(err, "the access token is incomplete.");
    return pail_credentials_new(&f, ret, err);
}

/* ---- Saving ---- */

static void member(struct pail_jwriter *w, const char *key, struct pail_str value)
{
    pail_jw_key(w, pail_str(key));
    pail_jw_str(w, value);
}

static void write_token(const struct login *g, const struct renewed *n, struct pail_jwriter *w)
{
    const struct pail_jnode *new = pail_json_get(pail_json_root(n->answer), "accessToken");
    const struct pail_jnode *old = pail_json_get(pail_json_root(g->file), "accessToken");
    char expires[PAIL_TIME_ISO_LEN];

    pail_time_iso(n->expires_unix_s, expires);
    pail_jw_object(w);
    member(w, "accessKeyId", pail_json_str(pail_json_get(new, "accessKeyId")));
    member(w, "secretAccessKey", pail_json_str(pail_json_get(new, "secretAccessKey")));
    member(w, "sessionToken", pail_json_str(pail_json_get(new, "sessionToken")));
    member(w, "accountId", pail_json_str(pail_json_get(old, "accountId")));
    member(w, "expiresAt", pail_str(expires));
    pail_jw_end_object(w);
}

/* What we do not know of stays in the file. */
static void write_file(const struct login *g, const struct renewed *n, struct pail_buf *to)
{
    struct pail_jwriter w;
    struct pail_str key;
    const struct pail_jnode *value;

    pail_jw_init(&w, to, 0);
    pail_jw_object(&w);
    for (void *it = NULL; pail_json_each(pail_json_root(g->file), &it, &key, &value);) {
        pail_jw_key(&w, key);
        if (pail_str_eqz(key, "accessToken"))
            write_token(g, n, &w);
        else if (pail_str_eqz(key, "refreshToken"))
            pail_jw_node(&w, pail_json_get(pail_json_root(n->answer), "refreshToken"));
        else
            pail_jw_node(&w, value);
    }
    pail_jw_end_object(&w);
}

/* The old refresh token may be good for nothing now: a login that cannot be saved is one that has
 * to be made again soon, which deserves more than a debug line. */
static void save(const struct login *g, const struct renewed *n)
{
    struct pail_buf text = PAIL_BUF_INIT(FILE_MAX);
    struct pail_error e = PAIL_ERROR_INIT;

    write_file(g, n, &text);
    int rc = pail_buf_check(&text, "login", &e);
    if (rc == 0)
        rc = pail_diskcache_write(PAIL_CACHE_LOGIN, g->key, pail_buf_view(&text), &e);
    if (rc < 0)
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN, "the renewed login is not saved: %s", e.message);
    if (text.ptr)
        pail_wipe(text.ptr, text.cap);
    pail_buf_done(&text);
}

/* ---- Renewing ---- */

/* The service says in `error` what is wrong; which is told in botocore's words. */
static int refused(const struct pail_fetch_answer *a, struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    if (pail_json_parse(pail_buf_view(&a->body), "answer of sign-in", &doc, NULL) == PAIL_E_NOMEM)
        return pail_error_nomem(err);
    struct pail_str kind = pail_json_str(pail_json_get(doc ? pail_json_root(doc) : NULL, "error"));
    const char *text = "An unspecified error happened when resolving AWS credentials or refreshing "
                       "a login session profile.";
    if (pail_str_eqz(kind, "TOKEN_EXPIRED") || pail_str_eqz(kind, "USER_CREDENTIALS_CHANGED"))
        text = "Your session has expired or credentials have changed. Please reauthenticate using "
               "'aws login'.";
    else if (pail_str_eqz(kind, "INSUFFICIENT_PERMISSIONS"))
        text = "Unable to create or refresh login credentials due to insufficient permissions. You "
               "may be missing permission for the 'signin:CreateOAuth2Token' action.";
    int rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS, "%s", text);
    if (err) {
        err->http_status = a->status;
        if (a->status >= 500 || a->status == 429)
            err->retry = PAIL_RETRY_BACKOFF;
    }
    return rc;
}

static int find_url(const struct login *g, struct pail_buf *url, struct pail_error *err)
{
    struct pail_str own = file_text(g, "signInRegion");
    PAIL_AUTOFREE char *region = pail_strndup(own.len ? own : pail_str(g->l->net->region));
    if (!region && (own.len || g->l->net->region))
        return pail_error_nomem(err);
    if (!region || !*region)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    int rc = pail_lookup_endpoint(g->l, "signin", "signin", region, url, err);
    pail_buf_z(url, "/v1/token");
    return rc < 0 ? rc : pail_buf_check(url, "address of sign-in", err);
}

static void pair(struct pail_buf *to, const char *name, struct pail_str value)
{
    pail_buf_fmt(to, "%s\"%s\": ", to->len > 1 ? ", " : "", name);
    pail_diskcache_quote(to, value);
}

static int request(const struct login *g, struct pail_str url, struct pail_str proof,
                   struct pail_fetch_answer *ret, struct pail_error *err)
{
    const struct pail_fetch_header headers[] = {{"Content-Type", PAIL_STR("application/json")},
                                                {"DPoP", proof}};
    struct pail_buf body = PAIL_BUF_INIT(FILE_MAX);

    pail_buf_char(&body, '{');
    pair(&body, "clientId", file_text(g, "clientId"));
    pair(&body, "refreshToken", file_text(g, "refreshToken"));
    pair(&body, "grantType", PAIL_STR("refresh_token"));
    pail_buf_char(&body, '}');
    int rc = pail_buf_check(&body, "request to sign-in", err);
    if (rc == 0) {
        struct pail_fetch f = {
            .what = "CreateOAuth2Token",
            .method = "POST",
            .url = url,
            .headers = headers,
            .n_headers = PAIL_ARRAY_LEN(headers),
            .body = {body.ptr, body.len},
        };
        rc = pail_fetch(g->l->net->engine, &f, ret, err);
    }
    if (body.ptr)
        pail_wipe(body.ptr, body.cap);
    pail_buf_done(&body);
    return rc;
}

static int ask(const struct login *g, struct pail_fetch_answer *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf proof = PAIL_BUF_INIT(PROOF_MAX);
    PAIL_CLEANUP(pail_p256_free_p) struct pail_p256 *key = NULL;

    int rc = pail_p256_from_pem(file_text(g, "dpopKey"), &key, err);
    if (rc == PAIL_E_PARSE)
        return cannot_load(err, "Unable to load private key from cached token.");
    if (rc == 0)
        rc = find_url(g, &url, err);
    if (rc == 0)
        rc = pail_dpop_proof(key, pail_buf_view(&url), &proof, err);
    return rc < 0 ? rc : request(g, pail_buf_view(&url), pail_buf_view(&proof), ret, err);
}

static int take(const struct login *g, const struct pail_fetch_answer *a,
                struct pail_credentials **ret, struct pail_error *err)
{
    struct renewed n = {0};
    int64_t seconds;

    int rc = pail_json_parse(pail_buf_view(&a->body), "answer of sign-in", &n.answer, err);
    if (rc < 0)
        return rc;
    const struct pail_jnode *root = pail_json_root(n.answer);
    if (!pail_json_int(pail_json_get(root, "expiresIn"), &seconds) || seconds <= 0 ||
        seconds > INT32_MAX || !pail_json_str(pail_json_get(root, "refreshToken")).len) {
        rc = cannot_load(err, "Unable to refresh access token due to an invalid service response. "
                              "Please try running 'aws login' again. If the issue persists, there "
                              "may be a temporary signin service problem.");
    } else {
        const struct pail_jnode *old = pail_json_get(pail_json_root(g->file), "accessToken");
        n.expires_unix_s = pail_clock_wall_s() + seconds;
        rc = read_token(pail_json_get(root, "accessToken"),
                        pail_json_str(pail_json_get(old, "accountId")), n.expires_unix_s, ret, err);
        if (rc == 0)
            save(g, &n);
    }
    pail_json_free(n.answer);
    return rc;
}

static int renew(const struct login *g, struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_fetch_answer a = {0};
    if (!g->l->net)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from " METHOD
                              ": sign-in cannot be reached from here");
    int rc = ask(g, &a, err);
    if (rc == 0)
        rc = a.status == 200 ? take(g, &a, ret, err) : refused(&a, err);
    pail_fetch_answer_done(&a);
    return rc;
}

/* ---- The place ---- */

static int find(const struct login *g, struct pail_credentials **ret, struct pail_error *err)
{
    const struct pail_jnode *token = pail_json_get(pail_json_root(g->file), "accessToken");
    struct pail_error e = PAIL_ERROR_INIT;
    int64_t expires;

    if (pail_expiration_parse(pail_json_str(pail_json_get(token, "expiresAt")), &expires, NULL) < 0)
        return cannot_load(err, "the access token is incomplete.");
    int64_t left = expires - pail_clock_wall_s();
    if (left > RENEW_S && !g->l->refused)
        return read_token(token, pail_json_str(pail_json_get(token, "accountId")), expires, ret,
                          err);
    int rc = renew(g, ret, &e);
    if (rc == 0)
        return 0;
    if (rc == PAIL_E_NOMEM || left <= 0 || g->l->refused) {
        pail_error_copy(err, &e);
        return rc;
    }
    PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN, "login: %s; going on with the old credentials",
             e.message);
    return read_token(token, pail_json_str(pail_json_get(token, "accountId")), expires, ret, err);
}

int pail_find_login(const struct pail_lookup *l, struct pail_credentials **ret,
                    struct pail_error *err)
{
    struct login g = {.l = l, .session = pail_config_get(l->config, l->profile, "login_session")};
    if (!g.session.ptr)
        return pail_lookup_none(err, "no login_session for %.*s", PAIL_STR_ARG(l->profile));
    int rc = open_file(&g, err);
    if (rc == 0)
        rc = find(&g, ret, err);
    pail_json_free(g.file);
    return rc;
}
