/* SPDX-License-Identifier: Apache-2.0 */
/* curated/iam.h - what the files of iam share. */
#ifndef PAIL_TOOLS_CURATED_IAM_H
#define PAIL_TOOLS_CURATED_IAM_H

#include "tools/curated/flow.h"

extern const struct pail_command pail_iam_users, pail_iam_user, pail_iam_new_user,
    pail_iam_delete_user_all, pail_iam_keys, pail_iam_rotate_key, pail_iam_groups,
    pail_iam_new_group, pail_iam_roles, pail_iam_role_for_service, pail_iam_delete_role_all,
    pail_iam_policies, pail_iam_profiles, pail_iam_can;

/* [item[key] for item in items] */
struct pail_value *pail_iam_names(struct pail_flow *f, const struct pail_value *items,
                                  const char *key);
/* "ReadOnlyAccess" is looked for among the account's and AWS's policies; an ARN stays. NULL: told.
 */
const char *pail_iam_policy_arn(struct pail_flow *f, const char *name);
/* Makes a key and adds AccessKeyId and SecretAccessKey to the record, which is for standard output
 * alone. 0 or the exit code. */
int pail_iam_new_key(struct pail_flow *f, const char *user, struct pail_value *record);

#endif
