/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curated/curated.h - commands of everyday work beside a service's operations: none of their names
 * is an operation, so that what is written for the AWS CLI means the same here.
 */
#ifndef PAIL_TOOLS_CURATED_CURATED_H
#define PAIL_TOOLS_CURATED_CURATED_H

#include "tools/lib/opt.h"
#include "tools/service/cli.h"

/* NULL-terminated: iam, ec2, ses. */
extern const struct pail_command_group *const pail_curated_groups[];
extern const struct pail_command_group pail_curated_iam, pail_curated_ec2, pail_curated_ses;

/* NULL: the service has none. */
const struct pail_command_group *pail_curated_group(const char *service);
/* Is "pail SERVICE VERB" one of ours? */
bool pail_curated_has(const char *service, const char *verb);
/* i-th first word behind the service's name, each once; NULL past the end. */
const char *pail_curated_verb_at(const char *service, size_t i);
/* words: behind the verb. The exit code. */
int pail_curated_run(struct pail_cli *cli, const char *service, const char *verb,
                     const struct pail_words *words);

#endif
