/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister.h - asking S3 what is there, and putting the answers into fs/meta: listings, single
 * names, attributes.
 *
 * Blocking; called by fs/core from threads that may wait; holds no lock while it waits. Sends
 * requests, changes rows, tells what changed; decides nothing about freshness: that is core's.
 */
#ifndef PAIL_SYNC_LISTER_H
#define PAIL_SYNC_LISTER_H

#include "meta/meta.h"
#include "meta/volume.h"
#include "sync/attrs.h"

enum pail_posix_mode { PAIL_POSIX_AUTO, PAIL_POSIX_ALWAYS, PAIL_POSIX_NEVER };

struct pail_lister {
    struct pail_meta *meta;
    enum pail_posix_mode posix;
    unsigned parallel_heads;       /* 0: 32 */
    unsigned max_pages;            /* of one listing; what is cut does not count as listed (no
                                      pail_meta_list_end). 0: all */
    pail_meta_changed_fn *changed; /* told for every row that turned out different */
    /* Is that still the key of the inode (of a directory: the prefix of its keys)? Asked when the
     * stamp of a question has been taken, so that an answer about keys of before a move is not
     * taken for one of after it; false ends the call with PAIL_E_FS_STALE. NULL: yes. */
    bool (*is_current)(void *ud, uint64_t ino, struct pail_str key);
    void *ud;
};

/* List directory `dir` whose keys begin with prefix ("" or ending in '/') into meta: ceil(N/1000)
 * requests. In AUTO one object without known attributes is asked by HEAD as a sample; the answer
 * sets PAIL_ROW_POSIX_SEEN or PAIL_ROW_DEFAULTS_OK. progress (may be NULL) is called after each
 * page is in meta, so that a reader can go on before the end. The directory's own marker, when the
 * listing shows it, becomes the version of dir's row. Pages come in the order of keys, in which the
 * directory "a" stands behind "a-b": until the end, names between those that are known may be
 * missing. */
PAIL_CHECK int pail_lister_list(const struct pail_lister *l, const struct pail_volume *v,
                                uint64_t dir, struct pail_str prefix, void (*progress)(void *ud),
                                void *ud, struct pail_error *err);
/* Complete the attributes of up to max files of dir after `after` by parallel HEADs (one per
 * version, ever). */
PAIL_CHECK int pail_lister_complete_attrs(const struct pail_lister *l, const struct pail_volume *v,
                                          uint64_t dir, struct pail_str prefix,
                                          struct pail_str after, size_t max,
                                          struct pail_error *err);
/* One name in an unlisted directory: HEAD prefix+component (1 request when it is a file), else LIST
 * of one key under prefix+component+"/" (2 in all). The row (kind NONE when absent) goes into meta
 * and into *ret. name as shown, component as in the key; a directory that is known by that name is
 * looked for first. A name in shadowed form is there when both the file and the directory are. */
PAIL_CHECK int pail_lister_probe(const struct pail_lister *l, const struct pail_volume *v,
                                 uint64_t parent, struct pail_str prefix, struct pail_str name,
                                 struct pail_str component, struct pail_row_copy *ret,
                                 struct pail_error *err);
/* HEAD of a known object: its row and attributes as they are now. kind NONE when it is gone. For a
 * directory the marker is asked for (key with or without the last '/'); without one it stays a
 * directory with unknown attributes. The root has no marker: no request. */
PAIL_CHECK int pail_lister_refresh(const struct pail_lister *l, const struct pail_volume *v,
                                   uint64_t ino, struct pail_str key, struct pail_row_copy *ret,
                                   struct pail_error *err);
/* An answer that came with something else (a GET's head): same effect as refresh, no request.
 * asked_stamp: taken before the request. Where the name means a directory by now, nothing is
 * learned. */
PAIL_CHECK int pail_lister_learn(const struct pail_lister *l, uint64_t parent, struct pail_str name,
                                 const struct pail_s3_object *o, uint64_t asked_stamp,
                                 struct pail_row_copy *ret, struct pail_error *err);
/* All buckets as directories of the root. */
PAIL_CHECK int pail_lister_buckets(const struct pail_lister *l, struct pail_s3 *s3,
                                   struct pail_error *err);

/* What the endpoint can do: asked once with a temporary object below prefix, removed afterwards;
 * fills v->caps and the client's ETag quoting. AWS hosts are known and not asked. The result as
 * text for remembering ("put-absent=yes ..."), and back. */
PAIL_CHECK int pail_probe_endpoint(struct pail_volume *v, struct pail_error *err);
/* The same with a key that the caller remembers, until *ret_left (set in any case) is false: there
 * may be objects of it and of key + PAIL_PROBE_COPY, and uploads to it. */
#define PAIL_PROBE_COPY "-copy"
void pail_probe_key(const struct pail_volume *v, struct pail_buf *to);
PAIL_CHECK int pail_probe_endpoint_with(struct pail_volume *v, struct pail_str key, bool *ret_left,
                                        struct pail_error *err);
bool pail_probe_is_aws(const struct pail_volume *v);
void pail_probe_set_aws(struct pail_volume *v);
void pail_probe_to_text(const struct pail_volume *v, struct pail_buf *to);
bool pail_probe_from_text(struct pail_volume *v, struct pail_str text);

#endif
