/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/post.c - presigned POST. What is signed is a policy: a list of conditions that the form's
 * fields must meet, as JSON in base64. The signature is of that text, not of a request.
 */
#include <pail/s3_post.h>

#include "auth/sign.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "s3/client.h"
#include "s3/tree.h"

#define DEFAULT_EXPIRES_S 3600
#define MAX_EXPIRES_S (7 * 24 * 3600)
#define MAX_POLICY (64u * 1024)
#define OWN_FIELDS 7

/* What goes into the form and into the policy. */
struct post {
    const struct pail_s3_post_args *args;
    struct pail_s3_tree *memory;
    struct pail_s3_pair *fields;
    size_t n;
    struct pail_buf policy;
    struct pail_jwriter w;
    bool full; /* out of memory */
};

static void add_field(struct post *p, struct pail_str name, struct pail_str value)
{
    struct pail_s3_pair *f = &p->fields[p->n++];

    *f = (struct pail_s3_pair){pail_s3_tree_text(p->memory, name),
                               pail_s3_tree_text(p->memory, value)};
    p->full = p->full || f->name.len != name.len || f->value.len != value.len;
}

/* {"name": "value"} */
static void add_equal(struct post *p, struct pail_str name, struct pail_str value)
{
    pail_jw_object(&p->w);
    pail_jw_key(&p->w, name);
    pail_jw_str(&p->w, value);
    pail_jw_end_object(&p->w);
}

static void add_both(struct post *p, const char *name, struct pail_str value)
{
    add_field(p, pail_str(name), value);
    add_equal(p, pail_str(name), value);
}

static int add_given(struct post *p, struct pail_error *err)
{
    for (size_t i = 0; i < p->args->n_conditions; i++) {
        struct pail_json *doc = NULL;
        struct pail_str text = p->args->conditions[i];
        int rc = pail_json_parse(text, "condition", &doc, err);
        pail_json_free(doc);
        if (rc < 0)
            return rc;
        if (p->w.need_comma)
            pail_buf_char(&p->policy, ',');
        pail_buf_str(&p->policy, text);
        p->w.need_comma = true;
    }
    return 0;
}

static void add_key(struct post *p)
{
    const struct pail_str any = PAIL_STR("${filename}");
    struct pail_str key = p->args->key;

    add_equal(p, PAIL_STR("bucket"), p->args->bucket);
    if (!pail_str_ends(key, any)) {
        add_equal(p, PAIL_STR("key"), key);
        return;
    }
    pail_jw_array(&p->w);
    pail_jw_str(&p->w, PAIL_STR("starts-with"));
    pail_jw_str(&p->w, PAIL_STR("$key"));
    pail_jw_str(&p->w, pail_str_sub(key, 0, key.len - any.len));
    pail_jw_end_array(&p->w);
}

static int add_signature(struct post *p, const struct pail_sign_params *sign,
                         const struct pail_credentials *credentials, struct pail_error *err)
{
    struct pail_credentials_fields keys;
    struct pail_buf scope PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(1024);
    struct pail_buf text PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(2 * MAX_POLICY);
    char date[9], stamp[PAIL_TIME_AMZ_LEN], signature[PAIL_SIGNATURE_CAP];

    pail_credentials_get(credentials, &keys);
    pail_time_date(sign->now_unix_s, date);
    pail_time_amz(sign->now_unix_s, stamp);
    pail_buf_fmt(&scope, "%.*s/%s/%.*s/%.*s/aws4_request", PAIL_STR_ARG(keys.access_key), date,
                 PAIL_STR_ARG(sign->region), PAIL_STR_ARG(sign->service));
    add_both(p, "x-amz-algorithm", PAIL_STR("AWS4-HMAC-SHA256"));
    add_both(p, "x-amz-credential", pail_buf_view(&scope));
    add_both(p, "x-amz-date", pail_str(stamp));
    if (keys.session_token.len)
        add_both(p, "x-amz-security-token", keys.session_token);
    pail_jw_end_array(&p->w);
    pail_jw_end_object(&p->w);
    int rc = pail_buf_check(&p->policy, "policy", err);
    if (rc == 0)
        rc = pail_buf_check(&scope, "credential scope", err);
    if (rc < 0)
        return rc;
    pail_base64_encode(&text, p->policy.ptr, p->policy.len);
    rc = pail_buf_check(&text, "policy", err);
    if (rc == 0)
        rc = pail_sign_signature(sign, credentials, pail_buf_view(&text), signature, err);
    if (rc < 0)
        return rc;
    add_field(p, PAIL_STR("policy"), pail_buf_view(&text));
    add_field(p, PAIL_STR("x-amz-signature"), pail_str(signature));
    return p->full ? pail_error_nomem(err) : 0;
}

