/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/route.c - S3's rules, by hand.
 *
 * The published rule set is a tree of 400 lines, most of which spell out combinations; this is what
 * it says, in its order, because the first error wins. Names come in kinds: directory buckets
 * (route_express.c), buckets on Outposts, ARNs (route_arn.c), names fit for a host, and the rest,
 * which goes into the path.
 *
 * One difference: under http a name with dots goes before the configured host unless that is an
 * address (the rule set forgets to look, and makes a host nobody can find).
 */
#include "s3/route.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/str.h"
#include "s3/route_impl.h"

#define MAX_HOST 1024
#define MAX_PATH (16 * 1024)

/* ---- Words ---- */

bool pail_s3_is_label(struct pail_str s, bool dots)
{
    struct pail_str rest = s, label;

    if (!dots)
        return pail_uri_is_host_label(s);
    if (s.len == 0 || s.ptr[s.len - 1] == '.')
        return false;
    while (pail_str_split(&rest, '.', &label)) {
        if (!pail_uri_is_host_label(label))
            return false;
    }
    return true;
}

/* Four groups of one to three digits. */
static bool looks_like_ipv4(struct pail_str s)
{
    struct pail_str rest = s, group;
    unsigned n = 0;

    while (pail_str_split(&rest, '.', &group)) {
        n++;
        for (size_t i = 0; i < group.len; i++) {
            if (group.ptr[i] < '0' || group.ptr[i] > '9')
                return false;
        }
        if (group.len < 1 || group.len > 3)
            return false;
    }
    return n == 4;
}

bool pail_s3_bucket_is_hostable(struct pail_str bucket, bool dots)
{
    if (bucket.len < 3 || looks_like_ipv4(bucket))
        return false;
    for (size_t i = 0; i < bucket.len; i++) {
        if (bucket.ptr[i] >= 'A' && bucket.ptr[i] <= 'Z')
            return false;
    }
    return pail_s3_is_label(bucket, dots);
}

/* ---- Parts of a result ---- */

int pail_s3_router_region(struct pail_s3_router *x, struct pail_str region)
{
    if (region.len >= sizeof(x->r->region))
        return PAIL_S3_WRONG_SETTING(x, "Invalid region: region was not a valid DNS name.");
    memcpy(x->r->region, region.ptr, region.len);
    x->r->region[region.len] = '\0';
    return 0;
}

void pail_s3_router_authority(struct pail_s3_router *x, bool https)
{
    pail_buf_str(&x->r->host, x->url.host);
    x->r->https = https;
    x->r->port = x->url.port ? x->url.port : https ? 443 : 80;
}

static void on_url(struct pail_s3_router *x)
{
    pail_s3_router_authority(x, pail_str_ieq(x->url.scheme, PAIL_STR("https")));
}

static bool is_global_region(const struct pail_s3_router *x)
{
    return pail_str_eqz(x->p->region, "aws-global");
}

static struct pail_str real_region(const struct pail_s3_router *x)
{
    return is_global_region(x) ? PAIL_STR("us-east-1") : x->p->region;
}

/* "s3.dualstack.eu-west-1.amazonaws.com" */
static void aws_host(struct pail_s3_router *x)
{
    const struct pail_s3_route_params *p = x->p;
    struct pail_buf *host = &x->r->host;
    bool global = is_global_region(x) || (p->global && pail_str_eqz(p->region, "us-east-1"));

    pail_buf_z(host, p->fips ? "s3-fips." : "s3.");
    pail_buf_z(host, p->dualstack ? "dualstack." : "");
    if (p->fips || p->dualstack || !global)
        pail_buf_fmt(host, "%.*s.", PAIL_STR_ARG(real_region(x)));
    pail_buf_z(host, x->partition->suffix);
}

static void accelerated_host(struct pail_s3_router *x)
{
    struct pail_buf *host = &x->r->host;

    pail_buf_z(host, "s3-accelerate.");
    pail_buf_z(host, x->p->dualstack ? "dualstack." : "");
    if (x->p->dualstack && is_global_region(x))
        pail_buf_z(host, "us-east-1.");
    pail_buf_z(host, x->partition->suffix);
}

static void bucket_in_path(struct pail_s3_router *x)
{
    struct pail_buf *path = &x->r->path;

    if (x->has_url) {
        on_url(x);
        pail_buf_str(path, x->url.path);
        if (path->len && path->ptr[path->len - 1] == '/')
            pail_buf_truncate(path, path->len - 1);
    } else {
        aws_host(x);
    }
    pail_buf_char(path, '/');
    pail_uri_encode(path, x->p->bucket, PAIL_URI_COMPONENT);
}

static void bucket_in_host(struct pail_s3_router *x)
{
    pail_buf_str(&x->r->host, x->p->bucket);
    pail_buf_char(&x->r->host, '.');
    if (x->has_url) {
        on_url(x);
        pail_buf_str(&x->r->path, x->url.path);
    } else if (x->p->accelerate) {
        accelerated_host(x);
    } else {
        aws_host(x);
    }
}

