/* SPDX-License-Identifier: Apache-2.0 */
/* "sso login", "sso logout". */
#include "tools/service/signin.h"

#include <stdio.h>

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/configure.h"

/* ---- Configuration --------------------------------------------------------------------------- */

static const char *keep(struct pail_cli *cli, struct pail_str s)
{
    return s.ptr ? pail_cli_keep(cli, s) : NULL;
}

static int missing(struct pail_cli *cli, const struct pail_sso_ask *ask)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    pail_buf_fmt(&text, "Missing the following required SSO configuration values: %s%s%s. ",
                 ask->start_url ? "" : "sso_start_url", ask->start_url || ask->region ? "" : ", ",
                 ask->region ? "" : "sso_region");
    if (!ask->session)
        pail_buf_z(&text, "To make sure this profile is properly configured to use SSO, please "
                          "run: aws configure sso");
    return pail_cli_fail(cli, PAIL_EXIT_CONFIG, "Configuration", pail_buf_view(&text));
}

int pail_sso_ask_fill(struct pail_cli *cli, const char *name, struct pail_sso_ask *ask)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    if (!name) {
        int code = pail_configure_check_profile(cli);
        if (code)
            return code;
        struct pail_str own = pail_cli_setting(cli, "sso_session");
        name = own.len ? keep(cli, own) : NULL;
    }
    ask->session = name;
    if (!name) {
        ask->start_url = keep(cli, pail_cli_setting(cli, "sso_start_url"));
        ask->region = keep(cli, pail_cli_setting(cli, "sso_region"));
    } else {
        struct pail_str s = pail_str(name);
        if (!pail_config_has_section(config, "sso-session", s))
            return pail_cli_failf(cli, PAIL_EXIT_CONFIG, "Configuration",
                                  "The specified sso-session does not exist: \"%s\"", name);
        ask->start_url = keep(
            cli, pail_config_get_section(config, "sso-session", s, NULL, "sso_start_url"));
        ask->region = keep(cli,
                           pail_config_get_section(config, "sso-session", s, NULL, "sso_region"));
        ask->scopes = keep(cli, pail_config_get_section(config, "sso-session", s, NULL,
                                                        "sso_registration_scopes"));
    }
    return ask->start_url && ask->region ? 0 : missing(cli, ask);
}

/* ---- login ----------------------------------------------------------------------------------- */

int pail_sso_login_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--no-browser", .take = PAIL_ARG_NONE},
                              {.name = "--use-device-code", .take = PAIL_ARG_NONE},
                              {.name = "--sso-session", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(1 << 20);
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    struct pail_sso_ask ask = {
        .no_browser = args[0].given, .use_device_code = args[1].given, .fresh = true};
    code = pail_sso_ask_fill(cli, args[2].value, &ask);
    if (!code)
        code = pail_sso_login(cli, &ask, &token);
    if (!code)
        printf("Successfully logged into Start URL: %s\n", ask.start_url);
    return code;
}

/* ---- logout ---------------------------------------------------------------------------------- */

struct logout {
    struct pail_cli *cli;
    struct pail_session *session;
    struct pail_error err; /* the first that is not the service's: that one says the token is bad */
};

static int tell_service(struct logout *l, struct pail_str region, struct pail_str token,
                        struct pail_error *err)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_client *sso = NULL;
    struct pail_value *p = pail_value_map(l->cli->vs);
    o.region = keep(l->cli, region);
    o.no_sign_request = true;
    int rc = l->session ? 0 : pail_signin_session(l->cli, o.region, false, &l->session, err);
    if (!rc)
        rc = pail_client_new(l->session, "sso", &o, &sso, err);
    pail_value_set(l->cli->vs, p, PAIL_STR("accessToken"), pail_value_str(l->cli->vs, token));
    if (!rc)
        rc = pail_call(sso, "Logout", p, NULL, err);
    pail_client_unref(sso);
    return rc;
}

static bool is_token(const struct pail_json *doc, void *ud)
{
    struct logout *l = ud;
    struct pail_error err = PAIL_ERROR_INIT;
    const struct pail_jnode *root = pail_json_root(doc);
    struct pail_str token = pail_json_str(pail_json_get(root, "accessToken"));
    struct pail_str region = pail_json_str(pail_json_get(root, "region"));
    if (!token.ptr)
        return false;
    if (region.len && tell_service(l, region, token, &err) && err.domain != PAIL_D_SERVICE &&
        !l->err.code)
        l->err = err;
    return true;
}

static bool is_sso_role(const struct pail_json *doc, void *ud)
{
    (void)ud;
    return pail_str_eqz(pail_json_str(pail_json_get(pail_json_root(doc), "ProviderType")), "sso");
}

/* All tokens are deleted, also those that the service could not be told of: that is an error at the
 * end. */
int pail_sso_logout_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    struct logout l = {.cli = cli, .err = PAIL_ERROR_INIT};
    struct pail_error err = PAIL_ERROR_INIT;
    size_t n = 0;
    int code = pail_cli_args(cli, words, none);
    if (code)
        return code;
    int rc = pail_signin_sweep(PAIL_CACHE_SSO, is_token, &l, &n, &err);
    if (!rc)
        rc = pail_signin_sweep(PAIL_CACHE_ROLES, is_sso_role, NULL, &n, &err);
    pail_session_unref(l.session);
    if (!rc && l.err.code) {
        rc = l.err.code;
        err = l.err;
    }
    return rc ? pail_cli_error(cli, &err) : 0;
}