static int fill(struct post *p, struct pail_sign_params *sign,
                const struct pail_credentials *credentials, struct pail_error *err)
{
    char expiration[PAIL_TIME_ISO_LEN];
    uint32_t expires = p->args->expires_s ? p->args->expires_s : DEFAULT_EXPIRES_S;

    p->fields = pail_s3_tree_alloc(p->memory,
                                   (p->args->n_fields + OWN_FIELDS) * sizeof(*p->fields));
    if (!p->fields)
        return pail_error_nomem(err);
    for (size_t i = 0; i < p->args->n_fields; i++)
        add_field(p, p->args->fields[i].name, p->args->fields[i].value);
    add_field(p, PAIL_STR("key"), p->args->key);
    pail_time_iso(sign->now_unix_s + expires, expiration);
    pail_jw_init(&p->w, &p->policy, 0);
    pail_jw_object(&p->w);
    pail_jw_key(&p->w, PAIL_STR("expiration"));
    pail_jw_str(&p->w, pail_str(expiration));
    pail_jw_key(&p->w, PAIL_STR("conditions"));
    pail_jw_array(&p->w);
    int rc = add_given(p, err);
    add_key(p);
    return rc < 0 ? rc : add_signature(p, sign, credentials, err);
}

static int url_of(const struct pail_s3_route *route, struct pail_s3_tree *memory,
                  struct pail_str *ret, struct pail_error *err)
{
    struct pail_buf url PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(8192);
    struct pail_request rq;

    pail_request_init(&rq);
    int rc = pail_s3_route_apply(route, PAIL_STR(""), &rq, err);
    if (rc == 0) {
        pail_request_url(&rq, false, &url);
        rc = pail_buf_check(&url, "URL", err);
    }
    pail_request_done(&rq);
    if (rc == 0) {
        *ret = pail_s3_tree_text(memory, pail_buf_view(&url));
        rc = ret->len == url.len ? 0 : pail_error_nomem(err);
    }
    return rc;
}

static int check(const struct pail_s3_post_args *args, struct pail_error *err)
{
    if (args->key.len == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "the key is empty");
    if (args->expires_s > MAX_EXPIRES_S)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%u seconds; S3 allows at most %d, seven days", args->expires_s,
                              MAX_EXPIRES_S);
    return 0;
}

static int make(struct pail_s3 *s3, struct post *p, struct pail_s3_post *ret,
                struct pail_error *err)
{
    struct pail_credentials *credentials = NULL;
    struct pail_s3_route *route = NULL;
    struct pail_engine_stats stats;
    struct pail_sign_params sign;

    int rc = pail_s3_route_to(s3, "PresignedPost", p->args->bucket, true, &route, err);
    if (rc == 0)
        rc = pail_s3_credentials_for(s3, p->args->bucket, route, true, false, &credentials, err);
    if (rc == 0 && !credentials)
        rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS,
                            "an anonymous session has nothing to sign with");
    if (rc == 0) {
        pail_engine_stats(pail_session_engine(s3->fixed.session), &stats);
        pail_s3_sign_params(s3, route, &sign);
        sign.now_unix_s = pail_clock_wall_s() + stats.skew_s;
        rc = fill(p, &sign, credentials, err);
    }
    struct pail_s3_post post = {.fields = p->fields, .n = p->n, .impl = p->memory};
    if (rc == 0)
        rc = url_of(route, p->memory, &post.url, err);
    (void)pail_s3_route_unref(route);
    pail_credentials_unref(credentials);
    if (rc == 0)
        *ret = post;
    return rc;
}

int pail_s3_presign_post(struct pail_s3 *s3, const struct pail_s3_post_args *args,
                         struct pail_s3_post *ret, struct pail_error *err)
{
    struct post p = {.args = args, .policy = PAIL_BUF_INIT(MAX_POLICY)};

    int rc = check(args, err);
    if (rc == 0)
        rc = pail_s3_tree_empty(&p.memory, err);
    if (rc == 0) {
        rc = make(s3, &p, ret, err);
        if (rc < 0)
            pail_s3_tree_free(p.memory);
    }
    pail_buf_done(&p.policy);
    if (rc < 0 && err)
        pail_error_prefix(err, "presigning a form for s3://%.*s/%.*s", PAIL_STR_ARG(args->bucket),
                          PAIL_STR_ARG(args->key));
    return rc;
}

void pail_s3_post_done(struct pail_s3_post *p)
{
    if (!p)
        return;
    pail_s3_tree_free(p->impl);
    *p = (struct pail_s3_post){.n = 0};
}
