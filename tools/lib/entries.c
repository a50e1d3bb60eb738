/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/entries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/str.h"
#include "tools/lib/one.h"

#define TEXT_BLOCK (256u << 10)

struct local {
    const char *name; /* in a block */
    uint64_t size;
    int64_t mtime_ns;
};

struct block {
    struct block *next;
    size_t used;
    char text[TEXT_BLOCK];
};

struct pail_entries {
    struct pail_s3 *s3; /* NULL: local */
    struct pail_side side;
    struct pail_entries_options o;
    /* S3 */
    struct pail_s3_page page;
    struct pail_buf name, token;
    bool last;
    size_t at;
    /* local */
    struct local *files;
    size_t n, cap;
    struct block *blocks;
};

/* ---- Local trees ---- */

static const char *keep(struct pail_entries *e, const char *name)
{
    size_t n = strlen(name) + 1;
    if (!e->blocks || n > TEXT_BLOCK - e->blocks->used) {
        struct block *b = n <= TEXT_BLOCK ? pail_alloc(sizeof(*b)) : NULL;
        if (!b)
            return NULL;
        b->next = e->blocks;
        b->used = 0;
        e->blocks = b;
    }
    char *at = e->blocks->text + e->blocks->used;
    memcpy(at, name, n);
    e->blocks->used += n;
    return at;
}

static int on_file(void *ud, const char *path, const char *relative,
                   const struct pail_file_stat *st, struct pail_error *err)
{
    struct pail_entries *e = ud;
    (void)path;
    if (e->n == e->cap) {
        size_t cap = e->cap ? 2 * e->cap : 256;
        void *files = pail_reallocarray(e->files, cap, sizeof(*e->files));
        if (!files)
            return pail_error_nomem(err);
        e->files = files;
        e->cap = cap;
    }
    const char *name = keep(e, relative);
    if (!name)
        return pail_error_nomem(err);
    e->files[e->n++] = (struct local){name, st->size, st->mtime_ns};
    return 0;
}

static void on_problem(void *ud, const struct pail_error *err)
{
    struct pail_entries *e = ud;
    e->o.problem(e->o.ud, err);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct local *)a)->name, ((const struct local *)b)->name);
}

static int gather(struct pail_entries *e, struct pail_error *err)
{
    struct pail_walk_ops ops = {.file = on_file, .problem = on_problem, .no_links = e->o.no_links};
    struct pail_file_stat st;
    struct pail_error why = PAIL_ERROR_INIT;
    if (e->o.missing_ok && pail_file_stat(e->side.path, &st, &why) && why.os_errno == ENOENT)
        return 0;
    int rc = pail_walk_files(e->side.path, &ops, e, err);
    if (!rc && e->n)
        qsort(e->files, e->n, sizeof(*e->files), compare);
    return rc;
}

/* ---- Listings ---- */

static int next_page(struct pail_entries *e, struct pail_error *err)
{
    struct pail_s3_list_args args = {.bucket = e->side.bucket,
                                     .prefix = e->side.key,
                                     .continuation_token = pail_buf_view(&e->token),
                                     .max_keys = e->o.page_size,
                                     .access = e->o.access};
    pail_s3_page_done(&e->page);
    int rc = pail_one_list(e->s3, &args, &e->page, err);
    if (rc)
        return rc;
    e->at = 0;
    pail_buf_reset(&e->token);
    pail_buf_str(&e->token, e->page.next_token);
    e->last = !e->page.next_token.len;
    return pail_buf_check(&e->token, "continuation token", err);
}

static int next_object(struct pail_entries *e, struct pail_entry *ret, struct pail_error *err)
{
    for (;;) {
        while (e->at < e->page.n) {
            const struct pail_s3_entry *o = &e->page.entries[e->at++];
            if (!o->size && pail_str_ends(o->key, PAIL_STR("/")))
                continue;
            pail_buf_reset(&e->name);
            pail_buf_str(&e->name, pail_str_from(o->key, e->side.key.len));
            *ret = (struct pail_entry){.name = pail_buf_cstr(&e->name),
                                       .size = o->size,
                                       .mtime_ns = o->mtime_ns,
                                       .storage_class = o->storage_class};
            int rc = pail_buf_check(&e->name, "key", err);
            return rc ? rc : 1;
        }
        if (e->last)
            return 0;
        int rc = next_page(e, err);
        if (rc)
            return rc;
    }
}

/* ---- Both ---- */

int pail_entries_new(struct pail_s3 *s3, const struct pail_side *side,
                     const struct pail_entries_options *o, struct pail_entries **ret,
                     struct pail_error *err)
{
    struct pail_entries *e = pail_zalloc(sizeof(*e));
    if (!e)
        return pail_error_nomem(err);
    e->s3 = side->s3 ? s3 : NULL;
    e->side = *side;
    e->o = *o;
    pail_buf_init(&e->name, 64 << 10);
    pail_buf_init(&e->token, 64 << 10);
    int rc = side->s3 ? 0 : gather(e, err);
    if (rc) {
        pail_entries_free(e);
        return rc;
    }
    *ret = e;
    return 0;
}

void pail_entries_free(struct pail_entries *e)
{
    if (!e)
        return;
    while (e->blocks) {
        struct block *b = e->blocks;
        e->blocks = b->next;
        pail_free(b);
    }
    pail_free(e->files);
    pail_s3_page_done(&e->page);
    pail_buf_done(&e->name);
    pail_buf_done(&e->token);
    pail_free(e);
}

int pail_entries_next(struct pail_entries *e, struct pail_entry *ret, struct pail_error *err)
{
    if (e->s3)
        return next_object(e, ret, err);
    if (e->at == e->n)
        return 0;
    const struct local *f = &e->files[e->at++];
    *ret = (struct pail_entry){.name = f->name, .size = f->size, .mtime_ns = f->mtime_ns};
    return 1;
}
