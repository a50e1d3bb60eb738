/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renaming a file: a copy inside S3, then the deletion of the source, with a row in the journal
 * around both.
 *
 *   check -> journal -> copy -> name switched here -> delete -> journal row gone
 *
 * The name is switched before the source goes, so that whoever reads finds the object at one of the
 * two keys at any time. When the source cannot be deleted, the switch is undone, and so is the copy
 * where nothing was there before: a rename that fails has not happened. A file that was never
 * committed is simply committed under its new name.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/plant.h"
#include "base/str.h"
#include "core/core.h"
#include "core/journal.h"

#define TRIES 4 /* versions by somebody else */

/* ---- Journal and names ----------------------------------------------------------------------- */

int pail_rename_journal(struct pail_rename *r, struct pail_str etag, struct pail_str version_id,
                        struct pail_str replaced, struct pail_error *err)
{
    struct pail_buf payload = PAIL_BUF_INIT(64 << 10);
    struct pail_journal_rename j = {
        .type = r->node->is_dir ? PAIL_JOURNAL_TREE : PAIL_JOURNAL_FILE,
        .phase = PAIL_JOURNAL_COPYING,
        .bucket = pail_str(r->node->volume->bucket),
        .from = pail_buf_view(&r->end[PAIL_FROM].key),
        .to = pail_buf_view(&r->end[PAIL_TO].key),
        .etag = etag,
        .version_id = version_id,
        .replaced = replaced,
    };
    int rc = pail_journal_encode(&j, &payload, err);
    if (!rc && !PAIL_PLANT("rename.journal"))
        rc = pail_meta_journal_add(r->fs->fixed.meta, (struct pail_bytes){payload.ptr, payload.len},
                                   &r->journal, err);
    pail_buf_done(&payload);
    return rc;
}

void pail_rename_journal_done(struct pail_rename *r)
{
    struct pail_error why = PAIL_ERROR_INIT;
    if (pail_meta_journal_remove(r->fs->fixed.meta, r->journal, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "a finished rename stays in the journal: %s",
                 why.message);
}

/* A moved row has lost the spelling of its key. */
static int set_raw(struct pail_fs *fs, uint64_t ino, struct pail_str raw, struct pail_error *err)
{
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = pail_meta_get(fs->fixed.meta, ino, &row, err);
    if (!rc) {
        struct pail_row now = row.row;
        now.raw = raw;
        now.stamp = pail_meta_stamp(fs->fixed.meta);
        rc = pail_meta_put(fs->fixed.meta, &now, PAIL_PUT_CHANGE, NULL, err);
    }
    pail_row_copy_done(&row);
    return rc;
}

void pail_rename_switch(struct pail_rename *r, int end)
{
    struct pail_fs *fs = r->fs;
    struct pail_rename_end *to = &r->end[end];
    struct pail_error why = PAIL_ERROR_INIT;
    uint64_t stamp = pail_meta_stamp(fs->fixed.meta);
    pail_tree_lock(fs);
    struct pail_node *there = pail_tree_name_locked(fs, to->dir, to->name);
    if (there && there != r->node)
        pail_node_drop_name_locked(fs, there);
    bool in_s3 = !r->node->pending.fresh;
    pail_node_move_locked(fs, r->node, to->dir, PAIL_STEAL(to->spare_name),
                          PAIL_STEAL(to->spare_raw), to->raw.len);
    r->node->content_gen++;
    pail_tree_unlock(fs);
    int rc = in_s3
                 ? pail_meta_move(fs->fixed.meta, r->node->ino, to->dir->ino, to->name, stamp, &why)
                 : 0;
    if (!rc && in_s3 && to->raw.ptr)
        rc = set_raw(fs, r->node->ino, to->raw, &why);
    if (rc)
        pail_meta_distrust(fs->fixed.meta);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "the database does not know that %.*s was renamed: %s",
                 PAIL_STR_ARG(to->name), why.message);
    pail_tree_lock(fs);
    fs->tree.epoch++;
    pail_cond_broadcast(&fs->tree.changed);
    pail_tree_unlock(fs);
}

/* ---- A file ---------------------------------------------------------------------------------- */

