/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting content in place under a condition, when replies get lost.
 *
 *   send -> ok
 *        -> lost reply, 412 or 409: look (HEAD)
 *              what is there is what we sent  -> ok
 *              what is there is what was to be replaced (or still nothing) -> send again
 *              what is there is what an earlier commit of this draft sent -> replace that
 *              anything else -> somebody was faster: ESTALE, or EEXIST
 *
 * "What we sent" is told by size and ETag; where the service makes ETags in its own way, by size
 * and all of our metadata, which carries the modification time in nanoseconds. A 412 after a lost
 * reply may be our own success, which is why it is looked into as well. When not even looking
 * works, the commit fails and the draft remembers what may be there.
 *
 * Endpoints that do not honour a condition would overwrite silently; there a HEAD directly before
 * the request narrows the window (pail status says so).
 */
#include <string.h>

#include "base/clock.h"
#include "base/plant.h"
#include "base/rand.h"
#include "base/str.h"
#include "write/draft_impl.h"

#define TRIES 8

struct state {
    const struct pail_settle *s;
    struct pail_str if_match; /* what is to be replaced now; empty: whatever is there */
    bool if_absent;
    char adopted[128]; /* the ETag that if_match was changed to */
    bool ambiguous;    /* a request of ours may have been executed, now or in an earlier commit */
    bool unknown;      /* now */
    int64_t started_ns;
};

static struct pail_str bare(struct pail_str etag)
{
    if (etag.len >= 2 && etag.ptr[0] == '"' && etag.ptr[etag.len - 1] == '"')
        return pail_strn(etag.ptr + 1, etag.len - 2);
    return etag;
}

static bool same_etag(struct pail_str a, struct pail_str b)
{
    return pail_str_eq(bare(a), bare(b));
}

/* *ret_there false: nothing is there. */
static int look(struct state *st, struct pail_s3_object *ret, bool *ret_there,
                struct pail_error *err)
{
    struct pail_s3_head_args args = {
        .call = pail_volume_call(st->s->draft->volume, PAIL_PRIO_META),
        .bucket = pail_str(st->s->draft->volume->bucket),
        .key = st->s->args->key,
    };
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_s3_head(st->s->draft->volume->s3, &args, ret, &why);
    if (rc == PAIL_E_NOT_FOUND) {
        *ret_there = false;
        return 0;
    }
    if (rc) {
        pail_error_copy(err, &why);
        return rc;
    }
    *ret_there = true;
    return 0;
}

static bool same_metadata(const struct pail_s3_object *o, const struct pail_s3_attributes *a)
{
    for (size_t i = 0; i < a->n_meta; i++) {
        bool found = false;
        for (size_t k = 0; k < o->n_meta && !found; k++)
            found = pail_str_ieq(o->meta[k].name, a->meta[i].name) &&
                    pail_str_eq(o->meta[k].value, a->meta[i].value);
        if (!found)
            return false;
    }
    return a->n_meta > 0;
}

static int is_ours(struct state *st, const struct pail_s3_object *o, bool *ret,
                   struct pail_error *err)
{
    char expected[128] = "";
    int rc = st->s->expected_etag(st->s->ud, expected, err);
    if (rc)
        return rc;
    bool size = o->size == st->s->size;
    bool etag = expected[0] && same_etag(o->etag, pail_str(expected));
    bool old = st->if_match.len && same_etag(o->etag, st->if_match);
    *ret = size && !old && (etag || same_metadata(o, st->s->attributes));
    /* The same bytes as before: only the metadata tells whether it is the new object. */
    if (size && old && etag)
        *ret = same_metadata(o, st->s->attributes);
    return 0;
}

/* What an earlier commit sent, whose end was not known. */
static bool is_earlier(const struct state *st, const struct pail_s3_object *o)
{
    const struct pail_draft *d = st->s->draft;
    return d->unsettled.set && d->unsettled.etag[0] && o->size == d->unsettled.size &&
           same_etag(o->etag, pail_str(d->unsettled.etag));
}

