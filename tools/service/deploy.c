/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "cloudformation deploy": a change set made, waited for and executed, whether the stack is there
 * or not.
 */
#include "tools/service/commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/service/input.h"
#include "tools/service/uploader.h"
#include "tools/service/yaml.h"

#define FILE_MAX ((size_t)64 << 20)
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
    BUCKET,
    FORCE,
    PREFIX,
    KMS,
    N_OPTIONS
};

struct deploy {
    struct pail_cli *cli;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_client *client;
    struct pail_uploader uploader;
    const char *overrides_word; /* as it was on the command line */
    struct pail_str body;       /* of the template */
    struct pail_value *template, *overrides, *tags, *params;
    bool creates, failed; /* failed: what was begun did not come to its end */
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

static int not_a_pair(struct deploy *d, const struct pail_arg *a, const char *word)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf shown = PAIL_BUF_INIT(1 << 16);
    pail_text_repr(&shown, pail_str(word));
    return pail_cli_failf(d->cli, PAIL_EXIT_ERROR, NULL,
                          "[%s] value passed to %s must be of format Key=Value",
                          pail_buf_cstr(&shown), a->name);
}

/* "Key=value" words into map. 0, or an exit code. */
static int add_pairs(struct deploy *d, const struct pail_arg *a, struct pail_value *map)
{
    for (size_t i = 0; i < a->n_values; i++) {
        struct pail_str word = pail_str(a->values[i]);
        size_t eq = pail_str_find(word, '=');
        if (eq == SIZE_MAX)
            return not_a_pair(d, a, a->values[i]);
        pail_value_set(d->cli->vs, map, pail_str_sub(word, 0, eq),
                       text(d, pail_str_from(word, eq + 1)));
    }
    return 0;
}

/* [{"ParameterKey": ..., "ParameterValue": ...}], {"Parameters": {...}}, or ["Key=value"]; false:
 * none of them. */
static bool add_document(struct deploy *d, const struct pail_value *doc, struct pail_value *map)
{
    struct pail_values *vs = d->cli->vs;
    const struct pail_value *plain = pail_value_get(doc, PAIL_STR("Parameters"));
    for (size_t i = 0; i < pail_value_len(plain); i++)
        pail_value_set(vs, map, pail_value_key_at(plain, i), pail_value_at(plain, i));
    if (plain || pail_value_type(doc) != PAIL_VAL_LIST)
        return plain != NULL;
    for (size_t i = 0; i < pail_value_len(doc); i++) {
        const struct pail_value *e = pail_value_at(doc, i);
        struct pail_str word = pail_value_as_str(e);
        size_t eq = pail_str_find(word, '=');
        struct pail_value *key = pail_value_get(e, PAIL_STR("ParameterKey"));
        struct pail_value *value = pail_value_get(e, PAIL_STR("ParameterValue"));
        if (key && value && pail_value_len(e) == 2)
            pail_value_set(vs, map, pail_value_as_str(key), value);
        else if (word.ptr && eq != SIZE_MAX)
            pail_value_set(vs, map, pail_str_sub(word, 0, eq),
                           text(d, pail_str_from(word, eq + 1)));
        else
            return false;
    }
    return true;
}