struct source {
    struct pail_buf etag, version_id, replaced;
    uint64_t size;
    struct pail_attrs attrs;
    bool has_attrs;
};

static void source_done(struct source *s)
{
    pail_buf_done(&s->etag);
    pail_buf_done(&s->version_id);
    pail_buf_done(&s->replaced);
    pail_attrs_done(&s->attrs);
}

static int source_of(struct pail_rename *r, struct source *s, struct pail_error *err)
{
    struct pail_node *n = r->node;
    pail_buf_init(&s->etag, 1024);
    pail_buf_init(&s->version_id, 2048);
    pail_buf_init(&s->replaced, 1024);
    pail_attrs_init(&s->attrs);
    pail_tree_lock(r->fs);
    const struct pail_row *row = &n->known.row.row;
    pail_buf_str(&s->etag, row->etag);
    pail_buf_str(&s->version_id, row->version_id);
    s->size = row->size;
    s->has_attrs = n->known.has_attrs;
    int rc = s->has_attrs ? pail_attrs_copy(&s->attrs, &n->known.attrs, err) : 0;
    if (r->target)
        pail_buf_str(&s->replaced, r->target->known.row.row.etag);
    pail_tree_unlock(r->fs);
    if (!rc)
        rc = pail_buf_check(&s->etag, "ETag", err);
    if (!rc)
        rc = pail_buf_check(&s->version_id, "version id", err);
    return rc ? rc : pail_buf_check(&s->replaced, "ETag", err);
}

static struct pail_draft *draft_of(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    pail_tree_unlock(fs);
    return d;
}

/* The draft's base is found under another key, as another version. */
static int rebase_draft(struct pail_rename *r, int end, struct pail_str etag,
                        struct pail_str version_id, struct pail_error *err)
{
    struct pail_draft *d = draft_of(r->fs, r->node);
    if (!d)
        return 0;
    int rc = pail_draft_rekey(d, pail_buf_view(&r->end[end].key), err);
    return rc ? rc : pail_draft_reversion(d, etag, version_id, err);
}

/* Node, draft and database are those of that end, in that version. */
static int become(struct pail_rename *r, int end, const struct source *s,
                  const struct pail_s3_put_result *put, struct pail_error *err)
{
    pail_rename_switch(r, end);
    int rc = rebase_draft(r, end, pail_str(put->etag), pail_str(put->version_id), err);
    int rc2 = pail_record_attrs(r->fs, r->node, put, s->has_attrs ? &s->attrs : NULL, UINT64_MAX,
                                rc ? NULL : err);
    return rc ? rc : rc2;
}

static void old_version(const struct source *s, struct pail_s3_put_result *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (s->etag.len < sizeof(ret->etag))
        memcpy(ret->etag, pail_buf_cstr(&s->etag), s->etag.len);
    if (s->version_id.len < sizeof(ret->version_id))
        memcpy(ret->version_id, pail_buf_cstr(&s->version_id), s->version_id.len);
}

/* The source could not be deleted, so it is as it was, unless it is gone after all. *ret_there:
 * what became of it; an error: that cannot be told. */
static int source_is_there(struct pail_rename *r, bool *ret_there)
{
    struct pail_s3_object o;
    int rc = pail_head(r->node->volume, pail_buf_view(&r->end[PAIL_FROM].key), &o, NULL);
    if (!rc)
        pail_s3_object_done(&o);
    *ret_there = rc == 0;
    return rc == PAIL_E_NOT_FOUND ? 0 : rc;
}

/* Back to the old name. The copy goes only now that the source was seen. */
static void undo(struct pail_rename *r, const struct source *s,
                 const struct pail_s3_put_result *copy)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_s3_put_result old;
    old_version(s, &old);
    int rc = become(r, PAIL_FROM, s, &old, &why);
    if (!rc && !r->target)
        rc = pail_delete_object(r->fs, r->node->volume, pail_buf_view(&r->end[PAIL_TO].key),
                                pail_str(copy->etag), &why);
    if (!rc && !r->target)
        return;
    PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s was copied but not moved: the copy stays%s%s",
             pail_buf_cstr(&r->end[PAIL_FROM].key), rc ? ": " : "", rc ? why.message : "");
    pail_dir_forget(r->fs, r->end[PAIL_TO].dir);
}

