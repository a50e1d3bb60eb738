/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings of directories, seen from core: who lists (one thread at a time, the others share its
 * result), how long a listing counts, and whether the objects it names bear POSIX attributes.
 *
 * The lister samples one file for that. Where there is none, the marker of the first directory is
 * the sample, so that a tree of directories does not lose its modes with the database, and one
 * without any is not asked about each.
 */
#include "base/clock.h"
#include "base/logging.h"
#include "base/str.h"
#include "core/core.h"

#define LIST_TRIES 100
#define SAMPLE_ROWS 1000 /* looked at for a sample */

int64_t pail_fresh_left(const struct pail_fs *fs, int64_t seen_ns)
{
    int64_t age = pail_clock_wall_ns() - seen_ns;
    if (seen_ns <= pail_meta_lost_ns(fs->fixed.meta)) /* also never */
        return 0;
    if (age < -PAIL_NS_PER_S) /* the clock was put back: nothing is known of ages */
        return 0;
    if (age < 0)
        age = 0;
    return age < fs->fixed.opt.metadata_ttl_ns ? fs->fixed.opt.metadata_ttl_ns - age : 0;
}

bool pail_dir_fresh(struct pail_fs *fs, struct pail_node *dir, int64_t *ret_left)
{
    pail_tree_lock(fs);
    int64_t listed = dir->known.row.row.listed_ns;
    pail_tree_unlock(fs);
    int64_t left = pail_fresh_left(fs, listed);
    if (ret_left)
        *ret_left = left;
    return left > 0;
}

/* The directory's own row, after its listing. */
static int reload_dir(struct pail_fs *fs, struct pail_node *dir, struct pail_error *err)
{
    struct pail_row_copy row;
    pail_row_copy_init(&row);
    int rc = pail_meta_get(fs->fixed.meta, dir->ino, &row, err);
    if (!rc)
        rc = pail_node_learn(fs, dir, &row.row, err);
    pail_row_copy_done(&row);
    return rc;
}

struct sample {
    struct pail_row_copy row; /* the first directory whose attributes are unknown */
    bool found, bears;        /* something that is known bears attributes */
    size_t seen;
    struct pail_error err;
};

static bool bears_attributes(const struct pail_row *row)
{
    struct pail_attrs a;
    pail_attrs_init(&a);
    bool bears = row->attrs.len && pail_str_eq(row->attr_etag, row->etag) &&
                 pail_attrs_unpack(&a, row->attrs, NULL) == 0 && a.has;
    pail_attrs_done(&a);
    return bears;
}

static int choose_sample(void *ud, const struct pail_row *row)
{
    struct sample *s = ud;
    int rc = 0;
    s->bears = bears_attributes(row);
    if (row->kind == PAIL_KIND_DIR && !row->attrs.len && !s->found) {
        rc = pail_row_copy_set(&s->row, row, &s->err);
        s->found = rc == 0;
    }
    return rc ? rc : s->bears || ++s->seen == SAMPLE_ROWS;
}

static int ask_sample(struct pail_fs *fs, struct pail_node *dir, struct pail_str prefix,
                      struct sample *s, struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(8 * PAIL_KEY_MAX);
    struct pail_row_copy now;
    pail_row_copy_init(&now);
    pail_buf_str(&key, prefix);
    pail_buf_str(&key, s->row.row.raw.ptr ? s->row.row.raw : s->row.row.name);
    pail_buf_char(&key, '/');
    int rc = pail_buf_check(&key, "key", err);
    if (!rc)
        rc = pail_lister_refresh(&fs->fixed.lister, dir->volume, s->row.row.ino,
                                 pail_buf_view(&key), &now, err);
    s->bears = !rc && bears_attributes(&now.row);
    pail_row_copy_done(&now);
    pail_buf_done(&key);
    return rc;
}

/* A listing without a file that could tell whether objects bear attributes: what is known of others
 * tells, else the marker of the first directory. */
