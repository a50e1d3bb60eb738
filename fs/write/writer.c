/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all drafts of a mount share: the memory budget with its blocks, the staging space, and the
 * clean-up after a crash.
 *
 * Blocks are kept for the next draft, because touching fresh memory costs more than copying into
 * it; used and kept together stay within the budget. The first part's memory is taken by force (a
 * file that is open must be able to hold its first bytes, whatever other files do); further parts
 * wait for room (upload.c).
 */
#include <string.h>

#include "base/alloc.h"
#include "base/logging.h"
#include "write/draft_impl.h"

#define DEFAULT_MEMORY (UINT64_C(128) << 20)
#define DEFAULT_PART (UINT64_C(8) << 20)
#define DEFAULT_RESERVE (UINT64_C(1) << 30)
#define RESERVE_SHARE 20 /* of the free space */

static int default_reserve(const char *dir, uint64_t *ret, struct pail_error *err)
{
    uint64_t space = 0;
    int rc = pail_file_free_space(dir, &space, err);
    if (!rc)
        *ret = pail_min_u64(DEFAULT_RESERVE, space / RESERVE_SHARE);
    return rc;
}

int pail_writer_new(const struct pail_writer_options *opt, struct pail_writer **ret,
                    struct pail_error *err)
{
    struct pail_writer *w = pail_zalloc(sizeof(*w));
    if (!w)
        return pail_error_nomem(err);
    uint64_t memory = opt->memory_limit ? opt->memory_limit : DEFAULT_MEMORY;
    w->fixed.part_size = pail_max_u64(opt->part_size ? opt->part_size : DEFAULT_PART,
                                      PAIL_S3_MIN_PART);
    w->fixed.parallel = opt->parallel ? opt->parallel : 8;
    w->fixed.staging_limit = opt->staging_limit;
    w->fixed.staging_reserve = opt->staging_reserve;
    w->fixed.memory = memory;
    w->fixed.meta = opt->meta;
    w->fixed.cache = opt->cache;
    w->fixed.staging_dir = pail_strdup(opt->staging_dir);
    int rc = w->fixed.staging_dir ? 0 : pail_error_nomem(err);
    if (!rc && !w->fixed.staging_reserve)
        rc = default_reserve(w->fixed.staging_dir, &w->fixed.staging_reserve, err);
    if (!rc)
        rc = pail_tickets_new(memory, &w->tickets, err);
    if (rc) {
        pail_free(w->fixed.staging_dir);
        pail_free(w);
        return rc;
    }
    pail_mutex_init(&w->lock, "writer", PAIL_RANK_LEAF);
    pail_list_init(&w->own.free_blocks);
    pail_list_init(&w->own.uploading);
    *ret = w;
    return 0;
}

void pail_writer_free(struct pail_writer *w)
{
    if (!w)
        return;
    for (struct pail_list *l; (l = pail_list_pop(&w->own.free_blocks)) != NULL;)
        pail_free(l);
    pail_tickets_free(w->tickets);
    pail_mutex_done(&w->lock);
    pail_free(w->fixed.staging_dir);
    pail_free(w);
}

