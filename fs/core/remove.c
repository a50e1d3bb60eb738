/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unlink and rmdir.
 *
 * In S3 a directory without a marker is there as long as something is in it, in POSIX as long as
 * nobody removes it. So before the last entry of such a directory goes the directory gets a marker,
 * and again afterwards should two last entries have gone at once.
 *
 * A file that somebody has open stays readable for them: what its draft or a draft made for the
 * purpose needs is brought here before the object is deleted.
 */
#include "base/alloc.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

int pail_put_marker(struct pail_fs *fs, struct pail_volume *v, struct pail_str key,
                    const struct pail_attrs *attrs, struct pail_str match, bool absent,
                    struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_attrs_headers headers;
    int rc = pail_attrs_to_headers(attrs, PAIL_STR(""), true, &headers, err);
    if (rc)
        return rc;
    struct pail_put_small p = {.volume = v,
                               .key = key,
                               .body = PAIL_STR(""),
                               .attributes = &headers.attributes,
                               .match = match,
                               .absent = absent};
    rc = pail_put_small(fs, &p, ret, err);
    pail_attrs_headers_done(&headers);
    return rc;
}

/* Refused because the version is not there: carried out the first time, or somebody else's object?
 * Failed, and perhaps carried out? */
static int look_after(struct pail_volume *v, struct pail_str key, struct pail_str etag, int rc,
                      const struct pail_error *failure, struct pail_error *err)
{
    struct pail_s3_object o;
    struct pail_error why = PAIL_ERROR_INIT;
    int looked = pail_head(v, key, &o, &why);
    if (looked == PAIL_E_NOT_FOUND)
        return 0;
    if (looked && rc == PAIL_E_PRECONDITION) { /* which of the two cannot be told */
        pail_error_copy(err, &why);
        return looked;
    }
    bool other = !looked && etag.len && !pail_str_eq(o.etag, etag);
    if (!looked)
        pail_s3_object_done(&o);
    if (other || rc == PAIL_E_PRECONDITION)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                              "s3://%s/%.*s was changed by somebody else meanwhile", v->bucket,
                              PAIL_STR_ARG(key));
    pail_error_copy(err, failure);
    return rc;
}

int pail_delete_object(struct pail_fs *fs, struct pail_volume *v, struct pail_str key,
                       struct pail_str etag, struct pail_error *err)
{
    int rc = pail_volume_ready(fs, v, err);
    if (rc)
        return rc;
    struct pail_s3_delete_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META), .bucket = pail_str(v->bucket), .key = key};
    if (etag.len && pail_volume_can(v, PAIL_CAP_DELETE_MATCH))
        args.if_match = etag;
    struct pail_error why = PAIL_ERROR_INIT;
    pail_assert_no_locks();
    rc = pail_s3_delete(v->s3, &args, &why);
    if (rc && why.retry == PAIL_RETRY_UNKNOWN_EFFECT) /* again does no harm: the version is named */
        rc = pail_s3_delete(v->s3, &args, &why);
    if (rc == PAIL_E_PRECONDITION || pail_uncertain(rc, &why))
        return look_after(v, key, etag, rc, &why, err);
    if (rc && rc != PAIL_E_NOT_FOUND)
        pail_error_copy(err, &why);
    return rc == PAIL_E_NOT_FOUND ? 0 : rc;
}

/* ---- Directories that are to stay ------------------------------------------------------------ */

struct count {
    struct pail_str except;
    bool any;
};

static int count_child(void *ud, const struct pail_row *row)
{
    struct count *c = ud;
    if (pail_str_eq(row->name, c->except))
        return 0;
    c->any = true;
    return 1;
}

/* Is something in dir but `except`, as far as is known? */
static int known_children(struct pail_fs *fs, struct pail_node *dir, struct pail_str except,
                          bool *ret, struct pail_error *err)
{
    struct count c = {.except = except};
    int rc = pail_meta_children(fs->fixed.meta, dir->ino, PAIL_STR(""), 2, count_child, &c, err);
    if (rc < 0)
        return rc;
    *ret = c.any;
    return 0;
}

struct keep {
    struct pail_claimed claimed;
    struct pail_node *dir;
    struct pail_str leaving;
    struct pail_buf key;
};

