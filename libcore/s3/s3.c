/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/s3.c - the client: defaults, life, and the memory of regions.
 *
 * A setting comes from the client's options, else from the profile (the environment first where AWS
 * knows a variable), else it is botocore's default. Without any region the client signs for
 * us-east-1: the first answer for a bucket elsewhere names the right one, which is then remembered
 * per bucket.
 *
 * The table of regions only holds buckets that live elsewhere, so it stays empty for most clients.
 * It is never shrunk: it has at most one entry for every bucket the program ever named.
 */
#include "s3/client.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/uri.h"

/* ---- Settings ---- */

static int setting_bool(struct pail_session *session, const char *env, const char *sub,
                        const char *key, bool *ret, struct pail_error *err)
{
    struct pail_str value = pail_str(env ? pail_env_get_nonempty(env) : NULL);

    if (!value.ptr)
        value = pail_session_setting(session, sub, key);
    if (value.len == 0)
        return 0;
    if (pail_str_ieq(value, PAIL_STR("true")))
        *ret = true;
    else if (pail_str_ieq(value, PAIL_STR("false")))
        *ret = false;
    else
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "%s is \"%.*s\"; it can be true or false", key, PAIL_STR_ARG(value));
    return 0;
}

static int setting_addressing(struct pail_session *session, enum pail_s3_addressing *ret,
                              struct pail_error *err)
{
    struct pail_str value = pail_session_setting(session, "s3", "addressing_style");

    if (value.len == 0 || pail_str_eqz(value, "auto"))
        return 0;
    if (pail_str_eqz(value, "virtual"))
        *ret = PAIL_S3_VIRTUAL;
    else if (pail_str_eqz(value, "path"))
        *ret = PAIL_S3_PATH;
    else
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "s3 addressing_style is \"%.*s\"; it can be auto, virtual or path",
                              PAIL_STR_ARG(value));
    return 0;
}

static int init_endpoint(struct pail_s3 *s3, const struct pail_s3_options *opt,
                         struct pail_error *err)
{
    struct pail_session *session = s3->fixed.session;
    struct pail_s3_endpoint_options ep = {
        .url = opt->endpoint_url ? opt->endpoint_url : pail_session_endpoint_url(session, "s3"),
        .addressing = opt->addressing,
    };
    if (ep.url && ep.url[0] == '(') /* the session's way to say that it could not look */
        return pail_error_nomem(err);
    int rc = 0;
    if (ep.addressing == PAIL_S3_AUTO)
        rc = setting_addressing(session, &ep.addressing, err);
    if (rc == 0)
        rc = setting_bool(session, "AWS_USE_FIPS_ENDPOINT", NULL, "use_fips_endpoint", &ep.fips,
                          err);
    if (rc == 0)
        rc = setting_bool(session, "AWS_USE_DUALSTACK_ENDPOINT", NULL, "use_dualstack_endpoint",
                          &ep.dualstack, err);
    if (rc == 0)
        rc = setting_bool(session, NULL, "s3", "use_accelerate_endpoint", &ep.accelerate, err);
    if (rc == 0 && ep.fips && ep.accelerate)
        rc = pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                            "use_fips_endpoint and use_accelerate_endpoint exclude each other");
    return rc < 0 ? rc : pail_s3_endpoint_init(&s3->fixed.endpoint, &ep, err);
}

static int init_region(struct pail_s3 *s3, const struct pail_s3_options *opt,
                       struct pail_error *err)
{
    const char *region = opt->region ? opt->region : pail_session_region(s3->fixed.session);

    if (!region || !*region)
        region = "us-east-1";
    if (!pail_uri_is_host_label(pail_str(region)))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "region \"%s\" is not a valid host label", region);
    memcpy(s3->fixed.region, region, strlen(region) + 1); /* a label has at most 63 */
    s3->fixed.region_explicit = opt->region != NULL;
    return 0;
}

/* ---- Life ---- */

static void destroy(struct pail_s3 *s3)
{
    struct pail_str key;
    void *value;

    for (size_t it = 0; s3->locked.regions && pail_map_next(s3->locked.regions, &it, &key, &value);)
        pail_free(value);
    pail_map_free(s3->locked.regions);
    pail_mutex_done(&s3->locked.lock);
    pail_s3_endpoint_done(&s3->fixed.endpoint);
    pail_free(s3->fixed.expected_owner);
    pail_free(s3);
}

struct pail_s3 *pail_s3_hold(struct pail_s3 *s3)
{
    atomic_fetch_add(&s3->holds, 1);
    return s3;
}

