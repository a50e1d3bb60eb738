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
        pail_mutex_lock(&d->lock);
        bool sent = p->state == PAIL_PART_SENT;
        pail_mutex_unlock(&d->lock);
        if (!sent || !p->staged)
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
    struct pail_part *p = NULL;
    int rc = pail_upload_add_part(d, d->size, capacity, &p, err);
    if (rc)
        return rc;
    p->in_file = capacity > PAIL_PART_IN_MEMORY;
    return p->in_file && !d->file ? pail_staged_open(d, err) : 0;
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

static int tail_room(struct pail_draft *d, struct pail_part *p, uint64_t length,
                     struct pail_error *err)
{
    if (p->in_file) {
        int rc = pail_writer_stage(d->writer, length - p->length, err);
        if (!rc)
            p->staged += length - p->length;
        return rc;
    }
    /* Nothing of this draft is under way that could give memory back: take it by force. */
    pail_mutex_lock(&d->lock);
    bool alone = d->flight.sending == 0;
    pail_mutex_unlock(&d->lock);
    return pail_wbuf_reserve(d->writer, &p->mem, length, alone, err);
}

static int put_bytes(struct pail_draft *d, struct pail_part *p, uint64_t at, const char *src,
                     size_t n, struct pail_error *err)
{
    if (p->in_file)
        return pail_file_pwrite(d->file, src, n, p->offset + at, err);
    pail_wbuf_put(&p->mem, at, src, n);
    return 0;
}

static int send_tail(struct pail_draft *d, struct pail_error *err)
{
    int rc = pail_upload_begin(d, &d->target, err);
    if (rc)
        return rc;
    return pail_upload_send(d, (unsigned)d->n_parts, tail(d), err);
}

static int append(struct pail_draft *d, const char *src, size_t n, struct pail_error *err)
{
    while (n) {
        struct pail_part *p = d->n_parts == 1 ? d->parts[0] : tail(d);
        if (p->length == p->capacity) {
            int rc = 0;
            if (d->n_parts > 1 && p->state == PAIL_PART_FILLING)
                rc = send_tail(d, err);
            if (!rc)
                rc = open_tail(d, err);
            if (rc)
                return rc;
            p = tail(d);
        }
        size_t take = (size_t)pail_min_u64(n, p->capacity - p->length);
        int rc = d->n_parts == 1
                     ? pail_wbuf_reserve(d->writer, &p->mem, p->length + take, true, err)
                     : tail_room(d, p, p->length + take, err);
        if (!rc)
            rc = put_bytes(d, p, p->length, src, take, err);
        if (rc)
            return rc;
        p->length += take;
        d->size += take;
        src += take;
        n -= take;
    }
    return 0;
}

/* The part that holds all of [offset, offset + n) in a place where it can still be changed. */
static struct pail_part *holder(const struct pail_draft *d, uint64_t offset, size_t n)
{
    struct pail_part *candidates[2] = {d->parts[0], tail(d)};
    for (size_t i = 0; i < 2; i++) {
        struct pail_part *p = candidates[i];
        if (p && p->state == PAIL_PART_FILLING && offset >= p->offset &&
            offset + n <= p->offset + p->length)
            return p;
    }
    return NULL;
}

int pail_stream_write(struct pail_draft *d, uint64_t offset, const char *p, size_t n,
                      bool *ret_fits, struct pail_error *err)
{
    pail_mutex_lock(&d->lock);
    int rc = d->flight.failed ? (int)d->flight.err.code : 0;
    if (rc)
        pail_error_copy(err, &d->flight.err);
    pail_mutex_unlock(&d->lock);
    if (rc)
        return rc;
    *ret_fits = true;
    if (offset == d->size)
        return append(d, p, n, err);
    struct pail_part *part = holder(d, offset, n);
    if (part)
        return put_bytes(d, part, offset - part->offset, p, n, err);
    *ret_fits = false;
    return 0;
}

bool pail_stream_read(struct pail_draft *d, uint64_t offset, char *dst, size_t n)
{
    struct pail_part *p = holder(d, offset, n);
    if (!p || p->in_file)
        return false;
    pail_wbuf_get(&p->mem, offset - p->offset, dst, n);
    return true;
}
