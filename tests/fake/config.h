/* SPDX-License-Identifier: Apache-2.0 */
/* fake/config.h - sub-resources: configurations of buckets, tags and ACLs, attributes, versions. */
#ifndef PAIL_FAKE_CONFIG_H
#define PAIL_FAKE_CONFIG_H

struct fake_call;

/* The operation that a request on a sub-resource names; NULL: it is on none of these. */
const char *fake_config_op(const struct fake_call *c);

#endif
