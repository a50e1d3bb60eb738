/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/download.c - one download, from asking how large the object is to the file.
 *
 *   BEGIN -> [HEAD] -> OPEN -> FETCH -> END
 *
 * Where a listing has told the size and it is small, the one GET tells the rest: its one answer is
 * one version, whichever. Everything else begins with a HEAD, whose ETag all requests then ask for.
 */
#include "transfer/download.h"

#include "base/alloc.h"
#include "base/str.h"

#define SAVE_EVERY 16 /* parts */

static struct pail_down *download_of(struct pail_transfer *t)
{
    return PAIL_CONTAINER(t, struct pail_down, t);
}

static bool resumable(const struct pail_down *d)
{
    return d->have && d->target.tmp && !d->whole;
}

static void end(struct pail_down *d)
{
    struct pail_error err = PAIL_ERROR_INIT;
    bool keep = false;

    d->state = PAIL_DOWNLOAD_END;
    if (!pail_task_failed(&d->t)) {
        int64_t mtime_ns = d->args.set_mtime ? d->mtime_ns : 0;
        d->t.step.result.size = d->size;
        if (pail_landing_commit(&d->target, d->size, mtime_ns, &err) < 0)
            pail_task_fail(&d->t, &err);
    }
    if (pail_task_failed(&d->t) && d->target_open) {
        bool other = d->t.step.err.code == PAIL_E_DOWNLOAD_FAILED;
        keep = resumable(d) && !other && pail_down_resume_save(d, NULL) == 0;
        pail_landing_abort(&d->target, keep);
    }
    if (d->args.resume_file && d->target_open && !keep)
        (void)!pail_file_unlink(d->args.resume_file, NULL);
    pail_task_finish(&d->t);
}

/* ---- Opening ---- */

static int make_lanes(struct pail_down *d, struct pail_error *err)
{
    size_t n = pail_max_u64(1, pail_min_u64(d->n_parts, d->t.m->config.max_concurrency));

    if (d->t.step.n_lanes >= n)
        return 0;
    pail_task_drop_lanes(&d->t);
    int rc = pail_task_lanes(&d->t, n, sizeof(struct pail_down_lane), err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct pail_down_lane *l = pail_task_lane(&d->t, i);
        pail_list_init(&l->pieces);
        l->d = d;
    }
    return rc;
}

/* Size and version are known. */
static int plan(struct pail_down *d, struct pail_error *err)
{
    d->whole = d->size < d->t.m->config.multipart_threshold;
    d->part_size = d->whole ? d->size : d->t.m->config.multipart_chunksize;
    d->n_parts = d->whole ? 1 : (d->size + d->part_size - 1) / d->part_size;
    d->next = 0;
    d->state = d->target_open ? PAIL_DOWNLOAD_FETCH : PAIL_DOWNLOAD_OPEN;
    return make_lanes(d, err);
}

static int begin(struct pail_down *d, struct pail_error *err)
{
    bool small = d->args.size_known && d->args.size < d->t.m->config.multipart_threshold;

    if (d->args.size_known && d->args.if_match.len && d->args.if_match.len < sizeof(d->etag)) {
        memcpy(d->etag, d->args.if_match.ptr, d->args.if_match.len);
        memcpy(d->t.step.result.etag, d->etag, sizeof(d->etag));
        d->size = d->args.size;
        return plan(d, err);
    }
    d->size = UINT64_MAX;
    d->state = small ? PAIL_DOWNLOAD_OPEN : PAIL_DOWNLOAD_HEAD;
    d->whole = small;
    d->part_size = small ? d->args.size : 0;
    d->n_parts = 1;
    return make_lanes(d, err);
}