/* ---- The kinds ---- */

static int wrong_region(struct pail_s3_router *x)
{
    return PAIL_S3_WRONG_SETTING(x, "Invalid region: region was not a valid DNS name.");
}

static int route_hostable(struct pail_s3_router *x)
{
    if (!pail_s3_is_label(x->p->region, false))
        return wrong_region(x);
    if (x->p->accelerate && strcmp(x->partition->name, "aws-cn") == 0)
        return PAIL_S3_WRONG_SETTING(x, "S3 Accelerate cannot be used in this region");
    if (x->url_is_ip)
        bucket_in_path(x);
    else
        bucket_in_host(x);
    return pail_s3_router_region(x, real_region(x));
}

static int route_path(struct pail_s3_router *x)
{
    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "Path-style addressing cannot be used with S3 Accelerate");
    bucket_in_path(x);
    return pail_s3_router_region(x, real_region(x));
}

/* A bucket on Outposts by its alias: NAME, 17 of the Outpost, 20 of the account's region and
 * hardware, "--op-s3". */
static bool is_outposts_alias(struct pail_str bucket)
{
    for (size_t i = 0; i < bucket.len; i++) {
        if ((unsigned char)bucket.ptr[i] >= 0x80)
            return false;
    }
    return bucket.len >= 50 && pail_str_ends(bucket, PAIL_STR("--op-s3"));
}

static int route_outposts_alias(struct pail_s3_router *x)
{
    struct pail_str b = x->p->bucket;
    char hardware = b.ptr[b.len - 50];
    struct pail_str outpost = pail_str_sub(b, b.len - 49, 17);
    bool beta = pail_str_eqz(pail_str_sub(b, b.len - 12, 4), "beta");

    if (!pail_s3_is_label(outpost, false))
        return PAIL_S3_WRONG_NAME(
            x, "Invalid ARN: The outpost Id must only contain a-z, A-Z, 0-9 and `-`.");
    if (!pail_s3_bucket_is_hostable(b, false))
        return PAIL_S3_WRONG_NAME(
            x, "Invalid Outposts Bucket alias - it must be a valid bucket name.");
    if (hardware != 'e' && hardware != 'o')
        return PAIL_S3_WRONG_NAME(
            x, "Unrecognized hardware type: \"Expected hardware type o or e but got %c\"",
            hardware);
    if (beta && !x->has_url)
        return PAIL_S3_WRONG_SETTING(
            x, "Expected a endpoint to be specified but no endpoint was found");

    pail_buf_fmt(&x->r->host, "%.*s.", PAIL_STR_ARG(b));
    if (hardware == 'e')
        pail_buf_z(&x->r->host, "ec2.");
    else
        pail_buf_fmt(&x->r->host, "op-%.*s.", PAIL_STR_ARG(outpost));
    if (beta)
        pail_s3_router_authority(x, true);
    else
        pail_buf_fmt(&x->r->host, "s3-outposts.%.*s.%s", PAIL_STR_ARG(x->p->region),
                     x->partition->suffix);
    x->r->service = "s3-outposts";
    x->r->v4a = true;
    return pail_s3_router_region(x, x->p->region);
}

static int route_object_lambda(struct pail_s3_router *x)
{
    if (!pail_s3_is_label(x->p->region, true))
        return wrong_region(x);
    if (x->p->dualstack)
        return PAIL_S3_WRONG_SETTING(x, "S3 Object Lambda does not support Dual-stack");
    if (x->p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "S3 Object Lambda does not support S3 Accelerate");
    if (x->has_url) {
        on_url(x);
        pail_buf_str(&x->r->path, x->url.path);
    } else {
        pail_buf_fmt(&x->r->host, "s3-object-lambda%s.%.*s.%s", x->p->fips ? "-fips" : "",
                     PAIL_STR_ARG(x->p->region), x->partition->suffix);
    }
    x->r->service = "s3-object-lambda";
    return pail_s3_router_region(x, x->p->region);
}

static int route_service(struct pail_s3_router *x)
{
    if (x->p->express_control)
        return pail_s3_route_express_service(x);
    if (x->p->object_lambda)
        return route_object_lambda(x);
    if (!pail_s3_is_label(x->p->region, true))
        return wrong_region(x);
    if (x->has_url) {
        on_url(x);
        pail_buf_str(&x->r->path, x->url.path);
    } else {
        aws_host(x);
    }
    return pail_s3_router_region(x, real_region(x));
}

