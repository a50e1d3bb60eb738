/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing attributes. Of a file that is being written they are folded into its commit; of any
 * other an object is copied onto itself with new metadata, conditional on the version it was; of a
 * directory they are its marker's. What changes nothing sends nothing.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

#define TRIES 4

struct change {
    struct pail_claimed claimed;
    struct pail_node *node;
    struct pail_buf key;
    pail_change_attrs_fn *change;
    void *ud;
    bool folded;
};

/* ---- Folding --------------------------------------------------------------------------------- */

/* While something of the content is pending, or the file has no name any more: the change is made
 * here, and goes along. The caller uses the node or has it busy. */
static int fold(struct pail_fs *fs, struct change *c, struct pail_error *err)
{
    struct pail_node *n = c->node;
    bool changed = false;
    int rc = 0;
    pail_tree_lock(fs);
    struct pail_pending *p = &n->pending;
    c->folded = !n->is_dir && (n->unlinked || pail_node_pending_locked(n));
    if (c->folded) {
        int64_t mtime = n->attrs.mtime_ns;
        rc = c->change(c->ud, &n->attrs, &changed, err);
        if (!rc && changed) {
            n->has_attrs = true;
            p->mtime_set = p->mtime_set || n->attrs.mtime_ns != mtime;
            p->touched = true;
            p->changes++;
            p->late = p->late || (p->draft && pail_draft_size(p->draft) > fs->fixed.part_size);
        }
    }
    bool target = !rc && changed && p->draft && !n->unlinked;
    pail_tree_unlock(fs);
    return target ? pail_commit_target(fs, n, err) : rc;
}

/* ---- Sending --------------------------------------------------------------------------------- */

struct version {
    struct pail_buf etag, version_id;
    uint64_t size, changes;
    bool dir;
};

static void version_done(struct version *v)
{
    pail_buf_done(&v->etag);
    pail_buf_done(&v->version_id);
}

static int version_of(struct pail_fs *fs, struct pail_node *n, struct version *v,
                      struct pail_error *err)
{
    pail_buf_init(&v->etag, 1024);
    pail_buf_init(&v->version_id, 2048);
    pail_tree_lock(fs);
    const struct pail_row *row = &n->known.row.row;
    pail_buf_str(&v->etag, row->etag);
    pail_buf_str(&v->version_id, row->version_id);
    v->size = row->size;
    v->changes = n->pending.changes;
    v->dir = n->is_dir;
    pail_tree_unlock(fs);
    int rc = pail_buf_check(&v->etag, "ETag", err);
    return rc ? rc : pail_buf_check(&v->version_id, "version id", err);
}

static int send_marker(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                       const struct version *v, const struct pail_attrs *a,
                       struct pail_s3_put_result *ret, struct pail_error *err)
{
    return pail_put_marker(fs, n->volume, key, a, pail_buf_view(&v->etag), !v->etag.len, ret, err);
}

static int send_copy(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                     const struct version *v, const struct pail_attrs *a,
                     struct pail_s3_put_result *ret, struct pail_error *err)
{
    struct pail_attrs_headers headers;
    struct pail_copy copy = {
        .volume = n->volume,
        .from = key,
        .to = key,
        .etag = pail_buf_view(&v->etag),
        .version_id = pail_buf_view(&v->version_id),
        .size = v->size,
        .replace = &headers.attributes,
    };
    struct pail_buf name = PAIL_BUF_INIT(PAIL_NAME_MAX + 1);
    pail_tree_lock(fs);
    pail_buf_str(&name, pail_node_name(n));
    pail_tree_unlock(fs);
    int rc = pail_attrs_to_headers(a, pail_buf_view(&name), false, &headers, err);
    pail_buf_done(&name);
    if (rc)
        return rc;
    rc = pail_copy_object(fs, &copy, ret, err);
    pail_attrs_headers_done(&headers);
    return rc;
}

/* One try; PAIL_E_FS_STALE or _EXIST when it was another version. */
static int send_once(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                     const struct pail_attrs *a, uint64_t changes, struct pail_error *err)
{
    struct pail_s3_put_result put;
    struct version v;
    memset(&put, 0, sizeof(put));
    int rc = version_of(fs, n, &v, err);
    if (!rc)
        rc = v.dir ? send_marker(fs, n, key, &v, a, &put, err)
                   : send_copy(fs, n, key, &v, a, &put, err);
    if (!rc)
        rc = pail_record_attrs(fs, n, &put, a, changes, err);
    /* A draft over this content goes on from the new version, also when it was written meanwhile.
     */
    pail_tree_lock(fs);
    struct pail_draft *d = n->pending.draft;
    pail_tree_unlock(fs);
    if (!rc && d)
        rc = pail_draft_reversion(d, pail_str(put.etag), pail_str(put.version_id), err);
    version_done(&v);
    return rc;
}

int pail_send_attrs(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                    struct pail_error *err)
{
    struct pail_attrs a;
    pail_attrs_init(&a);
    pail_tree_lock(fs);
    int rc = pail_attrs_copy(&a, &n->attrs, err);
    uint64_t changes = n->pending.changes;
    pail_tree_unlock(fs);
    if (!rc)
        rc = send_once(fs, n, key, &a, changes, err);
    pail_attrs_done(&a);
    return rc;
}

