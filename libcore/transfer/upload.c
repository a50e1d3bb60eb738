/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/upload.c - one upload, from opening its source to the object.
 *
 *   OPEN -> [AHEAD] -> PUT -------------------------------------------> END
 *                   -> CREATE or LIST -> SEND -> COMPLETE [-> LOOK] --> END
 *                                 failure: drain, ABORT --------------> END
 *
 * A completion whose answer was lost is asked for again; S3 gives the same answer for a while. If
 * it then says that there is no such upload, the object itself tells: its ETag follows from those
 * of its parts.
 */
#include "transfer/upload.h"

#include <limits.h>

#include "base/alloc.h"
#include "base/str.h"

#define COMPLETE_ATTEMPTS 3
#define GROW_AT 1000

/* ---- Failures ---- */

/* As boto3: what the service said becomes S3UploadFailedError. */
static void name_failure(struct pail_up *u)
{
    struct pail_error *err = &u->t.step.err;

    if (err->domain != PAIL_D_SERVICE)
        return;
    pail_error_prefix(err, "Failed to upload %s to %.*s/%.*s", u->source.name,
                      PAIL_STR_ARG(u->args.bucket), PAIL_STR_ARG(u->args.key));
    err->code = PAIL_E_UPLOAD_FAILED;
}

static void end(struct pail_up *u)
{
    u->state = PAIL_UPLOAD_END;
    pail_source_close(&u->source);
    if (pail_task_failed(&u->t))
        name_failure(u);
    else if (u->args.resume_file)
        (void)!pail_file_unlink(u->args.resume_file, NULL); /* a small upload has none */
    pail_task_finish(&u->t);
}

/* ---- Single requests, all in lane 0 ---- */

static struct pail_up_lane *lane0(struct pail_up *u)
{
    return pail_task_lane(&u->t, 0);
}

static int ask_put(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_put_args args = {.call = u->args.call,
                                    .bucket = u->args.bucket,
                                    .key = u->args.key,
                                    .if_match = u->args.if_match,
                                    .if_none_match = u->args.if_none_match,
                                    .attributes = u->args.attributes,
                                    .access = u->args.access};
    return pail_s3_put_async(u->t.m->s3, &args, &l->body, &u->result, pail_lane_landed, l,
                             &l->lane.call, err);
}

static int ask_create(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_create_args args = {.call = u->args.call,
                                           .bucket = u->args.bucket,
                                           .key = u->args.key,
                                           .attributes = u->args.attributes,
                                           .access = u->args.access,
                                           .checksum = u->args.checksum};
    return pail_s3_mpu_create_async(u->t.m->s3, &args, &u->id, pail_lane_landed, l, &l->lane.call,
                                    err);
}

static int ask_list(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_parts_args args = {.call = u->args.call,
                                          .bucket = u->args.bucket,
                                          .key = u->args.key,
                                          .upload_id = pail_str(u->id.id),
                                          .marker = u->listing.next_marker,
                                          .access = u->args.access};
    pail_s3_listed_parts_done(&u->listing);
    return pail_s3_mpu_parts_async(u->t.m->s3, &args, &u->listing, pail_lane_landed, l,
                                   &l->lane.call, err);
}

static int ask_complete(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_complete_args args = {.call = u->args.call,
                                             .bucket = u->args.bucket,
                                             .key = u->args.key,
                                             .upload_id = pail_str(u->id.id),
                                             .parts = u->parts,
                                             .n_parts = u->n_parts,
                                             .if_match = u->args.if_match,
                                             .if_none_match = u->args.if_none_match,
                                             .access = u->args.access};
    return pail_s3_mpu_complete_async(u->t.m->s3, &args, &u->result, pail_lane_landed, l,
                                      &l->lane.call, err);
}

static int ask_look(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_head_args args = {.call = u->args.call,
                                     .bucket = u->args.bucket,
                                     .key = u->args.key,
                                     .access = u->args.access};
    return pail_s3_head_async(u->t.m->s3, &args, &u->head, pail_lane_landed, l, &l->lane.call, err);
}

