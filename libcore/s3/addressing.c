/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/addressing.c - what botocore decides before it asks the rule set.
 *
 * A configured endpoint gets path style unless virtual hosts were asked for, because few services
 * of one's own have wildcard DNS and certificates. ARNs never get it. Flags that choose among AWS's
 * own host names are dropped where there is a URL.
 *
 * Keys are bytes. Each is percent-encoded once and nothing is normalised: "..", "a//b" and "/a" are
 * names like any other.
 */
#include "s3/addressing.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"

/* ---- The endpoint ---- */

static bool is_aws_host(struct pail_str host)
{
    return pail_str_ends(host, PAIL_STR(".amazonaws.com")) ||
           pail_str_ends(host, PAIL_STR(".amazonaws.com.cn")) ||
           pail_str_ends(host, PAIL_STR(".amazonaws.eu"));
}

static bool is_accelerate_host(struct pail_str host)
{
    return pail_str_eqz(host, "s3-accelerate.amazonaws.com") ||
           pail_str_eqz(host, "s3-accelerate.dualstack.amazonaws.com");
}

static bool wants_path_style(const struct pail_s3_endpoint_options *opt, struct pail_str host)
{
    if (opt->accelerate)
        return false;
    if (opt->url && !is_accelerate_host(host))
        return opt->addressing != PAIL_S3_VIRTUAL;
    return opt->addressing == PAIL_S3_PATH;
}

static int read_url(struct pail_s3_endpoint *e, const char *url, struct pail_error *err)
{
    struct pail_request base;

    pail_request_init(&base);
    int rc = pail_request_base(&base, pail_str(url), err);
    if (rc < 0) {
        if (err)
            pail_error_prefix(err, "S3 endpoint URL");
    } else {
        e->https = base.https;
        e->aws = is_aws_host(pail_buf_view(&base.host));
        e->url = pail_strdup(url);
        if (!e->url)
            rc = pail_error_nomem(err);
    }
    pail_request_done(&base);
    return rc;
}

int pail_s3_endpoint_init(struct pail_s3_endpoint *ret, const struct pail_s3_endpoint_options *opt,
                          struct pail_error *err)
{
    struct pail_s3_endpoint e = {.custom = opt->url != NULL, .aws = true, .https = true};
    struct pail_uri uri = {0};

    if (opt->url) {
        int rc = read_url(&e, opt->url, err);
        if (rc == 0)
            rc = pail_uri_parse(pail_str(e.url), &uri, err);
        if (rc < 0) {
            pail_free(e.url);
            return rc;
        }
    }
    e.rules = (struct pail_s3_route_params){
        .url = pail_str(e.url),
        .fips = opt->fips && !opt->url,
        .dualstack = opt->dualstack && !opt->url,
        .accelerate = opt->accelerate,
        .path_style = wants_path_style(opt, uri.host),
        .global = opt->global,
        .own_region_only = opt->own_region_only,
        .no_multi_region = opt->no_multi_region,
        .no_express_session = opt->no_express_session,
    };
    *ret = e;
    return 0;
}

void pail_s3_endpoint_done(struct pail_s3_endpoint *e)
{
    pail_free(e->url);
    *e = (struct pail_s3_endpoint){0};
}

/* ---- Names ---- */

bool pail_s3_bucket_is_arn(struct pail_str bucket)
{
    return pail_str_starts(bucket, PAIL_STR("arn:"));
}

bool pail_s3_bucket_is_express(struct pail_str bucket)
{
    return pail_str_ends(bucket, PAIL_STR("--x-s3")) || pail_str_ends(bucket, PAIL_STR("--xa-s3"));
}

static bool is_of(struct pail_str s, const char *others, size_t min, size_t max)
{
    bool ok = s.len >= min && s.len <= max;

    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             (c && strchr(others, c));
    }
    return ok;
}

/* "accesspoint/NAME", "outpost/OP/accesspoint/NAME"; the separators may be colons. */
static bool is_resource(struct pail_str s, bool outposts)
{
    struct pail_str part[4];
    size_t n = 0, want = outposts ? 4 : 2;

    for (bool more = true; more; n++) {
        size_t end = 0;
        while (end < s.len && s.ptr[end] != '/' && s.ptr[end] != ':')
            end++;
        if (n == want)
            return false;
        part[n] = pail_str_sub(s, 0, end);
        more = end < s.len;
        s = pail_str_from(s, end + 1);
    }
    if (n != want)
        return false;
    if (!outposts)
        return pail_str_eqz(part[0], "accesspoint") && is_of(part[1], "-.", 1, 63);
    return pail_str_eqz(part[0], "outpost") && is_of(part[1], "-", 1, 63) &&
           pail_str_eqz(part[2], "accesspoint") && is_of(part[3], "-", 1, 63);
}

