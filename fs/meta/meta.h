/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/meta.h - what is known, on disk: names, versions, attributes, listings, and what must
 * survive a crash. SQLite is visible only in fs/meta.
 *
 * One database per mount source, in the state directory, over base/file (vfs.c). One connection,
 * one mutex (PAIL_RANK_META); changes go into an open transaction and are visible at once to every
 * later call; a committer thread commits every 200 ms, or when pail_meta_sync asks. WAL, exclusive
 * locking. A committed transaction survives a crash of the process; pail_meta_sync(durable) also a
 * crash of the machine.
 *
 * Races between answers of S3 and changes made meanwhile are settled by stamps: a counter that
 * grows. Whoever asks S3 takes a stamp before the request; whoever changes something stamps the row
 * after it is done. An answer asked for before a row's stamp is old news and is not applied.
 * Absence is a row too (kind NONE), so that a deletion is not undone by a listing that began before
 * it.
 *
 * What a crash left is not taken for fresh: rows may be missing that were acknowledged just before.
 * After a life that did not end with pail_meta_close, and after a commit that the disk refused, all
 * rows show seen_ns 0 and all directories listed_ns 0 until they are asked for again.
 *
 * A database of another schema version or a damaged one is renamed aside (never deleted: it may
 * hold journal rows) and a new one is begun; pail_meta_open's result says so. All calls: any
 * thread, blocking on the disk only.
 */
#ifndef PAIL_META_META_H
#define PAIL_META_META_H

#include <pail/error.h>

#include "base/buf.h"

struct pail_meta;

enum pail_kind {
    PAIL_KIND_NONE, /* known to be absent */
    PAIL_KIND_FILE,
    PAIL_KIND_DIR,
    PAIL_KIND_SYMLINK, /* known from the object's metadata only; until then it is a FILE */
};

#define PAIL_INO_ROOT UINT64_C(1)

struct pail_row {
    uint64_t ino; /* never reused */
    uint64_t parent;
    struct pail_str name; /* as shown */
    struct pail_str raw;  /* as in the key; empty view with ptr NULL: the same as name */
    enum pail_kind kind;
    struct pail_str
        etag; /* with quotes as S3 says; of the marker for directories; empty: none or unknown */
    struct pail_str version_id;
    uint64_t size;
    int64_t mtime_ns; /* S3's Last-Modified */
    int64_t seen_ns;  /* wall clock of the answer this comes from */
    uint64_t stamp;
    /* Attributes out of the object's metadata: packed by sync/attrs.h, opaque here. They belong to
     * the version attr_etag; when it differs from etag they are unknown. */
    struct pail_str attr_etag;
    struct pail_str attrs;
    /* directories */
    int64_t listed_ns; /* wall clock when the last complete listing began; 0: never */
    uint32_t flags;    /* PAIL_ROW_* */
};
#define PAIL_ROW_POSIX_SEEN 1u  /* the last listing's sample bore POSIX metadata */
#define PAIL_ROW_DEFAULTS_OK 2u /* it did not: unknown attributes are the defaults */
#define PAIL_ROW_MARKER 4u      /* directory with a marker object */

/* A row with its own copies of the views. */
struct pail_row_copy {
    struct pail_row row;
    struct pail_buf text;
};
void pail_row_copy_init(struct pail_row_copy *c);
void pail_row_copy_done(struct pail_row_copy *c);
PAIL_CHECK int pail_row_copy_set(struct pail_row_copy *c, const struct pail_row *row,
                                 struct pail_error *err);

struct pail_meta_open_result {
    bool created;   /* nothing was known before */
    bool set_aside; /* an unusable database was renamed to aside */
    char aside[512];
};
/* dir must exist. PAIL_E_FS_BUSY when another process has it open. */
PAIL_CHECK int pail_meta_open(const char *dir, struct pail_meta **ret,
                              struct pail_meta_open_result *result, struct pail_error *err);
/* Commits. NULL is fine. */
void pail_meta_close(struct pail_meta *m);
/* Everything changed before this call is committed; durable: and synced. */
PAIL_CHECK int pail_meta_sync(struct pail_meta *m, bool durable, struct pail_error *err);

/* Wall clock of the last time that changes were forgotten because the disk refused them (0: never).
 * What was seen before it may not be what is known now: absence above all. */
int64_t pail_meta_lost_ns(const struct pail_meta *m);
/* How often that was. Who asks S3 and then looks at the rows compares: when it is another number,
 * what was answered may be forgotten again. */
