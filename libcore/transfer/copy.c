/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/copy.c - one copy inside S3.
 *
 *   BEGIN -> [HEAD] -> COPY -----------------------------> END
 *                   -> CREATE -> PARTS -> COMPLETE ------> END
 *                        failure: drain, ABORT ----------> END
 *
 * All part copies are of the version that HEAD saw (CopySourceIfMatch). CopyObject takes the
 * source's content headers and metadata along by itself; for parts they are set when the upload is
 * created. Nothing is sent or received, so bandwidth does not count.
 */
#include "base/alloc.h"
#include "base/str.h"
#include "transfer/kept.h"
#include "transfer/task.h"

struct copy_lane {
    struct pail_lane lane;
    size_t part;
};

struct copy {
    struct pail_transfer t;
    struct pail_kept kept;
    struct pail_transfer_copy_args args; /* views in kept */
    struct pail_s3 *source;              /* who is asked for the size; borrowed */
    enum { BEGIN, HEAD, COPY, CREATE, PARTS, COMPLETE, ABORT, END } state;
    bool waiting;
    struct pail_s3_object head;
    struct pail_s3_put_result result;
    struct pail_s3_upload_id id;
    struct pail_s3_part *parts;
    uint64_t size, part_size;
    size_t n_parts, next, done;
    unsigned completions;
};

#define COMPLETE_ATTEMPTS 3

static struct copy *copy_of(struct pail_transfer *t)
{
    return PAIL_CONTAINER(t, struct copy, t);
}

static void end(struct copy *c)
{
    struct pail_transfer_result *r = &c->t.step.result;

    c->state = END;
    if (!pail_task_failed(&c->t)) {
        memcpy(r->etag, c->result.etag, sizeof(r->etag));
        memcpy(r->version_id, c->result.version_id, sizeof(r->version_id));
        r->size = c->size;
    }
    pail_task_finish(&c->t);
}

/* ---- Requests ---- */

typedef int ask_fn(struct copy *c, struct copy_lane *l, struct pail_error *err);

static int ask_head(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    struct pail_s3_head_args args = {.call = c->args.call,
                                     .bucket = c->args.source_bucket,
                                     .key = c->args.source_key,
                                     .version_id = c->args.source_version_id,
                                     .if_match = c->args.source_if_match};
    args.access = (struct pail_s3_access){.sse_c_key = c->args.access.source_sse_c_key,
                                          .requester_pays = c->args.access.requester_pays,
                                          .expected_owner = c->args.access.source_expected_owner};
    return pail_s3_head_async(c->source, &args, &c->head, pail_lane_landed, l, &l->lane.call, err);
}

/* The version to be copied: the one that was looked at, or the caller's. */
static struct pail_str version(const struct copy *c)
{
    return c->head.etag.len ? c->head.etag : c->args.source_if_match;
}

static int ask_copy(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    struct pail_s3_copy_args args = {.call = c->args.call,
                                     .bucket = c->args.bucket,
                                     .key = c->args.key,
                                     .source_bucket = c->args.source_bucket,
                                     .source_key = c->args.source_key,
                                     .source_version_id = c->args.source_version_id,
                                     .source_if_match = version(c),
                                     .if_none_match = c->args.if_none_match,
                                     .replace_attributes = c->args.replace_attributes,
                                     .replace_tags = c->args.replace_tags,
                                     .checksum = c->args.checksum,
                                     .attributes = c->args.attributes,
                                     .access = c->args.access};
    return pail_s3_copy_async(c->t.m->s3, &args, &c->result, pail_lane_landed, l, &l->lane.call,
                              err);
}

static int ask_create(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_create_args args = {.call = c->args.call,
                                           .bucket = c->args.bucket,
                                           .key = c->args.key,
                                           .checksum = c->args.checksum,
                                           .attributes = c->args.attributes,
                                           .access = c->args.access};
    if (!c->args.replace_attributes) {
        args.attributes.content_type = c->head.content_type;
        args.attributes.content_encoding = c->head.content_encoding;
        args.attributes.cache_control = c->head.cache_control;
        args.attributes.content_disposition = c->head.content_disposition;
        args.attributes.content_language = c->head.content_language;
        args.attributes.meta = c->head.meta;
        args.attributes.n_meta = c->head.n_meta;
    }
    return pail_s3_mpu_create_async(c->t.m->s3, &args, &c->id, pail_lane_landed, l, &l->lane.call,
                                    err);
}