static bool is_access_point_arn(struct pail_str bucket)
{
    struct pail_str field[5], rest = bucket;

    for (size_t i = 0; i < 5; i++) {
        size_t colon = pail_str_find(rest, ':');
        if (colon == SIZE_MAX)
            return false;
        field[i] = pail_str_sub(rest, 0, colon);
        rest = pail_str_from(rest, colon + 1);
    }
    bool outposts = pail_str_eqz(field[2], "s3-outposts");
    uint64_t account;
    return pail_str_eqz(field[0], "arn") && pail_str_starts(field[1], PAIL_STR("aws")) &&
           (outposts || pail_str_eqz(field[2], "s3") ||
            pail_str_eqz(field[2], "s3-object-lambda")) &&
           is_of(field[3], "-", outposts, 63) && field[4].len == 12 &&
           pail_str_to_u64(field[4], &account) && is_resource(rest, outposts);
}

int pail_s3_bucket_check(struct pail_str bucket, struct pail_error *err)
{
    /* "." and ".." would be eaten by whoever normalises paths, and name something else then. */
    bool dots = pail_str_eqz(bucket, ".") || pail_str_eqz(bucket, "..");

    if ((is_of(bucket, ".-_", 1, 255) && !dots) || is_access_point_arn(bucket))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "Invalid bucket name \"%.*s\": Bucket name must match the regex "
                          "\"^[a-zA-Z0-9.\\-_]{1,255}$\" or be an ARN of an access point",
                          PAIL_STR_ARG(pail_str_sub(bucket, 0, 120)));
}

/* ---- Operations ---- */

static bool is_one_of(const char *operation, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(operation, names[i]) == 0)
            return true;
    }
    return false;
}

/* S3 Express answers these where the objects are, everything else about buckets at its control
 * endpoint. */
static bool is_zonal(const char *operation)
{
    static const char *const names[] = {
        "CreateSession", "DeleteObjects",        "GetBucketAbac", "GetObjectLockConfiguration",
        "HeadBucket",    "ListMultipartUploads", "ListObjects",   "ListObjectVersions",
        "ListObjectsV2", "PutBucketAbac",        "ListBuckets",   "PutObjectLockConfiguration",
    };
    return is_one_of(operation, names, PAIL_ARRAY_LEN(names));
}

static bool needs_no_session(const char *operation)
{
    static const char *const names[] = {"CopyObject", "CreateSession", "UploadPartCopy"};
    return is_one_of(operation, names, PAIL_ARRAY_LEN(names));
}

struct pail_s3_way pail_s3_way_of(const char *operation, struct pail_str bucket, bool on_bucket)
{
    struct pail_s3_way w = {
        /* In path style it is answered for buckets of any region. */
        .path_style = strcmp(operation, "GetBucketLocation") == 0,
    };
    if (bucket.len == 0) {
        w.object_lambda = strcmp(operation, "WriteGetObjectResponse") == 0;
        w.express_control = strcmp(operation, "ListDirectoryBuckets") == 0;
    }
    if (pail_s3_bucket_is_arn(bucket))
        w.no_access_points = strcmp(operation, "CreateBucket") == 0;
    if (pail_s3_bucket_is_express(bucket)) {
        w.express_control = on_bucket && !is_zonal(operation);
        w.no_express_session = needs_no_session(operation);
    }
    return w;
}

bool pail_s3_way_is_plain(const struct pail_s3_way *w)
{
    return !w->path_style && !w->express_control && !w->no_express_session &&
           !w->no_access_points && !w->object_lambda;
}

int pail_s3_endpoint_route(const struct pail_s3_endpoint *e, struct pail_str region,
                           struct pail_str bucket, const struct pail_s3_way *way,
                           struct pail_s3_route **ret, struct pail_error *err)
{
    struct pail_s3_route_params p = e->rules;

    p.region = region;
    p.bucket = bucket;
    p.path_style = way->path_style || (p.path_style && !pail_s3_bucket_is_arn(bucket));
    p.express_control = way->express_control;
    p.no_express_session |= way->no_express_session;
    p.no_access_points = way->no_access_points;
    p.object_lambda = way->object_lambda;
    return pail_s3_route_new(&p, ret, err);
}
