/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/core.h - inside the file system: its state, and what its files offer each other. Each group
 * says which file it is in.
 */
#ifndef PAIL_CORE_CORE_H
#define PAIL_CORE_CORE_H

#include <fcntl.h>
#include <stdatomic.h>

#include "cache/reader.h"
#include "core/errno.h"
#include "core/fs.h"
#include "core/node.h"
#include "meta/meta.h"
#include "sync/lister.h"
#include "write/draft.h"
#include "write/queue.h"

#define PAIL_KEY_MAX 1024 /* bytes; S3's */
#define PAIL_NAME_MAX 255
#define PAIL_TARGET_MAX 4095

struct pail_volumes {
    struct pail_mutex lock; /* PAIL_RANK_FS */
    struct pail_cond changed;
    struct pail_list list; /* by age */
    bool probing;
};
struct pail_notifier;
struct pail_last_errors {
    struct pail_mutex lock; /* PAIL_RANK_LEAF */
    struct pail_list list;  /* oldest first */
    size_t n;
};

struct pail_fs {
    struct {                        /* set before the first operation */
        struct pail_fs_options opt; /* its strings are the copies below */
        char *bucket, *prefix, *state_dir, *cache_dir, *staging_dir;
        uint64_t part_size;
        int64_t born_ns; /* the time of what bears none */
        struct pail_s3 *s3;
        struct pail_meta *meta;
        struct pail_cache *cache;
        struct pail_writer *writer;
        struct pail_queue *queue;
        struct pail_lister lister;
        struct pail_notifier *notifier;
        struct pail_volume *volume; /* NULL: all buckets */
        char aside[512];            /* a database that was set aside at mount, or "" */
    } fixed;
    struct pail_volumes volumes;
    struct pail_tree tree;
    struct pail_last_errors errors;
    struct {
        _Atomic uint64_t handles, saved;
    } stat;
};

/* err is never NULL behind this. */
#define PAIL_OP_ERROR(err)                                                                         \
    struct pail_error op_error_ = PAIL_ERROR_INIT;                                                 \
    if (!(err))                                                                                    \
    (err) = &op_error_

/* ---- volume.c -------------------------------------------------------------------------------- */

/* The volume of a bucket, made on demand, alive as long as fs. */
PAIL_CHECK int pail_volume_get(struct pail_fs *fs, struct pail_str bucket, struct pail_volume **ret,
                               struct pail_error *err);
/* Before a change: what the endpoint can do is known. Where these credentials may not find out,
 * conditions are replaced by looking; what is wrong with the network or the service is returned, so
 * that nothing is written unconditionally that need not be. */
PAIL_CHECK int pail_volume_ready(struct pail_fs *fs, struct pail_volume *v, struct pail_error *err);
void pail_volumes_free(struct pail_fs *fs);
void pail_volumes_status(struct pail_fs *fs, struct pail_buf *to);

/* ---- key.c ----------------------------------------------------------------------------------- */

/* Appends the node's key; directories end in '/', a volume's root is its prefix. */
void pail_node_key_locked(const struct pail_node *n, struct pail_buf *to);
PAIL_CHECK int pail_node_key(struct pail_fs *fs, const struct pail_node *n, struct pail_buf *to,
                             struct pail_error *err);
/* The root of what is mounted, or of a bucket. */
bool pail_node_is_top(const struct pail_node *n);
/* What a name means as part of a key. component: filled when it differs from the name. */
struct pail_component {
    struct pail_buf text;
    bool differs, hashed, shadowed, invalid;
};
void pail_component_of(struct pail_str name, struct pail_component *ret);
static inline struct pail_str pail_component_raw(const struct pail_component *c,
                                                 struct pail_str name)
{
    return c->differs ? pail_strn(c->text.len ? c->text.ptr : "", c->text.len) : name;
}
/* May a new object be called that? PAIL_E_FS_INVAL, _NAMETOOLONG (also of the whole key), _ROFS,
 * _PERM above the buckets. *key gets the key of the name in dir, with '/' when is_dir. */
PAIL_CHECK int pail_key_for_new(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                                bool is_dir, struct pail_component *comp, struct pail_buf *key,
                                struct pail_error *err);
/* May something be changed? Not in a read-only mount, nor while the journal says what is over. */
PAIL_CHECK int pail_check_writable(struct pail_fs *fs, struct pail_error *err);

