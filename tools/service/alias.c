/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alias is a piece of a command line, or, behind a "!", a line for the shell with the rest of
 * the words behind it. One that has the name of a command may stand for that command with more
 * options: inside of it the name means the command.
 */
#include "tools/service/alias.h"

#include <stdio.h>

#include "auth/shellwords.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/file.h"
#include "base/process.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/aliasfile.h"

#define FILE_MAX ((size_t)1 << 20)
#define DEPTH_MAX 32

/* *ret NULL: it is no alias. */
static int look_up(struct pail_cli *cli, const struct pail_alias_call *call, const char **ret,
                   struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf section = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf value = PAIL_BUF_INIT(FILE_MAX);
    PAIL_AUTOFREE char *text = NULL;
    const char *home = pail_env_home();
    bool found = false;
    size_t len = 0;
    *ret = NULL;
    if (!home)
        return 0;
    pail_buf_fmt(&path, "%s/.aws/cli/alias", home);
    if (pail_file_read_all(pail_buf_cstr(&path), FILE_MAX, &text, &len, NULL))
        return 0;
    pail_buf_fmt(&section, "%s%s", call->lineage ? "command " : "toplevel",
                 call->lineage ? call->lineage : "");
    int rc = pail_alias_find(pail_strn(text, len), pail_buf_view(&section), pail_str(call->name),
                             &value, &found, err);
    if (rc)
        return pail_error_prefix(err, "Unable to parse config file: %s", pail_buf_cstr(&path));
    struct pail_str v = pail_str_trim(pail_buf_view(&value));
    if (found && !(*ret = pail_cli_keep(cli, v.ptr ? v : PAIL_STR(""))))
        return pail_error_nomem(err);
    return 0;
}

/* ---- For the shell --------------------------------------------------------------------------- */

static void quote(struct pail_buf *to, const char *word)
{
    pail_buf_z(to, " '");
    for (; *word; word++) {
        if (*word == '\'')
            pail_buf_z(to, "'\"'\"'");
        else
            pail_buf_char(to, *word);
    }
    pail_buf_char(to, '\'');
}

/* In the place of this program: its terminal, its exit code. */
static int run_shell(struct pail_cli *cli, const char *command, const struct pail_words *words)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(FILE_MAX);
    struct pail_error err = PAIL_ERROR_INIT;
    pail_buf_z(&line, command);
    for (size_t i = 0; i < words->n; i++)
        quote(&line, words->v[i]);
    const char *const argv[] = {"sh", "-c", pail_buf_cstr(&line), NULL};
    int rc = pail_buf_check(&line, "alias", &err);
    fflush(stdout);
    if (!rc)
        rc = pail_process_become("/bin/sh", argv, &err);
    return pail_cli_error(cli, &err);
}

/* ---- For us ---------------------------------------------------------------------------------- */

static int unknown(struct pail_cli *cli, const struct pail_alias_call *call, const char *value,
                   const struct pail_error *err)
{
    return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                          "Value of alias \"%s\" could not be parsed. Received error: %s when "
                          "parsing:\n%s",
                          call->name, err->message, value);
}

static const char **words_of(struct pail_cli *cli, const struct pail_shell_words *w)
{
    const char **v = pail_cli_room(cli, w->n);
    for (size_t i = 0; v && i < w->n; i++)
        if (!(v[i] = pail_cli_keep(cli, pail_str_trim(pail_str(w->word[i])))))
            return NULL;
    return v;
}

/* What options in front of a service an alias may have. */
static int check_globals(struct pail_cli *cli, const struct pail_globals *before, const char *name)
{
    const char *which = cli->g.profile != before->profile ? "profile"
                        : cli->g.debug != before->debug   ? "debug"
                                                          : NULL;
    if (!which)
        return 0;
    return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                          "Global parameter \"--%s\" detected in alias \"%s\" which is not support "
                          "in subcommand aliases.",
                          which, name);
}

/* The words of the alias in front of those behind it. */
static int expand(struct pail_cli *cli, struct pail_alias_call *call,
                  const struct pail_shell_words *w)
{
    struct pail_globals before = cli->g;
    const char **v = words_of(cli, w);
    struct pail_words rest = {.v = pail_cli_room(cli, w->n + call->words.n + 1)};
    const char *command = NULL;
    if (!v || !rest.v)
        return pail_cli_nomem(cli);
    int code = pail_globals_parse(cli, v, w->n, &command, &rest);
    if (!code)
        code = check_globals(cli, &before, call->name);
    if (code)
        return code;
    for (size_t i = 0; i < call->words.n; i++)
        rest.v[rest.n++] = call->words.v[i];
    call->built_in = command && strcmp(command, call->name) == 0;
    call->name = command ? command : "";
    call->words = rest;
    return 0;
}

int pail_alias_apply(struct pail_cli *cli, struct pail_alias_call *call, bool *ret_ran)
{
    struct pail_error err = PAIL_ERROR_INIT;
    *ret_ran = false;
    while (!call->built_in) {
        struct pail_shell_words w = {0};
        const char *value;
        if (look_up(cli, call, &value, &err))
            return pail_cli_error(cli, &err);
        if (!value)
            break;
        if (value[0] == '!') {
            *ret_ran = true;
            return run_shell(cli, value + 1, &call->words);
        }
        if (++call->depth > DEPTH_MAX)
            return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                                  "maximum recursion depth exceeded: alias \"%s\"", call->name);
        if (pail_shell_words_split(pail_str(value), &w, &err))
            return unknown(cli, call, value, &err);
        int code = expand(cli, call, &w);
        pail_shell_words_done(&w);
        if (code)
            return code;
    }
    if (!call->depth || !call->lineage)
        return 0; /* the first words' globals are checked by who goes on with them */
    pail_jmes_free(cli->query);
    cli->query = NULL;
    return pail_globals_check(cli);
}
