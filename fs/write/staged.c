/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STAGED: a committed version (or nothing) below, changed ranges in a sparse file above, each byte
 * at its own offset.
 *
 * What was never staged is a hole and reads as zeros, so a ZERO range needs no bytes: zeroing a
 * staged range punches it. Space is counted before bytes are accepted.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rand.h"
#include "write/draft_impl.h"

#define COPY_BUFFER ((size_t)1 << 20)

int pail_staged_open(struct pail_draft *d, struct pail_error *err)
{
    if (d->file)
        return 0;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf path = PAIL_BUF_INIT(4096);
    char uuid[37];
    pail_rand_uuid(uuid);
    pail_buf_fmt(&path, "%s/staged-%s", d->writer->fixed.staging_dir, uuid);
    int rc = pail_buf_check(&path, "staging path", err);
    if (rc)
        return rc;
    return pail_file_open(pail_buf_cstr(&path),
                          PAIL_FILE_READ | PAIL_FILE_WRITE | PAIL_FILE_CREATE | PAIL_FILE_EXCL |
                              PAIL_FILE_DELETE_ON_CLOSE,
                          &d->file, err);
}

void pail_staged_close(struct pail_draft *d)
{
    uint64_t staged = pail_extents_count(&d->extents, 0, UINT64_MAX, PAIL_FROM_STAGED);
    pail_writer_unstage(d->writer, staged);
    pail_extents_clear(&d->extents);
    pail_file_close(PAIL_STEAL(d->file));
}

int pail_staged_no_space(int rc, struct pail_error *err)
{
    if (rc == PAIL_E_OS && err && err->os_errno == ENOSPC) {
        err->domain = PAIL_D_FS;
        err->code = PAIL_E_FS_NOSPC;
        return PAIL_E_FS_NOSPC;
    }
    return rc;
}

int pail_staged_write(struct pail_draft *d, uint64_t offset, const char *p, size_t n,
                      struct pail_error *err)
{
    uint64_t fresh = n - pail_extents_count(&d->extents, offset, offset + n, PAIL_FROM_STAGED);
    int rc = pail_staged_open(d, err);
    if (rc)
        return rc;
    if (fresh && (rc = pail_writer_stage(d->writer, fresh, err)) != 0)
        return rc;
    rc = pail_file_pwrite(d->file, p, n, offset, err);
    if (!rc)
        rc = pail_extents_set(&d->extents, offset, offset + n, PAIL_FROM_STAGED, err);
    if (rc) {
        pail_writer_unstage(d->writer, fresh);
        return pail_staged_no_space(rc, err);
    }
    d->size = pail_max_u64(d->size, offset + n);
    return 0;
}

static int read_file(struct pail_draft *d, uint64_t offset, char *dst, size_t n,
                     struct pail_error *err)
{
    size_t got = 0;
    int rc = pail_file_pread(d->file, dst, n, offset, &got, err);
    if (!rc)
        memset(dst + got, 0, n - got);
    return rc;
}

int pail_staged_read(struct pail_draft *d, uint64_t offset, char *dst, size_t n,
                     struct pail_error *err)
{
    while (n) {
        const struct pail_range *r = pail_extents_at(&d->extents, offset);
        if (!r)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "read past the end of a draft");
        size_t take = (size_t)pail_min_u64(n, r->end - offset);
        int rc = 0;
        if (r->source == PAIL_FROM_ZERO)
            memset(dst, 0, take);
        else if (r->source == PAIL_FROM_STAGED)
            rc = read_file(d, offset, dst, take, err);
        else
            rc = pail_draft_base_read(d, offset, dst, take, err);
        if (rc)
            return rc;
        dst += take;
        offset += take;
        n -= take;
    }
    return 0;
}

static int load_file(struct pail_draft *d, uint64_t offset, size_t n, struct pail_wbuf *to,
                     uint64_t at, struct pail_error *err)
{
    int rc = 0;
    while (n && !rc) {
        size_t skip = (size_t)(at % PAIL_WBLOCK);
        size_t take = PAIL_WBLOCK - skip < n ? PAIL_WBLOCK - skip : n;
        rc = read_file(d, offset, to->blocks[at / PAIL_WBLOCK] + skip, take, err);
        offset += take;
        at += take;
        n -= take;
    }
    return rc;
}