static int route_bucket(struct pail_s3_router *x)
{
    const struct pail_s3_route_params *p = x->p;
    struct pail_s3_arn arn;
    bool is_arn = pail_s3_arn_parse(p->bucket, &arn);
    bool http = x->has_url && pail_str_ieq(x->url.scheme, PAIL_STR("http"));

    if (pail_str_ends(p->bucket, PAIL_STR("--x-s3")) ||
        pail_str_ends(p->bucket, PAIL_STR("--xa-s3")))
        return pail_s3_route_express(x);
    if (is_outposts_alias(p->bucket))
        return route_outposts_alias(x);
    if (!p->path_style && pail_s3_bucket_is_hostable(p->bucket, false))
        return route_hostable(x);
    if (!p->path_style && http && !x->url_is_ip && pail_s3_bucket_is_hostable(p->bucket, true))
        return route_hostable(x);
    if (is_arn && p->path_style)
        return PAIL_S3_WRONG_SETTING(x, "Path-style addressing cannot be used with ARN buckets");
    if (is_arn)
        return pail_s3_route_arn(x, &arn);
    if (pail_str_starts(p->bucket, PAIL_STR("arn:")))
        return PAIL_S3_WRONG_NAME(x, "Invalid ARN: `%.*s` was not a valid ARN",
                                  PAIL_STR_ARG(p->bucket));
    return route_path(x);
}

/* What goes together at all. */
static int check_settings(struct pail_s3_router *x)
{
    const struct pail_s3_route_params *p = x->p;
    bool url = p->url.len > 0;

    if (p->region.len == 0)
        return pail_error_set(x->err, PAIL_D_CONFIG, PAIL_E_NO_REGION,
                              "A region must be set when sending requests to S3.");
    if (p->accelerate && p->fips)
        return PAIL_S3_WRONG_SETTING(x, "Accelerate cannot be used with FIPS");
    if (url && p->dualstack)
        return PAIL_S3_WRONG_SETTING(
            x, "Cannot set dual-stack in combination with a custom endpoint.");
    if (url && p->fips)
        return PAIL_S3_WRONG_SETTING(x, "A custom endpoint cannot be combined with FIPS");
    if (url && p->accelerate)
        return PAIL_S3_WRONG_SETTING(x, "A custom endpoint cannot be combined with S3 Accelerate");
    if (p->fips && strcmp(x->partition->name, "aws-cn") == 0)
        return PAIL_S3_WRONG_SETTING(x, "Partition does not support FIPS");
    return 0;
}

static int read_url(struct pail_s3_router *x)
{
    struct pail_str text = x->p->url;
    if (text.len == 0)
        return 0;

    bool ok = pail_uri_parse(text, &x->url, NULL) == 0 && !x->url.query.ptr &&
              (pail_str_ieq(x->url.scheme, PAIL_STR("http")) ||
               pail_str_ieq(x->url.scheme, PAIL_STR("https")));
    if (!ok)
        return PAIL_S3_WRONG_SETTING(x, "Custom endpoint `%.*s` was not a valid URI",
                                     PAIL_STR_ARG(text));
    x->has_url = true;
    x->url_is_ip = pail_uri_is_ip(x->url.host);
    return 0;
}

/* ---- The object ---- */

int pail_s3_route_new(const struct pail_s3_route_params *p, struct pail_s3_route **ret,
                      struct pail_error *err)
{
    struct pail_s3_route *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    r->refs = 1;
    r->https = true;
    r->port = 443;
    r->service = "s3";
    pail_buf_init(&r->host, MAX_HOST);
    pail_buf_init(&r->path, MAX_PATH);
    struct pail_s3_router x = {
        .p = p, .partition = pail_s3_partition_of(p->region), .r = r, .err = err};

    int rc = check_settings(&x);
    if (rc == 0)
        rc = read_url(&x);
    if (rc == 0)
        rc = p->bucket.len ? route_bucket(&x) : route_service(&x);
    if (rc == 0)
        rc = pail_buf_check(&r->host, "host name", err);
    if (rc == 0)
        rc = pail_buf_check(&r->path, "path", err);
    if (rc < 0) {
        (void)pail_s3_route_unref(r);
        return rc;
    }
    *ret = r;
    return 0;
}

struct pail_s3_route *pail_s3_route_ref(struct pail_s3_route *r)
{
    atomic_fetch_add(&r->refs, 1);
    return r;
}

struct pail_s3_route *pail_s3_route_unref(struct pail_s3_route *r)
{
    if (r && atomic_fetch_sub(&r->refs, 1) == 1) {
        pail_buf_done(&r->host);
        pail_buf_done(&r->path);
        pail_free(r);
    }
    return NULL;
}

int pail_s3_route_apply(const struct pail_s3_route *r, struct pail_str key, struct pail_request *rq,
                        struct pail_error *err)
{
    pail_buf_reset(&rq->host);
    pail_buf_reset(&rq->path);
    rq->https = r->https;
    rq->port = r->port;
    pail_buf_str(&rq->host, pail_buf_view(&r->host));
    pail_buf_str(&rq->path, pail_buf_view(&r->path));
    if (key.len || rq->path.len == 0) {
        /* The configured URL may end with a slash; before the key there is exactly one of ours. */
        if (rq->path.len && rq->path.ptr[rq->path.len - 1] == '/')
            pail_buf_truncate(&rq->path, rq->path.len - 1);
        pail_buf_char(&rq->path, '/');
        pail_uri_encode(&rq->path, key, PAIL_URI_PATH);
    }
    return pail_request_check(rq, err);
}
