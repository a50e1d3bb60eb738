/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/s3.c - the client: defaults and life.
 *
 * A setting comes from the client's options, else from the profile (the environment first where AWS
 * knows a variable), else it is botocore's default. Without any region the client signs for
 * us-east-1: the first answer for a bucket elsewhere names the right one, which is then remembered
 * per bucket.
 */
#include "s3/client.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/uri.h"
#include "s3/express.h"

/* ---- Settings ---- */

static bool chosen(enum pail_s3_choice option, enum pail_tri setting, bool fallback)
{
    if (option != PAIL_S3_DEFAULT)
        return option == PAIL_S3_ON;
    return setting == PAIL_UNSET ? fallback : setting == PAIL_YES;
}

static enum pail_tri tri(enum pail_s3_choice option, enum pail_tri setting)
{
    if (option == PAIL_S3_DEFAULT)
        return setting;
    return option == PAIL_S3_ON ? PAIL_YES : PAIL_NO;
}

static enum pail_checksum_when when(enum pail_s3_when option, enum pail_checksum_when setting)
{
    if (option == PAIL_S3_WHEN_DEFAULT)
        return setting;
    return option == PAIL_S3_WHEN_REQUIRED ? PAIL_WHEN_REQUIRED : PAIL_WHEN_SUPPORTED;
}

static enum pail_s3_addressing addressing_of(const struct pail_s3_options *opt,
                                             const struct pail_settings *st)
{
    if (opt->addressing != PAIL_S3_AUTO)
        return opt->addressing;
    switch (st->s3.addressing_style) {
    case PAIL_ADDRESS_VIRTUAL:
        return PAIL_S3_VIRTUAL;
    case PAIL_ADDRESS_PATH:
        return PAIL_S3_PATH;
    case PAIL_ADDRESS_UNSET:
    case PAIL_ADDRESS_AUTO:
        break;
    }
    return PAIL_S3_AUTO;
}

/* us-east-1 by its old global name: as long as nobody asked for the regional one. */
static bool wants_global(const struct pail_s3 *s3, const struct pail_s3_options *opt,
                         const struct pail_settings *st)
{
    bool regional = st->s3.us_east_1 == PAIL_REGIONAL_YES;

    if (opt->us_east_1_regional != PAIL_S3_DEFAULT)
        regional = opt->us_east_1_regional == PAIL_S3_ON;
    return !regional && strcmp(s3->fixed.region, "us-east-1") == 0;
}

static int init_endpoint(struct pail_s3 *s3, const struct pail_s3_options *opt,
                         struct pail_error *err)
{
    struct pail_session *session = s3->fixed.session;
    const struct pail_settings *st = pail_session_settings(session);
    bool dualstack = chosen(opt->dualstack, st->use_dualstack, false);
    struct pail_s3_endpoint_options ep = {
        .url = opt->endpoint_url ? opt->endpoint_url : pail_session_endpoint_url(session, "s3"),
        .addressing = addressing_of(opt, st),
        .fips = chosen(opt->fips, st->use_fips, false),
        .dualstack = chosen(opt->dualstack, st->s3.use_dualstack, dualstack),
        .accelerate = chosen(opt->accelerate, st->s3.use_accelerate, false),
        .global = wants_global(s3, opt, st),
        .own_region_only = !chosen(opt->use_arn_region, st->s3.use_arn_region, true),
        .no_multi_region = opt->multi_region_access_points == PAIL_S3_DEFAULT
                               ? st->s3.disable_multiregion == PAIL_YES
                               : opt->multi_region_access_points == PAIL_S3_OFF,
        .no_express_session = opt->express_sessions == PAIL_S3_DEFAULT
                                  ? st->s3.disable_express_auth == PAIL_YES
                                  : opt->express_sessions == PAIL_S3_OFF,
    };
    if (ep.url && ep.url[0] == '(') /* the session's way to say that it could not look */
        return pail_error_nomem(err);
    if (!ep.url && ep.fips && ep.accelerate)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "Accelerate cannot be used with FIPS");
    return pail_s3_endpoint_init(&s3->fixed.endpoint, &ep, err);
}

/* Where Versions 4 and 4a will both do: "sigv4a,sigv4" is AWS's order, and the default. */
static bool prefers_v4(const char *preference)
{
    struct pail_str rest = pail_str(preference), word;

    while (pail_str_split(&rest, ',', &word)) {
        word = pail_str_trim(word);
        if (pail_str_ieq(word, PAIL_STR("sigv4")) || pail_str_ieq(word, PAIL_STR("sigv4a")))
            return pail_str_ieq(word, PAIL_STR("sigv4"));
    }
    return false;
}

static int init_signing(struct pail_s3 *s3, const struct pail_s3_options *opt,
                        struct pail_error *err)
{
    const struct pail_settings *st = pail_session_settings(s3->fixed.session);

    s3->fixed.prefer_v4 = prefers_v4(st->auth_scheme_preference);
    s3->fixed.payload_signing = tri(opt->payload_signing, st->s3.payload_signing);
    s3->fixed.checksums_suffice = opt->checksums_suffice;
    s3->fixed.expect_continue = opt->expect_continue;
    s3->fixed.request_checksums = when(opt->request_checksums, st->request_checksum);
    s3->fixed.checksum_alg = st->checksum_alg;
    s3->fixed.response_checksums = when(opt->response_checksums, st->response_checksum);
    if (!st->sigv4a_region_set)
        return 0;
    s3->fixed.region_set = pail_strdup(st->sigv4a_region_set);
    return s3->fixed.region_set ? 0 : pail_error_nomem(err);
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
    pail_s3_places_done(s3);
    pail_express_free(s3->fixed.express);
    pail_mutex_done(&s3->locked.lock);
    pail_s3_endpoint_done(&s3->fixed.endpoint);
    pail_free(s3->fixed.region_set);
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
        rc = init_signing(s3, opt, err);
    if (rc == 0)
        rc = pail_s3_places_init(s3, err);
    if (rc == 0)
        rc = pail_express_new(s3->fixed.session, pail_s3_create_session, s3, &s3->fixed.express,
                              err);
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
    struct pail_s3_route *route = NULL;

    if (cap == 0)
        return;
    pail_request_init(&rq);
    if (pail_s3_route_to(s3, "GetObject", bucket, false, &route, NULL) == 0 &&
        pail_s3_route_apply(route, PAIL_STR(""), &rq, NULL) == 0)
        pail_request_host(&rq, &host);
    (void)pail_s3_route_unref(route);
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
