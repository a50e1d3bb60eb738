/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider_cached.c - credentials that renew themselves, for any number of threads.
 *
 * What a caller needs follows from the clock and from what happened so far:
 *
 *   NOTHING   the credentials are good
 *   CHECK     it is time to ask whether the source changed (files on disk)
 *   MAYBE     advisory window: a refresh is due, its failure harmless
 *   NOW       none yet, mandatory window, or the service refused them
 *
 * One fetch at a time, outside of the lock. Meanwhile those who need NOW wait for it and share its
 * outcome; the rest go on. For CHECK and MAYBE one caller is picked; one who may not block is sent
 * away with "would block" and so comes back on a thread that may. He may also never come back
 * (cancelled): after retry_s the next one is picked.
 *
 * The role of an EC2 instance is kept even beyond its end when it cannot be renewed: the services
 * honour it as long as the metadata service has trouble (static stability), and a try every retry_s
 * finds the end of that.
 *
 * Two memories keep a broken source from being asked by every request in turn, which come one after
 * the other on the engine's preparing thread: an error is handed out again for FAILURE_NS, and a
 * refused set of credentials leads to one fetch in REFUSED_NS.
 */
#include "auth/provider.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/thread.h"

#define ADVISORY_S 900
#define MANDATORY_S 600
#define RETRY_S 30
#define FAILURE_NS PAIL_NS_PER_S
#define REFUSED_NS (5 * PAIL_NS_PER_S)

enum need { NOTHING, CHECK, MAYBE, NOW };

struct cached {
    struct {
        struct pail_provider *source;
        struct pail_cached_options opt; /* without zeros */
    } fixed;
    struct pail_mutex lock;
    struct pail_cond ended; /* a fetch */
    struct {
        struct pail_credentials *have;
        int64_t advisory_unix_s, mandatory_unix_s, expires_unix_s; /* INT64_MAX: never */
        bool stable; /* what is had may be used beyond its end */
        bool fetching;
        uint64_t fetches;          /* ended */
        bool check_due, maybe_due; /* somebody was sent away to do it */
        int64_t next_check_mono_ns, next_maybe_mono_ns;
        int64_t
            refused_until_mono_ns; /* a refusal before that means credentials already replaced */
        int64_t failure_until_mono_ns;
        struct pail_error failure; /* of the last fetch; code 0: it succeeded */
    } locked;
};

/* ---- What is needed ---- */

/* Usable although a refresh failed. */
static bool old_will_do_locked(const struct cached *c)
{
    return c->locked.stable || pail_clock_wall_s() < c->locked.expires_unix_s;
}

static enum need need_locked(const struct cached *c, bool refused)
{
    int64_t wall = pail_clock_wall_s(), mono = pail_clock_mono_ns();
    bool may_try = c->locked.maybe_due || mono >= c->locked.next_maybe_mono_ns;

    if (!c->locked.have || (refused && mono >= c->locked.refused_until_mono_ns))
        return NOW;
    if (wall >= c->locked.mandatory_unix_s) {
        if (may_try || !c->fixed.opt.keep_until_expired || !old_will_do_locked(c))
            return NOW;
    } else if (wall >= c->locked.advisory_unix_s && may_try) {
        return MAYBE;
    }
    if (c->fixed.opt.changed && (c->locked.check_due || mono >= c->locked.next_check_mono_ns))
        return CHECK;
    return NOTHING;
}

/* An error that came a moment ago and took a while to come: no reason to ask again. */
static bool failed_just_now_locked(const struct cached *c)
{
    return c->locked.failure.code && pail_clock_mono_ns() < c->locked.failure_until_mono_ns;
}

static int give_locked(const struct cached *c, struct pail_credentials **ret)
{
    *ret = pail_credentials_ref(c->locked.have);
    return 0;
}

/* ---- Fetching ---- */

