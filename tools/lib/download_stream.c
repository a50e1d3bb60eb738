/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Downloads into a pipe: the bytes in order, from memory.
 *
 * The library's threads must not wait for whoever reads the pipe: it may be a pager. So pieces of
 * one version are fetched into memory, several at once, and this thread writes them in a ring of
 * slots: taking a slot again means that its piece is here.
 */
#include <string.h>

#include "base/alloc.h"
#include "tools/lib/flight.h"
#include "tools/lib/one.h"
#include "tools/lib/pipe.h"
#include "tools/lib/transfer.h"

struct piece {
    char *buffer; /* PAIL_PART_SIZE bytes, or the object's */
    size_t size, length;
};
struct stream {
    const struct pail_transfer *t;
    struct pail_str bucket, key;
    const struct pail_s3_object *head;
    int fd;
    const char *name;
};

static int write_piece(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct piece *piece = ud;
    if (offset > piece->size || n > piece->size - offset)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "more bytes than were asked for");
    memcpy(piece->buffer + offset, p, n);
    piece->length = offset + n;
    return 0;
}

static int ask(const struct stream *s, struct pail_flight_slot *slot, uint64_t at,
               struct pail_call **ret_call, struct pail_error *err)
{
    struct piece *piece = slot->data;
    piece->size = pail_min_u64(s->head->size - at, PAIL_PART_SIZE);
    piece->length = 0;
    if (!piece->buffer && !(piece->buffer = pail_alloc(piece->size)))
        return pail_error_nomem(err);
    struct pail_s3_get_args args = {.call = {.priority = PAIL_PRIO_READ},
                                    .bucket = s->bucket,
                                    .key = s->key,
                                    .if_match = s->head->etag,
                                    .ranged = s->head->size > PAIL_PART_SIZE,
                                    .offset = at,
                                    .length = piece->size};
    struct pail_s3_sink sink = {.write = write_piece, .ud = piece};
    return pail_s3_get_async(s->t->s3, &args, &sink, NULL, pail_flight_landed, slot, ret_call, err);
}

/* Writes what is in the slot, then asks for the next piece into it. */
static void turn(const struct stream *s, struct pail_flight_slot *slot, uint64_t at)
{
    struct piece *piece = slot->data;
    struct pail_call *call = NULL;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_pipe_write(s->fd, s->name, piece->buffer, piece->length, &why);
    if (!rc)
        pail_progress_bytes(s->t->progress, piece->length);
    if (!rc && at >= s->head->size) {
        pail_flight_landed(slot, NULL);
        return;
    }
    if (!rc)
        rc = ask(s, slot, at, &call, &why);
    pail_flight_started(slot, rc, call, &why);
}

static int pieces(const struct stream *s, struct pail_error *err)
{
    struct pail_flight flight;
    struct piece ring[PAIL_FLIGHT_SLOTS] = {0};
    uint64_t n = (s->head->size + PAIL_PART_SIZE - 1) / PAIL_PART_SIZE;
    size_t width = pail_min_u64(n, PAIL_FLIGHT_SLOTS);
    pail_flight_init(&flight);
    for (uint64_t i = 0; i < n + width; i++) {
        struct pail_flight_slot *slot = pail_flight_take_at(&flight, i % width);
        if (!slot)
            break;
        slot->data = &ring[i % width];
        turn(s, slot, i * PAIL_PART_SIZE);
    }
    int rc = pail_flight_wait(&flight, err);
    for (size_t i = 0; i < width; i++)
        pail_free(ring[i].buffer);
    pail_flight_done(&flight);
    return rc;
}

int pail_transfer_download_stream(const struct pail_transfer *t, struct pail_str bucket,
                                  struct pail_str key, int fd, const char *name,
                                  struct pail_error *err)
{
    struct pail_s3_head_args args = {.bucket = bucket, .key = key};
    struct pail_s3_object head = {0};
    int rc = pail_one_head(t->s3, &args, &head, err);
    if (rc)
        return rc;
    struct stream s = {.t = t, .bucket = bucket, .key = key, .head = &head, .fd = fd, .name = name};
    pail_progress_expect(t->progress, head.size, 1);
    rc = pieces(&s, err);
    pail_s3_object_done(&head);
    return rc;
}