/* ---- notify.c -------------------------------------------------------------------------------- */

PAIL_CHECK int pail_notifier_new(const struct pail_fs_notify *to, struct pail_notifier **ret,
                                 struct pail_error *err);
void pail_notifier_free(struct pail_notifier *n); /* delivers what is queued; NULL is fine */
/* Any lock may be held but leaves. */
void pail_notify_entry(struct pail_notifier *n, uint64_t parent, struct pail_str name);
void pail_notify_inode(struct pail_notifier *n, uint64_t ino, bool data);

/* ---- lasterror.c ----------------------------------------------------------------------------- */

void pail_last_errors_init(struct pail_last_errors *l);
void pail_last_errors_done(struct pail_last_errors *l);
/* Remembers err when it came from S3 or the network, or is a refusal because of what S3 has.
 * Returns rc. */
int pail_note(struct pail_fs *fs, uint64_t ino, const char *operation, int rc,
              const struct pail_error *err);
/* Appends the text; false: none. */
bool pail_last_error(struct pail_fs *fs, uint64_t ino, struct pail_buf *to);
void pail_last_errors_status(struct pail_fs *fs, struct pail_buf *to);

/* ---- resolve.c ------------------------------------------------------------------------------- */

/* How much longer what was seen then is taken for granted; 0: it is not. */
int64_t pail_fresh_left(const struct pail_fs *fs, int64_t seen_ns);
enum pail_resolve_how {
    PAIL_RESOLVE_ASK,   /* S3 where it must be */
    PAIL_RESOLVE_KNOWN, /* what is not known counts as absent; only what was there is asked for */
};
/* What (dir, name) means: *ret referenced, or NULL when it is absent, for another *ret_left (may be
 * NULL). */
PAIL_CHECK int pail_resolve(struct pail_fs *fs, struct pail_node *dir, struct pail_str name,
                            enum pail_resolve_how how, struct pail_node **ret, int64_t *ret_left,
                            struct pail_error *err);
/* Is the last complete listing of dir fresh? */
bool pail_dir_fresh(struct pail_fs *fs, struct pail_node *dir, int64_t *ret_left);
/* Lists dir, or waits for who does. */
PAIL_CHECK int pail_dir_list(struct pail_fs *fs, struct pail_node *dir, struct pail_error *err);
/* The listing itself, without the mark. */
PAIL_CHECK int pail_dir_list_with(struct pail_fs *fs, struct pail_node *dir,
                                  const struct pail_lister *lister, struct pail_error *err);
/* What is known of dir's names does not count any more. */
void pail_dir_forget(struct pail_fs *fs, struct pail_node *dir);
/* The same after a change in dir that failed in a way that leaves open whether it was carried out.
 */
void pail_dir_doubt(struct pail_fs *fs, struct pail_node *dir, int rc,
                    const struct pail_error *err);
/* The answer of HEAD becomes the node's row. PAIL_E_FS_NOENT: it is gone, and so is the name. */
PAIL_CHECK int pail_node_refresh(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);
/* The node's attributes, as far as the mount's rules let us ask for them; ALWAYS: wherever they are
 * unknown. */
enum pail_ask { PAIL_ASK_LOOKUP, PAIL_ASK_STAT, PAIL_ASK_ALWAYS };
PAIL_CHECK int pail_node_attributes(struct pail_fs *fs, struct pail_node *n, enum pail_ask ask,
                                    struct pail_error *err);
/* Must unknown attributes of files in dir be asked for before they are given out? */
bool pail_dir_asks_locked(const struct pail_fs *fs, const struct pail_node *dir);
/* Is there a marker to be asked for n's attributes? */
bool pail_dir_marker_asks_locked(const struct pail_fs *fs, const struct pail_node *n,
                                 enum pail_ask ask);
/* For the lister. */
void pail_resolve_changed(void *fs, const struct pail_row *before, enum pail_kind kind_now);
bool pail_resolve_is_current(void *fs, uint64_t ino, struct pail_str key);

/* ---- attr.c ---------------------------------------------------------------------------------- */

void pail_node_attr_locked(const struct pail_fs *fs, const struct pail_node *n,
                           struct pail_fs_attr *ret);
/* Fills an entry; look: takes a look-up. */
void pail_node_entry(struct pail_fs *fs, struct pail_node *n, bool look, struct pail_fs_entry *ret);
/* Attributes of something new of ours. */
void pail_attrs_new(const struct pail_fs *fs, const struct pail_fs_ctx *ctx,
                    uint32_t mode_with_type, struct pail_attrs *ret);

