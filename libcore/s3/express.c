/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3/express.c - S3 Express: a directory bucket gives out short-lived credentials of its own
 * (CreateSession), which sign everything else about its objects. A signature with them costs the
 * service next to nothing, which is what makes such buckets quick.
 *
 * Each bucket has a provider that asks for a session, behind the cache that all credentials have:
 * five minutes' life, renewed by whoever may block in the last 45 seconds, by everybody in the last
 * 10. The hundred buckets used last are remembered.
 *
 * CreateSession is signed with credentials that were fetched before it is submitted: it is waited
 * for on the thread where preparing may block, and must not need that thread itself.
 */
#include "s3/express.h"

#include "auth/provider.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/str.h"
#include "s3/answer.h"
#include "s3/op.h"

#define MAX_SESSIONS 100
#define ADVISORY_S 45
#define MANDATORY_S 10

struct session {
    struct pail_provider *provider; /* cached */
    uint64_t used;                  /* when, in uses */
};

struct source {         /* of one bucket's credentials */
    struct pail_s3 *s3; /* owns the provider */
    char *bucket;
};

/* ---- CreateSession ---- */

struct create_op {
    struct pail_s3_op op;
    struct create_result *ret;
};
struct create_result {
    char access_key[256], secret_key[256], token[4096];
    int64_t expires_ns;
};

static int create_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    struct create_result *r = ud;

    if (pail_str_ends(path, PAIL_STR("/AccessKeyId")))
        return pail_s3_copy_text("an access key", text, r->access_key, sizeof(r->access_key), err);
    if (pail_str_ends(path, PAIL_STR("/SecretAccessKey")))
        return pail_s3_copy_text("a secret key", text, r->secret_key, sizeof(r->secret_key), err);
    if (pail_str_ends(path, PAIL_STR("/SessionToken")))
        return pail_s3_copy_text("a token", text, r->token, sizeof(r->token), err);
    if (pail_str_ends(path, PAIL_STR("/Expiration")))
        return pail_s3_parse_time(text, &r->expires_ns, err);
    return 0;
}

static int create_parse(struct pail_s3_op *op, const struct pail_response *rs,
                        struct pail_error *err)
{
    static const struct pail_xml_handler handler = {.leaf = create_leaf};
    struct create_result *r = PAIL_CONTAINER(op, struct create_op, op)->ret;

    int rc = pail_s3_parse_xml(rs->body, &handler, r, err);
    if (rc == 0 && (!r->access_key[0] || !r->secret_key[0] || !r->token[0] || !r->expires_ns))
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "a session without credentials");
    return rc;
}

static const struct pail_s3_op_kind create_kind = {
    .name = "CreateSession",
    .method = "GET",
    .size = sizeof(struct create_op),
    .xml = true,
    .on_bucket = true,
    .parse = create_parse,
};

static int create(struct pail_s3 *s3, struct pail_str bucket, struct pail_credentials *credentials,
                  struct create_result *ret, struct pail_error *err)
{
    struct pail_s3_op *op;
    struct pail_s3_wait w;

    int rc = pail_s3_op_new(s3, &create_kind, bucket, PAIL_STR(""), NULL, &op, err);
    if (rc < 0)
        return rc;
    PAIL_CONTAINER(op, struct create_op, op)->ret = ret;
    op->credentials = pail_credentials_ref(credentials);
    pail_s3_op_query(op, "session", PAIL_STR(""));
    rc = pail_s3_op_submit(op, pail_s3_wait_done, &w, &w.call, err);
    return pail_s3_wait(&w, rc, err);
}

static int fetch(void *impl, bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    struct source *source = impl;
    struct pail_credentials *base = NULL;
    struct create_result r = {.expires_ns = 0};

    int rc = pail_session_sign_credentials(source->s3->fixed.session, true, false, &base, err);
    if (rc == 0 && !base)
        rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS, "an anonymous session");
    if (rc == 0)
        rc = create(source->s3, pail_str(source->bucket), base, &r, err);
    (void)pail_credentials_unref(base);
    if (rc < 0)
        return rc;
    struct pail_credentials_fields f = {
        .access_key = pail_str(r.access_key),
        .secret_key = pail_str(r.secret_key),
        .session_token = pail_str(r.token),
        .expires_unix_s = r.expires_ns / PAIL_NS_PER_S,
        .method = "s3express",
    };
    rc = pail_credentials_new(&f, ret, err);
    pail_wipe(&r, sizeof(r));
    return rc;
}

