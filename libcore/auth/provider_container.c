/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_container.c - credentials of a container: ECS tasks and EKS pod identities.
 *
 * The environment says where to ask and with which token. Only hosts that cannot be somebody else's
 * are asked without TLS, since the token and the answer are all it takes. A token file is read anew
 * each time.
 */
#include "auth/lookup.h"

#include "auth/expiration.h"
#include "auth/fetch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "base/json.h"
#include "base/logging.h"
#include "base/secret.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/uri.h"

#define METHOD "container-role"
#define RELATIVE "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL "AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN "AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define TRIES 3
#define TIMEOUT_MS 2000
#define PAUSE_NS PAIL_NS_PER_S
#define URL_MAX 4096
#define TOKEN_MAX ((size_t)64 << 10)

/* ---- Where ---- */

static bool is_loopback(const struct pail_uri *u)
{
    if (u->host_is_ipv6)
        return pail_str_eqz(u->host, "::1") || pail_str_eqz(u->host, "0:0:0:0:0:0:0:1");
    return pail_uri_is_ip(u->host) && pail_str_starts(u->host, PAIL_STR("127."));
}

static bool is_allowed(const struct pail_uri *u)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                        "localhost"};
    if (pail_str_ieq(u->scheme, PAIL_STR("https")) || is_loopback(u))
        return true;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(hosts); i++) {
        if (pail_str_ieq(u->host, pail_str(hosts[i])))
            return true;
    }
    return false;
}

static int check_url(struct pail_str url, struct pail_error *err)
{
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_uri u;
    if (pail_uri_parse(url, &u, &e) < 0)
        return pail_lookup_failed(err, METHOD, &e);
    if (is_allowed(&u))
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CREDENTIALS,
                          "Unsupported host '%.*s'.  Can only retrieve metadata from a loopback "
                          "address or one of these hosts: 169.254.170.2, 169.254.170.23, "
                          "fd00:ec2::23, localhost",
                          PAIL_STR_ARG(u.host));
}

/* ---- The token ---- */

static int check_token(struct pail_str token, struct pail_error *err)
{
    if (pail_str_find(token, '\r') == SIZE_MAX && pail_str_find(token, '\n') == SIZE_MAX)
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CREDENTIALS,
                          "Auth token value is not a legal header value");
}

/* *ret stays empty when there is none. */
static int read_token(struct pail_secret *ret, struct pail_error *err)
{
    const char *path = pail_env_get(TOKEN_FILE);
    struct pail_error e = PAIL_ERROR_INIT;
    struct pail_str token = pail_str(path ? NULL : pail_env_get(TOKEN));
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;

    if (path && pail_file_read_all(path, TOKEN_MAX, &text, &len, &e) < 0)
        return pail_lookup_failed(err, METHOD, &e);
    if (path)
        token = pail_strn(text, len);
    int rc = token.ptr ? check_token(token, err) : 0;
    if (rc == 0 && token.ptr && !pail_secret_set(ret, token))
        rc = pail_error_nomem(err);
    if (text)
        pail_wipe(text, len);
    return rc;
}

/* ---- The answer ---- */

static int bad_answer(const struct pail_fetch_answer *a, struct pail_error *err)
{
    if (a->status == 200)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "Error retrieving metadata: Unable to parse JSON returned from "
                              "container metadata services");
    return pail_error_set(err, PAIL_D_HTTP, PAIL_E_GARBAGE,
                          "Error retrieving metadata: Received non 200 response %d from container "
                          "metadata: %.*s",
                          a->status, PAIL_STR_ARG(pail_str_sub(pail_buf_view(&a->body), 0, 120)));
}

static int missing(struct pail_error *err, const char *what)
{
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_CREDENTIALS,
                          "Error when retrieving credentials from " METHOD ": the answer has no %s",
                          what);
}