static int copy_then_delete(struct pail_rename *r, struct source *s, bool *ret_unknown,
                            struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    struct pail_volume *v = r->node->volume;
    struct pail_s3_put_result put;
    struct pail_copy copy = {
        .volume = v,
        .from = pail_buf_view(&r->end[PAIL_FROM].key),
        .to = pail_buf_view(&r->end[PAIL_TO].key),
        .etag = pail_buf_view(&s->etag),
        .version_id = pail_buf_view(&s->version_id),
        .size = s->size,
        .absent = r->absent,
    };
    bool there = true;
    memset(&put, 0, sizeof(put));
    int rc = pail_copy_object(fs, &copy, &put, err);
    if (rc)
        return rc;
    rc = become(r, PAIL_TO, s, &put, err);
    if (!rc)
        rc = pail_delete_object(fs, v, copy.from, copy.etag, err);
    if (!rc)
        return 0;
    if (source_is_there(r, &there)) {
        /* The copy is the one of the two that is known to exist: the name stays there, and the next
         * mount deletes the source if it still is what was copied. */
        *ret_unknown = true;
        pail_dir_forget(fs, r->end[PAIL_FROM].dir);
        return rc;
    }
    if (!there)
        return 0;
    undo(r, s, &put);
    return rc;
}

/* In S3 it is; node and target are busy, nothing is pending that could be streaming. */
static int move_object(struct pail_rename *r, struct pail_error *err)
{
    for (int i = 0;; i++) {
        struct source s;
        int rc = source_of(r, &s, err);
        if (!rc)
            rc = pail_rename_journal(r, pail_buf_view(&s.etag), pail_buf_view(&s.version_id),
                                     pail_buf_view(&s.replaced), err);
        if (rc) {
            source_done(&s);
            return rc;
        }
        bool spares = r->end[PAIL_TO].spare_name;
        bool unknown = false;
        rc = copy_then_delete(r, &s, &unknown, err);
        if (!unknown)
            pail_rename_journal_done(r);
        source_done(&s);
        bool untouched = spares && r->end[PAIL_TO].spare_name;
        bool other = rc == PAIL_E_FS_STALE || rc == PAIL_E_NOT_FOUND;
        if (!other || !untouched || i + 1 == TRIES)
            return rc;
        rc = pail_node_refresh(r->fs, r->node, err); /* another version: that is what is renamed */
        if (rc)
            return rc;
    }
}

/* A file that S3 does not have: it gets its first version under the new name. */
static int commit_elsewhere(struct pail_rename *r, struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    struct pail_node *n = r->node;
    struct pail_prepared p;
    struct pail_commit_result result;
    struct pail_buf replaced = PAIL_BUF_INIT(1024);
    memset(&result, 0, sizeof(result));
    int rc = pail_prepare(fs, n, false, &p, err);
    if (rc)
        return rc;
    pail_tree_lock(fs);
    if (r->target)
        pail_buf_str(&replaced, r->target->known.row.row.etag);
    pail_tree_unlock(fs);
    p.args.key = pail_buf_view(&r->end[PAIL_TO].key);
    p.args.if_absent = !r->target || r->target->pending.fresh;
    p.args.if_match = pail_buf_view(&replaced);
    pail_assert_no_locks();
    rc = pail_volume_ready(fs, n->volume, err);
    if (!rc)
        rc = pail_draft_commit(draft_of(fs, n), &p.args, &result, err);
    if (rc == PAIL_E_FS_EXIST && !r->absent)
        rc = err->code = PAIL_E_FS_STALE;
    if (!rc) {
        pail_rename_switch(r, PAIL_TO);
        rc = pail_draft_rekey(draft_of(fs, n), p.args.key, err);
        int rc2 = pail_commit_record(fs, n, &result.put, result.size, result.mtime_ns, &p.attrs,
                                     p.changes, err);
        rc = rc ? rc : rc2;
    }
    pail_buf_done(&replaced);
    pail_prepared_done(&p);
    return rc;
}

enum state { STATE_CLEAN, STATE_NEW, STATE_COMMIT_FIRST };

