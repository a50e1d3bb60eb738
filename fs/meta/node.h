/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/node.h - inside fs/meta: one row of the table nodes, read and written, and counted.
 *
 * A node is a pail_row plus what only fs/meta needs. Its views point into SQLite (just read), into
 * a caller's row, or into the node's own copy. The lock of meta is held in every call.
 */
#ifndef PAIL_META_NODE_H
#define PAIL_META_NODE_H

#include "meta/db.h"

struct pail_node {
    struct pail_row row;   /* row.listed_ns is 0 when the listing does not count any more */
    uint64_t listed_stamp; /* of the last complete listing: an older answer knows nothing of names
                              it left out */
    uint64_t moved; /* directories: stamp of the last move; an older answer was about other keys */
    bool mtime_guessed; /* ours, until S3 tells its own */
    bool forgot;        /* its attributes are shown as unknown, and are to be written so */
};

/* A node with its own text. */
struct pail_node_copy {
    struct pail_node node;
    struct pail_row_copy text;
};
void pail_node_copy_init(struct pail_node_copy *c);
void pail_node_copy_done(struct pail_node_copy *c);
PAIL_CHECK int pail_node_copy_set(struct pail_node_copy *c, const struct pail_node *n,
                                  struct pail_error *err);

/* The row a statement stands on; s selects PAIL_NODE_COLUMNS. */
void pail_node_read(struct pail_meta *m, sqlite3_stmt *s, struct pail_node *ret);
/* 1: found; 0: there is none. */
PAIL_CHECK int pail_node_find_locked(struct pail_meta *m, uint64_t parent, struct pail_str name,
                                     struct pail_node_copy *ret, struct pail_error *err);
PAIL_CHECK int pail_node_get_locked(struct pail_meta *m, uint64_t ino, struct pail_node_copy *ret,
                                    struct pail_error *err);
/* before: the row as it is, NULL: there is none. Row and counters; n's parent and name are those of
 * before. */
PAIL_CHECK int pail_node_put_locked(struct pail_meta *m, const struct pail_node *before,
                                    const struct pail_node *n, struct pail_error *err);
PAIL_CHECK int pail_node_delete_locked(struct pail_meta *m, const struct pail_node *n,
                                       struct pail_error *err);
/* What callers are shown of n: what was seen before the last loss is unseen. */
void pail_node_publish(const struct pail_meta *m, struct pail_node *n);

/* Was an answer of that stamp about dir asked for before dir, or a directory above it, moved? */
PAIL_CHECK int pail_node_moved_since_locked(struct pail_meta *m, uint64_t dir, uint64_t stamp,
                                            bool *ret, struct pail_error *err);

/* Is the listing about what the directory is now, or did that move, or a later listing end? dir's
 * row goes to *ret_dir. (listing.c) */
PAIL_CHECK int pail_meta_listing_is_news_locked(struct pail_meta *m,
                                                const struct pail_meta_listing *l,
                                                struct pail_node_copy *ret_dir, bool *ret,
                                                struct pail_error *err);

static inline uint64_t pail_node_new_ino_locked(struct pail_meta *m)
{
    return m->next_ino++;
}
/* A row that says: absent. */
static inline struct pail_node pail_node_absent(uint64_t parent, struct pail_str name,
                                                uint64_t stamp, int64_t seen_ns)
{
    struct pail_node n = {0};
    n.row.parent = parent;
    n.row.name = name;
    n.row.kind = PAIL_KIND_NONE;
    n.row.stamp = stamp;
    n.row.seen_ns = seen_ns;
    return n;
}

#endif
