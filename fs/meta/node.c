/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/node.c - one row of the table nodes.
 *
 * Every change of that table goes through put and delete here, which keep the counters of
 * pail_meta_usage: they are told the row before and after. The two exceptions change nothing that
 * is counted: touching rows a listing found unchanged, and expiring rows.
 */
#include "meta/node.h"

#include "base/clock.h"

#define FLAG_MTIME_GUESSED (1u << 31) /* in the column flags, beside PAIL_ROW_* */
#define DEPTH_MAX 4096

void pail_node_copy_init(struct pail_node_copy *c)
{
    memset(&c->node, 0, sizeof(c->node));
    pail_row_copy_init(&c->text);
}

void pail_node_copy_done(struct pail_node_copy *c)
{
    pail_row_copy_done(&c->text);
}

int pail_node_copy_set(struct pail_node_copy *c, const struct pail_node *n, struct pail_error *err)
{
    int rc = pail_row_copy_set(&c->text, &n->row, err);
    if (rc < 0)
        return rc;
    c->node = *n;
    c->node.row = c->text.row;
    return 0;
}

/* ---- Columns --------------------------------------------------------------------------------- */

void pail_node_publish(const struct pail_meta *m, struct pail_node *n)
{
    n->forgot = false;
    if (n->row.stamp < m->trust) {
        /* Nothing would tell a later change of attributes that was forgotten: Last-Modified is not
         * known, or the change came within the same second. */
        if (n->mtime_guessed || n->row.seen_ns - n->row.mtime_ns < 2 * PAIL_NS_PER_S) {
            n->forgot = n->row.attrs.len > 0;
            n->row.attr_etag = PAIL_STR("");
            n->row.attrs = pail_strn(NULL, 0);
        }
        n->row.seen_ns = 0;
    }
    if (n->listed_stamp < m->trust)
        n->row.listed_ns = 0;
}

void pail_node_read(struct pail_meta *m, sqlite3_stmt *s, struct pail_node *ret)
{
    struct pail_row *r = &ret->row;
    r->parent = (uint64_t)sqlite3_column_int64(s, 0);
    r->name = pail_column_str(s, 1);
    r->ino = (uint64_t)sqlite3_column_int64(s, 2); /* NULL is 0 */
    r->kind = (enum pail_kind)sqlite3_column_int(s, 3);
    r->stamp = (uint64_t)sqlite3_column_int64(s, 4);
    r->seen_ns = sqlite3_column_int64(s, 5);
    r->size = (uint64_t)sqlite3_column_int64(s, 6);
    r->mtime_ns = sqlite3_column_int64(s, 7);
    r->etag = pail_column_str(s, 8);
    uint32_t flags = (uint32_t)sqlite3_column_int64(s, 9);
    r->flags = flags & ~FLAG_MTIME_GUESSED;
    ret->mtime_guessed = (flags & FLAG_MTIME_GUESSED) != 0;
    r->attr_etag = pail_column_str(s, 10);
    if (!r->attr_etag.ptr)
        r->attr_etag = r->etag;
    r->attrs = pail_column_str(s, 11);
    r->version_id = pail_column_str(s, 12);
    r->raw = pail_column_str(s, 13);
    r->listed_ns = sqlite3_column_int64(s, 14);
    ret->listed_stamp = (uint64_t)sqlite3_column_int64(s, 15);
    ret->moved = (uint64_t)sqlite3_column_int64(s, 16);
    pail_node_publish(m, ret);
}

static void bind_or_null(sqlite3_stmt *s, int at, struct pail_str v)
{
    if (v.len)
        pail_bind_str(s, at, v);
    else
        pail_bind_null(s, at);
}

static void bind_or_zero(sqlite3_stmt *s, int at, uint64_t v)
{
    if (v)
        pail_bind_u64(s, at, v);
    else
        pail_bind_null(s, at);
}

