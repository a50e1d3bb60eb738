/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and policies, and names in place of ARNs. */
#include "base/str.h"
#include "tools/curated/iam.h"

struct pail_value *pail_iam_names(struct pail_flow *f, const struct pail_value *items,
                                  const char *key)
{
    struct pail_value *list = pail_value_list(f->vs);
    const struct pail_value *v;
    pail_value_each (v, items)
        pail_value_append(f->vs, list, pail_flow_str(f, pail_dig_z(v, key)));
    return list;
}

const char *pail_iam_policy_arn(struct pail_flow *f, const char *name)
{
    static const char *const scopes[] = {"Local", "AWS"};
    if (pail_str_starts(pail_str(name), PAIL_STR("arn:")))
        return name;
    for (size_t k = 0; k < PAIL_ARRAY_LEN(scopes); k++) {
        struct pail_value *all = pail_flow_all(f, "ListPolicies",
                                               pail_flow_map(f, "Scope", scopes[k], NULL));
        if (!all)
            return NULL;
        const struct pail_value *policies = pail_value_find(all, "Policies");
        for (size_t i = 0; i < pail_value_len(policies); i++)
            if (strcmp(pail_dig_z(pail_value_at(policies, i), "PolicyName"), name) == 0)
                return pail_dig_z(pail_value_at(policies, i), "Arn");
    }
    pail_flow_fail(f, PAIL_EXIT_ERROR, "There is no policy with the name %s", name);
    return NULL;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static struct pail_value *members(struct pail_flow *f, const struct pail_value *group)
{
    struct pail_value *all = pail_flow_all(
        f, "GetGroup", pail_flow_map(f, "GroupName", pail_dig_z(group, "GroupName"), NULL));
    return pail_iam_names(f, pail_value_find(all, "Users"), "UserName");
}

static struct pail_value *attached(struct pail_flow *f, const struct pail_value *group)
{
    struct pail_value *all = pail_flow_all(
        f, "ListAttachedGroupPolicies",
        pail_flow_map(f, "GroupName", pail_dig_z(group, "GroupName"), NULL));
    return pail_iam_names(f, pail_value_find(all, "AttachedPolicies"), "PolicyName");
}

static int run_groups(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing groups = {
        "ListGroups",
        "Groups",
        {{"Name", "GroupName", NULL}, {"Users", NULL, members}, {"Policies", NULL, attached}},
    };
    return pail_flow_list_all(p, &groups, NULL, argc);
}

static const struct pail_opt list_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_groups = {
    .name = "iam groups",
    .summary = "List the groups with members and policies",
    .usage = "",
    .examples = "pail iam groups | Who is where\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_groups,
};

/* ---- new-group ------------------------------------------------------------------------------- */

struct new_group {
    struct pail_flow flow;
    struct pail_opt_words users, policies;
};
static const struct pail_opt new_options[] = {
    {PAIL_OPT_EACH, 0, "user", "USER", "Put this user into it; may be given again",
     offsetof(struct new_group, users), NULL},
    {PAIL_OPT_EACH, 0, "policy", "POLICY",
     "Attach this policy, a name or an ARN; may be given again",
     offsetof(struct new_group, policies), NULL},
    PAIL_FLOW_OPTIONS};

static int fill(struct new_group *o, const char *group, const char *const arns[])
{
    struct pail_flow *f = &o->flow;
    for (size_t i = 0; i < o->policies.n; i++)
        if (!pail_flow_call(f, "AttachGroupPolicy",
                            pail_flow_map(f, "GroupName", group, "PolicyArn", arns[i], NULL)))
            return f->code;
    for (size_t i = 0; i < o->users.n; i++)
        if (!pail_flow_call(
                f, "AddUserToGroup",
                pail_flow_map(f, "GroupName", group, "UserName", o->users.words[i].value, NULL)))
            return f->code;
    return 0;
}

static int run_new_group(void *p, int argc, char **argv)
{
    struct new_group *o = p;
    struct pail_flow *f = p;
    const char *arns[PAIL_OPT_WORDS];
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    for (size_t i = 0; i < o->policies.n; i++)
        if (!(arns[i] = pail_iam_policy_arn(f, o->policies.words[i].value)))
            return f->code;
    struct pail_value *made = pail_flow_call(f, "CreateGroup",
                                             pail_flow_map(f, "GroupName", argv[0], NULL));
    if (!made || fill(o, argv[0], arns))
        return f->code;
    return pail_flow_record(
        f, pail_flow_map(f, "GroupName", argv[0], "Arn", pail_dig_z(made, "Group.Arn"), NULL));
}

const struct pail_command pail_iam_new_group = {
    .name = "iam new-group",
    .summary = "Create a group with policies and members",
    .usage = "NAME",
    .examples = "pail iam new-group staff --policy ReadOnlyAccess --user alice | A group of one\n",
    .options = new_options,
    .options_size = sizeof(struct new_group),
    .run = run_new_group,
};

/* ---- policies -------------------------------------------------------------------------------- */

struct policies {
    struct pail_flow flow;
    bool aws, attached;
};
static const struct pail_opt policies_options[] = {
    {PAIL_OPT_FLAG, 0, "aws", NULL, "Those of AWS as well as the account's own",
     offsetof(struct policies, aws), NULL},
    {PAIL_OPT_FLAG, 0, "attached", NULL, "Only those that somebody has",
     offsetof(struct policies, attached), NULL},
    PAIL_FLOW_OPTIONS};

static int run_policies(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing policies = {
        "ListPolicies",
        "Policies",
        {{"Name", "PolicyName", NULL},
         {"Attached", "AttachmentCount", NULL},
         {"Updated", "UpdateDate", NULL},
         {"Arn", "Arn", NULL}},
    };
    struct policies *o = p;
    struct pail_flow *f = p;
    struct pail_value *params = pail_flow_map(f, "Scope", o->aws ? "All" : "Local", NULL);
    if (o->attached)
        pail_flow_put(f, params, "OnlyAttached", pail_value_bool(f->vs, true));
    return pail_flow_list_all(f, &policies, params, argc);
}

const struct pail_command pail_iam_policies = {
    .name = "iam policies",
    .summary = "List the account's policies",
    .usage = "",
    .examples = "pail iam policies --aws --attached | What is in use\n",
    .options = policies_options,
    .options_size = sizeof(struct policies),
    .run = run_policies,
};