static void install_locked(struct cached *c, struct pail_credentials *take_fresh)
{
    struct pail_credentials_fields f;
    pail_credentials_get(take_fresh, &f);
    (void)pail_credentials_unref(c->locked.have);
    c->locked.have = take_fresh;
    c->locked.stable = strcmp(f.method, "iam-role") == 0;
    if (!f.expires_unix_s) {
        c->locked.advisory_unix_s = c->locked.mandatory_unix_s = c->locked
                                                                     .expires_unix_s = INT64_MAX;
        return;
    }
    uint64_t life = (uint64_t)(f.expires_unix_s - pail_clock_wall_s());
    c->locked.expires_unix_s = f.expires_unix_s;
    c->locked.advisory_unix_s = f.expires_unix_s -
                                (int64_t)pail_min_u64((uint64_t)c->fixed.opt.advisory_s, life / 2);
    c->locked.mandatory_unix_s = f.expires_unix_s -
                                 (int64_t)pail_min_u64((uint64_t)c->fixed.opt.mandatory_s,
                                                       life / 3);
}

static int ask_source(struct cached *c, bool refused, struct pail_credentials **ret,
                      struct pail_error *err)
{
    struct pail_credentials *fresh = NULL;
    struct pail_credentials_fields f;
    int rc = pail_provider_fetch(c->fixed.source, refused, &fresh, err);
    if (rc < 0)
        return rc;
    pail_credentials_get(fresh, &f);
    if (f.expires_unix_s && f.expires_unix_s <= pail_clock_wall_s()) {
        (void)pail_credentials_unref(fresh);
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Credentials were refreshed, but the refreshed credentials are still "
                              "expired.");
    }
    *ret = fresh;
    return 0;
}

/* Local mistakes are found again in no time and may be mended at any moment. */
static bool is_costly(const struct pail_error *e)
{
    return e->code != PAIL_E_NO_CREDENTIALS && e->code != PAIL_E_PARTIAL_CREDENTIALS &&
           e->code != PAIL_E_CONFIG && e->code != PAIL_E_PROFILE_NOT_FOUND &&
           e->code != PAIL_E_NOMEM;
}

/* Gives the lock up meanwhile. The outcome is in locked.failure and locked.have. */
static void fetch_locked(struct cached *c, bool refused)
{
    struct pail_credentials *fresh = NULL;
    struct pail_error e = PAIL_ERROR_INIT;

    c->locked.fetching = true;
    c->locked.maybe_due = c->locked.check_due = false;
    pail_mutex_unlock(&c->lock);
    int rc = ask_source(c, refused, &fresh, &e);
    pail_mutex_lock(&c->lock);

    int64_t mono = pail_clock_mono_ns();
    c->locked.fetching = false;
    c->locked.fetches++;
    c->locked.next_maybe_mono_ns = mono + c->fixed.opt.retry_s * PAIL_NS_PER_S;
    c->locked.next_check_mono_ns = mono + c->fixed.opt.recheck_s * PAIL_NS_PER_S;
    c->locked.failure = e;
    c->locked.failure_until_mono_ns = rc < 0 && is_costly(&e) ? mono + FAILURE_NS : INT64_MIN;
    if (rc == 0) {
        install_locked(c, fresh);
        if (refused)
            c->locked.refused_until_mono_ns = mono + REFUSED_NS;
    }
    pail_cond_broadcast(&c->ended);
}

/* True when the last fetch's failure need not be told: the old credentials do. */
static bool forgivable_locked(const struct cached *c, enum need need, bool refused)
{
    if (!c->locked.have || refused || !old_will_do_locked(c))
        return false;
    return need != NOW || c->fixed.opt.keep_until_expired;
}

static int settle_locked(struct cached *c, enum need need, bool refused,
                         struct pail_credentials **ret, struct pail_error *err)
{
    if (!c->locked.failure.code)
        return give_locked(c, ret);
    if (forgivable_locked(c, need, refused)) {
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
                 "refreshing credentials: %s; going on with the old ones",
                 c->locked.failure.message);
        return give_locked(c, ret);
    }
    pail_error_copy(err, &c->locked.failure);
    return c->locked.failure.code;
}

/* Someone else's fetch. */
static int wait_locked(struct cached *c, bool refused, struct pail_credentials **ret,
                       struct pail_error *err)
{
    uint64_t before = c->locked.fetches;
    while (c->locked.fetching && c->locked.fetches == before)
        pail_cond_wait(&c->ended, &c->lock);
    return settle_locked(c, NOW, refused, ret, err);
}

