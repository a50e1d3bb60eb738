/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "configure get", "configure set": single values of the files under ~/.aws. Keys go to the
 * credentials file, everything else to the config file.
 */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/ini.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/inifile.h"

#define FILE_MAX ((size_t)16 << 20)

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

/* Sections that are no profiles but may be named in their place. */
static bool is_section(const char *name, struct pail_str *ret_section, struct pail_str *ret_key)
{
    struct pail_str rest = pail_str(name);
    return pail_str_split(&rest, '.', ret_section) &&
           (pail_str_eqz(*ret_section, "preview") || pail_str_eqz(*ret_section, "plugins")) &&
           pail_str_split(&rest, '.', ret_key) && !rest.ptr;
}

/* ---- get ------------------------------------------------------------------------------------- */

/* The config file as it is; NULL: there is none that can be read. */
static struct pail_ini *read_ini(const struct pail_config *config)
{
    PAIL_AUTOFREE char *text = NULL;
    struct pail_ini *ini = NULL;
    size_t len = 0;
    const char *path = pail_config_path(config);
    if (!path || pail_file_read_all(path, FILE_MAX, &text, &len, NULL) ||
        pail_ini_parse(pail_strn(text, len), path, &ini, NULL))
        return NULL;
    return ini;
}

/* Is it a block of the profile's? */
static bool is_block(const struct pail_config *config, struct pail_str profile, struct pail_str key)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = read_ini(config);
    struct pail_str section, k, v;
    bool block = false;
    for (size_t i = 0; ini && (section = pail_ini_section(ini, i)).ptr; i++) {
        if (pail_str_starts(section, PAIL_STR("profile ")))
            section = pail_str_trim(pail_str_from(section, 8));
        if (section.len > 1 && (section.ptr[0] == '"' || section.ptr[0] == '\''))
            section = pail_str_sub(section, 1, section.len - 2);
        for (size_t n = 0; pail_str_eq(section, profile) && pail_ini_key(ini, i, n, &k, &v, &block);
             n++)
            if (pail_str_eq(k, key))
                return block;
    }
    return false;
}

static int put_value(struct pail_str value)
{
    if (!value.ptr)
        return 1;
    printf("%.*s\n", PAIL_STR_ARG(value));
    return 0;
}

/* Of [plugins] or [preview], or of a profile of that name. */
static int get_of_section(struct pail_config *config, struct pail_str section, const char *key)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = read_ini(config);
    struct pail_str name;
    for (size_t i = 0; ini && (name = pail_ini_section(ini, i)).ptr; i++)
        if (pail_str_eq(name, section) && pail_ini_get(ini, i, NULL, key).ptr)
            return put_value(pail_ini_get(ini, i, NULL, key));
    return put_value(pail_config_get(config, section, key));
}

int pail_configure_get(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "varname", .take = PAIL_ARG_POSITIONAL}, {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    struct pail_str section, of_section;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (pail_cli_config(cli, &config, &err))
        return pail_cli_error(cli, &err);
    const char *name = args[0].value;
    if (pail_str_find(pail_str(name), '.') == SIZE_MAX)
        code = pail_configure_check_profile(cli);
    if (code)
        return code;
    if (is_section(name, &section, &of_section))
        return get_of_section(config, section, of_section.ptr); /* ends with the name */
    struct target t = target_of(cli, config, name);
    PAIL_AUTOFREE char *key = pail_strndup(t.key), *sub = t.sub.ptr ? pail_strndup(t.sub) : NULL;
    if (!key || (t.sub.ptr && !sub))
        return pail_cli_nomem(cli);
    if (!sub && is_block(config, t.profile, t.key)) {
        fprintf(stderr, "varname (%s) must reference a value, not a section or sub-section.", name);
        return 1;
    }
    return put_value(sub ? pail_config_get_sub(config, t.profile, key, sub)
                         : pail_config_get(config, t.profile, key));
}

/* ---- set ------------------------------------------------------------------------------------- */

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

int pail_configure_set_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "varname", .take = PAIL_ARG_POSITIONAL},
                              {.name = "value", .take = PAIL_ARG_POSITIONAL},
                              {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_config *config = NULL;
    struct pail_str section, key;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (is_section(args[0].value, &section, &key)) {
        struct pail_ini_edit e = {.section = section, .key = key, .value = pail_str(args[1].value)};
        if (pail_cli_config(cli, &config, &err) || pail_ini_set(pail_config_path(config), &e, &err))
            return pail_cli_error(cli, &err);
        return 0;
    }
    struct target t = target_of(cli, NULL, args[0].value);
    return pail_configure_set(cli, t.profile, t.key, t.sub, pail_str(args[1].value));
}