static void ask_head(struct pail_down *d)
{
    struct pail_down_lane *l = pail_task_lane(&d->t, 0);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_head_args args = {.call = d->args.call,
                                     .bucket = d->args.bucket,
                                     .key = d->args.key,
                                     .version_id = d->args.version_id,
                                     .if_match = d->args.if_match,
                                     .access = d->args.access};

    if (d->waiting || !pail_task_admit(&d->t, 0, 0))
        return;
    d->waiting = true;
    pail_s3_object_done(&d->head);
    pail_lane_begin(&l->lane);
    int rc = pail_s3_head_async(d->t.m->s3, &args, &d->head, pail_lane_landed, l, &l->lane.call,
                                &err);
    pail_lane_started(&l->lane, rc, &err);
}

static int know(struct pail_down *d, struct pail_error *err)
{
    if (d->head.size == UINT64_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "HeadObject s3://%.*s/%.*s: an answer without a size",
                              PAIL_STR_ARG(d->args.bucket), PAIL_STR_ARG(d->args.key));
    d->etag[0] = '\0';
    int rc = pail_down_learn(d, &d->head, err);
    if (rc < 0)
        return rc;
    d->size = d->head.size;
    return plan(d, err);
}

static int open_target(struct pail_down *d, struct pail_error *err)
{
    PAIL_AUTOFREE char *tmp = NULL;
    int rc = d->args.resume_file && !d->whole ? pail_down_resume_load(d, &tmp, err) : 0;

    if (rc == 0)
        rc = pail_landing_open(&d->target, &d->args, tmp, err);
    if (rc < 0)
        return rc;
    d->target_open = true;
    if (d->size != UINT64_MAX && d->size >= d->t.m->config.direct_threshold)
        pail_landing_go_direct(&d->target, d->size);
    d->pool = d->target.direct ? d->t.m->blocks : d->t.m->chunks;
    d->state = PAIL_DOWNLOAD_FETCH;
    if (resumable(d) && !tmp) /* or nobody would know of the file after a crash */
        rc = pail_down_resume_save(d, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; d->have && i < d->n_parts; i++) {
        if (!pail_down_has(d, i))
            continue;
        uint64_t at = (uint64_t)i * d->part_size;
        d->t.step.result.resumed = true;
        d->done++;
        pail_task_progress(&d->t, (int64_t)pail_min_u64(d->part_size, d->size - at));
    }
    return 0;
}

/* ---- The step ---- */

static void fetch(struct pail_down *d)
{
    struct pail_down_lane *l;

    do {
        pail_task_look(&d->t);
        while ((l = pail_task_landed_lane(&d->t)) && !pail_task_failed(&d->t))
            pail_down_landed(d, l);
        pail_mutex_lock(&d->t.lock);
        struct pail_error disk = d->disk;
        pail_mutex_unlock(&d->t.lock);
        if (disk.code)
            pail_task_fail(&d->t, &disk);
        if (pail_task_failed(&d->t) || d->state != PAIL_DOWNLOAD_FETCH)
            return;
        pail_down_settle(d);
        pail_down_fetch(d);
    } while (pail_down_deliver(d));
    if (pail_task_failed(&d->t))
        return;
    pail_down_settle(d);
    if (d->unsaved >= SAVE_EVERY && resumable(d))
        (void)!pail_down_resume_save(d, NULL); /* it is tried again, at the end at the latest */
    if (d->done == d->n_parts)
        end(d);
}

static void wind_up(struct pail_down *d)
{
    struct pail_down_lane *l;

    if (!pail_task_drained(&d->t))
        return;
    while ((l = pail_task_landed_lane(&d->t)))
        d->waiting = false;
    if (pail_down_writing(d))
        return;
    pail_down_settle(d); /* what is complete counts for another try */
    for (size_t i = 0; i < d->t.step.n_lanes; i++) {
        l = pail_task_lane(&d->t, i);
        if (l->active)
            pail_down_lane_reset(l);
    }
    end(d);
}

static void head_landed(struct pail_down *d, struct pail_down_lane *l)
{
    struct pail_error err = PAIL_ERROR_INIT;

    d->waiting = false;
    if (l->lane.failed)
        pail_task_fail(&d->t, &l->lane.err);
    else if (know(d, &err) < 0)
        pail_task_fail(&d->t, &err);
}

