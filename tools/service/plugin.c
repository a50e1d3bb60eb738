/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "lightsail push-container-image": lightsailctl, a program of AWS, does it; it is told what, and
 * how this run was configured.
 */
#include "tools/service/commands.h"

#include <errno.h>
#include <stdio.h>

#include "base/process.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define CLI_VERSION "2.34.0" /* whose way of asking this is */

static void set(struct pail_cli *cli, struct pail_value *map, const char *key, const char *text)
{
    if (text)
        pail_value_set(cli->vs, map, pail_str(key), pail_value_str(cli->vs, pail_str(text)));
}

static void set_flag(struct pail_cli *cli, struct pail_value *map, const char *key, bool yes)
{
    pail_value_set(cli->vs, map, pail_str(key), pail_value_bool(cli->vs, yes));
}

static struct pail_value *configuration(struct pail_cli *cli, const struct pail_session *session)
{
    const struct pail_globals *g = &cli->g;
    struct pail_value *c = pail_value_map(cli->vs);
    struct pail_str bundle = pail_cli_setting(cli, "ca_bundle");
    set_flag(cli, c, "debug", g->debug);
    set(cli, c, "endpoint", g->endpoint_url);
    set_flag(cli, c, "doNotVerifySSL", g->no_verify_ssl);
    set_flag(cli, c, "paginate", !g->no_paginate);
    set(cli, c, "output", g->output);
    set(cli, c, "query", g->query);
    if (g->profile || strcmp(pail_cli_profile(cli), "default") != 0)
        set(cli, c, "profile", pail_cli_profile(cli));
    set(cli, c, "region", pail_session_region(session));
    set_flag(cli, c, "doNotSignRequest", g->no_sign_request);
    set(cli, c, "caBundle", g->ca_bundle ? g->ca_bundle : pail_cli_keep(cli, bundle));
    set(cli, c, "readTimeout", g->read_timeout);
    set(cli, c, "connectTimeout", g->connect_timeout);
    set(cli, c, "cliBinaryFormat", g->binary_format);
    set(cli, c, "cliVersion", CLI_VERSION);
    if (!g->ca_bundle && !bundle.len)
        pail_value_remove(c, PAIL_STR("caBundle"));
    return c;
}

int pail_push_image_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const argv[] = {"lightsailctl", "--plugin", "--input-stdin", NULL};
    struct pail_arg args[] = {{.name = "--service-name", .required = true},
                              {.name = "--image", .required = true},
                              {.name = "--label", .required = true},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    int status = 0, code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    if (pail_cli_session(cli, &session, &err))
        return pail_cli_error(cli, &err);
    pail_value_to_json(&text,
                       pail_value_form(cli->vs,
                                       "inputVersion: '1', operation: 'PushContainerImage', "
                                       "payload: {service: %s, image: %s, label: %s}, "
                                       "configuration: %p",
                                       args[0].value, args[1].value, args[2].value,
                                       (void *)configuration(cli, session)),
                       &(struct pail_json_style){.ascii = true});
    fflush(stdout);
    if (pail_process_feed(argv, (struct pail_bytes){text.ptr, text.len}, &status, &err) ||
        status == 127)
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("The Lightsail Control (lightsailctl) plugin was not found. "
                                      "To download and install it, see "
                                      "https://lightsail.aws.amazon.com/ls/docs/en_us/articles/"
                                      "amazon-lightsail-install-software"));
    return status ? pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                                   "Command '['lightsailctl', '--plugin', '--input-stdin']' "
                                   "returned non-zero exit status %d.",
                                   status)
                  : 0;
}
