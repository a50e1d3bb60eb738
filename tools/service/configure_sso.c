/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "configure sso": a session, a login with it, an account and a role, a profile of all that;
 * "configure sso-session": the first of it. Everything is asked before anything is written.
 */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/signin.h"

#define DEFAULT_SCOPE "sso:account:access"

/* Values of a section in the order of their making. */
struct section {
    const char *key[8], *value[8];
    size_t n;
};

struct wizard {
    struct pail_cli *cli;
    struct pail_config *config;
    bool has_profile; /* the one in use is there */
    struct pail_sso_ask ask;
    struct section profile, session;
    struct pail_client *sso;
    struct pail_str token;
};

static void add(struct section *s, const char *key, const char *value)
{
    if (!value || !value[0] || s->n == PAIL_ARRAY_LEN(s->key))
        return;
    s->key[s->n] = key;
    s->value[s->n++] = value;
}

static const char *keep(struct wizard *w, struct pail_str s)
{
    return s.ptr ? pail_cli_keep(w->cli, s) : NULL;
}

static const char *of_profile(struct wizard *w, const char *key)
{
    return w->has_profile ? keep(w, pail_cli_setting(w->cli, key)) : NULL;
}

static const char *of_session(struct wizard *w, const char *key)
{
    return w->ask.session ? keep(w, pail_config_get_section(w->config, "sso-session",
                                                            pail_str(w->ask.session), NULL, key))
                          : NULL;
}

/* The profile named on the command line or in the environment; NULL: none. */
static const char *chosen_profile(struct wizard *w)
{
    const char *p = pail_cli_profile(w->cli);
    return w->cli->g.profile || strcmp(p, "default") != 0 ? p : NULL;
}

/* ---- The session ----------------------------------------------------------------------------- */

static int ask_name(struct wizard *w, bool required)
{
    const char *now = required ? NULL : of_profile(w, "sso_session");
    struct pail_question q = {
        .text = "SSO session name", .now = now, .valid = required ? pail_valid_required : NULL};
    if (!now)
        q.whole = required ? "SSO session name: " : "SSO session name (Recommended): ";
    return pail_ask(w->cli, &q, &w->ask.session);
}

static int ask_place(struct wizard *w, bool from_profile)
{
    const char *url = of_session(w, "sso_start_url"), *region = of_session(w, "sso_region");
    if (from_profile && of_profile(w, "sso_start_url"))
        url = of_profile(w, "sso_start_url");
    if (from_profile && of_profile(w, "sso_region"))
        region = of_profile(w, "sso_region");
    const struct pail_question q[] = {
        {.text = "SSO start URL", .now = url, .valid = pail_valid_url},
        {.text = "SSO region", .now = region, .valid = pail_valid_required}};
    int code = pail_ask(w->cli, &q[0], &w->ask.start_url);
    return code ? code : pail_ask(w->cli, &q[1], &w->ask.region);
}

static int ask_scopes(struct wizard *w)
{
    const char *now = of_session(w, "sso_registration_scopes");
    const struct pail_question q = {.text = "SSO registration scopes",
                                    .now = now ? now : DEFAULT_SCOPE,
                                    .valid = pail_valid_scopes};
    return pail_ask(w->cli, &q, &w->ask.scopes);
}

static void add_place(struct wizard *w, struct section *s)
{
    add(s, "sso_start_url", w->ask.start_url);
    add(s, "sso_region", w->ask.region);
}

static int ask_session(struct wizard *w)
{
    int code = ask_name(w, false);
    if (code)
        return code;
    if (!w->ask.session) {
        printf("\033[1mWARNING: Configuring using legacy format (e.g. without an SSO session).\n"
               "Consider re-running \"configure sso\" command and providing a session name.\n"
               "\033[0m");
        code = ask_place(w, true);
        add_place(w, &w->profile);
        return code;
    }
    add(&w->profile, "sso_session", w->ask.session);
    if (pail_config_has_section(w->config, "sso-session", pail_str(w->ask.session)))
        return pail_sso_ask_fill(w->cli, w->ask.session, &w->ask);
    w->ask.fresh = true;
    code = ask_place(w, true);
    if (!code)
        code = ask_scopes(w);
    add_place(w, &w->session);
    add(&w->session, "sso_registration_scopes", w->ask.scopes);
    return code;
}

