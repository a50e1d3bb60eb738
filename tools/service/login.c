/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "login": credentials for the console's user. As in sso_login.c the browser brings back a code,
 * or, with --remote, shows one to be pasted here; what it is changed for is bound to a key that is
 * made here and never leaves the cache file (DPoP). libcore/auth renews what is in that file.
 */
#include "tools/service/signin.h"

#include <stdio.h>

#include "auth/dpop.h"
#include "auth/fetch.h"
#include "auth/session.h"
#include "base/alloc.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/uri.h"
#include "base/value_json.h"
#include "crypto/digest.h"
#include "tools/cmd.h"
#include "tools/service/configure.h"

#define SAME_DEVICE "arn:aws:signin:::devtools/same-device"
#define CROSS_DEVICE "arn:aws:signin:::devtools/cross-device"
#define DEFAULT_REGION "us-east-1"

struct login {
    struct pail_cli *cli;
    struct pail_values *vs;
    const char *region, *client, *redirect_uri;
    bool asked_region;
    struct pail_session *session;
    struct pail_redirect *redirect; /* NULL: the code is pasted */
    struct pail_p256 *key;
    struct pail_signin secrets;
    struct pail_buf base; /* of sign-in */
    struct pail_buf code, state;
    const char *who; /* login_session */
    struct pail_value *token;
    struct pail_error err;
};

static struct pail_str get(const struct pail_value *map, const char *key)
{
    return pail_value_as_str(pail_value_get(map, pail_str(key)));
}

static void set(struct login *l, struct pail_value *map, const char *key, struct pail_str v)
{
    pail_value_set(l->vs, map, pail_str(key), pail_value_str(l->vs, v));
}

static int code_failed(struct login *l, const char *why)
{
    return pail_cli_failf(l->cli, PAIL_EXIT_ERROR, NULL,
                          "Error loading or redeeming a login authorization code: %s ", why);
}

/* ---- Before ---------------------------------------------------------------------------------- */

static int find_region(struct login *l)
{
    if (l->cli->g.region) {
        l->region = l->cli->g.region;
        return 0;
    }
    struct pail_session *s = NULL;
    if (pail_signin_session(l->cli, NULL, false, &s, &l->err))
        return pail_cli_error(l->cli, &l->err);
    const char *known = pail_session_region(s);
    l->region = known ? pail_cli_keep(l->cli, pail_str(known)) : NULL;
    pail_session_unref(s);
    if (l->region)
        return 0;
    static const struct pail_question question = {.text = "AWS Region", .now = DEFAULT_REGION};
    printf("No AWS region has been configured. The AWS region is the geographic location of your "
           "AWS resources.\n\nIf you have used AWS before and already have resources in your "
           "account, specify which region they were created in. If you have not created resources "
           "in your account before, you can pick the region closest to you: "
           "https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html.\n\n"
           "You are able to change the region in the CLI at any time with the command \"aws "
           "configure set region NEW_REGION\".\n");
    l->asked_region = true;
    return pail_ask(l->cli, &question, &l->region);
}

static int prepare(struct login *l, bool remote)
{
    int rc = pail_signin_session(l->cli, l->region, true, &l->session, &l->err);
    if (!rc && l->cli->g.endpoint_url)
        pail_buf_str(&l->base, pail_str(l->cli->g.endpoint_url));
    else if (!rc)
        rc = pail_signin_endpoint(l->session, "signin", "signin", l->region, &l->base, &l->err);
    while (l->base.len && l->base.ptr[l->base.len - 1] == '/')
        pail_buf_truncate(&l->base, l->base.len - 1);
    if (!rc)
        rc = pail_p256_generate(&l->key, &l->err);
    if (!rc)
        rc = pail_signin_begin(&l->secrets, &l->err);
    if (!rc && !remote)
        rc = pail_redirect_new(&l->redirect, &l->err);
    if (rc)
        return pail_cli_error(l->cli, &l->err);
    if (remote) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf uri = PAIL_BUF_INIT(1 << 16);
        pail_buf_fmt(&uri, "%s/v1/sessions/confirmation", pail_buf_cstr(&l->base));
        l->redirect_uri = pail_cli_keep(l->cli, pail_buf_view(&uri));
    } else {
        l->redirect_uri = pail_redirect_uri(l->redirect);
    }
    l->client = remote ? CROSS_DEVICE : SAME_DEVICE;
    return l->redirect_uri ? 0 : pail_cli_nomem(l->cli);
}