/* ---- put.c, copy.c: single requests with their conditions ------------------------------------ */

struct pail_put_small {
    struct pail_volume *volume;
    struct pail_str key, body;
    const struct pail_s3_attributes *attributes;
    bool absent;           /* PAIL_E_FS_EXIST when there is something */
    struct pail_str match; /* PAIL_E_FS_STALE when it is another version */
};
/* Blocks. Lost replies are settled by looking. */
PAIL_CHECK int pail_put_small(struct pail_fs *fs, const struct pail_put_small *p,
                              struct pail_s3_put_result *ret, struct pail_error *err);
/* Does any key begin with prefix, other than `except`? */
PAIL_CHECK int pail_any_below(struct pail_fs *fs, struct pail_volume *v, struct pail_str prefix,
                              struct pail_str except, bool *ret, struct pail_error *err);
/* The request may have been carried out all the same. */
static inline bool pail_uncertain(int rc, const struct pail_error *err)
{
    return rc && (err->retry != PAIL_RETRY_NEVER || err->domain == PAIL_D_NET ||
                  err->code == PAIL_E_DEADLINE);
}
/* PAIL_E_NOT_FOUND: there is none. */
PAIL_CHECK int pail_head(struct pail_volume *v, struct pail_str key, struct pail_s3_object *ret,
                         struct pail_error *err);

struct pail_copy {
    struct pail_volume *volume;
    struct pail_str from, to;         /* keys */
    struct pail_str etag, version_id; /* the version to copy; etag empty: whatever is there */
    uint64_t size;
    bool absent;                              /* PAIL_E_FS_EXIST when there is something at `to` */
    const struct pail_s3_attributes *replace; /* NULL: the source's are kept */
};
/* Blocks. PAIL_E_FS_STALE: the source is another version, PAIL_E_NOT_FOUND: it is gone. */
PAIL_CHECK int pail_copy_object(struct pail_fs *fs, const struct pail_copy *c,
                                struct pail_s3_put_result *ret, struct pail_error *err);

/* ---- commit.c -------------------------------------------------------------------------------- */

/* A change under way on this thread, with one or two claims. body is run when its turn has come; it
 * sets again when what was claimed is not what it needs any more. */
struct pail_claimed {
    struct pail_change change;
    struct pail_fs *fs;
    int (*body)(struct pail_claimed *c, struct pail_error *err);
    void *ud;
    bool again;
};
PAIL_CHECK int pail_claimed_run(struct pail_claimed *c, struct pail_error *err);
void pail_claim(struct pail_claimed *c, const struct pail_volume *v, struct pail_str key,
                bool prefix);

/* How an object is to be written: conditions, attributes as headers. */
struct pail_prepared {
    struct pail_attrs attrs;
    struct pail_attrs_headers headers;
    bool has_headers;
    char *etag;
    struct pail_commit_args args; /* but the key */
    uint64_t changes;
};
PAIL_CHECK int pail_prepare(struct pail_fs *fs, struct pail_node *n, bool target,
                            struct pail_prepared *p, struct pail_error *err);
void pail_prepared_done(struct pail_prepared *p);
/* Tells a node's draft how to commit by itself. The caller uses n. */
PAIL_CHECK int pail_commit_target(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);
/* A version of n that we made: node and SQLite learn it. attrs: what it bears. */
PAIL_CHECK int pail_commit_record(struct pail_fs *fs, struct pail_node *n,
                                  const struct pail_s3_put_result *put, uint64_t size,
                                  int64_t mtime_ns, const struct pail_attrs *attrs,
                                  uint64_t changes, struct pail_error *err);
/* New attributes of the same content (or the same content elsewhere). attrs NULL: they are not
 * known. */
PAIL_CHECK int pail_record_attrs(struct pail_fs *fs, struct pail_node *n,
                                 const struct pail_s3_put_result *put,
                                 const struct pail_attrs *attrs, uint64_t changes,
                                 struct pail_error *err);
/* Everything of n that is pending is in S3 when this returns 0. */
PAIL_CHECK int pail_commit(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);
/* The same, by who has claimed n's key. No effect on a node that is busy or moves: not called by
 * who made it so. */
