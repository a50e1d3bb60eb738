/* SPDX-License-Identifier: Apache-2.0 */
/* "dlm create-default-role": the role of Data Lifecycle Manager, unless it is there. */
#include "tools/service/commands.h"

#include "base/str.h"
#include "model/endpoint.h"
#include "tools/cmd.h"
#include "tools/service/calls.h"
#include "tools/service/output.h"
#include "tools/service/run.h"

#define TRUST                                                                                      \
    "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"\", \"Effect\": \"Allow\", "        \
    "\"Principal\": {\"Service\": \"dlm.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}"

/* 0 and *ret whether it is there. */
static int is_there(int rc, struct pail_error *err, bool *ret)
{
    *ret = !rc;
    return rc && pail_is_refusal(err, "NoSuchEntity") ? 0 : rc;
}

/* *ret NULL: there was nothing to do. */
static int create(struct pail_cli *cli, struct pail_client *iam, const char *role, const char *arn,
                  struct pail_value **ret, struct pail_error *err)
{
    struct pail_result *policy = NULL, *version = NULL, *made = NULL;
    bool there = false;
    int rc = is_there(pail_callf(iam, NULL, err, "GetRole", "RoleName: %s", role), err, &there);
    if (rc || there)
        return rc;
    rc = is_there(pail_callf(iam, &policy, err, "GetPolicy", "PolicyArn: %s", arn), err, &there);
    if (!rc && there)
        rc = pail_callf(iam, &made, err, "CreateRole", "RoleName: %s, AssumeRolePolicyDocument: %s",
                        role, TRUST);
    if (!rc && there)
        rc = pail_callf(iam, NULL, err, "AttachRolePolicy", "PolicyArn: %s, RoleName: %s", arn,
                        role);
    if (!rc && there)
        rc = pail_callf(iam, &version, err, "GetPolicyVersion", "PolicyArn: %s, VersionId: %s", arn,
                        pail_result_str(policy, "Policy.DefaultVersionId"));
    if (!rc && there) {
        struct pail_values *vs = cli->vs;
        *ret = pail_value_map(vs);
        pail_value_set(vs, *ret, PAIL_STR("RolePolicy"),
                       pail_value_copy(vs, pail_result_find(version, "PolicyVersion.Document")));
        pail_value_set(vs, *ret, PAIL_STR("Role"),
                       pail_present(vs, pail_result_find(made, "Role"), NULL, false));
    }
    pail_result_free(version);
    pail_result_free(made);
    pail_result_free(policy);
    return rc;
}

int pail_dlm_role_run(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const types[] = {"snapshot", "image", NULL};
    struct pail_arg args[] = {
        {.name = "--iam-endpoint"}, {.name = "--resource-type", .choices = types}, {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf arn = PAIL_BUF_INIT(1 << 12);
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_client *iam = NULL;
    struct pail_value *shown = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    bool image = args[1].value && strcmp(args[1].value, "image") == 0;
    o.endpoint_url = args[0].value;
    int rc = pail_cli_session_for(cli, PAIL_ENDPOINT_OTHER, &session, &err);
    const char *region = rc ? NULL : pail_session_region(session);
    if (!rc && !region)
        rc = pail_error_set(&err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    if (!rc)
        rc = pail_client_new(session, "iam", &o, &iam, &err);
    if (!rc) {
        struct pail_partition partition = {.id = PAIL_STR("aws")};
        (void)pail_partition_of(cli->models, pail_str(region), &partition);
        pail_buf_fmt(&arn,
                     "arn:%.*s:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole%s",
                     PAIL_STR_ARG(partition.id), image ? "ForAMIManagement" : "");
        rc = create(cli, iam,
                    image ? "AWSDataLifecycleManagerDefaultRoleForAMIManagement"
                          : "AWSDataLifecycleManagerDefaultRole",
                    pail_buf_cstr(&arn), &shown, &err);
    }
    pail_client_unref(iam);
    if (rc)
        return pail_cli_error(cli, &err);
    return shown ? pail_show(cli, "create_role", shown) : 0;
}
