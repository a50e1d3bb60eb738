/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transfer/upload_part.c - parts: read, sent, told.
 *
 * A part is read into memory by the step, in chunks, and sent from there: what is summed is what is
 * sent, and the network's thread never waits for the disk. Only parts too large for that are read
 * from the file while they go. A stream cannot be read twice, so its parts are in memory whatever
 * their size; they grow with their number, so that 10,000 of them hold 2.4 TiB.
 */
#include "transfer/upload.h"

#include <stdatomic.h>

#include "base/alloc.h"

#define PARTS_OF_A_SIZE 1000
#define MAX_STREAM_PART (UINT64_C(512) << 20)

/* ---- Memory ---- */

static struct pail_chunk *chunk_of(struct pail_list *link)
{
    return PAIL_CONTAINER(link, struct pail_chunk, job.link);
}

void pail_up_lane_reset(struct pail_up_lane *l)
{
    if (l->chunks.next)
        pail_chunks_put_all(l->u->t.m->chunks, &l->chunks);
    if (l->held)
        pail_task_give_bytes(&l->u->t, l->held);
    l->held = 0;
    l->length = 0;
    l->sent = 0;
    l->untold = 0;
}

static int add_chunk(struct pail_up *u, struct pail_up_lane *l, size_t n, struct pail_error *err)
{
    struct pail_chunk *c;
    int rc = pail_chunks_get(u->t.m->chunks, &c, err);

    if (rc < 0)
        return rc;
    pail_list_append(&l->chunks, &c->job.link); /* the lane's, also when reading fails */
    if (u->source.stream)
        rc = pail_source_read(&u->source, c->data, n, &c->n, err);
    else if ((rc = pail_source_read_at(&u->source, l->offset + l->length, c->data, n, err)) == 0)
        c->n = n;
    l->length += c->n;
    return rc;
}

int pail_up_fill(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    size_t chunk = pail_chunks_size(u->t.m->chunks);
    uint64_t want = u->source.stream ? u->part_size
                                     : pail_min_u64(u->part_size, u->source.size - l->offset);

    while (l->length < want && !u->source.ended) {
        int rc = add_chunk(u, l, pail_min_u64(chunk, want - l->length), err);
        if (rc < 0)
            return rc;
        if (atomic_load(u->source.attention))
            return 0;
    }
    return 1;
}

/* ---- Bodies ---- */

static int read_file(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                     struct pail_error *err)
{
    const struct pail_up_lane *l = ud;
    size_t n = pail_min_u64(cap, l->length - offset);
    int rc = pail_source_read_at(&l->u->source, l->offset + offset, dst, n, err);

    if (rc == 0)
        *ret_n = n;
    return rc;
}

static void tell(struct pail_up_lane *l, uint64_t at)
{
    struct pail_transfer *t = &l->u->t;

    l->untold += (int64_t)(at - l->sent);
    l->sent = at;
    int64_t step = (int64_t)t->m->config.io_chunksize;
    if (l->untold >= step || l->untold < 0 || at == l->length) {
        pail_task_progress(t, l->untold);
        l->untold = 0;
    }
}

/* Starting again takes back what was told. */
static void on_sent(void *ud, uint64_t offset, size_t n)
{
    struct pail_up_lane *l = ud;

    if (offset < l->sent)
        tell(l, offset);
    tell(l, offset + n);
}

void pail_up_told(struct pail_up_lane *l)
{
    tell(l, l->length);
}

int pail_up_body(struct pail_up_lane *l, struct pail_error *err)
{
    size_t n = 0;

    l->body = (struct pail_s3_body){
        .ud = l, .length = l->length, .sent = on_sent, .checksum = l->u->args.checksum};
    if (!l->u->t.progress)
        l->body.sent = NULL;
    if (pail_list_empty(&l->chunks) && l->length) {
        l->body.read = read_file;
        return 0;
    }
    PAIL_LIST_FOR (it, &l->chunks)
        n++;
    if (n > l->cap_segments || !l->segments) {
        struct pail_bytes *s = pail_reallocarray(l->segments, n + 1, sizeof(*s));
        if (!s)
            return pail_error_nomem(err);
        l->segments = s;
        l->cap_segments = n + 1;
    }
    l->body.segments = l->segments;
    l->body.n_segments = n;
    n = 0;
    PAIL_LIST_FOR (it, &l->chunks)
        l->segments[n++] = (struct pail_bytes){chunk_of(it)->data, chunk_of(it)->n};
    return 0;
}

/* ---- Sending ---- */

int pail_up_room(struct pail_up *u, size_t i, struct pail_error *err)
{
    if (i >= PAIL_S3_MAX_PARTS)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "%s: more than %u parts of up to %llu bytes", u->source.name,
                              PAIL_S3_MAX_PARTS, (unsigned long long)u->part_size);
    if (i < u->cap_parts)
        return 0;
    /* Results are written by requests under way: the array must not move. */
    size_t cap = u->source.stream ? PAIL_S3_MAX_PARTS : u->n_parts;
    u->parts = pail_calloc(cap, sizeof(*u->parts));
    if (!u->parts)
        return pail_error_nomem(err);
    u->cap_parts = cap;
    return 0;
}

