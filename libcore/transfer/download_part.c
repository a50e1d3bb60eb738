/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/download_part.c - parts: asked for, received into chunks, handed on.
 *
 * The network's thread copies into chunks and hands each full one on: to the worker that writes the
 * file, or to the step that delivers in order. It never waits; the gate has granted the memory of
 * the whole part before. All answers are of one version, so what is received once is not needed
 * again: the part of a repeated answer that is here already is passed over, and a further request
 * asks only for the rest.
 */
#include "base/alloc.h"
#include "base/str.h"
#include "transfer/download.h"

static struct pail_chunk *chunk_of(struct pail_list *link)
{
    return PAIL_CONTAINER(link, struct pail_chunk, job.link);
}

int pail_down_other_version(const struct pail_down *d, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_DOWNLOAD_FAILED,
                          "Contents of stored object \"%.*s\" in bucket \"%.*s\" did not match "
                          "expected ETag.",
                          PAIL_STR_ARG(d->args.key), PAIL_STR_ARG(d->args.bucket));
}

int pail_down_learn(struct pail_down *d, const struct pail_s3_object *o, struct pail_error *err)
{
    struct pail_transfer_result *r = &d->t.step.result;

    if (d->etag[0] && !pail_str_eqz(o->etag, d->etag))
        return pail_down_other_version(d, err);
    if (d->etag[0]) {
        d->mtime_ns = r->mtime_ns = o->mtime_ns;
        return 0;
    }
    if (o->etag.len >= sizeof(d->etag) || o->version_id.len >= sizeof(r->version_id))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "an ETag of %zu bytes",
                              o->etag.len);
    if (o->etag.len)
        memcpy(d->etag, o->etag.ptr, o->etag.len);
    memcpy(r->etag, d->etag, sizeof(r->etag));
    if (o->version_id.len)
        memcpy(r->version_id, o->version_id.ptr, o->version_id.len);
    d->mtime_ns = r->mtime_ns = o->mtime_ns;
    return 0;
}

/* ---- The network ---- */

/* A chunk is full, or the last one of its part. */
static void hand_on(struct pail_down_lane *l)
{
    struct pail_chunk *c = PAIL_STEAL(l->filling);
    struct pail_down *d = l->d;

    if (!c)
        return;
    if (d->target.ordered) {
        pail_mutex_lock(&d->t.lock);
        pail_list_append(&l->pieces, &c->job.link);
        bool front = l->part == d->front;
        pail_mutex_unlock(&d->t.lock);
        if (front)
            pail_task_kick(&d->t);
        return;
    }
    pail_down_write(l, c);
}

static int on_begin(void *ud, const struct pail_s3_object *head, uint64_t length,
                    struct pail_error *err)
{
    struct pail_down_lane *l = ud;
    struct pail_down *d = l->d;

    if (d->etag[0] && !pail_str_eqz(head->etag, d->etag)) {
        l->changed = true;
        return pail_down_other_version(d, err);
    }
    if (d->whole && length != UINT64_MAX && l->asked == 0 && length > l->held) {
        l->grown = true; /* what was granted is not enough */
        return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_TOO_BIG, "the object has grown");
    }
    if (!d->whole) {
        pail_mutex_lock(&d->t.lock);
        if (!d->mtime_ns) /* where no HEAD told it */
            d->mtime_ns = d->t.step.result.mtime_ns = head->mtime_ns;
        pail_mutex_unlock(&d->t.lock);
        return 0;
    }
    l->length = length == UINT64_MAX ? UINT64_MAX : l->asked + length;
    return pail_down_learn(d, head, err);
}

static void tell(struct pail_down_lane *l, size_t n, bool all)
{
    l->untold += (int64_t)n;
    if (!all && l->untold < (int64_t)l->d->t.m->config.io_chunksize)
        return;
    pail_task_progress(&l->d->t, l->untold);
    l->untold = 0;
}