static bool has_marker(struct pail_fs *fs, const struct pail_node *dir)
{
    pail_tree_lock(fs);
    bool marker = pail_node_is_top(dir) || dir->unlinked ||
                  (dir->known.row.row.flags & PAIL_ROW_MARKER);
    pail_tree_unlock(fs);
    return marker;
}

static int keep_body(struct pail_claimed *claimed, struct pail_error *err)
{
    struct keep *k = claimed->ud;
    struct pail_fs *fs = claimed->fs;
    struct pail_attrs attrs;
    struct pail_s3_put_result put;
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    bool any = false;
    int rc = pail_node_key(fs, k->dir, &now, err);
    if (!rc)
        claimed->again = !pail_str_eq(pail_buf_view(&now), pail_buf_view(&k->key));
    if (rc || claimed->again || has_marker(fs, k->dir)) {
        pail_buf_done(&now);
        return rc;
    }
    pail_attrs_init(&attrs);
    /* A listing knows all there is; without one S3 is asked. */
    if (!pail_dir_fresh(fs, k->dir, NULL)) {
        struct pail_buf except = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
        pail_tree_lock(fs);
        struct pail_node *child = k->leaving.len ? pail_tree_name_locked(fs, k->dir, k->leaving)
                                                 : NULL;
        if (child)
            pail_node_key_locked(child, &except);
        pail_tree_unlock(fs);
        rc = pail_any_below(fs, k->dir->volume, pail_buf_view(&now), pail_buf_view(&except), &any,
                            err);
        pail_buf_done(&except);
    }
    if (!rc && !any) {
        memset(&put, 0, sizeof(put));
        rc = pail_put_marker(fs, k->dir->volume, pail_buf_view(&now), &attrs, PAIL_STR(""), true,
                             &put, err);
        if (!rc)
            rc = pail_record_attrs(fs, k->dir, &put, &attrs, UINT64_MAX, err);
        else if (rc == PAIL_E_FS_EXIST)
            rc = 0;
    }
    pail_buf_done(&now);
    pail_attrs_done(&attrs);
    return rc;
}

void pail_keep_directory(struct pail_fs *fs, struct pail_node *dir, struct pail_str leaving)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_label label;
    bool any = false;
    int rc = 0;
    if (has_marker(fs, dir))
        return;
    rc = known_children(fs, dir, leaving, &any, &why);
    struct keep k = {.dir = dir, .leaving = leaving, .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX)};
    while (!rc && !any) {
        pail_buf_reset(&k.key);
        rc = pail_node_key(fs, dir, &k.key, &why);
        if (rc)
            break;
        k.claimed = (struct pail_claimed){
            .fs = fs, .body = keep_body, .ud = &k, .change.what = "keep directory"};
        pail_claim(&k.claimed, dir->volume, pail_buf_view(&k.key), false);
        rc = pail_claimed_run(&k.claimed, &why);
        any = !k.claimed.again;
    }
    pail_buf_done(&k.key);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s may be gone with its last entry: %s",
                 pail_label(fs, dir, &label), why.message);
}

int pail_dir_must_be_empty(struct pail_fs *fs, struct pail_node *dir, struct pail_str key,
                           struct pail_error *err)
{
    struct pail_label label;
    bool any = false;
    pail_tree_lock(fs);
    any = !pail_list_empty(&dir->fresh_children);
    pail_tree_unlock(fs);
    int rc = 0;
    if (!any && pail_dir_fresh(fs, dir, NULL))
        rc = known_children(fs, dir, PAIL_STR(""), &any, err);
    if (!rc && !any)
        rc = pail_any_below(fs, dir->volume, key, PAIL_STR(""), &any, err);
    if (!rc && any)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTEMPTY, "%s: not empty",
                            pail_label(fs, dir, &label));
    return rc;
}

/* ---- Removing -------------------------------------------------------------------------------- */

struct removal {
    struct pail_claimed claimed;
    struct pail_node *dir, *node;
    struct pail_str name;
    struct pail_buf key;
};