/* May its draft have an upload under way? Then that ends under the old name first. */
static enum state state_of(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    bool pending = pail_node_pending_locked(n),
         small = pail_node_size_locked(n) <= fs->fixed.part_size;
    enum state s = !pending || (!n->pending.fresh && !n->pending.draft) ? STATE_CLEAN
                   : n->pending.fresh && small && !pail_draft_unsettled(n->pending.draft)
                       ? STATE_NEW
                       : STATE_COMMIT_FIRST;
    pail_tree_unlock(fs);
    return s;
}

/* Is what has the name new, and perhaps in S3 all the same? */
static bool perhaps_there(struct pail_fs *fs, struct pail_node *n)
{
    pail_tree_lock(fs);
    bool perhaps = n->pending.fresh && pail_draft_unsettled(n->pending.draft);
    pail_tree_unlock(fs);
    return perhaps;
}

static int rename_busy(struct pail_rename *r, struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    int rc = 0;
    if (state_of(fs, r->node) == STATE_COMMIT_FIRST)
        rc = pail_commit_busy(fs, r->node, pail_buf_view(&r->end[PAIL_FROM].key), err);
    if (!rc && r->target && perhaps_there(fs, r->target))
        rc = pail_commit_busy(fs, r->target, pail_buf_view(&r->end[PAIL_TO].key), err);
    if (!rc && r->target)
        rc = pail_pending_detach(fs, r->target, err);
    if (rc)
        return rc;
    rc = state_of(fs, r->node) == STATE_NEW ? commit_elsewhere(r, err) : move_object(r, err);
    if (!rc && r->target)
        pail_pending_abandon(r->fs, r->target);
    return rc;
}

int pail_rename_file(struct pail_rename *r, struct pail_error *err)
{
    struct pail_fs *fs = r->fs;
    pail_node_busy(fs, r->node);
    if (r->target)
        pail_node_busy(fs, r->target);
    int rc = rename_busy(r, err);
    if (r->target)
        pail_node_idle(fs, r->target);
    pail_node_idle(fs, r->node);
    return rc;
}

/* ---- The operation --------------------------------------------------------------------------- */

static int fill_end(struct pail_fs *fs, struct pail_rename_end *e, struct pail_node *n,
                    struct pail_error *err)
{
    pail_tree_lock(fs);
    if (n->raw)
        e->spare_raw = pail_strndup(pail_strn(n->raw, n->raw_len));
    e->raw = pail_strn(n->raw ? e->spare_raw : NULL, n->raw_len);
    bool ok = !n->raw || e->spare_raw;
    pail_node_key_locked(n, &e->key);
    pail_tree_unlock(fs);
    e->spare_name = pail_strndup(e->name);
    return ok && e->spare_name ? pail_buf_check(&e->key, "key", err) : pail_error_nomem(err);
}

static int fill_new_end(struct pail_fs *fs, struct pail_rename_end *e, bool is_dir,
                        struct pail_error *err)
{
    struct pail_component comp;
    int rc = pail_key_for_new(fs, e->dir, e->name, is_dir, &comp, &e->key, err);
    if (rc)
        return rc;
    if (comp.differs) {
        e->spare_raw = pail_strndup(pail_component_raw(&comp, e->name));
        e->raw = pail_strn(e->spare_raw, comp.text.len);
    }
    e->spare_name = pail_strndup(e->name);
    bool ok = e->spare_name && (!comp.differs || e->spare_raw);
    pail_buf_done(&comp.text);
    return ok ? 0 : pail_error_nomem(err);
}

static void end_done(struct pail_rename_end *e)
{
    pail_buf_done(&e->key);
    pail_free(PAIL_STEAL(e->spare_name));
    pail_free(PAIL_STEAL(e->spare_raw));
}