void pail_writer_stats(struct pail_writer *w, struct pail_writer_stats *ret)
{
    ret->memory_used = pail_tickets_used(w->tickets);
    ret->memory_peak = pail_tickets_peak(w->tickets);
    pail_mutex_lock(&w->lock);
    ret->staged_bytes = w->own.staged;
    ret->drafts = w->own.drafts;
    ret->commits = w->own.commits;
    pail_mutex_unlock(&w->lock);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static char *block_get(struct pail_writer *w)
{
    struct pail_list *l = NULL;
    pail_mutex_lock(&w->lock);
    if ((l = pail_list_pop(&w->own.free_blocks)) != NULL)
        w->own.n_free--;
    pail_mutex_unlock(&w->lock);
    return l ? (char *)l : pail_alloc_aligned(4096, PAIL_WBLOCK);
}

/* Its ticket was given back. */
static void block_put(struct pail_writer *w, char *block)
{
    uint64_t used = pail_tickets_used(w->tickets);
    pail_mutex_lock(&w->lock);
    bool keep = used + (w->own.n_free + 1) * PAIL_WBLOCK <= w->fixed.memory;
    if (keep) {
        struct pail_list *l = (struct pail_list *)(void *)block;
        pail_list_init(l);
        pail_list_prepend(&w->own.free_blocks, l);
        w->own.n_free++;
    }
    pail_mutex_unlock(&w->lock);
    if (!keep)
        pail_free(block);
}

void pail_wbuf_init(struct pail_wbuf *b)
{
    memset(b, 0, sizeof(*b));
}

int pail_wbuf_reserve(struct pail_writer *w, struct pail_wbuf *b, uint64_t size, bool force,
                      struct pail_error *err)
{
    size_t n = (size_t)((size + PAIL_WBLOCK - 1) / PAIL_WBLOCK);
    if (n <= b->n)
        return 0;
    if (n > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 8;
        while (cap < n)
            cap *= 2;
        char **blocks = pail_reallocarray(b->blocks, cap, sizeof(*blocks));
        if (!blocks)
            return pail_error_nomem(err);
        b->blocks = blocks;
        b->cap = cap;
    }
    while (b->n < n) {
        if (force)
            pail_tickets_force(w->tickets, PAIL_WBLOCK);
        else if (!pail_tickets_try(w->tickets, PAIL_WBLOCK))
            return PAIL_WBUF_FULL;
        char *block = block_get(w);
        if (!block) {
            pail_tickets_give(w->tickets, PAIL_WBLOCK);
            return pail_error_nomem(err);
        }
        b->blocks[b->n++] = block;
    }
    return 0;
}

void pail_wbuf_release(struct pail_writer *w, struct pail_wbuf *b)
{
    if (b->n)
        pail_tickets_give(w->tickets, b->n * PAIL_WBLOCK);
    for (size_t i = 0; i < b->n; i++)
        block_put(w, b->blocks[i]);
    pail_free(b->blocks);
    pail_wbuf_init(b);
}

void pail_wbuf_put(struct pail_wbuf *b, uint64_t at, const void *p, size_t n)
{
    const char *from = p;
    while (n) {
        size_t skip = (size_t)(at % PAIL_WBLOCK);
        size_t take = PAIL_WBLOCK - skip < n ? PAIL_WBLOCK - skip : n;
        char *to = b->blocks[at / PAIL_WBLOCK] + skip;
        if (from) {
            memcpy(to, from, take);
            from += take;
        } else {
            memset(to, 0, take);
        }
        at += take;
        n -= take;
    }
}

void pail_wbuf_get(const struct pail_wbuf *b, uint64_t at, void *p, size_t n)
{
    char *to = p;
    while (n) {
        size_t skip = (size_t)(at % PAIL_WBLOCK);
        size_t take = PAIL_WBLOCK - skip < n ? PAIL_WBLOCK - skip : n;
        memcpy(to, b->blocks[at / PAIL_WBLOCK] + skip, take);
        to += take;
        at += take;
        n -= take;
    }
}

size_t pail_wbuf_segments(const struct pail_wbuf *b, uint64_t size, struct pail_bytes *segs)
{
    size_t n = 0;
    for (uint64_t at = 0; at < size; at += PAIL_WBLOCK, n++) {
        segs[n].ptr = b->blocks[n];
        segs[n].len = (size_t)pail_min_u64(PAIL_WBLOCK, size - at);
    }
    return n;
}

/* ---- Staging space --------------------------------------------------------------------------- */

int pail_writer_stage(struct pail_writer *w, uint64_t bytes, struct pail_error *err)
{
    uint64_t space = 0;
    int rc = pail_file_free_space(w->fixed.staging_dir, &space, err);
    if (rc)
        return rc;
    pail_mutex_lock(&w->lock);
    bool over = w->fixed.staging_limit && w->own.staged + bytes > w->fixed.staging_limit;
    if (!over)
        w->own.staged += bytes;
    uint64_t staged = w->own.staged;
    pail_mutex_unlock(&w->lock);
    if (over)
        return pail_error_set(
            err, PAIL_D_FS, PAIL_E_FS_NOSPC,
            "staging: %llu bytes are in use and the limit is %llu (staging-limit)",
            (unsigned long long)staged, (unsigned long long)w->fixed.staging_limit);
    if (space < bytes + w->fixed.staging_reserve) {
        pail_writer_unstage(w, bytes);
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOSPC,
                              "staging: %s has %llu bytes free, of which %llu stay reserved",
                              w->fixed.staging_dir, (unsigned long long)space,
                              (unsigned long long)w->fixed.staging_reserve);
    }
    return 0;
}

