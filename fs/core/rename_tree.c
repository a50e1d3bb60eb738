/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renaming a directory: all that begins with its key is copied, then the name is switched here,
 * then what was copied is deleted.
 *
 *   drafts below committed -> journal -> list and copy, page by page -> switch -> list again and
 * delete -> journal row gone
 *
 * Until the switch nothing of the old tree was touched: a copy that fails ends it, what was copied
 * is removed, and both names are as before. After it every object is at the new name. Sources are
 * deleted only while they still are the version that was copied: what another host put there
 * meanwhile stays and shows under the old name. A crash goes on at the cursor (replay.c).
 *
 * While it lasts, writers below wait; readers go on.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"
#include "core/journal.h"

#define TRIES 8

struct tree {
    struct pail_rename *r;
    struct pail_fs *fs;
    struct pail_volume *volume;
    struct pail_str from, to;
    struct pail_copies *copies;
    struct pail_key_list made; /* what was copied, for taking it back */
};

/* ---- Drafts below ---------------------------------------------------------------------------- */

/* A draft that may have an upload under way to the old key. */
static bool may_stream_locked(const struct pail_fs *fs, const struct pail_node *n)
{
    return !n->unlinked && pail_node_pending_locked(n) &&
           !(n->pending.fresh && pail_node_size_locked(n) <= fs->fixed.part_size &&
             !pail_draft_unsettled(n->pending.draft));
}

static struct pail_node *find_draft(struct pail_fs *fs, struct pail_node *dir)
{
    struct pail_node *found = NULL;
    pail_tree_lock(fs);
    PAIL_LIST_FOR (it, &fs->tree.drafts) {
        struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, draft_link);
        if (!found && may_stream_locked(fs, n) && pail_node_below_locked(n, dir)) {
            n->refs++;
            found = n;
        }
    }
    pail_tree_unlock(fs);
    return found;
}

static int commit_below(struct pail_fs *fs, struct pail_node *dir, struct pail_error *err)
{
    int rc = 0;
    for (struct pail_node *n; !rc && (n = find_draft(fs, dir)) != NULL;) {
        struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
        rc = pail_node_key(fs, n, &key, err);
        if (!rc)
            rc = pail_commit_claimed(fs, n, pail_buf_view(&key), err);
        pail_buf_done(&key);
        pail_node_unref(fs, n);
    }
    return rc;
}

static bool used_below_locked(struct pail_fs *fs, const struct pail_node *dir)
{
    PAIL_LIST_FOR (it, &fs->tree.drafts) {
        const struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, draft_link);
        if (n->users && pail_node_below_locked(n, dir))
            return true;
    }
    return false;
}

/* Everything below is committed or new and small, and stays so. */
static int settle_below(struct pail_fs *fs, struct pail_node *dir, struct pail_error *err)
{
    struct pail_label label;
    for (int i = 0; i < TRIES; i++) {
        int rc = commit_below(fs, dir, err);
        if (rc)
            return rc;
        pail_node_moving(fs, dir, true);
        pail_tree_lock(fs);
        while (used_below_locked(fs, dir))
            pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
        pail_tree_unlock(fs);
        struct pail_node *left = find_draft(fs, dir);
        if (!left)
            return 0;
        pail_node_unref(fs, left);
        pail_node_moving(fs, dir, false);
    }
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BUSY,
                          "%s: files below are being written all the time",
                          pail_label(fs, dir, &label));
}

/* New files below get their first version under the new key. */
static void rekey_below(struct pail_fs *fs, struct pail_node *dir)
{
    struct pail_node *last = NULL;
    bool more = true;
    while (more) {
        struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
        struct pail_error why = PAIL_ERROR_INIT;
        struct pail_node *n = NULL;
        struct pail_label label;
        pail_tree_lock(fs);
        bool behind = last == NULL;
        PAIL_LIST_FOR (it, &fs->tree.drafts) {
            struct pail_node *x = PAIL_CONTAINER(it, struct pail_node, draft_link);
            if (!n && behind && !x->unlinked && pail_node_below_locked(x, dir)) {
                n = x;
                n->refs++;
                pail_node_key_locked(n, &key);
            }
            behind = behind || x == last;
        }
        pail_tree_unlock(fs);
        more = n != NULL;
        int rc = more ? pail_buf_check(&key, "key", &why) : 0;
        if (more && !rc)
            rc = pail_draft_rekey(n->pending.draft, pail_buf_view(&key), &why);
        if (more && !rc)
            rc = pail_commit_target(fs, n, &why);
        if (rc)
            PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "%s: %s", pail_label(fs, n, &label), why.message);
        pail_buf_done(&key);
        pail_node_unref(fs, last);
        last = n;
    }
}

