/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/walk.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#define DEPTH_MAX 100

int pail_walk_s3(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                 struct pail_str delimiter, pail_walk_s3_fn *each, void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(64 << 10);
    int rc = 0;
    do {
        struct pail_s3_list_args args = {.bucket = bucket,
                                         .prefix = prefix,
                                         .delimiter = delimiter,
                                         .continuation_token = pail_buf_view(&token)};
        struct pail_s3_page page = {0};
        rc = pail_s3_list(s3, &args, &page, err);
        if (rc)
            return rc;
        for (size_t i = 0; i < page.n && !rc; i++)
            rc = each(ud, &page.entries[i], err);
        pail_buf_reset(&token);
        pail_buf_str(&token, page.next_token);
        pail_s3_page_done(&page);
        if (!rc)
            rc = pail_buf_check(&token, "continuation token", err);
    } while (!rc && token.len);
    return rc;
}

struct walk {
    pail_walk_file_fn *each;
    void *ud;
    struct pail_buf path;
    size_t base; /* length of the top directory and its '/' */
    unsigned depth;
    uint64_t skipped;
};

static int visit(const char *name, void *ud, struct pail_error *err);

static int descend(struct walk *w, struct pail_error *err)
{
    if (w->depth == DEPTH_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_TOO_BIG,
                              "%s: more than %u directories deep (a loop of links?)",
                              pail_buf_cstr(&w->path), DEPTH_MAX);
    size_t len = w->path.len;
    PAIL_AUTOFREE char *dir = pail_strdup(pail_buf_cstr(&w->path));
    if (!dir)
        return pail_error_nomem(err);
    pail_buf_char(&w->path, '/');
    w->depth++;
    int rc = pail_file_list(dir, visit, w, err);
    w->depth--;
    pail_buf_truncate(&w->path, len);
    return rc;
}

static int visit(const char *name, void *ud, struct pail_error *err)
{
    struct walk *w = ud;
    size_t len = w->path.len;
    struct pail_file_stat st;
    pail_buf_z(&w->path, name);
    int rc = pail_buf_check(&w->path, "path", err);
    if (!rc)
        rc = pail_file_stat(pail_buf_cstr(&w->path), &st, err);
    if (!rc && st.is_dir)
        rc = descend(w, err);
    else if (!rc && st.is_regular)
        rc = w->each(w->ud, pail_buf_cstr(&w->path), pail_buf_cstr(&w->path) + w->base, st.size,
                     err);
    else if (!rc)
        w->skipped++;
    pail_buf_truncate(&w->path, len);
    return rc;
}

int pail_walk_files(const char *dir, pail_walk_file_fn *each, void *ud, uint64_t *ret_skipped,
                    struct pail_error *err)
{
    struct walk w = {.each = each, .ud = ud};
    pail_buf_init(&w.path, 64 << 10);
    pail_buf_z(&w.path, dir);
    while (w.path.len > 1 && w.path.ptr[w.path.len - 1] == '/')
        pail_buf_truncate(&w.path, w.path.len - 1);
    w.base = w.path.len + 1;
    int rc = pail_buf_check(&w.path, "path", err);
    if (!rc)
        rc = descend(&w, err);
    pail_buf_done(&w.path);
    *ret_skipped = w.skipped;
    return rc;
}