PAIL_CHECK int pail_commit_claimed(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                                   struct pail_error *err);
/* The same, by who has n busy. */
PAIL_CHECK int pail_commit_busy(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                                struct pail_error *err);
/* All drafts of n and below (NULL: all there are); the first error, after all were tried. */
PAIL_CHECK int pail_commit_all(struct pail_fs *fs, struct pail_node *below, struct pail_error *err);
/* A draft that was completed by itself in the middle of writing: its version is recorded. The
 * caller uses n. */
PAIL_CHECK int pail_commit_rebased(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);

/* ---- pending.c ------------------------------------------------------------------------------- */

/* The node's draft, made where there is none; empty: without the content. The caller uses n.
 * PAIL_E_FS_STALE: somebody else's version was seen since h was opened (NULL: not through a
 * handle).
 */
PAIL_CHECK int pail_pending_draft(struct pail_fs *fs, struct pail_node *n,
                                  const struct pail_fs_handle *h, bool empty,
                                  struct pail_draft **ret, struct pail_error *err);
/* When nobody has n open any more the draft goes; what could not be committed is saved to
 * lost+found. discard: when nobody has it open for writing it goes and is not saved, because nobody
 * was told that it is safe. */
void pail_pending_settle(struct pail_fs *fs, struct pail_node *n, bool discard);
/* The object is about to go: for who has it open, its content is brought here. n is busy. */
PAIL_CHECK int pail_pending_detach(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);
/* It is gone: what is written by who cannot read goes nowhere. n is busy. */
void pail_pending_abandon(struct pail_fs *fs, struct pail_node *n);

/* ---- salvage.c ------------------------------------------------------------------------------- */

/* Content that S3 would not take becomes a file in state_dir/lost+found, with a note. */
PAIL_CHECK int pail_salvage(struct pail_fs *fs, struct pail_node *n, struct pail_error *err);

/* ---- setattr.c ------------------------------------------------------------------------------- */

/* Changes n's attributes by change(ud, attrs), which says whether anything is different: folded
 * into what is pending, else done at once. */
typedef int pail_change_attrs_fn(void *ud, struct pail_attrs *attrs, bool *ret_changed,
                                 struct pail_error *err);
PAIL_CHECK int pail_change_attrs(struct pail_fs *fs, struct pail_node *n,
                                 pail_change_attrs_fn *change, void *ud, struct pail_error *err);
/* Sends n's attributes as they are to be. The caller has claimed the key. */
PAIL_CHECK int pail_send_attrs(struct pail_fs *fs, struct pail_node *n, struct pail_str key,
                               struct pail_error *err);

/* ---- remove.c -------------------------------------------------------------------------------- */

/* Sees to it that dir goes on existing when it is, or is about to be, without entries (`leaving` is
 * about to go; may be empty). Logs what fails. */
void pail_keep_directory(struct pail_fs *fs, struct pail_node *dir, struct pail_str leaving);
/* A marker object, for a name that has none (absent) or this version (match). */
PAIL_CHECK int pail_put_marker(struct pail_fs *fs, struct pail_volume *v, struct pail_str key,
                               const struct pail_attrs *attrs, struct pail_str match, bool absent,
                               struct pail_s3_put_result *ret, struct pail_error *err);
PAIL_CHECK int pail_delete_object(struct pail_fs *fs, struct pail_volume *v, struct pail_str key,
                                  struct pail_str etag, struct pail_error *err);
/* What is below n waits with new names and changes of content until it is off again. */
void pail_node_moving(struct pail_fs *fs, struct pail_node *n, bool on);
/* PAIL_E_FS_NOTEMPTY when something is in dir, by memory or by asking. */
PAIL_CHECK int pail_dir_must_be_empty(struct pail_fs *fs, struct pail_node *dir,
                                      struct pail_str key, struct pail_error *err);

/* ---- rename.c, rename_tree.c, replay.c ------------------------------------------------------- */

/* One end of a rename. */
struct pail_rename_end {
    struct pail_node *dir;
    struct pail_str name;
    struct pail_str raw; /* ptr NULL: the name */
    struct pail_buf key;
    char *spare_name, *spare_raw; /* for the node, made before anything is done */
};
enum { PAIL_FROM, PAIL_TO };
struct pail_rename {
    struct pail_claimed claimed;
    struct pail_fs *fs;
    struct pail_node *node, *target; /* referenced; target may be NULL */
    struct pail_rename_end end[2];
    struct pail_hold holds[2];
    bool absent; /* RENAME_NOREPLACE */
    bool kept;   /* out: something is left under the old name, and is not ours */
    uint64_t journal;
};
/* Bodies of the change; both keys (of trees: prefixes) are claimed, nodes and keys still fit each
 * other. */
