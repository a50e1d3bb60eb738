/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's draft: where it begins and ends.
 *
 *   first write, truncate, open with O_TRUNC  ->  draft over the row's version (or over nothing)
 *   last handle released: clean -> freed; not committed -> saved to lost+found, then freed
 *   unlinked or replaced while open: everything of the base is brought here first, and what is
 * written then is never committed
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/plant.h"
#include "base/str.h"
#include "core/core.h"

struct basis {
    struct pail_buf key, etag, version_id;
    uint64_t size;
    uint64_t others; /* of the node */
    bool gone;
    char *if_match;
};

static void basis_done(struct basis *b)
{
    pail_buf_done(&b->key);
    pail_buf_done(&b->etag);
    pail_buf_done(&b->version_id);
    pail_free(b->if_match);
}

/* What is written through a handle was thought out for the version that it opened, or one that this
 * mount made of it. Where somebody else's was seen since, a draft's base would be theirs, and the
 * commit's condition would find nothing wrong. */
static bool stale_locked(const struct pail_node *n, const struct pail_fs_handle *h)
{
    return h && h->others != n->others && !n->unlinked && !PAIL_PLANT("handle.stale");
}

static int stale(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    struct pail_label label;
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                          "%s: somebody else has changed it since it was opened",
                          pail_label(fs, n, &label));
}

/* *ret_draft: where there is one, and then no basis. */
static int basis_of(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                    struct basis *b, struct pail_draft **ret_draft, struct pail_error *err)
{
    pail_buf_init(&b->key, 4 * PAIL_KEY_MAX);
    pail_buf_init(&b->etag, 1024);
    pail_buf_init(&b->version_id, 2048);
    b->if_match = NULL;
    pail_tree_lock(fs);
    const struct pail_row *row = &n->known.row.row;
    bool theirs = stale_locked(n, h);
    *ret_draft = theirs ? NULL : n->pending.draft;
    pail_node_key_locked(n, &b->key);
    pail_buf_str(&b->etag, row->etag);
    pail_buf_str(&b->version_id, row->version_id);
    b->size = row->size;
    b->others = n->others;
    b->gone = n->unlinked;
    pail_tree_unlock(fs);
    int rc = theirs ? stale(fs, n, err) : pail_buf_check(&b->key, "key", err);
    if (!rc)
        rc = pail_buf_check(&b->etag, "ETag", err);
    if (!rc)
        rc = pail_buf_check(&b->version_id, "version id", err);
    if (!rc && b->etag.len) {
        b->if_match = pail_strndup(pail_buf_view(&b->etag));
        rc = b->if_match ? 0 : pail_error_nomem(err);
    }
    return rc;
}

/* False: somebody was faster, or the version has changed. */
static bool install(struct pail_fs *fs, struct pail_node *n, struct pail_draft *d, struct basis *b,
                    bool empty)
{
    struct pail_pending *p = &n->pending;
    pail_tree_lock(fs);
    bool ok = !p->draft && n->others == b->others &&
              pail_str_eq(n->known.row.row.etag, pail_buf_view(&b->etag));
    if (ok) {
        p->draft = d;
        pail_free(p->base_etag);
        p->base_etag = PAIL_STEAL(b->if_match);
        p->untouched = empty;
        p->opened_at_ns = empty ? pail_clock_wall_ns() : 0;
        p->refused = 0;
        p->direct = false;
        pail_list_append(&fs->tree.drafts, &n->draft_link);
    }
    pail_tree_unlock(fs);
    return ok;
}

static int make(struct pail_fs *fs, struct pail_node *n, bool empty, struct basis *b,
                struct pail_draft **ret, struct pail_error *err)
{
    struct pail_base base = {.etag = pail_buf_view(&b->etag),
                             .version_id = pail_buf_view(&b->version_id),
                             .size = b->size};
    bool bare = empty || b->gone;
    struct pail_draft *d = NULL;
    if (!bare && !b->etag.len) /* a listing that names no ETags: HEAD does */
        return pail_node_refresh(fs, n, err);
    int rc = pail_draft_new(fs->fixed.writer, n->volume, pail_buf_view(&b->key),
                            bare ? NULL : &base, &d, err);
    if (rc)
        return rc;
    if (!install(fs, n, d, b, empty)) {
        pail_draft_free(d);
        return 0;
    }
    *ret = d;
    return pail_commit_target(fs, n, err);
}

/* The usual case, once per write: the draft is there, and nothing has to be asked for. */
static bool have_draft(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                       bool empty, struct pail_draft **ret)
{
    pail_tree_lock(fs);
    bool whole = empty || n->has_attrs || pail_node_pending_locked(n);
    *ret = whole && !stale_locked(n, h) ? n->pending.draft : NULL;
    pail_tree_unlock(fs);
    return *ret;
}

