/* SPDX-License-Identifier: Apache-2.0 */
/* May somebody do something? IAM's simulator, as a question; and the table of iam. */
#include "base/str.h"
#include "tools/curated/curated.h"
#include "tools/curated/iam.h"

/* A name is a user's, else a role's. NULL: told. */
static const char *principal(struct pail_flow *f, const char *name)
{
    bool missing;
    if (pail_str_starts(pail_str(name), PAIL_STR("arn:")))
        return name;
    struct pail_value *v = pail_flow_try(f, "GetUser", pail_flow_map(f, "UserName", name, NULL),
                                         "NoSuchEntity", &missing);
    if (v)
        return pail_dig_z(v, "User.Arn");
    if (!missing)
        return NULL;
    v = pail_flow_try(f, "GetRole", pail_flow_map(f, "RoleName", name, NULL), "NoSuchEntity",
                      &missing);
    if (missing)
        pail_flow_fail(f, PAIL_EXIT_SERVICE, "There is no user and no role with the name %s", name);
    return v ? pail_dig_z(v, "Role.Arn") : NULL;
}

static int run_can(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    if (argc < 2)
        return pail_flow_misuse(f, "wants WHO ACTION [RESOURCE...]");
    const char *arn = principal(f, argv[0]);
    if (!arn)
        return f->code;
    struct pail_value *params = pail_flow_map(f, "PolicySourceArn", arn, NULL);
    struct pail_value *resources = pail_value_list(f->vs), *rows = pail_value_list(f->vs);
    pail_flow_put(f, params, "ActionNames", pail_flow_list(f, argv[1], NULL));
    for (int i = 2; i < argc; i++)
        pail_value_append(f->vs, resources, pail_flow_str(f, argv[i]));
    if (argc > 2)
        pail_flow_put(f, params, "ResourceArns", resources);
    struct pail_value *all = pail_flow_all(f, "SimulatePrincipalPolicy", params);
    if (!all)
        return f->code;
    bool yes = true;
    const struct pail_value *results = pail_value_find(all, "EvaluationResults");
    for (size_t i = 0; i < pail_value_len(results); i++) {
        const struct pail_value *r = pail_value_at(results, i);
        yes = yes && strcmp(pail_dig_z(r, "EvalDecision"), "allowed") == 0;
        pail_flow_row(f, rows, "Decision", pail_value_find(r, "EvalDecision"), "Action",
                      pail_value_find(r, "EvalActionName"), "Resource",
                      pail_value_find(r, "EvalResourceName"), "Policies",
                      pail_iam_names(f, pail_value_find(r, "MatchedStatements"), "SourcePolicyId"),
                      "MissingContext", pail_value_find(r, "MissingContextValues"), NULL);
    }
    int code = pail_flow_rows(f, rows);
    return code ? code : yes && pail_value_len(results) ? 0 : PAIL_EXIT_PARTIAL;
}

static const struct pail_opt can_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_can = {
    .name = "iam can",
    .summary = "Tell whether a user or role may do something",
    .usage = "WHO ACTION [RESOURCE...]",
    .description = "WHO is the name of a user, of a role, or an ARN. The answer is IAM's policy "
                   "simulator's, which knows the policies of WHO but not those of the resource. "
                   "Ends with 0 when everything is allowed, else with 1.",
    .examples = "pail iam can alice s3:GetObject arn:aws:s3:::photos/cat.jpg | Allowed, or not and "
                "by which policy\n",
    .options = can_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_can,
};

static const struct pail_command *const commands[] = {
    &pail_iam_users,
    &pail_iam_user,
    &pail_iam_new_user,
    &pail_iam_delete_user_all,
    &pail_iam_keys,
    &pail_iam_rotate_key,
    &pail_iam_groups,
    &pail_iam_new_group,
    &pail_iam_roles,
    &pail_iam_role_for_service,
    &pail_iam_delete_role_all,
    &pail_iam_profiles,
    &pail_iam_policies,
    &pail_iam_can,
    NULL,
};

const struct pail_command_group pail_curated_iam = {
    .name = "iam",
    .summary = "users, keys, groups, roles and policies of everyday work",
    .description =
        "Commands for what takes several operations of IAM, beside the operations themselves: "
        "\"pail iam help\" lists those. They print tables on a terminal and lines with tabs in a "
        "pipe; --output and --query work as with operations. What cannot be undone is asked "
        "about, and refused without a terminal unless there is --yes. Secrets of new keys are "
        "printed once, on standard output, and are in no log.",
    .commands = commands,
};