static int ask_abort(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_abort_args args = {.call = u->args.call,
                                          .bucket = u->args.bucket,
                                          .key = u->args.key,
                                          .upload_id = pail_str(u->id.id),
                                          .access = u->args.access};
    return pail_s3_mpu_abort_async(u->t.m->s3, &args, pail_lane_landed, l, &l->lane.call, err);
}

typedef int ask_fn(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err);

/* Sends the state's request once the gate lets it. */
static void ask(struct pail_up *u, ask_fn *fn, uint64_t paced)
{
    struct pail_up_lane *l = lane0(u);
    struct pail_error err = PAIL_ERROR_INIT;

    if (u->waiting || !pail_task_admit(&u->t, 0, paced))
        return;
    u->waiting = true;
    pail_lane_begin(&l->lane);
    pail_lane_started(&l->lane, fn(u, l, &err), &err);
}

/* ---- Opening ---- */

static int make_lanes(struct pail_up *u, size_t n, struct pail_error *err)
{
    int rc = pail_task_lanes(&u->t, n, sizeof(struct pail_up_lane), err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct pail_up_lane *l = pail_task_lane(&u->t, i);
        pail_list_init(&l->chunks);
        l->u = u;
    }
    return rc;
}

static int begin_parts(struct pail_up *u, struct pail_error *err)
{
    const struct pail_transfer_config *config = &u->t.m->config;
    uint64_t hint = u->args.size_hint ? u->args.size_hint : UINT64_MAX;
    size_t width = config->max_concurrency;
    bool resumes = false;

    u->grow_at = GROW_AT;
    u->part_size = pail_transfer_part_size(config->multipart_chunksize,
                                           u->source.stream ? hint : u->source.size);
    if (u->source.stream && hint != UINT64_MAX)
        u->grow_at = pail_max_u64(GROW_AT, hint / u->part_size + 1);
    if (!u->source.stream) {
        resumes = u->args.resume_file && pail_up_resume_load(u);
        u->n_parts = (u->source.size + u->part_size - 1) / u->part_size;
        width = pail_min_u64(width, u->n_parts);
    }
    u->state = resumes ? PAIL_UPLOAD_LIST : PAIL_UPLOAD_CREATE;
    int rc = u->source.stream ? 0 : pail_up_room(u, 0, err);
    if (rc == 0 && resumes && !(u->stored = pail_calloc(u->n_parts, sizeof(bool))))
        rc = pail_error_nomem(err);
    /* A stream has its lanes already. */
    return rc == 0 && !u->t.step.n_lanes ? make_lanes(u, width, err) : rc;
}

static int open_source(struct pail_up *u, struct pail_error *err)
{
    const struct pail_transfer_config *config = &u->t.m->config;
    int rc = pail_source_open(&u->source, &u->args, err);

    if (rc < 0)
        return rc;
    if (u->source.stream) {
        u->state = PAIL_UPLOAD_AHEAD;
        u->part_size = pail_max_u64(
            config->multipart_threshold,
            pail_transfer_part_size(config->multipart_chunksize, UINT64_MAX));
        return make_lanes(u, config->max_concurrency, err);
    }
    if (u->source.size >= config->multipart_threshold)
        return begin_parts(u, err);
    u->state = PAIL_UPLOAD_PUT;
    u->part_size = u->source.size;
    return make_lanes(u, 1, err);
}

/* A stream, until it ends or is too long for one request. */
static int read_ahead(struct pail_up *u, struct pail_error *err)
{
    if (!u->ahead.held) {
        if (!pail_task_admit(&u->t, u->part_size, 0))
            return 0;
        pail_gate_give_slot(u->t.m->gate); /* only the memory is needed */
        u->ahead.held = u->part_size;
    }
    int rc = pail_up_fill(u, &u->ahead, err);
    if (rc <= 0)
        return rc;
    if (!u->source.ended || u->ahead.length >= u->t.m->config.multipart_threshold)
        return begin_parts(u, err);
    u->state = PAIL_UPLOAD_PUT;
    return 0;
}

