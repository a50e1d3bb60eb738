/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta/merge.h - inside fs/meta: what becomes of a row when S3 says something, or when we changed
 * something. Pure functions.
 *
 * The version of an object is its ETag, and where they are told its size, time and version id. Two
 * answers can tell less or more of the same version (a listing has no version id, a HEAD has whole
 * seconds only), so they are compared in what both tell.
 */
#ifndef PAIL_META_MERGE_H
#define PAIL_META_MERGE_H

#include "meta/node.h"

enum pail_merge_source {
    PAIL_MERGE_OBJECT, /* an answer about the object or the marker itself */
    PAIL_MERGE_LISTED, /* a line of a listing: of directories it tells only that they are there */
};

/* Both there, and both directories or both not: the same inode. */
bool pail_merge_same_node(const struct pail_row *known, const struct pail_row *answer);
/* Does the answer describe the version that is known? */
bool pail_merge_same_version(const struct pail_node *known, const struct pail_row *answer,
                             enum pail_merge_source source);
/* Nothing but stamp and seen_ns would change. */
bool pail_merge_is_unchanged(const struct pail_node *known, const struct pail_row *answer,
                             enum pail_merge_source source);
/* The row after the answer; known NULL: there was none. ino 0 where a new one is needed. Views
 * point into known and answer. */
struct pail_node pail_merge_answer(const struct pail_node *known, const struct pail_row *answer,
                                   enum pail_merge_source source);
/* The row after our own change; the same rules for ino and views. */
struct pail_node pail_merge_change(const struct pail_node *known, const struct pail_row *change);

#endif
