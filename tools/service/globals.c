/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that may stand anywhere on the line, and what they lead to: configuration, session,
 * query. Nothing is loaded before something asks for it, because most of a command's time is its
 * start.
 */
#include "tools/service/cli.h"

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "base/uri.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/lib/mfa.h"
#include "tools/service/argparse.h"
#include "tools/service/calls.h"

static const char *const outputs[] = {"json", "text", "table", "yaml", "yaml-stream", "off", NULL};
static const char *const colors[] = {"on", "off", "auto", NULL};
static const char *const binary_formats[] = {"base64", "raw-in-base64-out", NULL};
static const char *const error_formats[] = {"legacy", "json",     "yaml", "text",
                                            "table",  "enhanced", NULL};

struct global {
    const char *name;
    size_t offset;
    bool flag;
    const char *const *choices;
};
#define TEXT(name, field)                                                                          \
    {                                                                                              \
        name, offsetof(struct pail_globals, field), false, NULL                                    \
    }
#define FLAG(name, field)                                                                          \
    {                                                                                              \
        name, offsetof(struct pail_globals, field), true, NULL                                     \
    }
#define CHOICE(name, field, choices)                                                               \
    {                                                                                              \
        name, offsetof(struct pail_globals, field), false, choices                                 \
    }
static const struct global globals[] = {
    FLAG("--debug", debug),
    TEXT("--endpoint-url", endpoint_url),
    FLAG("--no-verify-ssl", no_verify_ssl),
    FLAG("--no-paginate", no_paginate),
    CHOICE("--output", output, outputs),
    TEXT("--query", query),
    TEXT("--profile", profile),
    TEXT("--region", region),
    FLAG("--version", version),
    CHOICE("--color", color, colors),
    FLAG("--no-sign-request", no_sign_request),
    TEXT("--ca-bundle", ca_bundle),
    TEXT("--cli-read-timeout", read_timeout),
    TEXT("--cli-connect-timeout", connect_timeout),
    CHOICE("--cli-binary-format", binary_format, binary_formats),
    FLAG("--no-cli-pager", no_pager),
    FLAG("--cli-auto-prompt", auto_prompt),
    FLAG("--no-cli-auto-prompt", no_auto_prompt),
    CHOICE("--cli-error-format", error_format, error_formats),
};
#define N_GLOBALS PAIL_ARRAY_LEN(globals)

static void store(struct pail_globals *g, const struct global *what, const struct pail_arg *a)
{
    if (!a->given)
        return;
    char *field = (char *)g + what->offset;
    if (what->flag)
        *(bool *)(void *)field = true;
    else
        *(const char **)(void *)field = a->value;
}

int pail_globals_parse(struct pail_cli *cli, const char *const *argv, size_t argc,
                       const char **ret_command, struct pail_words *ret_rest)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_arg args[N_GLOBALS + 1] = {0};
    for (size_t i = 0; i < N_GLOBALS; i++)
        args[i] = (struct pail_arg){.name = globals[i].name,
                                    .take = globals[i].flag ? PAIL_ARG_NONE : PAIL_ARG_ONE,
                                    .choices = globals[i].choices};
    args[N_GLOBALS] = (struct pail_arg){.name = "command", .take = PAIL_ARG_POSITIONAL};
    const char *scratch[1];
    int rc = pail_argparse(args, N_GLOBALS + 1, argv, argc, ret_rest->v, &ret_rest->n, scratch,
                           &text);
    for (size_t i = 0; i < N_GLOBALS; i++)
        store(&cli->g, &globals[i], &args[i]);
    if (cli->g.version)
        return 0;
    if (rc == PAIL_E_NOMEM)
        return pail_cli_nomem(cli);
    if (rc)
        return pail_cli_misuse(cli, pail_buf_view(&text));
    *ret_command = args[N_GLOBALS].value;
    if (cli->g.auto_prompt && cli->g.no_auto_prompt)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("Both --cli-auto-prompt and --no-cli-auto-prompt cannot be "
                                      "specified at the same time."));
    if (cli->g.auto_prompt)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("--cli-auto-prompt: there is no prompt here; \"pail help\" "
                                      "and the shell's completion tell what can be said"));
    return 0;
}

