/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a name means. One order:
 *
 *   1. a node in memory that has something pending, or whose row is fresh
 *   2. the row in SQLite, when it is fresh (kind NONE: absent)
 *   3. the directory's complete listing, when it is fresh: what it does not name is absent
 *   4. S3: the first two unknown names of a directory are asked for by themselves, at the third the
 * directory is listed
 *
 * Fresh means seen within the mount's metadata-ttl. What S3 has just answered counts as known for
 * the call that asked, whatever the ttl. One thread at a time lists a directory (the busy mark);
 * others that need it wait and share the result.
 *
 * Attributes that listings do not give follow in a second step, and only where the directory's
 * sample says that objects bear any.
 */
#include "base/str.h"
#include "core/core.h"

#define PROBES 2         /* names asked for by themselves before the directory is listed */
#define EPOCH_TRIES 1000 /* rows read again because a change went by */

void pail_resolve_changed(void *ud, const struct pail_row *before, enum pail_kind now)
{
    struct pail_fs *fs = ud;
    pail_tree_lock(fs);
    struct pail_node *n = pail_tree_ino_locked(fs, before->ino);
    bool known = n && !n->unlinked;
    bool other = (now == PAIL_KIND_DIR) != (before->kind == PAIL_KIND_DIR) || now == PAIL_KIND_NONE;
    if (known && pail_node_pending_locked(n) && !n->is_dir) {
        /* ours comes first; the commit will find out */
    } else if (known && other) {
        pail_notify_entry(fs->fixed.notifier, n->parent->ino, pail_node_name(n));
        pail_node_drop_name_locked(fs, n);
    } else if (known && now != PAIL_KIND_DIR) {
        pail_notify_inode(fs->fixed.notifier, n->ino, true);
        n->known.row.row.seen_ns = 0; /* read again before it is relied on */
    }
    pail_tree_unlock(fs);
}

bool pail_resolve_is_current(void *ud, uint64_t ino, struct pail_str key)
{
    struct pail_fs *fs = ud;
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    pail_tree_lock(fs);
    const struct pail_node *n = pail_tree_ino_locked(fs, ino);
    if (n)
        pail_node_key_locked(n, &now);
    pail_tree_unlock(fs);
    bool same = !n || now.failed || pail_str_eq(pail_buf_view(&now), key);
    pail_buf_done(&now);
    return same;
}

/* ---- Names ----------------------------------------------------------------------------------- */

struct look {
    struct pail_fs *fs;
    struct pail_node *dir;
    struct pail_str name;
    bool asked;             /* S3 has answered in this call */
    bool listed;            /* what is not known is absent */
    bool stale;             /* there is a row, too old to be relied on */
    uint64_t losses;        /* what was answered before is known as long as this holds */
    struct pail_node *node; /* referenced */
    bool absent;
    int64_t left;
};

/* Step 1. */
static void look_in_memory(struct look *l)
{
    struct pail_fs *fs = l->fs;
    pail_tree_lock(fs);
    struct pail_node *n = pail_tree_name_locked(fs, l->dir, l->name);
    bool hidden = pail_name_hidden_locked(fs, l->dir, l->name);
    if (l->dir->unlinked || (hidden && !n)) {
        l->absent = true;
    } else if (n && (hidden || pail_node_pending_locked(n) ||
                     pail_fresh_left(fs, n->known.row.row.seen_ns) > 0)) {
        n->refs++;
        l->node = n;
    }
    pail_tree_unlock(fs);
}

/* Step 2. */
static int look_in_meta(struct look *l, bool *ret_again, struct pail_error *err)
{
    struct pail_fs *fs = l->fs;
    struct pail_row_copy row;
    struct pail_error why = PAIL_ERROR_INIT;
    uint64_t epoch = pail_tree_epoch(fs);
    *ret_again = false;
    pail_row_copy_init(&row);
    int rc = pail_meta_find(fs->fixed.meta, l->dir->ino, l->name, &row, &why);
    if (pail_meta_losses(fs->fixed.meta) != l->losses) { /* what was listed may not be there */
        l->losses = pail_meta_losses(fs->fixed.meta);
        l->asked = l->listed = l->stale = false;
        *ret_again = true;
        pail_row_copy_done(&row);
        return 0;
    }
    int64_t left = rc ? 0 : pail_fresh_left(fs, row.row.seen_ns);
    if (rc == PAIL_E_FS_NOENT) {
        rc = 0;
        l->absent = l->listed;
    } else if (rc) {
        pail_error_copy(err, &why);
    } else if (left > 0 || l->asked) {
        l->left = left;
        if (row.row.kind == PAIL_KIND_NONE)
            l->absent = true;
        else
            rc = pail_node_intern(fs, l->dir, &row.row, epoch, &l->node, err);
        *ret_again = !rc && !l->absent && !l->node;
    } else {
        l->stale = row.row.kind != PAIL_KIND_NONE;
    }
    pail_row_copy_done(&row);
    return rc;
}