/* The name is gone in S3: here, too. */
static void forget_name(struct pail_fs *fs, struct pail_node *dir, struct pail_node *n)
{
    struct pail_buf name = PAIL_BUF_INIT(PAIL_NAME_MAX + 1);
    struct pail_error why = PAIL_ERROR_INIT;
    uint64_t stamp = pail_meta_stamp(fs->fixed.meta);
    pail_tree_lock(fs);
    pail_buf_str(&name, pail_node_name(n));
    bool in_s3 = !n->pending.fresh;
    pail_node_drop_name_locked(fs, n);
    pail_tree_unlock(fs);
    int rc = pail_buf_check(&name, "name", &why);
    if (!rc && in_s3)
        rc = pail_meta_remove(fs->fixed.meta, dir->ino, pail_buf_view(&name), stamp, &why);
    pail_tree_lock(fs);
    fs->tree.epoch++;
    pail_tree_unlock(fs);
    if (rc)
        pail_meta_distrust(fs->fixed.meta);
    if (rc)
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_ERROR, "the database does not know that %s is gone: %s",
                 pail_buf_cstr(&name), why.message);
    pail_buf_done(&name);
}

/* Does the name still mean the node, and is the key still its? Else the name is looked up anew. */
static int still_there(struct pail_fs *fs, struct removal *r, struct pail_error *err)
{
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    pail_tree_lock(fs);
    bool same = pail_tree_name_locked(fs, r->dir, r->name) == r->node;
    pail_node_key_locked(r->node, &now);
    pail_tree_unlock(fs);
    int rc = pail_buf_check(&now, "key", err);
    if (!rc)
        r->claimed.again = !same || !pail_str_eq(pail_buf_view(&now), pail_buf_view(&r->key));
    pail_buf_done(&now);
    return rc;
}

/* A new file whose commit failed, and perhaps happened: what is in S3 must be known before it can
 * be deleted. Somebody else's object is not ours to delete. */
static int settle_new(struct pail_fs *fs, struct removal *r, struct pail_error *err)
{
    pail_tree_lock(fs);
    bool perhaps = r->node->pending.fresh && pail_draft_unsettled(r->node->pending.draft);
    pail_tree_unlock(fs);
    int rc = perhaps ? pail_commit_busy(fs, r->node, pail_buf_view(&r->key), err) : 0;
    return rc == PAIL_E_FS_STALE || rc == PAIL_E_FS_EXIST ? 0 : rc;
}

static int unlink_busy(struct pail_fs *fs, struct removal *r, struct pail_error *err)
{
    struct pail_node *n = r->node;
    struct pail_buf etag = PAIL_BUF_INIT(1024);
    int rc = settle_new(fs, r, err);
    if (!rc)
        rc = pail_pending_detach(fs, n, err);
    pail_tree_lock(fs);
    bool in_s3 = !n->pending.fresh;
    pail_buf_str(&etag, n->known.row.row.etag);
    pail_tree_unlock(fs);
    if (!rc && in_s3)
        rc = pail_delete_object(fs, n->volume, pail_buf_view(&r->key), pail_buf_view(&etag), err);
    pail_buf_done(&etag);
    if (!rc) {
        forget_name(fs, r->dir, n);
        pail_pending_abandon(fs, n);
    }
    return rc;
}

static int unlink_body(struct pail_claimed *c, struct pail_error *err)
{
    struct removal *r = c->ud;
    struct pail_fs *fs = c->fs;
    pail_node_busy(fs, r->node);
    int rc = still_there(fs, r, err);
    if (!rc && !c->again)
        rc = unlink_busy(fs, r, err);
    if (rc == PAIL_E_FS_STALE) { /* what it is now is known the next time */
        struct pail_error ignored = PAIL_ERROR_INIT;
        if (pail_node_refresh(fs, r->node, &ignored) == PAIL_E_FS_NOENT)
            rc = 0;
    }
    pail_node_idle(fs, r->node);
    return rc;
}

void pail_node_moving(struct pail_fs *fs, struct pail_node *n, bool on)
{
    pail_tree_lock(fs);
    n->moving = on;
    fs->tree.moving += on ? 1 : -1u;
    pail_cond_broadcast(&fs->tree.changed);
    pail_tree_unlock(fs);
}

