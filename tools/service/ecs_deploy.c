/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "ecs deploy": a new task definition, and a deployment of CodeDeploy that puts it to work, waited
 * for. The AppSpec that CodeDeploy gets names the new definition.
 */
#include "tools/service/commands.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "base/value_json.h"
#include "base/value_repr.h"
#include "crypto/digest.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"
#include "tools/service/yaml.h"

#define FILE_MAX ((size_t)16 << 20)
#define NAME_MAX_LEN 46 /* of a service and a cluster in names that are made of them */
#define DELAY_S 15
#define MIN_WAIT_MIN 30
#define MAX_WAIT_MIN 360
#define BUFFER_MIN 10

enum option { SERVICE, CLUSTER, TASK_DEFINITION, APP_SPEC, APPLICATION, GROUP, N_OPTIONS };

struct deployment {
    struct pail_cli *cli;
    struct pail_arg args[N_OPTIONS + 1];
    struct pail_client *ecs, *codedeploy;
    struct pail_value *task, *spec;
    const char *service, *service_arn, *cluster, *cluster_arn, *application, *group;
    const char *definition; /* ARN of the new one */
    int64_t wait_min;
    struct pail_error err;
    int code; /* of what was told already */
};

/* Tells it; gives what ends the steps. */
#define FAIL(d, ...) ((d)->code = pail_cli_failf((d)->cli, PAIL_EXIT_ERROR, NULL, __VA_ARGS__))

/* "Failed to ACTION:\nAn error occurred ..." */
static int refused(struct deployment *d, int rc, const char *action)
{
    struct pail_str m = pail_str(d->err.message);
    size_t at = pail_str_find_str(m, PAIL_STR("An error occurred"));
    if (!rc || d->err.domain != PAIL_D_SERVICE)
        return rc;
    return FAIL(d, "Failed to %s:\n%s", action, m.ptr + (at == SIZE_MAX ? 0 : at));
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int load(struct deployment *d, const char *path, struct pail_str *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 16);
    const char *whole = pail_cli_expand(d->cli, path);
    if (whole && !pail_cli_read_file(d->cli, whole, FILE_MAX, ret, &d->err))
        return 0;
    pail_text_repr(&name, pail_str(whole ? whole : path));
    return d->err.os_errno ? FAIL(d, "Error: Unable to load file at %s: [Errno %d] %s: %s", path,
                                  d->err.os_errno, strerror(d->err.os_errno), pail_buf_cstr(&name))
                           : FAIL(d, "Error: Unable to load file at %s: %s", path, d->err.message);
}

static int load_files(struct deployment *d)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_str task, spec;
    if (load(d, d->args[TASK_DEFINITION].value, &task))
        return d->code;
    if (pail_value_from_json(d->cli->vs, task, "task definition", &d->task, &d->err))
        return pail_cli_error(d->cli, &d->err);
    if (load(d, d->args[APP_SPEC].value, &spec))
        return d->code;
    if (pail_value_from_json(d->cli->vs, spec, "AppSpec", &d->spec, NULL) &&
        pail_yaml_parse(d->cli->vs, spec, &d->spec, &d->err))
        return pail_cli_error(d->cli, &d->err);
    return 0;
}

/* ---- The service and its deployment group ---------------------------------------------------- */

static int find_service(struct deployment *d)
{
    struct pail_result *r = NULL;
    const char *cluster = d->args[CLUSTER].value ? d->args[CLUSTER].value : "default";
    int rc = pail_callf(d->ecs, &r, &d->err, "DescribeServices", "cluster: %s, services: [%s]",
                        cluster, d->args[SERVICE].value);
    rc = refused(d, rc, "describe ECS service");
    const struct pail_value *s = rc ? NULL : pail_result_find(r, "services[0]");
    if (!rc && !s)
        rc = FAIL(d, "Error: Service '%s' not found in cluster '%s'", d->args[SERVICE].value,
                  cluster);
    if (!rc) {
        d->service = pail_cli_keepf(d->cli, "%s", pail_text_at(s, "serviceName"));
        d->service_arn = pail_cli_keepf(d->cli, "%s", pail_text_at(s, "serviceArn"));
        d->cluster_arn = pail_cli_keepf(d->cli, "%s", pail_text_at(s, "clusterArn"));
        const char *slash = strchr(d->cluster_arn, '/');
        d->cluster = slash ? pail_cli_keepf(d->cli, "%.*s", (int)strcspn(slash + 1, "/"), slash + 1)
                           : cluster;
        const char *suffix = pail_cli_keepf(d->cli, "%.*s-%.*s", NAME_MAX_LEN, d->cluster,
                                            NAME_MAX_LEN, d->service);
        d->application = d->args[APPLICATION].value ? d->args[APPLICATION].value
                                                    : pail_cli_keepf(d->cli, "AppECS-%s", suffix);
        d->group = d->args[GROUP].value ? d->args[GROUP].value
                                        : pail_cli_keepf(d->cli, "DgpECS-%s", suffix);
        rc = pail_values_check(d->cli->vs, &d->err);
    }
    pail_result_free(r);
    return rc;
}

