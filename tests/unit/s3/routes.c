/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit/s3/routes - answers questions about routes, for diff-routes.py.
 *
 * stdin: lines "REGION BUCKET URL FLAGS", each "-" for none, FLAGS letters (see below). stdout: a
 * line each: "URL SCHEMES" or "! MESSAGE".
 */
#include <stdio.h>

#include "base/str.h"
#include "s3/route.h"

static struct pail_str word(const char *w)
{
    return strcmp(w, "-") == 0 ? PAIL_STR("") : pail_str(w);
}

static void print_route(const struct pail_s3_route *r)
{
    struct pail_request rq;
    struct pail_buf url = PAIL_BUF_INIT(65536);

    pail_request_init(&rq);
    if (pail_s3_route_apply(r, PAIL_STR(""), &rq, NULL) == 0) {
        pail_request_url(&rq, true, &url);
        printf("%s", pail_buf_cstr(&url));
        if (r->v4a)
            printf(" sigv4a:%s:*", r->service);
        if (r->region[0])
            printf(" %s:%s:%s", r->session ? "sigv4-s3express" : "sigv4", r->service, r->region);
        printf("\n");
    }
    pail_buf_done(&url);
    pail_request_done(&rq);
}

int main(void)
{
    static char region[1024], bucket[1024], url[1024], flags[64];

    while (scanf("%1023s %1023s %1023s %63s", region, bucket, url, flags) == 4) {
        struct pail_error err = PAIL_ERROR_INIT;
        struct pail_s3_route *r = NULL;
        struct pail_s3_route_params p = {
            .region = word(region),
            .bucket = word(bucket),
            .url = word(url),
            .fips = strchr(flags, 'f'),
            .dualstack = strchr(flags, 'd'),
            .accelerate = strchr(flags, 'a'),
            .path_style = strchr(flags, 'p'),
            .global = strchr(flags, 'g'),
            .own_region_only = strchr(flags, 'o'),
            .no_multi_region = strchr(flags, 'm'),
            .no_access_points = strchr(flags, 'n'),
            .no_express_session = strchr(flags, 'x'),
            .express_control = strchr(flags, 'c'),
            .object_lambda = strchr(flags, 'l'),
        };
        if (pail_s3_route_new(&p, &r, &err) == 0)
            print_route(r);
        else
            printf("! %s\n", err.message);
        r = pail_s3_route_unref(r);
    }
    return 0;
}
