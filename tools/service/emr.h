/* SPDX-License-Identifier: Apache-2.0 */
/* service/emr.h - what the commands of "emr" share: calls that are shown, lists of steps and of
 * instances as people write them. Failures are told; functions give exit codes. */
#ifndef PAIL_TOOLS_SERVICE_EMR_H
#define PAIL_TOOLS_SERVICE_EMR_H

#include "tools/service/calls.h"

struct pail_emr {
    struct pail_cli *cli;
    struct pail_client *client;
    const struct pail_service *model;
};
int pail_emr_open(struct pail_emr *e, struct pail_cli *cli);
void pail_emr_done(struct pail_emr *e);
/* *ret (may be NULL): the answer as it is shown. */
int pail_emr_call(struct pail_emr *e, const char *operation, const struct pail_value *params,
                  struct pail_value **ret);

/* JSON or shorthand; one map, or (many) a list of them. *ret NULL: not given. */
int pail_emr_parse(struct pail_emr *e, const struct pail_arg *a, bool many,
                   struct pail_value **ret);
/* Texts become what member of RunJobFlow (path "Instances.InstanceGroups") wants. */
int pail_emr_fit(struct pail_emr *e, const struct pail_arg *a, const char *path,
                 struct pail_value **v);
/* Steps as the service has them. */
int pail_emr_steps(struct pail_emr *e, const struct pail_value *given, struct pail_value **ret);
int pail_emr_groups(struct pail_emr *e, const struct pail_arg *a, struct pail_value **ret);
/* "Key=value" words as tags. */
struct pail_value *pail_emr_tags(struct pail_values *vs, const struct pail_arg *a);
/* ParamValidation. */
int pail_emr_refuse(struct pail_emr *e, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* 0, or both were given. */
int pail_emr_exclusive(struct pail_emr *e, const struct pail_arg *a, const struct pail_arg *b);

#endif