static void grow(struct pail_up *u)
{
    if (!u->source.stream || u->next < u->grow_at)
        return;
    u->part_size = pail_min_u64(2 * u->part_size, pail_max_u64(MAX_STREAM_PART, u->part_size));
    u->grow_at += PARTS_OF_A_SIZE;
}

static int start(struct pail_up *u, struct pail_up_lane *l, struct pail_error *err)
{
    struct pail_s3_mpu_part_args args = {.call = u->args.call,
                                         .bucket = u->args.bucket,
                                         .key = u->args.key,
                                         .upload_id = pail_str(u->id.id),
                                         .number = (unsigned)l->part + 1,
                                         .access = u->args.access};
    int rc = pail_up_room(u, l->part, err);

    if (rc == 0)
        rc = pail_up_body(l, err);
    if (rc < 0)
        return rc;
    pail_lane_begin(&l->lane);
    rc = pail_s3_mpu_part_async(u->t.m->s3, &args, &l->body, &u->parts[l->part], pail_lane_landed,
                                l, &l->lane.call, err);
    pail_lane_started(&l->lane, rc, err);
    return 0; /* a failure comes as the lane's */
}

/* The first part of a stream was read to find out how to send it. */
static bool is_read_ahead(const struct pail_up *u)
{
    return u->source.stream && u->next == 0 && u->ahead.length;
}

/* Of the next part. */
static uint64_t length_of(const struct pail_up *u)
{
    if (u->source.stream)
        return is_read_ahead(u) ? u->ahead.length : u->part_size;
    return pail_min_u64(u->part_size, u->source.size - (uint64_t)u->next * u->part_size);
}

/* Fills and starts the next part in a lane that the gate let in. 0 with nothing started: there was
 * no next one after all, or the stream is to be left alone. */
static int next_part(struct pail_up *u, struct pail_up_lane *l, bool in_memory, bool *ret_started,
                     struct pail_error *err)
{
    int rc = 1;

    l->part = u->next;
    l->offset = (uint64_t)u->next * u->part_size;
    if (is_read_ahead(u)) {
        pail_list_splice(&l->chunks, &u->ahead.chunks);
        l->length = u->ahead.length;
        l->held = u->ahead.held;
        u->ahead.held = 0;
    } else if (in_memory) {
        rc = pail_up_fill(u, l, err);
    } else {
        l->length = pail_min_u64(u->part_size, u->source.size - l->offset);
    }
    if (rc <= 0 || l->length == 0)
        return rc < 0 ? rc : 0;
    rc = start(u, l, err);
    if (rc == 0) {
        *ret_started = true;
        u->next++;
        if (u->source.stream)
            u->n_parts = u->next;
        grow(u);
    }
    return rc;
}

static bool more(const struct pail_up *u)
{
    return u->source.stream ? is_read_ahead(u) || !u->source.ended : u->next < u->n_parts;
}

/* Parts that an earlier upload left, in front of those to be sent. */
static int skip_stored(struct pail_up *u, struct pail_error *err)
{
    while (u->stored && more(u) && u->stored[u->next]) {
        bool same = false;
        if (atomic_load(&u->t.attention))
            return 0;
        int rc = pail_up_resume_check(u, u->next, &same, err);
        if (rc < 0)
            return rc;
        if (!same) {
            u->stored[u->next] = false;
            break;
        }
        uint64_t at = (uint64_t)u->next * u->part_size;
        pail_task_progress(&u->t, (int64_t)pail_min_u64(u->part_size, u->source.size - at));
        u->t.step.result.resumed = true;
        u->next++;
        u->done++;
    }
    return 0;
}

void pail_up_send(struct pail_up *u)
{
    struct pail_error err = PAIL_ERROR_INIT;

    for (;;) {
        int rc = skip_stored(u, &err);
        struct pail_up_lane *l = rc < 0 || !more(u) ? NULL : pail_task_free_lane(&u->t);
        bool in_memory = u->source.stream || u->part_size <= PAIL_UPLOAD_MAX_IN_MEMORY;
        uint64_t length = length_of(u), memory = in_memory && !is_read_ahead(u) ? length : 0;
        bool started = false;
        if (rc < 0)
            pail_task_fail(&u->t, &err);
        if (!l || atomic_load(&u->t.attention) || !pail_task_admit(&u->t, memory, length))
            return;
        l->held = memory;
        rc = next_part(u, l, in_memory, &started, &err);
        if (started)
            continue;
        pail_up_lane_reset(l);
        pail_gate_give_slot(u->t.m->gate);
        if (rc < 0)
            pail_task_fail(&u->t, &err);
        return;
    }
}
