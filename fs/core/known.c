/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From rows to nodes: interning what SQLite knows, new files, and what a node learns later.
 *
 * What is pending of a file comes before any answer of S3: such a node learns nothing until it is
 * committed, and the commit's condition finds out whether somebody else was there. Rows of
 * directories are always taken.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

void pail_known_init(struct pail_known *k)
{
    pail_row_copy_init(&k->row);
    pail_attrs_init(&k->attrs);
    k->has_attrs = false;
}

void pail_known_done(struct pail_known *k)
{
    pail_row_copy_done(&k->row);
    pail_attrs_done(&k->attrs);
}

/* Symlinks are told by their attributes: a row may still call one a file. */
static void fix_kind(struct pail_known *k)
{
    if (k->row.row.kind == PAIL_KIND_FILE && k->has_attrs && pail_attrs_is_symlink(&k->attrs))
        k->row.row.kind = PAIL_KIND_SYMLINK;
}

int pail_known_set(struct pail_known *k, const struct pail_row *row, struct pail_error *err)
{
    pail_known_init(k);
    int rc = pail_row_copy_set(&k->row, row, err);
    if (!rc && row->attrs.len && pail_str_eq(row->attr_etag, row->etag)) {
        struct pail_error why = PAIL_ERROR_INIT;
        int rc2 = pail_attrs_unpack(&k->attrs, row->attrs, &why);
        k->has_attrs = rc2 == 0;
        if (rc2 == PAIL_E_NOMEM)
            rc = pail_error_nomem(err);
    }
    if (rc)
        pail_known_done(k);
    else
        fix_kind(k);
    return rc;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

bool pail_node_pending_locked(const struct pail_node *n)
{
    const struct pail_pending *p = &n->pending;
    return p->fresh || p->touched || p->recording || (p->draft && pail_draft_dirty(p->draft));
}

bool pail_node_draft_counts_locked(const struct pail_node *n)
{
    const struct pail_pending *p = &n->pending;
    return p->draft && (p->fresh || p->recording || pail_draft_dirty(p->draft));
}

uint64_t pail_node_size_locked(const struct pail_node *n)
{
    const struct pail_pending *p = &n->pending;
    if (p->draft && (n->unlinked || pail_node_draft_counts_locked(n)))
        return pail_draft_size(p->draft);
    return n->is_dir ? 0 : n->known.row.row.size;
}

static void take_known_locked(struct pail_node *n, struct pail_known *k)
{
    struct pail_known old = n->known;
    n->known = *k;
    *k = old;
    n->kind = n->known.row.row.kind;
}

/* *spare gets what the node had. */
static void take_attrs_locked(struct pail_node *n, struct pail_attrs *copy,
                              struct pail_attrs *spare)
{
    *spare = n->attrs;
    n->attrs = *copy;
    pail_attrs_init(copy);
    if (n->has_attrs && !n->known.has_attrs) /* forgotten, or another version's: not asked yet */
        n->marker_asked = false;
    n->has_attrs = n->known.has_attrs;
}

/* New contents or attributes that the kernel has not heard of. */
static void tell_kernel_locked(struct pail_fs *fs, const struct pail_node *n,
                               const struct pail_row *now)
{
    const struct pail_row *was = &n->known.row.row;
    if (!n->lookups || was->kind == PAIL_KIND_NONE || now->kind == PAIL_KIND_DIR)
        return;
    if (!pail_str_eq(was->etag, now->etag) || was->size != now->size)
        pail_notify_inode(fs->fixed.notifier, n->ino, true);
}

int pail_node_learn(struct pail_fs *fs, struct pail_node *n, const struct pail_row *row,
                    struct pail_error *err)
{
    struct pail_known k;
    struct pail_attrs attrs, spare;
    int rc = pail_known_set(&k, row, err);
    if (rc)
        return rc;
    pail_attrs_init(&attrs);
    pail_attrs_init(&spare);
    rc = pail_attrs_copy(&attrs, &k.attrs, err);
    if (rc) {
        pail_known_done(&k);
        return rc;
    }
    pail_tree_lock(fs);
    const struct pail_row *old = &n->known.row.row;
    if (row->ino == n->ino && row->stamp >= old->stamp && !n->unlinked) {
        bool keep = pail_node_pending_locked(n);
        if (!keep)
            tell_kernel_locked(fs, n, &k.row.row);
        if (!keep || n->is_dir) {
            if (old->etag.len && !pail_str_eq(old->etag, k.row.row.etag))
                n->others++;
            take_known_locked(n, &k);
            take_attrs_locked(n, &attrs, &spare);
        }
    }
    pail_tree_unlock(fs);
    pail_known_done(&k);
    pail_attrs_done(&attrs);
    pail_attrs_done(&spare);
    return 0;
}

void pail_node_commit_locked(struct pail_node *n, struct pail_known *take, uint64_t changes)
{
    struct pail_pending *p = &n->pending;
    take_known_locked(n, take);
    p->fresh = false;
    pail_list_remove(&n->fresh_link);
    if (p->changes == changes)
        p->touched = p->late = false;
}

/* The database has forgotten the node's number (a disk that refused a change) and gave the name
 * another. Nothing but a loss does that as long as it is a file, or a directory, so it is the node:
 * perhaps in a new version, which the commit of an open file must find out about. */
static bool is_same_thing_locked(const struct pail_node *n, const struct pail_row *row)
{
    return n->is_dir == (row->kind == PAIL_KIND_DIR);
}

/* What must be in the database because the kernel, or somebody in here, has the number. */
int pail_known_keep(void *ud, struct pail_meta_kept *to, struct pail_error *err)
{
    struct pail_fs *fs = ud;
    int rc = 0;
    pail_tree_lock(fs);
    for (size_t i = 0; i < fs->tree.n_buckets && !rc; i++)
        PAIL_LIST_FOR (it, &fs->tree.inos[i]) {
            const struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_ino);
            if (!n->parent) /* the root's row is there from the first day */
                continue;
            struct pail_row row = n->known.row.row;
            row.ino = n->ino;
            row.parent = n->parent->ino;
            row.name = pail_node_name(n);
            row.raw = pail_strn(n->raw, n->raw_len);
            row.kind = n->unlinked || n->pending.fresh ? PAIL_KIND_NONE : n->kind;
            rc = pail_meta_keep(to, &row, err);
            if (rc)
                break;
        }
    pail_tree_unlock(fs);
    return rc;
}