/* ---- Account and role ------------------------------------------------------------------------ */

/* All pages of a list, which is the run's. *ret NULL: the token is good for no such thing. 0, or an
 * exit code. */
static int list(struct wizard *w, const char *operation, const char *account, const char *key,
                struct pail_value **ret)
{
    struct pail_values *vs = w->cli->vs;
    struct pail_value *params = pail_value_map(vs), *all = NULL;
    struct pail_call_args args = {.params = params};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_pages *pages = NULL;
    struct pail_result *r = NULL;
    pail_value_set(vs, params, PAIL_STR("accessToken"), pail_value_str(vs, w->token));
    if (account)
        pail_value_set(vs, params, PAIL_STR("accountId"), pail_value_str(vs, pail_str(account)));
    int rc = pail_pages_new(w->sso, operation, &args, NULL, &pages, &err);
    if (!rc)
        rc = pail_pages_all(pages, &r, &err);
    if (!rc)
        all = pail_value_copy(vs, pail_value_get(pail_result_value(r), pail_str(key)));
    pail_result_free(r);
    pail_pages_free(pages);
    *ret = all;
    if (rc && err.domain == PAIL_D_SERVICE &&
        strcmp(err.service_code, "UnauthorizedException") == 0)
        return 0;
    if (!rc && !all)
        *ret = pail_value_list(vs);
    return rc ? pail_cli_error(w->cli, &err) : 0;
}

static struct pail_str get(const struct pail_value *map, const char *key)
{
    return pail_value_as_str(pail_value_get(map, pail_str(key)));
}

static void put_account(struct pail_buf *to, const struct pail_value *a)
{
    struct pail_str name = get(a, "accountName"), mail = get(a, "emailAddress");
    struct pail_str id = get(a, "accountId");
    pail_buf_str(to, name);
    pail_buf_fmt(to, "%s%.*s", name.ptr && mail.ptr ? ", " : "", PAIL_STR_ARG(mail));
    pail_buf_fmt(to, name.ptr || mail.ptr ? " (%.*s)" : "%.*s", PAIL_STR_ARG(id));
}

struct choice {
    const char *line, *order;
    bool last; /* accounts that are but a number */
    const struct pail_value *v;
};

static bool comes_after(const struct choice *a, const struct choice *b)
{
    struct pail_str x = pail_str(a->order), y = pail_str(b->order);
    if (a->last != b->last)
        return a->last;
    for (size_t i = 0; i < x.len && i < y.len; i++) {
        char c = x.ptr[i], d = y.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        d = d >= 'A' && d <= 'Z' ? (char)(d + 32) : d;
        if (c != d)
            return c > d;
    }
    return x.len > y.len;
}

