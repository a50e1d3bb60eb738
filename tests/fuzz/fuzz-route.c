/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a bucket is called, requests for it go to AWS, with the bucket's name where it belongs.
 * First two bytes: settings. */
#include "s3/addressing.h"

#include "base/str.h"
#include "fuzz.h"

static bool is_host(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.';
        if (!ok)
            return false;
    }
    return s.len > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct pail_str bucket = pail_strn((const char *)data + 2, size - 2);
    struct pail_s3_route_params p = {
        .region = PAIL_STR("eu-west-1"),
        .bucket = bucket,
        .fips = data[0] & 1,
        .dualstack = data[0] & 2,
        .accelerate = data[0] & 4,
        .path_style = data[0] & 8,
        .global = data[0] & 16,
        .own_region_only = data[0] & 32,
        .no_multi_region = data[0] & 64,
        .no_access_points = data[0] & 128,
        .no_express_session = data[1] & 1,
        .express_control = data[1] & 2,
    };
    struct pail_s3_route *r = NULL;
    struct pail_error err = PAIL_ERROR_INIT;

    bool named = pail_s3_bucket_check(bucket, NULL) == 0;
    int rc = pail_s3_route_new(&p, &r, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code);
    if (rc < 0)
        return 0;
    struct pail_str host = pail_buf_view(&r->host), path = pail_buf_view(&r->path);
    PAIL_FUZZ_CHECK(is_host(host) && r->https && r->port == 443);
    PAIL_FUZZ_CHECK(pail_str_ends(host, PAIL_STR(".amazonaws.com")));
    PAIL_FUZZ_CHECK(path.len == 0 || (path.ptr[0] == '/' && pail_str_rfind(path, '/') == 0));
    PAIL_FUZZ_CHECK(r->region[0] || r->v4a);
    /* The bucket is somewhere: in one of both, but for ARNs, which are taken apart. */
    bool in_host = pail_str_starts(host, bucket);
    if (named && !pail_s3_bucket_is_arn(bucket) && bucket.len)
        PAIL_FUZZ_CHECK(in_host != (path.len > 0));
    (void)pail_s3_route_unref(r);
    return 0;
}
