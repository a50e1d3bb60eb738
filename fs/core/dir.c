/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading directories: the rows of SQLite in name order, merged with the new files that S3 does not
 * have yet.
 *
 * A cookie stands for a name, not for a position: it says "after this name". The handle keeps the
 * names it gave cookies to, in the order they were given out; a second pass over the same names
 * gets the same cookies. So telldir and seekdir work whatever comes and goes in between, and
 * nothing is returned twice.
 *
 * Entries are fetched in small chunks, so that a directory of a million names costs memory for its
 * cookies only.
 */
#include "base/alloc.h"
#include "base/str.h"
#include "core/core.h"

#define CHUNK 64
#define ATTR_CHUNK 256

enum { COOKIE_START = 0, COOKIE_DOT = 1, COOKIE_DOTDOT = 2, COOKIE_NAMES = 3 };

struct pail_fs_dir_handle {
    struct pail_node *node; /* referenced */
    struct pail_mutex lock; /* PAIL_RANK_HANDLE */
    struct {                /* under lock */
        struct pail_buf text;
        size_t *ends; /* of name i in text */
        size_t n, cap;
    } names;
};

int pail_fs_opendir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                    struct pail_fs_dir_handle **ret, struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get_dir(fs, ino, &n, err);
    if (rc)
        return rc;
    struct pail_fs_dir_handle *d = pail_zalloc(sizeof(*d));
    if (!d) {
        pail_node_unref(fs, n);
        return pail_error_nomem(err);
    }
    d->node = n;
    pail_mutex_init(&d->lock, "open directory", PAIL_RANK_HANDLE);
    pail_buf_init(&d->names.text, SIZE_MAX / 2);
    atomic_fetch_add(&fs->stat.handles, 1);
    *ret = d;
    return 0;
}

void pail_fs_releasedir(struct pail_fs *fs, struct pail_fs_dir_handle *d)
{
    pail_node_unref(fs, d->node);
    pail_buf_done(&d->names.text);
    pail_free(d->names.ends);
    pail_mutex_done(&d->lock);
    pail_free(d);
    atomic_fetch_sub(&fs->stat.handles, 1);
}

/* ---- Cookies --------------------------------------------------------------------------------- */

static struct pail_str name_at(const struct pail_fs_dir_handle *d, size_t i)
{
    size_t from = i ? d->names.ends[i - 1] : 0;
    return pail_strn(d->names.text.ptr + from, d->names.ends[i] - from);
}

/* The cookie of `name`, given out behind `cookie`. */
static int cookie_of(struct pail_fs_dir_handle *d, uint64_t cookie, struct pail_str name,
                     uint64_t *ret, struct pail_error *err)
{
    PAIL_LOCKED(&d->lock);
    size_t next = cookie < COOKIE_NAMES ? 0 : (size_t)(cookie - COOKIE_NAMES) + 1;
    if (next < d->names.n && pail_str_eq(name_at(d, next), name)) {
        *ret = next + COOKIE_NAMES;
        return 0;
    }
    if (d->names.n == d->names.cap) {
        size_t cap = d->names.cap ? d->names.cap * 2 : 256;
        size_t *ends = pail_reallocarray(d->names.ends, cap, sizeof(*ends));
        if (!ends)
            return pail_error_nomem(err);
        d->names.ends = ends;
        d->names.cap = cap;
    }
    pail_buf_str(&d->names.text, name);
    int rc = pail_buf_check(&d->names.text, "names of an open directory", err);
    if (rc)
        return rc;
    d->names.ends[d->names.n] = d->names.text.len;
    *ret = d->names.n++ + COOKIE_NAMES;
    return 0;
}

static int after_cookie(struct pail_fs_dir_handle *d, uint64_t cookie, struct pail_buf *ret,
                        struct pail_error *err)
{
    PAIL_LOCKED(&d->lock);
    if (cookie < COOKIE_NAMES)
        return 0;
    if (cookie - COOKIE_NAMES >= d->names.n)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "position %llu was not given out",
                              (unsigned long long)cookie);
    pail_buf_str(ret, name_at(d, (size_t)(cookie - COOKIE_NAMES)));
    return pail_buf_check(ret, "name", err);
}

/* ---- Chunks ---------------------------------------------------------------------------------- */

struct item {
    struct pail_row_copy row; /* of a new file: only its name */
    struct pail_node *fresh;  /* referenced */
};
struct chunk {
    struct item items[2 * CHUNK];
    size_t n;
    bool full;    /* there may be more rows */
    bool unknown; /* files without attributes among them */
    struct pail_error err;
};