static int check_group(struct deployment *d, const struct pail_value *info)
{
    const struct pail_value *target;
    if (strcmp(pail_text_at(info, "computePlatform"), "ECS") != 0)
        return FAIL(d, "Error: Deployment Group '%s' must support 'ECS' compute platform",
                    d->group);
    pail_value_each (target, pail_value_find(info, "ecsServices")) {
        const char *service = pail_text_at(target, "serviceName");
        const char *cluster = pail_text_at(target, "clusterName");
        if (strcmp(service, d->service) != 0 && strcmp(service, d->service_arn) != 0)
            return FAIL(d, "Error: deployment group '%s' does not target ECS service '%s'",
                        d->group, d->service);
        if (strcmp(cluster, d->cluster) != 0 && strcmp(cluster, d->cluster_arn) != 0)
            return FAIL(d, "Error: deployment group '%s' does not target ECS cluster '%s'",
                        d->group, d->cluster);
    }
    return 0;
}

static int look_at_codedeploy(struct deployment *d)
{
    struct pail_result *app = NULL, *group = NULL;
    int rc = pail_callf(d->codedeploy, &app, &d->err, "GetApplication", "applicationName: %s",
                        d->application);
    rc = refused(d, rc, "describe Code Deploy application");
    if (!rc) {
        rc = pail_callf(d->codedeploy, &group, &d->err, "GetDeploymentGroup",
                        "applicationName: %s, deploymentGroupName: %s", d->application, d->group);
        rc = refused(d, rc, "describe Code Deploy deployment group");
    }
    if (!rc && strcmp(pail_text_at(pail_result_value(app), "application.computePlatform"), "ECS"))
        rc = FAIL(d, "Error: Application '%s' must support 'ECS' compute platform", d->application);
    if (!rc)
        rc = check_group(d, pail_result_find(group, "deploymentGroupInfo"));
    if (!rc) {
        const struct pail_value *c = pail_result_find(
            group, "deploymentGroupInfo.blueGreenDeploymentConfiguration");
        d->wait_min = pail_value_find_int(c, "deploymentReadyOption.waitTimeInMinutes", 0) +
                      pail_value_find_int(c,
                                          "terminateBlueInstancesOnDeploymentSuccess."
                                          "terminationWaitTimeInMinutes",
                                          0) +
                      BUFFER_MIN;
    }
    pail_result_free(app);
    pail_result_free(group);
    return rc;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static int register_definition(struct deployment *d)
{
    struct pail_result *r = NULL;
    int rc = pail_call(d->ecs, "RegisterTaskDefinition", d->task, &r, &d->err);
    rc = refused(d, rc, "register ECS task definition");
    if (!rc) {
        d->definition = pail_cli_keepf(
            d->cli, "%s", pail_text_at(pail_result_value(r), "taskDefinition.taskDefinitionArn"));
        printf("Successfully registered new ECS task definition %s\n", d->definition);
        fflush(stdout);
    }
    pail_result_free(r);
    return rc;
}

/* The key of map that is `key` but for its letters' case. 0, or what is missing is told. */
static int find_key(struct deployment *d, const char *of, const struct pail_value *map,
                    const char *key, struct pail_str *ret)
{
    for (size_t i = 0; i < pail_value_len(map); i++)
        if (pail_str_ieq(pail_value_key_at(map, i), pail_str(key))) {
            *ret = pail_value_key_at(map, i);
            return 0;
        }
    return FAIL(d, "Error: Resource '%s' must include property '%s'", of, key);
}

static int name_definition(struct deployment *d, struct pail_value *resource, struct pail_str name)
{
    struct pail_value *content = pail_value_get(resource, name);
    struct pail_str key, task;
    int rc = find_key(d, pail_cli_keepf(d->cli, "%.*s", PAIL_STR_ARG(name)), content, "properties",
                      &key);
    if (rc)
        return rc;
    struct pail_value *properties = pail_value_get(content, key);
    rc = find_key(d, pail_cli_keepf(d->cli, "%.*s", PAIL_STR_ARG(key)), properties,
                  "taskDefinition", &task);
    if (!rc)
        pail_value_set(d->cli->vs, properties, task,
                       pail_value_str(d->cli->vs, pail_str(d->definition)));
    return rc;
}

static int update_spec(struct deployment *d)
{
    struct pail_str key;
    int rc = find_key(d, "codedeploy-appspec", d->spec, "resources", &key);
    const struct pail_value *all = rc ? NULL : pail_value_get(d->spec, key);
    for (size_t i = 0; !rc && i < pail_value_len(all); i++) {
        struct pail_value *r = pail_value_at(all, i);
        for (size_t k = 0; !rc && k < pail_value_len(r); k++)
            rc = name_definition(d, r, pail_value_key_at(r, k));
    }
    return rc ? rc : pail_values_check(d->cli->vs, &d->err);
}

static int create(struct deployment *d, const char **ret_id)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(FILE_MAX);
    struct pail_result *r = NULL;
    char hash[65];
    pail_value_to_json(&text, d->spec, &(struct pail_json_style){.ascii = true});
    int rc = pail_buf_check(&text, "AppSpec", &d->err);
    if (!rc)
        rc = pail_sha256_hex((struct pail_bytes){text.ptr, text.len}, hash, &d->err);
    if (!rc)
        rc = pail_callf(d->codedeploy, &r, &d->err, "CreateDeployment",
                        "applicationName: %s, deploymentGroupName: %s, revision: {revisionType: "
                        "'AppSpecContent', appSpecContent: {content: %s, sha256: %s}}",
                        d->application, d->group, pail_buf_cstr(&text), hash);
    rc = refused(d, rc, "create deployment");
    if (!rc)
        *ret_id = pail_cli_keepf(d->cli, "%s", pail_text_at(pail_result_value(r), "deploymentId"));
    pail_result_free(r);
    return rc;
}

