/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft's life and the operations on its content; what the modes are is in draft.h. A draft with
 * a base starts STAGED with one extent "from base", which costs nothing; the first change of a
 * small base loads it into memory instead, because a single GET and a single PUT beat everything
 * else there.
 */
#include "write/draft.h"

#include <string.h>

#include "base/alloc.h"
#include "base/plant.h"
#include "write/draft_impl.h"

#define KEY_MAX 4096
#define LARGEST (UINT64_C(48) << 40) /* 10,000 parts of 5 GiB hold a little more */

void pail_draft_enter(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    while (d->busy && !PAIL_PLANT("draft.busy"))
        pail_cond_wait(&d->cond, &d->lock);
    d->busy = true;
    pail_mutex_unlock(&d->lock);
}

void pail_draft_leave(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    d->busy = false;
    d->shown.size = d->size;
    d->shown.dirty = d->dirty;
    d->shown.rebased = d->rebased;
    d->shown.unsettled = d->unsettled.set;
    pail_cond_broadcast(&d->cond);
    pail_mutex_unlock(&d->lock);
}

bool pail_draft_has_base(const struct pail_draft *d)
{
    return d->base.etag.len > 0;
}

void pail_draft_name(const struct pail_draft *d, struct pail_buf *to)
{
    pail_buf_fmt(to, "s3://%s/", d->volume->bucket);
    pail_buf_str(to, pail_buf_view(&d->key));
}

static int set_text(struct pail_buf *b, struct pail_str s, const char *what, struct pail_error *err)
{
    if (pail_str_eq(pail_buf_view(b), s) && b->failed == PAIL_BUF_OK) /* perhaps a view of it */
        return 0;
    pail_buf_reset(b);
    pail_buf_str(b, s);
    return pail_buf_check(b, what, err);
}

int pail_draft_set_base(struct pail_draft *d, struct pail_str key, struct pail_str etag,
                        struct pail_str version_id, uint64_t size, struct pail_error *err)
{
    pail_reader_close(PAIL_STEAL(d->base.reader));
    d->base.size = size;
    int rc = set_text(&d->base.key, key, "key", err);
    if (!rc)
        rc = set_text(&d->base.version_id, version_id, "version id", err);
    if (!rc)
        rc = set_text(&d->base.etag, etag, "ETag", err);
    return rc;
}

static int base_scatter(struct pail_draft *d, uint64_t offset, char *const *blocks,
                        size_t block_size, size_t skip, size_t n, struct pail_error *err)
{
    if (!d->base.reader) {
        struct pail_reader_args args = {
            .cache = d->writer->fixed.cache,
            .volume = d->volume,
            .key = pail_buf_view(&d->base.key),
            .etag = pail_buf_view(&d->base.etag),
            .version_id = pail_buf_view(&d->base.version_id),
            .size = d->base.size,
        };
        int rc = pail_reader_open(&args, &d->base.reader, NULL, NULL, err);
        if (rc)
            return rc;
    }
    size_t got = 0;
    int rc = pail_reader_scatter(d->base.reader, offset, blocks, block_size, skip, n, &got, err);
    if (rc)
        return rc;
    return got == n
               ? 0
               : pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                                "s3://%s/%s: %zu bytes at %llu are missing", d->volume->bucket,
                                pail_buf_cstr(&d->base.key), n - got, (unsigned long long)offset);
}

int pail_draft_base_read(struct pail_draft *d, uint64_t offset, void *dst, size_t n,
                         struct pail_error *err)
{
    char *block = dst;
    return base_scatter(d, offset, &block, n, 0, n, err);
}

int pail_draft_base_load(struct pail_draft *d, uint64_t offset, size_t n, struct pail_wbuf *to,
                         uint64_t at, struct pail_error *err)
{
    return n ? base_scatter(d, offset, to->blocks + at / PAIL_WBLOCK, PAIL_WBLOCK,
                            (size_t)(at % PAIL_WBLOCK), n, err)
             : 0;
}

static void draft_destroy(struct pail_draft *d)
{
    pail_reader_close(d->base.reader);
    pail_staged_close(d);
    pail_extents_done(&d->extents);
    pail_wbuf_release(d->writer, &d->mem);
    pail_buf_done(&d->key);
    pail_buf_done(&d->base.etag);
    pail_buf_done(&d->base.version_id);
    pail_buf_done(&d->base.key);
    pail_buf_done(&d->upload_id);
    pail_target_done(&d->begun);
    pail_target_done(&d->target);
    pail_cond_done(&d->cond);
    pail_mutex_done(&d->lock);
    pail_free(d);
}

