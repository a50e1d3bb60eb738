/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops: a symbolic link may lead to a directory above itself, and following it would never end.
 * The directories from the top down to the current one are kept with the paths that realpath(3)
 * gives them; one that is there already is not entered again.
 */
#include "tools/lib/walk.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "tools/lib/one.h"

/* ---- Listings ---- */

int pail_walk_list(struct pail_s3 *s3, const struct pail_s3_list_args *args,
                   pail_walk_page_fn *each, void *ud, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf token = PAIL_BUF_INIT(64 << 10);
    struct pail_s3_list_args a = *args;
    int rc = 0;
    do {
        struct pail_s3_page page = {0};
        a.continuation_token = pail_buf_view(&token);
        rc = pail_one_list(s3, &a, &page, err);
        if (rc)
            return rc;
        rc = each(ud, &page, err);
        pail_buf_reset(&token);
        pail_buf_str(&token, page.next_token);
        pail_s3_page_done(&page);
        if (!rc)
            rc = pail_buf_check(&token, "continuation token", err);
    } while (!rc && token.len);
    return rc;
}

int pail_walk_pages(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                    struct pail_str delimiter, pail_walk_page_fn *each, void *ud,
                    struct pail_error *err)
{
    struct pail_s3_list_args args = {.bucket = bucket, .prefix = prefix, .delimiter = delimiter};
    return pail_walk_list(s3, &args, each, ud, err);
}

static int first_page(void *ud, const struct pail_s3_page *page, struct pail_error *err)
{
    return 1; /* enough */
}

int pail_walk_nowhere(struct pail_s3 *s3, struct pail_str bucket, struct pail_error *err)
{
    int rc = pail_walk_pages(s3, bucket, pail_strn(NULL, 0), PAIL_STR("/"), first_page, NULL, err);
    return rc > 0 ? 0 : rc;
}

struct each_entry {
    pail_walk_s3_fn *each;
    void *ud;
};

static int entries_of_page(void *ud, const struct pail_s3_page *page, struct pail_error *err)
{
    const struct each_entry *e = ud;
    int rc = 0;
    for (size_t i = 0; i < page->n && !rc; i++)
        rc = e->each(e->ud, &page->entries[i], err);
    return rc;
}

int pail_walk_s3(struct pail_s3 *s3, struct pail_str bucket, struct pail_str prefix,
                 struct pail_str delimiter, pail_walk_s3_fn *each, void *ud, struct pail_error *err)
{
    struct each_entry e = {each, ud};
    return pail_walk_pages(s3, bucket, prefix, delimiter, entries_of_page, &e, err);
}

/* ---- Files ---- */

struct above { /* a directory that the walk is in */
    const struct above *up;
    const char *real;
};
struct walk {
    const struct pail_walk_ops *ops;
    void *ud;
    struct pail_buf path;
    size_t base; /* length of the top directory and its '/' */
    const struct above *above;
    bool ended; /* by the caller's own callback */
};

static int visit(const char *name, void *ud, struct pail_error *err);

static bool is_above(const struct walk *w, const char *real)
{
    for (const struct above *a = w->above; a; a = a->up)
        if (strcmp(a->real, real) == 0)
            return true;
    return false;
}

/* Not part of descend: its buffer is not to be on the stack once per level. */
__attribute__((noinline)) static int real_path(const char *path, char **ret, struct pail_error *err)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return pail_error_os(err, errno, "%s", path);
    *ret = pail_strdup(real);
    return *ret ? 0 : pail_error_nomem(err);
}

/* The directory w->path. */
static int descend(struct walk *w, struct pail_error *err)
{
    PAIL_AUTOFREE char *dir = pail_strdup(pail_buf_cstr(&w->path));
    PAIL_AUTOFREE char *real = NULL;
    int rc = dir ? real_path(dir, &real, err) : pail_error_nomem(err);
    if (rc)
        return rc;
    if (is_above(w, real))
        return pail_error_set(err, PAIL_D_OS, PAIL_E_INVALID, "%s leads back to %s: passed over",
                              dir, real);
    size_t len = w->path.len;
    struct above here = {w->above, real};
    w->above = &here;
    if (!len || w->path.ptr[len - 1] != '/')
        pail_buf_char(&w->path, '/');
    rc = pail_file_list(dir, visit, w, err);
    pail_buf_truncate(&w->path, len);
    w->above = here.up;
    return rc;
}

static int visit_path(struct walk *w, struct pail_error *err)
{
    const char *path = pail_buf_cstr(&w->path);
    struct pail_file_stat st;
    char target;
    if (w->ops->no_links && readlink(path, &target, 1) >= 0)
        return 0;
    int rc = pail_file_stat(path, &st, err);
    if (rc)
        return rc;
    if (st.is_dir)
        return descend(w, err);
    if (!st.is_regular)
        return pail_error_set(err, PAIL_D_OS, PAIL_E_INVALID,
                              "%s is neither a file nor a directory: passed over", path);
    rc = w->ops->file(w->ud, path, path + w->base, &st, err);
    w->ended = rc != 0;
    return rc;
}

static int visit(const char *name, void *ud, struct pail_error *err)
{
    struct walk *w = ud;
    size_t len = w->path.len;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_buf_z(&w->path, name);
    int rc = pail_buf_check(&w->path, "path", &why);
    if (!rc)
        rc = visit_path(w, &why);
    pail_buf_truncate(&w->path, len);
    if (rc && (w->ended || rc == PAIL_E_NOMEM)) {
        w->ended = true;
        pail_error_copy(err, &why);
        return rc;
    }
    if (rc)
        w->ops->problem(w->ud, &why);
    return 0;
}

int pail_walk_files(const char *dir, const struct pail_walk_ops *ops, void *ud,
                    struct pail_error *err)
{
    struct walk w = {.ops = ops, .ud = ud};
    pail_buf_init(&w.path, 64 << 10);
    pail_buf_z(&w.path, dir);
    while (w.path.len > 1 && w.path.ptr[w.path.len - 1] == '/')
        pail_buf_truncate(&w.path, w.path.len - 1);
    w.base = strcmp(pail_buf_cstr(&w.path), "/") == 0 ? 1 : w.path.len + 1;
    int rc = pail_buf_check(&w.path, "path", err);
    if (!rc)
        rc = descend(&w, err);
    pail_buf_done(&w.path);
    return rc;
}