/* Sorted as people look for them, equal ones as they came. */
static int choose(struct wizard *w, const struct pail_value *all, bool accounts,
                  const struct pail_value **ret)
{
    size_t n = pail_value_len(all), which = 0;
    PAIL_AUTOFREE struct choice *c = pail_calloc(n, sizeof(*c));
    PAIL_AUTOFREE const char **lines = pail_calloc(n, sizeof(*lines));
    if (!c || !lines)
        return pail_cli_nomem(w->cli);
    for (size_t i = 0; i < n; i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(1 << 16);
        struct choice one = {.v = pail_value_at(all, i)};
        struct pail_str order = get(one.v, accounts ? "accountName" : "roleName");
        if (!order.ptr)
            order = get(one.v, "emailAddress");
        one.last = !order.ptr;
        if (accounts)
            put_account(&line, one.v);
        else
            pail_buf_str(&line, order);
        one.line = pail_cli_keep(w->cli, pail_str(pail_buf_cstr(&line)));
        one.order = pail_cli_keep(w->cli, one.last ? get(one.v, "accountId") : order);
        if (!one.line || !one.order)
            return pail_cli_nomem(w->cli);
        size_t at = i;
        for (; at > 0 && comes_after(&c[at - 1], &one); at--)
            c[at] = c[at - 1];
        c[at] = one;
    }
    for (size_t i = 0; i < n; i++)
        lines[i] = c[i].line;
    int code = pail_choose(w->cli, lines, n, &which);
    if (!code)
        *ret = c[which].v;
    return code;
}

static int ask_account(struct wizard *w, const char **ret)
{
    struct pail_value *all = NULL;
    const struct pail_value *one;
    int code = list(w, "ListAccounts", NULL, "accountList", &all);
    if (code || !all)
        return code;
    size_t n = pail_value_len(all);
    if (!n)
        return pail_cli_fail(w->cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("No AWS accounts are available to you."));
    one = pail_value_at(all, 0);
    if (n == 1) {
        printf("The only AWS account available to you is: %.*s\n",
               PAIL_STR_ARG(get(one, "accountId")));
    } else {
        printf("There are %zu AWS accounts available to you.\n", n);
        code = choose(w, all, true, &one);
    }
    if (code)
        return code;
    *ret = keep(w, get(one, "accountId"));
    printf("Using the account ID %s\n", *ret ? *ret : "");
    return 0;
}

static int ask_role(struct wizard *w, const char *account, const char **ret)
{
    struct pail_value *all = NULL;
    const struct pail_value *one;
    int code = list(w, "ListAccountRoles", account, "roleList", &all);
    if (code || !all)
        return code;
    size_t n = pail_value_len(all);
    if (!n)
        return pail_cli_failf(w->cli, PAIL_EXIT_ERROR, NULL,
                              "No roles are available for the account %s", account);
    one = pail_value_at(all, 0);
    if (n == 1) {
        printf("The only role available to you is: %.*s\n", PAIL_STR_ARG(get(one, "roleName")));
    } else {
        printf("There are %zu roles available to you.\n", n);
        code = choose(w, all, false, &one);
    }
    if (code)
        return code;
    *ret = keep(w, get(one, "roleName"));
    printf("Using the role name \"%s\"\n", *ret ? *ret : "");
    return 0;
}

static int ask_identity(struct wizard *w, const char **ret_account, const char **ret_role)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    o.region = w->ask.region;
    o.no_sign_request = true;
    int rc = pail_signin_session(w->cli, w->ask.region, false, &session, &err);
    if (!rc)
        rc = pail_client_new(session, "sso", &o, &w->sso, &err);
    int code = rc ? pail_cli_error(w->cli, &err) : ask_account(w, ret_account);
    if (!code && *ret_account)
        code = ask_role(w, *ret_account, ret_role);
    if (!code && !(*ret_account && *ret_role))
        printf("Unable to list AWS accounts and/or roles. Skipping configuring AWS credential "
               "provider for profile.\n");
    add(&w->profile, "sso_account_id", *ret_account);
    add(&w->profile, "sso_role_name", *ret_role);
    pail_client_unref(w->sso);
    pail_session_unref(session);
    return code;
}

/* ---- The profile ----------------------------------------------------------------------------- */

