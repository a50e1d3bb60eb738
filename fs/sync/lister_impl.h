/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister_impl.h - what the files of the lister share: answers into rows, and many HEADs at
 * once.
 */
#ifndef PAIL_SYNC_LISTER_IMPL_H
#define PAIL_SYNC_LISTER_IMPL_H

#include "sync/lister.h"

/* Put row as an answer of S3 and tell l->changed when something that was known turned out
 * different. ret may be NULL. */
PAIL_CHECK int pail_lister_put(const struct pail_lister *l, const struct pail_row *row,
                               bool given_out, struct pail_row_copy *ret, struct pail_error *err);
/* The same for an object's head: row has parent, name, raw, kind FILE or DIR (o is its marker),
 * stamp and seen_ns; the rest comes from o, a symbolic link by its mode. */
PAIL_CHECK int pail_lister_put_object(const struct pail_lister *l, const struct pail_row *row,
                                      const struct pail_s3_object *o, bool given_out,
                                      struct pail_row_copy *ret, struct pail_error *err);

/* The component of the key that a name stands for, where no row tells: NULL view when the name
 * alone does not say (a hash) or says nothing. scratch owns what was unescaped. */
PAIL_CHECK int pail_lister_component(struct pail_str name, struct pail_str raw,
                                     struct pail_buf *scratch, struct pail_str *ret,
                                     bool *ret_shadowed, struct pail_error *err);

/* PAIL_E_FS_STALE when key is not ino's any more. */
PAIL_CHECK int pail_lister_check(const struct pail_lister *l, uint64_t ino, struct pail_str key,
                                 struct pail_error *err);

/* HEADs of known files of one directory. Filled by pail_heads_add (which fs/meta may call under its
 * lock), then run once. */
struct pail_heads {
    const struct pail_lister *l;
    const struct pail_volume *v;
    uint64_t dir;
    struct pail_str prefix;
    int64_t seen_since_ns; /* only rows seen at or after this are taken */
    size_t max;
    struct pail_error *err;     /* for what goes wrong inside pail_heads_add */
    struct pail_head_job *jobs; /* in order of addition */
    struct pail_head_job **tail;
    size_t n;
    /* of the last answer that was applied */
    bool answered;
    uint32_t attrs_has;
};
void pail_heads_init(struct pail_heads *h, const struct pail_lister *l, const struct pail_volume *v,
                     uint64_t dir, struct pail_str prefix, size_t max, struct pail_error *err);
void pail_heads_done(struct pail_heads *h);
/* An `each` of pail_meta_unknown_attrs; stops after max. */
int pail_heads_add(void *heads, const struct pail_row *row);
PAIL_CHECK int pail_heads_run(struct pail_heads *h, struct pail_error *err);

#endif
