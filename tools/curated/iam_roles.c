/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, and the instance profiles that carry them to machines. */
#include "base/str.h"
#include "base/value_json.h"
#include "tools/curated/iam.h"

/* ---- roles, profiles ------------------------------------------------------------------------- */

/* Whom the trust policy names: "ec2.amazonaws.com", "arn:...". */
static struct pail_value *trusted(struct pail_flow *f, const struct pail_value *role)
{
    struct pail_value *list = pail_value_list(f->vs);
    const struct pail_value *statements = pail_value_find(role,
                                                          "AssumeRolePolicyDocument.Statement");
    bool one = pail_value_type(statements) == PAIL_VAL_MAP;
    for (size_t i = 0; i < (one ? 1 : pail_value_len(statements)); i++) {
        const struct pail_value *s = one ? statements : pail_value_at(statements, i);
        const struct pail_value *who = pail_value_find(s, "Principal");
        if (pail_value_type(who) == PAIL_VAL_STRING)
            pail_value_append(f->vs, list, pail_value_copy(f->vs, who));
        for (size_t k = 0; pail_value_type(who) == PAIL_VAL_MAP && k < pail_value_len(who); k++)
            pail_value_append(f->vs, list, pail_value_copy(f->vs, pail_value_at(who, k)));
    }
    return list;
}

static int run_roles(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing roles = {
        "ListRoles",
        "Roles",
        {{"Name", "RoleName", NULL},
         {"Trusts", NULL, trusted},
         {"Created", "CreateDate", NULL},
         {"Arn", "Arn", NULL}},
    };
    return pail_flow_list_all(p, &roles, NULL, argc);
}

static int run_profiles(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing profiles = {
        "ListInstanceProfiles",
        "InstanceProfiles",
        {{"Name", "InstanceProfileName", NULL},
         {"Role", "Roles[0].RoleName", NULL},
         {"Created", "CreateDate", NULL},
         {"Arn", "Arn", NULL}},
    };
    return pail_flow_list_all(p, &profiles, NULL, argc);
}

static const struct pail_opt list_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_roles = {
    .name = "iam roles",
    .summary = "List the roles and who may take them",
    .usage = "",
    .examples = "pail iam roles | All roles\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_roles,
};

const struct pail_command pail_iam_profiles = {
    .name = "iam profiles",
    .summary = "List the instance profiles and their roles",
    .usage = "",
    .examples = "pail iam profiles | What instances can be started with\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_profiles,
};

/* ---- role-for-service ------------------------------------------------------------------------ */

struct new_role {
    struct pail_flow flow;
    struct pail_opt_words policies;
    const char *service_name;
    bool profile;
};
static const struct pail_opt role_options[] = {
    {PAIL_OPT_STRING, 0, "service", "HOST", "Who may take the role (ec2.amazonaws.com)",
     offsetof(struct new_role, service_name), NULL},
    {PAIL_OPT_EACH, 0, "policy", "POLICY",
     "Attach this policy, a name or an ARN; may be given again",
     offsetof(struct new_role, policies), NULL},
    {PAIL_OPT_FLAG, 0, "instance-profile", NULL,
     "Make an instance profile of the same name with the role in it",
     offsetof(struct new_role, profile), NULL},
    PAIL_FLOW_OPTIONS};

static struct pail_value *trust_policy(struct pail_flow *f, const char *service)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    struct pail_value *doc = pail_flow_map(f, "Version", "2012-10-17", NULL);
    struct pail_value *statement = pail_flow_map(f, "Effect", "Allow", NULL);
    struct pail_value *list = pail_value_list(f->vs);
    pail_flow_put(f, statement, "Principal", pail_flow_map(f, "Service", service, NULL));
    pail_flow_put(f, statement, "Action", pail_flow_str(f, "sts:AssumeRole"));
    pail_value_append(f->vs, list, statement);
    pail_flow_put(f, doc, "Statement", list);
    pail_value_to_json(&text, doc, NULL);
    return pail_value_str(f->vs, pail_buf_view(&text));
}

static int add_profile(struct pail_flow *f, const char *name, struct pail_value *record)
{
    struct pail_value *which = pail_flow_map(f, "InstanceProfileName", name, NULL);
    struct pail_value *made = pail_flow_call(f, "CreateInstanceProfile", which);
    if (!made)
        return f->code;
    pail_flow_put(f, record, "InstanceProfileArn", pail_value_find(made, "InstanceProfile.Arn"));
    if (pail_flow_wait(f, "InstanceProfileExists", which) ||
        !pail_flow_call(f, "AddRoleToInstanceProfile",
                        pail_flow_map(f, "InstanceProfileName", name, "RoleName", name, NULL)))
        return f->code;
    pail_flow_say(f, "Created instance profile %s.", name);
    return 0;
}

