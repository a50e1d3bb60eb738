/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STREAM: a file written from front to back that has outgrown one part.
 *
 *   | part 1: kept in memory, sent last | part 2, 3, ... sent as they fill | tail: filling |
 *
 * Part 1 stays because many formats write their header again at the end. Until part 2 is full there
 * is no upload: a file that ends before that is a single PUT. Writes go to the end, into part 1, or
 * into the tail; anything else does not fit and the caller rebases.
 */
#include <string.h>

#include "base/logging.h"
#include "write/draft_impl.h"
#include "write/parts.h"

static struct pail_part *tail(const struct pail_draft *d)
{
    return d->n_parts > 1 ? d->parts[d->n_parts - 1] : NULL;
}

/* Parts that were sent from the staging file need their space no more. Not done where they end:
 * that thread must not wait for the disk. */
static void give_back_sent(struct pail_draft *d)
{
    for (size_t i = 1; i < d->n_parts; i++) {
        struct pail_part *p = d->parts[i];
        if (!p->staged || pail_upload_state(d, p) != PAIL_PART_SENT)
            continue;
        struct pail_error why = PAIL_ERROR_INIT;
        if (pail_file_punch(d->file, p->offset, p->length, &why))
            PAIL_LOG(PAIL_LC_WRITE, PAIL_LOG_DEBUG,
                     "staged bytes of a sent part stay until the file is closed: %s", why.message);
        pail_writer_unstage(d->writer, p->staged);
        p->staged = 0;
    }
}

/* Part numbers of a stream: parts[i] is number i + 1. */
static int open_tail(struct pail_draft *d, struct pail_error *err)
{
    give_back_sent(d);
    uint64_t capacity = pail_part_size(d->writer->fixed.part_size, (unsigned)d->n_parts + 1);
    bool in_file = capacity > PAIL_PART_IN_MEMORY;
    struct pail_part *p = NULL;
    int rc = in_file ? pail_staged_open(d, err) : 0;
    if (!rc)
        rc = pail_upload_add_part(d, d->size, capacity, &p, err);
    if (!rc)
        p->in_file = in_file;
    return rc;
}

int pail_stream_from_memory(struct pail_draft *d, struct pail_error *err)
{
    struct pail_part *first = NULL;
    int rc = pail_upload_add_part(d, 0, d->writer->fixed.part_size, &first, err);
    if (rc)
        return rc;
    first->length = d->size;
    first->mem = d->mem;
    pail_wbuf_init(&d->mem);
    d->mode = PAIL_DRAFT_STREAM;
    return 0;
}

bool pail_stream_in_file(const struct pail_draft *d)
{
    for (size_t i = 0; i < d->n_parts; i++)
        if (d->parts[i]->in_file && d->parts[i]->length)
            return true;
    return false;
}

/* n bytes at the part's end. */
static int extend(struct pail_draft *d, struct pail_part *p, const char *src, size_t n,
                  struct pail_error *err)
{
    int rc;
    if (p->in_file) {
        rc = pail_writer_stage(d->writer, n, err);
        if (rc)
            return rc;
        rc = pail_file_pwrite(d->file, src, n, p->offset + p->length, err);
        if (rc) {
            pail_writer_unstage(d->writer, n);
            return pail_staged_no_space(rc, err);
        }
        p->staged += n;
    } else {
        rc = p == d->parts[0] ? pail_wbuf_reserve(d->writer, &p->mem, p->length + n, true, err)
                              : pail_upload_room(d, p, p->length + n, err);
        if (rc)
            return rc;
        pail_wbuf_put(&p->mem, p->length, src, n);
    }
    p->length += n;
    d->size += n;
    return 0;
}

static int send_tail(struct pail_draft *d, struct pail_error *err)
{
    int rc = pail_upload_begin(d, &d->target.args, err);
    if (rc)
        return rc;
    return pail_upload_send(d, (unsigned)d->n_parts, tail(d), err);
}