/* The commit ends without knowing. */
static void remember(const struct state *st)
{
    struct pail_draft *d = st->s->draft;
    if (!st->unknown)
        return;
    memset(&d->unsettled, 0, sizeof(d->unsettled));
    d->unsettled.set = true;
    d->unsettled.size = st->s->size;
    if (st->s->expected_etag(st->s->ud, d->unsettled.etag, NULL))
        d->unsettled.etag[0] = '\0';
}

static void adopt(const struct pail_s3_object *o, struct pail_s3_put_result *ret)
{
    memset(ret, 0, sizeof(*ret));
    size_t n = o->etag.len < sizeof(ret->etag) ? o->etag.len : 0;
    memcpy(ret->etag, o->etag.ptr ? o->etag.ptr : "", n);
    n = o->version_id.len < sizeof(ret->version_id) ? o->version_id.len : 0;
    memcpy(ret->version_id, o->version_id.ptr ? o->version_id.ptr : "", n);
}

static int lost(struct state *st, struct pail_error *err)
{
    const struct pail_commit_args *a = st->s->args;
    const char *bucket = st->s->draft->volume->bucket;
    if (st->if_absent)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST,
                              "s3://%s/%.*s was created by somebody else meanwhile", bucket,
                              PAIL_STR_ARG(a->key));
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                          "s3://%s/%.*s was changed or deleted by somebody else meanwhile", bucket,
                          PAIL_STR_ARG(a->key));
}

enum verdict { VERDICT_OURS, VERDICT_AGAIN, VERDICT_LOST };

/* What is there is what is to be replaced. */
static bool replace_that(struct state *st, const struct pail_s3_object *o)
{
    if (o->etag.len >= sizeof(st->adopted))
        return false;
    memcpy(st->adopted, o->etag.ptr, o->etag.len);
    st->if_match = pail_strn(st->adopted, o->etag.len);
    st->if_absent = false;
    return true;
}

/* Truncated at open without asking for the version: whatever was there then is what was opened.
 * Last-Modified has whole seconds. */
static bool is_what_was_opened(const struct state *st, const struct pail_s3_object *o)
{
    int64_t opened = st->s->args->opened_at_wall_ns;
    return !st->if_absent && opened && o->mtime_ns && o->mtime_ns + PAIL_NS_PER_S <= opened;
}

/* What a look means. */
static int judge(struct state *st, const struct pail_s3_object *o, bool there, enum verdict *ret,
                 struct pail_error *err)
{
    bool ours = false;
    int rc = there && st->ambiguous ? is_ours(st, o, &ours, err) : 0;
    if (rc)
        return rc;
    bool as_wanted = st->if_absent
                         ? !there
                         : !st->if_match.len || (there && same_etag(o->etag, st->if_match));
    if (ours)
        *ret = VERDICT_OURS;
    else if (as_wanted)
        *ret = VERDICT_AGAIN;
    else if (there && (is_earlier(st, o) || is_what_was_opened(st, o)) && replace_that(st, o))
        *ret = VERDICT_AGAIN;
    else
        *ret = VERDICT_LOST;
    return 0;
}

static int look_and_judge(struct state *st, enum verdict *verdict, struct pail_s3_put_result *ret,
                          struct pail_error *err)
{
    struct pail_s3_object o = {0};
    bool there = false;
    int rc = look(st, &o, &there, err);
    if (rc)
        return rc;
    rc = judge(st, &o, there, verdict, err);
    if (!rc && *verdict == VERDICT_OURS)
        adopt(&o, ret);
    pail_s3_object_done(&o);
    return rc;
}