void pail_writer_unstage(struct pail_writer *w, uint64_t bytes)
{
    pail_mutex_lock(&w->lock);
    w->own.staged -= bytes;
    pail_mutex_unlock(&w->lock);
}

/* ---- After a crash --------------------------------------------------------------------------- */

struct left_upload {
    struct pail_list link;
    size_t bucket, key, id; /* lengths; the texts follow, each with a NUL */
    char text[];
};

static int collect_upload(void *ud, struct pail_str bucket, struct pail_str key, struct pail_str id)
{
    struct left_upload *u = pail_zalloc(sizeof(*u) + bucket.len + key.len + id.len + 3);
    if (!u)
        return PAIL_E_NOMEM;
    u->bucket = bucket.len;
    u->key = key.len;
    u->id = id.len;
    memcpy(u->text, bucket.ptr, bucket.len);
    memcpy(u->text + bucket.len + 1, key.ptr, key.len);
    memcpy(u->text + bucket.len + key.len + 2, id.ptr, id.len);
    pail_list_init(&u->link);
    pail_list_append(ud, &u->link);
    return 0;
}

/* Begun in this life: the row was read when the upload was under way. */
static bool is_live(struct pail_writer *w, struct pail_str id)
{
    bool live = false;
    pail_mutex_lock(&w->lock);
    PAIL_LIST_FOR (it, &w->own.uploading) {
        const struct pail_draft *d = PAIL_CONTAINER(it, struct pail_draft, uploading_link);
        live = live || pail_str_eq(pail_buf_view(&d->upload_id), id);
    }
    pail_mutex_unlock(&w->lock);
    return live;
}

static int abort_left(struct pail_writer *w, struct pail_s3 *s3, const struct left_upload *u,
                      struct pail_error *err)
{
    struct pail_s3_mpu_abort_args args = {
        .bucket = pail_strn(u->text, u->bucket),
        .key = pail_strn(u->text + u->bucket + 1, u->key),
        .upload_id = pail_strn(u->text + u->bucket + u->key + 2, u->id),
    };
    if (is_live(w, args.upload_id))
        return 0;
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = pail_s3_mpu_abort(s3, &args, &why);
    /* A bucket that is gone took its uploads along. */
    if (!rc || rc == PAIL_E_NO_BUCKET || rc == PAIL_E_NOT_FOUND)
        return pail_meta_upload_remove(w->fixed.meta, args.upload_id, err);
    PAIL_LOG(PAIL_LC_WRITE, PAIL_LOG_WARN, "upload of s3://%s/%s left by an earlier run stays: %s",
             u->text, u->text + u->bucket + 1, why.message);
    pail_error_copy(err, &why);
    return rc;
}

int pail_writer_recover(struct pail_writer *w, struct pail_s3 *s3, struct pail_error *err)
{
    struct pail_list left;
    pail_list_init(&left);
    int first = pail_meta_uploads(w->fixed.meta, collect_upload, &left, err);
    for (struct pail_list *l; (l = pail_list_pop(&left)) != NULL;) {
        struct left_upload *u = PAIL_CONTAINER(l, struct left_upload, link);
        struct pail_error why = PAIL_ERROR_INIT;
        int rc = abort_left(w, s3, u, &why);
        if (rc && !first) {
            first = rc;
            pail_error_copy(err, &why);
        }
        pail_free(u);
    }
    return first;
}