static int sample_directory(struct pail_fs *fs, struct pail_node *dir, struct pail_str prefix,
                            struct pail_error *err)
{
    struct sample s = {.err = PAIL_ERROR_INIT};
    pail_tree_lock(fs);
    bool told = dir->known.row.row.flags & (PAIL_ROW_POSIX_SEEN | PAIL_ROW_DEFAULTS_OK);
    pail_tree_unlock(fs);
    if (told || !dir->volume || fs->fixed.opt.posix != PAIL_POSIX_AUTO)
        return 0;
    pail_row_copy_init(&s.row);
    int rc = pail_meta_children(fs->fixed.meta, dir->ino, PAIL_STR(""), SIZE_MAX, choose_sample, &s,
                                err);
    if (rc < 0 && s.err.code)
        pail_error_copy(err, &s.err);
    rc = rc < 0 ? rc : 0;
    if (!rc && !s.bears && s.found)
        rc = ask_sample(fs, dir, prefix, &s, err);
    /* That one directory bears none is not remembered: files may yet come that do. */
    if (!rc && s.bears) {
        rc = pail_meta_set_flags(fs->fixed.meta, dir->ino, PAIL_ROW_POSIX_SEEN,
                                 PAIL_ROW_DEFAULTS_OK, err);
        if (!rc)
            rc = reload_dir(fs, dir, err);
    }
    pail_row_copy_done(&s.row);
    return rc;
}

static int list_once(struct pail_fs *fs, struct pail_node *dir, const struct pail_lister *lister,
                     struct pail_error *err)
{
    struct pail_buf key = PAIL_BUF_INIT(4 * PAIL_KEY_MAX);
    int rc = pail_node_key(fs, dir, &key, err);
    pail_assert_no_locks();
    if (!rc && !dir->volume)
        rc = pail_lister_buckets(lister, fs->fixed.s3, err);
    else if (!rc)
        rc = pail_lister_list(lister, dir->volume, dir->ino, pail_buf_view(&key), NULL, NULL, err);
    if (!rc)
        rc = reload_dir(fs, dir, err);
    if (!rc)
        rc = sample_directory(fs, dir, pail_buf_view(&key), err);
    pail_buf_done(&key);
    return rc;
}

int pail_dir_list_with(struct pail_fs *fs, struct pail_node *dir, const struct pail_lister *lister,
                       struct pail_error *err)
{
    int rc, i = 0;
    do { /* again when the directory was moved meanwhile, or the disk made us forget pages */
        rc = list_once(fs, dir, lister, err);
    } while (rc == PAIL_E_FS_STALE && ++i < LIST_TRIES);
    return rc;
}

int pail_dir_list(struct pail_fs *fs, struct pail_node *dir, struct pail_error *err)
{
    pail_tree_lock(fs);
    uint64_t seen = dir->listings;
    while (dir->busy)
        pail_cond_wait(&fs->tree.changed, &fs->tree.lock);
    bool shared = dir->listings !=
                  seen; /* somebody else's, begun or ended while this call waited */
    if (!shared)
        dir->busy = true;
    pail_tree_unlock(fs);
    if (shared)
        return 0;
    int rc = pail_dir_list_with(fs, dir, &fs->fixed.lister, err);
    pail_tree_lock(fs);
    dir->busy = false;
    if (!rc) {
        dir->listings++;
        dir->misses = dir->attr_misses = 0;
    }
    pail_cond_broadcast(&fs->tree.changed);
    pail_tree_unlock(fs);
    return rc;
}

void pail_dir_forget(struct pail_fs *fs, struct pail_node *dir)
{
    struct pail_error why = PAIL_ERROR_INIT;
    struct pail_label label;
    if (pail_meta_expire(fs->fixed.meta, dir->ino, &why))
        PAIL_LOG(PAIL_LC_FS, PAIL_LOG_WARN, "%s: %s", pail_label(fs, dir, &label), why.message);
    pail_tree_lock(fs);
    for (size_t i = 0; i < fs->tree.n_buckets; i++)
        PAIL_LIST_FOR (it, &fs->tree.inos[i]) {
            struct pail_node *n = PAIL_CONTAINER(it, struct pail_node, by_ino);
            if (!pail_node_below_locked(n, dir))
                continue;
            n->known.row.row.listed_ns = 0;
            if (n != dir)
                n->known.row.row.seen_ns = 0;
        }
    fs->tree.epoch++;
    pail_tree_unlock(fs);
}

void pail_dir_doubt(struct pail_fs *fs, struct pail_node *dir, int rc, const struct pail_error *err)
{
    if (pail_uncertain(rc, err))
        pail_dir_forget(fs, dir);
}