static void chunk_done(struct pail_fs *fs, struct chunk *c)
{
    for (size_t i = 0; i < c->n; i++) {
        pail_row_copy_done(&c->items[i].row);
        pail_node_unref(fs, c->items[i].fresh);
    }
    c->n = 0;
}

static int add_row(void *ud, const struct pail_row *row)
{
    struct chunk *c = ud;
    struct item *it = &c->items[c->n];
    pail_row_copy_init(&it->row);
    it->fresh = NULL;
    int rc = pail_row_copy_set(&it->row, row, &c->err);
    if (rc) {
        pail_row_copy_done(&it->row);
        return rc;
    }
    bool known = row->attrs.len && pail_str_eq(row->attr_etag, row->etag);
    c->unknown = c->unknown || (row->kind == PAIL_KIND_FILE && !known);
    c->n++;
    return 0;
}

/* New files whose names belong into this chunk go between the rows. */
static int merge_fresh(struct pail_fs *fs, struct pail_node *dir, struct pail_str after,
                       struct chunk *c, struct pail_error *err)
{
    size_t rows = c->n;
    int rc = 0;
    pail_tree_lock(fs);
    PAIL_LIST_FOR (it, &dir->fresh_children) {
        struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, fresh_link);
        struct pail_str name = pail_node_name(n);
        bool past = c->full && rows && pail_str_cmp(name, c->items[c->n - 1].row.row.name) > 0;
        if (rc || past || pail_str_cmp(name, after) <= 0)
            continue;
        size_t at = 0;
        while (at < c->n && pail_str_cmp(c->items[at].row.row.name, name) < 0)
            at++;
        if (at < c->n && pail_str_eq(c->items[at].row.row.name, name))
            continue;                           /* S3 shows one by now: the commit will find out */
        if (c->n == PAIL_ARRAY_LEN(c->items)) { /* the last one comes with the next chunk */
            struct item *last = &c->items[--c->n];
            pail_row_copy_done(&last->row);
            if (last->fresh)
                last->fresh->refs--; /* its directory lists it: this is not the last */
            c->full = true;
            if (at == c->n + 1)
                continue;
        }
        struct item *slot = &c->items[at];
        memmove(slot + 1, slot, (c->n - at) * sizeof(*slot));
        struct pail_row row = {.ino = n->ino, .kind = n->kind, .name = name};
        pail_row_copy_init(&slot->row);
        slot->fresh = NULL;
        c->n++;
        rc = pail_row_copy_set(&slot->row, &row, err);
        if (!rc) {
            slot->fresh = n;
            n->refs++;
        }
    }
    pail_tree_unlock(fs);
    return rc;
}

static int fetch(struct pail_fs *fs, struct pail_node *dir, struct pail_str after, struct chunk *c,
                 struct pail_error *err)
{
    c->n = 0;
    c->unknown = false;
    c->err = (struct pail_error)PAIL_ERROR_INIT;
    int rc = pail_meta_children(fs->fixed.meta, dir->ino, after, CHUNK, add_row, c, err);
    if (rc < 0) {
        if (c->err.code)
            pail_error_copy(err, &c->err);
        return rc;
    }
    c->full = c->n == CHUNK;
    return merge_fresh(fs, dir, after, c, err);
}

/* With attributes where the directory's objects bear some. */
static int fetch_plus(struct pail_fs *fs, struct pail_node *dir, struct pail_str after,
                      struct chunk *c, struct pail_error *err)
{
    int rc = fetch(fs, dir, after, c, err);
    pail_tree_lock(fs);
    bool ask = !rc && c->unknown && dir->volume && pail_dir_asks_locked(fs, dir);
    pail_tree_unlock(fs);
    if (!ask)
        return rc;
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    rc = pail_node_key(fs, dir, &key, err);
    if (!rc)
        rc = pail_lister_complete_attrs(&fs->fixed.lister, dir->volume, dir->ino,
                                        pail_buf_view(&key), after, ATTR_CHUNK, err);
    pail_buf_done(&key);
    chunk_done(fs, c);
    return rc ? rc : fetch(fs, dir, after, c, err);
}

/* ---- Giving out ------------------------------------------------------------------------------ */

struct reading {
    struct pail_fs *fs;
    struct pail_fs_dir_handle *d;
    bool plus;
    pail_fs_add_fn *add;
    void *ud;
    uint64_t cookie;
    uint64_t epoch;
    bool full; /* the caller's buffer */
};

