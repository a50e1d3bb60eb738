/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister_one.c - one name: asked for, asked for again, or told by the way.
 *
 * A name is a file or a directory, and S3 has one request for each: HEAD of the key, LIST below it.
 * The likelier comes first, so that most names cost one request: HEAD, unless a directory is known
 * there. Nothing at either is absence, which is a row too. A name in shadowed form is a file beside
 * a directory, so both must be there.
 */
#include "base/clock.h"
#include "base/str.h"
#include "sync/lister_impl.h"
#include "sync/names.h"

/* ---- Probe ---------------------------------------------------------------------------------- */

struct probe {
    const struct pail_lister *l;
    const struct pail_volume *v;
    struct pail_buf key; /* prefix + component + "/" */
    struct pail_row row;
    struct pail_s3_object object;
    struct pail_s3_page page;
};

/* > 0: there is one; 0: none. */
static int ask_object(struct probe *p, struct pail_error *err)
{
    const struct pail_s3_head_args args = {
        .call = pail_volume_call(p->v, PAIL_PRIO_META),
        .bucket = pail_str(p->v->bucket),
        .key = pail_strn(p->key.ptr, p->key.len - 1),
    };

    int rc = pail_s3_head(p->v->s3, &args, &p->object, err);
    return rc == 0 ? 1 : rc == PAIL_E_NOT_FOUND ? 0 : rc;
}

static int ask_below(struct probe *p, struct pail_error *err)
{
    const struct pail_s3_list_args args = {
        .call = pail_volume_call(p->v, PAIL_PRIO_META),
        .bucket = pail_str(p->v->bucket),
        .prefix = pail_buf_view(&p->key),
        .max_keys = 1,
    };

    int rc = pail_s3_list(p->v->s3, &args, &p->page, err);
    return rc < 0 ? rc : p->page.n > 0;
}

static int put_dir(struct probe *p, struct pail_row_copy *ret, struct pail_error *err)
{
    const struct pail_s3_entry *e = &p->page.entries[0];

    p->row.kind = PAIL_KIND_DIR;
    if (pail_str_eq(e->key, pail_buf_view(&p->key))) {
        p->row.etag = e->etag;
        p->row.mtime_ns = e->mtime_ns;
        p->row.flags = PAIL_ROW_MARKER;
    }
    return pail_lister_put(p->l, &p->row, true, ret, err);
}

static int put_file(struct probe *p, struct pail_row_copy *ret, struct pail_error *err)
{
    p->row.kind = PAIL_KIND_FILE;
    return pail_lister_put_object(p->l, &p->row, &p->object, true, ret, err);
}

static int put_none(struct probe *p, struct pail_row_copy *ret, struct pail_error *err)
{
    p->row.kind = PAIL_KIND_NONE;
    return pail_lister_put(p->l, &p->row, true, ret, err);
}

static int probe(struct probe *p, bool has_object_key, bool shadowed, bool dir_first,
                 struct pail_row_copy *ret, struct pail_error *err)
{
    int object = 0, below = -1;

    if (dir_first) {
        below = ask_below(p, err);
        if (below != 0)
            return below < 0 ? below : put_dir(p, ret, err);
    }
    if (has_object_key) {
        object = ask_object(p, err);
        if (object < 0 || (object > 0 && !shadowed))
            return object < 0 ? object : put_file(p, ret, err);
    }
    if (shadowed && !object)
        return put_none(p, ret, err);
    if (below < 0) {
        below = ask_below(p, err);
        if (below < 0)
            return below;
    }
    if (shadowed)
        return below ? put_file(p, ret, err) : put_none(p, ret, err);
    return below ? put_dir(p, ret, err) : put_none(p, ret, err);
}

int pail_lister_probe(const struct pail_lister *l, const struct pail_volume *v, uint64_t parent,
                      struct pail_str prefix, struct pail_str name, struct pail_str component,
                      struct pail_row_copy *ret, struct pail_error *err)
{
    struct probe p = {.l = l, .v = v, .key = PAIL_BUF_INIT(4096)};
    struct pail_buf scratch PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(1024);
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy known;
    bool shadowed;

