/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister_put.c - single answers into fs/meta, and who has to know.
 *
 * fs/meta decides whether an answer is news; here the row before and the row after are compared.
 * Attributes that were unknown and are known now count as different only where the object bears
 * some: whoever asked before got the defaults, which an object without any confirms.
 */
#include "base/str.h"
#include "sync/lister_impl.h"
#include "sync/names.h"

static bool attrs_known(const struct pail_row *r)
{
    return r->attrs.len && pail_str_eq(r->attr_etag, r->etag);
}

static bool bears_attrs(const struct pail_row *r)
{
    struct pail_attrs a;
    bool bears = false;

    pail_attrs_init(&a);
    if (pail_attrs_unpack(&a, r->attrs, NULL) == 0)
        bears = a.has || a.n_xattrs;
    pail_attrs_done(&a);
    return bears;
}

static bool is_different(const struct pail_row *before, const struct pail_row *now, bool given_out)
{
    if (before->kind != now->kind || before->ino != now->ino)
        return true;
    if (now->kind != PAIL_KIND_DIR &&
        (before->size != now->size || !pail_str_eq(before->etag, now->etag)))
        return true;
    if (!attrs_known(now))
        return false;
    if (attrs_known(before))
        return !pail_str_eq(before->attrs, now->attrs);
    return given_out && bears_attrs(now);
}

int pail_lister_put(const struct pail_lister *l, const struct pail_row *row, bool given_out,
                    struct pail_row_copy *ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy before;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy now;

    pail_row_copy_init(&before);
    pail_row_copy_init(&now);
    int known = pail_meta_find(l->meta, row->parent, row->name, &before, err);
    if (known < 0 && known != PAIL_E_FS_NOENT)
        return known;
    int rc = pail_meta_put(l->meta, row, PAIL_PUT_ANSWER, &now, err);
    if (rc < 0)
        return rc;
    if (known == 0 && before.row.kind != PAIL_KIND_NONE && l->changed &&
        is_different(&before.row, &now.row, given_out))
        l->changed(l->ud, &before.row, now.row.kind);
    return ret ? pail_row_copy_set(ret, &now.row, err) : 0;
}

int pail_lister_put_object(const struct pail_lister *l, const struct pail_row *base,
                           const struct pail_s3_object *o, bool given_out,
                           struct pail_row_copy *ret, struct pail_error *err)
{
    struct pail_buf packed PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(1u << 20);
    PAIL_CLEANUP(pail_attrs_done) struct pail_attrs a;
    struct pail_row row = *base;

    pail_attrs_init(&a);
    int rc = pail_attrs_from_object(&a, o, err);
    if (rc == 0)
        rc = pail_attrs_pack(&a, &packed, err);
    if (rc < 0)
        return rc;
    row.etag = o->etag;
    row.version_id = o->version_id;
    row.mtime_ns = o->mtime_ns;
    row.attr_etag = o->etag.ptr ? o->etag : PAIL_STR("");
    row.attrs = pail_buf_view(&packed);
    if (row.kind == PAIL_KIND_DIR) {
        row.size = 0;
        row.flags |= PAIL_ROW_MARKER;
    } else {
        row.kind = pail_attrs_is_symlink(&a) ? PAIL_KIND_SYMLINK : PAIL_KIND_FILE;
        row.size = o->size;
    }
    if (row.size > INT64_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "\"%.*s\": an answer without the object's size",
                              PAIL_STR_ARG(row.name));
    return pail_lister_put(l, &row, given_out, ret, err);
}

int pail_lister_check(const struct pail_lister *l, uint64_t ino, struct pail_str key,
                      struct pail_error *err)
{
    if (!l->is_current || l->is_current(l->ud, ino, key))
        return 0;
    return pail_error_set(err, PAIL_D_FS, PAIL_E_FS_STALE, "\"%.*s\" was moved meanwhile",
                          PAIL_STR_ARG(key));
}

int pail_lister_component(struct pail_str name, struct pail_str raw, struct pail_buf *scratch,
                          struct pail_str *ret, bool *ret_shadowed, struct pail_error *err)
{
    enum pail_name_form form = pail_name_unescape(name, scratch, ret_shadowed);

    int rc = pail_buf_check(scratch, "name", err);
    if (rc < 0)
        return rc;
    if (raw.ptr)
        *ret = raw;
    else if (form == PAIL_NAME_PLAIN)
        *ret = name;
    else if (form == PAIL_NAME_ESCAPED)
        *ret = scratch->len ? pail_buf_view(scratch) : PAIL_STR("");
    else
        *ret = pail_strn(NULL, 0);
    return 0;
}
