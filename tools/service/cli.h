/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/cli.h - one run of `pail SERVICE OPERATION ...`: what was said on the command line before
 * any service is known, and what all of it shares.
 *
 * The grammar, the texts and the exit codes are those of the AWS CLI, version 2: a script that says
 * "aws" runs with "pail" in its place. One thread.
 */
#ifndef PAIL_TOOLS_SERVICE_CLI_H
#define PAIL_TOOLS_SERVICE_CLI_H

#include <pail/service.h>

#include "auth/config.h"
#include "base/buf.h"
#include "jmespath/jmespath.h"
#include "model/model.h"

/* Words of a command line not used up yet. */
struct pail_words {
    const char **v;
    size_t n;
};

/* The options that may stand anywhere. NULL: not given. */
struct pail_globals {
    const char *profile, *region, *endpoint_url, *output, *query, *ca_bundle, *color;
    const char *read_timeout, *connect_timeout, *binary_format, *error_format;
    bool debug, no_verify_ssl, no_paginate, no_sign_request, no_pager, version;
    bool auto_prompt, no_auto_prompt; /* none is offered: the first is refused */
};

struct pail_cli {
    struct pail_globals g;
    struct pail_values *vs; /* everything that lives as long as the run */
    struct pail_models *models;
    struct pail_config *config;                   /* loaded when first asked for */
    struct pail_session *session, *other_session; /* with --endpoint-url; without (calls.h) */
    struct pail_jmes *query;
    const char *output;       /* "json": resolved */
    bool paged;               /* what is shown is one page of several */
    const char *const *words; /* all of the command line */
    size_t n_words;
};

/* In place of an exit code: all is done, and well. */
#define PAIL_CLI_DONE (-1)

/* argv: without the program's name. Returns the exit code. */
int pail_cli_run(const char *const *argv, size_t argc);

/* ---- Globals (globals.c) ---- */

/* Reads the globals and the command out of argv; the rest is left in ret_rest. 0, or an exit code.
 */
int pail_globals_parse(struct pail_cli *cli, const char *const *argv, size_t argc,
                       const char **ret_command, struct pail_words *ret_rest);
/* What they ask for that can be wrong: --query, --endpoint-url, timeouts. 0, or an exit code. */
int pail_globals_check(struct pail_cli *cli);
/* A value of the profile in use; ptr NULL: absent. Borrowed from cli. */
struct pail_str pail_cli_setting(struct pail_cli *cli, const char *key);
/* The profile in use. */
const char *pail_cli_profile(struct pail_cli *cli);
PAIL_CHECK int pail_cli_config(struct pail_cli *cli, struct pail_config **ret,
                               struct pail_error *err);
PAIL_CHECK int pail_cli_session(struct pail_cli *cli, struct pail_session **ret,
                                struct pail_error *err);
/* Zeroed room for n pointers that lives as long as the run; NULL: out of memory. */
const char **pail_cli_room(struct pail_cli *cli, size_t n);
/* Text that lives as long as the run; NULL: out of memory. */
const char *pail_cli_keep(struct pail_cli *cli, struct pail_str s);

/* A whole text on stdout, on a terminal through the pager (show.c). The exit code. */
int pail_cli_print(struct pail_cli *cli, const struct pail_buf *text);

/* ---- Complaints (complain.c). All return the exit code. ---- */

/* "An error occurred (CODE): MESSAGE"; code NULL: the message alone. */
int pail_cli_fail(struct pail_cli *cli, int exit_code, const char *code, struct pail_str message);
int pail_cli_failf(struct pail_cli *cli, int exit_code, const char *code, const char *fmt, ...)
    PAIL_PRINTF(4, 5);
/* The same as ParamValidation with the usage behind it. */
int pail_cli_misuse(struct pail_cli *cli, struct pail_str message);
int pail_cli_misusef(struct pail_cli *cli, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* "Error parsing parameter '--x': MESSAGE" */
int pail_cli_bad_param(struct pail_cli *cli, const char *name, struct pail_str message);
/* "Unknown options: --a, b" */
int pail_cli_unknown(struct pail_cli *cli, const struct pail_words *words, bool custom);
/* "argument operation: Found invalid choice ..." with what is near it. */
int pail_cli_no_choice(struct pail_cli *cli, const char *argument, const char *word,
                       const char *(*choice)(const void *ud, size_t i), const void *ud);
/* What libpail says: the codes of configuration and credentials, or the bare message. */
int pail_cli_error(struct pail_cli *cli, const struct pail_error *err);
/* The service said no. refusal may be NULL. */
int pail_cli_refused(struct pail_cli *cli, const struct pail_error *err,
                     const struct pail_value *refusal);
int pail_cli_nomem(struct pail_cli *cli);

#define PAIL_CLI_USAGE                                                                             \
    "usage: pail [options] <command> <subcommand> [<subcommand> ...] [parameters]\n"               \
    "To see help text, you can run:\n\n"                                                           \
    "  pail help\n"                                                                                \
    "  pail <command> help\n"                                                                      \
    "  pail <command> <subcommand> help\n"

#endif