/* The condition as the endpoint can honour it; where it cannot, look first. */
static int guard(struct state *st, struct pail_condition *cond, enum verdict *verdict,
                 struct pail_s3_put_result *ret, struct pail_error *err)
{
    const struct pail_volume *v = st->s->draft->volume;
    memset(cond, 0, sizeof(*cond));
    *verdict = VERDICT_AGAIN;
    if (!st->if_absent && !st->if_match.len)
        return 0;
    if (!pail_volume_can(v, st->if_absent ? st->s->cap_absent : st->s->cap_match))
        return look_and_judge(st, verdict, ret, err);
    if (PAIL_PLANT("commit.condition"))
        return 0;
    cond->if_absent = st->if_absent;
    cond->if_match = st->if_match;
    return 0;
}

/* An answer without an ETag (some services on Complete): ask. */
static int complete_result(struct state *st, struct pail_s3_put_result *ret, struct pail_error *err)
{
    if (ret->etag[0] && strcmp(ret->etag, "\"\"") != 0)
        return 0;
    struct pail_s3_object o = {0};
    bool there = false;
    int rc = look(st, &o, &there, err);
    if (!rc && (!there || o.size != st->s->size))
        rc = lost(st, err);
    if (!rc)
        adopt(&o, ret);
    pail_s3_object_done(&o);
    return rc;
}

/* One attempt and, where its end is not clear, a look. *verdict: what is known now. */
static int attempt(struct state *st, enum verdict *verdict, struct pail_s3_put_result *ret,
                   struct pail_error *why, struct pail_error *err)
{
    struct pail_condition cond;
    int rc = guard(st, &cond, verdict, ret, err);
    if (rc || *verdict != VERDICT_AGAIN)
        return rc;
    rc = st->s->send(st->s->ud, &cond, ret, why);
    if (!rc) {
        *verdict = VERDICT_OURS;
        return complete_result(st, ret, err);
    }
    bool unknown = why->retry == PAIL_RETRY_UNKNOWN_EFFECT;
    st->unknown = st->unknown || unknown;
    st->ambiguous = st->ambiguous || unknown;
    bool refused = rc == PAIL_E_PRECONDITION || rc == PAIL_E_CONFLICT ||
                   (rc == PAIL_E_NOT_FOUND && (st->ambiguous || cond.if_match.len));
    if (unknown && PAIL_PLANT("settle.guess")) {
        *verdict = VERDICT_OURS;
        return 0;
    }
    if (unknown || refused) {
        rc = look_and_judge(st, verdict, ret, err);
        if (rc || *verdict != VERDICT_AGAIN)
            return rc;
    }
    int64_t limit_ms = st->s->draft->volume->op_timeout_ms;
    bool late = limit_ms && pail_clock_mono_ns() - st->started_ns > limit_ms * PAIL_NS_PER_MS;
    /* NOT_FOUND with the object as it was: what is missing is the upload. */
    if ((!unknown && !refused) || why->code == PAIL_E_NOT_FOUND || late) {
        pail_error_copy(err, why);
        return why->code;
    }
    return 0;
}

static int settle(struct state *st, struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    for (unsigned n = 0; n < TRIES; n++) {
        enum verdict verdict = VERDICT_AGAIN;
        if (n > 1)
            pail_sleep_ns((int64_t)(pail_rand_unit() * (double)((PAIL_NS_PER_S / 20) << n)));
        int rc = attempt(st, &verdict, ret, &why, err);
        if (rc || verdict == VERDICT_OURS)
            return rc;
        if (verdict == VERDICT_LOST) {
            st->unknown = false;
            return lost(st, err);
        }
    }
    pail_error_copy(err, &why);
    return why.code;
}

int pail_settle(const struct pail_settle *s, struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct state st = {
        .s = s,
        .if_match = s->args->if_match,
        .if_absent = s->args->if_absent,
        .ambiguous = s->draft->unsettled.set,
        .started_ns = pail_clock_mono_ns(),
    };
    int rc = settle(&st, ret, err);
    if (rc)
        remember(&st);
    return rc;
}
