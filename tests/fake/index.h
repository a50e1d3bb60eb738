/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake/index.h - an ordered map from byte strings to pointers.
 *
 * Keys are copied; values belong to the caller. Order is that of memcmp, which is S3's listing
 * order. Positions stay valid until the next put or remove.
 */
#ifndef PAIL_FAKE_INDEX_H
#define PAIL_FAKE_INDEX_H

#include "fake/text.h"

struct fake_entry {
    void *value;
    size_t key_len;
    char key[]; /* NUL behind it */
};
struct fake_leaf;
struct fake_index {
    struct fake_leaf **leaves;
    size_t n_leaves, cap_leaves;
    size_t count;
};
struct fake_pos {
    size_t leaf, at;
};

struct fake_entry *fake_index_find(const struct fake_index *ix, struct fake_view key);
/* The entry of key, with value NULL when it is new. */
struct fake_entry *fake_index_put(struct fake_index *ix, struct fake_view key);
/* Returns the value; NULL: there was none. */
void *fake_index_remove(struct fake_index *ix, struct fake_view key);
/* First entry at or behind key (strictly behind: `after`). */
struct fake_pos fake_index_seek(const struct fake_index *ix, struct fake_view key, bool after);
/* First entry behind all that start with prefix. */
struct fake_pos fake_index_seek_past(const struct fake_index *ix, struct fake_view prefix);
/* Entry at pos, NULL at the end; pos moves on. */
struct fake_entry *fake_index_next(const struct fake_index *ix, struct fake_pos *pos);
/* i-th entry, NULL past the end. */
struct fake_entry *fake_index_at(const struct fake_index *ix, size_t i);
void fake_index_done(struct fake_index *ix, void (*free_value)(void *));

#endif
