/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/places.c - a client's memory of where buckets are.
 *
 * The table of regions only holds buckets that live elsewhere than the client was told, so it stays
 * empty for most clients. It is never shrunk: it has at most one entry for every bucket the program
 * ever named. Routes are cheap to work out again, so a full table of them is thrown away whole.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/uri.h"
#include "s3/client.h"

#define MAX_ROUTES 100

static void drop_routes_locked(struct pail_s3 *s3)
{
    struct pail_str key;
    void *value;

    for (size_t it = 0; s3->locked.routes && pail_map_next(s3->locked.routes, &it, &key, &value);)
        (void)pail_s3_route_unref(pail_map_remove(s3->locked.routes, key));
}

int pail_s3_places_init(struct pail_s3 *s3, struct pail_error *err)
{
    int rc = pail_map_new(&s3->locked.regions, err);
    return rc < 0 ? rc : pail_map_new(&s3->locked.routes, err);
}

void pail_s3_places_done(struct pail_s3 *s3)
{
    struct pail_str key;
    void *value;

    for (size_t it = 0; s3->locked.regions && pail_map_next(s3->locked.regions, &it, &key, &value);)
        pail_free(value);
    pail_map_free(s3->locked.regions);
    drop_routes_locked(s3);
    pail_map_free(s3->locked.routes);
}

static const char *region_locked(struct pail_s3 *s3, struct pail_str bucket)
{
    const char *region = bucket.len ? pail_map_get(s3->locked.regions, bucket) : NULL;
    return region ? region : s3->fixed.region;
}

void pail_s3_region_of(struct pail_s3 *s3, struct pail_str bucket, char ret[PAIL_S3_REGION_MAX])
{
    PAIL_LOCKED(&s3->locked.lock);
    const char *region = region_locked(s3, bucket);
    memcpy(ret, region, strlen(region) + 1);
}

static int remember_locked(struct pail_s3 *s3, struct pail_str bucket, struct pail_s3_route *r,
                           struct pail_error *err)
{
    if (pail_map_len(s3->locked.routes) >= MAX_ROUTES)
        drop_routes_locked(s3);
    int rc = pail_map_put(s3->locked.routes, bucket, r, NULL, err);
    if (rc == 0)
        (void)pail_s3_route_ref(r);
    return rc;
}

int pail_s3_route_to(struct pail_s3 *s3, const char *operation, struct pail_str bucket,
                     bool on_bucket, struct pail_s3_route **ret, struct pail_error *err)
{
    struct pail_s3_way way = pail_s3_way_of(operation, bucket, on_bucket);
    bool plain = pail_s3_way_is_plain(&way);
    struct pail_s3_route *r = NULL;
    PAIL_LOCKED(&s3->locked.lock);

    if (plain)
        r = pail_map_get(s3->locked.routes, bucket);
    if (r) {
        *ret = pail_s3_route_ref(r);
        return 0;
    }
    int rc = pail_s3_endpoint_route(&s3->fixed.endpoint, pail_str(region_locked(s3, bucket)),
                                    bucket, &way, &r, err);
    if (rc == 0 && plain)
        rc = remember_locked(s3, bucket, r, err);
    if (rc < 0)
        (void)pail_s3_route_unref(r);
    else
        *ret = r;
    return rc;
}

int pail_s3_learn_region(struct pail_s3 *s3, struct pail_str bucket, struct pail_str region,
                         struct pail_error *err)
{
    if (!pail_uri_is_host_label(region))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "the service says bucket %.*s is in region \"%.*s\"",
                              PAIL_STR_ARG(bucket), PAIL_STR_ARG(region));
    char *copy = pail_strndup(region);
    if (!copy)
        return pail_error_nomem(err);

    void *old = NULL;
    pail_mutex_lock(&s3->locked.lock);
    int rc = pail_map_put(s3->locked.regions, bucket, copy, &old, err);
    if (rc == 0)
        (void)pail_s3_route_unref(pail_map_remove(s3->locked.routes, bucket));
    pail_mutex_unlock(&s3->locked.lock);
    pail_free(rc < 0 ? copy : old);
    if (rc == 0)
        PAIL_LOG(PAIL_LC_S3, PAIL_LOG_INFO, "bucket %.*s is in region %.*s", PAIL_STR_ARG(bucket),
                 PAIL_STR_ARG(region));
    return rc;
}