    (void)pail_name_unescape(name, &scratch, &shadowed);
    pail_row_copy_init(&known);
    int rc = pail_meta_find(l->meta, parent, name, &known, err);
    if (rc < 0 && rc != PAIL_E_FS_NOENT)
        return rc;
    bool dir_first = rc == 0 && known.row.kind == PAIL_KIND_DIR;
    pail_buf_str(&p.key, prefix);
    pail_buf_str(&p.key, component);
    pail_buf_char(&p.key, '/');
    rc = pail_buf_check(&p.key, "key", err);
    if (rc == 0)
        rc = pail_buf_check(&scratch, "name", err);
    if (rc == 0) {
        p.row = (struct pail_row){
            .parent = parent,
            .name = name,
            .stamp = pail_meta_stamp(l->meta),
            .seen_ns = pail_clock_wall_ns(),
        };
        if (!pail_str_eq(name, component))
            p.row.raw = component.len ? component : PAIL_STR("");
        rc = pail_lister_check(l, parent, prefix, err);
    }
    if (rc == 0)
        rc = probe(&p, component.len > 0, shadowed, dir_first, ret, err);
    pail_s3_object_done(&p.object);
    pail_s3_page_done(&p.page);
    pail_buf_done(&p.key);
    return rc;
}

/* ---- Refresh -------------------------------------------------------------------------------- */

static int ask_known(const struct pail_lister *l, const struct pail_volume *v,
                     const struct pail_row *known, struct pail_str key, struct pail_row_copy *ret,
                     struct pail_error *err)
{
    const bool is_dir = known->kind == PAIL_KIND_DIR;
    const struct pail_s3_head_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .key = key,
    };
    struct pail_row row = {
        .parent = known->parent,
        .name = known->name,
        .raw = known->raw,
        .kind = is_dir ? PAIL_KIND_DIR : PAIL_KIND_FILE,
        .stamp = pail_meta_stamp(l->meta),
        .seen_ns = pail_clock_wall_ns(),
    };
    struct pail_s3_object o;

    int rc = pail_lister_check(l, known->ino, key, err);
    if (rc < 0)
        return rc;
    rc = pail_s3_head(v->s3, &args, &o, err);
    if (rc == PAIL_E_NOT_FOUND) {
        row.kind = is_dir ? PAIL_KIND_DIR : PAIL_KIND_NONE;
        return pail_lister_put(l, &row, true, ret, err);
    }
    if (rc < 0)
        return rc;
    rc = pail_lister_put_object(l, &row, &o, true, ret, err);
    pail_s3_object_done(&o);
    return rc;
}

int pail_lister_refresh(const struct pail_lister *l, const struct pail_volume *v, uint64_t ino,
                        struct pail_str key, struct pail_row_copy *ret, struct pail_error *err)
{
    struct pail_buf marker PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy known;

    pail_row_copy_init(&known);
    int rc = pail_meta_get(l->meta, ino, &known, err);
    if (rc < 0)
        return rc;
    if (ino == PAIL_INO_ROOT) /* there as long as the bucket is, without attributes */
        return pail_row_copy_set(ret, &known.row, err);
    if (known.row.kind == PAIL_KIND_DIR && !pail_str_ends(key, PAIL_STR("/"))) {
        pail_buf_str(&marker, key);
        pail_buf_char(&marker, '/');
        rc = pail_buf_check(&marker, "key", err);
        if (rc < 0)
            return rc;
        key = pail_buf_view(&marker);
    }
    return ask_known(l, v, &known.row, key, ret, err);
}

/* ---- Learn ---------------------------------------------------------------------------------- */

int pail_lister_learn(const struct pail_lister *l, uint64_t parent, struct pail_str name,
                      const struct pail_s3_object *o, uint64_t asked_stamp,
                      struct pail_row_copy *ret, struct pail_error *err)
{
    struct pail_buf scratch PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(1024);
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy known;
    struct pail_row row = {
        .parent = parent,
        .name = name,
        .kind = PAIL_KIND_FILE,
        .stamp = asked_stamp,
        .seen_ns = pail_clock_wall_ns(),
    };
    bool shadowed;

    pail_row_copy_init(&known);
    int rc = pail_meta_find(l->meta, parent, name, &known, err);
    if (rc < 0 && rc != PAIL_E_FS_NOENT)
        return rc;
    if (rc == 0) {
        /* The name came to mean a directory meanwhile; this object is in its shadow. */
        if (known.row.kind == PAIL_KIND_DIR)
            return pail_row_copy_set(ret, &known.row, err);
        row.raw = known.row.raw;
    } else {
        struct pail_str component;
        rc = pail_lister_component(name, row.raw, &scratch, &component, &shadowed, err);
        if (rc < 0)
            return rc;
        if (!pail_str_eq(component, name))
            row.raw = component;
    }
    return pail_lister_put_object(l, &row, o, true, ret, err);
}
