/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/node.h - the node table: every file and directory that somebody holds at the moment.
 *
 * One lock (tree.lock) over all nodes, their names, rows and marks; held for a few look-ups, never
 * across I/O. A node lives while the kernel counts look-ups on it or somebody in here holds a
 * reference (handles, child nodes and calls under way do). SQLite has everything else.
 *
 * Two marks keep threads apart without a lock held across a wait; both are waited for on
 * tree.changed: users  calls that use the node's draft at the moment (write, read, commit): shared
 *   busy   whoever lists, replaces, moves or removes what the node stands for: exclusive, waits for
 * the users to go Who needs a claim of the change queue as well takes the claim first.
 */
#ifndef PAIL_CORE_NODE_H
#define PAIL_CORE_NODE_H

#include "base/list.h"
#include "base/thread.h"
#include "core/fs.h"
#include "meta/meta.h"
#include "sync/attrs.h"
#include "write/draft.h"

/* What S3 said of a node: the row, and its attributes unpacked. */
struct pail_known {
    struct pail_row_copy row;
    struct pail_attrs attrs;
    bool has_attrs; /* they belong to the row's version */
};
void pail_known_init(struct pail_known *k);
void pail_known_done(struct pail_known *k);
PAIL_CHECK int pail_known_set(struct pail_known *k, const struct pail_row *row,
                              struct pail_error *err);

/* What we changed and S3 does not have yet. */
struct pail_pending {
    struct pail_draft *draft; /* set once, gone with the last handle; used by who counts in users */
    bool fresh;           /* no version of it is in S3: there is no row, or one that says absent */
    bool exclusive;       /* O_EXCL */
    bool untouched;       /* not written since it was created or truncated by open */
    bool touched;         /* attributes differ from those of the last commit */
    bool late;            /* they were changed when a stream may have had its attributes already */
    bool mtime_set;       /* by utimens, and not written since */
    bool direct;          /* written past the kernel's pages */
    unsigned recording;   /* commits whose version the node does not know yet: the draft counts */
    uint64_t changes;     /* counts attribute changes */
    char *base_etag;      /* If-Match of the commit; NULL: none */
    int64_t opened_at_ns; /* truncated by open at that time, without asking for the version */
    int refused;          /* a commit failed for good: its code */
};

struct pail_node {
    uint64_t ino; /* fixed, as is is_dir */
    bool is_dir;
    /* all below under tree.lock */
    struct pail_list by_ino, by_name; /* hash chains; by_name is by itself when unlinked */
    struct pail_node *parent;         /* referenced; NULL: the root */
    struct pail_volume *volume;       /* NULL: the root above all buckets */
    char *name, *raw;                 /* raw NULL: the key has the name */
    size_t name_len, raw_len;
    enum pail_kind kind;
    uint64_t refs, lookups;
    unsigned users;
    struct pail_list parked; /* reads that wait for users or busy to end: read.c */
    bool unlinked;           /* the name is gone or somebody else's */
    bool busy, moving;
    struct pail_known known;
    struct pail_attrs attrs; /* as they are to be: known.attrs, with what was changed since */
    bool has_attrs;
    /* directories */
    unsigned misses, attr_misses;
    uint64_t listings; /* counts them */
    bool marker_asked;
    struct pail_list fresh_children; /* new files that S3 does not have */
    /* files */
    struct pail_list fresh_link;
    struct pail_list draft_link; /* tree.drafts */
    struct pail_list handles;
    unsigned n_handles, n_writers;
    uint64_t content_gen; /* counts own changes of version or key: readers open again */
    uint64_t others;      /* counts versions that somebody else made */
    char *pages_etag;     /* the version whose pages the kernel has; NULL: none */
    char *link_target;    /* with link_etag: of that version */
    char *link_etag;
    struct pail_pending pending;
};

struct pail_tree {
    struct pail_mutex lock; /* PAIL_RANK_TREE */
    struct pail_cond changed;
    struct pail_list *inos, *names;
    size_t n_buckets, n_nodes, n_escaped;
    uint64_t seed;
    uint64_t epoch;  /* counts changes of rows in SQLite made by changes of ours */
    unsigned moving; /* trees being moved */
    struct pail_list holds;
    struct pail_list drafts;
    struct pail_node *root;
};

struct pail_fs;

/* ---- node.c: the table ----------------------------------------------------------------------- */

PAIL_CHECK int pail_tree_init(struct pail_fs *fs, struct pail_error *err);
/* Also on one that was not initialised (all zero). */
void pail_tree_done(struct pail_fs *fs);
void pail_tree_lock(struct pail_fs *fs);
void pail_tree_unlock(struct pail_fs *fs);

/* Borrowed; NULL when no node is in memory. */
struct pail_node *pail_tree_ino_locked(struct pail_fs *fs, uint64_t ino);
struct pail_node *pail_tree_name_locked(struct pail_fs *fs, const struct pail_node *dir,
                                        struct pail_str name);