/* ---- Copying --------------------------------------------------------------------------------- */

static int update_journal(struct tree *t, enum pail_journal_phase phase, struct pail_str cursor,
                          struct pail_error *err)
{
    struct pail_buf payload = PAIL_BUF_INIT(64 << 10);
    struct pail_journal_rename j = {.type = PAIL_JOURNAL_TREE,
                                    .phase = phase,
                                    .bucket = pail_str(t->volume->bucket),
                                    .from = t->from,
                                    .to = t->to,
                                    .cursor = cursor};
    int rc = pail_journal_encode(&j, &payload, err);
    if (!rc)
        rc = pail_meta_journal_update(t->fs->fixed.meta, t->r->journal,
                                      (struct pail_bytes){payload.ptr, payload.len}, err);
    pail_buf_done(&payload);
    return rc;
}

typedef int entry_fn(struct tree *t, const struct pail_s3_entry *e, void *ud,
                     struct pail_error *err);

/* Every key below `from`, in order; page(t, last key) after each page, if not NULL. */
static int each_key(struct tree *t, entry_fn *each, void *ud, bool pages, struct pail_error *err)
{
    struct pail_buf token = PAIL_BUF_INIT(8192);
    int rc = 0;
    bool more = true;
    while (!rc && more) {
        struct pail_s3_list_args args = {.call = pail_volume_call(t->volume, PAIL_PRIO_META),
                                         .bucket = pail_str(t->volume->bucket),
                                         .prefix = t->from,
                                         .continuation_token = pail_buf_view(&token)};
        struct pail_s3_page page;
        pail_assert_no_locks();
        rc = pail_s3_list(t->volume->s3, &args, &page, err);
        if (rc)
            break;
        for (size_t i = 0; i < page.n && !rc; i++)
            rc = each(t, &page.entries[i], ud, err);
        if (!rc && pages && page.next_token.len && page.n) { /* what is up to here is copied */
            rc = pail_copies_wait(t->copies, err);
            if (!rc)
                rc = update_journal(t, PAIL_JOURNAL_COPYING, page.entries[page.n - 1].key, err);
        }
        more = page.next_token.len > 0;
        pail_buf_reset(&token);
        pail_buf_str(&token, page.next_token);
        pail_s3_page_done(&page);
        if (!rc)
            rc = pail_buf_check(&token, "continuation token", err);
    }
    pail_buf_done(&token);
    return rc;
}

static int copy_one(struct tree *t, const struct pail_s3_entry *e, void *ud, struct pail_error *err)
{
    return pail_copies_add(t->copies, e, err);
}

static int copy_all(struct tree *t, struct pail_error *err)
{
    int rc = each_key(t, copy_one, NULL, true, err);
    struct pail_error why = PAIL_ERROR_INIT;
    int rc2 = pail_copies_wait(t->copies, &why);
    if (!rc && rc2) {
        pail_error_copy(err, &why);
        rc = rc2;
    }
    return rc;
}

/* The copies are removed again: nothing was at their keys before. */
static void take_back(struct tree *t)
{
    struct pail_key_list keys;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_key_list_init(&keys);
    int rc = 0;
    for (const struct pail_copied *c = pail_copies_list(t->copies); c && !rc; c = c->next)
        rc = pail_key_list_add(&keys, t->to,
                               pail_strn(c->text + t->from.len, c->key_len - t->from.len), &why);
    if (!rc && keys.n)
        rc = pail_delete_keys(t->fs, t->volume, &keys, &why);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "copies below s3://%s/%.*s stay: %s", t->volume->bucket,
                 PAIL_STR_ARG(t->to), why.message);
    pail_key_list_done(&keys);
}

