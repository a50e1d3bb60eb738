/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/buckets.c - the buckets of an account as the directories of the root.
 *
 * A listing like any other, so that buckets that went become absent and the rest keep their inodes.
 * A bucket has no version and no marker; its time is that of its creation.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "sync/lister_impl.h"

static int compare(const void *a, const void *b)
{
    const struct pail_row *x = a, *y = b;
    return pail_str_cmp(x->name, y->name);
}

static int put_buckets(const struct pail_lister *l, const struct pail_meta_listing *at,
                       const struct pail_s3_buckets *b, struct pail_error *err)
{
    struct pail_row *rows PAIL_AUTOFREE = b->n ? pail_calloc(b->n, sizeof(*rows)) : NULL;

    if (b->n == 0)
        return 0;
    if (!rows)
        return pail_error_nomem(err);
    for (size_t i = 0; i < b->n; i++) {
        rows[i] = (struct pail_row){
            .parent = at->dir,
            .name = b->buckets[i].name,
            .kind = PAIL_KIND_DIR,
            .mtime_ns = b->buckets[i].created_ns,
            .stamp = at->stamp,
            .seen_ns = at->began_ns,
        };
    }
    qsort(rows, b->n, sizeof(*rows), compare);
    return pail_meta_list_page(l->meta, at, rows, b->n, l->changed, l->ud, err);
}

int pail_lister_buckets(const struct pail_lister *l, struct pail_s3 *s3, struct pail_error *err)
{
    const struct pail_call_options call = {.priority = PAIL_PRIO_META};
    struct pail_meta_listing at;
    struct pail_s3_buckets buckets;

    int rc = pail_meta_list_begin(l->meta, PAIL_INO_ROOT, pail_clock_wall_ns(), &at, err);
    if (rc == 0)
        rc = pail_s3_list_buckets(s3, &call, &buckets, err);
    if (rc < 0)
        return rc;
    rc = put_buckets(l, &at, &buckets, err);
    if (rc == 0)
        rc = pail_meta_list_end(l->meta, &at, 0, 0, l->changed, l->ud, err);
    pail_s3_buckets_done(&buckets);
    return rc;
}
