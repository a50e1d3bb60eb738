/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "configure": the files under ~/.aws read, written and shown. Keys go to the credentials file,
 * everything else to the config file.
 */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/inifile.h"

/* ---- Names ----------------------------------------------------------------------------------- */

static bool is_secret(struct pail_str key)
{
    return pail_str_eqz(key, "aws_access_key_id") || pail_str_eqz(key, "aws_secret_access_key") ||
           pail_str_eqz(key, "aws_session_token");
}

/* The profile, the key and the key in its block that "profile.x.s3.y" names. */
struct target {
    struct pail_str profile, key, sub;
};

static struct target target_of(struct pail_cli *cli, struct pail_config *config, const char *name)
{
    struct target t = {.profile = pail_str(pail_cli_profile(cli))};
    struct pail_str rest = pail_str(name), word;
    if (pail_str_find(rest, '.') == SIZE_MAX) {
        t.key = rest;
        return t;
    }
    (void)pail_str_split(&rest, '.', &word);
    bool is_profile = pail_str_eqz(word, "profile");
    if (is_profile && rest.ptr)
        (void)pail_str_split(&rest, '.', &word);
    if (rest.ptr && (is_profile || pail_str_eqz(word, "default") ||
                     (config && pail_config_has_profile(config, word)))) {
        t.profile = word;
        (void)pail_str_split(&rest, '.', &word);
    }
    t.key = word;
    t.sub = rest;
    return t;
}

static int no_profile(struct pail_cli *cli, struct pail_str profile)
{
    return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                          "The config profile (%.*s) could not be found", PAIL_STR_ARG(profile));
}

int pail_configure_check_profile(struct pail_cli *cli)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    struct pail_str profile = pail_str(pail_cli_profile(cli));
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    bool asked = cli->g.profile || !pail_str_eqz(profile, "default");
    return asked && !pail_config_has_profile(config, profile) ? no_profile(cli, profile) : 0;
}

/* ---- get, set -------------------------------------------------------------------------------- */

static int run_get(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "varname", .take = PAIL_ARG_POSITIONAL}, {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    struct target t = target_of(cli, config, args[0].value);
    if (pail_str_find(pail_str(args[0].value), '.') == SIZE_MAX)
        code = pail_configure_check_profile(cli);
    if (code)
        return code;
    PAIL_AUTOFREE char *key = pail_strndup(t.key), *sub = t.sub.ptr ? pail_strndup(t.sub) : NULL;
    if (!key || (t.sub.ptr && !sub))
        return pail_cli_nomem(cli);
    struct pail_str value = sub ? pail_config_get_sub(config, t.profile, key, sub)
                                : pail_config_get(config, t.profile, key);
    if (!value.ptr)
        return 1;
    printf("%.*s\n", PAIL_STR_ARG(value));
    return 0;
}

int pail_configure_set(struct pail_cli *cli, struct pail_str profile, struct pail_str key,
                       struct pail_str sub, struct pail_str value)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf section = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    bool secret = is_secret(key);
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    if (!secret && !pail_str_eqz(profile, "default"))
        pail_buf_z(&section, "profile ");
    bool quote = !secret && pail_str_find(profile, ' ') != SIZE_MAX;
    pail_buf_z(&section, quote ? "'" : "");
    pail_buf_str(&section, profile);
    pail_buf_z(&section, quote ? "'" : "");
    struct pail_ini_edit e = {
        .section = pail_buf_view(&section), .key = key, .sub = sub, .value = value};
    const char *path = secret ? pail_config_credentials_path(config) : pail_config_path(config);
    return pail_ini_set(path, &e, &err) ? pail_cli_error(cli, &err) : 0;
}

int pail_configure_set_section(struct pail_cli *cli, const char *kind, struct pail_str name,
                               struct pail_str key, struct pail_str value)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf section = PAIL_BUF_INIT(1 << 16);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    const char *quote = pail_str_find(name, ' ') == SIZE_MAX ? "" : "'";
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    pail_buf_fmt(&section, "%s %s%.*s%s", kind, quote, PAIL_STR_ARG(name), quote);
    struct pail_ini_edit e = {.section = pail_buf_view(&section), .key = key, .value = value};
    return pail_ini_set(pail_config_path(config), &e, &err) ? pail_cli_error(cli, &err) : 0;
}

static int run_set(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "varname", .take = PAIL_ARG_POSITIONAL},
                              {.name = "value", .take = PAIL_ARG_POSITIONAL},
                              {.name = NULL}};
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    struct target t = target_of(cli, NULL, args[0].value);
    return pail_configure_set(cli, t.profile, t.key, t.sub, pail_str(args[1].value));
}

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
    {"get", run_get},
    {"set", run_set},
    {"import", pail_configure_import},
    {"list-profiles", run_list_profiles},
    {"export-credentials", pail_configure_export},
    {"sso", pail_configure_sso},
    {"sso-session", pail_configure_sso_session},
};

static const char *subcommand_at(const void *ud, size_t i)
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
    return pail_cli_no_choice(cli, "subcommand", words->v[0], subcommand_at, NULL);
}