static int ask_rest(struct wizard *w, const char *account, const char *role, const char **ret_name)
{
    const char *region = NULL, *output = NULL;
    const struct pail_question q[] = {
        {.text = "Default client Region", .now = of_profile(w, "region")},
        {.text = "CLI default output format (json if not specified)",
         .now = of_profile(w, "output")}};
    int code = pail_ask(w->cli, &q[0], &region);
    if (!code)
        code = pail_ask(w->cli, &q[1], &output);
    add(&w->profile, "region", region);
    add(&w->profile, "output", output);
    *ret_name = chosen_profile(w);
    if (code || *ret_name)
        return code;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(4096);
    if (account && role)
        pail_buf_fmt(&name, "%s-%s", role, account);
    const struct pail_question which = {
        .text = "Profile name", .now = keep(w, pail_buf_view(&name)), .valid = pail_valid_required};
    return pail_ask(w->cli, &which, ret_name);
}

static int write_profile(struct wizard *w, const char *name)
{
    int code = 0;
    for (size_t i = 0; !code && i < w->profile.n; i++)
        code = pail_configure_set(w->cli, pail_str(name), pail_str(w->profile.key[i]),
                                  pail_strn(NULL, 0), pail_str(w->profile.value[i]));
    return code;
}

static int write_session(struct wizard *w)
{
    int code = 0;
    for (size_t i = 0; !code && i < w->session.n; i++)
        code = pail_configure_set_section(w->cli, "sso-session", pail_str(w->ask.session),
                                          pail_str(w->session.key[i]),
                                          pail_str(w->session.value[i]));
    return code;
}

static void tell(const char *name, bool credentials)
{
    if (!credentials)
        printf("Successfully configured SSO for profile: %s\n", name);
    else if (pail_str_ieq(pail_str(name), PAIL_STR("default")))
        printf("The AWS CLI is now configured to use the default profile.\nRun the following "
               "command to verify your configuration:\n\naws sts get-caller-identity\n");
    else
        printf("To use this profile, specify the profile name using --profile, as shown:\n\n"
               "aws sts get-caller-identity --profile %s\n",
               name);
}

static int run(struct wizard *w)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(1 << 20);
    const char *account = NULL, *role = NULL, *name = NULL;
    int code = ask_session(w);
    if (!code)
        code = pail_sso_login(w->cli, &w->ask, &token);
    w->token = pail_buf_view(&token);
    if (!code)
        code = ask_identity(w, &account, &role);
    if (!code)
        code = ask_rest(w, account, role, &name);
    if (!code)
        code = write_profile(w, name);
    if (!code)
        code = write_session(w);
    if (!code)
        tell(name, account && role);
    return code;
}

static int begin(struct pail_cli *cli, struct wizard *w)
{
    struct pail_error err = PAIL_ERROR_INIT;
    *w = (struct wizard){.cli = cli};
    if (pail_cli_config(cli, &w->config, &err))
        return pail_cli_error(cli, &err);
    w->has_profile = pail_config_has_profile(w->config, pail_str(pail_cli_profile(cli)));
    return 0;
}

int pail_configure_sso(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--no-browser", .take = PAIL_ARG_NONE},
                              {.name = "--use-device-code", .take = PAIL_ARG_NONE},
                              {.name = NULL}};
    struct wizard w;
    int code = pail_cli_args(cli, words, args);
    if (!code)
        code = begin(cli, &w);
    if (code)
        return code;
    w.ask.no_browser = args[0].given;
    w.ask.use_device_code = args[1].given;
    return run(&w);
}

int pail_configure_sso_session(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    struct wizard w;
    int code = pail_cli_args(cli, words, none);
    if (!code)
        code = begin(cli, &w);
    if (!code)
        code = ask_name(&w, true);
    if (!code)
        code = ask_place(&w, false);
    if (!code)
        code = ask_scopes(&w);
    if (code)
        return code;
    add_place(&w, &w.session);
    add(&w.session, "sso_registration_scopes", w.ask.scopes);
    code = write_session(&w);
    if (!code)
        printf("\nCompleted configuring SSO session: %s\nRun the following to login and refresh "
               "access token for this session:\n\naws sso login --sso-session %s\n",
               w.ask.session, w.ask.session);
    return code;
}
