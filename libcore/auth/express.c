/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/express.c - a signature with a session's credentials costs the service next to nothing,
 * which is what makes directory buckets quick.
 *
 * Each bucket has a provider that asks for a session, behind the cache that all credentials have:
 * five minutes' life, renewed by whoever may block in the last 45 seconds, by everybody in the last
 * 10. The hundred buckets used last are remembered.
 */
#include "auth/express.h"

#include "auth/provider.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/str.h"
#include "base/thread.h"

#define MAX_SESSIONS 100
#define ADVISORY_S 45
#define MANDATORY_S 10

struct session {
    struct pail_provider *provider; /* cached */
    uint64_t used;                  /* when, in uses */
};

struct pail_express {
    struct {
        struct pail_session *session;
        pail_express_create_fn *create;
        void *ud;
    } fixed;
    struct pail_mutex lock;
    struct {
        struct pail_map *sessions; /* bucket -> struct session */
        uint64_t uses;
    } locked;
};

struct source {             /* of one bucket's credentials */
    struct pail_express *x; /* owns the provider */
    char *bucket;
};

/* ---- Asking ---- */

static int fetch(void *impl, bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    struct source *source = impl;
    struct pail_express *x = source->x;
    struct pail_credentials *base = NULL;

    int rc = pail_session_sign_credentials(x->fixed.session, true, false, &base, err);
    if (rc == 0 && !base)
        rc = pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS, "an anonymous session");
    if (rc == 0)
        rc = x->fixed.create(x->fixed.ud, pail_str(source->bucket), base, ret, err);
    (void)pail_credentials_unref(base);
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

static int new_session(struct pail_express *x, struct pail_str bucket, struct session **ret,
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
    *source = (struct source){.x = x, .bucket = copy};
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
static void forget_one_locked(struct pail_express *x)
{
    struct pail_str key, oldest = PAIL_STR("");
    void *value;
    uint64_t used = UINT64_MAX;

    for (size_t it = 0; pail_map_next(x->locked.sessions, &it, &key, &value);) {
        if (((struct session *)value)->used < used) {
            used = ((struct session *)value)->used;
            oldest = key;
        }
    }
    free_session(pail_map_remove(x->locked.sessions, oldest));
}

static int provider_of(struct pail_express *x, struct pail_str bucket, struct pail_provider **ret,
                       struct pail_error *err)
{
    PAIL_LOCKED(&x->lock);
    struct session *s = pail_map_get(x->locked.sessions, bucket);
    int rc = 0;

    if (!s) {
        rc = new_session(x, bucket, &s, err);
        if (rc < 0)
            return rc;
        if (pail_map_len(x->locked.sessions) >= MAX_SESSIONS)
            forget_one_locked(x);
        rc = pail_map_put(x->locked.sessions, bucket, s, NULL, err);
        if (rc < 0) {
            free_session(s);
            return rc;
        }
    }
    s->used = ++x->locked.uses;
    *ret = pail_provider_ref(s->provider);
    return 0;
}

/* ---- The object ---- */

int pail_express_credentials(struct pail_express *x, struct pail_str bucket, bool may_block,
                             bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    struct pail_provider *provider = NULL;

    int rc = provider_of(x, bucket, &provider, err);
    if (rc < 0)
        return rc;
    rc = may_block ? pail_provider_fetch(provider, refresh, ret, err)
                   : pail_cached_try(provider, refresh, ret, err);
    (void)pail_provider_unref(provider);
    return rc;
}

int pail_express_new(struct pail_session *session, pail_express_create_fn *create, void *ud,
                     struct pail_express **ret, struct pail_error *err)
{
    struct pail_express *x = pail_zalloc(sizeof(*x));
    if (!x)
        return pail_error_nomem(err);
    x->fixed.session = session;
    x->fixed.create = create;
    x->fixed.ud = ud;
    pail_mutex_init(&x->lock, "sessions of directory buckets", PAIL_RANK_AUTH);
    int rc = pail_map_new(&x->locked.sessions, err);
    if (rc < 0) {
        pail_express_free(x);
        return rc;
    }
    *ret = x;
    return 0;
}

void pail_express_free(struct pail_express *x)
{
    struct pail_str key;
    void *value;

    if (!x)
        return;
    for (size_t it = 0; x->locked.sessions && pail_map_next(x->locked.sessions, &it, &key, &value);)
        free_session(value);
    pail_map_free(x->locked.sessions);
    pail_mutex_done(&x->lock);
    pail_free(x);
}
