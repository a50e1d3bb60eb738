/* SPDX-License-Identifier: Apache-2.0 */
/* From nodes to keys: prefix, then the components' own spelling, then '/' for a directory. Keys are
 * made when they are needed, since a rename of a directory changes all that are below it. */
#include "base/str.h"
#include "core/core.h"
#include "sync/names.h"

bool pail_node_is_top(const struct pail_node *n)
{
    return !n->parent || !n->parent->volume;
}

/* Keys have 1,024 bytes, so this nests no deeper. */
static void path_locked(const struct pail_node *n, struct pail_buf *to)
{
    if (pail_node_is_top(n)) {
        pail_buf_z(to, n->volume ? n->volume->prefix : "");
        return;
    }
    path_locked(n->parent, to);
    pail_buf_str(to, n->raw ? pail_strn(n->raw, n->raw_len) : pail_node_name(n));
    if (n->is_dir)
        pail_buf_char(to, '/');
}

void pail_node_key_locked(const struct pail_node *n, struct pail_buf *to)
{
    path_locked(n, to);
}

int pail_node_key(struct pail_fs *fs, const struct pail_node *n, struct pail_buf *to,
                  struct pail_error *err)
{
    pail_tree_lock(fs);
    pail_node_key_locked(n, to);
    pail_tree_unlock(fs);
    return pail_buf_check(to, "key", err);
}

void pail_component_of(struct pail_str name, struct pail_component *ret)
{
    *ret = (struct pail_component){.text = PAIL_BUF_INIT(PAIL_KEY_MAX + 1)};
    switch (pail_name_unescape(name, &ret->text, &ret->shadowed)) {
    case PAIL_NAME_PLAIN:
        break;
    case PAIL_NAME_ESCAPED:
        ret->differs = true;
        break;
    case PAIL_NAME_HASHED:
        ret->hashed = true;
        break;
    case PAIL_NAME_INVALID:
        ret->invalid = true;
        break;
    }
}

int pail_check_writable(struct pail_fs *fs, struct pail_error *err)
{
    return fs->fixed.opt.read_only
               ? pail_error_set(err, PAIL_D_FS, PAIL_E_FS_ROFS, "this mount is read-only")
               : pail_meta_journal_clear(fs->fixed.meta, err);
}

static int check_name(struct pail_str name, const struct pail_component *comp,
                      struct pail_error *err)
{
    if (name.len > PAIL_NAME_MAX)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NAMETOOLONG, "a name of %zu bytes",
                              name.len);
    if (!name.len || pail_str_eqz(name, ".") || pail_str_eqz(name, ".."))
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL, "\"%.*s\" cannot be created",
                              PAIL_STR_ARG(name));
    if (comp->invalid || comp->hashed || comp->shadowed)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_INVAL,
                              "%.*s: names that begin with .pail%% stand for keys that are no "
                              "names, and this is not one of them",
                              PAIL_STR_ARG(name));
    return 0;
}

int pail_key_for_new(struct pail_fs *fs, struct pail_node *dir, struct pail_str name, bool is_dir,
                     struct pail_component *comp, struct pail_buf *key, struct pail_error *err)
{
    int rc = pail_check_writable(fs, err);
    if (rc)
        return rc;
    if (!dir->volume)
        return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_PERM,
                              "%.*s: only buckets can be at the top", PAIL_STR_ARG(name));
    pail_component_of(name, comp);
    rc = comp->text.failed ? pail_buf_check(&comp->text, "name", err) : check_name(name, comp, err);
    if (!rc)
        rc = pail_node_key(fs, dir, key, err);
    if (!rc) {
        pail_buf_str(key, pail_component_raw(comp, name));
        if (is_dir)
            pail_buf_char(key, '/');
        rc = pail_buf_check(key, "key", err);
    }
    if (!rc && key->len > PAIL_KEY_MAX)
        rc = pail_error_set(err, PAIL_D_FS, PAIL_E_FS_NAMETOOLONG,
                            "%.*s: a key of %zu bytes; S3 has 1,024", PAIL_STR_ARG(name), key->len);
    if (rc)
        pail_buf_done(&comp->text);
    return rc;
}
