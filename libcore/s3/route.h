/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/route.h - where a request for a bucket goes, and how it is signed: the rules of S3's published
 * rule set, with its messages. A pure function.
 *
 * A route is immutable and reference-counted; any thread.
 */
#ifndef PAIL_S3_ROUTE_H
#define PAIL_S3_ROUTE_H

#include "base/buf.h"
#include "http/request.h"

#define PAIL_S3_REGION_MAX 64

/* The rule set's parameters. Absent texts have length 0. */
struct pail_s3_route_params {
    struct pail_str region; /* "us-east-1", "aws-global" */
    struct pail_str bucket; /* a name, an alias, an ARN */
    struct pail_str url;    /* a configured endpoint */
    bool fips, dualstack, accelerate;
    bool path_style;
    bool global;             /* us-east-1 is s3.amazonaws.com */
    bool own_region_only;    /* an ARN of another region is refused */
    bool no_multi_region;    /* ARNs of multi-region access points are refused */
    bool no_access_points;   /* so are those of access points: CreateBucket */
    bool no_express_session; /* S3 Express without CreateSession */
    bool express_control;    /* an operation of S3 Express's other endpoint */
    bool object_lambda;      /* WriteGetObjectResponse */
};

struct pail_s3_route {
    _Atomic unsigned refs;
    bool https;
    unsigned port;        /* never 0 */
    struct pail_buf host; /* with the bucket, where it belongs there */
    struct pail_buf path; /* likewise, percent-encoded; empty, or "/..." */
    const char *service;  /* to sign for: "s3" */
    /* Signature Version 4 signs for this region; "": only 4a will do. */
    char region[PAIL_S3_REGION_MAX];
    bool v4a;     /* 4a may sign, for all regions; where there is a choice AWS prefers it */
    bool express; /* S3 Express answers there */
    bool session; /* and wants a session's credentials */
};
PAIL_CHECK int pail_s3_route_new(const struct pail_s3_route_params *p, struct pail_s3_route **ret,
                                 struct pail_error *err);
struct pail_s3_route *pail_s3_route_ref(struct pail_s3_route *r);
struct pail_s3_route *pail_s3_route_unref(struct pail_s3_route *r); /* NULL is fine; returns NULL */
/* Scheme, host, port and path of *rq. key empty: the bucket, or the service itself. */
PAIL_CHECK int pail_s3_route_apply(const struct pail_s3_route *r, struct pail_str key,
                                   struct pail_request *rq, struct pail_error *err);

/* Fit for a host name: at least 3 lower-case letters, digits, '-'; dots (and labels between them)
 * where allowed; not an address. */
bool pail_s3_bucket_is_hostable(struct pail_str bucket, bool dots);

#endif
