/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/addressing.c - virtual-host or path style, and AWS's host names.
 *
 * botocore's choices. A configured endpoint gets path style unless virtual hosts were asked for,
 * because few services of one's own have wildcard DNS and certificates. On AWS a bucket goes into
 * the host name where it can: lower case, and no dots under https, where the certificate's wildcard
 * covers one label. Everything else goes into the path.
 *
 * Keys are bytes. Each is percent-encoded once and nothing is normalised: "..", "a//b" and "/a" are
 * names like any other.
 *
 * Not here: ARNs (access points, Outposts, multi-region) and directory buckets; they need other
 * signatures and are refused by name. Access points can be used by their alias, which is an
 * ordinary bucket name.
 */
#include "s3/addressing.h"

#include "base/str.h"
#include "base/uri.h"

/* Suffix by region prefix; the first that fits. Regions are made in these families, so unknown ones
 * of a family work. */
static const struct {
    const char *prefix, *suffix;
} partitions[] = {
    {"cn-", "amazonaws.com.cn"}, {"us-isob-", "sc2s.sgov.gov"},  {"us-isof-", "csp.hci.ic.gov"},
    {"us-iso-", "c2s.ic.gov"},   {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
    {"", "amazonaws.com"}, /* us-gov- too */
};

static const char *suffix_of(struct pail_str region)
{
    size_t i = 0;
    while (!pail_str_starts(region, pail_str(partitions[i].prefix)))
        i++;
    return partitions[i].suffix;
}

static bool is_aws_host(struct pail_str host)
{
    return pail_str_ends(host, PAIL_STR(".amazonaws.com")) ||
           pail_str_ends(host, PAIL_STR(".amazonaws.com.cn")) ||
           pail_str_ends(host, PAIL_STR(".amazonaws.eu"));
}

int pail_s3_endpoint_init(struct pail_s3_endpoint *ret, const struct pail_s3_endpoint_options *opt,
                          struct pail_error *err)
{
    struct pail_s3_endpoint e = {
        .addressing = opt->addressing,
        .custom = opt->url != NULL,
        .aws = true,
    };
    pail_request_init(&e.base);
    if (opt->url) {
        int rc = pail_request_base(&e.base, pail_str(opt->url), err);
        if (rc < 0) {
            if (err)
                pail_error_prefix(err, "S3 endpoint URL");
            pail_request_done(&e.base);
            return rc;
        }
        struct pail_str host = pail_buf_view(&e.base.host);
        e.ip = pail_uri_is_ip(host);
        e.aws = is_aws_host(host);
    } else {
        e.fips = opt->fips;
        e.dualstack = opt->dualstack;
        e.accelerate = opt->accelerate;
    }
    *ret = e;
    return 0;
}

void pail_s3_endpoint_done(struct pail_s3_endpoint *e)
{
    pail_request_done(&e->base);
}

bool pail_s3_bucket_is_hostable(struct pail_str bucket, bool dots)
{
    if (bucket.len < 3 || bucket.len > 63 || pail_uri_is_ip(bucket))
        return false;
    for (size_t i = 0; i < bucket.len; i++) {
        if (bucket.ptr[i] >= 'A' && bucket.ptr[i] <= 'Z')
            return false;
    }
    if (!dots)
        return pail_uri_is_host_label(bucket);
    struct pail_str rest = bucket, label;
    while (pail_str_split(&rest, '.', &label)) {
        if (!pail_uri_is_host_label(label))
            return false;
    }
    return true;
}

int pail_s3_bucket_check(struct pail_str bucket, struct pail_error *err)
{
    static const struct {
        const char *suffix, *what;
    } special[] = {
        {"--x-s3", "directory buckets"},
        {"--xa-s3", "access points of directory buckets"},
        {"--op-s3", "access points on Outposts"},
    };

    if (pail_str_starts(bucket, PAIL_STR("arn:")))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                              "bucket %.*s: ARNs are not supported; use the access point's alias",
                              PAIL_STR_ARG(bucket));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(special); i++) {
        if (pail_str_ends(bucket, pail_str(special[i].suffix)))
            return pail_error_set(err, PAIL_D_USAGE, PAIL_E_UNSUPPORTED,
                                  "bucket %.*s: %s are not supported", PAIL_STR_ARG(bucket),
                                  special[i].what);
    }
    bool ok = bucket.len > 0 && bucket.len <= 255;
    for (size_t i = 0; ok && i < bucket.len; i++) {
        char c = bucket.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '.' || c == '-' || c == '_';
    }
    /* "." and ".." would be eaten by whoever normalises paths, and name something else then. */
    if (!ok || pail_str_eqz(bucket, ".") || pail_str_eqz(bucket, ".."))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "\"%.*s\" is not a bucket name: 1 to 255 letters, digits, '.', '-', "
                              "'_'",
                              PAIL_STR_ARG(bucket));
    return 0;
}

/* True: the bucket goes into the host name. */
static bool is_virtual(const struct pail_s3_endpoint *e, struct pail_str bucket)
{
    bool https = e->custom ? e->base.https : true;

    if (bucket.len == 0 || e->ip || e->addressing == PAIL_S3_PATH)
        return false;
    if (e->custom && e->addressing == PAIL_S3_AUTO)
        return false;
    return pail_s3_bucket_is_hostable(bucket, !https);
}

static int aws_host(const struct pail_s3_endpoint *e, struct pail_str region, bool accelerated,
                    struct pail_buf *host, struct pail_error *err)
{
    if (!pail_uri_is_host_label(region))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "region \"%.*s\" is not a valid host label", PAIL_STR_ARG(region));
    if (accelerated) {
        pail_buf_z(host, e->dualstack ? "s3-accelerate.dualstack." : "s3-accelerate.");
    } else {
        pail_buf_z(host, e->fips ? "s3-fips." : "s3.");
        pail_buf_z(host, e->dualstack ? "dualstack." : "");
        pail_buf_str(host, region);
        pail_buf_char(host, '.');
    }
    pail_buf_z(host, suffix_of(region));
    return 0;
}

int pail_s3_address(const struct pail_s3_endpoint *e, struct pail_str region,
                    struct pail_str bucket, struct pail_str key, bool force_path,
                    struct pail_request *rq, struct pail_error *err)
{
    bool virtual = !force_path && is_virtual(e, bucket);

    pail_buf_reset(&rq->host);
    pail_buf_reset(&rq->path);
    if (virtual) {
        pail_buf_str(&rq->host, bucket);
        pail_buf_char(&rq->host, '.');
    }
    if (e->custom) {
        rq->https = e->base.https;
        rq->port = e->base.port;
        pail_buf_str(&rq->host, pail_buf_view(&e->base.host));
        pail_buf_str(&rq->path, pail_buf_view(&e->base.path));
    } else {
        rq->https = true;
        rq->port = 443;
        int rc = aws_host(e, region, virtual && e->accelerate, &rq->host, err);
        if (rc < 0)
            return rc;
    }
    /* The prefix of a configured URL may be "/" or empty; a path begins with exactly one slash of
     * ours. */
    if (rq->path.len && rq->path.ptr[rq->path.len - 1] == '/')
        pail_buf_truncate(&rq->path, rq->path.len - 1);
    pail_buf_char(&rq->path, '/');
    if (bucket.len && !virtual) {
        pail_uri_encode(&rq->path, bucket, PAIL_URI_COMPONENT);
        if (key.len)
            pail_buf_char(&rq->path, '/');
    }
    pail_uri_encode(&rq->path, key, PAIL_URI_PATH);
    return pail_request_check(rq, err);
}
