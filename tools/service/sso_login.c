/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A login to IAM Identity Center: this program registered as a client, the user sent to a page, and
 * a token for what comes of it.
 *
 * With a session: a code that the browser brings back to us, bound to a secret of ours (PKCE).
 * Without one, or where there is no browser: a code that the user types in a browser anywhere,
 * while we ask every few seconds whether that has happened.
 *
 * Files and their names are those of the AWS CLI, so that a login serves both; libcore/auth reads
 * and renews them.
 */
#include "tools/service/signin.h"

#include "auth/expiration.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "tools/cmd.h"

#define FRESH_S 900
#define DEFAULT_SCOPE "sso:account:access"
#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

struct flow {
    struct pail_cli *cli;
    struct pail_values *vs;
    const struct pail_sso_ask *ask;
    struct pail_session *session;
    struct pail_client *oidc;
    struct pail_redirect *redirect; /* NULL: a code to be typed */
    struct pail_value *scopes;      /* NULL: none named */
    struct pail_value *client;      /* the registration, as it is cached */
    struct pail_value *refusal;     /* of the last call */
    struct pail_error err;
};

static struct pail_value *text(struct flow *f, struct pail_str s)
{
    return pail_value_str(f->vs, s);
}

static void set(struct flow *f, struct pail_value *map, const char *key, struct pail_value *v)
{
    pail_value_set(f->vs, map, pail_str(key), v);
}

static void set_str(struct flow *f, struct pail_value *map, const char *key, struct pail_str v)
{
    set(f, map, key, text(f, v));
}

static struct pail_str get(const struct pail_value *map, const char *key)
{
    return pail_value_as_str(pail_value_get(map, pail_str(key)));
}

static struct pail_value *stamp(struct flow *f, int64_t unix_s)
{
    char iso[PAIL_TIME_ISO_LEN];
    pail_time_iso(unix_s, iso);
    return text(f, pail_str(iso));
}

static bool is_fresh(struct pail_str expires)
{
    int64_t end;
    return !pail_expiration_parse(expires, &end, NULL) && end - pail_clock_wall_s() >= FRESH_S;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* *ret is the run's. Negative: f->err and f->refusal say why. */
static int call(struct flow *f, const char *operation, struct pail_value *params,
                struct pail_value **ret)
{
    struct pail_result *result = NULL, *refusal = NULL;
    struct pail_call_args args = {.params = params, .ret_refusal = &refusal};
    f->err = (struct pail_error)PAIL_ERROR_INIT;
    f->refusal = NULL;
    int rc = pail_call_with(f->oidc, operation, &args, &result, &f->err);
    if (!rc)
        *ret = pail_value_copy(f->vs, pail_result_value(result));
    else if (refusal)
        f->refusal = pail_value_copy(f->vs, pail_result_value(refusal));
    pail_result_free(result);
    pail_result_free(refusal);
    return rc;
}

static int failed(struct flow *f)
{
    if (f->err.domain == PAIL_D_SERVICE)
        return pail_cli_refused(f->cli, &f->err, f->refusal);
    return pail_cli_error(f->cli, &f->err);
}

static bool refused_with(const struct flow *f, const char *code)
{
    return f->err.domain == PAIL_D_SERVICE && strcmp(f->err.service_code, code) == 0;
}

static int expired(struct flow *f)
{
    return pail_cli_fail(f->cli, PAIL_EXIT_ERROR, NULL,
                         PAIL_STR("The pending authorization to retrieve an SSO token has expired. "
                                  "The login flow to retrieve an SSO token must be restarted."));
}

/* ---- Files ----------------------------------------------------------------------------------- */

/* 0, or an exit code. */
static int write_file(struct flow *f, const char *key, const struct pail_value *v)
{
    static const struct pail_json_style style = {.ascii = true};
    struct pail_buf json = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    pail_value_to_json(&json, v, &style);
    int rc = pail_buf_check(&json, "login", &err);
    if (!rc)
        rc = pail_diskcache_write(PAIL_CACHE_SSO, key, pail_buf_view(&json), &err);
    if (json.ptr)
        pail_wipe(json.ptr, json.cap);
    pail_buf_done(&json);
    return rc ? pail_cli_error(f->cli, &err) : 0;
}

static int token_key(struct flow *f, char ret[PAIL_CACHE_KEY_LEN])
{
    const char *name = f->ask->session ? f->ask->session : f->ask->start_url;
    return pail_diskcache_key(pail_str(name), ret, &f->err);
}

static int client_key(struct flow *f, char ret[PAIL_CACHE_KEY_LEN])
{
    static const struct pail_json_style style = {.ascii = true};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(1 << 20);
    struct pail_value *v = pail_value_map(f->vs);
    set_str(f, v, "region", pail_str(f->ask->region));
    set(f, v, "scopes", f->scopes ? pail_value_copy(f->vs, f->scopes) : pail_value_null(f->vs));
    set(f, v, "session_name",
        f->ask->session ? text(f, pail_str(f->ask->session)) : pail_value_null(f->vs));
    set_str(f, v, "startUrl", pail_str(f->ask->start_url));
    set_str(f, v, "tool", PAIL_STR("botocore"));
    pail_value_to_json(&json, v, &style);
    int rc = pail_buf_check(&json, "client", &f->err);
    return rc ? rc : pail_diskcache_key(pail_buf_view(&json), ret, &f->err);
}

static struct pail_value *read_file(struct flow *f, const char *key)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_buf json = PAIL_BUF_INIT(1 << 20);
    struct pail_value *v = NULL;
    struct pail_jwriter w;
    if (pail_diskcache_read(PAIL_CACHE_SSO, key, &doc, NULL))
        return NULL;
    pail_jw_init(&w, &json, 0);
    pail_jw_node(&w, pail_json_root(doc));
    if (json.failed || pail_value_from_json(f->vs, pail_buf_view(&json), "cache", &v, NULL))
        v = NULL;
    if (json.ptr)
        pail_wipe(json.ptr, json.cap);
    pail_buf_done(&json);
    return v;
}

