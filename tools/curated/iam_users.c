/* SPDX-License-Identifier: Apache-2.0 */
/* People: who there is, a new one with all that belongs to him, and his end. */
#include "base/str.h"
#include "tools/curated/iam.h"

/* ---- users, user ----------------------------------------------------------------------------- */

static int run_users(void *p, int argc, char **argv)
{
    static const struct pail_flow_listing users = {
        "ListUsers",
        "Users",
        {{"Name", "UserName", NULL},
         {"Created", "CreateDate", NULL},
         {"PasswordUsed", "PasswordLastUsed", NULL},
         {"Arn", "Arn", NULL}},
    };
    return pail_flow_list_all(p, &users, NULL, argc);
}

static int run_user(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *record, *user, *groups, *attached, *own, *keys, *mfa;
    if (argc != 1)
        return pail_flow_misuse(f, "wants USER");
    struct pail_value *who = pail_flow_map(f, "UserName", argv[0], NULL);
    if (!(user = pail_flow_call(f, "GetUser", who)) ||
        !(groups = pail_flow_all(f, "ListGroupsForUser", who)) ||
        !(attached = pail_flow_all(f, "ListAttachedUserPolicies", who)) ||
        !(own = pail_flow_all(f, "ListUserPolicies", who)) ||
        !(keys = pail_flow_all(f, "ListAccessKeys", who)) ||
        !(mfa = pail_flow_all(f, "ListMFADevices", who)))
        return f->code;
    record = pail_flow_map(f, "Name", argv[0], "Arn", pail_dig_z(user, "User.Arn"), NULL);
    pail_flow_put(f, record, "Created", pail_value_find(user, "User.CreateDate"));
    pail_flow_put(f, record, "Groups",
                  pail_iam_names(f, pail_value_find(groups, "Groups"), "GroupName"));
    pail_flow_put(f, record, "Policies",
                  pail_iam_names(f, pail_value_find(attached, "AttachedPolicies"), "PolicyArn"));
    pail_flow_put(f, record, "InlinePolicies", pail_value_find(own, "PolicyNames"));
    pail_flow_put(f, record, "AccessKeys",
                  pail_iam_names(f, pail_value_find(keys, "AccessKeyMetadata"), "AccessKeyId"));
    pail_flow_put(f, record, "MfaDevices",
                  pail_iam_names(f, pail_value_find(mfa, "MFADevices"), "SerialNumber"));
    return pail_flow_record(f, record);
}

static const struct pail_opt list_options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_users = {
    .name = "iam users",
    .summary = "List the users",
    .usage = "",
    .examples = "pail iam users | Everybody, and when they last used their password\n"
                "pail iam users --output json --query [].Name | The names, for a program\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_users,
};

const struct pail_command pail_iam_user = {
    .name = "iam user",
    .summary = "Show one user with groups, policies and keys",
    .usage = "USER",
    .examples = "pail iam user alice | What alice is and has\n",
    .options = list_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_user,
};

/* ---- new-user -------------------------------------------------------------------------------- */

struct new_user {
    struct pail_flow flow;
    struct pail_opt_words groups, policies;
    const char *path;
    bool access_key;
};
static const struct pail_opt new_options[] = {
    {PAIL_OPT_EACH, 0, "group", "GROUP", "Put the user into this group; may be given again",
     offsetof(struct new_user, groups), NULL},
    {PAIL_OPT_EACH, 0, "policy", "POLICY",
     "Attach this policy, a name or an ARN; may be given again",
     offsetof(struct new_user, policies), NULL},
    {PAIL_OPT_STRING, 0, "path", "PATH", "Path of the name, like /staff/",
     offsetof(struct new_user, path), NULL},
    {PAIL_OPT_FLAG, 0, "access-key", NULL, "Make an access key; its secret is shown this one time",
     offsetof(struct new_user, access_key), NULL},
    PAIL_FLOW_OPTIONS};

/* Names become ARNs before anything is made: a misspelt one leaves nothing behind. */
static int resolve_policies(struct new_user *o, const char *arns[])
{
    for (size_t i = 0; i < o->policies.n; i++)
        if (!(arns[i] = pail_iam_policy_arn(&o->flow, o->policies.words[i].value)))
            return o->flow.code;
    for (size_t i = 0; i < o->groups.n; i++)
        if (!pail_flow_call(&o->flow, "GetGroup",
                            pail_flow_map(&o->flow, "GroupName", o->groups.words[i].value, NULL)))
            return o->flow.code;
    return 0;
}

static int give(struct new_user *o, const char *user, const char *const arns[])
{
    struct pail_flow *f = &o->flow;
    for (size_t i = 0; i < o->groups.n; i++) {
        const char *group = o->groups.words[i].value;
        if (!pail_flow_call(f, "AddUserToGroup",
                            pail_flow_map(f, "UserName", user, "GroupName", group, NULL)))
            return f->code;
        pail_flow_say(f, "Is in group %s.", group);
    }
    for (size_t i = 0; i < o->policies.n; i++) {
        if (!pail_flow_call(f, "AttachUserPolicy",
                            pail_flow_map(f, "UserName", user, "PolicyArn", arns[i], NULL)))
            return f->code;
        pail_flow_say(f, "Has policy %s.", arns[i]);
    }
    return 0;
}