static int run_role(void *p, int argc, char **argv)
{
    struct new_role *o = p;
    struct pail_flow *f = p;
    const char *arns[PAIL_OPT_WORDS];
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    for (size_t i = 0; i < o->policies.n; i++)
        if (!(arns[i] = pail_iam_policy_arn(f, o->policies.words[i].value)))
            return f->code;
    struct pail_value *params = pail_flow_map(f, "RoleName", argv[0], NULL);
    pail_flow_put(f, params, "AssumeRolePolicyDocument",
                  trust_policy(f, o->service_name ? o->service_name : "ec2.amazonaws.com"));
    struct pail_value *made = pail_flow_call(f, "CreateRole", params);
    if (!made)
        return f->code;
    pail_flow_say(f, "Created role %s.", argv[0]);
    for (size_t i = 0; i < o->policies.n; i++) {
        if (!pail_flow_call(f, "AttachRolePolicy",
                            pail_flow_map(f, "RoleName", argv[0], "PolicyArn", arns[i], NULL)))
            return f->code;
        pail_flow_say(f, "Has policy %s.", arns[i]);
    }
    struct pail_value *record = pail_flow_map(f, "RoleName", argv[0], "Arn",
                                              pail_dig_z(made, "Role.Arn"), NULL);
    if (o->profile && add_profile(f, argv[0], record))
        return f->code;
    return pail_flow_record(f, record);
}

const struct pail_command pail_iam_role_for_service = {
    .name = "iam role-for-service",
    .summary = "Create a role that a service can take, with policies and instance profile",
    .usage = "NAME",
    .examples = "pail iam role-for-service web --policy AmazonS3ReadOnlyAccess --instance-profile "
                "| For \"pail ec2 run --role web\"\n"
                "pail iam role-for-service job --service lambda.amazonaws.com | For a function\n",
    .options = role_options,
    .options_size = sizeof(struct new_role),
    .run = run_role,
};

/* ---- delete-role-all ------------------------------------------------------------------------- */

static int leave_profiles(struct pail_flow *f, const char *role)
{
    struct pail_value *all = pail_flow_all(f, "ListInstanceProfilesForRole",
                                           pail_flow_map(f, "RoleName", role, NULL));
    if (!all)
        return f->code;
    const struct pail_value *profiles = pail_value_find(all, "InstanceProfiles");
    for (size_t i = 0; i < pail_value_len(profiles); i++) {
        const char *name = pail_dig_z(pail_value_at(profiles, i), "InstanceProfileName");
        struct pail_value *which = pail_flow_map(f, "InstanceProfileName", name, NULL);
        if (!pail_flow_call(f, "RemoveRoleFromInstanceProfile",
                            pail_flow_map(f, "InstanceProfileName", name, "RoleName", role, NULL)))
            return f->code;
        /* One that was made with the role goes with it. */
        if (strcmp(name, role) == 0 && !pail_flow_call(f, "DeleteInstanceProfile", which))
            return f->code;
        pail_flow_say(f, "%s instance profile %s.", strcmp(name, role) == 0 ? "Deleted" : "Left",
                      name);
    }
    return 0;
}

static int drop_policies(struct pail_flow *f, const char *role)
{
    struct pail_value *which = pail_flow_map(f, "RoleName", role, NULL), *own;
    struct pail_value *attached = pail_flow_all(f, "ListAttachedRolePolicies", which);
    if (!attached || !(own = pail_flow_all(f, "ListRolePolicies", which)))
        return f->code;
    const struct pail_value *list = pail_value_find(attached, "AttachedPolicies");
    for (size_t i = 0; i < pail_value_len(list); i++)
        if (!pail_flow_call(f, "DetachRolePolicy",
                            pail_flow_map(f, "RoleName", role, "PolicyArn",
                                          pail_dig_z(pail_value_at(list, i), "PolicyArn"), NULL)))
            return f->code;
    list = pail_value_find(own, "PolicyNames");
    for (size_t i = 0; i < pail_value_len(list); i++)
        if (!pail_flow_call(f, "DeleteRolePolicy",
                            pail_flow_map(f, "RoleName", role, "PolicyName",
                                          pail_value_as_str(pail_value_at(list, i)).ptr, NULL)))
            return f->code;
    return 0;
}

static int run_delete(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    struct pail_value *which = pail_flow_map(f, "RoleName", argv[0], NULL);
    if (!pail_flow_call(f, "GetRole", which) ||
        !pail_flow_confirm(f, "Delete role %s with its policies and instance profile", argv[0]) ||
        leave_profiles(f, argv[0]) || drop_policies(f, argv[0]) ||
        !pail_flow_call(f, "DeleteRole", which))
        return f->code;
    pail_flow_say(f, "Deleted role %s.", argv[0]);
    return 0;
}

static const struct pail_opt delete_options[] = {PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_delete_role_all = {
    .name = "iam delete-role-all",
    .summary = "Delete a role and all that belongs to it",
    .usage = "NAME",
    .description = "Takes the role out of instance profiles (one of the same name is deleted), "
                   "detaches and deletes its policies, then deletes it. Asks first.",
    .examples = "pail iam delete-role-all web | Asks, then deletes\n",
    .options = delete_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_delete,
};