static int on_write(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_down_lane *l = ud;
    struct pail_chunks *pool = l->d->pool;
    const char *at = p;
    uint64_t here = l->asked + offset;

    if (here + n <= l->received)
        return 0;
    if (here > l->received)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_INTERNAL, "bytes at %llu after %llu",
                              (unsigned long long)here, (unsigned long long)l->received);
    at += l->received - here;
    n -= l->received - here;
    tell(l, n, false);
    while (n) {
        if (!l->filling) {
            int rc = pail_chunks_get(pool, &l->filling, err);
            if (rc < 0)
                return rc;
            l->filling->owner = l;
            l->filling->offset = l->received;
        }
        struct pail_chunk *c = l->filling;
        size_t fits = pail_min_u64(n, pail_chunks_size(pool) - c->n);
        memcpy(c->data + c->n, at, fits);
        c->n += fits;
        l->received += fits;
        at += fits;
        n -= fits;
        if (c->n == pail_chunks_size(pool))
            hand_on(l);
    }
    return 0;
}

static void ask(struct pail_down *d, struct pail_down_lane *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    bool rest = l->received > 0;
    struct pail_s3_get_args args = {.call = d->args.call,
                                    .bucket = d->args.bucket,
                                    .key = d->args.key,
                                    .version_id = d->args.version_id,
                                    .if_match = pail_str(d->etag),
                                    .ranged = !d->whole || rest,
                                    .offset = l->offset + l->received,
                                    .length = l->length == UINT64_MAX ? UINT64_MAX
                                                                      : l->length - l->received,
                                    .access = d->args.access};
    struct pail_s3_sink sink = {.begin = on_begin, .write = on_write, .ud = l};

    if (!d->etag[0])
        args.if_match = d->args.if_match;
    l->asked = l->received;
    l->changed = l->grown = false;
    l->attempts++;
    pail_lane_begin(&l->lane);
    int rc = pail_s3_get_async(d->t.m->s3, &args, &sink, NULL, pail_lane_landed, l, &l->lane.call,
                               &err);
    pail_lane_started(&l->lane, rc, &err);
}

/* ---- The step ---- */

static uint64_t length_of(const struct pail_down *d, size_t i)
{
    return pail_min_u64(d->part_size, d->size - (uint64_t)i * d->part_size);
}

/* Lanes whose data broke off ask again before any new part is begun. */
static struct pail_down_lane *lane_to_repeat(struct pail_down *d)
{
    for (size_t i = 0; i < d->t.step.n_lanes; i++) {
        struct pail_down_lane *l = pail_task_lane(&d->t, i);
        pail_mutex_lock(&d->t.lock);
        bool idle = l->lane.state == PAIL_LANE_FREE;
        pail_mutex_unlock(&d->t.lock);
        if (idle && l->active && l->received < l->length)
            return l;
    }
    return NULL;
}

static struct pail_down_lane *lane_without_part(struct pail_down *d)
{
    for (size_t i = 0; i < d->t.step.n_lanes; i++) {
        struct pail_down_lane *l = pail_task_lane(&d->t, i);
        if (!l->active)
            return l;
    }
    return NULL;
}

static void begin_part(struct pail_down *d, struct pail_down_lane *l, uint64_t held)
{
    l->active = true;
    l->part = d->next++;
    l->offset = (uint64_t)l->part * d->part_size;
    l->length = d->size == UINT64_MAX ? UINT64_MAX : length_of(d, l->part);
    l->held = held;
    l->attempts = 0;
    l->received = l->delivered = 0;
    l->untold = 0;
}

void pail_down_fetch(struct pail_down *d)
{
    struct pail_down_lane *l;

    while ((l = lane_to_repeat(d))) {
        uint64_t rest = l->length == UINT64_MAX ? 0 : l->length - l->received;
        if (!pail_task_admit(&d->t, 0, rest))
            return;
        ask(d, l);
    }
    for (;;) {
        while (d->next < d->n_parts && pail_down_has(d, d->next))
            d->next++;
        if (d->next >= d->n_parts || !(l = lane_without_part(d)))
            return;
        uint64_t bytes = d->size == UINT64_MAX ? d->part_size : length_of(d, d->next);
        if (!pail_task_admit(&d->t, bytes, bytes))
            return;
        begin_part(d, l, bytes);
        ask(d, l);
    }
}

