/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/addressing.h - from a client's settings and an operation to the rules of route.h. Pure
 * functions of an immutable value.
 */
#ifndef PAIL_S3_ADDRESSING_H
#define PAIL_S3_ADDRESSING_H

#include <pail/s3.h>

#include "s3/route.h"

struct pail_s3_endpoint {
    struct pail_s3_route_params rules; /* of every request; its url is a view into ours */
    char *url;                         /* NULL: AWS's own names */
    bool custom;                       /* there is a URL */
    bool https;
    bool aws; /* AWS answers there, whether configured or not */
};

struct pail_s3_endpoint_options {
    const char *url; /* NULL: AWS */
    enum pail_s3_addressing addressing;
    bool fips, dualstack; /* ignored with a url, as botocore does */
    bool accelerate;      /* refused with a url, by the rules */
    bool global, own_region_only, no_multi_region, no_express_session;
};
PAIL_CHECK int pail_s3_endpoint_init(struct pail_s3_endpoint *ret,
                                     const struct pail_s3_endpoint_options *opt,
                                     struct pail_error *err);
void pail_s3_endpoint_done(struct pail_s3_endpoint *e);

/* How an operation goes another way than GetObject. */
struct pail_s3_way {
    bool path_style, express_control, no_express_session, no_access_points, object_lambda;
};
/* By the operation's name; everything false where it makes no difference for this bucket. */
struct pail_s3_way pail_s3_way_of(const char *operation, struct pail_str bucket, bool on_bucket);
bool pail_s3_way_is_plain(const struct pail_s3_way *w);

PAIL_CHECK int pail_s3_endpoint_route(const struct pail_s3_endpoint *e, struct pail_str region,
                                      struct pail_str bucket, const struct pail_s3_way *way,
                                      struct pail_s3_route **ret, struct pail_error *err);

/* What S3 or anything like it may call a bucket, or an access point's ARN; anything else is
 * PAIL_E_INVALID. */
PAIL_CHECK int pail_s3_bucket_check(struct pail_str bucket, struct pail_error *err);
bool pail_s3_bucket_is_arn(struct pail_str bucket);
/* NAME--ZONE--x-s3, or --xa-s3 */
bool pail_s3_bucket_is_express(struct pail_str bucket);

#endif
