/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads: one PUT up to a part, else parts of which several are in flight. Sources are read by
 * whole parts, so that a part can be sent again. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "lib/flight.h"
#include "lib/transfer.h"

#define PART ((uint64_t)8 << 20)

struct source {
    struct pail_file *file; /* NULL: standard input */
    uint64_t offset, size;  /* size UINT64_MAX: unknown */
    const char *name;
};

/* Up to n bytes; fewer at the end only. */
static int source_read(struct source *s, char *dst, size_t n, size_t *ret_n, struct pail_error *err)
{
    if (s->file) {
        int rc = pail_file_pread(s->file, dst, n, s->offset, ret_n, err);
        if (!rc)
            s->offset += *ret_n;
        return rc;
    }
    size_t got = 0;
    while (got < n) {
        ssize_t r = read(STDIN_FILENO, dst + got, n - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return pail_error_os(err, errno, "standard input");
        if (r == 0)
            break;
        got += (size_t)r;
    }
    *ret_n = got;
    return 0;
}

struct part_slot {
    char *buffer;
    struct pail_bytes segment;
    struct pail_s3_body body;
    struct pail_s3_part *result;
};

struct upload {
    const struct pail_transfer *t;
    struct pail_str bucket, key;
    struct source *source;
    struct pail_s3_upload_id id;
    struct pail_flight flight;
    struct part_slot slots[PAIL_FLIGHT_SLOTS];
    struct pail_s3_part *parts;
    size_t n_parts;
    uint64_t part_size, sent;
};

static int send_part(struct upload *u, struct pail_flight_slot *slot, struct pail_error *err)
{
    struct part_slot *p = slot->data;
    size_t n = 0;
    if (!p->buffer && !(p->buffer = pail_alloc(u->part_size)))
        return pail_error_nomem(err);
    int rc = source_read(u->source, p->buffer, u->part_size, &n, err);
    if (rc)
        return rc;
    if (!n && u->n_parts)
        return 1; /* the end */
    if (u->n_parts == PAIL_S3_MAX_PARTS)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "%s: more than %u parts of %llu bytes", u->source->name,
                              PAIL_S3_MAX_PARTS, (unsigned long long)u->part_size);
    struct pail_s3_mpu_part_args args = {.call = {.priority = PAIL_PRIO_WRITE},
                                         .bucket = u->bucket,
                                         .key = u->key,
                                         .upload_id = pail_str(u->id.id),
                                         .number = (unsigned)u->n_parts + 1};
    p->segment = (struct pail_bytes){p->buffer, n};
    p->body = (struct pail_s3_body){.segments = &p->segment, .n_segments = 1, .length = n};
    p->result = &u->parts[u->n_parts++];
    u->sent += n;
    pail_progress_bytes(u->t->progress, n);
    rc = pail_s3_mpu_part_async(u->t->s3, &args, &p->body, p->result, pail_flight_landed, slot,
                                NULL, err);
    return rc ? rc : n < u->part_size ? 2 : 0;
}

static int send_parts(struct upload *u, struct pail_error *err)
{
    for (;;) {
        struct pail_flight_slot *slot = pail_flight_take(&u->flight);
        if (!slot)
            break;
        struct pail_error why = PAIL_ERROR_INIT;
        int rc = send_part(u, slot, &why);
        if (rc == 2) /* the last part is on its way */
            break;
        if (rc) {
            pail_flight_landed(slot, rc < 0 ? &why : NULL);
            break;
        }
    }
    return pail_flight_wait(&u->flight, err);
}

static int multipart(struct upload *u, struct pail_error *err)
{
    struct pail_s3_mpu_create_args create = {.bucket = u->bucket, .key = u->key};
    int rc = pail_s3_mpu_create(u->t->s3, &create, &u->id, err);
    if (rc)
        return rc;
    u->parts = pail_calloc(PAIL_S3_MAX_PARTS, sizeof(*u->parts));
    pail_flight_init(&u->flight);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        u->flight.slots[i].data = &u->slots[i];
    rc = u->parts ? send_parts(u, err) : pail_error_nomem(err);
    if (!rc && u->source->size != UINT64_MAX && u->sent != u->source->size)
        rc = pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                            "%s changed its size while it was uploaded", u->source->name);
    if (!rc) {
        struct pail_s3_mpu_complete_args complete = {.bucket = u->bucket,
                                                     .key = u->key,
                                                     .upload_id = pail_str(u->id.id),
                                                     .parts = u->parts,
                                                     .n_parts = u->n_parts};
        struct pail_s3_put_result result;
        rc = pail_s3_mpu_complete(u->t->s3, &complete, &result, err);
    }
    if (rc) {
        struct pail_s3_mpu_abort_args abort = {
            .bucket = u->bucket, .key = u->key, .upload_id = pail_str(u->id.id)};
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_s3_mpu_abort(u->t->s3, &abort, &why))
            pail_error_prefix(err, "(its parts remain: %s)", why.message);
    }
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        pail_free(u->slots[i].buffer);
    pail_free(u->parts);
    pail_flight_done(&u->flight);
    return rc;
}

static int put(const struct pail_transfer *t, struct pail_str bucket, struct pail_str key,
               const char *data, size_t n, struct pail_error *err)
{
    struct pail_bytes segment = {data, n};
    struct pail_s3_body body = {.segments = &segment, .n_segments = 1, .length = n};
    struct pail_s3_put_args args = {
        .call = {.priority = PAIL_PRIO_WRITE}, .bucket = bucket, .key = key};
    struct pail_s3_put_result result;
    int rc = pail_s3_put(t->s3, &args, &body, &result, err);
    if (!rc)
        pail_progress_bytes(t->progress, n);
    return rc;
}

static uint64_t part_size_for(uint64_t size)
{
    uint64_t ps = PART;
    while (size != UINT64_MAX && size / ps >= PAIL_S3_MAX_PARTS)
        ps *= 2;
    return size == UINT64_MAX ? 2 * PART : ps;
}

int pail_transfer_upload(const struct pail_transfer *t, const char *path, struct pail_str bucket,
                         struct pail_str key, struct pail_error *err)
{
    struct source s = {.name = path};
    int rc = pail_file_open(path, PAIL_FILE_READ, &s.file, err);
    if (!rc)
        rc = pail_file_size(s.file, &s.size, err);
    if (!rc && s.size <= PART) {
        PAIL_AUTOFREE char *data = pail_alloc(s.size ? s.size : 1);
        size_t n = 0;
        rc = data ? source_read(&s, data, s.size, &n, err) : pail_error_nomem(err);
        if (!rc)
            rc = put(t, bucket, key, data, n, err);
    } else if (!rc) {
        struct upload u = {
            .t = t, .bucket = bucket, .key = key, .source = &s, .part_size = part_size_for(s.size)};
        rc = multipart(&u, err);
    }
    pail_file_close(s.file);
    return rc;
}

int pail_transfer_upload_stdin(const struct pail_transfer *t, struct pail_str bucket,
                               struct pail_str key, struct pail_error *err)
{
    struct source s = {.size = UINT64_MAX, .name = "standard input"};
    struct upload u = {
        .t = t, .bucket = bucket, .key = key, .source = &s, .part_size = part_size_for(UINT64_MAX)};
    return multipart(&u, err);
}