static int rmdir_body(struct pail_claimed *c, struct pail_error *err)
{
    struct removal *r = c->ud;
    struct pail_fs *fs = c->fs;
    pail_node_busy(fs, r->node);
    /* New files have to wait while it is decided whether the directory is empty. */
    pail_node_moving(fs, r->node, true);
    int rc = still_there(fs, r, err);
    if (!rc && !c->again) {
        rc = pail_dir_must_be_empty(fs, r->node, pail_buf_view(&r->key), err);
        if (!rc)
            rc = pail_delete_object(fs, r->node->volume, pail_buf_view(&r->key), PAIL_STR(""), err);
        if (!rc)
            forget_name(fs, r->dir, r->node);
    }
    pail_node_moving(fs, r->node, false);
    pail_node_idle(fs, r->node);
    return rc;
}

/* *ret_again: the name means something else by now. */
static int remove_node(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                       struct pail_node *n, bool *ret_again, struct pail_error *err)
{
    struct removal r = {
        .dir = dir, .node = n, .name = name, .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX)};
    bool is_dir = n->is_dir;
    pail_keep_directory(fs, dir, name);
    int rc = pail_node_key(fs, n, &r.key, err);
    if (!rc) {
        r.claimed = (struct pail_claimed){.fs = fs,
                                          .body = is_dir ? rmdir_body : unlink_body,
                                          .ud = &r,
                                          .change.what = is_dir ? "rmdir" : "unlink"};
        pail_claim(&r.claimed, n->volume, pail_buf_view(&r.key), is_dir);
        rc = pail_claimed_run(&r.claimed, err);
    }
    *ret_again = !rc && r.claimed.again;
    pail_buf_done(&r.key);
    if (!rc && !*ret_again)
        pail_keep_directory(fs, dir, PAIL_STR(""));
    return rc;
}

static int remove_bucket(struct pail_fs *fs, struct pail_node *dir, struct pail_node *n,
                         struct pail_error *err)
{
    struct pail_call_options call = pail_volume_call(n->volume, PAIL_PRIO_META);
    if (!fs->fixed.opt.bucket_ops)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_PERM,
                              "%s: buckets are removed only with bucket-ops", n->volume->bucket);
    pail_assert_no_locks();
    int rc = pail_s3_bucket_delete(fs->fixed.s3, &call, pail_str(n->volume->bucket), err);
    if (!rc)
        forget_name(fs, dir, n);
    return rc;
}

/* What the name means now is removed. */
static int remove_once(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                       bool want_dir, uint64_t *ret_ino, bool *ret_again, struct pail_error *err)
{
    struct pail_node *n = NULL;
    *ret_again = false;
    int rc = pail_resolve(fs, dir, name, PAIL_RESOLVE_ASK, &n, NULL, err);
    bool is_dir = n && n->is_dir;
    if (!rc && !n)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: no such name",
                            PAIL_STR_ARG(name));
    else if (!rc && want_dir && !is_dir)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOTDIR, "%.*s: not a directory",
                            PAIL_STR_ARG(name));
    else if (!rc && !want_dir && is_dir)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_ISDIR, "%.*s: a directory",
                            PAIL_STR_ARG(name));
    else if (!rc && is_dir && pail_node_is_top(n))
        rc = remove_bucket(fs, dir, n, err);
    else if (!rc)
        rc = remove_node(fs, dir, name, n, ret_again, err);
    if (n)
        *ret_ino = n->ino;
    pail_node_unref(fs, n);
    return rc;
}

static int remove_name(struct pail_fs *fs, uint64_t parent, struct pail_str name, bool want_dir,
                       struct pail_error *err)
{
    struct pail_node *dir;
    uint64_t ino = parent;
    bool again = true;
    int rc = pail_node_get_dir(fs, parent, &dir, err);
    if (rc)
        return rc;
    rc = pail_check_writable(fs, err);
    while (!rc && again)
        rc = remove_once(fs, dir, name, want_dir, &ino, &again, err);
    pail_dir_doubt(fs, dir, rc, err);
    pail_node_unref(fs, dir);
    return pail_note(fs, ino, want_dir ? "rmdir" : "unlink", rc, err);
}

int pail_fs_unlink(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                   struct pail_str name, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    return remove_name(fs, parent, name, false, err);
}

int pail_fs_rmdir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                  struct pail_str name, struct pail_error *err)
{
    PAIL_OP_ERROR(err);
    return remove_name(fs, parent, name, true, err);
}
