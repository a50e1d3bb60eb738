/* SPDX-License-Identifier: Apache-2.0 */
/* "emr": the shorter commands on clusters. "create-cluster" is in emr_create.c. */
#include "tools/service/commands.h"

#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/custom.h"
#include "tools/service/emr.h"

/* Calls, shows. */
static int call_and_show(struct pail_emr *e, const char *operation, const struct pail_value *params)
{
    struct pail_value *answer = NULL;
    int code = pail_emr_call(e, operation, params, &answer);
    return code ? code : pail_show(e->cli, operation, answer);
}

int pail_emr_terminate_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--cluster-ids", .take = PAIL_ARG_SOME, .required = true},
                              {.name = NULL}};
    struct pail_emr e;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = pail_emr_open(&e, cli);
    if (code)
        return code;
    code = call_and_show(
        &e, "TerminateJobFlows",
        pail_value_form(cli->vs, "JobFlowIds: %p", (void *)pail_cli_texts(cli, &args[0])));
    pail_emr_done(&e);
    return code;
}

/* An attribute of a cluster: two options say which it is to be. */
struct attribute {
    const char *yes, *no, *operation, *member;
    bool inverted; /* the member tells the opposite */
};

static const struct attribute attributes[] = {
    {"--visible-to-all-users", "--no-visible-to-all-users", "SetVisibleToAllUsers",
     "VisibleToAllUsers", false},
    {"--termination-protected", "--no-termination-protected", "SetTerminationProtection",
     "TerminationProtected", false},
    {"--auto-terminate", "--no-auto-terminate", "SetKeepJobFlowAliveWhenNoSteps",
     "KeepJobFlowAliveWhenNoSteps", true},
    {"--unhealthy-node-replacement", "--no-unhealthy-node-replacement",
     "SetUnhealthyNodeReplacement", "UnhealthyNodeReplacement", false},
};
#define N_ATTRIBUTES PAIL_ARRAY_LEN(attributes)

static int set_attribute(struct pail_emr *e, const struct attribute *a, const char *id, bool yes)
{
    struct pail_values *vs = e->cli->vs;
    struct pail_value *params = pail_value_form(vs, "JobFlowIds: [%s]", id);
    pail_value_set(vs, params, pail_str(a->member), pail_value_bool(vs, yes != a->inverted));
    return call_and_show(e, a->operation, params);
}

int pail_emr_modify_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[2 * N_ATTRIBUTES + 2] = {{.name = "--cluster-id", .required = true}};
    struct pail_emr e = {.cli = cli};
    bool any = false;
    for (size_t i = 0; i < N_ATTRIBUTES; i++) {
        args[2 * i + 1] = (struct pail_arg){.name = attributes[i].yes, .take = PAIL_ARG_NONE};
        args[2 * i + 2] = (struct pail_arg){.name = attributes[i].no, .take = PAIL_ARG_NONE};
    }
    int code = pail_cli_args_read(cli, words, args);
    if (code)
        return code;
    for (size_t i = 1; i <= 2 * N_ATTRIBUTES; i += 2) {
        any = any || args[i].given || args[i + 1].given;
        if (args[i].given && args[i + 1].given)
            return pail_emr_refuse(&e, "You cannot specify both %s and %s options together.",
                                   args[i].name, args[i + 1].name);
    }
    if (!any)
        return pail_emr_refuse(&e, "Must specify one of the following boolean options: "
                                   "--visible-to-all-users|--no-visible-to-all-users, "
                                   "--termination-protected|--no-termination-protected, "
                                   "--auto-terminate|--no-auto-terminate, "
                                   "--unhealthy-node-replacement|--no-unhealthy-node-replacement.");
    code = pail_emr_open(&e, cli);
    for (size_t i = 0; !code && i < N_ATTRIBUTES; i++) {
        const struct pail_arg *yes = &args[2 * i + 1];
        if (yes[0].given || yes[1].given)
            code = set_attribute(&e, &attributes[i], args[0].value, yes[0].given);
    }
    pail_emr_done(&e);
    return code;
}

/* The cluster, and what it is made of. */
static int describe(struct pail_emr *e, const struct pail_value *params)
{
    struct pail_values *vs = e->cli->vs;
    struct pail_value *answer = NULL, *parts = NULL, *actions = NULL;
    int code = pail_emr_call(e, "DescribeCluster", params, &answer);
    struct pail_value *cluster = pail_value_get(answer, PAIL_STR("Cluster"));
    bool fleets = strcmp(pail_text_at(cluster, "InstanceCollectionType"), "INSTANCE_FLEET") == 0;
    const char *member = fleets ? "InstanceFleets" : "InstanceGroups";
    if (!code)
        code = pail_emr_call(e, fleets ? "ListInstanceFleets" : "ListInstanceGroups", params,
                             &parts);
    if (!code)
        code = pail_emr_call(e, "ListBootstrapActions", params, &actions);
    if (code)
        return code;
    struct pail_value *list = pail_value_get(actions, PAIL_STR("BootstrapActions"));
    pail_value_set(vs, cluster, PAIL_STR("BootstrapActions"),
                   list ? pail_value_copy(vs, list) : pail_value_list(vs));
    if (pail_value_get(parts, pail_str(member)))
        pail_value_set(vs, cluster, pail_str(member),
                       pail_value_copy(vs, pail_value_get(parts, pail_str(member))));
    return pail_show(e->cli, "describe_cluster", answer);
}