/* n is busy, its attributes are known, nothing is pending. */
static int change_now(struct pail_fs *fs, struct change *c, struct pail_error *err)
{
    struct pail_node *n = c->node;
    struct pail_attrs a;
    bool changed = false;
    pail_attrs_init(&a);
    pail_tree_lock(fs);
    int rc = n->has_attrs ? pail_attrs_copy(&a, &n->attrs, err) : 0;
    int64_t mtime = n->known.row.row.mtime_ns;
    uint64_t changes = n->pending.changes;
    pail_tree_unlock(fs);
    if (!rc && !(a.has & PAIL_ATTR_MTIME) &&
        mtime) { /* the copy's time must not become the file's */
        a.has |= PAIL_ATTR_MTIME;
        a.mtime_ns = mtime;
    }
    if (!rc)
        rc = c->change(c->ud, &a, &changed, err);
    if (!rc && changed) {
        a.has |= PAIL_ATTR_CTIME;
        a.ctime_ns = pail_clock_wall_ns();
        rc = send_once(fs, n, pail_buf_view(&c->key), &a, changes, err);
    }
    pail_attrs_done(&a);
    return rc;
}

static int change_claimed(struct pail_fs *fs, struct change *c, struct pail_error *err)
{
    struct pail_node *n = c->node;
    for (int i = 0;; i++) {
        int rc = fold(fs, c, err);
        if (rc || c->folded)
            return rc;
        rc = pail_node_attributes(fs, n, PAIL_ASK_ALWAYS, err);
        if (!rc)
            rc = change_now(fs, c, err);
        bool other = rc == PAIL_E_FS_STALE || rc == PAIL_E_FS_EXIST || rc == PAIL_E_NOT_FOUND;
        if (!other || i + 1 == TRIES)
            return rc;
        /* Somebody else's version: whatever it is, it gets the new attributes. */
        rc = pail_node_refresh(fs, n, err);
        if (rc)
            return rc;
    }
}

static int body(struct pail_claimed *claimed, struct pail_error *err)
{
    struct change *c = claimed->ud;
    struct pail_fs *fs = claimed->fs;
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    pail_node_busy(fs, c->node);
    int rc = pail_node_key(fs, c->node, &now, err);
    if (!rc)
        claimed->again = !pail_str_eq(pail_buf_view(&now), pail_buf_view(&c->key));
    pail_buf_done(&now);
    if (!rc && !claimed->again)
        rc = change_claimed(fs, c, err);
    pail_node_idle(fs, c->node);
    return rc;
}

/* Only this one: what it is now is asked for at the next look. A change that may have happened all
 * the same is not to be told by the ETag. */