int pail_staged_load(struct pail_draft *d, uint64_t offset, uint64_t n, struct pail_wbuf *to,
                     struct pail_error *err)
{
    int rc = 0;
    for (uint64_t at = 0; at < n && !rc;) {
        const struct pail_range *r = pail_extents_at(&d->extents, offset + at);
        if (!r)
            return pail_error_set(err, PAIL_D_FS, PAIL_E_INTERNAL, "read past the end of a draft");
        size_t take = (size_t)pail_min_u64(n - at, r->end - offset - at);
        if (r->source == PAIL_FROM_ZERO)
            pail_wbuf_put(to, at, NULL, take);
        else if (r->source == PAIL_FROM_STAGED)
            rc = load_file(d, offset + at, take, to, at, err);
        else /* at once: what is behind it is not wanted */
            rc = pail_draft_base_load(d, offset + at, take, to, at, err);
        at += take;
    }
    return rc;
}

/* Zeros where punching is not possible. */
static int write_zeros(struct pail_draft *d, uint64_t start, uint64_t end, struct pail_error *err)
{
    char *zeros = pail_zalloc(COPY_BUFFER);
    if (!zeros)
        return pail_error_nomem(err);
    int rc = 0;
    for (uint64_t at = start; at < end && !rc; at += COPY_BUFFER)
        rc = pail_file_pwrite(d->file, zeros, (size_t)pail_min_u64(COPY_BUFFER, end - at), at, err);
    pail_free(zeros);
    return pail_staged_no_space(rc, err);
}

static int clear_file(struct pail_draft *d, uint64_t start, uint64_t end, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_file_punch(d->file, start, end - start, &why);
    if (rc == PAIL_E_UNSUPPORTED)
        return write_zeros(d, start, end, err);
    if (rc)
        pail_error_copy(err, &why);
    return rc;
}

int pail_staged_zero(struct pail_draft *d, uint64_t start, uint64_t end, struct pail_error *err)
{
    uint64_t staged = pail_extents_count(&d->extents, start, end, PAIL_FROM_STAGED);
    int rc = staged ? clear_file(d, start, end, err) : 0;
    if (!rc)
        rc = pail_extents_set(&d->extents, start, end, PAIL_FROM_ZERO, err);
    if (!rc)
        pail_writer_unstage(d->writer, staged);
    d->size = pail_extents_size(&d->extents);
    return rc;
}

int pail_staged_resize(struct pail_draft *d, uint64_t size, struct pail_error *err)
{
    uint64_t old = pail_extents_size(&d->extents);
    uint64_t staged = size < old ? pail_extents_count(&d->extents, size, old, PAIL_FROM_STAGED) : 0;
    int rc = 0;
    if (d->file && size < old) /* what is cut must read as zeros if the file grows again */
        rc = pail_file_truncate(d->file, size, err);
    if (!rc)
        rc = pail_extents_resize(&d->extents, size, err);
    if (rc)
        return rc;
    pail_writer_unstage(d->writer, staged);
    d->size = size;
    return 0;
}

int pail_staged_localise(struct pail_draft *d, uint64_t start, uint64_t end, struct pail_error *err)
{
    PAIL_AUTOFREE char *buffer = NULL;
    for (uint64_t at = start; at < end;) {
        const struct pail_range *r = pail_extents_at(&d->extents, at);
        if (!r)
            return 0;
        uint64_t stop = pail_min_u64(r->end, end);
        /* A write that failed may have left something in the file. */
        if (r->source == PAIL_FROM_ZERO && d->file) {
            int rc = clear_file(d, at, stop, err);
            if (rc)
                return rc;
        }
        if (r->source != PAIL_FROM_BASE) {
            at = stop;
            continue;
        }
        if (!buffer && !(buffer = pail_alloc(COPY_BUFFER)))
            return pail_error_nomem(err);
        size_t take = (size_t)pail_min_u64(COPY_BUFFER, stop - at);
        int rc = pail_draft_base_read(d, at, buffer, take, err);
        if (!rc)
            rc = pail_staged_write(d, at, buffer, take, err);
        if (rc)
            return rc;
        at += take;
    }
    return 0;
}
