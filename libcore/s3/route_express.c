/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/route_express.c - directory buckets (NAME--ZONE--x-s3) and their access points
 * (NAME--ZONE--xa-s3).
 *
 * Objects are served by the bucket's availability zone, whose name ("usw2-az1") is part of the
 * bucket's; buckets themselves by a control endpoint of the region.
 */
#include "base/str.h"
#include "s3/route_impl.h"

static void start(struct pail_s3_router *x, bool session)
{
    x->r->service = "s3express";
    x->r->express = true;
    x->r->session = session && !x->p->no_express_session;
}

static int on_url(struct pail_s3_router *x)
{
    struct pail_str bucket = x->p->bucket;
    bool https = pail_str_ieq(x->url.scheme, PAIL_STR("https"));

    if (x->url_is_ip) {
        pail_buf_char(&x->r->path, '/');
        pail_uri_encode(&x->r->path, bucket, PAIL_URI_COMPONENT);
    } else if (pail_s3_bucket_is_hostable(bucket, false)) {
        pail_buf_str(&x->r->host, bucket);
        pail_buf_char(&x->r->host, '.');
    } else {
        return PAIL_S3_WRONG_NAME(x, "S3Express bucket name is not a valid virtual hostable name.");
    }
    pail_s3_router_authority(x, https);
    pail_buf_str(&x->r->path, x->url.path);
    return pail_s3_router_region(x, x->p->region);
}

static void control_host(struct pail_s3_router *x)
{
    pail_buf_fmt(&x->r->host, "s3express-control%s%s.%.*s.%s", x->p->fips ? "-fips" : "",
                 x->p->dualstack ? ".dualstack" : "", PAIL_STR_ARG(x->p->region),
                 x->partition->suffix);
}

/* The zone's name has one of a few lengths; "--" stands before it. */
static struct pail_str zone_of(struct pail_str bucket, bool access_point)
{
    static const size_t lengths[] = {8, 9, 13, 14, 20};
    size_t suffix = access_point ? strlen("--xa-s3") : strlen("--x-s3");

    for (size_t i = 0; i < PAIL_ARRAY_LEN(lengths); i++) {
        size_t n = lengths[i], end = suffix + n;
        if (bucket.len < end + 2)
            break;
        if (pail_str_eqz(pail_str_sub(bucket, bucket.len - end - 2, 2), "--"))
            return pail_str_sub(bucket, bucket.len - end, n);
    }
    return PAIL_STR("");
}

int pail_s3_route_express(struct pail_s3_router *x)
{
    struct pail_str bucket = x->p->bucket;
    bool access_point = pail_str_ends(bucket, PAIL_STR("--xa-s3"));

    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "S3Express does not support S3 Accelerate.");
    if (x->has_url) {
        start(x, true);
        return on_url(x);
    }
    if (x->p->express_control && !access_point) {
        start(x, false);
        control_host(x);
        pail_buf_char(&x->r->path, '/');
        pail_uri_encode(&x->r->path, bucket, PAIL_URI_COMPONENT);
        return pail_s3_router_region(x, x->p->region);
    }
    if (!pail_s3_bucket_is_hostable(bucket, false))
        return PAIL_S3_WRONG_NAME(x, "S3Express bucket name is not a valid virtual hostable name.");
    struct pail_str zone = zone_of(bucket, access_point);
    if (zone.len == 0)
        return PAIL_S3_WRONG_NAME(x, "Unrecognized S3Express bucket name format.");
    start(x, true);
    pail_buf_fmt(&x->r->host, "%.*s.s3express%s-%.*s%s.%.*s.%s", PAIL_STR_ARG(bucket),
                 x->p->fips ? "-fips" : "", PAIL_STR_ARG(zone), x->p->dualstack ? ".dualstack" : "",
                 PAIL_STR_ARG(x->p->region), x->partition->suffix);
    return pail_s3_router_region(x, x->p->region);
}

int pail_s3_route_express_service(struct pail_s3_router *x)
{
    start(x, false);
    if (x->has_url) {
        pail_s3_router_authority(x, pail_str_ieq(x->url.scheme, PAIL_STR("https")));
        pail_buf_str(&x->r->path, x->url.path);
    } else {
        control_host(x);
    }
    return pail_s3_router_region(x, x->p->region);
}
