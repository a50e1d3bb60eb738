/* SPDX-License-Identifier: Apache-2.0 */
/* s3/route_impl.h - between route.c and route_arn.c. */
#ifndef PAIL_S3_ROUTE_IMPL_H
#define PAIL_S3_ROUTE_IMPL_H

#include "base/uri.h"
#include "s3/partition.h"
#include "s3/route.h"

struct pail_s3_router {
    const struct pail_s3_route_params *p;
    const struct pail_s3_partition *partition; /* of p->region */
    struct pail_uri url;                       /* of p->url */
    bool has_url, url_is_ip;
    struct pail_s3_route *r; /* the result */
    struct pail_error *err;
};

/* What the settings forbid, and what a name cannot be. */
#define PAIL_S3_WRONG_SETTING(x, ...)                                                              \
    pail_error_set((x)->err, PAIL_D_CONFIG, PAIL_E_CONFIG, __VA_ARGS__)
#define PAIL_S3_WRONG_NAME(x, ...)                                                                 \
    pail_error_set((x)->err, PAIL_D_USAGE, PAIL_E_INVALID, __VA_ARGS__)

/* Appends the configured host; scheme and port are its. */
void pail_s3_router_authority(struct pail_s3_router *x, bool https);
PAIL_CHECK int pail_s3_router_region(struct pail_s3_router *x, struct pail_str region);
bool pail_s3_is_label(struct pail_str s, bool dots);

/* Bucket is an ARN. False: it only begins like one. */
struct pail_s3_arn {
    struct pail_str partition, service, region, account;
    struct pail_str part[5]; /* of the resource */
    size_t n_parts;          /* 5: or more */
};
bool pail_s3_arn_parse(struct pail_str text, struct pail_s3_arn *ret);
PAIL_CHECK int pail_s3_route_arn(struct pail_s3_router *x, const struct pail_s3_arn *arn);
/* route_express.c: *--x-s3 and *--xa-s3; the service itself. */
PAIL_CHECK int pail_s3_route_express(struct pail_s3_router *x);
PAIL_CHECK int pail_s3_route_express_service(struct pail_s3_router *x);

#endif