static int read_overrides(struct deploy *d)
{
    struct pail_arg *a = &d->args[OVERRIDES];
    struct pail_value *doc = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    d->overrides = pail_value_map(d->cli->vs);
    bool is_file = a->n_values == 1 && strncmp(d->overrides_word, "file://", 7) == 0;
    if (!a->n_values)
        return 0;
    if (pail_value_from_json(d->cli->vs, pail_str(a->values[0]), "parameters", &doc, NULL)) {
        if (!is_file)
            return add_pairs(d, a, d->overrides);
        pail_json_complaint(&why, pail_str(a->values[0]));
        return pail_cli_fail(d->cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    }
    return add_document(d, doc, d->overrides)
               ? 0
               : pail_cli_fail(d->cli, PAIL_EXIT_USAGE, "ParamValidation",
                               PAIL_STR("JSON passed to --parameter-overrides must be one of the "
                                        "formats: [\"Key1=Value1\",\"Key2=Value2\", ...] , "
                                        "[{\"ParameterKey\": \"Key1\", \"ParameterValue\": "
                                        "\"Value1\"}, ...] , [\"Parameters\": {\"Key1\": "
                                        "\"Value1\", \"Key2\": \"Value2\", ...}]"));
}

/* Does the stack that is there have it? */
static bool is_known(const struct pail_value *summary, struct pail_str key)
{
    const struct pail_value *p;
    pail_value_each (p, pail_value_find(summary, "Parameters"))
        if (pail_str_eq(pail_value_as_str(pail_value_get(p, PAIL_STR("ParameterKey"))), key))
            return true;
    return false;
}

/* Of every parameter of the template: its new value, or that the old one stays. */
static void add_parameters(struct deploy *d, const struct pail_value *summary)
{
    struct pail_values *vs = d->cli->vs;
    const struct pail_value *all = pail_value_get(d->template, PAIL_STR("Parameters"));
    struct pail_value *list = pail_value_list(vs);
    for (size_t i = 0; i < pail_value_len(all); i++) {
        struct pail_str key = pail_value_key_at(all, i);
        struct pail_value *one = pail_value_map(vs), *value = pail_value_get(d->overrides, key);
        if (!value && (d->creates || !is_known(summary, key)))
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

static int read_tags(struct deploy *d)
{
    struct pail_values *vs = d->cli->vs;
    struct pail_value *given = pail_value_map(vs);
    int code = add_pairs(d, &d->args[TAGS], given);
    d->tags = pail_value_list(vs);
    for (size_t i = 0; i < pail_value_len(given); i++) {
        struct pail_value *tag = pail_value_map(vs);
        set(d, tag, "Key", text(d, pail_value_key_at(given, i)));
        set(d, tag, "Value", pail_value_at(given, i));
        pail_value_append(vs, d->tags, tag);
    }
    return code;
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

/* The template itself, or where it was put. */
static int add_template(struct deploy *d)
{
    const char *url = NULL, *web = NULL;
    if (!d->args[BUCKET].value) {
        set(d, d->params, "TemplateBody", text(d, d->body));
        return 0;
    }
    int rc = pail_uploader_put(&d->uploader, (struct pail_bytes){d->body.ptr, d->body.len},
                               "template", &url, &d->err);
    if (!rc)
        rc = pail_uploader_web_url(&d->uploader, url, &web, &d->err);
    if (!rc)
        set(d, d->params, "TemplateURL", text(d, pail_str(web)));
    return rc;
}

static int create(struct deploy *d)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf about = PAIL_BUF_INIT(1 << 10);
    struct pail_result *r = NULL;
    int64_t ns = pail_clock_wall_ns();
    int rc = 0;
    (void)snprintf(d->name, sizeof(d->name), "awscli-cloudformation-package-deploy-%lld",
                   (long long)(ns / PAIL_NS_PER_S));
    pail_buf_z(&about, "Created by AWS CLI at ");
    pail_time_isoformat(&about, (struct pail_time){.seconds = ns / PAIL_NS_PER_S,
                                                   .nanos = (uint32_t)(ns % PAIL_NS_PER_S)});
    pail_buf_truncate(&about, about.len - strlen("+00:00"));
    pail_buf_z(&about, " UTC");
    d->params = stack_params(d);
    if (!d->creates)
        rc = pail_call(d->client, "GetTemplateSummary", d->params, &r, &d->err);
    set(d, d->params, "ChangeSetName", text(d, pail_str(d->name)));
    set(d, d->params, "ChangeSetType",
        text(d, d->creates ? PAIL_STR("CREATE") : PAIL_STR("UPDATE")));
    set(d, d->params, "Description", text(d, pail_buf_view(&about)));
    add_parameters(d, r ? pail_result_value(r) : NULL);
    set(d, d->params, "Capabilities", pail_cli_texts(d->cli, &d->args[CAPABILITIES]));
    if (d->args[NOTIFICATIONS].given)
        set(d, d->params, "NotificationARNs", pail_cli_texts(d->cli, &d->args[NOTIFICATIONS]));
    set(d, d->params, "Tags", d->tags);
    if (d->args[ROLE_ARN].value)
        set(d, d->params, "RoleARN", text(d, pail_str(d->args[ROLE_ARN].value)));
    r = pail_result_free(r);
    if (!rc)
        rc = add_template(d);
    if (!rc)
        rc = pail_call(d->client, "CreateChangeSet", d->params, &r, &d->err);
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
        rc = pail_error_set(&d->err, PAIL_D_DATA, PAIL_E_CONFLICT,
                            "Failed to create the changeset: %s Status: %s. Reason: %.*s",
                            d->err.message, pail_text_at(pail_result_value(r), "Status"),
                            PAIL_STR_ARG(reason));
    pail_result_free(r);
    return *ret_empty ? 0 : rc;
}

static int execute(struct deploy *d)
{
    const char *waiter = d->creates ? "StackCreateComplete" : "StackUpdateComplete";
    const struct pail_wait_options patient = {.delay_s = 30, .max_attempts = 120};
    struct pail_value *p = change_set(d);
    set(d, p, "DisableRollback",
        pail_value_bool(d->cli->vs,
                        d->args[DISABLE_ROLLBACK].order > d->args[NO_DISABLE_ROLLBACK].order));
    int rc = pail_call(d->client, "ExecuteChangeSet", p, NULL, &d->err);
    if (rc)
        return rc;
    fputs("Waiting for stack create/update to complete\n", stdout);
    fflush(stdout);
    rc = pail_wait(d->client, waiter, stack_params(d), &patient, NULL, &d->err);
    d->failed = rc && pail_str_starts(pail_str(d->err.message), PAIL_STR("Waiter "));
    return rc;
}

static int deploy(struct deploy *d)
{
    const char *stack = d->args[STACK_NAME].value;
    bool empty = false;
    int rc = look(d);
    if (!rc)
        rc = create(d);
    if (!rc)
        rc = wait_created(d, &empty);
    if (rc && d->uploader.why)
        return pail_cli_fail(d->cli, PAIL_EXIT_ERROR, NULL, pail_str(d->uploader.why));
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
    rc = execute(d);
    if (rc && d->failed)
        return pail_cli_failf(d->cli, PAIL_EXIT_ERROR, NULL,
                              "Failed to create/update the stack. Run the following command\n"
                              "to fetch the list of events leading up to the failure\n"
                              "aws cloudformation describe-stack-events --stack-name %s",
                              stack);
    if (rc)
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
                 [OVERRIDES] = {.name = "--parameter-overrides", .take = PAIL_ARG_SOME},
                 [CAPABILITIES] = {.name = "--capabilities", .take = PAIL_ARG_LIST},
                 [NO_EXECUTE] = {.name = "--no-execute-changeset", .take = PAIL_ARG_NONE},
                 [ROLE_ARN] = {.name = "--role-arn"},
                 [NOTIFICATIONS] = {.name = "--notification-arns", .take = PAIL_ARG_LIST},
                 [FAIL_ON_EMPTY] = {.name = "--fail-on-empty-changeset", .take = PAIL_ARG_NONE},
                 [NO_FAIL_ON_EMPTY] = {.name = "--no-fail-on-empty-changeset",
                                       .take = PAIL_ARG_NONE},
                 [TAGS] = {.name = "--tags", .take = PAIL_ARG_LIST},
                 [DISABLE_ROLLBACK] = {.name = "--disable-rollback", .take = PAIL_ARG_NONE},
                 [NO_DISABLE_ROLLBACK] = {.name = "--no-disable-rollback", .take = PAIL_ARG_NONE},
                 [BUCKET] = {.name = "--s3-bucket"},
                 [FORCE] = {.name = "--force-upload", .take = PAIL_ARG_NONE},
                 [PREFIX] = {.name = "--s3-prefix"},
                 [KMS] = {.name = "--kms-key-id"}},
        .err = PAIL_ERROR_INIT};
    int code = pail_cli_args_read(cli, words, d.args);
    if (code)
        return code;
    for (size_t i = 0; i + 1 < words->n; i++)
        if (strcmp(words->v[i], "--parameter-overrides") == 0)
            d.overrides_word = words->v[i + 1];
    const char *path = pail_cli_expand(cli, d.args[TEMPLATE_FILE].value);
    if (!path || !pail_is_file(path))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Invalid template path %s",
                              path ? path : "");
    int rc = pail_cli_read_file(cli, path, FILE_MAX, &d.body, &d.err);
    if (!rc)
        rc = pail_template_parse(cli->vs, d.body, &d.template, &d.err);
    if (rc)
        return pail_cli_error(cli, &d.err);
    code = read_overrides(&d);
    if (!code)
        code = read_tags(&d);
    if (!code && d.body.len > TEMPLATE_MAX && !d.args[BUCKET].value)
        code = pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Templates with a size greater than 51,200 bytes must be "
                                      "deployed via an S3 Bucket. Please add the --s3-bucket "
                                      "parameter to your command. The local template will be "
                                      "copied to that S3 bucket and then deployed."));
    if (code)
        return code;
    d.uploader.bucket = d.args[BUCKET].value;
    d.uploader.prefix = d.args[PREFIX].value;
    d.uploader.kms_key_id = d.args[KMS].value;
    d.uploader.force = d.args[FORCE].given;
    if (d.uploader.bucket)
        rc = pail_uploader_open(&d.uploader, cli, &d.err);
    if (!rc)
        rc = pail_cli_client(cli, "cloudformation", NULL, PAIL_ENDPOINT_OWN, &d.client, &d.err);
    code = rc ? pail_cli_error(cli, &d.err) : deploy(&d);
    pail_uploader_done(&d.uploader);
    pail_client_unref(d.client);
    return code;
}