static int run_new_user(void *p, int argc, char **argv)
{
    struct new_user *o = p;
    struct pail_flow *f = p;
    const char *arns[PAIL_OPT_WORDS];
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    if (resolve_policies(o, arns))
        return f->code;
    struct pail_value *made = pail_flow_call(
        f, "CreateUser", pail_flow_map(f, "UserName", argv[0], "Path", o->path, NULL));
    if (!made)
        return f->code;
    pail_flow_say(f, "Created user %s.", argv[0]);
    if (give(o, argv[0], arns))
        return f->code;
    struct pail_value *record = pail_flow_map(f, "UserName", argv[0], "Arn",
                                              pail_dig_z(made, "User.Arn"), NULL);
    if (o->access_key && pail_iam_new_key(f, argv[0], record))
        return f->code;
    return pail_flow_record(f, record);
}

const struct pail_command pail_iam_new_user = {
    .name = "iam new-user",
    .summary = "Create a user with groups, policies and an access key",
    .usage = "NAME",
    .description = "Groups and policies are looked up before the user is made. The secret of an "
                   "access key is printed on standard output this one time and is nowhere else.",
    .examples =
        "pail iam new-user alice --group staff | A new colleague\n"
        "pail iam new-user backup --policy AmazonS3ReadOnlyAccess --access-key | A program's "
        "user\n",
    .options = new_options,
    .options_size = sizeof(struct new_user),
    .run = run_new_user,
};

/* ---- delete-user-all ------------------------------------------------------------------------- */

/* What a user can have, all of which has to go before he can: what lists it, where it is in the
 * answer and in its items (NULL: they are the names), what removes it and by which parameter. */
static const struct belonging {
    const char *list, *items, *key, *remove, *param, *said;
} belongings[] = {
    {"ListAccessKeys", "AccessKeyMetadata", "AccessKeyId", "DeleteAccessKey", "AccessKeyId",
     "access key"},
    {"ListMFADevices", "MFADevices", "SerialNumber", "DeactivateMFADevice", "SerialNumber",
     "MFA device"},
    {"ListSigningCertificates", "Certificates", "CertificateId", "DeleteSigningCertificate",
     "CertificateId", "signing certificate"},
    {"ListSSHPublicKeys", "SSHPublicKeys", "SSHPublicKeyId", "DeleteSSHPublicKey", "SSHPublicKeyId",
     "SSH key"},
    {"ListServiceSpecificCredentials", "ServiceSpecificCredentials", "ServiceSpecificCredentialId",
     "DeleteServiceSpecificCredential", "ServiceSpecificCredentialId", "service credential"},
    {"ListGroupsForUser", "Groups", "GroupName", "RemoveUserFromGroup", "GroupName", "group"},
    {"ListAttachedUserPolicies", "AttachedPolicies", "PolicyArn", "DetachUserPolicy", "PolicyArn",
     "policy"},
    {"ListUserPolicies", "PolicyNames", NULL, "DeleteUserPolicy", "PolicyName", "inline policy"},
};

static int take_away(struct pail_flow *f, const char *user, const struct belonging *b)
{
    struct pail_value *all = pail_flow_all(f, b->list, pail_flow_map(f, "UserName", user, NULL));
    if (!all)
        return f->code;
    const struct pail_value *items = pail_value_find(all, b->items);
    for (size_t i = 0; i < pail_value_len(items); i++) {
        const struct pail_value *item = pail_value_at(items, i);
        const char *id = b->key ? pail_dig_z(item, b->key) : pail_value_as_str(item).ptr;
        if (!pail_flow_call(f, b->remove, pail_flow_map(f, "UserName", user, b->param, id, NULL)))
            return f->code;
        pail_flow_say(f, "Removed %s %s.", b->said, id);
    }
    return 0;
}

static int run_delete(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    bool missing;
    if (argc != 1)
        return pail_flow_misuse(f, "wants NAME");
    struct pail_value *who = pail_flow_map(f, "UserName", argv[0], NULL);
    if (!pail_flow_call(f, "GetUser", who) ||
        !pail_flow_confirm(f, "Delete user %s with keys, memberships and policies", argv[0]))
        return f->code;
    if (!pail_flow_try(f, "DeleteLoginProfile", who, "NoSuchEntity", &missing) && !missing)
        return f->code;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(belongings); i++)
        if (take_away(f, argv[0], &belongings[i]))
            return f->code;
    if (!pail_flow_call(f, "DeleteUser", who))
        return f->code;
    pail_flow_say(f, "Deleted user %s.", argv[0]);
    return 0;
}

static const struct pail_opt delete_options[] = {PAIL_FLOW_YES, PAIL_FLOW_OPTIONS};

const struct pail_command pail_iam_delete_user_all = {
    .name = "iam delete-user-all",
    .summary = "Delete a user and all that belongs to it",
    .usage = "NAME",
    .description = "Removes password, access keys, MFA devices, certificates, SSH keys, "
                   "memberships and policies, then the user. Asks first.",
    .examples = "pail iam delete-user-all alice | Asks, then deletes\n",
    .options = delete_options,
    .options_size = sizeof(struct pail_flow),
    .run = run_delete,
};