static int show_page(struct login *l)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 16);
    pail_buf_fmt(&url, "%s/v1/authorize?", pail_buf_cstr(&l->base));
    pail_signin_query(&url, "response_type", PAIL_STR("code"));
    pail_signin_query(&url, "client_id", pail_str(l->client));
    pail_signin_query(&url, "state", pail_str(l->secrets.state));
    pail_signin_query(&url, "code_challenge_method", PAIL_STR("SHA-256"));
    pail_signin_query(&url, "scope", PAIL_STR("openid"));
    pail_signin_query(&url, "redirect_uri", pail_str(l->redirect_uri));
    pail_signin_query(&url, "code_challenge", pail_str(l->secrets.challenge));
    if (pail_buf_check(&url, "address of the login", &l->err))
        return pail_cli_error(l->cli, &l->err);
    struct pail_signin_place place = {.url = pail_buf_view(&url), .elsewhere = "--remote"};
    pail_signin_show(&place, !l->redirect);
    return 0;
}

/* ---- The code -------------------------------------------------------------------------------- */

/* "state=...&code=..." in base64. */
static int unpack_pasted(struct login *l, const char *pasted)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf query = PAIL_BUF_INIT(1 << 16);
    struct pail_str pair;
    if (pail_base64_decode(&query, pail_str(pasted), NULL))
        return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Failed to decode the verification code."));
    struct pail_str rest = pail_buf_view(&query);
    while (pail_str_split(&rest, '&', &pair)) {
        if (pail_str_starts(pair, PAIL_STR("code=")))
            pail_uri_decode(&l->code, pail_str_from(pair, 5), true);
        else if (pail_str_starts(pair, PAIL_STR("state=")))
            pail_uri_decode(&l->state, pail_str_from(pair, 6), true);
    }
    if (!l->code.len || !l->state.len)
        return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Failed to retrieve an auth_code or state from the "
                                      "verification code"));
    return 0;
}

static int get_code(struct login *l)
{
    int rc = 0, code = 0;
    if (l->redirect) {
        rc = pail_redirect_wait(l->redirect, pail_deadline_after_ns(PAIL_SIGNIN_WAIT_NS), &l->code,
                                &l->state, &l->err);
        if (rc && rc != PAIL_E_DEADLINE)
            return pail_cli_error(l->cli, &l->err);
    } else {
        static const struct pail_question question = {
            .whole = "\nEnter the authorization code displayed in your browser: "};
        const char *pasted = NULL;
        code = pail_ask(l->cli, &question, &pasted);
        if (!code)
            code = unpack_pasted(l, pasted ? pasted : "");
    }
    if (code)
        return code;
    if (!l->code.len)
        return code_failed(l, "Failed to retrieve an authorization code.");
    if (!pail_str_eqz(pail_buf_view(&l->state), l->secrets.state))
        return code_failed(l, "State parameter does not match expected value.");
    return 0;
}

/* ---- The token ------------------------------------------------------------------------------- */

static int refused(struct login *l, const struct pail_fetch_answer *a)
{
    struct pail_value *v = NULL;
    (void)!pail_value_from_json(l->vs, pail_buf_view(&a->body), "answer of sign-in", &v, NULL);
    struct pail_str kind = get(v, "error"), message = get(v, "message");
    if (pail_str_eqz(kind, "AUTHCODE_EXPIRED"))
        return code_failed(l, "Unable to complete the login process due to an expired "
                              "authorization code. Please reauthenticate using 'aws login'.");
    if (pail_str_eqz(kind, "INSUFFICIENT_PERMISSIONS"))
        return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Unable to create or refresh login credentials due to "
                                      "insufficient permissions. You may be missing permission for "
                                      "the 'signin:CreateOAuth2Token' action."));
    char status[16];
    (void)snprintf(status, sizeof(status), "%d", a->status);
    return pail_cli_failf(l->cli, PAIL_EXIT_SERVICE, NULL,
                          "An error occurred (%.*s) when calling the CreateOAuth2Token operation: "
                          "%.*s",
                          PAIL_STR_ARG(kind.len ? kind : pail_str(status)), PAIL_STR_ARG(message));
}