int pail_pending_draft(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                       bool empty, struct pail_draft **ret, struct pail_error *err)
{
    struct pail_draft *d = NULL;
    if (have_draft(fs, n, h, empty, ret))
        return 0;
    /* A commit replaces the attributes too: those that were forgotten meanwhile are asked for, or
     * it would take them away. */
    struct pail_error why = PAIL_ERROR_INIT;
    int rc = empty ? 0 : pail_node_attributes(fs, n, PAIL_ASK_STAT, &why);
    if (rc == PAIL_E_FS_NOENT) /* removed elsewhere: the commit's condition tells */
        rc = 0;
    else if (rc)
        pail_error_copy(err, &why);
    while (!d && !rc) {
        struct basis b;
        rc = basis_of(fs, n, h, &b, &d, err);
        if (!rc && !d)
            rc = make(fs, n, empty, &b, &d, err);
        basis_done(&b);
    }
    if (!rc)
        *ret = d;
    return rc;
}

/* ---- The end --------------------------------------------------------------------------------- */

/* The node shows again what S3 has. */
static int take_off(struct pail_fs *fs, struct pail_node *n, struct pail_draft **ret,
                    struct pail_error *err)
{
    struct pail_attrs attrs, spare;
    char *etag;
    pail_attrs_init(&attrs);
    pail_attrs_init(&spare);
    pail_tree_lock(fs);
    struct pail_pending *p = &n->pending;
    bool pending = pail_node_pending_locked(n);
    int rc = pending ? pail_attrs_copy(&attrs, &n->known.attrs, err) : 0;
    if (pending && !rc) {
        spare = n->attrs;
        n->attrs = attrs;
        n->has_attrs = n->known.has_attrs;
        if (n->lookups)
            pail_notify_inode(fs->fixed.notifier, n->ino, true);
        if (p->fresh && !n->unlinked) {
            pail_notify_entry(fs->fixed.notifier, n->parent->ino, pail_node_name(n));
            pail_node_drop_name_locked(fs, n);
        }
    }
    *ret = PAIL_STEAL(p->draft);
    etag = PAIL_STEAL(p->base_etag);
    pail_list_remove(&n->draft_link);
    memset(p, 0, sizeof(*p));
    pail_tree_unlock(fs);
    pail_attrs_done(&spare);
    pail_free(etag);
    return rc;
}

static bool in_use_locked(const struct pail_node *n, bool discard)
{
    return !n->pending.draft || (discard ? n->n_writers : n->n_handles) > 0;
}

void pail_pending_settle(struct pail_fs *fs, struct pail_node *n, bool discard)
{
    struct pail_draft *d = NULL;
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_label label;
    pail_tree_lock(fs);
    bool open = in_use_locked(n, discard);
    pail_tree_unlock(fs);
    if (open)
        return;
    pail_node_busy(fs, n);
    pail_tree_lock(fs);
    const struct pail_pending *p = &n->pending;
    open = in_use_locked(n, discard);
    bool lost = !open && !discard && !n->unlinked && (p->fresh || pail_draft_dirty(p->draft));
    pail_tree_unlock(fs);
    if (lost && pail_salvage(fs, n, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR,
                 "%s: content that S3 did not take could not be saved: %s",
                 pail_label(fs, n, &label), why.message);
    if (!open && take_off(fs, n, &d, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s: %s", pail_label(fs, n, &label), why.message);
    pail_node_idle(fs, n);
    pail_draft_free(d);
}

/* ---- Unlinked while open --------------------------------------------------------------------- */

static bool somebody_reads_locked(const struct pail_node *n)
{
    PAIL_LIST_FOR (it, &n->handles) {
        if (PAIL_CONTAINER(it, struct pail_fs_handle, link)->reads)
            return true;
    }
    return false;
}

static int detach(struct pail_fs *fs, struct pail_node *n, struct pail_draft *d,
                  struct pail_error *err)
{
    bool made = !d;
    int rc = made ? pail_pending_draft(fs, n, NULL, false, &d, err) : 0;
    if (!rc)
        rc = pail_draft_detach(d, err);
    return rc || made ? rc : pail_commit_rebased(fs, n, err);
}

int pail_pending_detach(struct pail_fs *fs, struct pail_node *n, struct pail_error *err)
{
    struct pail_label label;
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    const struct pail_row *row = &n->known.row.row;
    /* A version in a versioned bucket stays readable by its id. */
    bool versioned = row->version_id.len && !pail_str_eqz(row->version_id, "null");
    bool nothing = n->kind != PAIL_KIND_FILE || !somebody_reads_locked(n) ||
                   (!d && (versioned || !row->size));
    pail_tree_unlock(fs);
    int rc = nothing ? 0 : detach(fs, n, d, err);
    if (rc)
        pail_error_prefix(err, "%s is open, and its content could not be kept",
                          pail_label(fs, n, &label));
    return rc;
}

void pail_pending_abandon(struct pail_fs *fs, struct pail_node *n)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_label label;
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    bool read = somebody_reads_locked(n);
    pail_tree_unlock(fs);
    if (!d || read)
        return;
    int rc = pail_draft_truncate(d, 0, &why); /* nobody can ask for what was written */
    if (!rc)
        rc = pail_draft_detach(d, &why);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s: %s", pail_label(fs, n, &label), why.message);
}
