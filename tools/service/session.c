/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ssm start-session" and "ecs execute-command": the service opens a session, and
 * session-manager-plugin, a program of AWS, has the terminal from then on: it takes the place of
 * this one. The answer holds a token, so that the plugin gets it in its environment where it is new
 * enough to look there, not among its arguments, which everybody can see.
 */
#include "tools/service/custom.h"

#include <errno.h>
#include <stdio.h>

#include "auth/session.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/process.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"
#include "tools/service/signin.h"

#define PLUGIN "session-manager-plugin"
#define RESPONSE "AWS_SSM_START_SESSION_RESPONSE"
#define LAST_WITHOUT "1.2.497.0"

static int missing(struct pail_cli *cli)
{
    return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL,
                         PAIL_STR("SessionManagerPlugin is not found. Please refer to "
                                  "SessionManager Documentation here: "
                                  "http://docs.aws.amazon.com/console/systems-manager/"
                                  "session-manager-plugin-not-found"));
}

/* "1.2.650.0" is later than "1.2.497.0". */
static bool is_later(struct pail_str a, struct pail_str b)
{
    struct pail_str x, y;
    uint64_t m, n;
    while (pail_str_split(&a, '.', &x) && pail_str_split(&b, '.', &y)) {
        if (!pail_str_to_u64(x, &m) || !pail_str_to_u64(y, &n))
            return false;
        if (m != n)
            return m > n;
    }
    return false;
}

static bool takes_environment(void)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(1 << 12);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 12);
    const char *const argv[] = {PLUGIN, "--version", NULL};
    struct pail_process p = {.argv = argv,
                             .deadline_mono_ns = pail_deadline_after_ns(30 * PAIL_NS_PER_S),
                             .out = &out,
                             .err = &text};
    int status;
    return !pail_process_run(&p, &status, NULL) && status == 0 &&
           is_later(pail_str_trim(pail_buf_view(&out)), PAIL_STR(LAST_WITHOUT));
}

/* The profile that was asked for; "": none was. */
static const char *named_profile(const struct pail_cli *cli)
{
    const char *name = cli->g.profile;
    name = name ? name : pail_env_get_nonempty("AWS_PROFILE");
    name = name ? name : pail_env_get_nonempty("AWS_DEFAULT_PROFILE");
    return name ? name : "";
}

/* Returns when there is no plugin, with the error. */
static int hand_over(struct pail_run *run, const struct pail_value *session_value,
                     const struct pail_value *params, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf answer = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf asked = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf endpoint = PAIL_BUF_INIT(1 << 16);
    struct pail_session *session = NULL;
    int rc = pail_cli_session(run->cli, &session, err);
    const char *region = rc ? NULL : pail_session_region(session);
    if (!rc)
        rc = pail_signin_endpoint(session, run->model_name, run->model_name, region, &endpoint,
                                  err);
    pail_value_to_json(&answer, session_value, &(struct pail_json_style){.ascii = true});
    pail_value_to_json(&asked, params, &(struct pail_json_style){.ascii = true});
    if (!rc)
        rc = pail_buf_check(&answer, "session", err);
    if (!rc)
        rc = pail_buf_check(&asked, "session", err);
    if (rc)
        return rc;
    const char *argv[] = {PLUGIN,
                          pail_buf_cstr(&answer),
                          region,
                          "StartSession",
                          named_profile(run->cli),
                          pail_buf_cstr(&asked),
                          run->cli->g.endpoint_url ? run->cli->g.endpoint_url
                                                   : pail_buf_cstr(&endpoint),
                          NULL};
    if (takes_environment() && pail_env_set(RESPONSE, pail_buf_cstr(&answer)))
        argv[1] = RESPONSE;
    fflush(stdout);
    return pail_process_become(PLUGIN, argv, err);
}