static int put(struct pail_up *u, struct pail_error *err)
{
    struct pail_up_lane *l = lane0(u);

    if (u->waiting)
        return 0;
    if (u->source.stream) {
        pail_list_splice(&l->chunks, &u->ahead.chunks);
        l->length = u->ahead.length;
        l->held = u->ahead.held;
        u->ahead.held = 0;
    }
    bool read = u->source.stream || u->part_size > PAIL_UPLOAD_MAX_IN_MEMORY;
    if (!pail_task_admit(&u->t, read ? 0 : u->part_size, u->part_size))
        return 0;
    if (!u->source.stream)
        l->length = read ? u->part_size : 0;
    l->held += read ? 0 : u->part_size;
    int rc = read ? 0 : pail_up_fill(u, l, err);
    if (rc >= 0)
        rc = pail_up_body(l, err);
    if (rc == 0)
        rc = pail_source_check(&u->source, err); /* of what was read just now */
    if (rc < 0) {
        pail_gate_give_slot(u->t.m->gate);
        return rc;
    }
    u->waiting = true;
    pail_lane_begin(&l->lane);
    pail_lane_started(&l->lane, ask_put(u, l, err), err);
    return 0;
}

/* ---- What landed ---- */

static void created(struct pail_up *u)
{
    struct pail_error err = PAIL_ERROR_INIT;

    u->state = PAIL_UPLOAD_SEND;
    if (u->args.resume_file && !u->source.stream && pail_up_resume_save(u, &err) < 0)
        pail_task_fail(&u->t, &err);
}

static void listed(struct pail_up *u, struct pail_up_lane *l)
{
    struct pail_error err = PAIL_ERROR_INIT;

    if (l->lane.failed && l->lane.err.code == PAIL_E_NOT_FOUND) { /* it was aborted, or completed */
        pail_task_calm(&u->t);
        u->id.id[0] = '\0';
        memset(u->stored, 0, u->n_parts * sizeof(bool));
        u->state = PAIL_UPLOAD_CREATE;
    } else if (l->lane.failed) {
        pail_task_fail(&u->t, &l->lane.err);
    } else if (pail_up_resume_page(u, &err) < 0) {
        pail_task_fail(&u->t, &err);
    } else if (u->listing.next_marker == 0) {
        u->state = PAIL_UPLOAD_SEND;
    }
}

static void stored(struct pail_up *u)
{
    struct pail_transfer_result *r = &u->t.step.result;

    u->t.step.err = (struct pail_error)PAIL_ERROR_INIT; /* cancelled too late */
    memcpy(r->etag, u->result.etag, sizeof(r->etag));
    memcpy(r->version_id, u->result.version_id, sizeof(r->version_id));
    end(u);
}

static void completed(struct pail_up *u, struct pail_up_lane *l)
{
    const struct pail_error *err = &l->lane.err;

    if (!l->lane.failed)
        stored(u);
    else if (u->unknown && err->code == PAIL_E_NOT_FOUND)
        u->state = PAIL_UPLOAD_LOOK;
    else if (err->retry == PAIL_RETRY_UNKNOWN_EFFECT && ++u->completions < COMPLETE_ATTEMPTS)
        u->unknown = true; /* asked for again */
    else
        pail_task_fail(&u->t, err);
}

static void looked(struct pail_up *u, struct pail_up_lane *l)
{
    struct pail_error err = PAIL_ERROR_INIT;
    char expected[64];

    if (l->lane.failed) {
        pail_task_fail(&u->t, &l->lane.err);
        return;
    }
    if (pail_up_etag(u, expected) && pail_str_eqz(u->head.etag, expected)) {
        memcpy(u->result.etag, expected, sizeof(expected));
        stored(u);
        return;
    }
    pail_error_set(&err, PAIL_D_SERVICE, PAIL_E_NOT_FOUND,
                   "the upload is gone and the object is another one");
    pail_task_fail(&u->t, &err);
}

