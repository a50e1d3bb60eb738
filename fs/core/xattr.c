/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended attributes: user.* in the object's metadata, and three that are made up: user.pail.error
 * (why the last operation failed), user.pail.key and user.pail.etag. These are read-only and not
 * listed, so that cp -a does not carry them along.
 */
#include "base/str.h"
#include "core/core.h"

#define VALUE_MAX 65536
#define CREATE 1
#define REPLACE 2

static int no_data(const struct pail_node *n, struct pail_str name, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NODATA, "inode %llu: no attribute %.*s",
                          (unsigned long long)n->ino, PAIL_STR_ARG(name));
}

static int made_up(struct pail_fs *fs, struct pail_node *n, struct pail_str name,
                   struct pail_buf *ret, struct pail_error *err)
{
    size_t before = ret->len;
    if (pail_str_eqz(name, "user.pail.error")) {
        if (!pail_last_error(fs, n->ino, ret))
            return no_data(n, name, err);
    } else if (pail_str_eqz(name, "user.pail.key") && n->volume) {
        pail_buf_fmt(ret, "s3://%s/", n->volume->bucket);
        pail_tree_lock(fs);
        pail_node_key_locked(n, ret);
        pail_tree_unlock(fs);
    } else if (pail_str_eqz(name, "user.pail.etag")) {
        pail_tree_lock(fs);
        pail_buf_str(ret, n->known.row.row.etag);
        pail_tree_unlock(fs);
        if (ret->len == before)
            return no_data(n, name, err);
    } else {
        return no_data(n, name, err);
    }
    return pail_buf_check(ret, "attribute", err);
}

static const struct pail_xattr *find(const struct pail_attrs *a, struct pail_str name)
{
    for (size_t i = 0; i < a->n_xattrs; i++)
        if (pail_str_eq(a->xattrs[i].name, name))
            return &a->xattrs[i];
    return NULL;
}

static int get(struct pail_fs *fs, struct pail_node *n, struct pail_str name, struct pail_buf *ret,
               struct pail_error *err)
{
    if (pail_str_starts(name, PAIL_STR("user.pail.")))
        return made_up(fs, n, name, ret, err);
    if (!pail_str_starts(name, PAIL_STR("user.")))
        return no_data(n, name, err);
    int rc = pail_node_attributes(fs, n, PAIL_ASK_STAT, err);
    if (rc)
        return rc;
    pail_tree_lock(fs);
    const struct pail_xattr *x = n->has_attrs ? find(&n->attrs, name) : NULL;
    if (x)
        pail_buf_str(ret, x->value);
    pail_tree_unlock(fs);
    return x ? pail_buf_check(ret, "attribute", err) : no_data(n, name, err);
}

int pail_fs_getxattr(struct pail_fs *fs, uint64_t ino, struct pail_str name, struct pail_buf *ret,
                     struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    rc = get(fs, n, name, ret, err);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "getxattr", rc, err);
}

int pail_fs_listxattr(struct pail_fs *fs, uint64_t ino, struct pail_buf *ret,
                      struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    rc = pail_node_attributes(fs, n, PAIL_ASK_STAT, err);
    pail_tree_lock(fs);
    for (size_t i = 0; !rc && n->has_attrs && i < n->attrs.n_xattrs; i++) {
        pail_buf_str(ret, n->attrs.xattrs[i].name);
        pail_buf_append(ret, "", 1);
    }
    pail_tree_unlock(fs);
    if (!rc)
        rc = pail_buf_check(ret, "attributes", err);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "listxattr", rc, err);
}

struct setting {
    struct pail_node *node;
    struct pail_str name, value;
    int flags;
};

static int set(void *ud, struct pail_attrs *a, bool *ret_changed, struct pail_error *err)
{
    const struct setting *s = ud;
    const struct pail_xattr *x = find(a, s->name);
    bool remove = !s->value.ptr;
    if (!x && (remove || (s->flags & REPLACE)))
        return no_data(s->node, s->name, err);
    if (x && (s->flags & CREATE))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_EXIST,
                              "inode %llu: attribute %.*s exists already",
                              (unsigned long long)s->node->ino, PAIL_STR_ARG(s->name));
    if (x && !remove && pail_str_eq(x->value, s->value))
        return 0;
    int rc = pail_attrs_set_xattr(a, s->name, s->value, err);
    *ret_changed = rc == 0;
    return rc;
}

static int check(struct pail_str name, struct pail_str value, struct pail_error *err)
{
    if (!pail_str_starts(name, PAIL_STR("user.")) || name.len == strlen("user."))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_OPNOTSUPP,
                              "%.*s: only user.* attributes are kept", PAIL_STR_ARG(name));
    if (pail_str_starts(name, PAIL_STR("user.pail.")))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_PERM, "%.*s is read-only",
                              PAIL_STR_ARG(name));
    if (name.len > PAIL_NAME_MAX || value.len > VALUE_MAX)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_TOO_BIG, "%.*s: %zu bytes", PAIL_STR_ARG(name),
                              value.len);
    return 0;
}

int pail_fs_setxattr(struct pail_fs *fs, const struct pail_fs_ctx *ctx, uint64_t ino,
                     struct pail_str name, struct pail_str value, int flags, struct pail_error *err)
{
    struct pail_node *n;
    PAIL_OP_ERROR(err);
    int rc = check(name, value, err);
    if (rc)
        return rc;
    rc = pail_node_get(fs, ino, &n, err);
    if (rc)
        return rc;
    struct setting s = {.node = n, .name = name, .value = value, .flags = flags};
    rc = pail_change_attrs(fs, n, set, &s, err);
    pail_node_unref(fs, n);
    return pail_note(fs, ino, "setxattr", rc, err);
}