static int send_code(struct login *l, struct pail_fetch_answer *a)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf proof = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf body = PAIL_BUF_INIT(1 << 20);
    struct pail_value *p = pail_value_map(l->vs);
    set(l, p, "clientId", pail_str(l->client));
    set(l, p, "grantType", PAIL_STR("authorization_code"));
    set(l, p, "code", pail_buf_view(&l->code));
    set(l, p, "codeVerifier", pail_str(l->secrets.verifier));
    set(l, p, "redirectUri", pail_str(l->redirect_uri));
    pail_value_to_json(&body, p, NULL);
    pail_buf_fmt(&url, "%s/v1/token", pail_buf_cstr(&l->base));
    int rc = pail_buf_check(&url, "address of sign-in", &l->err);
    if (!rc)
        rc = pail_buf_check(&body, "request to sign-in", &l->err);
    if (!rc)
        rc = pail_dpop_proof(l->key, pail_buf_view(&url), &proof, &l->err);
    if (rc)
        return rc;
    const struct pail_fetch_header headers[] = {{"Content-Type", PAIL_STR("application/json")},
                                                {"DPoP", pail_buf_view(&proof)}};
    struct pail_fetch f = {.what = "CreateOAuth2Token",
                           .method = "POST",
                           .url = pail_buf_view(&url),
                           .headers = headers,
                           .n_headers = PAIL_ARRAY_LEN(headers),
                           .body = {body.ptr, body.len}};
    return pail_fetch(pail_session_engine(l->session), &f, a, &l->err);
}

/* The subject of a JWT; that it is sign-in's own is known from whom it came. */
static int read_subject(struct login *l, struct pail_str jwt)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf payload = PAIL_BUF_INIT(1 << 20);
    struct pail_str head, middle, tail, rest = jwt;
    struct pail_value *v = NULL;
    if (!pail_str_split(&rest, '.', &head) || !pail_str_split(&rest, '.', &middle) ||
        !pail_str_split(&rest, '.', &tail) || rest.ptr)
        return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Invalid JWT token - cannot extract payload"));
    if (!pail_base64url_decode(&payload, middle, NULL))
        (void)!pail_value_from_json(l->vs, pail_buf_view(&payload), "token", &v, NULL);
    struct pail_str sub = get(v, "sub");
    if (!sub.len)
        return pail_cli_fail(l->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Invalid JWT token - missing sub"));
    l->who = pail_cli_keep(l->cli, sub);
    return l->who ? 0 : pail_cli_nomem(l->cli);
}

/* The account in "arn:aws:iam::123456789012:user/a". */
static struct pail_str account_of(struct pail_str arn)
{
    struct pail_str part = {NULL, 0};
    for (int i = 0; i < 5; i++)
        if (!pail_str_split(&arn, ':', &part))
            return PAIL_STR("");
    return part;
}

static int make_token(struct login *l, const struct pail_value *answer)
{
    static const char *const keys[] = {"accessKeyId", "secretAccessKey", "sessionToken"};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf pem = PAIL_BUF_INIT(8192);
    const struct pail_value *given = pail_value_get(answer, PAIL_STR("accessToken"));
    struct pail_value *access = pail_value_map(l->vs);
    char expires[PAIL_TIME_ISO_LEN];
    int64_t seconds = 0;
    if (!pail_value_as_int(pail_value_get(answer, PAIL_STR("expiresIn")), &seconds) || !given)
        return code_failed(l, "Failed to retrieve an access token.");
    int code = read_subject(l, get(answer, "idToken"));
    if (code)
        return code;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(keys); i++)
        set(l, access, keys[i], get(given, keys[i]));
    set(l, access, "accountId", account_of(pail_str(l->who)));
    pail_time_iso(pail_clock_wall_s() + seconds, expires);
    set(l, access, "expiresAt", pail_str(expires));
    if (pail_p256_to_pem(l->key, &pem, &l->err))
        return pail_cli_error(l->cli, &l->err);
    l->token = pail_value_map(l->vs);
    pail_value_set(l->vs, l->token, PAIL_STR("accessToken"), access);
    set(l, l->token, "tokenType", get(answer, "tokenType"));
    set(l, l->token, "clientId", pail_str(l->client));
    set(l, l->token, "refreshToken", get(answer, "refreshToken"));
    set(l, l->token, "idToken", get(answer, "idToken"));
    set(l, l->token, "dpopKey", pail_buf_view(&pem));
    pail_wipe(pem.ptr, pem.len);
    return 0;
}

