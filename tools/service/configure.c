/* SPDX-License-Identifier: Apache-2.0 */
/* "configure": the questions, and what is shown of the configuration; the table of the others. */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "tools/cmd.h"

/* ---- list, list-profiles --------------------------------------------------------------------- */

static void put_row(const char *name, const char *value, const char *type, const char *location)
{
    printf("%-10s : %-24s : %-16s : %s\n", name, value ? value : "<not set>", type ? type : "None",
           location ? location : "None");
}

static void put_secret(const char *name, struct pail_str s, const char *method)
{
    char masked[32];
    size_t from = s.len > 4 ? s.len - 4 : 0;
    (void)snprintf(masked, sizeof(masked), "****************%.*s", (int)(s.len - from),
                   s.ptr + from);
    put_row(name, masked, method, "");
}

static void put_profile(struct pail_cli *cli)
{
    const char *env = pail_env_get_nonempty("AWS_PROFILE");
    if (!env)
        env = pail_env_get_nonempty("AWS_DEFAULT_PROFILE");
    if (cli->g.profile)
        put_row("profile", cli->g.profile, "manual", "--profile");
    else
        put_row("profile", env, env ? "env" : NULL,
                env ? "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']" : NULL);
}

static void put_region(struct pail_cli *cli)
{
    const char *env = pail_env_get_nonempty("AWS_REGION");
    const char *file = pail_env_get_nonempty("AWS_CONFIG_FILE");
    if (!env)
        env = pail_env_get_nonempty("AWS_DEFAULT_REGION");
    struct pail_str s = pail_cli_setting(cli, "region");
    const char *kept = s.len ? pail_cli_keep(cli, s) : NULL;
    if (env)
        put_row("region", env, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']");
    else
        put_row("region", kept, kept ? "config-file" : NULL,
                kept ? (file ? file : "~/.aws/config") : NULL);
}

static int run_list(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f = {.method = NULL};
    int code = pail_cli_args(cli, words, none);
    if (code)
        return code;
    int rc = pail_cli_session(cli, &session, &err);
    if (!rc)
        rc = pail_session_credentials(session, &c, &err);
    if (rc && rc != PAIL_E_NO_CREDENTIALS)
        return pail_cli_error(cli, &err);
    put_row("NAME", "VALUE", "TYPE", "LOCATION");
    put_profile(cli);
    if (c) {
        pail_credentials_get(c, &f);
        put_secret("access_key", f.access_key, f.method);
        put_secret("secret_key", f.secret_key, f.method);
    } else {
        put_row("access_key", NULL, NULL, NULL);
        put_row("secret_key", NULL, NULL, NULL);
    }
    put_region(cli);
    pail_credentials_unref(c);
    return 0;
}

static int run_list_profiles(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg none[] = {{.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    struct pail_str name;
    int code = pail_cli_args(cli, words, none);
    if (code)
        return code;
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    for (size_t i = 0; (name = pail_config_profile(config, i)).ptr; i++)
        printf("%.*s\n", PAIL_STR_ARG(name));
    return 0;
}

/* ---- The questions --------------------------------------------------------------------------- */

/* Returns the answer, or NULL to leave it as it is. */
static const char *ask(struct pail_cli *cli, const char *question, struct pail_str now, bool secret)
{
    char line[4096];
    size_t from = now.len > 4 ? now.len - 4 : 0;
    if (now.ptr && secret)
        printf("%s [****************%.*s]: ", question, (int)(now.len - from), now.ptr + from);
    else
        printf("%s [%.*s]: ", question, now.ptr ? (int)now.len : 4, now.ptr ? now.ptr : "None");
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return NULL;
    struct pail_str answer = pail_str(line);
    while (answer.len && (answer.ptr[answer.len - 1] == '\n' || answer.ptr[answer.len - 1] == '\r'))
        answer.len--;
    return answer.len ? pail_cli_keep(cli, answer) : NULL;
}

static int run_questions(struct pail_cli *cli)
{
    static const struct {
        const char *key, *question;
        bool secret;
    } questions[] = {{"aws_access_key_id", "AWS Access Key ID", true},
                     {"aws_secret_access_key", "AWS Secret Access Key", true},
                     {"region", "Default region name", false},
                     {"output", "Default output format", false}};
    const char *answers[PAIL_ARRAY_LEN(questions)] = {NULL};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(questions); i++)
        answers[i] = ask(cli, questions[i].question, pail_cli_setting(cli, questions[i].key),
                         questions[i].secret);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(questions); i++) {
        int code = answers[i] ? pail_configure_set(cli, pail_str(pail_cli_profile(cli)),
                                                   pail_str(questions[i].key), pail_strn(NULL, 0),
                                                   pail_str(answers[i]))
                              : 0;
        if (code)
            return code;
    }
    return 0;
}

/* ---- The table ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int (*run)(struct pail_cli *cli, const struct pail_words *words);
} subcommands[] = {
    {"list", run_list},
    {"get", pail_configure_get},
    {"set", pail_configure_set_run},
    {"import", pail_configure_import},
    {"list-profiles", run_list_profiles},
    {"export-credentials", pail_configure_export},
    {"add-model", pail_configure_add_model},
    {"mfa-login", pail_configure_mfa_login},
    {"sso", pail_configure_sso},
    {"sso-session", pail_configure_sso_session},
};

const char *pail_configure_word_at(const void *ud, size_t i)
{
    return i < PAIL_ARRAY_LEN(subcommands) ? subcommands[i].name : NULL;
}

int pail_configure_run(struct pail_cli *cli, const struct pail_words *words)
{
    if (!words->n)
        return run_questions(cli);
    struct pail_words rest = {.v = words->v + 1, .n = words->n - 1};
    for (size_t i = 0; i < PAIL_ARRAY_LEN(subcommands); i++)
        if (strcmp(words->v[0], subcommands[i].name) == 0)
            return subcommands[i].run(cli, &rest);
    if (strcmp(words->v[0], "help") == 0)
        return pail_help_all(cli);
    return pail_cli_no_choice(cli, "subcommand", words->v[0], pail_configure_word_at, NULL);
}