/* ---- New versions ---------------------------------------------------------------------------- */

static int find_component(struct pail_fs *fs, uint64_t parent, struct pail_str component,
                          struct pail_row_copy *ret)
{
    int rc = pail_meta_find(fs->fixed.meta, parent, component, ret, NULL);
    if (!rc && !ret->row.raw.ptr && ret->row.kind != PAIL_KIND_NONE)
        return 0;
    return pail_meta_find_raw(fs->fixed.meta, parent, component, ret, NULL);
}

/* The row of a key below the tree; PAIL_E_FS_NOENT when it is not known, or is a directory's
 * marker. */
static int row_of(struct tree *t, const struct pail_copied *c, struct pail_row_copy *ret)
{
    struct pail_str rest = pail_strn(c->text + t->from.len, c->key_len - t->from.len), component;
    uint64_t at = t->r->node->ino;
    if (!rest.len || rest.ptr[rest.len - 1] == '/')
        return PAIL_E_FS_NOENT;
    while (pail_str_split(&rest, '/', &component)) {
        int rc = find_component(t->fs, at, component, ret);
        if (rc)
            return rc;
        at = ret->row.ino;
    }
    return ret->row.kind == PAIL_KIND_DIR ? PAIL_E_FS_NOENT : 0;
}

static int new_version_of_node(struct pail_fs *fs, struct pail_node *n, const struct pail_copied *c,
                               struct pail_error *err)
{
    struct pail_attrs attrs;
    pail_attrs_init(&attrs);
    pail_tree_lock(fs);
    bool known = n->known.has_attrs;
    struct pail_draft *d = n->pending.draft;
    int rc = known ? pail_attrs_copy(&attrs, &n->known.attrs, err) : 0;
    pail_tree_unlock(fs);
    if (!rc)
        rc = pail_record_attrs(fs, n, c->put, known ? &attrs : NULL, UINT64_MAX, err);
    if (!rc && d)
        rc = pail_draft_reversion(d, pail_str(c->put->etag), pail_str(c->put->version_id), err);
    pail_attrs_done(&attrs);
    return rc;
}

/* Row and node of a copy that has another version than its source: multipart objects, versioned
 * buckets. */
static void new_version(struct tree *t, const struct pail_copied *c)
{
    struct pail_fs *fs = t->fs;
    struct pail_row_copy row;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_row_copy_init(&row);
    if (row_of(t, c, &row) == 0) {
        pail_tree_lock(fs);
        struct pail_node *n = pail_tree_ino_locked(fs, row.row.ino);
        if (n)
            n->refs++;
        pail_tree_unlock(fs);
        struct pail_row now = row.row;
        bool attrs = pail_str_eq(row.row.attr_etag, row.row.etag) && row.row.attrs.len;
        now.etag = pail_str(c->put->etag);
        now.version_id = pail_str(c->put->version_id);
        now.attr_etag = attrs ? now.etag : pail_strn(NULL, 0);
        now.stamp = pail_meta_stamp(fs->fixed.meta);
        int rc = n ? new_version_of_node(fs, n, c, &why)
                   : pail_meta_put(fs->fixed.meta, &now, PAIL_PUT_CHANGE, NULL, &why);
        if (rc)
            PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "the new version of %.*s is not remembered: %s",
                     (int)c->key_len, c->text, why.message);
        pail_node_unref(fs, n);
    }
    pail_row_copy_done(&row);
}

/* Readers below open again, under the new keys. */
static void keys_changed(struct tree *t)
{
    pail_tree_lock(t->fs);
    for (size_t i = 0; i < t->fs->tree.n_buckets; i++)
        PAIL_LIST_FOR (it, &t->fs->tree.inos[i]) {
            struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_ino);
            if (n->n_handles && pail_node_below_locked(n, t->r->node))
                n->content_gen++;
        }
    pail_tree_unlock(t->fs);
}