uint64_t pail_meta_losses(struct pail_meta *m);
/* A change of ours could not be written down: from now on nothing that was seen counts. */
void pail_meta_distrust(struct pail_meta *m);
/* Who holds inode numbers is asked after either, by whoever calls next, with no lock of meta held:
 * fn tells each number by pail_meta_keep with the row that it is to have (kind NONE: it has no name
 * any more, only ino counts). A negative return is passed on to that caller, and fn is asked again.
 * Other calls on rows wait. */
struct pail_meta_kept;
typedef int pail_meta_kept_fn(void *ud, struct pail_meta_kept *to, struct pail_error *err);
void pail_meta_on_loss(struct pail_meta *m, pail_meta_kept_fn *fn, void *ud);
PAIL_CHECK int pail_meta_keep(struct pail_meta_kept *k, const struct pail_row *row,
                              struct pail_error *err);

/* The next stamp. */
uint64_t pail_meta_stamp(struct pail_meta *m);
/* An inode number for a file that S3 does not have yet; given to its row by PAIL_PUT_CHANGE, if
 * ever. */
uint64_t pail_meta_new_ino(struct pail_meta *m);

/* ---- Rows ------------------------------------------------------------------------------------ */

/* PAIL_E_FS_NOENT when nothing is known of that name; kind NONE when it is known to be absent. */
PAIL_CHECK int pail_meta_find(struct pail_meta *m, uint64_t parent, struct pail_str name,
                              struct pail_row_copy *ret, struct pail_error *err);
PAIL_CHECK int pail_meta_get(struct pail_meta *m, uint64_t ino, struct pail_row_copy *ret,
                             struct pail_error *err);
/* A key component that is shown under another name; PAIL_E_FS_NOENT when none. */
PAIL_CHECK int pail_meta_find_raw(struct pail_meta *m, uint64_t parent, struct pail_str raw,
                                  struct pail_row_copy *ret, struct pail_error *err);

enum pail_put {
    PAIL_PUT_ANSWER, /* S3 said so, asked for at row->stamp: ignored where the row is newer; keeps
                        attributes of the same version, listing state of directories, and the ino */
    PAIL_PUT_CHANGE, /* we did it, at row->stamp: always applied, everything given is set; ino 0:
                        keep or allocate */
};
/* row->ino is ignored on ANSWER. *ret (may be NULL) gets the row as it is now (also when an answer
 * was ignored). Replacing a file by a directory or the reverse gives a new ino. PAIL_E_FS_NOENT:
 * the parent is not known (any more). PAIL_E_FS_STALE: an answer about a name without row that was
 * asked for before a directory above it moved: it was about another key; ask again. Of directories,
 * ANSWER tells the marker: with an ETag or PAIL_ROW_MARKER there is one, else there is none. A
 * listing's lines tell nothing of it. The same ETag with another time (of S3's telling) is another
 * version: attributes may have changed. */
PAIL_CHECK int pail_meta_put(struct pail_meta *m, const struct pail_row *row, enum pail_put how,
                             struct pail_row_copy *ret, struct pail_error *err);
/* Set attributes of ino if its etag still is `etag`; attrs NULL: they are unknown from now on. */
PAIL_CHECK int pail_meta_set_attrs(struct pail_meta *m, uint64_t ino, struct pail_str etag,
                                   struct pail_str attrs, struct pail_error *err);
PAIL_CHECK int pail_meta_set_flags(struct pail_meta *m, uint64_t ino, uint32_t set, uint32_t clear,
                                   struct pail_error *err);
/* The name is gone at `stamp`: leaves a row of kind NONE; what was below a directory is forgotten.
 */
PAIL_CHECK int pail_meta_remove(struct pail_meta *m, uint64_t parent, struct pail_str name,
                                uint64_t stamp, struct pail_error *err);
/* ino moves to (parent, name), whatever was there is replaced, its old name becomes absent.
 * Children move with their directory; answers about names below it that were asked for before are
 * dropped. Those delivered while S3 still carried the move out were about half a directory: keep
 * them back, or expire it afterwards. version_id and raw are cleared, as they belong to the old
 * key. */
PAIL_CHECK int pail_meta_move(struct pail_meta *m, uint64_t ino, uint64_t new_parent,
                              struct pail_str new_name, uint64_t stamp, struct pail_error *err);
/* Nothing below dir counts as listed any more, and rows are to be asked for again: for remote
 * invalidation. */
PAIL_CHECK int pail_meta_expire(struct pail_meta *m, uint64_t dir, struct pail_error *err);

/* ---- Listings -------------------------------------------------------------------------------- */