static int ask_part(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    uint64_t at = (uint64_t)l->part * c->part_size;
    struct pail_s3_mpu_copy_args args = {.call = c->args.call,
                                         .bucket = c->args.bucket,
                                         .key = c->args.key,
                                         .upload_id = pail_str(c->id.id),
                                         .number = (unsigned)l->part + 1,
                                         .source_bucket = c->args.source_bucket,
                                         .source_key = c->args.source_key,
                                         .source_version_id = c->args.source_version_id,
                                         .source_if_match = version(c),
                                         .ranged = true,
                                         .offset = at,
                                         .length = pail_min_u64(c->part_size, c->size - at),
                                         .access = c->args.access};
    return pail_s3_mpu_copy_async(c->t.m->s3, &args, &c->parts[l->part], pail_lane_landed, l,
                                  &l->lane.call, err);
}

static int ask_complete(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_complete_args args = {.call = c->args.call,
                                             .bucket = c->args.bucket,
                                             .key = c->args.key,
                                             .upload_id = pail_str(c->id.id),
                                             .parts = c->parts,
                                             .n_parts = c->n_parts,
                                             .if_none_match = c->args.if_none_match,
                                             .access = c->args.access};
    return pail_s3_mpu_complete_async(c->t.m->s3, &args, &c->result, pail_lane_landed, l,
                                      &l->lane.call, err);
}

static int ask_abort(struct copy *c, struct copy_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_abort_args args = {.call = c->args.call,
                                          .bucket = c->args.bucket,
                                          .key = c->args.key,
                                          .upload_id = pail_str(c->id.id),
                                          .access = c->args.access};
    return pail_s3_mpu_abort_async(c->t.m->s3, &args, pail_lane_landed, l, &l->lane.call, err);
}

static void start(struct copy *c, struct copy_lane *l, ask_fn *fn)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_lane_begin(&l->lane);
    pail_lane_started(&l->lane, fn(c, l, &err), &err);
}

/* The state's single request, once the gate lets it. */
static void ask(struct copy *c, ask_fn *fn)
{
    if (c->waiting || !pail_task_admit(&c->t, 0, 0))
        return;
    c->waiting = true;
    start(c, pail_task_lane(&c->t, 0), fn);
}

/* ---- Steps ---- */

static int decide(struct copy *c, struct pail_error *err)
{
    const struct pail_transfer_config *config = &c->t.m->config;

    if (c->size < config->copy_threshold) {
        c->state = COPY;
        return 0;
    }
    c->part_size = pail_transfer_part_size(config->copy_chunksize, c->size);
    c->n_parts = (c->size + c->part_size - 1) / c->part_size;
    c->parts = pail_calloc(c->n_parts, sizeof(*c->parts));
    if (!c->parts)
        return pail_error_nomem(err);
    c->state = CREATE;
    pail_task_drop_lanes(&c->t);
    return pail_task_lanes(&c->t, pail_min_u64(c->n_parts, config->max_concurrency),
                           sizeof(struct copy_lane), err);
}

static int begin(struct copy *c, struct pail_error *err)
{
    bool small = c->args.size_known && c->args.size < c->t.m->config.copy_threshold;
    int rc = pail_task_lanes(&c->t, 1, sizeof(struct copy_lane), err);

    c->size = c->args.size;
    if (rc == 0)
        c->state = small ? COPY : HEAD;
    return rc;
}

static int looked(struct copy *c, struct pail_error *err)
{
    if (c->head.size == UINT64_MAX)
        return pail_error_set(
            err, PAIL_D_DATA, PAIL_E_GARBAGE, "HeadObject s3://%.*s/%.*s: an answer without a size",
            PAIL_STR_ARG(c->args.source_bucket), PAIL_STR_ARG(c->args.source_key));
    c->size = c->head.size;
    return decide(c, err);
}

static void send_parts(struct copy *c)
{
    struct copy_lane *l;

    while (c->next < c->n_parts && (l = pail_task_free_lane(&c->t)) &&
           pail_task_admit(&c->t, 0, 0)) {
        l->part = c->next++;
        start(c, l, ask_part);
    }
    if (c->done == c->n_parts)
        c->state = COMPLETE;
}

static void succeeded(struct copy *c, const struct copy_lane *l, struct pail_error *err)
{
    switch (c->state) {
    case HEAD:
        if (looked(c, err) < 0)
            pail_task_fail(&c->t, err);
        break;
    case CREATE:
        c->state = PARTS;
        break;
    case PARTS:
        c->done++;
        pail_task_progress(
            &c->t, (int64_t)pail_min_u64(c->part_size, c->size - (uint64_t)l->part * c->part_size));
        break;
    case COPY:
        pail_task_progress(&c->t, (int64_t)c->size);
        end(c);
        break;
    default:
        end(c);
        break;
    }
}