int pail_draft_new(struct pail_writer *w, const struct pail_volume *v, struct pail_str key,
                   const struct pail_base *base, struct pail_draft **ret, struct pail_error *err)
{
    struct pail_draft *d = pail_zalloc(sizeof(*d));
    if (!d)
        return pail_error_nomem(err);
    d->writer = w;
    d->volume = v;
    pail_mutex_init(&d->lock, "draft", PAIL_RANK_DRAFT);
    pail_cond_init(&d->cond);
    pail_buf_init(&d->key, KEY_MAX);
    pail_buf_init(&d->base.etag, 1024);
    pail_buf_init(&d->base.version_id, 2048);
    pail_buf_init(&d->base.key, KEY_MAX);
    pail_buf_init(&d->upload_id, 2048);
    pail_target_init(&d->begun);
    pail_target_init(&d->target);
    pail_list_init(&d->uploading_link);
    pail_wbuf_init(&d->mem);
    pail_extents_init(&d->extents);
    d->dirty = true;
    int rc = set_text(&d->key, key, "key", err);
    if (!rc && base && base->etag.len) {
        rc = pail_draft_set_base(d, key, base->etag, base->version_id, base->size, err);
        if (!rc)
            rc = pail_extents_set(&d->extents, 0, base->size, PAIL_FROM_BASE, err);
        d->mode = PAIL_DRAFT_STAGED;
        d->size = base->size;
        d->dirty = false;
    }
    if (rc) {
        draft_destroy(d);
        return rc;
    }
    d->shown.size = d->size;
    d->shown.dirty = d->dirty;
    pail_mutex_lock(&w->lock);
    w->own.drafts++;
    pail_mutex_unlock(&w->lock);
    *ret = d;
    return 0;
}

void pail_draft_free(struct pail_draft *d)
{
    if (!d)
        return;
    pail_draft_enter(d);
    pail_upload_end(d, true);
    pail_mutex_lock(&d->writer->lock);
    d->writer->own.drafts--;
    pail_mutex_unlock(&d->writer->lock);
    draft_destroy(d);
}

/* STAGED over an untouched small base -> MEMORY with its content. Callers change the draft next. */
static int load_small_base(struct pail_draft *d, struct pail_error *err)
{
    if (d->mode != PAIL_DRAFT_STAGED || d->file || d->size > d->writer->fixed.part_size)
        return 0;
    if (pail_extents_count(&d->extents, 0, d->size, PAIL_FROM_BASE) != d->size)
        return 0;
    int rc = pail_wbuf_reserve(d->writer, &d->mem, d->size, true, err);
    if (!rc)
        rc = pail_draft_base_load(d, 0, (size_t)d->size, &d->mem, 0, err);
    if (rc) {
        pail_wbuf_release(d->writer, &d->mem);
        return rc;
    }
    pail_extents_clear(&d->extents);
    pail_reader_close(PAIL_STEAL(d->base.reader));
    d->mode = PAIL_DRAFT_MEMORY;
    return 0;
}

/* MEMORY -> STAGED, for what is neither small nor sequential. */
static int stage_memory(struct pail_draft *d, struct pail_error *err)
{
    uint64_t size = d->size;
    int rc = 0;
    for (uint64_t at = 0; at < size && !rc; at += PAIL_WBLOCK)
        rc = pail_staged_write(d, at, d->mem.blocks[at / PAIL_WBLOCK],
                               (size_t)pail_min_u64(PAIL_WBLOCK, size - at), err);
    if (rc) {
        pail_staged_close(d);
        d->size = size;
        return rc;
    }
    pail_wbuf_release(d->writer, &d->mem);
    d->mode = PAIL_DRAFT_STAGED;
    return 0;
}

static int memory_extend(struct pail_draft *d, uint64_t size, struct pail_error *err)
{
    int rc = pail_wbuf_reserve(d->writer, &d->mem, size, true, err);
    if (rc)
        return rc;
    if (size > d->size) {
        pail_wbuf_put(&d->mem, d->size, NULL, (size_t)(size - d->size));
        d->size = size;
    }
    return 0;
}

static int memory_write(struct pail_draft *d, uint64_t offset, const void *p, size_t n,
                        struct pail_error *err)
{
    int rc = pail_wbuf_reserve(d->writer, &d->mem, offset + n, true, err);
    if (!rc && offset > d->size)
        rc = memory_extend(d, offset, err);
    if (rc)
        return rc;
    pail_wbuf_put(&d->mem, offset, p, n);
    d->size = pail_max_u64(d->size, offset + n);
    return 0;
}

static int check_end(uint64_t offset, uint64_t n, struct pail_error *err)
{
    if (n <= LARGEST && offset <= LARGEST - n)
        return 0;
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_FBIG,
                          "%llu bytes at %llu are past the end of the largest object",
                          (unsigned long long)n, (unsigned long long)offset);
}

