/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New names that are in S3 when the call returns: mkdir (a marker object), symlink (an object whose
 * content is the target), and readlink.
 *
 * Both are written only if there is nothing, so that two hosts cannot both have made it. A new
 * directory is known to be empty: creating files in it asks for nothing.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "core/core.h"

#define PACKED_MAX (64u << 10)
#define TRIES 1000
#define FORGOTTEN_TRIES 5

struct making {
    struct pail_claimed claimed;
    struct pail_node *dir;
    struct pail_str name, body;
    struct pail_component comp;
    struct pail_buf key;
    struct pail_attrs attrs;
    enum pail_kind kind;
    struct pail_node *node; /* out; referenced */
};

static int put(struct pail_fs *fs, struct making *m, struct pail_s3_put_result *ret,
               struct pail_error *err)
{
    struct pail_attrs_headers headers;
    struct pail_volume *v = m->dir->volume;
    if (m->kind == PAIL_KIND_DIR)
        return pail_put_marker(fs, v, pail_buf_view(&m->key), &m->attrs, PAIL_STR(""), true, ret,
                               err);
    int rc = pail_attrs_to_headers(&m->attrs, m->name, false, &headers, err);
    if (rc)
        return rc;
    struct pail_put_small p = {.volume = v,
                               .key = pail_buf_view(&m->key),
                               .body = m->body,
                               .attributes = &headers.attributes,
                               .absent = true};
    rc = pail_put_small(fs, &p, ret, err);
    pail_attrs_headers_done(&headers);
    return rc;
}

/* The row of what was just made becomes a node. */
static int adopt(struct pail_fs *fs, struct making *m, struct pail_error *err)
{
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = 0;
    for (int i = 0; !rc && !m->node && i < TRIES; i++) {
        uint64_t epoch = pail_tree_epoch(fs);
        rc = pail_meta_find(fs->fixed.meta, m->dir->ino, m->name, &row, err);
        if (!rc && row.row.kind == PAIL_KIND_NONE)
            break;
        if (!rc)
            rc = pail_node_intern(fs, m->dir, &row.row, epoch, &m->node, err);
    }
    pail_row_copy_done(&row);
    if (!rc && !m->node)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                            "%.*s: made, and removed by somebody else at once",
                            PAIL_STR_ARG(m->name));
    return rc;
}

static int enter(struct pail_fs *fs, struct making *m, const struct pail_s3_put_result *p,
                 struct pail_error *err)
{
    struct pail_buf packed = PAIL_BUF_INIT(PACKED_MAX);
    int rc = pail_attrs_pack(&m->attrs, &packed, err);
    int64_t now = pail_clock_wall_ns();
    struct pail_row row = {
        .parent = m->dir->ino,
        .name = m->name,
        .kind = m->kind,
        .etag = pail_str(p->etag),
        .version_id = pail_str(p->version_id),
        .size = m->body.len,
        .mtime_ns = now,
        .seen_ns = now,
        .stamp = pail_meta_stamp(fs->fixed.meta),
        .attr_etag = pail_str(p->etag),
        .attrs = pail_buf_view(&packed),
    };
    if (m->comp.differs)
        row.raw = pail_component_raw(&m->comp, m->name);
    if (m->kind == PAIL_KIND_DIR) {
        row.listed_ns = now;
        row.flags = PAIL_ROW_MARKER;
    }
    for (int i = 0; !rc && !m->node && i < FORGOTTEN_TRIES; i++) {
        rc = pail_meta_put(fs->fixed.meta, &row, PAIL_PUT_CHANGE, NULL, err);
        if (rc) /* S3 has it */
            pail_meta_distrust(fs->fixed.meta);
        pail_tree_lock(fs);
        fs->tree.epoch++;
        pail_tree_unlock(fs);
        uint64_t losses = pail_meta_losses(fs->fixed.meta);
        if (!rc)
            rc = adopt(fs, m, err);
        if (rc == PAIL_E_FS_NOENT && losses != pail_meta_losses(fs->fixed.meta))
            rc = 0; /* forgotten before it was a node's */
    }
    pail_buf_done(&packed);
    if (!rc && !m->node)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                            "%.*s: made, but the database cannot keep it", PAIL_STR_ARG(m->name));
    return rc;
}

