/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/addressing.h - which host a request goes to, and what its path is. Pure functions of an
 * immutable value.
 */
#ifndef PAIL_S3_ADDRESSING_H
#define PAIL_S3_ADDRESSING_H

#include <pail/s3.h>

#include "http/request.h"

struct pail_s3_endpoint {
    enum pail_s3_addressing addressing; /* AUTO: virtual on AWS, path elsewhere */
    bool fips, dualstack, accelerate;   /* AWS's own names only */
    bool custom;                        /* base holds a configured URL */
    bool aws;                           /* AWS answers there, whether configured or not */
    bool ip;                            /* the configured host is an address: no virtual hosts */
    struct pail_request base; /* scheme, host, port and path prefix of the configured URL */
};

struct pail_s3_endpoint_options {
    const char *url; /* NULL: AWS */
    enum pail_s3_addressing addressing;
    bool fips, dualstack, accelerate; /* ignored with a url, as botocore does */
};
PAIL_CHECK int pail_s3_endpoint_init(struct pail_s3_endpoint *ret,
                                     const struct pail_s3_endpoint_options *opt,
                                     struct pail_error *err);
void pail_s3_endpoint_done(struct pail_s3_endpoint *e);

/* Scheme, host, port and path of *rq. bucket empty: the service itself; key empty: the bucket.
 * force_path: GetBucketLocation, which is answered there for buckets of any region. */
PAIL_CHECK int pail_s3_address(const struct pail_s3_endpoint *e, struct pail_str region,
                               struct pail_str bucket, struct pail_str key, bool force_path,
                               struct pail_request *rq, struct pail_error *err);

/* Fit for a host name: 3 to 63 lower-case letters, digits, '-'; dots (and labels between them)
 * where allowed; not an address. */
bool pail_s3_bucket_is_hostable(struct pail_str bucket, bool dots);
/* What S3 or anything like it may call a bucket; anything else is PAIL_E_INVALID, ARNs and
 * directory buckets PAIL_E_UNSUPPORTED. */
PAIL_CHECK int pail_s3_bucket_check(struct pail_str bucket, struct pail_error *err);

#endif