static void free_source(void *impl)
{
    struct source *source = impl;

    pail_free(source->bucket);
    pail_free(source);
}

/* ---- Memory ---- */

static void free_session(struct session *s)
{
    if (s)
        (void)pail_provider_unref(s->provider);
    pail_free(s);
}

static int new_session(struct pail_s3 *s3, struct pail_str bucket, struct session **ret,
                       struct pail_error *err)
{
    static const struct pail_provider_ops ops = {
        .name = "s3express", .fetch = fetch, .free = free_source};
    static const struct pail_cached_options windows = {
        .advisory_s = ADVISORY_S, .mandatory_s = MANDATORY_S, .keep_until_expired = true};
    struct source *source = pail_zalloc(sizeof(*source));
    struct session *s = pail_zalloc(sizeof(*s));
    struct pail_provider *asks = NULL;
    char *copy = pail_strndup(bucket);

    if (!source || !s || !copy) {
        pail_free(source);
        pail_free(s);
        pail_free(copy);
        return pail_error_nomem(err);
    }
    *source = (struct source){.s3 = s3, .bucket = copy};
    int rc = pail_provider_new(&ops, source, &asks, err);
    if (rc == 0)
        rc = pail_provider_cached(asks, &windows, &s->provider, err);
    (void)pail_provider_unref(asks);
    if (rc < 0)
        free_session(s);
    else
        *ret = s;
    return rc;
}

/* The one that was not used for longest. */
static void forget_one_locked(struct pail_s3 *s3)
{
    struct pail_str key, oldest = PAIL_STR("");
    void *value;
    uint64_t used = UINT64_MAX;

    for (size_t it = 0; pail_map_next(s3->locked.sessions, &it, &key, &value);) {
        if (((struct session *)value)->used < used) {
            used = ((struct session *)value)->used;
            oldest = key;
        }
    }
    free_session(pail_map_remove(s3->locked.sessions, oldest));
}

static int provider_of(struct pail_s3 *s3, struct pail_str bucket, struct pail_provider **ret,
                       struct pail_error *err)
{
    PAIL_LOCKED(&s3->locked.lock);
    struct session *s = pail_map_get(s3->locked.sessions, bucket);
    int rc = 0;

    if (!s) {
        rc = new_session(s3, bucket, &s, err);
        if (rc < 0)
            return rc;
        if (pail_map_len(s3->locked.sessions) >= MAX_SESSIONS)
            forget_one_locked(s3);
        rc = pail_map_put(s3->locked.sessions, bucket, s, NULL, err);
        if (rc < 0) {
            free_session(s);
            return rc;
        }
    }
    s->used = ++s3->locked.session_uses;
    *ret = pail_provider_ref(s->provider);
    return 0;
}

int pail_s3_session_credentials(struct pail_s3 *s3, struct pail_str bucket, bool may_block,
                                bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_provider *provider = NULL;

    int rc = provider_of(s3, bucket, &provider, err);
    if (rc < 0)
        return rc;
    rc = may_block ? pail_provider_fetch(provider, refresh, ret, err)
                   : pail_cached_try(provider, refresh, ret, err);
    (void)pail_provider_unref(provider);
    return rc;
}

int pail_s3_sessions_init(struct pail_s3 *s3, struct pail_error *err)
{
    return pail_map_new(&s3->locked.sessions, err);
}

void pail_s3_sessions_done(struct pail_s3 *s3)
{
    struct pail_str key;
    void *value;

    for (size_t it = 0;
         s3->locked.sessions && pail_map_next(s3->locked.sessions, &it, &key, &value);)
        free_session(value);
    pail_map_free(s3->locked.sessions);
}