static int get_token(struct login *l)
{
    struct pail_fetch_answer a = {0};
    struct pail_value *answer = NULL;
    int code;
    if (send_code(l, &a))
        code = pail_cli_error(l->cli, &l->err);
    else if (a.status != 200)
        code = refused(l, &a);
    else if (pail_value_from_json(l->vs, pail_buf_view(&a.body), "answer of sign-in", &answer,
                                  &l->err))
        code = pail_cli_error(l->cli, &l->err);
    else
        code = make_token(l, answer);
    pail_fetch_answer_done(&a);
    return code;
}

/* ---- After ----------------------------------------------------------------------------------- */

/* A profile that belongs to somebody else is not taken over in silence. */
static int may_change(struct login *l, bool *ret)
{
    struct pail_str old = pail_cli_setting(l->cli, "login_session");
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    *ret = true;
    if (!old.ptr || pail_str_eqz(old, l->who))
        return 0;
    pail_buf_fmt(&text,
                 "\nProfile %s is already configured to use session %.*s. Do you want to overwrite "
                 "it to use %s instead? (y/n): ",
                 pail_cli_profile(l->cli), PAIL_STR_ARG(old), l->who);
    const struct pail_question q = {.whole = pail_buf_cstr(&text)};
    for (;;) {
        const char *answer = NULL;
        int code = pail_ask(l->cli, &q, &answer);
        if (code)
            return code;
        struct pail_str a = pail_str(answer);
        if (pail_str_ieq(a, PAIL_STR("y")) || pail_str_ieq(a, PAIL_STR("yes")))
            return 0;
        *ret = !pail_str_ieq(a, PAIL_STR("n")) && !pail_str_ieq(a, PAIL_STR("no"));
        if (!*ret)
            return 0;
        printf("Invalid response. Please enter \"y\" or \"n\"");
    }
}

static int save(struct login *l)
{
    static const struct pail_json_style style = {.ascii = true};
    struct pail_buf json = PAIL_BUF_INIT(1 << 20);
    char key[PAIL_CACHE_KEY_LEN];
    struct pail_str profile = pail_str(pail_cli_profile(l->cli));
    struct pail_str who = pail_str(l->who);
    pail_value_to_json(&json, l->token, &style);
    int rc = pail_buf_check(&json, "login", &l->err);
    if (!rc)
        rc = pail_sha256_hex((struct pail_bytes){who.ptr, who.len}, key, &l->err);
    if (!rc)
        rc = pail_diskcache_write(PAIL_CACHE_LOGIN, key, pail_buf_view(&json), &l->err);
    if (json.ptr)
        pail_wipe(json.ptr, json.cap);
    pail_buf_done(&json);
    if (rc)
        return pail_cli_error(l->cli, &l->err);
    int code = pail_configure_set(l->cli, profile, PAIL_STR("login_session"), pail_strn(NULL, 0),
                                  who);
    if (!code && l->asked_region)
        code = pail_configure_set(l->cli, profile, PAIL_STR("region"), pail_strn(NULL, 0),
                                  pail_str(l->region));
    if (code)
        return code;
    printf("\nUpdated profile %.*s to use %s credentials.\n", PAIL_STR_ARG(profile), l->who);
    if (!pail_str_eqz(profile, "default"))
        printf("Use \"--profile %.*s\" to use the new credentials, such as \"aws sts "
               "get-caller-identity --profile %.*s\"\n",
               PAIL_STR_ARG(profile), PAIL_STR_ARG(profile));
    return 0;
}

static int run(struct login *l, bool remote)
{
    bool may = false;
    int code = find_region(l);
    if (!code)
        code = prepare(l, remote);
    if (!code)
        code = show_page(l);
    if (!code)
        code = get_code(l);
    if (!code)
        code = get_token(l);
    if (!code)
        code = may_change(l, &may);
    return !code && may ? save(l) : code;
}

int pail_login_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--remote", .take = PAIL_ARG_NONE}, {.name = NULL}};
    struct login l = {.cli = cli,
                      .vs = cli->vs,
                      .base = PAIL_BUF_INIT(1 << 16),
                      .code = PAIL_BUF_INIT(1 << 16),
                      .state = PAIL_BUF_INIT(1 << 16),
                      .err = PAIL_ERROR_INIT};
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    code = run(&l, args[0].given);
    pail_redirect_free(l.redirect);
    pail_p256_free(l.key);
    pail_session_unref(l.session);
    pail_buf_done(&l.base);
    pail_buf_done(&l.code);
    pail_buf_done(&l.state);
    return code;
}