static void landed(struct copy *c, struct copy_lane *l)
{
    struct pail_error err = PAIL_ERROR_INIT;

    c->waiting = false;
    if (!l->lane.failed) {
        succeeded(c, l, &err);
    } else if (c->state == ABORT) {
        pail_error_prefix(&c->t.step.err, "(its parts remain: %s)", l->lane.err.message);
        end(c);
    } else if (c->state != COMPLETE || l->lane.err.retry != PAIL_RETRY_UNKNOWN_EFFECT ||
               ++c->completions == COMPLETE_ATTEMPTS) {
        pail_task_fail(&c->t, &l->lane.err);
    }
}

static void wind_up(struct copy *c)
{
    if (c->state == ABORT) {
        ask(c, ask_abort);
        return;
    }
    if (!pail_task_drained(&c->t))
        return;
    while (pail_task_landed_lane(&c->t))
        continue;
    c->waiting = false;
    if (!c->id.id[0]) {
        end(c);
        return;
    }
    c->state = ABORT;
    ask(c, ask_abort);
}

static void go_on(struct copy *c)
{
    struct pail_error err = PAIL_ERROR_INIT;

    switch (c->state) {
    case BEGIN:
        if (begin(c, &err) < 0)
            pail_task_fail(&c->t, &err);
        break;
    case HEAD:
        ask(c, ask_head);
        break;
    case COPY:
        ask(c, ask_copy);
        break;
    case CREATE:
        ask(c, ask_create);
        break;
    case PARTS:
        send_parts(c);
        break;
    case COMPLETE:
        ask(c, ask_complete);
        break;
    default:
        break;
    }
}

static void step(struct pail_transfer *t)
{
    struct copy *c = copy_of(t);
    struct copy_lane *l;
    int before;

    pail_task_look(t);
    while (!t->step.finished && !(pail_task_failed(t) && c->state != ABORT) &&
           (l = pail_task_landed_lane(t)))
        landed(c, l);
    do {
        before = (int)c->state;
        if (!t->step.finished && !pail_task_failed(t))
            go_on(c);
        if (!t->step.finished && pail_task_failed(t)) {
            wind_up(c);
            return;
        }
    } while (!t->step.finished && before != (int)c->state);
}

static void free_copy(struct pail_transfer *t)
{
    struct copy *c = copy_of(t);

    pail_s3_object_done(&c->head);
    pail_free(c->parts);
    pail_kept_done(&c->kept);
}

static const struct pail_task_kind copy_kind = {
    .name = "copy",
    .size = sizeof(struct copy),
    .step = step,
    .free = free_copy,
};

static int keep_args(struct copy *c, const struct pail_transfer_copy_args *from,
                     struct pail_error *err)
{
    struct pail_kept *k = &c->kept;
    struct pail_transfer_copy_args *a = &c->args;

    *a = *from;
    a->bucket = pail_kept_str(k, from->bucket);
    a->key = pail_kept_str(k, from->key);
    a->source_bucket = pail_kept_str(k, from->source_bucket);
    a->source_key = pail_kept_str(k, from->source_key);
    a->source_version_id = pail_kept_str(k, from->source_version_id);
    a->source_if_match = pail_kept_str(k, from->source_if_match);
    pail_kept_access(k, &a->access, &from->access);
    pail_kept_attributes(k, &a->attributes, &from->attributes);
    c->source = from->source_s3 ? from->source_s3 : c->t.m->s3;
    return pail_kept_check(k, err);
}

int pail_transfer_copy_async(struct pail_transfers *m, const struct pail_transfer_copy_args *args,
                             struct pail_transfer_result *ret, pail_done_fn *done, void *ud,
                             struct pail_transfer **ret_transfer, struct pail_error *err)
{
    struct pail_transfer *t;

    int rc = pail_task_new(m, &copy_kind, &t, err);
    if (rc < 0)
        return rc;
    t->progress = args->progress;
    t->progress_ud = args->progress_ud;
    rc = keep_args(copy_of(t), args, err);
    if (rc < 0) {
        pail_transfer_unref(t);
        return rc;
    }
    pail_task_begin(t, done, ud, ret, ret_transfer);
    return 0;
}

int pail_transfer_copy(struct pail_transfers *m, const struct pail_transfer_copy_args *args,
                       struct pail_transfer_result *ret, struct pail_error *err)
{
    struct pail_transfer *t = NULL;
    int rc = pail_transfer_copy_async(m, args, ret, pail_task_nothing, NULL, &t, err);
    return pail_task_wait(t, rc, err);
}