/* ---- The client ------------------------------------------------------------------------------ */

static bool serves(const struct flow *f, const struct pail_value *client)
{
    const struct pail_value *grants = pail_value_get(client, PAIL_STR("grantTypes"));
    bool codes = false;
    for (size_t i = 0; i < pail_value_len(grants); i++)
        codes |= pail_str_eqz(pail_value_as_str(pail_value_at(grants, i)), "authorization_code");
    return get(client, "clientId").len && get(client, "clientSecret").len &&
           is_fresh(get(client, "expiresAt")) && codes == (f->redirect != NULL);
}

static struct pail_value *list_of(struct flow *f, const char *const *texts)
{
    struct pail_value *list = pail_value_list(f->vs);
    for (; *texts; texts++)
        pail_value_append(f->vs, list, text(f, pail_str(*texts)));
    return list;
}

static struct pail_value *registration(struct flow *f)
{
    static const char *const grants[] = {"authorization_code", "refresh_token", NULL};
    static const char *const uris[] = {PAIL_REDIRECT_URI, NULL};
    static const char *const scopes[] = {DEFAULT_SCOPE, NULL};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(4096);
    struct pail_value *p = pail_value_map(f->vs);
    pail_buf_z(&name, "botocore-client-");
    if (f->ask->session)
        pail_buf_z(&name, f->ask->session);
    else
        pail_buf_u64(&name, (uint64_t)pail_clock_wall_s());
    set_str(f, p, "clientName", pail_buf_view(&name));
    set_str(f, p, "clientType", PAIL_STR("public"));
    if (f->redirect) {
        set(f, p, "grantTypes", list_of(f, grants));
        set(f, p, "redirectUris", list_of(f, uris));
        set_str(f, p, "issuerUrl", pail_str(f->ask->start_url));
    }
    if (pail_value_len(f->scopes))
        set(f, p, "scopes", pail_value_copy(f->vs, f->scopes));
    else if (f->redirect)
        set(f, p, "scopes", list_of(f, scopes));
    return p;
}

/* 0, or an exit code. */
static int find_client(struct flow *f)
{
    char key[PAIL_CACHE_KEY_LEN];
    struct pail_value *answer = NULL;
    int64_t end = 0;
    if (client_key(f, key))
        return failed(f);
    f->client = read_file(f, key);
    if (f->client && serves(f, f->client))
        return 0;
    struct pail_value *p = registration(f);
    if (call(f, "RegisterClient", p, &answer))
        return failed(f);
    (void)pail_value_as_int(pail_value_get(answer, PAIL_STR("clientSecretExpiresAt")), &end);
    f->client = pail_value_map(f->vs);
    set_str(f, f->client, "clientId", get(answer, "clientId"));
    set_str(f, f->client, "clientSecret", get(answer, "clientSecret"));
    set(f, f->client, "expiresAt", stamp(f, end));
    static const char *const kept[] = {"scopes", "grantTypes"};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(kept); i++) {
        const struct pail_value *v = pail_value_get(p, pail_str(kept[i]));
        if (v)
            set(f, f->client, kept[i], pail_value_copy(f->vs, v));
    }
    return write_file(f, key, f->client);
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static struct pail_value *token_request(struct flow *f, const char *grant)
{
    struct pail_value *p = pail_value_map(f->vs);
    set_str(f, p, "clientId", get(f->client, "clientId"));
    set_str(f, p, "clientSecret", get(f->client, "clientSecret"));
    set_str(f, p, "grantType", pail_str(grant));
    return p;
}

