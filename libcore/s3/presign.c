/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/presign.c - a URL that carries a signature: the bearer may do this one thing until it expires.
 *
 * Always SigV4. The payload is not signed, so a URL for PUT takes any bytes. Nothing is sent, so a
 * bucket's region is the remembered one, or the client's.
 */
#include "auth/sign.h"
#include "base/clock.h"
#include "base/str.h"
#include "s3/client.h"

#define DEFAULT_EXPIRES_S 3600
#define EXPRESS_EXPIRES_S 300
#define MAX_EXPIRES_S (7 * 24 * 3600)
#define MAX_URL (64 * 1024)

static int check(const struct pail_s3_presign_args *args, struct pail_error *err)
{
    static const char *const methods[] = {"GET", "PUT", "HEAD", "DELETE"};
    bool known = false;

    for (size_t i = 0; args->method && i < PAIL_ARRAY_LEN(methods); i++)
        known = known || strcmp(args->method, methods[i]) == 0;
    if (!known)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "method \"%s\"; it can be GET, PUT, HEAD or DELETE",
                              args->method ? args->method : "");
    if (args->key.len == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the key is empty");
    if (args->expires_s > MAX_EXPIRES_S)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%u seconds; S3 allows at most %d, seven days", args->expires_s,
                              MAX_EXPIRES_S);
    return pail_s3_bucket_check(args->bucket, err);
}

static int add_parameters(const struct pail_s3_presign_args *args, struct pail_request *rq,
                          struct pail_error *err)
{
    const struct pail_s3_pair overrides[] = {
        {PAIL_STR("response-content-type"), args->response_content_type},
        {PAIL_STR("response-content-language"), args->response_content_language},
        {PAIL_STR("response-expires"), args->response_expires},
        {PAIL_STR("response-cache-control"), args->response_cache_control},
        {PAIL_STR("response-content-disposition"), args->response_content_disposition},
        {PAIL_STR("response-content-encoding"), args->response_content_encoding},
    };
    int rc = 0;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(overrides); i++) {
        if (overrides[i].value.len)
            pail_request_query(rq, overrides[i].name, overrides[i].value);
    }
    for (size_t i = 0; i < args->n_query; i++)
        pail_request_query(rq, args->query[i].name, args->query[i].value);
    for (size_t i = 0; rc == 0 && i < args->n_headers; i++)
        rc = pail_headers_add(&rq->headers, args->headers[i].name, args->headers[i].value, err);
    return rc;
}

static int build(struct pail_s3 *s3, const struct pail_s3_presign_args *args,
                 const struct pail_s3_route *route, const struct pail_credentials *credentials,
                 struct pail_request *rq, struct pail_error *err)
{
    struct pail_engine_stats stats;
    struct pail_sign_params p;

    memcpy(rq->method, args->method, strlen(args->method) + 1);
    int rc = pail_s3_route_apply(route, args->key, rq, err);
    if (rc < 0)
        return rc;
    if (args->version_id.len)
        pail_request_query(rq, PAIL_STR("versionId"), args->version_id);
    rc = add_parameters(args, rq, err);
    if (rc < 0)
        return rc;
    if (s3->fixed.requester_pays)
        pail_request_query(rq, PAIL_STR("x-amz-request-payer"), PAIL_STR("requester"));
    if (s3->fixed.expected_owner)
        pail_request_query(rq, PAIL_STR("x-amz-expected-bucket-owner"),
                           pail_str(s3->fixed.expected_owner));
    pail_engine_stats(pail_session_engine(s3->fixed.session), &stats);
    uint32_t usual = route->session ? EXPRESS_EXPIRES_S : DEFAULT_EXPIRES_S;
    pail_s3_sign_params(s3, route, &p);
    p.now_unix_s = pail_clock_wall_s() + stats.skew_s;
    p.payload_hash = PAIL_STR("UNSIGNED-PAYLOAD");
    p.expires_s = args->expires_s ? args->expires_s : usual;
    return pail_sign_query(rq, &p, credentials, err);
}

static int presign(struct pail_s3 *s3, const struct pail_s3_presign_args *args, char **ret,
                   struct pail_error *err)
{
    struct pail_credentials *credentials = NULL;
    struct pail_s3_route *route = NULL;
    struct pail_request rq;
    struct pail_buf url PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(MAX_URL);

    int rc = check(args, err);
    if (rc == 0)
        rc = pail_s3_route_to(s3, "PresignedURL", args->bucket, false, &route, err);
    if (rc == 0)
        rc = pail_s3_credentials_for(s3, args->bucket, route, true, false, &credentials, err);
    if (rc == 0 && !credentials)
        rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS,
                            "an anonymous session has nothing to sign with");
    if (rc < 0) {
        (void)pail_s3_route_unref(route);
        return rc;
    }
    pail_request_init(&rq);
    rc = build(s3, args, route, credentials, &rq, err);
    if (rc == 0) {
        pail_request_url(&rq, true, &url);
        rc = pail_buf_check(&url, "URL", err);
    }
    if (rc == 0)
        *ret = pail_buf_take(&url, NULL);
    pail_request_done(&rq);
    (void)pail_s3_route_unref(route);
    pail_credentials_unref(credentials);
    return rc;
}

int pail_s3_presign(struct pail_s3 *s3, const struct pail_s3_presign_args *args, char **ret,
                    struct pail_error *err)
{
    int rc = presign(s3, args, ret, err);

    if (rc < 0 && err)
        pail_error_prefix(err, "presigning s3://%.*s/%.*s", PAIL_STR_ARG(args->bucket),
                          PAIL_STR_ARG(args->key));
    return rc;
}