static void bind_node(sqlite3_stmt *s, const struct pail_node *n)
{
    const struct pail_row *r = &n->row;
    pail_bind_u64(s, 1, r->parent);
    pail_bind_str(s, 2, r->name);
    bind_or_zero(s, 3, r->ino);
    pail_bind_i64(s, 4, r->kind);
    pail_bind_u64(s, 5, r->stamp);
    pail_bind_i64(s, 6, r->seen_ns);
    pail_bind_u64(s, 7, r->size);
    pail_bind_i64(s, 8, r->mtime_ns);
    pail_bind_str(s, 9, r->etag);
    pail_bind_i64(s, 10, r->flags | (n->mtime_guessed ? FLAG_MTIME_GUESSED : 0));
    if (pail_str_eq(r->attr_etag, r->etag))
        pail_bind_null(s, 11);
    else
        pail_bind_str(s, 11, r->attr_etag);
    bind_or_null(s, 12, r->attrs);
    bind_or_null(s, 13, r->version_id);
    if (r->raw.ptr) /* "" is a key component too: between two slashes */
        pail_bind_str(s, 14, r->raw);
    else
        pail_bind_null(s, 14);
    bind_or_zero(s, 15, (uint64_t)r->listed_ns);
    bind_or_zero(s, 16, n->listed_stamp);
    bind_or_zero(s, 17, n->moved);
}

/* ---- Counters -------------------------------------------------------------------------------- */

static void count(struct pail_meta_counts *c, const struct pail_node *n, uint64_t step)
{
    switch (n->row.kind) {
    case PAIL_KIND_NONE:
        break;
    case PAIL_KIND_DIR:
        c->dirs += step;
        if (n->row.listed_ns)
            c->listed += step;
        break;
    case PAIL_KIND_FILE:
    case PAIL_KIND_SYMLINK:
        c->files += step;
        c->bytes += step * n->row.size; /* wraps back for a step of -1 */
        break;
    }
}

/* ---- Reading and writing --------------------------------------------------------------------- */

static int read_one(struct pail_meta *m, sqlite3_stmt *s, struct pail_node_copy *ret,
                    struct pail_error *err)
{
    int rc = pail_stmt_step(m, s, err);
    if (rc > 0) {
        struct pail_node n;
        pail_node_read(m, s, &n);
        rc = pail_node_copy_set(ret, &n, err);
        if (rc == 0)
            rc = 1;
    }
    pail_stmt_reset(s);
    return rc;
}

int pail_node_find_locked(struct pail_meta *m, uint64_t parent, struct pail_str name,
                          struct pail_node_copy *ret, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_FIND);
    pail_bind_u64(s, 1, parent);
    pail_bind_str(s, 2, name);
    return read_one(m, s, ret, err);
}

int pail_node_get_locked(struct pail_meta *m, uint64_t ino, struct pail_node_copy *ret,
                         struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_GET);
    pail_bind_u64(s, 1, ino);
    return read_one(m, s, ret, err);
}

int pail_node_put_locked(struct pail_meta *m, const struct pail_node *before,
                         const struct pail_node *n, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, before ? PAIL_STMT_REPLACE : PAIL_STMT_INSERT);
    bind_node(s, n);
    int rc = pail_stmt_run(m, s, err);
    if (rc < 0)
        return rc;
    if (before)
        count(&m->counts, before, UINT64_MAX);
    count(&m->counts, n, 1);
    return 0;
}

int pail_node_delete_locked(struct pail_meta *m, const struct pail_node *n, struct pail_error *err)
{
    sqlite3_stmt *s = pail_stmt(m, PAIL_STMT_DELETE);
    pail_bind_u64(s, 1, n->row.parent);
    pail_bind_str(s, 2, n->row.name);
    int rc = pail_stmt_run(m, s, err);
    if (rc == 0)
        count(&m->counts, n, UINT64_MAX);
    return rc;
}

int pail_node_moved_since_locked(struct pail_meta *m, uint64_t dir, uint64_t stamp, bool *ret,
                                 struct pail_error *err)
{
    *ret = false;
    if (PAIL_LIKELY(m->last_move < stamp))
        return 0;
    for (unsigned depth = 0; dir && depth < DEPTH_MAX; depth++) {
        PAIL_STMT(s, m, PAIL_STMT_GET);
        pail_bind_u64(s, 1, dir);
        int rc = pail_stmt_step(m, s, err);
        if (rc < 0)
            return rc;
        if (rc == 0)
            return 0;
        struct pail_node n;
        pail_node_read(m, s, &n);
        if (n.moved > stamp) {
            *ret = true;
            return 0;
        }
        dir = n.row.parent;
    }
    return 0;
}
