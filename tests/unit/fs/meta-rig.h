/* SPDX-License-Identifier: Apache-2.0 */
/* unit/fs/meta-rig.h - what the tests of fs/meta share: a database on a disk in memory, rows in few
 * words. */
#ifndef PAIL_TESTS_UNIT_FS_META_RIG_H
#define PAIL_TESTS_UNIT_FS_META_RIG_H

#include "unit/test.h"

#include "meta/meta.h"
#include "unit/fs/mem-disk.h"

#define RIG_DIR "/d"
#define RIG_DB "/d/meta.db"

PAIL_UNUSED static struct pail_meta *rig_reopen_full(struct pail_meta_open_result *result)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_meta *m = NULL;
    assert_ok(pail_meta_open(RIG_DIR, &m, result, &err), &err);
    return m;
}

PAIL_UNUSED static struct pail_meta *rig_reopen(void)
{
    return rig_reopen_full(NULL);
}

/* A new disk, a new database. */
PAIL_UNUSED static struct pail_meta *rig_open(void)
{
    mem_disk_begin();
    return rig_reopen();
}

PAIL_UNUSED static void rig_close(struct pail_meta *m)
{
    pail_meta_close(m);
    mem_disk_end();
}

PAIL_UNUSED static struct pail_row rig_row(uint64_t parent, const char *name, enum pail_kind kind,
                                           const char *etag, uint64_t size, uint64_t stamp)
{
    struct pail_row r = {0};
    r.parent = parent;
    r.name = pail_str(name);
    r.kind = kind;
    r.etag = pail_str(etag);
    r.size = size;
    r.stamp = stamp;
    r.seen_ns = (int64_t)stamp * 1000;
    return r;
}

/* Puts and returns the inode number of what is there then. */
PAIL_UNUSED static uint64_t rig_put(struct pail_meta *m, enum pail_put how, struct pail_row r)
{
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    if (r.stamp == 0)
        r.stamp = pail_meta_stamp(m);
    if (r.seen_ns == 0)
        r.seen_ns = (int64_t)r.stamp * 1000;
    assert_ok(pail_meta_put(m, &r, how, &c, &err), &err);
    return c.row.ino;
}

PAIL_UNUSED static uint64_t rig_answer(struct pail_meta *m, uint64_t parent, const char *name,
                                       enum pail_kind kind, const char *etag, uint64_t size)
{
    return rig_put(m, PAIL_PUT_ANSWER, rig_row(parent, name, kind, etag, size, 0));
}

PAIL_UNUSED static uint64_t rig_mkdir(struct pail_meta *m, uint64_t parent, const char *name)
{
    return rig_put(m, PAIL_PUT_CHANGE, rig_row(parent, name, PAIL_KIND_DIR, "", 0, 0));
}

/* "FILE etag size", "DIR", "SYMLINK ...", "NONE", or "" when nothing is known. */
PAIL_UNUSED static const char *rig_show(struct pail_meta *m, uint64_t parent, const char *name)
{
    static const char *const kinds[] = {"NONE", "FILE", "DIR", "SYMLINK"};
    static char text[256];
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    int rc = pail_meta_find(m, parent, pail_str(name), &c, &err);
    if (rc == PAIL_E_FS_NOENT)
        return "";
    assert_ok(rc, &err);
    if (c.row.kind == PAIL_KIND_NONE || c.row.kind == PAIL_KIND_DIR)
        return kinds[c.row.kind];
    snprintf(text, sizeof(text), "%s %.*s %llu", kinds[c.row.kind], PAIL_STR_ARG(c.row.etag),
             (unsigned long long)c.row.size);
    return text;
}

/* The row of ino; its views live until the next call. */
PAIL_UNUSED static struct pail_row rig_get(struct pail_meta *m, uint64_t ino)
{
    static struct pail_row_copy c;
    static bool ready;
    struct pail_error err = PAIL_ERROR_INIT;
    if (!ready)
        pail_row_copy_init(&c);
    ready = true;
    assert_ok(pail_meta_get(m, ino, &c, &err), &err);
    return c.row;
}

PAIL_UNUSED static int rig_join_name(void *ud, const struct pail_row *row)
{
    struct pail_buf *b = ud;
    if (b->len)
        pail_buf_char(b, ' ');
    pail_buf_str(b, row->name);
    return 0;
}

/* "a b c" */
PAIL_UNUSED static const char *rig_children(struct pail_meta *m, uint64_t dir)
{
    static char text[4096];
    struct pail_error err = PAIL_ERROR_INIT;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf b = PAIL_BUF_INIT(sizeof(text) - 1);
    assert_ok(pail_meta_children(m, dir, PAIL_STR(""), 1000, rig_join_name, &b, &err), &err);
    snprintf(text, sizeof(text), "%s", pail_buf_cstr(&b));
    return text;
}

#endif