/* One listing of dir: begin, page by page, end. Rows that no page named and that were not changed
 * since begin are removed at a complete end (absent is then what has no row in a listed directory).
 * Several listings of one directory at once: the caller prevents it. changed (may be NULL) is
 * called for each row that was known with another version, size or kind, or that vanished, so that
 * the kernel can be told; no lock of meta is held then, rows are valid during the call.
 * PAIL_E_FS_STALE: pages are forgotten, list again. */
typedef void pail_meta_changed_fn(void *ud, const struct pail_row *before, enum pail_kind kind_now);
struct pail_meta_listing {
    uint64_t dir, stamp, losses;
    int64_t began_ns;
};
PAIL_CHECK int pail_meta_list_begin(struct pail_meta *m, uint64_t dir, int64_t now_wall_ns,
                                    struct pail_meta_listing *ret, struct pail_error *err);
PAIL_CHECK int pail_meta_list_page(struct pail_meta *m, const struct pail_meta_listing *l,
                                   const struct pail_row *rows, size_t n,
                                   pail_meta_changed_fn *changed, void *ud, struct pail_error *err);
PAIL_CHECK int pail_meta_list_end(struct pail_meta *m, const struct pail_meta_listing *l,
                                  uint32_t flags_set, uint32_t flags_clear,
                                  pail_meta_changed_fn *changed, void *ud, struct pail_error *err);

/* Children of dir after `after` (empty: from the start) in byte order of names, absent ones left
 * out: up to max rows, each passed to `each` under the lock of meta: copy and return; a positive
 * return stops early, a negative one ends with that error. */
PAIL_CHECK int pail_meta_children(struct pail_meta *m, uint64_t dir, struct pail_str after,
                                  size_t max, int (*each)(void *ud, const struct pail_row *row),
                                  void *ud, struct pail_error *err);
/* Is anything known below dir (kind not NONE)? */
PAIL_CHECK int pail_meta_has_children(struct pail_meta *m, uint64_t dir, bool *ret,
                                      struct pail_error *err);
/* Files of dir whose attributes are unknown (attr_etag differs from etag), up to max. */
PAIL_CHECK int pail_meta_unknown_attrs(struct pail_meta *m, uint64_t dir, struct pail_str after,
                                       size_t max,
                                       int (*each)(void *ud, const struct pail_row *row), void *ud,
                                       struct pail_error *err);

struct pail_meta_usage {
    uint64_t files, dirs, bytes;
    bool complete; /* every directory that is known was listed */
};
PAIL_CHECK int pail_meta_usage(struct pail_meta *m, struct pail_meta_usage *ret,
                               struct pail_error *err);

/* ---- What must survive a crash --------------------------------------------------------------- */

/* Multipart uploads that we began and have not ended. Durable when add returns. */
PAIL_CHECK int pail_meta_upload_add(struct pail_meta *m, struct pail_str bucket,
                                    struct pail_str key, struct pail_str upload_id,
                                    struct pail_error *err);
PAIL_CHECK int pail_meta_upload_remove(struct pail_meta *m, struct pail_str upload_id,
                                       struct pail_error *err);
PAIL_CHECK int pail_meta_uploads(struct pail_meta *m,
                                 int (*each)(void *ud, struct pail_str bucket, struct pail_str key,
                                             struct pail_str upload_id),
                                 void *ud, struct pail_error *err);

/* Journal: changes in order. The payload is the change's own (write/journal.h). Durable when add
 * returns; update and remove with the next commit. */
PAIL_CHECK int pail_meta_journal_add(struct pail_meta *m, struct pail_bytes payload,
                                     uint64_t *ret_id, struct pail_error *err);
PAIL_CHECK int pail_meta_journal_update(struct pail_meta *m, uint64_t id, struct pail_bytes payload,
                                        struct pail_error *err);
/* Durable: a row that came back with a power cut would be replayed over names that mean something
 * else by then. */
PAIL_CHECK int pail_meta_journal_remove(struct pail_meta *m, uint64_t id, struct pail_error *err);
/* Before a name is given to anything: rows that could not be removed when they were to go are gone
 * now. Costs nothing when there are none. */
PAIL_CHECK int pail_meta_journal_clear(struct pail_meta *m, struct pail_error *err);
PAIL_CHECK int pail_meta_journal(struct pail_meta *m,
                                 int (*each)(void *ud, uint64_t id, struct pail_bytes payload),
                                 void *ud, struct pail_error *err);

/* Small settings: PAIL_E_FS_NOENT when there is none. */
PAIL_CHECK int pail_meta_kv_get(struct pail_meta *m, struct pail_str key, struct pail_buf *ret,
                                struct pail_error *err);
PAIL_CHECK int pail_meta_kv_set(struct pail_meta *m, struct pail_str key, struct pail_str value,
                                struct pail_error *err);

#endif