static int check_kinds(struct pail_rename *r, struct pail_error *err)
{
    const char *to = r->end[PAIL_TO].name.ptr;
    int len = (int)r->end[PAIL_TO].name.len;
    bool dir = r->node->is_dir, target_dir = r->target && r->target->is_dir;
    if (r->target && r->absent)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "%.*s exists already", len, to);
    if (r->target && dir && !target_dir)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR, "%.*s is not a directory", len, to);
    if (r->target && !dir && target_dir)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_ISDIR, "%.*s is a directory", len, to);
    if (pail_node_is_top(r->node) || (r->target && pail_node_is_top(r->target)))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_PERM, "%.*s: buckets cannot be renamed",
                              PAIL_STR_ARG(r->end[PAIL_FROM].name));
    if (r->end[PAIL_TO].dir->volume != r->node->volume)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_XDEV, "%.*s: into another bucket",
                              PAIL_STR_ARG(r->end[PAIL_FROM].name));
    pail_tree_lock(r->fs);
    bool loop = dir && pail_node_below_locked(r->end[PAIL_TO].dir, r->node);
    bool above = r->target && pail_node_below_locked(r->end[PAIL_FROM].dir, r->target);
    bool gone = r->end[PAIL_TO].dir->unlinked;
    pail_tree_unlock(r->fs);
    if (gone)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: its directory was removed",
                              len, to);
    if (loop)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_LOOP, "%.*s: a directory into itself",
                              PAIL_STR_ARG(r->end[PAIL_FROM].name));
    if (above) /* the target has the source in it */
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTEMPTY, "%.*s: not empty", len, to);
    return 0;
}

/* When its turn has come: is everything still as it was when the keys were made? Then both names
 * are hidden: until the end S3 shows the new one too early and the old one too long. */
static bool still_fits(struct pail_rename *r)
{
    struct pail_buf from = PAIL_BUF_INIT(4 * PAIL_KEY_MAX), to = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    const struct pail_rename_end *e = &r->end[PAIL_TO];
    pail_tree_lock(r->fs);
    pail_node_key_locked(r->node, &from);
    pail_node_key_locked(e->dir, &to);
    pail_buf_str(&to, e->raw.ptr ? e->raw : e->name);
    pail_buf_z(&to, r->node->is_dir ? "/" : "");
    bool fits = !r->node->unlinked && !e->dir->unlinked &&
                pail_tree_name_locked(r->fs, e->dir, e->name) == r->target;
    fits = fits &&
           pail_tree_name_locked(r->fs, r->end[PAIL_FROM].dir, r->end[PAIL_FROM].name) == r->node;
    fits = fits && pail_str_eq(pail_buf_view(&from), pail_buf_view(&r->end[PAIL_FROM].key)) &&
           pail_str_eq(pail_buf_view(&to), pail_buf_view(&e->key));
    r->holds[PAIL_FROM].hidden = r->holds[PAIL_TO].hidden = fits;
    pail_tree_unlock(r->fs);
    pail_buf_done(&from);
    pail_buf_done(&to);
    return fits;
}

static int body(struct pail_claimed *c, struct pail_error *err)
{
    struct pail_rename *r = c->ud;
    if (!still_fits(r)) {
        c->again = true;
        return 0;
    }
    return r->node->is_dir ? pail_rename_tree(r, err) : pail_rename_file(r, err);
}

static int find_both(struct pail_rename *r, struct pail_error *err)
{
    struct pail_rename_end *from = &r->end[PAIL_FROM], *to = &r->end[PAIL_TO];
    int rc = pail_resolve(r->fs, from->dir, from->name, PAIL_RESOLVE_ASK, &r->node, NULL, err);
    if (!rc && !r->node)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: no such name",
                            PAIL_STR_ARG(from->name));
    if (!rc)
        rc = pail_resolve(r->fs, to->dir, to->name, PAIL_RESOLVE_ASK, &r->target, NULL, err);
    if (rc || r->target == r->node)
        return rc;
    rc = check_kinds(r, err);
    if (!rc)
        rc = fill_end(r->fs, from, r->node, err);
    if (!rc && r->target)
        rc = fill_end(r->fs, to, r->target, err);
    else if (!rc)
        rc = fill_new_end(r->fs, to, r->node->is_dir, err);
    return rc;
}

