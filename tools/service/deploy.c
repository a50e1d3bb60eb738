/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "cloudformation deploy": a change set made, waited for and executed, whether the stack is there
 * or not.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

#define TEMPLATE_MAX 51200 /* bytes that fit into a request */

enum option {
    TEMPLATE_FILE,
    STACK_NAME,
    OVERRIDES,
    CAPABILITIES,
    NO_EXECUTE,
    ROLE_ARN,
    NOTIFICATIONS,
    FAIL_ON_EMPTY,
    NO_FAIL_ON_EMPTY,
    TAGS,
    DISABLE_ROLLBACK,
    NO_DISABLE_ROLLBACK,
    N_OPTIONS
};

struct deploy {
    struct pail_cli *cli;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_client *client;
    struct pail_value *params;
    bool creates;
    char name[64];
    struct pail_str id; /* of the change set */
    struct pail_error err;
};

static struct pail_value *text(struct deploy *d, struct pail_str s)
{
    return pail_value_str(d->cli->vs, s);
}

static void set(struct deploy *d, struct pail_value *map, const char *key, struct pail_value *v)
{
    pail_value_set(d->cli->vs, map, pail_str(key), v);
}

/* ---- Template and parameters ----------------------------------------------------------------- */

/* The i-th name under "Parameters"; ptr NULL past the end. YAML is looked at line by line: its tags
 * are CloudFormation's own. */
static struct pail_str parameter_at(struct deploy *d, struct pail_str template, size_t i)
{
    struct pail_value *doc = NULL;
    if (!pail_value_from_json(d->cli->vs, template, "template", &doc, NULL))
        return pail_value_key_at(pail_value_get(doc, PAIL_STR("Parameters")), i);
    struct pail_str rest = template, line;
    bool inside = false;
    size_t indent = 0;
    while (pail_str_split(&rest, '\n', &line)) {
        struct pail_str s = pail_str_trim(line);
        size_t in = 0;
        while (in < line.len && line.ptr[in] == ' ')
            in++;
        if (!s.len || s.ptr[0] == '#')
            continue;
        if (in == 0) {
            inside = pail_str_starts(s, PAIL_STR("Parameters:"));
            indent = 0;
            continue;
        }
        if (!inside || (indent && in != indent))
            continue;
        indent = in;
        size_t colon = pail_str_find(s, ':');
        if (colon != SIZE_MAX && i-- == 0)
            return pail_str_sub(s, 0, colon);
    }
    return pail_strn(NULL, 0);
}

/* "Key=value" words, or a JSON list of them, or one of {"ParameterKey", "ParameterValue"}. */
static struct pail_value *pairs(struct deploy *d, const struct pail_arg *a)
{
    struct pail_values *vs = d->cli->vs;
    struct pail_value *map = pail_value_map(vs), *content = NULL, *list = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    if (a->n_values == 1)
        (void)!pail_paramfile(vs, a->values[0], &content, &why);
    struct pail_str doc = content ? pail_value_as_str(content)
                                  : pail_str(a->n_values ? a->values[0] : "");
    if (doc.len && !pail_value_from_json(vs, doc, "parameters", &list, NULL)) {
        const struct pail_value *plain = pail_value_get(list, PAIL_STR("Parameters"));
        for (size_t i = 0; i < pail_value_len(plain); i++)
            pail_value_set(vs, map, pail_value_key_at(plain, i), pail_value_at(plain, i));
    }
    size_t n = pail_value_type(list) == PAIL_VAL_LIST ? pail_value_len(list)
               : list                                 ? 0
                                                      : a->n_values;
    for (size_t i = 0; i < n; i++) {
        const struct pail_value *e = pail_value_at(list, i);
        struct pail_str word = e ? pail_value_as_str(e) : pail_str(a->values[i]);
        size_t eq = pail_str_find(word, '=');
        if (pail_value_type(e) == PAIL_VAL_MAP)
            pail_value_set(vs, map, pail_value_as_str(pail_value_get(e, PAIL_STR("ParameterKey"))),
                           pail_value_get(e, PAIL_STR("ParameterValue")));
        else if (eq != SIZE_MAX)
            pail_value_set(vs, map, pail_str_sub(word, 0, eq),
                           text(d, pail_str_from(word, eq + 1)));
    }
    return map;
}

static void add_parameters(struct deploy *d, struct pail_str template)
{
    struct pail_values *vs = d->cli->vs;
    struct pail_value *given = pairs(d, &d->args[OVERRIDES]), *list = pail_value_list(vs);
    struct pail_str key;
    for (size_t i = 0; (key = parameter_at(d, template, i)).ptr; i++) {
        struct pail_value *one = pail_value_map(vs), *value = pail_value_get(given, key);
        if (!value && d->creates)
            continue; /* there is no value of before */
        set(d, one, "ParameterKey", text(d, key));
        if (value)
            set(d, one, "ParameterValue", value);
        else
            set(d, one, "UsePreviousValue", pail_value_bool(vs, true));
        pail_value_append(vs, list, one);
    }
    set(d, d->params, "Parameters", list);
}