/* The row gets the node's number, which the kernel has. */
static int renumber(struct pail_fs *fs, struct pail_node *n, const struct pail_row *row,
                    struct pail_error *err)
{
    struct pail_row now = *row;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_tree_lock(fs);
    bool ours = pail_node_pending_locked(n); /* the row may be of somebody else's object */
    pail_tree_unlock(fs);
    if (ours)
        return 0;
    now.ino = n->ino;
    now.listed_ns = 0;
    now.stamp = pail_meta_stamp(fs->fixed.meta);
    int rc = pail_meta_put(fs->fixed.meta, &now, PAIL_PUT_CHANGE, NULL, &why);
    if (rc == PAIL_E_INVALID) /* it is known under an earlier name */
        rc = pail_meta_move(fs->fixed.meta, n->ino, row->parent, row->name, now.stamp, &why);
    if (rc) {
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "inode %llu is not in the database: %s",
                 (unsigned long long)n->ino, why.message);
        return 0;
    }
    return pail_node_learn(fs, n, &now, err);
}

/* The table's node for a row, when it has one. *again: the row is older than the table. */
static struct pail_node *existing_locked(struct pail_fs *fs, struct pail_node *dir,
                                         const struct pail_row *row, bool *again)
{
    struct pail_node *n = pail_tree_ino_locked(fs, row->ino);
    if (n && (n->unlinked || n->parent != dir || !pail_str_eq(pail_node_name(n), row->name))) {
        *again = true;
        return NULL;
    }
    if (n)
        return n;
    n = pail_tree_name_locked(fs, dir, row->name);
    if (n && (pail_node_pending_locked(n) || is_same_thing_locked(n, row)))
        return n; /* what we have in hand comes first */
    if (n) {      /* another object, or another kind of thing, has the name now */
        pail_notify_entry(fs->fixed.notifier, dir->ino, row->name);
        pail_node_drop_name_locked(fs, n);
    }
    return NULL;
}