static void go_on(struct pail_down *d)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_down_lane *l;
    int rc = 0;

    switch (d->state) {
    case PAIL_DOWNLOAD_BEGIN:
        rc = begin(d, &err);
        break;
    case PAIL_DOWNLOAD_HEAD:
        if (d->waiting && (l = pail_task_landed_lane(&d->t)))
            head_landed(d, l);
        else
            ask_head(d);
        break;
    case PAIL_DOWNLOAD_OPEN:
        rc = open_target(d, &err);
        break;
    case PAIL_DOWNLOAD_FETCH:
        fetch(d);
        break;
    default:
        break;
    }
    if (rc < 0)
        pail_task_fail(&d->t, &err);
}

static void step(struct pail_transfer *t)
{
    struct pail_down *d = download_of(t);
    int before;

    do {
        before = (int)d->state;
        pail_task_look(t);
        if (!pail_task_failed(t))
            go_on(d);
        if (!t->step.finished && pail_task_failed(t)) {
            wind_up(d);
            return;
        }
    } while (!t->step.finished && before != (int)d->state);
}

static void free_download(struct pail_transfer *t)
{
    struct pail_down *d = download_of(t);

    pail_landing_done(&d->target);
    pail_s3_object_done(&d->head);
    pail_free(d->have);
    pail_kept_done(&d->kept);
}

/* ---- Starting ---- */

static const struct pail_task_kind download_kind = {
    .name = "download",
    .size = sizeof(struct pail_down),
    .step = step,
    .free = free_download,
};

static int check_args(const struct pail_download_args *a, struct pail_error *err)
{
    int targets = (a->path != NULL) + a->use_fd + (a->write != NULL);

    if (targets != 1)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "a download with %d targets; it takes one", targets);
    if (a->resume_file && !a->path)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "only a download to a path can be resumed");
    return 0;
}

static int keep_args(struct pail_down *d, const struct pail_download_args *from,
                     struct pail_error *err)
{
    struct pail_kept *k = &d->kept;
    struct pail_download_args *a = &d->args;

    *a = *from;
    a->bucket = pail_kept_str(k, from->bucket);
    a->key = pail_kept_str(k, from->key);
    a->version_id = pail_kept_str(k, from->version_id);
    a->if_match = pail_kept_str(k, from->if_match);
    a->path = pail_kept_z(k, from->path);
    a->resume_file = pail_kept_z(k, from->resume_file);
    a->name = pail_kept_z(k, from->name ? from->name : from->path ? from->path : "stream");
    pail_kept_access(k, &a->access, &from->access);
    if (a->call.priority == PAIL_PRIO_META)
        a->call.priority = PAIL_PRIO_READ;
    d->target.name = a->name;
    d->target.mode = d->t.m->file_mode;
    return pail_kept_check(k, err);
}

int pail_download_async(struct pail_transfers *m, const struct pail_download_args *args,
                        struct pail_transfer_result *ret, pail_done_fn *done, void *ud,
                        struct pail_transfer **ret_transfer, struct pail_error *err)
{
    struct pail_transfer *t;

    int rc = check_args(args, err);
    if (rc == 0)
        rc = pail_task_new(m, &download_kind, &t, err);
    if (rc < 0)
        return rc;
    pail_list_init(&download_of(t)->unwritten);
    t->progress = args->progress;
    t->progress_ud = args->progress_ud;
    rc = keep_args(download_of(t), args, err);
    if (rc < 0) {
        pail_transfer_unref(t);
        return rc;
    }
    pail_task_begin(t, done, ud, ret, ret_transfer);
    return 0;
}

int pail_download(struct pail_transfers *m, const struct pail_download_args *args,
                  struct pail_transfer_result *ret, struct pail_error *err)
{
    struct pail_transfer *t = NULL;
    int rc = pail_download_async(m, args, ret, pail_task_nothing, NULL, &t, err);
    return pail_task_wait(t, rc, err);
}