static bool broke_off(const struct pail_error *err)
{
    return err->domain == PAIL_D_NET && (err->code == PAIL_E_CLOSED || err->code == PAIL_E_NET ||
                                         err->code == PAIL_E_READ_TIMEOUT);
}

/* From the beginning, when a version without a name was replaced while it was read. */
static bool start_over(struct pail_down *d, struct pail_down_lane *l)
{
    if (!d->whole || d->args.if_match.len || l->attempts >= d->t.m->config.download_attempts ||
        l->received)
        return false;
    d->etag[0] = '\0';
    l->length = UINT64_MAX;
    return true;
}

static void failed(struct pail_down *d, struct pail_down_lane *l)
{
    struct pail_error *err = &l->lane.err;

    if (l->grown) { /* asked for again, in parts */
        pail_down_lane_reset(l);
        d->state = PAIL_DOWNLOAD_HEAD;
        return;
    }
    if (l->changed && start_over(d, l))
        return;
    if (l->changed || err->code == PAIL_E_PRECONDITION) {
        struct pail_error why = *err;
        pail_down_other_version(d, &why);
        pail_task_fail(&d->t, &why);
        return;
    }
    bool more = l->length == UINT64_MAX || l->received < l->length;
    if (!broke_off(err) || !more) {
        pail_task_fail(&d->t, err);
    } else if (l->attempts >= d->t.m->config.download_attempts) {
        pail_error_prefix(err, "Max Retries Exceeded");
        err->code = PAIL_E_RETRIES_EXCEEDED;
        pail_task_fail(&d->t, err);
    }
}

void pail_down_landed(struct pail_down *d, struct pail_down_lane *l)
{
    if (l->lane.failed) {
        failed(d, l);
        return;
    }
    if (l->length == UINT64_MAX)
        l->length = l->received;
    if (d->whole)
        d->size = l->length;
    tell(l, 0, true);
    hand_on(l);
}

bool pail_down_deliver(struct pail_down *d)
{
    struct pail_error err = PAIL_ERROR_INIT;

    for (size_t i = 0; d->target.ordered && i < d->t.step.n_lanes; i++) {
        struct pail_down_lane *l = pail_task_lane(&d->t, i);
        if (!l->active || l->part != d->front)
            continue;
        pail_mutex_lock(&d->t.lock);
        struct pail_list *link = pail_list_pop(&l->pieces);
        pail_mutex_unlock(&d->t.lock);
        if (!link)
            return false;
        struct pail_chunk *c = chunk_of(link);
        int rc = pail_landing_write(&d->target, c->data, c->n, &err);
        l->delivered += c->n;
        pail_chunks_put(d->pool, c);
        if (rc < 0)
            pail_task_fail(&d->t, &err);
        return rc == 0;
    }
    return false;
}

void pail_down_settle(struct pail_down *d)
{
    for (size_t i = 0; i < d->t.step.n_lanes; i++) {
        struct pail_down_lane *l = pail_task_lane(&d->t, i);
        pail_mutex_lock(&d->t.lock);
        bool here = l->active && l->lane.state == PAIL_LANE_FREE && !l->filling &&
                    l->received == l->length;
        bool settled = here && (d->target.ordered ? l->delivered == l->length : l->writing == 0);
        if (settled && d->target.ordered)
            d->front = l->part + 1;
        pail_mutex_unlock(&d->t.lock);
        if (!settled)
            continue;
        if (d->have) {
            d->have[l->part / 8] |= (uint8_t)(1u << (l->part % 8));
            d->unsaved++;
        }
        d->done++;
        pail_down_lane_reset(l);
    }
}

void pail_down_lane_reset(struct pail_down_lane *l)
{
    struct pail_down *d = l->d;

    pail_chunks_put_all(d->pool, &l->pieces);
    if (l->filling)
        pail_chunks_put(d->pool, PAIL_STEAL(l->filling));
    pail_task_give_bytes(&d->t, l->held);
    l->held = 0;
    l->active = false;
}