static int run(struct deployment *d)
{
    struct pail_wait_options often = {.delay_s = DELAY_S};
    const char *id = NULL;
    int rc = find_service(d);
    if (!rc)
        rc = look_at_codedeploy(d);
    if (!rc)
        rc = register_definition(d);
    if (!rc)
        rc = update_spec(d);
    if (!rc)
        rc = create(d, &id);
    if (rc)
        return rc;
    int64_t minutes = d->wait_min < MIN_WAIT_MIN   ? MIN_WAIT_MIN
                      : d->wait_min > MAX_WAIT_MIN ? MAX_WAIT_MIN
                                                   : d->wait_min;
    often.max_attempts = (unsigned)(minutes * 60 / DELAY_S);
    printf("Successfully created deployment %s\nWaiting for %s to succeed (will wait up to %lld "
           "minutes)...\n",
           id, id, (long long)minutes);
    fflush(stdout);
    rc = pail_wait(d->codedeploy, "DeploymentSuccessful",
                   pail_value_form(d->cli->vs, "deploymentId: %s", id), &often, NULL, &d->err);
    if (rc && pail_str_starts(pail_str(d->err.message), PAIL_STR("Waiter ")))
        return FAIL(d, "%s", d->err.message);
    if (!rc)
        printf("Successfully deployed %s to service '%s'\n", d->definition, d->service);
    return rc;
}

int pail_ecs_deploy_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct deployment d = {
        .cli = cli,
        .args = {[SERVICE] = {.name = "--service", .required = true},
                 [CLUSTER] = {.name = "--cluster"},
                 [TASK_DEFINITION] = {.name = "--task-definition", .required = true},
                 [APP_SPEC] = {.name = "--codedeploy-appspec", .required = true},
                 [APPLICATION] = {.name = "--codedeploy-application"},
                 [GROUP] = {.name = "--codedeploy-deployment-group"}},
        .err = PAIL_ERROR_INIT};
    int code = pail_cli_args(cli, words, d.args);
    if (!code)
        code = load_files(&d);
    if (code)
        return code;
    int rc = pail_cli_client(cli, "ecs", NULL, PAIL_ENDPOINT_OWN, &d.ecs, &d.err);
    if (!rc)
        rc = pail_cli_client(cli, "codedeploy", NULL, PAIL_ENDPOINT_OTHER, &d.codedeploy, &d.err);
    if (!rc)
        rc = run(&d);
    pail_client_unref(d.ecs);
    pail_client_unref(d.codedeploy);
    return !rc ? 0 : d.code ? d.code : pail_cli_error(cli, &d.err);
}
