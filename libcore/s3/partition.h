/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/partition.h - the groups of regions that AWS keeps apart. Pure.
 *
 * A small table of our own: the client of S3 works without the service models.
 */
#ifndef PAIL_S3_PARTITION_H
#define PAIL_S3_PARTITION_H

#include <pail/base.h>

struct pail_s3_partition {
    const char *name;   /* "aws-cn" */
    const char *suffix; /* "amazonaws.com.cn" */
    const char *prefix; /* of its regions' names */
};
/* Unknown regions are "aws"'s. */
const struct pail_s3_partition *pail_s3_partition_of(struct pail_str region);

#endif