PAIL_CHECK int pail_rename_file(struct pail_rename *r, struct pail_error *err);
PAIL_CHECK int pail_rename_tree(struct pail_rename *r, struct pail_error *err);
/* The node gets the name of that end, in the table and in SQLite. What had it is gone. */
void pail_rename_switch(struct pail_rename *r, int end);
PAIL_CHECK int pail_rename_journal(struct pail_rename *r, struct pail_str etag,
                                   struct pail_str version_id, struct pail_str replaced,
                                   struct pail_error *err);
void pail_rename_journal_done(struct pail_rename *r);

/* ---- copies.c: many copies at once ----------------------------------------------------------- */

struct pail_copied {
    struct pail_copied *next; /* in key order */
    size_t key_len, etag_len;
    uint64_t size;
    bool gone;                      /* the source went before it was copied */
    struct pail_s3_put_result *put; /* NULL: the copy has the source's ETag and no version id */
    char text[];                    /* key, etag */
};
struct pail_copies; /* a tree's copies under way */
PAIL_CHECK int pail_copies_new(struct pail_fs *fs, struct pail_volume *v, struct pail_str from,
                               struct pail_str to, struct pail_copies **ret,
                               struct pail_error *err);
/* Waits for those under way. */
void pail_copies_free(struct pail_copies *c);
/* Starts one; waits while 32 are under way. The first failure of any of them. */
PAIL_CHECK int pail_copies_add(struct pail_copies *c, const struct pail_s3_entry *source,
                               struct pail_error *err);
PAIL_CHECK int pail_copies_wait(struct pail_copies *c, struct pail_error *err);
const struct pail_copied *pail_copies_list(const struct pail_copies *c);
/* Deletes keys, 1,000 a request; the first failure. */
struct pail_key_list {
    struct pail_buf text;
    size_t *ends, n, cap;
};
void pail_key_list_init(struct pail_key_list *l);
void pail_key_list_done(struct pail_key_list *l);
PAIL_CHECK int pail_key_list_add(struct pail_key_list *l, struct pail_str prefix,
                                 struct pail_str rest, struct pail_error *err);
PAIL_CHECK int pail_delete_keys(struct pail_fs *fs, struct pail_volume *v,
                                const struct pail_key_list *l, struct pail_error *err);

/* Gives what a crash left to the executor. */
PAIL_CHECK int pail_replay_start(struct pail_fs *fs, struct pail_error *err);

/* ---- open.c, read.c -------------------------------------------------------------------------- */

/* Reads that were parked at a node (pail_node.parked, taken off it) go on. */
void pail_reads_resume(struct pail_list *parked);
/* A reader in use: closed when it is no longer current and nobody reads through it. */
struct pail_slot {
    struct pail_list link; /* handle->old */
    struct pail_reader *reader;
    unsigned reads;
    uint64_t gen; /* the node's content_gen it belongs to */
};
struct pail_fs_handle {
    struct pail_list link; /* node->handles */
    struct pail_fs *fs;
    struct pail_node *node; /* referenced */
    int flags;
    bool reads, writes, append, direct;
    uint64_t others;        /* of the node when it was opened */
    struct pail_mutex lock; /* PAIL_RANK_HANDLE */
    struct pail_slot *slot; /* under lock, as are its fields */
    struct pail_list old;
};
PAIL_CHECK int pail_handle_new(struct pail_fs *fs, struct pail_node *n, int flags,
                               struct pail_fs_handle **ret, struct pail_error *err);
/* Without commits: closes readers, gives the node back. */
void pail_handle_free(struct pail_fs_handle *h);
/* Opens an existing node. */
PAIL_CHECK int pail_open_node(struct pail_fs *fs, struct pail_node *n, int flags,
                              struct pail_fs_open_result *ret, struct pail_error *err);
/* Takes the reader over, also on failure. */
PAIL_CHECK int pail_handle_set_reader(struct pail_fs_handle *h, struct pail_reader *take_reader,
                                      uint64_t gen, struct pail_error *err);

#endif