static int write_busy(struct pail_draft *d, uint64_t offset, const char *p, size_t n, size_t *ret_n,
                      struct pail_error *err)
{
    int rc = load_small_base(d, err);
    if (rc)
        return rc;
    uint64_t part = d->writer->fixed.part_size;
    if (d->mode == PAIL_DRAFT_MEMORY) {
        if (offset + n <= part)
            return memory_write(d, offset, p, n, err);
        if (offset == d->size && !d->detached)
            rc = pail_stream_from_memory(d, err);
        else
            rc = stage_memory(d, err);
        if (rc)
            return rc;
    }
    if (d->mode == PAIL_DRAFT_STREAM) {
        bool fits = false;
        size_t taken = 0;
        struct pail_error why = PAIL_ERROR_INIT;
        rc = pail_stream_write(d, offset, p, n, &fits, &taken, &why);
        if (!rc && !fits)
            rc = pail_draft_rebase_busy(d, &why);
        if (taken && (rc || fits)) {
            *ret_n = taken;
            return 0;
        }
        if (rc && err)
            pail_error_copy(err, &why);
        if (rc || fits)
            return rc;
    }
    return pail_staged_write(d, offset, p, n, err);
}

int pail_draft_write(struct pail_draft *d, uint64_t offset, const void *p, size_t n, size_t *ret_n,
                     struct pail_error *err)
{
    *ret_n = n;
    if (!n)
        return 0;
    int rc = check_end(offset, n, err);
    if (rc)
        return rc;
    pail_draft_enter(d);
    rc = write_busy(d, offset, p, n, ret_n, err);
    if (!rc)
        d->dirty = true;
    pail_draft_leave(d);
    return rc;
}

int pail_draft_read(struct pail_draft *d, uint64_t offset, void *dst, size_t n, size_t *ret_n,
                    struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = 0;
    n = offset < d->size ? (size_t)pail_min_u64(n, d->size - offset) : 0;
    if (n && d->mode == PAIL_DRAFT_STREAM && !pail_stream_read(d, offset, dst, n))
        rc = pail_draft_rebase_busy(d, err);
    if (n && !rc && d->mode == PAIL_DRAFT_MEMORY)
        pail_wbuf_get(&d->mem, offset, dst, n);
    else if (n && !rc && d->mode == PAIL_DRAFT_STAGED)
        rc = pail_staged_read(d, offset, dst, n, err);
    pail_draft_leave(d);
    if (!rc)
        *ret_n = n;
    return rc;
}

static int truncate_busy(struct pail_draft *d, uint64_t size, struct pail_error *err)
{
    if (size == d->size)
        return 0;
    if (size == 0) { /* everything is thrown away: like new, but over the same base version */
        pail_upload_end(d, true);
        pail_staged_close(d);
        pail_wbuf_release(d->writer, &d->mem);
        d->mode = PAIL_DRAFT_MEMORY;
        d->size = 0;
        return 0;
    }
    int rc = load_small_base(d, err);
    if (!rc && d->mode == PAIL_DRAFT_STREAM)
        rc = pail_draft_rebase_busy(d, err);
    if (!rc && d->mode == PAIL_DRAFT_MEMORY) {
        if (size <= d->writer->fixed.part_size) {
            if (size > d->size)
                return memory_extend(d, size, err);
            d->size = size;
            return 0;
        }
        rc = stage_memory(d, err);
    }
    return rc ? rc : pail_staged_resize(d, size, err);
}

int pail_draft_truncate(struct pail_draft *d, uint64_t size, struct pail_error *err)
{
    int rc = check_end(size, 0, err);
    if (rc)
        return rc;
    pail_draft_enter(d);
    uint64_t before = d->size;
    rc = truncate_busy(d, size, err);
    if (!rc && size != before)
        d->dirty = true;
    pail_draft_leave(d);
    return rc;
}

static int zero_busy(struct pail_draft *d, uint64_t start, uint64_t end, struct pail_error *err)
{
    int rc = load_small_base(d, err);
    if (!rc && d->mode == PAIL_DRAFT_STREAM)
        rc = pail_draft_rebase_busy(d, err);
    if (!rc && d->mode == PAIL_DRAFT_MEMORY && end > d->writer->fixed.part_size)
        rc = stage_memory(d, err);
    if (rc)
        return rc;
    if (d->mode == PAIL_DRAFT_STAGED)
        return pail_staged_zero(d, start, end, err);
    rc = memory_extend(d, end, err);
    if (!rc)
        pail_wbuf_put(&d->mem, start, NULL, (size_t)(end - start));
    return rc;
}

