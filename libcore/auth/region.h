/* SPDX-License-Identifier: Apache-2.0 */
/* auth/region.h - region names and where a service lives in a region. Pure. */
#ifndef PAIL_AUTH_REGION_H
#define PAIL_AUTH_REGION_H

#include "base/buf.h"

/* Fit to be part of a host name; PAIL_E_CONFIG in botocore's words. */
PAIL_CHECK int pail_region_check(struct pail_str region, struct pail_error *err);
/* "amazonaws.com", "amazonaws.com.cn": the partition is told by the region's prefix, unknown ones
 * are "aws". */
const char *pail_region_dns_suffix(struct pail_str region);
/* "https://sts.eu-west-1.amazonaws.com"; region NULL: "https://sts.amazonaws.com". */
void pail_region_endpoint(const char *service, const char *region, struct pail_buf *to);

#endif