int pail_emr_describe_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--cluster-id", .required = true}, {.name = NULL}};
    struct pail_emr e;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = pail_emr_open(&e, cli);
    if (code)
        return code;
    code = describe(&e, pail_value_form(cli->vs, "ClusterId: %s", args[0].value));
    pail_emr_done(&e);
    return code;
}

int pail_emr_add_steps_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--cluster-id", .required = true},
                              {.name = "--steps", .take = PAIL_ARG_SOME, .required = true},
                              {.name = "--execution-role-arn"},
                              {.name = NULL}};
    struct pail_emr e = {.cli = cli};
    struct pail_value *given = NULL, *steps = NULL;
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = pail_emr_parse(&e, &args[1], true, &given);
    if (!code)
        code = pail_emr_steps(&e, given, &steps);
    if (!code)
        code = pail_emr_open(&e, cli);
    if (!code)
        code = call_and_show(&e, "AddJobFlowSteps",
                             pail_value_form(cli->vs,
                                             "JobFlowId: %s, Steps: %p, ExecutionRoleArn: %s",
                                             args[0].value, (void *)steps, args[2].value));
    pail_emr_done(&e);
    return code;
}

int pail_emr_add_groups_run(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {
        {.name = "--cluster-id", .required = true},
        {.name = "--instance-groups", .take = PAIL_ARG_LIST, .required = true},
        {.name = NULL}};
    struct pail_emr e;
    struct pail_value *groups = NULL, *answer = NULL, *shown = pail_value_map(cli->vs);
    int code = pail_cli_args_read(cli, words, args);
    if (!code)
        code = pail_emr_open(&e, cli);
    if (code)
        return code;
    code = pail_emr_groups(&e, &args[1], &groups);
    if (!code)
        code = pail_emr_call(&e, "AddInstanceGroups",
                             pail_value_form(cli->vs, "JobFlowId: %s, InstanceGroups: %p",
                                             args[0].value, (void *)groups),
                             &answer);
    static const char *const members[][2] = {{"JobFlowId", "ClusterId"},
                                             {"InstanceGroupIds", "InstanceGroupIds"},
                                             {"ClusterArn", "ClusterArn"}};
    bool whole = pail_value_get(answer, PAIL_STR("JobFlowId")) &&
                 pail_value_get(answer, PAIL_STR("InstanceGroupIds"));
    for (size_t i = 0; !code && whole && i < PAIL_ARRAY_LEN(members); i++) {
        struct pail_value *v = pail_value_get(answer, pail_str(members[i][0]));
        pail_value_set(cli->vs, shown, pail_str(members[i][1]),
                       v ? pail_value_copy(cli->vs, v) : pail_value_null(cli->vs));
    }
    if (!code)
        code = pail_show(cli, "add_instance_groups", shown);
    pail_emr_done(&e);
    return code;
}

/* ---- list-clusters, add-tags ----------------------------------------------------------------- */

static int apply_states(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    struct pail_values *vs = run->cli->vs;
    struct pail_value *list = pail_value_list(vs);
    struct pail_str rest = pail_str(x->path), state;
    if (pail_value_len(pail_value_get(run->values, PAIL_STR("ClusterStates"))))
        return pail_custom_refuse(run, "aws: error: You can specify only one of the cluster state "
                                       "filters: --cluster-states, --active, --terminated, "
                                       "--failed.");
    while (pail_str_split(&rest, ' ', &state))
        pail_value_append(vs, list, pail_value_str(vs, state));
    pail_value_set(vs, run->values, PAIL_STR("ClusterStates"), list);
    return 0;
}

static int apply_tags(struct pail_run *run, const struct pail_extra *x, const struct pail_arg *a)
{
    pail_value_set(run->cli->vs, run->values, PAIL_STR("Tags"), pail_emr_tags(run->cli->vs, a));
    return 0;
}

static const struct pail_extra states[] = {
    {"--active", PAIL_ARG_NONE, .apply = apply_states,
     .path = "STARTING BOOTSTRAPPING RUNNING WAITING TERMINATING",
     .help = "Clusters that are there"},
    {"--terminated", PAIL_ARG_NONE, .apply = apply_states, .path = "TERMINATED",
     .help = "Clusters that ended"},
    {"--failed", PAIL_ARG_NONE, .apply = apply_states, .path = "TERMINATED_WITH_ERRORS",
     .help = "Clusters that ended with errors"},
    {NULL}};
static const struct pail_extra tags[] = {
    {"--tags", PAIL_ARG_SOME, .required = true, .apply = apply_tags, .help = "Key=value ..."},
    {NULL}};
static const char *const tags_removed[] = {"--tags", NULL};

const struct pail_custom pail_custom_emr[] = {
    {.service = "emr", .operation = "list-clusters", .extras = states},
    {.service = "emr", .operation = "add-tags", .extras = tags, .removed = tags_removed},
    {.service = NULL},
};
