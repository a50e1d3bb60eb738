/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/entries.h - what lies below a directory or a prefix, one after the other in byte order of the
 * relative names, so that two places can be compared in one pass. Listings come page by page; a
 * local tree is walked first and sorted, because directories are read in another order.
 */
#ifndef PAIL_TOOLS_ENTRIES_H
#define PAIL_TOOLS_ENTRIES_H

#include <pail/s3.h>

#include "tools/lib/side.h"
#include "tools/lib/walk.h"

struct pail_entry {
    const char *name; /* relative; valid until the next call */
    uint64_t size;
    int64_t mtime_ns;
    struct pail_str storage_class;
};

struct pail_entries;
struct pail_entries_options {
    unsigned page_size; /* 0: the service's */
    bool no_links;      /* local: symbolic links are passed over */
    bool missing_ok;    /* local: a directory that is not there is empty */
    struct pail_s3_access access;
    void (*problem)(void *ud, const struct pail_error *err); /* local: what is passed over */
    void *ud;
};
/* Of an S3 side the key is a prefix: with a '/' at its end, or empty. */
PAIL_CHECK int pail_entries_new(struct pail_s3 *s3, const struct pail_side *side,
                                const struct pail_entries_options *o, struct pail_entries **ret,
                                struct pail_error *err);
void pail_entries_free(struct pail_entries *e);
/* 1: *ret is the next one; 0: there is none. Empty objects whose names end in '/' (directories) are
 * left out. */
PAIL_CHECK int pail_entries_next(struct pail_entries *e, struct pail_entry *ret,
                                 struct pail_error *err);

#endif