/* A listing that was asked for before the source went may have brought its name back. */
static void forget_source(struct pail_rename *r)
{
    struct pail_fs *fs = r->fs;
    const struct pail_rename_end *from = &r->end[PAIL_FROM];
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = pail_meta_find(fs->fixed.meta, from->dir->ino, from->name, &row, &why);
    if (!rc && row.row.kind != PAIL_KIND_NONE) {
        rc = pail_meta_remove(fs->fixed.meta, from->dir->ino, from->name,
                              pail_meta_stamp(fs->fixed.meta), &why);
        pail_tree_lock(fs);
        fs->tree.epoch++;
        pail_tree_unlock(fs);
    }
    if (rc && rc != PAIL_E_FS_NOENT)
        pail_meta_distrust(fs->fixed.meta);
    if (rc && rc != PAIL_E_FS_NOENT)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "the database does not know that %.*s is gone: %s",
                 PAIL_STR_ARG(from->name), why.message);
    pail_row_copy_done(&row);
}

/* *ret_again: it had to be seen anew. */
static int attempt(struct pail_rename *r, bool *ret_again, struct pail_error *err)
{
    pail_buf_init(&r->end[PAIL_FROM].key, 4 * PAIL_KEY_MAX);
    pail_buf_init(&r->end[PAIL_TO].key, 4 * PAIL_KEY_MAX);
    int rc = find_both(r, err);
    *ret_again = false;
    if (!rc && r->target != r->node) {
        bool tree = r->node->is_dir;
        struct pail_rename_end *from = &r->end[PAIL_FROM];
        bool leaves = from->dir != r->end[PAIL_TO].dir;
        if (leaves)
            pail_keep_directory(r->fs, from->dir, from->name);
        r->claimed = (struct pail_claimed){
            .fs = r->fs, .body = body, .ud = r, .change.what = "rename"};
        pail_claim(&r->claimed, r->node->volume, pail_buf_view(&from->key), tree);
        pail_claim(&r->claimed, r->node->volume, pail_buf_view(&r->end[PAIL_TO].key), tree);
        rc = pail_claimed_run(&r->claimed, err);
        *ret_again = !rc && r->claimed.again;
        if (!rc && !*ret_again && !r->kept)
            forget_source(r);
        if (!rc && !*ret_again && leaves)
            pail_keep_directory(r->fs, from->dir, PAIL_STR(""));
    }
    pail_node_unref(r->fs, PAIL_STEAL(r->node));
    pail_node_unref(r->fs, PAIL_STEAL(r->target));
    end_done(&r->end[PAIL_FROM]);
    end_done(&r->end[PAIL_TO]);
    return rc;
}

int pail_fs_rename(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                   struct pail_str name, uint64_t new_parent, struct pail_str new_name,
                   unsigned flags, struct pail_error *err)
{
    struct pail_rename r = {.fs = fs, .absent = flags & PAIL_FS_RENAME_NOREPLACE};
    bool again = true;
    PAIL_OP_ERROR(err);
    r.end[PAIL_FROM].name = name;
    r.end[PAIL_TO].name = new_name;
    int rc = pail_check_writable(fs, err);
    if (!rc && (flags & ~PAIL_FS_RENAME_NOREPLACE))
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "rename with flags %u", flags);
    if (!rc)
        rc = pail_node_get_dir(fs, parent, &r.end[PAIL_FROM].dir, err);
    if (!rc)
        rc = pail_node_get_dir(fs, new_parent, &r.end[PAIL_TO].dir, err);
    bool held = !rc;
    if (held) {
        for (int i = 0; i < 2; i++)
            r.holds[i] = (struct pail_hold){.dir = r.end[i].dir, .name = r.end[i].name};
        pail_names_hold(fs, r.holds, 2);
    }
    while (!rc && again)
        rc = attempt(&r, &again, err);
    if (rc && r.end[PAIL_FROM].dir && r.end[PAIL_TO].dir) {
        pail_dir_doubt(fs, r.end[PAIL_FROM].dir, rc, err);
        pail_dir_doubt(fs, r.end[PAIL_TO].dir, rc, err);
    }
    if (held)
        pail_names_release(fs, r.holds, 2);
    pail_node_unref(fs, r.end[PAIL_FROM].dir);
    pail_node_unref(fs, r.end[PAIL_TO].dir);
    return pail_note(fs, parent, "rename", rc, err);
}