int pail_draft_zero(struct pail_draft *d, uint64_t offset, uint64_t n, bool keep_size,
                    struct pail_error *err)
{
    int rc = keep_size ? 0 : check_end(offset, n, err);
    if (rc)
        return rc;
    pail_draft_enter(d);
    uint64_t end = n < UINT64_MAX - offset ? offset + n : UINT64_MAX;
    if (keep_size)
        end = pail_min_u64(end, d->size);
    if (offset < end) {
        rc = zero_busy(d, offset, end, err);
        if (!rc)
            d->dirty = true;
    }
    pail_draft_leave(d);
    return rc;
}

int pail_draft_reserve(struct pail_draft *d, uint64_t offset, uint64_t n, bool keep_size,
                       struct pail_error *err)
{
    int rc = check_end(offset, n, err);
    if (rc)
        return rc;
    pail_draft_enter(d);
    uint64_t end = offset + n;
    uint64_t more = end > d->size ? end - d->size : 0;
    /* What fits the memory of a part, or leaves as a stream, needs no disk; otherwise the space
     * must be there now. */
    if (more > d->writer->fixed.part_size) {
        rc = pail_writer_stage(d->writer, more, err);
        if (!rc)
            pail_writer_unstage(d->writer, more);
    }
    if (!rc && more && !keep_size) {
        rc = truncate_busy(d, end, err);
        if (!rc)
            d->dirty = true;
    }
    pail_draft_leave(d);
    return rc;
}

int pail_draft_seek(struct pail_draft *d, uint64_t offset, bool hole, uint64_t *ret,
                    struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = 0;
    uint64_t at = offset;
    if (offset >= d->size) {
        rc = PAIL_E_FS_NXIO;
    } else if (d->mode != PAIL_DRAFT_STAGED) {
        at = hole ? d->size : offset;
    } else {
        const struct pail_range *r = pail_extents_at(&d->extents, at);
        while (r && (r->source == PAIL_FROM_ZERO) != hole) {
            at = r->end;
            r = pail_extents_at(&d->extents, at);
        }
        if (!r && !hole) /* nothing but a hole up to the end; the end itself is a hole */
            rc = PAIL_E_FS_NXIO;
    }
    pail_draft_leave(d);
    if (rc)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NXIO, "nothing to seek to at %llu",
                              (unsigned long long)offset);
    *ret = at;
    return 0;
}

uint64_t pail_draft_size(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    uint64_t size = d->shown.size;
    pail_mutex_unlock(&d->lock);
    return size;
}

bool pail_draft_dirty(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    bool dirty = d->shown.dirty || d->shown.rebased;
    pail_mutex_unlock(&d->lock);
    return dirty;
}

bool pail_draft_has_rebased(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    bool rebased = d->shown.rebased;
    pail_mutex_unlock(&d->lock);
    return rebased;
}

bool pail_draft_unsettled(struct pail_draft *d)
{
    pail_mutex_lock(&d->lock);
    bool unsettled = d->shown.unsettled;
    pail_mutex_unlock(&d->lock);
    return unsettled;
}

int pail_draft_detach(struct pail_draft *d, struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = d->mode == PAIL_DRAFT_STREAM ? pail_draft_rebase_busy(d, err) : 0;
    if (!rc)
        rc = load_small_base(d, err);
    if (!rc && d->mode == PAIL_DRAFT_STAGED)
        rc = pail_staged_localise(d, 0, d->size, err);
    d->detached = d->detached || !rc;
    pail_draft_leave(d);
    return rc;
}

int pail_draft_rekey(struct pail_draft *d, struct pail_str key, struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = 0;
    if (d->upload_id.len)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY, "s3://%s/%s is being uploaded",
                            d->volume->bucket, pail_buf_cstr(&d->key));
    if (!rc)
        rc = set_text(&d->key, key, "key", err);
    if (!rc && pail_draft_has_base(d)) {
        rc = set_text(&d->base.key, key, "key", err);
        pail_reader_close(PAIL_STEAL(d->base.reader));
    }
    pail_draft_leave(d);
    return rc;
}

int pail_draft_reversion(struct pail_draft *d, struct pail_str etag, struct pail_str version_id,
                         struct pail_error *err)
{
    pail_draft_enter(d);
    int rc = 0;
    if (pail_draft_has_base(d)) {
        rc = set_text(&d->base.version_id, version_id, "version id", err);
        if (!rc)
            rc = set_text(&d->base.etag, etag, "ETag", err);
        pail_reader_close(PAIL_STEAL(d->base.reader));
    }
    pail_draft_leave(d);
    return rc;
}

bool pail_draft_rebased(struct pail_draft *d, struct pail_commit_result *ret)
{
    pail_draft_enter(d);
    bool rebased = d->rebased;
    if (rebased) {
        *ret = d->rebase_result;
        d->rebased = false;
    }
    pail_draft_leave(d);
    return rebased;
}
