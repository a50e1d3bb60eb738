/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys USER: a user of IAM and an access key from the beginning to the end.
 */
#include <pail/service.h>

#include <stdio.h>

static int print_keys(struct pail_client *iam, const char *user, struct pail_error *err)
{
    struct pail_result *all = NULL;
    const struct pail_value *key;

    int rc = pail_callf(iam, &all, err, "ListAccessKeys", "UserName: %s", user);
    pail_value_each (key, pail_result_find(all, "AccessKeyMetadata"))
        printf("%s %s\n", pail_value_find_str(key, "AccessKeyId"),
               pail_value_find_str(key, "Status"));
    pail_result_free(all);
    return rc;
}

static int live(struct pail_client *iam, const char *user, struct pail_error *err)
{
    struct pail_result *made = NULL;

    if (pail_callf(iam, NULL, err, "CreateUser", "UserName: %s, Path: '/staff/'", user) < 0 ||
        pail_waitf(iam, err, "UserExists", "UserName: %s", user) < 0 ||
        pail_callf(iam, &made, err, "CreateAccessKey", "UserName: %s", user) < 0)
        return err->code;
    const char *id = pail_result_str(made, "AccessKey.AccessKeyId");
    if (print_keys(iam, user, err) < 0 ||
        pail_callf(iam, NULL, err, "UpdateAccessKey",
                   "UserName: %s, AccessKeyId: %s, Status: 'Inactive'", user, id) < 0 ||
        print_keys(iam, user, err) < 0 ||
        pail_callf(iam, NULL, err, "DeleteAccessKey", "UserName: %s, AccessKeyId: %s", user, id) <
            0 ||
        pail_callf(iam, NULL, err, "DeleteUser", "UserName: %s", user) < 0)
        fprintf(stderr, "%s is left behind\n", id);
    pail_result_free(made);
    return err->code;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_client *iam = NULL;

    if (argc != 2) {
        fprintf(stderr, "usage: %s USER\n", argv[0]);
        return 2;
    }
    int rc = pail_client_new(NULL, "iam", NULL, &iam, &err);
    if (rc == 0)
        rc = live(iam, argv[1], &err);
    if (rc < 0)
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_client_unref(iam);
    return rc < 0;
}