/* Asks for this one name. */
static int probe(struct look *l, const struct pail_component *comp, struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    struct pail_row_copy row;
    struct pail_fs *fs = l->fs;
    pail_row_copy_init(&row);
    int rc = pail_node_key(fs, l->dir, &key, err);
    struct pail_str raw = pail_component_raw(comp, l->name);
    if (!rc && key.len + raw.len > PAIL_KEY_MAX) {
        l->absent = true; /* no key is that long */
    } else if (!rc) {
        uint64_t epoch = pail_tree_epoch(fs);
        pail_assert_no_locks();
        rc = pail_lister_probe(&fs->fixed.lister, l->dir->volume, l->dir->ino, pail_buf_view(&key),
                               l->name, raw, &row, err);
        l->asked = true;
        if (!rc && row.row.kind == PAIL_KIND_NONE) {
            l->absent = true;
            l->left = pail_fresh_left(fs, row.row.seen_ns);
        } else if (!rc) { /* not interned because a change went by: the next round reads it again */
            rc = pail_node_intern(fs, l->dir, &row.row, epoch, &l->node, err);
        }
    }
    pail_row_copy_done(&row);
    pail_buf_done(&key);
    return rc;
}

/* Step 4. */
static int ask(struct look *l, struct pail_error *err)
{
    struct pail_fs *fs = l->fs;
    struct pail_component comp;
    pail_component_of(l->name, &comp);
    int rc = 0;
    if (comp.invalid || l->name.len > PAIL_NAME_MAX || comp.text.failed) {
        l->absent = true;
        l->left = fs->fixed.opt.metadata_ttl_ns;
    } else {
        pail_tree_lock(fs);
        bool list = !l->dir->volume || comp.hashed || comp.shadowed || ++l->dir->misses > PROBES;
        pail_tree_unlock(fs);
        if (list) {
            rc = pail_dir_list(fs, l->dir, err);
            l->asked = l->listed = true;
            if (!rc && !pail_dir_fresh(fs, l->dir, &l->left))
                l->left = 0;
        } else {
            rc = probe(l, &comp, err);
        }
    }
    pail_buf_done(&comp.text);
    return rc;
}

static int find_node(struct look *l, enum pail_resolve_how how, struct pail_error *err)
{
    for (unsigned i = 0; i < EPOCH_TRIES; i++) {
        bool again = false;
        look_in_memory(l);
        if (l->node || l->absent)
            return 0;
        int64_t left = 0;
        if (!l->asked)
            l->losses = pail_meta_losses(l->fs->fixed.meta);
        if (!l->asked && pail_dir_fresh(l->fs, l->dir, &left)) {
            l->listed = true;
            l->left = left;
        }
        int rc = look_in_meta(l, &again, err);
        if (rc || l->node || l->absent)
            return rc;
        if (again)
            continue;
        if (!l->stale && (how == PAIL_RESOLVE_KNOWN || l->listed)) {
            l->absent = true;
            return 0;
        }
        struct pail_error why = PAIL_ERROR_INIT;
        rc = ask(l, &why);
        if (rc == PAIL_E_FS_STALE) /* its directory was moved */
            continue;
        if (rc)
            pail_error_copy(err, &why);
        if (rc || l->node || l->absent)
            return rc;
    }
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY,
                          "%.*s: its directory changes all the time", PAIL_STR_ARG(l->name));
}

int pail_resolve(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                 enum pail_resolve_how how, struct pail_node **ret, int64_t *ret_left,
                 struct pail_error *err)
{
    struct look l = {.fs = fs, .dir = dir, .name = name};
    int rc = find_node(&l, how, err);
    if (!rc && l.node && how == PAIL_RESOLVE_ASK) {
        rc = pail_node_attributes(fs, l.node, PAIL_ASK_LOOKUP, err);
        if (rc) {
            pail_node_unref(fs, PAIL_STEAL(l.node));
            if (rc == PAIL_E_FS_NOENT) { /* it went between listing and asking */
                rc = 0;
                l.left = 0;
            }
        }
    }
    if (rc)
        return rc;
    *ret = l.node;
    if (ret_left)
        *ret_left = l.node ? 0 : l.left;
    return 0;
}

/* ---- Operations ------------------------------------------------------------------------------ */

int pail_fs_lookup(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                   struct pail_str name, struct pail_fs_entry *ret, struct pail_error *err)
{
    struct pail_node *dir, *n = NULL;
    int64_t left = 0;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get_dir(fs, parent, &dir, err);
    if (rc)
        return rc;
    rc = name.len > PAIL_NAME_MAX ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NAMETOOLONG,
                                                   "a name of %zu bytes", name.len)
                                  : pail_resolve(fs, dir, name, PAIL_RESOLVE_ASK, &n, &left, err);
    if (!rc && n) {
        pail_node_entry(fs, n, true, ret);
    } else if (!rc) {
        memset(ret, 0, sizeof(*ret));
        ret->entry_ttl_ns = left;
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: no such name",
                            PAIL_STR_ARG(name));
    }
    pail_node_unref(fs, n);
    pail_node_unref(fs, dir);
    return pail_note(fs, parent, "lookup", rc, err);
}