/* What the plugin wants of an answer. */
static struct pail_value *session_of(struct pail_run *run, const struct pail_value *from)
{
    static const char *const names[][2] = {
        {"SessionId", "sessionId"}, {"TokenValue", "tokenValue"}, {"StreamUrl", "streamUrl"}};
    struct pail_value *v = pail_value_map(run->cli->vs);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(names); i++)
        for (size_t k = 0; k < 2; k++) {
            struct pail_str name = pail_str(names[i][k]);
            if (pail_value_get(from, name))
                pail_value_set(run->cli->vs, v, name,
                               pail_value_copy(run->cli->vs, pail_value_get(from, name)));
        }
    return v;
}

static int start_session(struct pail_run *run, struct pail_client *client)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call_args args = {.params = run->values};
    struct pail_result *r = NULL, *refusal = NULL;
    args.ret_refusal = &refusal;
    if (pail_call_with(client, "StartSession", &args, &r, &err))
        return pail_run_failed(run, &err, refusal);
    int rc = hand_over(run, session_of(run, pail_result_value(r)), run->values, &err);
    if (rc && err.os_errno == ENOENT) /* nobody will ever use it */
        rc = pail_callf(client, NULL, &err, "TerminateSession", "SessionId: %s",
                        pail_result_str(r, "SessionId"));
    else if (rc)
        rc = -1;
    pail_result_free(r);
    return rc ? pail_cli_error(run->cli, &err) : missing(run->cli);
}

/* ---- ecs ------------------------------------------------------------------------------------- */

static const char *last_part(const char *arn)
{
    const char *slash = strrchr(arn, '/');
    return slash ? slash + 1 : arn;
}

/* "ecs:CLUSTER_TASK_RUNTIME-ID" of the container in the answer. */
static int target_of(struct pail_run *run, struct pail_client *client, const struct pail_result *r,
                     struct pail_value **ret, struct pail_error *err)
{
    const char *cluster = last_part(pail_text_at(pail_result_value(r), "clusterArn"));
    const char *task = last_part(pail_text_at(pail_result_value(r), "taskArn"));
    const char *name = pail_text_at(pail_result_value(r), "containerName");
    const char *id = "None";
    struct pail_result *tasks = NULL;
    int rc = pail_callf(client, &tasks, err, "DescribeTasks", "cluster: %s, tasks: [%s]", cluster,
                        task);
    if (!rc && !pail_result_find(tasks, "tasks[0]"))
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_NOT_FOUND,
                            "The task provided in the request was not found.");
    const struct pail_value *c;
    pail_value_each (c, rc ? NULL : pail_result_find(tasks, "tasks[0].containers"))
        if (strcmp(pail_text_at(c, "name"), name) == 0)
            id = pail_text_at(c, "runtimeId");
    if (!rc)
        *ret = pail_value_form(run->cli->vs, "Target: 'ecs:%s_%s_%s'", cluster, task, id);
    pail_result_free(tasks);
    return rc;
}

static int execute_command(struct pail_run *run, struct pail_client *client)
{
    const char *const argv[] = {PLUGIN, NULL}; /* says that it is there */
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_call_args args = {.params = run->values};
    struct pail_result *r = NULL, *refusal = NULL;
    struct pail_value *target = NULL;
    int status = 0;
    args.ret_refusal = &refusal;
    fflush(stdout);
    if (pail_process_feed(argv, (struct pail_bytes){NULL, 0}, &status, &err) || status == 127)
        return missing(run->cli);
    if (status)
        return pail_cli_failf(run->cli, PAIL_EXIT_ERROR, NULL,
                              "Command '['" PLUGIN "']' returned non-zero exit status %d.", status);
    if (pail_call_with(client, "ExecuteCommand", &args, &r, &err))
        return pail_run_failed(run, &err, refusal);
    int rc = target_of(run, client, r, &target, &err);
    if (!rc)
        rc = hand_over(run, session_of(run, pail_result_find(r, "session")), target, &err);
    pail_result_free(r);
    return err.os_errno == ENOENT ? missing(run->cli) : pail_cli_error(run->cli, &err);
}

const struct pail_custom pail_custom_session[] = {
    {.service = "ssm", .operation = "start-session", .call = start_session},
    {.service = "ecs", .operation = "execute-command", .call = execute_command},
    {.service = NULL},
};
