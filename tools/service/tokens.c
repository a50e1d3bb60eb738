/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords made of a signature or a call: "ecr get-login-password", "rds generate-db-auth-token",
 * "dsql generate-db-connect-auth-token". */
#include "tools/service/commands.h"

#include <stdio.h>

#include "auth/sign.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/str.h"
#include "tools/service/calls.h"

/* Of ecr a list of authorizations, of ecr-public one. */
static const struct pail_value *token_of(const struct pail_result *r)
{
    const struct pail_value *data = pail_value_get(pail_result_value(r),
                                                   PAIL_STR("authorizationData"));
    if (pail_value_type(data) == PAIL_VAL_LIST)
        data = pail_value_at(data, 0);
    return pail_value_get(data, PAIL_STR("authorizationToken"));
}

static int ecr_login(struct pail_cli *cli, const char *service, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *client = NULL;
    struct pail_result *result = NULL;
    int code = pail_cli_args(cli, words, none);
    if (code)
        return code;
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_client_new(session, service, NULL, &client, &err);
    if (!rc)
        rc = pail_call(client, "GetAuthorizationToken", NULL, &result, &err);
    if (!rc)
        rc = pail_base64_decode(&text, pail_value_as_str(token_of(result)), &err);
    if (!rc) {
        struct pail_str s = pail_buf_view(&text);
        size_t colon = pail_str_find(s, ':');
        s = colon == SIZE_MAX ? s : pail_str_from(s, colon + 1);
        printf("%.*s\n", PAIL_STR_ARG(s));
    }
    pail_result_free(result);
    pail_client_unref(client);
    return rc ? pail_cli_error(cli, &err) : 0;
}

int pail_ecr_login_run(struct pail_cli *cli, const struct pail_words *words)
{
    return ecr_login(cli, "ecr", words);
}

int pail_ecr_public_login_run(struct pail_cli *cli, const struct pail_words *words)
{
    return ecr_login(cli, "ecr-public", words);
}

/* ---- rds, dsql ------------------------------------------------------------------------------- */

struct token {
    const char *service;       /* that it is signed for */
    const char *action, *user; /* user NULL: none */
    uint32_t expires_s;
};

static int db_token(struct pail_cli *cli, const struct token *t, const char *address,
                    struct pail_buf *to, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_request_done) struct pail_request r;
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    pail_request_init(&r);
    int rc = pail_cli_session(cli, &session, err);
    if (rc)
        return rc;
    const char *region = pail_session_region(session);
    if (!region)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    struct pail_sign_params p = {.service = pail_str(t->service),
                                 .region = pail_str(region),
                                 .now_unix_s = pail_clock_wall_s(),
                                 .normalize_path = true,
                                 .expires_s = t->expires_s};
    pail_buf_fmt(&url, "https://%s/", address);
    rc = pail_request_base(&r, pail_buf_view(&url), err);
    if (rc)
        return rc;
    (void)snprintf(r.method, sizeof(r.method), "GET");
    pail_buf_reset(&r.path);
    pail_buf_char(&r.path, '/');
    pail_request_query(&r, PAIL_STR("Action"), pail_str(t->action));
    if (t->user)
        pail_request_query(&r, PAIL_STR("DBUser"), pail_str(t->user));
    rc = pail_session_credentials(session, &c, err);
    if (!rc)
        rc = pail_sign_query(&r, &p, c, err);
    pail_credentials_unref(c);
    if (!rc)
        pail_request_url(&r, true, to);
    return rc;
}

/* It goes without "https://". */
static int put_token(struct pail_cli *cli, const struct token *t, const char *address)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    if (db_token(cli, t, address, &url, &err))
        return pail_cli_error(cli, &err);
    printf("%s\n", pail_buf_cstr(&url) + strlen("https://"));
    return 0;
}

int pail_rds_token_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--hostname", .take = PAIL_ARG_ONE, .required = true},
                              {.name = "--port", .take = PAIL_ARG_ONE, .required = true},
                              {.name = "--username", .take = PAIL_ARG_ONE, .required = true},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf address = PAIL_BUF_INIT(1 << 16);
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    pail_buf_fmt(&address, "%s:%s", args[0].value, args[1].value);
    struct token t = {"rds-db", "connect", args[2].value, 900};
    return put_token(cli, &t, pail_buf_cstr(&address));
}

static int dsql(struct pail_cli *cli, const struct pail_words *words, const char *action)
{
    struct pail_arg args[] = {
        {.name = "--hostname", .take = PAIL_ARG_ONE, .required = true},
        {.name = "--expires-in", .take = PAIL_ARG_ONE, .mistyped = pail_not_int},
        {.name = NULL}};
    int64_t seconds = 900;
    int code = pail_cli_args(cli, words, args);
    if (!code)
        code = pail_cli_int(cli, &args[1], &seconds);
    if (code)
        return code;
    struct token t = {"dsql", action, NULL, (uint32_t)seconds};
    return put_token(cli, &t, args[0].value);
}

int pail_dsql_token_run(struct pail_cli *cli, const struct pail_words *words)
{
    return dsql(cli, words, "DbConnect");
}

int pail_dsql_admin_token_run(struct pail_cli *cli, const struct pail_words *words)
{
    return dsql(cli, words, "DbConnectAdmin");
}