static int make_body(struct pail_claimed *c, struct pail_error *err)
{
    struct making *m = c->ud;
    struct pail_fs *fs = c->fs;
    struct pail_s3_put_result result;
    struct pail_buf now = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    memset(&result, 0, sizeof(result));
    pail_tree_lock(fs);
    bool taken = pail_tree_name_locked(fs, m->dir, m->name) != NULL, gone = m->dir->unlinked;
    pail_node_key_locked(m->dir, &now);
    pail_tree_unlock(fs);
    pail_buf_str(&now, pail_component_raw(&m->comp, m->name));
    pail_buf_z(&now, m->kind == PAIL_KIND_DIR ? "/" : "");
    int rc = pail_buf_check(&now, "key", err);
    if (!rc && taken)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "%.*s exists already",
                            PAIL_STR_ARG(m->name));
    else if (!rc && gone)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NOENT, "%.*s: its directory was removed",
                            PAIL_STR_ARG(m->name));
    else if (!rc)
        c->again = !pail_str_eq(pail_buf_view(&m->key), pail_buf_view(&now));
    pail_buf_done(&now);
    if (rc || c->again)
        return rc;
    rc = put(fs, m, &result, err);
    return rc ? rc : enter(fs, m, &result, err);
}

static int make_claimed(struct pail_fs *fs, struct making *m, struct pail_error *err)
{
    int rc;
    bool again;
    do {
        pail_buf_init(&m->key, 4 * PAIL_KEY_MAX);
        rc = pail_key_for_new(fs, m->dir, m->name, m->kind == PAIL_KIND_DIR, &m->comp, &m->key,
                              err);
        m->claimed = (struct pail_claimed){
            .fs = fs, .body = make_body, .ud = m, .change.what = "create"};
        if (!rc) {
            pail_claim(&m->claimed, m->dir->volume, pail_buf_view(&m->key),
                       m->kind == PAIL_KIND_DIR);
            rc = pail_claimed_run(&m->claimed, err);
            pail_buf_done(&m->comp.text);
        }
        again = !rc && m->claimed.again;
        pail_buf_done(&m->key);
    } while (again);
    return rc;
}

static int make_bucket(struct pail_fs *fs, struct making *m, struct pail_error *err)
{
    struct pail_call_options call = {.priority = PAIL_PRIO_META,
                                     .timeout_ms = fs->fixed.opt.op_timeout_ms};
    int rc = pail_check_writable(fs, err);
    if (rc)
        return rc;
    if (!fs->fixed.opt.bucket_ops)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_PERM,
                              "%.*s: buckets are made only with bucket-ops", PAIL_STR_ARG(m->name));
    pail_assert_no_locks();
    rc = pail_s3_bucket_create(fs->fixed.s3, &call, m->name, err);
    if (!rc)
        rc = pail_dir_list(fs, m->dir, err);
    return rc ? rc : adopt(fs, m, err);
}

static int make(struct pail_fs *fs, uint64_t parent, struct making *m, struct pail_fs_entry *ret,
                struct pail_error *err)
{
    struct pail_node *there = NULL;
    int rc = pail_node_get_dir(fs, parent, &m->dir, err);
    if (rc) {
        pail_attrs_done(&m->attrs);
        return rc;
    }
    struct pail_hold hold = {.dir = m->dir, .name = m->name};
    pail_names_hold(fs, &hold, 1);
    rc = pail_check_writable(fs, err);
    if (!rc)
        rc = pail_resolve(fs, m->dir, m->name, PAIL_RESOLVE_ASK, &there, NULL, err);
    if (!rc && there)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST, "%.*s exists already",
                            PAIL_STR_ARG(m->name));
    else if (!rc && !m->dir->volume && m->kind == PAIL_KIND_DIR)
        rc = make_bucket(fs, m, err);
    else if (!rc)
        rc = make_claimed(fs, m, err);
    if (!rc)
        pail_node_entry(fs, m->node, true, ret);
    pail_dir_doubt(fs, m->dir, rc, err);
    pail_names_release(fs, &hold, 1);
    pail_node_unref(fs, there);
    pail_node_unref(fs, m->node);
    pail_node_unref(fs, m->dir);
    pail_attrs_done(&m->attrs);
    return rc;
}

int pail_fs_mkdir(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                  struct pail_str name, uint32_t mode, struct pail_fs_entry *ret,
                  struct pail_error *err)
{
    struct making m = {.name = name, .kind = PAIL_KIND_DIR};
    PAIL_OP_ERROR(err);
    pail_attrs_new(fs, ctx, S_IFDIR | (mode & 07777 & ~(ctx ? ctx->umask : 0)), &m.attrs);
    return pail_note(fs, parent, "mkdir", make(fs, parent, &m, ret, err), err);
}