/* 0, or an exit code. */
static int keep_token(struct flow *f, const struct pail_value *answer, struct pail_buf *ret)
{
    char key[PAIL_CACHE_KEY_LEN];
    struct pail_value *t = pail_value_map(f->vs);
    int64_t seconds = 0;
    (void)pail_value_as_int(pail_value_get(answer, PAIL_STR("expiresIn")), &seconds);
    set_str(f, t, "startUrl", pail_str(f->ask->start_url));
    set_str(f, t, "region", pail_str(f->ask->region));
    set_str(f, t, "accessToken", get(answer, "accessToken"));
    set(f, t, "expiresAt", stamp(f, pail_clock_wall_s() + seconds));
    set_str(f, t, "clientId", get(f->client, "clientId"));
    set_str(f, t, "clientSecret", get(f->client, "clientSecret"));
    set_str(f, t, "registrationExpiresAt", get(f->client, "expiresAt"));
    if (get(answer, "refreshToken").ptr)
        set_str(f, t, "refreshToken", get(answer, "refreshToken"));
    pail_buf_str(ret, get(answer, "accessToken"));
    return token_key(f, key) ? failed(f) : write_file(f, key, t);
}

/* True: there is one that lasts. */
static bool cached_token(struct flow *f, struct pail_buf *ret)
{
    char key[PAIL_CACHE_KEY_LEN];
    const struct pail_value *t = token_key(f, key) ? NULL : read_file(f, key);
    if (!get(t, "accessToken").len || !is_fresh(get(t, "expiresAt")))
        return false;
    pail_buf_str(ret, get(t, "accessToken"));
    return true;
}

/* ---- With a redirect ------------------------------------------------------------------------- */

static int authorize_url(struct flow *f, const struct pail_signin *secrets, struct pail_buf *url)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf scopes = PAIL_BUF_INIT(1 << 16);
    int rc = pail_signin_endpoint(f->session, "sso-oidc", "oidc", f->ask->region, url, &f->err);
    if (rc)
        return rc;
    for (size_t i = 0; i < pail_value_len(f->scopes); i++)
        pail_buf_fmt(&scopes, "%s%.*s", i ? " " : "",
                     PAIL_STR_ARG(pail_value_as_str(pail_value_at(f->scopes, i))));
    if (!scopes.len)
        pail_buf_z(&scopes, DEFAULT_SCOPE);
    pail_buf_z(url, "/authorize?");
    pail_signin_query(url, "response_type", PAIL_STR("code"));
    pail_signin_query(url, "client_id", get(f->client, "clientId"));
    pail_signin_query(url, "redirect_uri", pail_str(pail_redirect_uri(f->redirect)));
    pail_signin_query(url, "state", pail_str(secrets->state));
    pail_signin_query(url, "code_challenge_method", PAIL_STR("S256"));
    pail_signin_query(url, "scopes", pail_buf_view(&scopes));
    pail_signin_query(url, "code_challenge", pail_str(secrets->challenge));
    return pail_buf_check(url, "address of the login", &f->err);
}

/* 0, or an exit code. */
static int wait_for_code(struct flow *f, const struct pail_signin *secrets, struct pail_buf *code)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf state = PAIL_BUF_INIT(1 << 16);
    int rc = pail_redirect_wait(f->redirect, pail_deadline_after_ns(PAIL_SIGNIN_WAIT_NS), code,
                                &state, &f->err);
    if (rc && rc != PAIL_E_DEADLINE)
        return failed(f);
    if (rc || !code->len)
        return pail_cli_fail(f->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Error loading authorization code: Failed to retrieve an "
                                      "authorization code."));
    if (!pail_str_eqz(pail_buf_view(&state), secrets->state))
        return pail_cli_fail(f->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Error loading authorization code: State parameter does not "
                                      "match expected value."));
    return 0;
}