static void doubt(struct pail_fs *fs, struct pail_node *n, int rc, const struct pail_error *err)
{
    struct pail_buf etag = PAIL_BUF_INIT(1024);
    bool unknown = pail_uncertain(rc, err);
    pail_tree_lock(fs);
    n->known.row.row.seen_ns = 0;
    if (unknown && !pail_node_pending_locked(n))
        n->known.has_attrs = n->has_attrs = n->marker_asked = false;
    pail_buf_str(&etag, n->known.row.row.etag);
    fs->tree.epoch++;
    pail_tree_unlock(fs);
    struct pail_error why = PAIL_ERROR_INIT;
    if (unknown && !etag.failed &&
        pail_meta_set_attrs(fs->fixed.meta, n->ino, pail_buf_view(&etag), pail_strn(NULL, 0), &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s", why.message);
    pail_buf_done(&etag);
}

int pail_change_attrs(struct pail_fs *fs, struct pail_node *n, pail_change_attrs_fn *change,
                      void *ud, struct pail_error *err)
{
    int rc = pail_check_writable(fs, err);
    if (rc)
        return rc;
    struct change c = {
        .node = n, .change = change, .ud = ud, .key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX)};
    pail_node_use(fs, n);
    rc = fold(fs, &c, err);
    pail_node_unuse(fs, n);
    if (rc || c.folded)
        return rc;
    if (pail_node_is_top(n))
        return pail_error_set(
            err, PAIL_D_FS, PAIL_E_FS_PERM,
            "the attributes of a bucket cannot be changed; see the options uid, gid and dir-mode");
    do {
        pail_buf_reset(&c.key);
        rc = pail_node_key(fs, n, &c.key, err);
        if (rc)
            break;
        c.claimed = (struct pail_claimed){
            .fs = fs, .body = body, .ud = &c, .change.what = "attributes"};
        pail_claim(&c.claimed, n->volume, pail_buf_view(&c.key), false);
        rc = pail_claimed_run(&c.claimed, err);
    } while (c.claimed.again);
    pail_buf_done(&c.key);
    if (rc && n->volume)
        doubt(fs, n, rc, err);
    return rc;
}

/* ---- setattr --------------------------------------------------------------------------------- */

struct wanted {
    const struct pail_fs *fs;
    const struct pail_fs_setattr *set;
    struct pail_node *node;
    int64_t now_ns;
};

static void set_u32(uint32_t *to, uint32_t value, uint32_t *has, uint32_t bit, uint32_t shown,
                    bool *changed)
{
    if ((*has & bit ? *to : shown) == value)
        return;
    *to = value;
    *has |= bit;
    *changed = true;
}

static int apply(void *ud, struct pail_attrs *a, bool *ret_changed, struct pail_error *err)
{
    const struct wanted *w = ud;
    const struct pail_fs_setattr *s = w->set;
    const struct pail_fs_options *opt = &w->fs->fixed.opt;
    bool dir = w->node->is_dir;
    if (s->set & PAIL_FS_SET_MODE) {
        uint32_t shown = dir ? opt->dir_mode : opt->file_mode;
        uint32_t type = a->has & PAIL_ATTR_MODE ? a->mode & S_IFMT : dir ? S_IFDIR : S_IFREG;
        uint32_t was = a->has & PAIL_ATTR_MODE ? a->mode & 07777 : shown;
        if (was != (s->mode & 07777)) {
            a->mode = type | (s->mode & 07777);
            a->has |= PAIL_ATTR_MODE;
            *ret_changed = true;
        }
    }
    if (s->set & PAIL_FS_SET_UID)
        set_u32(&a->uid, s->uid, &a->has, PAIL_ATTR_UID, opt->uid, ret_changed);
    if (s->set & PAIL_FS_SET_GID)
        set_u32(&a->gid, s->gid, &a->has, PAIL_ATTR_GID, opt->gid, ret_changed);
    if (s->set & PAIL_FS_SET_MTIME) {
        int64_t mtime = s->mtime_ns == PAIL_FS_TIME_NOW ? w->now_ns : s->mtime_ns;
        if (!(a->has & PAIL_ATTR_MTIME) || a->mtime_ns != mtime) {
            a->mtime_ns = mtime;
            a->has |= PAIL_ATTR_MTIME;
            *ret_changed = true;
        }
    }
    return 0;
}

/* The new size becomes pending. */
static int truncate_draft(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                          uint64_t size, struct pail_error *err)
{
    struct pail_draft *d;
    pail_node_use(fs, n);
    int rc = pail_pending_draft(fs, n, h, size == 0, &d, err);
    if (!rc)
        rc = pail_draft_truncate(d, size, err);
    if (!rc) {
        pail_tree_lock(fs);
        n->pending.untouched = false;
        n->pending.mtime_set = false;
        n->pending.changes++;
        n->attrs.mtime_ns = pail_clock_wall_ns();
        n->attrs.has |= PAIL_ATTR_MTIME;
        n->has_attrs = true;
        pail_tree_unlock(fs);
        rc = pail_commit_rebased(fs, n, err);
    }
    pail_node_unuse(fs, n);
    return rc;
}

static int set_size(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                    uint64_t size, struct pail_error *err)
{
    struct pail_label label;
    pail_tree_lock(fs);
    bool dir = n->is_dir, link = n->kind == PAIL_KIND_SYMLINK;
    bool same = pail_node_size_locked(n) == size;
    pail_tree_unlock(fs);
    if (dir || link)
        return pail_error_set(err, PAIL_D_FS, dir ? PAIL_E_FS_ISDIR : PAIL_E_FS_INVAL,
                              "%s: not a regular file", pail_label(fs, n, &label));
    int rc = same ? 0 : pail_check_writable(fs, err);
    return same || rc ? rc : truncate_draft(fs, n, h, size, err);
}

/* Size first, so that the rest is folded into its commit. */
static int setattr(struct pail_fs *fs, struct pail_node *n, const struct pail_fs_handle *h,
                   const struct pail_fs_setattr *set, struct pail_error *err)
{
    struct wanted w = {.fs = fs, .set = set, .node = n, .now_ns = pail_clock_wall_ns()};
    bool size = set->set & PAIL_FS_SET_SIZE;
    int rc = size ? set_size(fs, n, h, set->size, err) : 0;
    if (!rc &&
        (set->set & (PAIL_FS_SET_MODE | PAIL_FS_SET_UID | PAIL_FS_SET_GID | PAIL_FS_SET_MTIME)))
        rc = pail_change_attrs(fs, n, apply, &w, err);
    pail_tree_lock(fs);
    bool writers = n->n_writers > 0;
    pail_tree_unlock(fs);
    if (!rc && size && !writers)
        rc = pail_commit(fs, n, err);
    if (size)
        pail_pending_settle(fs, n, rc != 0);
    return rc;
}

int pail_fs_setattr(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                    struct pail_fs_handle *h, const struct pail_fs_setattr *set,
                    struct pail_fs_entry *ret, struct pail_error *err)
{
    struct pail_node *n;
    struct pail_label label;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    if (h && (set->set & PAIL_FS_SET_SIZE) && !h->writes)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_BADF, "%s: not open for writing",
                            pail_label(fs, n, &label));
    if (!rc)
        rc = setattr(fs, n, h, set, err);
    if (!rc)
        pail_node_entry(fs, n, false, ret);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "setattr", rc, err);
}
