/* SPDX-License-Identifier: Apache-2.0 */
/* curated/ec2.h - what the files of ec2 share. */
#ifndef PAIL_TOOLS_CURATED_EC2_H
#define PAIL_TOOLS_CURATED_EC2_H

#include "tools/curated/flow.h"

extern const struct pail_command pail_ec2_run, pail_ec2_list, pail_ec2_up, pail_ec2_down,
    pail_ec2_destroy, pail_ec2_ip_list, pail_ec2_ip_new, pail_ec2_ip_attach, pail_ec2_ip_detach,
    pail_ec2_ip_release, pail_ec2_keys, pail_ec2_new_key, pail_ec2_drop_key, pail_ec2_firewalls,
    pail_ec2_firewall;

/* "i-..." as it is; else the one instance that has this Name and is not terminated. NULL: told. */
const char *pail_ec2_instance(struct pail_flow *f, const char *name);
/* Ids of all words, as a list. NULL: told. */
struct pail_value *pail_ec2_instances(struct pail_flow *f, int argc, char **argv);
/* The rows of "ec2 list" for the reservations of an answer. */
void pail_ec2_rows(struct pail_flow *f, struct pail_value *rows, const struct pail_value *answer);
/* "sg-..." as it is; else the one group of this name. vpc may be NULL. NULL: told, or with
 * ret_missing not NULL: there is none. */
const char *pail_ec2_group(struct pail_flow *f, const char *name, const char *vpc,
                           bool *ret_missing);
/* Allocates an address and gives it to the instance, when that is not NULL; adds both to the
 * record. 0 or the exit code. */
int pail_ec2_new_address(struct pail_flow *f, const char *instance, struct pail_value *record);

#endif
