/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ordered map: a sorted vector of leaves, each a sorted vector of up to LEAF entries.
 *
 * With 100,000 keys there are a few hundred leaves, so a search is two binary searches and an
 * insertion moves at most a few KiB. A balanced tree would scale further, but nothing here needs
 * millions of keys, and walking in order, the commonest use, is a plain loop this way. A leaf is
 * never empty: the last removal drops it.
 */
#include "fake/index.h"

#include <stdlib.h>
#include <string.h>

#define LEAF 512

struct fake_leaf {
    size_t n;
    struct fake_entry *e[LEAF];
};

static int compare(const struct fake_entry *e, struct fake_view key)
{
    return fake_compare(e->key, e->key_len, key.p, key.n);
}

/* The leaf that holds key, or would: the last one whose first key is not behind it. */
static size_t leaf_of(const struct fake_index *ix, struct fake_view key)
{
    size_t lo = 0, hi = ix->n_leaves;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare(ix->leaves[mid]->e[0], key) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo ? lo - 1 : 0;
}

struct fake_pos fake_index_seek(const struct fake_index *ix, struct fake_view key, bool after)
{
    struct fake_pos pos = {leaf_of(ix, key), 0};
    if (pos.leaf >= ix->n_leaves)
        return pos;
    const struct fake_leaf *l = ix->leaves[pos.leaf];
    size_t lo = 0, hi = l->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = compare(l->e[mid], key);
        if (c < 0 || (after && c == 0))
            lo = mid + 1;
        else
            hi = mid;
    }
    pos.at = lo;
    return pos;
}

struct fake_pos fake_index_seek_past(const struct fake_index *ix, struct fake_view prefix)
{
    /* The smallest string behind all with this prefix: its last byte below 0xff, incremented. */
    char *p = fake_dup(prefix.p, prefix.n);
    size_t n = prefix.n;
    while (n && (unsigned char)p[n - 1] == 0xff)
        n--;
    struct fake_pos pos = {ix->n_leaves, 0};
    if (n) {
        p[n - 1] = (char)((unsigned char)p[n - 1] + 1);
        pos = fake_index_seek(ix, (struct fake_view){p, n}, false);
    }
    free(p);
    return pos;
}

struct fake_entry *fake_index_next(const struct fake_index *ix, struct fake_pos *pos)
{
    while (pos->leaf < ix->n_leaves && pos->at >= ix->leaves[pos->leaf]->n) {
        pos->leaf++;
        pos->at = 0;
    }
    return pos->leaf < ix->n_leaves ? ix->leaves[pos->leaf]->e[pos->at++] : NULL;
}

struct fake_entry *fake_index_at(const struct fake_index *ix, size_t i)
{
    for (size_t l = 0; l < ix->n_leaves; l++) {
        if (i < ix->leaves[l]->n)
            return ix->leaves[l]->e[i];
        i -= ix->leaves[l]->n;
    }
    return NULL;
}

struct fake_entry *fake_index_find(const struct fake_index *ix, struct fake_view key)
{
    struct fake_pos pos = fake_index_seek(ix, key, false);
    struct fake_entry *e = fake_index_next(ix, &pos);
    return e && compare(e, key) == 0 ? e : NULL;
}

static void insert_leaf(struct fake_index *ix, size_t at, struct fake_leaf *l)
{
    if (ix->n_leaves == ix->cap_leaves) {
        ix->cap_leaves = ix->cap_leaves ? ix->cap_leaves * 2 : 16;
        ix->leaves = fake_xrealloc(ix->leaves, ix->cap_leaves * sizeof(*ix->leaves));
    }
    memmove(ix->leaves + at + 1, ix->leaves + at, (ix->n_leaves - at) * sizeof(*ix->leaves));
    ix->leaves[at] = l;
    ix->n_leaves++;
}

/* Makes room at pos; a full leaf is split, at its end when keys come in order. */
static struct fake_pos make_room(struct fake_index *ix, struct fake_pos pos)
{
    if (ix->n_leaves == 0)
        insert_leaf(ix, 0, fake_xalloc(sizeof(struct fake_leaf)));
    struct fake_leaf *l = ix->leaves[pos.leaf];
    if (l->n < LEAF)
        return pos;
    struct fake_leaf *r = fake_xalloc(sizeof(*r));
    size_t keep = pos.at == LEAF ? LEAF - 1 : LEAF / 2;
    r->n = LEAF - keep;
    memcpy(r->e, l->e + keep, r->n * sizeof(*r->e));
    l->n = keep;
    insert_leaf(ix, pos.leaf + 1, r);
    if (pos.at > keep)
        pos = (struct fake_pos){pos.leaf + 1, pos.at - keep};
    return pos;
}

struct fake_entry *fake_index_put(struct fake_index *ix, struct fake_view key)
{
    struct fake_pos pos = fake_index_seek(ix, key, false);
    if (pos.leaf < ix->n_leaves && pos.at < ix->leaves[pos.leaf]->n) {
        struct fake_entry *e = ix->leaves[pos.leaf]->e[pos.at];
        if (compare(e, key) == 0)
            return e;
    }
    struct fake_entry *e = fake_xalloc(sizeof(*e) + key.n + 1);
    e->key_len = key.n;
    if (key.n)
        memcpy(e->key, key.p, key.n);
    pos = make_room(ix, pos);
    struct fake_leaf *l = ix->leaves[pos.leaf];
    memmove(l->e + pos.at + 1, l->e + pos.at, (l->n - pos.at) * sizeof(*l->e));
    l->e[pos.at] = e;
    l->n++;
    ix->count++;
    return e;
}

void *fake_index_remove(struct fake_index *ix, struct fake_view key)
{
    struct fake_pos pos = fake_index_seek(ix, key, false);
    if (pos.leaf >= ix->n_leaves)
        return NULL;
    struct fake_leaf *l = ix->leaves[pos.leaf];
    if (pos.at >= l->n || compare(l->e[pos.at], key) != 0)
        return NULL;
    void *value = l->e[pos.at]->value;
    free(l->e[pos.at]);
    l->n--;
    ix->count--;
    memmove(l->e + pos.at, l->e + pos.at + 1, (l->n - pos.at) * sizeof(*l->e));
    if (l->n == 0) {
        free(l);
        ix->n_leaves--;
        memmove(ix->leaves + pos.leaf, ix->leaves + pos.leaf + 1,
                (ix->n_leaves - pos.leaf) * sizeof(*ix->leaves));
    }
    return value;
}

void fake_index_done(struct fake_index *ix, void (*free_value)(void *))
{
    for (size_t i = 0; i < ix->n_leaves; i++) {
        for (size_t k = 0; k < ix->leaves[i]->n; k++) {
            if (free_value)
                free_value(ix->leaves[i]->e[k]->value);
            free(ix->leaves[i]->e[k]);
        }
        free(ix->leaves[i]);
    }
    free(ix->leaves);
    *ix = (struct fake_index){0};
}
