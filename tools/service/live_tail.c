/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "logs start-live-tail": what comes into log groups, as it comes, until Ctrl-C or for three hours.
 * The answer is a stream of events; of each update the messages are lines.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"

#define SESSION_MS (3u * 3600 * 1000 + 60000) /* the service ends it before */

enum option { GROUPS, STREAMS, PREFIXES, PATTERN, MODE, N_OPTIONS };

static int put_event(void *ud, const struct pail_value *event, struct pail_error *err)
{
    const struct pail_value *e;
    pail_value_each (e, pail_value_find(event, "sessionUpdate.sessionResults"))
        printf("%s\n", pail_text_at(e, "message"));
    fflush(stdout);
    return 0;
}

static void put_list(struct pail_cli *cli, struct pail_value *params, const char *member,
                     const struct pail_arg *a)
{
    if (a->given)
        pail_value_set(cli->vs, params, pail_str(member), pail_cli_texts(cli, a));
}

int pail_live_tail_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const modes[] = {"interactive", "print-only", NULL};
    struct pail_arg args[N_OPTIONS + 1] = {
        [GROUPS] = {.name = "--log-group-identifiers", .take = PAIL_ARG_SOME, .required = true},
        [STREAMS] = {.name = "--log-stream-names", .take = PAIL_ARG_SOME},
        [PREFIXES] = {.name = "--log-stream-name-prefixes", .take = PAIL_ARG_SOME},
        [PATTERN] = {.name = "--log-event-filter-pattern"},
        [MODE] = {.name = "--mode", .choices = modes},
    };
    const struct pail_service_sink sink = {.event = put_event};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_result *refusal = NULL;
    struct pail_client *client = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    if (args[MODE].value && strcmp(args[MODE].value, "interactive") == 0)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation",
                             PAIL_STR("--mode interactive is not offered; print-only is."));
    struct pail_value *params = pail_value_map(cli->vs);
    put_list(cli, params, "logGroupIdentifiers", &args[GROUPS]);
    put_list(cli, params, "logStreamNames", &args[STREAMS]);
    put_list(cli, params, "logStreamNamePrefixes", &args[PREFIXES]);
    if (args[PATTERN].value)
        pail_value_set(cli->vs, params, PAIL_STR("logEventFilterPattern"),
                       pail_value_str(cli->vs, pail_str(args[PATTERN].value)));
    struct pail_call_args call = {.params = params, .sink = &sink, .ret_refusal = &refusal};
    call.call.timeout_ms = SESSION_MS;
    int rc = pail_cli_client(cli, "logs", NULL, PAIL_ENDPOINT_OWN, &client, &err);
    if (!rc)
        rc = pail_call_with(client, "StartLiveTail", &call, NULL, &err);
    if (rc)
        code = refusal && err.domain == PAIL_D_SERVICE
                   ? pail_cli_refused(cli, &err, pail_result_value(refusal))
                   : pail_cli_error(cli, &err);
    pail_result_free(refusal);
    pail_client_unref(client);
    return code;
}