static void landed(struct pail_up *u, struct pail_up_lane *l)
{
    u->waiting = false;
    switch (u->state) {
    case PAIL_UPLOAD_PUT:
    case PAIL_UPLOAD_SEND:
        if (l->lane.failed)
            pail_task_fail(&u->t, &l->lane.err);
        else
            pail_up_told(l);
        u->t.step.result.size += l->lane.failed ? 0 : l->length;
        u->done += !l->lane.failed;
        pail_up_lane_reset(l);
        if (u->state == PAIL_UPLOAD_PUT && !l->lane.failed)
            stored(u);
        break;
    case PAIL_UPLOAD_CREATE:
        if (l->lane.failed)
            pail_task_fail(&u->t, &l->lane.err);
        else
            created(u);
        break;
    case PAIL_UPLOAD_LIST:
        listed(u, l);
        break;
    case PAIL_UPLOAD_COMPLETE:
        completed(u, l);
        break;
    case PAIL_UPLOAD_LOOK:
        looked(u, l);
        break;
    case PAIL_UPLOAD_ABORT:
        if (l->lane.failed)
            pail_error_prefix(&u->t.step.err, "(its parts remain: %s)", l->lane.err.message);
        end(u);
        break;
    default:
        break;
    }
}

/* ---- The step ---- */

/* Failed: nothing is left under way, then nothing is left of it. */
static void wind_up(struct pail_up *u)
{
    struct pail_up_lane *l;

    if (u->state == PAIL_UPLOAD_ABORT) {
        ask(u, ask_abort, 0);
        return;
    }
    if (!pail_task_drained(&u->t))
        return;
    while ((l = pail_task_landed_lane(&u->t)))
        pail_up_lane_reset(l);
    for (size_t i = 0; i < u->t.step.n_lanes; i++)
        pail_up_lane_reset(pail_task_lane(&u->t, i));
    pail_up_lane_reset(&u->ahead);
    u->waiting = false;
    bool keep = u->args.resume_file && !u->source.stream;
    if (!u->id.id[0] || keep) {
        end(u);
        return;
    }
    u->state = PAIL_UPLOAD_ABORT;
    ask(u, ask_abort, 0);
}

static void send_parts(struct pail_up *u)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_up_send(u);
    bool all = u->source.stream ? u->source.ended && !u->ahead.held : u->next == u->n_parts;
    if (pail_task_failed(&u->t) || !all || u->done < u->n_parts)
        return;
    if (pail_source_check(&u->source, &err) < 0)
        pail_task_fail(&u->t, &err);
    else
        u->state = PAIL_UPLOAD_COMPLETE;
}

static void go_on(struct pail_up *u)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = 0;

    switch (u->state) {
    case PAIL_UPLOAD_OPEN:
        rc = open_source(u, &err);
        break;
    case PAIL_UPLOAD_AHEAD:
        rc = read_ahead(u, &err);
        break;
    case PAIL_UPLOAD_PUT:
        rc = put(u, &err);
        break;
    case PAIL_UPLOAD_CREATE:
        ask(u, ask_create, 0);
        break;
    case PAIL_UPLOAD_LIST:
        ask(u, ask_list, 0);
        break;
    case PAIL_UPLOAD_SEND:
        send_parts(u);
        break;
    case PAIL_UPLOAD_COMPLETE:
        ask(u, ask_complete, 0);
        break;
    case PAIL_UPLOAD_LOOK:
        ask(u, ask_look, 0);
        break;
    default:
        break;
    }
    if (rc < 0)
        pail_task_fail(&u->t, &err);
}