/* *ret: the node of the item, referenced; NULL: it is gone. */
static int node_of(struct reading *r, const struct item *it, struct pail_node **ret,
                   struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    struct pail_node *dir = r->d->node;
    if (it->fresh) {
        pail_tree_lock(fs);
        it->fresh->refs++;
        pail_tree_unlock(fs);
        *ret = it->fresh;
        return 0;
    }
    int rc = pail_node_intern(fs, dir, &it->row.row, r->epoch, ret, err);
    if (rc || *ret)
        return rc;
    return pail_resolve(fs, dir, it->row.row.name, PAIL_RESOLVE_KNOWN, ret, NULL, err);
}

static void take_back(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    n->lookups--;
    pail_tree_unlock(fs);
}

static int give(struct reading *r, const struct item *it, struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    struct pail_fs_entry entry;
    struct pail_node *n = NULL;
    struct pail_str name = it->row.row.name;
    uint64_t next = 0;
    memset(&entry, 0, sizeof(entry));
    entry.attr.ino = it->row.row.ino;
    entry.attr.kind = it->row.row.kind;
    int rc = 0;
    if (r->plus) {
        rc = node_of(r, it, &n, err);
        if (rc || !n)
            return rc;
        pail_node_entry(fs, n, true, &entry);
    }
    rc = cookie_of(r->d, r->cookie, name, &next, err);
    bool taken = !rc && r->add(r->ud, name, &entry, next);
    if (n && !taken)
        take_back(fs, n);
    pail_node_unref(fs, n);
    if (rc)
        return rc;
    r->full = !taken;
    if (taken)
        r->cookie = next;
    return 0;
}

static bool give_dots(struct reading *r)
{
    struct pail_fs_entry entry;
    struct pail_node *n = r->d->node;
    static const char *const names[] = {".", ".."};
    for (uint64_t i = r->cookie; i < 2; i++) {
        memset(&entry, 0, sizeof(entry));
        pail_tree_lock(r->fs);
        pail_node_attr_locked(r->fs, i == 1 && n->parent ? n->parent : n, &entry.attr);
        pail_tree_unlock(r->fs);
        if (!r->add(r->ud, pail_str(names[i]), &entry, i + 1))
            return false;
        r->cookie = i + 1;
    }
    return true;
}

static int give_names(struct reading *r, struct chunk *c, struct pail_error *err)
{
    struct pail_buf after = PAIL_BUF_INIT(PAIL_NAME_MAX + 1);
    int rc = after_cookie(r->d, r->cookie, &after, err);
    bool more = true;
    while (!rc && more && !r->full) {
        r->epoch = pail_tree_epoch(r->fs);
        rc = r->plus ? fetch_plus(r->fs, r->d->node, pail_buf_view(&after), c, err)
                     : fetch(r->fs, r->d->node, pail_buf_view(&after), c, err);
        more = c->full;
        for (size_t i = 0; i < c->n && !rc && !r->full; i++)
            rc = give(r, &c->items[i], err);
        if (c->n) {
            pail_buf_reset(&after);
            pail_buf_str(&after, c->items[c->n - 1].row.row.name);
        }
        chunk_done(r->fs, c);
    }
    pail_buf_done(&after);
    return rc;
}

int pail_fs_readdir(struct pail_fs *fs, struct pail_fs_dir_handle *d, uint64_t cookie, bool plus,
                    pail_fs_add_fn *add, void *ud, struct pail_error *err)
{
    struct reading r = {.fs = fs, .d = d, .plus = plus, .add = add, .ud = ud, .cookie = cookie};
    PAIL_OP_ERROR(err);
    pail_tree_lock(fs);
    bool gone = d->node->unlinked;
    pail_tree_unlock(fs);
    int rc = 0;
    if (cookie == COOKIE_START && !gone && !pail_dir_fresh(fs, d->node, NULL))
        rc = pail_dir_list(fs, d->node, err);
    struct chunk *c = rc ? NULL : pail_zalloc(sizeof(*c));
    if (!rc && !c)
        rc = pail_error_nomem(err);
    if (!rc && give_dots(&r) && !gone)
        rc = give_names(&r, c, err);
    pail_free(c);
    return pail_note(fs, d->node->ino, "readdir", rc, err);
}

int pail_fs_fsyncdir(struct pail_fs *fs, uint64_t ino, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    return pail_note(fs, ino, "fsyncdir", pail_meta_sync(fs->fixed.meta, true, err), err);
}