static int take(const struct pail_json *doc, struct pail_credentials **ret, struct pail_error *err)
{
    const struct pail_jnode *root = pail_json_root(doc);
    struct pail_credentials_fields f = {
        .method = METHOD,
        .access_key = pail_json_str(pail_json_get(root, "AccessKeyId")),
        .secret_key = pail_json_str(pail_json_get(root, "SecretAccessKey")),
        .session_token = pail_json_str(pail_json_get(root, "Token")),
        .account_id = pail_json_str(pail_json_get(root, "AccountId")),
    };
    if (!f.access_key.len)
        return missing(err, "AccessKeyId");
    if (!f.secret_key.len)
        return missing(err, "SecretAccessKey");
    if (!f.session_token.len)
        return missing(err, "Token");
    if (pail_expiration_parse(pail_json_str(pail_json_get(root, "Expiration")), &f.expires_unix_s,
                              NULL) < 0)
        return missing(err, "Expiration");
    return pail_credentials_new(&f, ret, err);
}

/* One try; *ret_doc is the answer's JSON. */
static int try_once(const struct pail_lookup *l, struct pail_str url, struct pail_str token,
                    struct pail_json **ret_doc, struct pail_error *err)
{
    const struct pail_fetch_header headers[] = {{"Accept", PAIL_STR("application/json")},
                                                {"Authorization", token}};
    struct pail_fetch f = {
        .what = "container metadata",
        .method = "GET",
        .url = url,
        .headers = headers,
        .n_headers = token.ptr ? 2 : 1,
        .timeout_ms = TIMEOUT_MS,
        .direct = true,
    };
    struct pail_fetch_answer a = {0};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = pail_fetch(l->net->engine, &f, &a, err);
    if (rc < 0)
        return rc;
    if (a.status != 200)
        rc = bad_answer(&a, err);
    else if (pail_json_parse(pail_buf_view(&a.body), "answer", ret_doc, &e) < 0)
        rc = e.code == PAIL_E_NOMEM ? pail_error_nomem(err) : bad_answer(&a, err);
    pail_fetch_answer_done(&a);
    return rc;
}

static bool is_final(int code)
{
    return code == 0 || code == PAIL_E_NOMEM || code == PAIL_E_CANCELLED || code == PAIL_E_SHUTDOWN;
}

/* Whatever is wrong, an answer that is not JSON too, may be better in a second. */
static int ask(const struct pail_lookup *l, struct pail_str url, struct pail_credentials **ret,
               struct pail_error *err)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL;
    struct pail_secret token = {0};
    struct pail_error e = PAIL_ERROR_INIT;

    int rc = read_token(&token, err);
    if (rc < 0)
        return rc;
    for (unsigned i = 0; i < TRIES; i++) {
        if (i > 0)
            pail_sleep_ns(l->net->pause_ns ? l->net->pause_ns : PAUSE_NS);
        rc = try_once(l, url, pail_secret_reveal(&token), &doc, &e);
        if (is_final(rc))
            break;
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, METHOD ": %s", e.message);
    }
    pail_secret_done(&token);
    return rc < 0 ? pail_lookup_failed(err, METHOD, &e) : take(doc, ret, err);
}

int pail_find_container(const struct pail_lookup *l, struct pail_credentials **ret,
                        struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX);
    const char *relative = pail_env_get(RELATIVE), *full = pail_env_get(FULL);

    if (!relative && !full)
        return pail_lookup_none(err, "neither " RELATIVE " nor " FULL " is set");
    if (!l->net)
        return pail_lookup_none(err, "nobody can be asked from here");
    if (relative)
        pail_buf_fmt(&url, "http://169.254.170.2%s", relative);
    else
        pail_buf_z(&url, full);
    int rc = pail_buf_check(&url, relative ? RELATIVE : FULL, err);
    if (rc == 0)
        rc = check_url(pail_buf_view(&url), err);
    return rc < 0 ? rc : ask(l, pail_buf_view(&url), ret, err);
}