static void switch_to(struct tree *t, int end)
{
    pail_rename_switch(t->r, end);
    keys_changed(t);
    rekey_below(t->fs, t->r->node);
}

/* ---- Deleting -------------------------------------------------------------------------------- */

struct deleting {
    const struct pail_copied *next;
    struct pail_key_list keys;
    size_t kept;
};

/* Both lists are in key order. */
static int choose(struct tree *t, const struct pail_s3_entry *e, void *ud, struct pail_error *err)
{
    struct deleting *d = ud;
    int order = -1;
    while (d->next &&
           (order = pail_str_cmp(pail_strn(d->next->text, d->next->key_len), e->key)) < 0)
        d->next = d->next->next;
    const struct pail_copied *c = d->next && order == 0 ? d->next : NULL;
    if (c && !c->gone && pail_str_eq(pail_strn(c->text + c->key_len, c->etag_len), e->etag))
        return pail_key_list_add(&d->keys, e->key, PAIL_STR(""), err);
    PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN,
             "s3://%s/%.*s was written by somebody else meanwhile and stays", t->volume->bucket,
             PAIL_STR_ARG(e->key));
    d->kept++;
    return 0;
}

static int delete_sources(struct tree *t, struct pail_error *err)
{
    struct deleting d = {.next = pail_copies_list(t->copies)};
    pail_key_list_init(&d.keys);
    int rc = each_key(t, choose, &d, false, err);
    if (!rc)
        rc = pail_delete_keys(t->fs, t->volume, &d.keys, err);
    pail_key_list_done(&d.keys);
    t->r->kept = d.kept > 0;
    if (!rc && d.kept)
        pail_dir_forget(t->fs, t->r->end[PAIL_FROM].dir);
    return rc;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static int finish(struct tree *t, struct pail_error *err)
{
    struct pail_error why = PAIL_ERROR_INIT;
    switch_to(t, PAIL_TO);
    for (const struct pail_copied *c = pail_copies_list(t->copies); c; c = c->next)
        if (c->put)
            new_version(t, c);
    int rc = update_journal(t, PAIL_JOURNAL_DELETING, PAIL_STR(""), &why);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s", why.message);
    rc = delete_sources(t, err);
    if (rc) { /* everything is at the new name: going back would be the greater risk */
        pail_error_prefix(err, "%.*s has its new name, but objects of the old one are left",
                          PAIL_STR_ARG(t->r->end[PAIL_TO].name));
        pail_dir_forget(t->fs, t->r->end[PAIL_FROM].dir);
        return rc;
    }
    pail_rename_journal_done(t->r);
    return 0;
}

static int move_tree(struct tree *t, struct pail_error *err)
{
    int rc = pail_rename_journal(t->r, PAIL_STR(""), PAIL_STR(""), PAIL_STR(""), err);
    if (rc)
        return rc;
    rc = copy_all(t, err);
    if (rc) {
        take_back(t);
        pail_rename_journal_done(t->r);
        return rc;
    }
    return finish(t, err);
}

static int check_target(struct pail_rename *r, struct pail_error *err)
{
    return r->target
               ? pail_dir_must_be_empty(r->fs, r->target, pail_buf_view(&r->end[PAIL_TO].key), err)
               : 0;
}

int pail_rename_tree(struct pail_rename *r, struct pail_error *err)
{
    struct tree t = {.r = r,
                     .fs = r->fs,
                     .volume = r->node->volume,
                     .from = pail_buf_view(&r->end[PAIL_FROM].key),
                     .to = pail_buf_view(&r->end[PAIL_TO].key)};
    if (r->target)
        pail_node_moving(r->fs, r->target, true);
    int rc = check_target(r, err);
    if (!rc)
        rc = settle_below(r->fs, r->node, err);
    if (!rc) {
        rc = pail_copies_new(r->fs, t.volume, t.from, t.to, &t.copies, err);
        if (!rc)
            rc = move_tree(&t, err);
        pail_copies_free(t.copies);
        pail_node_moving(r->fs, r->node, false);
    }
    if (r->target)
        pail_node_moving(r->fs, r->target, false);
    return rc;
}
