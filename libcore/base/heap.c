/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/heap.c - binary min-heap of embedded nodes.
 *
 * Each node knows its place, so that a timer can be cancelled in O(log n). Order is (key, seq): seq
 * makes equal keys leave in the order they came, which the array alone would not.
 */
#include "base/heap.h"

#include "base/alloc.h"

void pail_heap_init(struct pail_heap *h)
{
    *h = (struct pail_heap){0};
}

void pail_heap_done(struct pail_heap *h)
{
    for (size_t i = 0; i < h->len; i++)
        pail_heap_node_init(h->items[i]);
    pail_free(h->items);
    pail_heap_init(h);
}

void pail_heap_node_init(struct pail_heap_node *n)
{
    *n = (struct pail_heap_node){.index = SIZE_MAX};
}

static bool before(const struct pail_heap_node *a, const struct pail_heap_node *b)
{
    return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

static void place(struct pail_heap *h, size_t at, struct pail_heap_node *n)
{
    h->items[at] = n;
    n->index = at;
}

static void sift_up(struct pail_heap *h, size_t at, struct pail_heap_node *n)
{
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!before(n, h->items[parent]))
            break;
        place(h, at, h->items[parent]);
        at = parent;
    }
    place(h, at, n);
}

static void sift_down(struct pail_heap *h, size_t at, struct pail_heap_node *n)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= h->len)
            break;
        if (child + 1 < h->len && before(h->items[child + 1], h->items[child]))
            child++;
        if (!before(h->items[child], n))
            break;
        place(h, at, h->items[child]);
        at = child;
    }
    place(h, at, n);
}

int pail_heap_insert(struct pail_heap *h, struct pail_heap_node *n, int64_t key,
                     struct pail_error *err)
{
    if (h->len == h->cap) {
        size_t cap = h->cap ? h->cap * 2 : 16;
        struct pail_heap_node **items = pail_reallocarray(h->items, cap, sizeof(*items));
        if (!items)
            return pail_error_nomem(err);
        h->items = items;
        h->cap = cap;
    }
    n->key = key;
    n->seq = h->next_seq++;
    h->len++;
    sift_up(h, h->len - 1, n);
    return 0;
}

struct pail_heap_node *pail_heap_min(const struct pail_heap *h)
{
    return h->len ? h->items[0] : NULL;
}

struct pail_heap_node *pail_heap_pop(struct pail_heap *h)
{
    struct pail_heap_node *n = pail_heap_min(h);
    if (n)
        pail_heap_remove(h, n);
    return n;
}

void pail_heap_remove(struct pail_heap *h, struct pail_heap_node *n)
{
    size_t at = n->index;
    if (at == SIZE_MAX)
        return;
    struct pail_heap_node *last = h->items[--h->len];
    n->index = SIZE_MAX;
    if (last == n)
        return;
    /* The last item fills the gap; it may belong above or below. */
    sift_up(h, at, last);
    sift_down(h, last->index, last);
}