static int by_redirect(struct flow *f, struct pail_value **ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf code = PAIL_BUF_INIT(1 << 16);
    struct pail_signin secrets;
    if (pail_signin_begin(&secrets, &f->err) || authorize_url(f, &secrets, &url))
        return failed(f);
    struct pail_signin_place place = {.url = pail_buf_view(&url), .elsewhere = "--use-device-code"};
    pail_signin_show(&place, f->ask->no_browser);
    int exit_code = wait_for_code(f, &secrets, &code);
    if (exit_code)
        return exit_code;
    struct pail_value *p = token_request(f, "authorization_code");
    set_str(f, p, "redirectUri", pail_str(pail_redirect_uri(f->redirect)));
    set_str(f, p, "codeVerifier", pail_str(secrets.verifier));
    set_str(f, p, "code", pail_buf_view(&code));
    if (!call(f, "CreateToken", p, ret))
        return 0;
    return refused_with(f, "ExpiredTokenException") ? expired(f) : failed(f);
}

/* ---- With a code to be typed ----------------------------------------------------------------- */

/* One try; *ret NULL: not yet. 0, or an exit code. */
static int try_device(struct flow *f, struct pail_value *p, int64_t *interval_s,
                      struct pail_value **ret)
{
    if (!call(f, "CreateToken", p, ret) || refused_with(f, "AuthorizationPendingException"))
        return 0;
    if (refused_with(f, "SlowDownException")) {
        *interval_s += 5;
        return 0;
    }
    return refused_with(f, "ExpiredTokenException") ? expired(f) : failed(f);
}

static int by_device(struct flow *f, struct pail_value **ret)
{
    struct pail_value *p = pail_value_map(f->vs), *answer = NULL;
    int64_t interval_s = 5;
    set_str(f, p, "clientId", get(f->client, "clientId"));
    set_str(f, p, "clientSecret", get(f->client, "clientSecret"));
    set_str(f, p, "startUrl", pail_str(f->ask->start_url));
    if (call(f, "StartDeviceAuthorization", p, &answer))
        return failed(f);
    (void)pail_value_as_int(pail_value_get(answer, PAIL_STR("interval")), &interval_s);
    p = token_request(f, DEVICE_GRANT);
    set_str(f, p, "deviceCode", get(answer, "deviceCode"));
    /* Somebody who is known already needs no page. */
    int code = try_device(f, p, &interval_s, ret);
    if (code || *ret)
        return code;
    struct pail_signin_place place = {.url = get(answer, "verificationUri"),
                                      .complete = get(answer, "verificationUriComplete"),
                                      .code = get(answer, "userCode")};
    pail_signin_show(&place, f->ask->no_browser);
    while (!(code = try_device(f, p, &interval_s, ret)) && !*ret)
        pail_sleep_ns((interval_s < 0 ? 0 : interval_s) * PAIL_NS_PER_S);
    return code;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int begin(struct flow *f)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    o.region = f->ask->region;
    o.no_sign_request = true;
    int rc = pail_signin_session(f->cli, f->ask->region, false, &f->session, &f->err);
    if (!rc)
        rc = pail_client_new(f->session, "sso-oidc", &o, &f->oidc, &f->err);
    return rc ? failed(f) : 0;
}

static int listen_for_browser(struct flow *f)
{
    if (!f->ask->session || f->ask->use_device_code || !pail_redirect_new(&f->redirect, &f->err))
        return 0;
    return pail_cli_failf(f->cli, PAIL_EXIT_ERROR, NULL,
                          "Unable to initialize the OAuth 2.0 authorization callback handler: %s \n"
                          " You may use --use-device-code to fall back to the device code flow.",
                          f->err.message);
}

static int get_token(struct flow *f, struct pail_buf *ret_token)
{
    struct pail_value *answer = NULL;
    if (!f->ask->fresh && cached_token(f, ret_token))
        return 0;
    int code = begin(f);
    if (!code)
        code = listen_for_browser(f);
    if (!code)
        code = find_client(f);
    if (!code)
        code = f->redirect ? by_redirect(f, &answer) : by_device(f, &answer);
    return code ? code : keep_token(f, answer, ret_token);
}

static struct pail_value *scopes_of(struct flow *f)
{
    struct pail_str rest = pail_str(f->ask->scopes), scope;
    if (!rest.ptr)
        return NULL;
    struct pail_value *list = pail_value_list(f->vs);
    while (pail_str_split(&rest, ',', &scope)) {
        scope = pail_str_trim(scope);
        if (scope.len)
            pail_value_append(f->vs, list, text(f, scope));
    }
    return list;
}

int pail_sso_login(struct pail_cli *cli, const struct pail_sso_ask *ask, struct pail_buf *ret_token)
{
    struct flow f = {.cli = cli, .vs = cli->vs, .ask = ask, .err = PAIL_ERROR_INIT};
    f.scopes = scopes_of(&f);
    int code = get_token(&f, ret_token);
    pail_redirect_free(f.redirect);
    pail_client_unref(f.oidc);
    pail_session_unref(f.session);
    return code;
}