int pail_fs_symlink(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t parent,
                    struct pail_str name, struct pail_str target, struct pail_fs_entry *ret,
                    struct pail_error *err)
{
    struct making m = {.name = name, .kind = PAIL_KIND_SYMLINK, .body = target};
    PAIL_OP_ERROR(err);
    if (!target.len || target.len > PAIL_TARGET_MAX)
        return pail_error_set(err, PAIL_D_FS, target.len ? PAIL_E_FS_NAMETOOLONG : PAIL_E_FS_NOENT,
                              "%.*s: a target of %zu bytes", PAIL_STR_ARG(name), target.len);
    pail_attrs_new(fs, ctx, S_IFLNK | 0777, &m.attrs);
    return pail_note(fs, parent, "symlink", make(fs, parent, &m, ret, err), err);
}

/* ---- readlink -------------------------------------------------------------------------------- */

static int take_target(void *ud, uint64_t offset, const void *p, size_t n, struct pail_error *err)
{
    struct pail_buf *b = ud;
    if (offset == 0)
        pail_buf_reset(b);
    pail_buf_append(b, p, n);
    return pail_buf_check(b, "target of a symbolic link", err);
}

static bool remembered(struct pail_fs *fs, struct pail_node *n, struct pail_buf *ret)
{
    pail_tree_lock(fs);
    bool known = n->link_target && pail_str_eqz(n->known.row.row.etag, n->link_etag);
    if (known)
        pail_buf_z(ret, n->link_target);
    pail_tree_unlock(fs);
    return known;
}

static void remember(struct pail_fs *fs, struct pail_node *n, const struct pail_buf *target,
                     struct pail_str etag)
{
    char *text = pail_strndup(pail_buf_view(target)), *version = pail_strndup(etag);
    pail_tree_lock(fs);
    char *old = n->link_target, *old_etag = n->link_etag;
    n->link_target = text && version ? text : NULL;
    n->link_etag = text && version ? version : NULL;
    pail_tree_unlock(fs);
    if (!text || !version) {
        pail_free(text);
        pail_free(version);
    }
    pail_free(old);
    pail_free(old_etag);
}

static bool is_link(const struct pail_s3_object *o)
{
    struct pail_attrs a;
    pail_attrs_init(&a);
    bool link = pail_attrs_from_object(&a, o, NULL) == 0 && pail_attrs_is_symlink(&a);
    pail_attrs_done(&a);
    return link;
}

static int fetch_target(struct pail_fs *fs, struct pail_node *n, struct pail_buf *ret,
                        struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX),
                    text = PAIL_BUF_INIT(PAIL_TARGET_MAX + 1);
    struct pail_s3_object head;
    int rc = pail_node_key(fs, n, &key, err);
    if (!rc) {
        struct pail_s3_get_args args = {.call = pail_volume_call(n->volume, PAIL_PRIO_META),
                                        .bucket = pail_str(n->volume->bucket),
                                        .key = pail_buf_view(&key)};
        struct pail_s3_sink sink = {.write = take_target, .ud = &text};
        pail_assert_no_locks();
        rc = pail_s3_get(n->volume->s3, &args, &sink, &head, err);
        if (!rc && !is_link(&head)) {
            rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE,
                                "s3://%s/%s is not a symbolic link any more", n->volume->bucket,
                                pail_buf_cstr(&key));
            pail_tree_lock(fs);
            n->known.row.row.seen_ns = 0;
            pail_tree_unlock(fs);
            pail_s3_object_done(&head);
        }
        if (!rc) {
            remember(fs, n, &text, head.etag);
            pail_buf_str(ret, pail_buf_view(&text));
            pail_s3_object_done(&head);
        }
    }
    pail_buf_done(&key);
    pail_buf_done(&text);
    return rc;
}

int pail_fs_readlink(struct pail_fs *fs, uint64_t ino, struct pail_buf *ret, struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    pail_tree_lock(fs);
    bool link = n->kind == PAIL_KIND_SYMLINK;
    pail_tree_unlock(fs);
    struct pail_label label;
    if (!link)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "%s: not a symbolic link",
                            pail_label(fs, n, &label));
    else if (!remembered(fs, n, ret))
        rc = fetch_target(fs, n, ret, err);
    if (!rc)
        rc = pail_buf_check(ret, "target", err);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "readlink", rc, err);
}