static int check_number(struct pail_cli *cli, const char *value)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf quoted = PAIL_BUF_INIT(1 << 20);
    uint64_t n;
    if (!value || pail_str_to_u64(pail_str_trim(pail_str(value)), &n))
        return 0;
    pail_text_repr(&quoted, pail_str(value));
    return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "invalid literal for int() with base 10: %s",
                          pail_buf_cstr(&quoted));
}

int pail_globals_check(struct pail_cli *cli)
{
    const struct pail_globals *g = &cli->g;
    if (g->query) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
        if (pail_jmes_compile_why(pail_str(g->query), &cli->query, &why, NULL))
            return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                                  "Bad value for --query %s: %s", g->query, pail_buf_cstr(&why));
    }
    if (g->endpoint_url &&
        pail_str_find_str(pail_str(g->endpoint_url), PAIL_STR("://")) == SIZE_MAX)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Bad value for --endpoint-url \"%s\": scheme is missing.  Must be of "
                              "the form http://<hostname>/ or https://<hostname>/",
                              g->endpoint_url);
    int rc = check_number(cli, g->read_timeout);
    return rc ? rc : check_number(cli, g->connect_timeout);
}

const char **pail_cli_room(struct pail_cli *cli, size_t n)
{
    PAIL_AUTOFREE char *zeros = pail_calloc(n + 1, sizeof(char *));
    if (!zeros)
        return NULL;
    struct pail_bytes room = {zeros, (n + 1) * sizeof(char *)};
    /* What the arena gives is aligned for anything. */
    return (const char **)(uintptr_t)pail_value_as_blob(pail_value_blob(cli->vs, room)).ptr;
}

const char *pail_cli_keep(struct pail_cli *cli, struct pail_str s)
{
    return pail_value_as_str(pail_value_str(cli->vs, s)).ptr;
}

const char *pail_cli_profile(struct pail_cli *cli)
{
    const char *p = cli->g.profile;
    if (!p)
        p = pail_env_get_nonempty("AWS_PROFILE");
    if (!p)
        p = pail_env_get_nonempty("AWS_DEFAULT_PROFILE");
    return p ? p : "default";
}

int pail_cli_config(struct pail_cli *cli, struct pail_config **ret, struct pail_error *err)
{
    int rc = cli->config ? 0 : pail_config_load(&cli->config, err);
    if (!rc)
        *ret = cli->config;
    return rc;
}

struct pail_str pail_cli_setting(struct pail_cli *cli, const char *key)
{
    struct pail_config *config;
    if (pail_cli_config(cli, &config, NULL))
        return pail_strn(NULL, 0);
    return pail_config_get(config, pail_str(pail_cli_profile(cli)), key);
}

static unsigned milliseconds(const char *seconds)
{
    uint64_t n;
    if (!seconds || !pail_str_to_u64(pail_str_trim(pail_str(seconds)), &n))
        return 0;
    if (n == 0 || n > INT32_MAX / 1000)
        return INT32_MAX; /* for ever */
    return (unsigned)n * 1000;
}

static int new_session(struct pail_cli *cli, const char *endpoint_url, struct pail_session **ret,
                       struct pail_error *err)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    so.profile = cli->g.profile;
    so.region = cli->g.region;
    so.endpoint_url = endpoint_url;
    so.ca_bundle = cli->g.ca_bundle;
    so.no_sign_request = cli->g.no_sign_request;
    so.no_verify_tls = cli->g.no_verify_ssl;
    so.connect_timeout_ms = milliseconds(cli->g.connect_timeout);
    so.read_timeout_ms = milliseconds(cli->g.read_timeout);
    so.region_from_metadata = true;
    so.regional_endpoints = true;
    so.checksum_algorithm = PAIL_AWS_CHECKSUM;
    so.mfa = pail_enter_mfa;
    return pail_session_new(&so, ret, err);
}

int pail_cli_session(struct pail_cli *cli, struct pail_session **ret, struct pail_error *err)
{
    int rc = cli->session ? 0 : new_session(cli, cli->g.endpoint_url, &cli->session, err);
    if (!rc)
        *ret = cli->session;
    return rc;
}

int pail_cli_session_for(struct pail_cli *cli, enum pail_endpoint_use use,
                         struct pail_session **ret, struct pail_error *err)
{
    if (use == PAIL_ENDPOINT_OWN || !cli->g.endpoint_url)
        return pail_cli_session(cli, ret, err);
    int rc = cli->other_session ? 0 : new_session(cli, NULL, &cli->other_session, err);
    if (!rc)
        *ret = cli->other_session;
    return rc;
}