/* Asks whether the source changed; gives the lock up meanwhile. */
static bool changed_locked(struct cached *c)
{
    c->locked.check_due = false;
    c->locked.next_check_mono_ns = pail_clock_mono_ns() + c->fixed.opt.recheck_s * PAIL_NS_PER_S;
    pail_mutex_unlock(&c->lock);
    bool changed = c->fixed.opt.changed(c->fixed.opt.changed_ud);
    pail_mutex_lock(&c->lock);
    return changed;
}

static int cached_fetch(void *impl, bool refresh, struct pail_credentials **ret,
                        struct pail_error *err)
{
    struct cached *c = impl;
    PAIL_LOCKED(&c->lock);

    enum need need = need_locked(c, refresh);
    if (need == CHECK && !c->locked.fetching && !changed_locked(c)) {
        need = need_locked(c, refresh); /* time went by */
        if (need == CHECK)
            need = NOTHING;
    }
    if (need == NOTHING || (need != NOW && c->locked.fetching))
        return give_locked(c, ret);
    if (c->locked.fetching)
        return wait_locked(c, refresh, ret, err);
    if (need == NOW && failed_just_now_locked(c))
        return settle_locked(c, need, refresh, ret, err);
    fetch_locked(c, refresh);
    return settle_locked(c, need, refresh, ret, err);
}

/* ---- The object ---- */

static void cached_free(void *impl)
{
    struct cached *c = impl;
    (void)pail_credentials_unref(c->locked.have);
    (void)pail_provider_unref(c->fixed.source);
    pail_cond_done(&c->ended);
    pail_mutex_done(&c->lock);
    pail_free(c);
}

static const struct pail_provider_ops cached_ops = {
    .name = "cached",
    .fetch = cached_fetch,
    .free = cached_free,
};

static int64_t or_default(int64_t value, int64_t fallback)
{
    return value > 0 ? value : fallback;
}

int pail_provider_cached(struct pail_provider *source, const struct pail_cached_options *opt,
                         struct pail_provider **ret, struct pail_error *err)
{
    struct cached *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    if (opt)
        c->fixed.opt = *opt;
    c->fixed.opt.advisory_s = or_default(c->fixed.opt.advisory_s, ADVISORY_S);
    c->fixed.opt.mandatory_s = or_default(c->fixed.opt.mandatory_s, MANDATORY_S);
    c->fixed.opt.retry_s = or_default(c->fixed.opt.retry_s, RETRY_S);
    c->fixed.opt.recheck_s = or_default(c->fixed.opt.recheck_s, RETRY_S);
    c->fixed.source = pail_provider_ref(source);
    c->locked.refused_until_mono_ns = INT64_MIN;
    c->locked.failure_until_mono_ns = INT64_MIN;
    pail_mutex_init(&c->lock, "cached credentials", PAIL_RANK_AUTH);
    pail_cond_init(&c->ended);
    return pail_provider_new(&cached_ops, c, ret, err);
}

int pail_cached_try(struct pail_provider *cached, bool refresh, struct pail_credentials **ret,
                    struct pail_error *err)
{
    struct cached *c = pail_provider_impl(cached, &cached_ops);
    PAIL_LOCKED(&c->lock);
    int64_t mono = pail_clock_mono_ns(), later = mono + c->fixed.opt.retry_s * PAIL_NS_PER_S;

    switch (need_locked(c, refresh)) {
    case NOTHING:
        break;
    case CHECK:
        if (c->locked.fetching || mono < c->locked.next_check_mono_ns)
            break;
        c->locked.check_due = true;
        c->locked.next_check_mono_ns = later;
        return PAIL_PREPARE_WOULD_BLOCK;
    case MAYBE:
        if (c->locked.fetching || mono < c->locked.next_maybe_mono_ns)
            break;
        c->locked.maybe_due = true;
        c->locked.next_maybe_mono_ns = later;
        return PAIL_PREPARE_WOULD_BLOCK;
    case NOW:
        if (!c->locked.fetching && failed_just_now_locked(c))
            return settle_locked(c, NOW, refresh, ret, err);
        return PAIL_PREPARE_WOULD_BLOCK;
    }
    return give_locked(c, ret);
}