void pail_node_unref(struct pail_fs *fs, struct pail_node *n); /* no lock held; NULL is fine */
/* A reference to the node of ino. PAIL_E_FS_STALE: the caller holds no look-up on it. */
PAIL_CHECK int pail_node_get(struct pail_fs *fs, uint64_t ino, struct pail_node **ret,
                             struct pail_error *err);
/* The same; PAIL_E_FS_NOTDIR unless a directory, PAIL_E_FS_NOENT when it was removed. */
PAIL_CHECK int pail_node_get_dir(struct pail_fs *fs, uint64_t ino, struct pail_node **ret,
                                 struct pail_error *err);
uint64_t pail_tree_epoch(struct pail_fs *fs);
/* For known.c. NULL: no memory. */
struct pail_node *pail_node_alloc(uint64_t ino, struct pail_str name);
void pail_node_free(struct pail_node *n);
/* With one reference; dir NULL: the root. */
void pail_node_insert_locked(struct pail_fs *fs, struct pail_node *n, struct pail_node *dir);

/* ---- known.c: rows --------------------------------------------------------------------------- */

/* The node of a row of `dir` that was read after `epoch` was taken: an existing one learns the row.
 * *ret is referenced; NULL when the table moved on meanwhile and the row must be read again. */
PAIL_CHECK int pail_node_intern(struct pail_fs *fs, struct pail_node *dir,
                                const struct pail_row *row, uint64_t epoch, struct pail_node **ret,
                                struct pail_error *err);
/* A new file, not in S3 yet, with the reference of the caller. *ret NULL: the name is taken. Takes
 * draft and attrs over on success. */
PAIL_CHECK int pail_node_create(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                                struct pail_str raw, struct pail_draft *draft,
                                struct pail_attrs *attrs, bool exclusive, struct pail_node **ret,
                                struct pail_error *err);
/* An answer of S3, or what SQLite has: newer rows replace the node's; what is pending stays as it
 * is. */
PAIL_CHECK int pail_node_learn(struct pail_fs *fs, struct pail_node *n, const struct pail_row *row,
                               struct pail_error *err);
/* The node has this row now because we made it so: swaps it in; the attributes become the row's
 * unless they changed after `changes`. */
void pail_node_commit_locked(struct pail_node *n, struct pail_known *take, uint64_t changes);
/* For pail_meta_on_loss; ud: the fs. */
int pail_known_keep(void *ud, struct pail_meta_kept *to, struct pail_error *err);
/* Something of it is not in S3. */
bool pail_node_pending_locked(const struct pail_node *n);
/* The content is the draft's, not that of the version that is known. */
bool pail_node_draft_counts_locked(const struct pail_node *n);
uint64_t pail_node_size_locked(const struct pail_node *n);
static inline struct pail_str pail_node_name(const struct pail_node *n)
{
    return pail_strn(n->name, n->name_len);
}
/* n is dir or below it. */
bool pail_node_below_locked(const struct pail_node *n, const struct pail_node *dir);

/* ---- node.c: names and marks ----------------------------------------------------------------- */

/* The name means nothing or something else from now on. */
void pail_node_drop_name_locked(struct pail_fs *fs, struct pail_node *n);
/* It has another name now; name and raw are taken over (raw may be NULL). */
void pail_node_move_locked(struct pail_fs *fs, struct pail_node *n, struct pail_node *dir,
                           char *take_name, char *take_raw, size_t raw_len);

/* Names that somebody is about to give to something: one at a time. Whoever makes a name (create,
 * mkdir, symlink, both ends of a rename) holds it from before it looks whether it is free until it
 * is done; taken with nothing else held, several at once. While a name is hidden, S3 shows a
 * change that is not finished: it means the node in memory, or nothing. */
struct pail_hold {
    struct pail_list link;
    struct pail_node *dir; /* referenced by the caller */
    struct pail_str name;
    bool hidden;
};
void pail_names_hold(struct pail_fs *fs, struct pail_hold *holds, size_t n);
void pail_names_release(struct pail_fs *fs, struct pail_hold *holds, size_t n);
bool pail_name_hidden_locked(const struct pail_fs *fs, const struct pail_node *dir,
                             struct pail_str name);

/* A copy of the name for messages; no lock held. */
struct pail_label {
    char text[128];
};
const char *pail_label(struct pail_fs *fs, const struct pail_node *n, struct pail_label *to);

/* n, or a directory above it, is being moved or removed. */
bool pail_node_moving_locked(const struct pail_fs *fs, const struct pail_node *n);
void pail_node_use(struct pail_fs *fs, struct pail_node *n);
void pail_node_unuse(struct pail_fs *fs, struct pail_node *n);
void pail_node_busy(struct pail_fs *fs, struct pail_node *n);
void pail_node_idle(struct pail_fs *fs, struct pail_node *n);

#endif