static void step(struct pail_transfer *t)
{
    struct pail_up *u = PAIL_CONTAINER(t, struct pail_up, t);
    struct pail_up_lane *l;
    int before;

    pail_task_look(t);
    while (!t->step.finished && (l = pail_task_landed_lane(t)))
        landed(u, l);
    do {
        before = (int)u->state;
        if (!t->step.finished && !pail_task_failed(t))
            go_on(u);
        if (!t->step.finished && pail_task_failed(t)) {
            wind_up(u);
            return;
        }
    } while (!t->step.finished && before != (int)u->state);
}

static void free_upload(struct pail_transfer *t)
{
    struct pail_up *u = PAIL_CONTAINER(t, struct pail_up, t);

    for (size_t i = 0; i < t->step.n_lanes; i++)
        pail_free(((struct pail_up_lane *)pail_task_lane(t, i))->segments);
    pail_source_close(&u->source);
    pail_s3_object_done(&u->head);
    pail_s3_listed_parts_done(&u->listing);
    pail_free(u->parts);
    pail_free(u->stored);
    pail_kept_done(&u->kept);
}

/* ---- Starting ---- */

static const struct pail_task_kind upload_kind = {
    .name = "upload",
    .size = sizeof(struct pail_up),
    .step = step,
    .free = free_upload,
};

static int check_args(const struct pail_upload_args *a, struct pail_error *err)
{
    int sources = (a->path != NULL) + a->use_fd + (a->data != NULL) + (a->read != NULL);

    if (sources != 1)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "an upload of %d sources; it takes one", sources);
    if (a->resume_file && a->checksum > PAIL_S3_CRC32)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "only an upload with CRC32 checksums can be resumed");
    if (a->resume_file && !a->path && !a->use_fd && !a->data)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "an upload from a stream cannot be resumed");
    return 0;
}

static int keep_args(struct pail_up *u, const struct pail_upload_args *from, struct pail_error *err)
{
    struct pail_kept *k = &u->kept;
    struct pail_upload_args *a = &u->args;

    *a = *from;
    a->bucket = pail_kept_str(k, from->bucket);
    a->key = pail_kept_str(k, from->key);
    a->path = pail_kept_z(k, from->path);
    a->resume_file = pail_kept_z(k, from->resume_file);
    a->if_match = pail_kept_str(k, from->if_match);
    a->name = pail_kept_z(k, from->name ? from->name : from->path ? from->path : "stream");
    pail_kept_access(k, &a->access, &from->access);
    pail_kept_attributes(k, &a->attributes, &from->attributes);
    if (a->call.priority == PAIL_PRIO_META)
        a->call.priority = PAIL_PRIO_WRITE;
    u->source.name = a->name;
    u->source.attention = &u->t.attention;
    if (from->data) {
        u->source.data = *from->data;
        a->data = &u->source.data;
    }
    return pail_kept_check(k, err);
}

int pail_upload_async(struct pail_transfers *m, const struct pail_upload_args *args,
                      struct pail_transfer_result *ret, pail_done_fn *done, void *ud,
                      struct pail_transfer **ret_transfer, struct pail_error *err)
{
    struct pail_transfer *t;

    int rc = check_args(args, err);
    if (rc == 0)
        rc = pail_task_new(m, &upload_kind, &t, err);
    if (rc < 0)
        return rc;
    struct pail_up *u = PAIL_CONTAINER(t, struct pail_up, t);
    pail_list_init(&u->ahead.chunks);
    u->ahead.u = u;
    t->progress = args->progress;
    t->progress_ud = args->progress_ud;
    rc = keep_args(u, args, err);
    if (rc < 0) {
        pail_transfer_unref(t);
        return rc;
    }
    pail_task_begin(t, done, ud, ret, ret_transfer);
    return 0;
}

int pail_upload(struct pail_transfers *m, const struct pail_upload_args *args,
                struct pail_transfer_result *ret, struct pail_error *err)
{
    struct pail_transfer *t = NULL;
    int rc = pail_upload_async(m, args, ret, pail_task_nothing, NULL, &t, err);
    return pail_task_wait(t, rc, err);
}