static void add_list(struct deploy *d, const char *key, const struct pail_arg *a)
{
    struct pail_value *list = pail_value_list(d->cli->vs);
    for (size_t i = 0; i < a->n_values; i++)
        pail_value_append(d->cli->vs, list, text(d, pail_str(a->values[i])));
    if (a->given)
        set(d, d->params, key, list);
}

static void add_tags(struct deploy *d)
{
    struct pail_values *vs = d->cli->vs;
    struct pail_value *given = pairs(d, &d->args[TAGS]), *list = pail_value_list(vs);
    for (size_t i = 0; i < pail_value_len(given); i++) {
        struct pail_value *tag = pail_value_map(vs);
        set(d, tag, "Key", text(d, pail_value_key_at(given, i)));
        set(d, tag, "Value", pail_value_at(given, i));
        pail_value_append(vs, list, tag);
    }
    if (d->args[TAGS].given)
        set(d, d->params, "Tags", list);
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static struct pail_value *stack_params(struct deploy *d)
{
    struct pail_value *p = pail_value_map(d->cli->vs);
    set(d, p, "StackName", text(d, pail_str(d->args[STACK_NAME].value)));
    return p;
}

/* Is it to be created? A stack that was only ever looked at counts as not there. */
static int look(struct deploy *d)
{
    struct pail_result *r = NULL;
    int rc = pail_call(d->client, "DescribeStacks", stack_params(d), &r, &d->err);
    if (rc && d->err.domain == PAIL_D_SERVICE && strstr(d->err.message, "does not exist")) {
        d->creates = true;
        d->err = (struct pail_error)PAIL_ERROR_INIT;
        return 0;
    }
    if (!rc) {
        const struct pail_value *stacks = pail_value_get(pail_result_value(r), PAIL_STR("Stacks"));
        const struct pail_value *status = pail_value_get(pail_value_at(stacks, 0),
                                                         PAIL_STR("StackStatus"));
        d->creates = !stacks || pail_str_eqz(pail_value_as_str(status), "REVIEW_IN_PROGRESS");
    }
    pail_result_free(r);
    return rc;
}

static int create(struct deploy *d, struct pail_str template)
{
    (void)snprintf(d->name, sizeof(d->name), "awscli-cloudformation-package-deploy%lld",
                   (long long)pail_clock_wall_s());
    d->params = stack_params(d);
    set(d, d->params, "ChangeSetName", text(d, pail_str(d->name)));
    set(d, d->params, "ChangeSetType",
        text(d, d->creates ? PAIL_STR("CREATE") : PAIL_STR("UPDATE")));
    set(d, d->params, "TemplateBody", text(d, template));
    set(d, d->params, "Description", text(d, PAIL_STR("Created by AWS CLI")));
    add_parameters(d, template);
    add_list(d, "Capabilities", &d->args[CAPABILITIES]);
    add_list(d, "NotificationARNs", &d->args[NOTIFICATIONS]);
    add_tags(d);
    if (d->args[ROLE_ARN].value)
        set(d, d->params, "RoleARN", text(d, pail_str(d->args[ROLE_ARN].value)));
    struct pail_result *r = NULL;
    int rc = pail_call(d->client, "CreateChangeSet", d->params, &r, &d->err);
    if (!rc)
        d->id = pail_value_as_str(
            pail_value_copy(d->cli->vs, pail_value_get(pail_result_value(r), PAIL_STR("Id"))));
    pail_result_free(r);
    return rc;
}

static struct pail_value *change_set(struct deploy *d)
{
    struct pail_value *p = stack_params(d);
    set(d, p, "ChangeSetName", text(d, pail_str(d->name)));
    return p;
}

/* *ret_empty: nothing would change. */
static int wait_created(struct deploy *d, bool *ret_empty)
{
    const struct pail_wait_options often = {.delay_s = 5};
    struct pail_result *r = NULL;
    fputs("\nWaiting for changeset to be created..\n", stdout);
    fflush(stdout);
    int rc = pail_wait(d->client, "ChangeSetCreateComplete", change_set(d), &often, NULL, &d->err);
    if (!rc)
        return 0;
    if (pail_call(d->client, "DescribeChangeSet", change_set(d), &r, NULL))
        return rc;
    struct pail_str reason = pail_value_as_str(
        pail_value_get(pail_result_value(r), PAIL_STR("StatusReason")));
    *ret_empty = pail_str_find_str(reason,
                                   PAIL_STR("The submitted information didn't contain changes.")) !=
                     SIZE_MAX ||
                 pail_str_find_str(reason, PAIL_STR("No updates are to be performed")) != SIZE_MAX;
    if (!*ret_empty)
        rc = pail_error_set(&d->err, PAIL_D_SERVICE, PAIL_E_SERVICE,
                            "Failed to create the changeset: %s Reason: %.*s", d->err.message,
                            PAIL_STR_ARG(reason));
    pail_result_free(r);
    return *ret_empty ? 0 : rc;
}

static int execute(struct deploy *d)
{
    const char *waiter = d->creates ? "StackCreateComplete" : "StackUpdateComplete";
    const struct pail_wait_options patient = {.delay_s = 30, .max_attempts = 120};
    struct pail_value *p = change_set(d);
    if (d->args[DISABLE_ROLLBACK].given || d->args[NO_DISABLE_ROLLBACK].given)
        set(d, p, "DisableRollback",
            pail_value_bool(d->cli->vs,
                            d->args[DISABLE_ROLLBACK].order > d->args[NO_DISABLE_ROLLBACK].order));
    int rc = pail_call(d->client, "ExecuteChangeSet", p, NULL, &d->err);
    if (rc)
        return rc;
    fputs("Waiting for stack create/update to complete\n", stdout);
    fflush(stdout);
    return pail_wait(d->client, waiter, stack_params(d), &patient, NULL, &d->err);
}

static int deploy(struct deploy *d, struct pail_str template)
{
    const char *stack = d->args[STACK_NAME].value;
    bool empty = false;
    int rc = look(d);
    if (!rc)
        rc = create(d, template);
    if (!rc)
        rc = wait_created(d, &empty);
    if (rc)
        return pail_cli_error(d->cli, &d->err);
    if (empty && d->args[FAIL_ON_EMPTY].order > d->args[NO_FAIL_ON_EMPTY].order)
        return pail_cli_failf(d->cli, PAIL_EXIT_ERROR, NULL,
                              "No changes to deploy. Stack %s is up to date", stack);
    if (empty) {
        printf("\nNo changes to deploy. Stack %s is up to date\n", stack);
        return 0;
    }
    if (d->args[NO_EXECUTE].given) {
        printf("Changeset created successfully. Run the following command to review changes:\n"
               "aws cloudformation describe-change-set --change-set-name %.*s\n",
               PAIL_STR_ARG(d->id));
        return 0;
    }
    if (execute(d))
        return pail_cli_error(d->cli, &d->err);
    printf("Successfully created/updated stack - %s\n", stack);
    return 0;
}

int pail_deploy_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct deploy d = {
        .cli = cli,
        .args = {[TEMPLATE_FILE] = {.name = "--template-file", .required = true},
                 [STACK_NAME] = {.name = "--stack-name", .required = true},
                 [OVERRIDES] = {.name = "--parameter-overrides", .take = PAIL_ARG_LIST},
                 [CAPABILITIES] = {.name = "--capabilities", .take = PAIL_ARG_LIST},
                 [NO_EXECUTE] = {.name = "--no-execute-changeset", .take = PAIL_ARG_NONE},
                 [ROLE_ARN] = {.name = "--role-arn"},
                 [NOTIFICATIONS] = {.name = "--notification-arns", .take = PAIL_ARG_LIST},
                 [FAIL_ON_EMPTY] = {.name = "--fail-on-empty-changeset", .take = PAIL_ARG_NONE},
                 [NO_FAIL_ON_EMPTY] = {.name = "--no-fail-on-empty-changeset",
                                       .take = PAIL_ARG_NONE},
                 [TAGS] = {.name = "--tags", .take = PAIL_ARG_LIST},
                 [DISABLE_ROLLBACK] = {.name = "--disable-rollback", .take = PAIL_ARG_NONE},
                 [NO_DISABLE_ROLLBACK] = {.name = "--no-disable-rollback", .take = PAIL_ARG_NONE}},
        .err = PAIL_ERROR_INIT};
    struct pail_session *session = NULL;
    PAIL_AUTOFREE char *template = NULL;
    size_t len = 0;
    int code = pail_cli_args(cli, words, d.args);
    if (code)
        return code;
    if (pail_file_read_all(d.args[TEMPLATE_FILE].value, TEMPLATE_MAX, &template, &len, &d.err))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Invalid template path %s",
                              d.args[TEMPLATE_FILE].value);
    int rc = pail_cli_session(cli, &session, &d.err);
    if (!rc)
        rc = pail_client_new(session, "cloudformation", NULL, &d.client, &d.err);
    code = rc ? pail_cli_error(cli, &d.err) : deploy(&d, pail_strn(template, len));
    pail_client_unref(d.client);
    return code;
}
