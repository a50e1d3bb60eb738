/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile NAME POLICY-ARN: a role that instances may have, and the instance profile that gives it
 * to them.
 */
#include <pail/service.h>

#include <stdio.h>

static const char trust[] = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", "
                            "\"Principal\": {\"Service\": \"ec2.amazonaws.com\"}, "
                            "\"Action\": \"sts:AssumeRole\"}]}";

static int make(struct pail_client *iam, const char *name, const char *policy,
                struct pail_error *err)
{
    struct pail_result *r = NULL;

    if (pail_callf(iam, NULL, err, "CreateRole", "RoleName: %s, AssumeRolePolicyDocument: %s", name,
                   trust) < 0 ||
        pail_callf(iam, NULL, err, "AttachRolePolicy", "RoleName: %s, PolicyArn: %s", name,
                   policy) < 0 ||
        pail_callf(iam, NULL, err, "CreateInstanceProfile", "InstanceProfileName: %s", name) < 0 ||
        pail_callf(iam, NULL, err, "AddRoleToInstanceProfile",
                   "InstanceProfileName: %s, RoleName: %s", name, name) < 0 ||
        pail_waitf(iam, err, "InstanceProfileExists", "InstanceProfileName: %s", name) < 0 ||
        pail_callf(iam, &r, err, "GetInstanceProfile", "InstanceProfileName: %s", name) < 0)
        return err->code;
    /* IAM gives policies as text in URLs' escapes; the answer has them as trees. */
    printf("%s\n%s\n%s\n", pail_result_str(r, "InstanceProfile.Arn"),
           pail_result_str(r, "InstanceProfile.Roles[0].Arn"),
           pail_result_str(r, "InstanceProfile.Roles[0].AssumeRolePolicyDocument."
                              "Statement[0].Principal.Service"));
    pail_result_free(r);
    return 0;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *iam = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: %s NAME POLICY-ARN\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "iam", NULL, &iam, &err);
    if (rc == 0)
        rc = make(iam, argv[1], argv[2], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(iam);
    return rc < 0;
}
