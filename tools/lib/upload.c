/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads of files: one PUT up to a part, else parts, several in flight.
 *
 * Small ones are read into memory. Larger ones are read at positions whenever a part is sent (or
 * sent again), so that neither their number nor their size costs memory. The length of a part is
 * fixed before: a file that ends early is an error, and one that has grown is found at the end.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "tools/lib/flight.h"
#include "tools/lib/one.h"
#include "tools/lib/transfer.h"

/* Read at once, in the thread that sends it. */
#define SMALL (256 << 10)

/* [base, base + body.length) of a file. */
struct piece {
    struct pail_file *file;
    uint64_t base;
    const char *path;
    struct pail_s3_body body;
};

static int read_piece(void *ud, uint64_t offset, void *dst, size_t cap, size_t *ret_n,
                      struct pail_error *err)
{
    const struct piece *p = ud;
    int rc = pail_file_pread(p->file, dst, cap, p->base + offset, ret_n, err);
    if (!rc && !*ret_n)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "%s became shorter while it was uploaded", p->path);
    return rc;
}

static void piece_init(struct piece *p, struct pail_file *file, const char *path, uint64_t base,
                       uint64_t length)
{
    *p = (struct piece){.file = file, .base = base, .path = path};
    p->body = (struct pail_s3_body){.read = read_piece, .ud = p, .length = length};
}

struct upload {
    const struct pail_transfer *t;
    struct pail_str bucket, key;
    struct pail_file *file;
    const char *path;
    uint64_t size, part_size;
    struct pail_s3_upload_id id;
    struct pail_s3_part *parts;
    size_t n_parts;
};

/* ---- Parts ---- */

static void send_part(const struct upload *u, size_t i, struct pail_flight_slot *slot)
{
    struct piece *piece = slot->data;
    struct pail_s3_mpu_part_args args = {.call = {.priority = PAIL_PRIO_WRITE},
                                         .bucket = u->bucket,
                                         .key = u->key,
                                         .upload_id = pail_str(u->id.id),
                                         .number = (unsigned)i + 1};
    struct pail_call *call = NULL;
    struct pail_error why = PAIL_ERROR_INIT;
    uint64_t at = i * u->part_size;
    /* What was in the slot has arrived. */
    pail_progress_bytes(u->t->progress, piece->body.length);
    piece_init(piece, u->file, u->path, at, pail_min_u64(u->size - at, u->part_size));
    int rc = pail_s3_mpu_part_async(u->t->s3, &args, &piece->body, &u->parts[i], pail_flight_landed,
                                    slot, &call, &why);
    pail_flight_started(slot, rc, call, &why);
}

static int send_parts(const struct upload *u, struct pail_error *err)
{
    struct pail_flight flight;
    struct piece pieces[PAIL_FLIGHT_SLOTS] = {0};
    pail_flight_init(&flight);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS; i++)
        flight.slots[i].data = &pieces[i];
    for (size_t i = 0; i < u->n_parts; i++) {
        struct pail_flight_slot *slot = pail_flight_take(&flight);
        if (!slot)
            break;
        send_part(u, i, slot);
    }
    int rc = pail_flight_wait(&flight, err);
    for (size_t i = 0; i < PAIL_FLIGHT_SLOTS && !rc; i++)
        pail_progress_bytes(u->t->progress, pieces[i].body.length);
    pail_flight_done(&flight);
    return rc;
}

static int size_changed(const struct upload *u, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "%s changed its size while it was uploaded", u->path);
}

static int check_size(const struct upload *u, struct pail_error *err)
{
    uint64_t now = 0;
    int rc = pail_file_size(u->file, &now, err);
    return rc ? rc : now != u->size ? size_changed(u, err) : 0;
}

static int multipart(struct upload *u, struct pail_error *err)
{
    struct pail_s3_mpu_create_args create = {.bucket = u->bucket, .key = u->key};
    for (u->part_size = PAIL_PART_SIZE; u->size / u->part_size >= PAIL_S3_MAX_PARTS;)
        u->part_size *= 2;
    u->n_parts = (size_t)((u->size + u->part_size - 1) / u->part_size);
    PAIL_AUTOFREE struct pail_s3_part *parts = pail_calloc(u->n_parts, sizeof(*parts));
    if (!parts)
        return pail_error_nomem(err);
    u->parts = parts;
    int rc = pail_s3_mpu_create(u->t->s3, &create, &u->id, err);
    if (rc)
        return rc;
    rc = send_parts(u, err);
    if (!rc)
        rc = check_size(u, err);
    if (!rc) {
        struct pail_s3_mpu_complete_args complete = {.bucket = u->bucket,
                                                     .key = u->key,
                                                     .upload_id = pail_str(u->id.id),
                                                     .parts = parts,
                                                     .n_parts = u->n_parts};
        rc = pail_one_complete(u->t->s3, &complete, err);
    }
    if (rc)
        pail_one_abort(u->t->s3, u->bucket, u->key, u->id.id, err);
    return rc;
}

/* ---- One request ---- */

static int put(const struct upload *u, struct pail_error *err)
{
    PAIL_AUTOFREE char *data = NULL;
    struct pail_bytes segment = {"", 0};
    struct piece piece;
    struct pail_s3_put_args args = {
        .call = {.priority = PAIL_PRIO_WRITE}, .bucket = u->bucket, .key = u->key};
    piece_init(&piece, u->file, u->path, 0, u->size);
    if (u->size <= SMALL) {
        data = pail_alloc(u->size + 1);
        int rc = data ? pail_file_pread(u->file, data, u->size + 1, 0, &segment.len, err)
                      : pail_error_nomem(err);
        if (rc)
            return rc;
        segment.ptr = data;
        if (segment.len != u->size)
            return size_changed(u, err);
        piece.body = (struct pail_s3_body){
            .segments = &segment, .n_segments = 1, .length = segment.len};
    }
    int rc = pail_one_put(u->t->s3, &args, &piece.body, err);
    if (!rc)
        pail_progress_bytes(u->t->progress, u->size);
    return rc;
}

/* Files of /proc and the like say that they are empty. */
static bool has_hidden_content(const struct upload *u)
{
    char byte;
    size_t n = 0;
    return !u->size && !pail_file_pread(u->file, &byte, 1, 0, &n, NULL) && n;
}

int pail_transfer_upload(const struct pail_transfer *t, const char *path, struct pail_str bucket,
                         struct pail_str key, struct pail_error *err)
{
    struct upload u = {.t = t, .bucket = bucket, .key = key, .path = path};
    struct pail_file_stat st;
    int rc = pail_file_stat(path, &st, err);
    if (!rc)
        rc = pail_file_open(path, PAIL_FILE_READ, &u.file, err);
    if (rc)
        return rc;
    u.size = st.size;
    if (!st.is_regular || has_hidden_content(&u))
        rc = pail_transfer_upload_stream(t, pail_file_fd(u.file), path, bucket, key, err);
    else
        rc = u.size > PAIL_PART_SIZE ? multipart(&u, err) : put(&u, err);
    pail_file_close(u.file);
    return rc;
}