void pail_s3_release(struct pail_s3 *s3)
{
    if (atomic_fetch_sub(&s3->holds, 1) == 1)
        destroy(s3);
}

static int init(struct pail_s3 *s3, const struct pail_s3_options *opt, struct pail_error *err)
{
    int rc = init_region(s3, opt, err);
    if (rc == 0)
        rc = init_endpoint(s3, opt, err);
    if (rc == 0)
        rc = pail_map_new(&s3->locked.regions, err);
    if (rc < 0)
        return rc;
    s3->fixed.requester_pays = opt->requester_pays;
    if (opt->expected_bucket_owner) {
        s3->fixed.expected_owner = pail_strdup(opt->expected_bucket_owner);
        if (!s3->fixed.expected_owner)
            return pail_error_nomem(err);
    }
    return 0;
}

int pail_s3_new(struct pail_session *session, const struct pail_s3_options *opt,
                struct pail_s3 **ret, struct pail_error *err)
{
    /* A program built against an older header passes a shorter struct: what it lacks is zero. */
    struct pail_s3_options full = PAIL_S3_OPTIONS_INIT;

    if (opt && (opt->size < sizeof(opt->size) || opt->size > sizeof(full)))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "struct pail_s3_options of %zu bytes; this library knows %zu",
                              opt->size, sizeof(full));
    if (opt)
        memcpy(&full, opt, opt->size);
    struct pail_s3 *s3 = pail_zalloc(sizeof(*s3));
    if (!s3)
        return pail_error_nomem(err);
    pail_mutex_init(&s3->locked.lock, "s3", PAIL_RANK_S3);
    pail_request_init(&s3->fixed.endpoint.base);
    s3->fixed.session = session;
    int rc = init(s3, &full, err);
    if (rc < 0) {
        destroy(s3);
        return rc;
    }
    s3->fixed.session = pail_session_ref(session);
    s3->users = s3->holds = 1;
    *ret = s3;
    return 0;
}

struct pail_s3 *pail_s3_ref(struct pail_s3 *s3)
{
    atomic_fetch_add(&s3->users, 1);
    return s3;
}

struct pail_s3 *pail_s3_unref(struct pail_s3 *s3)
{
    if (s3 && atomic_fetch_sub(&s3->users, 1) == 1) {
        /* May be the session's end, and then waits for the operations, which still use s3. */
        pail_session_unref(s3->fixed.session);
        pail_s3_release(s3);
    }
    return NULL;
}

/* ---- Memory of regions ---- */

void pail_s3_region_of(struct pail_s3 *s3, struct pail_str bucket, char ret[PAIL_S3_REGION_MAX])
{
    PAIL_LOCKED(&s3->locked.lock);
    const char *region = bucket.len ? pail_map_get(s3->locked.regions, bucket) : NULL;
    if (!region)
        region = s3->fixed.region;
    memcpy(ret, region, strlen(region) + 1);
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
    pail_mutex_unlock(&s3->locked.lock);
    pail_free(rc < 0 ? copy : old);
    if (rc == 0)
        PAIL_LOG(PAIL_LC_S3, PAIL_LOG_INFO, "bucket %.*s is in region %.*s", PAIL_STR_ARG(bucket),
                 PAIL_STR_ARG(region));
    return rc;
}

/* ---- What callers may ask ---- */

void pail_s3_set_etag_quotes(struct pail_s3 *s3, enum pail_s3_etag_quotes q)
{
    atomic_store(&s3->learned.etag_quotes, q);
}

uint64_t pail_s3_requests_sent(const struct pail_s3 *s3)
{
    return atomic_load(&s3->learned.requests);
}

void pail_s3_endpoint_of(struct pail_s3 *s3, struct pail_str bucket, char *dst, size_t cap)
{
    struct pail_request rq;
    struct pail_buf host = PAIL_BUF_INIT(1024);
    char region[PAIL_S3_REGION_MAX];

    if (cap == 0)
        return;
    pail_request_init(&rq);
    pail_s3_region_of(s3, bucket, region);
    if (pail_s3_address(&s3->fixed.endpoint, pail_str(region), bucket, PAIL_STR(""), false, &rq,
                        NULL) == 0)
        pail_request_host(&rq, &host);
    size_t n = pail_min_u64(host.len, cap - 1);
    memcpy(dst, pail_buf_cstr(&host), n);
    dst[n] = '\0';
    pail_buf_done(&host);
    pail_request_done(&rq);
}

void pail_s3_free(void *p)
{
    pail_free(p);
}
