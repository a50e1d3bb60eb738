/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/region.h - region names, and where the services that credentials come from live in a region.
 * Pure.
 */
#ifndef PAIL_AUTH_REGION_H
#define PAIL_AUTH_REGION_H

#include "base/buf.h"

/* Fit to be part of a host name; PAIL_E_CONFIG in botocore's words. */
PAIL_CHECK int pail_region_check(struct pail_str region, struct pail_error *err);
/* "amazonaws.com", "amazonaws.com.cn": the partition is told by the region's prefix, unknown ones
 * are "aws". */
const char *pail_region_dns_suffix(struct pail_str region);

struct pail_region_variant {
    bool fips, dualstack;
};
/* "https://sts.eu-west-1.amazonaws.com", "https://sts-fips.us-east-2.api.aws"; region NULL:
 * "https://sts.amazonaws.com". service is the name in the host, "signin" included. variant NULL:
 * neither. */
void pail_region_endpoint(const char *service, const char *region,
                          const struct pail_region_variant *variant, struct pail_buf *to);
/* The regions where STS once was the global endpoint, and is again with sts_regional_endpoints =
 * legacy. */
bool pail_region_is_sts_legacy(struct pail_str region);

#endif
