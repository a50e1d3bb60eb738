/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads of unknown length: one PUT when the end comes within the first part, else parts.
 *
 * A pipe cannot be read twice, so every part is kept until it is stored. Parts begin small and
 * double every thousand, so that 10,000 of them are enough; the larger they are, the fewer are in
 * flight, and two always. Memory: 256 MiB at most, above 500 GiB 1 GiB.
 */
#include "base/alloc.h"
#include "tools/lib/flight.h"
#include "tools/lib/one.h"
#include "tools/lib/pipe.h"
#include "tools/lib/transfer.h"

#define PARTS_OF_A_SIZE 1000
#define MAX_SIZE ((uint64_t)512 << 20)
#define MEMORY ((uint64_t)256 << 20)

struct part {
    char *buffer; /* part_size bytes */
    struct pail_bytes segment;
    struct pail_s3_body body;
};
struct stream {
    const struct pail_transfer *t;
    int fd;
    const char *name;
    struct pail_str bucket, key;
    struct pail_s3_upload_id id;
    struct pail_s3_part *parts;
    unsigned n_parts;
    uint64_t part_size;
    bool ended;
    char *first; /* a part that was read before the upload was begun; NULL: sent */
};

static int read_part(struct stream *s, struct part *p, struct pail_error *err)
{
    size_t n = 0;
    if (s->first) {
        p->buffer = PAIL_STEAL(s->first);
        n = s->part_size;
    } else {
        if (!p->buffer && !(p->buffer = pail_alloc(s->part_size)))
            return pail_error_nomem(err);
        int rc = pail_pipe_read(s->fd, s->name, p->buffer, s->part_size, &n, err);
        if (rc)
            return rc;
    }
    s->ended = n < s->part_size;
    p->segment = (struct pail_bytes){p->buffer, n};
    p->body = (struct pail_s3_body){.segments = &p->segment, .n_segments = 1, .length = n};
    return 0;
}

/* The next part into a slot; gives the slot back when there is none. */
static void send_part(struct stream *s, struct pail_flight_slot *slot)
{
    struct part *p = slot->data;
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_call *call = NULL;
    int rc = read_part(s, p, &why);
    if (!rc && !p->body.length) {
        pail_flight_landed(slot, NULL);
        return;
    }
    if (!rc && s->n_parts == PAIL_S3_MAX_PARTS)
        rc = pail_error_set(&why, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                            "%s: more than %u parts of up to %llu bytes", s->name,
                            PAIL_S3_MAX_PARTS, (unsigned long long)s->part_size);
    if (!rc) {
        struct pail_s3_part *result = &s->parts[s->n_parts++];
        struct pail_s3_mpu_part_args args = {.call = {.priority = PAIL_PRIO_WRITE},
                                             .bucket = s->bucket,
                                             .key = s->key,
                                             .upload_id = pail_str(s->id.id),
                                             .number = s->n_parts};
        pail_progress_bytes(s->t->progress, p->body.length);
        rc = pail_s3_mpu_part_async(s->t->s3, &args, &p->body, result, pail_flight_landed, slot,
                                    &call, &why);
    }
    pail_flight_started(slot, rc, call, &why);
}

/* Parts of one size: until the end, or the next size. */
static int send_parts(struct stream *s, struct pail_error *err)
{
    struct pail_flight flight;
    struct part parts[PAIL_FLIGHT_SLOTS] = {0};
    size_t width = pail_max_u64(2, pail_min_u64(PAIL_FLIGHT_SLOTS, MEMORY / s->part_size));
    bool more = true;
    pail_flight_init(&flight);
    for (size_t i = 0; more && !s->ended; i = (i + 1) % width) {
        struct pail_flight_slot *slot = pail_flight_take_at(&flight, i);
        if (!slot)
            break;
        slot->data = &parts[i];
        send_part(s, slot);
        more = s->part_size == MAX_SIZE || s->n_parts % PARTS_OF_A_SIZE;
    }
    int rc = pail_flight_wait(&flight, err);
    for (size_t i = 0; i < width; i++)
        pail_free(parts[i].buffer);
    pail_flight_done(&flight);
    return rc;
}

static int send_all(struct stream *s, struct pail_error *err)
{
    int rc = 0;
    while (!rc && !s->ended) {
        rc = send_parts(s, err);
        s->part_size = pail_min_u64(2 * s->part_size, MAX_SIZE);
    }
    if (rc)
        return rc;
    struct pail_s3_mpu_complete_args complete = {.bucket = s->bucket,
                                                 .key = s->key,
                                                 .upload_id = pail_str(s->id.id),
                                                 .parts = s->parts,
                                                 .n_parts = s->n_parts};
    return pail_one_complete(s->t->s3, &complete, err);
}

static int multipart(struct stream *s, struct pail_error *err)
{
    struct pail_s3_mpu_create_args create = {.bucket = s->bucket, .key = s->key};
    s->parts = pail_calloc(PAIL_S3_MAX_PARTS, sizeof(*s->parts));
    if (!s->parts)
        return pail_error_nomem(err);
    int rc = pail_s3_mpu_create(s->t->s3, &create, &s->id, err);
    if (!rc) {
        rc = send_all(s, err);
        if (rc)
            pail_one_abort(s->t->s3, s->bucket, s->key, s->id.id, err);
    }
    pail_free(s->parts);
    return rc;
}

int pail_transfer_upload_stream(const struct pail_transfer *t, int fd, const char *name,
                                struct pail_str bucket, struct pail_str key, struct pail_error *err)
{
    struct stream s = {
        .t = t, .fd = fd, .name = name, .bucket = bucket, .key = key, .part_size = PAIL_PART_SIZE};
    struct part whole = {0};
    int rc = read_part(&s, &whole, err);
    if (!rc && s.ended) {
        struct pail_s3_put_args args = {
            .call = {.priority = PAIL_PRIO_WRITE}, .bucket = bucket, .key = key};
        rc = pail_one_put(t->s3, &args, &whole.body, err);
        if (!rc)
            pail_progress_bytes(t->progress, whole.body.length);
    } else if (!rc) {
        s.first = PAIL_STEAL(whole.buffer);
        rc = multipart(&s, err);
    }
    pail_free(whole.buffer);
    pail_free(s.first);
    return rc;
}
