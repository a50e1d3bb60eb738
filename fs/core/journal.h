/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/journal.h - what a rename (or the probe of an endpoint) leaves in the journal while it is
 * under way, as bytes.
 *
 *   "PAILJ1" type(1) phase(1) then seven texts, each with its length before it (32 bits, little
 * endian): bucket, from, to, etag, version_id, replaced, cursor
 *
 * The payload may be of another version or damaged: decoding checks everything and trusts nothing.
 * Pure.
 */
#ifndef PAIL_CORE_JOURNAL_H
#define PAIL_CORE_JOURNAL_H

#include "base/buf.h"

enum pail_journal_type {
    PAIL_JOURNAL_FILE = 1,
    PAIL_JOURNAL_TREE = 2,
    PAIL_JOURNAL_PROBE = 3, /* an endpoint is asked what it can do, with objects at from and to */
};
enum pail_journal_phase {
    PAIL_JOURNAL_COPYING = 1,  /* no source was deleted yet */
    PAIL_JOURNAL_DELETING = 2, /* everything is copied */
};
struct pail_journal_rename {
    enum pail_journal_type type;
    enum pail_journal_phase phase;
    struct pail_str bucket;
    struct pail_str from, to;         /* keys; of trees: prefixes, ending in '/' */
    struct pail_str etag, version_id; /* files: the version that is copied */
    struct pail_str
        replaced; /* files: the ETag of what was at `to` before; empty: nothing, or not known */
    struct pail_str cursor; /* trees: source keys up to this one are copied */
};
PAIL_CHECK int pail_journal_encode(const struct pail_journal_rename *j, struct pail_buf *to,
                                   struct pail_error *err);
/* The result's views point into payload. PAIL_E_PARSE. */
PAIL_CHECK int pail_journal_decode(struct pail_bytes payload, struct pail_journal_rename *ret,
                                   struct pail_error *err);

#endif