static int set_raw(struct pail_node *n, struct pail_str raw)
{
    if (!raw.ptr)
        return 0;
    n->raw = pail_strndup(raw);
    n->raw_len = raw.len;
    return n->raw ? 0 : PAIL_E_NOMEM;
}

static int node_of_row(struct pail_fs *fs, struct pail_node *dir, const struct pail_row *row,
                       struct pail_node **ret, struct pail_error *err)
{
    struct pail_node *n = pail_node_alloc(row->ino, row->name);
    if (!n)
        return pail_error_nomem(err);
    int rc = set_raw(n, row->raw);
    if (!rc && !dir->volume) /* below the root of all buckets */
        rc = pail_volume_get(fs, row->raw.ptr ? row->raw : row->name, &n->volume, err);
    if (!rc)
        rc = pail_known_set(&n->known, row, err);
    if (!rc) {
        n->kind = n->known.row.row.kind;
        n->is_dir = n->kind == PAIL_KIND_DIR;
        n->has_attrs = n->known.has_attrs;
        rc = pail_attrs_copy(&n->attrs, &n->known.attrs, err);
    }
    if (rc == PAIL_E_NOMEM)
        pail_error_nomem(err);
    if (rc)
        pail_node_free(n);
    else
        *ret = n;
    return rc;
}

int pail_node_intern(struct pail_fs *fs, struct pail_node *dir, const struct pail_row *row,
                     uint64_t epoch, struct pail_node **ret, struct pail_error *err)
{
    struct pail_node *made = NULL;
    for (;;) {
        bool again = false;
        pail_tree_lock(fs);
        struct pail_node *n = dir->unlinked ? NULL : existing_locked(fs, dir, row, &again);
        bool inserted = false;
        if (!n && (epoch != fs->tree.epoch || pail_name_hidden_locked(fs, dir, row->name)))
            again = true;
        if (n) {
            n->refs++;
        } else if (!again && made) {
            struct pail_volume *v = made->volume;
            pail_node_insert_locked(fs, made, dir);
            if (v)
                made->volume = v;
            n = made;
            inserted = true;
        }
        pail_tree_unlock(fs);
        if (n || again) {
            if (!inserted && made)
                pail_node_free(made);
            int rc = 0;
            if (n && !inserted)
                rc = n->ino == row->ino ? pail_node_learn(fs, n, row, err)
                                        : renumber(fs, n, row, err);
            if (rc)
                pail_node_unref(fs, n);
            else
                *ret = n;
            return rc;
        }
        int rc = node_of_row(fs, dir, row, &made, err);
        if (rc)
            return rc;
    }
}

int pail_node_create(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                     struct pail_str raw, struct pail_draft *draft, struct pail_attrs *attrs,
                     bool exclusive, struct pail_node **ret, struct pail_error *err)
{
    struct pail_node *n = pail_node_alloc(pail_meta_new_ino(fs->fixed.meta), name);
    if (!n || set_raw(n, raw)) {
        if (n)
            pail_node_free(n);
        return pail_error_nomem(err);
    }
    n->kind = PAIL_KIND_FILE;
    n->has_attrs = true;
    n->pending.fresh = true;
    n->pending.untouched = true;
    n->pending.exclusive = exclusive;
    pail_tree_lock(fs);
    while (pail_node_moving_locked(fs, dir))
        pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
    struct pail_node *taken = pail_tree_name_locked(fs, dir, name);
    bool gone = dir->unlinked;
    if (!taken && !gone) {
        n->attrs = *attrs;
        pail_attrs_init(attrs);
        n->pending.draft = draft;
        pail_node_insert_locked(fs, n, dir);
        pail_list_append(&dir->fresh_children, &n->fresh_link);
        pail_list_append(&fs->tree.drafts, &n->draft_link);
    }
    pail_tree_unlock(fs);
    if (taken || gone) {
        pail_node_free(n);
        n = NULL;
    }
    if (gone)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: its directory was removed",
                              PAIL_STR_ARG(name));
    *ret = n;
    return 0;
}