/* A part that can take more bytes is at the end. A part that was sent before it was full - by a
 * commit that failed later - stays as it is; when it is too short to be followed by another, the
 * stream is over. */
static int make_room(struct pail_draft *d, bool *ret_fits, struct pail_error *err)
{
    struct pail_part *last = d->parts[d->n_parts - 1];
    bool open = pail_upload_state(d, last) == PAIL_PART_FILLING;
    *ret_fits = true;
    if (open && last->length < last->capacity)
        return 0;
    if (!open && last->length < PAIL_S3_MIN_PART) {
        *ret_fits = false;
        return 0;
    }
    int rc = open && d->n_parts > 1 ? send_tail(d, err) : 0;
    return rc ? rc : open_tail(d, err);
}

/* Bytes that were taken may be on their way already: they are counted, not taken back. */
static int append(struct pail_draft *d, const char *src, size_t n, bool *ret_fits, size_t *taken,
                  struct pail_error *err)
{
    while (n) {
        int rc = make_room(d, ret_fits, err);
        if (rc || !*ret_fits)
            return rc;
        struct pail_part *p = d->parts[d->n_parts - 1];
        size_t take = (size_t)pail_min_u64(n, p->capacity - p->length);
        rc = extend(d, p, src, take, err);
        if (rc)
            return rc;
        src += take;
        n -= take;
        *taken += take;
    }
    return 0;
}

/* The part that holds this byte in a place where it can still be changed. */
static struct pail_part *holder(struct pail_draft *d, uint64_t offset)
{
    struct pail_part *candidates[2] = {d->parts[0], tail(d)};
    for (size_t i = 0; i < 2; i++) {
        struct pail_part *p = candidates[i];
        if (p && offset >= p->offset && offset < p->offset + p->length &&
            pail_upload_state(d, p) == PAIL_PART_FILLING)
            return p;
    }
    return NULL;
}

static bool held(struct pail_draft *d, uint64_t offset, uint64_t end)
{
    while (offset < end) {
        struct pail_part *p = holder(d, offset);
        if (!p)
            return false;
        offset = p->offset + p->length;
    }
    return true;
}

static int overwrite(struct pail_draft *d, uint64_t offset, const char *src, size_t n,
                     size_t *taken, struct pail_error *err)
{
    while (n) {
        struct pail_part *p = holder(d, offset);
        size_t take = (size_t)pail_min_u64(n, p->offset + p->length - offset);
        if (p->in_file) {
            int rc = pail_file_pwrite(d->file, src, take, offset, err);
            if (rc)
                return rc;
        } else {
            pail_wbuf_put(&p->mem, offset - p->offset, src, take);
        }
        src += take;
        offset += take;
        n -= take;
        *taken += take;
    }
    return 0;
}

int pail_stream_write(struct pail_draft *d, uint64_t offset, const char *p, size_t n,
                      bool *ret_fits, size_t *taken, struct pail_error *err)
{
    int rc = pail_upload_failure(d, err);
    if (rc)
        return rc;
    uint64_t end = pail_min_u64(offset + n, d->size);
    *ret_fits = offset <= d->size && held(d, offset, end);
    if (!*ret_fits)
        return 0;
    size_t inside = (size_t)(end - offset);
    /* First: appending may send the part away. */
    rc = overwrite(d, offset, p, inside, taken, err);
    return rc ? rc : append(d, p + inside, n - inside, ret_fits, taken, err);
}

bool pail_stream_read(struct pail_draft *d, uint64_t offset, char *dst, size_t n)
{
    if (!held(d, offset, offset + n))
        return false;
    while (n) {
        struct pail_part *p = holder(d, offset);
        size_t take = (size_t)pail_min_u64(n, p->offset + p->length - offset);
        if (p->in_file)
            return false;
        pail_wbuf_get(&p->mem, offset - p->offset, dst, take);
        dst += take;
        offset += take;
        n -= take;
    }
    return true;
}
